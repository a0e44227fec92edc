//! The tables: their columns, units and meaning, in one place. The schema, the documentation's test and what people are
//! told about a mistyped name are all made from this.

/// A table of the lab.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub kind: Kind,
    /// What it says, with its unit.
    pub says: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
}

impl Kind {
    /// SQLite's name for it.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Integer => "INTEGER",
        }
    }
}

const fn text(name: &'static str, says: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        says,
    }
}

const fn integer(name: &'static str, says: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        says,
    }
}

const REGION: Column = text("region", "the AWS region, such as `us-east-1`");

/// The table of this name.
pub fn named(name: &str) -> Option<&'static Table> {
    ALL.iter().find(|table| table.name.eq_ignore_ascii_case(name))
}

/// All tables.
pub const ALL: &[Table] = &[
    Table {
        name: "streams",
        row: "a Kinesis stream",
        columns: &[
            REGION,
            text("name", "its name"),
            text("arn", "its ARN"),
            text("status", "`CREATING`, `ACTIVE`, `UPDATING` or `DELETING`"),
            text("mode", "`PROVISIONED` or `ON_DEMAND`"),
            integer("open_shards", "shards that take records"),
            integer("retention_hours", "how long records are kept, in hours"),
            integer("created_at", "when it was created, Unix ms"),
        ],
    },
    Table {
        name: "shards",
        row: "a shard, open or closed",
        columns: &[
            REGION,
            text("stream", "its stream"),
            text("shard", "its id, such as `shardId-000000000000`"),
            text("parent", "the shard it came from by a split or merge"),
            text("adjacent_parent", "the other parent, after a merge"),
            text("hash_start", "the first hash key it owns, as a decimal number"),
            text("hash_end", "the last hash key it owns, as a decimal number"),
            integer("open", "1 while it takes records"),
            integer("records", "records kept in it"),
            integer("bytes", "bytes of their data and keys"),
        ],
    },
    Table {
        name: "records",
        row: "a record in a stream",
        columns: &[
            REGION,
            text("stream", "its stream"),
            text("shard", "the shard it went to"),
            text("sequence", "its sequence number"),
            text("partition_key", "its partition key"),
            text("data", "its data: the text if it is UTF-8, else base64"),
            integer(
                "arrived_at",
                "when it arrived, Unix ms (Kinesis keeps whole seconds)",
            ),
            integer("bytes", "bytes of data and key"),
        ],
    },
    Table {
        name: "consumers",
        row: "who reads a shard",
        columns: &[
            REGION,
            text("stream", "the stream"),
            text(
                "shard",
                "the shard; NULL for a registered consumer that has not read yet",
            ),
            text("consumer", "`default` for GetRecords, else the registered name"),
            text("kind", "`polling` (GetRecords) or `enhanced` (registered)"),
            text("position", "the sequence number last read"),
            integer(
                "lag_ms",
                "how long the oldest unread record has been waiting, in ms; 0 at the end",
            ),
            integer("records_read", "records handed out to it, repeats counted"),
        ],
    },
    Table {
        name: "queues",
        row: "an SQS queue",
        columns: &[
            REGION,
            text("name", "its name"),
            text("arn", "its ARN"),
            integer("fifo", "1 for a FIFO queue"),
            integer("visibility_s", "visibility timeout, in seconds"),
            integer("delay_s", "delay of new messages, in seconds"),
            integer("retention_s", "how long messages are kept, in seconds"),
            integer("wait_s", "how long a receive waits, in seconds"),
            text("dead_letter_queue", "the name of its dead-letter queue"),
            integer("max_receives", "receives after which a message goes there"),
            integer("visible", "messages that can be received now"),
            integer("in_flight", "messages received and not deleted"),
            integer("delayed", "messages not to be received yet"),
            integer("sent", "messages sent since it was created"),
            integer("received", "messages handed out since, repeats counted"),
            integer("deleted", "messages deleted since, as acknowledged"),
        ],
    },
    Table {
        name: "messages",
        row: "a message in a queue",
        columns: &[
            REGION,
            text("queue", "its queue"),
            text("id", "its message id"),
            text("body", "its body"),
            text("group_id", "its message group (FIFO)"),
            text("deduplication_id", "its deduplication id (FIFO)"),
            integer("sent_at", "when it was sent, Unix ms"),
            integer("receive_count", "how often it was received"),
            text("state", "`visible`, `in flight` or `delayed`"),
            text(
                "attributes",
                "its message attributes, a JSON object of name to value",
            ),
            text("came_from", "the queue that it is a dead letter of"),
        ],
    },
    Table {
        name: "topics",
        row: "an SNS topic",
        columns: &[
            REGION,
            text("name", "its name"),
            text("arn", "its ARN"),
            integer("fifo", "1 for a FIFO topic"),
            integer("published", "messages published since it was created"),
        ],
    },
    Table {
        name: "subscriptions",
        row: "a subscription to a topic",
        columns: &[
            REGION,
            text("topic", "the topic's name"),
            text("protocol", "`sqs`"),
            text("queue", "the name of the queue it delivers to"),
            integer("raw", "1 where the body is delivered without an envelope"),
            text("filter_policy", "its filter policy, as JSON"),
            text("filter_scope", "`MessageAttributes` or `MessageBody`"),
            integer("delivered", "messages delivered since it was made"),
        ],
    },
    Table {
        name: "tables",
        row: "a DynamoDB table",
        columns: &[
            REGION,
            text("name", "its name"),
            text("partition_key", "the attribute that is its partition key"),
            text("sort_key", "the attribute that is its sort key"),
            integer("items", "items in it"),
            text(
                "stream_view",
                "what its stream shows, such as `NEW_AND_OLD_IMAGES`; NULL without a stream",
            ),
        ],
    },
    Table {
        name: "items",
        row: "an item in a table",
        columns: &[
            REGION,
            text("table_name", "the table"),
            text("item", "the item as plain JSON: `{\"S\": …}` unwrapped"),
        ],
    },
    Table {
        name: "changes",
        row: "a change in a table's stream",
        columns: &[
            REGION,
            text("table_name", "the table"),
            text("sequence", "its sequence number"),
            text("event", "`INSERT`, `MODIFY` or `REMOVE`"),
            text("keys", "the item's key, as plain JSON"),
            text("old", "the item before, as plain JSON"),
            text("new", "the item after, as plain JSON"),
            integer("at", "when it happened, Unix ms"),
        ],
    },
    Table {
        name: "views",
        row: "a query you saved",
        columns: &[
            text("name", "its name, also a table's"),
            text("sql", "the query"),
            integer("saved_at", "when it was last run, Unix ms"),
            text("rows", "what it brought then, a JSON array of objects"),
        ],
    },
    Table {
        name: "calls",
        row: "what was asked of your sandbox",
        columns: &[
            REGION,
            text("service", "`kinesis`, `sqs`, `sns` or `dynamodb`"),
            text("operation", "the AWS operation, such as `PutRecord`"),
            text("source", "`chat` (a command here) or `program` (yours)"),
            integer("count", "how often it was answered"),
            integer("last_at", "when last, Unix ms"),
        ],
    },
];
