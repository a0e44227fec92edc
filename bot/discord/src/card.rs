//! What a member is shown: a message as plain data, turned into Discord's JSON in one place.
//!
//! Every payload carries `allowed_mentions` with nothing in it, so that no text can ping (promise 7), and is cut to
//! Discord's limits, so that a long word never costs the whole message.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serenity::builder::CreateAttachment;

use crate::route::Route;
use crate::text::cut;

/// A message: text, one framed body, at most one picture, and rows of buttons or a select.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Plain text above the frame.
    pub text: Option<String>,
    /// The frame's title.
    pub title: Option<String>,
    /// The frame's text, Discord markdown, at most 4,096 characters.
    pub body: Option<String>,
    /// The frame's colour.
    pub tone: Tone,
    /// Short facts in the frame.
    pub fields: Vec<Field>,
    /// Small print under the frame.
    pub footer: Option<String>,
    /// A picture, with its description.
    #[serde(skip)]
    pub picture: Option<Picture>,
    /// A file to keep, such as a program, where there is no picture: through serenity's REST a message carries one file.
    #[serde(skip)]
    pub attached: Option<Attached>,
    /// Up to five rows.
    pub rows: Vec<Row>,
    /// A role that this message may ping: set only where a moderator chose it.
    pub ping_role: Option<u64>,
}

/// What a frame's colour says; the words say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Something was achieved.
    Good,
    /// Something to think about again.
    Think,
    /// Something went wrong.
    Bad,
}

/// A short fact in a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it may share a line.
    pub inline: bool,
}

/// A PNG with the words for those who can't see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file's name, e.g. `orders.png`.
    pub name: String,
    /// The PNG.
    pub png: Vec<u8>,
    /// What the picture shows, at most 1,024 characters.
    pub alt: String,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name, e.g. `m05_message_broker.py`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What it is, at most 1,024 characters.
    pub about: String,
}

/// One row of components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// Up to five buttons.
    Buttons(Vec<Button>),
    /// One select.
    Select(Pick),
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says, at most 80 characters.
    pub label: String,
    /// Its colour.
    pub style: Style,
    /// Its custom id, from a [`Route`].
    pub id: String,
    /// Whether it can't be pressed.
    pub disabled: bool,
}

/// A button's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    /// The next step.
    Primary,
    /// Another step.
    Secondary,
    /// Done, yes.
    Success,
    /// Something that takes away.
    Danger,
}

/// A select of up to 25 options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Its custom id, from a [`Route`].
    pub id: String,
    /// What it says before anything is chosen.
    pub prompt: String,
    /// (value, label, description).
    pub options: Vec<(String, String, Option<String>)>,
    /// How few may be chosen.
    pub min: usize,
    /// How many may be chosen.
    pub max: usize,
}

/// A modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is answered.
    pub route: Route,
    /// At most 45 characters.
    pub title: String,
    /// One to five inputs.
    pub inputs: Vec<Input>,
}

/// A text input of a modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Names the field in the answer.
    pub id: String,
    /// At most 45 characters.
    pub label: String,
    /// One line or a paragraph.
    pub style: InputStyle,
    /// Filled in already.
    pub value: Option<String>,
    /// Shown while empty.
    pub placeholder: Option<String>,
    /// At least this many characters.
    pub min: usize,
    /// At most this many characters, up to 4,000.
    pub max: usize,
    /// Whether it must be filled in.
    pub required: bool,
}

/// The height of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputStyle {
    /// One line.
    Short,
    /// Several lines.
    Paragraph,
}

impl Button {
    /// A button that takes `route`.
    pub fn new(label: impl Into<String>, style: Style, route: &Route) -> Self {
        Self {
            label: label.into(),
            style,
            id: route.id(),
            disabled: false,
        }
    }

    /// The same, pressable only where `yes`.
    #[must_use]
    pub fn enabled(mut self, yes: bool) -> Self {
        self.disabled = !yes;
        self
    }
}

impl Card {
    /// A framed text.
    pub fn framed(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            title: Some(title.into()),
            body: Some(body.into()),
            ..Self::default()
        }
    }

    /// Plain words without a frame.
    pub fn words(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// With another colour.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// With a fact that may share its line.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push(Field {
            name: name.into(),
            value: value.into(),
            inline: true,
        });
        self
    }

    /// With a fact on a line of its own.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push(Field {
            name: name.into(),
            value: value.into(),
            inline: false,
        });
        self
    }

    /// With small print.
    #[must_use]
    pub fn footer(mut self, words: impl Into<String>) -> Self {
        self.footer = Some(words.into());
        self
    }

    /// With a row of buttons; an empty row is left out.
    #[must_use]
    pub fn buttons(mut self, buttons: Vec<Button>) -> Self {
        if !buttons.is_empty() {
            self.rows.push(Row::Buttons(buttons));
        }
        self
    }

    /// With a select.
    #[must_use]
    pub fn select(mut self, pick: Pick) -> Self {
        self.rows.push(Row::Select(pick));
        self
    }

    /// With a picture.
    #[must_use]
    pub fn picture(mut self, picture: Picture) -> Self {
        self.picture = Some(picture);
        self
    }

    /// With each of its buttons and selects about this cohort, for who is in several.
    #[must_use]
    pub fn about_cohort(mut self, cohort: &str) -> Self {
        let ids = self.rows.iter_mut().flat_map(|row| match row {
            Row::Buttons(buttons) => buttons
                .iter_mut()
                .map(|button| &mut button.id)
                .collect::<Vec<_>>(),
            Row::Select(pick) => vec![&mut pick.id],
        });
        for id in ids {
            if let Ok(mut route) = Route::read(id) {
                route.cohort = Some(cohort.to_owned());
                *id = route.id();
            }
        }
        self
    }

    /// The message as Discord's JSON, complete: sent as an edit, it replaces everything.
    pub fn payload(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert(
            "content".into(),
            json!(
                self.text
                    .as_deref()
                    .map(|text| cut(text, 2_000))
                    .unwrap_or_default()
            ),
        );
        map.insert("embeds".into(), Value::Array(self.embed().into_iter().collect()));
        map.insert(
            "components".into(),
            Value::Array(self.rows.iter().take(5).map(row).collect()),
        );
        map.insert(
            "allowed_mentions".into(),
            match self.ping_role {
                Some(role) => json!({"parse": [], "roles": [role.to_string()]}),
                None => json!({"parse": []}),
            },
        );
        let attachments: Vec<Value> = self
            .file()
            .iter()
            .map(|(name, _, about)| json!({"id": "0", "filename": name, "description": cut(about, 1_024)}))
            .collect();
        map.insert("attachments".into(), Value::Array(attachments));
        map
    }

    /// The files that go with the payload.
    pub fn files(&self) -> Vec<CreateAttachment> {
        self.file()
            .iter()
            .map(|(name, bytes, about)| CreateAttachment::bytes(bytes.to_vec(), *name).description(*about))
            .collect()
    }

    /// The picture or the file: its name, its bytes and what it is.
    fn file(&self) -> Option<(&str, &[u8], &str)> {
        let picture = self.picture.as_ref().map(|it| (&*it.name, &*it.png, &*it.alt));
        picture.or_else(|| {
            self.attached
                .as_ref()
                .map(|it| (&*it.name, &*it.bytes, &*it.about))
        })
    }

    fn embed(&self) -> Option<Value> {
        if self.title.is_none() && self.body.is_none() && self.fields.is_empty() && self.footer.is_none() {
            return None;
        }
        let mut embed = Map::new();
        let mut room = 6_000_usize;
        let mut take = |words: &str, limit: usize| {
            let short = cut(words, limit.min(room));
            room -= short.chars().count();
            short
        };
        if let Some(title) = &self.title {
            embed.insert("title".into(), json!(take(title, 256)));
        }
        if let Some(footer) = &self.footer {
            embed.insert("footer".into(), json!({"text": take(footer, 2_048)}));
        }
        if let Some(body) = &self.body {
            embed.insert("description".into(), json!(take(body, 4_096)));
        }
        let mut fields = Vec::new();
        for field in self.fields.iter().take(25) {
            let (name, value) = (take(&field.name, 256), take(&field.value, 1_024));
            if name.is_empty() || value.is_empty() {
                break;
            }
            fields.push(json!({"name": name, "value": value, "inline": field.inline}));
        }
        if !fields.is_empty() {
            embed.insert("fields".into(), Value::Array(fields));
        }
        embed.insert("color".into(), json!(self.tone.colour()));
        Some(Value::Object(embed))
    }
}

impl Tone {
    /// Legible as a stripe on Discord's dark and light.
    fn colour(self) -> u32 {
        match self {
            Self::Plain => 0x4B_7B_EC,
            Self::Good => 0x2F_9E_62,
            Self::Think => 0xD9_8E_1F,
            Self::Bad => 0xD6_45_45,
        }
    }
}

fn row(row: &Row) -> Value {
    let inside: Vec<Value> = match row {
        Row::Buttons(buttons) => buttons.iter().take(5).map(button).collect(),
        Row::Select(pick) => vec![select(pick)],
    };
    json!({"type": 1, "components": inside})
}

fn button(button: &Button) -> Value {
    let style = match button.style {
        Style::Primary => 1,
        Style::Secondary => 2,
        Style::Success => 3,
        Style::Danger => 4,
    };
    json!({
        "type": 2, "style": style, "label": cut(&button.label, 80), "custom_id": button.id, "disabled": button.disabled,
    })
}

fn select(pick: &Pick) -> Value {
    let options: Vec<Value> = pick
        .options
        .iter()
        .take(25)
        .map(|(value, label, description)| {
            let mut option = json!({"value": cut(value, 100), "label": cut(label, 100)});
            if let Some(words) = description {
                option["description"] = json!(cut(words, 100));
            }
            option
        })
        .collect();
    let most = pick.max.clamp(1, options.len().max(1));
    json!({
        "type": 3, "custom_id": pick.id, "placeholder": cut(&pick.prompt, 150), "options": options,
        "min_values": pick.min.min(most), "max_values": most,
    })
}

impl Form {
    /// The modal as Discord's JSON.
    pub fn payload(&self) -> Value {
        let rows: Vec<Value> = self
            .inputs
            .iter()
            .take(5)
            .map(|input| json!({"type": 1, "components": [input.payload()]}))
            .collect();
        json!({"custom_id": self.route.id(), "title": cut(&self.title, 45), "components": rows})
    }
}

impl Input {
    /// A paragraph that must be filled in.
    pub fn paragraph(id: &str, label: &str, max: usize) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            style: InputStyle::Paragraph,
            value: None,
            placeholder: None,
            min: 1,
            max,
            required: true,
        }
    }

    /// A line that must be filled in.
    pub fn line(id: &str, label: &str, max: usize) -> Self {
        Self {
            style: InputStyle::Short,
            ..Self::paragraph(id, label, max)
        }
    }

    /// With text filled in already.
    #[must_use]
    pub fn filled(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// With a hint while it is empty.
    #[must_use]
    pub fn placeholder(mut self, words: impl Into<String>) -> Self {
        self.placeholder = Some(words.into());
        self
    }

    fn payload(&self) -> Value {
        let mut input = json!({
            "type": 4,
            "custom_id": self.id,
            "label": cut(&self.label, 45),
            "style": if self.style == InputStyle::Short { 1 } else { 2 },
            "min_length": self.min,
            "max_length": self.max,
            "required": self.required,
        });
        if let Some(value) = self.value.as_deref().filter(|value| !value.is_empty()) {
            input["value"] = json!(cut(value, self.max));
        }
        if let Some(words) = &self.placeholder {
            input["placeholder"] = json!(cut(words, 100));
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_card_can_ping() {
        let payload = Card::words("@everyone <@&5>").payload();
        assert_eq!(payload["allowed_mentions"], json!({"parse": []}));
    }

    #[test]
    fn a_card_with_too_much_in_it_still_fits() {
        let mut card = Card::framed("t".repeat(300), "b".repeat(5_000)).footer("f".repeat(3_000));
        for _ in 0..30 {
            card = card.fact("n".repeat(300), "v".repeat(2_000));
        }
        let embed = &card.payload()["embeds"][0];
        let length = |value: &Value| value.as_str().unwrap_or_default().chars().count();
        let fields = embed["fields"].as_array().cloned().unwrap_or_default();
        let all = length(&embed["title"])
            + length(&embed["description"])
            + length(&embed["footer"]["text"])
            + fields
                .iter()
                .map(|field| length(&field["name"]) + length(&field["value"]))
                .sum::<usize>();
        assert!(all <= 6_000, "{all}");
        assert!(fields.len() <= 25);
    }

    #[test]
    fn a_frozen_card_reads_back_the_same() {
        let card = Card::framed("a", "b")
            .buttons(vec![Button::new(
                "Go",
                Style::Primary,
                &Route::new("lesson", "open").arg("M1"),
            )])
            .tone(Tone::Good);
        let frozen = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Card>(&frozen).unwrap(), card);
    }
}
