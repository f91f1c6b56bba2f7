//! The server's life: bind, open, answer, and end without cutting anybody off.

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use leptos::config::LeptosOptions;
use replybook::{
    Domain, auth,
    settings::Settings,
    uploads,
    worker::{self, WorkerLock},
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    connections,
    connections::Limits,
    metrics::{Metrics, OpenMetrics},
    router::{crowded, router},
    session,
    site::Site,
    state::AppState,
};

/// How long after the signal requests in flight may take, and the worker to put its runs down.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long what is left may take then: runs that others began, and closing the database. With a second for threads that compute,
/// the process has ended ten seconds after the signal, whatever was under way: as after a crash, it goes on at the next start.
pub const LAST: Duration = Duration::from_secs(3);
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// A server that answers.
pub struct Host {
    /// The address that is really listened on.
    pub addr: SocketAddr,
    /// The metrics at an address of their own.
    pub metrics: Option<OpenMetrics>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    worker: Option<JoinHandle<()>>,
}

impl Host {
    /// Answers on `listener` from now on, and runs the worker unless the settings say otherwise.
    ///
    /// # Errors
    /// When the listener is not usable, the address for metrics is taken, or another process is the worker of this SQLite database.
    pub fn start(domain: Arc<Domain>, listener: TcpListener, site: Site) -> anyhow::Result<Self> {
        let addr = listener.local_addr()?;
        let worker_lock = domain.settings.sync.worker_enabled.then(|| WorkerLock::take(&domain)).transpose()?;
        let stop = CancellationToken::new();
        let metrics = Arc::<Metrics>::default();
        let open_metrics = OpenMetrics::start(&domain, Arc::clone(&metrics), &stop)
            .context("cannot listen on the address in METRICS_ADDR")?;
        let state = AppState {
            domain: Arc::clone(&domain),
            site: Arc::new(site),
            metrics,
            stop: stop.clone(),
            leptos: leptos_options(addr),
        };
        let limits = Limits::for_this_process(domain.settings.max_connections);
        let server = connections::serve(listener, router(state.clone()), crowded(state), limits, stop.clone());
        tokio::spawn(sweep(Arc::clone(&domain), stop.clone()));
        let worker = worker_lock.map(|lock| tokio::spawn(worker::run(domain, lock, stop.clone())));
        Ok(Self { addr, metrics: open_metrics, stop, server: tokio::spawn(server), worker })
    }

    /// Accepts nothing more, ends live streams, lets the worker put its run down, and waits for requests in flight.
    ///
    /// # Errors
    /// When the server had failed before.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        let worker = async {
            if let Some(worker) = self.worker
                && timeout(GRACE, worker).await.is_err()
            {
                warn!("the worker did not stop in time; its run will be continued by the next start");
            }
        };
        let metrics = async {
            if let Some(metrics) = self.metrics {
                metrics.end(GRACE).await;
            }
        };
        let (served, (), ()) = tokio::join!(timeout(GRACE, self.server), worker, metrics);
        match served {
            Ok(ended) => ended.context("the server task crashed"),
            Err(_) => {
                warn!("some requests did not end in time and are cut off");
                Ok(())
            }
        }
    }
}

/// `replybook serve`: until a signal comes.
///
/// # Errors
/// When the address is taken or the database cannot be opened.
pub async fn serve(mut settings: Settings, site_folder: PathBuf) -> anyhow::Result<()> {
    let mut signals = Signals::install()?;
    let asked = settings.listen_addr;
    let listener = TcpListener::bind(asked).await.with_context(|| format!("cannot listen on {asked} (LISTEN_ADDR)"))?;
    let addr = listener.local_addr()?;
    settings.bound_to(addr);
    // A migration can take long, and is undone when it is left in the middle.
    let domain = tokio::select! {
        domain = Domain::open(settings) => domain?,
        () = signals.next() => {
            info!("stopped before the database was open");
            return Ok(());
        }
    };
    domain.warn_of_exposed_files();
    let setup_link =
        auth::setup_link(&domain, &domain.settings.public_base()).await.context("the database cannot be used")?;
    let backend = domain.backend();
    let host = Host::start(Arc::clone(&domain), listener, Site::open(site_folder))?;
    let public = domain.settings.public_base();
    info!(%addr, %public, backend, version = env!("CARGO_PKG_VERSION"), "started");
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{}", host.addr)?;
    writeln!(out, "open it at {public} (PUBLIC_URL): Gmail can be connected only from this address")?;
    if let Some(link) = setup_link {
        writeln!(out, "there are no users yet; create the first admin here (the link works once):\n  {link}")?;
    }
    out.flush()?;
    signals.next().await;
    info!("stopping");
    // Runs look for this also inside a message; what they have not done goes on at the next start.
    domain.stop_runs();
    let stopping = async {
        host.stop().await?;
        if timeout(LAST, domain.shutdown()).await.is_err() {
            warn!("a run did not stop in time; its lease ends by itself and the next start continues it");
        }
        anyhow::Ok(())
    };
    // Whoever signals twice does not want to wait.
    tokio::select! {
        stopped = stopping => stopped?,
        () = signals.next() => warn!("stopped at once"),
    }
    info!("stopped");
    Ok(())
}

/// SIGTERM and SIGINT. From the moment this exists, neither kills the process by itself.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes over both signals.
    ///
    /// # Errors
    /// When no handler can be installed.
    pub fn install() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for either.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Deletes sessions that are over and uploads that nobody imports, now and every hour. A failure is no harm: they do not count, and
/// the next round comes.
async fn sweep(domain: Arc<Domain>, stop: CancellationToken) {
    let mut rounds = interval(SWEEP_EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        if let Err(problem) = session::delete_expired(&domain).await {
            warn!(%problem, "sessions that are over could not be deleted");
        }
        if let Err(problem) = uploads::sweep(&domain).await {
            warn!(%problem, "uploads that nobody imports could not be deleted");
        }
    }
}

fn leptos_options(addr: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder().output_name("replybook").site_addr(addr).build()
}
