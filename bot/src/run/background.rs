//! What runs beside the commands: health pages, the AWS endpoint, the scheduler, the clock, the gateway itself.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use discord::gate::Causes;
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Url;
use sandbox::ProviderKind;
use serenity::client::Client;
use serenity::gateway::ShardManager;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::app::App;
use crate::clock;
use crate::health::Health;
use crate::schedule::{Parts, Rest, Scheduler, Timing};

/// How long the gateway waits for a clock that is to be followed.
const CLOCK: Duration = Duration::from_secs(5);

/// What runs beside the commands. Started once here, never from an event: Ready fires again after each re-identify.
pub struct Background {
    /// For all of it.
    pub app: Arc<App>,
    /// Where Discord is.
    pub upstream: Url,
    /// The gateway's client, not yet started.
    pub client: Client,
    /// For the metrics page.
    pub metrics: Option<PrometheusHandle>,
}

impl Background {
    /// Starts all of it.
    pub async fn start(mut self) -> Result<(CancellationToken, Arc<ShardManager>, JoinSet<()>), StartError> {
        let stop = CancellationToken::new();
        let shards = Arc::clone(&self.client.shard_manager);
        let scheduler = Scheduler::beside(self.schedule(), self.app.settings.database_folder().as_deref());
        let health = Arc::new(Health {
            app: Arc::clone(&self.app),
            shards: Arc::clone(&shards),
            pulse: Mutex::default(),
            scheduler: Arc::clone(&scheduler),
            metrics: self.metrics.clone(),
        });
        let pages = listen(self.app.settings.http.listen).await?;
        // Elsewhere members' programs have no way in of ours.
        let aws = match self.app.sandbox.provider() {
            ProviderKind::Embedded => Some(listen(self.app.settings.sandbox.listen).await?),
            ProviderKind::Endpoint | ProviderKind::Aws => None,
        };
        let address = self.app.settings.http.listen;
        let listening = pages.local_addr();
        let listening = listening.map_err(|cause| StartError::Listen { address, cause })?;
        // Set once: a bot is started once.
        self.app.pages.get_or_init(|| listening);
        let hooks = Arc::clone(&self.app);

        // Whoever sees the bot connected may count on it to know the time.
        let told = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&health).watch(stop.clone()));
        let end = stop.clone();
        tasks.spawn(async move {
            let routes = crate::health::router(health).merge(crate::webhook::router(hooks));
            let served = axum::serve(pages, routes).with_graceful_shutdown(end.cancelled_owned());
            log_end("the health pages", served.await);
        });
        if let Some(aws) = aws {
            let (sandbox, end) = (self.app.sandbox.clone(), stop.clone());
            tasks.spawn(async move {
                let served = sandbox.serve(aws, end.cancelled_owned()).await;
                log_end("the AWS endpoint", served);
            });
        }
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
        tasks.spawn(crate::stream::watch::run(Arc::clone(&self.app), stop.clone()));
        tasks.spawn(crate::spending::reaper::run(Arc::clone(&self.app), stop.clone()));
        tasks.spawn(crate::load::resume(Arc::clone(&self.app)));
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
