//! Accepts connections, and gives none of them more time or room than it has earned.
//!
//! A stranger can open as many connections as he likes. What he can take is bounded: there are so many places; when they are
//! taken, the connection that has been silent longest makes room; when all are at work, a few more are answered nothing but
//! the health checks. Heads, bodies and answers have limits for how long the other side may let us wait.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tracing::{debug, error, warn};

/// More connections than this cost memory and serve nobody: a page needs six.
const MOST: usize = 2_048;
/// Places beside those, for the health checks.
const RESERVE: usize = 16;
/// The file limit that is asked of the system, where it lets us.
const WANTED_FILES: u64 = 16_384;
/// What a connection may hold of a head or a body that nobody has read yet, in bytes.
const BUFFER: usize = 64 << 10;
/// After the signal to stop, who has not asked for anything by then is not waited for.
const LAST_WORD: Duration = Duration::from_secs(1);
/// How long an ended connection may take to be gone.
const PATIENCE: Duration = Duration::from_secs(1);
/// That all places are taken is logged no more often than this.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub open: usize,
    /// Connections beside those, for health checks.
    pub reserve: usize,
    /// From the beginning of a connection, or the end of an answer, to the end of the next request's head.
    pub head: Duration,
    /// For bodies that come and answers that go.
    pub pace: Pace,
}

impl Limits {
    /// Those for `open` connections at once.
    #[must_use]
    pub fn with(open: usize, reserve: usize) -> Self {
        Self { open, reserve, head: Duration::from_secs(20), pace: Pace::DEFAULT }
    }

    /// Those that fit the file limit of this process, which is raised first: three quarters of it, at most 2,048. The rest is
    /// for the database, providers and uploads. `asked` wins as long as it fits.
    #[must_use]
    pub fn for_this_process(asked: Option<usize>) -> Self {
        let files = usize::try_from(raise_file_limit()).unwrap_or(usize::MAX);
        let fitting = (files / 4 * 3).saturating_sub(RESERVE).max(1);
        let open = asked.unwrap_or(MOST);
        if asked.is_some_and(|asked| asked > fitting) {
            warn!(fitting, "MAX_CONNECTIONS is more than the limit for open files allows: {fitting} it is");
        }
        Self::with(open.min(fitting), RESERVE)
    }
}

/// Raises the limit for open files as far as the system lets us and we want; returns what holds then.
fn raise_file_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is no limit.
    let Some(current) = current else { return u64::MAX };
    let wanted = maximum.unwrap_or(u64::MAX).min(WANTED_FILES);
    if wanted <= current {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            debug!(%error, current, "the limit for open files stays");
            current
        }
    }
}

/// How long the other side may let us wait for bytes, or for taking ours.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// At one go.
    pub idle: Duration,
    /// In all, before a byte has moved.
    pub grace: Duration,
    /// Bytes that earn another second in all.
    pub bytes_per_second: u64,
}

impl Pace {
    /// The slowest network that somebody would work over is ten times as fast.
    pub const DEFAULT: Self =
        Self { idle: Duration::from_secs(75), grace: Duration::from_secs(75), bytes_per_second: 500 };
}

/// Answers with `router` until `stop`, and then waits for the answers that are under way. What comes while all places are at
/// work is answered by `crowded`.
pub async fn serve(listener: TcpListener, router: Router, crowded: Router, limits: Limits, stop: CancellationToken) {
    let main = Hall::new(limits.open, router);
    let reserve = Hall::new(limits.reserve, crowded);
    let connections = TaskTracker::new();
    let mut warned: Option<Instant> = None;
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let place = match main.place().await {
            Some(place) => Some(place),
            None => {
                if warned.is_none_or(|at| at.elapsed() > WARN_EVERY) {
                    warned = Some(Instant::now());
                    warn!(open = limits.open, "every connection is at work; new ones are turned away");
                }
                reserve.place().await
            }
        };
        // Without one the stream is dropped, which closes it.
        if let Some(place) = place {
            connections.spawn(answer(stream, peer, place, limits, stop.clone()));
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // It was gone before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                error!(%error, "no connection could be accepted");
                sleep(PATIENCE).await;
            }
        }
    }
}

async fn answer(stream: TcpStream, peer: SocketAddr, place: Arc<Place>, limits: Limits, stop: CancellationToken) {
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let router = place.hall.router.clone();
        let busy = Busy::begin(&place);
        async move {
            let mut request: Request =
                request.map(|body| Body::new(Paced { body, patience: Patience::new(limits.pace) }));
            request.extensions_mut().insert(ConnectInfo(peer));
            let response = router.oneshot(request).await?;
            Ok::<Response, Infallible>(response.map(|body| Body::new(Held { body, _busy: busy })))
        }
    });
    let stream = TokioIo::new(PacedStream { stream, patience: Patience::new(limits.pace) });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(BUFFER)
            .serve_connection(stream, service)
    );
    // How a connection ends concerns nobody: what it asked for was logged.
    tokio::select! {
        biased;
        () = place.ended.cancelled() => return,
        _over = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    if timeout(LAST_WORD, connection.as_mut()).await.is_err() && !place.is_waiting() {
        let _over = connection.await;
    }
}

/// Places, and who of those in them waits for nothing but the other side's next request.
struct Hall {
    places: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    router: Router,
}

/// Those who wait, the longest first.
#[derive(Default)]
struct Waiting {
    next: u64,
    since: BTreeMap<u64, CancellationToken>,
}

impl Hall {
    fn new(places: usize, router: Router) -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(places)), waiting: Mutex::default(), router })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place; `None` when all are taken by connections that are at work.
    async fn place(self: &Arc<Self>) -> Option<Arc<Place>> {
        let permit = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let (_, longest) = self.waiting().since.pop_first()?;
                longest.cancel();
                timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()?
            }
        };
        let place = Arc::new(Place {
            hall: Arc::clone(self),
            ended: CancellationToken::new(),
            turn: Mutex::default(),
            _permit: permit,
        });
        place.wait();
        Some(place)
    }
}

/// What a connection has while it is open.
struct Place {
    hall: Arc<Hall>,
    /// Cancelled when it has to make room.
    ended: CancellationToken,
    /// Its number among those who wait; `None` while it is at work.
    turn: Mutex<Option<u64>>,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    fn turn(&self) -> MutexGuard<'_, Option<u64>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_waiting(&self) -> bool {
        self.turn().is_some()
    }

    fn wait(&self) {
        let mut waiting = self.hall.waiting();
        let turn = waiting.next;
        waiting.next += 1;
        waiting.since.insert(turn, self.ended.clone());
        *self.turn() = Some(turn);
    }

    fn work(&self) {
        let mut waiting = self.hall.waiting();
        if let Some(turn) = self.turn().take() {
            waiting.since.remove(&turn);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.work();
    }
}

/// From the head of a request to the end of its answer.
struct Busy(Arc<Place>);

impl Busy {
    fn begin(place: &Arc<Place>) -> Self {
        place.work();
        Self(Arc::clone(place))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.wait();
    }
}

/// The body of an answer: the connection is at work until it is sent.
struct Held {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Keeps a [`Pace`]: counts the time in which we wait for the other side, and the bytes that moved.
#[derive(Debug)]
struct Patience {
    pace: Pace,
    moved: u64,
    waited: Duration,
    /// Since when we wait, and until when.
    now: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Patience {
    fn new(pace: Pace) -> Self {
        Self { pace, moved: 0, waited: Duration::ZERO, now: None }
    }

    fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.now.take() {
            self.waited += since.elapsed();
        }
        self.moved += bytes as u64;
    }

    /// Says that we wait. Ready when there has been enough of it.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let pace = self.pace;
        let earned = pace.grace + Duration::from_secs(self.moved / pace.bytes_per_second);
        let left = earned.saturating_sub(self.waited).min(pace.idle);
        let (_, end) = self.now.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(end.as_mut().poll(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the other side is too slow"))
    }
}

/// The body of a request that has to come at a certain pace.
struct Paced {
    body: Incoming,
    patience: Patience,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len));
                self.patience.moved(bytes.unwrap_or_default());
                Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)))
            }
            Poll::Pending => self.patience.poll_over(cx).map(|error| Some(Err(axum::Error::new(error)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream whose other side has to take what we send at a certain pace.
struct PacedStream {
    stream: TcpStream,
    patience: Patience,
}

impl PacedStream {
    fn written(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Ready(result) => {
                self.patience.moved(*result.as_ref().unwrap_or(&0));
                Poll::Ready(result)
            }
            Poll::Pending => self.patience.poll_over(cx).map(Err),
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use axum::routing::{get, post};
    use futures::{StreamExt, stream};
    use http::StatusCode;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::{Notify, mpsc},
        task::JoinHandle,
    };

    use super::*;

    /// No test waits longer; none depends on it.
    const GUARD: Duration = Duration::from_secs(60);
    const LONG: Duration = Duration::from_secs(3_600);
    const SHORT: Duration = Duration::from_millis(50);
    const PATIENT: Pace = Pace { idle: LONG, grace: LONG, bytes_per_second: 1 };

    struct Served {
        addr: SocketAddr,
        stop: CancellationToken,
        server: JoinHandle<()>,
    }

    impl Served {
        async fn start(router: Router, limits: Limits) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let addr = listener.local_addr().expect("an address");
            let crowded = Router::new()
                .route("/healthz", get(async || "ok"))
                .fallback(async || (StatusCode::SERVICE_UNAVAILABLE, [("connection", "close")]));
            let stop = CancellationToken::new();
            let server = tokio::spawn(serve(listener, router, crowded, limits, stop.clone()));
            Self { addr, stop, server }
        }

        async fn open(&self) -> TcpStream {
            TcpStream::connect(self.addr).await.expect("a connection")
        }

        /// The whole answer to `GET path`, on a connection of its own.
        async fn get(&self, path: &str) -> String {
            let mut stream = self.open().await;
            let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("sent");
            to_its_end(&mut stream).await
        }
    }

    /// What comes until the server closes.
    async fn to_its_end(stream: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        // A reset is an end as well.
        let _end = timeout(GUARD, stream.read_to_end(&mut answer)).await.expect("the server closes it");
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn router() -> Router {
        Router::new()
            .route("/healthz", get(async || "ok"))
            .route("/length", post(async |body: Bytes| body.len().to_string()))
    }

    #[tokio::test]
    async fn silent_connections_make_room_for_those_who_ask() {
        let limits = Limits { open: 8, reserve: 2, head: LONG, pace: PATIENT };
        let served = Served::start(router(), limits).await;
        let mut silent = Vec::new();
        for _ in 0..40 {
            let mut stream = served.open().await;
            stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.expect("sent");
            silent.push(stream);
        }
        assert!(served.get("/healthz").await.starts_with("HTTP/1.1 200"));
        // The first made room for the later ones; the last are still there.
        assert_eq!(to_its_end(&mut silent[0]).await, "");
        let last = silent.last_mut().expect("the last");
        last.write_all(b"host: a\r\nconnection: close\r\n\r\n").await.expect("sent");
        assert!(to_its_end(last).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn while_all_are_at_work_the_health_checks_are_answered() {
        let go_on = Arc::new(Notify::new());
        let (started, mut starts) = mpsc::channel(8);
        let working = {
            let go_on = Arc::clone(&go_on);
            router().route(
                "/work",
                get(async move || {
                    started.send(()).await.expect("counted");
                    go_on.notified().await;
                    "done"
                }),
            )
        };
        let limits = Limits { open: 3, reserve: 2, head: LONG, pace: PATIENT };
        let served = Arc::new(Served::start(working, limits).await);
        let work: Vec<_> = (0..3)
            .map(|_| {
                let served = Arc::clone(&served);
                tokio::spawn(async move { served.get("/work").await })
            })
            .collect();
        for _ in 0..3 {
            starts.recv().await.expect("at work");
        }
        let mut silent = Vec::new();
        for _ in 0..10 {
            silent.push(served.open().await);
        }
        assert!(served.get("/healthz").await.starts_with("HTTP/1.1 200"));
        assert!(served.get("/length").await.starts_with("HTTP/1.1 503"));
        for _ in 0..3 {
            go_on.notify_one();
        }
        for work in work {
            assert!(work.await.expect("a task").ends_with("done"), "nobody at work was cut off");
        }
        assert!(served.get("/length").await.starts_with("HTTP/1.1 405"), "there is room again");
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_ended() {
        let limits = Limits { open: 8, reserve: 2, head: SHORT, pace: PATIENT };
        let served = Served::start(router(), limits).await;
        for beginning in ["", "GET /heal", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: "] {
            let mut stream = served.open().await;
            stream.write_all(beginning.as_bytes()).await.expect("sent");
            let (mut from, mut to) = stream.into_split();
            // A byte now and then does not help.
            let dribble = tokio::spawn(async move {
                let byte = if beginning.is_empty() { b"" as &[u8] } else { b"a" };
                while to.write_all(byte).await.is_ok() {
                    sleep(SHORT / 10).await;
                }
            });
            let mut answer = Vec::new();
            let _end = timeout(GUARD, from.read_to_end(&mut answer)).await.expect("the server closes it");
            assert!(!String::from_utf8_lossy(&answer).contains("200"), "{beginning:?}");
            dribble.abort();
        }
    }

    #[tokio::test]
    async fn a_connection_that_is_kept_open_for_nothing_is_ended() {
        let limits = Limits { open: 8, reserve: 2, head: SHORT, pace: PATIENT };
        let served = Served::start(router(), limits).await;
        let mut stream = served.open().await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
        assert!(to_its_end(&mut stream).await.ends_with("ok"), "it was answered, and then ended");
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_ended() {
        let pace = Pace { idle: SHORT, grace: LONG, bytes_per_second: 1 };
        let served = Served::start(router(), Limits { open: 8, reserve: 2, head: LONG, pace }).await;
        let mut stream = served.open().await;
        stream.write_all(b"POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc").await.expect("sent");
        assert!(to_its_end(&mut stream).await.starts_with("HTTP/1.1 400"));
        let mut whole = served.open().await;
        let request = b"POST /length HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
        whole.write_all(request).await.expect("sent");
        assert!(to_its_end(&mut whole).await.ends_with('3'));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_ended() {
        let (held, mut all_gone) = mpsc::channel::<()>(1);
        let endless = Router::new().route(
            "/endless",
            get(async move || {
                let piece = (Bytes::from(vec![b'a'; 64 << 10]), held);
                Body::from_stream(stream::repeat(piece).map(|(bytes, _)| Ok::<_, Infallible>(bytes)))
            }),
        );
        let pace = Pace { idle: SHORT, grace: LONG, bytes_per_second: 1 };
        let served = Served::start(endless, Limits { open: 8, reserve: 2, head: LONG, pace }).await;
        let mut stream = served.open().await;
        stream.write_all(b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
        served.stop.cancel();
        timeout(GUARD, served.server).await.expect("the connection ends").expect("no panic");
        assert!(all_gone.recv().await.is_none(), "nothing of the answer is kept");
    }

    #[tokio::test]
    async fn who_is_being_answered_is_waited_for_and_who_is_silent_is_not() {
        let go_on = Arc::new(Notify::new());
        let (started, mut starts) = mpsc::channel(1);
        let wait = Arc::clone(&go_on);
        let working = Router::new().route(
            "/work",
            get(async move || {
                started.send(()).await.expect("counted");
                wait.notified().await;
                "done"
            }),
        );
        let limits = Limits { open: 8, reserve: 2, head: LONG, pace: PATIENT };
        let served = Served::start(working, limits).await;
        let mut half = served.open().await;
        half.write_all(b"GET /work HT").await.expect("sent");
        let mut whole = served.open().await;
        whole.write_all(b"GET /work HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
        starts.recv().await.expect("at work");
        served.stop.cancel();
        assert_eq!(to_its_end(&mut half).await, "");
        go_on.notify_one();
        assert!(to_its_end(&mut whole).await.ends_with("done"));
        timeout(GUARD, served.server).await.expect("it ends").expect("no panic");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_is_earned_by_bytes() {
        let pace = Pace { idle: Duration::from_secs(30), grace: Duration::from_secs(60), bytes_per_second: 500 };
        let mut cx = Context::from_waker(Waker::noop());
        let mut patience = Patience::new(pace);
        assert!(patience.poll_over(&mut cx).is_pending());
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(patience.poll_over(&mut cx).is_ready(), "nothing came for too long");

        // A byte every 19 seconds earns nothing; 20 kB earn 40 seconds.
        for (bytes, rounds) in [(1, 3), (20_000, 100)] {
            let mut patience = Patience::new(pace);
            let mut lasted = 0;
            while lasted < 100 && patience.poll_over(&mut cx).is_pending() {
                tokio::time::advance(Duration::from_secs(19)).await;
                if patience.poll_over(&mut cx).is_ready() {
                    break;
                }
                patience.moved(bytes);
                lasted += 1;
            }
            assert_eq!(lasted, rounds, "{bytes} bytes at a time");
        }
    }

    #[test]
    fn the_cap_lies_below_the_file_limit() {
        let files = usize::try_from(raise_file_limit()).unwrap_or(usize::MAX);
        for asked in [None, Some(1), Some(100), Some(usize::MAX)] {
            let limits = Limits::for_this_process(asked);
            assert!(limits.open >= 1 && limits.open + limits.reserve <= files, "{asked:?}: {limits:?}");
        }
        assert_eq!(Limits::for_this_process(Some(1)).open, 1);
    }
}
