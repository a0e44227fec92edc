//! Two tenants, and four regions, with topics of the same name: nothing of one is reached from another, by ARN, name,
//! subscription, queue or page token.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{PublishBatchRequestEntry, Tag};
use sandbox::Region;

use crate::house::{House, ana, arn, code, messages, queue, subscribe, subscribed, topic, topics_of};

/// The codes with which every operation that names a topic or subscription answers for these.
async fn all_by_arn(sns: &Client, topic: &str, subscription: &str) -> Vec<(&'static str, String)> {
    let mut codes = Vec::new();
    macro_rules! try_all {
        ($($operation:ident $(. $field:ident ($($value:expr),*))*;)*) => {
            $(codes.push((stringify!($operation), code(sns.$operation() $(.$field($($value),*))*.send().await)));)*
        };
    }
    let tag = Tag::builder().key("a").value("b").build().unwrap();
    let entry = PublishBatchRequestEntry::builder()
        .id("1")
        .message("m")
        .build()
        .unwrap();
    let (account, token) = ("123456789012", "51b2".repeat(72));
    let queue = format!("arn:aws:sqs:us-east-1:{account}:q");
    try_all! {
        get_topic_attributes.topic_arn(topic);
        set_topic_attributes.topic_arn(topic).attribute_name("DisplayName").attribute_value("x");
        delete_topic.topic_arn(topic);
        subscribe.topic_arn(topic).protocol("sqs").endpoint(queue);
        confirm_subscription.topic_arn(topic).token(token);
        list_subscriptions_by_topic.topic_arn(topic);
        publish.topic_arn(topic).message("m");
        publish.target_arn(topic).message("m");
        publish_batch.topic_arn(topic).publish_batch_request_entries(entry);
        add_permission.topic_arn(topic).label("l").aws_account_id(account).action_name("Publish");
        remove_permission.topic_arn(topic).label("l");
        tag_resource.resource_arn(topic).tags(tag);
        untag_resource.resource_arn(topic).tag_keys("team");
        list_tags_for_resource.resource_arn(topic);
        unsubscribe.subscription_arn(subscription);
        get_subscription_attributes.subscription_arn(subscription);
        set_subscription_attributes
            .subscription_arn(subscription).attribute_name("RawMessageDelivery").attribute_value("true");
    }
    codes
}

/// All that can be seen of Ana's topic and its subscription.
async fn picture(house: &House, topic: &str, subscription: &str) -> String {
    let (sns, _) = ana(house);
    let attributes = sns.get_topic_attributes().topic_arn(topic).send().await.unwrap();
    let attributes: std::collections::BTreeMap<_, _> = attributes.attributes.unwrap().into_iter().collect();
    let of_subscription = sns
        .get_subscription_attributes()
        .subscription_arn(subscription)
        .send()
        .await;
    let of_subscription: std::collections::BTreeMap<_, _> =
        of_subscription.unwrap().attributes.unwrap().into_iter().collect();
    let tags = sns
        .list_tags_for_resource()
        .resource_arn(topic)
        .send()
        .await
        .unwrap();
    let listed = sns.list_subscriptions().send().await.unwrap();
    format!(
        "{attributes:?} {of_subscription:?} {:?} {:?}",
        tags.tags(),
        listed.subscriptions()
    )
}

#[tokio::test]
async fn no_operation_reaches_anas_topic_with_bens_keys() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let hers = topic(&sns, "orders", &[]).await;
    let (url, subscription) = subscribed(&house, &hers, "mail", &[]).await;
    let ben = topics_of(&house, &house.world.ben);
    let his = topic(&ben, "orders", &[]).await;
    let before = picture(&house, &hers, &subscription).await;
    for (operation, code) in all_by_arn(&ben, &hers, &subscription).await {
        assert_eq!(code, "AuthorizationError", "{operation}");
    }
    // Her queue on his topic, and her dead letters from his.
    let endpoint = arn(&sqs, &url).await;
    let taken = ben
        .subscribe()
        .topic_arn(&his)
        .protocol("sqs")
        .endpoint(&endpoint);
    assert_eq!(code(taken.send().await), "AuthorizationError");
    let own = format!("arn:aws:sqs:us-east-1:{}:gone", house.world.ben.account_id);
    let redrive = format!(r#"{{"deadLetterTargetArn":"{endpoint}"}}"#);
    let dead = ben.subscribe().topic_arn(&his).protocol("sqs").endpoint(&own);
    let dead = dead.attributes("RedrivePolicy", &redrive).send().await;
    assert_eq!(code(dead), "InvalidParameter");
    // By name all is his own.
    ben.publish()
        .topic_arn(&his)
        .message("from ben")
        .send()
        .await
        .unwrap();
    ben.delete_topic().topic_arn(&his).send().await.unwrap();
    assert!(
        ben.list_subscriptions()
            .send()
            .await
            .unwrap()
            .subscriptions()
            .is_empty()
    );
    assert_eq!(picture(&house, &hers, &subscription).await, before);
    assert!(messages(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn a_queue_of_the_same_name_is_not_hers() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let hers = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &hers, "mail", &[]).await;
    let ben = topics_of(&house, &house.world.ben);
    let bens = house.of(&house.world.ben);
    let his = topic(&ben, "orders", &[]).await;
    let his_url = queue(&bens, "mail", &[]).await;
    subscribe(&ben, &his, &arn(&bens, &his_url).await, &[]).await;
    ben.publish()
        .topic_arn(&his)
        .message("from ben")
        .send()
        .await
        .unwrap();
    assert_eq!(messages(&bens, &his_url).await, ["from ben"]);
    assert!(messages(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn a_page_token_is_good_for_its_tenant_and_region_alone() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    for number in 0..101 {
        topic(&sns, &format!("orders-{number}"), &[]).await;
    }
    let token = sns.list_topics().send().await.unwrap().next_token.unwrap();
    let elsewhere = house.world.sandbox.sns(&house.world.ana, Region::EuWest1);
    for other in [&topics_of(&house, &house.world.ben), &elsewhere] {
        assert_eq!(
            code(other.list_topics().next_token(&token).send().await),
            "InvalidParameter"
        );
    }
}

#[tokio::test]
async fn a_region_is_a_wall_too() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let hers = topic(&sns, "orders", &[]).await;
    let (url, subscription) = subscribed(&house, &hers, "mail", &[]).await;
    let before = picture(&house, &hers, &subscription).await;
    let endpoint = arn(&sqs, &url).await;
    for region in [Region::EuWest1, Region::EuCentral1, Region::ApSoutheast2] {
        let there = house.world.sandbox.sns(&house.world.ana, region);
        for (operation, code) in all_by_arn(&there, &hers, &subscription).await {
            assert_eq!(code, "InvalidParameter", "{operation} in {region}");
        }
        let own = topic(&there, "orders", &[]).await;
        let taken = there
            .subscribe()
            .topic_arn(&own)
            .protocol("sqs")
            .endpoint(&endpoint);
        assert_eq!(code(taken.send().await), "InvalidParameter");
        there.publish().topic_arn(&own).message("m").send().await.unwrap();
    }
    assert_eq!(picture(&house, &hers, &subscription).await, before);
    assert!(messages(&sqs, &url).await.is_empty());
}
