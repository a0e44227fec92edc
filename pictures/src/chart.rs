//! What the charts over time and over latency have in common: a plot with a scale of round numbers, and its grid.

use crate::alt::thousands;
use crate::canvas::{Anchor, Canvas, Rect, Stroke, Style, colour};
use crate::text::Font;

/// The width of every chart.
pub(crate) const WIDTH: f64 = 800.0;
pub(crate) const MARGIN: f64 = 28.0;

/// Small words beside an axis.
pub(crate) fn axis_style() -> Style {
    Style::new(Font::Sans, 12.0, colour::DIM)
}

/// The title of a chart and the line below it.
pub(crate) fn header(canvas: &mut Canvas, name: &str, rest: &str, facts: &str) {
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let name = title.fit(name, WIDTH - 2.0 * MARGIN - title.width(rest));
    canvas.text(MARGIN, 46.0, title, &format!("{name}{rest}"));
    let style = Style::new(Font::Sans, 14.0, colour::DIM);
    canvas.text(MARGIN, 70.0, style, &style.fit(facts, WIDTH - 2.0 * MARGIN));
}

/// A plot: where it is, and the value at its top. The value at its foot is 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    pub rect: Rect,
    pub top: f64,
}

impl Plot {
    /// A plot whose scale ends at a round number that is no less than `most`.
    pub(crate) fn new(rect: Rect, most: f64) -> Self {
        Self {
            rect,
            top: round_up(most),
        }
    }

    /// How high a value stands.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let share = if value.is_finite() {
            (value / self.top).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.rect.bottom() - share * self.rect.h
    }

    /// Lines across, each with its value at the left.
    pub(crate) fn grid(&self, canvas: &mut Canvas, words: impl Fn(f64) -> String) {
        let style = axis_style().anchored(Anchor::End);
        for step in 0..=2 {
            let value = self.top * f64::from(step) / 2.0;
            let y = self.y(value);
            let line = if step == 0 { colour::LINE } else { colour::EDGE };
            canvas.path(
                &format!("M{:.2} {y:.2}H{:.2}", self.rect.x, self.rect.right()),
                Stroke::solid(line, 1.0),
            );
            let words = style.fit(&words(value), self.rect.x - 16.0);
            canvas.text(self.rect.x - 8.0, y + 4.0, style, &words);
        }
    }
}

/// The next number that reads well and halves well: 2, 4, 10, 20, 40, 100, …
fn round_up(most: f64) -> f64 {
    let most = if most.is_finite() {
        most.clamp(1.0, 1e15)
    } else {
        1.0
    };
    let power = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|&top| top >= most * 0.999_999 && (top >= 2.0))
        .unwrap_or(2.0)
}

/// Whole seconds along the foot of a plot, each where it belongs: 0, 2, 4, …, 10 or 0, 15, 30, 45, 60.
pub(crate) fn times(canvas: &mut Canvas, x: f64, w: f64, y: f64, seconds: u32) {
    for at in whole_seconds(seconds) {
        let anchor = match at {
            0 => Anchor::Start,
            at if at == seconds => Anchor::End,
            _ => Anchor::Middle,
        };
        let x = x + w * f64::from(at) / f64::from(seconds.max(1));
        canvas.text(x, y, axis_style().anchored(anchor), &format!("{at} s"));
    }
}

/// At most five even steps, and the end where it does not stand too near to the last of them.
fn whole_seconds(seconds: u32) -> Vec<u32> {
    let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
    let fits = |step: &u32| seconds <= step * 5;
    let step = steps
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| seconds.div_ceil(5));
    let mut at: Vec<u32> = (0..=seconds).step_by(step as usize).collect();
    if (seconds % step) * 2 > step {
        at.push(seconds);
    }
    at
}

/// A count on an axis: `800`, `12 k`.
pub(crate) fn short_count(value: f64) -> String {
    if value >= 1_000_000.0 {
        format!("{} M", thousands((value / 1_000_000.0) as u64))
    } else if value >= 10_000.0 {
        format!("{} k", thousands((value / 1_000.0) as u64))
    } else {
        thousands(value as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_and_do_not_crowd() {
        assert_eq!(whole_seconds(0), [0]);
        assert_eq!(whole_seconds(10), [0, 2, 4, 6, 8, 10]);
        assert_eq!(whole_seconds(16), [0, 5, 10, 15]);
        assert_eq!(whole_seconds(18), [0, 5, 10, 15, 18]);
        assert_eq!(whole_seconds(60), [0, 15, 30, 45, 60]);
        for seconds in 0..10_000 {
            assert!(whole_seconds(seconds).len() <= 7, "{seconds}");
        }
    }

    #[test]
    fn scales_end_at_round_numbers() {
        let tops = [0.0, 1.0, 3.0, 4.0, 61.0, 999.0, 1_001.0, f64::NAN].map(|most| round_up(most) as u64);
        assert_eq!(tops, [2, 2, 4, 4, 80, 1_000, 2_000, 2]);
        assert_eq!([950.0, 12_000.0].map(short_count), ["950", "12 k"]);
    }
}
