//! Enhanced fan-out consumers: registered, described, listed, deregistered.

use std::time::Duration;

use crate::house::{House, code};

#[tokio::test]
async fn a_consumer_lives_from_registration_to_deregistration() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let register = |name: &str| {
        let register = house
            .ana
            .register_stream_consumer()
            .stream_arn(house.arn("orders"));
        register.consumer_name(name).tags("team", "blue").send()
    };
    let billing = register("billing").await.unwrap().consumer.unwrap();
    assert_eq!(billing.consumer_status.as_str(), "CREATING");
    assert_eq!(code(register("billing").await), "ResourceInUseException");
    let tags = house
        .ana
        .list_tags_for_resource()
        .resource_arn(&billing.consumer_arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags()[0].key(), "team");
    let describe = || house.ana.describe_stream_consumer();
    let said = describe()
        .stream_arn(house.arn("orders"))
        .consumer_name("billing")
        .send()
        .await
        .unwrap();
    let said = said.consumer_description.unwrap();
    assert_eq!(
        (said.stream_arn, &said.consumer_arn),
        (house.arn("orders"), &billing.consumer_arn)
    );
    let torn = describe()
        .consumer_arn(&billing.consumer_arn)
        .consumer_name("another")
        .send()
        .await;
    assert_eq!(code(torn), "InvalidArgumentException");
    assert_eq!(code(describe().send().await), "InvalidArgumentException");
    let deregister = || {
        house
            .ana
            .deregister_stream_consumer()
            .consumer_arn(&billing.consumer_arn)
    };
    deregister().send().await.unwrap();
    while describe()
        .consumer_arn(&billing.consumer_arn)
        .send()
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(code(deregister().send().await), "ResourceNotFoundException");
    let nowhere = house
        .ana
        .register_stream_consumer()
        .stream_arn(house.arn("nowhere"))
        .consumer_name("fan");
    assert_eq!(code(nowhere.send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn five_are_created_at_once_twenty_there_are_and_lists_come_in_pages() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let register = |n: usize| {
        let register = house
            .ana
            .register_stream_consumer()
            .stream_arn(house.arn("orders"));
        register.consumer_name(format!("fan-{n:02}")).send()
    };
    for n in 0..5 {
        register(n).await.unwrap();
    }
    assert_eq!(
        code(register(5).await),
        "LimitExceededException",
        "five are being created"
    );
    for n in 5..20 {
        while register(n).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    let list = || house.ana.list_stream_consumers().stream_arn(house.arn("orders"));
    while list()
        .send()
        .await
        .unwrap()
        .consumers()
        .iter()
        .any(|c| c.consumer_status.as_str() != "ACTIVE")
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        code(register(20).await),
        "LimitExceededException",
        "twenty there are"
    );
    let page = list().max_results(15).send().await.unwrap();
    let rest = list()
        .next_token(page.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (page.consumers().len(), rest.consumers().len(), rest.next_token()),
        (15, 5, None)
    );
    assert_eq!(rest.consumers()[4].consumer_name(), "fan-19");
}

#[tokio::test]
async fn a_stream_is_deleted_while_a_consumer_comes_or_goes_and_the_sandbox_works_on() {
    let house = House::slow(Duration::from_millis(150)).await;
    for (name, goes) in [("comes", false), ("goes", true)] {
        house.stream(name, 1).await;
        let register = house.ana.register_stream_consumer().consumer_name("fan");
        let made = register.stream_arn(house.arn(name)).send().await.unwrap();
        if goes {
            let deregister = house.ana.deregister_stream_consumer();
            let arn = made.consumer.unwrap().consumer_arn;
            deregister.consumer_arn(arn).send().await.unwrap();
        }
        let delete = house.ana.delete_stream().stream_name(name);
        delete.enforce_consumer_deletion(true).send().await.unwrap();
        let summary = || house.ana.describe_stream_summary().stream_name(name).send();
        while summary().await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
    house.stream("orders", 1).await;
}

#[tokio::test]
async fn deregistering_from_a_stream_that_is_going_breaks_nothing() {
    // Long enough for a slow disk between the two.
    let house = House::slow(Duration::from_secs(1)).await;
    house.stream("orders", 1).await;
    house.stream("clicks", 1).await;
    let fan = house.consumer("orders", "fan").await;
    let delete = house.ana.delete_stream().stream_name("orders");
    delete.enforce_consumer_deletion(true).send().await.unwrap();
    let going = house
        .ana
        .deregister_stream_consumer()
        .consumer_arn(&fan)
        .send()
        .await;
    assert!(going.is_ok(), "the stream is still going");
    // The engine lets the consumer go in its own time, and must not stumble over it.
    let described = || house.ana.describe_stream_consumer().consumer_arn(&fan).send();
    while described().await.is_ok() {
        house.put("clicks", "k", b"x").await;
    }
    assert_eq!(code(described().await), "ResourceNotFoundException");
    house.put("clicks", "k", b"x").await;
}
