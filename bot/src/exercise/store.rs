//! How far members are with exercises.

use std::collections::BTreeMap;

use ::store::{Store, Tx};
use sqlx::Error;

/// A member's way through one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// When it was begun, Unix milliseconds; `None` where it was not, or was started over.
    pub started_at: Option<i64>,
    /// When it was first passed.
    pub passed_at: Option<i64>,
    /// What stands for each step that was touched.
    pub steps: BTreeMap<String, Step>,
}

/// What stands for a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Hints shown.
    pub hints: usize,
    /// Whether it is done.
    pub passed: bool,
}

impl Run {
    /// Whether a step is done.
    pub fn has_passed(&self, step: &str) -> bool {
        self.steps.get(step).is_some_and(|it| it.passed)
    }

    /// How many hints of a step were shown.
    pub fn hints(&self, step: &str) -> usize {
        self.steps.get(step).map_or(0, |it| it.hints)
    }
}

/// One exercise's.
pub async fn run(store: &Store, guild_id: u64, member_id: u64, module: &str) -> Result<Run, Error> {
    let mut all = runs(store, guild_id, member_id).await?;
    Ok(all.remove(module).unwrap_or_default())
}

/// All of a member's, by module.
pub async fn runs(store: &Store, guild_id: u64, member_id: u64) -> Result<BTreeMap<String, Run>, Error> {
    let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(
        "SELECT module, started_at, passed_at FROM exercise_run WHERE guild_id = $1 AND member_id = $2",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    let mut runs: BTreeMap<String, Run> = rows
        .into_iter()
        .map(|(module, started_at, passed_at)| {
            let run = Run {
                started_at: (started_at > 0).then_some(started_at),
                passed_at,
                ..Run::default()
            };
            (module, run)
        })
        .collect();
    let rows: Vec<(String, String, i64, Option<i64>)> = sqlx::query_as(
        "SELECT module, step, hints, passed_at FROM exercise_step WHERE guild_id = $1 AND member_id = $2",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    for (module, step, hints, passed_at) in rows {
        let state = Step {
            hints: hints.max(0) as usize,
            passed: passed_at.is_some(),
        };
        runs.entry(module).or_default().steps.insert(step, state);
    }
    Ok(runs)
}

/// The module of the exercise that was begun last and is not passed.
pub async fn latest_open(store: &Store, guild_id: u64, member_id: u64) -> Result<Option<String>, Error> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT module FROM exercise_run
         WHERE guild_id = $1 AND member_id = $2 AND started_at > 0
         ORDER BY CASE WHEN passed_at IS NULL THEN 0 ELSE 1 END, started_at DESC, module LIMIT 1",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .fetch_optional(store.read())
    .await?;
    Ok(row.map(|(module,)| module))
}

/// Begins an exercise; one under way goes on.
pub async fn start(tx: &mut Tx, guild_id: u64, member_id: u64, module: &str, now: i64) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO exercise_run (guild_id, member_id, module, started_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (guild_id, member_id, module) DO UPDATE SET
             started_at = CASE WHEN exercise_run.started_at = 0 THEN excluded.started_at ELSE exercise_run.started_at END",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(module)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps that a step is done.
pub async fn pass_step(
    tx: &mut Tx,
    guild_id: u64,
    member_id: u64,
    module: &str,
    step: &str,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO exercise_step (guild_id, member_id, module, step, hints, passed_at) VALUES ($1, $2, $3, $4, 0, $5)
         ON CONFLICT (guild_id, member_id, module, step) DO UPDATE SET
             passed_at = CASE WHEN exercise_step.passed_at IS NULL THEN excluded.passed_at ELSE exercise_step.passed_at END",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(module)
    .bind(step)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps that all of an exercise is done.
pub async fn pass(tx: &mut Tx, guild_id: u64, member_id: u64, module: &str, now: i64) -> Result<(), Error> {
    sqlx::query(
        "UPDATE exercise_run SET passed_at = $1
         WHERE guild_id = $2 AND member_id = $3 AND module = $4 AND passed_at IS NULL",
    )
    .bind(now)
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(module)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps that one more hint of a step was shown.
pub async fn hint(tx: &mut Tx, guild_id: u64, member_id: u64, module: &str, step: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO exercise_step (guild_id, member_id, module, step, hints, passed_at) VALUES ($1, $2, $3, $4, 1, NULL)
         ON CONFLICT (guild_id, member_id, module, step) DO UPDATE SET hints = exercise_step.hints + 1",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(module)
    .bind(step)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the steps of an exercise and that it was begun; when it was passed stays.
pub async fn start_over(tx: &mut Tx, guild_id: u64, member_id: u64, module: &str) -> Result<(), Error> {
    for statement in [
        "DELETE FROM exercise_step WHERE guild_id = $1 AND member_id = $2 AND module = $3",
        "UPDATE exercise_run SET started_at = 0 WHERE guild_id = $1 AND member_id = $2 AND module = $3",
    ] {
        sqlx::query(statement)
            .bind(guild_id as i64)
            .bind(member_id as i64)
            .bind(module)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stores;

    #[tokio::test]
    async fn a_way_through_an_exercise_is_kept_and_can_be_begun_again() {
        for (store, _folder) in stores().await {
            let mut tx = store.begin().await.unwrap();
            start(&mut tx, 1, 2, "M1", 10).await.unwrap();
            start(&mut tx, 1, 2, "M2", 20).await.unwrap();
            start(&mut tx, 1, 2, "M1", 30).await.unwrap();
            hint(&mut tx, 1, 2, "M1", "stream").await.unwrap();
            hint(&mut tx, 1, 2, "M1", "stream").await.unwrap();
            pass_step(&mut tx, 1, 2, "M1", "stream", 40).await.unwrap();
            pass_step(&mut tx, 1, 2, "M2", "queue", 40).await.unwrap();
            pass(&mut tx, 1, 2, "M2", 50).await.unwrap();
            pass(&mut tx, 1, 2, "M2", 60).await.unwrap();
            tx.commit().await.unwrap();
            let first = run(&store, 1, 2, "M1").await.unwrap();
            assert_eq!((first.started_at, first.passed_at), (Some(10), None));
            assert!(first.has_passed("stream") && first.hints("stream") == 2);
            assert_eq!(run(&store, 1, 2, "M2").await.unwrap().passed_at, Some(50));
            assert_eq!(
                latest_open(&store, 1, 2).await.unwrap().as_deref(),
                Some("M1"),
                "M2 is done"
            );
            assert_eq!(
                run(&store, 1, 3, "M1").await.unwrap(),
                Run::default(),
                "another's is another's"
            );
            let mut tx = store.begin().await.unwrap();
            start_over(&mut tx, 1, 2, "M2").await.unwrap();
            tx.commit().await.unwrap();
            let again = run(&store, 1, 2, "M2").await.unwrap();
            assert_eq!((again.started_at, again.passed_at), (None, Some(50)));
            assert!(again.steps.is_empty());
        }
    }
}
