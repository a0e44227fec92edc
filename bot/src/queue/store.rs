//! Receipts: which messages a member holds.

use ::store::{Store, Tx};
use sandbox::queues::Received;
use sandbox::{Region, Tenant};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::attributes;

/// Receipts are forgotten after this: a message is in hand for 12 hours at most.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// How many characters of a message are kept to show it by.
const BODY: usize = 160;

/// How many attributes are shown: as many as SQS takes.
const SHOWN: usize = 10;

/// A message in a member's hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id: what a button carries.
    pub id: String,
    /// The receive that it came with.
    pub receive_id: String,
    /// Its place in that answer, from 1.
    pub place: i64,
    /// Where.
    pub region: String,
    /// The queue's name.
    pub queue: String,
    /// The message's id.
    pub message_id: String,
    /// What acknowledges it.
    pub handle: String,
    /// How it begins.
    pub body: String,
    /// Its group, in a FIFO queue.
    pub group: Option<String>,
    /// Its attributes as they are shown; empty where it has none.
    pub attributes: String,
    /// How often it was received, that time included.
    pub receives: i64,
    /// When it comes back, Unix milliseconds.
    pub hidden_until: i64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a message in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    Held,
    /// It is deleted.
    Acknowledged,
    /// The member put it back.
    Back,
    /// The handle had grown old: nothing was deleted.
    Late,
    /// It was no longer in the queue.
    Gone,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Acknowledged => "acknowledged",
            Self::Back => "back",
            Self::Late => "late",
            Self::Gone => "gone",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "acknowledged" => Self::Acknowledged,
            "back" => Self::Back,
            "late" => Self::Late,
            "gone" => Self::Gone,
            _ => Self::Held,
        }
    }
}

/// One receive: where and when.
pub struct Receive<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// Where.
    pub region: Region,
    /// The queue's name.
    pub queue: &'a str,
    /// When, Unix milliseconds.
    pub at: i64,
    /// When its messages come back, Unix milliseconds.
    pub hidden_until: i64,
}

/// Keeps what was received, and forgets what is long over.
pub async fn keep(
    store: &Store,
    receive: &Receive<'_>,
    messages: &[Received],
) -> Result<Vec<Receipt>, sqlx::Error> {
    let receive_id = ::store::id::row();
    let receipt = |(place, message): (usize, &Received)| Receipt {
        id: ::store::id::row(),
        receive_id: receive_id.clone(),
        place: place as i64 + 1,
        region: receive.region.as_str().to_owned(),
        queue: receive.queue.to_owned(),
        message_id: message.id.clone(),
        handle: message.handle.clone(),
        body: discord::text::cut(&discord::text::clean(&message.body), BODY),
        group: message.group.clone(),
        attributes: attributes_of(message),
        receives: i64::from(message.receives),
        hidden_until: receive.hidden_until,
        outcome: Outcome::Held,
    };
    let receipts: Vec<Receipt> = messages.iter().enumerate().map(receipt).collect();
    let mut tx = store.begin().await?;
    sqlx::query("DELETE FROM queue_receipt WHERE account_id = $1 AND received_at < $2")
        .bind(receive.tenant.account_id.as_str())
        .bind(receive.at - KEPT_MS)
        .execute(&mut *tx)
        .await?;
    for receipt in &receipts {
        insert(&mut tx, receive, receipt).await?;
    }
    tx.commit().await?;
    Ok(receipts)
}

fn attributes_of(message: &Received) -> String {
    let all = message.attributes.iter().take(SHOWN);
    let all = all.map(|(name, value)| (name.as_str(), discord::text::clean(value)));
    attributes::shown(all).unwrap_or_default()
}

async fn insert(tx: &mut Tx, receive: &Receive<'_>, receipt: &Receipt) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO queue_receipt (id, receive_id, place, account_id, region, queue, message_id, handle, body,
             group_name, receives, received_at, hidden_until, outcome, attributes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&receipt.id)
    .bind(&receipt.receive_id)
    .bind(receipt.place)
    .bind(receive.tenant.account_id.as_str())
    .bind(&receipt.region)
    .bind(&receipt.queue)
    .bind(&receipt.message_id)
    .bind(&receipt.handle)
    .bind(&receipt.body)
    .bind(receipt.group.as_deref())
    .bind(receipt.receives)
    .bind(receive.at)
    .bind(receipt.hidden_until)
    .bind(receipt.outcome.as_str())
    .bind(&receipt.attributes)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The columns of a receipt, in the order that [`read`] takes them by name.
macro_rules! receipts {
    ($rest:literal) => {
        concat!(
            "SELECT id, receive_id, place, region, queue, message_id, handle, body, group_name, receives, hidden_until,
                 outcome, attributes FROM queue_receipt WHERE account_id = $1 ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Receipt, sqlx::Error> {
    Ok(Receipt {
        id: row.try_get("id")?,
        receive_id: row.try_get("receive_id")?,
        place: row.try_get("place")?,
        region: row.try_get("region")?,
        queue: row.try_get("queue")?,
        message_id: row.try_get("message_id")?,
        handle: row.try_get("handle")?,
        body: row.try_get("body")?,
        group: row.try_get("group_name")?,
        receives: row.try_get("receives")?,
        hidden_until: row.try_get("hidden_until")?,
        outcome: Outcome::read(row.try_get("outcome")?),
        attributes: row.try_get("attributes")?,
    })
}

/// One receipt of this tenant.
pub async fn receipt(store: &Store, tenant: &Tenant, id: &str) -> Result<Option<Receipt>, sqlx::Error> {
    let row = sqlx::query(receipts!("AND id = $2"))
        .bind(tenant.account_id.as_str())
        .bind(id)
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All that came with one receive, in their order.
pub async fn of_receive(
    store: &Store,
    tenant: &Tenant,
    receive_id: &str,
) -> Result<Vec<Receipt>, sqlx::Error> {
    let rows = sqlx::query(receipts!("AND receive_id = $2 ORDER BY place"))
        .bind(tenant.account_id.as_str())
        .bind(receive_id)
        .fetch_all(store.read())
        .await?;
    rows.iter().map(read).collect()
}

/// What the tenant holds of a queue, the last received first; of all queues of the region where none is named.
pub async fn held(
    store: &Store,
    tenant: &Tenant,
    region: Region,
    queue: Option<&str>,
) -> Result<Vec<Receipt>, sqlx::Error> {
    let rows = sqlx::query(receipts!(
        "AND region = $2 AND (queue = $3 OR $4 = 1) AND outcome = 'held' ORDER BY received_at DESC, place"
    ))
    .bind(tenant.account_id.as_str())
    .bind(region.as_str())
    .bind(queue.unwrap_or_default())
    .bind(i64::from(queue.is_none()))
    .fetch_all(store.read())
    .await?;
    rows.iter().map(read).collect()
}

/// Notes what became of a message in hand.
pub async fn note(store: &Store, id: &str, outcome: Outcome) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE queue_receipt SET outcome = $2 WHERE id = $1")
        .bind(id)
        .bind(outcome.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Received {
        Received {
            id: format!("id-of-{body}"),
            handle: format!("handle-of-{body}"),
            body: body.to_owned(),
            receives: 1,
            sent_at: None,
            group: None,
            attributes: vec![("kind".to_owned(), "order".to_owned())],
            came_from: None,
        }
    }

    #[tokio::test]
    async fn what_is_held_is_the_tenants_alone_and_is_forgotten_after_a_day() {
        for (store, _folder) in crate::testing::stores().await {
            let (ana, ben) = (Tenant::generate("ana"), Tenant::generate("ben"));
            let receive = |at| Receive {
                tenant: &ana,
                region: Region::UsEast1,
                queue: "orders",
                at,
                hidden_until: at + 30_000,
            };
            let first = keep(&store, &receive(1_000), &[message("a"), message("b")])
                .await
                .unwrap();
            let held_by = async |tenant| {
                held(&store, tenant, Region::UsEast1, Some("orders"))
                    .await
                    .unwrap()
            };
            assert_eq!(held_by(&ana).await, first);
            assert!(held_by(&ben).await.is_empty());
            assert_eq!(receipt(&store, &ben, &first[0].id).await.unwrap(), None);
            assert_eq!(held(&store, &ana, Region::EuWest1, None).await.unwrap(), []);

            note(&store, &first[0].id, Outcome::Acknowledged).await.unwrap();
            assert_eq!(
                held(&store, &ana, Region::UsEast1, None).await.unwrap(),
                first[1..]
            );
            let all = of_receive(&store, &ana, &first[0].receive_id).await.unwrap();
            assert_eq!(all[0].attributes, "`kind=order`");
            let outcomes: Vec<_> = all.iter().map(|receipt| receipt.outcome).collect();
            assert_eq!(outcomes, [Outcome::Acknowledged, Outcome::Held]);

            let later = keep(&store, &receive(1_001 + KEPT_MS), &[message("c")])
                .await
                .unwrap();
            assert_eq!(held_by(&ana).await, later, "the first receive is long over");
        }
    }
}
