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
    /// Connect a Gmail mailbox: prints the address of Google's consent page and waits for the answer
    ///
    /// Needs an OAuth client of the type "Desktop app", or one of the type "Web application" with the redirect URI
    /// http://127.0.0.1:PORT/ (then pass that --port).
    Gmail(ConnectGmail),
    /// Connect any other mailbox over IMAP; the password is read from standard input
    ///
    /// Most providers require an app password, created in the settings of the mail account.
    Imap(ConnectImap),
}

#[derive(Args)]
pub(super) struct ConnectImap {
    /// The mail address of the mailbox
    #[arg(long)]
    address: String,
    /// The name of the server, e.g. imap.fastmail.com; by default it is found from the address
    #[arg(long)]
    host: Option<String>,
    /// The port; by default 993 with TLS, 143 without
    #[arg(long)]
    port: Option<u16>,
    /// tls, starttls, or none for a server on this machine
    #[arg(long)]
    tls: Option<ImapTls>,
    /// The user name; by default the address
    #[arg(long)]
    username: Option<String>,
    /// The person who owns the account; by default nobody
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
        let host = host.unwrap_or_default();
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
