//! Topics: created, listed, set, tagged, deleted.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use serde_json::Value;

use crate::house::{House, ana, code, fifo_topic, publish, refused, subscribed, topic};

async fn attributes(sns: &Client, topic: &str) -> HashMap<String, String> {
    let got = sns.get_topic_attributes().topic_arn(topic).send().await;
    got.unwrap().attributes.unwrap()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn a_topic_may_be_created_again_but_not_otherwise() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let first = topic(&sns, "orders", &[("DisplayName", "Orders")]).await;
    let account = &house.world.ana.account_id;
    assert_eq!(first, format!("arn:aws:sns:us-east-1:{account}:orders"));
    assert_eq!(topic(&sns, "orders", &[]).await, first);
    assert_eq!(topic(&sns, "orders", &[("DisplayName", "Orders")]).await, first);
    let other = sns
        .create_topic()
        .name("orders")
        .attributes("DisplayName", "Bills");
    assert_eq!(
        refused(other.send().await),
        (
            "InvalidParameter".to_owned(),
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes".to_owned()
        )
    );
    let tagged = sns.create_topic().name("orders").tags(tag("team", "blue"));
    assert_eq!(
        refused(tagged.send().await).1,
        "Invalid parameter: Tags Reason: Topic already exists with different tags"
    );
}

#[tokio::test]
async fn a_new_topic_has_all_that_aws_documents() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let plain = topic(&sns, "orders", &[]).await;
    let shown = attributes(&sns, &plain).await;
    assert_eq!(shown["TopicArn"], plain);
    assert_eq!(shown["Owner"], house.world.ana.account_id.as_str());
    assert_eq!(shown["DisplayName"], "");
    for number in [
        "SubscriptionsConfirmed",
        "SubscriptionsPending",
        "SubscriptionsDeleted",
    ] {
        assert_eq!(shown[number], "0", "{number}");
    }
    let policy: Value = serde_json::from_str(&shown["Policy"]).unwrap();
    assert_eq!(policy["Statement"][0]["Resource"], plain);
    let delivery: Value = serde_json::from_str(&shown["EffectiveDeliveryPolicy"]).unwrap();
    assert_eq!(delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    assert!(!shown.contains_key("FifoTopic"));
    let fifo = attributes(&sns, &fifo_topic(&sns, "orders.fifo").await).await;
    assert_eq!(
        (&*fifo["FifoTopic"], &*fifo["ContentBasedDeduplication"]),
        ("true", "false")
    );
}

#[tokio::test]
async fn subscriptions_are_counted() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (_, first) = subscribed(&house, &orders, "a", &[]).await;
    subscribed(&house, &orders, "b", &[]).await;
    sns.unsubscribe().subscription_arn(first).send().await.unwrap();
    let shown = attributes(&sns, &orders).await;
    assert_eq!(
        (&*shown["SubscriptionsConfirmed"], &*shown["SubscriptionsDeleted"]),
        ("1", "1")
    );
}

#[tokio::test]
async fn an_attribute_can_be_set_and_a_wrong_one_not() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let set = |name: &str, value: &str| {
        let set = sns.set_topic_attributes().topic_arn(&orders);
        set.attribute_name(name).attribute_value(value).send()
    };
    for (name, value) in [
        ("DisplayName", "Orders"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("Policy", r#"{"Version":"2012-10-17","Statement":[]}"#),
    ] {
        set(name, value).await.unwrap();
        assert_eq!(attributes(&sns, &orders).await[name], value, "{name}");
    }
    for (name, value) in [
        ("Colour", "red"),
        ("FifoTopic", "true"),
        ("ContentBasedDeduplication", "true"),
        ("SignatureVersion", "3"),
        ("Policy", "no"),
    ] {
        assert_eq!(code(set(name, value).await), "InvalidParameter", "{name}");
    }
    assert_eq!(
        refused(set("Colour", "red").await).1,
        "Invalid parameter: AttributeName"
    );
}

#[tokio::test]
async fn deleting_twice_is_fine_and_leaves_nothing() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (_, subscription) = subscribed(&house, &orders, "a", &[]).await;
    for _ in 0..2 {
        sns.delete_topic().topic_arn(&orders).send().await.unwrap();
    }
    let gone = sns.publish().topic_arn(&orders).message("m").send().await;
    assert_eq!(
        refused(gone),
        ("NotFound".to_owned(), "Topic does not exist".to_owned())
    );
    let gone = sns.get_subscription_attributes().subscription_arn(subscription);
    assert_eq!(code(gone.send().await), "NotFound");
    topic(&sns, "orders", &[]).await;
    publish(&sns, &orders, "to nobody").await;
}

#[tokio::test]
async fn lists_come_in_pages_of_a_hundred() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    for number in 0..120 {
        topic(&sns, &format!("orders-{number}"), &[]).await;
    }
    let first = sns.list_topics().send().await.unwrap();
    assert_eq!(first.topics().len(), 100);
    let token = first.next_token().unwrap();
    let second = sns.list_topics().next_token(token).send().await.unwrap();
    assert_eq!(second.next_token(), None);
    let all = first.topics().iter().chain(second.topics());
    let arns: BTreeSet<_> = all.filter_map(|topic| topic.topic_arn()).collect();
    assert_eq!(arns.len(), 120);
    let forged = sns.list_topics().next_token("orders-5").send().await;
    assert_eq!(code(forged), "InvalidParameter");
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let create = sns.create_topic().name("orders").tags(tag("team", "blue"));
    let orders = create.send().await.unwrap().topic_arn.unwrap();
    let tags = async || {
        let listed = sns.list_tags_for_resource().resource_arn(&orders).send().await;
        let tags = listed.unwrap().tags.unwrap_or_default();
        tags.into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect::<Vec<_>>()
    };
    let more = sns.tag_resource().resource_arn(&orders);
    let more = more.tags(tag("team", "red")).tags(tag("stage", "test"));
    more.send().await.unwrap();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tags().await, [pair("stage", "test"), pair("team", "red")]);
    let less = sns.untag_resource().resource_arn(&orders).tag_keys("stage");
    less.send().await.unwrap();
    assert_eq!(tags().await, [pair("team", "red")]);
    let twice = sns.tag_resource().resource_arn(&orders);
    let twice = twice.tags(tag("a", "b")).tags(tag("a", "c")).send().await;
    assert_eq!(
        refused(twice).1,
        "Invalid parameter: Duplicated keys are not allowed."
    );
    let many = (0..50).fold(sns.tag_resource().resource_arn(&orders), |all, n| {
        all.tags(tag(&n.to_string(), ""))
    });
    assert_eq!(code(many.send().await), "TagLimitExceeded");
    let nothing = sns
        .list_tags_for_resource()
        .resource_arn(format!("{orders}-gone"));
    assert_eq!(code(nothing.send().await), "ResourceNotFound");
}

#[tokio::test]
async fn permissions_go_into_the_policy_and_out_again() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let before = attributes(&sns, &orders).await["Policy"].clone();
    let allow = |action: &str| {
        let allow = sns.add_permission().topic_arn(&orders).label("friends");
        allow.aws_account_id("123456789012").action_name(action).send()
    };
    allow("Publish").await.unwrap();
    let policy: Value = serde_json::from_str(&attributes(&sns, &orders).await["Policy"]).unwrap();
    let added = &policy["Statement"][1];
    assert_eq!(added["Sid"], "friends");
    assert_eq!(added["Action"], "SNS:Publish");
    assert_eq!(added["Principal"]["AWS"], "arn:aws:iam::123456789012:root");
    assert_eq!(
        refused(allow("Publish").await).1,
        "Invalid parameter: Statement already exists"
    );
    assert_eq!(
        refused(allow("Fly").await).1,
        "Invalid parameter: Policy statement action out of service scope!"
    );
    let remove = sns.remove_permission().topic_arn(&orders).label("friends");
    remove.send().await.unwrap();
    assert_eq!(attributes(&sns, &orders).await["Policy"], before);
}
