//! What the ledger holds of each thing that costs money, what it has cost and may cost yet, and what becomes of it next.
//! Pure: `store` keeps it, `reaper` acts on it.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveTime, Utc};
use sandbox::{AccountId, Region};
use serde::{Deserialize, Serialize};

use crate::money::Money;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// AWS counts started hours. Whoever removes a thing a little early still has time to fail and try again.
pub const EARLY: i64 = 10 * MINUTE;
/// How long something just created may be missing from AWS' lists before it is taken for never created.
pub const UNSEEN: i64 = 2 * MINUTE;
/// After so many failed removals a thing is quarantined.
pub const ATTEMPTS: u32 = 5;

/// What costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A Kinesis stream, with its shards, retention and consumers.
    Stream,
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// A DynamoDB table.
    Table,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Stream, Self::Queue, Self::Topic, Self::Table];

    /// The word for it, which is also its command and what is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Table => "table",
        }
    }
}

/// One thing at AWS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thing {
    /// Whose account it is in.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// What it is.
    pub kind: Kind,
    /// What its owner calls it.
    pub name: String,
}

/// Where a thing is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its money is reserved; whether it is there is not known yet.
    Planned,
    /// It is there.
    Live,
    /// It is being removed.
    Going,
    /// It could not be removed. Its owner creates nothing more until it is gone.
    Quarantined,
    /// It is there no more.
    Gone,
}

/// From a moment on, so much an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Unix milliseconds.
    pub from: i64,
    /// In millionths of a dollar.
    pub micros_an_hour: i64,
}

/// A span of time in Unix milliseconds; its end is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first moment.
    pub from: i64,
    /// The first moment after it.
    pub until: i64,
}

impl Window {
    /// All of time.
    pub const EVER: Self = Self {
        from: 0,
        until: i64::MAX,
    };

    /// The calendar month that a moment is in; AWS' bills go by UTC.
    pub fn month_of(at: DateTime<Utc>) -> Self {
        let first = at.date_naive().with_day(1).unwrap_or_default();
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        Self::between(first, next)
    }

    /// The day that a moment is in.
    pub fn day_of(at: DateTime<Utc>) -> Self {
        let day = at.date_naive();
        Self::between(day, day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    fn between(first: chrono::NaiveDate, next: chrono::NaiveDate) -> Self {
        let midnight = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        Self {
            from: midnight(first),
            until: midnight(next),
        }
    }

    /// The window's beginning.
    pub fn begin(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.from).unwrap_or_default()
    }

    /// The month that follows a month.
    #[must_use]
    pub fn next_month(self) -> Self {
        Self::month_of(DateTime::from_timestamp_millis(self.until).unwrap_or_default())
    }
}

/// What the ledger holds of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its own id.
    pub id: String,
    /// Whose.
    pub guild_id: u64,
    /// Whose.
    pub member_id: u64,
    /// What and where.
    pub thing: Thing,
    /// Where it is in its life.
    pub state: State,
    /// What it costs from when on, oldest first.
    pub stretches: Vec<Stretch>,
    /// What is put by for its use while it stands.
    pub allowance: Money,
    /// When it was planned.
    pub planned_at: i64,
    /// Until when its money is reserved.
    pub reserved_until: i64,
    /// When it was seen to be gone.
    pub ended_at: Option<i64>,
    /// How often its removal has failed.
    pub attempts: u32,
    /// When it is looked at next.
    pub due_at: i64,
    /// Whether the moderators have heard that it is quarantined.
    pub told: bool,
}

/// What is to be done with a thing that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was never created: nothing was spent.
    NeverWas,
    /// It is there, and its price may have changed.
    Keep,
    /// It has gone by other means.
    Gone,
    /// Its time is over.
    Remove,
    /// It may appear yet.
    Wait,
}

impl Entry {
    /// A thing about to be created: its money is reserved for `life` milliseconds.
    pub fn planned(
        id: String,
        owner: (u64, u64),
        thing: Thing,
        price: (Money, Money),
        now: i64,
        life: i64,
    ) -> Self {
        let (an_hour, allowance) = price;
        Self {
            id,
            guild_id: owner.0,
            member_id: owner.1,
            thing,
            state: State::Planned,
            stretches: vec![Stretch {
                from: now,
                micros_an_hour: an_hour.as_micros(),
            }],
            allowance,
            planned_at: now,
            reserved_until: now.saturating_add(life),
            ended_at: None,
            attempts: 0,
            due_at: now.saturating_add(UNSEEN),
            told: false,
        }
    }

    /// What it costs now, by the hour.
    pub fn an_hour(&self) -> Money {
        self.stretches
            .last()
            .map_or(Money::ZERO, |stretch| Money::micros(stretch.micros_an_hour))
    }

    /// When its removal begins.
    pub fn goes_at(&self) -> i64 {
        self.reserved_until.saturating_sub(EARLY)
    }

    /// What it has cost by `now`, of what falls into the window.
    pub fn so_far(&self, now: i64, window: Window) -> Money {
        self.cost(self.ended_at.unwrap_or(now).min(now), window)
    }

    /// What it will have cost in the window at most: all that is reserved, or what it really cost once it is gone. What
    /// stands longer than planned goes on costing.
    pub fn at_most(&self, now: i64, window: Window) -> Money {
        if let Some(ended) = self.ended_at {
            return self.cost(ended, window);
        }
        let until = self.reserved_until.max(now);
        let touched = self.planned_at < window.until && until >= window.from;
        let allowance = if touched { self.allowance } else { Money::ZERO };
        self.cost(until, window) + allowance
    }

    fn cost(&self, until: i64, window: Window) -> Money {
        let ends = self.stretches.iter().skip(1).map(|next| next.from).chain([until]);
        let cost = |(stretch, end): (&Stretch, i64)| {
            let from = stretch.from.max(window.from);
            let spent = end.min(until).min(window.until).saturating_sub(from).max(0);
            // Started hours, as AWS counts them.
            Money::micros(stretch.micros_an_hour).times((spent as u64).div_ceil(HOUR as u64))
        };
        self.stretches.iter().zip(ends).map(cost).sum()
    }

    /// From now on it costs this much.
    pub fn reprice(&mut self, now: i64, an_hour: Money) {
        if self.an_hour() != an_hour {
            self.stretches.push(Stretch {
                from: now,
                micros_an_hour: an_hour.as_micros(),
            });
        }
    }

    /// It is there.
    pub fn lives(&mut self) {
        if self.state == State::Planned {
            self.state = State::Live;
        }
        self.due_at = self.goes_at();
    }

    /// It may appear yet.
    pub fn waits(&mut self) {
        self.due_at = self.planned_at.saturating_add(UNSEEN);
    }

    /// It is gone.
    pub fn ends(&mut self, now: i64) {
        self.state = State::Gone;
        self.ended_at = Some(now);
    }

    /// It never was: nothing was spent.
    pub fn never_was(&mut self, now: i64) {
        self.stretches.clear();
        self.ends(now);
    }

    /// Its removal has failed once more: it is tried again, ever later, and after the last attempt it is quarantined.
    /// Whether it has become so just now.
    pub fn fails(&mut self, now: i64) -> bool {
        let was = self.state;
        self.attempts = self.attempts.saturating_add(1);
        self.state = if self.attempts >= ATTEMPTS {
            State::Quarantined
        } else {
            State::Going
        };
        self.due_at = now.saturating_add(back_off(self.attempts));
        self.state != was && self.state == State::Quarantined
    }

    /// What is to be done now that it is due; `there` is whether AWS has it.
    pub fn step(&self, now: i64, there: bool) -> Step {
        match (self.state, there) {
            (State::Planned, false) if now < self.planned_at.saturating_add(UNSEEN) => Step::Wait,
            (State::Planned, false) => Step::NeverWas,
            (State::Gone, _) | (_, false) => Step::Gone,
            (State::Going | State::Quarantined, true) => Step::Remove,
            (State::Planned | State::Live, true) if now >= self.goes_at() => Step::Remove,
            (State::Planned | State::Live, true) => Step::Keep,
        }
    }
}

/// How long to wait after so many failures: half a minute, doubling, an hour at most.
fn back_off(attempts: u32) -> i64 {
    (MINUTE / 2)
        .saturating_mul(1 << attempts.saturating_sub(1).min(10))
        .min(HOUR)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn thing(kind: Kind, name: &str) -> Thing {
        Thing {
            account: "123456789012".parse().unwrap(),
            region: Region::EuWest1,
            kind,
            name: name.into(),
        }
    }

    pub fn entry(id: &str, owner: (u64, u64), an_hour: i64, now: i64) -> Entry {
        let price = (Money::micros(an_hour), Money::ZERO);
        Entry::planned(id.into(), owner, thing(Kind::Stream, id), price, now, 24 * HOUR)
    }

    const EVER: Window = Window::EVER;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_reserved_and_an_hour_begun_is_paid() {
        let mut entry = entry("a", (1, 2), 15_000, 0);
        assert_eq!(entry.at_most(0, EVER), Money::micros(360_000));
        assert_eq!(entry.so_far(0, EVER), Money::ZERO);
        assert_eq!(entry.so_far(1, EVER), Money::micros(15_000));
        entry.lives();
        entry.ends(90 * MINUTE);
        assert_eq!(
            entry.at_most(5 * HOUR, EVER),
            Money::micros(30_000),
            "what it really cost"
        );
    }

    #[test]
    fn what_goes_on_time_costs_no_more_than_was_reserved() {
        let mut entry = entry("a", (1, 2), 15_000, 7);
        let reserved = entry.at_most(7, EVER);
        entry.lives();
        entry.ends(entry.due_at + EARLY);
        assert_eq!(entry.at_most(i64::MAX, EVER), reserved);
    }

    #[test]
    fn what_was_never_created_costs_nothing() {
        let mut entry = entry("a", (1, 2), 15_000, 0);
        assert_eq!(entry.step(UNSEEN - 1, false), Step::Wait);
        assert_eq!(entry.step(UNSEEN, false), Step::NeverWas);
        entry.never_was(UNSEEN);
        assert_eq!(entry.at_most(HOUR, EVER), Money::ZERO);
    }

    #[test]
    fn months_and_days_are_utcs() {
        let month = Window::month_of(at("2026-12-31T23:59:59Z"));
        assert_eq!(month.begin(), at("2026-12-01T00:00:00Z"));
        assert_eq!(month.next_month().begin(), at("2027-01-01T00:00:00Z"));
        let day = Window::day_of(at("2026-02-28T12:00:00Z"));
        assert_eq!(day.until - day.from, 24 * HOUR);
    }

    #[test]
    fn a_thing_that_stands_over_a_months_end_costs_in_both() {
        let month = Window::month_of(at("2026-11-30T20:00:00Z"));
        let entry = entry("a", (1, 2), 15_000, at("2026-11-30T20:00:00Z").timestamp_millis());
        assert_eq!(entry.at_most(entry.planned_at, month), Money::micros(4 * 15_000));
        assert_eq!(
            entry.at_most(entry.planned_at, month.next_month()),
            Money::micros(20 * 15_000)
        );
    }

    #[test]
    fn removals_are_tried_ever_later_and_quarantined_once() {
        let mut entry = entry("a", (1, 2), 15_000, 0);
        entry.lives();
        let mut waits = Vec::new();
        let mut quarantined = Vec::new();
        for _ in 0..12 {
            quarantined.push(entry.fails(0));
            waits.push(entry.due_at / (MINUTE / 2));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120]);
        let becoming: Vec<usize> = (0..12).filter(|at| quarantined[*at]).collect();
        assert_eq!(becoming, [ATTEMPTS as usize - 1]);
        assert_eq!(entry.step(0, true), Step::Remove, "it is tried for ever");
        assert_eq!(entry.step(0, false), Step::Gone);
    }

    proptest! {
        #[test]
        fn no_history_costs_more_than_it_says(
            prices in proptest::collection::vec((0..100 * HOUR, 0..1_000_000_i64), 0..5),
            first in 0..1_000_000_i64,
            now in 0..200 * HOUR,
            cut in 0..200 * HOUR,
        ) {
            let mut entry = entry("a", (1, 2), first, 0);
            let mut prices = prices;
            prices.sort_unstable();
            for (at, price) in prices {
                entry.reprice(at, Money::micros(price));
            }
            prop_assert!(entry.so_far(now, EVER) <= entry.so_far(now + HOUR, EVER));
            prop_assert!(entry.so_far(now, EVER) <= entry.at_most(now, EVER));
            // However time is cut up, no part of the cost falls between.
            let (early, late) = (Window { from: 0, until: cut }, Window { from: cut, until: i64::MAX });
            prop_assert!(entry.at_most(now, early) + entry.at_most(now, late) >= entry.at_most(now, EVER));
            let mut over = entry.clone();
            over.ends(now.min(entry.reserved_until));
            prop_assert!(over.at_most(now, EVER) <= entry.at_most(now, EVER));
        }
    }
}
