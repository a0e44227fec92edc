//! The fan-out tree: a topic, the queues that subscribe to it, and which of them got a message. What a filter kept out is
//! told by the line, the mark and the words, never by colour alone.

use crate::alt::{self, count};
use crate::arrow::{self, To};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// A topic and its subscriptions, perhaps with a message that was just published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FanOut {
    /// The topic's name.
    pub topic: String,
    /// Whether it keeps the order of each group.
    pub fifo: bool,
    /// The message, if the picture is about one.
    pub message: Option<Published>,
    /// The subscriptions.
    pub branches: Vec<Branch>,
}

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What it says.
    pub body: String,
    /// Its attributes: what filters look at.
    pub attributes: Vec<(String, String)>,
}

/// One subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The queue's name.
    pub queue: String,
    /// Its filter policy in short; without one everything comes.
    pub filter: Option<String>,
    /// Whether the queue gets the body alone, without the envelope.
    pub raw: bool,
    /// What became of the message.
    pub outcome: Outcome,
}

/// What became of a message at one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is no message: the subscription alone is shown.
    Waiting,
    /// It is in the queue.
    Delivered,
    /// The filter kept it out.
    Filtered,
    /// The queue could not take it.
    Undeliverable,
}

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 28.0;
const TOP: f64 = 96.0;
const TOPIC_W: f64 = 236.0;
const BRANCH_X: f64 = 410.0;
const BRANCH_H: f64 = 62.0;
const GAP: f64 = 12.0;
const RADIUS: f64 = 9.0;
/// The most subscriptions shown, and the most attributes.
const MOST: usize = 12;
const MOST_ATTRIBUTES: usize = 4;

/// Draws a fan-out tree. At most twelve subscriptions are shown.
pub fn fan_out(tree: &FanOut) -> Result<Picture, PictureError> {
    render(draw(tree), alt_text(tree))
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Waiting => "subscribed",
            Self::Delivered => "delivered",
            Self::Filtered => "kept out by its filter",
            Self::Undeliverable => "could not be delivered",
        }
    }

    fn ink(self) -> &'static str {
        match self {
            Self::Waiting => colour::BLUE,
            Self::Delivered => colour::GREEN,
            Self::Filtered => colour::LINE,
            Self::Undeliverable => colour::RED,
        }
    }

    fn line(self) -> Stroke {
        match self {
            Self::Waiting => Stroke::solid(colour::LINE, 1.5),
            Self::Delivered => Stroke::solid(colour::GREEN, 2.5),
            Self::Filtered => Stroke::dashed(colour::LINE, 1.5),
            Self::Undeliverable => Stroke::dashed(colour::RED, 1.8),
        }
    }
}

impl Branch {
    fn gets(&self) -> String {
        match (&self.filter, self.raw) {
            (Some(filter), _) => format!("only {filter}"),
            (None, true) => "everything, raw".to_owned(),
            (None, false) => "everything".to_owned(),
        }
    }
}

fn draw(tree: &FanOut) -> Canvas {
    let shown = tree.branches.len().min(MOST);
    let branches = (shown as f64 * (BRANCH_H + GAP) - GAP).max(0.0);
    let topic = topic_height(tree);
    let height = branches.max(topic);
    let more = tree.branches.len().saturating_sub(MOST);
    let foot = if more > 0 { 34.0 } else { 0.0 };
    let mut canvas = Canvas::new(WIDTH, TOP + height + foot + MARGIN);
    header(&mut canvas, tree);
    let root = Rect {
        x: MARGIN,
        y: TOP + (height - topic) / 2.0,
        w: TOPIC_W,
        h: topic,
    };
    let first = TOP + (height - branches) / 2.0;
    for (index, branch) in tree.branches.iter().take(MOST).enumerate() {
        let rect = Rect {
            x: BRANCH_X,
            y: first + index as f64 * (BRANCH_H + GAP),
            w: WIDTH - MARGIN - BRANCH_X,
            h: BRANCH_H,
        };
        line(&mut canvas, root, rect, branch.outcome);
        draw_branch(&mut canvas, branch, rect);
    }
    draw_topic(&mut canvas, tree, root);
    if more > 0 {
        let dim = Style::new(Font::Sans, 13.0, colour::DIM);
        canvas.text(
            BRANCH_X,
            TOP + height + 24.0,
            dim,
            &format!("and {}", count(more, "more subscription")),
        );
    }
    canvas
}

fn header(canvas: &mut Canvas, tree: &FanOut) {
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let rest = " · fan-out";
    let name = title.fit(&tree.topic, WIDTH - 2.0 * MARGIN - title.width(rest));
    canvas.text(MARGIN, 46.0, title, &format!("{name}{rest}"));
    let dim = Style::new(Font::Sans, 14.0, colour::DIM);
    canvas.text(MARGIN, 70.0, dim, &summary(tree));
}

fn summary(tree: &FanOut) -> String {
    let all = tree.branches.len();
    if tree.message.is_none() {
        return count(all, "subscription");
    }
    let of = |outcome| {
        tree.branches
            .iter()
            .filter(|branch| branch.outcome == outcome)
            .count()
    };
    let mut facts = vec![format!(
        "delivered to {} of {}",
        of(Outcome::Delivered),
        count(all, "queue")
    )];
    if of(Outcome::Filtered) > 0 {
        facts.push(format!("{} kept out by a filter", of(Outcome::Filtered)));
    }
    if of(Outcome::Undeliverable) > 0 {
        facts.push(format!("{} not deliverable", of(Outcome::Undeliverable)));
    }
    facts.join(" · ")
}

/// From the topic to a queue. One that brings nothing stops half-way, at a cross.
fn line(canvas: &mut Canvas, from: Rect, to: Rect, outcome: Outcome) {
    let (x, y) = (from.right() + 2.0, from.y + from.h / 2.0);
    let (end, level) = (to.x - 4.0, to.y + to.h / 2.0);
    let bend = f64::midpoint(x, end) - 14.0;
    let stops = matches!(outcome, Outcome::Filtered | Outcome::Undeliverable);
    let last = if stops { end - 30.0 } else { end - 12.0 };
    let path = format!("M{x:.2} {y:.2}C{bend:.2} {y:.2} {bend:.2} {level:.2} {last:.2} {level:.2}");
    if !stops {
        arrow::along(canvas, &path, (end, level), To::Right, outcome.line());
        return;
    }
    canvas.path(&path, outcome.line());
    let (cross, arm) = (end - 18.0, 6.0);
    let ink = if outcome == Outcome::Filtered {
        colour::AMBER
    } else {
        colour::RED
    };
    canvas.path(
        &format!(
            "M{:.2} {:.2}l{:.2} {:.2}m0 -{:.2}l-{:.2} {:.2}",
            cross - arm,
            level - arm,
            2.0 * arm,
            2.0 * arm,
            2.0 * arm,
            2.0 * arm,
            2.0 * arm
        ),
        Stroke::solid(ink, 2.5),
    );
}

fn topic_height(tree: &FanOut) -> f64 {
    match &tree.message {
        None => 64.0,
        Some(message) => {
            let shown = message.attributes.len().min(MOST_ATTRIBUTES);
            let more = usize::from(message.attributes.len() > MOST_ATTRIBUTES);
            88.0 + (shown + more) as f64 * 20.0
        }
    }
}

fn draw_topic(canvas: &mut Canvas, tree: &FanOut, rect: Rect) {
    canvas.rect(
        rect,
        RADIUS,
        colour::ACCENT_BOX,
        Some(Stroke::solid(colour::ACCENT, 2.0)),
    );
    let (x, room) = (rect.x + 16.0, rect.w - 32.0);
    let kind = if tree.fifo { "FIFO topic" } else { "Topic" };
    let dim = Style::new(Font::Sans, 13.0, colour::DIM);
    canvas.text(x, rect.y + 26.0, dim, kind);
    let bold = Style::new(Font::Bold, 16.0, colour::TEXT);
    canvas.text(x, rect.y + 48.0, bold, &bold.fit(&tree.topic, room));
    let Some(message) = &tree.message else { return };
    let mono = Style::new(Font::Mono, 13.0, colour::TEXT);
    canvas.text(x, rect.y + 72.0, mono, &mono.fit(&message.body, room));
    let small = Style::new(Font::Mono, 12.0, colour::ACCENT);
    for (index, (name, value)) in message.attributes.iter().take(MOST_ATTRIBUTES).enumerate() {
        let y = rect.y + 94.0 + index as f64 * 20.0;
        canvas.text(x, y, small, &small.fit(&format!("{name} = {value}"), room));
    }
    if let Some(more) = message
        .attributes
        .len()
        .checked_sub(MOST_ATTRIBUTES)
        .filter(|n| *n > 0)
    {
        let y = rect.y + 94.0 + MOST_ATTRIBUTES as f64 * 20.0;
        canvas.text(x, y, dim, &format!("and {}", count(more, "more attribute")));
    }
}

fn draw_branch(canvas: &mut Canvas, branch: &Branch, rect: Rect) {
    let outcome = branch.outcome;
    let (fill, ink) = match outcome {
        Outcome::Filtered => (HATCHED, colour::DIM),
        _ => (colour::BOX, colour::TEXT),
    };
    let edge = match outcome {
        Outcome::Delivered => Stroke::solid(outcome.ink(), 2.0),
        Outcome::Filtered => Stroke::dashed(outcome.ink(), 1.2),
        _ => Stroke::solid(outcome.ink(), 1.2),
    };
    canvas.rect(rect, RADIUS, fill, Some(edge));
    let (x, right) = (rect.x + 14.0, rect.right() - 14.0);
    let words = Style::new(Font::Bold, 13.0, outcome.ink()).anchored(Anchor::End);
    canvas.text(right, rect.y + 25.0, words, outcome.words());
    let room = right - x - words.width(outcome.words()) - 14.0;
    let name = Style::new(Font::Mono, 14.0, ink);
    canvas.text(x, rect.y + 25.0, name, &name.fit(&branch.queue, room));
    let small = Style::new(Font::Mono, 12.0, colour::DIM);
    canvas.text(x, rect.y + 47.0, small, &small.fit(&branch.gets(), right - x));
}

fn alt_text(tree: &FanOut) -> String {
    const TOLD: usize = 8;
    let kind = if tree.fifo { "FIFO topic" } else { "topic" };
    let mut sentences = vec![format!(
        "Fan-out of the {kind} {}: {}.",
        alt::name(&tree.topic),
        summary(tree)
    )];
    for branch in tree.branches.iter().take(TOLD) {
        sentences.push(format!(
            "{}: {} (takes {}).",
            alt::name(&branch.queue),
            branch.outcome.words(),
            alt::name(&branch.gets())
        ));
    }
    if tree.branches.len() > TOLD {
        sentences.push(format!(
            "And {}.",
            count(tree.branches.len() - TOLD, "more subscription")
        ));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn branch(queue: &str, filter: Option<&str>, outcome: Outcome) -> Branch {
        Branch {
            queue: queue.into(),
            filter: filter.map(str::to_owned),
            raw: false,
            outcome,
        }
    }

    fn said(tree: &FanOut) -> Vec<String> {
        draw(tree).labels().iter().map(|(_, text)| text.clone()).collect()
    }

    #[test]
    fn the_words_say_who_got_it_and_what_kept_it_out() {
        let tree = FanOut {
            topic: "news".into(),
            fifo: false,
            message: Some(Published {
                body: "hello".into(),
                attributes: vec![("colour".into(), "red".into())],
            }),
            branches: vec![
                branch("all", None, Outcome::Delivered),
                branch("blue", Some("colour: blue"), Outcome::Filtered),
            ],
        };
        assert_eq!(
            fan_out(&tree).unwrap().alt,
            "Fan-out of the topic news: delivered to 1 of 2 queues · 1 kept out by a filter. all: delivered (takes \
             everything). blue: kept out by its filter (takes only colour: blue)."
        );
        let said = said(&tree);
        for words in [
            "kept out by its filter",
            "only colour: blue",
            "colour = red",
            "delivered",
        ] {
            assert!(said.iter().any(|it| it == words), "{words} is not in {said:?}");
        }
    }

    #[test]
    fn a_topic_nobody_subscribes_to_can_be_drawn() {
        let tree = FanOut {
            topic: "alone.fifo".into(),
            fifo: true,
            message: None,
            branches: vec![],
        };
        assert!(said(&tree).iter().any(|it| it == "0 subscriptions"));
        assert!(
            fan_out(&tree)
                .unwrap()
                .alt
                .starts_with("Fan-out of the FIFO topic alone.fifo")
        );
    }

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Waiting),
            Just(Outcome::Delivered),
            Just(Outcome::Filtered),
            Just(Outcome::Undeliverable)
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_tree_can_be_drawn_and_no_label_covers_another(
            topic in any::<String>(),
            fifo in any::<bool>(),
            message in proptest::option::of((any::<String>(), proptest::collection::vec((".{0,60}", ".{0,60}"), 0..11))),
            branches in proptest::collection::vec(
                (".{0,90}", proptest::option::of(".{0,300}"), any::<bool>(), any_outcome()), 0..30),
        ) {
            let tree = FanOut {
                topic,
                fifo,
                message: message.map(|(body, attributes)| Published { body, attributes }),
                branches: branches
                    .into_iter()
                    .map(|(queue, filter, raw, outcome)| Branch { queue, filter, raw, outcome })
                    .collect(),
            };
            prop_assert_eq!(draw(&tree).misplaced_label(), None);
            let picture = fan_out(&tree).unwrap();
            prop_assert!(picture.alt.chars().count() <= 1_000);
            prop_assert!(!picture.alt.chars().any(char::is_control));
        }
    }
}
