//! What a post holds: which modules are next, and the message frozen before it is sent. The words and buttons come
//! from the lesson feature, through [`PostContent`]; nothing here knows them.

use std::collections::BTreeSet;

use discord::{Card, Row};
use futures::future::BoxFuture;
use lessons::{Library, ModuleId, Pacing, next_post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::store::Cohort;

/// Composes the messages that the scheduler posts.
///
/// A card must hold a button whose route has the post's id as an argument: its custom id is the mark by which the
/// message is found again when Discord's answer was lost.
pub trait PostContent: Send + Sync + 'static {
    /// The post that opens these modules. `note` is a sentence that explains a late post.
    fn lesson<'a>(
        &'a self,
        cohort: &'a Cohort,
        modules: &'a [ModuleId],
        post_id: &'a str,
        note: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>>;

    /// The post that closes the cohort: what everyone did.
    fn closing<'a>(
        &'a self,
        cohort: &'a Cohort,
        post_id: &'a str,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>>;
}

/// A message to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// The message. Pictures are not posted.
    pub card: Card,
    /// The name of its discussion thread, cut to Discord's 100 characters; no thread where `None`.
    pub thread: Option<String>,
}

/// Why a post could not be composed.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The cohort's track or path is no longer part of the content.
    #[error("the content has no track `{track}` with a path `{path}`")]
    Missing {
        /// The track's id.
        track: String,
        /// The path's id.
        path: String,
    },
    /// No button of the card carries the post's id, so the message could not be found again.
    #[error("the card of post {0} has no button that names it")]
    Unmarked(String),
    /// Whatever the composer needed and did not get.
    #[error("the post could not be composed")]
    Source(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// A message as it is stored and sent, however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The custom id that names this post among the channel's messages.
    pub mark: String,
    /// The message in Discord's JSON.
    pub payload: Map<String, Value>,
    /// The thread's name.
    pub thread: Option<String>,
}

impl Frozen {
    /// Freezes a card for a post.
    pub fn freeze(composed: &Composed, post_id: &str) -> Result<Self, ComposeError> {
        let mark = composed
            .card
            .rows
            .iter()
            .filter_map(|row| {
                if let Row::Buttons(buttons) = row {
                    Some(buttons)
                } else {
                    None
                }
            })
            .flatten()
            .find(|button| button.id.split(':').any(|argument| argument == post_id))
            .map(|button| button.id.clone())
            .ok_or_else(|| ComposeError::Unmarked(post_id.to_owned()))?;
        let mut payload = composed.card.payload();
        payload.remove("attachments");
        Ok(Self {
            mark,
            payload,
            thread: composed.thread.clone(),
        })
    }

    /// The body of the request: the frozen message with its nonce, enforced.
    pub fn body(&self, nonce: &str) -> Map<String, Value> {
        let mut body = self.payload.clone();
        body.insert("nonce".into(), nonce.into());
        body.insert("enforce_nonce".into(), true.into());
        body
    }
}

/// What the next post of a cohort holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// These modules; drafts that stood before them on the path are passed over for now.
    Modules(Vec<ModuleId>, Vec<ModuleId>),
    /// All that is left is not written yet.
    Drafts(Vec<ModuleId>),
    /// Nothing is left.
    Finished,
}

/// Binds the modules of a cohort's next post, after those already posted.
pub fn bind(library: &Library, cohort: &Cohort, posted: &[String]) -> Result<Binding, ComposeError> {
    let missing = || ComposeError::Missing {
        track: cohort.track.clone(),
        path: cohort.path.clone(),
    };
    let track = library.track(&cohort.track).ok_or_else(missing)?;
    let path = track
        .path(&cohort.path)
        .or_else(|| track.default_path())
        .ok_or_else(missing)?;
    let posted: BTreeSet<ModuleId> = posted.iter().map(|id| ModuleId::new(id.as_str())).collect();
    let ids = |modules: Vec<&lessons::Module>| modules.into_iter().map(|module| module.id.clone()).collect();
    Ok(match next_post(track, path, &posted, cohort.modules_per_post) {
        Pacing::Post { modules, passed_over } => Binding::Modules(ids(modules), ids(passed_over)),
        Pacing::WaitingForDrafts(drafts) => Binding::Drafts(ids(drafts)),
        Pacing::Finished => Binding::Finished,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use discord::{Button, Route, Style};

    fn card(route: &Route) -> Composed {
        let card = Card::framed("M1", "…").buttons(vec![
            Button::new("Quiz", Style::Secondary, &Route::new("quiz", "start").arg("M1")),
            Button::new("Start", Style::Primary, route),
        ]);
        Composed {
            card,
            thread: Some("M1".to_owned()),
        }
    }

    #[test]
    fn the_mark_is_the_button_that_names_the_post() {
        let route = Route::new("lesson", "start").arg("M1").arg("p0st");
        let frozen = Frozen::freeze(&card(&route), "p0st").unwrap();
        assert_eq!(frozen.mark, route.id());
        let body = frozen.body("abc");
        assert_eq!(
            (&body["nonce"], &body["enforce_nonce"]),
            (&Value::from("abc"), &Value::from(true))
        );
        assert_eq!(
            serde_json::from_str::<Frozen>(&serde_json::to_string(&frozen).unwrap()).unwrap(),
            frozen
        );
    }

    #[test]
    fn a_card_that_could_not_be_found_again_is_not_sent() {
        let error = Frozen::freeze(&card(&Route::new("lesson", "start").arg("p0st2")), "p0st").unwrap_err();
        assert!(matches!(error, ComposeError::Unmarked(_)));
    }
}
