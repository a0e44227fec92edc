//! The operations of DynamoDB itself: read as dynoxide's types, done by it, and mended where its answer is not AWS's.

use std::future::Future;

use dynoxide::DynoxideError;
use dynoxide::actions::{
    batch_execute_statement, batch_get_item, batch_write_item, create_table, delete_item, delete_table,
    describe_table, describe_time_to_live, execute_statement, execute_transaction, get_item, list_tables,
    list_tags_of_resource, put_item, query, scan, tag_resource, transact_get_items, transact_write_items,
    untag_resource, update_item, update_table, update_time_to_live,
};
use futures::FutureExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::database::Database;
use super::name::{self, Place};
use super::{describe, once, projection, refusal};
use crate::wire::Refusal;

/// Whether an operation may add to what is stored.
pub fn stores(operation: &str) -> bool {
    matches!(
        operation,
        "CreateTable"
            | "UpdateTable"
            | "PutItem"
            | "UpdateItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
            | "ExecuteStatement"
            | "BatchExecuteStatement"
            | "ExecuteTransaction"
            | "TagResource"
    )
}

/// Whether an operation may bring an item nearer to its expiry.
fn unsettles(operation: &str) -> bool {
    stores(operation) || operation == "UpdateTimeToLive"
}

/// Does what was asked.
pub fn perform(
    database: &mut Database,
    place: &Place,
    operation: &str,
    body: Value,
) -> Result<Value, Refusal> {
    if unsettles(operation) {
        database.expiry.unsettle();
    }
    let asked = Asked { place, operation };
    match operation {
        "CreateTable" => asked.create_table(database, body),
        "UpdateTable" => asked.update_table(database, body),
        "DeleteTable" => asked.described(database, "TableDescription", |database| {
            database.at_once(|| {
                asked.run(body, |request| {
                    delete_table::execute(&database.storage, request, &database.lifecycle)
                })
            })
        }),
        "DescribeTable" => asked.described(database, "Table", |database| {
            asked.run(body, |request| {
                describe_table::execute(&database.storage, request, &database.lifecycle)
            })
        }),
        "UpdateTimeToLive" => asked.update_time_to_live(database, body),
        "TagResource" | "UntagResource" | "ListTagsOfResource" => asked.tags(database, body),
        "TransactGetItems" => {
            let keys = projection::keys_not_asked_for(&body);
            let mut answer = asked.item_operation(database, body)?;
            projection::leave_out(&keys, &mut answer);
            Ok(answer)
        }
        "DescribeLimits" => Ok(describe::limits()),
        "DescribeContinuousBackups" => asked.backups(database, body),
        "TransactWriteItems" | "ExecuteTransaction" => once::done(database, operation, body, |body| {
            asked.item_operation(database, body)
        }),
        _ => asked.item_operation(database, body),
    }
}

/// An operation asked for at a place.
struct Asked<'a> {
    place: &'a Place,
    operation: &'a str,
}

impl Asked<'_> {
    /// Operations that need no mending.
    fn item_operation(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        let on = &database.storage;
        let done = match self.operation {
            "ListTables" => self.run(body, |request| list_tables::execute(on, request)),
            "DescribeTimeToLive" => self.run(body, |request| describe_time_to_live::execute(on, request)),
            "PutItem" => self.run(body, |request| put_item::execute(on, request)),
            "GetItem" => self.run(body, |request| get_item::execute(on, request)),
            "UpdateItem" => self.run(body, |request| update_item::execute(on, request)),
            "DeleteItem" => self.run(body, |request| delete_item::execute(on, request)),
            "BatchGetItem" => self.run(body, |request| batch_get_item::execute(on, request)),
            "BatchWriteItem" => self.run(body, |request| batch_write_item::execute(on, request)),
            "Query" => self.run(body, |request| query::execute(on, request)),
            "Scan" => self.run(body, |request| scan::execute(on, request)),
            "TransactGetItems" => self.run(body, |request| transact_get_items::execute(on, request)),
            "TransactWriteItems" => self.run(body, |request| transact_write_items::execute(on, request)),
            "ExecuteStatement" => self.run(body, |request| execute_statement::execute(on, request)),
            "BatchExecuteStatement" => {
                self.run(body, |request| batch_execute_statement::execute(on, request))
            }
            "ExecuteTransaction" => self.run(body, |request| execute_transaction::execute(on, request)),
            _ => {
                return Err(Refusal::new(
                    "UnknownOperationException",
                    "DynamoDB has no such operation.",
                ));
            }
        };
        done.map_err(|failure| self.refusal(failure))
    }

    /// dynoxide answers who asks for the tags of a table that is not there as if it were another's.
    fn tags(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        let on = &database.storage;
        let arn = body["ResourceArn"].as_str().unwrap_or_default();
        if let Some((_, table)) = arn.rsplit_once(":table/")
            && !on.table_exists(table).map_err(|failure| self.refusal(failure))?
        {
            return Err(refusal::not_found(format!(
                "Requested resource not found: ResourcArn: {arn} not found"
            )));
        }
        let done = match self.operation {
            "TagResource" => self.run(body, |request| tag_resource::execute(on, request)),
            "UntagResource" => self.run(body, |request| untag_resource::execute(on, request)),
            _ => self.run(body, |request| list_tags_of_resource::execute(on, request)),
        };
        done.map_err(|failure| self.refusal(failure))
    }

    /// There are no backups. Tools that look after tables ask all the same.
    fn backups(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        self.described(database, "Table", |database| {
            self.run(body, |request| {
                describe_table::execute(&database.storage, request, &database.lifecycle)
            })
        })?;
        Ok(describe::no_backups())
    }

    fn create_table(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        describe::check_stream(&body["StreamSpecification"])?;
        describe::check_throughput(&body)?;
        let others = database
            .storage
            .list_table_names()
            .map_err(|failure| self.refusal(failure))?;
        if let Some(why) = body["TableName"]
            .as_str()
            .and_then(|table| name::taken(table, &others))
        {
            return Err(refusal::validation(why));
        }
        self.described(database, "TableDescription", |database| {
            database.at_once(|| self.run(body, |request| create_table::execute(&database.storage, request)))
        })
    }

    fn update_table(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        let stream = &body["StreamSpecification"];
        describe::check_stream(stream)?;
        if let (Some(enable), Some(table)) = (stream["StreamEnabled"].as_bool(), body["TableName"].as_str())
            && let Ok(Some(kept)) = database.storage.get_table_metadata(table)
            && kept.stream_enabled == enable
        {
            return Err(refusal::validation(if enable {
                format!("Table already has an enabled stream: TableName: {table}")
            } else {
                format!("Table has no stream to disable: TableName: {table}")
            }));
        }
        self.described(database, "TableDescription", |database| {
            self.run(body, |request| {
                update_table::execute(&database.storage, request, &database.lifecycle)
            })
        })
    }

    /// dynoxide takes a setting that is there already; AWS does not.
    fn update_time_to_live(&self, database: &Database, body: Value) -> Result<Value, Refusal> {
        let wanted = &body["TimeToLiveSpecification"];
        if let (Some(table), Some(enable)) = (body["TableName"].as_str(), wanted["Enabled"].as_bool())
            && let Ok(Some(kept)) = database.storage.get_table_metadata(table)
            && kept.ttl_enabled == enable
        {
            let current = kept.ttl_attribute.unwrap_or_default();
            return Err(refusal::validation(if !enable {
                "TimeToLive is already disabled".to_owned()
            } else if wanted["AttributeName"] == current {
                "TimeToLive is already enabled".to_owned()
            } else {
                format!(
                    "TimeToLive is active on a different AttributeName: current AttributeName is {current}"
                )
            }));
        }
        self.run(body, |request| {
            update_time_to_live::execute(&database.storage, request)
        })
        .map_err(|failure| self.refusal(failure))
    }

    /// An operation that answers with a table's description, which is set right.
    fn described(
        &self,
        database: &Database,
        field: &str,
        work: impl FnOnce(&Database) -> Result<Value, DynoxideError>,
    ) -> Result<Value, Refusal> {
        let mut answer = work(database).map_err(|failure| self.refusal(failure))?;
        describe::mend(database, self.place, &mut answer[field])
            .map_err(|error| refusal::of_sqlite(&error))?;
        Ok(answer)
    }

    /// Reads the request, lets dynoxide do it, and writes the answer.
    fn run<Q, A, F>(&self, body: Value, work: impl FnOnce(Q) -> F) -> Result<Value, DynoxideError>
    where
        Q: DeserializeOwned,
        A: Serialize,
        F: Future<Output = Result<A, DynoxideError>>,
    {
        let broken = |what: &str| DynoxideError::InternalServerError(what.to_owned());
        let request =
            serde_json::from_value(body).map_err(|error| refusal::of_reading(&error, self.operation))?;
        // dynoxide's storage blocks: its futures are ready when they are first asked.
        let answer = work(request)
            .now_or_never()
            .ok_or_else(|| broken("an operation waited"))??;
        serde_json::to_value(answer).map_err(|error| broken(&error.to_string()))
    }

    fn refusal(&self, failure: DynoxideError) -> Refusal {
        refusal::of_engine(failure, self.place)
    }
}
