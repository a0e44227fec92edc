//! The hard ceilings: what a member, a guild, and all together may spend in a calendar month. Pure: what is reserved counts
//! as spent until it is known what it really cost, so that nothing can grow over a ceiling later.

use super::ledger::{Entry, State, Window};
use crate::money::Money;

/// How much may be spent in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// By one member in one guild.
    pub member: Money,
    /// By a guild.
    pub guild: Money,
    /// By all together.
    pub all: Money,
    /// How many things a member may have at once in a guild.
    pub things: u32,
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A member's.
    Member,
    /// A guild's.
    Guild,
    /// All together.
    All,
}

/// What is there to be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Everything that stands, and what has ended this month.
    pub entries: Vec<Entry>,
    /// What was spent this month by use: guild, member, how much.
    pub uses: Vec<(u64, u64, Money)>,
}

/// Why something may not be spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// It does not fit under a ceiling.
    Over {
        /// Which.
        which: Which,
        /// How high it is.
        ceiling: Money,
        /// What is spent or reserved already.
        taken: Money,
        /// What it would add.
        asked: Money,
        /// In which month.
        month: Window,
    },
    /// Something of the member's is quarantined.
    Quarantined(Box<Entry>),
    /// Something of this kind and name is in the ledger already.
    Known(Box<Entry>),
    /// The member has as many as may be.
    Enough {
        /// How many.
        most: u32,
    },
}

/// What would be added to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new thing.
    New(Entry),
    /// A thing that would cost more from now on.
    Raise {
        /// Its id.
        id: String,
        /// What it would cost.
        an_hour: Money,
    },
    /// Something used up at once.
    Use(Money),
}

impl No {
    /// A word for it, to count by.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Over {
                which: Which::Member, ..
            } => "member",
            Self::Over {
                which: Which::Guild, ..
            } => "guild",
            Self::Over {
                which: Which::All, ..
            } => "all",
            Self::Quarantined(_) => "quarantined",
            Self::Known(_) => "known",
            Self::Enough { .. } => "enough",
        }
    }
}

impl Ledger {
    /// What a change costs at most, whenever that is.
    pub fn adds(&self, change: &Change, owner: (u64, u64), now: i64) -> Money {
        let taken = |ledger: &Self| ledger.taken(Which::Member, owner, now, Window::EVER);
        taken(&self.with(change, owner, now)).less(taken(self))
    }

    /// What a member has spent or reserved this month.
    pub fn member_month(&self, owner: (u64, u64), now: chrono::DateTime<chrono::Utc>) -> Money {
        self.taken(
            Which::Member,
            owner,
            now.timestamp_millis(),
            Window::month_of(now),
        )
    }

    /// What one of the three has spent or reserved in a month.
    pub fn taken(&self, which: Which, owner: (u64, u64), now: i64, month: Window) -> Money {
        self.sum(which, owner, |entry| entry.at_most(now, month))
            + if now < month.until && now >= month.from {
                self.used(which, owner)
            } else {
                Money::ZERO
            }
    }

    /// What one of the three has spent in a window so far, without uses.
    pub fn so_far(&self, which: Which, owner: (u64, u64), now: i64, window: Window) -> Money {
        self.sum(which, owner, |entry| entry.so_far(now, window))
    }

    /// What one of the three has spent this month by use.
    pub fn used(&self, which: Which, owner: (u64, u64)) -> Money {
        let of = self
            .uses
            .iter()
            .filter(|(guild, member, _)| counts(which, owner, (*guild, *member)));
        of.map(|(_, _, used)| *used).sum()
    }

    fn sum(&self, which: Which, owner: (u64, u64), cost: impl Fn(&Entry) -> Money) -> Money {
        let of = self
            .entries
            .iter()
            .filter(|entry| counts(which, owner, (entry.guild_id, entry.member_id)));
        of.map(cost).sum()
    }

    /// The ledger with the change in it; `owner` is who pays.
    fn with(&self, change: &Change, owner: (u64, u64), now: i64) -> Self {
        let mut with = self.clone();
        match change {
            Change::New(entry) => with.entries.push(entry.clone()),
            Change::Raise { id, an_hour } => {
                for entry in with.entries.iter_mut().filter(|entry| entry.id == *id) {
                    entry.reprice(now, entry.an_hour().max(*an_hour));
                }
            }
            Change::Use(cost) => with.uses.push((owner.0, owner.1, *cost)),
        }
        with
    }

    /// Whether a change may be made, by each ceiling, in this month and the ones it reaches into.
    pub fn allows(
        &self,
        ceilings: &Ceilings,
        change: &Change,
        owner: (u64, u64),
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), No> {
        let creates = !matches!(change, Change::Use(_));
        let own = |entry: &&Entry| (entry.guild_id, entry.member_id) == owner;
        if creates
            && let Some(stuck) = self
                .entries
                .iter()
                .filter(own)
                .find(|entry| entry.state == State::Quarantined)
        {
            return Err(No::Quarantined(Box::new(stuck.clone())));
        }
        if let Change::New(new) = change
            && let Some(known) = self
                .entries
                .iter()
                .find(|entry| entry.state != State::Gone && entry.thing == new.thing)
        {
            return Err(No::Known(Box::new(known.clone())));
        }
        let standing = self
            .entries
            .iter()
            .filter(own)
            .filter(|entry| entry.state != State::Gone)
            .count();
        if matches!(change, Change::New(_)) && standing >= ceilings.things as usize {
            return Err(No::Enough {
                most: ceilings.things,
            });
        }
        let (with, now_ms) = (
            self.with(change, owner, now.timestamp_millis()),
            now.timestamp_millis(),
        );
        let last = with
            .entries
            .iter()
            .filter(own)
            .map(|entry| entry.reserved_until)
            .max()
            .unwrap_or(now_ms);
        let mut month = Window::month_of(now);
        loop {
            for (which, ceiling) in [
                (Which::Member, ceilings.member),
                (Which::Guild, ceilings.guild),
                (Which::All, ceilings.all),
            ] {
                let (before, after) = (
                    self.taken(which, owner, now_ms, month),
                    with.taken(which, owner, now_ms, month),
                );
                if after > ceiling && after > before {
                    let asked = after.less(before);
                    return Err(No::Over {
                        which,
                        ceiling,
                        taken: before,
                        asked,
                        month,
                    });
                }
            }
            if last < month.until {
                return Ok(());
            }
            month = month.next_month();
        }
    }
}

fn counts(which: Which, owner: (u64, u64), of: (u64, u64)) -> bool {
    match which {
        Which::Member => of == owner,
        Which::Guild => of.0 == owner.0,
        Which::All => true,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::super::ledger::Kind;
    use super::super::ledger::tests::{entry, thing};
    use super::*;

    const CEILINGS: Ceilings = Ceilings {
        member: Money::micros(1_000_000),
        guild: Money::micros(2_000_000),
        all: Money::micros(3_000_000),
        things: 12,
    };

    fn noon() -> DateTime<Utc> {
        "2026-11-10T12:00:00Z".parse().unwrap()
    }

    fn new(id: &str, owner: (u64, u64), an_hour: i64, now: DateTime<Utc>) -> Change {
        Change::New(entry(id, owner, an_hour, now.timestamp_millis()))
    }

    /// As the store does it: checked, then kept.
    fn make(ledger: &mut Ledger, change: &Change, owner: (u64, u64), now: DateTime<Utc>) -> Result<(), No> {
        ledger.allows(&CEILINGS, change, owner, now)?;
        *ledger = ledger.with(change, owner, now.timestamp_millis());
        Ok(())
    }

    fn refused(result: &Result<(), No>) -> Option<Which> {
        match result {
            Err(No::Over { which, .. }) => Some(*which),
            _ => None,
        }
    }

    #[test]
    fn a_members_ceiling_holds_what_is_reserved_and_what_was_used() {
        let (ana, now) = ((1, 1), noon());
        let mut ledger = Ledger::default();
        make(&mut ledger, &new("a", ana, 30_000, now), ana, now).unwrap();
        assert_eq!(
            make(&mut ledger, &new("b", ana, 15_000, now), ana, now),
            Err(No::Over {
                which: Which::Member,
                ceiling: Money::micros(1_000_000),
                taken: Money::micros(720_000),
                asked: Money::micros(360_000),
                month: Window::month_of(now),
            })
        );
        // What goes early gives back what it did not need.
        ledger.entries[0].lives();
        ledger.entries[0].ends(now.timestamp_millis() + 1);
        make(&mut ledger, &new("b", ana, 15_000, now), ana, now).unwrap();
        make(&mut ledger, &Change::Use(Money::micros(600_000)), ana, now).unwrap();
        assert_eq!(
            refused(&make(&mut ledger, &Change::Use(Money::micros(10_001)), ana, now)),
            Some(Which::Member)
        );
        make(&mut ledger, &Change::Use(Money::micros(10_000)), ana, now).unwrap();
    }

    #[test]
    fn a_guild_and_all_together_have_ceilings_too() {
        let now = noon();
        let mut ledger = Ledger::default();
        for (id, owner) in [("a", (1, 1)), ("b", (1, 2))] {
            make(&mut ledger, &new(id, owner, 40_000, now), owner, now).unwrap();
        }
        let fourth = make(&mut ledger, &new("c", (1, 3), 40_000, now), (1, 3), now);
        assert_eq!(refused(&fourth), Some(Which::Guild));
        make(&mut ledger, &new("c", (2, 3), 40_000, now), (2, 3), now).unwrap();
        let elsewhere = make(&mut ledger, &new("d", (2, 4), 40_000, now), (2, 4), now);
        assert_eq!(refused(&elsewhere), Some(Which::All));
    }

    #[test]
    fn what_reaches_into_the_next_month_fits_there_too() {
        let now = "2026-11-30T23:00:00Z".parse().unwrap();
        let ana = (1, 1);
        let mut ledger = Ledger::default();
        // An hour of it is November's.
        make(&mut ledger, &new("a", ana, 43_000, now), ana, now).unwrap();
        let second = make(&mut ledger, &new("b", ana, 15_000, now), ana, now);
        let Err(No::Over { month, .. }) = second else {
            panic!("{second:?}")
        };
        assert_eq!(month, Window::month_of(now).next_month());
    }

    #[test]
    fn a_raise_reserves_the_difference_for_what_is_left() {
        let (ana, now) = ((1, 1), noon());
        let mut ledger = Ledger::default();
        make(&mut ledger, &new("a", ana, 15_000, now), ana, now).unwrap();
        let raise = |an_hour| Change::Raise {
            id: "a".into(),
            an_hour: Money::micros(an_hour),
        };
        assert_eq!(
            refused(&make(&mut ledger, &raise(45_000), ana, now)),
            Some(Which::Member)
        );
        make(&mut ledger, &raise(30_000), ana, now).unwrap();
        assert_eq!(
            ledger.taken(Which::Member, ana, now.timestamp_millis(), Window::month_of(now)),
            Money::micros(720_000)
        );
    }

    #[test]
    fn a_name_is_taken_once_and_quarantine_ends_creating() {
        let (ana, now) = ((1, 1), noon());
        let mut ledger = Ledger::default();
        make(&mut ledger, &new("a", ana, 1, now), ana, now).unwrap();
        assert!(matches!(
            make(&mut ledger, &new("a", ana, 1, now), ana, now),
            Err(No::Known(_))
        ));
        assert_eq!(ledger.entries[0].thing, thing(Kind::Stream, "a"));
        while !ledger.entries[0].fails(0) {}
        for change in [
            new("b", ana, 1, now),
            Change::Raise {
                id: "a".into(),
                an_hour: Money::micros(2),
            },
        ] {
            assert!(matches!(
                ledger.allows(&CEILINGS, &change, ana, now),
                Err(No::Quarantined(_))
            ));
        }
        ledger
            .allows(&CEILINGS, &Change::Use(Money::micros(1)), ana, now)
            .unwrap();
        ledger
            .allows(&CEILINGS, &new("b", (1, 2), 1, now), (1, 2), now)
            .unwrap();
        ledger.entries[0].ends(0);
        make(&mut ledger, &new("a", ana, 1, now), ana, now).unwrap();
    }

    /// What people and the reaper do, one after another.
    #[derive(Clone, Debug)]
    enum Act {
        Create(u64, i64),
        Raise(usize, i64),
        Use(u64, i64),
        End(usize),
        Wait(i64),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            (0..3_u64, 0..80_000_i64).prop_map(|(who, price)| Act::Create(who, price)),
            (0..20_usize, 0..80_000_i64).prop_map(|(which, price)| Act::Raise(which, price)),
            (0..3_u64, 0..500_000_i64).prop_map(|(who, cost)| Act::Use(who, cost)),
            (0..20_usize).prop_map(Act::End),
            (0..8_i64 * 3_600_000).prop_map(Act::Wait),
        ]
    }

    proptest! {
        /// Whatever is asked in whatever order: what is really spent in a month stays under each ceiling.
        #[test]
        fn any_history_stays_under_every_ceiling(acts in proptest::collection::vec(act(), 0..40)) {
            let owner = |who: u64| if who == 2 { (2, 9) } else { (1, who) };
            let mut ledger = Ledger::default();
            let mut now: DateTime<Utc> = "2026-11-10T12:00:00Z".parse().unwrap();
            for (at, act) in acts.into_iter().enumerate() {
                match act {
                    Act::Create(who, price) => drop(make(&mut ledger, &new(&at.to_string(), owner(who), price, now), owner(who), now)),
                    Act::Use(who, cost) => drop(make(&mut ledger, &Change::Use(Money::micros(cost)), owner(who), now)),
                    Act::Raise(which, price) => {
                        if let Some(entry) = ledger.entries.get(which).filter(|entry| entry.ended_at.is_none()) {
                            let owner = (entry.guild_id, entry.member_id);
                            let raise = Change::Raise { id: entry.id.clone(), an_hour: Money::micros(price) };
                            drop(make(&mut ledger, &raise, owner, now));
                        }
                    }
                    Act::End(which) => {
                        if let Some(entry) = ledger.entries.get_mut(which).filter(|entry| entry.ended_at.is_none()) {
                            entry.ends(now.timestamp_millis());
                        }
                    }
                    Act::Wait(ms) => now += chrono::TimeDelta::milliseconds(ms),
                }
                // The reaper keeps time.
                for entry in ledger.entries.iter_mut().filter(|entry| entry.ended_at.is_none()) {
                    if entry.goes_at() <= now.timestamp_millis() {
                        entry.ends(entry.goes_at());
                    }
                }
                let month = Window::month_of(now);
                for (which, ceiling) in [(Which::Member, CEILINGS.member), (Which::Guild, CEILINGS.guild), (Which::All, CEILINGS.all)] {
                    for who in 0..3 {
                        let later = now.timestamp_millis() + 48 * 3_600_000;
                        let end = |entry: &Entry| entry.so_far(later.min(entry.reserved_until), month);
                        let real = ledger.sum(which, owner(who), end) + ledger.used(which, owner(who));
                        prop_assert!(real <= ceiling, "{which:?} {real} over {ceiling}");
                    }
                }
            }
        }
    }
}
