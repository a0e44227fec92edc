use chrono::{Datelike, NaiveDate, Timelike};

use super::*;

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn times(line: &str, after: &str, count: usize) -> Vec<String> {
    let line = CronLine::parse(line).unwrap();
    std::iter::successors(line.next_after(at(after)), |last| line.next_after(*last))
        .take(count)
        .map(|time| time.format("%a %Y-%m-%d %H:%M").to_string())
        .collect()
}

/// The trap in the `cron` crate: it reads `1-5` as Sunday to Thursday.
#[test]
fn one_to_five_is_monday_to_friday() {
    let week = times("0 9 * * 1-5", "2026-11-20 09:00", 6);
    assert_eq!(
        week,
        [
            "Mon 2026-11-23 09:00",
            "Tue 2026-11-24 09:00",
            "Wed 2026-11-25 09:00",
            "Thu 2026-11-26 09:00",
            "Fri 2026-11-27 09:00",
            "Mon 2026-11-30 09:00"
        ]
    );
    assert_eq!(week, times("0 9 * * Mon-FRI", "2026-11-20 09:00", 6));
}

#[test]
fn sunday_is_zero_and_seven_and_ends_a_week_by_name() {
    let sunday = times("0 9 * * 0", "2026-11-20 09:00", 3);
    assert_eq!(sunday[0], "Sun 2026-11-22 09:00");
    for same in ["0 9 * * 7", "0 9 * * sun", "0 9 * * 0,7", "0 9 * * */7"] {
        assert_eq!(times(same, "2026-11-20 09:00", 3), sunday, "{same}");
    }
    assert_eq!(
        times("0 9 * * sat-sun", "2026-11-20 09:00", 4),
        times("0 9 * * 6,0", "2026-11-20 09:00", 4)
    );
    assert_eq!(
        times("0 9 * * 5-7", "2026-11-20 08:00", 3)[2],
        "Sun 2026-11-22 09:00"
    );
}

/// Standard cron: with both day fields restricted, either is enough; the `cron` crate would want Friday the 13th.
#[test]
fn day_of_month_or_day_of_week() {
    assert_eq!(
        times("0 9 13 * 5", "2026-11-01 00:00", 4),
        [
            "Fri 2026-11-06 09:00",
            "Fri 2026-11-13 09:00",
            "Fri 2026-11-20 09:00",
            "Fri 2026-11-27 09:00"
        ]
    );
    assert_eq!(
        times("0 9 1 * 5", "2026-11-28 00:00", 2),
        ["Tue 2026-12-01 09:00", "Fri 2026-12-04 09:00"]
    );
    // A field that holds a `*` restricts the other one instead.
    assert_eq!(
        times("0 9 */2 * 1", "2026-11-01 00:00", 2),
        ["Mon 2026-11-09 09:00", "Mon 2026-11-23 09:00"]
    );
}

#[test]
fn lists_ranges_steps_and_names() {
    assert_eq!(
        times("0,30 9-17/4 1 jan,jul *", "2026-11-01 00:00", 3),
        [
            "Fri 2027-01-01 09:00",
            "Fri 2027-01-01 09:30",
            "Fri 2027-01-01 13:00"
        ]
    );
    assert_eq!(
        times("0 9 29 2 *", "2026-11-01 00:00", 1),
        ["Tue 2028-02-29 09:00"]
    );
    assert_eq!(
        CronLine::parse("  0   9 * *  1-5 ").unwrap().as_str(),
        "0 9 * * 1-5"
    );
}

#[test]
fn what_cannot_be_said_is_refused_with_what_to_type_instead() {
    for (line, hint) in [
        ("", "`0 9 * * 1-5`"),
        ("0 9 * *", "five fields"),
        ("0 0 9 * * 1-5", "no seconds"),
        ("0 0 9 * * 1-5 2027", "this one has 7"),
        ("@daily", "`0 9 * * *`"),
        ("@reboot", "`@reboot`"),
        ("0 9 L * *", "`L`"),
        ("0 9 * * 5L", "`L`"),
        ("0 9 * * fril", "`L`"),
        ("0 9 15W * *", "`W`"),
        ("0 9 * * 5#2", "`#`"),
        ("0 9 ? * 1", "`?`"),
        ("60 9 * * *", "a number from 0 to 59"),
        ("0 24 * * *", "a number from 0 to 23"),
        ("0 9 0 * *", "a number from 1 to 31"),
        ("0 9 * 13 *", "a number from 1 to 12"),
        ("0 9 * * 8", "0 and 7 are Sunday"),
        ("0 9 * * monday", "mon to sun"),
        ("0 +9 * * *", "is no hour"),
        ("0 9, * * *", "`9,` is no hour"),
        ("0 9 * * 5-1", "`0-1,5-6`"),
        ("0 9 * * fri-mon", "`0-1,5-6`"),
        ("0 22-2 * * *", "`0-2,22-23`"),
        ("0 9/2 * * *", "`9-23/2`"),
        ("0 */0 * * *", "`*/2`"),
        ("0 */x * * *", "`*/2`"),
        ("* * * * *", "every 1 min"),
        ("*/14 * * * *", "every 4 min"),
        ("55,0 9,10 * * *", "every 5 min"),
        ("0,59 0,23 * * *", "every 1 min"),
        ("0 9 30 2 *", "No date"),
        ("0 9 31 4,6,9,11 *", "No date"),
        ("`x` 9 * * *", "is no minute"),
    ] {
        let said = CronLine::parse(line)
            .map(|line| line.to_string())
            .unwrap_err()
            .to_string();
        assert!(said.contains(hint), "{line}: {said}");
        assert!(!said.contains("``"), "{line}: {said}");
    }
}

#[test]
fn every_quarter_of_an_hour_is_the_most() {
    assert_eq!(
        times("*/15 9 * * *", "2026-11-20 09:00", 2)[1],
        "Fri 2026-11-20 09:30"
    );
}

/// Against the definition of standard cron, a day at a time over two leap cycles: every line that can be made of a
/// few fields.
#[test]
fn the_calendar_agrees_with_the_definition() {
    for (days, weekdays) in [
        ("*", "*"),
        ("*", "1-5"),
        ("31", "*"),
        ("29", "0"),
        ("1,15", "2"),
        ("*/3", "6"),
        ("30-31", "*/2"),
    ] {
        for months in ["*", "2", "4,6,9,11"] {
            let text = format!("5 9 {days} {months} {weekdays}");
            let Ok(line) = CronLine::parse(&text) else {
                assert!(
                    matches!((days, months), ("31" | "30-31", "2") | ("31", "4,6,9,11")),
                    "{text}"
                );
                continue;
            };
            let fields = line.fields;
            let start = NaiveDate::from_ymd_opt(2023, 12, 1).unwrap();
            let expected: Vec<NaiveDateTime> = start
                .iter_days()
                .take(1600)
                .filter(|day| {
                    let (of_month, of_week) = (
                        fields.days.has(day.day()),
                        fields.weekdays.has(day.weekday().num_days_from_sunday()),
                    );
                    let either = !days.contains('*') && !weekdays.contains('*');
                    fields.months.has(day.month())
                        && if either {
                            of_month || of_week
                        } else {
                            of_month && of_week
                        }
                })
                .map(|day| day.and_hms_opt(9, 5, 0).unwrap())
                .collect();
            let found: Vec<NaiveDateTime> =
                std::iter::successors(line.next_after(start.and_hms_opt(0, 0, 0).unwrap()), |last| {
                    line.next_after(*last)
                })
                .take(expected.len())
                .collect();
            assert_eq!(found, expected, "{text}");
            assert!(
                found
                    .iter()
                    .all(|time| (time.hour(), time.minute(), time.second()) == (9, 5, 0))
            );
        }
    }
}
