//! A time as people type it: so long ago, a time of today, or a date with its time. Pure.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use discord::{Failure, mistake, text};

/// What was typed as Unix milliseconds, seen from `now`. Without a timezone it is UTC.
pub fn read(typed: &str, now: i64) -> Result<i64, Failure> {
    let typed = typed.trim();
    ago(typed, now).or_else(|| at(typed, now)).ok_or_else(|| {
        mistake(format!(
            "I can't read {} as a time. Try `5m` (five minutes ago; s, m, h and d work), `14:30`, or `2026-11-23 14:30`, both \
             in UTC.",
            text::code(&text::cut(typed, 40))
        ))
    })
}

/// `90s`, `5m`, `2h`, `1d`, with or without `ago`.
fn ago(typed: &str, now: i64) -> Option<i64> {
    let typed = typed.strip_suffix("ago").unwrap_or(typed).trim();
    let digits = typed.chars().take_while(char::is_ascii_digit).count();
    let number: i64 = typed.get(..digits)?.parse().ok()?;
    let seconds = match typed.get(digits..)?.trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    now.checked_sub(number.checked_mul(seconds)?.checked_mul(1_000)?)
}

fn at(typed: &str, now: i64) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(typed) {
        return Some(moment.timestamp_millis());
    }
    let civil = [
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(typed, form).ok());
    let day = || {
        NaiveDate::parse_from_str(typed, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    let time = || {
        let time = ["%H:%M", "%H:%M:%S"]
            .iter()
            .find_map(|form| NaiveTime::parse_from_str(typed, form).ok())?;
        let today = Utc.timestamp_millis_opt(now).single()?.date_naive();
        // What has not come today was meant of yesterday.
        let moment = today.and_time(time);
        Some(if moment.and_utc().timestamp_millis() > now {
            today.pred_opt()?.and_time(time)
        } else {
            moment
        })
    };
    let moment = civil.or_else(day).or_else(time)?;
    Some(moment.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let now = at("2026-11-23 12:00", 0).unwrap();
        let told = |typed: &str| {
            let moment = read(typed, now).ok()?;
            Some(
                Utc.timestamp_millis_opt(moment)
                    .single()?
                    .format("%d %H:%M:%S")
                    .to_string(),
            )
        };
        for (typed, moment) in [
            ("90s", "23 11:58:30"),
            ("5m", "23 11:55:00"),
            ("2 hours ago", "23 10:00:00"),
            ("1d", "22 12:00:00"),
            ("11:30", "23 11:30:00"),
            ("14:30:05", "22 14:30:05"),
            ("2026-11-20", "20 00:00:00"),
            ("2026-11-20 08:15", "20 08:15:00"),
            ("2026-11-23T09:00:00+01:00", "23 08:00:00"),
        ] {
            assert_eq!(told(typed).as_deref(), Some(moment), "{typed}");
        }
        for bad in [
            "",
            "soon",
            "5 parsecs",
            "25:00",
            "99999999999999999999d",
            "9223372036854775807s",
        ] {
            assert!(read(bad, now).is_err(), "{bad}");
        }
    }
}
