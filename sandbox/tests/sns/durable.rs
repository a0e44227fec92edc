//! Topics after a restart.

use crate::house::{House, ana, fifo_topic, messages, publish, publish_to, subscribed, text, topic};

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[("DisplayName", "Orders")]).await;
    let bills = topic(&sns, "bills", &[]).await;
    let policy = [("FilterPolicy", r#"{"kind":["book"]}"#)];
    let (url, subscription) = subscribed(&house, &orders, "mail", &policy).await;
    let (_, ended) = subscribed(&house, &orders, "ended", &[]).await;
    sns.unsubscribe().subscription_arn(ended).send().await.unwrap();
    sns.delete_topic().topic_arn(&bills).send().await.unwrap();

    let house = house.restarted().await;
    let (sns, sqs) = ana(&house);
    let topics = sns.list_topics().send().await.unwrap();
    assert_eq!(topics.topics().len(), 1);
    let shown = sns
        .get_topic_attributes()
        .topic_arn(&orders)
        .send()
        .await
        .unwrap();
    let shown = shown.attributes.unwrap();
    assert_eq!(shown["DisplayName"], "Orders");
    assert_eq!(
        (&*shown["SubscriptionsConfirmed"], &*shown["SubscriptionsDeleted"]),
        ("1", "1")
    );
    let listed = sns.list_subscriptions().send().await.unwrap();
    assert_eq!(listed.subscriptions()[0].subscription_arn(), Some(&*subscription));
    publish(&sns, &orders, "filtered").await;
    let book = sns.publish().topic_arn(&orders).message("book");
    let book = book.message_attributes("kind", text("String", "book"));
    book.send().await.unwrap();
    assert_eq!(messages(&sqs, &url).await, ["book"]);
}

#[tokio::test]
async fn duplicates_are_known_and_numbers_rise_after_a_restart() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    let first = publish_to(&sns, &orders, "ana", "1").await;

    let house = house.restarted().await;
    let (sns, sqs) = ana(&house);
    assert_eq!(publish_to(&sns, &orders, "ana", "1").await, first);
    assert!(publish_to(&sns, &orders, "ana", "2").await > first);
    assert_eq!(messages(&sqs, &url).await, ["1", "2"]);
}

#[tokio::test]
async fn a_tenant_that_was_put_away_comes_back_with_its_topics() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, _) = subscribed(&house, &orders, "mail", &[]).await;
    house.world.sandbox.put_away(std::time::Duration::ZERO);
    assert_eq!(house.world.sandbox.loaded(), 0);
    publish(&sns, &orders, "m").await;
    assert_eq!(messages(&sqs, &url).await, ["m"]);
}
