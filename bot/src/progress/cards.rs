//! What progress looks like: a leaderboard and a member's own page. Plain data in, so that any feature's words fit.

use discord::{Card, Tone, text};

use super::{Place, Window};

/// A leaderboard line, ready to show.
pub struct Line {
    /// Where and with what.
    pub place: Place,
    /// The member, safe to show.
    pub name: String,
}

/// The leaderboard, the caller's own line always in it.
pub fn leaderboard(cohort: &str, window: Window, lines: &[Line], own: Option<&Line>, caller: u64) -> Card {
    let title = match window {
        Window::Week(_) => format!("{} · this week", text::escape(cohort)),
        Window::AllTime => format!("{} · all time", text::escape(cohort)),
    };
    if lines.iter().all(|line| line.place.points == 0) {
        let body = match window {
            Window::Week(_) => "Nobody has points this week yet. `/lesson next` is worth the first five.",
            Window::AllTime => "Nobody has points yet. `/lesson next` is worth the first five.",
        };
        return Card::framed(title, body);
    }
    let mut rows: Vec<String> = lines.iter().map(|line| row(line, caller)).collect();
    match own {
        Some(own) if !lines.iter().any(|line| line.place.member_id == caller) => {
            rows.push("…".to_owned());
            rows.push(row(own, caller));
        }
        None if !lines.iter().any(|line| line.place.member_id == caller) => {
            rows.push("\nYou have no points here yet. `/lesson next` is worth the first five.".to_owned());
        }
        _ => {}
    }
    Card::framed(title, rows.join("\n"))
        .footer("Reading 5 · exercise 15 · quiz 20, +5 for 90 % at the first attempt")
}

fn row(line: &Line, caller: u64) -> String {
    let medal = match line.place.rank {
        _ if line.place.points == 0 => "▫️".to_owned(),
        1 => "🥇".to_owned(),
        2 => "🥈".to_owned(),
        3 => "🥉".to_owned(),
        rank => format!("{rank}."),
    };
    let points = text::count(line.place.points, "point", "points");
    if line.place.member_id == caller {
        format!("{medal} **{}** · {points} ← you", line.name)
    } else {
        format!("{medal} {} · {points}", line.name)
    }
}

/// What a member's page is made of.
pub struct Page {
    /// The cohort's name.
    pub cohort: String,
    /// The path's title.
    pub path: String,
    /// Modules complete, written and in all.
    pub modules: (usize, usize, usize),
    /// A line for each module that is begun: what stands, with its evidence.
    pub evidence: Vec<String>,
    /// All points.
    pub points: i64,
    /// This week's points.
    pub week: i64,
    /// The place on the all-time board.
    pub rank: Option<i64>,
    /// Days in a row.
    pub streak: u32,
    /// What comes next, in a sentence.
    pub next: String,
}

/// A member's own page.
pub fn page(page: &Page) -> Card {
    let (complete, written, total) = page.modules;
    let bar: String = (0..total)
        .map(|at| if at < complete { '▰' } else { '▱' })
        .collect();
    let evidence = if page.evidence.is_empty() {
        "Nothing yet; everything starts with one page.".to_owned()
    } else {
        page.evidence.join("\n")
    };
    let rank = page
        .rank
        .map_or_else(|| "not placed yet".to_owned(), |rank| format!("place {rank}"));
    Card::framed(
        format!("{} · {}", text::escape(&page.cohort), page.path),
        format!(
            "{bar}\n{complete} of {total} modules complete, {written} written so far.\n\n{evidence}\n\n{}",
            page.next
        ),
    )
    .tone(if complete > 0 { Tone::Good } else { Tone::Plain })
    .fact("Points", format!("{} ({} this week)", page.points, page.week))
    .fact("All time", rank)
    .fact("Streak", text::count(i64::from(page.streak), "day", "days"))
}
