//! From engines to rows: what each table that a query names is filled with, and the one way in for whoever asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::answer::{Answer, Cell, View};
use super::error::QueryError;
use super::query;
use crate::account::Account;
use crate::accounts::Accounts;
use crate::regional::LoadError;
use crate::sandbox::SandboxError;
use crate::tenant::AccountId;
use crate::{dynamodb, kinesis, sns, sqs};

/// A row of one of the tables, as wide as the table.
pub(crate) type Row = Vec<Cell>;

/// Queries that run at once, over all tenants: each may take a core and much memory.
const AT_ONCE: usize = 2;
/// How long a query waits for its turn.
const PATIENCE: Duration = Duration::from_secs(8);

/// Answers queries over tenants' state.
pub struct Lab {
    accounts: Arc<Accounts>,
    turns: Arc<Semaphore>,
}

impl Lab {
    pub(crate) fn new(accounts: Arc<Accounts>) -> Self {
        Self {
            accounts,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Runs a query over one tenant's state. `views` are the tenant's saved queries; each is a table by its own name.
    pub async fn query(&self, tenant: &AccountId, sql: &str, views: &[View]) -> Result<Answer, QueryError> {
        let account = self.accounts.get(tenant).await.map_err(SandboxError::from)?;
        // One query a tenant, so that nobody takes all turns.
        let own = tokio::time::timeout(PATIENCE, account.asking.lock());
        let _own = own.await.map_err(|_| QueryError::Busy)?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = turn
            .await
            .map_err(|_| QueryError::Busy)?
            .map_err(|_| QueryError::Busy)?;
        let (sql, known) = (sql.to_owned(), views.to_vec());
        let prepared = blocking(move || query::prepare(sql, &known)).await??;
        let tables = prepared.tables.clone();
        let rows = rows(&account, &tables, views).await?;
        // The turn goes with the work: a caller that stops waiting does not make room for another while it still runs.
        blocking(move || {
            let answer = prepared.run(rows);
            drop(turn);
            answer
        })
        .await?
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, QueryError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| QueryError::Internal(Box::new(error)))
}

async fn rows(
    account: &Account,
    tables: &[String],
    views: &[View],
) -> Result<Vec<(String, Vec<Row>)>, QueryError> {
    let mut filled = Vec::new();
    for table in tables {
        let rows = match views.iter().find(|view| view.name == *table) {
            Some(view) => view.answer.rows.clone(),
            None => of_table(account, table, views).await?,
        };
        filled.push((table.clone(), rows));
    }
    Ok(filled)
}

async fn of_table(account: &Account, table: &str, views: &[View]) -> Result<Vec<Row>, QueryError> {
    let (streams, queues, tables) = (&account.kinesis, &account.sqs, &account.dynamodb);
    let rows = match table {
        "tables" => return dynamodb::rows::tables(tables).await.map_err(unreadable),
        "items" => return dynamodb::rows::items(tables).await.map_err(unreadable),
        "changes" => return dynamodb::rows::changes(tables).await.map_err(unreadable),
        "streams" => kinesis::rows::streams(streams).await,
        "shards" => kinesis::rows::shards(streams).await,
        "records" => kinesis::rows::records(streams).await,
        "consumers" => kinesis::rows::consumers(streams, &account.history).await,
        "queues" => Ok(sqs::rows::queues(queues).await),
        "messages" => Ok(sqs::rows::messages(queues).await),
        "topics" => Ok(sns::rows::topics(&account.sns).await),
        "subscriptions" => Ok(sns::rows::subscriptions(&account.sns).await),
        "calls" => Ok(account.history.calls()),
        "views" => Ok(views.iter().map(view).collect()),
        _ => Ok(Vec::new()),
    };
    rows.map_err(|refusal| QueryError::Internal(refusal.message.into()))
}

fn unreadable(error: LoadError) -> QueryError {
    QueryError::Internal(Box::new(error))
}

fn view(view: &View) -> Row {
    vec![
        view.name.as_str().into(),
        view.sql.as_str().into(),
        view.saved_at.into(),
        view.answer.json().into(),
    ]
}
