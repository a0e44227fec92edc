//! Loads under way, in the database.

use ::store::Store;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Load;

/// Claims a load for its member, in the interaction's own transaction; false where the member has one already.
pub async fn claim(tx: &mut ::store::Tx, load: &Load) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO lab_load (guild_id, member_id, id, channel_id, region, stream, shape, shard_limit, stopped, progress)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) ON CONFLICT (guild_id, member_id) DO NOTHING",
    )
    .bind(load.guild_id as i64)
    .bind(load.member_id as i64)
    .bind(&load.id)
    .bind(load.channel_id as i64)
    .bind(load.region.as_str())
    .bind(&load.stream)
    .bind(json(&load.shape)?)
    .bind(load.limit as i64)
    .bind(json(&load.progress)?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// All loads there are.
pub async fn all(store: &Store) -> Result<Vec<Load>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT guild_id, member_id, id, channel_id, message_id, region, stream, shape, shard_limit, progress FROM lab_load",
    )
    .fetch_all(store.read())
    .await?;
    rows.iter().map(read).collect()
}

/// Its message is there.
pub async fn put_message(store: &Store, id: &str, message_id: u64) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE lab_load SET message_id = $2 WHERE id = $1")
        .bind(id)
        .bind(message_id as i64)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Keeps how far it is; false where it is to stop.
pub async fn put_progress(store: &Store, load: &Load) -> Result<bool, sqlx::Error> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("UPDATE lab_load SET progress = $2 WHERE id = $1 AND stopped = 0")
        .bind(&load.id)
        .bind(json(&load.progress)?)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// The member wants it to end; false where it has ended already, or is another's.
pub async fn stop(store: &Store, id: &str, guild_id: u64, member_id: u64) -> Result<bool, sqlx::Error> {
    let mut tx = store.begin().await?;
    let done =
        sqlx::query("UPDATE lab_load SET stopped = 1 WHERE id = $1 AND guild_id = $2 AND member_id = $3")
            .bind(id)
            .bind(guild_id as i64)
            .bind(member_id as i64)
            .execute(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// It is over.
pub async fn end(store: &Store, id: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("DELETE FROM lab_load WHERE id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

fn json(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn decoded<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn read(row: &AnyRow) -> Result<Load, sqlx::Error> {
    let region: String = row.try_get("region")?;
    let unsigned = |name| row.try_get::<i64, _>(name).map(|it| it as u64);
    Ok(Load {
        id: row.try_get("id")?,
        guild_id: unsigned("guild_id")?,
        member_id: unsigned("member_id")?,
        channel_id: unsigned("channel_id")?,
        message_id: row.try_get::<Option<i64>, _>("message_id")?.map(|id| id as u64),
        region: region
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        stream: row.try_get("stream")?,
        shape: decoded(row, "shape")?,
        limit: unsigned("shard_limit")?,
        progress: decoded(row, "progress")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Pattern, Progress, Shape};
    use super::*;
    use crate::testing::stores;

    fn load(id: &str) -> Load {
        Load {
            id: id.into(),
            guild_id: 1,
            member_id: u64::MAX,
            channel_id: 3,
            message_id: None,
            region: sandbox::Region::EuWest1,
            stream: "orders".into(),
            shape: Shape {
                rate: 10,
                seconds: 5,
                pattern: Pattern::Ramp,
            },
            limit: 2_000,
            progress: Progress::default(),
        }
    }

    #[tokio::test]
    async fn a_member_has_one_load_and_it_keeps_how_far_it_is() {
        for (store, _folder) in stores().await {
            let mut tx = store.begin().await.unwrap();
            assert!(claim(&mut tx, &load("a")).await.unwrap());
            assert!(!claim(&mut tx, &load("b")).await.unwrap(), "one at a time");
            tx.commit().await.unwrap();
            let mut kept = load("a");
            kept.progress.note(
                2,
                &[sandbox::streams::Fate::Throttled],
                std::time::Duration::from_millis(4),
            );
            kept.message_id = Some(9);
            put_message(&store, "a", 9).await.unwrap();
            assert!(put_progress(&store, &kept).await.unwrap());
            assert_eq!(all(&store).await.unwrap(), [kept.clone()]);

            assert!(!stop(&store, "a", 2, u64::MAX).await.unwrap(), "in another guild");
            assert!(stop(&store, "a", 1, u64::MAX).await.unwrap());
            assert!(!put_progress(&store, &kept).await.unwrap(), "it is to stop");
            end(&store, "a").await.unwrap();
            assert_eq!(all(&store).await.unwrap(), []);
        }
    }
}
