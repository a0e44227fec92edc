//! What was measured, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// Named figures of one thing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    #[serde(flatten)]
    figures: BTreeMap<String, f64>,
    /// Their names as they came.
    #[serde(skip)]
    order: Vec<String>,
}

impl Row {
    pub fn put(&mut self, name: &str, value: f64) {
        if self.figures.insert(name.to_owned(), value).is_none() {
            self.order.push(name.to_owned());
        }
    }

    /// A figure; 0 where there is none.
    pub fn get(&self, name: &str) -> f64 {
        self.figures.get(name).copied().unwrap_or_default()
    }
}

/// The median of each figure.
pub fn median(rows: &[Row]) -> Row {
    let mut medians = Row::default();
    for name in rows.first().map(|row| row.order.clone()).unwrap_or_default() {
        let mut values: Vec<f64> = rows.iter().map(|row| row.get(&name)).collect();
        values.sort_by(f64::total_cmp);
        medians.put(&name, values[values.len() / 2]);
    }
    medians
}

/// Everything that was measured in one run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    rows: Vec<(String, Row)>,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    value: f64,
    unit: String,
}

impl Report {
    pub fn row(&mut self, name: &str, row: Row) {
        self.rows.push((name.to_owned(), row));
    }

    pub fn figure(&mut self, what: &str, value: f64, unit: &str) {
        self.figures.push(Figure {
            what: what.to_owned(),
            value,
            unit: unit.to_owned(),
        });
    }

    pub fn note(&mut self, words: String) {
        self.notes.push(words);
    }

    /// As Markdown: bots side by side, then single figures.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut names: Vec<&String> = Vec::new();
        for name in self.rows.iter().flat_map(|(_, row)| &row.order) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            let bots: Vec<&str> = self.rows.iter().map(|(name, _)| name.as_str()).collect();
            // Writing to a String does not fail.
            let _ = writeln!(text, "| | {} |", bots.join(" | "));
            let _ = writeln!(text, "|---|{}", "---:|".repeat(bots.len()));
            for name in names {
                let cells: Vec<String> = self
                    .rows
                    .iter()
                    .map(|(_, row)| cell(row.figures.get(name)))
                    .collect();
                let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
            }
            text.push('\n');
        }
        if !self.figures.is_empty() {
            text.push_str("| what | figure |\n|---|---:|\n");
            for figure in &self.figures {
                let _ = writeln!(
                    text,
                    "| {} | {} {} |",
                    figure.what,
                    number(figure.value),
                    figure.unit
                );
            }
            text.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        text
    }
}

fn cell(value: Option<&f64>) -> String {
    value.map_or_else(|| "·".to_owned(), |value| number(*value))
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
