//! Stories of posting: a real database, several processes, and a Discord that loses answers.

mod by_hand;
mod posting;
mod rest;
mod world;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::store::Store;
use chrono::{DateTime, Utc};
use lessons::Library;

use super::{Clock, Parts, Scheduler, Timing};
use world::Fake;

/// Friday's post has been; Monday's, the 23rd, comes at 09:00 in Berlin.
pub const FRIDAY: &str = "2026-11-20T08:00:00Z";
pub const MONDAY: &str = "2026-11-23T08:00:00Z";
pub const TUESDAY: &str = "2026-11-24T08:00:00Z";

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Local time, decision, state, modules, reason.
type Row = (String, String, String, Option<String>, Option<String>);

/// A database with one cohort, and a Discord.
pub struct Setting {
    pub store: Store,
    pub fake: Fake,
    pub library: Arc<Library>,
    folder: Option<tempfile::TempDir>,
}

impl Setting {
    /// Another process on this database, quick enough for a test. `lease_dead` is how soon it takes others for dead.
    pub fn process(&self, lease_dead: Duration) -> Arc<Scheduler<Fake>> {
        let timing = Timing {
            lease_dead,
            request: Duration::from_secs(5),
            settle: Duration::from_millis(5),
            back_off: Duration::from_millis(1),
            back_off_most: Duration::from_millis(20),
        };
        self.process_with(timing)
    }

    pub fn process_with(&self, timing: Timing) -> Arc<Scheduler<Fake>> {
        let parts = Parts {
            store: self.store.clone(),
            library: Arc::clone(&self.library),
            clock: Clock::system(),
            installation: "here".to_owned(),
            channel: self.fake.clone(),
            content: Arc::new(self.fake.clone()),
            timing,
        };
        Scheduler::beside(parts, self.folder.as_ref().map(tempfile::TempDir::path))
    }

    /// Adds a cohort that posts on weekdays at nine in Berlin.
    pub async fn cohort(&self, name: &str, channel: i64, path: &str) {
        let mut tx = self.store.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO cohort (id, guild_id, name, name_key, track, path, channel_id, cron, timezone,
                                 modules_per_post, state, decided_until, created_by, created_at)
             VALUES ($1, 1, $1, $1, $2, $3, $4, '0 9 * * 1-5', 'Europe/Berlin', 1, 'active', $5, 9, 0)",
        )
        .bind(name)
        .bind(self.library.tracks()[0].id.as_str())
        .bind(path)
        .bind(channel)
        .bind(at(FRIDAY).timestamp_millis())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// The rows of posts, each as "local decision state modules", oldest first.
    pub async fn rows(&self) -> Vec<String> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT planned_local, decision, state, modules, reason FROM post ORDER BY planned_at, part, cohort_id",
        )
        .fetch_all(self.store.read())
        .await
        .unwrap();
        rows.into_iter()
            .map(|(local, decision, state, modules, reason)| {
                let reason = reason.filter(|_| decision == "skip");
                format!(
                    "{local} {decision} {state} {}",
                    modules.or(reason).unwrap_or_default()
                )
            })
            .collect()
    }

    /// Titles of the messages that stand, oldest first.
    pub fn titles(&self) -> Vec<String> {
        self.fake
            .world()
            .messages
            .iter()
            .map(|message| message.title.clone())
            .collect()
    }
}

/// Tells a story on each engine that is to be had: `SQLite`, and `PostgreSQL` where `TRIBUTARY_TEST_POSTGRES_URL` is set.
pub async fn on_each_engine<F: Future<Output = ()>>(story: impl Fn(Setting) -> F) {
    let library = Arc::new(Library::embedded().unwrap());
    on_each_engine_with(library, story).await;
}

pub async fn on_each_engine_with<F: Future<Output = ()>>(
    library: Arc<Library>,
    story: impl Fn(Setting) -> F,
) {
    let stores = crate::testing::stores().await;
    let settings = stores.into_iter().map(|(store, folder)| Setting {
        store,
        fake: Fake::default(),
        library: Arc::clone(&library),
        folder,
    });
    for setting in settings {
        setting.cohort("demo", 7, "full-coverage").await;
        story(setting).await;
    }
}

/// A library whose whole path is written: the real lessons under a track of three modules.
pub fn short_library() -> Arc<Library> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    let folder = tempfile::tempdir().unwrap();
    for sub in ["library", "tracks"] {
        std::fs::create_dir(folder.path().join(sub)).unwrap();
    }
    let embedded = Library::embedded().unwrap();
    let written: Vec<_> = embedded.tracks()[0]
        .modules
        .iter()
        .filter(|module| module.is_ready())
        .collect();
    let slug = written[0].lesson_slug().unwrap();
    let track = format!(
        "id = \"short\"\ntitle = \"Short\"\n[[groups]]\nid = \"g\"\ntitle = \"G\"\nmodules = [\"A\"]\n\
         [[paths]]\nid = \"full-coverage\"\ntitle = \"All\"\nmodules = [\"A\"]\n[[modules]]\nid = \"A\"\ntitle = \"A\"\n\
         status = \"ready\"\nneeds = []\nminutes = 30\ngoals = [\"g\"]\nconcepts = [\"c\"]\ndiscussion = \"d\"\n\
         hands_on = \"h\"\nlesson = \"{slug}\"\n"
    );
    std::fs::write(folder.path().join("tracks/short.toml"), track).unwrap();
    let lesson = format!("library/{slug}.md");
    std::fs::copy(source.join(&lesson), folder.path().join(&lesson)).unwrap();
    Arc::new(Library::load(folder.path()).unwrap())
}

/// Runs rounds until no post is open, however leases and pauses fall.
pub async fn until_over(process: &Arc<Scheduler<Fake>>, now: &str) {
    let rounds = async {
        loop {
            process.run_due(at(now)).await;
            if super::store::open_posts(&process.store).await.unwrap().is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), rounds)
        .await
        .expect("the post is over in time");
}

/// The process dies: its work stops where it is, and no lease is given back.
pub async fn kill(process: &Arc<Scheduler<Fake>>) {
    process.round.lock().await.workers.shutdown().await;
}
