//! A table's description as AWS gives it: ARNs of the tenant's own, and the stream as it really is.

use rusqlite::OptionalExtension as _;
use serde_json::{Value, json};

use super::database::Database;
use super::name::Place;
use super::refusal;
use crate::wire::Refusal;

const VIEWS: [&str; 4] = ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"];

/// Refuses a stream that cannot be.
pub fn check_stream(wanted: &Value) -> Result<(), Refusal> {
    match (
        wanted["StreamEnabled"].as_bool(),
        wanted["StreamViewType"].as_str(),
    ) {
        (_, Some(view)) if !VIEWS.contains(&view) => Err(refusal::validation(format!(
            "1 validation error detected: Value '{view}' at 'streamSpecification.streamViewType' failed to satisfy \
             constraint: Member must satisfy enum value set: [{}]",
            VIEWS.join(", ")
        ))),
        (Some(true), None) => Err(refusal::validation(
            "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true",
        )),
        (Some(false), Some(_)) => Err(refusal::validation(
            "One or more parameter values were invalid: StreamViewType must not be specified when StreamEnabled is \
             false",
        )),
        _ => Ok(()),
    }
}

/// Refuses a table that says neither how much it will be used nor that it is paid by use. dynoxide minds this only
/// where the mode is spelled out.
pub fn check_throughput(table: &Value) -> Result<(), Refusal> {
    if table["BillingMode"].is_null() && table["ProvisionedThroughput"].is_null() {
        return Err(refusal::validation(
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be \
             specified when BillingMode is PROVISIONED",
        ));
    }
    Ok(())
}

/// What an account in AWS may use unless it asks for more.
pub fn limits() -> Value {
    json!({
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    })
}

/// A table that is not backed up, as AWS describes it.
pub fn no_backups() -> Value {
    json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }})
}

/// Sets a description right.
pub fn mend(database: &Database, place: &Place, description: &mut Value) -> rusqlite::Result<()> {
    place.localize(description);
    let Some(fields) = description.as_object_mut() else {
        return Ok(());
    };
    let latest = database
        .connection()
        .query_row(
            r#"SELECT table_name, label, view_type, closed IS NULL FROM "tributary:stream"
               WHERE table_id = ?1 ORDER BY id DESC LIMIT 1"#,
            [fields.get("TableId").and_then(Value::as_str)],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, bool>(3)?,
                ))
            },
        )
        .optional()?;
    let Some((table, label, view, open)) = latest else {
        return Ok(());
    };
    fields.insert(
        "LatestStreamArn".to_owned(),
        json!(place.stream_arn(&table, &label)),
    );
    fields.insert("LatestStreamLabel".to_owned(), json!(label));
    if open {
        let specification = json!({"StreamEnabled": true, "StreamViewType": view});
        fields.insert("StreamSpecification".to_owned(), specification);
    }
    Ok(())
}
