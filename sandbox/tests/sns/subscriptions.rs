//! Subscriptions: made once, set, listed, ended.

use std::collections::HashMap;

use aws_sdk_sns::Client;

use crate::house::{
    House, ana, arn, code, fifo_queue, fifo_topic, messages, publish, queue, refused, subscribe, subscribed,
    topic,
};

async fn attributes(sns: &Client, subscription: &str) -> HashMap<String, String> {
    let got = sns.get_subscription_attributes().subscription_arn(subscription);
    got.send().await.unwrap().attributes.unwrap()
}

#[tokio::test]
async fn a_queue_is_subscribed_once_and_without_confirmation() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let endpoint = arn(&sqs, &queue(&sqs, "mail", &[]).await).await;
    let first = subscribe(&sns, &orders, &endpoint, &[]).await;
    assert!(first.starts_with(&format!("{orders}:")));
    assert_eq!(subscribe(&sns, &orders, &endpoint, &[]).await, first);
    let raw = [("RawMessageDelivery", "false")];
    assert_eq!(subscribe(&sns, &orders, &endpoint, &raw).await, first);
    let otherwise = sns
        .subscribe()
        .topic_arn(&orders)
        .protocol("sqs")
        .endpoint(&endpoint);
    let otherwise = otherwise.attributes("RawMessageDelivery", "true").send().await;
    assert_eq!(
        refused(otherwise).1,
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    );
    let shown = attributes(&sns, &first).await;
    for (name, value) in [
        ("SubscriptionArn", &*first),
        ("TopicArn", &orders),
        ("Endpoint", &endpoint),
        ("Protocol", "sqs"),
        ("Owner", house.world.ana.account_id.as_str()),
        ("PendingConfirmation", "false"),
        ("ConfirmationWasAuthenticated", "true"),
        ("RawMessageDelivery", "false"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
}

#[tokio::test]
async fn only_queues_can_be_subscribed() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let subscribe = |protocol: &str, endpoint: &str| {
        let subscribe = sns.subscribe().topic_arn(&orders);
        subscribe.protocol(protocol).endpoint(endpoint).send()
    };
    for (protocol, endpoint) in [
        ("http", "http://127.0.0.1:1/"),
        ("https", "https://example.com/"),
        ("email", "ana@example.com"),
        ("sms", "+4912345678"),
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        (
            "firehose",
            "arn:aws:firehose:us-east-1:123456789012:deliverystream/d",
        ),
        ("application", "arn:aws:sns:us-east-1:123456789012:endpoint/a"),
    ] {
        let (code, words) = refused(subscribe(protocol, endpoint).await);
        assert_eq!(code, "InvalidParameter");
        assert!(words.contains("SQS queues alone"), "{words}");
    }
    assert_eq!(
        refused(subscribe("pigeon", "x").await).1,
        "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"
    );
    for endpoint in ["", "mail", "http://localhost/123456789012/mail"] {
        assert_eq!(
            refused(subscribe("sqs", endpoint).await).1,
            "Invalid parameter: SQS endpoint ARN"
        );
    }
    let listed = sns.list_subscriptions().send().await.unwrap();
    assert!(listed.subscriptions().is_empty());
}

#[tokio::test]
async fn a_fifo_queue_needs_a_fifo_topic() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let (plain, ordered) = (
        topic(&sns, "orders", &[]).await,
        fifo_topic(&sns, "orders.fifo").await,
    );
    let endpoint = arn(&sqs, &fifo_queue(&sqs, "mail.fifo", &[]).await).await;
    let refusal = sns
        .subscribe()
        .topic_arn(&plain)
        .protocol("sqs")
        .endpoint(&endpoint);
    assert_eq!(
        refused(refusal.send().await).1,
        "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS \
         topics"
    );
    subscribe(&sns, &ordered, &endpoint, &[]).await;
    subscribed(&house, &ordered, "plain", &[]).await;
}

#[tokio::test]
async fn attributes_can_be_set_and_wrong_ones_not() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (_, subscription) = subscribed(&house, &orders, "mail", &[]).await;
    let dead = arn(&sqs, &queue(&sqs, "dead", &[]).await).await;
    let redrive = format!(r#"{{"deadLetterTargetArn":"{dead}"}}"#);
    let set = |name: &str, value: &str| {
        let set = sns.set_subscription_attributes();
        let set = set.subscription_arn(&subscription);
        set.attribute_name(name).attribute_value(value).send()
    };
    for (name, value) in [
        ("RawMessageDelivery", "true"),
        ("FilterPolicy", r#"{"kind":["book"]}"#),
        ("FilterPolicyScope", "MessageBody"),
        ("RedrivePolicy", &redrive),
    ] {
        set(name, value).await.unwrap();
        assert_eq!(attributes(&sns, &subscription).await[name], value);
    }
    for (name, value, words) in [
        ("Colour", "red", "Invalid parameter: AttributeName"),
        (
            "RawMessageDelivery",
            "yes",
            "Invalid parameter: RawMessageDelivery: Invalid value [yes]. Must be true or false.",
        ),
        (
            "FilterPolicyScope",
            "Both",
            "Invalid parameter: FilterPolicyScope: Invalid value [Both]. Please use either MessageBody or \
             MessageAttributes",
        ),
        (
            "FilterPolicy",
            r#"{"kind":[]}"#,
            "Invalid parameter: FilterPolicy: Empty arrays are not allowed",
        ),
        (
            "RedrivePolicy",
            r#"{"deadLetterTargetArn":"dead"}"#,
            "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
    ] {
        assert_eq!(refused(set(name, value).await).1, words);
    }
    let other = sns
        .set_subscription_attributes()
        .subscription_arn(format!("{orders}:none"));
    let other = other.attribute_name("RawMessageDelivery").attribute_value("true");
    assert_eq!(
        refused(other.send().await),
        ("NotFound".to_owned(), "Subscription does not exist".to_owned())
    );
}

#[tokio::test]
async fn unsubscribing_ends_delivery_and_may_be_done_twice() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, subscription) = subscribed(&house, &orders, "mail", &[]).await;
    publish(&sns, &orders, "one").await;
    let unsubscribe = |arn: &str| sns.unsubscribe().subscription_arn(arn).send();
    for _ in 0..2 {
        unsubscribe(&subscription).await.unwrap();
    }
    publish(&sns, &orders, "two").await;
    assert_eq!(messages(&sqs, &url).await, ["one"]);
    assert_eq!(
        refused(unsubscribe("mail").await).1,
        "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"
    );
    assert_eq!(
        refused(unsubscribe(&orders).await).1,
        "Invalid parameter: SubscriptionId"
    );
}

#[tokio::test]
async fn each_list_has_what_it_should_in_pages_of_a_hundred() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    // One name is the beginning of the other.
    let (orders, more) = (
        topic(&sns, "orders", &[]).await,
        topic(&sns, "orders-2", &[]).await,
    );
    let account = &house.world.ana.account_id;
    for number in 0..105 {
        let endpoint = format!("arn:aws:sqs:us-east-1:{account}:mail-{number}");
        subscribe(&sns, &orders, &endpoint, &[]).await;
    }
    let endpoint = format!("arn:aws:sqs:us-east-1:{account}:mail-1");
    subscribe(&sns, &more, &endpoint, &[]).await;
    let by_topic = sns.list_subscriptions_by_topic().topic_arn(&orders);
    let first = by_topic.clone().send().await.unwrap();
    assert_eq!(first.subscriptions().len(), 100);
    let rest = by_topic
        .next_token(first.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!((rest.subscriptions().len(), rest.next_token()), (5, None));
    let all = sns.list_subscriptions().send().await.unwrap();
    let rest = sns
        .list_subscriptions()
        .next_token(all.next_token().unwrap())
        .send()
        .await;
    assert_eq!(
        all.subscriptions().len() + rest.unwrap().subscriptions().len(),
        106
    );
    let only = sns
        .list_subscriptions_by_topic()
        .topic_arn(&more)
        .send()
        .await
        .unwrap();
    assert_eq!(only.subscriptions()[0].endpoint(), Some(&*endpoint));
    let none = sns.list_subscriptions_by_topic().topic_arn(format!("{orders}-3"));
    assert_eq!(code(none.send().await), "NotFound");
}

#[tokio::test]
async fn there_is_nothing_to_confirm() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let confirm = |token: &str| sns.confirm_subscription().topic_arn(&orders).token(token).send();
    assert_eq!(refused(confirm("random").await).1, "Invalid token");
    assert_eq!(
        refused(confirm(&"51b2".repeat(72)).await).1,
        "Invalid parameter: Token"
    );
}
