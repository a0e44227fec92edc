//! A published message as a queue gets it: in its envelope, or raw. Source: Amazon SNS Developer Guide, "Parsing message
//! formats" and "Raw message delivery".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use serde::Serialize;

use super::arn::{Place, SubscriptionKey};
use super::attribute::Attributes;
use super::message::Message;
use super::subscription::Subscription;
use crate::sqs::{Attribute, Data};
use crate::token::Sealer;

/// A message that was published.
pub struct Notification<'a> {
    pub message: &'a Message,
    pub topic: String,
    pub id: &'a str,
    /// FIFO topics number their messages.
    pub sequence: Option<String>,
    /// Unix milliseconds.
    pub at: i64,
    pub signature_version: &'a str,
}

/// The envelope, its fields in AWS's order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    r#type: &'a str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<&'a str>,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: String,
    #[serde(flatten)]
    signed: Option<Signed<'a>>,
    #[serde(rename = "UnsubscribeURL")]
    unsubscribe_url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, Shown<'a>>,
}

/// What FIFO topics leave out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Signed<'a> {
    signature_version: &'a str,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'a> {
    r#type: &'a str,
    value: String,
}

/// Where an envelope comes from.
pub struct Origin<'a> {
    pub place: &'a Place,
    pub host: &'a str,
    pub sealer: &'a Sealer,
}

impl Notification<'_> {
    /// The body and the attributes that a subscription's queue gets.
    pub fn to(&self, subscription: &Subscription, origin: &Origin<'_>) -> (String, Attributes) {
        if subscription.raw {
            (self.message.text.clone(), self.message.attributes.clone())
        } else {
            (self.enveloped(&subscription.key(), origin), BTreeMap::new())
        }
    }

    fn enveloped(&self, subscription: &SubscriptionKey, origin: &Origin<'_>) -> String {
        let message = self.message;
        let timestamp = DateTime::from_timestamp_millis(self.at)
            .unwrap_or_default()
            .to_rfc3339_opts(SecondsFormat::Millis, true);
        let place = origin.place;
        let signed = self.sequence.is_none().then(|| Signed {
            signature_version: self.signature_version,
            signature: self.signature(&timestamp, origin.sealer),
            signing_cert_url: format!(
                "https://sns.{}.amazonaws.com/SimpleNotificationService-{CERTIFICATE}.pem",
                place.region
            ),
        });
        let envelope = Envelope {
            r#type: "Notification",
            message_id: self.id,
            sequence_number: self.sequence.as_deref(),
            topic_arn: &self.topic,
            subject: message.subject.as_deref(),
            message: &message.text,
            timestamp,
            signed,
            unsubscribe_url: format!(
                "http://{}/?Action=Unsubscribe&SubscriptionArn={}",
                origin.host,
                place.subscription(subscription)
            ),
            message_attributes: message
                .attributes
                .iter()
                .map(|(name, attribute)| (name.as_str(), Shown::of(attribute)))
                .collect(),
        };
        // Texts and maps of texts can always be written.
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    /// Shaped as AWS's, over the same text, and made with the tenant's own key. There is no certificate to check it by: who
    /// reads from a queue knows by the queue whom a message is from.
    fn signature(&self, timestamp: &str, sealer: &Sealer) -> String {
        let subject = self.message.subject.as_ref();
        let subject = subject.map_or_else(String::new, |subject| format!("Subject\n{subject}\n"));
        let signed = format!(
            "Message\n{}\nMessageId\n{}\n{subject}Timestamp\n{timestamp}\nTopicArn\n{}\nType\nNotification\n",
            self.message.text, self.id, self.topic
        );
        let whole = sealer.seal(&signed).unwrap_or_default();
        STANDARD.encode(whole.strip_prefix(&signed).unwrap_or_default())
    }
}

/// The name of a certificate that is nowhere.
const CERTIFICATE: &str = "7ff5318490ec183fbaddaa2a969abfda";

impl<'a> Shown<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        Self {
            r#type: &attribute.data_type,
            value: match &attribute.value {
                Data::Text(text) => text.clone(),
                Data::Binary(bytes) => STANDARD.encode(bytes),
            },
        }
    }
}
