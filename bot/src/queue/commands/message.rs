//! Messages: sent, received, acknowledged.

use discord::{Failure, Visibility, mistake, text};
use pictures::Flow;
use sandbox::queues::{Outgoing, Queue, Seen};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{names, once, show};
use crate::attributes;
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::place::{self, Place, region};
use crate::queue::ack::{self, What};
use crate::queue::store::{self, Receipt};
use crate::queue::{Own, cards, failure, pictures as draw};

/// What `/queue ack` takes for all messages in hand.
const ALL: &str = "all";

/// Send a message
#[poise::command(slash_command, guild_only)]
#[expect(
    clippy::too_many_arguments,
    reason = "poise makes each argument an option of the command"
)]
pub(super) async fn send(
    ctx: Context<'_>,
    #[description = "The queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "What it says"] message: String,
    #[description = "Seconds to hold this one back"]
    #[min = 0]
    #[max = 900]
    delay: Option<u32>,
    #[description = "FIFO: messages of one group keep their order"] group: Option<String>,
    #[description = "FIFO: a repeat with this id within 5 minutes is not taken twice"] deduplication: Option<
        String,
    >,
    #[description = "What stands beside the body, such as kind=order,amount=12; or JSON"]
    #[rename = "attributes"]
    typed: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let attributes = typed
        .as_deref()
        .map(attributes::read)
        .transpose()?
        .unwrap_or_default();
    let own = Own::of(&call, region(place)).await?;
    let queue = own.find(&name).await?;
    once(&call).await?;
    let message = Outgoing {
        body: message,
        delay,
        group,
        deduplication,
        attributes,
    };
    let begun = real_ms();
    let sent = own.queues.send(&queue, &message).await.map_err(failure)?;
    let duplicate = queue.fifo && !is_new(&call, &own, &queue, &sent.id, begun).await?;
    let queue = own.find(&name).await?;
    let later = message.delay.unwrap_or(queue.delay) > 0;
    let flow = match (duplicate, later) {
        (true, _) => None,
        (false, true) => Some(Flow::SentLater),
        (false, false) => Some(Flow::Sent),
    };
    let picture = draw::states(&call, &own, &queue, flow).await?;
    let sending = cards::Sending {
        queue: &queue,
        region: own.region,
        message: &message,
        sent: &sent,
        duplicate,
    };
    show(&call, &cards::sent(&sending, picture)).await
}

/// Whether a message was stored just now. A duplicate's sender is told the first one's id, which is older, or gone. Where nobody
/// can look, it is taken to be new.
async fn is_new(call: &Call, own: &Own, queue: &Queue, id: &str, begun: i64) -> Result<bool, Failure> {
    let seen = own.messages(call, queue).await?;
    let is_it = |message: &Seen| message.id == id && message.sent_at >= begun;
    Ok(seen.is_none_or(|seen| seen.iter().any(is_it)))
}

/// Receive messages: hidden from others until you acknowledge them, or their time is over
#[poise::command(slash_command, guild_only)]
pub(super) async fn receive(
    ctx: Context<'_>,
    #[description = "The queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "How many at most, 1 to 10 (1, if left out)"]
    #[min = 1]
    #[max = 10]
    count: Option<u32>,
    #[description = "Seconds these are hidden (what the queue says, if left out)"]
    #[min = 0]
    #[max = 43_200]
    visibility: Option<u32>,
    #[description = "Seconds to wait until something comes (0, if left out)"]
    #[min = 0]
    #[max = 20]
    wait: Option<u32>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let queue = own.find(&name).await?;
    once(&call).await?;
    if wait.is_some_and(|wait| wait > 0) {
        call.to.defer(Visibility::Public).await?;
    }
    let dead_before = dead_letters(&own, &queue).await;
    let (most, wait) = (count.unwrap_or(1), wait.unwrap_or(0));
    let messages = own
        .queues
        .receive(&queue, most, visibility, wait)
        .await
        .map_err(failure)?;
    let at = real_ms();
    let died = dead_letters(&own, &queue).await.saturating_sub(dead_before);
    let queue = own.find(&name).await?;
    let hidden = i64::from(visibility.unwrap_or(queue.visibility));
    let flow = match (messages.is_empty(), died) {
        // Nothing stays in flight of what is not hidden.
        (false, _) => (hidden > 0).then_some(Flow::Received),
        (true, 1..) => Some(Flow::Died),
        (true, 0) => None,
    };
    let picture = draw::states(&call, &own, &queue, flow).await?;
    if messages.is_empty() {
        return show(&call, &cards::nothing(&queue, own.region, died, picture)).await;
    }
    let receive = store::Receive {
        tenant: &own.tenant,
        region: own.region,
        queue: &queue.name,
        at,
        hidden_until: at + hidden * 1_000,
    };
    let receipts = store::keep(&call.app.store, &receive, &messages).await?;
    let receiving = cards::Receiving {
        queue: &queue,
        member: call.member_id,
        died,
    };
    show(
        &call,
        &cards::received(&receiving, &receipts, own.region, picture),
    )
    .await
}

/// How many dead letters a queue has; none where it has no queue for them.
async fn dead_letters(own: &Own, queue: &Queue) -> u64 {
    match &queue.dead_letters {
        Some(dead) => own.queues.find(&dead.queue).await.map_or(0, |dead| dead.visible),
        None => 0,
    }
}

/// Acknowledge a message that you received: it is deleted
#[poise::command(slash_command, guild_only)]
pub(super) async fn ack(
    ctx: Context<'_>,
    #[description = "The queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Which of those you hold, or all (the one received last, if left out)"]
    #[autocomplete = "held"]
    message: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let queue = own.find(&name).await?;
    let held = store::held(&call.app.store, &own.tenant, own.region, Some(&queue.name)).await?;
    let chosen = chosen(held, message.as_deref(), &queue)?;
    once(&call).await?;
    let mut receives: Vec<&str> = Vec::new();
    for receipt in &chosen {
        if !receives.contains(&receipt.receive_id.as_str()) {
            receives.push(&receipt.receive_id);
        }
    }
    let mut last = None;
    for receive in receives {
        let of: Vec<Receipt> = chosen
            .iter()
            .filter(|receipt| receipt.receive_id == receive)
            .cloned()
            .collect();
        last = Some(ack::settle(&call, &own, &of, What::Acknowledge).await?);
    }
    show(&call, &last.ok_or_else(ack::gone)?).await
}

/// The receipts meant, among those held.
fn chosen(held: Vec<Receipt>, named: Option<&str>, queue: &Queue) -> Result<Vec<Receipt>, Failure> {
    if held.is_empty() {
        return Err(mistake(format!(
            "You hold no message of `{}` from chat. An acknowledgement needs the receipt handle that a receive gives: \
             `/queue receive name:{}` first.",
            queue.name, queue.name
        )));
    }
    let Some(named) = named else {
        return Ok(held.into_iter().take(1).collect());
    };
    if named == ALL {
        return Ok(held);
    }
    let is_it =
        |receipt: &Receipt| receipt.id == named || receipt.message_id == named || receipt.body == named;
    match held.into_iter().find(is_it) {
        Some(receipt) => Ok(vec![receipt]),
        None => Err(mistake(format!(
            "You hold no message {} of `{}`. Choose one of those suggested, or leave `message:` out for the one received last.",
            text::code(&text::cut(named, 60)),
            queue.name
        ))),
    }
}

/// What the caller holds of the queue typed before, for completion.
async fn held(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let queue = place::typed_text(ctx, "name");
    let held = place::of_caller(ctx, async |tenant, region| {
        Ok(store::held(&ctx.data().store, tenant, region, queue).await?)
    })
    .await;
    let all = (held.len() > 1).then(|| AutocompleteChoice::new("all of them", ALL));
    let choice = |receipt: Receipt| {
        let label = text::cut(&text::straight(&receipt.body), 100);
        AutocompleteChoice::new(label, receipt.id)
    };
    let fitting = held
        .into_iter()
        .filter(|receipt| receipt.body.contains(typed) || receipt.id == typed);
    CreateAutocompleteResponse::new()
        .set_choices(all.into_iter().chain(fitting.map(choice)).take(25).collect())
}
