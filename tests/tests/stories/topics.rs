//! A member's own SNS, from chat.

use crate::demo;

#[tokio::test]
async fn ana_publishes_and_sees_who_got_it_and_which_filter_kept_it_out() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:all",
        "/queue create name:germany",
        "/queue create name:france",
        "/queue create name:gone",
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    let made = ana
        .slash("lab", "/topic create name:news")
        .await
        .fine()
        .publicly();
    drop(made.says("news is ready").says("fan-out"));
    let alone = ana
        .slash("lab", "/topic publish name:news message:hello")
        .await
        .fine();
    drop(alone.says("Nobody subscribes, so it is **gone**"));
    for (queue, more) in [
        ("all", "raw:true"),
        ("germany", r#"filter:{"country":["de"]}"#),
        (
            "france",
            r#"filter:{"country":["fr"],"amount":[{"numeric":[">=",100]}]}"#,
        ),
        ("gone", ""),
    ] {
        let text = format!("/topic subscribe name:news queue:{queue} {more}");
        drop(ana.slash("lab", text.trim()).await.fine().publicly());
    }
    let list = ana.slash("lab", "/topic list").await.fine();
    drop(list.says("• `news` → `all`, `france`, `germany` and `gone`"));
    let asked = ana.slash("lab", "/queue delete name:gone").await.fine();
    drop(ana.press(&asked, "Delete").await.fine());
    let text = r#"/topic publish name:news message:hello all attributes:{"country":"de","amount":12}"#;
    let published = ana.slash("lab", text).await.fine().publicly();
    drop(
        published
            .says("news → 2 queues")
            .says("✅ `all` got it")
            .says("✅ `germany` got it")
            .says("⛔ `france` did not: its filter takes only what has `amount: ≥ 100, country: fr`")
            .says("❌ `gone` is not there any more")
            .says("Fan-out of the topic news: delivered to 2 of 4 queues"),
    );
    let raw = ana.slash("lab", "/queue receive name:all").await.fine();
    drop(raw.says("`hello all`"));
    let wrapped = ana.slash("lab", "/queue receive name:germany").await.fine();
    drop(wrapped.says("\"Type\""));
    drop(
        ana.slash("lab", "/queue peek name:france")
            .await
            .fine()
            .says("holds 0 messages"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_fifo_topic_delivers_in_order_and_no_message_twice() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:bank.fifo",
        "/topic create name:bank fifo:true",
        "/topic subscribe name:bank.fifo queue:bank.fifo raw:true",
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    for (message, id) in [("one", "1"), ("two", "2")] {
        let text = format!("/topic publish name:bank.fifo message:{message} group:ana deduplication:{id}");
        drop(
            ana.slash("lab", &text)
                .await
                .fine()
                .says("1 queue")
                .says("sequence number `"),
        );
    }
    let again = "/topic publish name:bank.fifo message:two group:ana deduplication:2";
    drop(
        ana.slash("lab", again)
            .await
            .fine()
            .says("A duplicate: delivered to nobody"),
    );
    let received = ana
        .slash("lab", "/queue receive name:bank.fifo count:10")
        .await
        .fine();
    let text = received.text();
    let (one, two) = (text.find("`one`"), text.find("`two`"));
    assert!(one.is_some() && one < two, "{received}");
    drop(received.says("2 messages"));
    world.end().await;
}

#[tokio::test]
async fn mistakes_with_topics_teach_and_are_told_to_ana_alone() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/queue create name:orders",
        "/queue create name:orders.fifo",
        "/topic create name:news",
        "/topic create name:bank.fifo",
        r#"/topic subscribe name:news queue:orders filter:{"a":["b"]}"#,
    ] {
        drop(ana.slash("lab", text).await.fine());
    }
    let again = ana
        .slash("lab", "/topic subscribe name:news queue:orders")
        .await
        .fine();
    drop(
        again
            .publicly()
            .says("It was subscribed already")
            .says("only what has `a: b`"),
    );
    for (command, words) in [
        ("/topic publish name:nope message:x", "You have no topic `nope`"),
        ("/topic create name:two words", "can't be a topic's name"),
        ("/topic create name:news content-dedup:true", "Only a FIFO topic"),
        (
            "/topic subscribe name:news queue:nope",
            "You have no queue `nope`",
        ),
        (
            r#"/topic subscribe name:news queue:orders filter:{"a":["c"]}"#,
            "subscribed already",
        ),
        (
            "/topic subscribe name:news queue:orders.fifo",
            "can't subscribe to a standard topic",
        ),
        (
            r#"/topic subscribe name:news queue:orders filter:{"a":[]}"#,
            "does not take that filter policy",
        ),
        (
            "/topic subscribe name:news queue:orders filter:nonsense",
            "does not take that filter policy",
        ),
        (
            "/topic subscribe name:news queue:orders scope:body",
            "give the filter too",
        ),
        (
            "/topic publish name:news message:x attributes:nonsense",
            "An attribute is a name and a value",
        ),
        (
            r#"/topic publish name:news message:x attributes:{"a":true}"#,
            "The attribute `a` can't be taken",
        ),
        ("/topic publish name:bank.fifo message:x", "Add `group:`"),
        (
            "/topic publish name:bank.fifo message:x group:a",
            "Add `deduplication:`",
        ),
        (
            "/topic publish name:news message:x deduplication:1",
            "Only FIFO topics know duplicates",
        ),
        ("/topic delete name:nope", "You have no topic `nope`"),
    ] {
        drop(ana.slash("lab", command).await.fine().privately().says(words));
    }
    world.end().await;
}

#[tokio::test]
async fn a_topic_is_anas_alone_and_deleted_only_after_a_button() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    // As long as SNS takes; the card's title shows its beginning.
    let long = "t".repeat(256);
    drop(
        ana.slash("lab", &format!("/topic create name:{long}"))
            .await
            .fine(),
    );
    drop(ben.slash("lab", "/topic list").await.fine().says("No topics"));
    let asked = ana
        .slash("lab", &format!("/topic delete name:{long}"))
        .await
        .fine();
    drop(
        ben.press(&asked, "Delete")
            .await
            .fine()
            .privately()
            .says("belongs to someone else"),
    );
    drop(ana.press(&asked, "Keep it").await.fine().says("stays"));
    let asked = ana
        .slash("lab", &format!("/topic delete name:{long}"))
        .await
        .fine();
    drop(ana.press(&asked, "Delete").await.fine().says("is deleted"));
    drop(ana.slash("lab", "/topic list").await.fine().says("No topics"));
    world.end().await;
}
