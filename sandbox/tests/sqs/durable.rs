//! Queues after a restart.

use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::house::{House, bodies, code, counts, delete, fifo, queue, receive, receive_up_to, send, send_to};

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[(Name::VisibilityTimeout, "60")]).await;
    for body in ["deleted", "in flight", "ready"] {
        send(&sqs, &url, body).await;
    }
    let gone = receive_up_to(&sqs, &url, 1).await.remove(0);
    delete(&sqs, &url, &gone).await;
    let held = receive_up_to(&sqs, &url, 1).await.remove(0);
    let ordered = fifo(&sqs, "orders.fifo", &[]).await;
    let first = send_to(&sqs, &ordered, "a", "1").await;
    sqs.tag_queue()
        .queue_url(&url)
        .tags("team", "blue")
        .send()
        .await
        .unwrap();

    let house = house.restarted().await;
    let sqs = house.ana();
    assert_eq!(counts(&sqs, &url).await, ["1", "1", "0"]);
    assert_eq!(bodies(&sqs, &url).await, ["ready"]);
    delete(&sqs, &url, &held).await;
    house.pass(60);
    assert_eq!(
        bodies(&sqs, &url).await,
        ["ready"],
        "a handle outlives the process"
    );
    assert_eq!(
        send_to(&sqs, &ordered, "a", "1").await,
        first,
        "so does the memory of duplicates"
    );
    assert_eq!(receive(&sqs, &ordered).await.len(), 1);
    let tags = sqs.list_queue_tags().queue_url(&url).send().await.unwrap();
    assert_eq!(tags.tags().unwrap()["team"], "blue");
}

#[tokio::test]
async fn a_deleted_queue_stays_deleted_and_its_name_rests_for_a_minute() {
    let house = House::new().await;
    let sqs = house.ana();
    let url = queue(&sqs, "orders", &[]).await;
    send(&sqs, &url, "coffee").await;
    let old = receive(&sqs, &url).await.remove(0);
    sqs.delete_queue().queue_url(&url).send().await.unwrap();
    let house = house.restarted().await;
    let sqs = house.ana();
    let gone = sqs.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code(gone), "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(
        code(sqs.create_queue().queue_name("orders").send().await),
        "AWS.SimpleQueueService.QueueDeletedRecently"
    );
    house.pass(60);
    let url = queue(&sqs, "orders", &[]).await;
    assert_eq!(counts(&sqs, &url).await, ["0", "0", "0"]);
    let old = sqs
        .delete_message()
        .queue_url(&url)
        .receipt_handle(old.receipt_handle().unwrap());
    assert_eq!(code(old.send().await), "ReceiptHandleIsInvalid");
}
