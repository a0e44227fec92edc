//! What the stories stand on: a playground, the real bot as a process of its own, and people who use both.
//!
//! A [`World`] has the demo cohort, made by a moderator as anyone would. At its end it is checked for what must hold of
//! every run: serenity understood every event, nothing was apologised for, no secret reached the log, and no
//! connection left this machine.

#![allow(
    clippy::missing_panics_doc,
    reason = "a failed expectation is how a test fails"
)]

pub mod answer;
mod bot_process;
mod people;
pub mod quiz;
mod world;

pub use answer::Answer;
pub use people::Person;
pub use world::{World, until};
