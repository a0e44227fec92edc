//! What people do and see, feature by feature.

mod cohorts;
mod everything;
mod faults;
mod forged;
mod help;
mod in_time;
mod lab;
mod lessons;
mod live;
mod posting;
mod programs;
mod progress;
mod promises;
mod queues;
mod quizzes;
mod reviews;
mod spending;
mod streams;
mod streams_shape;
mod tables;
mod topics;
mod twice;
mod webhooks;
mod words;

use tests::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary-under-test");

async fn demo() -> World {
    World::demo(PROGRAM).await
}
