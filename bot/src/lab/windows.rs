//! Whether an answer is an aggregation over windows in time, and then its chart. Pure.

use ::sandbox::lab::{Answer, Cell};
use chrono::DateTime;
use pictures::{Window, WindowChart};

/// Moments from 2001 on, in milliseconds: what is smaller is a figure.
const EARLIEST: i64 = 1_000_000_000_000;
/// The most bars that a picture has room for.
const MOST: usize = 40;

/// The chart of an answer: windows in its first column of moments, and the first figures beside them. `None` where the query
/// has no windows, or nothing to draw.
pub fn chart(sql: &str, answer: &Answer) -> Option<WindowChart> {
    let lower = sql.to_lowercase();
    let speaks_of_windows = ["tumble", "hops", "session", "window"]
        .iter()
        .any(|word| lower.contains(word));
    if !speaks_of_windows || !(1..=MOST).contains(&answer.rows.len()) {
        return None;
    }
    let column = |fits: &dyn Fn(&Cell) -> bool, from: usize| {
        (from..answer.columns.len()).find(|&at| answer.rows.iter().all(|row| fits(&row[at])))
    };
    let time = column(&|cell| moment(cell).is_some(), 0)?;
    let figures = |cell: &Cell| cell.number().is_some() && moment(cell).is_none();
    let value = column(&figures, 0)?;
    let group = column(&|cell| matches!(cell, Cell::Text(_)) && moment(cell).is_none(), 0);
    let windows = answer.rows.iter().filter_map(|row| {
        Some(Window {
            start_ms: moment(&row[time])?,
            group: group.map(|at| row[at].to_string()),
            value: row[value].number()?,
        })
    });
    Some(WindowChart {
        value: answer.columns[value].clone(),
        windows: windows.collect(),
    })
}

/// A moment: Unix milliseconds, or text as `iso` writes it.
fn moment(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(ms) => (EARLIEST..EARLIEST * 10).contains(ms).then_some(*ms),
        Cell::Text(text) => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.timestamp_millis()),
        Cell::Null | Cell::Real(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(columns: &[&str], rows: Vec<Vec<Cell>>) -> Answer {
        Answer {
            columns: columns.iter().map(ToString::to_string).collect(),
            rows,
            more: false,
        }
    }

    #[test]
    fn windows_with_figures_are_a_chart() {
        let at = 1_795_000_000_000_i64;
        let rows = vec![
            vec![at.into(), "ana".into(), 3_i64.into()],
            vec![(at + 60_000).into(), "ben".into(), 1_i64.into()],
        ];
        let counted = answer(&["start", "user", "n"], rows);
        let sql = "SELECT tumble(at, minutes(1)) AS start, user, count(*) AS n …";
        let chart = chart(sql, &counted).unwrap();
        assert_eq!(chart.value, "n");
        assert_eq!(
            chart.windows[1],
            Window {
                start_ms: at + 60_000,
                group: Some("ben".into()),
                value: 1.0
            }
        );
    }

    #[test]
    fn what_has_no_windows_or_no_figures_is_none() {
        let at = 1_795_000_000_000_i64;
        let counted = answer(&["start", "n"], vec![vec![at.into(), 3_i64.into()]]);
        assert!(chart("SELECT arrived_at, count(*) FROM records", &counted).is_none());
        let alone = answer(&["start"], vec![vec![at.into()]]);
        assert!(chart("SELECT tumble(…)", &alone).is_none());
        let text = answer(
            &["start", "n"],
            vec![vec!["2026-11-23T09:00:00Z".into(), 3_i64.into()]],
        );
        assert!(chart("SELECT iso(tumble(…))", &text).is_some());
        assert!(chart("SELECT tumble(…)", &answer(&["start", "n"], Vec::new())).is_none());
    }
}
