//! One connection: TCP, TLS, the greeting, sign-in, and commands with their answers.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use async_imap::{
    Client,
    imap_proto::{Capability, Outcome, Response, ResponseCode, Status},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{ClientConfig, crypto::ring, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{error::ImapError, session::FolderState};
use crate::types::{ImapServer, ImapTls};

/// For a name server, and for each address of the host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For an answer that carries no message. RFC 3501 section 5.4 lets a server think for long, but not us.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// All responses to a command together may take so many times as long as one.
const RESPONSES_TAKE: u32 = 10;

/// The slowest line on which a message may come, in bytes per second.
const SLOWEST: u32 = 16 * 1024;

/// What the answer to a command may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Until the next response.
    pub(super) patience: Duration,
    /// Bytes of one response: a line with its literals. It is held whole, and parsed anew with every piece that arrives.
    pub(super) response: u64,
    /// Bytes of all of them.
    pub(super) total: u64,
}

impl Bounds {
    /// For what carries no message, however many folders there are.
    pub(super) const SHORT: Self = Self { patience: ANSWER_TIMEOUT, response: 1 << 20, total: 8 << 20 };

    /// As [`Bounds::SHORT`], with a response for each of so many messages.
    pub(super) fn for_each(messages: usize) -> Self {
        Self { total: (messages as u64).saturating_mul(512).saturating_add(Self::SHORT.total), ..Self::SHORT }
    }

    /// For so many messages or parts of one, `bytes` together.
    pub(super) fn of_mail(bytes: u32, number: usize) -> Self {
        // Servers count the bytes of a message a little differently from what they send.
        let expected = u64::from(bytes) * 2;
        Self {
            patience: Self::SHORT.patience + Duration::from_secs(u64::from(bytes / SLOWEST)),
            response: Self::SHORT.response + expected,
            total: Self::for_each(number).total + expected,
        }
    }
}

/// What lies under a connection: TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> Stream for T {}

/// A signed-in connection.
pub(super) struct Connection {
    wire: Wire,
    /// The folder that is open for reading.
    pub(super) open: Option<(String, FolderState)>,
}

/// Counts what comes, and ends the connection where it is too much.
#[derive(Debug)]
struct Metered {
    inner: Box<dyn Stream>,
    left: Arc<Left>,
}

/// Bytes that may still come: of this response, and of this answer.
#[derive(Debug, Default)]
struct Left {
    response: AtomicU64,
    total: AtomicU64,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
        let read = (into.filled().len() - before) as u64;
        for left in [&self.left.response, &self.left.total] {
            match left.load(Ordering::Relaxed).checked_sub(read) {
                Some(less) => left.store(less, Ordering::Relaxed),
                None => return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into())),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Writes commands and reads answers.
struct Wire {
    client: Client<Metered>,
    left: Arc<Left>,
    commands: u32,
    /// In upper case.
    capabilities: BTreeSet<String>,
}

/// Connects to a server, with TLS where it is wanted, and hears its greeting. Nobody signs in.
///
/// # Errors
/// Each says what is wrong: the host, the port, TLS.
pub async fn greet(server: &ImapServer) -> Result<(), ImapError> {
    Wire::connect(server).await.map(drop)
}

/// What `answer` sees of each response to a command.
pub(super) type OnResponse<'a> = &'a mut (dyn for<'r> FnMut(&Response<'r>) + Send);

impl Connection {
    /// Connects and signs in.
    ///
    /// # Errors
    /// Each says what is wrong: the host, the port, TLS, the password.
    pub(super) async fn open(server: &ImapServer, password: &SecretString) -> Result<Self, ImapError> {
        let mut wire = Wire::connect(server).await?;
        wire.sign_in(server, password).await?;
        Ok(Self { wire, open: None })
    }

    pub(super) fn offers(&self, capability: &str) -> bool {
        self.wire.capabilities.contains(capability)
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When the server refuses it, says goodbye, answers beyond `bounds`, or the connection breaks.
    pub(super) async fn command(
        &mut self,
        name: &'static str,
        command: &str,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        self.wire.command(name, command, bounds, on_response).await
    }

    /// Opens a folder for reading only.
    ///
    /// # Errors
    /// [`ImapError::FolderChanged`] when it is gone, and as [`Connection::command`].
    pub(super) async fn examine(&mut self, folder: &str) -> Result<&FolderState, ImapError> {
        self.open = None;
        let mut state = FolderState::default();
        let command = format!("EXAMINE {}", quoted(folder)?);
        let mut note = |response: &Response<'_>| state.note(response);
        match self.wire.command("EXAMINE", &command, Bounds::SHORT, &mut note).await {
            Err(ImapError::Refusal { .. }) => Err(ImapError::FolderChanged),
            Err(error) => Err(error),
            Ok(()) => Ok(&self.open.insert((folder.to_owned(), state)).1),
        }
    }
}

impl Wire {
    async fn connect(server: &ImapServer) -> Result<Self, ImapError> {
        let mut stream: Box<dyn Stream> = Box::new(dial(&server.host, server.port).await?);
        if server.tls == ImapTls::Tls {
            stream = start_tls(server, stream).await?;
        }
        let mut wire = Self::over(stream, 0);
        wire.greeting(server).await?;
        if server.tls == ImapTls::StartTls {
            wire.learn_capabilities().await?;
            if !wire.capabilities.contains("STARTTLS") {
                return Err(ImapError::NoStartTls);
            }
            wire.command("STARTTLS", "STARTTLS", Bounds::SHORT, &mut |_| {}).await?;
            // What was said before TLS was said by anybody: it is forgotten, with what lies in the buffer (RFC 3501
            // section 6.2.1).
            let stream = start_tls(server, wire.client.into_inner().inner).await?;
            wire = Self::over(stream, wire.commands);
        }
        if wire.capabilities.is_empty() {
            wire.learn_capabilities().await?;
        }
        Ok(wire)
    }

    fn over(inner: Box<dyn Stream>, commands: u32) -> Self {
        let left = Arc::<Left>::default();
        let client = Client::new(Metered { inner, left: Arc::clone(&left) });
        Self { client, left, commands, capabilities: BTreeSet::new() }
    }

    async fn greeting(&mut self, server: &ImapServer) -> Result<(), ImapError> {
        let not_imap = || ImapError::NotImap { host: server.host.clone(), port: server.port };
        self.left.total.store(Bounds::SHORT.total, Ordering::Relaxed);
        let bounds = Bounds { patience: CONNECT_TIMEOUT, ..Bounds::SHORT };
        let greeting = self.read(bounds, |response| match response {
            Response::Data { status: Status::Ok | Status::PreAuth, outcome } => Ok(match &outcome.code {
                Some(ResponseCode::Capabilities(list)) => names(list),
                _ => BTreeSet::new(),
            }),
            Response::Data { status: Status::Bye, outcome } => {
                Err(ImapError::refusal("the connection", true, &text_of(outcome)))
            }
            _ => Err(not_imap()),
        });
        self.capabilities = match greeting.await {
            Ok(capabilities) => capabilities?,
            // A server that waits for TLS says nothing; one of another kind says something else, or hangs up.
            Err(ImapError::Timeout { .. } | ImapError::Unreadable | ImapError::TooLong | ImapError::Lost(_)) => {
                return Err(not_imap());
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }

    async fn learn_capabilities(&mut self) -> Result<(), ImapError> {
        let mut learned = BTreeSet::new();
        let mut note = |response: &Response<'_>| {
            if let Response::Capabilities(list) = response {
                learned.extend(names(list));
            }
        };
        self.command("CAPABILITY", "CAPABILITY", Bounds::SHORT, &mut note).await?;
        self.capabilities = learned;
        Ok(())
    }

    /// By `AUTHENTICATE PLAIN` (RFC 4616), which takes any password, where it is offered; else by `LOGIN`.
    async fn sign_in(&mut self, server: &ImapServer, password: &SecretString) -> Result<(), ImapError> {
        if self.capabilities.contains("LOGINDISABLED") && !self.capabilities.contains("AUTH=PLAIN") {
            return Err(ImapError::NeedsTls);
        }
        let password = password.expose_secret();
        let done = if self.capabilities.contains("AUTH=PLAIN") {
            let secret = STANDARD.encode(format!("\0{}\0{password}", server.username));
            let command = if self.capabilities.contains("SASL-IR") {
                format!("AUTHENTICATE PLAIN {secret}")
            } else {
                "AUTHENTICATE PLAIN".to_owned()
            };
            self.converse("AUTHENTICATE", &command, Some(&secret), Bounds::SHORT, &mut |_| {}).await
        } else {
            let command = format!("LOGIN {} {}", quoted(&server.username)?, quoted(password)?);
            self.command("LOGIN", &command, Bounds::SHORT, &mut |_| {}).await
        };
        done.map_err(|error| error.of_sign_in(&server.host))?;
        // There may be more to offer to somebody who is known.
        self.learn_capabilities().await
    }

    async fn command(
        &mut self,
        name: &'static str,
        command: &str,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        self.converse(name, command, None, bounds, on_response).await
    }

    /// Sends a command, gives `more` where the server asks for it, and reads to the tagged answer.
    async fn converse(
        &mut self,
        name: &'static str,
        command: &str,
        more: Option<&str>,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        let whole = bounds.patience * RESPONSES_TAKE;
        within(whole, self.converse_on(name, command, more, bounds, on_response)).await?
    }

    async fn converse_on(
        &mut self,
        name: &'static str,
        command: &str,
        more: Option<&str>,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        self.left.total.store(bounds.total, Ordering::Relaxed);
        self.commands = self.commands.wrapping_add(1);
        let tag = format!("R{}", self.commands);
        self.write(&format!("{tag} {command}\r\n")).await?;
        let mut more = more;
        let mut farewell: Option<String> = None;
        loop {
            let step = self.read(bounds, |response| match response {
                Response::Done { tag: of, status, outcome } if of.0 == tag => Step::Done(match status {
                    Status::Ok => Ok(()),
                    Status::No | Status::Bad | Status::PreAuth | Status::Bye => {
                        Err(ImapError::refusal(name, false, &text_of(outcome)))
                    }
                }),
                Response::Data { status: Status::Bye, outcome } => Step::Farewell(text_of(outcome)),
                Response::Continue(_) => Step::Question,
                other => {
                    on_response(other);
                    Step::Next
                }
            });
            match step.await {
                Ok(Step::Done(done)) => return done,
                Ok(Step::Farewell(text)) => farewell = Some(text),
                Ok(Step::Question) => {
                    // A second question is one to give up: an asterisk ends an exchange that went wrong (RFC 3501 section
                    // 6.2.2).
                    let answer = more.take().unwrap_or("*");
                    self.write(&format!("{answer}\r\n")).await?;
                }
                Ok(Step::Next) => {}
                Err(error @ ImapError::Lost(_)) => {
                    return Err(match farewell {
                        Some(text) => ImapError::refusal(name, true, &text),
                        None => error,
                    });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Past the library's own writer, which would hand the password to whoever traces its log.
    async fn write(&mut self, line: &str) -> Result<(), ImapError> {
        let stream = self.client.get_mut();
        let write = async {
            stream.write_all(line.as_bytes()).await?;
            stream.flush().await
        };
        within(ANSWER_TIMEOUT, write).await?.map_err(|error| ImapError::Lost(Some(error)))
    }

    async fn read<T>(&mut self, bounds: Bounds, see: impl FnOnce(&Response<'_>) -> T) -> Result<T, ImapError> {
        self.left.response.store(bounds.response, Ordering::Relaxed);
        match within(bounds.patience, self.client.read_response()).await? {
            Ok(Some(response)) => Ok(see(response.parsed())),
            Ok(None) => Err(ImapError::Lost(None)),
            // The library says so of what it cannot parse, and quotes it: mail would get into the log.
            Err(error) if error.kind() == io::ErrorKind::Other => Err(ImapError::Unreadable),
            Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => Err(ImapError::TooLong),
            Err(error) => Err(ImapError::Lost(Some(error))),
        }
    }
}

/// What a response to a command means for the exchange.
enum Step {
    Done(Result<(), ImapError>),
    Farewell(String),
    Question,
    Next,
}

fn text_of(outcome: &Outcome<'_>) -> String {
    outcome.information.as_deref().unwrap_or_default().to_owned()
}

async fn dial(host: &str, port: u16) -> Result<TcpStream, ImapError> {
    let unknown = || ImapError::HostNotFound { host: host.to_owned() };
    let addresses = within(CONNECT_TIMEOUT, tokio::net::lookup_host((host, port))).await?.map_err(|_| unknown())?;
    let mut failure = None;
    for address in addresses {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Commands are short, and each waits for its answer.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "the connection stays with Nagle's algorithm");
                }
                return Ok(stream);
            }
            Ok(Err(error)) => failure = Some(error),
            Err(_) => failure = Some(io::ErrorKind::TimedOut.into()),
        }
    }
    Err(match failure {
        None => unknown(),
        Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            ImapError::Refused { host: host.to_owned(), port }
        }
        Some(error) => ImapError::Unreachable { host: host.to_owned(), port, error },
    })
}

async fn start_tls(server: &ImapServer, stream: Box<dyn Stream>) -> Result<Box<dyn Stream>, ImapError> {
    let failed = |reason: String| ImapError::Tls { host: server.host.clone(), port: server.port, reason };
    let name = ServerName::try_from(server.host.clone()).map_err(|error| failed(error.to_string()))?;
    let connector = TlsConnector::from(tls_config()?);
    match timeout(CONNECT_TIMEOUT, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(failed(tls_reason(&error))),
        Err(_) => Err(failed("the server does not begin TLS; it may want STARTTLS".to_owned())),
    }
}

fn tls_reason(error: &io::Error) -> String {
    use rustls::{CertificateError as C, Error as E};
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<E>());
    match cause {
        Some(E::InvalidCertificate(C::UnknownIssuer)) => {
            "its certificate is not signed by an authority this machine trusts".to_owned()
        }
        Some(E::InvalidCertificate(C::Expired | C::ExpiredContext { .. })) => "its certificate has expired".to_owned(),
        Some(E::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. })) => {
            "its certificate is for another name".to_owned()
        }
        Some(E::InvalidMessage(_)) => "the server does not begin with TLS; it may want STARTTLS".to_owned(),
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}

/// Trusts whom the operating system trusts, as the client of Google does. Made once: reading the list takes a while.
fn tls_config() -> Result<Arc<ClientConfig>, ImapError> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let failed = |error: rustls::Error| ImapError::TlsSetup(error.to_string());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_platform_verifier()
        .map_err(failed)?
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}

async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Result<T, ImapError> {
    timeout(patience, work).await.map_err(|_| ImapError::Timeout { seconds: patience.as_secs() })
}

fn names(capabilities: &[Capability<'_>]) -> BTreeSet<String> {
    capabilities
        .iter()
        .map(|capability| match capability {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
            Capability::Atom(name) => name.to_ascii_uppercase(),
        })
        .collect()
}

/// A quoted string (RFC 3501 section 4.3). Names and passwords beyond ASCII go as they are: the server decides.
pub(super) fn quoted(text: &str) -> Result<String, ImapError> {
    if text.chars().any(char::is_control) {
        let text = "nothing was sent: the name or password holds a control character".to_owned();
        return Err(ImapError::Refusal { command: "nothing", text });
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Ok(quoted)
}

/// UIDs as sequence sets (RFC 3501 section 9), each short enough for a command line.
pub(super) fn sets(uids: &[u32]) -> Vec<String> {
    const LONGEST: usize = 4_000;
    let mut uids = uids.to_vec();
    uids.sort_unstable();
    uids.dedup();
    let mut sets = vec![String::new()];
    for run in uids.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        if sets.last().is_none_or(|set| set.len() > LONGEST) {
            sets.push(String::new());
        }
        if let Some(set) = sets.last_mut() {
            if !set.is_empty() {
                set.push(',');
            }
            // Writing to a text cannot fail.
            let _written = if first == last { write!(set, "{first}") } else { write!(set, "{first}:{last}") };
        }
    }
    sets.retain(|set| !set.is_empty());
    sets
}
