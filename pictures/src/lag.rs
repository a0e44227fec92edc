//! Lag over time: how many records wait for a reader, and how long the oldest of them has waited.

use crate::alt::{self, count, duration, thousands};
use crate::canvas::{Canvas, Rect, Stroke, Style, colour};
use crate::chart::{MARGIN, Plot, WIDTH, header, short_count, times};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// A reader's lag on a stream, looked at again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LagChart {
    /// The stream's name.
    pub stream: String,
    /// Whose lag it is, e.g. `your reading position`.
    pub reader: String,
    /// What was seen, oldest first.
    pub looks: Vec<LagLook>,
    /// How long the chart is in all, in seconds; what has not come yet stays empty.
    pub seconds: u32,
}

/// What was seen at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LagLook {
    /// Milliseconds since the chart's beginning.
    pub at_ms: u64,
    /// Records that wait.
    pub waiting: u64,
    /// How long the oldest of them has waited, in milliseconds.
    pub age_ms: u64,
}

/// Draws a reader's lag over time.
pub fn lag(chart: &LagChart) -> Result<Picture, PictureError> {
    render(draw(chart), alt_text(chart))
}

const LEFT: f64 = 74.0;
/// Room at the right for the newest value.
const RIGHT: f64 = WIDTH - 96.0;
const HEIGHT: f64 = 428.0;

fn draw(chart: &LagChart) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let facts = format!(
        "{} · what waits to be read, looked at every few seconds",
        chart.reader
    );
    header(&mut canvas, &chart.stream, " · lag", &facts);
    let waiting = Series {
        title: "records waiting",
        top: 112.0,
        ink: colour::BLUE,
        value: |look| look.waiting as f64,
        words: |look| thousands(look.waiting),
        axis: short_count,
    };
    let age = Series {
        title: "iterator age: how long the oldest has waited",
        top: 268.0,
        ink: colour::AMBER,
        value: |look| look.age_ms as f64 / 1_000.0,
        words: |look| duration(look.age_ms),
        axis: |seconds| duration((seconds * 1_000.0) as u64),
    };
    for series in [waiting, age] {
        series.draw(&mut canvas, chart);
    }
    times(
        &mut canvas,
        LEFT,
        RIGHT - LEFT,
        HEIGHT - 34.0,
        chart.seconds.max(1),
    );
    canvas
}

/// Where a moment is from left to right.
fn x(chart: &LagChart, at_ms: u64) -> f64 {
    let share = at_ms as f64 / (f64::from(chart.seconds.max(1)) * 1_000.0);
    LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

/// One of the two lines.
struct Series {
    title: &'static str,
    top: f64,
    ink: &'static str,
    value: fn(&LagLook) -> f64,
    words: fn(&LagLook) -> String,
    axis: fn(f64) -> String,
}

impl Series {
    fn draw(&self, canvas: &mut Canvas, chart: &LagChart) {
        let style = Style::new(Font::Bold, 13.0, self.ink);
        canvas.text(MARGIN, self.top - 8.0, style, self.title);
        let most = chart.looks.iter().map(self.value).fold(0.0, f64::max);
        let rect = Rect {
            x: LEFT,
            y: self.top + 6.0,
            w: RIGHT - LEFT,
            h: 96.0,
        };
        let plot = Plot::new(rect, most);
        plot.grid(canvas, self.axis);
        let points: Vec<(f64, f64)> = chart
            .looks
            .iter()
            .map(|look| (x(chart, look.at_ms), plot.y((self.value)(look))))
            .collect();
        let (Some(first), Some(last), Some(newest)) = (points.first(), points.last(), chart.looks.last())
        else {
            return;
        };
        let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2} {y:.2}")).collect();
        let line = line.join("L");
        canvas.shape(
            &format!(
                "M{:.2} {:.2}L{line}L{:.2} {:.2}Z",
                first.0,
                rect.bottom(),
                last.0,
                rect.bottom()
            ),
            colour::BOX,
        );
        canvas.path(&format!("M{line}"), Stroke::solid(self.ink, 2.4));
        canvas.circle(
            last.0,
            last.1,
            4.5,
            self.ink,
            Some(Stroke::solid(colour::CARD, 2.0)),
        );
        let words = Style::new(Font::Bold, 14.0, self.ink);
        let newest = words.fit(&(self.words)(newest), WIDTH - RIGHT - 20.0);
        canvas.text(RIGHT + 12.0, last.1 + 5.0, words, &newest);
    }
}

fn alt_text(chart: &LagChart) -> String {
    let stream = alt::name(&chart.stream);
    let reader = alt::name(&chart.reader);
    let Some(last) = chart.looks.last() else {
        return format!("Lag of {reader} on the stream {stream}: nothing was seen yet.");
    };
    let most = chart.looks.iter().max_by_key(|look| look.waiting).unwrap_or(last);
    format!(
        "Lag of {reader} on the stream {stream} over {} s. Records waiting: at most {} after {} s, {} at the end. The \
         oldest waiting record had waited {} at the end.",
        last.at_ms / 1_000,
        count(most.waiting as usize, "record"),
        most.at_ms / 1_000,
        thousands(last.waiting),
        duration(last.age_ms),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chart(looks: &[(u64, u64, u64)]) -> LagChart {
        LagChart {
            stream: "orders".into(),
            reader: "your reading position".into(),
            looks: looks
                .iter()
                .map(|&(at_ms, waiting, age_ms)| LagLook {
                    at_ms,
                    waiting,
                    age_ms,
                })
                .collect(),
            seconds: 90,
        }
    }

    #[test]
    fn the_words_tell_how_the_lag_grew_and_fell() {
        let picture = lag(&chart(&[(0, 0, 0), (12_000, 500, 3_000), (30_000, 20, 900)])).unwrap();
        assert_eq!(
            picture.alt,
            "Lag of your reading position on the stream orders over 30 s. Records waiting: at most 500 records after 12 s, \
             20 at the end. The oldest waiting record had waited 0.9 s at the end."
        );
        assert!(lag(&chart(&[])).unwrap().alt.contains("nothing was seen yet"));
    }

    #[test]
    fn more_records_stand_higher() {
        let plot = Plot::new(
            Rect {
                x: 0.0,
                y: 0.0,
                w: 10.0,
                h: 100.0,
            },
            500.0,
        );
        assert!(plot.y(500.0) < plot.y(20.0) && plot.y(0.0) > 99.9);
    }

    proptest! {
        #[test]
        fn no_label_covers_another(
            looks in proptest::collection::vec((0..200_000_u64, 0..1_u64 << 40, 0..1_u64 << 40), 0..40),
            name in ".{0,200}", seconds in 0..400_u32,
        ) {
            let mut chart = chart(&looks);
            chart.stream = name;
            chart.seconds = seconds;
            prop_assert_eq!(draw(&chart).misplaced_label(), None);
        }
    }
}
