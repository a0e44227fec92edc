//! A queue as a picture: its data brought into the shape the `pictures` crate draws, off the async threads.

use discord::{Failure, Picture};
use pictures::{At, DeadLetterBox, Flow, Group, QueueStates};
use sandbox::queues::{Queue, Seen, SeenState};

use super::Own;
use crate::call::Call;

/// A queue's states, with what happened just now.
pub async fn states(call: &Call, own: &Own, queue: &Queue, flow: Option<Flow>) -> Result<Picture, Failure> {
    let dead_letters = match &queue.dead_letters {
        Some(dead) => Some(DeadLetterBox {
            // One that was deleted since holds nothing.
            messages: own.queues.find(&dead.queue).await.map_or(0, |dead| dead.visible),
            queue: dead.queue.clone(),
            max_receives: dead.max_receives,
        }),
        None => None,
    };
    let groups = if queue.fifo {
        groups(&own.messages(call, queue).await?.unwrap_or_default())
    } else {
        Vec::new()
    };
    let states = QueueStates {
        queue: queue.name.clone(),
        fifo: queue.fifo,
        visibility: queue.visibility,
        delay: queue.delay,
        visible: queue.visible,
        in_flight: queue.in_flight,
        delayed: queue.delayed,
        dead_letters,
        flow,
        groups,
    };
    let picture = tokio::task::spawn_blocking(move || pictures::queue_states(&states)).await??;
    Ok(Picture {
        name: "queue.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}

/// The groups in the order of their oldest message.
fn groups(messages: &[Seen]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for message in messages {
        let name = message.group.clone().unwrap_or_default();
        let at = match message.state {
            SeenState::Visible => At::Visible,
            SeenState::InFlight(_) => At::InFlight,
            SeenState::Delayed(_) => At::Delayed,
        };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.messages.push(at),
            None => groups.push(Group {
                name,
                messages: vec![at],
            }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_in_their_groups_in_order() {
        let message = |group: &str, state| Seen {
            id: String::new(),
            body: String::new(),
            group: Some(group.to_owned()),
            deduplication: None,
            sent_at: 0,
            receives: 0,
            state,
            attributes: Vec::new(),
            came_from: None,
        };
        let groups = groups(&[
            message("a", SeenState::InFlight(5)),
            message("b", SeenState::Visible),
            message("a", SeenState::Visible),
        ]);
        let shown: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.messages.as_slice()))
            .collect();
        assert_eq!(
            shown,
            [("a", &[At::InFlight, At::Visible][..]), ("b", &[At::Visible])]
        );
    }
}
