//! `/lab fault`: what a member lets go wrong, and that it ends.

use tests::{Answer, Person};

use crate::demo;

/// Does all of these in #lab, and answers with what the last brought.
async fn all(person: Person<'_>, commands: &[&str]) -> Answer {
    let mut last = None;
    for command in commands {
        last = Some(person.slash("lab", command).await.fine());
    }
    last.expect("a command")
}

/// Whether these stand in the answer one after the other.
fn in_order(answer: &Answer, words: &[&str]) -> bool {
    let text = answer.text();
    let places: Vec<usize> = words.iter().filter_map(|word| text.find(word)).collect();
    places.len() == words.len() && places.is_sorted()
}

#[tokio::test]
async fn what_ana_lets_go_wrong_goes_wrong_for_her_alone_until_she_ends_it() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    for person in [ana, ben] {
        drop(all(person, &["/stream create name:orders shards:1"]).await);
    }
    let fault = ana
        .slash("lab", "/lab fault kind:duplicate duration:300")
        .await
        .fine()
        .publicly()
        .says("Everything is sent twice")
        .says("What helps?");
    for (person, read) in [(ana, "2 records"), (ben, "1 record\n")] {
        let put_and_read = [
            "/stream put name:orders key:a data:once",
            "/stream read name:orders",
        ];
        drop(all(person, &put_and_read).await.says(read));
    }
    drop(
        ben.press(&fault, "End it now")
            .await
            .fine()
            .privately()
            .says("belongs to someone else"),
    );
    drop(all(ana, &["/lab fault"]).await.says("Everything is sent twice"));
    drop(
        ana.press(&fault, "End it now")
            .await
            .fine()
            .says("works as it should"),
    );
    drop(
        all(
            ana,
            &[
                "/stream put name:orders key:a data:more",
                "/stream read name:orders",
            ],
        )
        .await
        .says("1 record\n"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_reader_that_crashes_is_given_the_same_records_again() {
    let world = demo().await;
    let ana = world.ana();
    let begin = [
        "/stream create name:orders shards:2",
        "/stream load name:orders count:20",
        "/lab fault kind:crash a consumer",
    ];
    drop(all(ana, &begin).await.says("A consumer crashes"));
    drop(
        ana.slash("lab", "/stream read name:orders count:100")
            .await
            .fine()
            .privately()
            .says("The reader crashed before it could use what it was given")
            .says("Its place was not saved"),
    );
    drop(
        all(ana, &["/stream lag name:orders"])
            .await
            .says("20 records wait"),
    );
    drop(
        all(ana, &["/stream read name:orders count:100"])
            .await
            .publicly()
            .says("20 records"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_message_whose_receiver_crashed_comes_back_when_its_time_is_over() {
    let world = demo().await;
    let ana = world.ana();
    let begin = [
        "/queue create name:orders visibility:1",
        "/queue send name:orders message:pay",
        "/lab fault kind:crash a consumer",
    ];
    drop(all(ana, &begin).await);
    drop(
        ana.slash("lab", "/queue receive name:orders")
            .await
            .fine()
            .privately()
            .says("Its messages are in flight now"),
    );
    drop(
        all(ana, &["/queue receive name:orders wait:5"])
            .await
            .says("receive number **2**: it was not acknowledged before"),
    );
    world.end().await;
}

#[tokio::test]
async fn order_is_lost_where_none_was_promised_and_nowhere_else() {
    let world = demo().await;
    let ana = world.ana();
    let begin = [
        "/stream create name:orders shards:1",
        "/queue create name:plain",
        "/queue create name:strict fifo:True content-dedup:True",
        "/lab fault kind:reorder",
        "/stream load name:orders count:3 keys:1 data:batch {n}",
        "/stream put name:orders key:a data:one by one 1",
        "/stream put name:orders key:a data:one by one 2",
    ];
    drop(all(ana, &begin).await);
    let read = all(ana, &["/stream read name:orders"]).await;
    let expected = [
        "`batch 3`",
        "`batch 2`",
        "`batch 1`",
        "`one by one 1`",
        "`one by one 2`",
    ];
    assert!(in_order(&read, &expected), "{read}");

    for body in ["first", "second"] {
        let plain = format!("/queue send name:plain message:{body}");
        let strict = format!("/queue send name:strict.fifo group:a message:{body}");
        drop(all(ana, &[&plain, &strict]).await);
    }
    drop(
        all(ana, &["/queue receive name:plain"])
            .await
            .says("`second` · first receive"),
    );
    drop(
        all(ana, &["/queue receive name:strict.fifo"])
            .await
            .says("`first` · group `a` · first receive"),
    );
    world.end().await;
}

#[tokio::test]
async fn every_second_call_is_throttled_and_says_that_it_was_asked_for() {
    let world = demo().await;
    let ana = world.ana();
    let begin = [
        "/stream create name:orders shards:1",
        "/queue create name:orders",
        "/topic create name:news",
        "/table create name:users key:id",
    ];
    drop(all(ana, &begin).await);
    for command in [
        "/stream put name:orders key:a data:b",
        "/queue send name:orders message:a",
        "/topic publish name:news message:a",
        "/table put name:users item:{\"id\":\"u1\"}",
    ] {
        drop(all(ana, &["/lab fault kind:throttle"]).await);
        let refused = ana.slash("lab", command).await.fine().privately();
        drop(refused.says("Refused as too fast, as you asked with `/lab fault`"));
        drop(all(ana, &[command]).await.publicly());
    }
    world.end().await;
}

#[tokio::test]
async fn a_fault_slows_each_call_and_none_outlives_a_restart_or_a_reset() {
    let mut world = demo().await;
    let slow = ["/stream create name:orders shards:1", "/lab fault kind:delay"];
    drop(all(world.ana(), &slow).await.says("takes 500 ms longer"));
    let put = all(world.ana(), &["/stream put name:orders key:a data:b"]).await;
    assert!(put.0["done_ms"].as_u64() >= Some(500), "{put}");
    world.restart_bot().await;
    drop(all(world.ana(), &["/lab fault"]).await.says("works as it should"));
    let ask = all(world.ana(), &["/lab fault kind:duplicate", "/sandbox reset"]).await;
    drop(world.ana().press(&ask, "Empty my sandbox").await.fine());
    drop(all(world.ana(), &["/lab fault"]).await.says("works as it should"));
    world.end().await;
}
