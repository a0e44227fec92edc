//! The buttons of a receive, and of the question before a queue is deleted.

use discord::{Card, Failure, Route, mistake};
use sandbox::Region;

use super::ack::{self, What};
use super::store::{self, Outcome};
use super::{Own, cards, failure};
use crate::call::Call;
use crate::clock::real_ms;
use crate::mark;

/// A button: of a receive, or of the question before a queue is deleted.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    let card = match route.verb.as_str() {
        "ack" => one(call, route.get(0)?).await?,
        "all" => every(call, route.get(0)?, What::Acknowledge).await?,
        "back" => every(call, route.get(0)?, What::PutBack).await?,
        "delete" | "keep" => ending(call, route).await?,
        _ => return Err(discord::RouteError.into()),
    };
    Ok(call.to.update(&card).await?)
}

/// Acknowledges one message in hand.
async fn one(call: &Call, id: &str) -> Result<Card, Failure> {
    let tenant = crate::tenant::of(call).await?;
    let receipt = store::receipt(&call.app.store, &tenant, id)
        .await?
        .ok_or_else(ack::gone)?;
    let own = Own::of(call, ack::region_of(&receipt)?).await?;
    if receipt.outcome != Outcome::Held || !first_time(call).await? {
        return ack::show(call, &own, &receipt.receive_id, None).await;
    }
    ack::settle(call, &own, &[receipt], What::Acknowledge).await
}

/// Does the same with all of a receive that are still held.
async fn every(call: &Call, receive_id: &str, what: What) -> Result<Card, Failure> {
    let tenant = crate::tenant::of(call).await?;
    let receipts = store::of_receive(&call.app.store, &tenant, receive_id).await?;
    let own = Own::of(call, ack::region_of(receipts.first().ok_or_else(ack::gone)?)?).await?;
    if !first_time(call).await? {
        return ack::show(call, &own, receive_id, None).await;
    }
    ack::settle(call, &own, &receipts, what).await
}

/// Whether this press was not seen before: a repeat shows what stands, and does nothing.
async fn first_time(call: &Call) -> Result<bool, Failure> {
    match call.app.store.begin_once(call.id, real_ms()).await? {
        Some(tx) => {
            tx.commit().await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Deletes the queue that the question was about, or keeps it.
async fn ending(call: &Call, route: &Route) -> Result<Card, Failure> {
    let region: Region = route.parse(0)?;
    let created_at: i64 = route.parse(2)?;
    let own = Own::of(call, region).await?;
    let gone = || mistake("That queue is gone already. `/queue list` shows those that are there.");
    let names = own.queues.list().await.map_err(failure)?;
    let name = mark::find(names, route.get(1)?).ok_or_else(gone)?;
    let queue = own.find(&name).await?;
    if queue.created_at != created_at {
        return Err(gone());
    }
    if route.verb == "keep" {
        return Ok(cards::kept(&name, region));
    }
    own.queues.delete(&queue).await.map_err(failure)?;
    Ok(cards::deleted(&name, region))
}
