//! `/moderate create`: from what was typed to a cohort, with its Join card in its channel.

use discord::gate::Causes;
use discord::{Card, Failure, mistake, text};
use lessons::{Path, Track};
use serde_json::Value;
use serenity::model::channel::{ChannelType, PartialChannel};
use serenity::model::guild::Role;
use serenity::model::id::ChannelId;
use sha2::{Digest, Sha256};

use super::permissions::{Look, look};
use super::{Wanted, cards};
use crate::app::App;
use crate::call::Call;
use crate::cohort::{self, CohortName, CreateError, NewCohort};
use crate::membership::{self, Cohort};
use crate::schedule::{Schedule, preview};

/// What was typed.
pub struct Typed<'a> {
    pub name: &'a str,
    pub track: &'a str,
    pub path: Option<&'a str>,
    pub channel: &'a PartialChannel,
    pub timezone: &'a str,
    pub when: Wanted<'a>,
    pub modules_per_post: Option<usize>,
    pub moderators: Option<&'a Role>,
    pub ping: Option<&'a Role>,
}

/// What was typed, understood.
struct Plan<'a> {
    name: CohortName,
    track: &'a Track,
    path: &'a Path,
    schedule: Schedule,
}

/// Makes the cohort and announces it; the card for the moderator.
pub async fn create(call: &Call, typed: &Typed<'_>) -> Result<Card, Failure> {
    if !call.manages_guild() {
        return Err(mistake(
            "Only those who manage this server make cohorts. Ask one of them, or join one with `/cohort join`.",
        ));
    }
    let plan = understand(call, typed)?;
    let seen = look(&call.app, call.guild_id, typed.channel.id.get()).await;
    if let Look::Seen { channel, .. } = &seen
        && (channel.guild_id.get() != call.guild_id || channel.kind != ChannelType::Text)
    {
        return Err(wrong_channel(typed.channel));
    }
    let made = record(call, typed, &plan).await?;
    let cohort = match &made {
        Some(id) => membership::by_id(&call.app.store, id).await?,
        // This very interaction has made it before.
        None => membership::by_name(&call.app.store, call.guild_id, plan.name.as_str()).await?,
    };
    let cohort =
        cohort.ok_or_else(|| mistake("The cohort was made and is gone again. Make it once more."))?;
    let mut warnings = seen.warnings(cohort.channel_id);
    if let Some(role) = typed.ping {
        warnings.extend(seen.ping_warning(role.id, role.mentionable));
    }
    let announced = made.is_none() || (seen.may_send() && announce(&call.app, &cohort, &plan).await);
    if !announced {
        warnings.push(format!(
            "I could not show the Join button in {}. Members join with `/cohort join`.",
            text::channel(cohort.channel_id)
        ));
    }
    let upcoming = preview(&call.app.store, &cohort.id, cards::SHOWN, call.app.clock.now()).await?;
    Ok(cards::created(
        &cohort, plan.track, plan.path, &upcoming, &warnings,
    ))
}

fn understand<'a>(call: &'a Call, typed: &Typed<'_>) -> Result<Plan<'a>, Failure> {
    let name = CohortName::parse(typed.name).map_err(|error| mistake(error.to_string()))?;
    let track = super::find_track(&call.app.library, typed.track)?;
    let path = super::find_path(track, typed.path)?;
    let schedule = typed.when.new_schedule(typed.timezone)?;
    if typed.channel.kind != ChannelType::Text {
        return Err(wrong_channel(typed.channel));
    }
    for role in [typed.moderators, typed.ping].into_iter().flatten() {
        if role.id.get() == call.guild_id {
            return Err(mistake(
                "That role is everyone. Choose a role that only some have, or leave it out.",
            ));
        }
    }
    Ok(Plan {
        name,
        track,
        path,
        schedule,
    })
}

fn wrong_channel(channel: &PartialChannel) -> Failure {
    mistake(format!(
        "{} can't hold lessons: they need a text channel of this server, with threads for the talk and the quizzes. \
         Choose one of those.",
        text::channel(channel.id.get())
    ))
}

/// Commits the cohort; `None` where this interaction has done so before.
async fn record(call: &Call, typed: &Typed<'_>, plan: &Plan<'_>) -> Result<Option<String>, Failure> {
    let app = &call.app;
    let Some(mut tx) = app.store.begin_once(call.id, crate::clock::real_ms()).await? else {
        return Ok(None);
    };
    let new = NewCohort {
        guild_id: call.guild_id,
        name: plan.name.clone(),
        track: plan.track.id.clone(),
        path: plan.path.id.clone(),
        channel_id: typed.channel.id.get(),
        moderator_role_id: typed.moderators.map(|role| role.id.get()),
        ping_role_id: typed.ping.map(|role| role.id.get()),
        schedule: plan.schedule.clone(),
        modules_per_post: typed.modules_per_post.unwrap_or(1).clamp(1, 3),
        created_by: call.member_id,
    };
    let id = match cohort::create(&mut tx, &new, app.clock.now()).await {
        Ok(id) => id,
        Err(CreateError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(mistake(error.to_string())),
    };
    tx.commit().await?;
    app.plans_changed.notify_waiters();
    Ok(Some(id))
}

/// Puts the Join card into the cohort's channel; whether it certainly stands there.
async fn announce(app: &App, cohort: &Cohort, plan: &Plan<'_>) -> bool {
    let next = match cohort::next(&app.store, cohort, app.clock.now()).await {
        Ok(next) => next,
        Err(error) => {
            tracing::warn!(%error, cohort = cohort.id, "a new cohort's next post is not known");
            return false;
        }
    };
    let mut body = cards::announcement(cohort, plan.track, plan.path, next).payload();
    // A message without files names none.
    body.remove("attachments");
    let digest = Sha256::digest(format!("{}\n{}\njoin", app.installation, cohort.id));
    body.insert("nonce".into(), Value::from(hex::encode(&digest[..12])));
    body.insert("enforce_nonce".into(), Value::from(true));
    let channel = ChannelId::new(cohort.channel_id);
    match app.http.send_message(channel, Vec::new(), &body).await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(error = %Causes(&error), cohort = cohort.id, "a Join card was not sent");
            false
        }
    }
}
