//! What each variable is called, what it may be, and what counts where it is not set.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use url::Url;

use super::{
    AttachmentSettings, LogFormat, ProgramSettings, Settings, SettingsError, SyncSettings, api_base, bare, redirect_url,
};
use crate::{
    ai::{DEFAULT_ANTHROPIC_BASE_URL, DEFAULT_OPENAI_BASE_URL},
    files,
    gmail::{GoogleConfig, ServiceAccount, USER_UNITS_PER_MINUTE},
    store::DeletedMail,
    types::AttachmentPolicy,
};

/// Messages are read whole into memory, and no provider takes larger ones.
const MOST_ATTACHMENT_MB: u64 = 150;
/// Fewest different characters of a key: 32 random ones, even in hexadecimal, have more.
const KEY_CHARACTERS: usize = 6;
/// Shortest text that a key may be made of by repeating it.
const KEY_PERIOD: usize = 8;

/// Whether a key of the right length is made of few characters, or of a few again and again.
fn is_weak(key: &str) -> bool {
    let characters: Vec<char> = key.chars().collect();
    let different: BTreeSet<&char> = characters.iter().collect();
    let repeats = |period: usize| characters.iter().zip(&characters[period..]).all(|(a, b)| a == b);
    different.len() < KEY_CHARACTERS || (1..KEY_PERIOD).any(repeats)
}

/// Reads variables, and notes those that cannot be used.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<String>,
}

/// What `part` reads through `lookup`. An empty variable counts as not set.
///
/// # Errors
/// Names every variable that is missing or wrong.
pub(super) fn read<'a, T>(
    lookup: &'a dyn Fn(&str) -> Option<String>,
    part: impl FnOnce(&mut Reader<'a>) -> T,
) -> Result<T, SettingsError> {
    let mut reader = Reader { lookup, errors: Vec::new() };
    let read = part(&mut reader);
    if reader.errors.is_empty() { Ok(read) } else { Err(SettingsError(reader.errors)) }
}

impl Reader<'_> {
    pub(super) fn program(&mut self) -> ProgramSettings {
        ProgramSettings {
            log_format: self.parsed("REPLYBOOK_LOG", LogFormat::default(), "text or json"),
            log_filter: self.text("RUST_LOG"),
            site_dir: self.text("LEPTOS_SITE_ROOT").map_or_else(|| PathBuf::from("target/site"), PathBuf::from),
        }
    }

    pub(super) fn settings(&mut self) -> Settings {
        let public_url = self.origin("PUBLIC_URL").or_else(|| self.origin("FRONTEND_URL"));
        let listen_addr =
            self.parsed("LISTEN_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000)), "an address like 127.0.0.1:3000");
        Settings {
            database_url: self.database_url(),
            secret_key: self.secret_key(),
            secret_key_previous: self.text("SECRET_KEY_PREVIOUS").map(Into::into),
            google: self.google(public_url.as_ref(), listen_addr),
            public_url,
            listen_addr,
            metrics_addr: self.metrics_addr(),
            data_dir: self.text("REPLYBOOK_DATA_DIR").map_or_else(|| PathBuf::from("data"), PathBuf::from),
            max_connections: match self.parsed(
                "MAX_CONNECTIONS",
                0_usize,
                "a whole number; 0 means as many as the limit for open files allows",
            ) {
                0 => None,
                limit => Some(limit),
            },
            trust_proxy_headers: self.switch("TRUST_PROXY_HEADERS", false),
            max_upload_bytes: self
                .parsed("MAX_UPLOAD_MB", 20_480_u64, "a whole number of megabytes")
                .saturating_mul(1 << 20),
            openai_base_url: self
                .url("OPENAI_BASE_URL")
                .map_or_else(|| DEFAULT_OPENAI_BASE_URL.to_owned(), |url| bare(&url).to_owned()),
            anthropic_base_url: self
                .url("ANTHROPIC_BASE_URL")
                .map_or_else(|| DEFAULT_ANTHROPIC_BASE_URL.to_owned(), |url| bare(&url).to_owned()),
            sync: SyncSettings {
                worker_enabled: self.switch("REPLYBOOK_WORKER", true),
                worker_interval: Duration::from_secs(self.positive("SYNC_INTERVAL_SECONDS", 300)),
                first_lookback: Duration::from_secs(
                    self.positive("SYNC_FIRST_LOOKBACK_DAYS", 30).saturating_mul(86_400),
                ),
                manual_message_limit: match self.parsed(
                    "SYNC_MANUAL_MESSAGE_LIMIT",
                    0_u32,
                    "a whole number; 0 means no limit",
                ) {
                    0 => None,
                    limit => Some(limit),
                },
                quota_units_per_minute: u32::try_from(
                    self.positive("GMAIL_QUOTA_UNITS_PER_MINUTE", USER_UNITS_PER_MINUTE.into()),
                )
                .unwrap_or(u32::MAX),
                // A day is as good as for ever, and no date overflows.
                lease: Duration::from_secs(self.positive("SYNC_LEASE_SECONDS", 120).min(86_400)),
                stalled_after: Duration::from_secs(self.positive("SYNC_STALLED_AFTER_SECONDS", 600).min(86_400)),
                deleted_mail: self.deleted_mail(),
            },
            attachments: self.attachments(),
        }
    }

    fn metrics_addr(&mut self) -> Option<SocketAddr> {
        let value = self.text("METRICS_ADDR")?;
        let addr = value.parse().ok();
        if addr.is_none() {
            self.errors.push(format!("METRICS_ADDR must be an address like 127.0.0.1:9100, but is `{value}`"));
        }
        addr
    }

    fn attachments(&mut self) -> AttachmentSettings {
        let policy = match self.text("ATTACHMENTS").as_deref().map(str::parse) {
            None => AttachmentPolicy::OnDemand,
            Some(Ok(policy)) => policy,
            Some(Err(error)) => {
                self.errors.push(format!("ATTACHMENTS: {error}"));
                AttachmentPolicy::OnDemand
            }
        };
        let megabytes = self.positive("ATTACHMENT_MAX_MB", 25);
        if megabytes > MOST_ATTACHMENT_MB {
            self.errors.push(format!("ATTACHMENT_MAX_MB must be at most {MOST_ATTACHMENT_MB}, but is `{megabytes}`"));
        }
        AttachmentSettings { policy, max_bytes: megabytes.min(MOST_ATTACHMENT_MB) << 20 }
    }

    fn deleted_mail(&mut self) -> DeletedMail {
        match self.text("SYNC_DELETED_MAIL").as_deref() {
            None | Some("keep") => DeletedMail::Keep,
            Some("remove") => DeletedMail::Remove,
            Some(other) => {
                self.errors.push(format!("SYNC_DELETED_MAIL must be keep or remove, but is `{other}`"));
                DeletedMail::Keep
            }
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn url(&mut self, name: &str) -> Option<Url> {
        let value = self.text(name)?;
        match Url::parse(&value) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                self.errors.push(format!("{name} must be an http(s) URL, but is `{value}`"));
                None
            }
        }
    }

    /// Where people reach the pages, which stand at the root of their host. The value is not repeated: it may hold a password.
    fn origin(&mut self, name: &str) -> Option<Url> {
        let url = self.url(name)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            self.errors.push(format!(
                "{name} must be a scheme and a host, with a port where there is one, like https://replies.example: no user, path or \
                 query, for the pages stand at the root of their host"
            ));
            return None;
        }
        Some(url)
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, default: T, expected: &str) -> T {
        let Some(value) = self.text(name) else { return default };
        value.parse().unwrap_or_else(|_| {
            self.errors.push(format!("{name} must be {expected}, but is `{value}`"));
            default
        })
    }

    fn positive(&mut self, name: &str, default: u64) -> u64 {
        match self.parsed(name, default, "a whole number above 0") {
            0 => {
                self.errors.push(format!("{name} must be a whole number above 0, but is `0`"));
                default
            }
            value => value,
        }
    }

    fn switch(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(|value| value.to_ascii_lowercase()).as_deref() {
            None => default,
            Some("on" | "true" | "1" | "yes") => true,
            Some("off" | "false" | "0" | "no") => false,
            Some(other) => {
                self.errors.push(format!("{name} must be on or off, but is `{other}`"));
                default
            }
        }
    }

    pub(super) fn database_url(&mut self) -> String {
        let value = self.text("DATABASE_URL").unwrap_or_else(|| "sqlite://data/replybook.db".to_owned());
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| value.starts_with(scheme)) {
            // The value may hold a password: it is not repeated.
            self.errors.push("DATABASE_URL must begin with sqlite:// or postgres://".to_owned());
        }
        value
    }

    fn secret_key(&mut self) -> SecretString {
        let value = self.text("SECRET_KEY").unwrap_or_default();
        match value.chars().count() {
            0 => self.errors.push(
                "SECRET_KEY is missing: create one with `replybook keygen` and keep it: it decrypts the stored tokens"
                    .to_owned(),
            ),
            1..32 => self
                .errors
                .push("SECRET_KEY is shorter than 32 characters: create one with `replybook keygen`".to_owned()),
            _ if is_weak(&value) => self.errors.push(
                "SECRET_KEY is too easy to guess: it repeats itself, or is made of few characters; create one with \
                 `replybook keygen`. To change the key of a database that has it: see `replybook keys rotate`"
                    .to_owned(),
            ),
            _ => {}
        }
        value.into()
    }

    fn google(&mut self, public_url: Option<&Url>, listen_addr: SocketAddr) -> GoogleConfig {
        let base = self.url("GMAIL_OAUTH_REDIRECT_BASE_URL").map_or_else(
            || public_url.map_or_else(|| api_base(listen_addr), |url| format!("{}/api", bare(url))),
            |url| bare(&url).to_owned(),
        );
        let mut google = GoogleConfig::at_google(redirect_url(&base));
        google.client_id = self.text("GMAIL_CLIENT_ID");
        self.must_come_back(&google, public_url, listen_addr);
        google.client_secret = self.text("GMAIL_CLIENT_SECRET").map(SecretString::from);
        if let Some(scopes) = self.text("GMAIL_OAUTH_SCOPES") {
            google.scopes = scopes.split_whitespace().map(ToOwned::to_owned).collect();
        }
        for (name, target) in [
            ("GOOGLE_AUTH_URL", &mut google.auth_url),
            ("GOOGLE_TOKEN_URL", &mut google.token_url),
            ("GOOGLE_REVOKE_URL", &mut google.revoke_url),
            ("GOOGLE_USERINFO_URL", &mut google.userinfo_url),
            ("GMAIL_API_BASE_URL", &mut google.api_base_url),
        ] {
            if let Some(url) = self.url(name) {
                *target = bare(&url).to_owned();
            }
        }
        let elsewhere = self.text("GOOGLE_TOKEN_URL").map(|_| google.token_url.clone());
        google.service_account = self.service_account().map(|account| match elsewhere {
            Some(token_url) => account.at(token_url),
            None => account,
        });
        google
    }

    /// Google sends the browser to the redirect address with nothing but a code: the session it has there must be the one that
    /// began. Cookies belong to a host, so that has to be the host of the pages.
    fn must_come_back(&mut self, google: &GoogleConfig, public_url: Option<&Url>, listen_addr: SocketAddr) {
        let host = |url: &Url| url.host_str().map(ToOwned::to_owned);
        let pages = public_url.and_then(host).unwrap_or_else(|| listen_addr.ip().to_string());
        let back = google.redirect_url.parse().ok().as_ref().and_then(host).unwrap_or_else(|| pages.clone());
        if back.trim_matches(['[', ']']) != pages.trim_matches(['[', ']']) {
            self.errors.push(format!(
                "GMAIL_OAUTH_REDIRECT_BASE_URL leads to {back}, but people open {pages} (PUBLIC_URL): their session is not \
                 known there, so no Gmail account could be connected"
            ));
        } else if google.client_id.is_some() && public_url.is_none() && listen_addr.ip().is_unspecified() {
            self.errors.push(format!(
                "PUBLIC_URL is missing: Google cannot send a browser back to {pages}, which is every address of this machine \
                 and none"
            ));
        }
    }

    fn service_account(&mut self) -> Option<ServiceAccount> {
        const FILE: &str = "GMAIL_SERVICE_ACCOUNT_KEY_FILE";
        const DOMAIN: &str = "GMAIL_WORKSPACE_DOMAIN";
        let domains = self.workspace_domains(DOMAIN);
        let Some(path) = self.text(FILE) else {
            if !domains.is_empty() {
                tracing::warn!("{DOMAIN} does nothing without {FILE}");
            }
            return None;
        };
        if self.text(DOMAIN).is_none() {
            self.errors.push(format!("{DOMAIN} is missing: {FILE} needs the domain whose mailboxes it may open"));
        }
        // The value is not repeated: it may be the key itself.
        if path.starts_with('{') {
            self.errors.push(format!("{FILE} must be the path of the key file, not its content"));
            return None;
        }
        let json = match std::fs::read(&path) {
            Ok(json) => json,
            Err(error) => {
                self.errors.push(format!("{FILE} cannot be read: {error}"));
                return None;
            }
        };
        if files::is_exposed(Path::new(&path)) {
            tracing::warn!("{FILE} can be read or changed by other users of this machine: `chmod 600` it");
        }
        match ServiceAccount::from_key_file(&json, domains) {
            Ok(account) => Some(account),
            Err(wrong) => {
                self.errors.extend(wrong.into_iter().map(|what| format!("{FILE} {what}")));
                None
            }
        }
    }

    /// Domains in lower case; what is none is an error.
    fn workspace_domains(&mut self, name: &str) -> Vec<String> {
        let is_domain = |word: &str| {
            word.split('.').count() > 1
                && word.split('.').all(|label| {
                    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                })
        };
        let text = self.text(name).unwrap_or_default().to_ascii_lowercase();
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let (domains, wrong): (Vec<_>, Vec<_>) =
            words.map(ToOwned::to_owned).partition(|word: &String| is_domain(word));
        self.errors
            .extend(wrong.iter().map(|word| format!("{name} must name domains like example.com, but has `{word}`")));
        domains
    }
}
