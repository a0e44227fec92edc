//! Members share an account and nothing else: what of another's was tried, by every kind of address, and nothing reached. Nor
//! does a bot see what another bot has in the same account.

use sandbox::streams::{From, Read, StreamError};
use sandbox::{Sandbox, SandboxError, Tenant};

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
