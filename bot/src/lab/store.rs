//! Kept queries.

use ::sandbox::AccountId;
use ::sandbox::lab::{Answer, View};
use ::store::{Store, Tx};
use sqlx::Error;

/// A member's, oldest first.
pub async fn all(store: &Store, account: &AccountId) -> Result<Vec<View>, Error> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT name, query, answer, refreshed_at FROM lab_view WHERE account_id = $1 ORDER BY created_at, name",
    )
    .bind(account.as_str())
    .fetch_all(store.read())
    .await?;
    rows.into_iter()
        .map(|(name, sql, answer, saved_at)| {
            Ok(View {
                name,
                sql,
                saved_at,
                answer: serde_json::from_str(&answer).map_err(|error| Error::Decode(Box::new(error)))?,
            })
        })
        .collect()
}

/// Their names, oldest first, inside a write.
pub async fn names(tx: &mut Tx, account: &AccountId) -> Result<Vec<String>, Error> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM lab_view WHERE account_id = $1 ORDER BY created_at, name")
            .bind(account.as_str())
            .fetch_all(&mut **tx)
            .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Keeps a query, in place of one of the same name. Says how many bytes its answer takes.
pub async fn put(tx: &mut Tx, account: &AccountId, view: &View) -> Result<usize, Error> {
    let answer = json(&view.answer)?;
    let bytes = answer.len();
    sqlx::query(
        "INSERT INTO lab_view (account_id, name, query, answer, created_at, refreshed_at) VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (account_id, name) DO UPDATE SET
             query = excluded.query, answer = excluded.answer, refreshed_at = excluded.refreshed_at",
    )
    .bind(account.as_str())
    .bind(&view.name)
    .bind(&view.sql)
    .bind(answer)
    .bind(view.saved_at)
    .execute(&mut **tx)
    .await?;
    Ok(bytes)
}

/// Keeps what a query brought anew, unless it was dropped or changed meanwhile.
pub async fn refresh(tx: &mut Tx, account: &AccountId, view: &View) -> Result<(), Error> {
    sqlx::query(
        "UPDATE lab_view SET answer = $1, refreshed_at = $2 WHERE account_id = $3 AND name = $4 AND query = $5",
    )
    .bind(json(&view.answer)?)
    .bind(view.saved_at)
    .bind(account.as_str())
    .bind(&view.name)
    .bind(&view.sql)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes one; says whether it was there.
pub async fn remove(tx: &mut Tx, account: &AccountId, name: &str) -> Result<bool, Error> {
    let gone = sqlx::query("DELETE FROM lab_view WHERE account_id = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name)
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

fn json(answer: &Answer) -> Result<String, Error> {
    serde_json::to_string(answer).map_err(|error| Error::Encode(Box::new(error)))
}
