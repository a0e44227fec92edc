//! When lessons come, and their posting, exactly once.
//! Here: schedules in civil time. Not here: what a post says (the lesson feature).

mod civil;
mod cron_field;
mod cron_line;
mod days;
mod zones;

pub use civil::{Occurrence, Occurrences, Schedule, ScheduleError, instant_of};
pub use cron_line::{CronError, CronLine, MIN_GAP_MINUTES};
pub use days::DaysError;
pub use zones::{ZoneError, parse_zone, suggest_zones};
