//! The bot is killed at the worst moments, and Discord misbehaves: nothing acknowledged is lost, nothing comes twice.

mod commands;
mod disk;
mod posting;
mod quizzes;
mod trouble;
mod whole;

use tests::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary-under-test");

async fn demo() -> World {
    World::demo(PROGRAM).await
}
