//! Connecting Gmail from a terminal, for servers that no browser can reach: the loopback redirect of RFC 8252, section 7.3.
//!
//! Google sends the browser to a port of this machine. Where the browser runs on another machine that ends nowhere, but the
//! address it ends at holds the answer: the person pastes it here.

use std::{
    io::{BufRead, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use clap::Args;
use replybook::{
    Domain,
    accounts::{
        self,
        connect::{self, Binding, Callback},
    },
    auth, crypto,
    settings::Settings,
    types::{AccountId, ConsentRefusal, User},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use url::{Url, form_urlencoded};

use super::console::say;

/// How long the browser may take to fetch the last page.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Args)]
pub(super) struct ConnectGmail {
    /// The person who owns the account; by default the first admin
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// The port of 127.0.0.1 to which Google sends the browser; by default a free one
    #[arg(long)]
    port: Option<u16>,
    /// Do not listen; paste the address at which the browser ends instead
    #[arg(long)]
    no_listen: bool,
}

/// An answer of Google's, and where to say what came of it.
struct Answer {
    callback: Callback,
    /// The browser that brought it; `None` for one that was pasted.
    browser: Option<oneshot::Sender<Result<(), ConsentRefusal>>>,
}

impl ConnectGmail {
    /// Connects one mailbox and says which.
    ///
    /// # Errors
    /// In words for a terminal: what is missing, what Google refused, or that nothing came in time.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut settings = Settings::from_env()?;
        if settings.google.client_secret.is_none() {
            bail!("Gmail OAuth is not configured (missing GMAIL_CLIENT_SECRET)");
        }
        let address = ("127.0.0.1", self.port.unwrap_or_default());
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
        settings.google.redirect_url = format!("http://{}/", listener.local_addr()?);
        let domain = Domain::open(settings).await?;
        let connected = self.connect(&domain, listener).await;
        domain.shutdown().await;
        connected
    }

    async fn connect(&self, domain: &Arc<Domain>, listener: TcpListener) -> anyhow::Result<()> {
        let owner = owner(domain, self.owner.as_deref()).await?;
        let binding =
            Binding { user: owner.id, session: format!("{}{}", Binding::COMMAND_LINE, crypto::random_token()) };
        let url = connect::start(domain, &binding).await?;
        say("Open this address in a browser and choose the mailbox to connect:\n")?;
        say(&format!("{url}\n"))?;

        let (send, answers) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let server = if self.no_listen {
            drop(listener);
            say(
                "The browser will end at a page that does not open. Paste the address of that page here and press Enter.",
            )?;
            None
        } else {
            say("Waiting for the browser. If it runs on another machine, it will end at a page that does not open:")?;
            say("paste the address of that page here and press Enter.")?;
            let router = Router::new().fallback(redirected).with_state(send.clone());
            let serving = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
            Some(tokio::spawn(serving.into_future()))
        };
        read_pasted(send);

        let limit = connect::REQUEST_LIFE.to_std().unwrap_or_default();
        let finish = async |callback| connect::finish(domain, callback, Some(&binding)).await.map(|done| done.account);
        let outcome = wait(answers, limit, finish).await;
        stop.cancel();
        if let Some(server) = server {
            // A browser that keeps its connection open is no reason to stay.
            let _gone = timeout(FAREWELL, server).await;
        }
        let account = accounts::get(domain, outcome?).await.context("the account was deleted in the meantime")?;
        let address = account.external_account_id;
        say(&format!("connected {address} for {}", account.owner_email.unwrap_or(owner.email)))?;
        say(&format!("the worker fetches its mail soon; to fetch it now: replybook sync --account {}", account.id))
    }
}

/// The person named, or the admin who was there first.
async fn owner(domain: &Domain, wanted: Option<&str>) -> anyhow::Result<User> {
    let users = auth::list_users(domain).await?;
    let Some(wanted) = wanted else {
        let admins = users.into_iter().filter(|user| user.active && user.is_admin());
        return admins
            .min_by_key(|user| user.created_at)
            .context("there is no admin yet: create one with `replybook user create --admin EMAIL`");
    };
    let wanted = wanted.trim().to_lowercase();
    let user = users.into_iter().find(|user| user.email == wanted);
    let user = user.with_context(|| format!("there is no user {wanted}"))?;
    if !user.active {
        bail!("{wanted} is inactive");
    }
    Ok(user)
}

/// Waits for the answer that belongs to our request; one of another request is refused and waiting goes on.
async fn wait(
    mut answers: mpsc::Receiver<Answer>,
    limit: Duration,
    finish: impl AsyncFn(Callback) -> Result<AccountId, ConsentRefusal>,
) -> anyhow::Result<AccountId> {
    let answered = timeout(limit, async {
        loop {
            let Some(Answer { callback, browser }) = answers.recv().await else {
                bail!("standard input ended before the address was pasted; nothing was connected");
            };
            let outcome = finish(callback).await;
            if let Some(browser) = browser {
                // It may have gone away; the terminal is told in any case.
                let _gone = browser.send(outcome.map(drop));
            }
            match outcome {
                Ok(account) => return Ok(account),
                Err(reason) if belongs_to_another(reason) => complain(words(reason)),
                Err(reason) => return Err(anyhow!("{}", words(reason))),
            }
        }
    });
    answered.await.unwrap_or_else(|_| {
        Err(anyhow!("no answer came within {} minutes; nothing was connected. Run this again", limit.as_secs() / 60))
    })
}

/// Answers of an earlier try, or of somebody who guesses: they use up nothing of ours.
fn belongs_to_another(reason: ConsentRefusal) -> bool {
    matches!(reason, ConsentRefusal::MissingState | ConsentRefusal::InvalidState)
}

/// The page to which Google sends the browser.
async fn redirected(State(answers): State<mpsc::Sender<Answer>>, method: Method, uri: Uri) -> Response {
    let callback = uri.query().and_then(callback).filter(|_| method == Method::GET);
    // A browser asks for more than it was sent to, e.g. an icon.
    let Some(callback) = callback else { return StatusCode::NOT_FOUND.into_response() };
    let (browser, outcome) = oneshot::channel();
    let over = "This request has expired. Run the command again.";
    let (status, text) = match answers.send(Answer { callback, browser: Some(browser) }).await {
        Err(_) => (StatusCode::GONE, over),
        Ok(()) => match outcome.await {
            Ok(Ok(())) => (StatusCode::OK, "The mailbox is connected. You can close this window."),
            Ok(Err(reason)) => (StatusCode::BAD_REQUEST, words(reason)),
            Err(_) => (StatusCode::GONE, over),
        },
    };
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Replybook</title></head><body><p>{text}</p></body></html>"
    );
    // The address holds the code: nobody is to learn it from a referrer or a cache.
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(page)).into_response()
}

/// What Google put into the query of the redirect; `None` when this is not its answer.
fn callback(query: &str) -> Option<Callback> {
    let value = |name: &str| {
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let callback = Callback { code: value("code"), state: value("state"), error: value("error") };
    (callback.code.is_some() || callback.state.is_some() || callback.error.is_some()).then_some(callback)
}

/// The callback in an address that was pasted.
fn pasted(line: &str) -> Option<Callback> {
    Url::parse(line.trim()).ok()?.query().and_then(callback)
}

/// Reads pasted addresses for as long as the process lives. A thread of its own, because reading a terminal cannot be
/// called off: the runtime would wait for it at the end.
fn read_pasted(answers: mpsc::Sender<Answer>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line.trim().is_empty() {
                continue;
            }
            let Some(callback) = pasted(&line) else {
                complain(
                    "this is not the address at which the browser ended: that one starts with http://127.0.0.1 and contains a code",
                );
                continue;
            };
            if answers.blocking_send(Answer { callback, browser: None }).is_err() {
                break;
            }
        }
    });
}

fn complain(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _unheard = writeln!(std::io::stderr(), "{text}");
}

/// Codes are for pages, which have the words for them; here are the words for a terminal.
fn words(reason: ConsentRefusal) -> &'static str {
    match reason {
        ConsentRefusal::MissingState | ConsentRefusal::InvalidState => {
            "This answer belongs to another request, or its request has expired. Open the address that was printed last."
        }
        ConsentRefusal::MissingCode => "Google sent no code. Run this again.",
        ConsentRefusal::MissingOwner => "The owner is no longer a user here.",
        ConsentRefusal::ServerConfig => {
            "Gmail OAuth is not completely configured: check GMAIL_CLIENT_ID and GMAIL_CLIENT_SECRET."
        }
        ConsentRefusal::TokenHttp => "Google could not be reached to finish connecting. Run this again.",
        ConsentRefusal::TokenFailed => {
            "Google refused to finish connecting: check GMAIL_CLIENT_SECRET; the log says more."
        }
        ConsentRefusal::MissingAccessToken => "Google finished without giving access. Run this again.",
        ConsentRefusal::ProfileFailed => {
            "Google did not say which mailbox this is. Is the Gmail API enabled in the project?"
        }
        ConsentRefusal::PersistFailed => "The account could not be stored; the log says why.",
        ConsentRefusal::BlockedByAdmin => {
            "The Google Workspace of this mailbox does not allow this app. Ask its administrator to allow it."
        }
        ConsentRefusal::GoogleUnavailable => "Google is not available right now. Run this again.",
        ConsentRefusal::GoogleRefused => {
            "Google refused the request: check the OAuth client and its redirect URI; the log says more."
        }
        ConsentRefusal::AccessDenied => "Access was declined on Google's page. Nothing was connected.",
        ConsentRefusal::MissingScope => {
            "The permission to read mail was not ticked on Google's page. Run this again and tick it."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: &str) -> (Answer, oneshot::Receiver<Result<(), ConsentRefusal>>) {
        let (browser, told) = oneshot::channel();
        let callback = Callback { code: Some("4/x".to_owned()), state: Some(state.to_owned()), error: None };
        (Answer { callback, browser: Some(browser) }, told)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let (_send, answers) = mpsc::channel(1);
        let never = async |_| unreachable!("there was no answer");
        let error = wait(answers, Duration::from_secs(600), never).await.expect_err("nothing came");
        assert!(error.to_string().starts_with("no answer came within 10 minutes"), "{error}");
    }

    #[tokio::test]
    async fn an_end_of_input_that_nothing_can_follow_is_said() {
        let (send, answers) = mpsc::channel(1);
        drop(send);
        let never = async |_| unreachable!("there was no answer");
        let error = wait(answers, Duration::from_secs(600), never).await.expect_err("nothing can come");
        assert!(error.to_string().starts_with("standard input ended"), "{error}");
    }

    #[tokio::test]
    async fn the_first_good_answer_ends_the_waiting_and_its_browser_is_told() {
        let (send, answers) = mpsc::channel(1);
        let (good, told) = answer("ours");
        send.send(good).await.expect("there is room");
        let id = AccountId::new();
        let finish = async |callback: Callback| {
            assert_eq!(callback.state.as_deref(), Some("ours"));
            Ok(id)
        };
        assert_eq!(wait(answers, Duration::from_secs(600), finish).await.expect("connected"), id);
        assert_eq!(told.await, Ok(Ok(())));
    }

    #[test]
    fn a_pasted_address_is_read_as_the_browser_would_have_brought_it() {
        let read =
            pasted("  http://127.0.0.1:4567/?state=s%2Bt&code=4%2F0Ab&scope=email&state=other \r").expect("read");
        assert_eq!((read.state.as_deref(), read.code.as_deref(), read.error), (Some("s+t"), Some("4/0Ab"), None));
        let denied = pasted("http://127.0.0.1:4567/?error=access_denied&state=s").expect("read");
        assert_eq!(denied.error.as_deref(), Some("access_denied"));
        for other in ["4/0Ab", "http://127.0.0.1:4567/", "http://127.0.0.1:4567/?x=1", "yes"] {
            assert!(pasted(other).is_none(), "{other}");
        }
    }
}
