//! Arrows: where something goes, in a straight line or on a path of one's own.

use crate::canvas::{Canvas, Stroke};

/// How long and how wide a head is.
const LONG: f64 = 9.0;
const HALF: f64 = 5.0;

/// Where a head points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Right,
    Down,
    Up,
}

/// A straight arrow between two points.
pub(crate) fn straight(canvas: &mut Canvas, from: (f64, f64), tip: (f64, f64), to: To, stroke: Stroke) {
    along(canvas, &format!("M{:.2} {:.2}", from.0, from.1), tip, to, stroke);
}

/// An arrow that begins with a path in SVG's own words and ends in a straight piece to its tip.
pub(crate) fn along(canvas: &mut Canvas, path: &str, tip: (f64, f64), to: To, stroke: Stroke) {
    let (x, y) = tip;
    let (foot, head) = match to {
        To::Right => (
            (x - LONG + 1.0, y),
            format!("M{x:.2} {y:.2}l-{LONG} -{HALF}v{:.2}Z", 2.0 * HALF),
        ),
        To::Down => (
            (x, y - LONG + 1.0),
            format!("M{x:.2} {y:.2}l-{HALF} -{LONG}h{:.2}Z", 2.0 * HALF),
        ),
        To::Up => (
            (x, y + LONG - 1.0),
            format!("M{x:.2} {y:.2}l-{HALF} {LONG}h{:.2}Z", 2.0 * HALF),
        ),
    };
    canvas.path(&format!("{path}L{:.2} {:.2}", foot.0, foot.1), stroke);
    canvas.shape(&head, stroke.colour);
}
