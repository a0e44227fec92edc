//! Done with what was received: acknowledged, or put back. Whether a handle was still good is asked of the queue, since
//! SQS says nothing when an old one deletes nothing.

use discord::{Card, Failure, mistake};
use pictures::Flow;
use sandbox::Region;
use sandbox::queues::{Queue, QueueError};

use super::store::{self, Outcome, Receipt};
use super::{Own, cards, failure, pictures as draw};
use crate::call::Call;

/// What is to be done with messages in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Delete them.
    Acknowledge,
    /// Make them visible again.
    PutBack,
}

/// The region that a receipt is of.
pub fn region_of(receipt: &Receipt) -> Result<Region, Failure> {
    Ok(receipt.region.parse()?)
}

/// Does it with each that is still held, and shows the whole receive anew.
pub async fn settle(call: &Call, own: &Own, receipts: &[Receipt], what: What) -> Result<Card, Failure> {
    let first = receipts.first().ok_or_else(gone)?;
    let queue = own.find(&first.queue).await?;
    for receipt in receipts.iter().filter(|receipt| receipt.outcome == Outcome::Held) {
        let outcome = match what {
            What::Acknowledge => acknowledge(call, own, &queue, receipt).await?,
            What::PutBack => put_back(own, &queue, receipt).await?,
        };
        store::note(&call.app.store, &receipt.id, outcome).await?;
    }
    let flow = match what {
        What::Acknowledge => Flow::Acknowledged,
        What::PutBack => Flow::CameBack,
    };
    show(call, own, &first.receive_id, Some(flow)).await
}

/// A receive as it stands now.
pub async fn show(call: &Call, own: &Own, receive_id: &str, flow: Option<Flow>) -> Result<Card, Failure> {
    let all = store::of_receive(&call.app.store, &own.tenant, receive_id).await?;
    let first = all.first().ok_or_else(gone)?;
    let queue = own.find(&first.queue).await?;
    // Where nothing moved, nothing is lit.
    let moved = all.iter().any(|receipt| {
        matches!(
            (flow, receipt.outcome),
            (Some(Flow::Acknowledged), Outcome::Acknowledged) | (Some(Flow::CameBack), Outcome::Back)
        )
    });
    let picture = draw::states(call, own, &queue, flow.filter(|_| moved)).await?;
    let receiving = cards::Receiving {
        queue: &queue,
        member: call.member_id,
        died: 0,
    };
    Ok(cards::received(&receiving, &all, own.region, picture))
}

pub fn gone() -> Failure {
    mistake("That receive is long over: its messages have come back. `/queue receive` hands them out again.")
}

/// SQS answers the same whatever became of the message, so the queue is looked at before and after, where that can be done.
async fn acknowledge(call: &Call, own: &Own, queue: &Queue, receipt: &Receipt) -> Result<Outcome, Failure> {
    let is_there = async || -> Result<Option<bool>, Failure> {
        let seen = own.messages(call, queue).await?;
        Ok(seen.map(|all| all.iter().any(|message| message.id == receipt.message_id)))
    };
    let before = is_there().await?;
    match own.queues.acknowledge(queue, &receipt.handle).await {
        Ok(()) if before == Some(false) => Ok(Outcome::Gone),
        Ok(()) if is_there().await? == Some(true) => Ok(Outcome::Late),
        Ok(()) => Ok(Outcome::Acknowledged),
        Err(QueueError::HandleExpired) => Ok(Outcome::Late),
        Err(error) => Err(failure(error)),
    }
}

async fn put_back(own: &Own, queue: &Queue, receipt: &Receipt) -> Result<Outcome, Failure> {
    match own.queues.put_back(queue, &receipt.handle).await {
        Ok(()) => Ok(Outcome::Back),
        Err(QueueError::HandleExpired) => Ok(Outcome::Late),
        Err(error) => Err(failure(error)),
    }
}
