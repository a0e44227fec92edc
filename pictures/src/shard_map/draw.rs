//! Puts a shard map on its card: title, axis, the lines of descent, and the pin of a key.
//! The shards themselves are in `boxes`, the explanation of the marks in `legend`.

use super::boxes::Boxes;
use super::layout::{MARGIN, Tree, WIDTH, x_of};
use super::legend::Legend;
use super::{Landing, ShardMap, hash_digits};
use crate::canvas::{Anchor, Canvas, Rect, Stroke, Style, colour};
use crate::text::Font;

const TITLE: f64 = 46.0;
const SUBTITLE: f64 = 70.0;
/// The height of the label that names the key, above the axis.
const PIN: f64 = 30.0;
/// The space below the legend.
const FOOT: f64 = 24.0;

pub(super) fn draw(map: &ShardMap) -> Canvas {
    let axis = if map.landing.is_some() {
        SUBTITLE + 22.0 + PIN + 14.0
    } else {
        SUBTITLE + 26.0
    };
    let tree = Tree::new(map, axis + 36.0);
    let legend = Legend::new(map, &tree, tree.bottom + 40.0);
    let mut canvas = Canvas::new(WIDTH, legend.bottom() + FOOT);
    header(&mut canvas, map, tree.hidden_rows);
    if let Some(landing) = &map.landing {
        drop_line(&mut canvas, landing, axis, &tree);
    }
    draw_axis(&mut canvas, axis, map.landing.as_ref());
    connections(&mut canvas, &tree);
    Boxes::of(map).draw(&mut canvas, &tree);
    if let Some(landing) = &map.landing {
        pin(&mut canvas, landing, axis, &tree);
    }
    legend.draw(&mut canvas);
    canvas
}

fn header(canvas: &mut Canvas, map: &ShardMap, hidden_rows: usize) {
    let title = Style::new(Font::Bold, 22.0, colour::TEXT);
    let rest = " · shard map";
    let stream = title.fit(&map.stream, WIDTH - 2.0 * MARGIN - title.width(rest));
    canvas.text(MARGIN, TITLE, title, &format!("{stream}{rest}"));

    let open = map.shards.iter().filter(|shard| shard.open).count();
    let closed = map.shards.len() - open;
    let mut facts = vec![crate::alt::count(open, "open shard")];
    if closed > 0 {
        facts.push(format!("{closed} closed"));
    }
    facts.push("hash-key space left to right".into());
    match hidden_rows {
        0 if closed > 0 => facts.push("older shards above".into()),
        0 => {}
        1 => facts.push("the oldest generation is not shown".into()),
        hidden => facts.push(format!("the {hidden} oldest generations are not shown")),
    }
    let style = Style::new(Font::Sans, 14.0, colour::DIM);
    canvas.text(
        MARGIN,
        SUBTITLE,
        style,
        &style.fit(&facts.join(" · "), WIDTH - 2.0 * MARGIN),
    );
}

/// The space of hash keys, from 0 to 2¹²⁸.
fn draw_axis(canvas: &mut Canvas, y: f64, landing: Option<&Landing>) {
    let (left, right) = (MARGIN, WIDTH - MARGIN);
    canvas.path(&format!("M{left} {y}H{right}"), Stroke::solid(colour::LINE, 1.5));
    let style = Style::new(Font::Mono, 11.5, colour::DIM);
    let quarters = [(1, "0x40…"), (2, "0x80…"), (3, "0xc0…")];
    let ends = [(left, "0", Anchor::Start), (right, "2¹²⁸", Anchor::End)];
    let inner = quarters.map(|(n, text)| (left + (right - left) * f64::from(n) / 4.0, text, Anchor::Middle));
    for (x, text, anchor) in ends.into_iter().chain(inner) {
        canvas.path(
            &format!("M{x:.2} {:.2}V{:.2}", y - 4.0, y + 4.0),
            Stroke::solid(colour::LINE, 1.5),
        );
        let w = style.width(text);
        let from = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - w / 2.0,
            Anchor::End => x - w,
        };
        // The line that falls from the pin is masked where a number stands.
        if landing.is_some() {
            let behind = Rect {
                x: from - 3.0,
                y: y + 7.0,
                w: w + 6.0,
                h: 15.0,
            };
            canvas.rect(behind, 3.0, colour::CARD, None);
        }
        canvas.text(x, y + 19.0, style.anchored(anchor), text);
    }
}

fn connections(canvas: &mut Canvas, tree: &Tree<'_>) {
    for (parent, child) in tree.connections() {
        let (x, y, to_x, to_y) = (parent.middle(), parent.bottom(), child.middle(), child.y);
        // Straight down beside the generations between, then over in the last gap.
        let bend = (to_y - 28.0).max(y);
        let half = f64::midpoint(bend, to_y);
        canvas.path(
            &format!("M{x:.2} {y:.2}V{bend:.2}C{x:.2} {half:.2} {to_x:.2} {half:.2} {to_x:.2} {to_y:.2}"),
            Stroke::solid(colour::LINE, 1.6),
        );
    }
}

/// The way a key falls: from its place on the axis to its shard.
fn drop_line(canvas: &mut Canvas, landing: &Landing, axis: f64, tree: &Tree<'_>) {
    if let Some(placed) = tree.placed.iter().find(|placed| placed.shard.id == landing.shard) {
        let x = x_of(landing.hash);
        canvas.path(
            &format!("M{x:.2} {axis:.2}V{:.2}", placed.rect.y),
            Stroke::dashed(colour::ACCENT, 2.0),
        );
    }
}

fn pin(canvas: &mut Canvas, landing: &Landing, axis: f64, tree: &Tree<'_>) {
    let key = Style::new(Font::Mono, 14.0, colour::CARD);
    let text = format!(
        "MD5 of {} = {}",
        key.fit(&landing.key, 300.0),
        hash_digits(landing.hash, 8)
    );
    let w = key.width(&text) + 28.0;
    let x = x_of(landing.hash);
    // Within the margins, unless its round end would then hang over the pin.
    let left = (x - w / 2.0).clamp(MARGIN, (WIDTH - MARGIN - w).max(MARGIN));
    let left = left.min(x - 18.0).max(x + 18.0 - w);
    let top = axis - 14.0 - PIN;
    canvas.path(
        &format!("M{x:.2} {:.2}V{axis:.2}", top + PIN - 2.0),
        Stroke::solid(colour::ACCENT, 2.0),
    );
    canvas.rect(
        Rect {
            x: left,
            y: top,
            w,
            h: PIN,
        },
        PIN / 2.0,
        colour::ACCENT,
        None,
    );
    canvas.text(left + 14.0, top + 20.0, key, &text);
    canvas.circle(
        x,
        axis,
        5.0,
        colour::ACCENT,
        Some(Stroke::solid(colour::CARD, 2.0)),
    );
    if let Some(placed) = tree.placed.iter().find(|placed| placed.shard.id == landing.shard) {
        let (y, w) = (placed.rect.y, 6.0);
        canvas.shape(
            &format!("M{:.2} {:.2}H{:.2}L{x:.2} {:.2}Z", x - w, y - 8.0, x + w, y + 1.0),
            colour::ACCENT,
        );
    }
}
