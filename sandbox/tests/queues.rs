//! Stories of a member's queues, as the chat commands use them.

mod common;

use common::World;
use sandbox::Region;
use sandbox::queues::{DeadLetters, Moved, NewQueue, Outgoing, QueueError, Queues, SeenState};

const HERE: Region = Region::UsEast1;

fn named(name: &str) -> NewQueue {
    NewQueue {
        name: name.to_owned(),
        ..NewQueue::default()
    }
}

fn saying(body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        ..Outgoing::default()
    }
}

/// A queue whose messages are dead letters after two receives.
async fn with_dead_letters(queues: &Queues) -> sandbox::queues::Queue {
    queues.create(&named("dead")).await.unwrap();
    let new = NewQueue {
        dead_letters: Some(DeadLetters {
            queue: "dead".into(),
            max_receives: 2,
        }),
        ..named("orders")
    };
    queues.create(&new).await.unwrap()
}

#[tokio::test]
async fn ana_sends_receives_and_acknowledges_and_sees_each_state() {
    let world = World::new().await;
    let queues = world.sandbox.queues(&world.ana, HERE);
    let orders = queues.create(&named("orders")).await.unwrap();
    assert_eq!((orders.visibility, orders.delay, orders.fifo), (30, 0, false));
    let later = Outgoing {
        delay: Some(900),
        ..saying("later")
    };
    queues.send(&orders, &saying("now")).await.unwrap();
    queues.send(&orders, &later).await.unwrap();
    let seen = world
        .sandbox
        .messages(&world.ana.account_id, HERE, "orders")
        .await
        .unwrap();
    let bodies: Vec<_> = seen.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["now", "later"]);
    assert_eq!((seen[0].state, seen[0].receives), (SeenState::Visible, 0));
    assert!(matches!(seen[1].state, SeenState::Delayed(at) if at > seen[1].sent_at));

    let received = queues.receive(&orders, 10, None, 0).await.unwrap();
    assert_eq!(
        (received.len(), received[0].receives),
        (1, 1),
        "looking is not receiving"
    );
    let now = queues.find("orders").await.unwrap();
    assert_eq!((now.visible, now.in_flight, now.delayed), (0, 1, 1));
    queues.put_back(&orders, &received[0].handle).await.unwrap();
    let again = queues.receive(&orders, 10, None, 0).await.unwrap();
    assert_eq!(again[0].receives, 2);
    queues.acknowledge(&orders, &again[0].handle).await.unwrap();
    let now = queues.find("orders").await.unwrap();
    assert_eq!((now.visible, now.in_flight, now.delayed), (0, 0, 1));
}

#[tokio::test]
async fn dead_letters_go_back_to_where_they_came_from() {
    let world = World::new().await;
    let queues = world.sandbox.queues(&world.ana, HERE);
    let orders = with_dead_letters(&queues).await;
    assert_eq!(orders.dead_letters.as_ref().unwrap().max_receives, 2);
    queues.send(&orders, &saying("poison")).await.unwrap();
    for expected in [1, 1, 0] {
        let received = queues.receive(&orders, 1, Some(0), 0).await.unwrap();
        assert_eq!(received.len(), expected);
    }
    let dead = queues.find("dead").await.unwrap();
    assert_eq!(dead.visible, 1);
    assert_eq!(queues.sources_of(&dead).await.unwrap(), ["orders"]);
    assert_eq!(queues.redrive(&dead, None).await.unwrap(), Moved::All(1));
    assert_eq!(queues.find("orders").await.unwrap().visible, 1);
    let refused = queues.redrive(&orders, None).await.unwrap_err();
    assert_eq!(
        refused,
        QueueError::NoDeadLetters {
            name: "orders".into()
        }
    );
}

#[tokio::test]
async fn mistakes_have_names_of_their_own() {
    let world = World::new().await;
    let queues = world.sandbox.queues(&world.ana, HERE);
    let fifo = queues.create(&named("orders.fifo")).await.unwrap();
    let name = || "orders.fifo".to_owned();
    let grouped = Outgoing {
        group: Some("ana".into()),
        ..saying("hello")
    };
    let refused = queues.send(&fifo, &saying("hello")).await.unwrap_err();
    assert_eq!(refused, QueueError::NeedsGroup { name: name() });
    let refused = queues.send(&fifo, &grouped).await.unwrap_err();
    assert_eq!(refused, QueueError::NeedsDeduplication { name: name() });
    let refused = queues.find("nope").await.unwrap_err();
    assert_eq!(refused, QueueError::NoSuchQueue { name: "nope".into() });
    let other = NewQueue {
        visibility: Some(60),
        ..named("orders.fifo")
    };
    let refused = queues.create(&other).await.unwrap_err();
    let attribute = "VisibilityTimeout".into();
    assert_eq!(
        refused,
        QueueError::AlreadyExists {
            name: name(),
            attribute
        }
    );
    let refused = queues.acknowledge(&fifo, "nonsense").await.unwrap_err();
    assert_eq!(refused, QueueError::HandleUnknown);

    let whole = Outgoing {
        deduplication: Some("1".into()),
        ..grouped
    };
    let first = queues.send(&fifo, &whole).await.unwrap();
    assert_eq!(
        queues.send(&fifo, &whole).await.unwrap(),
        first,
        "a duplicate is told the first"
    );
    let received = queues.receive(&fifo, 1, None, 0).await.unwrap();
    queues.put_back(&fifo, &received[0].handle).await.unwrap();
    let refused = queues.acknowledge(&fifo, &received[0].handle).await.unwrap_err();
    assert_eq!(refused, QueueError::HandleExpired);
}

#[tokio::test]
async fn ben_sees_nothing_of_anas_queues() {
    let world = World::new().await;
    let (ana, ben) = (
        world.sandbox.queues(&world.ana, HERE),
        world.sandbox.queues(&world.ben, HERE),
    );
    let orders = ana.create(&named("orders")).await.unwrap();
    ana.send(&orders, &saying("hers")).await.unwrap();
    assert!(ben.list().await.unwrap().is_empty());
    let elsewhere = world
        .sandbox
        .messages(&world.ben.account_id, HERE, "orders")
        .await
        .unwrap();
    assert!(elsewhere.is_empty());
    assert!(
        ben.receive(&orders, 1, None, 0).await.is_err(),
        "by her queue's own URL"
    );
}
