//! Requests that are right but for one place: each is answered in words, and none breaks the engine.
//! `PROPTEST_CASES=100000 cargo test -p sandbox --test dynamodb mutated` looks longer.

use std::net::SocketAddr;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::common::World;
use crate::common::raw::{Answer, Signed, send, sign};

struct House {
    runtime: Runtime,
    world: World,
    address: SocketAddr,
}

impl House {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let world = runtime.block_on(World::new());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let sandbox = world.sandbox.clone();
        runtime.spawn(async move { sandbox.serve(listener, std::future::pending()).await });
        let house = Self {
            runtime,
            world,
            address,
        };
        let made = house.ask("DynamoDB_20120810.CreateTable", &table("orders"));
        assert_eq!(made.status, 200, "{made:?}");
        house
    }

    fn ask(&self, target: &str, body: &Value) -> Answer {
        let signed = Signed::new(&self.world.ana, target, body)
            .json_1_0()
            .scope_service("dynamodb");
        self.runtime
            .block_on(send(self.address, &sign(self.address, signed)))
    }
}

fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Tags": [{"Key": "k", "Value": "v"}],
    })
}

/// A right request of each operation.
fn right() -> Vec<(&'static str, Value)> {
    let key = json!({"pk": {"S": "a"}, "sk": {"N": "1"}});
    let item = json!({"pk": {"S": "a"}, "sk": {"N": "1"}, "g": {"S": "x"}, "l": {"L": [{"BOOL": true}, {"NULL": true}]},
        "m": {"M": {"b": {"B": "YQ=="}}}, "s": {"SS": ["a", "b"]}, "n": {"NS": ["1", "2"]}});
    let names = json!({"#g": "g"});
    let values = json!({":v": {"S": "x"}});
    let put = json!({"TableName": "orders", "Item": item, "ConditionExpression": "#g = :v OR attribute_not_exists(pk)",
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values, "ReturnValues": "ALL_OLD"});
    let update = json!({"TableName": "orders", "Key": key, "UpdateExpression": "SET #g = :v, l[0] = :v REMOVE q",
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values, "ReturnValues": "ALL_NEW"});
    let query = json!({"TableName": "orders", "KeyConditionExpression": "pk = :p AND sk BETWEEN :a AND :b",
        "FilterExpression": "#g = :v", "ProjectionExpression": "pk, m.b", "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":p": {"S": "a"}, ":a": {"N": "0"}, ":b": {"N": "2"}, ":v": {"S": "x"}},
        "Limit": 5, "ScanIndexForward": false, "ExclusiveStartKey": key, "ReturnConsumedCapacity": "INDEXES"});
    vec![
        ("CreateTable", table("another")),
        ("DescribeTable", json!({"TableName": "orders"})),
        (
            "ListTables",
            json!({"Limit": 3, "ExclusiveStartTableName": "abc"}),
        ),
        (
            "UpdateTable",
            json!({"TableName": "another", "StreamSpecification": {"StreamEnabled": false}}),
        ),
        (
            "UpdateTimeToLive",
            json!({"TableName": "orders", "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "until"}}),
        ),
        ("PutItem", put.clone()),
        (
            "GetItem",
            json!({"TableName": "orders", "Key": key, "ProjectionExpression": "l[1], m.b"}),
        ),
        ("UpdateItem", update.clone()),
        (
            "DeleteItem",
            json!({"TableName": "another", "Key": key, "ReturnValues": "ALL_OLD"}),
        ),
        ("Query", query),
        (
            "Scan",
            json!({"TableName": "orders", "IndexName": "by-g", "Segment": 0, "TotalSegments": 2, "Select": "COUNT"}),
        ),
        (
            "BatchGetItem",
            json!({"RequestItems": {"orders": {"Keys": [key], "ConsistentRead": true}}}),
        ),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"orders": [{"PutRequest": {"Item": item}}], "another": [{"DeleteRequest": {"Key": key}}]}}),
        ),
        (
            "TransactGetItems",
            json!({"TransactItems": [{"Get": {"TableName": "orders", "Key": key, "ProjectionExpression": "g"}}]}),
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": put}, {"Update": update}], "ClientRequestToken": "once"}),
        ),
        (
            "ExecuteStatement",
            json!({"Statement": "SELECT * FROM \"orders\" WHERE pk = ? AND sk > 0", "Parameters": [{"S": "a"}]}),
        ),
        ("DeleteTable", json!({"TableName": "another"})),
    ]
}

/// All places of a value, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    walk(value, &format!("{at}/{name}"), found);
                }
            }
            Value::Array(members) => {
                for (index, value) in members.iter().enumerate() {
                    walk(value, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    // Not the whole body: it must stay an object.
    found.split_off(1)
}

#[test]
fn a_request_with_one_place_changed_is_answered_in_words() {
    let house = House::open();
    let requests = prop::sample::select(right());
    let value = prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(|text| json!(text)),
        "[-+]?[0-9]{0,45}(\\.[0-9]{0,3})?(e[0-9]{1,4})?".prop_map(|text| json!(text)),
        "[#:a-z\\[\\]().,=<> 0-9]{0,30}".prop_map(|text| json!(text)),
        prop::sample::select(vec![
            json!(null),
            json!([]),
            json!({}),
            json!(true),
            json!([[]]),
            json!([null]),
            json!({"S": "a"}),
            json!({"N": "1"}),
            json!({"S": "a", "N": "1"}),
            json!({"M": {}}),
            json!("orders"),
            json!("another"),
            json!("_tables"),
            json!("tributary:change"),
        ]),
    ];
    proptest!(|((operation, body) in requests, at in any::<prop::sample::Index>(), value in value)| {
        let places = places(&body);
        let place = &places[at.index(places.len())];
        let mut changed = body.clone();
        *changed.pointer_mut(place).unwrap() = value;
        let answer = house.ask(&format!("DynamoDB_20120810.{operation}"), &changed);
        prop_assert!(answer.status < 500, "{operation} {changed}\n{answer:?}");
    });
    let answer = house.ask("DynamoDB_20120810.DescribeTable", &json!({"TableName": "orders"}));
    assert!(answer.status < 500, "{answer:?}");
}
