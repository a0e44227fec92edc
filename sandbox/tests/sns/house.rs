//! What these tests share: a house with topics and queues, and short words for what publishers and subscribers do.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder;
use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_sdk_sqs::types::Message;
use sandbox::{Region, Tenant};
use serde_json::Value;

pub use crate::queues::{House, arn, bodies, fifo as fifo_queue, queue, receive, system};

/// Ana's topics and her queues.
pub fn ana(house: &House) -> (Client, aws_sdk_sqs::Client) {
    (topics_of(house, &house.world.ana), house.ana())
}

pub fn topics_of(house: &House, tenant: &Tenant) -> Client {
    house.world.sandbox.sns(tenant, Region::UsEast1)
}

/// A topic; its ARN.
pub async fn topic(sns: &Client, name: &str, attributes: &[(&str, &str)]) -> String {
    let create = attributes
        .iter()
        .fold(sns.create_topic().name(name), |create, (name, value)| {
            create.attributes(*name, *value)
        });
    create.send().await.unwrap().topic_arn.unwrap()
}

pub async fn fifo_topic(sns: &Client, name: &str) -> String {
    topic(sns, name, &[("FifoTopic", "true")]).await
}

/// A subscription with these attributes; its ARN.
pub async fn subscribe(sns: &Client, topic: &str, queue: &str, attributes: &[(&str, &str)]) -> String {
    let subscribe = sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(queue);
    let subscribe = attributes
        .iter()
        .fold(subscribe, |all, (name, value)| all.attributes(*name, *value));
    subscribe.send().await.unwrap().subscription_arn.unwrap()
}

/// A queue that is subscribed: its URL, and the subscription's ARN.
pub async fn subscribed(
    house: &House,
    topic: &str,
    name: &str,
    attributes: &[(&str, &str)],
) -> (String, String) {
    let (sns, sqs) = ana(house);
    let url = if name.strip_suffix(".fifo").is_some() {
        fifo_queue(&sqs, name, &[]).await
    } else {
        queue(&sqs, name, &[]).await
    };
    let subscription = subscribe(&sns, topic, &arn(&sqs, &url).await, attributes).await;
    (url, subscription)
}

/// Publishes; the message's id.
pub async fn publish(sns: &Client, topic: &str, message: &str) -> String {
    let published = sns.publish().topic_arn(topic).message(message).send().await;
    published.unwrap().message_id.unwrap()
}

/// Publishes to a FIFO topic; the sequence number.
pub async fn publish_to(sns: &Client, topic: &str, group: &str, id: &str) -> String {
    let message = ordered(sns, topic, group, id).message(id);
    message.send().await.unwrap().sequence_number.unwrap()
}

pub fn ordered(sns: &Client, topic: &str, group: &str, id: &str) -> PublishFluentBuilder {
    let publish = sns.publish().topic_arn(topic).message(id);
    publish.message_group_id(group).message_deduplication_id(id)
}

pub fn text(data_type: &str, value: &str) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder().data_type(data_type);
    attribute.string_value(value).build().unwrap()
}

pub fn binary(value: &[u8]) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder().data_type("Binary");
    attribute.binary_value(Blob::new(value)).build().unwrap()
}

/// The envelope that a message came in.
pub fn envelope(message: &Message) -> Value {
    serde_json::from_str(message.body().unwrap()).unwrap()
}

/// The messages in the envelopes in a queue.
pub async fn messages(sqs: &aws_sdk_sqs::Client, url: &str) -> Vec<String> {
    let received = receive(sqs, url).await;
    received
        .iter()
        .map(|message| envelope(message)["Message"].as_str().unwrap().to_owned())
        .collect()
}

/// Code and words of a refusal.
pub fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata, R>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    match result {
        Err(SdkError::ServiceError(error)) => {
            let error = error.err();
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            (text(error.code()), text(error.message()))
        }
        Err(_) => ("no answer".to_owned(), String::new()),
        Ok(answer) => panic!("this should be refused, and answered {answer:?}"),
    }
}

pub fn code<T: std::fmt::Debug, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    refused(result).0
}
