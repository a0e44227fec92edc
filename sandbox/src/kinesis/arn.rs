//! Kinesis names: ARNs of streams and consumers, and shard ids. A foreign ARN is refused here, before the engine
//! sees it: the engine looks at nothing but the name inside. Pure.

use ferrokinesis::actions::Operation;
use serde_json::Value;

use crate::region::Region;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// A stream's ARN.
pub fn stream(account: &str, region: &str, name: &str) -> String {
    format!("arn:aws:kinesis:{region}:{account}:stream/{name}")
}

/// The id of a shard by its number.
pub fn shard_id(number: u32) -> String {
    format!("shardId-{number:012}")
}

/// The number in `shardId-000000000007`.
pub fn shard_number(id: &str) -> Option<u32> {
    id.strip_prefix("shardId-")?.parse().ok()
}

/// Whether a text may be a stream's name.
pub fn is_stream_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Checks that every ARN in a request is the caller's own, in the region called, and where the operation
/// works by name (most do) puts the name in the ARN's place.
pub fn own_only(
    operation: Operation,
    body: &mut Value,
    account: &AccountId,
    region: Region,
) -> Result<(), Refusal> {
    let Some(fields) = body.as_object_mut() else {
        return Ok(());
    };
    for field in ["StreamARN", "ConsumerARN", "ResourceARN"] {
        if let Some(arn) = fields.get(field).and_then(Value::as_str) {
            check_owner(operation, arn, account, region)?;
        }
    }
    if !works_by_name(operation) {
        return Ok(());
    }
    if let Some(Value::String(arn)) = fields.get("StreamARN") {
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        if fields
            .get("StreamName")
            .is_some_and(|given| !given.is_null() && *given != name.as_str())
        {
            return Err(Refusal::new(
                "InvalidArgumentException",
                "StreamARN and StreamName are not of the same stream.",
            ));
        }
        fields.insert("StreamName".to_owned(), Value::String(name));
        fields.remove("StreamARN");
    }
    Ok(())
}

fn works_by_name(operation: Operation) -> bool {
    operation
        .validation_rules()
        .iter()
        .any(|(field, _)| *field == "StreamName")
}

fn check_owner(operation: Operation, arn: &str, account: &AccountId, region: Region) -> Result<(), Refusal> {
    let malformed = || {
        Refusal::new(
            "InvalidArgumentException",
            "The ARN is not one of a stream or a consumer.",
        )
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "kinesis", arn_region, arn_account, resource] = parts.as_slice() else {
        return Err(malformed());
    };
    if *arn_account != account.as_str() {
        return Err(Refusal::new(
            "AccessDeniedException",
            format!(
                "User: arn:aws:iam::{account}:user/member is not authorized to perform: kinesis:{operation} on \
                 resource: {arn} because no resource-based policy allows the kinesis:{operation} action"
            ),
        ));
    }
    if *arn_region != region.as_str() {
        return Err(Refusal::new(
            "ResourceNotFoundException",
            format!(
                "{resource} under account {account} is in {arn_region}, and this request is for {region}."
            ),
        ));
    }
    let mut resource = resource.split('/');
    let named = resource.next() == Some("stream") && resource.next().is_some_and(is_stream_name);
    let consumer = match (resource.next(), resource.next(), resource.next()) {
        (None, ..) => true,
        (Some("consumer"), Some(name), None) => !name.is_empty(),
        _ => false,
    };
    if named && consumer {
        Ok(())
    } else {
        Err(malformed())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(operation: Operation, body: Value) -> Result<Value, String> {
        let account = "123456789012".parse().unwrap();
        let mut body = body;
        own_only(operation, &mut body, &account, Region::UsEast1).map_err(|r| r.kind)?;
        Ok(body)
    }

    #[test]
    fn an_own_arn_becomes_the_name() {
        let body = json!({ "StreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/orders" });
        assert_eq!(
            checked(Operation::DescribeStream, body).unwrap(),
            json!({ "StreamName": "orders" })
        );
    }

    #[test]
    fn anothers_arn_is_denied_whatever_field_it_is_in() {
        for field in ["StreamARN", "ConsumerARN", "ResourceARN"] {
            let body = json!({ field: "arn:aws:kinesis:us-east-1:999999999999:stream/orders" });
            assert_eq!(
                checked(Operation::PutRecord, body).unwrap_err(),
                "AccessDeniedException"
            );
        }
    }

    #[test]
    fn an_arn_of_another_region_is_not_found() {
        let body = json!({ "StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/orders" });
        assert_eq!(
            checked(Operation::PutRecord, body).unwrap_err(),
            "ResourceNotFoundException"
        );
    }

    #[test]
    fn odd_arns_are_refused() {
        for arn in [
            "orders",
            "arn:aws:kinesis:us-east-1:123456789012:stream/",
            "arn:aws:kinesis:us-east-1:123456789012:stream/a/b",
            "arn:aws:kinesis:us-east-1:123456789012:stream/a/consumer/",
            "arn:aws:kinesis:us-east-1:123456789012:stream/a/consumer/c:1/x",
            "arn:aws:sqs:us-east-1:123456789012:stream/a",
        ] {
            let body = json!({ "StreamARN": arn });
            assert_eq!(
                checked(Operation::PutRecord, body).unwrap_err(),
                "InvalidArgumentException",
                "{arn}"
            );
        }
    }
}
