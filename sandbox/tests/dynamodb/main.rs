//! Tables and their streams as members' programs see them: the AWS SDK against the endpoint, with a clock that moves when
//! told to.

#[path = "../common/mod.rs"]
mod common;

mod durable;
mod expiry;
mod house;
mod isolation;
mod look;
mod mutated;
mod streams;
mod tables;
