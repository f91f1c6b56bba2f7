//! The model as a process of its own, for benchmarks and for a look by hand. It says where it is in one line of JSON and
//! ends when its standard input does.

use std::io::{Error, Read, Write};

use replybook_doubles::{Allowance, GmailDouble};
use serde_json::json;

const USAGE: &str = "usage: gmail-double ADDRESS MESSAGES [UNITS_PER_MINUTE]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, messages, allowance) = match &arguments[..] {
        [address, messages] => (address, messages, None),
        [address, messages, units] => (address, messages, Some(units)),
        _ => return Err(Error::other(USAGE)),
    };
    let messages: usize = messages.parse().map_err(|_| Error::other(USAGE))?;
    let allowance = allowance.map(|units| units.parse().map(Allowance::per_minute)).transpose();
    let allowance = allowance.map_err(|_| Error::other(USAGE))?;

    let double = GmailDouble::start().await?;
    let tokens = double.open_mailbox(address, 1);
    let now = chrono::Utc::now().timestamp_millis();
    let day = 86_400_000;
    double.mailbox(address, |mailbox| mailbox.fill(messages, now - 25 * day, now - day));
    double.meter(allowance);
    let cheapest = double.mailbox(address, |mailbox| mailbox.cheapest_fetch());
    let settings: serde_json::Map<String, serde_json::Value> =
        double.settings().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let line = json!({
        "settings": settings,
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in.as_secs(),
        "cheapest_fetch_units": cheapest,
    });
    writeln!(std::io::stdout(), "{line}")?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    let usage = double.usage(address);
    let line = json!({"units": usage.units, "calls": usage.calls, "refused": usage.refused});
    writeln!(std::io::stdout(), "{line}")
}
