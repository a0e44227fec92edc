//! The window chart: a figure for each window in time, as bars, one beside another where there are several groups.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::alt::{self, count};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// Figures of windows in time.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowChart {
    /// What the bars show, for example `count(*)`.
    pub value: String,
    /// The windows in any order; at most 40 starts and 4 groups are drawn.
    pub windows: Vec<Window>,
}

/// One window's figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// When the window begins, Unix milliseconds.
    pub start_ms: i64,
    /// Whose figure it is, where windows are counted apart.
    pub group: Option<String>,
    /// The figure.
    pub value: f64,
}

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 420.0;
const MARGIN: f64 = 28.0;
const PLOT: Rect = Rect {
    x: MARGIN + 8.0,
    y: 122.0,
    w: WIDTH - 2.0 * MARGIN - 16.0,
    h: 210.0,
};
const MOST_STARTS: usize = 40;
const MOST_GROUPS: usize = 4;

/// Draws a window chart.
pub fn window_chart(chart: &WindowChart) -> Result<Picture, PictureError> {
    let plan = Plan::of(chart);
    render(plan.draw(), plan.alt_text())
}

/// What is drawn: starts in order, groups in order, and the figure of each pair.
struct Plan<'a> {
    value: &'a str,
    starts: Vec<i64>,
    groups: Vec<&'a str>,
    figures: BTreeMap<(i64, &'a str), f64>,
    left_out: usize,
}

impl<'a> Plan<'a> {
    fn of(chart: &'a WindowChart) -> Self {
        let group = |window: &'a Window| window.group.as_deref().unwrap_or_default();
        let mut starts: Vec<i64> = chart.windows.iter().map(|window| window.start_ms).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.truncate(MOST_STARTS);
        let mut groups: Vec<&str> = Vec::new();
        for window in &chart.windows {
            if !groups.contains(&group(window)) && groups.len() < MOST_GROUPS {
                groups.push(group(window));
            }
        }
        let mut figures = BTreeMap::new();
        let mut left_out = 0;
        for window in &chart.windows {
            let is_drawn = starts.contains(&window.start_ms) && groups.contains(&group(window));
            if is_drawn && window.value.is_finite() {
                *figures.entry((window.start_ms, group(window))).or_insert(0.0) += window.value;
            } else {
                left_out += 1;
            }
        }
        Self {
            value: &chart.value,
            starts,
            groups,
            figures,
            left_out,
        }
    }

    fn most(&self) -> f64 {
        self.figures
            .values()
            .fold(0.0_f64, |most, figure| most.max(*figure))
    }

    fn draw(&self) -> Canvas {
        let mut canvas = Canvas::new(WIDTH, HEIGHT);
        self.header(&mut canvas);
        let line = Stroke::solid(colour::LINE, 1.0);
        let foot = PLOT.bottom();
        canvas.path(&format!("M{:.2} {foot:.2}H{:.2}", PLOT.x, PLOT.right()), line);
        let slot = PLOT.w / self.starts.len().max(1) as f64;
        let mut told = false;
        for (at, start) in self.starts.iter().enumerate() {
            let x = PLOT.x + at as f64 * slot;
            self.bars(&mut canvas, *start, x, slot, &mut told);
        }
        self.times(&mut canvas, slot);
        self.legend(&mut canvas);
        canvas
    }

    fn header(&self, canvas: &mut Canvas) {
        let title = Style::new(Font::Bold, 22.0, colour::TEXT);
        let rest = " by window";
        let room = WIDTH - 2.0 * MARGIN - title.width(rest);
        canvas.text(
            MARGIN,
            46.0,
            title,
            &format!("{}{rest}", title.fit(self.value, room)),
        );
        let dim = Style::new(Font::Sans, 14.0, colour::DIM);
        canvas.text(MARGIN, 70.0, dim, &dim.fit(&self.facts(), WIDTH - 2.0 * MARGIN));
    }

    fn facts(&self) -> String {
        let windows = count(self.starts.len(), "window");
        match (self.starts.first(), self.starts.last()) {
            (Some(first), Some(last)) => format!(
                "{windows}, from {} to {} (UTC, by their start)",
                moment(*first, "%Y-%m-%d %H:%M:%S"),
                moment(*last, "%Y-%m-%d %H:%M:%S")
            ),
            _ => windows,
        }
    }

    /// The bars of one window, each with its figure above. Where there is no room for all, the first highest alone has it:
    /// `told` says that it has been.
    fn bars(&self, canvas: &mut Canvas, start: i64, x: f64, slot: f64, told: &mut bool) {
        let most = self.most().max(f64::MIN_POSITIVE);
        let width = (slot * 0.8 / self.groups.len().max(1) as f64).min(90.0);
        let left = x + (slot - width * self.groups.len() as f64) / 2.0;
        let style = Style::new(Font::Bold, 13.0, colour::TEXT).anchored(Anchor::Middle);
        let all_fit = self
            .figures
            .values()
            .all(|figure| style.width(&number(*figure)) <= width - 2.0);
        for (at, group) in self.groups.iter().enumerate() {
            let Some(figure) = self.figures.get(&(start, *group)) else {
                continue;
            };
            let height = (figure / most).clamp(0.0, 1.0) * PLOT.h;
            let bar = Rect {
                x: left + at as f64 * width + 1.0,
                y: PLOT.bottom() - height,
                w: width - 2.0,
                h: height,
            };
            mark(canvas, at, bar);
            let words = number(*figure);
            let half = style.width(&words) / 2.0;
            if all_fit || (*figure >= most && !*told) {
                let middle = bar.middle().max(MARGIN + half).min(WIDTH - MARGIN - half);
                canvas.text(middle, bar.y - 7.0, style, &words);
                *told = true;
            }
        }
    }

    /// As many starts as stand side by side.
    fn times(&self, canvas: &mut Canvas, slot: f64) {
        let finest = self.starts.iter().any(|start| start % 60_000 != 0);
        let format = if finest { "%H:%M:%S" } else { "%H:%M" };
        let style = Style::new(Font::Mono, 12.0, colour::DIM).anchored(Anchor::Middle);
        let mut free = MARGIN;
        for (at, start) in self.starts.iter().enumerate() {
            let words = moment(*start, format);
            let middle = PLOT.x + (at as f64 + 0.5) * slot;
            let half = style.width(&words) / 2.0;
            if middle - half >= free && middle + half <= WIDTH - MARGIN {
                canvas.text(middle, PLOT.bottom() + 20.0, style, &words);
                free = middle + half + 12.0;
            }
        }
    }

    /// Which bar is whose; and how much is not shown.
    fn legend(&self, canvas: &mut Canvas) {
        let style = Style::new(Font::Sans, 13.0, colour::DIM);
        let y = HEIGHT - 24.0;
        let mut x = MARGIN;
        if self.groups.len() > 1 {
            for (at, group) in self.groups.iter().enumerate() {
                let square = Rect {
                    x,
                    y: y - 11.0,
                    w: 14.0,
                    h: 13.0,
                };
                mark(canvas, at, square);
                let words = style.fit(group, 130.0);
                canvas.text(x + 22.0, y, style, &words);
                x += 22.0 + style.width(&words) + 20.0;
            }
        }
        if self.left_out > 0 {
            let words = style.fit(
                &format!("{} not shown", count(self.left_out, "figure")),
                WIDTH - MARGIN - x,
            );
            canvas.text(x, y, style, &words);
        }
    }

    fn alt_text(&self) -> String {
        let value = alt::name(self.value);
        if self.starts.is_empty() {
            return format!("{value} by window: nothing to show.");
        }
        let windows: Vec<String> = self
            .starts
            .iter()
            .map(|start| {
                let figures: Vec<String> = self
                    .groups
                    .iter()
                    .filter_map(|group| {
                        let figure = number(*self.figures.get(&(*start, *group))?);
                        let name = alt::name(group);
                        Some(if name.is_empty() {
                            figure
                        } else {
                            format!("{name} {figure}")
                        })
                    })
                    .collect();
                format!("{} {}", moment(*start, "%H:%M:%S"), figures.join(", "))
            })
            .collect();
        alt::cut(format!(
            "{value} by window: {}. {}.",
            self.facts(),
            windows.join("; ")
        ))
    }
}

/// A bar's fill and edge, told apart by more than colour: full, hatched, an outline, a dashed outline.
fn mark(canvas: &mut Canvas, group: usize, rect: Rect) {
    let (fill, edge) = match group {
        0 => (colour::BLUE, Stroke::solid(colour::BLUE, 1.5)),
        1 => (HATCHED, Stroke::solid(colour::AMBER, 2.0)),
        2 => (colour::CARD, Stroke::solid(colour::GREEN, 2.0)),
        _ => (colour::CARD, Stroke::dashed(colour::ACCENT, 2.0)),
    };
    canvas.rect(rect, 3.0, fill, Some(edge));
}

fn moment(ms: i64, format: &str) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .map(|at| at.format(format).to_string())
        .unwrap_or_default()
}

/// Whole numbers as they are, others to two places, and what would be a row of digits as a power of ten.
fn number(figure: f64) -> String {
    if figure.abs() >= 1e12 {
        format!("{figure:.2e}")
    } else if figure.fract() == 0.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.2}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(minute: i64, group: Option<&str>, value: f64) -> Window {
        Window {
            start_ms: 1_795_424_400_000 + minute * 60_000,
            group: group.map(str::to_owned),
            value,
        }
    }

    #[test]
    fn the_words_say_what_the_picture_shows() {
        let chart = WindowChart {
            value: "orders".into(),
            windows: vec![window(1, None, 5.0), window(0, None, 2.5)],
        };
        assert_eq!(
            window_chart(&chart).unwrap().alt,
            "orders by window: 2 windows, from 2026-11-23 09:00:00 to 2026-11-23 09:01:00 (UTC, by their start). \
             09:00:00 2.50; 09:01:00 5."
        );
        let canvas = Plan::of(&chart).draw();
        let said: Vec<_> = canvas.labels().iter().map(|(_, text)| text.as_str()).collect();
        for word in ["2.50", "5", "09:00", "09:01", "orders by window"] {
            assert!(said.contains(&word), "{word} is not in {said:?}");
        }
    }

    #[test]
    fn groups_stand_side_by_side_and_are_named() {
        let windows = [("ana", 3.0), ("ben", 1.0)];
        let chart = WindowChart {
            value: "n".into(),
            windows: windows
                .map(|(group, value)| window(0, Some(group), value))
                .to_vec(),
        };
        let picture = window_chart(&chart).unwrap();
        assert!(picture.alt.contains("09:00:00 ana 3, ben 1"), "{}", picture.alt);
        let canvas = Plan::of(&chart).draw();
        assert!(canvas.labels().iter().any(|(_, text)| text == "ben"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_windows_can_be_drawn_and_no_label_covers_another(
            value in any::<String>(),
            windows in proptest::collection::vec((any::<i64>(), proptest::option::of(".{0,30}"), any::<f64>()), 0..60),
        ) {
            let windows = windows.into_iter().map(|(start_ms, group, value)| Window { start_ms, group, value });
            let chart = WindowChart { value, windows: windows.collect() };
            prop_assert_eq!(Plan::of(&chart).draw().misplaced_label(), None);
            prop_assert!(window_chart(&chart).unwrap().alt.chars().count() <= 1_000);
        }
    }
}
