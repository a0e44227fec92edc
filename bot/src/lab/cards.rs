//! What the lab's SQL looks like in the channel: a table of text, and the tables there are.

use ::sandbox::lab::{Answer, Room, View, tables};
use discord::{Card, Picture, text};

/// Rows shown in one answer.
const ROWS: usize = 20;
/// Characters of a line in a card's code block before Discord breaks it.
const LINE: usize = 62;
/// Characters of the query shown above its answer.
const QUERY: usize = 700;

/// An answer. `kept` is the view it was saved as.
pub fn answer(sql: &str, answer: &Answer, kept: Option<&str>, picture: Option<Picture>) -> Card {
    let title = match kept {
        Some(name) => format!("{name} · {}", rows(answer)),
        None => rows(answer),
    };
    let mut body = format!("```sql\n{}\n```", text::cut(&unfenced(sql), QUERY));
    if !answer.rows.is_empty() {
        body.push_str(&format!("\n```\n{}\n```", answer.table(room(answer))));
    }
    let mut card = Card::framed(title, body);
    let hidden = answer.rows.len().saturating_sub(ROWS);
    let narrow = answer.left_out(room(answer));
    let footer = match (kept, hidden) {
        (None, 0) if narrow > 0 => format!(
            "{} more: name those you want to see, instead of *",
            text::count(narrow as i64, "column", "columns")
        ),
        (Some(name), _) => format!(
            "Kept as a view: a table by the name {name}. `/stream sql view:{name}` brings it up to date."
        ),
        (None, 0) => "Add save:name to keep the query as a view".to_owned(),
        (None, more) => format!("{more} more rows: ORDER BY and LIMIT choose what is shown"),
    };
    card = card.footer(footer);
    match picture {
        Some(picture) => card.picture(picture),
        None => card,
    }
}

fn rows(answer: &Answer) -> String {
    let count = text::count(answer.rows.len() as i64, "row", "rows");
    if answer.more {
        format!("The first {count}")
    } else {
        count
    }
}

/// One or two columns may be wide; many are kept short, so that more of them fit.
fn room(answer: &Answer) -> Room {
    Room {
        rows: ROWS,
        cell: match answer.columns.len() {
            0 | 1 => LINE,
            2 | 3 => 36,
            _ => 22,
        },
        line: LINE,
    }
}

/// Text that does not end the code block it stands in.
fn unfenced(sql: &str) -> String {
    sql.replace('`', "'")
}

/// The tables there are, and the member's views.
pub fn contents(views: &[View]) -> Card {
    let mut lines: Vec<String> = tables::ALL
        .iter()
        .map(|table| {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            format!("**{}** {}", table.name, columns.join(", "))
        })
        .collect();
    if !views.is_empty() {
        lines.push(String::new());
        lines.push("**Your views**".to_owned());
    }
    for view in views {
        lines.push(format!(
            "`{}` · {} · {}",
            view.name,
            rows(&view.answer),
            text::moment(view.saved_at, 'R')
        ));
    }
    Card::framed(
        "Your sandbox as tables",
        format!(
            "{}\n\nTry `/stream sql query:SELECT stream, count(*) FROM records GROUP BY stream`",
            lines.join("\n")
        ),
    )
    .footer("Times are Unix ms: iso(ms) reads them. Windows: tumble(at, size), hops(at, size, step), session(at, gap)")
}

/// A view is gone.
pub fn dropped(name: &str) -> Card {
    Card::framed(
        format!("{name} is dropped"),
        "The query is forgotten. What it was made from is untouched: a view is only derived data.",
    )
}
