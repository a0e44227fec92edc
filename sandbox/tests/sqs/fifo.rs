//! FIFO queues: order within a group, one taker of a group at a time, and no message twice in five minutes.

use aws_sdk_sqs::types::{MessageSystemAttributeName as System, QueueAttributeName as Name};

use crate::house::{House, bodies, code, delete, fifo, keep, receive, receive_up_to, send_to, system};

#[tokio::test]
async fn a_group_is_closed_while_one_of_its_messages_is_in_flight() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    for id in ["a1", "a2", "a3"] {
        send_to(&sqs, &url, "a", id).await;
    }
    send_to(&sqs, &url, "b", "b1").await;
    let first = receive_up_to(&sqs, &url, 1).await.remove(0);
    assert_eq!(first.body(), Some("a1"));
    assert_eq!(bodies(&sqs, &url).await, ["b1"], "a2 may not overtake a1");
    delete(&sqs, &url, &first).await;
    let several = receive(&sqs, &url).await;
    let got: Vec<_> = several.iter().filter_map(|m| m.body()).collect();
    assert_eq!(got, ["a2", "a3"], "several of a group come in order");
    delete(&sqs, &url, &several[1]).await;
    send_to(&sqs, &url, "a", "a4").await;
    assert!(receive(&sqs, &url).await.is_empty(), "a2 is in flight still");
    house.pass(30);
    assert_eq!(
        bodies(&sqs, &url).await,
        ["a2", "a4", "b1"],
        "order survives a timeout"
    );
}

#[tokio::test]
async fn a_message_put_back_is_the_next_of_its_group() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    for id in ["a1", "a2"] {
        send_to(&sqs, &url, "a", id).await;
    }
    let both = receive(&sqs, &url).await;
    keep(&sqs, &url, &both[0], 0).await;
    assert!(receive(&sqs, &url).await.is_empty(), "a2 is in flight still");
    keep(&sqs, &url, &both[1], 0).await;
    assert_eq!(bodies(&sqs, &url).await, ["a1", "a2"]);
}

#[tokio::test]
async fn a_duplicate_is_accepted_and_not_delivered_for_five_minutes() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    let first = send_to(&sqs, &url, "a", "1").await;
    assert_eq!(send_to(&sqs, &url, "a", "1").await, first);
    let message = receive(&sqs, &url).await.remove(0);
    assert_eq!(system(&message, &System::SequenceNumber), first);
    assert_eq!(system(&message, &System::MessageGroupId), "a");
    assert_eq!(system(&message, &System::MessageDeduplicationId), "1");
    delete(&sqs, &url, &message).await;
    house.pass(299);
    send_to(&sqs, &url, "a", "1").await;
    assert!(receive(&sqs, &url).await.is_empty(), "deleted, and remembered");
    house.pass(1);
    assert!(send_to(&sqs, &url, "a", "1").await > first);
    assert_eq!(bodies(&sqs, &url).await, ["1"]);
}

#[tokio::test]
async fn content_makes_the_id_where_the_queue_says_so_and_groups_may_be_apart() {
    let house = House::new().await;
    let sqs = house.ana();
    let content = (Name::ContentBasedDeduplication, "true");
    let apart = (Name::DeduplicationScope, "messageGroup");
    let whole = fifo(&sqs, "whole.fifo", std::slice::from_ref(&content)).await;
    let groups = fifo(&sqs, "groups.fifo", &[content, apart]).await;
    for (url, expected) in [(&whole, 1), (&groups, 2)] {
        for group in ["a", "a", "b"] {
            let message = sqs.send_message().queue_url(url).message_body("same");
            message.message_group_id(group).send().await.unwrap();
        }
        assert_eq!(receive(&sqs, url).await.len(), expected);
    }
}

#[tokio::test]
async fn an_expired_handle_deletes_nothing_and_says_so() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    send_to(&sqs, &url, "a", "1").await;
    let message = receive(&sqs, &url).await.remove(0);
    house.pass(31);
    let late = sqs
        .delete_message()
        .queue_url(&url)
        .receipt_handle(message.receipt_handle().unwrap());
    assert_eq!(code(late.send().await), "InvalidParameterValue");
    assert_eq!(bodies(&sqs, &url).await, ["1"]);
}

#[tokio::test]
async fn a_receive_may_be_repeated_by_its_attempt_id() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    send_to(&sqs, &url, "a", "1").await;
    let attempt = || {
        let receive = sqs.receive_message().queue_url(&url);
        receive
            .receive_request_attempt_id("try-1")
            .message_system_attribute_names(System::All)
            .send()
    };
    let lost = attempt().await.unwrap().messages.unwrap().remove(0);
    let again = attempt().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(lost.receipt_handle(), again.receipt_handle());
    assert_eq!(system(&again, &System::ApproximateReceiveCount), "1");
    delete(&sqs, &url, &again).await;
    assert_eq!(attempt().await.unwrap().messages, None);
}

#[tokio::test]
async fn eight_takers_see_each_group_in_order() {
    const GROUPS: usize = 5;
    const EACH: usize = 20;
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    for n in 0..EACH {
        for group in 0..GROUPS {
            send_to(&sqs, &url, &group.to_string(), &format!("{group}/{n:02}")).await;
        }
    }
    let seen = std::sync::Arc::new(std::sync::Mutex::new(vec![Vec::new(); GROUPS]));
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (sqs, url, seen) = (sqs.clone(), url.clone(), seen.clone());
        takers.spawn(async move {
            while seen.lock().unwrap().iter().map(Vec::len).sum::<usize>() < GROUPS * EACH {
                for message in receive_up_to(&sqs, &url, 3).await {
                    let body = message.body().unwrap().to_owned();
                    let group: usize = body.split('/').next().unwrap().parse().unwrap();
                    seen.lock().unwrap()[group].push(body);
                    delete(&sqs, &url, &message).await;
                }
            }
        });
    }
    takers.join_all().await;
    for group in seen.lock().unwrap().iter() {
        assert!(group.is_sorted(), "{group:?}");
        assert_eq!(group.len(), EACH);
    }
}
