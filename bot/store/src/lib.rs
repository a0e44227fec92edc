//! Pools, migrations and transactions, and the learning-event log with its totals.
//! Knows no feature: a feature's SQL lives in its own `store.rs` and runs on what is here.

pub mod id;
pub mod learning;
mod look;
mod pool;

pub use look::Tables;
pub use pool::{Engine, OpenError, Store, Tx};
