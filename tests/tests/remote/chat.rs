//! The whole bot, with its members' sandboxes in one account at moto. Taken for AWS itself, it asks
//! for money first: that is in `stories/spending`.

use tests::{Answer, MONDAY, Moto, World};

use crate::PROGRAM;

/// The demo world with a bot of this provider; `None` where there is no moto.
async fn world(provider: &str) -> Option<(Moto, World)> {
    let moto = Moto::start()?;
    let mut world = World::empty(PROGRAM, MONDAY).await;
    for (name, value) in [
        ("TRIBUTARY_SANDBOX__PROVIDER", provider),
        ("TRIBUTARY_SANDBOX__ENDPOINT", &moto.url),
        ("TRIBUTARY_SANDBOX__PREFIX", "demo"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "an-example-and-no-secret"),
    ] {
        world.tell(name, value);
    }
    Some((moto, world.with_demo().await))
}

/// Ana types this in #lab; what she sees.
async fn ana(world: &World, text: &str) -> Answer {
    world.ana().slash("lab", text).await.fine()
}

/// The same as ben.
async fn ben(world: &World, text: &str) -> Answer {
    world.ben().slash("lab", text).await.fine()
}

#[tokio::test]
async fn ana_and_ben_have_a_stream_of_one_name_each() {
    let Some((_moto, world)) = world("endpoint").await else {
        return;
    };
    let made = ana(&world, "/stream create name:orders shards:2").await;
    drop(made.publicly().says("orders is ACTIVE"));
    let put = ana(&world, "/stream put name:orders key:user-1 data:hello").await;
    drop(put.says("orders \u{2190} 5 bytes"));
    drop(ana(&world, "/stream read name:orders").await.says("hello"));
    drop(
        ana(&world, "/stream split name:orders shard:0")
            .await
            .says("shard 2"),
    );
    drop(ana(&world, "/stream describe name:orders").await.says("1 record"));
    drop(ana(&world, "/stream lag name:orders").await);

    drop(ben(&world, "/stream list").await.says("No streams"));
    let told = ben(&world, "/stream read name:orders").await;
    drop(told.privately().says("You have no stream `orders`"));
    drop(
        ben(&world, "/stream create name:orders shards:1")
            .await
            .says("orders is ACTIVE"),
    );
    let his = ben(&world, "/stream read name:orders").await;
    assert!(!his.text().contains("hello"), "{his}");
    drop(ana(&world, "/stream list").await.says("orders"));
    world.end().await;
}

#[tokio::test]
async fn ana_uses_a_queue_a_topic_and_a_table() {
    let Some((_moto, world)) = world("endpoint").await else {
        return;
    };
    drop(
        ana(&world, "/queue create name:work visibility:60")
            .await
            .says("work is ready"),
    );
    drop(
        ana(&world, "/queue send name:work message:pay 17")
            .await
            .says("1 visible"),
    );
    let received = ana(&world, "/queue receive name:work")
        .await
        .says("`pay 17` \u{b7} first receive");
    let done = world.ana().press(&received, "Acknowledge").await.fine();
    drop(done.says("**acknowledged**").says("0 visible, 0 in flight"));

    drop(ana(&world, "/topic create name:news").await);
    drop(ana(&world, "/topic subscribe name:news queue:work").await);
    let told = ana(&world, "/topic publish name:news message:hi").await;
    drop(told.says("AWS delivers in the background"));
    drop(
        ana(&world, "/queue receive name:work")
            .await
            .says("first receive"),
    );

    drop(
        ana(
            &world,
            "/table create name:users key:id stream:NEW_AND_OLD_IMAGES",
        )
        .await,
    );
    drop(ana(&world, "/table put name:users item:{\"id\":\"u1\"}").await);
    drop(ana(&world, "/table changes name:users").await.says("u1"));
    drop(
        ben(&world, "/table get name:users item:u1")
            .await
            .privately()
            .says("You have no table `users`"),
    );
    world.end().await;
}

#[tokio::test]
async fn what_only_the_built_in_sandbox_can_do_says_so() {
    let Some((_moto, world)) = world("endpoint").await else {
        return;
    };
    drop(
        ana(&world, "/stream create name:orders shards:1")
            .await
            .says("orders is ACTIVE"),
    );
    drop(ana(&world, "/queue create name:work").await);
    drop(ana(&world, "/exercise start module:M1").await);
    for text in [
        "/exercise check module:M1",
        "/stream sql query:SELECT * FROM records",
        "/queue peek name:work",
        "/lab fault kind:delay",
    ] {
        let told = ana(&world, text).await.privately();
        drop(told.says("this server's sandboxes are on real AWS"));
    }
    let told = ana(&world, "/sandbox credentials").await;
    drop(told.privately().says("no keys to show"));
    let name = "n".repeat(101);
    let told = ana(&world, &format!("/stream create name:{name} shards:1")).await;
    drop(
        told.privately()
            .says("is too long here")
            .says("characters are left for yours"),
    );

    let asked = ana(&world, "/sandbox reset").await.privately();
    let asked = asked.says("stream `orders` and queue `work`");
    drop(
        world
            .ana()
            .press(&asked, "Empty my sandbox")
            .await
            .fine()
            .says("A fresh sandbox"),
    );
    drop(ana(&world, "/stream list").await.says("No streams"));
    world.end().await;
}
