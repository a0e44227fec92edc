//! A standard queue's life: send, receive, hide, come back, delete.

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName as System,
    QueueAttributeName as Name, SendMessageBatchRequestEntry,
};

use crate::house::{House, bodies, code, counts, delete, keep, queue, receive, receive_up_to, send, system};

#[tokio::test]
async fn a_received_message_is_hidden_until_its_timeout_and_comes_back_with_a_higher_count() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::VisibilityTimeout, "5")]).await;
    let id = send(&sqs, &url, "coffee").await;

    let first = receive(&sqs, &url).await;
    assert_eq!(first[0].message_id(), Some(id.as_str()));
    assert_eq!(system(&first[0], &System::ApproximateReceiveCount), "1");
    house.pass(4);
    assert!(receive(&sqs, &url).await.is_empty(), "hidden still");
    house.pass(1);
    let second = receive(&sqs, &url).await;
    assert_eq!(system(&second[0], &System::ApproximateReceiveCount), "2");
    assert_ne!(first[0].receipt_handle(), second[0].receipt_handle());
    assert_eq!(
        system(&first[0], &System::ApproximateFirstReceiveTimestamp),
        system(&second[0], &System::ApproximateFirstReceiveTimestamp)
    );

    delete(&sqs, &url, &first[0]).await;
    assert_eq!(
        counts(&sqs, &url).await,
        ["0", "1", "0"],
        "a stale handle deletes nothing"
    );
    delete(&sqs, &url, &second[0]).await;
    delete(&sqs, &url, &second[0]).await;
    house.pass(60);
    assert!(receive(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn a_timeout_can_be_ended_prolonged_and_not_stretched_past_twelve_hours() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    send(&sqs, &url, "coffee").await;
    let message = receive(&sqs, &url).await.remove(0);
    keep(&sqs, &url, &message, 0).await;
    let message = receive(&sqs, &url).await.remove(0);
    keep(&sqs, &url, &message, 100).await;
    house.pass(99);
    assert!(receive(&sqs, &url).await.is_empty());
    let change = sqs
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(message.receipt_handle().unwrap());
    assert_eq!(
        code(change.clone().visibility_timeout(43_200).send().await),
        "InvalidParameterValue"
    );
    house.pass(1);
    assert_eq!(
        code(change.clone().visibility_timeout(5).send().await),
        "AWS.SimpleQueueService.MessageNotInflight"
    );
    let again = receive(&sqs, &url).await.remove(0);
    delete(&sqs, &url, &again).await;
    assert_eq!(
        code(change.visibility_timeout(5).send().await),
        "InvalidParameterValue"
    );
}

#[tokio::test]
async fn delays_of_queue_and_message_hold_messages_back() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::DelaySeconds, "10")]).await;
    send(&sqs, &url, "by the queue").await;
    let mut own = sqs.send_message().queue_url(&url).message_body("at once");
    own = own.delay_seconds(0);
    own.send().await.unwrap();
    assert_eq!(counts(&sqs, &url).await, ["1", "0", "1"]);
    assert_eq!(bodies(&sqs, &url).await, ["at once"]);
    house.pass(10);
    assert_eq!(bodies(&sqs, &url).await, ["by the queue"]);
}

#[tokio::test]
async fn a_long_poll_returns_when_a_message_comes_and_not_before() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    let polling = sqs.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let polling = tokio::spawn(polling);
    // Other work in between: the poll has begun, found nothing and waits.
    for _ in 0..20 {
        counts(&sqs, &url).await;
        assert!(!polling.is_finished());
    }
    send(&sqs, &url, "coffee").await;
    let got = polling.await.unwrap().unwrap().messages.unwrap();
    assert_eq!(got[0].body(), Some("coffee"));
}

#[tokio::test]
async fn a_receiver_that_hangs_up_is_given_nothing() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    let polling = tokio::spawn(sqs.receive_message().queue_url(&url).wait_time_seconds(20).send());
    for _ in 0..20 {
        counts(&sqs, &url).await;
    }
    polling.abort();
    assert!(polling.await.unwrap_err().is_cancelled());
    send(&sqs, &url, "coffee").await;
    assert_eq!(counts(&sqs, &url).await, ["1", "0", "0"]);
}

#[tokio::test]
async fn old_messages_go_and_a_purge_takes_all_once_a_minute() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::MessageRetentionPeriod, "60")]).await;
    send(&sqs, &url, "old").await;
    house.pass(59);
    send(&sqs, &url, "new").await;
    house.pass(1);
    assert_eq!(bodies(&sqs, &url).await, ["new"]);
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(counts(&sqs, &url).await, ["0", "0", "0"]);
    assert_eq!(
        code(sqs.purge_queue().queue_url(&url).send().await),
        "AWS.SimpleQueueService.PurgeQueueInProgress"
    );
    house.pass(60);
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
}

#[tokio::test]
async fn attributes_travel_with_the_message_and_are_shown_on_request() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    let attribute = |kind: &str, text: &str| {
        MessageAttributeValue::builder()
            .data_type(kind)
            .string_value(text)
            .build()
            .unwrap()
    };
    let sent = sqs
        .send_message()
        .queue_url(&url)
        .message_body("coffee")
        .message_attributes("order.size", attribute("Number", "2"))
        .message_attributes("colour", attribute("String.shade", "dark"))
        .send()
        .await
        .unwrap();
    let shown = sqs
        .receive_message()
        .queue_url(&url)
        .message_attribute_names("order.*")
        .visibility_timeout(0)
        .send();
    let shown = shown.await.unwrap().messages.unwrap().remove(0);
    let names: Vec<_> = shown.message_attributes().unwrap().keys().collect();
    assert_eq!(names, ["order.size"]);
    let all = receive(&sqs, &url).await.remove(0);
    assert_eq!(
        all.message_attributes().unwrap()["colour"].string_value(),
        Some("dark")
    );
    assert_eq!(all.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert_eq!(system(&all, &System::SentTimestamp).len(), 13);
    assert!(system(&all, &System::SenderId).starts_with("AIDA"));
}

#[tokio::test]
async fn a_batch_is_done_entry_by_entry() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::MaximumMessageSize, "1024")]).await;
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body)
            .build()
            .unwrap()
    };
    let sent = sqs
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "coffee"))
        .entries(entry("long", &"x".repeat(1_025)))
        .entries(entry("odd", "\u{1}"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.successful()
            .iter()
            .map(aws_sdk_sqs::types::SendMessageBatchResultEntry::id)
            .collect::<Vec<_>>(),
        ["good"]
    );
    let failed: Vec<_> = sent
        .failed()
        .iter()
        .map(|f| (f.id(), f.code(), f.sender_fault()))
        .collect();
    assert_eq!(
        failed,
        [
            ("long", "InvalidParameterValue", true),
            ("odd", "InvalidMessageContents", true)
        ]
    );
    let got = receive(&sqs, &url).await.remove(0);
    let done = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .build()
            .unwrap()
    };
    let deleted = sqs
        .delete_message_batch()
        .queue_url(&url)
        .entries(done("a", got.receipt_handle().unwrap()))
        .entries(done("b", "made up"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful()[0].id(), "a");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn many_receivers_share_a_queue_and_each_message_goes_to_one() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    for n in 0..60 {
        send(&sqs, &url, &n.to_string()).await;
    }
    let mut receivers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (sqs, url) = (sqs.clone(), url.clone());
        receivers.spawn(async move {
            let mut got = Vec::new();
            loop {
                let some = receive_up_to(&sqs, &url, 3).await;
                if some.is_empty() {
                    return got;
                }
                for message in some {
                    delete(&sqs, &url, &message).await;
                    got.push(message.body.unwrap().parse::<u32>().unwrap());
                }
            }
        });
    }
    let mut all: Vec<u32> = receivers.join_all().await.concat();
    all.sort_unstable();
    assert_eq!(all, (0..60).collect::<Vec<_>>());
}
