//! `replybook keys`.

use anyhow::bail;
use clap::Subcommand;
use replybook::{Domain, keys, store::KeyStanding, types::Actor};

use super::console::say;

/// `replybook keys`
#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Say how many stored secrets are of SECRET_KEY and how many of SECRET_KEY_PREVIOUS
    Status,
    /// Encrypt every stored secret of SECRET_KEY_PREVIOUS anew by SECRET_KEY; may be broken off and begun again
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
                say(&format!("{resealed} encrypted anew; {}", line(standing)))?;
                if standing.unreadable > 0 {
                    bail!(
                        "what neither key opens has to be entered again: reconnect those mailboxes, store those API keys"
                    );
                }
                if standing.previous > 0 {
                    bail!("secrets of SECRET_KEY_PREVIOUS are left: is a server still running with the old key alone?");
                }
                say("SECRET_KEY_PREVIOUS is no longer needed: remove it, and restart the servers")
            }
        }
    }
}

fn line(standing: KeyStanding) -> String {
    let KeyStanding { current, previous, unreadable } = standing;
    format!("{current} of SECRET_KEY, {previous} of SECRET_KEY_PREVIOUS, {unreadable} that neither opens")
}
