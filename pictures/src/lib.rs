//! Plain data in, a PNG and its alt text out.
//!
//! Each kind of picture has its data type and one function. A picture is an SVG of our own, drawn at twice its
//! size with fonts that are part of this crate: no system font is looked at, so that it is the same everywhere.
//! Names, keys and titles may be any text at all. Drawing takes tens of milliseconds of CPU: call it off the
//! async threads. Nothing here knows where the data comes from or where the picture is shown.

mod alt;
mod arrow;
mod canvas;
mod chart;
mod fan_out;
mod key_ring;
mod lag;
mod leaderboard;
mod load;
mod progress;
mod queue_states;
mod render;
mod shard_map;
mod table_changes;
mod text;
mod window_chart;

pub use fan_out::{Branch, FanOut, Outcome, Published, fan_out};
pub use key_ring::{Arc, Key, KeyRing, key_ring};
pub use lag::{LagChart, LagLook, lag};
pub use leaderboard::{Leaderboard, Standing, leaderboard};
pub use load::{Latencies, LoadChart, LoadSecond, load};
pub use progress::{ProgressMap, Stage, Tile, TileState, progress};
pub use queue_states::{At, DeadLetterBox, Flow, Group, QueueStates, queue_states};
pub use render::{Picture, PictureError};
pub use shard_map::{Landing, Shard, ShardMap, shard_map};
pub use table_changes::{Event, FieldChange, Side, TableChange, TableChanges, table_changes};
pub use window_chart::{Window, WindowChart, window_chart};
