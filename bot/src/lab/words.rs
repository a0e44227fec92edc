//! Why a query was not answered, in a sentence that helps: what was wrong, and what to type instead.

use ::sandbox::lab::{QueryError, View, tables};
use discord::{Failure, mistake, text};

use crate::command_line::nearest;

/// The sentence for a member; what a member can't mend is ours.
pub fn failure(error: QueryError, views: &[View]) -> Failure {
    use QueryError as E;
    match error {
        E::Empty => mistake("There is no query. Try `/stream sql query:SELECT * FROM streams`."),
        E::Several => mistake(
            "That is more than one statement; I run one SELECT at a time. To use the result of one in another, save it: \
             `save:name` makes it a table.",
        ),
        E::ReadOnly { what } => mistake(format!(
            "The lab's tables are for reading: {what} changes or reaches something else. Begin with SELECT or WITH. To change \
             your sandbox use its commands, such as `/stream put`."
        )),
        E::Function { name } => mistake(format!(
            "There is no function {} here. There are SQLite's usual ones (count, sum, json_extract, lag, strftime …) and for time: \
             tumble(at, size), hops(at, size, step), session(at, gap), seconds(n), minutes(n), hours(n), iso(ms), ms(text).",
            text::code(&text::cut(&name, 40))
        )),
        E::NoSuchTable { name } => no_such_table(&name, views),
        E::NoSuchColumn { name, tables } => no_such_column(&name, &tables),
        E::Syntax(said) => mistake(format!(
            "SQL does not understand that: {}. A query looks like `SELECT partition_key, count(*) FROM records GROUP BY \
             partition_key`.",
            text::code(&text::cut(&said, 200))
        )),
        E::NotJson => mistake(
            "One of those values is not JSON. Take only those that are: `… WHERE json_valid(data)`, or inside the function \
             `json_extract(CASE WHEN json_valid(data) THEN data END, '$.x')`.",
        ),
        E::TooComplex => mistake(
            "That statement is too long or too deep (8,000 bytes, 60 levels). Split it: save a part as a view with `save:name`, and \
             query that.",
        ),
        E::TooLong => mistake(
            "That query ran for two seconds and was stopped. A join without ON, or a RECURSIVE without an end? Narrow it with \
             WHERE or LIMIT.",
        ),
        E::TooLarge => mistake(
            "That query needed too much memory and was stopped. Take fewer rows or shorter values: WHERE, LIMIT, or \
             substr(data, 1, 100).",
        ),
        E::Busy => mistake("Many are asking at once. Give it a few seconds and run it again."),
        E::Sandbox(error) => error.into(),
        E::Internal(cause) => Failure::Ours(cause),
    }
}

fn no_such_table(name: &str, views: &[View]) -> Failure {
    let own = views.iter().map(|view| view.name.as_str());
    let known = tables::ALL.iter().map(|table| table.name).chain(own);
    let help = if let Some(near) = nearest(name, known.clone()) {
        format!("Did you mean `{near}`?")
    } else {
        let all: Vec<String> = known.map(|one| format!("`{one}`")).collect();
        format!("There are {}.", text::listed(&all))
    };
    mistake(format!(
        "There is no table {}. {help} A stream, queue or table of yours is a row: `SELECT * FROM records WHERE stream = 'orders'`.",
        text::code(&text::cut(name, 60))
    ))
}

fn no_such_column(name: &str, named: &[String]) -> Failure {
    let last = name.rsplit('.').next().unwrap_or(name);
    let there: Vec<&tables::Table> = named.iter().filter_map(|name| tables::named(name)).collect();
    let columns: Vec<&str> = there
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| column.name))
        .collect();
    let help = match (nearest(last, columns.iter().copied()), there.as_slice()) {
        (Some(near), _) => format!("Did you mean `{near}`?"),
        (None, []) => "Text goes into single quotes: `WHERE name = 'orders'`.".to_owned(),
        (None, some) => {
            let lists: Vec<String> = some
                .iter()
                .map(|table| {
                    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
                    format!("`{}` has {}", table.name, columns.join(", "))
                })
                .collect();
            format!("{}. Text goes into single quotes.", lists.join("; "))
        }
    };
    mistake(format!(
        "There is no column {}. {help}",
        text::code(&text::cut(name, 60))
    ))
}
