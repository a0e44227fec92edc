//! An exercise done by its own solution, in chat.

use sandbox::exercises::Exercise;
use tests::World;

use crate::{PROGRAM, check, exercise, steps_done};

/// Each step's solution makes that step hold; before it, the step does not: on an empty sandbox, and on a half-done one.
pub async fn solve(module: &str) {
    let exercise = exercise(module);
    let world = World::demo(PROGRAM).await;
    let ana = world.ana();
    if let Some(command) = missing(&world, &exercise).await {
        eprintln!("there is no {command} yet: {module} is not done in chat here, its program is run");
        return world.end().await;
    }
    let opened = ana
        .slash("lab", &format!("/exercise start module:{module}"))
        .await
        .fine();
    assert_eq!(steps_done(&opened.says(&exercise.title)), 0);
    for (done, step) in exercise.steps.iter().enumerate() {
        let before = check(&world, module).await.says("Not yet");
        assert_eq!(
            steps_done(&before),
            done,
            "{}: {} before its solution:\n{before}",
            module,
            step.id
        );
        for command in &step.solution {
            drop(ana.slash("lab", command).await.fine().publicly());
        }
        let after = check(&world, module).await;
        assert_eq!(
            steps_done(&after),
            done + 1,
            "{}: {} after its solution:\n{after}",
            module,
            step.id
        );
    }
    let passed = check(&world, module).await.says("You have passed this one");
    drop(passed.does_not_say("points**"));
    drop(
        ana.slash("lab", "/progress")
            .await
            .fine()
            .says("🛠️ exercise")
            .says("15 ("),
    );
    drop(
        world
            .ben()
            .slash("lab", "/exercise list")
            .await
            .fine()
            .does_not_say("passed"),
    );
    world.end().await;
}

/// The first of the solution's commands that the bot has not registered.
async fn missing(world: &World, exercise: &Exercise) -> Option<String> {
    let state = world.state().await;
    let knows = |command: &str| {
        let mut words = command.trim_start_matches('/').split(' ');
        let (name, sub) = (words.next(), words.next());
        let commands = state["commands"].as_array().into_iter().flatten();
        let found = commands.filter(|it| it["name"].as_str() == name);
        found
            .flat_map(|it| it["options"].as_array().into_iter().flatten())
            .any(|option| option["name"].as_str() == sub)
    };
    let mut commands = exercise.steps.iter().flat_map(|step| &step.solution);
    commands.find(|command| !knows(command)).cloned()
}
