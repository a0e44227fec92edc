//! Streams as members' programs see them: the AWS SDK against the endpoint, and what AWS documents of its answers.

#[path = "../common/mod.rs"]
mod common;

mod consumers;
mod control;
mod house;
mod in_all;
mod limits;
mod lists;
mod reading;
mod subscribe;
