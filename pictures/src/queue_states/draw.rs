//! Puts a queue's states on a card: the three states in a row, what takes a message out of them below, and the ways
//! between. The way that was just taken is lit.

use super::{At, Flow, QueueStates, duration, groups, hidden};
use crate::alt::{count, thousands};
use crate::arrow::{self, To};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::text::Font;

pub(super) const WIDTH: f64 = 800.0;
pub(super) const MARGIN: f64 = 28.0;
const STATE_W: f64 = 208.0;
const STATE_H: f64 = 116.0;
const GAP: f64 = (WIDTH - 2.0 * MARGIN - 3.0 * STATE_W) / 2.0;
/// The top of the states; the arrows of what is sent come down to it.
const STATES: f64 = 132.0;
/// Between the states and what is below them.
const FALL: f64 = 92.0;
const BELOW: f64 = STATES + STATE_H + FALL;
const BELOW_H: f64 = 74.0;
/// Where the legend stands if there are no groups.
const LEGEND: f64 = BELOW + BELOW_H + 36.0;
const RADIUS: f64 = 9.0;

/// The squares that stand for messages.
pub(super) const SQUARE: f64 = 13.0;
const SQUARES_IN_ROW: usize = 10;

pub(super) fn draw(queue: &QueueStates) -> Canvas {
    let groups = groups::height(queue);
    let legend = if queue.flow.is_some() {
        LEGEND + groups
    } else {
        LEGEND + groups - 24.0
    };
    let mut canvas = Canvas::new(WIDTH, legend + 22.0);
    header(&mut canvas, queue);
    let scene = Scene { queue };
    scene.ways(&mut canvas);
    scene.states(&mut canvas);
    scene.below(&mut canvas);
    groups::draw(&mut canvas, queue, BELOW + BELOW_H + 34.0);
    if let Some(flow) = queue.flow {
        let y = legend;
        let style = Style::new(Font::Sans, 13.0, colour::DIM);
        arrow::straight(
            &mut canvas,
            (MARGIN, y - 4.5),
            (MARGIN + 22.0, y - 4.5),
            To::Right,
            Stroke::solid(colour::ACCENT, 2.5),
        );
        canvas.text(MARGIN + 32.0, y, style, flow.words());
    }
    canvas
}

fn header(canvas: &mut Canvas, queue: &QueueStates) {
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let rest = if queue.fifo { " · FIFO queue" } else { " · queue" };
    let name = title.fit(&queue.queue, WIDTH - 2.0 * MARGIN - title.width(rest));
    canvas.text(MARGIN, 46.0, title, &format!("{name}{rest}"));
    let all = queue.visible + queue.in_flight + queue.delayed;
    let facts = format!(
        "{} message{} · {}",
        thousands(all),
        if all == 1 { "" } else { "s" },
        hidden(queue)
    );
    canvas.text(MARGIN, 70.0, Style::new(Font::Sans, 14.0, colour::DIM), &facts);
}

/// One of the three states.
struct State {
    name: &'static str,
    at: At,
    messages: u64,
    caption: String,
    lit: bool,
}

struct Scene<'a> {
    queue: &'a QueueStates,
}

fn column(index: usize) -> f64 {
    MARGIN + index as f64 * (STATE_W + GAP)
}

fn state_box(index: usize) -> Rect {
    Rect {
        x: column(index),
        y: STATES,
        w: STATE_W,
        h: STATE_H,
    }
}

/// Where dead letters are: from the left edge to the middle of the second state.
fn dead_box() -> Rect {
    Rect {
        x: MARGIN,
        y: BELOW,
        w: column(1) + 76.0 - MARGIN,
        h: BELOW_H,
    }
}

fn gone_box() -> Rect {
    Rect {
        x: column(2),
        y: BELOW,
        w: STATE_W,
        h: BELOW_H,
    }
}

pub(super) fn ink(at: At) -> &'static str {
    match at {
        At::Visible => colour::BLUE,
        At::InFlight => colour::AMBER,
        At::Delayed => colour::LINE,
    }
}

impl Scene<'_> {
    fn is(&self, flows: &[Flow]) -> bool {
        self.queue.flow.is_some_and(|flow| flows.contains(&flow))
    }

    fn stroke(&self, flow: Flow) -> Stroke {
        if self.is(&[flow]) {
            Stroke::solid(colour::ACCENT, 2.5)
        } else {
            Stroke::solid(colour::LINE, 1.5)
        }
    }

    fn label(&self, flow: Flow) -> Style {
        let fill = if self.is(&[flow]) {
            colour::ACCENT
        } else {
            colour::DIM
        };
        Style::new(Font::Sans, 13.0, fill)
    }

    fn states(&self, canvas: &mut Canvas) {
        let queue = self.queue;
        let states = [
            State {
                name: "Delayed",
                at: At::Delayed,
                messages: queue.delayed,
                caption: if queue.delay > 0 {
                    format!("each held back {}", duration(queue.delay))
                } else {
                    "held back until their time".to_owned()
                },
                lit: self.is(&[Flow::SentLater]),
            },
            State {
                name: "Visible",
                at: At::Visible,
                messages: queue.visible,
                caption: "can be received".to_owned(),
                lit: self.is(&[Flow::Sent, Flow::CameBack, Flow::Redriven]),
            },
            State {
                name: "In flight",
                at: At::InFlight,
                messages: queue.in_flight,
                caption: "received, hidden for now".to_owned(),
                lit: self.is(&[Flow::Received]),
            },
        ];
        for (index, state) in states.iter().enumerate() {
            draw_state(canvas, state, state_box(index));
        }
    }

    /// The arrows between the states and out of them.
    fn ways(&self, canvas: &mut Canvas) {
        let (delayed, visible, flying) = (state_box(0), state_box(1), state_box(2));
        for (flow, to, words) in [
            (Flow::SentLater, delayed, "send with a delay"),
            (Flow::Sent, visible, "send"),
        ] {
            let x = to.middle();
            arrow::straight(
                canvas,
                (x, STATES - 36.0),
                (x, STATES - 3.0),
                To::Down,
                self.stroke(flow),
            );
            canvas.text(x + 12.0, STATES - 16.0, self.label(flow), words);
        }
        let level = STATES + STATE_H / 2.0;
        let plain = Stroke::solid(colour::LINE, 1.5);
        let across = [
            (
                delayed,
                visible,
                plain,
                "in time",
                Style::new(Font::Sans, 13.0, colour::DIM),
            ),
            (
                visible,
                flying,
                self.stroke(Flow::Received),
                "receive",
                self.label(Flow::Received),
            ),
        ];
        for (from, to, stroke, words, style) in across {
            arrow::straight(
                canvas,
                (from.right() + 3.0, level),
                (to.x - 3.0, level),
                To::Right,
                stroke,
            );
            let middle = f64::midpoint(from.right(), to.x);
            canvas.text(middle, level - 10.0, style.anchored(Anchor::Middle), words);
        }
        self.ways_down(canvas, visible, flying);
        if self.queue.dead_letters.is_some() {
            self.ways_of_the_dead(canvas, visible);
        }
    }

    /// From in flight: back to visible, or gone.
    fn ways_down(&self, canvas: &mut Canvas, visible: Rect, flying: Rect) {
        let bottom = STATES + STATE_H;
        let (from, back) = (flying.x + 60.0, visible.right() - 52.0);
        let deep = bottom + 40.0;
        arrow::along(
            canvas,
            &format!(
                "M{from:.2} {:.2}V{:.2}Q{from:.2} {deep:.2} {:.2} {deep:.2}H{:.2}Q{back:.2} {deep:.2} {back:.2} {:.2}",
                bottom + 3.0,
                deep - 14.0,
                from - 14.0,
                back + 14.0,
                deep - 14.0
            ),
            (back, bottom + 3.0),
            To::Up,
            self.stroke(Flow::CameBack),
        );
        let words = format!("back after {}", duration(self.queue.visibility));
        let middle = f64::midpoint(from, back);
        let style = self.label(Flow::CameBack).anchored(Anchor::Middle);
        canvas.text(middle, deep + 18.0, style, &words);
        let x = flying.right() - 44.0;
        arrow::straight(
            canvas,
            (x, bottom + 3.0),
            (x, BELOW - 3.0),
            To::Down,
            self.stroke(Flow::Acknowledged),
        );
        let style = self.label(Flow::Acknowledged).anchored(Anchor::End);
        canvas.text(x - 10.0, bottom + 76.0, style, "acknowledge");
    }

    /// Between visible and the dead-letter queue.
    fn ways_of_the_dead(&self, canvas: &mut Canvas, visible: Rect) {
        let Some(dead) = &self.queue.dead_letters else {
            return;
        };
        let bottom = STATES + STATE_H;
        let (down, up) = (visible.x + 26.0, visible.x + 60.0);
        arrow::straight(
            canvas,
            (down, bottom + 3.0),
            (down, BELOW - 3.0),
            To::Down,
            self.stroke(Flow::Died),
        );
        let words = format!("after {}", count(dead.max_receives as usize, "receive"));
        let style = self.label(Flow::Died).anchored(Anchor::End);
        canvas.text(down - 10.0, bottom + 52.0, style, &words);
        arrow::straight(
            canvas,
            (up, BELOW - 3.0),
            (up, bottom + 3.0),
            To::Up,
            self.stroke(Flow::Redriven),
        );
        canvas.text(up + 10.0, bottom + 76.0, self.label(Flow::Redriven), "redrive");
    }

    /// What takes messages out: the dead-letter queue, and acknowledgement.
    fn below(&self, canvas: &mut Canvas) {
        let gone = gone_box();
        let lit = self.is(&[Flow::Acknowledged]);
        canvas.rect(gone, RADIUS, HATCHED, Some(edge(colour::LINE, lit, true)));
        let dim = Style::new(Font::Sans, 13.0, colour::DIM);
        canvas.text(
            gone.x + 14.0,
            gone.y + 30.0,
            Style::new(Font::Bold, 15.0, colour::DIM),
            "Acknowledged",
        );
        canvas.text(gone.x + 14.0, gone.y + 52.0, dim, "deleted, gone for good");

        let rect = dead_box();
        let Some(dead) = &self.queue.dead_letters else {
            canvas.rect(rect, RADIUS, HATCHED, Some(edge(colour::LINE, false, true)));
            let bold = Style::new(Font::Bold, 15.0, colour::DIM);
            canvas.text(rect.x + 14.0, rect.y + 30.0, bold, "No dead-letter queue");
            let words = "a message that always fails keeps coming back";
            canvas.text(rect.x + 14.0, rect.y + 52.0, dim, words);
            return;
        };
        let ink = if dead.messages > 0 {
            colour::RED
        } else {
            colour::LINE
        };
        canvas.rect(
            rect,
            RADIUS,
            colour::BOX,
            Some(edge(ink, self.is(&[Flow::Died]), false)),
        );
        let number = Style::new(Font::Bold, 20.0, ink).anchored(Anchor::End);
        let figure = thousands(dead.messages);
        let room = rect.w - 28.0 - number.width(&figure) - 10.0;
        let bold = Style::new(Font::Bold, 15.0, colour::TEXT);
        canvas.text(rect.x + 14.0, rect.y + 30.0, bold, "Dead letters");
        canvas.text(rect.right() - 14.0, rect.y + 32.0, number, &figure);
        let mono = Style::new(Font::Mono, 13.0, colour::DIM);
        canvas.text(rect.x + 14.0, rect.y + 54.0, mono, &mono.fit(&dead.queue, room));
    }
}

fn edge(ink: &'static str, lit: bool, dashed: bool) -> Stroke {
    match (lit, dashed) {
        (true, _) => Stroke::solid(colour::ACCENT, 2.5),
        (false, true) => Stroke::dashed(ink, 1.2),
        (false, false) => Stroke::solid(ink, 1.2),
    }
}

fn draw_state(canvas: &mut Canvas, state: &State, rect: Rect) {
    let ink = ink(state.at);
    let fill = if state.lit {
        colour::ACCENT_BOX
    } else {
        colour::BOX
    };
    let dashed = state.at == At::Delayed;
    canvas.rect(rect, RADIUS, fill, Some(edge(ink, state.lit, dashed)));
    let (left, right) = (rect.x + 14.0, rect.right() - 14.0);
    canvas.text(
        left,
        rect.y + 28.0,
        Style::new(Font::Bold, 15.0, colour::TEXT),
        state.name,
    );
    let number = Style::new(Font::Bold, 20.0, ink).anchored(Anchor::End);
    canvas.text(right, rect.y + 30.0, number, &thousands(state.messages));
    squares(canvas, state, left, rect.y + 44.0);
    let caption = Style::new(Font::Sans, 13.0, colour::DIM);
    canvas.text(
        left,
        rect.bottom() - 13.0,
        caption,
        &caption.fit(&state.caption, right - left),
    );
}

/// A square for each message, in two rows at most.
fn squares(canvas: &mut Canvas, state: &State, x: f64, y: f64) {
    let room = 2 * SQUARES_IN_ROW;
    let all = usize::try_from(state.messages).unwrap_or(usize::MAX);
    for index in 0..all.min(room) {
        let (row, place) = (index / SQUARES_IN_ROW, index % SQUARES_IN_ROW);
        let (x, y) = (x + place as f64 * (SQUARE + 5.0), y + row as f64 * (SQUARE + 5.0));
        square(canvas, state.at, x, y);
    }
}

/// One message. One in flight has a ring around an empty middle, one held back is an outline: not told by colour alone.
pub(super) fn square(canvas: &mut Canvas, at: At, x: f64, y: f64) {
    let whole = Rect {
        x,
        y,
        w: SQUARE,
        h: SQUARE,
    };
    let inner = Rect {
        x: x + 1.0,
        y: y + 1.0,
        w: SQUARE - 2.0,
        h: SQUARE - 2.0,
    };
    match at {
        At::Visible => canvas.rect(whole, 3.0, ink(at), None),
        At::InFlight => {
            canvas.rect(inner, 3.0, colour::BOX, Some(Stroke::solid(ink(at), 2.0)));
            canvas.circle(x + SQUARE / 2.0, y + SQUARE / 2.0, 2.2, ink(at), None);
        }
        At::Delayed => canvas.rect(inner, 3.0, colour::BOX, Some(Stroke::solid(ink(at), 1.5))),
    }
}
