//! What these tests share: a world with a clock of its own, and short words for what receivers and senders do.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use chrono::{DateTime, Utc};
use sandbox::{Clock, Region, Tenant};

use crate::common::World;

/// A world whose queues go by a clock of the test's.
pub struct House {
    pub world: World,
    millis: Arc<AtomicI64>,
}

impl House {
    pub async fn new() -> Self {
        let millis = Arc::new(AtomicI64::new(Utc::now().timestamp_millis()));
        let shown = Arc::clone(&millis);
        let clock = Clock::new(move || {
            DateTime::from_timestamp_millis(shown.load(Ordering::SeqCst)).unwrap_or_default()
        });
        let world = World::with(|settings| settings.clock = clock).await;
        Self { world, millis }
    }

    /// The same after its process stopped and started again.
    pub async fn restarted(self) -> Self {
        Self {
            world: self.world.restarted().await,
            millis: self.millis,
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.millis.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn ana(&self) -> Client {
        self.of(&self.world.ana)
    }

    pub fn of(&self, tenant: &Tenant) -> Client {
        self.world.sandbox.sqs(tenant, Region::UsEast1)
    }
}

/// A queue with these attributes; its URL.
pub async fn queue(sqs: &Client, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
    let mut create = sqs.create_queue().queue_name(name);
    for (attribute, value) in attributes {
        create = create.attributes(attribute.clone(), *value);
    }
    create.send().await.unwrap().queue_url.unwrap()
}

pub async fn fifo(sqs: &Client, name: &str, more: &[(QueueAttributeName, &str)]) -> String {
    let mut attributes = vec![(QueueAttributeName::FifoQueue, "true")];
    attributes.extend_from_slice(more);
    queue(sqs, name, &attributes).await
}

pub async fn send(sqs: &Client, url: &str, body: &str) -> String {
    let sent = sqs.send_message().queue_url(url).message_body(body).send().await;
    sent.unwrap().message_id.unwrap()
}

/// Sends to a FIFO queue; the sequence number.
pub async fn send_to(sqs: &Client, url: &str, group: &str, id: &str) -> String {
    let message = sqs.send_message().queue_url(url).message_body(id);
    let sent = message
        .message_group_id(group)
        .message_deduplication_id(id)
        .send()
        .await;
    sent.unwrap().sequence_number.unwrap()
}

/// Up to ten messages with their system attributes.
pub async fn receive(sqs: &Client, url: &str) -> Vec<Message> {
    receive_up_to(sqs, url, 10).await
}

pub async fn receive_up_to(sqs: &Client, url: &str, most: i32) -> Vec<Message> {
    let received = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(most)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await;
    received.unwrap().messages.unwrap_or_default()
}

pub async fn bodies(sqs: &Client, url: &str) -> Vec<String> {
    let messages = receive(sqs, url).await;
    messages.into_iter().filter_map(|m| m.body).collect()
}

pub async fn delete(sqs: &Client, url: &str, message: &Message) {
    let handle = message.receipt_handle().unwrap();
    let deleted = sqs.delete_message().queue_url(url).receipt_handle(handle).send();
    deleted.await.unwrap();
}

pub async fn keep(sqs: &Client, url: &str, message: &Message, seconds: i32) {
    let handle = message.receipt_handle().unwrap();
    let change = sqs
        .change_message_visibility()
        .queue_url(url)
        .receipt_handle(handle);
    change.visibility_timeout(seconds).send().await.unwrap();
}

pub fn system(message: &Message, name: &MessageSystemAttributeName) -> String {
    let attributes = message.attributes().unwrap();
    attributes.get(name).cloned().unwrap_or_default()
}

/// Messages to receive, in flight, delayed.
pub async fn counts(sqs: &Client, url: &str) -> [String; 3] {
    use QueueAttributeName as Name;
    let got = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(Name::All);
    let all = got.send().await.unwrap().attributes.unwrap();
    [
        Name::ApproximateNumberOfMessages,
        Name::ApproximateNumberOfMessagesNotVisible,
        Name::ApproximateNumberOfMessagesDelayed,
    ]
    .map(|name| all[&name].clone())
}

pub async fn arn(sqs: &Client, url: &str) -> String {
    let name = QueueAttributeName::QueueArn;
    let got = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(name.clone());
    got.send().await.unwrap().attributes.unwrap()[&name].clone()
}

/// The code by which programs know a refusal.
pub fn code<T: std::fmt::Debug, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Err(SdkError::ServiceError(error)) => error.err().code().unwrap_or_default().to_owned(),
        Err(_) => "no answer".to_owned(),
        Ok(answer) => panic!("this should be refused, and answered {answer:?}"),
    }
}
