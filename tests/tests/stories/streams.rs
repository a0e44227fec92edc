//! A member's own Kinesis, from chat.

use crate::demo;

#[tokio::test]
async fn ana_makes_a_stream_and_sees_where_her_records_go() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine()
            .publicly()
            .says("orders is ACTIVE")
            .says("2 open shards"),
    );
    for (key, shard) in [
        ("user-1", "shard 1"),
        ("user-2", "shard 0"),
        ("user-1", "shard 1"),
    ] {
        let put = ana
            .slash(
                "lab",
                &format!("/stream put name:orders key:{key} data:hello: from {key}"),
            )
            .await
            .fine()
            .publicly();
        drop(
            put.says(&format!("→ **{shard}**"))
                .says("Sequence number")
                .says(&format!("Why {shard}?"))
                .says("Shard map of the stream orders"),
        );
    }
    drop(
        ana.slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("3 records")
            .says("`hello: from user-1`"),
    );
    drop(
        ana.slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("Nothing new since you last read"),
    );
    drop(
        ana.slash(
            "lab",
            "/stream read name:orders from:oldest (TRIM_HORIZON) shard:0",
        )
        .await
        .fine()
        .says("1 record"),
    );
    drop(ana.slash("lab", "/stream list").await.fine().says("`orders`"));
    drop(
        ana.slash("lab", "/stream describe name:orders")
            .await
            .fine()
            .says("ACTIVE")
            .says("24 hours"),
    );
    let asked = ana
        .slash("lab", "/stream delete name:orders")
        .await
        .fine()
        .privately()
        .says("Delete orders?")
        .says("3 records");
    drop(ana.slash("lab", "/stream list").await.fine().says("`orders`"));
    drop(
        ana.press(&asked, "Delete it")
            .await
            .fine()
            .publicly()
            .says("orders is deleted"),
    );
    drop(ana.slash("lab", "/stream list").await.fine().says("No streams"));
    world.end().await;
}

#[tokio::test]
async fn mistakes_are_told_to_ana_alone_and_teach() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let long_key = "k".repeat(257);
    let mistakes = [
        (
            "/stream put name:nope key:a data:b".to_owned(),
            "You have no stream `nope`",
        ),
        (
            "/stream create name:orders shards:1".to_owned(),
            "You have a stream `orders` already",
        ),
        (
            "/stream create name:my orders! shards:1".to_owned(),
            "can't be a stream's name",
        ),
        (
            format!("/stream put name:orders key:{long_key} data:b"),
            "257 characters",
        ),
        ("/stream read name:orders shard:7".to_owned(), "no shard"),
        (
            "/stream read name:orders sequence:123".to_owned(),
            "within one shard",
        ),
        (
            "/stream create name:wide shards:50".to_owned(),
            "at most 50 open shards",
        ),
        ("/stream delete name:gone".to_owned(), "You have no stream `gone`"),
    ];
    for (command, words) in mistakes {
        drop(ana.slash("lab", &command).await.fine().privately().says(words));
    }
    drop(
        ana.slash("lab", "/stream create name:none shards:0")
            .await
            .impossible(),
    );
    world.end().await;
}

#[tokio::test]
async fn the_tenth_stream_is_the_last() {
    let world = demo().await;
    let ana = world.ana();
    for number in 0..10 {
        drop(
            ana.slash("lab", &format!("/stream create name:s{number} shards:1"))
                .await
                .fine()
                .says("is ACTIVE"),
        );
    }
    drop(
        ana.slash("lab", "/stream create name:s10 shards:1")
            .await
            .fine()
            .privately()
            .says("at most 10 streams"),
    );
    let asked = ana.slash("lab", "/stream delete name:s3").await.fine();
    drop(ana.press(&asked, "Delete it").await.fine().says("s3 is deleted"));
    drop(
        ana.slash("lab", "/stream create name:s10 shards:1")
            .await
            .fine()
            .says("is ACTIVE"),
    );
    world.end().await;
}

#[tokio::test]
async fn streams_and_credentials_are_anas_alone() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    drop(ben.slash("lab", "/stream list").await.fine().says("No streams"));
    drop(
        ben.slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("You have no stream `orders`"),
    );
    let keys = ana.slash("lab", "/sandbox credentials").await.fine().privately();
    let text = keys.text();
    for line in [
        "aws_access_key_id = AKIA",
        "aws_secret_access_key = ",
        "endpoint_url = http://127.0.0.1:",
        "region = us-east-1",
    ] {
        assert!(text.lines().any(|it| it.starts_with(line)), "{line} in {text}");
    }
    let secret = text
        .lines()
        .find_map(|line| line.strip_prefix("aws_secret_access_key = "))
        .expect("a secret")
        .to_owned();
    drop(
        ben.slash("lab", "/sandbox credentials")
            .await
            .fine()
            .does_not_say(&secret),
    );
    assert!(!world.log().contains(&secret), "the secret is in the log");
    let database = std::fs::read(world.folder().join("tributary.db")).expect("the database");
    assert!(
        !String::from_utf8_lossy(&database).contains(&secret),
        "the secret is sealed at rest"
    );
    world.end().await;
}

#[tokio::test]
async fn streams_survive_a_power_cut() {
    let mut world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    drop(
        world
            .ana()
            .slash("lab", "/stream put name:orders key:a data:first")
            .await
            .fine(),
    );
    drop(
        world
            .ana()
            .slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("`first`"),
    );
    drop(
        world
            .ana()
            .slash("lab", "/stream put name:orders key:a data:second")
            .await
            .fine(),
    );
    world.restart_bot().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("`second`")
            .does_not_say("`first`"),
    );
    world.end().await;
}

#[tokio::test]
async fn regions_are_apart() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1 region:ap-southeast-2")
            .await
            .fine()
            .says("ap-southeast-2"),
    );
    drop(
        ana.slash("lab", "/stream list")
            .await
            .fine()
            .says("No streams in us-east-1"),
    );
    drop(
        ana.slash("lab", "/stream list region:ap-southeast-2")
            .await
            .fine()
            .says("`orders`"),
    );
    world.end().await;
}
