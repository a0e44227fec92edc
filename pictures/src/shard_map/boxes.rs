//! The boxes of a shard map: what stands in one depends on how much room it has. A narrow one becomes a column.

use super::layout::{Placed, Tree};
use super::{Heat, Shard, ShardMap, ending, range};
use crate::alt::{duration, thousands};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::text::Font;

/// From this height on a box has room for three lines.
const TALL: f64 = 60.0;
const RADIUS: f64 = 9.0;

/// Whether a box has room for a number at most.
pub(super) fn is_narrow(rect: Rect) -> bool {
    rect.w < 44.0
}

/// How all boxes of a map are drawn.
pub(super) struct Boxes<'a> {
    map: &'a ShardMap,
    /// The records in open shards.
    all: u64,
    /// The records in the fullest of them.
    fullest: u64,
}

impl<'a> Boxes<'a> {
    pub(super) fn of(map: &'a ShardMap) -> Self {
        let open = || map.shards.iter().filter(|shard| shard.open);
        let records = || open().filter_map(|shard| shard.records);
        Self {
            map,
            all: records().fold(0, u64::saturating_add),
            fullest: records().max().unwrap_or(0),
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, tree: &Tree<'_>) {
        for placed in &tree.placed {
            let landed = self
                .map
                .landing
                .as_ref()
                .is_some_and(|landing| landing.shard == placed.shard.id);
            if placed.shard.open {
                self.open(canvas, placed, landed);
            } else {
                closed(canvas, placed, landed, &self.map.shards);
            }
        }
    }

    fn open(&self, canvas: &mut Canvas, placed: &Placed<'_>, landed: bool) {
        let Placed { shard, rect } = placed;
        let meter = self.meter(shard);
        let (fill, edge) = if landed {
            (colour::ACCENT_BOX, Stroke::solid(colour::ACCENT, 2.5))
        } else {
            let throttled = meter
                .as_ref()
                .is_some_and(|meter| meter.heat == Some(Heat::Throttled));
            let colour = meter.as_ref().map_or(colour::LINE, |meter| meter.colour);
            (
                colour::BOX,
                Stroke::solid(colour, if throttled { 2.5 } else { 1.2 }),
            )
        };
        canvas.rect(*rect, RADIUS.min(rect.w / 3.0), fill, Some(edge));
        if is_narrow(*rect) {
            column(canvas, shard, meter.as_ref(), *rect);
        } else {
            lines(canvas, shard, meter.as_ref(), *rect);
        }
    }

    /// What a shard's bar shows: its load where that is measured, else its share of all records.
    fn meter(&self, shard: &Shard) -> Option<Meter> {
        if let Some(load) = shard.measured_load() {
            let heat = Heat::of(load);
            let colour = match heat {
                Heat::Fine => colour::GREEN,
                Heat::Busy => colour::AMBER,
                Heat::Throttled => colour::RED,
            };
            return Some(Meter {
                share: load,
                height: load,
                words: percent(load),
                colour,
                heat: Some(heat),
            });
        }
        let records = shard.records.filter(|_| self.all > 0)? as f64;
        let of_all = records / self.all as f64;
        let height = records / self.fullest as f64;
        Some(Meter {
            share: of_all,
            height,
            words: percent(of_all),
            colour: colour::BLUE,
            heat: None,
        })
    }
}

struct Meter {
    /// What is filled of a bar.
    share: f64,
    /// What is filled of a column: of many shards each has a small share, so they are measured by the fullest.
    height: f64,
    words: String,
    colour: &'static str,
    heat: Option<Heat>,
}

fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        "<1%".into()
    } else {
        format!("{:.0}%", share * 100.0)
    }
}

/// How far words stay away from a box's edge.
fn padding(rect: Rect) -> f64 {
    if rect.w >= 90.0 { 14.0 } else { 8.0 }
}

/// The longest name of a shard that fits, from the one AWS uses to its number alone.
fn name_that_fits(shard: &Shard, style: Style, room: f64) -> Option<String> {
    let number = shard.number();
    let mut names = vec![shard.id.clone(), shard.short_name()];
    names.extend(number.map(|number| format!("{number:03}")));
    names.extend(number.map(|number| number.to_string()));
    let fitting = names
        .into_iter()
        .find(|name| style.width(&style.font.clean(name)) <= room);
    fitting.or_else(|| Some(style.fit(&shard.id, room)).filter(|cut| cut.chars().count() > 2))
}

/// The number of a shard at the top of its narrow box, if it fits.
fn narrow_name(canvas: &mut Canvas, shard: &Shard, rect: Rect, ink: &'static str) {
    let Some(number) = shard.number().map(|number| number.to_string()) else {
        return;
    };
    let styles =
        [12.0, 10.5, 9.0, 8.0].map(|size| Style::new(Font::Mono, size, ink).anchored(Anchor::Middle));
    if let Some(style) = styles
        .into_iter()
        .find(|style| style.width(&number) <= rect.w - 1.0)
    {
        canvas.text(rect.middle(), rect.y + 15.0, style, &number);
    }
}

fn column(canvas: &mut Canvas, shard: &Shard, meter: Option<&Meter>, rect: Rect) {
    narrow_name(canvas, shard, rect, colour::TEXT);
    let Some(meter) = meter else { return };
    let inset = (rect.w / 4.0).min(6.0);
    let track = Rect {
        x: rect.x + inset,
        y: rect.y + 20.0,
        w: rect.w - 2.0 * inset,
        h: rect.h - 25.0,
    };
    let filled = track.h * meter.height.clamp(0.0, 1.0);
    canvas.rect(track, 2.0, colour::TRACK, None);
    canvas.rect(
        Rect {
            y: track.bottom() - filled,
            h: filled,
            ..track
        },
        2.0,
        meter.colour,
        None,
    );
}

fn lines(canvas: &mut Canvas, shard: &Shard, meter: Option<&Meter>, rect: Rect) {
    let pad = padding(rect);
    let tall = rect.h >= TALL;
    let line = if tall {
        rect.y + 24.0
    } else {
        rect.y + rect.h / 2.0 + 1.0
    };
    head(
        canvas,
        shard,
        meter,
        Rect {
            x: rect.x + pad,
            y: line,
            w: rect.w - 2.0 * pad,
            h: 0.0,
        },
    );
    if let Some(meter) = meter {
        let h = if tall { 7.0 } else { 5.0 };
        let y = if tall {
            rect.y + 33.0
        } else {
            rect.bottom() - 6.0 - h
        };
        canvas.bar(
            Rect {
                x: rect.x + pad,
                y,
                w: rect.w - 2.0 * pad,
                h,
            },
            meter.share,
            meter.colour,
        );
    }
    if tall {
        details(canvas, shard, rect, records(shard));
    }
}

/// A shard's name, and at the right how full it is.
fn head(canvas: &mut Canvas, shard: &Shard, meter: Option<&Meter>, line: Rect) {
    let style = Style::new(Font::Mono, 14.0, colour::TEXT);
    let shortest = shard
        .number()
        .map_or(40.0, |number| style.width(&number.to_string()));
    let value = meter.and_then(|meter| {
        let style = Style::new(Font::Bold, 14.0, meter.colour).anchored(Anchor::End);
        let width = style.width(&meter.words) + 8.0;
        (shortest + width <= line.w).then_some((style, width, &meter.words))
    });
    let room = line.w - value.map_or(0.0, |(_, width, _)| width);
    if let Some(name) = name_that_fits(shard, style, room) {
        canvas.text(line.x, line.y, style, &name);
    }
    if let Some((style, _, words)) = value {
        canvas.text(line.right(), line.y, style, words);
    }
}

/// How many records a shard holds and how far behind its reader is, in ever fewer letters.
fn records(shard: &Shard) -> Vec<String> {
    let records = match shard.records {
        Some(1) => vec!["1 record".into(), "1 rec.".into(), "1".into()],
        Some(records) => {
            let number = thousands(records);
            vec![format!("{number} records"), format!("{number} rec."), number]
        }
        None => vec![],
    };
    match (shard.iterator_age_ms.map(duration), records.get(1)) {
        (Some(age), Some(short)) => vec![
            format!("{} · iterator age {age}", records[0]),
            format!("{short} · age {age}"),
            format!("age {age}"),
            age,
        ],
        (Some(age), None) => vec![format!("iterator age {age}"), format!("age {age}"), age],
        (None, Some(_)) => records,
        (None, None) => vec!["open".into()],
    }
}

/// The last line of a tall box: the first of the words that fit at the left, and the range of hash keys at the
/// right where there is room.
fn details(canvas: &mut Canvas, shard: &Shard, rect: Rect, words: Vec<String>) {
    let pad = padding(rect);
    let room = rect.w - 2.0 * pad;
    let style = Style::new(Font::Sans, 13.0, colour::DIM);
    let y = rect.bottom() - 12.0;
    let Some(words) = words.into_iter().find(|text| style.width(text) <= room) else {
        return;
    };
    canvas.text(rect.x + pad, y, style, &words);
    let range_style = Style::new(Font::Mono, 12.0, colour::DIM);
    let range = range(shard);
    if range_style.width(&range) + style.width(&words) + 16.0 <= room {
        canvas.text(rect.right() - pad, y, range_style.anchored(Anchor::End), &range);
    }
}

fn closed(canvas: &mut Canvas, placed: &Placed<'_>, landed: bool, shards: &[Shard]) {
    let Placed { shard, rect } = placed;
    let edge = if landed {
        Stroke::solid(colour::ACCENT, 2.5)
    } else {
        Stroke::dashed(colour::LINE, 1.0)
    };
    canvas.rect(*rect, RADIUS.min(rect.w / 3.0), HATCHED, Some(edge));
    if is_narrow(*rect) {
        narrow_name(canvas, shard, *rect, colour::DIM);
        return;
    }
    let pad = padding(*rect);
    let style = Style::new(Font::Mono, 14.0, colour::DIM);
    let Some(name) = name_that_fits(shard, style, rect.w - 2.0 * pad) else {
        return;
    };
    let ending = ending(shard, shards);
    if rect.h >= TALL {
        canvas.text(rect.x + pad, rect.y + 28.0, style, &name);
        let mut words = vec![ending.into(), "closed".into()];
        if let Some(age) = shard.iterator_age_ms.filter(|&age| age > 0) {
            words.insert(0, format!("{ending} · iterator age {}", duration(age)));
        }
        details(canvas, shard, *rect, words);
        return;
    }
    let line = rect.y + rect.h / 2.0 + 5.0;
    canvas.text(rect.x + pad, line, style, &name);
    let words = Style::new(Font::Sans, 13.0, colour::DIM).anchored(Anchor::End);
    let room = rect.w - 2.0 * pad - style.width(&name) - 12.0;
    if let Some(ending) = [ending, "closed"]
        .into_iter()
        .find(|text| words.width(text) <= room)
    {
        canvas.text(rect.right() - pad, line, words, ending);
    }
}
