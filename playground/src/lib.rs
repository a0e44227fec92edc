//! A Discord of our own for one machine: REST v10 and gateway v10 with their limits and faults, a
//! control interface, and a web page to use it from. It knows no bot in particular.
//!
//! A request travels: `rest` or `control` → a [`world`] change under the lock → `store` → the news of
//! it, by `gateway` to bots and by server-sent events to pages → the answer. What was answered is on
//! disk.

mod clock;
mod control;
mod fault;
mod form;
mod gateway;
mod id;
mod keeper;
mod limits;
mod press;
mod rate;
mod record;
mod rest;
mod shared;
mod slash;
mod store;
mod upload;
mod wire;
mod world;

pub use control::Reset;
pub use keeper::{Keeper, KeeperError};
pub use store::StoreError;

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, middleware, routing::any};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use crate::{record::Recorder, shared::Shared, store::Store, world::World};

/// How a playground is made.
#[derive(Debug, Clone, Default)]
pub struct PlaygroundSettings {
    /// The folder of `discord.db`; in memory without it.
    pub data: Option<PathBuf>,
    /// The file that every REST request is written to, one JSON line each.
    pub record: Option<PathBuf>,
    /// Whether a bot is about to connect: what people do first then waits for it.
    pub expects_bot: bool,
    /// How often bots must send a heartbeat; as often as Discord asks for one without it.
    pub heartbeat: Option<Duration>,
    /// Is asked to do its part when people want to begin anew; without it the world alone does.
    pub host: Option<mpsc::Sender<Reset>>,
    /// Routes to serve beside the playground's own, for pages of the program's: behind the same guard, under a path that
    /// nothing else has.
    pub beside: Option<Router>,
}

/// Why a playground cannot be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum PlaygroundError {
    /// `discord.db` cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record cannot be written.
    #[error("the record {path} cannot be opened: {source}")]
    Record {
        /// The file asked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder cannot be made.
    #[error("the folder {path} cannot be used: {source}")]
    Folder {
        /// The folder asked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The listener failed, or listens to more than this machine.
    #[error("the playground cannot be served: {0}")]
    Serve(#[from] io::Error),
}

/// An open playground, not yet served.
pub struct Playground {
    shared: Arc<Shared>,
    writer: JoinHandle<()>,
    beside: Option<Router>,
}

impl Playground {
    /// Opens the world in the data folder, or makes the demo world.
    pub async fn open(settings: PlaygroundSettings) -> Result<Self, PlaygroundError> {
        if let Some(path) = &settings.data {
            let failed = |source| PlaygroundError::Folder {
                path: path.clone(),
                source,
            };
            std::fs::create_dir_all(path).map_err(failed)?;
        }
        let recorder = match settings.record {
            Some(path) => {
                let failed = |source| PlaygroundError::Record {
                    path: path.clone(),
                    source,
                };
                Some(Recorder::open(&path).map_err(failed)?)
            }
            None => None,
        };
        let (store, rows, batches) = Store::open(settings.data.as_deref()).await?;
        let loaded = World::load(rows).map_err(StoreError::from)?;
        let is_new = loaded.is_none();
        let shared = Arc::new(Shared::new(
            loaded.unwrap_or_else(world::demo::world),
            store,
            recorder,
            settings.expects_bot,
            settings.host,
            settings.heartbeat.unwrap_or(gateway::HEARTBEAT),
        ));
        let hub = shared.hub.clone();
        let writer = tokio::spawn(Store::write_all(shared.store.pool(), batches, move |news| {
            hub.publish(news);
        }));
        if is_new {
            shared
                .change(|change| {
                    change.store_everything();
                    Ok::<(), StoreError>(())
                })
                .await?;
        }
        Ok(Self {
            shared,
            writer,
            beside: settings.beside,
        })
    }

    /// A way to change people and permissions while the playground is served.
    pub fn keeper(&self) -> Keeper {
        Keeper::new(self.shared.clone())
    }

    /// Serves the playground on a loopback listener until `shutdown` comes, then closes every
    /// connection and returns when all is stored.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), PlaygroundError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            let why = format!("{address} is open to others; the playground is for this machine alone");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into());
        }
        let Self {
            shared,
            writer,
            beside,
        } = self;
        shared.serve_at(&address.to_string());
        let closing = shared.closing.clone();
        let stop = async move {
            shutdown.await;
            closing.cancel();
        };
        let service = routes(&shared, beside).into_make_service_with_connect_info::<wire::Scissors>();
        let served = axum::serve(wire::Lines(listener), service)
            .with_graceful_shutdown(stop)
            .await;
        shared.closing.cancel();
        shared.store.close();
        // The writer ends once all that was queued is stored.
        let _ = writer.await;
        Ok(served?)
    }
}

fn routes(shared: &Arc<Shared>, beside: Option<Router>) -> Router {
    let rest = any(rest::serve);
    Router::new()
        .route("/gateway", any(gateway::connect))
        .route("/gateway/", any(gateway::connect))
        .merge(control::routes(shared))
        .route("/api/{version}/{*path}", rest)
        .with_state(shared.clone())
        .merge(beside.unwrap_or_default())
        .layer(middleware::from_fn(control::local_only))
}
