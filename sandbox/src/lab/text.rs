//! An answer as a table of plain text, for a fixed-width font.

use super::answer::{Answer, Cell};

/// How much of a table is shown.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Rows.
    pub rows: usize,
    /// Characters of one value.
    pub cell: usize,
    /// Characters of one line.
    pub line: usize,
}

/// A column's way into the text.
struct Column {
    lines: Vec<String>,
    width: usize,
    numeric: bool,
}

impl Answer {
    /// The answer as aligned columns under their names: numbers to the right, long values cut, and as many columns as fit.
    pub fn table(&self, room: Room) -> String {
        let mut columns = self.fitting(room);
        let rows = self.rows.len().min(room.rows);
        if columns.len() < self.columns.len() {
            columns.push(Column::more(rows));
        }
        let lines = (0..rows + 2).map(|line| {
            let cells: Vec<String> = columns.iter().map(|column| column.cell(line)).collect();
            cells.join("  ").trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// How many of the columns a table has no room for.
    pub fn left_out(&self, room: Room) -> usize {
        self.columns.len() - self.fitting(room).len()
    }

    /// The columns that fit, the first in any case.
    fn fitting(&self, room: Room) -> Vec<Column> {
        let rows = &self.rows[..self.rows.len().min(room.rows)];
        let mut columns: Vec<Column> = Vec::new();
        let mut used = 0;
        for (at, name) in self.columns.iter().enumerate() {
            let column = column(name, rows.iter().map(|row| &row[at]), room.cell);
            used += column.width + 2;
            if used > room.line + 2 && !columns.is_empty() {
                break;
            }
            columns.push(column);
        }
        columns
    }
}

impl Column {
    /// Says that there are further columns.
    fn more(rows: usize) -> Self {
        let mut lines = vec!["…".to_owned(); rows + 2];
        "─".clone_into(&mut lines[1]);
        Self {
            lines,
            width: 1,
            numeric: false,
        }
    }

    fn cell(&self, line: usize) -> String {
        let text = &self.lines[line];
        let gap = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.numeric {
            format!("{gap}{text}")
        } else {
            format!("{text}{gap}")
        }
    }
}

fn column<'a>(name: &str, cells: impl Iterator<Item = &'a Cell> + Clone, most: usize) -> Column {
    let numeric = cells.clone().any(|cell| cell.number().is_some())
        && cells.clone().all(|cell| !matches!(cell, Cell::Text(_)));
    let mut lines = vec![one_line(name, most), String::new()];
    lines.extend(cells.map(|cell| match cell {
        Cell::Null => "–".to_owned(),
        cell => one_line(&cell.to_string(), most),
    }));
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    lines[1] = "─".repeat(width);
    Column {
        lines,
        width,
        numeric,
    }
}

/// A value on one line, without what would break a table or a code block.
fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for letter in text.chars().take(most + 1) {
        match letter {
            '\n' | '\r' | '\t' => line.push(' '),
            '`' => line.push('\''),
            letter if letter.is_control() || is_unseen(letter) => {}
            letter => line.push(letter),
        }
    }
    if line.chars().count() > most {
        line = line.chars().take(most.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// What turns the direction of text, or can't be seen at all.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        rows: 2,
        cell: 8,
        line: 26,
    };

    #[test]
    fn a_table_is_aligned_and_cut_to_its_room() {
        let answer = Answer {
            columns: ["user", "n", "note", "more"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![
                    "ana".into(),
                    5_i64.into(),
                    "a `b`\nand much more".into(),
                    "x".into(),
                ],
                vec!["ben".into(), 12_i64.into(), Cell::Null, "y".into()],
                vec!["chloe".into(), 7_i64.into(), Cell::Null, "z".into()],
            ],
            more: false,
        };
        assert_eq!(
            answer.table(ROOM),
            "user   n  note      more\n────  ──  ────────  ────\nana    5  a 'b' a…  x\nben   12  –         y"
        );
        let narrow = Room { line: 12, ..ROOM };
        assert_eq!(
            answer.table(narrow),
            "user   n  …\n────  ──  ─\nana    5  …\nben   12  …"
        );
        assert_eq!((answer.left_out(ROOM), answer.left_out(narrow)), (0, 2));
    }
}
