//! A load in one picture: what was sent second by second and how much of it was refused, and how long the calls took.

use crate::alt::{self, thousands};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::chart::{MARGIN, Plot, WIDTH, axis_style, header, short_count, times};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// A load that was put on a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadChart {
    /// The stream's name.
    pub stream: String,
    /// What was asked for, e.g. `hot key · 1,500 records/s`.
    pub plan: String,
    /// What happened, second by second.
    pub seconds: Vec<LoadSecond>,
    /// How many records the stream takes in a second, evenly spread.
    pub limit: u64,
    /// How many calls took how long.
    pub latencies: Latencies,
}

/// One second of a load, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadSecond {
    /// Taken by the stream.
    pub taken: u64,
    /// Refused, because their shard was full.
    pub throttled: u64,
}

/// How long calls took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latencies {
    /// Buckets, shortest first: up to how many milliseconds, and how many calls.
    pub buckets: Vec<(f64, u64)>,
    /// Half of the calls took no longer, in milliseconds.
    pub p50: f64,
    /// 95 of 100.
    pub p95: f64,
    /// 99 of 100.
    pub p99: f64,
}

/// Draws a load.
pub fn load(chart: &LoadChart) -> Result<Picture, PictureError> {
    render(draw(chart), alt_text(chart))
}

const LEFT: f64 = 74.0;
const RIGHT: f64 = WIDTH - MARGIN;
const HEIGHT: f64 = 600.0;
const THROUGHPUT: Rect = Rect {
    x: LEFT,
    y: 142.0,
    w: RIGHT - LEFT,
    h: 130.0,
};
const LATENCY: Rect = Rect {
    x: LEFT,
    y: 430.0,
    w: RIGHT - LEFT,
    h: 118.0,
};

fn draw(chart: &LoadChart) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    header(&mut canvas, &chart.stream, " · load", &chart.plan);
    throughput(&mut canvas, chart);
    latency(&mut canvas, &chart.latencies);
    canvas
}

fn heading(canvas: &mut Canvas, y: f64, words: &str) -> f64 {
    let style = Style::new(Font::Bold, 13.0, colour::TEXT);
    canvas.text(MARGIN, y, style, words);
    MARGIN + style.width(words)
}

fn throughput(canvas: &mut Canvas, chart: &LoadChart) {
    let end = heading(canvas, 112.0, "records a second");
    legend(canvas, end + 28.0, chart);
    let most = chart
        .seconds
        .iter()
        .map(|second| second.taken.saturating_add(second.throttled))
        .max()
        .unwrap_or(0);
    let plot = Plot::new(THROUGHPUT, (most.max(chart.limit)) as f64);
    plot.grid(canvas, short_count);
    let step = THROUGHPUT.w / chart.seconds.len().max(1) as f64;
    let gap = (step * 0.15).min(6.0);
    for (at, second) in chart.seconds.iter().enumerate() {
        let x = THROUGHPUT.x + at as f64 * step + gap / 2.0;
        let (taken, all) = (
            second.taken as f64,
            second.taken.saturating_add(second.throttled) as f64,
        );
        let bar = |from: f64, to: f64| Rect {
            x,
            y: plot.y(to),
            w: step - gap,
            h: plot.y(from) - plot.y(to),
        };
        if second.taken > 0 {
            canvas.rect(bar(0.0, taken), 2.0, colour::GREEN, None);
        }
        if second.throttled > 0 {
            canvas.rect(
                bar(taken, all),
                2.0,
                HATCHED,
                Some(Stroke::solid(colour::RED, 1.5)),
            );
        }
    }
    let y = plot.y(chart.limit as f64);
    canvas.path(
        &format!("M{LEFT} {y:.2}H{RIGHT:.2}"),
        Stroke::dashed(colour::AMBER, 1.6),
    );
    let seconds = chart.seconds.len() as u32;
    let foot = THROUGHPUT.bottom() + 22.0;
    times(canvas, THROUGHPUT.x, THROUGHPUT.w, foot, seconds);
}

/// What the bars and the line are.
fn legend(canvas: &mut Canvas, mut x: f64, chart: &LoadChart) {
    let style = axis_style();
    let y = 112.0;
    let limit = format!("what its shards take: {}/s", thousands(chart.limit));
    for (at, words) in ["taken", "throttled", &limit].into_iter().enumerate() {
        let mark = Rect {
            x,
            y: y - 9.0,
            w: 12.0,
            h: 10.0,
        };
        match at {
            0 => canvas.rect(mark, 2.0, colour::GREEN, None),
            1 => canvas.rect(mark, 2.0, HATCHED, Some(Stroke::solid(colour::RED, 1.5))),
            _ => canvas.path(
                &format!("M{x:.2} {:.2}h14", y - 4.0),
                Stroke::dashed(colour::AMBER, 1.6),
            ),
        }
        let words = style.fit(words, RIGHT - x - 18.0);
        canvas.text(x + 18.0, y, style, &words);
        x += 18.0 + style.width(&words) + 22.0;
    }
}

fn latency(canvas: &mut Canvas, latencies: &Latencies) {
    heading(canvas, 336.0, "how long a call took, and how many took so long");
    let buckets: Vec<(f64, u64)> = latencies
        .buckets
        .iter()
        .copied()
        .filter(|(to, _)| to.is_finite() && *to > 0.0)
        .collect();
    let most = buckets.iter().map(|(_, calls)| *calls).max().unwrap_or(0);
    let plot = Plot::new(LATENCY, most as f64);
    plot.grid(canvas, short_count);
    let Some(scale) = Scale::over(&buckets) else {
        return;
    };
    let step = LATENCY.w / buckets.len() as f64;
    for (at, (_, calls)) in buckets.iter().enumerate().filter(|(_, (_, calls))| *calls > 0) {
        // A single slow call is worth seeing.
        let top = plot.y(*calls as f64).min(LATENCY.bottom() - 2.0);
        let bar = Rect {
            x: LATENCY.x + at as f64 * step + 1.0,
            y: top,
            w: (step - 2.0).max(1.0),
            h: LATENCY.bottom() - top,
        };
        canvas.rect(bar, 2.0, colour::BLUE, None);
    }
    ticks(canvas, &scale);
    let marks = [
        ("p50", latencies.p50, colour::GREEN),
        ("p95", latencies.p95, colour::AMBER),
        ("p99", latencies.p99, colour::RED),
    ];
    for (row, (name, ms, ink)) in marks.into_iter().enumerate() {
        percentile(
            canvas,
            &scale,
            row,
            &format!("{name} {}", milliseconds(ms)),
            ms,
            ink,
        );
    }
}

/// A logarithmic scale in milliseconds over the latency plot.
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    fn over(buckets: &[(f64, u64)]) -> Option<Self> {
        let (first, last) = (buckets.first()?.0, buckets.last()?.0);
        // The first bucket's own beginning: as far below it as the second lies above.
        let ratio = buckets.get(1).map_or(2.0, |second| second.0 / first).max(1.01);
        (last >= first).then_some(Self {
            from: first / ratio,
            to: last,
        })
    }

    fn x(&self, ms: f64) -> f64 {
        let share = (ms.max(self.from) / self.from).ln() / (self.to / self.from).ln();
        LATENCY.x + share.clamp(0.0, 1.0) * LATENCY.w
    }
}

/// Each percentile has a row of its own for its words, so that they never meet.
fn percentile(canvas: &mut Canvas, scale: &Scale, row: usize, words: &str, ms: f64, ink: &'static str) {
    if !ms.is_finite() {
        return;
    }
    let y = 352.0 + row as f64 * 22.0;
    let x = scale.x(ms);
    canvas.path(
        &format!("M{x:.2} {:.2}V{:.2}", y + 9.0, LATENCY.bottom()),
        Stroke::dashed(ink, 1.8),
    );
    let style = Style::new(Font::Bold, 13.0, ink);
    let w = style.width(words);
    let left = (x - w / 2.0).clamp(LATENCY.x, LATENCY.right() - w);
    // The line of the one above must not run through these words.
    canvas.rect(
        Rect {
            x: left - 4.0,
            y: y - 9.0,
            w: w + 8.0,
            h: 18.0,
        },
        4.0,
        colour::CARD,
        None,
    );
    canvas.text(left, y + 4.5, style, words);
}

/// Round numbers along the foot, as many as have room.
fn ticks(canvas: &mut Canvas, scale: &Scale) {
    let style = axis_style().anchored(Anchor::Middle);
    let mut free = LATENCY.x - 20.0;
    for power in -3..=5 {
        for step in [1.0, 2.0, 5.0] {
            let ms = step * 10_f64.powi(power);
            if ms < scale.from || ms > scale.to {
                continue;
            }
            let (x, words) = (scale.x(ms), milliseconds(ms));
            let half = style.width(&words) / 2.0;
            if x - half < free || x + half > WIDTH - 8.0 {
                continue;
            }
            canvas.path(
                &format!("M{x:.2} {:.2}v5", LATENCY.bottom()),
                Stroke::solid(colour::LINE, 1.0),
            );
            canvas.text(x, LATENCY.bottom() + 22.0, style, &words);
            free = x + half + 14.0;
        }
    }
}

/// `0.4 ms`, `12 ms`, `1.5 s`.
fn milliseconds(ms: f64) -> String {
    let ms = if ms.is_finite() { ms.clamp(0.0, 1e9) } else { 0.0 };
    if ms < 0.095 {
        format!("{ms:.3} ms")
    } else if ms < 10.0 {
        format!("{} ms", alt::trimmed(ms))
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{} s", alt::trimmed(ms / 1_000.0))
    }
}

fn alt_text(chart: &LoadChart) -> String {
    let taken = chart
        .seconds
        .iter()
        .fold(0_u64, |sum, second| sum.saturating_add(second.taken));
    let throttled = chart
        .seconds
        .iter()
        .fold(0_u64, |sum, second| sum.saturating_add(second.throttled));
    let most = chart.seconds.iter().map(|second| second.taken).max().unwrap_or(0);
    format!(
        "Load on the stream {} over {} s, {}: {} records taken, at most {} in a second, where its shards take {} when evenly \
         used; {} throttled. Calls took {} at the median, {} at the 95th and {} at the 99th percentile.",
        alt::name(&chart.stream),
        chart.seconds.len(),
        alt::name(&chart.plan),
        thousands(taken),
        thousands(most),
        thousands(chart.limit),
        thousands(throttled),
        milliseconds(chart.latencies.p50),
        milliseconds(chart.latencies.p95),
        milliseconds(chart.latencies.p99),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chart() -> LoadChart {
        LoadChart {
            stream: "orders".into(),
            plan: "hot key · 1,500 records/s".into(),
            seconds: vec![
                LoadSecond {
                    taken: 1_300,
                    throttled: 200,
                };
                10
            ],
            limit: 2_000,
            latencies: Latencies {
                buckets: vec![(1.0, 3), (2.0, 40), (4.0, 10), (8.0, 1)],
                p50: 1.6,
                p95: 3.9,
                p99: 7.0,
            },
        }
    }

    #[test]
    fn the_words_tell_what_was_taken_and_what_was_throttled() {
        assert_eq!(
            load(&chart()).unwrap().alt,
            "Load on the stream orders over 10 s, hot key · 1,500 records/s: 13,000 records taken, at most 1,300 in a second, where \
             its shards take 2,000 when evenly used; 2,000 throttled. Calls took 1.6 ms at the median, 3.9 ms at the 95th and 7 ms \
             at the 99th percentile."
        );
    }

    #[test]
    fn percentiles_on_top_of_each_other_keep_their_words_apart() {
        let mut chart = chart();
        chart.latencies.p50 = 2.0;
        chart.latencies.p95 = 2.0;
        chart.latencies.p99 = 2.0;
        assert_eq!(draw(&chart).misplaced_label(), None);
    }

    proptest! {
        #[test]
        fn no_label_covers_another(
            name in ".{0,200}", plan in ".{0,200}", limit in any::<u64>(),
            seconds in proptest::collection::vec((any::<u64>(), any::<u64>()), 0..130),
            mut bounds in proptest::collection::vec(0.001..100_000.0_f64, 0..40),
            p50 in any::<f64>(), p95 in 0.0..200_000.0_f64, p99 in 0.0..200_000.0_f64,
        ) {
            bounds.sort_by(f64::total_cmp);
            let chart = LoadChart {
                stream: name,
                plan,
                seconds: seconds.into_iter().map(|(taken, throttled)| LoadSecond { taken, throttled }).collect(),
                limit,
                latencies: Latencies {
                    buckets: bounds.into_iter().map(|to| (to, 5)).collect(),
                    p50, p95, p99,
                },
            };
            prop_assert_eq!(draw(&chart).misplaced_label(), None);
        }
    }
}
