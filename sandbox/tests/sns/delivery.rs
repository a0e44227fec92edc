//! From a topic into queues: the envelope, raw messages, attributes, batches, dead letters.

use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::house::{
    House, ana, arn, binary, bodies, envelope, messages, publish, queue, receive, subscribe, subscribed,
    text, topic,
};

fn entry(id: &str, message: &str) -> PublishBatchRequestEntry {
    let entry = PublishBatchRequestEntry::builder().id(id).message(message);
    entry.build().unwrap()
}

#[tokio::test]
async fn an_envelope_has_every_field() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, subscription) = subscribed(&house, &orders, "mail", &[]).await;
    let published = sns
        .publish()
        .topic_arn(&orders)
        .message("héllo \"you\"\r\n")
        .subject("Hi");
    let published = published
        .message_attributes("colour", text("String", "red"))
        .message_attributes("size", text("Number", "1.50"))
        .message_attributes("list", text("String.Array", "[\"a\",1]"))
        .message_attributes("bytes", binary(&[0, 1]));
    let id = published.send().await.unwrap().message_id.unwrap();
    let received = receive(&sqs, &url).await.remove(0);
    assert_eq!(received.message_attributes(), None);
    let shown = envelope(&received);
    for (name, value) in [
        ("Type", json!("Notification")),
        ("MessageId", json!(id)),
        ("TopicArn", json!(orders)),
        ("Subject", json!("Hi")),
        ("Message", json!("héllo \"you\"\r\n")),
        ("SignatureVersion", json!("1")),
        (
            "MessageAttributes",
            json!({
                "colour": {"Type": "String", "Value": "red"},
                "size": {"Type": "Number", "Value": "1.50"},
                "list": {"Type": "String.Array", "Value": "[\"a\",1]"},
                "bytes": {"Type": "Binary", "Value": "AAE="},
            }),
        ),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let unsubscribe = shown["UnsubscribeURL"].as_str().unwrap();
    assert!(unsubscribe.ends_with(&format!("?Action=Unsubscribe&SubscriptionArn={subscription}")));
    let timestamp = shown["Timestamp"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(timestamp).is_ok());
    assert_eq!((timestamp.len(), timestamp.ends_with('Z')), (24, true));
    for name in ["Signature", "SigningCertURL"] {
        assert!(!shown[name].as_str().unwrap().is_empty(), "{name}");
    }
    assert_eq!(shown.as_object().unwrap().len(), 11);
}

#[tokio::test]
async fn what_was_not_given_is_not_in_the_envelope() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    publish(&sns, &orders, "m").await;
    let shown = envelope(&receive(&sqs, &url).await[0]);
    for name in ["Subject", "MessageAttributes", "SequenceNumber"] {
        assert_eq!(shown.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn raw_delivery_is_the_message_and_its_attributes() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[("RawMessageDelivery", "true")]).await;
    let published = sns.publish().topic_arn(&orders).message("m").subject("gone");
    let published = published
        .message_attributes("size", text("Number", "19.12"))
        .message_attributes("list", text("String.Array", "[1]"))
        .message_attributes("bytes", binary(&[2, 3]));
    published.send().await.unwrap();
    let received = receive(&sqs, &url).await.remove(0);
    assert_eq!(received.body(), Some("m"));
    let attributes = received.message_attributes().unwrap();
    assert_eq!(attributes.len(), 3);
    assert_eq!(attributes["size"].data_type(), "Number");
    assert_eq!(attributes["size"].string_value(), Some("19.12"));
    assert_eq!(attributes["list"].data_type(), "String.Array");
    assert_eq!(attributes["bytes"].binary_value().unwrap().as_ref(), [2, 3]);
}

#[tokio::test]
async fn more_than_ten_attributes_go_in_an_envelope_and_not_raw() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (raw, _) = subscribed(&house, &orders, "raw", &[("RawMessageDelivery", "true")]).await;
    let (wrapped, _) = subscribed(&house, &orders, "wrapped", &[]).await;
    for count in [10, 11] {
        let message = sns.publish().topic_arn(&orders).message(count.to_string());
        let message = (0..count).fold(message, |message, n| {
            message.message_attributes(format!("a{n}"), text("String", "x"))
        });
        message.send().await.unwrap();
    }
    assert_eq!(bodies(&sqs, &raw).await, ["10"]);
    assert_eq!(messages(&sqs, &wrapped).await, ["10", "11"]);
}

#[tokio::test]
async fn every_subscription_gets_its_copy_and_earlier_messages_none() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    publish(&sns, &orders, "before").await;
    let (a, _) = subscribed(&house, &orders, "a", &[]).await;
    let (b, _) = subscribed(&house, &orders, "b", &[]).await;
    for n in 0..8 {
        publish(&sns, &orders, &n.to_string()).await;
    }
    for url in [&a, &b] {
        let mut got = messages(&sqs, url).await;
        got.sort();
        assert_eq!(got.concat(), "01234567");
    }
}

#[tokio::test]
async fn none_of_many_at_once_is_lost() {
    const PUBLISHERS: usize = 8;
    const EACH: usize = 50;
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[("RawMessageDelivery", "true")]).await;
    let mut publishers = tokio::task::JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let (sns, orders) = (sns.clone(), orders.clone());
        publishers.spawn(async move {
            for n in 0..EACH {
                publish(&sns, &orders, &format!("{publisher}/{n}")).await;
            }
        });
    }
    publishers.join_all().await;
    let mut got = std::collections::BTreeSet::new();
    loop {
        let page = bodies(&sqs, &url).await;
        if page.is_empty() {
            break;
        }
        got.extend(page);
    }
    assert_eq!(got.len(), PUBLISHERS * EACH);
}

#[tokio::test]
async fn a_message_may_say_something_else_to_queues() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    for message in [
        r#"{"default":"to all"}"#,
        r#"{"default":"to all","sqs":"to queues","http":"to others"}"#,
    ] {
        let publish = sns.publish().topic_arn(&orders).message(message);
        publish.message_structure("json").send().await.unwrap();
    }
    assert_eq!(messages(&sqs, &url).await, ["to all", "to queues"]);
}

#[tokio::test]
async fn a_batch_tells_of_each_entry_and_delivers_the_good_ones_in_order() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    let odd = PublishBatchRequestEntry::builder().id("odd").message("x");
    let odd = odd.message_deduplication_id("only for FIFO").build().unwrap();
    let batch = sns.publish_batch().topic_arn(&orders);
    let batch = batch
        .publish_batch_request_entries(entry("one", "1"))
        .publish_batch_request_entries(odd)
        .publish_batch_request_entries(entry("empty", ""))
        .publish_batch_request_entries(entry("two", "2"));
    let answer = batch.send().await.unwrap();
    let done: Vec<_> = answer.successful().iter().filter_map(|e| e.id()).collect();
    assert_eq!(done, ["one", "two"]);
    let failed: Vec<_> = answer
        .failed()
        .iter()
        .map(|e| (e.id(), e.code(), e.sender_fault()))
        .collect();
    assert_eq!(
        failed,
        [
            ("odd", "InvalidParameter", true),
            ("empty", "InvalidParameter", true)
        ]
    );
    assert_eq!(messages(&sqs, &url).await, ["1", "2"]);
}

#[tokio::test]
async fn what_a_deleted_queue_cannot_take_becomes_a_dead_letter() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let dead = queue(&sqs, "dead", &[]).await;
    let redrive = format!(r#"{{"deadLetterTargetArn":"{}"}}"#, arn(&sqs, &dead).await);
    let raw = [("RawMessageDelivery", "true"), ("RedrivePolicy", &*redrive)];
    let (url, _) = subscribed(&house, &orders, "mail", &[("RedrivePolicy", &redrive)]).await;
    let (raw_url, _) = subscribed(&house, &orders, "raw", &raw).await;
    publish(&sns, &orders, "to both").await;
    for url in [&url, &raw_url] {
        sqs.delete_queue().queue_url(url).send().await.unwrap();
    }
    let message = sns.publish().topic_arn(&orders).message("to none");
    let message = message.message_attributes("size", text("Number", "1"));
    message.send().await.unwrap();
    let letters = receive(&sqs, &dead).await;
    assert_eq!(letters.len(), 2);
    let (raw, wrapped): (Vec<_>, Vec<_>) = letters.iter().partition(|m| m.body() == Some("to none"));
    assert_eq!(
        raw[0].message_attributes().unwrap()["size"].string_value(),
        Some("1")
    );
    assert_eq!(envelope(wrapped[0])["Message"], "to none");
}

#[tokio::test]
async fn a_queue_that_comes_later_gets_what_comes_after_it() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let endpoint = format!("arn:aws:sqs:us-east-1:{}:mail", house.world.ana.account_id);
    subscribe(&sns, &orders, &endpoint, &[]).await;
    publish(&sns, &orders, "nobody there").await;
    let url = queue(&sqs, "mail", &[]).await;
    publish(&sns, &orders, "hello").await;
    assert_eq!(messages(&sqs, &url).await, ["hello"]);
}

#[tokio::test]
async fn a_queues_own_settings_hold_for_what_topics_bring() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let late = [(QueueAttributeName::DelaySeconds, "60")];
    let url = queue(&sqs, "late", &late).await;
    subscribe(&sns, &orders, &arn(&sqs, &url).await, &[]).await;
    publish(&sns, &orders, "m").await;
    assert!(messages(&sqs, &url).await.is_empty());
    house.pass(60);
    assert_eq!(messages(&sqs, &url).await, ["m"]);
}

#[tokio::test]
async fn a_group_makes_a_standard_queue_fair() {
    use aws_sdk_sqs::types::MessageSystemAttributeName as System;
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    let message = sns
        .publish()
        .topic_arn(&orders)
        .message("m")
        .message_group_id("ana");
    message.send().await.unwrap();
    let received = receive(&sqs, &url).await.remove(0);
    assert_eq!(crate::house::system(&received, &System::MessageGroupId), "ana");
}
