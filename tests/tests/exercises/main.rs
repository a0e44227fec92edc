//! Every exercise, as members do it: by its own solution in chat, and by its program against the endpoint. An empty sandbox
//! and a half-done one fail its checks, step by step.
//!
//! The programs are run by the Python that `TRIBUTARY_TEST_PYTHON` names (it needs boto3), as in CI; where it is not set, a
//! test says so and does the part in chat.

mod chat;
mod program;

use sandbox::exercises::{Exercise, Exercises, Thing};
use tests::{Answer, World};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary-under-test");

/// A module's exercise.
fn exercise(module: &str) -> Exercise {
    let exercises = Exercises::embedded();
    let found = exercises.of_module(module).cloned();
    found.unwrap_or_else(|| panic!("{module} has no exercise"))
}

/// How many steps a card says are done.
fn steps_done(card: &Answer) -> usize {
    let text = card.text();
    let footer = text.lines().find_map(|line| {
        let (done, rest) = line.split_once(" of ")?;
        rest.contains(" steps").then(|| done.trim().parse().ok())?
    });
    footer.unwrap_or_else(|| panic!("no steps in:\n{card}"))
}

/// Ana checks her exercise.
async fn check(world: &World, module: &str) -> Answer {
    let check = format!("/exercise check module:{module}");
    world.ana().slash("lab", &check).await.fine()
}

/// A test for each module, so that they run side by side and are named when they fail.
macro_rules! every_exercise {
    ($($name:ident $module:literal)*) => {
        $(
            mod $name {
                #[tokio::test]
                async fn its_solution_passes_step_by_step() {
                    crate::chat::solve($module).await;
                }

                #[tokio::test]
                async fn its_program_passes_all_steps() {
                    crate::program::run($module).await;
                }

                #[tokio::test]
                async fn its_program_says_in_words_whose_sandbox_is_not_to_be_found() {
                    let nobody = "http://127.0.0.1:1";
                    crate::program::in_words($module, None, "AWS_ENDPOINT_URL is not set").await;
                    crate::program::in_words($module, Some(nobody), "Nothing answers at http://127.0.0.1:1").await;
                    crate::program::in_words($module, Some("…"), "that is no address").await;
                }
            }
        )*

        #[test]
        fn no_exercise_is_left_out() {
            let all: Vec<String> = Exercises::embedded().all().iter().map(|it| it.module.clone()).collect();
            assert_eq!(all, [$($module),*]);
        }
    };
}

/// What two of them make alike, one of them passes by the other's leftovers.
#[test]
fn no_two_exercises_make_the_same_thing_but_the_first_two() {
    let exercises = Exercises::embedded();
    let mut made: Vec<(&str, Thing)> = Vec::new();
    for exercise in exercises.all() {
        for thing in exercise.makes() {
            let before = made
                .iter()
                .find(|(_, it)| (it.kind, &it.name) == (thing.kind, &thing.name));
            if let Some((first, _)) = before {
                assert_eq!((*first, &*exercise.module), ("M1", "M2"), "{}", thing.command);
            } else {
                made.push((&exercise.module, thing));
            }
        }
    }
}

/// The second goes on with the first one's stream.
#[tokio::test]
async fn what_the_first_exercise_leaves_passes_no_step_of_the_second() {
    let world = World::demo(PROGRAM).await;
    for command in exercise("M1").steps.iter().flat_map(|step| &step.solution) {
        drop(world.ana().slash("lab", command).await.fine());
    }
    let second = check(&world, "M2").await;
    assert_eq!(steps_done(&second), 0, "{second}");
    world.end().await;
}

every_exercise! {
    m1 "M1" m2 "M2" m3 "M3" m4 "M4" m5 "M5" m6 "M6" m7 "M7" m8 "M8" m9 "M9" m10 "M10" m11 "M11" m12 "M12" m13 "M13" m14 "M14"
    m15 "M15"
}
