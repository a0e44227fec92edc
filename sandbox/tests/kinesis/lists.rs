//! Lists of streams, shards, consumers and tags, a page at a time; and descriptions.

use std::collections::BTreeSet;

use aws_sdk_kinesis::types::{
    EncryptionType, Shard, ShardFilter, ShardFilterType, ShardIteratorType, StreamMode, StreamModeDetails,
};

use crate::house::{FIRST, House, code};

#[tokio::test]
async fn streams_are_listed_by_name_a_page_at_a_time() {
    let house = House::new().await;
    for name in ["c", "a", "d", "b", "e"] {
        house.stream(name, 1).await;
    }
    let page = house.ana.list_streams().limit(2).send().await.unwrap();
    assert_eq!(page.stream_names, ["a", "b"]);
    assert!(page.has_more_streams);
    let summary = &page.stream_summaries()[1];
    assert_eq!(
        (summary.stream_name(), summary.stream_arn()),
        ("b", house.arn("b").as_str())
    );
    let by_token = house
        .ana
        .list_streams()
        .limit(2)
        .next_token(page.next_token.unwrap());
    assert_eq!(by_token.send().await.unwrap().stream_names, ["c", "d"]);
    let by_name = house
        .ana
        .list_streams()
        .exclusive_start_stream_name("d")
        .send()
        .await
        .unwrap();
    assert_eq!(by_name.stream_names, ["e"]);
    assert!(!by_name.has_more_streams && by_name.next_token.is_none());
}

#[tokio::test]
async fn a_filter_lets_through_the_shards_of_its_time() {
    let house = House::new().await;
    house.stream("orders", 2).await;
    let split = house
        .ana
        .split_shard()
        .stream_name("orders")
        .shard_to_split(FIRST);
    split
        .new_starting_hash_key((1_u128 << 126).to_string())
        .send()
        .await
        .unwrap();
    house.active("orders").await;
    let ids = async |filter: ShardFilter| {
        let listed = house.ana.list_shards().stream_name("orders").shard_filter(filter);
        let shards = listed.send().await.unwrap().shards.unwrap();
        let numbers = shards
            .iter()
            .map(|shard| shard.shard_id[8..].parse::<u8>().unwrap());
        numbers.collect::<BTreeSet<_>>()
    };
    let filter = |kind| ShardFilter::builder().r#type(kind);
    let built = |kind| filter(kind).build().unwrap();
    assert_eq!(
        ids(built(ShardFilterType::FromTrimHorizon)).await,
        BTreeSet::from([0, 1, 2, 3])
    );
    assert_eq!(
        ids(built(ShardFilterType::AtTrimHorizon)).await,
        BTreeSet::from([0, 1])
    );
    assert_eq!(
        ids(built(ShardFilterType::AtLatest)).await,
        BTreeSet::from([1, 2, 3])
    );
    let after = filter(ShardFilterType::AfterShardId).shard_id("shardId-000000000001");
    assert_eq!(ids(after.build().unwrap()).await, BTreeSet::from([2, 3]));
    let no_time = house
        .ana
        .list_shards()
        .stream_name("orders")
        .shard_filter(built(ShardFilterType::AtTimestamp));
    assert_eq!(code(no_time.send().await), "InvalidArgumentException");

    let latest = || {
        house
            .ana
            .list_shards()
            .shard_filter(built(ShardFilterType::AtLatest))
    };
    let page = latest()
        .stream_name("orders")
        .max_results(2)
        .send()
        .await
        .unwrap();
    let token = page.next_token.unwrap();
    let rest = house.ana.list_shards().next_token(&token).send().await.unwrap();
    let rest: Vec<_> = rest.shards().iter().map(Shard::shard_id).collect();
    assert_eq!(rest, ["shardId-000000000003"], "the filter goes with the token");
    let twice = house
        .ana
        .list_shards()
        .stream_name("orders")
        .next_token(&token)
        .send()
        .await;
    assert_eq!(code(twice), "InvalidArgumentException");
    let ben = house
        .world
        .sandbox
        .kinesis(&house.world.ben, sandbox::Region::UsEast1);
    let stolen = ben.list_shards().next_token(token).send().await;
    assert_eq!(code(stolen), "InvalidArgumentException");
    let neither = house.ana.list_shards().send().await;
    assert_eq!(code(neither), "InvalidArgumentException");
}

#[tokio::test]
async fn a_description_has_its_shards_in_pages_and_says_how_they_are_encrypted() {
    let house = House::new().await;
    house.stream("orders", 5).await;
    let key = "alias/aws/kinesis";
    let start = house
        .ana
        .start_stream_encryption()
        .stream_name("orders")
        .key_id(key);
    start.encryption_type(EncryptionType::Kms).send().await.unwrap();
    house.active("orders").await;
    let page = house
        .ana
        .describe_stream()
        .stream_name("orders")
        .limit(3)
        .send()
        .await
        .unwrap();
    let page = page.stream_description.unwrap();
    assert_eq!(
        (page.shards.len(), page.has_more_shards, page.key_id()),
        (3, true, Some(key))
    );
    let rest = house.ana.describe_stream().stream_name("orders");
    let rest = rest
        .exclusive_start_shard_id("shardId-000000000002")
        .send()
        .await
        .unwrap();
    let rest = rest.stream_description.unwrap();
    assert_eq!((rest.shards.len(), rest.has_more_shards), (2, false));

    let put = house.ana.put_record().stream_name("orders").partition_key("k");
    let put = put
        .data(aws_sdk_kinesis::primitives::Blob::new("x"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.encryption_type, Some(EncryptionType::Kms));
    let iterator = house
        .iterator("orders", &put.shard_id, ShardIteratorType::TrimHorizon)
        .await;
    assert_eq!(
        house.get(&iterator).await.records[0].encryption_type,
        Some(EncryptionType::Kms)
    );

    let limits = house.ana.describe_limits().send().await.unwrap();
    assert_eq!(
        (
            limits.open_shard_count,
            limits.shard_limit,
            limits.on_demand_stream_count
        ),
        (5, 50, 0)
    );
    let mode = StreamModeDetails::builder()
        .stream_mode(StreamMode::OnDemand)
        .build()
        .unwrap();
    let elastic = house
        .ana
        .create_stream()
        .stream_name("elastic")
        .stream_mode_details(mode);
    elastic.send().await.unwrap();
    house.active("elastic").await;
    assert_eq!(
        house
            .ana
            .describe_limits()
            .send()
            .await
            .unwrap()
            .on_demand_stream_count,
        1
    );
}

#[tokio::test]
async fn tags_are_fifty_and_listed_in_pages() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let add = async |from: u32, to: u32| {
        let mut add = house.ana.add_tags_to_stream().stream_name("orders");
        for n in from..to {
            add = add.tags(format!("tag-{n:02}"), "v");
        }
        add.send().await
    };
    add(0, 45).await.unwrap();
    assert_eq!(code(add(45, 51).await), "InvalidArgumentException");
    add(40, 50).await.unwrap();
    let page = house
        .ana
        .list_tags_for_stream()
        .stream_name("orders")
        .limit(20)
        .send()
        .await
        .unwrap();
    assert!(page.has_more_tags);
    let rest = house.ana.list_tags_for_stream().stream_name("orders");
    let rest = rest
        .exclusive_start_tag_key(page.tags.last().unwrap().key())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (page.tags.len(), rest.tags.len(), rest.has_more_tags),
        (20, 30, false)
    );
    let odd = house
        .ana
        .add_tags_to_stream()
        .stream_name("orders")
        .tags("semi;colon", "v");
    assert_eq!(code(odd.send().await), "InvalidArgumentException");
    let untag = house.ana.untag_resource().resource_arn(house.arn("orders"));
    untag.tag_keys("tag-00").send().await.unwrap();
    let all = house
        .ana
        .list_tags_for_resource()
        .resource_arn(house.arn("orders"))
        .send()
        .await
        .unwrap();
    assert_eq!(all.tags().len(), 49);
}
