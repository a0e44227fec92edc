//! Messages that nobody manages to handle: where they go, when, and how they come back.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageSystemAttributeName as System, QueueAttributeName as Name};

use crate::house::{House, arn, bodies, code, counts, fifo, queue, receive, send, send_to, system};

fn policy(target: &str, most: u32) -> String {
    format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{most}}}"#)
}

async fn set_policy(sqs: &Client, url: &str, policy: &str) {
    let set = sqs.set_queue_attributes().queue_url(url);
    set.attributes(Name::RedrivePolicy, policy).send().await.unwrap();
}

/// A queue, and the one its dead letters go to after two receives.
async fn pair(sqs: &Client) -> (String, String) {
    let dead = queue(sqs, "dead", &[]).await;
    let orders = queue(sqs, "orders", &[(Name::VisibilityTimeout, "10")]).await;
    set_policy(sqs, &orders, &policy(&arn(sqs, &dead).await, 2)).await;
    (orders, dead)
}

#[tokio::test]
async fn a_message_is_received_as_often_as_the_policy_says_and_then_moved() {
    let house = House::new().await;
    let sqs = house.ana();
    let (orders, dead) = pair(&sqs).await;
    let id = send(&sqs, &orders, "poison").await;
    for time in 1..=2 {
        assert_eq!(bodies(&sqs, &orders).await, ["poison"], "time {time}");
        house.pass(10);
        assert_eq!(counts(&sqs, &dead).await[0], "0");
    }
    assert!(
        bodies(&sqs, &orders).await.is_empty(),
        "the third time it is moved"
    );
    let letter = receive(&sqs, &dead).await.remove(0);
    assert_eq!(letter.message_id(), Some(id.as_str()));
    assert_eq!(
        system(&letter, &System::DeadLetterQueueSourceArn),
        arn(&sqs, &orders).await
    );
}

#[tokio::test]
async fn a_fifo_group_goes_on_after_its_poison_is_moved() {
    let house = House::new().await;
    let sqs = house.ana();
    let dead = fifo(&sqs, "dead.fifo", &[]).await;
    let orders = fifo(&sqs, "orders.fifo", &[(Name::VisibilityTimeout, "10")]).await;
    set_policy(&sqs, &orders, &policy(&arn(&sqs, &dead).await, 1)).await;
    send_to(&sqs, &orders, "a", "poison").await;
    assert_eq!(bodies(&sqs, &orders).await, ["poison"]);
    send_to(&sqs, &orders, "a", "fine").await;
    house.pass(10);
    assert_eq!(bodies(&sqs, &orders).await, ["fine"]);
    assert_eq!(bodies(&sqs, &dead).await, ["poison"]);
}

#[tokio::test]
async fn a_move_task_brings_letters_back_to_where_they_came_from() {
    let house = House::new().await;
    let sqs = house.ana();
    let (orders, dead) = pair(&sqs).await;
    for n in 0..5 {
        send(&sqs, &orders, &n.to_string()).await;
    }
    for _ in 0..3 {
        receive(&sqs, &orders).await;
        house.pass(10);
    }
    assert_eq!(counts(&sqs, &dead).await[0], "5");
    let source = arn(&sqs, &dead).await;
    sqs.start_message_move_task()
        .source_arn(&source)
        .send()
        .await
        .unwrap();
    // The task ends by itself; each look lets it go on.
    let task = loop {
        let tasks = sqs
            .list_message_move_tasks()
            .source_arn(&source)
            .send()
            .await
            .unwrap();
        let task = tasks.results()[0].clone();
        if task.status() != Some("RUNNING") {
            break task;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(task.status(), Some("COMPLETED"));
    assert_eq!(task.approximate_number_of_messages_moved(), 5);
    let back = receive(&sqs, &orders).await;
    assert_eq!(back.len(), 5);
    assert_eq!(
        system(&back[0], &System::ApproximateReceiveCount),
        "1",
        "a new message"
    );
    assert_eq!(counts(&sqs, &dead).await[0], "0");
}

#[tokio::test]
async fn a_slow_task_can_be_cancelled_and_only_one_runs_at_a_time() {
    let house = House::new().await;
    let sqs = house.ana();
    let (orders, dead) = pair(&sqs).await;
    for _ in 0..20 {
        send(&sqs, &dead, "letter").await;
    }
    let source = arn(&sqs, &dead).await;
    let start = || {
        let start = sqs.start_message_move_task().source_arn(&source);
        start
            .max_number_of_messages_per_second(1)
            .destination_arn(arn_of(&orders, &source))
            .send()
    };
    let handle = start().await.unwrap().task_handle.unwrap();
    assert_eq!(code(start().await), "AWS.SimpleQueueService.UnsupportedOperation");
    let cancel = sqs.cancel_message_move_task().task_handle(&handle);
    cancel.clone().send().await.unwrap();
    assert_eq!(
        code(cancel.send().await),
        "AWS.SimpleQueueService.UnsupportedOperation"
    );
    let tasks = sqs
        .list_message_move_tasks()
        .source_arn(&source)
        .send()
        .await
        .unwrap();
    assert_eq!(tasks.results()[0].status(), Some("CANCELLED"));
    assert_eq!(tasks.results()[0].task_handle(), None);
    let not_dead = arn(&sqs, &orders).await;
    let refused = sqs.start_message_move_task().source_arn(not_dead).send().await;
    assert_eq!(code(refused), "InvalidParameterValue");
}

/// The ARN of the queue at `url`, in the account and region of another.
fn arn_of(url: &str, other: &str) -> String {
    let name = url.rsplit('/').next().unwrap();
    let head = other.rsplit_once(':').unwrap().0;
    format!("{head}:{name}")
}

#[tokio::test]
async fn a_redrive_policy_names_a_queue_of_ones_own_of_the_same_kind_that_allows_it() {
    let house = House::new().await;
    let (sqs, ben) = (house.ana(), house.of(&house.world.ben));
    let orders = queue(&sqs, "orders", &[]).await;
    let other_kind = fifo(&sqs, "dead.fifo", &[]).await;
    let bens = queue(&ben, "dead", &[]).await;
    let closed = queue(
        &sqs,
        "closed",
        &[(Name::RedriveAllowPolicy, r#"{"redrivePermission":"denyAll"}"#)],
    )
    .await;
    for target in [
        arn(&sqs, &other_kind).await,
        arn(&ben, &bens).await,
        arn(&sqs, &closed).await,
        arn(&sqs, &orders).await,
        "arn:aws:sqs:us-east-1:000000000000:nowhere".to_owned(),
    ] {
        let set = sqs.set_queue_attributes().queue_url(&orders);
        let set = set
            .attributes(Name::RedrivePolicy, policy(&target, 3))
            .send()
            .await;
        assert_eq!(code(set), "InvalidParameterValue", "{target}");
    }
}

#[tokio::test]
async fn a_dead_letter_queue_knows_its_sources() {
    let house = House::new().await;
    let sqs = house.ana();
    let (orders, dead) = pair(&sqs).await;
    let sources = sqs
        .list_dead_letter_source_queues()
        .queue_url(&dead)
        .send()
        .await
        .unwrap();
    assert_eq!(sources.queue_urls(), [orders]);
}
