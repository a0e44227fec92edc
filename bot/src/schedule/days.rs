//! Days and times as moderators say them ("weekdays", "09:00"), to a cron line and back into words.
//! The grammar of cron lines themselves is in `cron_line`.

use super::cron_field::shown;
use super::cron_line::{CronError, CronLine};

/// Why days or a time were refused, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DaysError {
    /// Not a day.
    #[error(
        "I don't know the days `{0}`. Write `weekdays`, `weekends`, `daily`, or names like `mon,wed,fri`."
    )]
    Days(String),
    /// Not a time of day.
    #[error("`{0}` is not a time of day. Write hours and minutes like `09:00` or `18:30`.")]
    Time(String),
    /// Several times that one cron line cannot hold.
    #[error(
        "Several times a day must share their minutes, e.g. `09:00,15:00`; `{0}` does not. \
         For anything else, give a cron line."
    )]
    MixedMinutes(String),
    /// The times are too close.
    #[error(transparent)]
    Cron(#[from] CronError),
}

const NAMES: [(&str, &str); 7] = [
    ("sun", "Sundays"),
    ("mon", "Mondays"),
    ("tue", "Tuesdays"),
    ("wed", "Wednesdays"),
    ("thu", "Thursdays"),
    ("fri", "Fridays"),
    ("sat", "Saturdays"),
];
/// A week as people list it: Monday first.
const WEEK: [u32; 7] = [1, 2, 3, 4, 5, 6, 0];
const WEEKDAYS: [u32; 5] = [1, 2, 3, 4, 5];
const WEEKENDS: [u32; 2] = [6, 0];

/// The line for `days` at `time`: `weekdays`, `09:00` → `0 9 * * 1-5`.
pub fn cron_line(days: &str, time: &str) -> Result<CronLine, DaysError> {
    let days = parse_days(days)?;
    let (minute, hours) = parse_times(time)?;
    let hours = hours.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    Ok(CronLine::parse(&format!(
        "{minute} {hours} * * {}",
        day_field(&days)
    ))?)
}

/// Which days, as the fifth field.
fn day_field(days: &[u32]) -> String {
    match days {
        _ if days == WEEK => "*".to_owned(),
        _ if days == WEEKDAYS => "1-5".to_owned(),
        _ => days.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    }
}

fn parse_days(text: &str) -> Result<Vec<u32>, DaysError> {
    let unknown = || DaysError::Days(shown(text));
    let mut chosen = [false; 7];
    let lower = text.to_lowercase();
    for word in lower
        .split([',', ' ', ';'])
        .filter(|word| !word.is_empty() && *word != "and")
    {
        match word {
            "weekdays" | "weekday" | "workdays" => choose(&mut chosen, &WEEKDAYS),
            "weekends" | "weekend" => choose(&mut chosen, &WEEKENDS),
            "daily" | "everyday" | "every" | "day" | "all" => choose(&mut chosen, &WEEK),
            _ => {
                let (from, to) = word.split_once(['-', '–']).unwrap_or((word, word));
                let (from, to) = (day(from).ok_or_else(unknown)?, day(to).ok_or_else(unknown)?);
                // By name a span may run over the week's end: fri-mon.
                let mut current = from;
                chosen[current] = true;
                while current != to {
                    current = (current + 1) % 7;
                    chosen[current] = true;
                }
            }
        }
    }
    let days: Vec<u32> = WEEK.into_iter().filter(|day| chosen[*day as usize]).collect();
    if days.is_empty() { Err(unknown()) } else { Ok(days) }
}

fn choose(chosen: &mut [bool; 7], days: &[u32]) {
    for day in days {
        chosen[*day as usize] = true;
    }
}

/// `mon`, `monday`, `mondays`, `tues`: three letters or more of a day's name.
fn day(word: &str) -> Option<usize> {
    NAMES
        .iter()
        .position(|(short, plural)| word.starts_with(short) && plural.to_lowercase().starts_with(word))
}

fn parse_times(text: &str) -> Result<(u32, Vec<u32>), DaysError> {
    let bad = || DaysError::Time(shown(text));
    let mut minute = None;
    let mut hours = Vec::new();
    for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (hour, minutes) = part.split_once([':', '.']).ok_or_else(bad)?;
        let (hour, minutes) = (
            number(hour, 23).ok_or_else(bad)?,
            number(minutes, 59).ok_or_else(bad)?,
        );
        if *minute.get_or_insert(minutes) != minutes {
            return Err(DaysError::MixedMinutes(shown(text)));
        }
        hours.push(hour);
    }
    hours.sort_unstable();
    hours.dedup();
    minute.map(|minute| (minute, hours)).ok_or_else(bad)
}

/// One or two digits, up to `max`.
fn number(text: &str, max: u32) -> Option<u32> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| plain && *value <= max)
}

/// The line in words, without the zone: `weekdays at 09:00`, `Mondays and Fridays at 09:00 and 15:00`. A line that
/// says more than days and a few times is shown as it is.
pub fn words(line: &CronLine) -> String {
    let fields = line.fields();
    let plain_calendar = fields.days.len() == 31 && fields.months.len() == 12;
    let times: Vec<String> = fields
        .hours
        .iter()
        .flat_map(|hour| {
            fields
                .minutes
                .iter()
                .map(move |minute| format!("{hour:02}:{minute:02}"))
        })
        .collect();
    if !plain_calendar || times.len() > 4 {
        return format!("on the cron line `{line}`");
    }
    let days: Vec<u32> = WEEK
        .into_iter()
        .filter(|day| fields.weekdays.iter().any(|bit| bit == *day))
        .collect();
    let days = match &days[..] {
        all if all == WEEK => "every day".to_owned(),
        some if some == WEEKDAYS => "weekdays".to_owned(),
        some if some == WEEKENDS => "weekends".to_owned(),
        some => and(&some
            .iter()
            .map(|day| NAMES[*day as usize].1.to_owned())
            .collect::<Vec<_>>()),
    };
    format!("{days} at {}", and(&times))
}

fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(days: &str, time: &str) -> String {
        cron_line(days, time).unwrap().to_string()
    }

    #[test]
    fn days_and_times_become_the_line_a_moderator_would_write() {
        assert_eq!(line("weekdays", "09:00"), "0 9 * * 1-5");
        assert_eq!(line("Daily", "18:30"), "30 18 * * *");
        assert_eq!(line("every day", "7:05"), "5 7 * * *");
        assert_eq!(line("mon,wed,fri", "09:00"), "0 9 * * 1,3,5");
        assert_eq!(line("Fridays and Monday", "9.15"), "15 9 * * 1,5");
        assert_eq!(line("mon-fri", "09:00"), "0 9 * * 1-5");
        assert_eq!(line("fri-mon", "09:00"), "0 9 * * 1,5,6,0");
        assert_eq!(line("weekends, tue", "09:00,15:00"), "0 9,15 * * 2,6,0");
    }

    #[test]
    fn what_cannot_be_read_says_what_to_type() {
        for (days, time, hint) in [
            ("weekly", "09:00", "`mon,wed,fri`"),
            ("", "09:00", "`weekdays`"),
            ("m", "09:00", "`mon,wed,fri`"),
            ("mondayss", "09:00", "`mon,wed,fri`"),
            ("daily", "nine", "`09:00`"),
            ("daily", "25:00", "`09:00`"),
            ("daily", "09:60", "`09:00`"),
            ("daily", "+9:00", "`09:00`"),
            ("daily", "", "`09:00`"),
            ("daily", "09:00,15:30", "cron line"),
        ] {
            let said = cron_line(days, time).unwrap_err().to_string();
            assert!(said.contains(hint), "{days} {time}: {said}");
        }
    }

    #[test]
    fn a_line_is_told_back_in_words() {
        for (cron, said) in [
            ("0 9 * * 1-5", "weekdays at 09:00"),
            ("0 9 * * mon-fri", "weekdays at 09:00"),
            ("30 18 * * *", "every day at 18:30"),
            ("0 9 * * 0,6", "weekends at 09:00"),
            ("0 9,15 * * 5,1", "Mondays and Fridays at 09:00 and 15:00"),
            ("0 9 * * 1,3,7", "Mondays, Wednesdays and Sundays at 09:00"),
            ("0 9 1 * *", "on the cron line `0 9 1 * *`"),
            ("*/15 * * * *", "on the cron line `*/15 * * * *`"),
        ] {
            assert_eq!(words(&CronLine::parse(cron).unwrap()), said);
        }
    }

    /// Whatever days and time a moderator picks, the words read back give the same line.
    #[test]
    fn words_lead_back_to_the_same_line() {
        for chosen in 1_u32..128 {
            let days: Vec<&str> = (0..7)
                .filter(|bit| chosen >> bit & 1 == 1)
                .map(|bit| NAMES[bit].0)
                .collect();
            let line = cron_line(&days.join(","), "09:00").unwrap();
            let said = words(&line);
            let days = said.strip_suffix(" at 09:00").unwrap();
            assert_eq!(cron_line(days, "09:00").unwrap(), line, "{said}");
        }
    }
}
