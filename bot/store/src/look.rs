//! Looking at a database without changing it: for a doctor beside a bot that may be running.

use sqlx::{AnyConnection, Connection, Executor, Row};

use crate::pool::{OpenError, Store};

/// How a database's tables stand to this program's migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// As this program wants them.
    Current,
    /// So many migrations are still to come; the next start does them.
    Behind(usize),
    /// Made or changed by another version of the program, which this one can't build on.
    Foreign,
}

impl Store {
    /// Opens a database that is there, and leaves its tables as they are. A missing file is an error, not made.
    pub async fn open_as_it_is(url: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        if url.starts_with("postgres") || url.starts_with("sqlite:") {
            // A pool tries again until its time is up and then says no more than that; one connection says why.
            let mut first = AnyConnection::connect(url).await?;
            first.execute("SELECT count(*) FROM (SELECT 1) AS one").await?;
            first.close().await?;
        }
        Self::connect(url, "rw").await
    }

    /// How the tables stand to this program's migrations.
    pub async fn tables(&self) -> Result<Tables, sqlx::Error> {
        let wanted = crate::pool::MIGRATIONS.iter().count();
        let made = sqlx::query("SELECT version, checksum FROM _sqlx_migrations")
            .fetch_all(self.read())
            .await;
        let made = match made {
            Ok(rows) => rows,
            // An empty database has no table of migrations either.
            Err(sqlx::Error::Database(_)) => return Ok(Tables::Behind(wanted)),
            Err(error) => return Err(error),
        };
        for row in &made {
            let version: i64 = row.try_get("version")?;
            let checksum: Vec<u8> = row.try_get("checksum")?;
            let known = crate::pool::MIGRATIONS
                .iter()
                .any(|migration| migration.version == version && *migration.checksum == *checksum);
            if !known {
                return Ok(Tables::Foreign);
            }
        }
        Ok(match wanted.saturating_sub(made.len()) {
            0 => Tables::Current,
            missing => Tables::Behind(missing),
        })
    }
}
