//! `/help`.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use discord::{Failure, Visibility};

use super::About;
use crate::call::{Call, Context};

/// What help can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Topic {
    #[name = "everything"]
    Everything,
    #[name = "lessons"]
    Lessons,
    #[name = "quizzes"]
    Quizzes,
    #[name = "sandbox"]
    Sandbox,
    #[name = "moderating"]
    Moderating,
}

/// What you can do here, and what comes next
#[poise::command(slash_command, guild_only)]
pub async fn help(
    ctx: Context<'_>,
    #[description = "What about; by where you are, if left out"] about: Option<Topic>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let about = about.map(|topic| match topic {
        Topic::Everything => About::Everything,
        Topic::Lessons => About::Lessons,
        Topic::Quizzes => About::Quizzes,
        Topic::Sandbox => About::Sandbox,
        Topic::Moderating => About::Moderating,
    });
    let card = super::help(&call, about).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}
