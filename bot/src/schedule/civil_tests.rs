use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::{OffsetComponents, TZ_VARIANTS};

use super::*;

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::parse(cron, zone).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// "planned → instant" for a few occurrences.
fn told(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    schedule
        .occurrences_after(utc(after))
        .take(count)
        .map(|found| {
            format!(
                "{} → {}",
                found.planned_local.format("%m-%d %H:%M"),
                found.at.format("%m-%d %H:%M")
            )
        })
        .collect()
}

#[test]
fn nine_in_berlin_stays_nine_in_summer_and_winter() {
    let berlin = schedule("0 9 * * 1-5", "Europe/Berlin");
    assert_eq!(
        told(&berlin, "2026-03-27T08:00:00Z", 1),
        ["03-30 09:00 → 03-30 07:00"]
    );
    assert_eq!(
        told(&berlin, "2026-10-23T07:00:00Z", 1),
        ["10-26 09:00 → 10-26 08:00"]
    );
    assert_eq!(berlin.to_string(), "weekdays at 09:00, Europe/Berlin");
}

#[test]
fn in_the_gap_the_next_valid_minute_in_the_overlap_the_first() {
    let berlin = schedule("30 2 * * *", "Europe/Berlin");
    assert_eq!(
        told(&berlin, "2026-03-28T12:00:00Z", 2),
        ["03-29 02:30 → 03-29 01:00", "03-30 02:30 → 03-30 00:30"]
    );
    assert_eq!(
        told(&berlin, "2026-10-24T12:00:00Z", 2),
        ["10-25 02:30 → 10-25 00:30", "10-26 02:30 → 10-26 01:30"]
    );
    // Asked between the two half past twos, today's has been.
    assert_eq!(
        told(&berlin, "2026-10-25T01:00:00Z", 1),
        ["10-26 02:30 → 10-26 01:30"]
    );
}

#[test]
fn an_hourly_schedule_does_not_post_twice_at_three() {
    let berlin = schedule("0 * * * *", "Europe/Berlin");
    let spring = told(&berlin, "2026-03-29T00:00:00Z", 2);
    assert_eq!(spring, ["03-29 03:00 → 03-29 01:00", "03-29 04:00 → 03-29 02:00"]);
    // In autumn the repeated hour is silent: its local time has been.
    let autumn = told(&berlin, "2026-10-24T23:30:00Z", 3);
    assert_eq!(
        autumn,
        [
            "10-25 02:00 → 10-25 00:00",
            "10-25 03:00 → 10-25 02:00",
            "10-25 04:00 → 10-25 03:00"
        ]
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    let island = schedule("10 2 * * *", "Australia/Lord_Howe");
    // 2026-10-04 02:00 → 02:30 (UTC+10:30 → +11).
    assert_eq!(
        told(&island, "2026-10-03T00:00:00Z", 1),
        ["10-04 02:10 → 10-03 15:30"]
    );
    let back = schedule("45 1 * * *", "Australia/Lord_Howe");
    // 2026-04-05 02:00 → 01:30: 01:45 comes twice, the first is still at UTC+11.
    assert_eq!(
        told(&back, "2026-04-04T00:00:00Z", 2),
        ["04-05 01:45 → 04-04 14:45", "04-06 01:45 → 04-05 15:15"]
    );
}

#[test]
fn apia_without_its_thirtieth_of_december() {
    let apia = schedule("0 9 * * *", "Pacific/Apia");
    assert_eq!(
        told(&apia, "2011-12-29T00:00:00Z", 4),
        [
            "12-29 09:00 → 12-29 19:00",
            "12-30 09:00 → 12-30 10:00",
            "12-31 09:00 → 12-30 19:00",
            "01-01 09:00 → 12-31 19:00"
        ]
    );
    // At midnight the skipped day's occurrence and the next day's are one instant: one post, the real day's.
    let midnight = schedule("0 0 * * *", "Pacific/Apia");
    assert_eq!(
        told(&midnight, "2011-12-29T11:00:00Z", 2),
        ["12-31 00:00 → 12-30 10:00", "01-01 00:00 → 12-31 10:00"]
    );
    // Wherever one starts to ask, the answer is the same.
    assert_eq!(
        told(&midnight, "2011-12-30T09:59:00Z", 1),
        ["12-31 00:00 → 12-30 10:00"]
    );
}

#[test]
fn casablanca_goes_back_for_ramadan() {
    let morocco = schedule("30 2 * * *", "Africa/Casablanca");
    // 2026-02-15 03:00 → 02:00 (Ramadan begins), 2026-03-22 02:00 → 03:00 (it has ended).
    assert_eq!(
        told(&morocco, "2026-02-14T12:00:00Z", 2),
        ["02-15 02:30 → 02-15 01:30", "02-16 02:30 → 02-16 02:30"]
    );
    assert_eq!(
        told(&morocco, "2026-03-21T12:00:00Z", 2),
        ["03-22 02:30 → 03-22 02:00", "03-23 02:30 → 03-23 01:30"]
    );
}

#[test]
fn due_between_holds_its_end_but_not_its_start() {
    let berlin = schedule("0 9 * * *", "Europe/Berlin");
    let due = |after, until| berlin.due_between(utc(after), utc(until)).count();
    assert_eq!(due("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"), 1);
    assert_eq!(due("2026-11-20T07:59:59Z", "2026-11-21T08:00:00Z"), 2);
    assert_eq!(due("2026-11-20T08:00:00Z", "2026-11-21T07:59:59Z"), 0);
    assert_eq!(due("2026-11-21T08:00:00Z", "2026-11-20T08:00:00Z"), 0);
}

#[test]
fn the_end_of_the_calendar_is_an_end_not_a_crash() {
    let berlin = schedule("0 9 * * *", "Europe/Berlin");
    assert_eq!(berlin.occurrences_after(utc("2100-12-30T08:00:00Z")).count(), 1);
    assert_eq!(berlin.occurrences_after(DateTime::<Utc>::MAX_UTC).count(), 0);
    assert!(
        berlin
            .occurrences_after(DateTime::<Utc>::MIN_UTC)
            .next()
            .is_some()
    );
}

/// The instants between `from` and `to` at which a zone's clocks change, found without the code under test: a
/// week's step, then halving.
fn changes(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let offset = |at: DateTime<Utc>| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        offset.base_utc_offset() + offset.dst_offset()
    };
    let mut found = Vec::new();
    let mut low = from;
    while low < to {
        let next = low + TimeDelta::days(7);
        if offset(low) != offset(next) {
            let (mut before, mut after) = (low, next);
            while after - before > TimeDelta::seconds(1) {
                let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
                if offset(middle) == offset(before) {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            found.push(after);
        }
        low = next;
    }
    found
}

/// What must hold for any run of occurrences, and for each alone by the definition in the head of `civil.rs`.
fn check(schedule: &Schedule, after: DateTime<Utc>, run: &[Occurrence]) {
    let zone = schedule.zone();
    for pair in run.windows(2) {
        assert!(
            pair[0].planned_local < pair[1].planned_local && pair[0].at < pair[1].at,
            "{schedule}: {pair:?}"
        );
    }
    for Occurrence { planned_local, at } in run.iter().copied() {
        assert!(
            at > after,
            "{schedule}: {planned_local} at {at} is not after {after}"
        );
        let shown = at.with_timezone(&zone).naive_local();
        if shown == planned_local {
            // The first of two: no earlier instant within a day's gap shows the same.
            for earlier in [30, 60, 120, 180, 24 * 60] {
                let before = (at - TimeDelta::minutes(earlier))
                    .with_timezone(&zone)
                    .naive_local();
                assert_ne!(before, planned_local, "{schedule}: {planned_local} came twice");
            }
        } else {
            // In a gap: the clock showed something earlier until just before, and a whole minute now.
            assert!(
                shown > planned_local,
                "{schedule}: {planned_local} shown as {shown}"
            );
            assert_eq!(shown.second(), 0);
            let before = (at - TimeDelta::minutes(1)).with_timezone(&zone).naive_local();
            assert!(
                before < planned_local,
                "{schedule}: {planned_local} could have come by {before}"
            );
        }
    }
}

/// Every zone, around each of its clock changes in thirty years: a post every half hour stays in order, is never
/// doubled, and is at the time on the wall clock or the next valid minute.
#[test]
fn every_zone_around_every_change() {
    let (from, to) = (utc("2003-01-01T00:00:00Z"), utc("2033-01-01T00:00:00Z"));
    let mut seen = HashSet::new();
    for zone in TZ_VARIANTS {
        let changes = changes(zone, from, to);
        let now = utc("2026-01-01T00:00:00Z").with_timezone(&zone).naive_local();
        // Many names share one clock: the same changes at the same local time need no second look.
        if !seen.insert((changes.clone(), now)) {
            continue;
        }
        let schedule = Schedule::new(CronLine::parse("*/30 0-3,22-23 * * *").unwrap(), zone);
        for change in changes {
            let after = change - TimeDelta::hours(4);
            let run: Vec<_> = schedule
                .occurrences_after(after)
                .take_while(|next| next.at < change + TimeDelta::hours(4))
                .collect();
            check(&schedule, after, &run);
        }
    }
    assert!(seen.len() > 100, "only {} different clocks", seen.len());
}

/// Every zone, every day of three years: a daily post has each day exactly once, and comes on that day wherever the
/// zone has that day.
#[test]
fn every_zone_posts_daily_on_every_day() {
    let after = utc("2010-12-31T12:00:00Z");
    let line = CronLine::parse("30 2 * * *").unwrap();
    for zone in TZ_VARIANTS {
        let schedule = Schedule::new(line.clone(), zone);
        let run: Vec<_> = schedule.occurrences_after(after).take(3 * 365).collect();
        check(&schedule, after, &run);
        let first = run[0].planned_local.date();
        for (index, occurrence) in run.iter().enumerate() {
            assert_eq!(
                occurrence.planned_local.date(),
                first + TimeDelta::days(index as i64),
                "{zone}"
            );
            let shown = occurrence.at.with_timezone(&zone).date_naive();
            let skipped = NaiveDate::from_ymd_opt(2011, 12, 30);
            assert!(
                shown == occurrence.planned_local.date() || Some(occurrence.planned_local.date()) == skipped,
                "{zone}"
            );
        }
    }
}

/// From wherever one asks, the answer is the tail of the same sequence: what was due before a restart is neither
/// lost nor doubled after it.
#[test]
fn asking_from_any_minute_gives_the_same_sequence() {
    for (zone, from) in [
        ("Europe/Berlin", "2026-03-28T22:00:00Z"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T12:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T12:00:00Z"),
        ("Pacific/Apia", "2011-12-30T07:00:00Z"),
        ("Africa/Casablanca", "2026-02-15T00:00:00Z"),
    ] {
        let schedule = schedule("*/15 * * * *", zone);
        let from = utc(from);
        let all: Vec<_> = schedule.occurrences_after(from).take(40).collect();
        for minute in 0..300 {
            let after = from + TimeDelta::minutes(minute);
            let tail: Vec<_> = all
                .iter()
                .copied()
                .filter(|occurrence| occurrence.at > after)
                .collect();
            let asked: Vec<_> = schedule.occurrences_after(after).take(tail.len()).collect();
            assert_eq!(asked, tail, "{zone} asked at {after}");
        }
    }
}
