//! Members share an account and nothing else: what of another's was tried, by every kind of address, and nothing reached. Nor
//! does a bot see what another bot has in the same account.

use aws_sdk_sqs::types::QueueAttributeName;
use sandbox::queues::{NewQueue, Outgoing, QueueError};
use sandbox::streams::{From, Read, StreamError};
use sandbox::tables::{Item, KeyKind, KeyPart, NewTable, TableError, View};
use sandbox::topics::{Publication, TopicError, Wishes};
use sandbox::{Resource, Sandbox, SandboxError, Tenant};
use serde_json::json;

use crate::house::{HERE, House};

fn everything() -> Read {
    Read {
        from: From::Oldest,
        shard: None,
        limit: 100,
    }
}

/// A name as it is written in the account.
fn real(tenant: &Tenant, name: &str) -> String {
    format!("tributary-main-{}-{name}", tenant.account_id)
}

#[tokio::test]
async fn ben_reaches_no_stream_of_anas() {
    let Some(house) = House::open().await else { return };
    let hers = house.sandbox.streams(&house.ana, HERE);
    let made = hers.create("orders", 1).await.unwrap();
    drop(hers.put("orders", "k", b"secret").await.unwrap());

    let his = house.sandbox.streams(&house.ben, HERE);
    assert_eq!(his.list().await.unwrap(), Vec::<String>::new());
    for name in ["orders", &real(&house.ana, "orders")] {
        let missing = StreamError::NoSuchStream {
            name: name.to_owned(),
        };
        assert_eq!(his.describe(name).await, Err(missing.clone()));
        assert_eq!(his.read(name, everything()).await, Err(missing.clone()));
        assert_eq!(his.delete(name).await, Err(missing));
    }
    assert!(matches!(
        his.describe(&made.arn).await,
        Err(StreamError::BadName { .. })
    ));
    // Her stream as a value in his hands: the name leads to his own, and her ARN nowhere.
    assert!(his.consumers(&made).await.is_err());
    assert!(his.register(&made, "spy").await.is_err());

    // The SDK's client itself, which takes any name.
    let client = house.sandbox.kinesis(&house.ben, HERE);
    let name = real(&house.ana, "orders");
    let held_back = |error: String| assert!(error.contains("not the tenant's"), "{error}");
    let told = client
        .describe_stream_summary()
        .stream_arn(&made.arn)
        .send()
        .await;
    held_back(format!("{:?}", told.unwrap_err()));
    let told = client.delete_stream().stream_name(&name).send().await;
    held_back(format!("{:?}", told.unwrap_err()));
    let told = client
        .put_record()
        .stream_name("orders")
        .partition_key("k")
        .data(vec![1].into())
        .send()
        .await;
    held_back(format!("{:?}", told.unwrap_err()));

    assert_eq!(hers.read("orders", everything()).await.unwrap().records.len(), 1);
    assert_eq!(hers.consumers(&made).await.unwrap(), []);
}

#[tokio::test]
async fn bots_in_one_account_leave_each_other_alone() {
    let Some(house) = House::open().await else { return };
    let other: Sandbox = house.another("other").await;
    drop(
        house
            .sandbox
            .streams(&house.ana, HERE)
            .create("orders", 1)
            .await
            .unwrap(),
    );
    let streams = other.streams(&house.ana, HERE);
    assert_eq!(streams.list().await.unwrap(), Vec::<String>::new());
    assert_eq!(other.leftovers(HERE).await.unwrap(), []);
    let seen = house.everything(HERE).await.remove(0);
    assert_eq!(
        (seen.name.as_str(), &seen.tenant),
        ("orders", &house.ana.account_id)
    );
    assert!(matches!(
        other.remove(HERE, &seen).await,
        Err(SandboxError::NotOurs { .. })
    ));
    other.delete_tenant(&house.ana.account_id).await.unwrap();
    assert_eq!(
        house.sandbox.resources(&house.ana, HERE).await.unwrap(),
        std::slice::from_ref(&seen)
    );

    house.sandbox.remove(HERE, &seen).await.unwrap();
    house.sandbox.remove(HERE, &seen).await.unwrap();
    assert_eq!(house.everything(HERE).await, []);
}

#[tokio::test]
async fn ben_reaches_no_queue_of_anas() {
    let Some(house) = House::open().await else { return };
    let new = |name: &str| NewQueue {
        name: name.to_owned(),
        ..NewQueue::default()
    };
    let (hers, his) = (
        house.sandbox.queues(&house.ana, HERE),
        house.sandbox.queues(&house.ben, HERE),
    );
    let made = hers.create(&new("orders")).await.unwrap();
    let message = Outgoing {
        body: "secret".into(),
        ..Outgoing::default()
    };
    drop(hers.send(&made, &message).await.unwrap());

    assert_eq!(his.list().await.unwrap(), Vec::<String>::new());
    for name in ["orders", &real(&house.ana, "orders")] {
        assert_eq!(
            his.find(name).await,
            Err(QueueError::NoSuchQueue {
                name: name.to_owned()
            })
        );
    }
    // Her queue as a value in his hands: URL and ARN are hers.
    assert!(his.receive(&made, 1, None, 0).await.is_err());
    assert!(his.send(&made, &message).await.is_err());
    assert!(his.delete(&made).await.is_err());
    assert!(his.sources_of(&made).await.is_err());
    let own = his.create(&new("mine")).await.unwrap();
    assert!(his.redrive(&made, Some(&own)).await.is_err());
    assert!(his.redrive(&own, Some(&made)).await.is_err());
    let topics = house.sandbox.topics(&house.ben, HERE);
    let topic = topics.create("spy", false).await.unwrap();
    assert!(topics.subscribe(&topic, &made, &Wishes::default()).await.is_err());
    // A dead-letter queue is named by its ARN, inside JSON.
    let client = house.sandbox.sqs(&house.ben, HERE);
    let policy = json!({"deadLetterTargetArn": made.arn, "maxReceiveCount": 1}).to_string();
    let request = client.set_queue_attributes().queue_url(&own.url);
    let told = request
        .attributes(QueueAttributeName::RedrivePolicy, policy)
        .send()
        .await;
    assert!(format!("{:?}", told.unwrap_err()).contains("not the tenant's"));

    assert_eq!(hers.find("orders").await.unwrap().visible, 1);
}

#[tokio::test]
async fn ben_reaches_no_topic_and_no_table_of_anas() {
    let Some(house) = House::open().await else { return };
    let (hers, his) = (
        house.sandbox.topics(&house.ana, HERE),
        house.sandbox.topics(&house.ben, HERE),
    );
    let topic = hers.create("news", false).await.unwrap();
    assert_eq!(his.list().await.unwrap(), Vec::<String>::new());
    for name in ["news", &real(&house.ana, "news")] {
        assert_eq!(
            his.find(name).await,
            Err(TopicError::NoSuchTopic {
                name: name.to_owned()
            })
        );
    }
    let publication = Publication {
        body: "forged".into(),
        ..Publication::default()
    };
    assert!(his.publish(&topic, &publication).await.is_err());
    assert!(his.subscriptions(&topic).await.is_err());
    assert!(his.delete(&topic).await.is_err());
    assert_eq!(hers.list().await.unwrap(), ["news"]);

    let new = NewTable {
        name: "users".into(),
        partition: KeyPart {
            name: "id".into(),
            kind: KeyKind::Text,
        },
        sort: None,
        view: Some(View::Both),
    };
    let (hers, his) = (
        house.sandbox.tables(&house.ana, HERE),
        house.sandbox.tables(&house.ben, HERE),
    );
    let table = hers.create(&new).await.unwrap();
    let item: Item = json!({"id": "u1"}).as_object().cloned().unwrap();
    drop(hers.put(&table, &item).await.unwrap());
    assert_eq!(his.list().await.unwrap(), Vec::<String>::new());
    for name in ["users", &real(&house.ana, "users")] {
        let missing = TableError::NoSuchTable {
            name: name.to_owned(),
        };
        assert_eq!(his.find(name).await, Err(missing.clone()));
        assert_eq!(his.delete(name).await, Err(missing));
    }
    // Her table as a value in his hands: the name leads to his own, of which there is none, her stream's ARN nowhere.
    assert!(his.get(&table, &item).await.is_err());
    assert!(his.put(&table, &item).await.is_err());
    assert!(his.changes(&table).await.is_err());
    let by_arn = house
        .sandbox
        .dynamodb(&house.ben, HERE)
        .scan()
        .table_name(&table.arn)
        .send()
        .await;
    assert!(format!("{:?}", by_arn.unwrap_err()).contains("not the tenant's"));
    assert_eq!(hers.count(&table).await.unwrap(), 1);
}

#[tokio::test]
async fn what_a_resource_says_of_its_tenant_must_be_so() {
    let Some(house) = House::open().await else { return };
    drop(
        house
            .sandbox
            .streams(&house.ana, HERE)
            .create("orders", 1)
            .await
            .unwrap(),
    );
    let honest = house.everything(HERE).await.remove(0);
    let forged = Resource {
        tenant: house.ben.account_id.clone(),
        ..honest.clone()
    };
    assert!(matches!(
        house.sandbox.remove(HERE, &forged).await,
        Err(SandboxError::NotOurs { .. })
    ));
    assert_eq!(house.everything(HERE).await, [honest]);
}
