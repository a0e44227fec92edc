//! Transactions that come twice with the same token are done once. The answer is kept for ten minutes, as AWS keeps it.

use chrono::TimeDelta;
use rusqlite::OptionalExtension as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::database::Database;
use super::refusal;
use crate::wire::Refusal;

/// Source: `TransactWriteItems` in the Amazon DynamoDB API Reference, its client request token.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);
const LONGEST_TOKEN: usize = 36;

/// Does the work, unless it was done under the request's token.
pub fn done(
    database: &Database,
    operation: &str,
    body: Value,
    work: impl FnOnce(Value) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let Some(token) = body["ClientRequestToken"].as_str().map(str::to_owned) else {
        return work(body);
    };
    if token.chars().count() > LONGEST_TOKEN {
        return Err(refusal::validation(format!(
            "1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: \
             Member must have length less than or equal to {LONGEST_TOKEN}"
        )));
    }
    let request = fingerprint(&body);
    if let Some((before, answer)) =
        remembered(database, operation, &token).map_err(|e| refusal::of_sqlite(&e))?
    {
        return if before == request {
            Ok(answer)
        } else {
            Err(Refusal::new(
                "IdempotentParameterMismatchException",
                "Request rejected because parameters are different from those of the original request with the same \
                 token",
            ))
        };
    }
    let answer = work(body)?;
    remember(database, operation, &token, &request, &answer).map_err(|error| refusal::of_sqlite(&error))?;
    Ok(answer)
}

/// What makes two requests the same: all but how the cost is reported.
fn fingerprint(body: &Value) -> Vec<u8> {
    let what = body
        .get("TransactItems")
        .or_else(|| body.get("TransactStatements"));
    Sha256::digest(what.unwrap_or(body).to_string()).to_vec()
}

fn remembered(
    database: &Database,
    operation: &str,
    token: &str,
) -> rusqlite::Result<Option<(Vec<u8>, Value)>> {
    let since = database.now() - REMEMBERED.num_milliseconds();
    let kept = database
        .connection()
        .query_row(
            r#"SELECT request, answer FROM "tributary:once" WHERE operation = ?1 AND token = ?2 AND at > ?3"#,
            (operation, token, since),
            |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    Ok(kept.map(|(request, answer)| (request, serde_json::from_str(&answer).unwrap_or_default())))
}

/// The work itself is on the disk already, so this need not wait for it again.
fn remember(
    database: &Database,
    operation: &str,
    token: &str,
    request: &[u8],
    answer: &Value,
) -> rusqlite::Result<()> {
    let since = database.now() - REMEMBERED.num_milliseconds();
    database.lightly(|| {
        let connection = database.connection();
        connection.execute(r#"DELETE FROM "tributary:once" WHERE at <= ?1"#, [since])?;
        connection.execute(
            r#"INSERT OR REPLACE INTO "tributary:once" (operation, token, request, answer, at)
               VALUES (?1, ?2, ?3, ?4, ?5)"#,
            (operation, token, request, answer.to_string(), database.now()),
        )?;
        Ok(())
    })?
}
