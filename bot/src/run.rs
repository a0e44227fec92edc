//! The top: opens what there is, connects, holds the one list of commands and of component routes, and stops cleanly.
//! Decides nothing itself.

mod background;
mod dispatch;
mod error;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use discord::gate::{Gate, GateSettings};
use discord::{Failure, Route, mistake};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Url;
use sandbox::exercises::Exercises;
use sandbox::{Sandbox, SandboxSettings};
use secrecy::ExposeSecret;
use serenity::client::Client;
use serenity::gateway::ShardManager;
use serenity::http::Http;
use serenity::model::gateway::GatewayIntents;
use store::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::call::{Call, Input};
use crate::clock::{self, Clock};
use crate::settings::Settings;
use background::Background;
pub use error::StartError;

/// Where Discord is, unless the settings say otherwise.
pub(crate) const DISCORD: &str = "https://discord.com";

/// The least that commands, buttons and posts need; none of them privileged.
pub(crate) const INTENTS: GatewayIntents = GatewayIntents::GUILDS;

/// Where this installation's Discord is.
pub(crate) fn base(settings: &Settings) -> String {
    let other = settings.discord.api_base.clone();
    other.unwrap_or_else(|| DISCORD.to_owned())
}

/// How long a start waits to see the gateway connected.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long a stop may take before what still runs is dropped; state is in the database, so nothing is lost.
const STOP: Duration = Duration::from_millis(2_500);

/// Every command, in the order `/help` shows them.
pub(crate) fn commands() -> Vec<poise::Command<Arc<App>, Failure>> {
    vec![
        crate::lesson::commands::today(),
        crate::lesson::commands::lesson(),
        crate::quiz::commands::quiz(),
        crate::progress::commands::progress(),
        crate::progress::commands::leaderboard(),
        crate::stream::commands::stream(),
        crate::queue::commands::queue(),
        crate::topic::commands::topic(),
        crate::table::commands::table(),
        crate::webhook::commands::webhook(),
        crate::stream::commands::sandbox(),
        crate::exercise::commands::exercise(),
        crate::load::commands::lab(),
        crate::cohort::commands::cohort(),
        crate::moderate::commands::moderate(),
        crate::help::commands::help(),
    ]
}

/// Where a button, select or modal goes.
async fn route(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    match route.feature.as_str() {
        "lesson" => crate::lesson::commands::press(call, route, input).await,
        "quiz" => crate::quiz::commands::press(call, route, input).await,
        "topic" => crate::topic::commands::press(call, route).await,
        "table" => crate::table::commands::press(call, route).await,
        "webhook" => crate::webhook::commands::press(call, route).await,
        "queue" => crate::queue::press(call, route).await,
        "exercise" => crate::exercise::commands::press(call, route, input).await,
        "cohort" => crate::cohort::commands::press(call, route, input).await,
        "stream" => crate::stream::commands::press(call, route).await,
        "load" => crate::load::commands::press(call, route).await,
        _ => Err(stale()),
    }
}

/// The questions built in. One that can't be read would be missing from its pool, so there is no start without it.
fn questions() -> Result<quizzes::Bank, StartError> {
    let bank = quizzes::Bank::embedded();
    let first_error = bank.findings().iter().find(|finding| finding.is_error());
    match first_error {
        Some(finding) => Err(StartError::Questions(format!(
            "{}: {}",
            finding.file.display(),
            finding.message
        ))),
        None => Ok(bank),
    }
}

/// The exercises built in, on the same terms.
fn exercises() -> Result<Exercises, StartError> {
    let exercises = Exercises::embedded();
    match exercises.findings().first() {
        Some(finding) => Err(StartError::Exercises(format!(
            "{}: {}",
            finding.file, finding.message
        ))),
        None => Ok(exercises),
    }
}

fn stale() -> Failure {
    mistake("This button is from an older version of Tributary. Run the command again for a fresh one.")
}

/// The bot, running. Dropping it does not stop it; [`Running::stop`] does, cleanly.
pub struct Running {
    /// What the features share; tests read it.
    pub app: Arc<App>,
    stop: CancellationToken,
    shards: Arc<ShardManager>,
    tasks: JoinSet<()>,
    gate: Gate,
}

/// Opens everything and registers the commands.
pub async fn open(settings: Settings, metrics: Option<PrometheusHandle>) -> Result<Opened, StartError> {
    let token = settings.discord.token.clone().ok_or(StartError::NoToken)?;
    let base = base(&settings);
    let upstream = Url::parse(&base).map_err(|error| StartError::BadBase(error.to_string()))?;
    let store = Store::open(&settings.database.url).await?;
    let installation = store.installation(clock::real_ms()).await?;
    let seal = crate::seal::Seal::open(settings.sandbox.key.as_ref(), &settings.sandbox.data)?;

    let gate = Gate::start(GateSettings::new(upstream.clone())).await?;
    let http = gate.serenity(token.expose_secret())?.build();
    let refused = |cause| StartError::Discord {
        base: base.clone(),
        cause: Box::new(cause),
    };
    let bot_id = http.get_current_user().await.map_err(refused)?.id.get();
    let application = http.get_current_application_info().await.map_err(refused)?;
    http.set_application_id(application.id);

    std::fs::create_dir_all(&settings.sandbox.data).map_err(|cause| StartError::Folder {
        path: settings.sandbox.data.clone(),
        cause,
    })?;
    let tenants = Arc::new(crate::tenant::Tenants::new(store.clone(), seal.clone()));
    let kept = SandboxSettings {
        provider: crate::settings::provider::of(&settings.sandbox)?,
        ..SandboxSettings::new(&settings.sandbox.data)
    };
    let sandbox = Sandbox::open(kept, tenants).await?;

    let app = Arc::new(App {
        store,
        sandbox,
        library: Arc::new(lessons::Library::embedded()?),
        bank: Arc::new(questions()?),
        exercises: Arc::new(exercises()?),
        clock: Clock::system(),
        http: Arc::new(http),
        gate: gate.direct(),
        installation,
        bot_id,
        seal,
        names: crate::membership::Names::default(),
        plans_changed: tokio::sync::Notify::new(),
        pages: std::sync::OnceLock::new(),
        spending_changed: tokio::sync::Notify::new(),
        watches_changed: tokio::sync::Notify::new(),
        settings,
    });
    let client = connect(&app, &gate, token.expose_secret())
        .await
        .map_err(refused)?;
    refuse_other_gateway(&app, &client, &base).await?;
    register(&app.http).await.map_err(refused)?;

    let background = Background {
        app: Arc::clone(&app),
        upstream,
        client,
        metrics,
    };
    Ok(Opened {
        app,
        background,
        gate,
    })
}

/// The bot with everything open and its commands registered, not yet connected.
pub struct Opened {
    /// What the features share.
    pub app: Arc<App>,
    background: Background,
    gate: Gate,
}

impl Opened {
    /// Connects, and starts what runs in the background. Returns when the gateway has been given over to its task;
    /// readiness is told by `/readyz`.
    pub async fn connect(self) -> Result<Running, StartError> {
        let (stop, shards, tasks) = self.background.start().await?;
        Ok(Running {
            app: self.app,
            stop,
            shards,
            tasks,
            gate: self.gate,
        })
    }
}

impl Running {
    /// Waits until the gateway is connected; a while at most, since a failing one is told by `/readyz`.
    pub async fn connected(&self) {
        let begun = tokio::time::Instant::now();
        while !crate::health::gateway_is_alive(&self.shards).await && begun.elapsed() < CONNECTING {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops within 3 s: no new interactions, what is under way may finish, the database is closed.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let clean = async {
            self.shards.shutdown_all().await;
            while self.tasks.join_next().await.is_some() {}
            self.app.store.close().await;
        };
        if tokio::time::timeout(STOP, clean).await.is_err() {
            tracing::warn!("some work did not end in time and was dropped");
        }
        self.gate.stop().await;
    }
}

/// Registers every command, once at each start: the whole list replaces the old one.
async fn register(http: &Http) -> Result<(), serenity::Error> {
    let mut list = serde_json::to_value(poise::builtins::create_application_commands(&commands()))?;
    for command in list.as_array_mut().into_iter().flatten() {
        // Discord's API description has a number here, serenity writes a string.
        let bits = command["default_member_permissions"]
            .as_str()
            .and_then(|bits| bits.parse::<u64>().ok());
        if let Some(bits) = bits {
            command["default_member_permissions"] = bits.into();
        }
    }
    http.create_global_commands(&list).await.map(drop)
}

async fn connect(app: &Arc<App>, gate: &Gate, token: &str) -> Result<Client, serenity::Error> {
    let shared = Arc::clone(app);
    let framework = poise::Framework::builder()
        .options(dispatch::options())
        .initialize_owners(false)
        .setup(move |_, _, _| Box::pin(async move { Ok(shared) }))
        .build();
    let http = gate
        .serenity(token)
        .map_err(|_| serenity::Error::Other("the gate has no address"))?
        .build();
    http.set_application_id(app.http.application_id().unwrap_or_default());
    serenity::client::ClientBuilder::new_with_http(http, INTENTS)
        .framework(watched::Watched(framework))
        .raw_event_handler(watched::Listener)
        .await
}

/// With another Discord configured, serenity's silent fallback to the public gateway must not happen.
async fn refuse_other_gateway(app: &App, client: &Client, base: &str) -> Result<(), StartError> {
    if app.settings.discord.api_base.is_none() {
        return Ok(());
    }
    let named = app
        .http
        .get_gateway()
        .await
        .map_err(|_| StartError::Gateway(base.to_owned()))?
        .url;
    if *client.ws_url.lock().await == named {
        Ok(())
    } else {
        Err(StartError::Gateway(base.to_owned()))
    }
}
