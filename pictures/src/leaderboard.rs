//! The leaderboard: who has how many points, with the reader's own row marked.

use crate::alt::{self, thousands};
use crate::canvas::{Anchor, Canvas, Rect, Stroke, Style, colour};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// A list of standings, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaderboard {
    /// For example `Demo cohort`.
    pub title: String,
    /// What is counted, for example `this week`.
    pub window: String,
    /// The rows in order; where ranks are left out between two rows, a gap shows it. At most 25 are drawn.
    pub standings: Vec<Standing>,
}

/// One member's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// From 1; equal points share a rank.
    pub rank: u64,
    /// The member's name.
    pub name: String,
    /// Their points in the window.
    pub points: u64,
    /// Whether this is the row of the one who asked.
    pub own: bool,
}

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 28.0;
const TOP: f64 = 92.0;
const ROW: f64 = 42.0;
const GAP: f64 = 22.0;
const MOST_ROWS: usize = 25;
/// Where the names and the bars start, and where the bars end.
const NAME: f64 = 84.0;
const BAR: f64 = 288.0;
const BAR_END: f64 = 522.0;

/// Draws a leaderboard.
pub fn leaderboard(board: &Leaderboard) -> Result<Picture, PictureError> {
    render(draw(board), alt_text(board))
}

fn rows(board: &Leaderboard) -> &[Standing] {
    &board.standings[..board.standings.len().min(MOST_ROWS)]
}

/// Whether ranks are left out between this row and the one before it.
fn follows_a_gap(rows: &[Standing], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|at| rows.get(at)) else {
        return false;
    };
    let same_rank = rows.iter().filter(|row| row.rank == before.rank).count() as u64;
    rows[at].rank > before.rank.saturating_add(same_rank)
}

fn draw(board: &Leaderboard) -> Canvas {
    let rows = rows(board);
    let gaps = (0..rows.len()).filter(|&at| follows_a_gap(rows, at)).count();
    let height = TOP + rows.len().max(1) as f64 * ROW + gaps as f64 * GAP + 22.0;
    let mut canvas = Canvas::new(WIDTH, height);
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let dim = Style::new(Font::Sans, 14.0, colour::DIM);
    canvas.text(
        MARGIN,
        46.0,
        title,
        &title.fit(&board.title, WIDTH - 2.0 * MARGIN),
    );
    canvas.text(MARGIN, 70.0, dim, &dim.fit(&board.window, WIDTH - 2.0 * MARGIN));
    if rows.is_empty() {
        canvas.text(
            MARGIN,
            TOP + 26.0,
            dim,
            "Nobody has points yet: the first lesson is worth five.",
        );
    }
    let most = rows.iter().map(|row| row.points).max().unwrap_or(0).max(1);
    let mut y = TOP;
    for (at, standing) in rows.iter().enumerate() {
        if follows_a_gap(rows, at) {
            for dot in 0..3 {
                canvas.circle(47.0, y + 6.0 + f64::from(dot) * 6.0, 1.6, colour::LINE, None);
            }
            y += GAP;
        }
        row(&mut canvas, standing, y, standing.points as f64 / most as f64);
        y += ROW;
    }
    canvas
}

fn row(canvas: &mut Canvas, standing: &Standing, y: f64, share: f64) {
    let line = y + 26.5;
    if standing.own {
        let frame = Rect {
            x: 14.0,
            y: y + 2.0,
            w: WIDTH - 28.0,
            h: ROW - 4.0,
        };
        canvas.rect(
            frame,
            9.0,
            colour::ACCENT_BOX,
            Some(Stroke::solid(colour::ACCENT, 2.0)),
        );
    }
    rank(canvas, standing.rank, y + ROW / 2.0);

    let you = Style::new(Font::Bold, 12.0, colour::CARD).anchored(Anchor::Middle);
    let you_width = if standing.own { 42.0 } else { 0.0 };
    let name = Style::new(
        if standing.own { Font::Bold } else { Font::Sans },
        16.0,
        colour::TEXT,
    );
    let shown = name.fit(&standing.name, BAR - NAME - 16.0 - you_width);
    canvas.text(NAME, line, name, &shown);
    if standing.own {
        let x = NAME + name.width(&shown) + 8.0;
        canvas.rect(
            Rect {
                x,
                y: y + 12.0,
                w: 34.0,
                h: 18.0,
            },
            9.0,
            colour::ACCENT,
            None,
        );
        canvas.text(x + 17.0, y + 25.3, you, "you");
    }
    let fill = if standing.own {
        colour::ACCENT
    } else {
        colour::BLUE
    };
    canvas.bar(
        Rect {
            x: BAR,
            y: y + ROW / 2.0 - 5.0,
            w: BAR_END - BAR,
            h: 10.0,
        },
        share,
        fill,
    );
    let points = Style::new(Font::Bold, 16.0, colour::TEXT).anchored(Anchor::End);
    let words = points.fit(&thousands(standing.points), WIDTH - MARGIN - BAR_END - 12.0);
    canvas.text(WIDTH - MARGIN, line, points, &words);
}

/// The rank, the first three on a medal.
fn rank(canvas: &mut Canvas, rank: u64, middle: f64) {
    let medal = match rank {
        1 => Some("#f2c14e"),
        2 => Some("#c9ced6"),
        3 => Some("#d9925b"),
        _ => None,
    };
    let fill = if medal.is_some() {
        colour::CARD
    } else {
        colour::DIM
    };
    let style = Style::new(Font::Bold, 15.0, fill).anchored(Anchor::Middle);
    if let Some(medal) = medal {
        canvas.circle(47.0, middle, 13.5, medal, None);
    }
    let words = style.fit(&thousands(rank), 60.0);
    canvas.text(47.0, middle + 5.4, style, &words);
}

fn alt_text(board: &Leaderboard) -> String {
    let mut sentences = vec![format!(
        "Leaderboard of {}, {}.",
        alt::name(&board.title),
        alt::name(&board.window)
    )];
    if board.standings.is_empty() {
        sentences.push("Nobody has points yet.".into());
    }
    sentences.extend(rows(board).iter().map(|standing| {
        let you = if standing.own { " (you)" } else { "" };
        let plural = if standing.points == 1 { "" } else { "s" };
        let (rank, name) = (thousands(standing.rank), alt::name(&standing.name));
        format!(
            "{rank}. {name}{you}, {} point{plural}.",
            thousands(standing.points)
        )
    }));
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn board(rows: &[(u64, &str, u64, bool)]) -> Leaderboard {
        let standing = |&(rank, name, points, own): &(u64, &str, u64, bool)| Standing {
            rank,
            name: name.into(),
            points,
            own,
        };
        Leaderboard {
            title: "Demo cohort".into(),
            window: "this week".into(),
            standings: rows.iter().map(standing).collect(),
        }
    }

    #[test]
    fn everyone_is_named_with_their_points_in_the_picture_and_in_words() {
        let board = board(&[
            (1, "ana", 1_230, false),
            (2, "ben", 45, true),
            (3, "chloe", 1, false),
        ]);
        let picture = leaderboard(&board).unwrap();
        assert_eq!(
            picture.alt,
            "Leaderboard of Demo cohort, this week. 1. ana, 1,230 points. 2. ben (you), 45 points. 3. chloe, 1 point."
        );
        let canvas = draw(&board);
        let said: Vec<_> = canvas.labels().iter().map(|(_, text)| text.as_str()).collect();
        for word in ["ana", "1,230", "ben", "you", "45", "chloe"] {
            assert!(said.contains(&word), "{word} is not in {said:?}");
        }
        assert_eq!(canvas.misplaced_label(), None);
    }

    #[test]
    fn own_row_far_down_stands_after_a_gap_and_ties_do_not() {
        let board = board(&[
            (1, "ana", 9, false),
            (1, "ben", 9, false),
            (3, "chloe", 5, false),
            (75, "me", 1, true),
        ]);
        let gaps: Vec<_> = (0..4).filter(|&at| follows_a_gap(&board.standings, at)).collect();
        assert_eq!(gaps, [3]);
    }

    #[test]
    fn an_empty_board_says_so() {
        let picture = leaderboard(&board(&[])).unwrap();
        assert!(picture.alt.ends_with("Nobody has points yet."));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_names_can_be_drawn(
            title in any::<String>(),
            rows in proptest::collection::vec((any::<u64>(), ".{0,60}", any::<u64>(), any::<bool>()), 0..30),
        ) {
            let standings = rows.into_iter().map(|(rank, name, points, own)| Standing { rank, name, points, own });
            let board = Leaderboard { title, window: "all time".into(), standings: standings.collect() };
            prop_assert_eq!(draw(&board).misplaced_label(), None);
            let picture = leaderboard(&board).unwrap();
            prop_assert!(picture.alt.chars().count() <= 1_000);
        }
    }
}
