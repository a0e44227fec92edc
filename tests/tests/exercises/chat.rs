//! An exercise done by its own solution, in chat.

use tests::World;

use crate::{PROGRAM, check, exercise, steps_done};

/// Each step's solution makes that step hold; before it, the step does not: on an empty sandbox, and on a half-done one.
pub async fn solve(module: &str) {
    let exercise = exercise(module);
    let world = World::demo(PROGRAM).await;
    let ana = world.ana();
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
    let passed = passed.privately().does_not_say("points**");
    let asked = ana.press(&passed, "Tidy up").await.fine().privately();
    let tidied = ana.press(&asked, "Remove").await.fine();
    drop(tidied.says(&format!("{module} is tidied up")).says("is removed"));
    drop(check(&world, module).await.says("You have passed this one"));
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
