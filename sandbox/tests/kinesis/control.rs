//! Streams created, split, merged, scaled, kept longer and deleted: what AWS allows, and in which words it refuses.

use std::time::Duration;

use aws_sdk_kinesis::types::{MetricsName, ScalingType, StreamMode, StreamModeDetails};

use crate::house::{FIRST, House, code, refusal};

const SECOND: &str = "shardId-000000000001";

fn half(of: u32) -> String {
    (1_u128 << of).to_string()
}

#[tokio::test]
async fn a_closed_shard_is_split_or_merged_no_more() {
    // Long enough for a slow disk between two questions.
    let house = House::slow(Duration::from_secs(2)).await;
    house.stream("orders", 2).await;
    let split = |shard: &str, at: String| {
        let split = house
            .ana
            .split_shard()
            .stream_name("orders")
            .shard_to_split(shard);
        split.new_starting_hash_key(at).send()
    };
    split(FIRST, half(126)).await.unwrap();
    assert_eq!(
        code(split(SECOND, half(127)).await),
        "ResourceInUseException",
        "it is UPDATING"
    );
    house.active("orders").await;
    let (kind, words) = refusal(split(FIRST, half(126)).await);
    assert_eq!(kind, "InvalidArgumentException");
    assert!(words.contains("has already been merged or split"), "{words}");
    let merge = |one: &str, other: &str| {
        let merge = house.ana.merge_shards().stream_name("orders").shard_to_merge(one);
        merge.adjacent_shard_to_merge(other).send()
    };
    assert_eq!(code(merge(FIRST, SECOND).await), "InvalidArgumentException");
    let (kind, words) = refusal(merge("shardId-000000000002", SECOND).await);
    assert_eq!(kind, "InvalidArgumentException");
    assert!(words.contains("not an adjacent pair"), "{words}");
    assert_eq!(
        code(merge("shardId-000000000009", SECOND).await),
        "ResourceNotFoundException"
    );
    merge("shardId-000000000003", SECOND).await.unwrap();
    house.active("orders").await;
    let shards = house.shards("orders").await;
    let child = shards.last().unwrap();
    assert_eq!(
        (child.parent_shard_id(), child.adjacent_parent_shard_id()),
        (Some("shardId-000000000003"), Some(SECOND))
    );
}

#[tokio::test]
async fn a_stream_is_scaled_to_double_at_most_and_ten_times_a_day() {
    let house = House::new().await;
    house.stream("orders", 2).await;
    let scale = |to: i32| {
        let scale = house
            .ana
            .update_shard_count()
            .stream_name("orders")
            .target_shard_count(to);
        scale.scaling_type(ScalingType::UniformScaling).send()
    };
    assert_eq!(code(scale(5).await), "InvalidArgumentException");
    for n in 0..10 {
        let answer = scale(if n % 2 == 0 { 4 } else { 2 }).await.unwrap();
        assert_eq!(answer.stream_arn.unwrap(), house.arn("orders"));
        house.active("orders").await;
    }
    assert_eq!(code(scale(4).await), "LimitExceededException");
    let house = house.restarted().await;
    let scale = house
        .ana
        .update_shard_count()
        .stream_name("orders")
        .target_shard_count(4);
    let after = scale.scaling_type(ScalingType::UniformScaling).send().await;
    assert_eq!(
        code(after),
        "LimitExceededException",
        "a restart begins no new day"
    );
}

#[tokio::test]
async fn an_on_demand_stream_is_not_resharded_by_hand_and_the_mode_is_switched_twice_a_day() {
    let house = House::new().await;
    house.stream("orders", 2).await;
    let switch = |to: StreamMode| {
        let mode = StreamModeDetails::builder().stream_mode(to).build().unwrap();
        let switch = house.ana.update_stream_mode().stream_arn(house.arn("orders"));
        switch.stream_mode_details(mode).send()
    };
    switch(StreamMode::OnDemand).await.unwrap();
    let split = house
        .ana
        .split_shard()
        .stream_name("orders")
        .shard_to_split(FIRST);
    assert_eq!(
        code(split.new_starting_hash_key(half(126)).send().await),
        "ValidationException"
    );
    let scale = house
        .ana
        .update_shard_count()
        .stream_name("orders")
        .target_shard_count(4);
    let scale = scale.scaling_type(ScalingType::UniformScaling).send();
    assert_eq!(code(scale.await), "ValidationException");
    switch(StreamMode::Provisioned).await.unwrap();
    assert_eq!(code(switch(StreamMode::OnDemand).await), "LimitExceededException");
}

#[tokio::test]
async fn retention_goes_from_a_day_to_a_year() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let longer = |hours: i32| {
        let longer = house.ana.increase_stream_retention_period().stream_name("orders");
        longer.retention_period_hours(hours).send()
    };
    let shorter = |hours: i32| {
        let shorter = house.ana.decrease_stream_retention_period().stream_name("orders");
        shorter.retention_period_hours(hours).send()
    };
    longer(8_760).await.unwrap();
    assert_eq!(code(longer(8_761).await), "InvalidArgumentException");
    assert_eq!(
        code(longer(168).await),
        "InvalidArgumentException",
        "that would be shorter"
    );
    shorter(48).await.unwrap();
    assert_eq!(code(shorter(23).await), "InvalidArgumentException");
    assert_eq!(
        code(shorter(72).await),
        "InvalidArgumentException",
        "that would be longer"
    );
}

#[tokio::test]
async fn a_stream_with_consumers_goes_only_with_them() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    house.consumer("orders", "fan").await;
    let delete = || house.ana.delete_stream().stream_name("orders");
    assert_eq!(code(delete().send().await), "ResourceInUseException");
    delete().enforce_consumer_deletion(true).send().await.unwrap();
}

#[tokio::test]
async fn metrics_are_named_as_aws_names_them() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let enable = |metric: MetricsName| {
        let enable = house.ana.enable_enhanced_monitoring().stream_name("orders");
        enable.shard_level_metrics(metric).send()
    };
    let one = enable(MetricsName::IncomingBytes).await.unwrap();
    assert_eq!(
        (
            one.current_shard_level_metrics().len(),
            one.desired_shard_level_metrics().len()
        ),
        (0, 1)
    );
    assert_eq!(
        enable(MetricsName::All)
            .await
            .unwrap()
            .desired_shard_level_metrics()
            .len(),
        7
    );
    assert_eq!(
        code(enable(MetricsName::from("Invented")).await),
        "ValidationException"
    );
    let disable = house.ana.disable_enhanced_monitoring().stream_name("orders");
    let rest = disable
        .shard_level_metrics(MetricsName::IncomingBytes)
        .send()
        .await
        .unwrap();
    assert_eq!(rest.desired_shard_level_metrics().len(), 6);
}

#[tokio::test]
async fn policies_are_of_things_that_are_there() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let put = |arn: String, policy: String| {
        house
            .ana
            .put_resource_policy()
            .resource_arn(arn)
            .policy(policy)
            .send()
    };
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    put(house.arn("orders"), policy.to_owned()).await.unwrap();
    let kept = house
        .ana
        .get_resource_policy()
        .resource_arn(house.arn("orders"))
        .send()
        .await
        .unwrap();
    assert_eq!(kept.policy, policy);
    assert_eq!(
        code(put(house.arn("nowhere"), policy.to_owned()).await),
        "ResourceNotFoundException"
    );
    let ghost = format!("{}/consumer/ghost:1", house.arn("orders"));
    assert_eq!(
        code(put(ghost.clone(), policy.to_owned()).await),
        "ResourceNotFoundException"
    );
    let tag = house.ana.tag_resource().resource_arn(ghost).tags("k", "v");
    assert_eq!(code(tag.send().await), "ResourceNotFoundException");
    assert_eq!(
        code(put(house.arn("orders"), "no JSON".to_owned()).await),
        "InvalidArgumentException"
    );
    let huge = format!(r#"{{"Statement":"{}"}}"#, "x".repeat(30_000));
    assert_eq!(
        code(put(house.arn("orders"), huge).await),
        "InvalidArgumentException"
    );
}

#[tokio::test]
async fn a_name_and_an_arn_may_both_be_given_if_they_agree() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    house.stream("clicks", 1).await;
    let both = house.ana.describe_stream_summary().stream_name("orders");
    both.clone().stream_arn(house.arn("orders")).send().await.unwrap();
    assert_eq!(
        code(both.stream_arn(house.arn("clicks")).send().await),
        "InvalidArgumentException"
    );
}
