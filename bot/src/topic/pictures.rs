//! A topic's fan-out as a picture.

use discord::{Failure, Picture};
use pictures::{Branch, FanOut, Outcome, Published};
use sandbox::topics::{Publication, Subscription, Topic};
use serde_json::Value;

use super::filter;

/// The tree: each subscription with what became of the message.
pub async fn tree(
    topic: &Topic,
    message: Option<&Publication>,
    branches: &[(Subscription, Outcome)],
) -> Result<Picture, Failure> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let tree = FanOut {
        topic: topic.name.clone(),
        fifo: topic.fifo,
        message: message.map(|message| Published {
            body: message.body.clone(),
            attributes: message
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
        }),
        branches: branches
            .iter()
            .map(|(subscription, outcome)| Branch {
                queue: subscription.queue.clone(),
                filter: subscription.filter.as_ref().map(|policy| {
                    let on_body = if subscription.filter_on_body { "body " } else { "" };
                    format!("{on_body}{}", filter::in_words(policy))
                }),
                raw: subscription.raw,
                outcome: *outcome,
            })
            .collect(),
    };
    let picture = tokio::task::spawn_blocking(move || pictures::fan_out(&tree)).await??;
    Ok(Picture {
        name: "fan-out.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}
