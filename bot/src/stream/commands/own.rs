//! `/sandbox …`: a member's private AWS as a whole.

use discord::{Button, Failure, Style, Visibility};

use super::confirm;
use crate::call::{Call, Context};
use crate::stream::{self, cards};

/// Your private AWS
#[poise::command(
    slash_command,
    guild_only,
    subcommands("credentials", "usage", "reset"),
    subcommand_required
)]
pub async fn sandbox(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// The keys and address for your own AWS programs; only you see them
#[poise::command(slash_command, guild_only)]
async fn credentials(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let tenant = stream::tenant(&call).await?;
    let card = cards::credentials(&tenant, &call.app.settings.sandbox_url());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// How much of your sandbox you use
#[poise::command(slash_command, guild_only)]
async fn usage(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let tenant = stream::tenant(&call).await?;
    let usage = call.app.sandbox.usage(&tenant.account_id).await?;
    let card = cards::usage(&usage, &call.app.sandbox.quotas());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Empty your sandbox: every stream, queue and table goes; asks first
#[poise::command(slash_command, guild_only)]
async fn reset(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let tenant = stream::tenant(&call).await?;
    let usage = call.app.sandbox.usage(&tenant.account_id).await?;
    let card = cards::ask_reset(&usage).buttons(vec![
        Button::new("Empty my sandbox", Style::Danger, &confirm::reset_route(&call)),
        Button::new("Keep it", Style::Secondary, &confirm::keep_route(&call)),
    ]);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}
