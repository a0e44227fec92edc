//! `/sandbox …`: a member's private AWS as a whole.

use ::sandbox::{Region, SandboxError, Tenant};
use discord::{Button, Failure, Style, Visibility, mistake, text};

use super::confirm;
use crate::call::{Call, Context};
use crate::stream::cards;
use crate::tenant;

/// Things named before all of them go.
const LISTED: usize = 20;

/// Your private AWS
#[poise::command(
    slash_command,
    guild_only,
    subcommands("credentials", "usage", "console", "reset"),
    subcommand_required
)]
pub async fn sandbox(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// The keys and address for your own AWS programs; only you see them
#[poise::command(slash_command, guild_only)]
async fn credentials(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    if call.app.sandbox.provider().is_remote() {
        return Err(mistake(
            "There are no keys to show: this server's sandboxes share one AWS account, which is reached from here alone. `/stream`, \
             `/queue`, `/topic` and `/table` work in it for you.",
        ));
    }
    let tenant = tenant::of(&call).await?;
    let card = cards::credentials(&tenant, &call.app.settings.sandbox_url());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// How much of your sandbox you use
#[poise::command(slash_command, guild_only)]
async fn usage(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    if crate::spending::usage(&call).await? {
        return Ok(());
    }
    let tenant = tenant::of(&call).await?;
    let usage = call.app.sandbox.usage(&tenant.account_id).await?;
    let card = cards::usage(&usage, &call.app.sandbox.quotas());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// How to look at AWS itself, where the operator lets you; only you see it
#[poise::command(slash_command, guild_only)]
async fn console(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    crate::spending::console(&call).await
}

/// Empty your sandbox: every stream, queue and table goes; asks first
#[poise::command(slash_command, guild_only)]
async fn reset(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let tenant = tenant::of(&call).await?;
    let holds = match call.app.sandbox.usage(&tenant.account_id).await {
        Ok(usage) => cards::holdings(&usage),
        Err(SandboxError::OnlyEmbedded) => listed(&call, &tenant).await?,
        Err(error) => return Err(error.into()),
    };
    let card = cards::ask_reset(&holds).buttons(vec![
        Button::new("Empty my sandbox", Style::Danger, &confirm::reset_route(&call)),
        Button::new("Keep it", Style::Secondary, &confirm::keep_route(&call)),
    ]);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// What the member has in the account that all share.
async fn listed(call: &Call, tenant: &Tenant) -> Result<String, Failure> {
    let mut names = Vec::new();
    for region in Region::ALL {
        let found = call.app.sandbox.resources(tenant, region).await?;
        names.extend(
            found
                .into_iter()
                .map(|it| format!("{} {}", it.kind.as_str(), text::code(&it.name))),
        );
    }
    Ok(match names.len() {
        0 => "nothing just now".to_owned(),
        number if number > LISTED => format!("{} and {} more", names[..LISTED].join(", "), number - LISTED),
        _ => text::listed(&names),
    })
}
