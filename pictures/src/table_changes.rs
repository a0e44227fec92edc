//! The table-change timeline: what a table's stream tells, change after change, with each item before and after.

use crate::alt::{self, count};
use crate::canvas::{Anchor, Canvas, Rect, Stroke, Style, colour};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// The changes of a table in the order they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChanges {
    /// The table's name.
    pub table: String,
    /// What the stream keeps of each change, in AWS's word, such as `NEW_AND_OLD_IMAGES`.
    pub view: String,
    /// Oldest first.
    pub changes: Vec<TableChange>,
}

/// One change of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChange {
    /// What was done.
    pub event: Event,
    /// The item's key in short.
    pub key: String,
    /// When, as it is to be shown.
    pub at: String,
    /// The item's fields, those that changed first; empty where the view keeps none.
    pub fields: Vec<FieldChange>,
}

/// What was done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is new.
    Insert,
    /// It was there, and differs now.
    Modify,
    /// It is gone.
    Remove,
}

/// A field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The attribute's name.
    pub name: String,
    /// Its value before.
    pub old: Side,
    /// Its value after.
    pub new: Side,
}

/// A value on one side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// This.
    Is(String),
    /// There is none.
    Absent,
    /// The stream's view does not tell.
    NotKept,
}

impl FieldChange {
    /// Whether it is known to differ.
    fn changed(&self) -> bool {
        self.is_known() && self.old != self.new
    }

    fn is_known(&self) -> bool {
        self.old != Side::NotKept && self.new != Side::NotKept
    }
}

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 28.0;
const TOP: f64 = 100.0;
/// Where the line of time runs.
const LINE: f64 = 124.0;
const CARD: f64 = LINE + 28.0;
const HEAD: f64 = 40.0;
const ROW: f64 = 22.0;
const FOOT: f64 = 10.0;
const GAP: f64 = 14.0;
/// Where a card's columns begin.
const BEFORE: f64 = CARD + 178.0;
const AFTER: f64 = BEFORE + 218.0;
/// The most changes shown, and the most fields of each.
const MOST: usize = 8;
const MOST_FIELDS: usize = 5;

/// Draws a timeline. The last eight changes are shown.
pub fn table_changes(changes: &TableChanges) -> Result<Picture, PictureError> {
    render(draw(changes), alt_text(changes))
}

impl Event {
    fn words(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
        }
    }

    fn ink(self) -> &'static str {
        match self {
            Self::Insert => colour::GREEN,
            Self::Modify => colour::AMBER,
            Self::Remove => colour::RED,
        }
    }
}

fn last(changes: &TableChanges) -> &[TableChange] {
    &changes.changes[changes.changes.len().saturating_sub(MOST)..]
}

/// The lines below a card's head.
fn rows(change: &TableChange) -> usize {
    let more = usize::from(change.fields.len() > MOST_FIELDS);
    (change.fields.len().min(MOST_FIELDS) + more).max(1)
}

fn card_height(change: &TableChange) -> f64 {
    HEAD + rows(change) as f64 * ROW + FOOT
}

fn draw(changes: &TableChanges) -> Canvas {
    let shown = last(changes);
    let height: f64 = shown.iter().map(|change| card_height(change) + GAP).sum();
    let mut canvas = Canvas::new(WIDTH, TOP + height.max(40.0) + 14.0);
    header(&mut canvas, changes);
    if shown.is_empty() {
        let dim = Style::new(Font::Sans, 14.0, colour::DIM);
        canvas.text(
            MARGIN,
            TOP + 16.0,
            dim,
            "nothing has changed since the stream was switched on",
        );
        return canvas;
    }
    canvas.path(
        &format!("M{LINE} {:.2}V{:.2}", TOP - 4.0, TOP + height - GAP),
        Stroke::solid(colour::TRACK, 2.5),
    );
    let mut y = TOP;
    for change in shown {
        draw_change(&mut canvas, change, y);
        y += card_height(change) + GAP;
    }
    canvas
}

fn header(canvas: &mut Canvas, changes: &TableChanges) {
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let rest = " · changes";
    let name = title.fit(&changes.table, WIDTH - 2.0 * MARGIN - title.width(rest));
    canvas.text(MARGIN, 46.0, title, &format!("{name}{rest}"));
    let hidden = changes.changes.len() - last(changes).len();
    let mut facts = vec![count(changes.changes.len(), "change"), "oldest first".to_owned()];
    match hidden {
        0 => {}
        1 => facts.push("the first is not shown".to_owned()),
        hidden => facts.push(format!("the first {hidden} are not shown")),
    }
    facts.push(format!("the stream keeps {}", changes.view));
    let dim = Style::new(Font::Sans, 14.0, colour::DIM);
    canvas.text(
        MARGIN,
        70.0,
        dim,
        &dim.fit(&facts.join(" · "), WIDTH - 2.0 * MARGIN),
    );
}

fn draw_change(canvas: &mut Canvas, change: &TableChange, y: f64) {
    let ink = change.event.ink();
    let rect = Rect {
        x: CARD,
        y,
        w: WIDTH - MARGIN - CARD,
        h: card_height(change),
    };
    let middle = y + 22.0;
    let time = Style::new(Font::Mono, 12.0, colour::DIM);
    let at = time.fit(&change.at, LINE - MARGIN - 18.0);
    canvas.text(LINE - 18.0, middle + 4.5, time.anchored(Anchor::End), &at);
    canvas.path(
        &format!("M{LINE} {middle:.2}H{CARD}"),
        Stroke::solid(colour::TRACK, 2.5),
    );
    sign(canvas, change.event, LINE, middle);
    canvas.rect(rect, 9.0, colour::BOX, Some(Stroke::solid(ink, 1.2)));
    let bold = Style::new(Font::Bold, 14.0, ink);
    canvas.text(rect.x + 14.0, y + 27.0, bold, change.event.words());
    let key = Style::new(Font::Mono, 13.0, colour::TEXT);
    let from = rect.x + 14.0 + bold.width("REMOVE") + 14.0;
    canvas.text(from, y + 27.0, key, &key.fit(&change.key, BEFORE - from - 12.0));
    if change.fields.is_empty() {
        let dim = Style::new(Font::Sans, 13.0, colour::DIM);
        canvas.text(
            rect.x + 14.0,
            y + HEAD + 15.0,
            dim,
            "the key alone: this view keeps no item",
        );
        return;
    }
    let small = Style::new(Font::Sans, 12.0, colour::DIM);
    canvas.text(BEFORE, y + 26.0, small, "before");
    canvas.text(AFTER, y + 26.0, small, "after");
    for (index, field) in change.fields.iter().take(MOST_FIELDS).enumerate() {
        draw_field(canvas, field, y + HEAD + 15.0 + index as f64 * ROW);
    }
    if let Some(more) = change.fields.len().checked_sub(MOST_FIELDS).filter(|n| *n > 0) {
        let y = y + HEAD + 15.0 + MOST_FIELDS as f64 * ROW;
        canvas.text(
            rect.x + 14.0,
            y,
            small,
            &format!("and {}", count(more, "more field")),
        );
    }
}

fn draw_field(canvas: &mut Canvas, field: &FieldChange, y: f64) {
    let changed = field.changed();
    let name = Style::new(Font::Mono, 12.5, if changed { colour::TEXT } else { colour::DIM });
    canvas.text(
        CARD + 14.0,
        y,
        name,
        &name.fit(&field.name, BEFORE - CARD - 14.0 - 12.0),
    );
    let before = if changed { colour::RED } else { colour::DIM };
    let after = if changed { colour::GREEN } else { colour::DIM };
    side(canvas, &field.old, BEFORE, AFTER - BEFORE - 28.0, before, y);
    side(canvas, &field.new, AFTER, WIDTH - MARGIN - 14.0 - AFTER, after, y);
    if changed {
        let x = AFTER - 24.0;
        canvas.path(
            &format!("M{x:.2} {:.2}h12m-4 -4l4 4l-4 4", y - 4.5),
            Stroke::solid(colour::LINE, 1.4),
        );
    }
}

fn side(canvas: &mut Canvas, side: &Side, x: f64, room: f64, ink: &'static str, y: f64) {
    let dim = Style::new(Font::Sans, 12.0, colour::DIM);
    match side {
        Side::Is(value) => {
            let style = Style::new(Font::Mono, 12.5, ink);
            canvas.text(x, y, style, &style.fit(value, room));
        }
        Side::Absent => canvas.text(x, y, dim, "none"),
        Side::NotKept => canvas.text(x, y, dim, "not kept"),
    }
}

/// A disc with +, ~ or −.
fn sign(canvas: &mut Canvas, event: Event, x: f64, y: f64) {
    canvas.circle(x, y, 10.0, event.ink(), Some(Stroke::solid(colour::CARD, 3.0)));
    let stroke = Stroke::solid(colour::CARD, 2.2);
    let across = format!("M{:.2} {y:.2}h10", x - 5.0);
    match event {
        Event::Insert => canvas.path(&format!("{across}M{x:.2} {:.2}v10", y - 5.0), stroke),
        Event::Remove => canvas.path(&across, stroke),
        Event::Modify => canvas.path(
            &format!("M{:.2} {:.2}q2.5 -5 5 -1.5t5 -1.5", x - 5.0, y + 1.5),
            stroke,
        ),
    }
}

fn alt_text(changes: &TableChanges) -> String {
    const TOLD: usize = 5;
    let shown = last(changes);
    let mut sentences = vec![format!(
        "Timeline of {} to the table {}, oldest first; its stream keeps {}.",
        count(changes.changes.len(), "change"),
        alt::name(&changes.table),
        alt::name(&changes.view)
    )];
    let told = &shown[shown.len().saturating_sub(TOLD)..];
    for change in told {
        let fields: Vec<String> = change
            .fields
            .iter()
            .filter(|field| field.changed() || !field.is_known())
            .take(3)
            .map(|field| {
                let value = |side: &Side| match side {
                    Side::Is(value) => alt::name(value),
                    Side::Absent => "none".to_owned(),
                    Side::NotKept => "not kept".to_owned(),
                };
                format!(
                    "{} {} → {}",
                    alt::name(&field.name),
                    value(&field.old),
                    value(&field.new)
                )
            })
            .collect();
        let fields = if fields.is_empty() {
            String::new()
        } else {
            format!(": {}", fields.join(", "))
        };
        sentences.push(format!(
            "{} {} at {}{fields}.",
            change.event.words(),
            alt::name(&change.key),
            alt::name(&change.at)
        ));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change(event: Event, fields: Vec<FieldChange>) -> TableChange {
        TableChange {
            event,
            key: "u1".into(),
            at: "09:00:01".into(),
            fields,
        }
    }

    fn field(name: &str, old: Side, new: Side) -> FieldChange {
        FieldChange {
            name: name.into(),
            old,
            new,
        }
    }

    fn is(value: &str) -> Side {
        Side::Is(value.into())
    }

    fn said(changes: &TableChanges) -> Vec<String> {
        draw(changes)
            .labels()
            .iter()
            .map(|(_, text)| text.clone())
            .collect()
    }

    #[test]
    fn the_words_say_what_changed_from_what_to_what() {
        let changes = TableChanges {
            table: "users".into(),
            view: "NEW_AND_OLD_IMAGES".into(),
            changes: vec![
                change(Event::Insert, vec![field("age", Side::Absent, is("3"))]),
                change(
                    Event::Modify,
                    vec![
                        field("age", is("3"), is("4")),
                        field("name", is("ana"), is("ana")),
                    ],
                ),
                change(Event::Remove, vec![field("age", is("4"), Side::Absent)]),
            ],
        };
        assert_eq!(
            table_changes(&changes).unwrap().alt,
            "Timeline of 3 changes to the table users, oldest first; its stream keeps NEW_AND_OLD_IMAGES. INSERT u1 at \
             09:00:01: age none → 3. MODIFY u1 at 09:00:01: age 3 → 4. REMOVE u1 at 09:00:01: age 4 → none."
        );
        let said = said(&changes);
        for words in ["INSERT", "MODIFY", "REMOVE", "before", "after", "none", "ana"] {
            assert!(said.iter().any(|it| it == words), "{words} is not in {said:?}");
        }
    }

    #[test]
    fn a_stream_of_keys_and_a_quiet_table_say_so() {
        let mut changes = TableChanges {
            table: "users".into(),
            view: "KEYS_ONLY".into(),
            changes: vec![change(Event::Modify, vec![])],
        };
        assert!(said(&changes).iter().any(|it| it.contains("the key alone")));
        changes.changes.clear();
        assert!(said(&changes).iter().any(|it| it.contains("nothing has changed")));
    }

    fn any_side() -> impl Strategy<Value = Side> {
        prop_oneof![4 => ".{0,200}".prop_map(Side::Is), 1 => Just(Side::Absent), 1 => Just(Side::NotKept)]
    }

    fn any_change() -> impl Strategy<Value = TableChange> {
        let event = prop_oneof![Just(Event::Insert), Just(Event::Modify), Just(Event::Remove)];
        let field =
            (".{0,80}", any_side(), any_side()).prop_map(|(name, old, new)| FieldChange { name, old, new });
        (
            event,
            ".{0,120}",
            ".{0,30}",
            proptest::collection::vec(field, 0..9),
        )
            .prop_map(|(event, key, at, fields)| TableChange {
                event,
                key,
                at,
                fields,
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_changes_can_be_drawn_and_no_label_covers_another(
            table in any::<String>(), view in any::<String>(), changes in proptest::collection::vec(any_change(), 0..14),
        ) {
            let changes = TableChanges { table, view, changes };
            prop_assert_eq!(draw(&changes).misplaced_label(), None);
            let picture = table_changes(&changes).unwrap();
            prop_assert!(picture.alt.chars().count() <= 1_000);
            prop_assert!(!picture.alt.chars().any(char::is_control));
        }
    }
}
