//! For tests alone: a database of a test's own on each engine that is to be had.

use ::store::{Store, id};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// `SQLite`, and `PostgreSQL` where `TRIBUTARY_TEST_POSTGRES_URL` names a server. The folder is gone when it is dropped.
pub async fn stores() -> Vec<(Store, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display()))
        .await
        .unwrap();
    let mut stores = vec![(sqlite, Some(folder))];
    if let Ok(server) = std::env::var("TRIBUTARY_TEST_POSTGRES_URL") {
        stores.push((Store::open(&schema(&server).await).await.unwrap(), None));
    }
    stores
}

/// A new schema on the server, so that tests run side by side.
async fn schema(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("test_{}", id::row());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    connection
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {name}")))
        .await
        .unwrap();
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options=-c%20search_path%3D{name}")
}
