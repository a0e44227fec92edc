//! A cohort's schedule on the wall clock of its zone, and the instants that clock shows.
//! Pure: no clock of its own, no SQL, no Discord. What is posted when an occurrence comes is `protocol`'s business.
//!
//! The line is evaluated on local time without a zone, where every day has 24 hours; only then is each local time
//! mapped to an instant:
//!
//! | the local time … | becomes |
//! |---|---|
//! | exists once | that instant |
//! | is in a gap (clocks went forward) | the first minute after the gap |
//! | exists twice (clocks went back) | the first of the two |
//!
//! A whole skipped day (Apia had no 30 December 2011) is only a long gap: its occurrence comes at the first minute of
//! the next day. Where a gap moves an occurrence onto the instant of a later one, the later one stands, because its
//! local time is really on the clock: an hourly schedule posts once at 03:00, not twice. So over an iterator both
//! `planned_local` and `at` rise strictly.

use std::fmt;

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::{GapInfo, Tz};

use super::cron_line::{CronError, CronLine};
use super::days::{self, DaysError};
use super::zones::{self, ZoneError};

/// 2101-01-02: the `cron` crate's calendar ends with 2100, in every zone.
const END: DateTime<Utc> = DateTime::from_timestamp(4_134_067_200, 0).unwrap();

/// When a cohort's lessons come: a cron line read on the wall clock of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    line: CronLine,
    zone: Tz,
}

/// One scheduled moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What the schedule says on the wall clock. It names the occurrence for good.
    pub planned_local: NaiveDateTime,
    /// When that is.
    pub at: DateTime<Utc>,
}

/// Why a schedule was refused, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The cron line.
    #[error(transparent)]
    Cron(#[from] CronError),
    /// The days or the time.
    #[error(transparent)]
    Days(#[from] DaysError),
    /// The zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl Schedule {
    /// A schedule of a line and a zone.
    pub fn new(line: CronLine, zone: Tz) -> Self {
        Self { line, zone }
    }

    /// From what a moderator types as cron and timezone, or what the database holds.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, ScheduleError> {
        Ok(Self::new(CronLine::parse(cron)?, zones::parse_zone(zone)?))
    }

    /// From days (`weekdays`, `daily`, `mon,wed,fri`), time (`09:00`) and timezone.
    pub fn from_days(days: &str, time: &str, zone: &str) -> Result<Self, ScheduleError> {
        Ok(Self::new(days::cron_line(days, time)?, zones::parse_zone(zone)?))
    }

    /// The five fields.
    pub fn cron(&self) -> &str {
        self.line.as_str()
    }

    /// The zone whose wall clock counts.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// All occurrences strictly after `after`, in order; see the table above. Ends with the year 2100.
    pub fn occurrences_after(&self, after: DateTime<Utc>) -> Occurrences<'_> {
        // The wall clock never shows more than a gap's end before the instant it is mapped to, so nothing earlier
        // than the local time at `after` can still lie ahead, but for rounding to a minute: hence the two minutes.
        // Lines name times from 1970 on; further back there is nothing, and chrono's own calendar ends.
        let after = after.clamp(DateTime::UNIX_EPOCH, END);
        let start = after.with_timezone(&self.zone).naive_local() - Duration::minutes(2);
        Occurrences {
            schedule: self,
            cursor: Some(start),
            ready: None,
            after,
        }
    }

    /// The preview for moderators.
    pub fn next_five(&self, now: DateTime<Utc>) -> Vec<Occurrence> {
        self.occurrences_after(now).take(5).collect()
    }

    /// All occurrences with `after < at <= until`.
    pub fn due_between(
        &self,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = Occurrence> + '_ {
        self.occurrences_after(after)
            .take_while(move |occurrence| occurrence.at <= until)
    }

    fn occurrence(&self, planned_local: NaiveDateTime) -> Occurrence {
        Occurrence {
            planned_local,
            at: instant_of(self.zone, planned_local),
        }
    }
}

impl fmt::Display for Schedule {
    /// In words: `weekdays at 09:00, Europe/Berlin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", days::words(&self.line), self.zone)
    }
}

/// The occurrences of a schedule, earliest first.
#[derive(Debug)]
pub struct Occurrences<'a> {
    schedule: &'a Schedule,
    /// Everything up to here has been looked at.
    cursor: Option<NaiveDateTime>,
    /// Looked at, not yet given out: it waits for its successor, which may take its instant.
    ready: Option<Occurrence>,
    after: DateTime<Utc>,
}

impl Occurrences<'_> {
    fn pull(&mut self) -> Option<Occurrence> {
        let planned = self.schedule.line.next_after(self.cursor?);
        self.cursor = planned;
        planned.map(|planned| self.schedule.occurrence(planned))
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let current = self.ready.take().or_else(|| self.pull())?;
            self.ready = self.pull();
            let displaced = self.ready.is_some_and(|next| next.at <= current.at);
            if current.at > self.after && !displaced {
                return Some(current);
            }
        }
    }
}

/// The instant at which a zone's wall clock shows `local`, by the table at the head of this file.
pub fn instant_of(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at.to_utc(),
        LocalResult::Ambiguous(first, second) => first.min(second).to_utc(),
        LocalResult::None => after_gap(zone, local),
    }
}

fn after_gap(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let end = GapInfo::new(&local, &zone)
        .and_then(|gap| gap.end)
        .map(|end| end.to_utc());
    // Every gap the zone database knows has an end; were one without, the zone's standing offset is the best answer.
    let end = end.unwrap_or_else(|| local.and_utc());
    // Offsets of long ago have seconds: a gap may end within a minute, and the valid minute is the next.
    let seconds = end.with_timezone(&zone).second();
    if seconds == 0 {
        end
    } else {
        end + Duration::seconds(i64::from(60 - seconds))
    }
}

#[cfg(test)]
#[path = "civil_tests.rs"]
mod tests;
