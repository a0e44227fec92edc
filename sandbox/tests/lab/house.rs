//! What these tests share: short words to fill a tenant and to ask it.

use common::World;
use sandbox::Region;
use sandbox::lab::{Answer, QueryError};
use sandbox::streams::Streams;

use crate::common;

pub const HERE: Region = Region::UsEast1;

pub fn streams(world: &World) -> Streams {
    world.sandbox.streams(&world.ana, HERE)
}

/// Ana's answer.
pub async fn ask(world: &World, sql: &str) -> Answer {
    match try_ask(world, sql).await {
        Ok(answer) => answer,
        Err(error) => panic!("{sql}: {error:?}"),
    }
}

pub async fn try_ask(world: &World, sql: &str) -> Result<Answer, QueryError> {
    let lab = world.sandbox.lab().unwrap();
    lab.query(&world.ana.account_id, sql, &[]).await
}

/// Why ana gets no answer.
pub async fn refused(world: &World, sql: &str) -> QueryError {
    match try_ask(world, sql).await {
        Err(error) => error,
        Ok(answer) => panic!("{sql}: {answer:?}"),
    }
}

/// The rows as text, one line each, values parted by `|`.
pub async fn lines(world: &World, sql: &str) -> Vec<String> {
    let row = |row: &Vec<sandbox::lab::Cell>| {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        cells.join("|")
    };
    ask(world, sql).await.rows.iter().map(row).collect()
}
