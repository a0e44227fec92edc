//! What webhooks look like in chat: an address is shown to its owner alone, what came to it in the channel.

use ::sandbox::Region;
use discord::{Button, Card, Route, Style, Tone, text};

use super::store::Delivery;
use super::{Target, Webhook};

fn target(webhook: &Webhook) -> String {
    let place = if webhook.region == Region::default() {
        String::new()
    } else {
        format!(" in {}", webhook.region.as_str())
    };
    format!("{} `{}`{place}", webhook.target.kind(), webhook.target.name())
}

/// A webhook was opened: what the channel may know.
pub fn created(webhook: &Webhook, owner: &str) -> Card {
    let becomes = match webhook.target {
        Target::Stream(_) => "a record",
        Target::Queue(_) => "a message",
    };
    let key = match (&webhook.key_field, &webhook.target) {
        (Some(field), Target::Stream(_)) => {
            format!("The JSON field {} is its partition key. ", text::code(field))
        }
        (Some(field), Target::Queue(_)) => format!(
            "In a FIFO queue, the JSON field {} is its group. ",
            text::code(field)
        ),
        (None, _) => String::new(),
    };
    Card::framed(
        format!("{} is listening", webhook.name),
        format!(
            "Each POST to {}'s new address becomes {becomes} of the {}. {key}The address is a secret, so only its owner sees it.\n\n\
             **Direct messaging**: the sender must find us awake. If we are not, nobody keeps the message but the sender, who sends it \
             again; and if only our answer was lost, we get it twice. `/webhook show name:{}` tells the two apart.",
            text::escape(owner),
            target(webhook),
            webhook.name
        ),
    )
    .tone(Tone::Good)
}

/// The address, and the secret for as long as this message is open: for its owner alone.
pub fn secrets(webhook: &Webhook, url: &str, secret: Option<&str>) -> Card {
    let body = r#"{"user":"ana","n":1}"#;
    let words = match secret {
        Some(secret) => format!(
            "Only you see this. The secret is not shown again; if you lose it, delete the webhook and make it anew.\n```ini\n\
             url = {url}\nsecret = {secret}\n```Sign the body with HMAC-SHA256, and name each delivery so that a retry is known:\n\
             ```sh\nBODY='{body}'\nSIG=$(printf %s \"$BODY\" | openssl dgst -sha256 -hmac '{secret}' -r | cut -d' ' -f1)\n\
             curl {url} -d \"$BODY\" -H \"X-Tributary-Signature: sha256=$SIG\" -H 'Idempotency-Key: order-1'\n```"
        ),
        None => format!(
            "Only you see this. Whoever has the address can send to it: it is your only protection, so keep it.\n```ini\n\
             url = {url}\n```Name each delivery so that a retry is known:\n```sh\n\
             curl {url} -d '{body}' -H 'Idempotency-Key: order-1'\n```"
        ),
    };
    let limits = "At most 256 KiB each and 10 a second.";
    Card::words(format!("**{}**\n{words}{limits}", webhook.name))
}

/// The member's webhooks with their addresses: for their owner alone.
pub fn list(webhooks: &[(Webhook, String)]) -> Card {
    if webhooks.is_empty() {
        return Card::words(
            "You have no webhooks. `/webhook create name:shop to:orders` opens an address that fills your stream or queue `orders`.",
        );
    }
    let line = |(webhook, url): &(Webhook, String)| {
        let signed = if webhook.signed { "signed" } else { "not signed" };
        format!("**{}** → {} · {signed}\n`{url}`", webhook.name, target(webhook))
    };
    let lines: Vec<String> = webhooks.iter().map(line).collect();
    let title = text::count(webhooks.len() as i64, "webhook", "webhooks");
    Card::framed(title, lines.join("\n"))
        .footer("Only you see these addresses. /webhook show tells what came to one.")
}

/// What came to a webhook.
pub fn shown(webhook: &Webhook, deliveries: &[Delivery]) -> Card {
    let title = format!(
        "{} → {} {}",
        webhook.name,
        webhook.target.kind(),
        webhook.target.name()
    );
    if deliveries.is_empty() {
        return Card::framed(
            title,
            "Nothing has come in the last 24 hours. `/webhook list` shows you the address to send to.",
        );
    }
    let mut lines: Vec<String> = deliveries.iter().map(line).collect();
    if deliveries.iter().any(|delivery| delivery.repeats > 0) {
        lines.push(
            "\n🔁 **A retry**: the sender did not hear our answer, and sent the same again under the same key. It was taken once: the key \
             makes the receiver *idempotent*."
                .to_owned(),
        );
    }
    if deliveries
        .iter()
        .any(|delivery| delivery.key.is_none() && delivery.outcome == "taken")
    {
        lines.push(
            "\n⚠️ **Without an `Idempotency-Key`** a retry can't be told from something new: sent twice, it is taken twice. That is \
             *at-least-once* delivery."
                .to_owned(),
        );
    }
    Card::framed(title, lines.join("\n")).footer("The last deliveries, newest first, for 24 hours.")
}

fn line(delivery: &Delivery) -> String {
    let became = match delivery.outcome.as_str() {
        "taken" => format!("✅ taken → {}", text::escape(&delivery.detail)),
        "refused" => format!("⛔ refused. {}", text::escape(&delivery.detail)),
        "failed" => format!("❌ not taken. {}", text::escape(&delivery.detail)),
        _ => "⏳ under way".to_owned(),
    };
    let key = match &delivery.key {
        Some(key) => format!(" · key {}", text::code(&text::cut(key, 40))),
        None => String::new(),
    };
    let repeats = match delivery.repeats {
        0 => String::new(),
        number => format!(
            " · 🔁 came {} more, not taken again",
            text::count(number, "time", "times")
        ),
    };
    format!(
        "{} · {}{key} · {became}{repeats}",
        text::moment(delivery.at, 'T'),
        text::count(delivery.bytes, "byte", "bytes")
    )
}

/// Asks before a webhook is deleted.
pub fn deleting(webhook: &Webhook) -> Card {
    let route = |verb: &str| {
        Route::new("webhook", verb)
            .owned_by(webhook.member_id)
            .arg(&webhook.id)
    };
    Card::framed(
        format!("Delete {}?", webhook.name),
        "Its address stops working for good: a new webhook gets a new one. What it has delivered stays.",
    )
    .buttons(vec![
        Button::new("Delete", Style::Danger, &route("delete")),
        Button::new("Keep it", Style::Secondary, &route("keep")),
    ])
}

/// A webhook is gone.
pub fn deleted(webhook: &Webhook) -> Card {
    Card::framed(
        format!("{} is deleted", webhook.name),
        "Whoever still sends to its address is told that nothing is there (404).",
    )
}

/// A webhook stays.
pub fn kept(webhook: &Webhook) -> Card {
    Card::framed(format!("{} stays", webhook.name), "Nothing was deleted.")
}
