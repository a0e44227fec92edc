//! What a cohort's scheduled posts say: the lesson's opening, and at the end what everyone did.

use std::sync::Arc;

use discord::{Button, Card, Route, Style, Tone, text};
use futures::FutureExt;
use futures::future::BoxFuture;
use lessons::{Module, ModuleId};

use super::cards;
use crate::app::App;
use crate::membership;
use crate::progress::{self, Window};
use crate::schedule::{Cohort, ComposeError, Composed, PostContent};

/// Composes posts from the lessons and the leaderboard.
pub struct Posts(Arc<App>);

/// Members named in a closing post.
const NAMED: usize = 10;

impl Posts {
    /// Over the shared app.
    pub fn new(app: Arc<App>) -> Self {
        Self(app)
    }

    fn compose(
        &self,
        cohort: &Cohort,
        modules: &[ModuleId],
        post_id: &str,
        note: Option<&str>,
    ) -> Result<Composed, ComposeError> {
        let missing = || ComposeError::Missing {
            track: cohort.track.clone(),
            path: cohort.path.clone(),
        };
        let track = self.0.library.track(&cohort.track).ok_or_else(missing)?;
        let modules: Vec<&Module> = modules
            .iter()
            .filter_map(|id| track.module(id.as_str()))
            .collect();
        let mut card = cards::post(&self.0, &modules, note, post_id)
            .map_err(Box::<dyn std::error::Error + Send + Sync>::from)?;
        if let Some(role) = cohort.ping_role_id {
            // The one ping there is: a moderator chose the role, and the card lets this role through and nothing else.
            card.ping_role = Some(role);
            let ping = [Some(format!("<@&{role}>")), card.text.take()];
            card.text = Some(ping.into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        let thread = match modules.as_slice() {
            [only] => format!("{} · {}", only.id, only.title),
            several => several
                .iter()
                .map(|module| module.id.as_str())
                .collect::<Vec<_>>()
                .join(" · "),
        };
        Ok(Composed {
            card,
            thread: Some(thread),
        })
    }

    async fn close(&self, cohort: &Cohort, post_id: &str) -> Result<Composed, ComposeError> {
        let store = &self.0.store;
        let boxed = |error: sqlx::Error| ComposeError::Source(Box::new(error));
        let places = progress::leaderboard(store, &cohort.id, Window::AllTime, NAMED)
            .await
            .map_err(boxed)?;
        let lines: Vec<String> = places
            .iter()
            .map(|place| {
                let name = membership::shown(place.name.as_deref(), place.member_id);
                format!(
                    "{}. {name} · {}",
                    place.rank,
                    text::count(place.points, "point", "points")
                )
            })
            .collect();
        let body = format!(
            "That was the last module. You argued with streams for weeks, and the streams lost.\n\n{}\n\nEverything stays open: \
             `/lesson list` to read again, `/quiz` to finish what is open.",
            if lines.is_empty() {
                "Nobody has points yet; there is still time.".to_owned()
            } else {
                lines.join("\n")
            }
        );
        let card = Card::framed("The end of the path", body)
            .tone(Tone::Good)
            .buttons(vec![Button::new(
                "All lessons",
                Style::Primary,
                &Route::new("lesson", "list").arg(post_id),
            )]);
        Ok(Composed { card, thread: None })
    }
}

impl PostContent for Posts {
    fn lesson<'a>(
        &'a self,
        cohort: &'a Cohort,
        modules: &'a [ModuleId],
        post_id: &'a str,
        note: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>> {
        std::future::ready(self.compose(cohort, modules, post_id, note)).boxed()
    }

    fn closing<'a>(
        &'a self,
        cohort: &'a Cohort,
        post_id: &'a str,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>> {
        self.close(cohort, post_id).boxed()
    }
}
