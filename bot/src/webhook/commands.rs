//! `/webhook …` and the buttons of its answers.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use ::sandbox::queues::QueueError;
use ::sandbox::streams::StreamError;
use ::sandbox::{Region, Tenant};
use ::store::id;
use discord::{Failure, Route, Visibility, mistake, text};
use secrecy::{ExposeSecret, SecretString};
use serenity::builder::CreateAutocompleteResponse;
use serenity::model::id::GuildId;

use super::store::{self, Kept, Secrets};
use super::{Target, Webhook, cards, is_name};
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::place::{self, Place, region};

/// Webhooks a member may have in a guild.
const MOST: usize = 10;
/// Deliveries shown in one answer.
const SHOWN: i64 = 15;
/// The longest name of a JSON field.
const LONGEST_FIELD: usize = 64;

/// What a webhook may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Kind {
    #[name = "stream"]
    Stream,
    #[name = "queue"]
    Queue,
}

/// Addresses that other programs send to: each POST becomes a record or a message
#[poise::command(
    slash_command,
    guild_only,
    subcommands("create", "list", "show", "delete"),
    subcommand_required
)]
pub async fn webhook(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Open an address whose POSTs go into a stream or a queue
#[poise::command(slash_command, guild_only)]
async fn create(
    ctx: Context<'_>,
    #[description = "Letters, digits, - and _, such as shop"] name: String,
    #[description = "The stream or queue to fill"]
    #[autocomplete = "targets"]
    to: String,
    #[description = "Which of the two, where a stream and a queue have that name"] kind: Option<Kind>,
    #[description = "Whether deliveries must be signed with a secret (yes, if left out)"] signed: Option<
        bool,
    >,
    #[description = "The JSON field that gives the partition key or group, such as user"] key: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    if !is_name(&name) {
        return Err(mistake(format!(
            "{} can't be a webhook's name: 1 to 40 letters, digits, `-` or `_`. For example `shop`.",
            text::code(&text::cut(&name, 60))
        )));
    }
    if key
        .as_ref()
        .is_some_and(|key| key.is_empty() || key.chars().count() > LONGEST_FIELD)
    {
        return Err(mistake(
            "`key:` is the name of a field in the JSON that is sent, such as `user`.",
        ));
    }
    let region = region(place);
    let tenant = crate::tenant::of(&call).await?;
    let webhook = Webhook {
        id: id::row(),
        guild_id: call.guild_id,
        member_id: call.member_id,
        name,
        region,
        target: target(&call, &tenant, region, to, kind).await?,
        key_field: key,
        signed: signed.unwrap_or(true),
        created_at: real_ms(),
    };
    let (token, secret) = make(&call, &webhook).await?;
    let url = address(&call, &token)?;
    let public = cards::created(&webhook, &call.name);
    call.to.reply(&public, Visibility::Public).await?;
    let private = cards::secrets(&webhook, &url, secret.as_ref().map(SecretString::expose_secret));
    Ok(call.to.reply(&private, Visibility::Private).await?)
}

/// Writes a new webhook; its token, and its secret where it has one.
async fn make(call: &Call, webhook: &Webhook) -> Result<(String, Option<SecretString>), Failure> {
    let app = &call.app;
    let token = id::random(40);
    let secret = webhook
        .signed
        .then(|| SecretString::from(format!("whsec_{}", id::random(40))));
    let sealed = |secret: &SecretString| app.seal.seal(secret, &secret_owner(&webhook.id));
    let secrets = Secrets {
        token_sealed: app.seal.seal(&token.clone().into(), &token_owner(&webhook.id))?,
        token: token.clone(),
        secret_sealed: secret.as_ref().map(sealed).transpose()?,
    };
    let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? else {
        return Err(mistake(
            "Discord sent me this command twice, so I did it once. `/webhook list` shows what is there.",
        ));
    };
    // Others may be on their way: the writer's turn is ours, so what is read now stays true until it is written.
    let own = store::of_member_in(&mut tx, webhook.guild_id, webhook.member_id).await?;
    if own.iter().any(|kept| kept.webhook.name == webhook.name) {
        return Err(mistake(format!(
            "You have a webhook `{}` already. Take another name, or delete it first with `/webhook delete`.",
            webhook.name
        )));
    }
    if own.len() >= MOST {
        return Err(mistake(format!(
            "You have {MOST} webhooks, which is the most. Delete one you are done with: `/webhook delete`."
        )));
    }
    store::insert(&mut tx, webhook, &secrets).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// Whom a sealed token belongs to, so that it opens nowhere else.
fn token_owner(webhook_id: &str) -> String {
    format!("webhook-token:{webhook_id}")
}

/// Whom a sealed secret belongs to.
pub(super) fn secret_owner(webhook_id: &str) -> String {
    format!("webhook-secret:{webhook_id}")
}

/// Where others reach a webhook.
fn address(call: &Call, token: &str) -> Result<String, Failure> {
    let base = call
        .app
        .public_url()
        .ok_or_else(|| mistake("The web server is only just starting. Run `/webhook list` in a moment."))?;
    Ok(format!("{}/hooks/{token}", base.trim_end_matches('/')))
}

/// The stream or queue meant; a sentence where there is none, or both.
async fn target(
    call: &Call,
    tenant: &Tenant,
    region: Region,
    name: String,
    kind: Option<Kind>,
) -> Result<Target, Failure> {
    let sandbox = &call.app.sandbox;
    let is_stream = kind != Some(Kind::Queue)
        && match sandbox.streams(tenant, region).describe(&name).await {
            Ok(_) => true,
            Err(StreamError::NoSuchStream { .. } | StreamError::BadName { .. }) => false,
            Err(error) => return Err(error.into()),
        };
    let is_queue = kind != Some(Kind::Stream)
        && match sandbox.queues(tenant, region).find(&name).await {
            Ok(_) => true,
            Err(QueueError::NoSuchQueue { .. } | QueueError::BadName { .. }) => false,
            Err(error) => return Err(crate::queue::failure(error)),
        };
    let shown = text::code(&text::cut(&name, 60));
    match (is_stream, is_queue) {
        (true, false) => Ok(Target::Stream(name)),
        (false, true) => Ok(Target::Queue(name)),
        (true, true) => Err(mistake(format!(
            "You have a stream and a queue called {shown}. Say which: `kind:stream` or `kind:queue`."
        ))),
        (false, false) => Err(mistake(format!(
            "You have no stream or queue {shown} here. Make one first: `/stream create name:orders shards:1`, or \
             `/queue create name:orders`."
        ))),
    }
}

/// Your webhooks with their addresses; only you see them
#[poise::command(slash_command, guild_only)]
async fn list(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let mut shown = Vec::new();
    for Kept {
        webhook,
        token_sealed,
        ..
    } in store::of_member(&call.app.store, call.guild_id, call.member_id).await?
    {
        let token = call
            .app
            .seal
            .open_sealed(&token_sealed, &token_owner(&webhook.id))?;
        let url = address(&call, token.expose_secret())?;
        shown.push((webhook, url));
    }
    Ok(call.to.reply(&cards::list(&shown), Visibility::Private).await?)
}

/// What came to a webhook, retries and duplicates included
#[poise::command(slash_command, guild_only)]
async fn show(
    ctx: Context<'_>,
    #[description = "The webhook"]
    #[autocomplete = "names"]
    name: String,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let webhook = named(&call, &name).await?;
    let deliveries = store::deliveries(&call.app.store, &webhook.id, SHOWN).await?;
    Ok(call
        .to
        .reply(&cards::shown(&webhook, &deliveries), Visibility::Public)
        .await?)
}

/// Close a webhook's address for good
#[poise::command(slash_command, guild_only)]
async fn delete(
    ctx: Context<'_>,
    #[description = "The webhook"]
    #[autocomplete = "names"]
    name: String,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let webhook = named(&call, &name).await?;
    Ok(call
        .to
        .reply(&cards::deleting(&webhook), Visibility::Public)
        .await?)
}

async fn named(call: &Call, name: &str) -> Result<Webhook, Failure> {
    let own = store::of_member(&call.app.store, call.guild_id, call.member_id).await?;
    let found = own.into_iter().find(|kept| kept.webhook.name == name);
    found.map(|kept| kept.webhook).ok_or_else(|| {
        mistake(format!(
            "You have no webhook {}. `/webhook list` shows yours; `/webhook create` opens one.",
            text::code(&text::cut(name, 60))
        ))
    })
}

/// A button of the question before a webhook is deleted.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    let id = route.get(0)?;
    let own = store::of_member(&call.app.store, call.guild_id, call.member_id).await?;
    let webhook = own
        .into_iter()
        .map(|kept| kept.webhook)
        .find(|webhook| webhook.id == id)
        .ok_or_else(|| {
            mistake("That webhook is gone already. `/webhook list` shows those that are there.")
        })?;
    let card = match route.verb.as_str() {
        "keep" => cards::kept(&webhook),
        "delete" => {
            if let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
                store::delete(&mut tx, &webhook.id).await?;
                tx.commit().await?;
            }
            cards::deleted(&webhook)
        }
        _ => return Err(discord::RouteError.into()),
    };
    Ok(call.to.update(&card).await?)
}

/// The caller's webhooks, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |_, _| {
        let guild = ctx.interaction.guild_id.map_or(0, GuildId::get);
        let own = store::of_member(&ctx.data().store, guild, ctx.interaction.user.id.get()).await?;
        Ok(own.into_iter().map(|kept| kept.webhook.name).collect())
    })
    .await
}

/// The caller's streams and queues, for completion.
async fn targets(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        let sandbox = &ctx.data().sandbox;
        let mut names = sandbox.streams(tenant, region).list().await?;
        names.extend(sandbox.queues(tenant, region).list().await?);
        names.sort();
        names.dedup();
        Ok(names)
    })
    .await
}
