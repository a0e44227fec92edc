//! A stream with what lies in it: what the shard map, `/stream shards` and the lag are made from.

use std::collections::BTreeSet;

use discord::Failure;
use sandbox::lab::Cell;
use sandbox::streams::{Held, Position, Shard, Stream, Streams};
use sandbox::{Region, Tenant};

use super::pictures::Marks;
use super::{store, words};
use crate::app::App;
use crate::clock::real_ms;

/// A stream, looked at.
pub struct Look {
    /// The stream.
    pub stream: Stream,
    /// What lies in each shard; `None` where there are too many to count.
    held: Option<Vec<Held>>,
    /// What nobody who polls has read.
    unread: Option<Vec<Held>>,
    /// When this was, Unix ms.
    now: i64,
}

/// Looks at a stream.
pub async fn at(
    app: &App,
    tenant: &Tenant,
    region: Region,
    streams: &Streams,
    stream: Stream,
) -> Result<Look, Failure> {
    let now = real_ms();
    let held = streams.survey(&stream, &Position::default(), now).await;
    let held = held.map_err(words::failure)?;
    let unread = unread(app, tenant, region, streams, &stream).await?;
    Ok(Look {
        stream,
        held,
        unread,
        now,
    })
}

/// What nobody who polls has read of each shard yet: neither `/stream read` nor a program of the member's with `GetRecords`.
/// `None` where there are too many shards to count.
pub async fn unread(
    app: &App,
    tenant: &Tenant,
    region: Region,
    streams: &Streams,
    stream: &Stream,
) -> Result<Option<Vec<Held>>, Failure> {
    let (position, caught_up) = polled(app, tenant, region, stream).await?;
    let unread = streams
        .survey(stream, &position, real_ms())
        .await
        .map_err(words::failure)?;
    Ok(unread.map(|mut all| {
        for held in all.iter_mut().filter(|held| caught_up.contains(&held.shard)) {
            *held = Held {
                shard: std::mem::take(&mut held.shard),
                ..Held::default()
            };
        }
        all
    }))
}

/// How far polling has come: the last sequence number of each shard, and those that are read from their end on where there
/// was nothing since. Where the sandbox is in AWS, only the bot's own reading is known.
async fn polled(
    app: &App,
    tenant: &Tenant,
    region: Region,
    stream: &Stream,
) -> Result<(Position, BTreeSet<String>), Failure> {
    if app.sandbox.provider().is_remote() {
        let read = store::position(&app.store, tenant, region, &stream.name, stream.created_at).await?;
        return Ok((read, BTreeSet::new()));
    }
    // A name that describes a stream has no character that would end the quotation.
    let sql = format!(
        "SELECT shard, position, lag_ms FROM consumers WHERE kind = 'polling' AND region = '{region}' AND stream = '{}'",
        stream.name
    );
    let answer = app.sandbox.lab()?.query(&tenant.account_id, &sql, &[]).await?;
    let (mut read, mut caught_up) = (Vec::new(), BTreeSet::new());
    for row in answer.rows {
        match row.as_slice() {
            [Cell::Text(shard), Cell::Text(position), _] => read.push((shard.clone(), position.clone())),
            [Cell::Text(shard), Cell::Null, lag] if lag.number().is_none_or(|lag| lag < 1.0) => {
                caught_up.insert(shard.clone());
            }
            _ => {}
        }
    }
    Ok((read.into_iter().collect(), caught_up))
}

impl Look {
    /// What lies in a shard.
    pub fn held(&self, shard: &Shard) -> Option<&Held> {
        self.held.iter().flatten().find(|held| held.shard == shard.id)
    }

    /// What nobody who polls has read of a shard.
    pub fn unread(&self, shard: &Shard) -> Option<&Held> {
        self.unread.iter().flatten().find(|held| held.shard == shard.id)
    }

    /// Whether anything was counted.
    pub fn is_counted(&self) -> bool {
        self.held.is_some()
    }

    /// Records that wait in all, and whether there are more.
    pub fn waiting(&self) -> (u64, bool) {
        let all = || self.unread.iter().flatten();
        (all().map(|held| held.records).sum(), all().any(|held| held.more))
    }

    /// How long the oldest of them has waited, in ms.
    pub fn age_ms(&self) -> u64 {
        let ages = self.unread.iter().flatten().map(|held| held.age_ms(self.now));
        ages.max().unwrap_or_default()
    }

    /// How long the oldest waiting record of a shard has waited, in ms.
    pub fn shard_age_ms(&self, shard: &Shard) -> Option<u64> {
        self.unread(shard).map(|held| held.age_ms(self.now))
    }

    /// Whether enough was written in the last minute to speak of a load.
    fn is_written_to(&self) -> bool {
        self.held.iter().flatten().any(|held| held.load >= 0.05)
    }

    /// What a picture marks.
    pub fn marks(&self) -> Marks {
        let counted = |held: &Held| (held.shard.clone(), held.records);
        let load = |held: &Held| (held.shard.clone(), held.load);
        let age = |held: &Held| (held.shard.clone(), held.age_ms(self.now));
        Marks {
            landed: None,
            records: self
                .held
                .iter()
                .flatten()
                .filter(|held| !held.more)
                .map(counted)
                .collect(),
            // Of a quiet stream the shares of the records say more than loads that are all 0.
            load: self
                .held
                .iter()
                .flatten()
                .filter(|_| self.is_written_to())
                .map(load)
                .collect(),
            age_ms: self.unread.iter().flatten().map(age).collect(),
        }
    }
}
