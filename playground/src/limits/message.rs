//! Limits on messages: text, embeds, files, nonce. Components have a file of their own.

use serde_json::Value;

use super::{Findings, component};
use crate::{rest::Refusal, upload::Upload};

const FILE_BYTES: usize = 10 * 1024 * 1024;
const ALL_FILES_BYTES: usize = 25 * 1024 * 1024;
const COMPONENTS_V2: u64 = 1 << 15;

/// Whether a body makes a message, which must not be empty, or changes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    New,
    Edit,
}

/// Checks a message body; `at` is where it stands in the request, empty or `data`.
pub fn message(body: &Value, files: &[Upload], at: &str, sending: Sending) -> Result<(), Refusal> {
    let place = |field: &str| {
        if at.is_empty() {
            field.to_owned()
        } else {
            format!("{at}.{field}")
        }
    };
    let mut findings = Findings::default();
    findings.text(&place("content"), &body["content"], 0, 2_000);
    embeds(&mut findings, &place("embeds"), &body["embeds"]);
    component::rows(&mut findings, &place("components"), &body["components"]);
    if body["nonce"]
        .as_str()
        .is_some_and(|nonce| nonce.chars().count() > 25)
    {
        findings.add(
            &place("nonce"),
            "NONCE_TYPE_INVALID_VALUE",
            "nonce must be 25 or fewer in length.",
        );
    }
    if body["flags"]
        .as_u64()
        .is_some_and(|flags| flags & COMPONENTS_V2 != 0)
    {
        let why = "The playground does not speak components v2.";
        findings.add(&place("flags"), "UNSUPPORTED", why);
    }
    attachments(&mut findings, &place("attachments"), &body["attachments"], files);
    if !body["poll"].is_null() {
        poll(&mut findings, &place("poll"), &body["poll"]);
    }
    findings.check()?;
    upload(files)?;
    if sending == Sending::New && is_empty(body, files) {
        Err(Refusal::EMPTY_MESSAGE)
    } else {
        Ok(())
    }
}

/// Whether nothing would be seen of a message.
fn is_empty(body: &Value, files: &[Upload]) -> bool {
    let no_list = |field: &str| body[field].as_array().is_none_or(Vec::is_empty);
    let blank = body["content"].as_str().is_none_or(|text| text.trim().is_empty());
    body["poll"].is_null() && blank && no_list("embeds") && no_list("components") && files.is_empty()
}

fn poll(findings: &mut Findings, at: &str, poll: &Value) {
    findings.text(&format!("{at}.question.text"), &poll["question"]["text"], 1, 300);
    let place = format!("{at}.answers");
    let answers = findings.list(&place, &poll["answers"], 1, 10);
    if poll["answers"].is_null() {
        findings.required(&place);
    }
    for (n, answer) in answers.iter().enumerate() {
        findings.text(
            &format!("{place}.{n}.poll_media.text"),
            &answer["poll_media"]["text"],
            1,
            55,
        );
    }
    if poll["duration"]
        .as_u64()
        .is_some_and(|hours| !(1..=768).contains(&hours))
    {
        let why = "int value should be greater than or equal to 1 and less than or equal to 768.";
        findings.add(&format!("{at}.duration"), "NUMBER_TYPE_MAX", why);
    }
}

/// Checks a list of messages to delete together.
pub fn bulk(findings: &mut Findings, listed: &Value) {
    findings.list("messages", listed, 2, 100);
}

/// Checks the sizes of files.
fn upload(files: &[Upload]) -> Result<(), Refusal> {
    let all: usize = files.iter().map(|file| file.bytes.len()).sum();
    let one_too_big = files.iter().any(|file| file.bytes.len() > FILE_BYTES);
    if all > ALL_FILES_BYTES || one_too_big || files.len() > 10 {
        Err(Refusal::TOO_LARGE)
    } else {
        Ok(())
    }
}

/// Checks a thread's name.
pub fn thread_name(findings: &mut Findings, body: &Value) {
    findings.text("name", &body["name"], 1, 100);
    if body["name"]
        .as_str()
        .is_some_and(|name| !name.is_empty() && name.trim().is_empty())
    {
        findings.required("name");
    }
}

fn attachments(findings: &mut Findings, at: &str, listed: &Value, files: &[Upload]) {
    for (n, listed) in findings.list(at, listed, 0, 10).iter().enumerate() {
        findings.text(&format!("{at}.{n}.description"), &listed["description"], 0, 1_024);
        let id = listed["id"]
            .as_str()
            .map_or_else(|| listed["id"].to_string(), str::to_owned);
        // A small number means a file of this request, a snowflake one that is there already.
        let is_new = id.len() < 6;
        if is_new && !files.iter().any(|file| file.field == format!("files[{id}]")) {
            findings.add(
                &format!("{at}.{n}.id"),
                "ATTACHMENT_NOT_FOUND",
                format!("No file with the field files[{id}]."),
            );
        }
    }
}

fn embeds(findings: &mut Findings, at: &str, embeds: &Value) {
    let mut together = 0;
    for (n, embed) in findings.list(at, embeds, 0, 10).iter().enumerate() {
        let at = format!("{at}.{n}");
        let texts = [
            ("title", &embed["title"], 256),
            ("description", &embed["description"], 4_096),
            ("footer.text", &embed["footer"]["text"], 2_048),
            ("author.name", &embed["author"]["name"], 256),
        ];
        for (field, text, most) in texts {
            findings.text(&format!("{at}.{field}"), text, 0, most);
            together += length(text);
        }
        for (m, field) in findings
            .list(&format!("{at}.fields"), &embed["fields"], 0, 25)
            .iter()
            .enumerate()
        {
            findings.text(&format!("{at}.fields.{m}.name"), &field["name"], 1, 256);
            findings.text(&format!("{at}.fields.{m}.value"), &field["value"], 1, 1_024);
            together += length(&field["name"]) + length(&field["value"]);
        }
        links(findings, &at, embed);
    }
    if together > 6_000 {
        findings.add(
            at,
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        );
    }
}

fn links(findings: &mut Findings, at: &str, embed: &Value) {
    let places = [
        ("url", &embed["url"]),
        ("image.url", &embed["image"]["url"]),
        ("thumbnail.url", &embed["thumbnail"]["url"]),
    ];
    for (field, link) in places {
        let Some(link) = link.as_str() else { continue };
        if !["http://", "https://", "attachment://"]
            .iter()
            .any(|scheme| link.starts_with(scheme))
        {
            findings.add(
                &format!("{at}.{field}"),
                "URL_TYPE_INVALID_URL",
                "Not a well formed URL.",
            );
        }
    }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}
