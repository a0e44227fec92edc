//! The sandbox elsewhere than in the process: what chat commands do, done at moto's server, where all members share one account.
//! Moto knows nothing of us, so a call that only our own engines understand fails here.

mod chat;
mod house;
mod queues;
mod streams;
mod tables;
mod topics;
mod upkeep;
mod walls;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary-under-test");
