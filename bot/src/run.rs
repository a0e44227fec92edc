//! The top: opens what there is, connects, holds the one list of commands and of component routes, and stops cleanly.
//! Decides nothing itself.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use discord::gate::{Causes, Gate, GateSettings};
use discord::{Failure, Route, mistake};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Url;
use sandbox::{Sandbox, SandboxSettings};
use secrecy::ExposeSecret;
use serenity::client::{Client, FullEvent};
use serenity::gateway::ShardManager;
use serenity::http::Http;
use serenity::model::application::Interaction;
use serenity::model::gateway::GatewayIntents;
use store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::call::{self, Call, Input};
use crate::clock::{self, Clock};
use crate::health::Health;
use crate::schedule::{Parts, Rest, Scheduler, Timing};
use crate::settings::Settings;

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

/// How long the gateway waits for a clock that is to be followed.
const CLOCK: Duration = Duration::from_secs(5);

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
        crate::stream::commands::sandbox(),
        crate::cohort::commands::cohort(),
        crate::moderate::commands::moderate(),
    ]
}

/// Where a button, select or modal goes.
async fn route(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    match route.feature.as_str() {
        "lesson" => crate::lesson::commands::press(call, route, input).await,
        "quiz" => crate::quiz::commands::press(call, route, input).await,
        "cohort" => crate::cohort::commands::press(call, route, input).await,
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

fn stale() -> Failure {
    mistake("This button is from an older version of Tributary. Run the command again for a fresh one.")
}

/// Why the bot did not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No token.
    #[error(
        "no token: set DISCORD_TOKEN to the bot token from Discord's developer portal, or run `tributary playground`"
    )]
    NoToken,
    /// The other Discord's address is none.
    #[error("DISCORD_API_BASE must be a URL such as http://127.0.0.1:8080: {0}")]
    BadBase(String),
    /// Discord did not accept us or did not answer.
    #[error(
        "Discord at {base} did not answer as expected; check the address, the network and the token: {cause}"
    )]
    Discord {
        /// Where we asked.
        base: String,
        /// What came back.
        cause: Box<serenity::Error>,
    },
    /// serenity fell back to another gateway than the one that the API base names.
    #[error("the gateway's address could not be read from {0}; not connecting anywhere else")]
    Gateway(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// The database, once open.
    #[error("the database can't be written: {0}")]
    Database(#[from] sqlx::Error),
    /// The sealing key.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// The sandbox's folder.
    #[error(transparent)]
    Sandbox(#[from] sandbox::OpenError),
    /// The sandbox's folder, before it is opened.
    #[error("the folder {path} can't be made: {cause}")]
    Folder {
        /// Which.
        path: std::path::PathBuf,
        /// The system's word.
        cause: std::io::Error,
    },
    /// The lessons.
    #[error("the lessons can't be loaded: {0}")]
    Lessons(#[from] lessons::LoadError),
    /// The questions.
    #[error("the questions can't be loaded: {0} (`tributary check` shows every finding)")]
    Questions(String),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] discord::gate::GateError),
    /// A port.
    #[error("can't listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's word.
        cause: std::io::Error,
    },
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
    let tenants = Arc::new(crate::stream::Tenants::new(store.clone(), seal.clone()));
    let sandbox = Sandbox::open(SandboxSettings::new(&settings.sandbox.data), tenants).await?;

    let app = Arc::new(App {
        store,
        sandbox,
        library: Arc::new(lessons::Library::embedded()?),
        bank: Arc::new(questions()?),
        clock: Clock::system(),
        http: Arc::new(http),
        installation,
        bot_id,
        seal,
        names: crate::membership::Names::default(),
        plans_changed: tokio::sync::Notify::new(),
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

/// What runs beside the commands. Started once here, never from an event: Ready fires again after each re-identify.
struct Background {
    app: Arc<App>,
    upstream: Url,
    client: Client,
    metrics: Option<PrometheusHandle>,
}

impl Background {
    async fn start(mut self) -> Result<(CancellationToken, Arc<ShardManager>, JoinSet<()>), StartError> {
        let stop = CancellationToken::new();
        let shards = Arc::clone(&self.client.shard_manager);
        let scheduler = Scheduler::beside(self.schedule(), self.app.settings.database_folder().as_deref());
        let health = Arc::new(Health {
            app: Arc::clone(&self.app),
            shards: Arc::clone(&shards),
            scheduler: Arc::clone(&scheduler),
            metrics: self.metrics.clone(),
        });
        let pages = listen(self.app.settings.http.listen).await?;
        let aws = listen(self.app.settings.sandbox.listen).await?;

        // Whoever sees the bot connected may count on it to know the time.
        let told = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let end = stop.clone();
        tasks.spawn(async move {
            let served = axum::serve(pages, crate::health::router(health))
                .with_graceful_shutdown(end.cancelled_owned());
            log_end("the health pages", served.await);
        });
        let (sandbox, end) = (self.app.sandbox.clone(), stop.clone());
        tasks.spawn(async move {
            let served = sandbox.serve(aws, end.cancelled_owned()).await;
            log_end("the AWS endpoint", served);
        });
        if self.app.settings.discord.api_base.is_some() && clock::is_loopback(&self.upstream) {
            scheduler.follow();
            let (app, scheduler) = (Arc::clone(&self.app), Arc::clone(&scheduler));
            let base = self.upstream.clone();
            tasks.spawn(clock::follow::run(
                app,
                scheduler,
                base,
                told.clone(),
                stop.clone(),
            ));
        } else {
            told.cancel();
        }
        let (app, end) = (Arc::clone(&self.app), stop.clone());
        tasks.spawn(async move { scheduler.run(&app.plans_changed, &end).await });
        tasks.spawn(sweep(Arc::clone(&self.app), stop.clone()));
        tasks.spawn(async move {
            // A playground without a clock would keep us waiting for nothing.
            let _ = tokio::time::timeout(CLOCK, told.cancelled()).await;
            if let Err(error) = self.client.start().await {
                tracing::error!(error = %Causes(&error), "the gateway is gone");
            }
        });
        Ok((stop, shards, tasks))
    }

    fn schedule(&self) -> Parts<Rest> {
        let app = &self.app;
        Parts {
            store: app.store.clone(),
            library: Arc::clone(&app.library),
            clock: app.clock.clone(),
            installation: app.installation.clone(),
            channel: Rest::new(Arc::clone(&app.http), app.bot_id),
            content: Arc::new(crate::lesson::post::Posts::new(Arc::clone(app))),
            timing: Timing::default(),
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| StartError::Listen { address, cause })
}

fn log_end(what: &str, end: std::io::Result<()>) {
    if let Err(error) = end {
        tracing::error!(%error, "{what} ended");
    }
}

/// Forgets interactions that can't come again: their tokens live 15 minutes, we remember for a day.
async fn sweep(app: Arc<App>, stop: CancellationToken) {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    loop {
        if let Err(error) = app.store.sweep_interactions(clock::real_ms() - DAY_MS).await {
            tracing::warn!(%error, "old interactions could not be swept");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_hours(1)) => {}
        }
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
        .options(options())
        .initialize_owners(false)
        .setup(move |_, _, _| Box::pin(async move { Ok(shared) }))
        .build();
    let http = gate
        .serenity(token)
        .map_err(|_| serenity::Error::Other("the gate has no address"))?
        .build();
    http.set_application_id(app.http.application_id().unwrap_or_default());
    serenity::client::ClientBuilder::new_with_http(http, INTENTS)
        .framework(framework)
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

fn options() -> poise::FrameworkOptions<Arc<App>, Failure> {
    poise::FrameworkOptions {
        commands: commands(),
        pre_command: |ctx| Box::pin(begin(ctx)),
        on_error: |error| Box::pin(tell(error)),
        event_handler: |framework, event| Box::pin(component_or_modal(framework, event)),
        allowed_mentions: Some(serenity::builder::CreateAllowedMentions::new()),
        initialize_owners: false,
        ..Default::default()
    }
}

/// Makes the call before the command runs, so that the watch over its answer starts at once.
async fn begin(ctx: poise::Context<'_, Arc<App>, Failure>) {
    if let poise::Context::Application(inner) = ctx
        && let Some(call) = Call::from_command(inner.data(), inner.interaction)
    {
        ctx.set_invocation_data(Arc::new(call)).await;
    }
}

/// What poise could not do, or a feature refused: in words, to the member.
async fn tell(error: poise::FrameworkError<'_, Arc<App>, Failure>) {
    let (ctx, failure) = match error {
        poise::FrameworkError::Command { error, ctx, .. } => (ctx, error),
        poise::FrameworkError::ArgumentParse { error, ctx, .. } => (ctx, mistake(error.to_string())),
        poise::FrameworkError::CommandPanic { payload, ctx, .. } => {
            let words = payload.unwrap_or_else(|| "a command panicked".to_owned());
            (ctx, Failure::from(std::io::Error::other(words)))
        }
        other => {
            tracing::warn!(error = %other, "poise could not dispatch");
            return;
        }
    };
    let call = ctx
        .invocation_data::<Arc<Call>>()
        .await
        .map(|call| Arc::clone(&call));
    if let Some(call) = call {
        call.to.fail(failure).await;
        return;
    }
    let words = poise::CreateReply::default()
        .content(failure.into_words())
        .ephemeral(true);
    if let Err(error) = ctx.send(words).await {
        tracing::error!(error = %Causes(&error), "a failure could not be told");
    }
}

async fn component_or_modal(
    framework: poise::FrameworkContext<'_, Arc<App>, Failure>,
    event: &FullEvent,
) -> Result<(), Failure> {
    let FullEvent::InteractionCreate { interaction } = event else {
        return Ok(());
    };
    let app = framework.user_data;
    let (id, input, call) = match interaction {
        Interaction::Component(press) => (
            &press.data.custom_id,
            call::pressed(&press.data.kind),
            SEEN.first(press.id.get())
                .then(|| Call::from_component(app, press))
                .flatten(),
        ),
        Interaction::Modal(modal) => (
            &modal.data.custom_id,
            call::submitted(modal),
            SEEN.first(modal.id.get())
                .then(|| Call::from_modal(app, modal))
                .flatten(),
        ),
        _ => return Ok(()),
    };
    let Some(call) = call else { return Ok(()) };
    if let Err(failure) = dispatch(&call, id, &input).await {
        call.to.fail(failure).await;
    }
    Ok(())
}

/// The owner check stands here, once, before any feature sees the press (promise 4).
async fn dispatch(call: &Call, id: &str, input: &Input) -> Result<(), Failure> {
    let target = Route::read(id).map_err(|_| stale())?;
    if target.owner.is_some_and(|owner| owner != call.member_id) {
        return Err(mistake(
            "That button belongs to someone else. Run the command yourself and you get your own.",
        ));
    }
    route(call, &target, input).await
}

/// Interactions this process has begun to answer. The gateway may replay events when it resumes; what a replay
/// would write is refused by the database as well.
static SEEN: Seen = Seen::new();

struct Seen(Mutex<Option<(HashSet<u64>, VecDeque<u64>)>>);

impl Seen {
    /// A replay reaches back minutes, not more than this many interactions.
    const KEPT: usize = 4_096;

    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn first(&self, id: u64) -> bool {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, order) = guard.get_or_insert_default();
        if !known.insert(id) {
            return false;
        }
        order.push_back(id);
        if order.len() > Self::KEPT
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
        true
    }
}
