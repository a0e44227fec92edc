use super::*;

const NO: Refusal = Refusal {
    status: 403,
    code: 50_013,
};

fn answers() -> Vec<Answer> {
    vec![
        Answer::Prepared,
        Answer::NothingToPost("drafts"),
        Answer::NotPrepared,
        Answer::Sent(7),
        Answer::Refused(NO),
        Answer::NotSent,
        Answer::Lost,
        Answer::Found(7),
        Answer::NotFound,
        Answer::NotSearched,
        Answer::Thread(7),
        Answer::NoThread,
        Answer::MessageGone,
        Answer::ThreadLost,
        Answer::NoTwins,
        Answer::TwinsLost,
    ]
}

const PHASES: [Phase; 6] = [
    Phase::Planned,
    Phase::Fresh,
    Phase::Unknown,
    Phase::Posted,
    Phase::Threaded,
    Phase::Over,
];

/// Every answer that belongs to a phase, and what follows from it.
#[test]
fn each_answer_leads_where_the_protocol_says() {
    use Pause::{BackOff, Settle};
    let rows: &[(Phase, Answer, Phase, Option<Record>, Pause)] = &[
        (Phase::Planned, Answer::Prepared, Phase::Fresh, None, Pause::None),
        (
            Phase::Planned,
            Answer::NothingToPost("drafts"),
            Phase::Over,
            Some(Record::Skip("drafts")),
            Pause::None,
        ),
        (Phase::Planned, Answer::NotPrepared, Phase::Planned, None, BackOff),
        (
            Phase::Planned,
            Answer::Refused(NO),
            Phase::Over,
            Some(Record::Failed(NO)),
            Pause::None,
        ),
        // 2xx, 429, 400/401/403/404, timeout/reset/5xx.
        (
            Phase::Fresh,
            Answer::Sent(7),
            Phase::Posted,
            Some(Record::Posted(7)),
            Pause::None,
        ),
        (Phase::Fresh, Answer::NotSent, Phase::Fresh, None, BackOff),
        (
            Phase::Fresh,
            Answer::Refused(NO),
            Phase::Over,
            Some(Record::Failed(NO)),
            Pause::None,
        ),
        (Phase::Fresh, Answer::Lost, Phase::Unknown, None, Settle),
        // Found, not found, search failed or not permitted.
        (
            Phase::Unknown,
            Answer::Found(7),
            Phase::Posted,
            Some(Record::Posted(7)),
            Pause::None,
        ),
        (Phase::Unknown, Answer::NotFound, Phase::Fresh, None, Pause::None),
        (
            Phase::Unknown,
            Answer::NothingToPost("newer"),
            Phase::Over,
            Some(Record::Skip("newer")),
            Pause::None,
        ),
        (Phase::Unknown, Answer::NotSearched, Phase::Unknown, None, BackOff),
        // Opened or there already, not permitted or too many, message gone, no answer.
        (
            Phase::Posted,
            Answer::Thread(7),
            Phase::Threaded,
            Some(Record::Threaded(Some(7))),
            Pause::None,
        ),
        (
            Phase::Posted,
            Answer::NoThread,
            Phase::Threaded,
            Some(Record::Threaded(None)),
            Pause::None,
        ),
        (
            Phase::Posted,
            Answer::MessageGone,
            Phase::Over,
            Some(Record::Done),
            Pause::None,
        ),
        (Phase::Posted, Answer::ThreadLost, Phase::Posted, None, BackOff),
        (
            Phase::Threaded,
            Answer::NoTwins,
            Phase::Over,
            Some(Record::Done),
            Pause::None,
        ),
        (
            Phase::Threaded,
            Answer::Found(6),
            Phase::Posted,
            Some(Record::Posted(6)),
            Pause::None,
        ),
        (Phase::Threaded, Answer::TwinsLost, Phase::Threaded, None, BackOff),
    ];
    for (phase, answer, then, record, pause) in rows.iter().cloned() {
        let next = after(phase, &answer, 1);
        assert_eq!(
            next,
            Next {
                phase: then,
                record,
                pause
            },
            "{phase:?} × {answer:?}"
        );
    }
}

/// A restart and a taken-over lease look the same: nobody may send before having looked.
#[test]
fn a_row_found_sending_is_looked_for_before_anything_is_sent() {
    let next = begin(State::Sending);
    assert_eq!((next.phase, next.pause), (Phase::Unknown, Pause::Settle));
    assert_eq!(action(next.phase), Action::Search);
    for (state, first) in [
        (State::Planned, Action::Prepare),
        (State::Posted, Action::OpenThread),
        (State::Threaded, Action::CheckTwins),
        (State::Done, Action::Rest),
        (State::Failed, Action::Rest),
    ] {
        assert_eq!(action(begin(state).phase), first, "{state:?}");
    }
}

/// The heart of it: from `Unknown`, the one way to another send is a search that went through and found nothing.
#[test]
fn only_a_search_that_went_through_leads_from_unknown_to_another_send() {
    for answer in answers() {
        for failures in 1..100 {
            let next = after(Phase::Unknown, &answer, failures);
            assert_eq!(
                next.phase == Phase::Fresh,
                answer == Answer::NotFound,
                "{answer:?}"
            );
        }
    }
}

#[test]
fn a_message_that_stands_is_never_sent_again() {
    for phase in [Phase::Posted, Phase::Threaded, Phase::Over] {
        for answer in answers() {
            let next = after(phase, &answer, 1).phase;
            assert!(
                !matches!(next, Phase::Planned | Phase::Fresh | Phase::Unknown),
                "{phase:?} × {answer:?}"
            );
        }
    }
}

/// A failure is told to moderators, so it must be certain: after a lost answer only the search decides.
#[test]
fn a_post_fails_only_where_discord_clearly_said_no_before_any_message() {
    for phase in PHASES {
        for answer in answers() {
            let failed = matches!(after(phase, &answer, 1).record, Some(Record::Failed(_)));
            let expected = matches!(
                (phase, &answer),
                (Phase::Planned | Phase::Fresh, Answer::Refused(_))
            );
            assert_eq!(failed, expected, "{phase:?} × {answer:?}");
        }
    }
}

/// Whatever is answered, in whatever order: no dead end, no busy loop.
#[test]
fn every_answer_ends_it_moves_it_or_waits() {
    for phase in PHASES {
        for answer in answers() {
            let next = after(phase, &answer, 1);
            let stands_still = next.phase == phase && phase != Phase::Over;
            assert!(
                !stands_still || next.pause != Pause::None,
                "{phase:?} × {answer:?}"
            );
        }
    }
}

#[test]
fn a_thread_that_never_answers_does_not_hold_up_the_post() {
    let last = after(Phase::Posted, &Answer::ThreadLost, THREAD_TRIES);
    assert_eq!(last.record, Some(Record::Threaded(None)));
    let last = after(Phase::Threaded, &Answer::TwinsLost, TWIN_TRIES);
    assert_eq!(last.record, Some(Record::Done));
}

#[test]
fn pauses_grow_and_stay_bounded() {
    let timing = Timing::default();
    let lengths: Vec<u64> = (0..8)
        .map(|failures| timing.length(Pause::BackOff, failures).as_secs())
        .collect();
    assert_eq!(lengths, [1, 1, 2, 4, 8, 16, 20, 20]);
    assert_eq!(timing.length(Pause::BackOff, u32::MAX), timing.back_off_most);
    assert_eq!(timing.length(Pause::Settle, 1).as_secs(), 10);
    // A wait between renewals is always shorter than the lease's life.
    assert!(timing.may_send(timing.back_off_most));
}

#[test]
fn no_send_begins_that_could_end_after_the_lease() {
    let timing = Timing::default();
    assert!(timing.may_send(Duration::from_secs(0)));
    assert!(timing.may_send(Duration::from_secs(39)));
    assert!(!timing.may_send(Duration::from_secs(40)));
    assert!(!timing.is_dead(Duration::from_secs(59)));
    assert!(timing.is_dead(Duration::from_mins(1)));
}

#[test]
fn states_read_as_they_are_stored() {
    for state in [
        State::Planned,
        State::Sending,
        State::Posted,
        State::Threaded,
        State::Done,
        State::Failed,
    ] {
        assert_eq!(State::read(state.as_str()), Some(state));
    }
    assert_eq!(State::read("lost"), None);
}
