//! The ledger on each engine.

use chrono::TimeDelta;

use super::super::ledger::tests::entry;
use super::super::ledger::{EARLY, UNSEEN};
use super::*;
use crate::testing::stores;

const ANA: (u64, u64) = (1, u64::MAX);
const CEILINGS: Ceilings = Ceilings {
    member: Money::micros(400_000),
    guild: Money::micros(1_000_000),
    all: Money::micros(1_000_000),
    things: 10,
};

fn noon() -> DateTime<Utc> {
    "2026-11-10T12:00:00Z".parse().unwrap()
}

fn new(id: &str, owner: (u64, u64)) -> Change {
    Change::New(entry(id, owner, 15_000, noon().timestamp_millis()))
}

fn held(id: &str) -> Ask {
    Ask {
        id: id.into(),
        guild_id: ANA.0,
        member_id: ANA.1,
        command: r#"{"name":"stream"}"#.into(),
        cost: Money::micros(360_000),
        asked_at: 5,
    }
}

#[tokio::test]
async fn an_entry_is_kept_as_it_is_through_its_life() {
    for (store, _folder) in stores().await {
        let now = noon();
        spend(&store, &CEILINGS, &new("a", ANA), ANA, None, now)
            .await
            .unwrap();
        let mut kept = entry("a", ANA, 15_000, now.timestamp_millis());
        assert_eq!(ledger(&store, now).await.unwrap().entries, [kept.clone()]);
        assert_eq!(due(&store, now.timestamp_millis()).await.unwrap(), []);
        assert_eq!(
            due(&store, now.timestamp_millis() + UNSEEN).await.unwrap(),
            [kept.clone()]
        );

        kept.lives();
        kept.fails(9);
        kept.told = true;
        let (changed, ()) = change(&store, "a", |entry| {
            entry.lives();
            entry.fails(9);
            entry.told = true;
        })
        .await
        .unwrap()
        .unwrap();
        assert_eq!(changed, kept);
        assert_eq!(standing(&store, Some(ANA)).await.unwrap(), [kept]);
        assert_eq!(standing(&store, Some((1, 3))).await.unwrap(), []);

        change(&store, "a", |entry| entry.ends(now.timestamp_millis()))
            .await
            .unwrap();
        assert_eq!(
            change(&store, "a", Entry::lives).await.unwrap(),
            None,
            "it has ended"
        );
        assert_eq!(standing(&store, None).await.unwrap(), []);
        assert_eq!(
            ledger(&store, now).await.unwrap().entries.len(),
            1,
            "it has cost something this month"
        );
        let next = now + TimeDelta::days(30);
        assert_eq!(ledger(&store, next).await.unwrap(), Ledger::default());
    }
}

#[tokio::test]
async fn of_two_who_reserve_at_once_only_one_fits() {
    for (store, _folder) in stores().await {
        let (first, second) = (new("a", ANA), new("b", ANA));
        let (one, other) = tokio::join!(
            spend(&store, &CEILINGS, &first, ANA, None, noon()),
            spend(&store, &CEILINGS, &second, ANA, None, noon()),
        );
        let outcomes = [one.unwrap(), other.unwrap()];
        let done = outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Done)
            .count();
        assert_eq!(done, 1, "{outcomes:?}");
        assert_eq!(standing(&store, Some(ANA)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_held_command_is_taken_once_and_only_with_its_money() {
    for (store, _folder) in stores().await {
        ask(&store, &held("x")).await.unwrap();
        ask(
            &store,
            &Ask {
                cost: Money::ZERO,
                ..held("x")
            },
        )
        .await
        .unwrap();
        assert_eq!(
            asked(&store, "x", ANA.0, ANA.1).await.unwrap(),
            Some(held("x")),
            "the first one stands"
        );
        assert_eq!(
            asked(&store, "x", ANA.0, 7).await.unwrap(),
            None,
            "another member"
        );
        assert_eq!(asked(&store, "x", 2, ANA.1).await.unwrap(), None, "another guild");

        let poor = Ceilings {
            member: Money::ZERO,
            ..CEILINGS
        };
        let no = spend(&store, &poor, &new("a", ANA), ANA, Some("x"), noon())
            .await
            .unwrap();
        assert!(matches!(no, Outcome::No(No::Over { .. })), "{no:?}");
        assert!(
            asked(&store, "x", ANA.0, ANA.1).await.unwrap().is_some(),
            "it may be tried again"
        );
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            outcomes.push(
                spend(&store, &CEILINGS, &new("a", ANA), ANA, Some("x"), noon())
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(outcomes, [Outcome::Done, Outcome::Twice]);
        assert_eq!(asked(&store, "x", ANA.0, ANA.1).await.unwrap(), None);
        sweep(&store, 6).await.unwrap();
        let again = spend(&store, &CEILINGS, &new("b", (1, 2)), (1, 2), Some("x"), noon())
            .await
            .unwrap();
        assert_eq!(again, Outcome::Twice, "one that was swept is not there");
    }
}

#[tokio::test]
async fn uses_add_up_by_the_day_and_count_for_the_month() {
    for (store, _folder) in stores().await {
        let (now, tomorrow) = (noon(), noon() + TimeDelta::days(1));
        for (owner, at) in [(ANA, now), (ANA, now), (ANA, tomorrow), ((1, 2), now)] {
            let spent = spend(
                &store,
                &CEILINGS,
                &Change::Use(Money::micros(100_000)),
                owner,
                None,
                at,
            )
            .await
            .unwrap();
            assert_eq!(spent, Outcome::Done);
        }
        assert_eq!(
            used_today(&store, ANA, now).await.unwrap(),
            Money::micros(200_000)
        );
        assert_eq!(
            used_today(&store, ANA, tomorrow).await.unwrap(),
            Money::micros(100_000)
        );
        let mut uses = ledger(&store, tomorrow).await.unwrap().uses;
        uses.sort_unstable();
        assert_eq!(
            uses,
            [
                (1, 2, Money::micros(100_000)),
                (ANA.0, ANA.1, Money::micros(300_000))
            ]
        );
        let over = spend(
            &store,
            &CEILINGS,
            &Change::Use(Money::micros(100_001)),
            ANA,
            None,
            tomorrow,
        )
        .await
        .unwrap();
        assert!(matches!(over, Outcome::No(No::Over { .. })), "{over:?}");
    }
}

#[tokio::test]
async fn a_raise_is_reserved_and_what_lives_is_looked_at_again() {
    for (store, _folder) in stores().await {
        let now = noon();
        spend(&store, &CEILINGS, &new("a", ANA), ANA, None, now)
            .await
            .unwrap();
        change(&store, "a", Entry::lives).await.unwrap();
        let raise = |an_hour| Change::Raise {
            id: "a".into(),
            an_hour: Money::micros(an_hour),
        };
        let no = spend(&store, &CEILINGS, &raise(30_000), ANA, None, now)
            .await
            .unwrap();
        assert!(matches!(no, Outcome::No(No::Over { .. })), "{no:?}");
        assert_eq!(
            spend(&store, &CEILINGS, &raise(16_000), ANA, None, now)
                .await
                .unwrap(),
            Outcome::Done
        );
        let [entry] = standing(&store, None).await.unwrap().try_into().unwrap();
        assert_eq!(entry.an_hour(), Money::micros(16_000));
        assert_eq!(entry.due_at, entry.reserved_until - EARLY);
        look_again(&store, ANA, 3).await.unwrap();
        assert_eq!(due(&store, 3).await.unwrap().len(), 1);
    }
}
