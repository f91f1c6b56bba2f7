//! `replybook keys`.

use anyhow::bail;
use clap::Subcommand;
use replybook::{Domain, keys, store::KeyStanding, types::Actor};

use super::console::say;

/// `replybook keys`
#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Show how many stored secrets use SECRET_KEY and how many SECRET_KEY_PREVIOUS
    Status,
    /// Re-encrypt every secret of SECRET_KEY_PREVIOUS with SECRET_KEY; can be interrupted and run again
    Rotate,
}

impl KeysCommand {
    /// Does it, and says what came of it.
    ///
    /// # Errors
    /// When the database cannot be used, or there are secrets that neither key opens.
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        match self {
            Self::Status => say(&line(keys::standing(domain).await?)),
            Self::Rotate => {
                let (resealed, standing) = keys::rotate(domain, Actor::command_line()).await?;
                say(&format!("{resealed} re-encrypted; {}", line(standing)))?;
                if standing.unreadable > 0 {
                    bail!(
                        "some secrets cannot be opened with either key: reconnect those mailboxes and store those API keys again"
                    );
                }
                if standing.previous > 0 {
                    bail!(
                        "some secrets still use SECRET_KEY_PREVIOUS: is a server still running with only the old key?"
                    );
                }
                say("SECRET_KEY_PREVIOUS is no longer needed: remove it, and restart the servers")
            }
        }
    }
}

fn line(standing: KeyStanding) -> String {
    let KeyStanding { current, previous, unreadable } = standing;
    format!("{current} with SECRET_KEY, {previous} with SECRET_KEY_PREVIOUS, {unreadable} that neither key opens")
}
