//! Draws a sample of every picture of queues, topics and tables, to look at: `cargo run -p pictures --example messaging -- DIR`.

use std::path::Path;
use std::{env, fs};

use pictures::{At, DeadLetterBox, Flow, Group, Picture, QueueStates, queue_states};

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
