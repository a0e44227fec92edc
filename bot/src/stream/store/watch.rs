//! Watches in the database.

use ::store::Store;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::stream::watch::Watch;

/// Claims a watch for its member, in the interaction's own transaction; false where the member has one already.
pub async fn claim(tx: &mut ::store::Tx, watch: &Watch) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO stream_watch (guild_id, member_id, id, channel_id, region, stream, created_at, began_at, ends_at,
             stopped, looks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10) ON CONFLICT (guild_id, member_id) DO NOTHING",
    )
    .bind(watch.guild_id as i64)
    .bind(watch.member_id as i64)
    .bind(&watch.id)
    .bind(watch.channel_id as i64)
    .bind(watch.region.as_str())
    .bind(&watch.stream)
    .bind(watch.created_at)
    .bind(watch.began_at)
    .bind(watch.ends_at)
    .bind(json(watch)?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// All watches there are.
pub async fn all(store: &Store) -> Result<Vec<Watch>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT guild_id, member_id, id, channel_id, message_id, region, stream, created_at, began_at, ends_at, stopped, looks
         FROM stream_watch ORDER BY began_at",
    )
    .fetch_all(store.read())
    .await?;
    rows.iter().map(read).collect()
}

/// Its message is there.
pub async fn put_message(store: &Store, id: &str, message_id: u64) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE stream_watch SET message_id = $2 WHERE id = $1")
        .bind(id)
        .bind(message_id as i64)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What was seen so far.
pub async fn put_looks(store: &Store, watch: &Watch) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE stream_watch SET looks = $2 WHERE id = $1")
        .bind(&watch.id)
        .bind(json(watch)?)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// The member wants it to end; false where it has ended already, or is another's.
pub async fn stop(store: &Store, id: &str, guild_id: u64, member_id: u64) -> Result<bool, sqlx::Error> {
    let mut tx = store.begin().await?;
    let done =
        sqlx::query("UPDATE stream_watch SET stopped = 1 WHERE id = $1 AND guild_id = $2 AND member_id = $3")
            .bind(id)
            .bind(guild_id as i64)
            .bind(member_id as i64)
            .execute(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// It is over, and its message says so.
pub async fn end(store: &Store, id: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("DELETE FROM stream_watch WHERE id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

fn json(watch: &Watch) -> Result<String, sqlx::Error> {
    serde_json::to_string(&watch.looks).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read(row: &AnyRow) -> Result<Watch, sqlx::Error> {
    let region: String = row.try_get("region")?;
    let looks: String = row.try_get("looks")?;
    let unsigned = |name| row.try_get::<i64, _>(name).map(|it| it as u64);
    Ok(Watch {
        id: row.try_get("id")?,
        guild_id: unsigned("guild_id")?,
        member_id: unsigned("member_id")?,
        channel_id: unsigned("channel_id")?,
        message_id: row.try_get::<Option<i64>, _>("message_id")?.map(|id| id as u64),
        region: region
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        stream: row.try_get("stream")?,
        created_at: row.try_get("created_at")?,
        began_at: row.try_get("began_at")?,
        ends_at: row.try_get("ends_at")?,
        stopped: row.try_get::<i64, _>("stopped")? != 0,
        looks: serde_json::from_str(&looks).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::watch::Seen;
    use crate::testing::stores;

    fn watch(id: &str) -> Watch {
        Watch {
            id: id.into(),
            guild_id: 1,
            member_id: u64::MAX,
            channel_id: 3,
            message_id: None,
            region: sandbox::Region::EuWest1,
            stream: "orders".into(),
            created_at: 7,
            began_at: 100,
            ends_at: 200,
            stopped: false,
            looks: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_member_has_one_watch_and_it_keeps_what_was_seen() {
        for (store, _folder) in stores().await {
            let mut tx = store.begin().await.unwrap();
            assert!(claim(&mut tx, &watch("a")).await.unwrap());
            assert!(!claim(&mut tx, &watch("b")).await.unwrap(), "one at a time");
            tx.commit().await.unwrap();
            let mut kept = watch("a");
            kept.looks.push(Seen {
                at_ms: 3,
                waiting: 4,
                age_ms: 5,
            });
            put_looks(&store, &kept).await.unwrap();
            put_message(&store, "a", 9).await.unwrap();
            kept.message_id = Some(9);
            assert_eq!(all(&store).await.unwrap(), [kept.clone()]);

            assert!(!stop(&store, "a", 1, 2).await.unwrap(), "another member's");
            assert!(stop(&store, "a", 1, u64::MAX).await.unwrap());
            assert!(all(&store).await.unwrap()[0].stopped);
            end(&store, "a").await.unwrap();
            assert_eq!(all(&store).await.unwrap(), []);
        }
    }
}
