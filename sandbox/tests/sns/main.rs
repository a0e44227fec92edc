//! Topics as members' programs see them: the AWS SDK against the endpoint, with a clock that moves when told to.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "the tests of queues use the rest")]
#[path = "../sqs/house.rs"]
mod queues;

mod delivery;
mod durable;
mod fifo;
mod filters;
mod house;
mod refusals;
mod subscriptions;
mod topics;
mod walls;
