//! What `replybook doctor` says: whether this installation can do its work, one check after the other, in words. It may run beside a
//! server. Nothing is made or migrated; the database is asked to store one small value, as `/readyz` does.

mod clock;
mod database;
mod disk;
mod servers;

use std::{net::IpAddr, path::Path};

use url::{Host, Url};

use crate::{
    clock::SharedClock,
    files,
    settings::{Settings, SettingsError},
    types::Account,
};

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Right,
    /// Nothing that keeps it from working, but somebody should know.
    Note,
    /// Something does not work, or will not for long.
    Wrong,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Settings,
    Database,
    Disk,
    Servers,
    Clock,
}

impl Subject {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Servers => "mail servers",
            Self::Clock => "clock",
        }
    }
}

/// What one check found, as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub subject: Subject,
    pub verdict: Verdict,
    pub text: String,
}

/// Takes each finding as it is made: some checks wait for others' answers.
pub type Report<'a> = &'a mut (dyn FnMut(Finding) + Send);

/// Settings that cannot be used: with them nothing else can be looked at.
pub fn unusable(error: &SettingsError, report: Report<'_>) {
    for line in &error.0 {
        wrong(report, Subject::Settings, line);
    }
}

/// Looks at everything. Each check has a limit; all of them together take about a minute at most.
pub async fn examine(settings: &Settings, clock: &SharedClock, report: Report<'_>) {
    look_at_settings(settings, report);
    let is_ours = disk::look(settings, report);
    let store = if is_ours { database::look(settings, clock.as_ref(), report).await } else { None };
    let accounts = match &store {
        Some(store) => match store.list_accounts(None, None).await {
            Ok(accounts) => accounts,
            Err(error) => {
                wrong(report, Subject::Database, &format!("the accounts cannot be read: {error}"));
                Vec::new()
            }
        },
        None => Vec::new(),
    };
    let google = servers::look(settings, clock, &accounts, store.is_some(), report).await;
    clock::look(clock.as_ref(), store.as_ref(), google, report).await;
    if let Some(store) = store {
        store.close().await;
    }
}

fn look_at_settings(settings: &Settings, report: Report<'_>) {
    right(report, Subject::Settings, "every setting can be used");
    if files::is_exposed(Path::new(ENV_FILE)) {
        wrong(
            report,
            Subject::Settings,
            ".env can be read or changed by other users of this machine: `chmod 600 .env`",
        );
    }
    let google = &settings.google;
    match (google.client_id.is_some(), google.client_secret.is_some()) {
        (true, false) => {
            wrong(report, Subject::Settings, "GMAIL_CLIENT_ID is set and GMAIL_CLIENT_SECRET is not: both or neither");
        }
        (false, true) => {
            wrong(report, Subject::Settings, "GMAIL_CLIENT_SECRET is set and GMAIL_CLIENT_ID is not: both or neither");
        }
        (false, false) if google.service_account.is_none() => {
            note(report, Subject::Settings, "GMAIL_CLIENT_ID is not set: Gmail accounts cannot be connected");
        }
        _ => {}
    }
    if settings.public_url.as_ref().is_some_and(|url| url.scheme() == "http" && !is_this_machine(url)) {
        note(
            report,
            Subject::Settings,
            "PUBLIC_URL is not https: passwords and mail can be read in transit, unless the network protects them",
        );
    }
}

const ENV_FILE: &str = ".env";

/// Whether an address leads nowhere but to the machine it is opened on.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_local(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host, by its name or its address, is this machine.
fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether the worker asks for this account's mail.
fn is_in_use(account: &Account) -> bool {
    crate::accounts::is_synced(account) && account.status != crate::types::AccountStatus::Disabled
}

fn right(report: Report<'_>, subject: Subject, text: &str) {
    report(Finding { subject, verdict: Verdict::Right, text: on_one_line(text) });
}

fn note(report: Report<'_>, subject: Subject, text: &str) {
    report(Finding { subject, verdict: Verdict::Note, text: on_one_line(text) });
}

fn wrong(report: Report<'_>, subject: Subject, text: &str) {
    report(Finding { subject, verdict: Verdict::Wrong, text: on_one_line(text) });
}

/// What others say may have several lines, and characters that a terminal obeys.
fn on_one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ").chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let lookup = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let key = |name: &str| (name == "SECRET_KEY").then(|| "0123456789abcdef0123456789abcdef".to_owned());
        Settings::from_lookup(|name| lookup(name).or_else(|| key(name))).expect("valid")
    }

    fn found(pairs: &[(&str, &str)]) -> Vec<(Verdict, String)> {
        let mut found = Vec::new();
        look_at_settings(&settings(pairs), &mut |finding: Finding| found.push((finding.verdict, finding.text)));
        assert_eq!(found.remove(0).0, Verdict::Right, "what can be read can be used");
        found
    }

    #[test]
    fn settings_that_do_half_of_what_they_could_are_named() {
        let both = [("GMAIL_CLIENT_ID", "id"), ("GMAIL_CLIENT_SECRET", "secret")];
        assert_eq!(found(&both), []);
        for (half, other) in [(both[0], both[1].0), (both[1], both[0].0)] {
            let found = found(&[half]);
            let [(Verdict::Wrong, text)] = &found[..] else { panic!("{found:?}") };
            assert!(text.contains(half.0) && text.contains(&format!("{other} is not")), "{text}");
        }
        let found = found(&[]);
        assert!(matches!(&found[..], [(Verdict::Note, text)] if text.contains("Gmail accounts cannot be connected")));
    }

    #[test]
    fn plain_http_is_noted_where_it_leaves_the_machine() {
        let of = |url: &str| {
            found(&[("PUBLIC_URL", url), ("GMAIL_CLIENT_ID", "id"), ("GMAIL_CLIENT_SECRET", "secret")]).len()
        };
        for (url, notes) in [
            ("https://replies.example", 0),
            ("http://127.0.0.1:3000", 0),
            ("http://[::1]:3000", 0),
            ("http://localhost:3000", 0),
            ("http://replies.example", 1),
            ("http://10.0.0.7", 1),
        ] {
            assert_eq!(of(url), notes, "{url}");
        }
    }

    #[test]
    fn a_finding_is_one_line_whatever_others_say() {
        let mut found = Vec::new();
        wrong(&mut |finding: Finding| found.push(finding.text), Subject::Database, "two\n  - \u{1b}[31mlines\n");
        assert_eq!(found, ["two; - [31mlines"]);
    }
}
