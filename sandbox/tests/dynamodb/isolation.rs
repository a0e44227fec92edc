//! Two tenants own a table of the same name with a stream, and each operation that names one is tried across the wall: by
//! name, ARN, iterator and region. What is not refused acts on the caller's own.

use std::net::SocketAddr;

use sandbox::Tenant;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::common::World;
use crate::common::raw::{Answer, Signed, send, sign};

struct House {
    world: World,
    address: SocketAddr,
}

fn key() -> Value {
    json!({"pk": {"S": "a"}})
}

/// Operations that name a table, and what else they need. `TABLE` stands for its name or ARN.
fn by_table() -> Vec<(&'static str, Value)> {
    let values = json!({":v": {"S": "ben"}});
    vec![
        ("DescribeTable", json!({"TableName": "TABLE"})),
        ("DescribeTimeToLive", json!({"TableName": "TABLE"})),
        (
            "UpdateTimeToLive",
            json!({"TableName": "TABLE", "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "pk"}}),
        ),
        (
            "UpdateTable",
            json!({"TableName": "TABLE", "StreamSpecification": {"StreamEnabled": false}}),
        ),
        ("GetItem", json!({"TableName": "TABLE", "Key": key()})),
        (
            "PutItem",
            json!({"TableName": "TABLE", "Item": {"pk": {"S": "a"}, "v": {"S": "ben"}}}),
        ),
        (
            "UpdateItem",
            json!({"TableName": "TABLE", "Key": key(), "UpdateExpression": "SET v = :v",
                "ExpressionAttributeValues": values}),
        ),
        ("Scan", json!({"TableName": "TABLE"})),
        (
            "Query",
            json!({"TableName": "TABLE", "KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": values}),
        ),
        (
            "BatchGetItem",
            json!({"RequestItems": {"TABLE": {"Keys": [key()]}}}),
        ),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"TABLE": [{"PutRequest": {"Item": key()}}]}}),
        ),
        (
            "TransactGetItems",
            json!({"TransactItems": [{"Get": {"TableName": "TABLE", "Key": key()}}]}),
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": {"TableName": "TABLE", "Item": key()}}]}),
        ),
        ("DeleteItem", json!({"TableName": "TABLE", "Key": key()})),
        ("DeleteTable", json!({"TableName": "TABLE"})),
    ]
}

fn by_resource() -> Vec<(&'static str, Value)> {
    vec![
        ("ListTagsOfResource", json!({"ResourceArn": "TABLE"})),
        (
            "TagResource",
            json!({"ResourceArn": "TABLE", "Tags": [{"Key": "k", "Value": "v"}]}),
        ),
        (
            "UntagResource",
            json!({"ResourceArn": "TABLE", "TagKeys": ["owner"]}),
        ),
    ]
}

fn of(body: &Value, table: &str) -> Value {
    serde_json::from_str(&body.to_string().replace("TABLE", table)).unwrap()
}

/// A table `orders` with a stream.
fn orders(owner: &str) -> Value {
    json!({
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Tags": [{"Key": "owner", "Value": owner}],
    })
}

fn arn(tenant: &Tenant) -> String {
    format!("arn:aws:dynamodb:us-east-1:{}:table/orders", tenant.account_id)
}

impl House {
    async fn open() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sandbox = world.sandbox.clone();
        tokio::spawn(async move { sandbox.serve(listener, std::future::pending()).await });
        let house = Self { world, address };
        for tenant in [&house.world.ana, &house.world.ben] {
            house
                .said(tenant, "DynamoDB_20120810.CreateTable", &orders(&tenant.member))
                .await;
            let item = json!({"TableName": "orders", "Item": {"pk": {"S": "a"}, "v": {"S": tenant.member}}});
            house.said(tenant, "DynamoDB_20120810.PutItem", &item).await;
        }
        house
    }

    async fn ask_in(&self, region: &str, tenant: &Tenant, target: &str, body: &Value) -> Answer {
        let signed = Signed::new(tenant, target, body)
            .json_1_0()
            .scope_service("dynamodb")
            .scope_region(region);
        send(self.address, &sign(self.address, signed)).await
    }

    async fn ask(&self, tenant: &Tenant, target: &str, body: &Value) -> Answer {
        self.ask_in("us-east-1", tenant, target, body).await
    }

    async fn said(&self, tenant: &Tenant, target: &str, body: &Value) -> Value {
        let answer = self.ask(tenant, target, body).await;
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        answer.json().clone()
    }

    async fn stream(&self, tenant: &Tenant) -> (String, String) {
        let listed = self
            .said(tenant, "DynamoDBStreams_20120810.ListStreams", &json!({}))
            .await;
        let arn = listed["Streams"][0]["StreamArn"].as_str().unwrap().to_owned();
        let described = self
            .said(
                tenant,
                "DynamoDBStreams_20120810.DescribeStream",
                &json!({"StreamArn": arn}),
            )
            .await;
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        (arn, shard.as_str().unwrap().to_owned())
    }

    async fn iterator(&self, tenant: &Tenant) -> String {
        let (stream, shard) = self.stream(tenant).await;
        let body = json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let given = self
            .said(tenant, "DynamoDBStreams_20120810.GetShardIterator", &body)
            .await;
        given["ShardIterator"].as_str().unwrap().to_owned()
    }

    /// All that can be seen of a tenant's table.
    async fn picture(&self, tenant: &Tenant) -> Value {
        let name = json!({"TableName": "orders"});
        let read = json!({"ShardIterator": self.iterator(tenant).await});
        let records = self
            .said(tenant, "DynamoDBStreams_20120810.GetRecords", &read)
            .await;
        json!([
            self.said(tenant, "DynamoDB_20120810.DescribeTable", &name).await,
            self.said(tenant, "DynamoDB_20120810.DescribeTimeToLive", &name)
                .await,
            self.said(tenant, "DynamoDB_20120810.Scan", &name).await,
            self.said(
                tenant,
                "DynamoDB_20120810.ListTagsOfResource",
                &json!({"ResourceArn": arn(tenant)})
            )
            .await,
            records["Records"],
        ])
    }
}

#[tokio::test]
async fn no_operation_reaches_anas_table_with_bens_keys() {
    let house = House::open().await;
    let (ana, ben) = (&house.world.ana, &house.world.ben);
    let before = house.picture(ana).await;
    for (operation, body) in by_table().into_iter().chain(by_resource()) {
        let answer = house
            .ask(
                ben,
                &format!("DynamoDB_20120810.{operation}"),
                &of(&body, &arn(ana)),
            )
            .await;
        let refused = (answer.status, answer.kind());
        assert_eq!(refused, (400, "AccessDeniedException".to_owned()), "{operation}");
    }
    let (stream, shard) = house.stream(ana).await;
    let iterator = house.iterator(ana).await;
    for (operation, body, expected) in [
        (
            "DescribeStream",
            json!({"StreamArn": stream}),
            "AccessDeniedException",
        ),
        (
            "GetShardIterator",
            json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}),
            "AccessDeniedException",
        ),
        (
            "ListStreams",
            json!({"ExclusiveStartStreamArn": stream}),
            "AccessDeniedException",
        ),
        (
            "GetRecords",
            json!({"ShardIterator": iterator}),
            "ValidationException",
        ),
    ] {
        let answer = house
            .ask(ben, &format!("DynamoDBStreams_20120810.{operation}"), &body)
            .await;
        assert_eq!(
            (answer.status, answer.kind()),
            (400, expected.to_owned()),
            "{operation}"
        );
    }
    let statement = format!("SELECT * FROM \"{}\"", arn(ana));
    let answer = house
        .ask(
            ben,
            "DynamoDB_20120810.ExecuteStatement",
            &json!({"Statement": statement}),
        )
        .await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(house.picture(ana).await, before, "nothing of hers moved");
}

#[tokio::test]
async fn by_name_every_operation_means_the_callers_own() {
    let house = House::open().await;
    let (ana, ben) = (&house.world.ana, &house.world.ben);
    let before = house.picture(ana).await;
    for (operation, body) in by_table() {
        house
            .said(
                ben,
                &format!("DynamoDB_20120810.{operation}"),
                &of(&body, "orders"),
            )
            .await;
    }
    assert_eq!(house.picture(ana).await, before, "nothing of hers moved");
}

#[tokio::test]
async fn a_region_is_a_wall_too() {
    let house = House::open().await;
    let ana = &house.world.ana;
    let before = house.picture(ana).await;
    let (stream, _) = house.stream(ana).await;
    let iterator = house.iterator(ana).await;
    // What the ARN names here has a twin there, which it must not reach either.
    let twin = house
        .ask_in("eu-west-1", ana, "DynamoDB_20120810.CreateTable", &orders("twin"))
        .await;
    assert_eq!(twin.status, 200, "{twin:?}");
    for region in ["eu-west-1", "eu-central-1", "ap-southeast-2"] {
        for (operation, body) in by_table().into_iter().chain(by_resource()) {
            let target = format!("DynamoDB_20120810.{operation}");
            let by_arn = house.ask_in(region, ana, &target, &of(&body, &arn(ana))).await;
            let refused = (by_arn.status, by_arn.kind());
            assert_eq!(
                refused,
                (400, "ResourceNotFoundException".to_owned()),
                "{operation}"
            );
            if region != "eu-west-1" && body.to_string().contains("Name\":\"TABLE") {
                let by_name = house.ask_in(region, ana, &target, &of(&body, "orders")).await;
                let refused = (by_name.status, by_name.kind());
                assert_eq!(
                    refused,
                    (400, "ResourceNotFoundException".to_owned()),
                    "{operation}"
                );
            }
        }
        for (operation, body, expected) in [
            (
                "DescribeStream",
                json!({"StreamArn": stream}),
                "ResourceNotFoundException",
            ),
            (
                "GetRecords",
                json!({"ShardIterator": iterator}),
                "ValidationException",
            ),
        ] {
            let target = format!("DynamoDBStreams_20120810.{operation}");
            let answer = house.ask_in(region, ana, &target, &body).await;
            assert_eq!(
                (answer.status, answer.kind()),
                (400, expected.to_owned()),
                "{operation}"
            );
        }
    }
    assert_eq!(house.picture(ana).await, before, "nothing moved where it is");
}
