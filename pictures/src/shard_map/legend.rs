//! What the marks on a shard map mean: only those that are on it.

use super::boxes::is_narrow;
use super::layout::{MARGIN, Tree, WIDTH};
use super::{Shard, ShardMap};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::text::Font;

const LINE: f64 = 24.0;

/// The marks in lines, each with its words.
pub(super) struct Legend {
    top: f64,
    lines: Vec<Vec<(f64, Mark, &'static str)>>,
}

#[derive(Clone, Copy)]
enum Mark {
    Dot(&'static str),
    Bar,
    Column,
    Hatched,
    Pin,
}

impl Legend {
    const STYLE: Style = Style {
        font: Font::Sans,
        size: 13.0,
        fill: colour::DIM,
        anchor: Anchor::Start,
    };
    const MARK: f64 = 20.0;

    pub(super) fn new(map: &ShardMap, tree: &Tree<'_>, top: f64) -> Self {
        let mut lines = vec![Vec::new()];
        let mut x = MARGIN;
        for (mark, words) in Self::items(map, tree) {
            let width = Self::MARK + Self::STYLE.width(words);
            if x + width > WIDTH - MARGIN && x > MARGIN {
                lines.push(Vec::new());
                x = MARGIN;
            }
            if let Some(line) = lines.last_mut() {
                line.push((x, mark, words));
            }
            x += width + 24.0;
        }
        Self { top, lines }
    }

    fn items(map: &ShardMap, tree: &Tree<'_>) -> Vec<(Mark, &'static str)> {
        let mut items = Vec::new();
        let open = || map.shards.iter().filter(|shard| shard.open);
        if open().any(|shard| shard.measured_load().is_some()) {
            items.push((Mark::Dot(colour::GREEN), "write load under 60%"));
            items.push((Mark::Dot(colour::AMBER), "60% and more"));
            items.push((
                Mark::Dot(colour::RED),
                "throttled: 1 MiB/s or 1,000 records/s reached",
            ));
        }
        let unmeasured = |shard: &Shard| shard.open && shard.measured_load().is_none();
        if map
            .shards
            .iter()
            .any(|shard| unmeasured(shard) && shard.records.is_some_and(|records| records > 0))
        {
            let some = |narrow| {
                tree.placed
                    .iter()
                    .any(|p| unmeasured(p.shard) && is_narrow(p.rect) == narrow)
            };
            if some(false) {
                items.push((Mark::Bar, "share of the records in open shards"));
            }
            if some(true) {
                items.push((Mark::Column, "records, compared with the fullest shard"));
            }
        }
        if map.shards.iter().any(|shard| !shard.open) {
            items.push((Mark::Hatched, "closed: still read, no longer written"));
        }
        if map.landing.is_some() {
            items.push((Mark::Pin, "where this key lands"));
        }
        if map.shards.is_empty() {
            items.push((Mark::Hatched, "this stream has no shards to show"));
        }
        items
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + (self.lines.len().saturating_sub(1)) as f64 * LINE
    }

    pub(super) fn draw(&self, canvas: &mut Canvas) {
        for (at, line) in self.lines.iter().enumerate() {
            let y = self.top + at as f64 * LINE;
            for &(x, mark, words) in line {
                mark.draw(canvas, x, y - 4.5);
                canvas.text(x + Self::MARK, y, Self::STYLE, words);
            }
        }
    }
}

impl Mark {
    /// Draws the mark in a square of 12, its left edge at x, its middle at y.
    fn draw(self, canvas: &mut Canvas, x: f64, y: f64) {
        match self {
            Self::Dot(fill) => canvas.circle(x + 6.0, y, 5.5, fill, None),
            Self::Bar => canvas.rect(
                Rect {
                    x,
                    y: y - 3.5,
                    w: 13.0,
                    h: 7.0,
                },
                3.5,
                colour::BLUE,
                None,
            ),
            Self::Column => canvas.rect(
                Rect {
                    x: x + 3.0,
                    y: y - 6.0,
                    w: 7.0,
                    h: 12.0,
                },
                2.0,
                colour::BLUE,
                None,
            ),
            Self::Hatched => {
                let edge = Stroke::solid(colour::LINE, 1.0);
                canvas.rect(
                    Rect {
                        x,
                        y: y - 6.0,
                        w: 13.0,
                        h: 12.0,
                    },
                    3.0,
                    HATCHED,
                    Some(edge),
                );
            }
            Self::Pin => canvas.shape(&format!("M{:.2} {:.2}h13l-6.5 9Z", x, y - 4.5), colour::ACCENT),
        }
    }
}
