//! A Discord of our own for one machine.

pub mod slash;
