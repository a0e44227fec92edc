//! Names of tables and streams, and the ARNs they stand in. A foreign ARN is refused here, before anything is looked
//! up: what follows goes by the name alone. Pure.

use std::borrow::Cow;

use serde_json::Value;

use crate::region::Region;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// The account and region that dynoxide writes into its ARNs.
const FOREIGN_ORIGIN: &str = ":dynoxide:000000000000:";

/// Where a tenant's tables are.
#[derive(Debug, Clone)]
pub struct Place {
    pub account: AccountId,
    pub region: Region,
}

/// A stream as its ARN names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamName {
    pub table: String,
    pub label: String,
}

impl Place {
    /// A stream's ARN.
    pub fn stream_arn(&self, table: &str, label: &str) -> String {
        let Self { account, region } = self;
        format!("arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}")
    }

    /// The text with dynoxide's account and region in its ARNs replaced by this one's.
    pub fn localized<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.contains(FOREIGN_ORIGIN) {
            Cow::Owned(text.replace(FOREIGN_ORIGIN, &format!(":{}:{}:", self.region, self.account)))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The same for every text in an answer. Only for answers that hold no items: those are the member's own words.
    pub fn localize(&self, answer: &mut Value) {
        match answer {
            Value::String(text) => {
                if let Cow::Owned(mended) = self.localized(text) {
                    *text = mended;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.localize(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.localize(value)),
            _ => {}
        }
    }

    /// Puts names in the place of table ARNs, wherever a request may give either, and refuses those of others.
    pub fn own_tables(&self, operation: &str, body: &mut Value) -> Result<(), Refusal> {
        self.own_table_in(operation, body)?;
        let actions = body.get_mut("TransactItems").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            for part in action
                .as_object_mut()
                .into_iter()
                .flat_map(|parts| parts.values_mut())
            {
                self.own_table_in(operation, part)?;
            }
        }
        if let Some(Value::Object(tables)) = body.get_mut("RequestItems") {
            let given = std::mem::take(tables);
            for (table, requests) in given {
                tables.insert(self.own_table(operation, &table)?, requests);
            }
        }
        if let Some(arn) = body["ResourceArn"].as_str() {
            self.resource(operation, arn)?;
        }
        Ok(())
    }

    fn own_table_in(&self, operation: &str, part: &mut Value) -> Result<(), Refusal> {
        if let Some(given) = part["TableName"].as_str() {
            let name = self.own_table(operation, given)?;
            part["TableName"] = Value::String(name);
        }
        Ok(())
    }

    /// The table's name, given by name or ARN.
    fn own_table(&self, operation: &str, given: &str) -> Result<String, Refusal> {
        if !given.starts_with("arn:") {
            return Ok(given.to_owned());
        }
        let resource = self.resource(operation, given)?;
        match resource.strip_prefix("table/") {
            Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.to_owned()),
            _ => Err(malformed(given)),
        }
    }

    /// The stream that an ARN names.
    pub fn own_stream(&self, operation: &str, arn: &str) -> Result<StreamName, Refusal> {
        let odd = || Refusal::new("ValidationException", "Invalid StreamArn");
        if !arn.starts_with("arn:aws:dynamodb:") {
            return Err(odd());
        }
        let resource = self.resource(operation, arn)?;
        let mut parts = resource.splitn(4, '/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("table"), Some(table), Some("stream"), Some(label)) if !label.is_empty() => {
                Ok(StreamName {
                    table: table.to_owned(),
                    label: label.to_owned(),
                })
            }
            _ => Err(odd()),
        }
    }

    /// What an ARN names within this account and region.
    fn resource<'a>(&self, operation: &str, arn: &'a str) -> Result<&'a str, Refusal> {
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some("aws"), Some("dynamodb"), Some(region), Some(account), Some(resource)) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(malformed(arn));
        };
        if account != self.account.as_str() {
            return Err(Refusal::new(
                "AccessDeniedException",
                format!(
                    "User: arn:aws:iam::{}:user/member is not authorized to perform: dynamodb:{operation} on \
                     resource: {arn} because no resource-based policy allows the dynamodb:{operation} action",
                    self.account
                ),
            ));
        }
        if region != self.region.as_str() {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!(
                    "Requested resource not found: {arn} is in {region}, and this request is for {}.",
                    self.region
                ),
            ));
        }
        Ok(resource)
    }
}

fn malformed(arn: &str) -> Refusal {
    Refusal::new(
        "ValidationException",
        format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}"),
    )
}

/// Why a table cannot bear a name that AWS would allow, if so. The engine keeps a table of SQLite's for each, where
/// upper and lower case are one and some names are taken.
pub fn taken(name: &str, others: &[String]) -> Option<String> {
    const RESERVED: [&str; 3] = ["_config", "_tables", "_stream_records"];
    let lower = name.to_ascii_lowercase();
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("sqlite_") {
        return Some(format!(
            "The sandbox keeps the table name {name} for itself. Choose another."
        ));
    }
    let twin = others
        .iter()
        .find(|other| *other != name && other.eq_ignore_ascii_case(name))?;
    Some(format!(
        "The sandbox has a table {twin} already, and does not tell upper from lower case in table names."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place() -> Place {
        Place {
            account: "123456789012".parse().unwrap(),
            region: Region::UsEast1,
        }
    }

    fn named(body: Value) -> Result<Value, String> {
        let mut body = body;
        place()
            .own_tables("PutItem", &mut body)
            .map_err(|refusal| refusal.kind)?;
        Ok(body)
    }

    #[test]
    fn an_own_arn_becomes_the_name_wherever_it_stands() {
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders";
        let body = json!({"TableName": arn, "TransactItems": [{"Put": {"TableName": arn}}], "RequestItems": {arn: []}});
        let plain = json!({
            "TableName": "orders", "TransactItems": [{"Put": {"TableName": "orders"}}], "RequestItems": {"orders": []}
        });
        assert_eq!(named(body).unwrap(), plain);
    }

    #[test]
    fn anothers_arn_is_denied_wherever_it_stands() {
        let arn = "arn:aws:dynamodb:us-east-1:999999999999:table/orders";
        for body in [
            json!({"TableName": arn}),
            json!({"TransactItems": [{"Put": {"TableName": arn}}]}),
            json!({"RequestItems": {arn: []}}),
            json!({"ResourceArn": arn}),
        ] {
            assert_eq!(
                named(body.clone()).unwrap_err(),
                "AccessDeniedException",
                "{body}"
            );
        }
        let stream = format!("{arn}/stream/2026-11-21T00:00:00.000");
        assert_eq!(
            place().own_stream("DescribeStream", &stream).unwrap_err().kind,
            "AccessDeniedException"
        );
    }

    #[test]
    fn a_stream_is_named_by_table_and_label() {
        let arn = place().stream_arn("orders", "2026-11-21T00:00:00.000");
        let named = place().own_stream("DescribeStream", &arn).unwrap();
        assert_eq!(
            (named.table.as_str(), named.label.as_str()),
            ("orders", "2026-11-21T00:00:00.000")
        );
        for odd in [
            "orders",
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            "arn:aws:sns:us-east-1:123456789012:x",
        ] {
            assert_eq!(
                place().own_stream("DescribeStream", odd).unwrap_err().kind,
                "ValidationException",
                "{odd}"
            );
        }
    }

    #[test]
    fn names_that_sqlite_cannot_tell_apart_are_refused_in_words() {
        let others = ["Orders".to_owned()];
        assert_eq!(
            taken("Orders", &others),
            None,
            "the engine itself says that it exists"
        );
        for name in ["orders", "_Tables", "sqlite_master"] {
            assert!(taken(name, &others).is_some(), "{name}");
        }
    }
}
