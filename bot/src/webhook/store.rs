//! Webhooks and what came to them.

use ::store::{Store, Tx, id};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Target, Webhook};

/// Deliveries are remembered this long.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// A delivery that has been under way for longer than this died with its process: its repeat is taken in its place.
const STALE_MS: i64 = 30 * 1_000;

/// What a new webhook keeps besides itself.
pub struct Secrets {
    /// The last part of its address.
    pub token: String,
    /// The same, sealed.
    pub token_sealed: String,
    /// What deliveries are signed with, sealed.
    pub secret_sealed: Option<String>,
}

/// A webhook is looked up by this rather than by its token, so that the database alone gives no address away.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Adds a webhook.
pub async fn insert(tx: &mut Tx, webhook: &Webhook, secrets: &Secrets) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhook (id, guild_id, member_id, name, region, kind, target, key_field, token_hash, token_sealed,
             secret_sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&webhook.id)
    .bind(webhook.guild_id as i64)
    .bind(webhook.member_id as i64)
    .bind(&webhook.name)
    .bind(webhook.region.as_str())
    .bind(webhook.target.kind())
    .bind(webhook.target.name())
    .bind(webhook.key_field.as_deref())
    .bind(hash(&secrets.token))
    .bind(&secrets.token_sealed)
    .bind(secrets.secret_sealed.as_deref())
    .bind(webhook.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

macro_rules! webhooks {
    ($rest:literal) => {
        concat!(
            "SELECT id, guild_id, member_id, name, region, kind, target, key_field, token_sealed, secret_sealed, created_at
             FROM webhook ",
            $rest
        )
    };
}

/// A webhook as it is kept: with its secrets sealed.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The webhook.
    pub webhook: Webhook,
    /// The last part of its address, sealed.
    pub token_sealed: String,
    /// What deliveries are signed with, sealed.
    pub secret_sealed: Option<String>,
}

fn read(row: &AnyRow) -> Result<Kept, sqlx::Error> {
    let secret_sealed: Option<String> = row.try_get("secret_sealed")?;
    let region: String = row.try_get("region")?;
    Ok(Kept {
        webhook: Webhook {
            id: row.try_get("id")?,
            guild_id: row.try_get::<i64, _>("guild_id")? as u64,
            member_id: row.try_get::<i64, _>("member_id")? as u64,
            name: row.try_get("name")?,
            region: region
                .parse()
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            target: Target::read(row.try_get("kind")?, row.try_get("target")?),
            key_field: row.try_get("key_field")?,
            signed: secret_sealed.is_some(),
            created_at: row.try_get("created_at")?,
        },
        token_sealed: row.try_get("token_sealed")?,
        secret_sealed,
    })
}

/// The webhook at an address.
pub async fn at(store: &Store, token: &str) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query(webhooks!("WHERE token_hash = $1"))
        .bind(hash(token))
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(read).transpose()
}

/// A member's webhooks in a guild, by name.
pub async fn of_member(store: &Store, guild_id: u64, member_id: u64) -> Result<Vec<Kept>, sqlx::Error> {
    let rows = sqlx::query(webhooks!("WHERE guild_id = $1 AND member_id = $2 ORDER BY name"))
        .bind(guild_id as i64)
        .bind(member_id as i64)
        .fetch_all(store.read())
        .await?;
    rows.iter().map(read).collect()
}

/// The same, while the writer's turn is ours.
pub async fn of_member_in(tx: &mut Tx, guild_id: u64, member_id: u64) -> Result<Vec<Kept>, sqlx::Error> {
    let rows = sqlx::query(webhooks!("WHERE guild_id = $1 AND member_id = $2 ORDER BY name"))
        .bind(guild_id as i64)
        .bind(member_id as i64)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Removes a webhook with what came to it; false where it was gone already.
pub async fn delete(tx: &mut Tx, webhook_id: &str) -> Result<bool, sqlx::Error> {
    sqlx::query("DELETE FROM webhook_delivery WHERE webhook_id = $1")
        .bind(webhook_id)
        .execute(&mut **tx)
        .await?;
    let gone = sqlx::query("DELETE FROM webhook WHERE id = $1")
        .bind(webhook_id)
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// What a delivery is, seen by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// To be done, under this id.
    Do(String),
    /// It came before and was taken; where to is said.
    Repeat(String),
    /// The same is being taken at this moment.
    UnderWay,
}

/// What came.
pub struct Arrival<'a> {
    /// To which webhook.
    pub webhook_id: &'a str,
    /// What the sender calls it.
    pub key: Option<&'a str>,
    /// When, Unix milliseconds.
    pub at: i64,
    /// How large.
    pub bytes: usize,
}

/// Claims a delivery before it is done, so that a repeat is known whatever happens in between.
pub async fn begin(store: &Store, arrival: &Arrival<'_>) -> Result<Begun, sqlx::Error> {
    let mut tx = store.begin().await?;
    forget(&mut tx, arrival).await?;
    if let Some(key) = arrival.key {
        let before = sqlx::query(
            "SELECT id, at, outcome, detail FROM webhook_delivery WHERE webhook_id = $1 AND idempotency_key = $2",
        )
        .bind(arrival.webhook_id)
        .bind(key)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(row) = before {
            let begun = again(&mut tx, arrival, &row).await?;
            tx.commit().await?;
            return Ok(begun);
        }
    }
    let id = insert_delivery(&mut tx, arrival, "pending", "").await?;
    tx.commit().await?;
    Ok(Begun::Do(id))
}

async fn again(tx: &mut Tx, arrival: &Arrival<'_>, row: &AnyRow) -> Result<Begun, sqlx::Error> {
    let (id, outcome): (String, String) = (row.try_get("id")?, row.try_get("outcome")?);
    match outcome.as_str() {
        "taken" => {
            sqlx::query("UPDATE webhook_delivery SET repeats = repeats + 1 WHERE id = $1")
                .bind(&id)
                .execute(&mut **tx)
                .await?;
            Ok(Begun::Repeat(row.try_get("detail")?))
        }
        "pending" if row.try_get::<i64, _>("at")? > arrival.at - STALE_MS => Ok(Begun::UnderWay),
        _ => {
            sqlx::query(
                "UPDATE webhook_delivery SET outcome = 'pending', detail = '', at = $2 WHERE id = $1",
            )
            .bind(&id)
            .bind(arrival.at)
            .execute(&mut **tx)
            .await?;
            Ok(Begun::Do(id))
        }
    }
}

/// Notes a delivery that was turned away before anything was done.
pub async fn refuse(store: &Store, arrival: &Arrival<'_>, why: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    forget(&mut tx, arrival).await?;
    insert_delivery(
        &mut tx,
        &Arrival {
            key: None,
            ..*arrival
        },
        "refused",
        why,
    )
    .await?;
    tx.commit().await
}

async fn insert_delivery(
    tx: &mut Tx,
    arrival: &Arrival<'_>,
    outcome: &str,
    detail: &str,
) -> Result<String, sqlx::Error> {
    let id = id::row();
    sqlx::query(
        "INSERT INTO webhook_delivery (id, webhook_id, idempotency_key, at, bytes, outcome, detail, repeats)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
    )
    .bind(&id)
    .bind(arrival.webhook_id)
    .bind(arrival.key)
    .bind(arrival.at)
    .bind(arrival.bytes as i64)
    .bind(outcome)
    .bind(detail)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Forgets what is past its day.
async fn forget(tx: &mut Tx, arrival: &Arrival<'_>) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM webhook_delivery WHERE webhook_id = $1 AND at < $2")
        .bind(arrival.webhook_id)
        .bind(arrival.at - KEPT_MS)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Says how a claimed delivery ended: `taken`, or `failed` and to be sent again.
pub async fn end(store: &Store, id: &str, outcome: &str, detail: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE webhook_delivery SET outcome = $2, detail = $3 WHERE id = $1")
        .bind(id)
        .bind(outcome)
        .bind(detail)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// One of the last deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When, Unix milliseconds.
    pub at: i64,
    /// How large.
    pub bytes: i64,
    /// What the sender called it.
    pub key: Option<String>,
    /// `pending`, `taken`, `refused` or `failed`.
    pub outcome: String,
    /// Where it went, or why not.
    pub detail: String,
    /// How often it came again after it was taken.
    pub repeats: i64,
}

/// The last deliveries, newest first.
pub async fn deliveries(store: &Store, webhook_id: &str, most: i64) -> Result<Vec<Delivery>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT at, bytes, idempotency_key, outcome, detail, repeats FROM webhook_delivery WHERE webhook_id = $1
         ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(webhook_id)
    .bind(most)
    .fetch_all(store.read())
    .await?;
    let read = |row: &AnyRow| {
        Ok(Delivery {
            at: row.try_get("at")?,
            bytes: row.try_get("bytes")?,
            key: row.try_get("idempotency_key")?,
            outcome: row.try_get("outcome")?,
            detail: row.try_get("detail")?,
            repeats: row.try_get("repeats")?,
        })
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Webhook {
        Webhook {
            id: "w1".into(),
            guild_id: 1,
            member_id: u64::MAX,
            name: "shop".into(),
            region: sandbox::Region::EuWest1,
            target: Target::Queue("orders".into()),
            key_field: Some("user".into()),
            signed: true,
            created_at: 7,
        }
    }

    async fn with_shop() -> Vec<(Store, Option<tempfile::TempDir>)> {
        let stores = crate::testing::stores().await;
        for (store, _) in &stores {
            let mut tx = store.begin().await.unwrap();
            let secrets = Secrets {
                token: "open".into(),
                token_sealed: "sealed".into(),
                secret_sealed: Some("secret".into()),
            };
            insert(&mut tx, &shop(), &secrets).await.unwrap();
            tx.commit().await.unwrap();
        }
        stores
    }

    #[tokio::test]
    async fn a_webhook_is_found_by_its_token_which_is_not_kept() {
        for (store, _folder) in with_shop().await {
            assert_eq!(at(&store, "open").await.unwrap().unwrap().webhook, shop());
            assert!(at(&store, "other").await.unwrap().is_none());
            assert!(at(&store, "sealed").await.unwrap().is_none());
            assert!(of_member(&store, 1, 5).await.unwrap().is_empty());
            assert_eq!(of_member(&store, 1, u64::MAX).await.unwrap().len(), 1);
            let mut tx = store.begin().await.unwrap();
            assert!(delete(&mut tx, "w1").await.unwrap());
            assert!(!delete(&mut tx, "w1").await.unwrap());
            tx.commit().await.unwrap();
            assert!(at(&store, "open").await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_repeat_is_known_by_its_key_and_one_that_died_under_way_is_done_again() {
        for (store, _folder) in with_shop().await {
            let arrive = async |key, at| {
                let arrival = Arrival {
                    webhook_id: "w1",
                    key,
                    at,
                    bytes: 3,
                };
                begin(&store, &arrival).await.unwrap()
            };
            let Begun::Do(first) = arrive(Some("a"), 1_000).await else {
                panic!("the first is to be done");
            };
            assert_eq!(arrive(Some("a"), 2_000).await, Begun::UnderWay);
            let later = 2_000 + STALE_MS;
            assert_eq!(
                arrive(Some("a"), later).await,
                Begun::Do(first.clone()),
                "it died"
            );
            end(&store, &first, "failed", "busy").await.unwrap();
            assert_eq!(
                arrive(Some("a"), later).await,
                Begun::Do(first.clone()),
                "it failed"
            );
            end(&store, &first, "taken", "shard 1").await.unwrap();
            assert_eq!(arrive(Some("a"), later).await, Begun::Repeat("shard 1".into()));
            for _ in 0..2 {
                assert!(
                    matches!(arrive(None, later).await, Begun::Do(_)),
                    "without a key each is new"
                );
            }
            let last = deliveries(&store, "w1", 10).await.unwrap();
            let repeats: Vec<_> = last.iter().map(|delivery| delivery.repeats).collect();
            assert_eq!((last.len(), repeats.iter().sum::<i64>()), (3, 1));
            assert!(
                matches!(arrive(Some("a"), later + KEPT_MS + 1).await, Begun::Do(_)),
                "a day later"
            );
        }
    }
}
