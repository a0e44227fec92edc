//! What a request must look like before anything looks into it: the engine's rules, and where AWS has changed them or
//! the engine does not know a field, ours. Source: the API reference, as the AWS SDKs' service model has it.

use ferrokinesis::actions::Operation;
use ferrokinesis::validation::{FieldDef, FieldType, check_types, check_validations};
use serde_json::{Value, json};

use crate::streams::LONGEST_KEY;
use crate::wire::Refusal;

/// The largest record of all; a stream's own limit is looked at later.
const LARGEST_DATA: usize = 10 * 1024 * 1024;

type Rules = Vec<(&'static str, FieldDef)>;

/// The request as the operation knows it, without anything else, if it is as AWS demands.
pub fn validated(operation: Operation, body: &Value) -> Result<Value, Refusal> {
    let rules = rules(operation);
    names_a_stream(operation, body)?;
    let rules: Vec<(&str, &FieldDef)> = rules.iter().map(|(name, rule)| (*name, rule)).collect();
    let mut checked = check_types(body, &rules)?;
    let wide = set_wide_keys_aside(&mut checked);
    check_validations(&checked, &rules, None)?;
    for (record, key) in wide {
        put_key(&mut checked, record, &key);
    }
    Ok(checked)
}

/// Where either of two fields names the stream, no rule of one field says that one must be there.
fn names_a_stream(operation: Operation, body: &Value) -> Result<(), Refusal> {
    let puts = matches!(operation, Operation::PutRecord | Operation::PutRecords);
    if puts && body["StreamName"].is_null() && body["StreamARN"].is_null() {
        return Err(Refusal::new(
            "InvalidArgumentException",
            "Either StreamName or StreamARN must be provided.",
        ));
    }
    Ok(())
}

fn rules(operation: Operation) -> Rules {
    let mut rules = operation.validation_rules();
    let text = || FieldDef::new(FieldType::String);
    let size = || FieldDef::new(FieldType::Integer).gte(1_024.0).lte(10_240.0);
    let name = || text().regex("[a-zA-Z0-9_.-]+").len_gte(1).len_lte(128);
    match operation {
        Operation::GetRecords => rules.push(("StreamARN", text().len_gte(1).len_lte(2_048))),
        Operation::UpdateAccountSettings => {
            replace(&mut rules, "MinimumThroughputBillingCommitment", |_| {
                commitment().not_null()
            });
        }
        Operation::PutRecord => replace(&mut rules, "Data", |rule| rule.len_lte(LARGEST_DATA)),
        Operation::PutRecords => replace(&mut rules, "Records", |rule| {
            let larger = widen_data(rule.field_type.clone());
            FieldDef {
                field_type: larger,
                ..rule
            }
        }),
        Operation::CreateStream => rules.extend([
            ("StreamModeDetails", mode()),
            ("Tags", tags()),
            ("MaxRecordSizeInKiB", size()),
            ("WarmThroughputMiBps", FieldDef::new(FieldType::Integer).gte(0.0)),
        ]),
        Operation::DeleteStream => rules.push(("EnforceConsumerDeletion", FieldDef::new(FieldType::Boolean))),
        Operation::IncreaseStreamRetentionPeriod | Operation::DecreaseStreamRetentionPeriod => {
            // The longest is looked at beside the shortest; both are arguments AWS calls invalid.
            replace(&mut rules, "RetentionPeriodHours", |_| {
                FieldDef::new(FieldType::Integer).not_null()
            });
        }
        Operation::AddTagsToStream | Operation::TagResource => {
            replace(&mut rules, "Tags", |_| tags().not_null());
        }
        Operation::RemoveTagsFromStream => replace(&mut rules, "TagKeys", |rule| rule.len_lte(50)),
        Operation::ListTagsForStream => replace(&mut rules, "Limit", |rule| rule.lte(50.0)),
        Operation::ListStreams => rules.push(("NextToken", text().len_gte(1).len_lte(1_048_576))),
        Operation::ListShards => rules.push(("ShardFilter", shard_filter(name()))),
        Operation::RegisterStreamConsumer => rules.push(("Tags", tags())),
        Operation::EnableEnhancedMonitoring | Operation::DisableEnhancedMonitoring => {
            replace(&mut rules, "ShardLevelMetrics", |rule| {
                let one = text().enum_values(METRICS.to_vec());
                FieldDef {
                    field_type: FieldType::List {
                        children: Box::new(one),
                    },
                    ..rule
                }
            });
        }
        Operation::SubscribeToShard => replace(&mut rules, "StartingPosition", |mut rule| {
            if let FieldType::Structure { children } = &mut rule.field_type {
                let number = text().regex("0|([1-9]\\d{0,128})");
                children.push(("SequenceNumber".to_owned(), number));
                children.push(("Timestamp".to_owned(), FieldDef::new(FieldType::Timestamp)));
            }
            rule
        }),
        _ => {}
    }
    for (_, rule) in &mut rules {
        hold_together(rule);
    }
    rules
}

/// The engine puts `^` and `$` around a pattern, which bind tighter than the pattern's own `|`.
fn hold_together(rule: &mut FieldDef) {
    if let Some(pattern) = rule.regex.take() {
        let held = if pattern.contains('|') {
            format!("({pattern})")
        } else {
            pattern
        };
        rule.regex = Some(held);
    }
    match &mut rule.field_type {
        FieldType::List { children } | FieldType::Map { children } => hold_together(children),
        FieldType::Structure { children } => children.iter_mut().for_each(|(_, rule)| hold_together(rule)),
        _ => {}
    }
}

/// The shard-level metrics, and the word for all of them.
pub const METRICS: [&str; 8] = [
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
];

fn replace(rules: &mut Rules, field: &str, change: impl FnOnce(FieldDef) -> FieldDef) {
    if let Some((_, rule)) = rules.iter_mut().find(|(name, _)| *name == field) {
        *rule = change(rule.clone());
    }
}

/// A list of records whose data may be as large as any record.
fn widen_data(records: FieldType) -> FieldType {
    let FieldType::List { mut children } = records else {
        return records;
    };
    if let FieldType::Structure { children: fields } = &mut children.field_type {
        for (name, rule) in fields {
            if name == "Data" {
                *rule = rule.clone().len_lte(LARGEST_DATA);
            }
        }
    }
    FieldType::List { children }
}

fn tags() -> FieldDef {
    let children = Box::new(FieldDef::new(FieldType::String));
    FieldDef::new(FieldType::Map { children })
        .len_gte(1)
        .len_lte(200)
        .child_key_lengths(1, 128)
        .child_value_lengths(0, 256)
}

fn mode() -> FieldDef {
    let mode = FieldDef::new(FieldType::String)
        .not_null()
        .enum_values(vec!["PROVISIONED", "ON_DEMAND"]);
    FieldDef::new(FieldType::Structure {
        children: vec![("StreamMode".to_owned(), mode)],
    })
}

fn commitment() -> FieldDef {
    let status = FieldDef::new(FieldType::String)
        .not_null()
        .enum_values(vec!["ENABLED", "DISABLED"]);
    FieldDef::new(FieldType::Structure {
        children: vec![("Status".to_owned(), status)],
    })
}

fn shard_filter(name: FieldDef) -> FieldDef {
    let kinds = vec![
        "AFTER_SHARD_ID",
        "AT_TRIM_HORIZON",
        "FROM_TRIM_HORIZON",
        "AT_LATEST",
        "AT_TIMESTAMP",
        "FROM_TIMESTAMP",
    ];
    let kind = FieldDef::new(FieldType::String).not_null().enum_values(kinds);
    FieldDef::new(FieldType::Structure {
        children: vec![
            ("Type".to_owned(), kind),
            ("ShardId".to_owned(), name),
            ("Timestamp".to_owned(), FieldDef::new(FieldType::Timestamp)),
        ],
    })
}

/// A partition key has at most 256 *characters*; the engine's rules count bytes. Keys that are within the one and
/// over the other are taken out while those rules are asked, and returned with the record they belong to.
fn set_wide_keys_aside(body: &mut Value) -> Vec<(Option<usize>, String)> {
    let is_wide = |record: &Value| {
        let key = record["PartitionKey"].as_str().unwrap_or_default();
        (key.len() > LONGEST_KEY && key.chars().count() <= LONGEST_KEY).then(|| key.to_owned())
    };
    let mut wide: Vec<(Option<usize>, String)> = is_wide(body).map(|key| (None, key)).into_iter().collect();
    let records = body["Records"].as_array().into_iter().flatten().enumerate();
    wide.extend(records.filter_map(|(index, record)| Some((Some(index), is_wide(record)?))));
    for (record, _) in &wide {
        put_key(body, *record, "set aside");
    }
    wide
}

fn put_key(body: &mut Value, record: Option<usize>, key: &str) {
    let owner = match record {
        Some(index) => body.pointer_mut(&format!("/Records/{index}")),
        None => Some(body),
    };
    if let Some(owner) = owner {
        owner["PartitionKey"] = json!(key);
    }
}
