//! Lists that are answered a page at a time: how much a page holds, and tokens for the next one. A token is sealed for
//! its tenant and says which list it is of.

use std::time::Duration;

use chrono::Utc;
use ferrokinesis::types::Stream;
use serde_json::Value;

use crate::token::Sealer;
use crate::wire::Refusal;

/// How long a token may be used.
const LIFE: Duration = Duration::from_mins(5);

/// How many of something a page holds: as many as asked for, never more than AWS gives.
pub fn size(asked: &Value, most: usize) -> usize {
    asked
        .as_u64()
        .map_or(most, |asked| (asked as usize).clamp(1, most))
}

/// A token for going on after `last` in the list of `what`.
pub fn sealed(sealer: &Sealer, what: &str, last: &str) -> Result<String, Refusal> {
    let now = Utc::now().timestamp_millis();
    sealer
        .seal(&format!("{now} {what} {last}"))
        .ok_or_else(Refusal::internal)
}

/// What the request's token goes on after, if it has one for the list of `what`.
pub fn opened(body: &Value, sealer: &Sealer, what: &str) -> Result<Option<String>, Refusal> {
    let Some(token) = body["NextToken"].as_str() else {
        return Ok(None);
    };
    let (of, last) = parts(token, sealer)?;
    if of == what {
        Ok(Some(last))
    } else {
        Err(invalid())
    }
}

/// Which list a token is of, and what it goes on after.
pub fn parts(token: &str, sealer: &Sealer) -> Result<(String, String), Refusal> {
    let token = sealer.open(token).ok_or_else(invalid)?;
    let mut parts = token.splitn(3, ' ');
    let (Some(Ok(given_at)), Some(what), Some(last)) =
        (parts.next().map(str::parse::<i64>), parts.next(), parts.next())
    else {
        return Err(invalid());
    };
    if Utc::now().timestamp_millis() - given_at > LIFE.as_millis() as i64 {
        return Err(Refusal::new(
            "ExpiredNextTokenException",
            "The pagination token has expired: it can be used for five minutes.",
        ));
    }
    Ok((what.to_owned(), last.to_owned()))
}

fn invalid() -> Refusal {
    Refusal::new("InvalidArgumentException", "NextToken is invalid.")
}

/// A list may be asked for by name and time of creation, so that it is not of a namesake.
pub fn same_creation(stream: &Stream, body: &Value) -> Result<(), Refusal> {
    let Some(asked) = body["StreamCreationTimestamp"].as_f64() else {
        return Ok(());
    };
    if body["NextToken"].is_string() {
        return Err(Refusal::new(
            "InvalidArgumentException",
            "NextToken and StreamCreationTimestamp cannot be provided together.",
        ));
    }
    // SDKs send whole seconds or milliseconds.
    if (asked.floor() - stream.stream_creation_timestamp.0.floor()).abs() < 1.0 {
        return Ok(());
    }
    Err(Refusal::new(
        "ResourceNotFoundException",
        format!("Stream {} was not created at that time.", stream.stream_name),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::region::Region;
    use crate::tenant::Tenant;

    #[test]
    fn a_token_is_good_for_its_own_list_for_five_minutes() {
        let sealer = Sealer::new(&Tenant::generate("ana"), Region::UsEast1, "kinesis");
        let token = |given_at: i64| sealer.seal(&format!("{given_at} orders shardId-1")).unwrap();
        let now = Utc::now().timestamp_millis();
        let open = |token: String, what| opened(&json!({ "NextToken": token }), &sealer, what);
        assert_eq!(open(token(now), "orders"), Ok(Some("shardId-1".to_owned())));
        assert_eq!(
            open(token(now), "clicks").unwrap_err().kind,
            "InvalidArgumentException"
        );
        assert_eq!(
            open(token(now - 301_000), "orders").unwrap_err().kind,
            "ExpiredNextTokenException"
        );
        assert_eq!(
            open("tampered".repeat(9), "orders").unwrap_err().kind,
            "InvalidArgumentException"
        );
    }
}
