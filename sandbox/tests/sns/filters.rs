//! Filter policies, as subscribers see them.

use crate::house::{House, ana, messages, publish, refused, subscribed, text, topic};

#[tokio::test]
async fn attributes_decide_who_gets_a_message() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let policies = [
        ("text", r#"{"kind":["book","music"]}"#, "book,both"),
        (
            "number",
            r#"{"price":[{"numeric":[">",0,"<=",10]}]}"#,
            "cheap,both",
        ),
        ("and", r#"{"kind":["book"],"price":[10]}"#, "both"),
        (
            "or",
            r#"{"$or":[{"kind":["film"]},{"price":[{"numeric":["=",10]}]}]}"#,
            "both",
        ),
        ("absent", r#"{"kind":[{"exists":false}]}"#, "bare,cheap"),
        ("present", r#"{"kind":[{"exists":true}]}"#, "book,both,list"),
        ("not", r#"{"kind":[{"anything-but":["book"]}]}"#, "list"),
        ("list", r#"{"kind":["film"]}"#, ""),
        ("element", r#"{"kind":[{"prefix":"po"}]}"#, "list"),
        ("none", "{}", "bare,book,cheap,both,list"),
    ];
    let mut urls = Vec::new();
    for (name, policy, _) in &policies {
        urls.push(
            subscribed(&house, &orders, name, &[("FilterPolicy", policy)])
                .await
                .0,
        );
    }
    for (message, attributes) in [
        ("bare", &[][..]),
        ("book", &[("kind", "String", "book")]),
        ("cheap", &[("price", "Number", "2.5")]),
        ("both", &[("kind", "String", "book"), ("price", "Number", "1e1")]),
        ("list", &[("kind", "String.Array", r#"["poem", true]"#)]),
    ] {
        let publish = sns.publish().topic_arn(&orders).message(message);
        let publish = attributes
            .iter()
            .fold(publish, |publish, (name, data_type, value)| {
                publish.message_attributes(*name, text(data_type, value))
            });
        publish.send().await.unwrap();
    }
    for ((name, _, expected), url) in policies.iter().zip(&urls) {
        assert_eq!(messages(&sqs, url).await.join(","), *expected, "{name}");
    }
}

#[tokio::test]
async fn the_body_decides_where_the_scope_says_so() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let attributes = [
        ("FilterPolicyScope", "MessageBody"),
        (
            "FilterPolicy",
            r#"{"order":{"city":["Rome"],"items":{"sku":[{"prefix":"B-"}]}}}"#,
        ),
    ];
    let (url, _) = subscribed(&house, &orders, "mail", &attributes).await;
    let good = r#"{"order":{"city":"Rome","items":[{"sku":"A-1"},{"sku":"B-2"}]}}"#;
    for message in [
        good,
        r#"{"order":{"city":"Oslo","items":[{"sku":"B-2"}]}}"#,
        r#"{"order":{"city":"Rome","items":[]}}"#,
        "not JSON",
        "[]",
    ] {
        publish(&sns, &orders, message).await;
    }
    assert_eq!(messages(&sqs, &url).await, [good]);
}

#[tokio::test]
async fn a_new_policy_counts_from_then_on() {
    let house = House::new().await;
    let (sns, sqs) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (url, subscription) = subscribed(
        &house,
        &orders,
        "mail",
        &[("FilterPolicy", r#"{"kind":["book"]}"#)],
    )
    .await;
    let set = |policy: &str| {
        let set = sns.set_subscription_attributes();
        let set = set.subscription_arn(&subscription).attribute_name("FilterPolicy");
        set.attribute_value(policy).send()
    };
    let film = |message: &str| {
        let publish = sns.publish().topic_arn(&orders).message(message);
        publish.message_attributes("kind", text("String", "film")).send()
    };
    film("1").await.unwrap();
    set(r#"{"kind":["film"]}"#).await.unwrap();
    film("2").await.unwrap();
    set("").await.unwrap();
    publish(&sns, &orders, "3").await;
    assert_eq!(messages(&sqs, &url).await, ["2", "3"]);
}

#[tokio::test]
async fn a_wrong_policy_is_refused_in_words_at_both_doors() {
    let house = House::new().await;
    let (sns, _) = ana(&house);
    let orders = topic(&sns, "orders", &[]).await;
    let (_, subscription) = subscribed(&house, &orders, "mail", &[]).await;
    let many: Vec<String> = (0..151).map(|n| n.to_string()).collect();
    let many = format!(r#"{{"a":[{}]}}"#, many.join(","));
    for (policy, words) in [
        (
            r#"{"a":[{"near":1}]}"#,
            "FilterPolicy: Unrecognized match type near",
        ),
        (
            r#"{"a":"b"}"#,
            "FilterPolicy: \"a\" must be an object or an array",
        ),
        (
            r#"{"a":{"b":["c"]}}"#,
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            r#"{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}"#,
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (&many, "FilterPolicy: Filter policy is too complex"),
    ] {
        let set = sns.set_subscription_attributes();
        let set = set.subscription_arn(&subscription).attribute_name("FilterPolicy");
        let set = set.attribute_value(policy).send().await;
        assert_eq!(refused(set).1, format!("Invalid parameter: {words}"));
        let endpoint = format!("arn:aws:sqs:us-east-1:{}:new", house.world.ana.account_id);
        let subscribe = sns
            .subscribe()
            .topic_arn(&orders)
            .protocol("sqs")
            .endpoint(endpoint);
        let subscribe = subscribe.attributes("FilterPolicy", policy).send().await;
        assert_eq!(
            refused(subscribe).1,
            format!("Invalid parameter: Attributes Reason: {words}")
        );
    }
}
