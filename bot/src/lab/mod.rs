//! A member's sandbox asked in SQL, and the queries they keep: materialized views. Their rules: a view is kept with what it
//! brought, is a table by its own name, and is brought up to date when it is shown and before an exercise asks for it.
//!
//! What may be asked, and how far it may go, is the sandbox's business.

use ::sandbox::Tenant;
use ::sandbox::lab::{Answer, QueryError, View};
use discord::{Failure, mistake, text};

use crate::app::App;
use crate::call::Call;
use crate::clock::real_ms;

mod cards;
pub mod commands;
mod store;
mod windows;
mod words;

/// The most views a member keeps.
const MOST_VIEWS: usize = 20;
/// The largest answer that is kept, in bytes of JSON.
const LARGEST_KEPT: usize = 256 * 1024;

/// The queries that a member keeps, oldest first, as they were last run.
pub async fn views(app: &App, tenant: &Tenant) -> Result<Vec<View>, sqlx::Error> {
    store::all(&app.store, &tenant.account_id).await
}

/// The same, each run again first. One that can't be run any more (a table it names is gone) keeps what it brought last.
pub async fn refreshed(app: &App, tenant: &Tenant) -> Result<Vec<View>, Failure> {
    let mut all = views(app, tenant).await?;
    for at in 0..all.len() {
        let (sql, before) = (all[at].sql.clone(), &all[..]);
        match app.sandbox.lab()?.query(&tenant.account_id, &sql, before).await {
            Ok(answer) => {
                all[at].answer = answer;
                all[at].saved_at = real_ms();
            }
            Err(QueryError::Internal(cause)) => return Err(Failure::Ours(cause)),
            Err(QueryError::Sandbox(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    let mut tx = app.store.begin().await?;
    for view in &all {
        store::refresh(&mut tx, &tenant.account_id, view).await?;
    }
    tx.commit().await?;
    Ok(all)
}

/// Removes a kept query; says whether there was one.
pub async fn forget(app: &App, tenant: &Tenant, name: &str) -> Result<bool, sqlx::Error> {
    let mut tx = app.store.begin().await?;
    let gone = store::remove(&mut tx, &tenant.account_id, name).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Runs a query over the member's sandbox.
async fn ask(app: &App, tenant: &Tenant, sql: &str) -> Result<Answer, Failure> {
    let views = views(app, tenant).await?;
    let answered = app.sandbox.lab()?.query(&tenant.account_id, sql, &views).await;
    answered.map_err(|error| words::failure(error, &views))
}

/// Keeps a query with what it brought, in place of one of the same name.
async fn keep(call: &Call, tenant: &Tenant, name: &str, sql: &str, answer: &Answer) -> Result<(), Failure> {
    let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? else {
        return Ok(());
    };
    let kept = store::names(&mut tx, &tenant.account_id).await?;
    if kept.len() >= MOST_VIEWS && !kept.iter().any(|other| other == name) {
        return Err(mistake(format!(
            "You keep {MOST_VIEWS} views already. Drop one with `/stream sql drop:{}` and save again.",
            kept.first().map_or("name", String::as_str)
        )));
    }
    let view = View {
        name: name.to_owned(),
        sql: sql.to_owned(),
        saved_at: real_ms(),
        answer: answer.clone(),
    };
    if store::put(&mut tx, &tenant.account_id, &view).await? > LARGEST_KEPT {
        return Err(mistake(
            "That answer is too large to keep (over 256 KiB). Keep what you need of it: fewer columns, an aggregate, a LIMIT.",
        ));
    }
    Ok(tx.commit().await?)
}

/// A view's name as typed, or what is wrong with it.
fn view_name(typed: &str) -> Result<String, Failure> {
    let name = typed.trim().to_lowercase().replace('-', "_");
    if ::sandbox::lab::is_view_name(&name) {
        return Ok(name);
    }
    Err(mistake(if ::sandbox::lab::tables::named(&name).is_some() {
        format!(
            "{} is one of the lab's own tables; give your view another name.",
            text::code(&name)
        )
    } else {
        format!(
            "{} can't be a view's name: a lower-case letter, then letters, digits and `_`, 40 at most. For example `totals`.",
            text::code(&text::cut(typed, 60))
        )
    }))
}
