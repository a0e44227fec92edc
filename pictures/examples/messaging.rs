//! Draws a sample of every picture of queues, topics and tables, to look at: `cargo run -p pictures --example messaging -- DIR`.

use std::path::Path;
use std::{env, fs};

use pictures::{
    At, Branch, DeadLetterBox, Event, FanOut, FieldChange, Flow, Group, Outcome, Picture, Published,
    QueueStates, Side, TableChange, TableChanges, fan_out, queue_states, table_changes,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = env::args().nth(1).ok_or("say which folder the pictures go to")?;
    fs::create_dir_all(&dir)?;
    let dir = Path::new(&dir);
    let received = queue("orders", Some(Flow::Received));
    save(dir, "queue-received", &queue_states(&received)?)?;
    let empty = QueueStates {
        visible: 0,
        in_flight: 0,
        delayed: 0,
        dead_letters: None,
        flow: Some(Flow::Acknowledged),
        ..queue("empty", None)
    };
    save(dir, "queue-empty", &queue_states(&empty)?)?;
    let busy = QueueStates {
        visible: 1_204_311,
        in_flight: 118_000,
        delayed: 37,
        delay: 900,
        visibility: 43_200,
        flow: Some(Flow::Redriven),
        ..queue(
            "a-queue-whose-name-goes-on-and-on-until-there-is-no-more-room-for-it-anywhere-at-all",
            None,
        )
    };
    save(dir, "queue-busy", &queue_states(&busy)?)?;
    save(dir, "queue-fifo", &queue_states(&fifo())?)?;
    save(dir, "fan-out", &fan_out(&tree())?)?;
    let list = FanOut {
        topic: "orders.fifo".into(),
        fifo: true,
        message: None,
        branches: tree()
            .branches
            .into_iter()
            .map(|branch| Branch {
                outcome: Outcome::Waiting,
                ..branch
            })
            .collect(),
    };
    save(dir, "fan-out-list", &fan_out(&list)?)?;
    save(dir, "table-changes", &table_changes(&timeline())?)?;
    Ok(())
}

fn save(dir: &Path, name: &str, picture: &Picture) -> std::io::Result<()> {
    println!("{name}: {}×{}\n  {}", picture.width, picture.height, picture.alt);
    fs::write(dir.join(format!("{name}.png")), &picture.png)
}

fn queue(name: &str, flow: Option<Flow>) -> QueueStates {
    QueueStates {
        queue: name.into(),
        fifo: false,
        visibility: 30,
        delay: 0,
        visible: 12,
        in_flight: 3,
        delayed: 1,
        dead_letters: Some(DeadLetterBox {
            queue: "orders-dead".into(),
            messages: 2,
            max_receives: 3,
        }),
        flow,
        groups: vec![],
    }
}

fn fifo() -> QueueStates {
    let group = |name: &str, messages: Vec<At>| Group {
        name: name.into(),
        messages,
    };
    QueueStates {
        fifo: true,
        flow: Some(Flow::Died),
        groups: vec![
            group(
                "user-1",
                vec![At::InFlight, At::InFlight, At::Visible, At::Visible],
            ),
            group("user-2", vec![At::Visible]),
            group("a-group-with-a-name-that-is-rather-long", vec![At::Visible; 40]),
            group("later", vec![At::Delayed; 2]),
        ],
        ..queue("orders.fifo", None)
    }
}

fn tree() -> FanOut {
    let branch = |queue: &str, filter: Option<&str>, raw, outcome| Branch {
        queue: queue.into(),
        filter: filter.map(str::to_owned),
        raw,
        outcome,
    };
    FanOut {
        topic: "orders".into(),
        fifo: false,
        message: Some(Published {
            body: "{\"order\": 17, \"total\": 42.50, \"items\": [1, 2, 3]}".into(),
            attributes: vec![
                ("country".into(), "de".into()),
                ("priority".into(), "high".into()),
            ],
        }),
        branches: vec![
            branch("billing", None, false, Outcome::Delivered),
            branch("shipping-germany", Some("country: de"), true, Outcome::Delivered),
            branch(
                "shipping-france",
                Some("country: fr or be"),
                false,
                Outcome::Filtered,
            ),
            branch(
                "a-queue-with-a-name-that-is-far-too-long-for-its-box",
                Some("price: ≥ 100 and < 200, store: anything but eu-west"),
                false,
                Outcome::Filtered,
            ),
            branch("deleted-since", None, false, Outcome::Undeliverable),
        ],
    }
}

fn timeline() -> TableChanges {
    let is = |value: &str| Side::Is(value.into());
    let field = |name: &str, old, new| FieldChange {
        name: name.into(),
        old,
        new,
    };
    let change = |event, at: &str, fields| TableChange {
        event,
        key: "u1".into(),
        at: at.into(),
        fields,
    };
    TableChanges {
        table: "users".into(),
        view: "NEW_AND_OLD_IMAGES".into(),
        changes: vec![
            change(
                Event::Insert,
                "09:00:01",
                vec![
                    field("age", Side::Absent, is("3")),
                    field("id", Side::Absent, is("\"u1\"")),
                    field(
                        "name",
                        Side::Absent,
                        is("\"Ana of Ulm, whose name is rather long\""),
                    ),
                ],
            ),
            change(
                Event::Modify,
                "09:00:04",
                vec![
                    field("age", is("3"), is("4")),
                    field(
                        "address",
                        is("{\"city\": \"Ulm\", \"zip\": 89073}"),
                        is("{\"city\": \"Bern\"}"),
                    ),
                    field("id", is("\"u1\""), is("\"u1\"")),
                    field("name", is("\"Ana\""), is("\"Ana\"")),
                    field("plan", is("\"free\""), is("\"free\"")),
                    field("since", is("2026"), is("2026")),
                ],
            ),
            change(Event::Modify, "09:00:05", vec![]),
            change(
                Event::Remove,
                "09:12:44",
                vec![
                    field("age", is("4"), Side::Absent),
                    field("id", is("\"u1\""), Side::NotKept),
                ],
            ),
        ],
    }
}
