//! What a picture of queue states shows and says, and that nothing a member types can break it.

use proptest::prelude::*;

use super::draw::draw;
use super::*;

fn orders() -> QueueStates {
    QueueStates {
        queue: "orders".into(),
        fifo: false,
        visibility: 30,
        delay: 0,
        visible: 3,
        in_flight: 1,
        delayed: 0,
        dead_letters: Some(DeadLetterBox {
            queue: "orders-dead".into(),
            messages: 2,
            max_receives: 3,
        }),
        flow: Some(Flow::Received),
        groups: vec![],
    }
}

fn said(queue: &QueueStates) -> Vec<String> {
    draw(queue)
        .labels()
        .iter()
        .map(|(_, text)| text.clone())
        .collect()
}

#[test]
fn the_words_say_what_the_picture_shows() {
    assert_eq!(
        queue_states(&orders()).unwrap().alt,
        "States of the queue orders: 3 visible, 1 in flight (each hidden for 30 s when received), 0 delayed. \
         2 messages in its dead-letter queue orders-dead, where a message goes after 3 receives without being \
         acknowledged. Just now: received, and hidden from everyone else."
    );
    let said = said(&orders());
    for words in [
        "Visible",
        "In flight",
        "Delayed",
        "Dead letters",
        "orders-dead",
        "back after 30 s",
        "after 3 receives",
    ] {
        assert!(said.iter().any(|it| it == words), "{words} is not in {said:?}");
    }
}

#[test]
fn a_queue_that_hides_nothing_says_so() {
    let queue = QueueStates {
        visibility: 0,
        ..orders()
    };
    let alt = queue_states(&queue).unwrap().alt;
    assert!(alt.contains("1 in flight (not hidden when received)"), "{alt}");
    let said = said(&queue);
    assert!(
        said.contains(&"4 messages · not hidden when received".to_owned()),
        "{said:?}"
    );
}

#[test]
fn a_queue_without_dead_letters_says_so_and_has_no_way_there() {
    let queue = QueueStates {
        dead_letters: None,
        flow: None,
        ..orders()
    };
    let said = said(&queue);
    assert!(said.iter().any(|it| it == "No dead-letter queue"), "{said:?}");
    assert!(!said.iter().any(|it| it == "redrive"), "{said:?}");
}

#[test]
fn a_group_with_a_message_in_flight_is_blocked() {
    let group = |name: &str, messages: &[At]| Group {
        name: name.into(),
        messages: messages.to_vec(),
    };
    let queue = QueueStates {
        fifo: true,
        groups: vec![
            group("user-1", &[At::InFlight, At::Visible, At::Visible]),
            group("user-2", &[At::Visible]),
        ],
        ..orders()
    };
    let said = said(&queue);
    assert!(said.iter().any(|it| it == "blocked: 1 in flight"), "{said:?}");
    assert!(said.iter().any(|it| it == "free"), "{said:?}");
    let alt = queue_states(&queue).unwrap().alt;
    assert!(
        alt.contains("Group user-1: 3 messages, blocked: 1 in flight."),
        "{alt}"
    );
}

fn any_at() -> impl Strategy<Value = At> {
    prop_oneof![Just(At::Visible), Just(At::InFlight), Just(At::Delayed)]
}

fn any_flow() -> impl Strategy<Value = Flow> {
    prop_oneof![
        Just(Flow::Sent),
        Just(Flow::SentLater),
        Just(Flow::Received),
        Just(Flow::Acknowledged),
        Just(Flow::CameBack),
        Just(Flow::Died),
        Just(Flow::Redriven)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_queue_can_be_drawn_and_no_label_covers_another(
        names in (any::<String>(), any::<String>()),
        numbers in (0u32..=43_200, 0u32..=900, 0u64..10_000_000, 0u64..200_000, 0u64..10_000_000),
        dead in proptest::option::of((0u64..10_000_000, 1u32..=1_000)),
        flow in proptest::option::of(any_flow()),
        groups in proptest::collection::vec((".{0,140}", proptest::collection::vec(any_at(), 0..200)), 0..9),
    ) {
        let queue = QueueStates {
            queue: names.0,
            fifo: !groups.is_empty(),
            visibility: numbers.0,
            delay: numbers.1,
            visible: numbers.2,
            in_flight: numbers.3,
            delayed: numbers.4,
            dead_letters: dead.map(|(messages, max_receives)| DeadLetterBox { queue: names.1, messages, max_receives }),
            flow,
            groups: groups.into_iter().map(|(name, messages)| Group { name, messages }).collect(),
        };
        prop_assert_eq!(draw(&queue).misplaced_label(), None);
        let picture = queue_states(&queue).unwrap();
        prop_assert!(picture.alt.chars().count() <= 1_000);
        prop_assert!(!picture.alt.chars().any(char::is_control));
    }
}
