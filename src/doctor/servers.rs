//! Whether the servers of the connected mailboxes can be reached. Nobody signs in: a password that no longer works is seen by the
//! account's next sync, and a server counts attempts.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use tokio::time::timeout;
use url::Url;

use super::{Report, Subject, is_in_use, is_local, note, right, wrong};
use crate::{
    clock::SharedClock,
    imap,
    net::{self, Failure, Skew},
    settings::Settings,
    types::{Account, ImapServer, ImapTls, Provider},
};

/// From the name of a server to its greeting.
const PATIENCE: Duration = Duration::from_secs(15);
/// Servers that are asked at once.
const AT_ONCE: usize = 8;

/// Asks each server once, and says by how much our clock is ahead of Google's, if Google was asked and answered. `known`: whether
/// the accounts could be read.
pub(super) async fn look(
    settings: &Settings,
    clock: &SharedClock,
    accounts: &[Account],
    known: bool,
    report: Report<'_>,
) -> Option<TimeDelta> {
    let in_use: Vec<&Account> = accounts.iter().filter(|account| is_in_use(account)).collect();
    if known && in_use.is_empty() {
        note(report, Subject::Servers, "no mailbox is connected");
    }
    let mut servers: BTreeMap<(&str, u16, &str), (&ImapServer, usize)> = BTreeMap::new();
    for server in in_use.iter().filter_map(|account| account.meta.imap.as_ref()) {
        servers.entry((&server.host, server.port, server.tls.as_str())).or_insert((server, 0)).1 += 1;
    }
    let mut answers = stream::iter(servers.into_values())
        .map(async |(server, mailboxes)| (server, mailboxes, timeout(PATIENCE, imap::greet(server)).await))
        .buffered(AT_ONCE);
    while let Some((server, mailboxes, answer)) = answers.next().await {
        let place = format!("{} on port {}", server.host, server.port);
        let of = if mailboxes == 1 { "of 1 mailbox".to_owned() } else { format!("of {mailboxes} mailboxes") };
        match answer {
            Ok(Ok(())) if server.tls == ImapTls::None && !is_local(&server.host) => note(
                report,
                Subject::Servers,
                &format!("{place}, {of}, answers without TLS: passwords and mail can be read in transit"),
            ),
            Ok(Ok(())) => right(report, Subject::Servers, &format!("{place}, {of}, answers")),
            Ok(Err(error)) => wrong(report, Subject::Servers, &format!("{place}, {of}: {error}")),
            Err(_) => wrong(
                report,
                Subject::Servers,
                &format!("{place}, {of}, does not answer within {} seconds", PATIENCE.as_secs()),
            ),
        }
    }
    let has_gmail = in_use.iter().any(|account| account.provider_code == Provider::Gmail.as_str());
    let google = &settings.google;
    if has_gmail || google.client_id.is_some() || google.service_account.is_some() {
        ask_google([google.token_url.as_str(), google.api_base_url.as_str()], clock, report).await
    } else {
        None
    }
}

/// Any answer will do: without a token it is a refusal.
async fn ask_google(urls: [&str; 2], clock: &SharedClock, report: Report<'_>) -> Option<TimeDelta> {
    let limits = net::Limits { connect: PATIENCE, silence: PATIENCE, total: PATIENCE };
    let client = match net::client(limits) {
        Ok(client) => client,
        Err(error) => {
            wrong(report, Subject::Servers, &format!("TLS cannot be set up: {error}"));
            return None;
        }
    };
    let skew = Skew::new(clock.clone());
    for url in urls {
        let host = Url::parse(url).ok().and_then(|url| Some(url.host_str()?.to_owned()));
        let name = format!("Google ({})", host.as_deref().unwrap_or(url));
        match client.get(url).send().await {
            Ok(answer) => {
                skew.note(answer.headers());
                right(report, Subject::Servers, &format!("{name} answers"));
            }
            Err(error) => wrong(report, Subject::Servers, &format!("{name} does not answer: {}", Failure::from(error))),
        }
    }
    skew.ahead()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::{
        clock::ManualClock,
        doctor::{Finding, Verdict},
        net::double::{Answer, Double},
    };

    #[tokio::test]
    async fn any_answer_of_google_will_do_and_tells_the_time() {
        let answer = || Answer::new(404, "").header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let double = Double::start([answer(), answer()]).await;
        let clock: SharedClock = Arc::new(ManualClock::new(DateTime::from_timestamp(784_111_877, 0).expect("a time")));
        let mut found: Vec<Finding> = Vec::new();
        let ahead = ask_google([&double.url, &double.url], &clock, &mut |finding| found.push(finding)).await;
        assert_eq!(ahead, Some(TimeDelta::seconds(100)));
        assert!(found.len() == 2 && found.iter().all(|finding| finding.verdict == Verdict::Right), "{found:?}");

        let nobody = Double::nobody().await;
        found.clear();
        let ahead = ask_google([&nobody, &nobody], &clock, &mut |finding| found.push(finding)).await;
        assert_eq!(ahead, None);
        assert!(found.len() == 2 && found.iter().all(|finding| finding.verdict == Verdict::Wrong), "{found:?}");
    }
}
