//! The settings, and the one place that reads the environment. `reader` says what each variable is called and may be.

mod reader;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use self::reader::{Reader, read};
use crate::{crypto::Cipher, gmail::GoogleConfig, store::DeletedMail, types::AttachmentPolicy};

/// Everything that can be set from outside, read once at start and validated as a whole.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://path` or `postgres://…`.
    pub database_url: String,
    /// What the encryption key is derived from. At least 32 characters.
    pub secret_key: SecretString,
    /// The key before, while keys are changed.
    pub secret_key_previous: Option<SecretString>,
    /// Where people reach this server, without a trailing slash. `None` when not set: the listening address serves.
    pub public_url: Option<Url>,
    pub listen_addr: SocketAddr,
    /// Where `/metrics` is answered without a token, for a collector. `None`: only an admin's token opens it.
    pub metrics_addr: Option<SocketAddr>,
    /// Uploaded files wait here until they are imported.
    pub data_dir: PathBuf,
    /// Whether `X-Forwarded-For` is to be believed: only behind a proxy that sets it.
    pub trust_proxy_headers: bool,
    /// Connections that are open at once. `None`: as many as the limit for open files suggests.
    pub max_connections: Option<usize>,
    /// The largest file that may be uploaded.
    pub max_upload_bytes: u64,
    pub google: GoogleConfig,
    pub openai_base_url: String,
    /// Where Anthropic answers, without a slash at its end.
    pub anthropic_base_url: String,
    pub sync: SyncSettings,
    pub attachments: AttachmentSettings,
}

/// Which attachments are kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentSettings {
    pub policy: AttachmentPolicy,
    /// The largest one, in bytes.
    pub max_bytes: u64,
}

/// How mail is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncSettings {
    /// Whether this server also runs the worker.
    pub worker_enabled: bool,
    /// Pause between two rounds of the worker.
    pub worker_interval: Duration,
    /// How far back the first sync looks.
    pub first_lookback: Duration,
    /// After how many messages a manual sync stops and says that it is partial. `None`: never.
    pub manual_message_limit: Option<u32>,
    /// Gmail quota units an account may spend in a minute.
    pub quota_units_per_minute: u32,
    /// How long an account stays reserved for a run that no longer gives a sign of life: then another process takes it
    /// over. A live run renews its lease several times in that span.
    pub lease: Duration,
    /// A run that makes no step for this long ends itself.
    pub stalled_after: Duration,
    /// What becomes of mail here that was deleted at its provider.
    pub deleted_mail: DeletedMail,
}

impl SyncSettings {
    /// [`Self::lease`] as the clock's arithmetic wants it.
    #[must_use]
    pub fn lease_delta(&self) -> TimeDelta {
        TimeDelta::from_std(self.lease).unwrap_or(TimeDelta::MAX)
    }
}

/// Whether `.env.example` names the variable.
fn is_known(name: &str) -> bool {
    include_str!("../.env.example")
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .any(|(known, _)| known == name)
}

/// Every variable that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these settings cannot be used:\n{}", .0.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n"))]
pub struct SettingsError(pub Vec<String>);

impl Settings {
    /// Reads the process environment, after `.env` in the working directory has been added to it.
    ///
    /// # Errors
    /// Names every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        let lookup = environment()?;
        for name in dotenvy::dotenv_iter().into_iter().flatten().flatten().map(|(name, _)| name) {
            if !is_known(&name) {
                tracing::warn!(".env sets {name}, which is not a setting: .env.example lists them all");
            }
        }
        Self::from_lookup(lookup)
    }

    /// Reads the settings through `lookup`. An empty variable counts as not set.
    ///
    /// # Errors
    /// Names every variable that is missing or wrong.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        read(&lookup, Reader::settings)
    }

    /// The same settings with another database.
    ///
    /// # Errors
    /// When that is no address of a database.
    pub fn with_database(&self, database_url: &str) -> Result<Self, SettingsError> {
        let lookup = |name: &str| (name == "DATABASE_URL").then(|| database_url.to_owned());
        let database_url = read(&lookup, Reader::database_url)?;
        Ok(Self { database_url, ..self.clone() })
    }

    /// `sqlite` or `postgres`: what kind of database it is.
    #[must_use]
    pub fn database_kind(&self) -> &'static str {
        if self.database_url.starts_with("sqlite:") { "sqlite" } else { "postgres" }
    }

    /// The keys of the database's secrets.
    #[must_use]
    pub fn cipher(&self) -> Cipher {
        let cipher = Cipher::new(&self.secret_key);
        match &self.secret_key_previous {
            Some(previous) => cipher.with_previous(previous),
            None => cipher,
        }
    }

    /// The folder in which uploads wait until they are imported.
    #[must_use]
    pub fn uploads_folder(&self) -> PathBuf {
        self.data_dir.join("uploads")
    }

    /// The address people use, e.g. `https://replybook.example`, without a trailing slash.
    #[must_use]
    pub fn public_base(&self) -> String {
        self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen_addr), |url| bare(url).to_owned())
    }

    /// Tells the settings which address was really bound, for a `LISTEN_ADDR` with port 0: an OAuth redirect that
    /// was derived from the listening address follows it.
    pub fn bound_to(&mut self, addr: SocketAddr) {
        if self.google.redirect_url == redirect_url(&api_base(self.listen_addr)) {
            self.google.redirect_url = redirect_url(&api_base(addr));
        }
        self.listen_addr = addr;
    }

    /// Whether cookies must be marked `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

/// What every command needs at its start, also one that needs no database and no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramSettings {
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `tracing-subscriber`. `None`: what is logged by default.
    pub log_filter: Option<String>,
    /// The folder with the built site; unused when the site is inside the binary.
    pub site_dir: PathBuf,
}

impl ProgramSettings {
    /// Reads the process environment, after `.env` in the working directory has been added to it.
    ///
    /// # Errors
    /// Names every variable that is wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_lookup(environment()?)
    }

    /// Reads the settings through `lookup`. An empty variable counts as not set.
    ///
    /// # Errors
    /// Names every variable that is wrong.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        read(&lookup, Reader::program)
    }
}

/// The variables of this process and of `.env` in the working directory; the former win.
fn environment() -> Result<impl Fn(&str) -> Option<String>, SettingsError> {
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(error) => return Err(SettingsError(vec![format!(".env cannot be read: {error}")])),
    }
    Ok(|name: &str| std::env::var(name).ok())
}

fn bare(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

fn api_base(addr: SocketAddr) -> String {
    format!("http://{addr}/api")
}

fn redirect_url(base: &str) -> String {
    format!("{base}/integrations/gmail/callback")
}

#[cfg(test)]
mod tests {
    use std::{
        cell::RefCell,
        collections::{BTreeMap, BTreeSet},
    };

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_key_that_is_easy_to_guess_is_refused_and_a_random_one_never() {
        for weak in
            ["a".repeat(32), "ab".repeat(20), "abc123".repeat(6), "0011223344".replace(['3', '4'], "0").repeat(4)]
        {
            let error = read(&[("SECRET_KEY", &weak)]).expect_err("weak");
            assert!(error.0[0].contains("too easy to guess"), "{weak}: {error}");
        }
        for _ in 0..200 {
            let key = crate::crypto::random_token();
            assert!(read(&[("SECRET_KEY", &key)]).is_ok(), "{key}");
        }
        let settings = read(&[("SECRET_KEY_PREVIOUS", "aaaa")]).expect("one changes away from a weak key");
        assert!(settings.secret_key_previous.is_some());
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let pairs: Vec<(String, String)> =
            [("SECRET_KEY", KEY)].iter().chain(pairs).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::from_lookup(|name| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    }

    #[test]
    fn the_defaults_need_only_a_key() {
        let settings = read(&[]).expect("valid");
        assert_eq!(settings.database_url, "sqlite://data/replybook.db");
        assert_eq!(settings.listen_addr.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.google.redirect_url, "http://127.0.0.1:3000/api/integrations/gmail/callback");
        assert_eq!(settings.google.scopes, ["https://www.googleapis.com/auth/gmail.readonly"]);
        assert_eq!(settings.sync.worker_interval, Duration::from_secs(300));
        assert_eq!(settings.sync.first_lookback, Duration::from_secs(30 * 86_400));
        assert!(settings.sync.worker_enabled && !settings.is_https());
    }

    #[test]
    fn the_example_names_every_setting_and_shows_its_default() {
        let lines: BTreeMap<&str, &str> = include_str!("../.env.example")
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' '))?.split_once('='))
            .collect();
        let asked = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            let value = if name == "SECRET_KEY" { Some(&KEY) } else { lines.get(name) };
            value.map(|value| (*value).to_owned())
        };
        let settings = Settings::from_lookup(lookup).expect("the example is valid");
        assert_eq!(format!("{settings:#?}"), format!("{:#?}", read(&[]).expect("valid")));
        let program = ProgramSettings::from_lookup(lookup).expect("the example is valid");
        assert_eq!(program, ProgramSettings::from_lookup(|_| None).expect("valid"));
        let asked = asked.take();
        let unnamed: Vec<_> = asked.iter().filter(|name| !lines.contains_key(name.as_str())).collect();
        assert!(unnamed.is_empty(), "not in .env.example: {unnamed:?}");
    }

    #[test]
    fn the_redirect_base_wins_over_the_public_url() {
        let settings = read(&[
            ("PUBLIC_URL", "https://replies.example/"),
            ("GMAIL_OAUTH_REDIRECT_BASE_URL", "https://replies.example/behind/api/"),
        ])
        .expect("valid");
        assert_eq!(settings.google.redirect_url, "https://replies.example/behind/api/integrations/gmail/callback");
        assert_eq!(settings.public_base(), "https://replies.example");
        assert!(settings.is_https());
    }

    #[test]
    fn the_public_address_is_a_host_and_nothing_else() {
        for url in
            ["https://r.example/base", "https://r.example/?x=1", "https://r.example/#x", "https://ann:secret@r.example"]
        {
            let error = read(&[("PUBLIC_URL", url)]).expect_err(url).to_string();
            assert!(error.contains("PUBLIC_URL must be a scheme and a host") && !error.contains("secret"), "{error}");
        }
        assert!(read(&[("PUBLIC_URL", "https://r.example:8443/")]).is_ok());
    }

    #[test]
    fn a_misspelt_name_is_no_setting() {
        assert!(is_known("PUBLIC_URL") && is_known("SECRET_KEY"));
        assert!(!is_known("PUBLIC_ULR") && !is_known(""));
    }

    #[test]
    fn addresses_from_which_nobody_comes_back_are_refused() {
        let refused = |pairs: &[(&str, &str)]| read(pairs).expect_err("refused").to_string();
        let elsewhere =
            [("PUBLIC_URL", "https://replies.example"), ("GMAIL_OAUTH_REDIRECT_BASE_URL", "https://api.example/api")];
        assert!(refused(&elsewhere).contains("GMAIL_OAUTH_REDIRECT_BASE_URL leads to api.example"));
        let by_name = [("GMAIL_OAUTH_REDIRECT_BASE_URL", "http://localhost:3000/api")];
        assert!(refused(&by_name).contains("people open 127.0.0.1"));
        let anywhere = [("LISTEN_ADDR", "0.0.0.0:3000"), ("GMAIL_CLIENT_ID", "id")];
        assert!(refused(&anywhere).contains("PUBLIC_URL is missing"));
        // Without Gmail, or with a name, that is as good as any.
        assert!(read(&[("LISTEN_ADDR", "0.0.0.0:3000")]).is_ok());
        assert!(
            read(&[("LISTEN_ADDR", "0.0.0.0:3000"), ("GMAIL_CLIENT_ID", "id"), ("PUBLIC_URL", "http://box")]).is_ok()
        );
        assert!(read(&[("LISTEN_ADDR", "[::1]:3000"), ("GMAIL_CLIENT_ID", "id")]).is_ok());
    }

    #[test]
    fn a_redirect_derived_from_the_listening_address_follows_the_bound_port() {
        let mut settings = read(&[("LISTEN_ADDR", "127.0.0.1:0")]).expect("valid");
        settings.bound_to(SocketAddr::from(([127, 0, 0, 1], 4567)));
        assert_eq!(settings.google.redirect_url, "http://127.0.0.1:4567/api/integrations/gmail/callback");
        let mut settings = read(&[("PUBLIC_URL", "https://r.example")]).expect("valid");
        settings.bound_to(SocketAddr::from(([127, 0, 0, 1], 4567)));
        assert_eq!(settings.google.redirect_url, "https://r.example/api/integrations/gmail/callback");
    }

    #[test]
    fn every_wrong_variable_is_named_at_once_and_no_secret_is_repeated() {
        let error = read(&[
            ("SECRET_KEY", "short-secret"),
            ("LISTEN_ADDR", "here"),
            ("GOOGLE_TOKEN_URL", "ftp://x"),
            ("REPLYBOOK_WORKER", "maybe"),
            ("SYNC_INTERVAL_SECONDS", "0"),
            ("DATABASE_URL", "mysql://root:hunter2@x"),
        ])
        .expect_err("wrong");
        let text = error.to_string();
        for name in [
            "SECRET_KEY",
            "LISTEN_ADDR",
            "GOOGLE_TOKEN_URL",
            "REPLYBOOK_WORKER",
            "SYNC_INTERVAL_SECONDS",
            "DATABASE_URL",
        ] {
            assert!(text.contains(name), "{name} is not named in: {text}");
        }
        assert!(!text.contains("short-secret") && !text.contains("hunter2"));
    }

    #[test]
    fn how_the_program_logs_needs_no_key() {
        let read = |pairs: &'static [(&str, &str)]| {
            ProgramSettings::from_lookup(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let defaults = read(&[("RUST_LOG", "")]).expect("valid");
        assert_eq!((defaults.log_format, defaults.log_filter), (LogFormat::Text, None));
        assert_eq!(defaults.site_dir, PathBuf::from("target/site"));
        let set = read(&[("REPLYBOOK_LOG", "json"), ("RUST_LOG", "debug"), ("LEPTOS_SITE_ROOT", "/site")]);
        let set = set.expect("valid");
        assert_eq!((set.log_format, set.log_filter.as_deref()), (LogFormat::Json, Some("debug")));
        assert_eq!(set.site_dir, PathBuf::from("/site"));
        let error = read(&[("REPLYBOOK_LOG", "xml")]).expect_err("wrong").to_string();
        assert!(error.contains("REPLYBOOK_LOG must be text or json"), "{error}");
    }

    #[test]
    fn where_metrics_are_answered_is_checked() {
        assert_eq!(read(&[]).expect("valid").metrics_addr, None);
        let set = read(&[("METRICS_ADDR", "127.0.0.1:9100")]).expect("valid").metrics_addr;
        assert_eq!(set.map(|addr| addr.port()), Some(9100));
        assert!(read(&[("METRICS_ADDR", "9100")]).expect_err("wrong").to_string().contains("METRICS_ADDR"));
    }

    #[test]
    fn which_attachments_are_kept_is_checked() {
        let defaults = read(&[]).expect("valid").attachments;
        assert_eq!((defaults.policy, defaults.max_bytes), (AttachmentPolicy::OnDemand, 25 << 20));
        let all = read(&[("ATTACHMENTS", "all"), ("ATTACHMENT_MAX_MB", "150")]).expect("valid").attachments;
        assert_eq!((all.policy, all.max_bytes), (AttachmentPolicy::All, 150 << 20));
        let error = read(&[("ATTACHMENTS", "some"), ("ATTACHMENT_MAX_MB", "151")]).expect_err("wrong").to_string();
        assert!(
            error.contains("ATTACHMENTS") && error.contains("on-demand") && error.contains("at most 150"),
            "{error}"
        );
        assert!(read(&[("ATTACHMENT_MAX_MB", "0")]).is_err());
    }

    #[test]
    fn a_missing_key_says_how_to_make_one() {
        let error = read(&[("SECRET_KEY", "")]).expect_err("no key");
        assert!(error.to_string().contains("replybook keygen"));
    }

    /// A key file as Google makes them; the key is the one of RFC 7515, appendix A.2.
    fn key_file() -> serde_json::Value {
        serde_json::json!({
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "a1b2",
            "private_key": include_str!("gmail/service_account/rfc7515_a2.pem"),
            "client_email": "replybook@project.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        })
    }

    fn read_with_key(content: impl AsRef<[u8]>, more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.json");
        std::fs::write(&path, content).expect("written");
        let path = path.to_str().expect("text");
        let pairs: Vec<_> = [("GMAIL_SERVICE_ACCOUNT_KEY_FILE", path)].iter().chain(more).copied().collect();
        read(&pairs)
    }

    #[test]
    fn a_service_account_needs_its_key_file_and_a_domain() {
        let domains = ("GMAIL_WORKSPACE_DOMAIN", "Shop.example, other.example\nthird.example");
        let settings = read_with_key(key_file().to_string(), &[domains]).expect("valid");
        let account = settings.google.service_account.expect("a service account");
        assert_eq!(account.domains(), ["shop.example", "other.example", "third.example"]);
        assert!(account.covers("ann@shop.example") && account.covers("ANN@OTHER.example"));
        assert!(!account.covers("ann@sub.shop.example") && !account.covers("ann@badshop.example"));
        assert!(!account.covers("shop.example") && !account.covers("ann@shop.example@evil.example"));
        assert!(format!("{account:?}").contains("https://oauth2.googleapis.com/token"));

        let elsewhere = [domains, ("GOOGLE_TOKEN_URL", "http://127.0.0.1:9/token")];
        let settings = read_with_key(key_file().to_string(), &elsewhere).expect("valid");
        assert!(format!("{:?}", settings.google.service_account).contains("http://127.0.0.1:9/token"));

        assert!(read(&[domains]).expect("a domain alone does nothing").google.service_account.is_none());
        let error = read_with_key(key_file().to_string(), &[]).expect_err("no domain").to_string();
        assert!(error.contains("GMAIL_WORKSPACE_DOMAIN is missing"), "{error}");
    }

    #[test]
    fn every_mistake_in_a_key_file_is_named_and_none_of_its_values() {
        let domain = ("GMAIL_WORKSPACE_DOMAIN", "shop.example");
        let wrong = |content: String| {
            let error = read_with_key(content, &[domain]).expect_err("wrong").to_string();
            assert!(!error.contains("hush") && error.contains("GMAIL_SERVICE_ACCOUNT_KEY_FILE"), "{error}");
            error
        };
        let all = wrong(
            serde_json::json!({
                "type": "hush-type", "client_email": "hush-email", "private_key": "hush-key", "token_uri": "hush:uri",
            })
            .to_string(),
        );
        for part in ["`type`", "`client_email`", "`private_key`", "`token_uri`"] {
            assert!(all.contains(part), "{part} is not named in: {all}");
        }
        for part in ["type", "client_email", "private_key", "token_uri"] {
            let mut file = key_file();
            file.as_object_mut().expect("an object").remove(part);
            let error = wrong(file.to_string());
            assert_eq!(error.lines().count(), 2, "one mistake is one line: {error}");
            assert!(error.contains(&format!("`{part}`")), "{error}");
        }
        assert!(wrong("hush, no JSON".to_owned()).contains("is not the JSON key file"));
        assert!(wrong(r#"{"web": {"client_secret": "hush"}}"#.to_owned()).contains("OAuth client"));

        let missing = read(&[("GMAIL_SERVICE_ACCOUNT_KEY_FILE", "/nowhere/key.json"), domain]).expect_err("no file");
        assert!(missing.to_string().contains("cannot be read"), "{missing}");
        let pasted = key_file().to_string();
        let error = read(&[("GMAIL_SERVICE_ACCOUNT_KEY_FILE", &pasted), domain]).expect_err("the key itself");
        assert!(error.to_string().contains("the path of the key file") && !error.to_string().contains("BEGIN"));
        let odd = ("GMAIL_WORKSPACE_DOMAIN", "shop.example ann@shop.example localhost");
        let error = read_with_key(key_file().to_string(), &[odd]).expect_err("no domains").to_string();
        assert!(error.contains("`ann@shop.example`") && error.contains("`localhost`"), "{error}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let settings = read(&[("GMAIL_CLIENT_SECRET", "GOCSPX-abc")]).expect("valid");
        let shown = format!("{settings:?}");
        assert!(!shown.contains("GOCSPX-abc") && !shown.contains(KEY));
    }
}
