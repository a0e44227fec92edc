//! What moderators do: make a cohort, change or stop its schedule, post or skip by hand, read what members explained,
//! open a module for one. Its rules: only those who manage the server make cohorts; the rest is theirs and the cohort's
//! moderator role's, on their own cohorts alone. Rights are checked at every use, whatever Discord let through.
//!
//! How a changed schedule is carried out is in `schedule`; here is what a moderator's words mean.

use discord::{Failure, mistake, text};
use lessons::{Library, Path, Track};

use crate::schedule::Schedule;

pub mod cards;
pub mod commands;
mod complete;
mod create;
mod permissions;

/// A schedule as a moderator typed it: what was left out is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// `weekdays`, `daily`, `mon,wed,fri`, …
    pub days: Option<&'a str>,
    /// `09:00`.
    pub time: Option<&'a str>,
    /// An IANA name.
    pub timezone: Option<&'a str>,
    /// Five fields, instead of days and time.
    pub cron: Option<&'a str>,
}

/// Cron's fields: minute, hour, day of month, month, day of week.
const FIELDS: usize = 5;

impl Wanted<'_> {
    /// Whether anything was typed.
    pub fn is_nothing(&self) -> bool {
        self.days.is_none() && self.time.is_none() && self.timezone.is_none() && self.cron.is_none()
    }

    /// The schedule of a new cohort.
    pub fn new_schedule(&self, timezone: &str) -> Result<Schedule, Failure> {
        self.refuse_both()?;
        let parsed = match (self.cron, self.days, self.time) {
            (Some(cron), ..) => Schedule::parse(cron, timezone),
            (None, Some(days), Some(time)) => Schedule::from_days(days, time, timezone),
            (None, None, Some(_)) => {
                return Err(mistake(
                    "On which days? Add `days:` with `weekdays`, `daily` or names like `mon,wed,fri`.",
                ));
            }
            (None, Some(_), None) => {
                return Err(mistake(
                    "At what time? Add `time:` with hours and minutes, like `09:00`.",
                ));
            }
            (None, None, None) => {
                return Err(mistake(
                    "When shall it post? Add `days:weekdays time:09:00`, or a cron line such as `cron:0 9 * * 1-5`.",
                ));
            }
        };
        parsed.map_err(|error| mistake(error.to_string()))
    }

    /// The schedule of a cohort that has one: what was left out stays as it is.
    pub fn changed_schedule(&self, cron: &str, timezone: &str) -> Result<Schedule, Failure> {
        self.refuse_both()?;
        let zone = self.timezone.unwrap_or(timezone);
        if self.cron.is_some() || (self.days.is_some() && self.time.is_some()) {
            return self.new_schedule(zone);
        }
        let line = match (self.days, self.time) {
            (None, None) => cron.to_owned(),
            _ => self.merged(cron)?,
        };
        Schedule::parse(&line, zone).map_err(|error| mistake(error.to_string()))
    }

    /// The standing line with its days or its time replaced. Only a line that says no more than days and times can
    /// be changed by halves.
    fn merged(&self, cron: &str) -> Result<String, Failure> {
        let kept: Vec<&str> = cron.split_whitespace().collect();
        let &[minute, hour, "*", "*", days] = kept.as_slice() else {
            return Err(mistake(format!(
                "This cohort posts on the cron line {}, which I can't change by halves. Give both `days:` and `time:`, or \
                 another `cron:` line.",
                text::code(cron)
            )));
        };
        // The half that was left out is filled in with anything that parses, and not used.
        let typed = Schedule::from_days(self.days.unwrap_or("daily"), self.time.unwrap_or("09:00"), "UTC")
            .map_err(|error| mistake(error.to_string()))?;
        let typed: Vec<&str> = typed.cron().split_whitespace().collect();
        debug_assert_eq!(typed.len(), FIELDS, "every line has {FIELDS} fields");
        Ok(match (self.days, typed.as_slice()) {
            (Some(_), [.., typed_days]) => format!("{minute} {hour} * * {typed_days}"),
            (None, [typed_minute, typed_hour, ..]) => format!("{typed_minute} {typed_hour} * * {days}"),
            _ => cron.to_owned(),
        })
    }

    fn refuse_both(&self) -> Result<(), Failure> {
        if self.cron.is_some() && (self.days.is_some() || self.time.is_some()) {
            return Err(mistake(
                "A cron line says days and time already. Give either `cron:`, or `days:` and `time:`.",
            ));
        }
        Ok(())
    }
}

/// A track by its id or title, in any case.
pub fn find_track<'a>(library: &'a Library, typed: &str) -> Result<&'a Track, Failure> {
    let wanted = typed.trim().to_lowercase();
    let found = library
        .tracks()
        .iter()
        .find(|track| track.id.to_lowercase() == wanted || track.title.to_lowercase() == wanted);
    found.ok_or_else(|| {
        let ids: Vec<String> = library
            .tracks()
            .iter()
            .map(|track| text::code(&track.id))
            .collect();
        mistake(format!(
            "There is no track {}. There is {}.",
            text::code(&text::cut(typed, 40)),
            text::listed(&ids)
        ))
    })
}

/// A path of a track by its id or title, in any case; the track's first where none was typed.
pub fn find_path<'a>(track: &'a Track, typed: Option<&str>) -> Result<&'a Path, Failure> {
    let Some(typed) = typed else {
        return track
            .default_path()
            .ok_or_else(|| mistake(format!("The track `{}` has no path to follow yet.", track.id)));
    };
    let wanted = typed.trim().to_lowercase();
    let found = track
        .paths
        .iter()
        .find(|path| path.id.to_lowercase() == wanted || path.title.to_lowercase() == wanted);
    found.ok_or_else(|| {
        let ids: Vec<String> = track.paths.iter().map(|path| text::code(&path.id)).collect();
        mistake(format!(
            "There is no path {} on {}. The paths are {}.",
            text::code(&text::cut(typed, 40)),
            track.title,
            text::listed(&ids)
        ))
    })
}

/// Ways of saying days, for completion: those that hold what was typed, and what was typed where it is understood.
pub fn suggest_days(typed: &str) -> Vec<String> {
    const COMMON: [&str; 5] = ["weekdays", "daily", "mon,wed,fri", "tue,thu", "weekends"];
    let typed = typed.trim().to_lowercase();
    let mut choices: Vec<String> = COMMON
        .iter()
        .filter(|days| days.contains(&*typed))
        .map(|days| (*days).to_owned())
        .collect();
    if choices.is_empty() && Schedule::from_days(&typed, "09:00", "UTC").is_ok() && typed.len() <= 100 {
        choices.push(typed);
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T>(result: Result<T, Failure>) -> String {
        match result {
            Err(Failure::Mistake(words)) => words,
            Err(ours) => panic!("{ours}"),
            Ok(_) => String::new(),
        }
    }

    fn wanted<'a>(days: Option<&'a str>, time: Option<&'a str>, cron: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            days,
            time,
            timezone: None,
            cron,
        }
    }

    #[test]
    fn a_new_schedule_is_days_and_time_or_a_cron_line() {
        let zone = "Europe/Berlin";
        let by_days = wanted(Some("weekdays"), Some("09:00"), None)
            .new_schedule(zone)
            .unwrap();
        let by_cron = wanted(None, None, Some("0 9 * * 1-5"))
            .new_schedule("berlin")
            .unwrap();
        assert_eq!(by_days, by_cron);
        for (wanted, hint) in [
            (wanted(None, None, None), "`days:weekdays time:09:00`"),
            (wanted(Some("daily"), None, None), "`09:00`"),
            (wanted(None, Some("09:00"), None), "`weekdays`"),
            (wanted(Some("daily"), Some("09:00"), Some("0 9 * * *")), "either"),
            (wanted(Some("weekly"), Some("09:00"), None), "`mon,wed,fri`"),
            (wanted(None, None, Some("* * * * *")), "15 minutes"),
        ] {
            let words = said(wanted.new_schedule(zone));
            assert!(words.contains(hint), "{words}");
        }
        let misspelt = wanted(Some("daily"), Some("09:00"), None).new_schedule("Europe/Berlni");
        assert!(said(misspelt).contains("`Europe/Berlin`"));
    }

    #[test]
    fn what_is_left_out_of_a_change_stays_as_it_is() {
        let change = |wanted: Wanted<'_>| {
            let schedule = wanted
                .changed_schedule("30 9,15 * * 1-5", "Europe/Berlin")
                .unwrap();
            format!("{} {}", schedule.cron(), schedule.zone())
        };
        assert_eq!(
            change(wanted(Some("daily"), None, None)),
            "30 9,15 * * * Europe/Berlin"
        );
        assert_eq!(
            change(wanted(None, Some("18:00"), None)),
            "0 18 * * 1-5 Europe/Berlin"
        );
        assert_eq!(
            change(wanted(Some("mon,wed"), Some("7:05"), None)),
            "5 7 * * 1,3 Europe/Berlin"
        );
        assert_eq!(
            change(wanted(None, None, Some("0 8 1 * *"))),
            "0 8 1 * * Europe/Berlin"
        );
        let moved = Wanted {
            timezone: Some("Tokyo"),
            ..Wanted::default()
        };
        assert_eq!(change(moved), "30 9,15 * * 1-5 Asia/Tokyo");
    }

    #[test]
    fn a_line_that_says_more_than_days_and_times_is_not_changed_by_halves() {
        let first_of_month = "0 9 1 * *";
        let words = said(wanted(None, Some("18:00"), None).changed_schedule(first_of_month, "UTC"));
        assert!(words.contains("`0 9 1 * *`") && words.contains("both"), "{words}");
        let both = wanted(Some("daily"), Some("18:00"), None).changed_schedule(first_of_month, "UTC");
        assert_eq!(both.unwrap().cron(), "0 18 * * *");
        let words = said(wanted(Some("someday"), None, None).changed_schedule("0 9 * * *", "UTC"));
        assert!(words.contains("`someday`"), "{words}");
    }

    #[test]
    fn tracks_and_paths_are_found_as_people_type_them() {
        let library = Library::embedded().unwrap();
        let track = find_track(&library, " Streams-15 ").unwrap();
        assert_eq!(
            find_track(&library, &track.title.to_uppercase()).unwrap().id,
            track.id
        );
        assert!(said(find_track(&library, "jazz")).contains("`streams-15`"));
        assert_eq!(find_path(track, None).unwrap().id, track.paths[0].id);
        assert_eq!(find_path(track, Some("FAST track")).unwrap().id, "fast-track");
        assert!(said(find_path(track, Some("scenic"))).contains("`fast-track`"));
    }

    #[test]
    fn days_are_completed_as_they_are_typed() {
        assert_eq!(suggest_days("week"), ["weekdays", "weekends"]);
        assert_eq!(suggest_days("mon,fri"), ["mon,fri"]);
        assert!(suggest_days("never").is_empty());
        assert!(suggest_days("").contains(&"daily".to_owned()));
    }
}
