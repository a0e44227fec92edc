//! What the stories stand on: a playground, the real program as a process of its own, and people who use both.
//!
//! A [`World`] has the demo cohort, made by a moderator as anyone would; a [`Whole`] is `tributary playground` as people
//! start it. At their end both are checked for what must hold of every run ([`always`]).

#![allow(
    clippy::missing_panics_doc,
    reason = "a failed expectation is how a test fails"
)]

pub mod always;
pub mod answer;
mod discord;
mod moto;
mod people;
mod program;
pub mod quiz;
mod whole;
mod world;

pub use answer::{Answer, components, words};
pub use discord::Discord;
pub use moto::Moto;
pub use people::Person;
pub use whole::Whole;
pub use world::{MONDAY, World, until};
