//! A standard five-field cron line: its grammar, what we refuse and why, and the local times it names.
//! Zones and instants are not here: a line only knows the calendar on the wall (see `civil`).
//!
//! ```text
//! line   = minute hour day-of-month month day-of-week
//! field  = item ("," item)*
//! item   = "*" ["/" step] | value | value "-" value ["/" step]
//! value  = number | name            names: jan…dec, sun…sat; Sunday is 0 or 7
//! ```
//!
//! The `cron` crate does the calendar arithmetic, but speaks another dialect: it wants a seconds field, counts Sunday
//! as 1, and demands that *both* day fields match where standard cron is content with *either* when neither holds a
//! `*`. So we parse the standard grammar ourselves and hand it plain lists of numbers: two of them for "either".

use std::fmt;

use chrono::NaiveDateTime;

use super::cron_field::{Bits, DAY, HOUR, MINUTE, MONTH, WEEKDAY, shown, sunday_once};

/// The shortest time between two posts that a schedule may ask for, in minutes.
pub const MIN_GAP_MINUTES: u32 = 15;

/// A five-field cron line that we understood and accept.
#[derive(Clone, Debug)]
pub struct CronLine {
    text: String,
    fields: Fields,
    /// The line fires when any of these does: one, or two when both day fields are restricted.
    any_of: Vec<cron::Schedule>,
}

impl PartialEq for CronLine {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronLine {}

impl fmt::Display for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a cron line was refused, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error(
        "A cron line has five fields (minute, hour, day of month, month, day of week); this one has {0}. \
         Weekdays at nine is `0 9 * * 1-5`."
    )]
    FieldCount(usize),
    /// Six fields: most likely with seconds in front.
    #[error(
        "This line has six fields; there are no seconds (and no years) here. Leave out the field that is too many: \
         weekdays at nine is `0 9 * * 1-5`."
    )]
    Seconds,
    /// `@daily`, `@reboot` and the like.
    #[error(
        "`{0}` is a shorthand that names no hour. Write the five fields, e.g. `0 9 * * *` for every day at nine."
    )]
    Shorthand(String),
    /// `L`, `W`, `#` or `?`, which are not part of standard cron.
    #[error(
        "`{item}` uses `{symbol}`, which standard cron does not have. Use numbers, names, `*`, `,`, `-` and `/`, \
         e.g. `0 9 1-7 * *` for the first seven days of a month."
    )]
    Extension {
        /// The item as typed.
        item: String,
        /// The symbol that is not standard.
        symbol: char,
    },
    /// Not a value of this field.
    #[error("`{item}` is no {field}; that is {allowed}.")]
    Value {
        /// The item as typed.
        item: String,
        /// The field's name.
        field: &'static str,
        /// What the field takes.
        allowed: &'static str,
    },
    /// A range that runs backwards.
    #[error("`{item}` runs backwards. Write it in two parts: `{instead}`.")]
    Backwards {
        /// The range as typed.
        item: String,
        /// The same days or hours as two ranges.
        instead: String,
    },
    /// A step on a single value, which cron programs read differently.
    #[error("`{item}` can be read in two ways. Say where it ends: `{instead}`.")]
    StepOnValue {
        /// The item as typed.
        item: String,
        /// The range that was probably meant.
        instead: String,
    },
    /// A step of zero, or not a number.
    #[error("`{0}` has no usable step: after `/` comes a number from 1 on, e.g. `*/2`.")]
    Step(String),
    /// More often than every [`MIN_GAP_MINUTES`].
    #[error(
        "This would post every {minutes} min at times; {MIN_GAP_MINUTES} minutes is the least between two posts. \
         For once a day, give one minute and one hour: `0 9 * * 1-5`."
    )]
    TooOften {
        /// The shortest time between two posts.
        minutes: u32,
    },
    /// 30 February.
    #[error("No date matches `{0}`: that day does not exist in that month.")]
    Never(String),
}

/// Which values each field allows, one bit a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) minutes: Bits,
    pub(super) hours: Bits,
    pub(super) days: Bits,
    pub(super) months: Bits,
    /// 0 = Sunday … 6 = Saturday.
    pub(super) weekdays: Bits,
    /// Standard cron: a day matches when either day field does, unless one of them holds a `*`.
    pub(super) either_day: bool,
}

impl CronLine {
    /// Reads a standard five-field line.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        if let Some(first) = parts.first().filter(|first| first.starts_with('@')) {
            return Err(CronError::Shorthand(shown(first)));
        }
        let [minute, hour, day, month, weekday] = parts[..] else {
            return Err(if parts.len() == 6 {
                CronError::Seconds
            } else {
                CronError::FieldCount(parts.len())
            });
        };
        let fields = Fields {
            minutes: MINUTE.parse(minute)?,
            hours: HOUR.parse(hour)?,
            days: DAY.parse(day)?,
            months: MONTH.parse(month)?,
            weekdays: sunday_once(WEEKDAY.parse(weekday)?),
            either_day: !day.contains('*') && !weekday.contains('*'),
        };
        let minutes = fields.shortest_gap();
        if minutes < MIN_GAP_MINUTES {
            return Err(CronError::TooOften { minutes });
        }
        let text = parts.join(" ");
        let never = || CronError::Never(shown(&text));
        let any_of = fields
            .dialects()
            .iter()
            .map(|line| line.parse().map_err(|_| never()))
            .collect::<Result<_, _>>()?;
        let line = Self {
            any_of,
            fields,
            text: text.clone(),
        };
        let epoch = chrono::DateTime::UNIX_EPOCH.naive_utc();
        if line.next_after(epoch).is_none() {
            Err(never())
        } else {
            Ok(line)
        }
    }

    /// The five fields as typed, with single spaces.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first local time after `after` that the line names; `None` past the year 2100.
    pub fn next_after(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        // On UTC, which has no gaps and no overlaps, the crate's arithmetic is plain calendar arithmetic.
        self.any_of
            .iter()
            .filter_map(|schedule| schedule.after(&after.and_utc()).next())
            .min()
            .map(|at| at.naive_utc())
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }
}

impl Fields {
    /// Minutes between the two closest posts on days that both post.
    fn shortest_gap(&self) -> u32 {
        const DAY_MINUTES: u32 = 24 * 60;
        let times: Vec<u32> = self
            .hours
            .iter()
            .flat_map(|hour| self.minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let within = times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .min()
            .unwrap_or(DAY_MINUTES);
        match (times.first(), times.last()) {
            (Some(first), Some(last)) => within.min(DAY_MINUTES + first - last),
            _ => within,
        }
    }

    /// The same line in the `cron` crate's dialect.
    fn dialects(&self) -> Vec<String> {
        let weekdays = list(Bits(self.weekdays.0 << 1), 7);
        let days = list(self.days, 31);
        let line = |days: &str, weekdays: &str| {
            let (minutes, hours, months) = (
                list(self.minutes, 60),
                list(self.hours, 24),
                list(self.months, 12),
            );
            format!("0 {minutes} {hours} {days} {months} {weekdays}")
        };
        if self.either_day {
            vec![line(&days, "*"), line("*", &weekdays)]
        } else {
            vec![line(&days, &weekdays)]
        }
    }
}

/// `1,2,3`, or `*` when the field holds all of its values.
fn list(bits: Bits, all: u32) -> String {
    if bits.len() == all {
        return "*".to_owned();
    }
    bits.iter()
        .map(|value| value.to_string())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
#[path = "cron_line_tests.rs"]
mod tests;
