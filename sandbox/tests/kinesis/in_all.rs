//! What all members together may hold: nobody's flood takes everybody's memory.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use sandbox::Region;
use sandbox::streams::{From, Read};

use crate::common::World;
use crate::house::refusal;

#[tokio::test]
async fn when_all_is_full_the_longest_unused_make_room_and_lose_nothing() {
    let world = World::with(|settings| settings.bytes_in_all = 700_000).await;
    let here = Region::UsEast1;
    for tenant in [&world.ana, &world.ben] {
        world
            .sandbox
            .streams(tenant, here)
            .create("orders", 1)
            .await
            .unwrap();
    }
    let (ana, ben) = (
        world.sandbox.kinesis(&world.ana, here),
        world.sandbox.kinesis(&world.ben, here),
    );
    let put = |client: &Client, bytes: usize| {
        let put = client.put_record().stream_name("orders").partition_key("k");
        put.data(Blob::new(vec![7; bytes])).send()
    };
    put(&ana, 450_000).await.unwrap();
    let (kind, words) = refusal(put(&ben, 150_000).await);
    assert_eq!(kind, "LimitExceededException");
    assert!(words.contains("bytes limit"), "{words}");
    put(&ben, 70_000).await.unwrap();
    // Ana is not at work, so her place goes to ben. What is there is counted anew once a second at most.
    let patience = tokio::time::timeout(Duration::from_secs(10), async {
        while put(&ben, 150_000).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    patience.await.unwrap();
    assert_eq!(world.sandbox.loaded(), 1, "ana was put away");
    let read = Read {
        from: From::Oldest,
        shard: None,
        limit: 10,
    };
    let kept = world
        .sandbox
        .streams(&world.ana, here)
        .read("orders", read)
        .await
        .unwrap();
    assert_eq!(kept.records[0].data.len(), 450_000);
}
