//! A tenant's state as SQL tables: what they show, and what nothing typed may do.

#[path = "../common/mod.rs"]
mod common;

mod any_text;
mod documentation;
mod guard;
mod house;
mod limits;
mod state;
