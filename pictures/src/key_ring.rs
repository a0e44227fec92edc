//! The key ring: the hash keys as a circle, each open shard an arc of it, each partition key a pin where its hash falls.

use std::f64::consts::TAU;

use crate::alt::{self, count, thousands};
use crate::canvas::{Anchor, Canvas, Stroke, Style, colour};
use crate::chart::{MARGIN, WIDTH, header};
use crate::render::{Picture, PictureError, render};
use crate::text::Font;

/// Which keys fall on which shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// The stream's name.
    pub stream: String,
    /// The open shards.
    pub shards: Vec<Arc>,
    /// The keys, the most important first: those that have no room keep their pin and lose their words.
    pub keys: Vec<Key>,
}

/// An open shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arc {
    /// For example `shardId-000000000002`.
    pub shard: String,
    /// The first hash key it takes.
    pub start: u128,
    /// The last hash key it takes.
    pub end: u128,
}

/// A partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub key: String,
    /// Its MD5 as a number.
    pub hash: u128,
    /// How many records have it.
    pub records: u64,
}

/// Draws a key ring.
pub fn key_ring(ring: &KeyRing) -> Result<Picture, PictureError> {
    render(draw(ring), alt_text(ring))
}

const HEIGHT: f64 = 452.0;
const CENTRE: (f64, f64) = (WIDTH / 2.0, 256.0);
const OUTER: f64 = 126.0;
const INNER: f64 = 90.0;
/// How many keys have words on each side.
const LABELS: usize = 11;
const LINE: f64 = 27.0;
/// Where the words of each side begin.
const SIDE: f64 = 182.0;

/// Fills of neighbouring arcs; their numbers tell them apart as well.
const FILLS: [&str; 2] = [colour::ACCENT_BOX, colour::TRACK];

fn draw(ring: &KeyRing) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let facts = format!(
        "{} · {} · hash keys run clockwise from the top · key → shard · records",
        count(ring.shards.len(), "open shard"),
        count(ring.keys.len(), "key")
    );
    header(&mut canvas, &ring.stream, " · key ring", &facts);
    for (at, arc) in ring.shards.iter().enumerate() {
        draw_arc(&mut canvas, arc, FILLS[at % FILLS.len()]);
    }
    for boundary in ring
        .shards
        .iter()
        .map(|arc| arc.start)
        .filter(|_| ring.shards.len() > 1)
    {
        spoke(&mut canvas, angle(boundary));
    }
    middle(&mut canvas, ring);
    for key in &ring.keys {
        let (x, y) = at(angle(key.hash), OUTER);
        canvas.circle(x, y, 4.0, colour::AMBER, Some(Stroke::solid(colour::CARD, 1.5)));
    }
    labels(&mut canvas, ring);
    canvas
}

/// Where a hash key is on the circle, in radians clockwise from the top.
fn angle(hash: u128) -> f64 {
    hash as f64 / u128::MAX as f64 * TAU
}

fn at(angle: f64, radius: f64) -> (f64, f64) {
    (CENTRE.0 + radius * angle.sin(), CENTRE.1 - radius * angle.cos())
}

fn draw_arc(canvas: &mut Canvas, arc: &Arc, fill: &str) {
    let (from, to) = (angle(arc.start.min(arc.end)), angle(arc.end.max(arc.start)));
    // An arc that is the whole circle begins where it ends, and would be drawn as nothing: draw halves.
    // The first one reaches over a little, so that no seam shows.
    let half = f64::midpoint(from, to);
    for (from, to) in [(from, (half + 0.01).min(to)), (half, to)] {
        let (a, b, c, d) = (at(from, OUTER), at(to, OUTER), at(to, INNER), at(from, INNER));
        let large = u8::from(to - from > TAU / 2.0);
        canvas.shape(
            &format!(
                "M{:.2} {:.2}A{OUTER} {OUTER} 0 {large} 1 {:.2} {:.2}L{:.2} {:.2}A{INNER} {INNER} 0 {large} 0 {:.2} {:.2}Z",
                a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1
            ),
            fill,
        );
    }
    let style = Style::new(Font::Mono, 13.0, colour::TEXT).anchored(Anchor::Middle);
    let number = number(&arc.shard);
    if (to - from) * f64::midpoint(OUTER, INNER) > style.width(&number) + 10.0 {
        let (x, y) = at(half, f64::midpoint(OUTER, INNER));
        canvas.text(x, y + 4.5, style, &number);
    }
}

fn spoke(canvas: &mut Canvas, angle: f64) {
    let ((x, y), (to_x, to_y)) = (at(angle, INNER - 3.0), at(angle, OUTER + 3.0));
    canvas.path(
        &format!("M{x:.2} {y:.2}L{to_x:.2} {to_y:.2}"),
        Stroke::solid(colour::CARD, 3.0),
    );
}

/// `2` for `shardId-000000000002`.
fn number(shard: &str) -> String {
    let digits = shard
        .strip_prefix("shardId-")
        .and_then(|it| it.parse::<u64>().ok());
    digits.map_or_else(|| alt::name(shard).chars().take(4).collect(), |it| it.to_string())
}

fn middle(canvas: &mut Canvas, ring: &KeyRing) {
    let all: u64 = ring
        .keys
        .iter()
        .fold(0, |sum, key| sum.saturating_add(key.records));
    let big = Style::new(Font::Bold, 22.0, colour::TEXT).anchored(Anchor::Middle);
    let small = Style::new(Font::Sans, 13.0, colour::DIM).anchored(Anchor::Middle);
    canvas.text(
        CENTRE.0,
        CENTRE.1 + 2.0,
        big,
        &big.fit(&thousands(all), 2.0 * INNER - 30.0),
    );
    canvas.text(
        CENTRE.0,
        CENTRE.1 + 22.0,
        small,
        if all == 1 { "record" } else { "records" },
    );
}

/// The words of the first keys, in a column on the side where their pin is.
fn labels(canvas: &mut Canvas, ring: &KeyRing) {
    let mut hidden = 0;
    for right in [true, false] {
        let mut side: Vec<&Key> = ring
            .keys
            .iter()
            .filter(|key| (at(angle(key.hash), 1.0).0 >= CENTRE.0) == right)
            .collect();
        hidden += side.len().saturating_sub(LABELS);
        side.truncate(LABELS);
        side.sort_by(|one, other| {
            at(angle(one.hash), OUTER)
                .1
                .total_cmp(&at(angle(other.hash), OUTER).1)
        });
        let wished: Vec<f64> = side.iter().map(|key| at(angle(key.hash), OUTER).1).collect();
        for (key, y) in side.iter().zip(spread(&wished)) {
            label(canvas, ring, key, y, right);
        }
    }
    if hidden > 0 {
        let style = Style::new(Font::Sans, 13.0, colour::DIM);
        canvas.text(
            MARGIN,
            HEIGHT - 18.0,
            style,
            &format!(
                "{} more {} a pin only",
                count(hidden, "key"),
                if hidden == 1 { "has" } else { "have" }
            ),
        );
    }
}

/// Lines no closer than they may be, each as near to its wish as that allows, all of them on the card.
fn spread(wished: &[f64]) -> Vec<f64> {
    let (top, bottom) = (108.0, HEIGHT - 46.0);
    let mut lines: Vec<f64> = Vec::with_capacity(wished.len());
    for &wish in wished {
        let least = lines.last().map_or(top, |last| last + LINE);
        lines.push(wish.max(least));
    }
    let mut most = bottom;
    for line in lines.iter_mut().rev() {
        *line = line.min(most);
        most = *line - LINE;
    }
    lines
}

fn label(canvas: &mut Canvas, ring: &KeyRing, key: &Key, y: f64, right: bool) {
    let side = if right { 1.0 } else { -1.0 };
    let anchor = if right { Anchor::Start } else { Anchor::End };
    let (x, pin_y) = at(angle(key.hash), OUTER + 5.0);
    let elbow = CENTRE.0 + side * (OUTER + 30.0);
    let end = CENTRE.0 + side * (SIDE - 8.0);
    canvas.path(
        &format!("M{x:.2} {pin_y:.2}L{elbow:.2} {y:.2}H{end:.2}"),
        Stroke::solid(colour::LINE, 1.0),
    );
    let owner = ring
        .shards
        .iter()
        .find(|arc| arc.start <= key.hash && key.hash <= arc.end);
    let owner = owner.map_or_else(String::new, |arc| format!(" → {}", number(&arc.shard)));
    let rest = format!("{owner} · {}×", thousands(key.records));
    let style = Style::new(Font::Mono, 13.0, colour::TEXT);
    let room = WIDTH / 2.0 - SIDE - MARGIN;
    let name = style.fit(&key.key, (room - style.width(&rest)).max(30.0));
    let x = CENTRE.0 + side * SIDE;
    canvas.text(
        x,
        y + 4.5,
        style.anchored(anchor),
        &style.fit(&format!("{name}{rest}"), room),
    );
}

fn alt_text(ring: &KeyRing) -> String {
    const TOLD: usize = 12;
    let mut sentences = vec![format!(
        "Key ring of the stream {}: {} and {}.",
        alt::name(&ring.stream),
        count(ring.shards.len(), "open shard"),
        count(ring.keys.len(), "key")
    )];
    sentences.extend(ring.keys.iter().take(TOLD).map(|key| {
        let owner = ring
            .shards
            .iter()
            .find(|arc| arc.start <= key.hash && key.hash <= arc.end);
        let owner = owner.map_or_else(
            || "no shard".to_owned(),
            |arc| format!("shard {}", number(&arc.shard)),
        );
        let place = key.hash as f64 / u128::MAX as f64 * 100.0;
        format!(
            "{} lies at {place:.0}% of the ring, on {owner}, with {}.",
            alt::name(&key.key),
            count(key.records as usize, "record")
        )
    }));
    if ring.keys.len() > TOLD {
        sentences.push(format!("And {} more.", ring.keys.len() - TOLD));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(shards: u128, keys: &[(&str, u128, u64)]) -> KeyRing {
        let width = u128::MAX / shards;
        KeyRing {
            stream: "orders".into(),
            shards: (0..shards)
                .map(|i| Arc {
                    shard: format!("shardId-{i:012}"),
                    start: i * width + i.min(1),
                    end: if i + 1 == shards {
                        u128::MAX
                    } else {
                        (i + 1) * width
                    },
                })
                .collect(),
            keys: keys
                .iter()
                .map(|&(key, hash, records)| Key {
                    key: key.into(),
                    hash,
                    records,
                })
                .collect(),
        }
    }

    #[test]
    fn each_key_is_told_with_its_place_and_its_shard() {
        let picture = key_ring(&ring(2, &[("user-1", u128::MAX / 4 * 3, 12), ("user-2", 9, 1)])).unwrap();
        assert_eq!(
            picture.alt,
            "Key ring of the stream orders: 2 open shards and 2 keys. user-1 lies at 75% of the ring, on shard 1, with 12 \
             records. user-2 lies at 0% of the ring, on shard 0, with 1 record."
        );
        let drawn = draw(&ring(2, &[("user-1", u128::MAX / 4 * 3, 12)]));
        let said: Vec<&str> = drawn.labels().iter().map(|(_, text)| text.as_str()).collect();
        assert!(said.contains(&"user-1 → 1 · 12×"), "{said:?}");
    }

    #[test]
    fn keys_beside_each_other_keep_their_words_apart() {
        let keys: Vec<(&str, u128, u64)> = (0..40).map(|n| ("crowded", (1 << 125) + n, 5)).collect();
        let drawn = draw(&ring(3, &keys));
        assert_eq!(drawn.misplaced_label(), None);
        let said = drawn
            .labels()
            .iter()
            .filter(|(_, text)| text.starts_with("crowded"))
            .count();
        assert_eq!(said, LABELS);
        assert!(
            drawn
                .labels()
                .iter()
                .any(|(_, text)| text == "29 keys more have a pin only")
        );
    }

    proptest! {
        #[test]
        fn no_label_covers_another(
            shards in 1_u128..60, name in ".{0,200}",
            keys in proptest::collection::vec((".{0,80}", any::<u128>(), any::<u64>()), 0..60),
        ) {
            let keys: Vec<(&str, u128, u64)> = keys.iter().map(|(key, hash, n)| (key.as_str(), *hash, *n)).collect();
            let mut ring = ring(shards, &keys);
            ring.stream = name;
            prop_assert_eq!(draw(&ring).misplaced_label(), None);
        }
    }
}
