//! Queues where members share an account.

use sandbox::queues::{DeadLetters, NewQueue, Outgoing, QueueError};

use crate::house::{HERE, House};

fn message(body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        ..Outgoing::default()
    }
}

#[tokio::test]
async fn ana_sends_receives_acknowledges_and_finds_dead_letters() {
    let Some(house) = House::open().await else { return };
    let queues = house.sandbox.queues(&house.ana, HERE);
    let dead = NewQueue {
        name: "dead".into(),
        ..NewQueue::default()
    };
    let dead = queues.create(&dead).await.unwrap();
    let work = NewQueue {
        name: "work".into(),
        visibility: Some(0),
        dead_letters: Some(DeadLetters {
            queue: "dead".into(),
            max_receives: 1,
        }),
        ..NewQueue::default()
    };
    let work = queues.create(&work).await.unwrap();
    assert_eq!((work.name.as_str(), work.fifo), ("work", false));
    assert!(
        work.url
            .ends_with(&format!("/tributary-main-{}-work", house.ana.account_id))
    );
    assert_eq!(
        work.dead_letters.as_ref().map(|dead| dead.queue.as_str()),
        Some("dead")
    );
    assert_eq!(queues.sources_of(&dead).await.unwrap(), ["work"]);
    assert_eq!(queues.list().await.unwrap(), ["dead", "work"]);

    let sent = queues.send(&work, &message("pay 17")).await.unwrap();
    let got = queues.receive(&work, 1, Some(0), 0).await.unwrap().remove(0);
    assert_eq!(
        (&got.id, got.body.as_str(), got.receives),
        (&sent.id, "pay 17", 1)
    );
    // Received once already, which is as often as it may be.
    assert_eq!(queues.receive(&work, 1, Some(30), 0).await.unwrap(), []);
    assert_eq!(queues.find("dead").await.unwrap().visible, 1);
    let letter = queues.receive(&dead, 1, Some(30), 0).await.unwrap().remove(0);
    assert_eq!((&letter.id, letter.receives), (&sent.id, 2));
    queues.put_back(&dead, &letter.handle).await.unwrap();
    let letter = queues.receive(&dead, 1, Some(30), 0).await.unwrap().remove(0);
    queues.acknowledge(&dead, &letter.handle).await.unwrap();
    let dead = queues.find("dead").await.unwrap();
    assert_eq!((dead.visible, dead.in_flight), (0, 0));
    // Moto has no move tasks: that it says so, and that the message stays where it is, is all that can be seen here.
    assert!(matches!(
        queues.redrive(&dead, Some(&work)).await,
        Err(QueueError::Other(_))
    ));

    queues.delete(&work).await.unwrap();
    let gone = QueueError::NoSuchQueue { name: "work".into() };
    assert_eq!(queues.find("work").await, Err(gone));
    house.sandbox.delete_tenant(&house.ana.account_id).await.unwrap();
    assert_eq!(house.everything(HERE).await, []);
}

#[tokio::test]
async fn a_fifo_queue_keeps_its_ending_behind_the_prefix() {
    let Some(house) = House::open().await else { return };
    let queues = house.sandbox.queues(&house.ana, HERE);
    let room = 80 - format!("tributary-main-{}-", house.ana.account_id).len();
    let named = |length: usize| NewQueue {
        name: format!("{}.fifo", "q".repeat(length - ".fifo".len())),
        content_deduplication: true,
        ..NewQueue::default()
    };
    let queue = queues.create(&named(room)).await.unwrap();
    assert!(queue.fifo && queue.content_deduplication);
    let told = queues.create(&named(room + 1)).await;
    assert!(
        matches!(told, Err(QueueError::NameTooLong { most, .. }) if most == room),
        "{told:?}"
    );
    let in_group = Outgoing {
        group: Some("user-1".into()),
        ..message("a")
    };
    let sent = queues.send(&queue, &in_group).await.unwrap();
    let got = queues.receive(&queue, 1, None, 0).await.unwrap().remove(0);
    assert_eq!((got.id, got.group.as_deref()), (sent.id, Some("user-1")));
}
