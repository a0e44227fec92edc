//! The progress map: a track's modules in their groups, each with how far the member is.

use crate::alt::{self, count};
use crate::canvas::{Anchor, Canvas, HATCHED, Rect, Stroke, Style, colour};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// A member's way through a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressMap {
    /// For example `ana`.
    pub member: String,
    /// For example `Streams in fifteen modules · Full coverage`.
    pub course: String,
    /// The groups of modules, in order.
    pub stages: Vec<Stage>,
}

/// A group of modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub title: String,
    /// Its modules on the path, in order.
    pub modules: Vec<Tile>,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// For example `M1`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How far the member is with it.
    pub state: TileState,
}

/// How far a member is with a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileState {
    /// The quiz is passed.
    Complete,
    /// The quiz is answered, and a moderator still has to look at it.
    Provisional,
    /// The lesson is read, the quiz not passed.
    Read,
    /// Its prerequisites are complete: it can be taken now.
    Open,
    /// Something it needs is not complete.
    Locked,
    /// Not written yet.
    Draft,
}

impl TileState {
    const ALL: [Self; 6] = [
        Self::Complete,
        Self::Provisional,
        Self::Read,
        Self::Open,
        Self::Locked,
        Self::Draft,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Provisional => "waits for a moderator",
            Self::Read => "read",
            Self::Open => "open",
            Self::Locked => "locked",
            Self::Draft => "not written yet",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Complete => colour::GREEN,
            Self::Provisional => colour::AMBER,
            Self::Read => colour::BLUE,
            Self::Open => colour::ACCENT,
            Self::Locked | Self::Draft => colour::LINE,
        }
    }
}

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 28.0;
const COLUMNS: usize = 4;
const GAP: f64 = 10.0;
const TILE_WIDTH: f64 = (WIDTH - 2.0 * MARGIN - 3.0 * GAP) / 4.0;
const TILE_HEIGHT: f64 = 74.0;
const STAGE_TITLE: f64 = 26.0;
const STAGE_SPACE: f64 = 16.0;
const TOP: f64 = 124.0;
/// No path is longer than this.
const MOST_STAGES: usize = 12;
const MOST_TILES: usize = 12;

/// Draws a progress map: at most 12 groups of 12 modules.
pub fn progress(map: &ProgressMap) -> Result<Picture, PictureError> {
    render(draw(map), alt_text(map))
}

fn shown(map: &ProgressMap) -> impl Iterator<Item = (&Stage, &[Tile])> {
    let stages = map
        .stages
        .iter()
        .take(MOST_STAGES)
        .filter(|stage| !stage.modules.is_empty());
    stages.map(|stage| (stage, &stage.modules[..stage.modules.len().min(MOST_TILES)]))
}

fn tally(map: &ProgressMap) -> (usize, usize) {
    let all = || map.stages.iter().flat_map(|stage| &stage.modules);
    (
        all().filter(|tile| tile.state == TileState::Complete).count(),
        all().count(),
    )
}

fn draw(map: &ProgressMap) -> Canvas {
    let stage_height = |tiles: &[Tile]| {
        let rows = tiles.len().div_ceil(COLUMNS) as f64;
        STAGE_TITLE + rows * (TILE_HEIGHT + GAP) - GAP + STAGE_SPACE
    };
    let tree: f64 = shown(map).map(|(_, tiles)| stage_height(tiles)).sum();
    let mut canvas = Canvas::new(WIDTH, TOP + tree + 50.0);
    header(&mut canvas, map);
    let mut y = TOP;
    for (stage, tiles) in shown(map) {
        let style = Style::new(Font::Bold, 14.0, colour::DIM);
        canvas.text(
            MARGIN,
            y + 14.0,
            style,
            &style.fit(&stage.title, WIDTH - 2.0 * MARGIN),
        );
        for (at, tile) in tiles.iter().enumerate() {
            let x = MARGIN + (at % COLUMNS) as f64 * (TILE_WIDTH + GAP);
            let top = y + STAGE_TITLE + (at / COLUMNS) as f64 * (TILE_HEIGHT + GAP);
            draw_tile(
                &mut canvas,
                tile,
                Rect {
                    x,
                    y: top,
                    w: TILE_WIDTH,
                    h: TILE_HEIGHT,
                },
            );
        }
        y += stage_height(tiles);
    }
    legend(&mut canvas, map, y + 22.0);
    canvas
}

fn header(canvas: &mut Canvas, map: &ProgressMap) {
    let (done, all) = tally(map);
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let dim = Style::new(Font::Sans, 14.0, colour::DIM);
    let words = format!("{done} of {all} complete");
    let at_right = Style::new(Font::Bold, 16.0, colour::GREEN).anchored(Anchor::End);
    let room = WIDTH - 2.0 * MARGIN - at_right.width(&words) - 20.0;
    let rest = " · progress";
    let member = title.fit(&map.member, room - title.width(rest));
    canvas.text(MARGIN, 46.0, title, &format!("{member}{rest}"));
    canvas.text(WIDTH - MARGIN, 46.0, at_right, &words);
    canvas.text(MARGIN, 70.0, dim, &dim.fit(&map.course, WIDTH - 2.0 * MARGIN));
    let share = if all == 0 { 0.0 } else { done as f64 / all as f64 };
    canvas.bar(
        Rect {
            x: MARGIN,
            y: 86.0,
            w: WIDTH - 2.0 * MARGIN,
            h: 10.0,
        },
        share,
        colour::GREEN,
    );
}

fn draw_tile(canvas: &mut Canvas, tile: &Tile, rect: Rect) {
    let state = tile.state;
    let (fill, edge) = match state {
        TileState::Draft => (HATCHED, Stroke::dashed(colour::LINE, 1.0)),
        TileState::Locked => (colour::BOX, Stroke::solid(colour::EDGE, 1.0)),
        TileState::Open => (colour::ACCENT_BOX, Stroke::solid(colour::ACCENT, 2.0)),
        other => (colour::BOX, Stroke::solid(other.colour(), 1.4)),
    };
    canvas.rect(rect, 9.0, fill, Some(edge));
    let faint = matches!(state, TileState::Locked | TileState::Draft);
    let ink = if faint { colour::DIM } else { colour::TEXT };
    let id = Style::new(Font::Mono, 15.0, ink);
    canvas.text(rect.x + 12.0, rect.y + 24.0, id, &id.fit(&tile.id, rect.w - 56.0));
    sign(canvas, state, rect.right() - 20.0, rect.y + 19.0);
    let small = Style::new(Font::Sans, 13.0, ink);
    let lines = small.two_lines(&tile.title, rect.w - 24.0);
    for (line, y) in lines.iter().zip([45.0, 62.0]) {
        canvas.text(rect.x + 12.0, rect.y + y, small, line);
    }
}

/// The sign of a state, in a circle of 16 around a point. Each has a shape of its own.
fn sign(canvas: &mut Canvas, state: TileState, x: f64, y: f64) {
    let line = Stroke::solid(state.colour(), 2.0);
    match state {
        TileState::Complete => {
            canvas.circle(x, y, 8.5, state.colour(), None);
            let tick = format!("M{:.2} {:.2}l3 3.2l5.4 -6", x - 4.2, y + 0.2);
            canvas.path(&tick, Stroke::solid(colour::CARD, 2.2));
        }
        TileState::Provisional => {
            canvas.circle(x, y, 7.5, "none", Some(line));
            canvas.path(
                &format!("M{x:.2} {:.2}v4.5l3 2", y - 4.5),
                Stroke::solid(state.colour(), 1.8),
            );
        }
        TileState::Read => {
            let page = format!(
                "M{:.2} {:.2}h12M{:.2} {y:.2}h12M{:.2} {:.2}h7",
                x - 6.0,
                y - 5.0,
                x - 6.0,
                x - 6.0,
                y + 5.0
            );
            canvas.path(&page, line);
        }
        TileState::Open => canvas.shape(
            &format!("M{:.2} {:.2}l11 7l-11 7Z", x - 4.0, y - 7.0),
            state.colour(),
        ),
        TileState::Locked => {
            canvas.path(&format!("M{:.2} {y:.2}v-3a4 4 0 0 1 8 0v3", x - 4.0), line);
            canvas.rect(
                Rect {
                    x: x - 6.5,
                    y: y - 0.5,
                    w: 13.0,
                    h: 9.0,
                },
                2.0,
                state.colour(),
                None,
            );
        }
        TileState::Draft => {
            canvas.circle(
                x,
                y,
                7.5,
                "none",
                Some(Stroke {
                    width: 1.6,
                    ..Stroke::dashed(state.colour(), 1.6)
                }),
            );
        }
    }
}

fn legend(canvas: &mut Canvas, map: &ProgressMap, y: f64) {
    let style = Style::new(Font::Sans, 13.0, colour::DIM);
    let there = |state| {
        map.stages
            .iter()
            .flat_map(|stage| &stage.modules)
            .any(|tile| tile.state == state)
    };
    let mut x = MARGIN;
    for state in TileState::ALL.into_iter().filter(|state| there(*state)) {
        sign(canvas, state, x + 8.0, y - 4.5);
        canvas.text(x + 24.0, y, style, state.words());
        x += 24.0 + style.width(state.words()) + 22.0;
    }
}

fn alt_text(map: &ProgressMap) -> String {
    let (done, all) = tally(map);
    let (member, course) = (alt::name(&map.member), alt::name(&map.course));
    let mut sentences = vec![format!(
        "Progress of {member} in {course}: {done} of {} complete.",
        count(all, "module")
    )];
    for state in TileState::ALL {
        let tiles = map
            .stages
            .iter()
            .flat_map(|stage| &stage.modules)
            .filter(|tile| tile.state == state);
        let ids: Vec<_> = tiles.map(|tile| alt::name(&tile.id)).collect();
        if !ids.is_empty() {
            let (first, rest) = state.words().split_at(1);
            sentences.push(format!("{}{rest}: {}.", first.to_uppercase(), ids.join(", ")));
        }
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(id: &str, title: &str, state: TileState) -> Tile {
        Tile {
            id: id.into(),
            title: title.into(),
            state,
        }
    }

    #[test]
    fn the_words_say_what_the_picture_shows() {
        let map = ProgressMap {
            member: "ana".into(),
            course: "Streams in fifteen modules".into(),
            stages: vec![
                Stage {
                    title: "Foundation".into(),
                    modules: vec![
                        tile("M1", "What are streams?", TileState::Complete),
                        tile("M2", "Producers and consumers", TileState::Open),
                    ],
                },
                Stage {
                    title: "Next".into(),
                    modules: vec![tile("M3", "Backpressure", TileState::Locked)],
                },
            ],
        };
        assert_eq!(
            progress(&map).unwrap().alt,
            "Progress of ana in Streams in fifteen modules: 1 of 3 modules complete. Complete: M1. Open: M2. Locked: M3."
        );
        let canvas = draw(&map);
        let said: Vec<_> = canvas.labels().iter().map(|(_, text)| text.as_str()).collect();
        for word in [
            "1 of 3 complete",
            "M1",
            "What are streams?",
            "Foundation",
            "locked",
        ] {
            assert!(said.contains(&word), "{word} is not in {said:?}");
        }
        assert!(
            !said.contains(&"not written yet"),
            "the legend explains only what is there"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_track_can_be_drawn_and_no_label_covers_another(
            member in any::<String>(),
            stages in proptest::collection::vec(
                (".{0,80}", proptest::collection::vec((".{0,20}", ".{0,60}", 0usize..6), 0..14)), 0..14),
        ) {
            let stage = |(title, tiles): (String, Vec<(String, String, usize)>)| Stage {
                title,
                modules: tiles.iter().map(|(id, title, state)| tile(id, title, TileState::ALL[*state])).collect(),
            };
            let map = ProgressMap { member, course: "C".into(), stages: stages.into_iter().map(stage).collect() };
            prop_assert_eq!(draw(&map).misplaced_label(), None);
            let picture = progress(&map).unwrap();
            prop_assert!(picture.alt.chars().count() <= 1_000);
        }
    }
}
