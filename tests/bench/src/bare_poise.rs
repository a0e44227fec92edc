//! The baseline: a bare poise bot with one command, which answers the leaderboard from Tributary's own table.

use std::fmt::Write as _;

use anyhow::Context as _;
use poise::serenity_prelude as serenity;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

struct Data {
    db: SqlitePool,
}

type Error = anyhow::Error;
type Context<'a> = poise::Context<'a, Data, Error>;

const TOP: &str = "SELECT t.member_id, t.points, n.name FROM total t JOIN cohort c ON c.id = t.cohort_id
        LEFT JOIN member_name n ON n.guild_id = c.guild_id AND n.member_id = t.member_id
    WHERE t.cohort_id = $1 AND t.points > 0 ORDER BY t.points DESC, t.last_at, t.member_id LIMIT 10";
const OWN: &str =
    "SELECT points, (SELECT COUNT(*) FROM total b WHERE b.cohort_id = t.cohort_id AND b.points > t.points)
    FROM total t WHERE cohort_id = $1 AND member_id = $2";

/// Who has how many points
#[poise::command(slash_command)]
async fn leaderboard(ctx: Context<'_>) -> Result<(), Error> {
    let db = &ctx.data().db;
    let top: Vec<(i64, i64, Option<String>)> = sqlx::query_as(TOP)
        .bind(crate::seed::COHORT)
        .fetch_all(db)
        .await?;
    let own: Option<(i64, i64)> = sqlx::query_as(OWN)
        .bind(crate::seed::COHORT)
        .bind(ctx.author().id.get() as i64)
        .fetch_optional(db)
        .await?;
    let mut lines = String::new();
    for (place, (member, points, name)) in top.into_iter().enumerate() {
        let name = name.unwrap_or_else(|| format!("<@{member}>"));
        writeln!(lines, "{}. {name} · {points} points", place + 1)?;
    }
    if let Some((points, above)) = own {
        writeln!(lines, "You: {} with {points} points", above + 1)?;
    }
    let embed = serenity::CreateEmbed::new()
        .title("bench · all time")
        .description(lines);
    ctx.send(poise::CreateReply::default().embed(embed)).await?;
    Ok(())
}

/// Runs it until it is ended: `BENCH_API` names the device, `BENCH_DB` the database.
#[tokio::main]
pub async fn main() -> anyhow::Result<()> {
    let api = std::env::var("BENCH_API").context("BENCH_API")?;
    let url = std::env::var("BENCH_DB").context("BENCH_DB")?;
    let db = SqlitePoolOptions::new().max_connections(4).connect(&url).await?;
    let framework = poise::Framework::builder()
        .options(poise::FrameworkOptions {
            commands: vec![leaderboard()],
            ..Default::default()
        })
        .initialize_owners(false)
        .setup(|ctx, _, framework| {
            Box::pin(async move {
                poise::builtins::register_globally(ctx, &framework.options().commands).await?;
                Ok(Data { db })
            })
        })
        .build();
    let http = serenity::HttpBuilder::new("bench")
        .proxy(api)
        .ratelimiter_disabled(true)
        .build();
    let mut client = serenity::ClientBuilder::new_with_http(http, serenity::GatewayIntents::GUILDS)
        .framework(framework)
        .await?;
    client.start().await?;
    Ok(())
}
