//! A tenant's state as read-only SQL tables, for whoever asks in SQL: `/stream sql`, a saved view, an exercise's check.
//!
//! Each query has an in-memory SQLite of its own: the statement is looked at first ([`guard`] allows reading and a list
//! of functions, nothing else), the tables it names are filled from the engines ([`gather`]), and it runs within
//! limits of time, steps and memory. What each table and column means stands in [`tables`].
//!
//! What is not here: where saved views are kept (they are handed in), and words for people.

mod answer;
mod error;
mod functions;
mod gather;
mod guard;
mod query;
pub mod tables;
mod text;

pub use answer::{Answer, Cell, View};
pub use error::QueryError;
pub use gather::Lab;
pub(crate) use gather::Row;
pub use query::is_view_name;
pub(crate) use query::on_nothing;
pub use text::Room;
