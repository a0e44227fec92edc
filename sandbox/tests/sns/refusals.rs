//! What is refused, with the codes and words that programs know.

use aws_sdk_sns::types::PublishBatchRequestEntry;

use crate::house::{House, ana, code, fifo_topic, refused, text, topic};

#[tokio::test]
async fn topic_names_follow_the_rules() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let long = "n".repeat(257);
    for name in ["", "two words", "orders!", "orders.fifo", &long] {
        let refusal = sns.create_topic().name(name).send().await;
        assert_eq!(refused(refusal).1, "Invalid parameter: Topic Name", "{name}");
    }
    let unlike = sns.create_topic().name("orders").attributes("FifoTopic", "true");
    assert_eq!(refused(unlike.send().await).1, "Invalid parameter: Topic Name");
    topic(&sns, &long[1..], &[]).await;
}

#[tokio::test]
async fn a_bad_arn_is_told_from_a_topic_that_is_not_there() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    for (arn, expected) in [
        (
            "orders".to_owned(),
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
        (
            "arn:aws:sns:us-east-1".to_owned(),
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 4",
        ),
        (orders.replace(":sns:", ":sqs:"), "Invalid parameter: TopicArn"),
        (format!("{orders}-2"), "Topic does not exist"),
    ] {
        let attributes = sns.get_topic_attributes().topic_arn(&arn).send().await;
        assert_eq!(refused(attributes).1, expected);
        let published = sns.publish().topic_arn(&arn).message("m").send().await;
        assert_eq!(refused(published).1, expected);
    }
}

#[tokio::test]
async fn a_message_is_checked() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let message = |message: &str| sns.publish().topic_arn(&orders).message(message);
    for (publish, code, words) in [
        (
            message(""),
            "InvalidParameter",
            "Invalid parameter: Empty message",
        ),
        (
            message(&"x".repeat(256 * 1024 + 1)),
            "InvalidParameter",
            "Invalid parameter: Message too long",
        ),
        (
            message("m").subject(""),
            "InvalidParameter",
            "Invalid parameter: Subject",
        ),
        (
            message("m").subject("x".repeat(101)),
            "InvalidParameter",
            "Invalid parameter: Subject",
        ),
        (
            message("m").subject("two\nlines"),
            "InvalidParameter",
            "Invalid parameter: Subject",
        ),
        (
            message(r#"{"sqs":"q"}"#).message_structure("json"),
            "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            message("{").message_structure("json"),
            "InvalidParameter",
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            message("m").message_attributes("a", text("String", "")),
            "ParameterValueInvalid",
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type \
             'String'.",
        ),
        (
            message("m").message_attributes("a", text("Boolean", "true")),
            "ParameterValueInvalid",
            "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is \
             Binary, Number, and String.",
        ),
        (
            message("m").message_attributes(".a", text("String", "b")),
            "ParameterValueInvalid",
            "Invalid message attribute name starting with character '.' was found.",
        ),
    ] {
        assert_eq!(refused(publish.send().await), (code.to_owned(), words.to_owned()));
    }
    message(&"x".repeat(256 * 1024)).send().await.unwrap();
    message("m").subject("x".repeat(100)).send().await.unwrap();
}

#[tokio::test]
async fn a_message_needs_one_topic() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let nowhere = sns.publish().message("m").send().await;
    assert_eq!(
        refused(nowhere).1,
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
    );
    let both = sns.publish().topic_arn(&orders).target_arn(&orders).message("m");
    assert_eq!(code(both.send().await), "InvalidParameter");
    let phone = sns
        .publish()
        .phone_number("+4912345678")
        .message("m")
        .send()
        .await;
    assert!(refused(phone).1.contains("no text messages"));
    let device = orders.replace("orders", "endpoint/APNS/app/id");
    let device = sns.publish().target_arn(device).message("m").send().await;
    assert_eq!(
        refused(device).1,
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
    );
    sns.publish()
        .target_arn(&orders)
        .message("m")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_batch_is_refused_as_a_whole_for_these() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let batch = |entries: &[(&str, usize)]| {
        let batch = sns.publish_batch().topic_arn(&orders);
        let batch = batch.set_publish_batch_request_entries(Some(Vec::new()));
        let batch = entries.iter().fold(batch, |batch, (id, length)| {
            let entry = PublishBatchRequestEntry::builder()
                .id(*id)
                .message("x".repeat(*length));
            batch.publish_batch_request_entries(entry.build().unwrap())
        });
        batch.send()
    };
    let ids: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let eleven: Vec<_> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    let long = "i".repeat(81);
    for (entries, expected) in [
        (&[][..], "EmptyBatchRequest"),
        (&eleven, "TooManyEntriesInBatchRequest"),
        (&[("a", 1), ("a", 1)], "BatchEntryIdsNotDistinct"),
        (&[("a.b", 1)], "InvalidBatchEntryId"),
        (&[(&long, 1)], "InvalidBatchEntryId"),
        (&[("a", 131_073), ("b", 131_072)], "BatchRequestTooLong"),
    ] {
        assert_eq!(code(batch(entries).await), expected);
    }
    let fine = batch(&[("a", 131_072), ("b", 131_072)]).await.unwrap();
    assert_eq!(fine.successful().len(), 2);
    let nowhere = sns.publish_batch().topic_arn(format!("{orders}-2"));
    let entry = PublishBatchRequestEntry::builder().id("a").message("m");
    let nowhere = nowhere.publish_batch_request_entries(entry.build().unwrap());
    assert_eq!(code(nowhere.send().await), "NotFound");
}

#[tokio::test]
async fn what_the_sandbox_does_not_have_is_said_in_words() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let (code, words) = refused(sns.list_phone_numbers_opted_out().send().await);
    assert_eq!(code, "InvalidAction");
    assert!(words.contains("topics and queues"), "{words}");
    let orders = fifo_topic(&sns, "orders.fifo").await;
    let archive = sns.set_topic_attributes().topic_arn(orders);
    let archive = archive
        .attribute_name("ArchivePolicy")
        .attribute_value(r#"{"MessageRetentionPeriod":"30"}"#);
    assert!(refused(archive.send().await).1.contains("no archive"));
}

#[tokio::test]
async fn topics_and_subscriptions_are_bounded() {
    let world = crate::common::World::with(|settings| {
        settings.quotas.topics = 2;
        settings.quotas.subscriptions = 1;
    })
    .await;
    let sns = world.sandbox.sns(&world.ana, sandbox::Region::UsEast1);
    let elsewhere = world.sandbox.sns(&world.ana, sandbox::Region::EuWest1);
    let orders = topic(&sns, "orders", &[]).await;
    topic(&elsewhere, "orders", &[]).await;
    let third = sns.create_topic().name("bills").send().await;
    assert_eq!(code(third), "TopicLimitExceeded");
    assert_eq!(topic(&sns, "orders", &[]).await, orders, "it is there already");
    let subscribe = |queue: &str| {
        let endpoint = format!("arn:aws:sqs:us-east-1:{}:{queue}", world.ana.account_id);
        let subscribe = sns.subscribe().topic_arn(&orders).protocol("sqs");
        subscribe.endpoint(endpoint).send()
    };
    subscribe("a").await.unwrap();
    assert_eq!(code(subscribe("b").await), "SubscriptionLimitExceeded");
    let usage = world.sandbox.usage(&world.ana.account_id).await.unwrap();
    assert_eq!((usage.topics, usage.subscriptions), (2, 1));
}

#[tokio::test]
async fn a_full_sandbox_takes_no_message_and_delivers_it_to_nobody() {
    let world = crate::common::World::with(|settings| settings.quotas.bytes = 10_000).await;
    let region = sandbox::Region::UsEast1;
    let (sns, sqs) = (
        world.sandbox.sns(&world.ana, region),
        world.sandbox.sqs(&world.ana, region),
    );
    let orders = topic(&sns, "orders", &[]).await;
    let mut urls = Vec::new();
    for name in ["a", "b"] {
        let url = crate::house::queue(&sqs, name, &[]).await;
        let endpoint = crate::house::arn(&sqs, &url).await;
        crate::house::subscribe(&sns, &orders, &endpoint, &[]).await;
        urls.push(url);
    }
    let large = sns.publish().topic_arn(&orders).message("x".repeat(6_000));
    let (code, words) = refused(large.send().await);
    assert_eq!(code, "InvalidParameter");
    assert!(words.contains("storage is full"), "{words}");
    for url in &urls {
        assert!(crate::house::messages(&sqs, url).await.is_empty());
    }
}
