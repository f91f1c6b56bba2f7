//! What can be open on top of the Integrations page, each with an address.

use replybook::types::{AccountId, RunId};

use crate::{page::Visit, paths, ui::url::Address};

/// What is open on top of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// A run: `?run=<id>`.
    Run(RunId),
    /// The question before disconnecting: `?disconnect=<id>`.
    Disconnect(AccountId),
    /// The question before deleting: `?delete=<id>`.
    Delete(AccountId),
    /// The form to import a file: `?open=import`.
    Import,
    /// The form to connect a mailbox by its password: `?open=imap`.
    Imap,
    /// How Gmail is set up at Google: `?open=gmail-setup`.
    GmailSetup,
}

impl Open {
    /// Reads a query; ids that are none open nothing.
    pub(super) fn of(visit: &Visit) -> Option<Self> {
        let run = visit.query_as("run").map(Self::Run);
        run.or_else(|| visit.query_as("disconnect").map(Self::Disconnect))
            .or_else(|| visit.query_as("delete").map(Self::Delete))
            .or_else(|| match visit.query("open") {
                Some("import") => Some(Self::Import),
                Some("imap") => Some(Self::Imap),
                Some("gmail-setup") => Some(Self::GmailSetup),
                _ => None,
            })
    }

    /// The address at which this is open.
    pub(crate) fn address(self) -> String {
        let address = Address::new(paths::INTEGRATIONS);
        match self {
            Self::Run(id) => return paths::run(id),
            Self::Disconnect(id) => address.with("disconnect", Some(id.to_string())),
            Self::Delete(id) => address.with("delete", Some(id.to_string())),
            Self::Import => address.with("open", Some("import")),
            Self::Imap => address.with("open", Some("imap")),
            Self::GmailSetup => address.with("open", Some("gmail-setup")),
        }
        .into_string()
    }
}
