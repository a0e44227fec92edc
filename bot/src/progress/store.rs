//! Reading the kept totals. They are written with the log, in the `store` crate, and nowhere else.

use std::collections::BTreeSet;

use ::store::Store;
use ::store::learning::{ALL_TIME, week_of};
use chrono::NaiveDate;
use sqlx::AssertSqlSafe;

/// Which points a leaderboard counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The week, from Monday, that this day is in.
    Week(NaiveDate),
    /// Everything.
    AllTime,
}

/// A line of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1; members with equal points share it.
    pub rank: i64,
    /// Who.
    pub member_id: u64,
    /// With how many points.
    pub points: i64,
    /// What the member was called when last seen, where that was asked for and is known.
    pub name: Option<String>,
}

/// The first `limit` members of a cohort, by name: most points first, then who got there earlier.
pub async fn leaderboard(
    store: &Store,
    cohort_id: &str,
    window: Window,
    limit: usize,
) -> Result<Vec<Place>, sqlx::Error> {
    let rows = board(store, cohort_id, window, limit, None).await?;
    Ok(ranked(rows))
}

/// The same, and a member's own line where it is not among them.
pub async fn leaderboard_for(
    store: &Store,
    cohort_id: &str,
    window: Window,
    limit: usize,
    member_id: u64,
) -> Result<(Vec<Place>, Option<Place>), sqlx::Error> {
    let mut rows = board(store, cohort_id, window, limit, Some(member_id)).await?;
    // The one line that knows how many are above is the member's own.
    let own = rows
        .iter()
        .position(|row| row.3.is_some())
        .map(|at| rows.remove(at));
    let places = ranked(rows);
    let own = own
        .map(|(member_id, points, name, above)| Place {
            rank: above.unwrap_or_default() + 1,
            member_id: member_id as u64,
            points,
            name,
        })
        .filter(|own| places.iter().all(|place| place.member_id != own.member_id));
    Ok((places, own))
}

/// Member, points, name, and for the member asked about, how many have more points.
type BoardRow = (i64, i64, Option<String>, Option<i64>);

/// All of a leaderboard in one query: each query is a trip to another thread and back.
async fn board(
    store: &Store,
    cohort_id: &str,
    window: Window,
    limit: usize,
    own: Option<u64>,
) -> Result<Vec<BoardRow>, sqlx::Error> {
    let (table, week) = match window {
        Window::AllTime => ("total", ALL_TIME.to_owned()),
        Window::Week(day) => ("week_total", week_of(day).to_string()),
    };
    let this_week = match window {
        Window::AllTime => "",
        Window::Week(_) => "AND t.week = $2",
    };
    let named = format!(
        "FROM {table} t JOIN cohort c ON c.id = t.cohort_id
             LEFT JOIN member_name n ON n.guild_id = c.guild_id AND n.member_id = t.member_id
         WHERE t.cohort_id = $1 {this_week} AND t.points > 0"
    );
    // The limit is written out: SQLite would plan the statement anew at every call for a bound one.
    let sql = format!(
        "SELECT member_id, points, name, above FROM (
             SELECT t.member_id, t.points, n.name, CAST(NULL AS BIGINT) AS above {named}
             ORDER BY t.points DESC, t.last_at, t.member_id LIMIT {limit}
         ) AS top
         UNION ALL
         SELECT t.member_id, t.points, n.name, (
             SELECT CAST(COALESCE(SUM(p.members), 0) AS BIGINT) FROM points_count p
             WHERE p.cohort_id = $1 AND p.week = $2 AND p.points > t.points
         ) {named} AND t.member_id = $3"
    );
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(cohort_id)
        .bind(week)
        // Nobody has the id 0.
        .bind(own.unwrap_or_default() as i64)
        .fetch_all(store.read())
        .await
}

/// Ranks from 1; equal points share one.
fn ranked(rows: Vec<BoardRow>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    for (index, (member, points, name, _)) in rows.into_iter().enumerate() {
        let rank = match places.last() {
            Some(above) if above.points == points => above.rank,
            _ => index as i64 + 1,
        };
        places.push(Place {
            rank,
            member_id: member as u64,
            points,
            name,
        });
    }
    places
}

/// Enrolled members who have no points in this window, the longest in the cohort first: the lines under a leaderboard.
pub async fn without_points(
    store: &Store,
    cohort_id: &str,
    window: Window,
    limit: i64,
) -> Result<Vec<u64>, sqlx::Error> {
    let rows: Vec<(i64,)> = match window {
        Window::AllTime => {
            sqlx::query_as(
                "SELECT e.member_id FROM enrolment e
                 WHERE e.cohort_id = $1 AND e.left_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM total t WHERE t.cohort_id = e.cohort_id AND t.member_id = e.member_id AND t.points > 0)
                 ORDER BY e.joined_at, e.member_id LIMIT $2",
            )
            .bind(cohort_id)
            .bind(limit)
            .fetch_all(store.read())
            .await?
        }
        Window::Week(day) => {
            sqlx::query_as(
                "SELECT e.member_id FROM enrolment e
                 WHERE e.cohort_id = $1 AND e.left_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM week_total t WHERE t.cohort_id = e.cohort_id AND t.week = $2
                         AND t.member_id = e.member_id AND t.points > 0)
                 ORDER BY e.joined_at, e.member_id LIMIT $3",
            )
            .bind(cohort_id)
            .bind(week_of(day).to_string())
            .bind(limit)
            .fetch_all(store.read())
            .await?
        }
    };
    Ok(rows.into_iter().map(|(member,)| member as u64).collect())
}

/// A member's own line; `None` where there are no points yet.
pub async fn own_place(
    store: &Store,
    cohort_id: &str,
    window: Window,
    member_id: u64,
) -> Result<Option<Place>, sqlx::Error> {
    let row: Option<(i64, i64)> = match window {
        Window::AllTime => {
            sqlx::query_as(
                "SELECT t.points, (
                     SELECT CAST(COALESCE(SUM(c.members), 0) AS BIGINT) FROM points_count c
                     WHERE c.cohort_id = t.cohort_id AND c.week = $3 AND c.points > t.points)
                 FROM total t WHERE t.cohort_id = $1 AND t.member_id = $2 AND t.points > 0",
            )
            .bind(cohort_id)
            .bind(member_id as i64)
            .bind(ALL_TIME)
            .fetch_optional(store.read())
            .await?
        }
        Window::Week(day) => {
            sqlx::query_as(
                "SELECT t.points, (
                     SELECT CAST(COALESCE(SUM(c.members), 0) AS BIGINT) FROM points_count c
                     WHERE c.cohort_id = t.cohort_id AND c.week = t.week AND c.points > t.points)
                 FROM week_total t WHERE t.cohort_id = $1 AND t.member_id = $2 AND t.week = $3 AND t.points > 0",
            )
            .bind(cohort_id)
            .bind(member_id as i64)
            .bind(week_of(day).to_string())
            .fetch_optional(store.read())
            .await?
        }
    };
    Ok(row.map(|(points, above)| Place {
        rank: above + 1,
        member_id,
        points,
        name: None,
    }))
}

/// A member's points in a window.
pub async fn points(
    store: &Store,
    cohort_id: &str,
    window: Window,
    member_id: u64,
) -> Result<i64, sqlx::Error> {
    let row: Option<(i64,)> = match window {
        Window::AllTime => {
            sqlx::query_as("SELECT points FROM total WHERE cohort_id = $1 AND member_id = $2")
                .bind(cohort_id)
                .bind(member_id as i64)
                .fetch_optional(store.read())
                .await?
        }
        Window::Week(day) => {
            sqlx::query_as(
                "SELECT points FROM week_total WHERE cohort_id = $1 AND week = $2 AND member_id = $3",
            )
            .bind(cohort_id)
            .bind(week_of(day).to_string())
            .bind(member_id as i64)
            .fetch_optional(store.read())
            .await?
        }
    };
    Ok(row.map_or(0, |(points,)| points))
}

/// The days on which a member did something, since `since`.
pub async fn active_days(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    since: NaiveDate,
) -> Result<BTreeSet<NaiveDate>, sqlx::Error> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT local_date FROM active_day WHERE cohort_id = $1 AND member_id = $2 AND local_date >= $3
         ORDER BY local_date",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(since.to_string())
    .fetch_all(store.read())
    .await?;
    Ok(rows.iter().filter_map(|(day,)| day.parse().ok()).collect())
}
