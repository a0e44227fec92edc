//! Queues as members' programs see them: the AWS SDK against the endpoint, with a clock that moves when told to.

#[path = "../common/mod.rs"]
mod common;

mod dead_letters;
mod durable;
mod fifo;
mod house;
mod refusals;
mod standard;
