//! The lanes of a FIFO queue: each group's messages in their order, and whether the group may be received from.

use super::draw::{MARGIN, SQUARE, WIDTH, square};
use super::{Group, QueueStates};
use crate::canvas::{Anchor, Canvas, Stroke, Style, colour};
use crate::text::Font;

/// The most groups shown.
pub(super) const MOST: usize = 6;
const LANE: f64 = 32.0;
const TITLE: f64 = 34.0;
/// Where a lane's messages begin, and the most of them.
const FIRST: f64 = MARGIN + 190.0;
const SQUARES: usize = 16;

/// How much room they take.
pub(super) fn height(queue: &QueueStates) -> f64 {
    if queue.groups.is_empty() {
        return 0.0;
    }
    let more = if queue.groups.len() > MOST { LANE } else { 0.0 };
    TITLE + queue.groups.len().min(MOST) as f64 * LANE + more + 8.0
}

pub(super) fn draw(canvas: &mut Canvas, queue: &QueueStates, top: f64) {
    if queue.groups.is_empty() {
        return;
    }
    let title = Style::new(Font::Bold, 15.0, colour::TEXT);
    canvas.text(MARGIN, top, title, "Groups");
    let dim = Style::new(Font::Sans, 13.0, colour::DIM);
    let words = "oldest message left; nothing of a group overtakes what is in flight";
    canvas.text(WIDTH - MARGIN, top, dim.anchored(Anchor::End), words);
    for (index, group) in queue.groups.iter().take(MOST).enumerate() {
        lane(canvas, group, top + TITLE - 4.0 + index as f64 * LANE);
    }
    if let Some(more) = queue.groups.len().checked_sub(MOST).filter(|more| *more > 0) {
        let y = top + TITLE - 4.0 + MOST as f64 * LANE;
        canvas.text(
            MARGIN,
            y,
            dim,
            &format!("and {}", crate::alt::count(more, "more group")),
        );
    }
}

/// One group, its words' baseline at y.
fn lane(canvas: &mut Canvas, group: &Group, y: f64) {
    let name = Style::new(Font::Mono, 14.0, colour::TEXT);
    canvas.text(MARGIN, y, name, &name.fit(&group.name, FIRST - MARGIN - 14.0));
    let shown = group.messages.len().min(SQUARES);
    let step = SQUARE + 6.0;
    let middle = y - 5.0;
    if shown > 1 {
        let end = FIRST + (shown - 1) as f64 * step + SQUARE / 2.0;
        canvas.path(
            &format!("M{:.2} {middle:.2}H{end:.2}", FIRST + SQUARE / 2.0),
            Stroke::solid(colour::TRACK, 2.0),
        );
    }
    for (index, at) in group.messages.iter().take(SQUARES).enumerate() {
        square(canvas, *at, FIRST + index as f64 * step, middle - SQUARE / 2.0);
    }
    let dim = Style::new(Font::Sans, 13.0, colour::DIM);
    if group.messages.len() > shown {
        let x = FIRST + shown as f64 * step + 4.0;
        canvas.text(x, y, dim, &format!("+{}", group.messages.len() - shown));
    }
    let ink = if group.in_flight() > 0 {
        colour::AMBER
    } else {
        colour::DIM
    };
    let style = Style::new(Font::Sans, 13.0, ink).anchored(Anchor::End);
    canvas.text(WIDTH - MARGIN, y, style, &group.standing());
}
