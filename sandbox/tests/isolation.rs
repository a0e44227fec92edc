//! Two tenants own a stream of the same name, and each operation of Kinesis that names one is tried across the wall:
//! by name, ARN, consumer, iterator and region. What is not refused acts on the caller's own.

mod common;

use std::net::SocketAddr;

use common::World;
use common::raw::{Answer, Signed, send, sign};
use sandbox::{Region, Tenant};
use serde_json::{Value, json};
use tokio::net::TcpListener;

async fn serve(world: &World) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sandbox = world.sandbox.clone();
    tokio::spawn(async move { sandbox.serve(listener, std::future::pending()).await });
    address
}

/// Operations that take a stream by name or ARN, with what else they need.
fn by_stream() -> Vec<(&'static str, Value)> {
    let shard = "shardId-000000000000";
    let metrics = json!({"ShardLevelMetrics": ["IncomingBytes"]});
    let key = json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"});
    vec![
        ("AddTagsToStream", json!({"Tags": {"mine": "now"}})),
        (
            "DecreaseStreamRetentionPeriod",
            json!({"RetentionPeriodHours": 24}),
        ),
        ("DeleteStream", json!({"EnforceConsumerDeletion": true})),
        ("DescribeStream", json!({})),
        ("DescribeStreamSummary", json!({})),
        ("DisableEnhancedMonitoring", metrics.clone()),
        ("EnableEnhancedMonitoring", metrics),
        (
            "GetShardIterator",
            json!({"ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}),
        ),
        (
            "IncreaseStreamRetentionPeriod",
            json!({"RetentionPeriodHours": 48}),
        ),
        ("ListShards", json!({})),
        ("ListTagsForStream", json!({})),
        (
            "MergeShards",
            json!({"ShardToMerge": shard, "AdjacentShardToMerge": "shardId-000000000001"}),
        ),
        ("PutRecord", json!({"PartitionKey": "k", "Data": "YmVu"})),
        (
            "PutRecords",
            json!({"Records": [{"PartitionKey": "k", "Data": "YmVu"}]}),
        ),
        ("RemoveTagsFromStream", json!({"TagKeys": ["owner"]})),
        (
            "SplitShard",
            json!({"ShardToSplit": shard, "NewStartingHashKey": "1000"}),
        ),
        ("StartStreamEncryption", key.clone()),
        ("StopStreamEncryption", key),
        (
            "UpdateShardCount",
            json!({"TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"}),
        ),
    ]
}

/// Operations that take only an ARN: the field it stands in, and what else they need.
fn by_arn_alone() -> Vec<(&'static str, &'static str, Value)> {
    let policy = json!({"Policy": "{}"});
    vec![
        (
            "UpdateStreamMode",
            "StreamARN",
            json!({"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}),
        ),
        ("ListStreamConsumers", "StreamARN", json!({})),
        (
            "RegisterStreamConsumer",
            "StreamARN",
            json!({"ConsumerName": "mine"}),
        ),
        (
            "DescribeStreamConsumer",
            "StreamARN",
            json!({"ConsumerName": "fan"}),
        ),
        (
            "DeregisterStreamConsumer",
            "StreamARN",
            json!({"ConsumerName": "fan"}),
        ),
        ("DescribeStreamConsumer", "ConsumerARN", json!({})),
        ("DeregisterStreamConsumer", "ConsumerARN", json!({})),
        (
            "SubscribeToShard",
            "ConsumerARN",
            json!({"ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}),
        ),
        ("ListTagsForResource", "ResourceARN", json!({})),
        ("TagResource", "ResourceARN", json!({"Tags": {"mine": "now"}})),
        ("UntagResource", "ResourceARN", json!({"TagKeys": ["owner"]})),
        ("GetResourcePolicy", "ResourceARN", json!({})),
        ("PutResourcePolicy", "ResourceARN", policy),
        ("DeleteResourcePolicy", "ResourceARN", json!({})),
    ]
}

fn arn(tenant: &Tenant) -> String {
    format!("arn:aws:kinesis:us-east-1:{}:stream/orders", tenant.account_id)
}

struct House {
    world: World,
    address: SocketAddr,
}

impl House {
    /// Ana and Ben, each with a stream `orders` of their own: two shards, a record, a tag and a consumer.
    async fn open() -> Self {
        let world = World::new().await;
        let house = Self {
            address: serve(&world).await,
            world,
        };
        for tenant in [&house.world.ana, &house.world.ben] {
            let streams = house.world.sandbox.streams(tenant, Region::UsEast1);
            streams.create("orders", 2).await.unwrap();
            streams
                .put("orders", "k", tenant.member.as_bytes())
                .await
                .unwrap();
            let own = arn(tenant);
            let tags = json!({"StreamName": "orders", "Tags": {"owner": tenant.member}});
            assert_eq!(house.ask(tenant, "AddTagsToStream", &tags).await.status, 200);
            let fan = json!({"StreamARN": own, "ConsumerName": "fan"});
            assert_eq!(
                house.ask(tenant, "RegisterStreamConsumer", &fan).await.status,
                200
            );
            // A consumer takes a moment to become ACTIVE, which a picture of the stream shows.
            let consumer = json!({"StreamARN": own, "ConsumerName": "fan"});
            while house.said(tenant, "DescribeStreamConsumer", &consumer).await["ConsumerDescription"]["ConsumerStatus"]
                != "ACTIVE"
            {
                tokio::task::yield_now().await;
            }
        }
        for tenant in [&house.world.ana, &house.world.ben] {
            let fan = json!({"StreamARN": arn(tenant), "ConsumerName": "fan"});
            while house.said(tenant, "DescribeStreamConsumer", &fan).await["ConsumerDescription"]["ConsumerStatus"]
                != "ACTIVE"
            {
                tokio::task::yield_now().await;
            }
        }
        house
    }

    async fn ask(&self, tenant: &Tenant, operation: &str, body: &Value) -> Answer {
        self.ask_in("us-east-1", tenant, operation, body).await
    }

    async fn ask_in(&self, region: &str, tenant: &Tenant, operation: &str, body: &Value) -> Answer {
        let signed = Signed::new(tenant, &format!("Kinesis_20131202.{operation}"), body).scope_region(region);
        send(self.address, &sign(self.address, signed)).await
    }

    async fn said(&self, tenant: &Tenant, operation: &str, body: &Value) -> Value {
        let answer = self.ask(tenant, operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {answer:?}");
        answer.json().clone()
    }

    /// All that can be seen of a tenant's stream.
    async fn picture(&self, tenant: &Tenant) -> Value {
        let name = json!({"StreamName": "orders"});
        let fans = self
            .said(tenant, "ListStreamConsumers", &json!({"StreamARN": arn(tenant)}))
            .await;
        let mut records = Vec::new();
        for shard in ["shardId-000000000000", "shardId-000000000001"] {
            let iterator = self.iterator(tenant, shard).await;
            let read = self
                .said(tenant, "GetRecords", &json!({"ShardIterator": iterator}))
                .await;
            records.push(read["Records"].clone());
        }
        json!([
            self.said(tenant, "DescribeStream", &name).await,
            self.said(tenant, "ListTagsForStream", &name).await,
            fans["Consumers"],
            records,
        ])
    }

    async fn iterator(&self, tenant: &Tenant, shard: &str) -> String {
        let body = json!({"StreamName": "orders", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let given = self.said(tenant, "GetShardIterator", &body).await;
        given["ShardIterator"].as_str().unwrap().to_owned()
    }
}

fn with(body: &Value, field: &str, value: &str) -> Value {
    let mut body = body.clone();
    body[field] = json!(value);
    body
}

#[tokio::test]
async fn no_operation_reaches_anas_stream_with_bens_keys() {
    let house = House::open().await;
    let (ana, ben) = (&house.world.ana, &house.world.ben);
    let before = house.picture(ana).await;
    let consumer = before[2][0]["ConsumerARN"].as_str().unwrap().to_owned();
    let hers = arn(ana);
    let mut tried: Vec<(&str, Value)> = Vec::new();
    for (operation, body) in by_stream() {
        tried.push((operation, with(&body, "StreamARN", &hers)));
        // The name of his own stream beside her ARN must not let the ARN in.
        tried.push((
            operation,
            with(&with(&body, "StreamARN", &hers), "StreamName", "orders"),
        ));
    }
    for (operation, field, body) in by_arn_alone() {
        let arn = if field == "ConsumerARN" { &consumer } else { &hers };
        tried.push((operation, with(&body, field, arn)));
    }
    for (operation, body) in &tried {
        let answer = house.ask(ben, operation, body).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (400, "AccessDeniedException".to_owned()),
            "{operation} {body}"
        );
    }
    let iterator = house.iterator(ana, "shardId-000000000000").await;
    for body in [
        json!({"ShardIterator": iterator}),
        json!({"ShardIterator": iterator, "StreamARN": arn(ben)}),
    ] {
        let stolen = house.ask(ben, "GetRecords", &body).await;
        assert_eq!(stolen.status, 400, "{stolen:?}");
    }
    assert_eq!(house.picture(ana).await, before, "nothing of hers moved");
}

#[tokio::test]
async fn by_name_every_operation_means_the_callers_own() {
    let house = House::open().await;
    let (ana, ben) = (&house.world.ana, &house.world.ben);
    let before = house.picture(ana).await;
    let (deletions, others): (Vec<_>, Vec<_>) = by_stream()
        .into_iter()
        .partition(|(name, _)| *name == "DeleteStream");
    for (operation, body) in others.into_iter().chain(deletions) {
        // It may fail on his own, which is still changing; hers is not touched either way.
        drop(
            house
                .ask(ben, operation, &with(&body, "StreamName", "orders"))
                .await,
        );
    }
    assert_eq!(house.picture(ana).await, before, "nothing of hers moved");
}

#[tokio::test]
async fn a_region_is_a_wall_too() {
    let house = House::open().await;
    let ana = &house.world.ana;
    let before = house.picture(ana).await;
    let iterator = house.iterator(ana, "shardId-000000000000").await;
    for region in ["eu-west-1", "eu-central-1", "ap-southeast-2"] {
        for (operation, body) in by_stream() {
            let by_name = house
                .ask_in(region, ana, operation, &with(&body, "StreamName", "orders"))
                .await;
            assert_eq!(
                (by_name.status, by_name.kind()),
                (400, "ResourceNotFoundException".to_owned()),
                "{operation}"
            );
            let by_arn = house
                .ask_in(region, ana, operation, &with(&body, "StreamARN", &arn(ana)))
                .await;
            assert_eq!(
                (by_arn.status, by_arn.kind()),
                (400, "ResourceNotFoundException".to_owned()),
                "{operation}"
            );
        }
        let read = house
            .ask_in(region, ana, "GetRecords", &json!({"ShardIterator": iterator}))
            .await;
        assert_eq!(read.status, 400, "{read:?}");
    }
    assert_eq!(house.picture(ana).await, before, "nothing moved where it is");
}
