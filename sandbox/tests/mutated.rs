//! Requests with something changed after they were signed, and headers of any kind: none is let in, none breaks the
//! endpoint. `PROPTEST_CASES=100000 cargo test -p sandbox --test mutated` looks longer.

mod common;

use std::net::SocketAddr;

use common::World;
use common::raw::{Answer, Signed, send, sign};
use proptest::prelude::*;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// An endpoint, and the runtime that serves it.
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
        Self {
            runtime,
            world,
            address,
        }
    }

    fn good(&self) -> Signed {
        let body = json!({"StreamName": "orders", "ShardCount": 1, "Tags": {"a": "bcdefghijklmnop"}});
        Signed::new(&self.world.ana, "Kinesis_20131202.CreateStream", &body)
    }

    fn send(&self, request: &[u8]) -> Answer {
        self.runtime.block_on(send(self.address, request))
    }

    fn has_streams(&self) -> bool {
        let streams = self
            .world
            .sandbox
            .streams(&self.world.ana, sandbox::Region::UsEast1);
        !self.runtime.block_on(streams.list()).unwrap().is_empty()
    }
}

/// The parts of a request that are signed, as byte ranges: the values of these headers, and the body.
fn signed_parts(request: &[u8]) -> Vec<std::ops::Range<usize>> {
    let text = String::from_utf8_lossy(request);
    let head = text.find("\r\n\r\n").unwrap();
    let mut parts: Vec<_> = [
        "content-type: ",
        "x-amz-date: ",
        "x-amz-target: ",
        "authorization: ",
    ]
    .iter()
    .map(|name| {
        let start = text.find(name).unwrap() + name.len();
        start..start + text[start..].find("\r\n").unwrap()
    })
    .collect();
    parts.push(head + 4..request.len());
    parts
}

/// Whether the change is none to HTTP: space around a header's value, or the case of the hash's name and of the
/// headers that are signed, which AWS folds as well.
fn is_the_same(before: &[u8], after: &[u8]) -> bool {
    String::from_utf8_lossy(before).to_lowercase().replace(' ', "")
        == String::from_utf8_lossy(after).to_lowercase().replace(' ', "")
}

#[test]
fn a_signed_request_with_anything_changed_is_not_let_in() {
    let house = House::open();
    proptest!(|(part in 0usize..5, at in any::<prop::sample::Index>(), byte in 0x20u8..0x7f)| {
        let good = sign(house.address, house.good());
        let part = signed_parts(&good).swap_remove(part);
        let mut changed = good.clone();
        changed[part.start + at.index(part.len())] = byte;
        prop_assume!(!is_the_same(&good, &changed));
        let answer = house.send(&changed);
        prop_assert!((400..500).contains(&answer.status), "{}\n{answer:?}", String::from_utf8_lossy(&changed));
    });
    assert!(!house.has_streams(), "none was carried out");
    assert_eq!(
        house.send(&sign(house.address, house.good())).status,
        200,
        "and as it was signed it is"
    );
}

#[test]
fn headers_of_any_kind_let_nobody_in() {
    let house = House::open();
    let header = prop::sample::select(vec![
        "authorization",
        "x-amz-date",
        "x-amz-target",
        "host",
        "content-type",
        "x-amz-security-token",
    ]);
    let value = prop_oneof![
        "[\\x20-\\x7e]{0,200}",
        "AWS4-HMAC-SHA256 Credential=[A-Z/0-9a-z_-]{0,60}, SignedHeaders=[a-z;-]{0,40}, Signature=[0-9a-f]{0,64}",
        "Kinesis_20131202\\.[A-Za-z]{0,20}",
        "[0-9]{0,8}T[0-9]{0,6}Z",
    ];
    proptest!(|(lines in prop::collection::vec((header, value), 0..6), body in prop::collection::vec(any::<u8>(), 0..200))| {
        let mut request = b"POST / HTTP/1.1\r\n".to_vec();
        for (name, value) in &lines {
            request.extend(format!("{name}: {value}\r\n").bytes());
        }
        request.extend(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).bytes());
        request.extend(&body);
        let answer = house.send(&request);
        prop_assert!((400..500).contains(&answer.status), "{lines:?}\n{answer:?}");
    });
    assert!(!house.has_streams());
}

#[test]
fn a_rightly_signed_body_of_any_kind_breaks_nothing() {
    let house = House::open();
    let operations = prop::sample::select(vec![
        "CreateStream",
        "PutRecord",
        "PutRecords",
        "GetRecords",
        "GetShardIterator",
        "DescribeStream",
        "ListStreams",
        "SplitShard",
        "MergeShards",
        "UpdateShardCount",
        "TagResource",
        "RegisterStreamConsumer",
        "SubscribeToShard",
    ]);
    let field = prop::sample::select(vec![
        "StreamName",
        "StreamARN",
        "ShardId",
        "ShardIterator",
        "ShardIteratorType",
        "Data",
        "PartitionKey",
        "Records",
        "ShardCount",
        "Limit",
        "ConsumerARN",
        "Tags",
        "StartingPosition",
        "ExplicitHashKey",
    ]);
    let value = prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(|text| json!(text)),
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{"Data": "YQ==", "PartitionKey": ""}])),
        Just(json!("orders")),
        Just(json!("AAAA")),
    ];
    proptest!(|(operation in operations, fields in prop::collection::btree_map(field, value, 0..5))| {
        let target = format!("Kinesis_20131202.{operation}");
        let answer = house.send(&sign(house.address, Signed::new(&house.world.ana, &target, &json!(fields))));
        prop_assert!(answer.status < 500, "{operation} {fields:?}\n{answer:?}");
    });
}
