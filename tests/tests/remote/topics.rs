//! Topics where members share an account.

use sandbox::queues::{NewQueue, Queue};
use sandbox::topics::{Publication, Wishes};
use serde_json::{Value, json};

use crate::house::{HERE, House};

async fn queue(house: &House, name: &str) -> Queue {
    let queues = house.sandbox.queues(&house.ana, HERE);
    let new = NewQueue {
        name: name.to_owned(),
        ..NewQueue::default()
    };
    queues.create(&new).await.expect("it is made")
}

#[tokio::test]
async fn each_queue_gets_what_its_filter_takes() {
    let Some(house) = House::open().await else { return };
    let topics = house.sandbox.topics(&house.ana, HERE);
    let queues = house.sandbox.queues(&house.ana, HERE);
    let topic = topics.create("news", false).await.unwrap();
    assert!(
        topic
            .arn
            .ends_with(&format!(":tributary-main-{}-news", house.ana.account_id))
    );
    assert_eq!(
        topics.create("news", false).await.unwrap(),
        topic,
        "it is simply there"
    );
    let (german, all) = (queue(&house, "german").await, queue(&house, "all").await);
    let filter = Wishes {
        filter: Some(json!({"country": ["de"]}).to_string()),
        raw: true,
        ..Wishes::default()
    };
    let made = topics.subscribe(&topic, &german, &filter).await.unwrap();
    assert_eq!((made.queue.as_str(), made.raw), ("german", true));
    let second = topics.create("sport", false).await.unwrap();
    for topic in [&topic, &second] {
        drop(topics.subscribe(topic, &all, &Wishes::default()).await.unwrap());
    }
    let heard: Vec<String> = topics
        .subscriptions(&topic)
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.queue)
        .collect();
    assert_eq!(heard, ["all", "german"]);

    let publication = |country: &str| Publication {
        body: format!("from {country}"),
        attributes: vec![("country".into(), json!(country))],
        ..Publication::default()
    };
    for country in ["de", "fr"] {
        drop(topics.publish(&topic, &publication(country)).await.unwrap());
    }
    let bodies = async |queue: &Queue| -> Vec<String> {
        let got = queues
            .receive(queue, 10, Some(30), 0)
            .await
            .expect("they are received");
        got.into_iter().map(|message| message.body).collect()
    };
    assert_eq!(bodies(&german).await, ["from de"]);
    assert_eq!(bodies(&all).await.len(), 2);

    topics.delete(&topic).await.unwrap();
    assert_eq!(topics.list().await.unwrap(), ["sport"]);
    house.sandbox.delete_tenant(&house.ana.account_id).await.unwrap();
    assert_eq!(house.everything(HERE).await, []);
}

#[tokio::test]
async fn a_queue_lets_in_the_members_own_topics_and_nobody_elses() {
    let Some(house) = House::open().await else { return };
    let topics = house.sandbox.topics(&house.ana, HERE);
    let topic = topics.create("news", false).await.unwrap();
    let all = queue(&house, "all").await;
    drop(topics.subscribe(&topic, &all, &Wishes::default()).await.unwrap());
    // Moto delivers without; AWS would drop every message.
    let client = house.sandbox.sqs(&house.ana, HERE);
    let policy = aws_sdk_sqs::types::QueueAttributeName::Policy;
    let request = client
        .get_queue_attributes()
        .queue_url(&all.url)
        .attribute_names(policy.clone());
    let told = request.send().await.unwrap().attributes.unwrap();
    let told: Value = serde_json::from_str(&told[&policy]).unwrap();
    let statement = &told["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], "sns.amazonaws.com");
    assert_eq!(statement["Resource"], all.arn);
    let hers = topic.arn.replace("-news", "-*");
    assert_eq!(statement["Condition"]["ArnLike"]["aws:SourceArn"], hers);
}
