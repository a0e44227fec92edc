//! A member's own SQS, from chat.

use crate::demo;

#[tokio::test]
async fn ana_sends_receives_and_acknowledges_a_message() {
    let world = demo().await;
    let ana = world.ana();
    let open = ana.slash("lab", "/queue create name:open visibility:0").await;
    drop(open.fine().says("it is **not hidden**"));
    let made = ana.slash("lab", "/queue create name:orders visibility:60").await;
    drop(
        made.fine()
            .publicly()
            .says("orders is ready")
            .says("hidden from everyone else for **60 seconds**")
            .says("States of the queue orders: 0 visible"),
    );
    let sent = ana.slash("lab", "/queue send name:orders message:a: b").await;
    drop(
        sent.fine()
            .publicly()
            .says("`a: b` · message id `")
            .says("1 visible"),
    );
    let received = ana
        .slash("lab", "/queue receive name:orders")
        .await
        .fine()
        .publicly();
    let received = received
        .says("`a: b` · first receive")
        .says("hidden from everyone else until")
        .says("0 visible, 1 in flight");
    let empty = ana.slash("lab", "/queue receive name:orders").await.fine();
    drop(empty.says("nothing to receive").says("1 message is in flight"));
    let done = ana.press(&received, "Acknowledge").await.fine();
    let done = done.says("**acknowledged**").says("0 visible, 0 in flight");
    assert!(!done.has_button("Acknowledge"), "{done}");
    let list = ana.slash("lab", "/queue list").await.fine();
    drop(list.says("• `orders` · 0 visible, 0 in flight, 0 delayed"));
    world.end().await;
}

#[tokio::test]
async fn attributes_travel_with_a_message_and_are_typed_as_for_a_topic() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:orders",
        "/topic create name:news",
        "/topic subscribe name:news queue:orders filter:{\"kind\":[\"order\"]} raw:true",
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    let sent = ana.slash(
        "lab",
        "/queue send name:orders message:first attributes:kind=order, amount=12",
    );
    drop(sent.await.fine().says("Attributes `kind=order` `amount=12`"));
    for attributes in ["kind=order", "kind=refund"] {
        let published = format!("/topic publish name:news message:second attributes:{attributes}");
        drop(ana.slash("lab", &published).await.fine());
    }
    drop(
        ana.slash("lab", "/queue peek name:orders")
            .await
            .fine()
            .says("orders holds 2 messages")
            .says("never received · with `amount=12` `kind=order`"),
    );
    let received = ana.slash("lab", "/queue receive name:orders").await.fine();
    let received = received.says("with `amount=12` `kind=order`");
    drop(
        ana.press(&received, "Acknowledge")
            .await
            .fine()
            .says("with `amount=12`"),
    );
    drop(
        ana.slash(
            "lab",
            "/stream sql query:SELECT json_extract(attributes, '$.kind') AS kind FROM messages",
        )
        .await
        .fine()
        .says("order"),
    );
    for wrong in ["order", "{kind:order}", "{\"kind\":true}"] {
        let text = format!("/queue send name:orders message:x attributes:{wrong}");
        drop(
            ana.slash("lab", &text)
                .await
                .fine()
                .privately()
                .says("attributes:kind=order,amount=12"),
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_message_in_hand_can_be_acknowledged_after_a_power_cut() {
    let mut world = demo().await;
    for text in [
        "/queue create name:orders visibility:600",
        "/queue send name:orders message:one",
        "/queue send name:orders message:two",
    ] {
        drop(world.ana().slash("lab", text).await.fine());
    }
    let received = world
        .ana()
        .slash("lab", "/queue receive name:orders count:10")
        .await
        .fine()
        .says("2 messages");
    world.restart_bot().await;
    let ana = world.ana();
    let half = ana.press(&received, "Acknowledge 2").await.fine();
    drop(
        half.says("**acknowledged**")
            .says("hidden from everyone else until"),
    );
    let choices = ana.complete("lab", "/queue ack name:orders message:").await;
    assert_eq!(choices.len(), 1, "{choices:?}");
    let rest = ana.slash("lab", "/queue ack name:orders").await.fine().publicly();
    drop(rest.says("0 visible, 0 in flight"));
    let none = ana
        .slash("lab", "/queue ack name:orders")
        .await
        .fine()
        .privately();
    drop(none.says("You hold no message of `orders`"));
    world.end().await;
}

#[tokio::test]
async fn a_stale_receipt_handle_deletes_nothing_and_says_so() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/queue create name:orders").await.fine());
    drop(
        ana.slash("lab", "/queue send name:orders message:slow")
            .await
            .fine(),
    );
    let first = ana
        .slash("lab", "/queue receive name:orders visibility:0")
        .await
        .fine();
    let second = ana.slash("lab", "/queue receive name:orders").await.fine();
    let second = second.says("receive number **2**: it was not acknowledged before");
    drop(ana.press(&first, "Acknowledge").await.fine().says("**too late**"));
    let peek = ana.slash("lab", "/queue peek name:orders").await.fine();
    drop(peek.says("`slow` · in flight").says("received 2 times"));
    drop(
        ana.press(&second, "Acknowledge")
            .await
            .fine()
            .says("**acknowledged**"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_message_that_always_fails_becomes_a_dead_letter_and_can_be_moved_back() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:dead",
        "/queue create name:orders dead-letters:dead max-receives:2",
        "/queue send name:orders message:poison",
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    for number in ["first receive", "receive number **2**"] {
        let seen = ana
            .slash("lab", "/queue receive name:orders")
            .await
            .fine()
            .says(number);
        drop(ana.press(&seen, "Put it back").await.fine().says("**put back**"));
    }
    let third = ana.slash("lab", "/queue receive name:orders").await.fine();
    drop(
        third
            .says("nothing to receive")
            .says("**1 message went to `dead`**"),
    );
    let peek = ana.slash("lab", "/queue peek name:dead").await.fine();
    drop(peek.says("`poison` · visible · received 2 times · a dead letter of `orders`"));
    let back = ana
        .slash("lab", "/queue redrive name:dead")
        .await
        .fine()
        .publicly();
    drop(
        back.says("1 message went back to `orders`")
            .says("0 messages in its dead-letter queue"),
    );
    let peek = ana.slash("lab", "/queue peek name:orders").await.fine();
    drop(peek.says("`poison` · visible · never received"));
    world.end().await;
}

#[tokio::test]
async fn a_fifo_queue_keeps_each_groups_order_and_takes_no_message_twice() {
    let world = demo().await;
    let ana = world.ana();
    let made = ana.slash("lab", "/queue create name:bank fifo:true").await.fine();
    drop(made.says("bank.fifo is ready"));
    for (message, group, id) in [("one", "ana", "1"), ("two", "ana", "2"), ("three", "ben", "3")] {
        let text = format!("/queue send name:bank.fifo message:{message} group:{group} deduplication:{id}");
        drop(ana.slash("lab", &text).await.fine().says("sequence number `"));
    }
    let again = ana
        .slash(
            "lab",
            "/queue send name:bank.fifo message:one group:ana deduplication:1",
        )
        .await
        .fine();
    drop(
        again
            .says("A duplicate: nothing new was stored")
            .says("3 visible"),
    );
    let first = ana.slash("lab", "/queue receive name:bank.fifo").await.fine();
    let first = first.says("`one` · group `ana`");
    let other = ana
        .slash("lab", "/queue receive name:bank.fifo count:10")
        .await
        .fine();
    drop(other.says("`three` · group `ben`").does_not_say("`two`"));
    let blocked = ana.slash("lab", "/queue receive name:bank.fifo").await.fine();
    drop(blocked.says("a group is blocked while one of its messages is in flight"));
    drop(ana.press(&first, "Acknowledge").await.fine());
    let next = ana.slash("lab", "/queue receive name:bank.fifo").await.fine();
    drop(next.says("`two` · group `ana`"));
    world.end().await;
}

#[tokio::test]
async fn a_queue_is_deleted_only_after_a_button() {
    let world = demo().await;
    let ana = world.ana();
    let long = "q".repeat(80);
    drop(
        ana.slash("lab", &format!("/queue create name:{long}"))
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", &format!("/queue send name:{long} message:x"))
            .await
            .fine(),
    );
    let asked = ana
        .slash("lab", &format!("/queue delete name:{long} region:us-east-1"))
        .await
        .fine()
        .says("1 message goes with it");
    let refused = world.ben().press(&asked, "Delete").await.fine().privately();
    drop(refused.says("belongs to someone else"));
    drop(ana.press(&asked, "Keep it").await.fine().says("stays"));
    let asked = ana
        .slash("lab", &format!("/queue delete name:{long}"))
        .await
        .fine();
    drop(ana.press(&asked, "Delete").await.fine().says("is deleted"));
    drop(
        ana.slash("lab", "/queue list")
            .await
            .fine()
            .says("No queues in us-east-1"),
    );
    world.end().await;
}

#[tokio::test]
async fn mistakes_with_queues_teach_and_are_told_to_ana_alone() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:orders",
        "/queue create name:bank.fifo",
        "/queue create name:dead.fifo",
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    for (command, words) in [
        ("/queue send name:nope message:x", "You have no queue `nope`"),
        ("/queue create name:two words", "can't be a queue's name"),
        ("/queue create name:orders visibility:60", "another `visibility`"),
        (
            "/queue create name:q max-receives:3",
            "`dead-letters:orders-dead`",
        ),
        ("/queue create name:q content-dedup:true", "Only a FIFO queue"),
        (
            "/queue create name:q dead-letters:dead.fifo",
            "a FIFO queue's dead letters go to a FIFO queue",
        ),
        ("/queue create name:q.fifo fifo:false", "is a FIFO queue's"),
        ("/queue send name:bank.fifo message:x", "Add `group:`"),
        (
            "/queue send name:bank.fifo message:x group:a",
            "Add `deduplication:`",
        ),
        (
            "/queue send name:bank.fifo message:x group:a b deduplication:1",
            "without spaces",
        ),
        (
            "/queue send name:bank.fifo message:x group:a deduplication:1 delay:5",
            "can't be held back",
        ),
        (
            "/queue send name:orders message:x deduplication:1",
            "Only FIFO queues know duplicates",
        ),
        ("/queue ack name:orders", "You hold no message of `orders`"),
        ("/queue redrive name:orders", "No queue sends its dead letters"),
        ("/queue delete name:gone", "You have no queue `gone`"),
    ] {
        let told = ana.slash("lab", command).await.fine().privately();
        assert!(
            told.text().to_lowercase().contains(&words.to_lowercase()),
            "{words:?} in {told}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn queues_are_anas_alone_and_apart_by_region() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    drop(
        ana.slash("lab", "/queue create name:orders region:eu-west-1")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/queue list")
            .await
            .fine()
            .says("No queues in us-east-1"),
    );
    drop(
        ana.slash("lab", "/queue list region:eu-west-1")
            .await
            .fine()
            .says("`orders`"),
    );
    let choices = ana.complete("lab", "/queue peek region:eu-west-1 name:ord").await;
    assert_eq!(choices.len(), 1, "names of the region typed before: {choices:?}");
    let none = ben
        .slash("lab", "/queue receive name:orders region:eu-west-1")
        .await
        .fine();
    drop(none.privately().says("You have no queue `orders`"));
    world.end().await;
}
