//! A doctor looks at a database and changes nothing.

use store::{Store, Tables};

#[tokio::test]
async fn the_tables_are_told_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    let url = format!("sqlite:{}", file.display());
    assert!(Store::open_as_it_is(&url).await.is_err());
    assert!(!file.exists(), "a missing file is not made");

    std::fs::write(&file, "").unwrap();
    let empty = Store::open_as_it_is(&url).await.unwrap();
    let Tables::Behind(steps) = empty.tables().await.unwrap() else {
        panic!("an empty database has no tables");
    };
    assert!(steps > 0);
    empty.close().await;

    let ours = Store::open(&url).await.unwrap();
    assert_eq!(ours.tables().await.unwrap(), Tables::Current);
    let beside = Store::open_as_it_is(&url).await.unwrap();
    assert_eq!(beside.tables().await.unwrap(), Tables::Current);
    beside.writable().await.unwrap();

    let mut tx = ours.begin().await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = version + 1000")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(beside.tables().await.unwrap(), Tables::Foreign);
}
