//! `replybook connect`: mailboxes, from this terminal.

use clap::{Args, Subcommand};
use replybook::{
    Domain,
    accounts::connect,
    auth,
    types::{Actor, ImapAccountInput, ImapTls},
};

use super::{
    connect_gmail::ConnectGmail,
    console::{explain, password_of, say},
};

/// `replybook connect`
#[derive(Subcommand)]
pub(super) enum ConnectCommand {
    /// Connect a Gmail mailbox: prints the address of Google's consent page and waits until somebody was there
    ///
    /// Needs an OAuth client of the type "Desktop app", or one of the type "Web application" that names the redirect URI
    /// http://127.0.0.1:PORT/ (then give that --port).
    Gmail(ConnectGmail),
    /// Connect any other mailbox over IMAP; the password is read from standard input
    ///
    /// Most providers want an app password, made in the settings of the mail account.
    Imap(ConnectImap),
}

#[derive(Args)]
pub(super) struct ConnectImap {
    /// Whose mail this is
    #[arg(long)]
    address: String,
    /// The name of the server, e.g. imap.fastmail.com
    #[arg(long)]
    host: String,
    /// By default 993 with TLS, 143 without
    #[arg(long)]
    port: Option<u16>,
    /// tls, starttls, or none for a server on this machine
    #[arg(long)]
    tls: Option<ImapTls>,
    /// By default the address
    #[arg(long)]
    username: Option<String>,
    /// Whose account it is to be; by default nobody's
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
}

impl ConnectImap {
    /// Signs in there and stores the account.
    ///
    /// # Errors
    /// In words for a terminal: who is not known here, or what the server refused.
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        let owner = match &self.owner {
            None => None,
            Some(email) => Some(auth::user_by_email(domain, email).await.map_err(explain)?.id),
        };
        let password = password_of("Password: ")?;
        let Self { address, host, port, tls, username, .. } = self;
        let input = ImapAccountInput { address, host, port, tls, username, password };
        let account = connect::connect_imap(domain, Actor::command_line(), owner, input).await.map_err(|problem| {
            // The code is for programs, the words after it are for people.
            let text = problem.to_string();
            let words = text.split_once(": ").map(|(_, words)| words.to_owned());
            anyhow::anyhow!(words.unwrap_or(text))
        })?;
        say(&format!("{} is connected: account {}", account.external_account_id, account.id))
    }
}
