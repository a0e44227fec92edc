//! What is refused, by which code, and that nothing of another tenant's can be reached.

use aws_sdk_sqs::types::{QueueAttributeName as Name, SendMessageBatchRequestEntry};
use sandbox::Region;

use crate::house::{House, arn, code, fifo, queue, receive, send};

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    let receive = || sqs.receive_message().queue_url(&url);
    for refused in [
        receive().max_number_of_messages(0).send().await,
        receive().max_number_of_messages(11).send().await,
        receive().wait_time_seconds(21).send().await,
        receive().visibility_timeout(43_201).send().await,
        receive().receive_request_attempt_id("only-fifo").send().await,
    ] {
        assert_eq!(code(refused), "InvalidParameterValue");
    }
    let message = || sqs.send_message().queue_url(&url).message_body("x");
    for refused in [
        message().delay_seconds(901).send().await,
        message().message_deduplication_id("only-fifo").send().await,
        sqs.send_message()
            .queue_url(&url)
            .message_body("x".repeat(1_048_577))
            .send()
            .await,
    ] {
        assert_eq!(code(refused), "InvalidParameterValue");
    }
    message().message_group_id("fair-share").send().await.unwrap();
    let whole = sqs
        .send_message()
        .queue_url(&url)
        .message_body("x".repeat(1_048_576));
    whole.send().await.unwrap();
    let create = |name: &str| sqs.create_queue().queue_name(name);
    assert_eq!(code(create("two words").send().await), "InvalidParameterValue");
    assert_eq!(code(create("orders.fifo").send().await), "InvalidParameterValue");
    let slow = create("slow").attributes(Name::DelaySeconds, "901").send().await;
    assert_eq!(code(slow), "InvalidAttributeValue");
}

#[tokio::test]
async fn a_fifo_message_needs_a_group_and_an_id_and_takes_no_delay() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = fifo(&sqs, "orders.fifo", &[]).await;
    let message = || sqs.send_message().queue_url(&url).message_body("x");
    assert_eq!(code(message().send().await), "MissingParameter");
    let no_id = message().message_group_id("a").send().await;
    assert_eq!(code(no_id), "InvalidParameterValue");
    let delayed = message()
        .message_group_id("a")
        .message_deduplication_id("1")
        .delay_seconds(5);
    assert_eq!(code(delayed.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_batch_has_its_four_errors() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    let entry = |id: &str, body: String| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body)
            .build()
            .unwrap()
    };
    let batch = |ids: &[&str], body: &str| {
        let entries = ids.iter().map(|id| entry(id, body.to_owned())).collect();
        sqs.send_message_batch()
            .queue_url(&url)
            .set_entries(Some(entries))
            .send()
    };
    let eleven: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    let half = "x".repeat(600_000);
    for (refused, expected) in [
        (batch(&[], "x").await, "EmptyBatchRequest"),
        (batch(&eleven, "x").await, "TooManyEntriesInBatchRequest"),
        (batch(&["a", "a"], "x").await, "BatchEntryIdsNotDistinct"),
        (batch(&["a b"], "x").await, "InvalidBatchEntryId"),
        (batch(&["a", "b"], &half).await, "BatchRequestTooLong"),
    ] {
        assert_eq!(code(refused), format!("AWS.SimpleQueueService.{expected}"));
    }
}

#[tokio::test]
async fn creating_again_is_fine_with_the_same_attributes_alone() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::DelaySeconds, "5")]).await;
    assert_eq!(queue(&sqs, "orders", &[(Name::DelaySeconds, "5")]).await, url);
    assert_eq!(queue(&sqs, "orders", &[]).await, url);
    let other = sqs
        .create_queue()
        .queue_name("orders")
        .attributes(Name::DelaySeconds, "6");
    assert_eq!(code(other.send().await), "QueueAlreadyExists");
}

#[tokio::test]
async fn queues_are_listed_by_prefix_and_page() {
    let house = House::new().await;
    let sqs = house.ana();
    for name in ["orders-1", "orders-2", "orders-3", "clicks"] {
        queue(&sqs, name, &[]).await;
    }
    let list = || sqs.list_queues().queue_name_prefix("orders").max_results(2);
    let first = list().send().await.unwrap();
    assert_eq!(first.queue_urls().len(), 2);
    let rest = list()
        .next_token(first.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert!(rest.queue_urls()[0].ends_with("/orders-3"));
    assert_eq!(rest.next_token(), None);
    assert_eq!(
        code(list().next_token("made up").send().await),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(sqs.get_queue_url().queue_name("nowhere").send().await),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}

#[tokio::test]
async fn ben_reaches_nothing_of_anas() {
    let house = House::new().await;
    let (ana, ben) = (house.ana(), house.of(&house.world.ben));
    let url = queue(&ana, "orders", &[]).await;
    send(&ana, &url, "secret").await;
    let message = receive(&ana, &url).await.remove(0);
    let handle = message.receipt_handle().unwrap();
    // A queue of the same name must not help.
    let own = queue(&ben, "orders", &[]).await;

    assert_eq!(
        code(ben.receive_message().queue_url(&url).send().await),
        "AccessDenied"
    );
    let sent = ben.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code(sent), "AccessDenied");
    assert_eq!(
        code(ben.delete_queue().queue_url(&url).send().await),
        "AccessDenied"
    );
    assert_eq!(
        code(ben.purge_queue().queue_url(&url).send().await),
        "AccessDenied"
    );
    let attributes = ben.get_queue_attributes().queue_url(&url).send().await;
    assert_eq!(code(attributes), "AccessDenied");
    let deleted = ben
        .delete_message()
        .queue_url(&own)
        .receipt_handle(handle)
        .send()
        .await;
    assert_eq!(code(deleted), "ReceiptHandleIsInvalid");
    let owner = house.world.ana.account_id.as_str();
    let asked = ben
        .get_queue_url()
        .queue_name("orders")
        .queue_owner_aws_account_id(owner);
    assert_eq!(
        code(asked.send().await),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
    assert_eq!(ben.list_queues().send().await.unwrap().queue_urls(), [own]);
    let source = arn(&ana, &url).await;
    let moved = ben.start_message_move_task().source_arn(source).send().await;
    assert_eq!(code(moved), "ResourceNotFoundException");

    let elsewhere = house.world.sandbox.sqs(&house.world.ana, Region::EuWest1);
    assert_eq!(
        code(elsewhere.receive_message().queue_url(&url).send().await),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}

#[tokio::test]
async fn a_full_sandbox_says_so() {
    let house = House::new().await;
    let sqs = house.ana();
    for n in 0..house.world.settings.quotas.queues {
        queue(&sqs, &format!("q{n}"), &[]).await;
    }
    assert_eq!(
        code(sqs.create_queue().queue_name("one-more").send().await),
        "OverLimit"
    );
    let url = queue(&sqs, "q0", &[]).await;
    let megabyte = "x".repeat(1_048_576);
    let refused = loop {
        let sent = sqs
            .send_message()
            .queue_url(&url)
            .message_body(&megabyte)
            .send()
            .await;
        if sent.is_err() {
            break sent;
        }
    };
    assert_eq!(code(refused), "OverLimit");
}
