//! FIFO topics: order, duplicates, sequence numbers, and what queues of both kinds get.

use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::MessageSystemAttributeName as System;

use crate::house::{
    House, ana, arn, bodies, envelope, fifo_queue, fifo_topic, messages, ordered, publish_to, queue, receive,
    refused, subscribed, system, topic,
};

#[tokio::test]
async fn order_ids_and_numbers_reach_the_queue() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (url, _) = subscribed(&house, &orders, "mail.fifo", &[]).await;
    let mut numbers = Vec::new();
    for id in ["1", "2", "3"] {
        numbers.push(publish_to(&sns, &orders, "ana", id).await);
    }
    assert!(numbers.is_sorted() && numbers.iter().all(|number| number.len() == 20));
    let received = receive(&sqs, &url).await;
    for ((message, number), id) in received.iter().zip(&numbers).zip(["1", "2", "3"]) {
        let shown = envelope(message);
        assert_eq!(shown["Message"], id);
        assert_eq!(shown["SequenceNumber"], **number);
        assert_eq!(system(message, &System::MessageGroupId), "ana");
        assert_eq!(system(message, &System::MessageDeduplicationId), id);
    }
    assert_eq!(received.len(), 3);
}

#[tokio::test]
async fn a_duplicate_is_accepted_and_not_delivered_for_five_minutes() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    // A queue that is not FIFO knows no duplicates of its own.
    let (url, _) = subscribed(&house, &orders, "mail", &[("RawMessageDelivery", "true")]).await;
    let first = publish_to(&sns, &orders, "ana", "1").await;
    house.pass(299);
    assert_eq!(publish_to(&sns, &orders, "ben", "1").await, first);
    assert_eq!(bodies(&sqs, &url).await, ["1"]);
    house.pass(1);
    assert!(publish_to(&sns, &orders, "ana", "1").await > first);
    assert_eq!(
        bodies(&sqs, &url).await,
        ["1"],
        "a new one; the first is in flight"
    );
}

#[tokio::test]
async fn content_makes_the_id_where_the_topic_says_so() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let content = [("FifoTopic", "true"), ("ContentBasedDeduplication", "true")];
    let orders = topic(&sns, "orders.fifo", &content).await;
    let (url, _) = subscribed(&house, &orders, "mail.fifo", &[]).await;
    for message in ["same", "same", "other"] {
        let publish = sns.publish().topic_arn(&orders).message(message);
        publish.message_group_id("ana").send().await.unwrap();
    }
    let received = receive(&sqs, &url).await;
    assert_eq!(received.len(), 2);
    assert_eq!(
        system(&received[0], &System::MessageDeduplicationId),
        "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5",
        "the SHA-256 of the message"
    );
}

#[tokio::test]
async fn groups_may_have_their_duplicates_apart() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let apart = [("FifoTopic", "true"), ("FifoThroughputScope", "MessageGroup")];
    let orders = topic(&sns, "orders.fifo", &apart).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    for group in ["ana", "ben", "ana"] {
        publish_to(&sns, &orders, group, "1").await;
    }
    assert_eq!(messages(&sqs, &url).await.len(), 2);
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_drops_its_own_duplicates() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (url, _) = subscribed(&house, &orders, "mail.fifo", &[("RawMessageDelivery", "true")]).await;
    let ids = ["3", "1", "2", "1"];
    let batch = (0..)
        .zip(ids)
        .fold(sns.publish_batch().topic_arn(&orders), |batch, (n, id)| {
            let entry = PublishBatchRequestEntry::builder()
                .id(format!("e{n}"))
                .message(id);
            let entry = entry.message_group_id("ana").message_deduplication_id(id);
            batch.publish_batch_request_entries(entry.build().unwrap())
        });
    let answer = batch.send().await.unwrap();
    let numbers: Vec<_> = answer
        .successful()
        .iter()
        .filter_map(|e| e.sequence_number())
        .collect();
    assert!(numbers[..3].is_sorted());
    assert_eq!(
        numbers[1], numbers[3],
        "a duplicate is told what the first was told"
    );
    assert_eq!(bodies(&sqs, &url).await, ["3", "1", "2"]);
}

#[tokio::test]
async fn many_publishers_at_once_are_in_one_order_everywhere() {
    const PUBLISHERS: usize = 6;
    const EACH: usize = 15;
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (a, _) = subscribed(&house, &orders, "a.fifo", &[]).await;
    let (b, _) = subscribed(&house, &orders, "b.fifo", &[]).await;
    let mut publishers = tokio::task::JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let (sns, orders) = (sns.clone(), orders.clone());
        publishers.spawn(async move {
            for n in 0..EACH {
                publish_to(&sns, &orders, "one", &format!("{publisher}/{n:02}")).await;
            }
        });
    }
    publishers.join_all().await;
    let mut seen = Vec::new();
    for url in [&a, &b] {
        let mut numbers = Vec::new();
        loop {
            let received = receive(&sqs, url).await;
            if received.is_empty() {
                break;
            }
            for message in received {
                let number = envelope(&message)["SequenceNumber"].as_str().unwrap().to_owned();
                numbers.push(number);
                crate::queues::delete(&sqs, url, &message).await;
            }
        }
        assert_eq!(numbers.len(), PUBLISHERS * EACH);
        assert!(numbers.is_sorted(), "the queue's order is the topic's");
        seen.push(numbers);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_a_fifo_topic_needs_is_asked_for() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let plain = topic(&sns, "orders", &[]).await;
    let message = |topic: &str| sns.publish().topic_arn(topic).message("m");
    assert_eq!(
        refused(message(&orders).message_deduplication_id("1").send().await).1,
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    );
    assert_eq!(
        refused(message(&orders).message_group_id("ana").send().await).1,
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
         provided explicitly"
    );
    assert_eq!(
        refused(message(&plain).message_deduplication_id("1").send().await).1,
        "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that \
         is not valid for this topic type"
    );
    let spaced = ordered(&sns, &orders, "two words", "1").send().await;
    assert_eq!(refused(spaced).0, "InvalidParameter");
}

#[tokio::test]
async fn an_entry_without_a_group_fails_alone_and_a_batch_without_any_as_a_whole() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (url, _) = subscribed(&house, &orders, "mail.fifo", &[("RawMessageDelivery", "true")]).await;
    let entry = |id: &str| PublishBatchRequestEntry::builder().id(id).message(id);
    let wrong = entry("wrong").message_deduplication_id("1").build().unwrap();
    let fine = entry("fine")
        .message_group_id("ana")
        .message_deduplication_id("2");
    let batch = sns
        .publish_batch()
        .topic_arn(&orders)
        .publish_batch_request_entries(wrong);
    assert_eq!(
        refused(batch.clone().send().await).1,
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    );
    let batch = batch.publish_batch_request_entries(fine.build().unwrap());
    let answer = batch.send().await.unwrap();
    assert_eq!(answer.failed()[0].id(), "wrong");
    assert_eq!(answer.failed()[0].code(), "InvalidParameter");
    assert_eq!(answer.successful()[0].id(), Some("fine"));
    assert_eq!(bodies(&sqs, &url).await, ["fine"]);
}

#[tokio::test]
async fn a_standard_queue_gets_the_messages_without_the_ids() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    let number = publish_to(&sns, &orders, "ana", "1").await;
    let received = receive(&sqs, &url).await.remove(0);
    assert_eq!(envelope(&received)["SequenceNumber"], number);
    assert_eq!(system(&received, &System::MessageGroupId), "");
    assert_eq!(system(&received, &System::MessageDeduplicationId), "");
}

#[tokio::test]
async fn dead_letters_of_a_fifo_subscription_keep_their_order() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let dead = fifo_queue(&sqs, "dead.fifo", &[]).await;
    let plain = arn(&sqs, &queue(&sqs, "dead", &[]).await).await;
    let policy = |target: &str| format!(r#"{{"deadLetterTargetArn":"{target}"}}"#);
    let redrive = policy(&arn(&sqs, &dead).await);
    let (url, subscription) = subscribed(&house, &orders, "mail.fifo", &[("RedrivePolicy", &redrive)]).await;
    let set = sns.set_subscription_attributes().subscription_arn(subscription);
    let set = set
        .attribute_name("RedrivePolicy")
        .attribute_value(policy(&plain));
    assert_eq!(
        refused(set.send().await).1,
        "Invalid parameter: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
    );
    sqs.delete_queue().queue_url(url).send().await.unwrap();
    for id in ["1", "2"] {
        publish_to(&sns, &orders, "ana", id).await;
    }
    let letters = receive(&sqs, &dead).await;
    assert_eq!(letters.len(), 2);
    assert_eq!(envelope(&letters[0])["Message"], "1");
    assert_eq!(system(&letters[0], &System::MessageGroupId), "ana");
}
