//! What stands where on a shard map: generations from top to bottom, the hash-key space from left to right.

use std::collections::HashMap;

use super::{Shard, ShardMap};
use crate::canvas::Rect;

pub(super) const WIDTH: f64 = 800.0;
pub(super) const MARGIN: f64 = 28.0;
/// The empty space on either side of a shard's box.
const GAP: f64 = 2.5;
/// Older shards than the newest so many are not drawn.
const MOST_SHARDS: usize = 500;
/// Older generations than the newest so many are not drawn, except for what is open in them.
const MOST_ROWS: usize = 8;

/// A shard and its place.
pub(super) struct Placed<'a> {
    pub shard: &'a Shard,
    pub rect: Rect,
}

/// The tree of shards, its top at a given height.
pub(super) struct Tree<'a> {
    pub placed: Vec<Placed<'a>>,
    pub bottom: f64,
    /// How many generations were left out.
    pub hidden_rows: usize,
}

/// Where a hash key is from left to right.
pub(super) fn x_of(hash: u128) -> f64 {
    MARGIN + hash as f64 / u128::MAX as f64 * (WIDTH - 2.0 * MARGIN)
}

impl<'a> Tree<'a> {
    pub(super) fn new(map: &'a ShardMap, top: f64) -> Self {
        let shards = &map.shards[map.shards.len().saturating_sub(MOST_SHARDS)..];
        let generations = generations(shards);
        let deepest = generations.iter().copied().max().unwrap_or(0);
        let hidden_rows = (deepest + 1).saturating_sub(MOST_ROWS);
        let rows = if shards.is_empty() {
            0
        } else {
            deepest + 1 - hidden_rows
        };
        let (height, gap) = row_size(rows);
        let placed = shards
            .iter()
            .zip(generations)
            .filter(|(shard, generation)| shard.open || *generation >= hidden_rows)
            .map(|(shard, generation)| {
                let row = generation.saturating_sub(hidden_rows);
                let (left, right) = (x_of(shard.start.min(shard.end)), x_of(shard.end.max(shard.start)));
                let y = top + row as f64 * (height + gap);
                let gap = GAP.min((right - left) / 12.0);
                Placed {
                    shard,
                    rect: Rect {
                        x: left + gap,
                        y,
                        w: (right - left - 2.0 * gap).max(0.5),
                        h: height,
                    },
                }
            })
            .collect();
        Self {
            placed,
            bottom: top + (rows as f64 * (height + gap) - gap).max(0.0),
            hidden_rows,
        }
    }

    /// Lines from each shard to what it was split or merged into.
    pub(super) fn connections(&self) -> Vec<(Rect, Rect)> {
        let places: HashMap<&str, Rect> = self
            .placed
            .iter()
            .map(|placed| (placed.shard.id.as_str(), placed.rect))
            .collect();
        let mut lines = Vec::new();
        for child in &self.placed {
            for parent in child
                .shard
                .parents
                .iter()
                .filter_map(|id| places.get(id.as_str()))
            {
                if parent.bottom() < child.rect.y {
                    lines.push((*parent, child.rect));
                }
            }
        }
        lines
    }
}

/// The height of a row and the space below it: the more generations, the flatter.
fn row_size(rows: usize) -> (f64, f64) {
    match rows {
        0..=3 => (68.0, 28.0),
        4..=5 => (52.0, 22.0),
        _ => (34.0, 16.0),
    }
}

/// How many generations stand above each shard. Parents that make no sense (a shard its own ancestor) only make
/// the tree odd, never endless.
fn generations(shards: &[Shard]) -> Vec<usize> {
    let index: HashMap<&str, usize> = shards
        .iter()
        .enumerate()
        .map(|(at, shard)| (shard.id.as_str(), at))
        .collect();
    let mut generations = vec![0; shards.len()];
    for _ in 0..shards.len() {
        let mut settled = true;
        for (at, shard) in shards.iter().enumerate() {
            let parents = shard.parents.iter().filter_map(|id| index.get(id.as_str()));
            let generation = parents.map(|&parent| generations[parent] + 1).max().unwrap_or(0);
            if generation > generations[at] && generation < shards.len() {
                generations[at] = generation;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    generations
}
