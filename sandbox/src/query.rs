//! AWS's older protocol, which SNS speaks still: parameters come as a form with dots in their names, answers go as XML.
//! Knows no service. Source: the query protocol of the service models ("AWS Query protocol" in the Smithy documentation).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::wire::Refusal;

/// A request's parameters, or those under one of them: `Tags.member.1.Key` is `Key` of the first item of `Tags.member`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// The parameters in a request's body.
    pub fn of(body: Value) -> Self {
        let Value::Object(fields) = body else {
            return Self::default();
        };
        let texts = fields.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        Self(texts.collect())
    }

    /// One parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// One parameter that must be there; it may be empty.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| {
            let mut letters = name.chars();
            let small: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
            missing(&format!("{small}{}", letters.as_str()))
        })
    }

    /// What stands under a parameter's name and a dot.
    pub fn under(&self, name: &str) -> Self {
        let prefix = format!("{name}.");
        let below = self.0.range(prefix.clone()..);
        let below = below.map_while(|(name, value)| Some((name.strip_prefix(&prefix)?, value)));
        Self(
            below
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        )
    }

    /// The items of a list, in the order of their numbers. A plain item has its text under the empty name.
    pub fn items(&self, list: &str) -> Vec<Self> {
        let mut items: BTreeMap<u32, Self> = BTreeMap::new();
        for (name, value) in self.under(list).0 {
            let (number, rest) = name.split_once('.').unwrap_or((&name, ""));
            if let Ok(number) = number.parse() {
                items.entry(number).or_default().0.insert(rest.to_owned(), value);
            }
        }
        items.into_values().collect()
    }

    /// The texts of a list of plain items.
    pub fn texts(&self, list: &str) -> Vec<String> {
        let items = self.items(list).into_iter();
        items.filter_map(|mut item| item.0.remove("")).collect()
    }

    /// A map of texts, as it was sent: pairs, perhaps with a key twice.
    pub fn pairs(&self, list: &str, key: &str, value: &str) -> Vec<(String, String)> {
        let pair = |item: Self| {
            let text = item.text(value).unwrap_or_default().to_owned();
            Some((item.text(key)?.to_owned(), text))
        };
        self.items(list).into_iter().filter_map(pair).collect()
    }
}

/// What AWS says of a parameter that is not there.
pub fn missing(path: &str) -> Refusal {
    Refusal::new(
        "ValidationError",
        format!(
            "1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ),
    )
}

/// XML in the making: elements one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Xml(String);

impl Xml {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element with text.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.open(name);
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // Readers of XML make other line ends out of this one unless it is written so.
                '\r' => self.0.push_str("&#xD;"),
                '\t' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'.. => self.0.push(letter),
                // XML has no way to say these.
                _ => self.0.push('\u{FFFD}'),
            }
        }
        self.close(name);
        self
    }

    /// Adds an element with text, if there is one.
    #[must_use]
    pub fn maybe(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds an element with elements in it.
    #[must_use]
    pub fn element(mut self, name: &str, inner: &Self) -> Self {
        self.open(name);
        self.0.push_str(&inner.0);
        self.close(name);
        self
    }

    /// Adds a list: each item in an element `member`.
    #[must_use]
    pub fn list(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let members = items
            .into_iter()
            .fold(Self::new(), |all, item| all.element("member", &item));
        self.element(name, &members)
    }

    /// Adds a map of texts: each pair in an element `entry`.
    #[must_use]
    pub fn map(self, name: &str, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let entries = pairs.into_iter().fold(Self::new(), |all, (key, value)| {
            all.element("entry", &Self::new().text("key", &key).text("value", &value))
        });
        self.element(name, &entries)
    }

    fn open(&mut self, name: &str) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "<{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }
}

/// The namespace of SNS's answers, the one service here that speaks so.
const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An answer's body. Operations that answer nothing have no result.
pub fn answer(operation: &str, result: Option<&Xml>, request_id: &str) -> String {
    let mut body = Xml::new();
    if let Some(result) = result {
        body = body.element(&format!("{operation}Result"), result);
    }
    let body = body.element("ResponseMetadata", &Xml::new().text("RequestId", request_id));
    document(&format!("{operation}Response"), &body)
}

/// A refusal's body.
pub fn refused(refusal: &Refusal, request_id: &str) -> String {
    let fault = if refusal.status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    let error = Xml::new()
        .text("Type", fault)
        .text("Code", &refusal.kind)
        .text("Message", &refusal.message);
    let body = Xml::new().element("Error", &error).text("RequestId", request_id);
    document("ErrorResponse", &body)
}

fn document(root: &str, body: &Xml) -> String {
    format!("<{root} xmlns=\"{NAMESPACE}\">{}</{root}>\n", body.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params() -> Params {
        Params::of(json!({
            "Name": "orders",
            "Attributes.entry.1.key": "DisplayName",
            "Attributes.entry.1.value": "Orders",
            "Tags.member.10.Key": "last",
            "Tags.member.2.Key": "first",
            "TagKeys.member.1": "a",
            "TagKeys.member.2": "b",
            "Empty": "",
        }))
    }

    #[test]
    fn lists_and_maps_are_read_from_dotted_names() {
        let params = params();
        assert_eq!(params.needed("Name").unwrap(), "orders");
        assert_eq!(params.texts("TagKeys.member"), ["a", "b"]);
        assert_eq!(
            params.pairs("Attributes.entry", "key", "value"),
            [("DisplayName".to_owned(), "Orders".to_owned())]
        );
        let tags: Vec<_> = params
            .items("Tags.member")
            .iter()
            .filter_map(|t| t.text("Key").map(str::to_owned))
            .collect();
        assert_eq!(tags, ["first", "last"], "in the order of numbers, not of text");
        assert!(params.items("Empty").is_empty());
        assert!(
            params
                .needed("TopicArn")
                .unwrap_err()
                .message
                .contains("'topicArn'")
        );
    }

    #[test]
    fn what_xml_cannot_hold_is_escaped() {
        let xml = Xml::new().text("a", "<b> & \"c\"\r\n\u{1}é");
        assert_eq!(xml.0, "<a>&lt;b&gt; &amp; &quot;c&quot;&#xD;\n\u{FFFD}é</a>");
    }

    #[test]
    fn an_answer_carries_its_result_and_the_requests_id() {
        let result = Xml::new().map("Attributes", [("k".to_owned(), "v".to_owned())]);
        let body = answer("GetTopicAttributes", Some(&result), "id");
        assert_eq!(
            body,
            "<GetTopicAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetTopicAttributesResult>\
             <Attributes><entry><key>k</key><value>v</value></entry></Attributes></GetTopicAttributesResult>\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetTopicAttributesResponse>\n"
        );
    }
}
