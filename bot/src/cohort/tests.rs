//! Stories of cohorts, on each engine that is to be had.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::*;
use crate::schedule;
use crate::testing::stores;

const ANA: u64 = u64::MAX - 1;
const BEN: u64 = 42;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn new(name: &str) -> NewCohort {
    NewCohort {
        guild_id: 1,
        name: CohortName::parse(name).unwrap(),
        track: "streams-15".to_owned(),
        path: "full-coverage".to_owned(),
        channel_id: 7,
        moderator_role_id: Some(8),
        ping_role_id: None,
        schedule: Schedule::from_days("weekdays", "09:00", "Europe/Berlin").unwrap(),
        modules_per_post: 2,
        created_by: 9,
    }
}

async fn made(store: &Store, cohort: &NewCohort, now: &str) -> Result<Cohort, CreateError> {
    let mut tx = store.begin().await?;
    let id = create(&mut tx, cohort, at(now)).await?;
    tx.commit().await?;
    Ok(membership::by_id(store, &id).await?.unwrap())
}

async fn joined(store: &Store, cohort: &Cohort, member: u64, now: &str) -> Joining {
    let mut tx = store.begin().await.unwrap();
    let joining = join(&mut tx, &cohort.id, member, at(now)).await.unwrap();
    tx.commit().await.unwrap();
    joining
}

async fn gone(store: &Store, cohort: &Cohort, member: u64, now: &str) -> bool {
    let mut tx = store.begin().await.unwrap();
    let gone = leave(&mut tx, &cohort.id, member, at(now)).await.unwrap();
    tx.commit().await.unwrap();
    gone
}

/// Friday, after the post.
const FRIDAY: &str = "2026-11-20T08:00:00Z";
const LATER: &str = "2026-11-20T09:00:00Z";

#[tokio::test]
async fn a_cohort_is_kept_as_it_was_made_and_posts_from_now_on() {
    for (store, _folder) in stores().await {
        let demo = made(&store, &new("Demo"), FRIDAY).await.unwrap();
        assert_eq!(
            (
                &*demo.name,
                demo.guild_id,
                demo.channel_id,
                demo.moderator_role_id
            ),
            ("Demo", 1, 7, Some(8))
        );
        assert_eq!((demo.modules_per_post, demo.state), (2, CohortState::Active));
        assert_eq!(schedule_in_words(&demo), "weekdays at 09:00, Europe/Berlin");
        assert_eq!(demo.decided_until, at(FRIDAY).timestamp_millis());
        let Next::Post(next) = next(&store, &demo, at(LATER)).await.unwrap() else {
            panic!("it has a next post")
        };
        assert_eq!(next.at, at("2026-11-23T08:00:00Z"));
    }
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_but_only_in_its_guild() {
    for (store, _folder) in stores().await {
        made(&store, &new("Demo"), FRIDAY).await.unwrap();
        let error = made(&store, &new("dEMO"), FRIDAY).await.unwrap_err();
        assert!(matches!(error, CreateError::NameTaken(_)), "{error}");
        let elsewhere = NewCohort {
            guild_id: 2,
            ..new("demo")
        };
        made(&store, &elsewhere, FRIDAY).await.unwrap();
    }
}

#[tokio::test]
async fn a_guild_holds_as_many_cohorts_as_one_completion_shows() {
    for (store, _folder) in stores().await {
        for number in 0..MOST {
            made(&store, &new(&format!("group {number}")), FRIDAY)
                .await
                .unwrap();
        }
        let error = made(&store, &new("one more"), FRIDAY).await.unwrap_err();
        assert!(matches!(error, CreateError::TooMany), "{error}");
        assert_eq!(membership::in_guild(&store, 1).await.unwrap().len(), MOST);
    }
}

#[tokio::test]
async fn ana_joins_leaves_and_comes_back_to_her_own_path() {
    for (store, _folder) in stores().await {
        let demo = made(&store, &new("demo"), FRIDAY).await.unwrap();
        assert_eq!(joined(&store, &demo, ANA, FRIDAY).await, Joining::New);
        assert_eq!(joined(&store, &demo, ANA, FRIDAY).await, Joining::Already);
        assert_eq!(joined(&store, &demo, BEN, LATER).await, Joining::New);
        let mut tx = store.begin().await.unwrap();
        sqlx::query("UPDATE enrolment SET path = 'minimum' WHERE member_id = $1")
            .bind(ANA as i64)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert!(gone(&store, &demo, ANA, LATER).await);
        assert!(!gone(&store, &demo, ANA, LATER).await);
        assert_eq!(membership::members(&store, &demo.id).await.unwrap(), [BEN]);
        assert_eq!(joined(&store, &demo, ANA, LATER).await, Joining::Back);
        assert!(membership::enrolled(&store, &demo.id, ANA).await.unwrap());
        let mine = membership::of_member(&store, 1, ANA).await.unwrap();
        assert_eq!(mine[0].path, "minimum");
    }
}

#[tokio::test]
async fn a_skipped_post_is_not_the_next_one_and_a_paused_cohort_has_none() {
    for (store, _folder) in stores().await {
        let demo = made(&store, &new("demo"), FRIDAY).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        schedule::skip_next(&mut tx, "here", &demo.id, at(LATER))
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
        let Next::Post(tuesday) = next(&store, &demo, at(LATER)).await.unwrap() else {
            panic!("it has a next post")
        };
        assert_eq!(tuesday.at, at("2026-11-24T08:00:00Z"));

        let mut tx = store.begin().await.unwrap();
        schedule::pause(&mut tx, "here", &demo.id, at(LATER))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let paused = membership::by_id(&store, &demo.id).await.unwrap().unwrap();
        assert_eq!(next(&store, &paused, at(LATER)).await.unwrap(), Next::Paused);
    }
}

fn cohort(name: &str, channel_id: u64, state: CohortState) -> Cohort {
    Cohort {
        id: name.to_owned(),
        guild_id: 1,
        name: name.to_owned(),
        track: "streams-15".to_owned(),
        path: "full-coverage".to_owned(),
        channel_id,
        moderator_role_id: None,
        ping_role_id: None,
        cron: "0 9 * * 1-5".to_owned(),
        timezone: Tz::Europe__Berlin,
        modules_per_post: 1,
        state,
        decided_until: 0,
    }
}

#[test]
fn the_cohort_meant_is_the_named_one_then_the_one_here_then_the_only_one() {
    let (active, finished) = (CohortState::Active, CohortState::Finished);
    let name = |meant: Meant<'_>| match meant {
        Meant::One(one) => one.name.clone(),
        Meant::Several(several) => format!("{}?", several.len()),
        Meant::Unknown => "unknown".to_owned(),
        Meant::Nobody => "nobody".to_owned(),
    };
    let both = [cohort("demo", 7, active), cohort("Spring", 8, active)];
    assert_eq!(name(meant(&both, Some(" spring "), 7)), "Spring");
    assert_eq!(name(meant(&both, Some("autumn"), 7)), "unknown");
    assert_eq!(name(meant(&both, None, 8)), "Spring");
    assert_eq!(name(meant(&both, None, 9)), "2?");
    let one_posts = [cohort("demo", 7, active), cohort("old", 8, finished)];
    assert_eq!(name(meant(&one_posts, None, 9)), "demo");
    assert_eq!(name(meant(&one_posts, None, 8)), "old");
    assert_eq!(name(meant(&one_posts[1..], None, 9)), "old");
    let shared = [cohort("demo", 7, active), cohort("twin", 7, active)];
    assert_eq!(name(meant(&shared, None, 7)), "2?");
    assert_eq!(name(meant(&[], None, 9)), "nobody");
    assert_eq!(matching(&both, "SPR"), ["Spring"]);
}
