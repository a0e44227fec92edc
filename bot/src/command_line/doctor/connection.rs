//! What only Discord can tell: whether it accepts the token, where the bot is and what it may do there, what time it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use discord::gate::{Causes, Delivery, Gate, GateSettings, classify};
use discord::text;
use reqwest::Url;
use secrecy::ExposeSecret;
use serenity::http::Http;
use serenity::model::Permissions;
use serenity::model::channel::Channel;
use serenity::model::id::{ChannelId, GuildId, UserId};
use store::Store;

use super::Report;
use super::permissions::{invite, missing};
use crate::membership::{self, Cohort};
use crate::settings::Settings;

/// A doctor's visit is short: an answer that takes longer is told as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// AWS refuses signatures minutes off, Discord's tokens live seconds to minutes; a clock that is kept is never this far off.
const SKEW_ALLOWED: i64 = 5;

/// An accepted token, and the way to ask further.
pub struct Connection {
    http: Http,
    gate: Gate,
    me: u64,
}

/// Tries the token, and tells the invite link and the intents on the way.
pub async fn open(report: &mut Report, settings: &Settings) -> Option<Connection> {
    let connection = accepted(report, settings).await;
    let application = match &connection {
        Some(connection) => application(connection).await,
        None => None,
    };
    match application {
        Some(id) => report.fine("invite link", invite(&id)),
        None => report.open(
            "invite link",
            format!(
                "{} with the application's id from the developer portal in place of APPLICATION_ID",
                invite("APPLICATION_ID")
            ),
        ),
    }
    if crate::run::INTENTS.is_privileged() {
        report.wrong(
            "intents",
            "this build asks for a privileged one; switch it on in the developer portal under Bot",
        );
    } else {
        report.fine(
            "intents",
            "servers and channels alone; nothing to switch on in the developer portal",
        );
    }
    if let Some(connection) = &connection {
        connection.servers(report).await;
    }
    connection
}

async fn application(connection: &Connection) -> Option<String> {
    let info = connection.http.get_current_application_info().await.ok()?;
    Some(info.id.to_string())
}

async fn accepted(report: &mut Report, settings: &Settings) -> Option<Connection> {
    let base = crate::run::base(settings);
    let upstream = match Url::parse(&base) {
        Ok(url) => url,
        Err(error) => {
            report.wrong(
                "token",
                format!("DISCORD_API_BASE must be a URL such as http://127.0.0.1:8080: {error}"),
            );
            return None;
        }
    };
    let Some(token) = &settings.discord.token else {
        report.wrong(
            "token",
            "none is set. Set DISCORD_TOKEN to the bot token from Discord's developer portal (Bot, Reset Token)",
        );
        return None;
    };
    let gate = Gate::start(GateSettings {
        request_timeout: PATIENCE,
        wait_limit: PATIENCE,
        tries: 1,
        ..GateSettings::new(upstream)
    })
    .await;
    let opened = gate.and_then(|gate| {
        let http = gate.serenity(token.expose_secret())?.build();
        Ok((gate, http))
    });
    let (gate, http) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            report.wrong("token", format!("it could not be tried: {error}"));
            return None;
        }
    };
    match http.get_current_user().await {
        Ok(me) => {
            report.fine(
                "token",
                format!("accepted by {base}; there the bot is called {}", me.name),
            );
            Some(Connection {
                http,
                gate,
                me: me.id.get(),
            })
        }
        Err(error) => {
            report.wrong("token", refused(&base, &error));
            gate.stop().await;
            None
        }
    }
}

fn refused(base: &str, error: &serenity::Error) -> String {
    match classify(error) {
        Delivery::Refused { status: 401, .. } => format!(
            "{base} does not accept it. Make a new one in Discord's developer portal (Bot, Reset Token) and set \
             DISCORD_TOKEN to it"
        ),
        Delivery::Refused { status, .. } => {
            format!("{base} answered {status}. Is DISCORD_API_BASE really Discord's address?")
        }
        Delivery::NotSent | Delivery::Unknown => format!(
            "{base} could not be asked. Check the network{}: {}",
            if base == crate::run::DISCORD {
                ""
            } else {
                " and DISCORD_API_BASE"
            },
            Causes(error)
        ),
    }
}

impl Connection {
    async fn servers(&self, report: &mut Report) {
        match self.http.get_guilds(None, None).await {
            Ok(guilds) if guilds.is_empty() => {
                report.wrong(
                    "servers",
                    "the bot is in none yet. Open the invite link in a browser",
                );
            }
            Ok(guilds) => {
                let names: Vec<&str> = guilds.iter().take(5).map(|guild| guild.name.as_str()).collect();
                let more = match guilds.len() - names.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                report.fine("servers", format!("{}{more}", names.join(", ")));
            }
            Err(error) => report.open("servers", format!("could not be listed: {}", Causes(&error))),
        }
    }

    /// Looks at each cohort's channel, and at what the bot may do there.
    pub async fn cohorts(&self, report: &mut Report, store: &Store) {
        match membership::all(store).await {
            Ok(cohorts) if cohorts.is_empty() => {
                report.open(
                    "cohorts",
                    "none yet; a moderator makes one with `/moderate create`",
                );
            }
            Ok(cohorts) => {
                for cohort in &cohorts {
                    self.cohort(report, cohort).await;
                }
            }
            Err(error) => report.wrong(
                "cohorts",
                format!("they can't be read from the database: {error}"),
            ),
        }
    }

    async fn cohort(&self, report: &mut Report, cohort: &Cohort) {
        let what = format!("cohort {}", cohort.name);
        match self.standing(cohort).await {
            Ok(Some((name, has))) => match missing(has).as_slice() {
                [] => report.fine(&what, format!("#{name}, with every permission")),
                missing => report.wrong(
                    &what,
                    format!(
                        "in #{name} the bot lacks {}. Allow that under Edit Channel, Permissions",
                        text::listed(missing)
                    ),
                ),
            },
            Ok(None) => report.wrong(
                &what,
                "its channel is not one where lessons can be posted. Make the cohort again with `/moderate create` in a \
                 text channel",
            ),
            Err(error) => report.wrong(&what, unseen(&error)),
        }
    }

    /// The channel's name and the bot's permissions there; `None` where it is no channel of a server.
    async fn standing(&self, cohort: &Cohort) -> Result<Option<(String, Permissions)>, serenity::Error> {
        let Channel::Guild(channel) = self.http.get_channel(ChannelId::new(cohort.channel_id)).await? else {
            return Ok(None);
        };
        let guild_id = GuildId::new(cohort.guild_id);
        let guild = self.http.get_guild(guild_id).await?;
        let member = self.http.get_member(guild_id, UserId::new(self.me)).await?;
        let has = guild.user_permissions_in(&channel, &member);
        Ok(Some((channel.name.clone(), has)))
    }

    /// Lets go of the way to Discord.
    pub async fn close(self) {
        self.gate.stop().await;
    }
}

fn unseen(error: &serenity::Error) -> String {
    match classify(error) {
        Delivery::Refused { code: 10_003, .. } => {
            "its channel is gone. A moderator can make the cohort again with `/moderate create`".to_owned()
        }
        Delivery::Refused { status: 403 | 404, .. } => {
            "the bot can't see its channel. Allow it View Channel there, or add it to the server with the invite link"
                .to_owned()
        }
        _ => format!("its channel could not be looked at: {}", Causes(error)),
    }
}

/// Compares this machine's clock with Discord's.
pub async fn clock(report: &mut Report, settings: &Settings) {
    match skew(&crate::run::base(settings)).await {
        Ok(Some(seconds)) if seconds.abs() <= SKEW_ALLOWED => {
            report.fine("clock", format!("within {SKEW_ALLOWED} seconds of Discord's"));
        }
        Ok(Some(seconds)) => report.wrong(
            "clock",
            format!(
                "{} seconds {} Discord's. Let the machine keep its time by NTP (`timedatectl set-ntp true`): signatures \
                 and tokens are refused otherwise",
                seconds.abs(),
                if seconds > 0 { "ahead of" } else { "behind" }
            ),
        ),
        Ok(None) => report.open("clock", "not compared: Discord told no time"),
        Err(error) => report.open(
            "clock",
            format!("not compared: Discord could not be asked ({})", error.without_url()),
        ),
    }
}

/// By how many seconds our clock is ahead, from the `Date` of an answer that needs no token.
async fn skew(base: &str) -> Result<Option<i64>, reqwest::Error> {
    let mut client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none());
    if Url::parse(base).is_ok_and(|url| crate::clock::is_loopback(&url)) {
        client = client.no_proxy();
    }
    let address = format!("{}/api/v10/gateway", base.trim_end_matches('/'));
    let asked = Utc::now();
    let answer = client.build()?.get(address).send().await?;
    let between = asked + (Utc::now() - asked) / 2;
    let date = answer.headers().get(reqwest::header::DATE);
    Ok(date
        .and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok())
        .map(|date| (between - date.with_timezone(&Utc)).num_seconds()))
}
