//! What can be open on top of the Integrations page, each with an address.

use replybook::{
    accounts::Wanted,
    types::{AccountId, RunId},
};

use crate::{page::Visit, pages::runs::control::came_from, paths, ui::url::Address};

/// Which accounts the page lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct List(pub Wanted);

impl List {
    /// Those that need somebody.
    pub(crate) fn needing() -> Self {
        Self(Wanted { needing: true, ..Wanted::default() })
    }

    /// Reads a query.
    pub(super) fn of(query: impl Fn(&str) -> Option<String>) -> Self {
        Self(Wanted {
            text: query("q"),
            needing: query("show").is_some_and(|show| show == NEEDING),
            page: query("page").and_then(|page| page.parse().ok()).unwrap_or(1),
        })
    }

    /// The list that a form stands on, whatever is open on top of it.
    pub(super) fn here() -> Self {
        let here = came_from().unwrap_or_default();
        let query = here.strip_prefix(paths::INTEGRATIONS).and_then(|rest| rest.strip_prefix('?')).unwrap_or_default();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self::of(|name| {
            let value = pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
            value.filter(|value| !value.is_empty())
        })
    }

    /// Another page of it.
    pub(super) fn at(&self, page: usize) -> Self {
        Self(Wanted { page, ..self.0.clone() })
    }

    /// Whether it leaves accounts out.
    pub(super) fn is_narrowed(&self) -> bool {
        self.0.text.is_some() || self.0.needing
    }

    /// Where the list itself stands on the page.
    pub(crate) fn place(&self) -> String {
        format!("{}#{ACCOUNTS}", self.address(None))
    }

    /// Where it is, with something open on top or not.
    pub(crate) fn address(&self, open: Option<Open>) -> String {
        let (name, value) = open.map(Open::query).unzip();
        Address::new(paths::INTEGRATIONS)
            .with("q", self.0.text.as_deref())
            .with("show", self.0.needing.then_some(NEEDING))
            .with("page", (self.0.page > 1).then(|| self.0.page.to_string()))
            .with(name.unwrap_or_default(), value)
            .into_string()
    }
}

/// The id of the heading of the list.
pub(super) const ACCOUNTS: &str = "accounts-title";

/// The value of `show` that lists the accounts that need somebody.
pub(super) const NEEDING: &str = "needing";

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
    /// The question whose mail an uploaded file is: `?upload=<token>`.
    Upload,
    /// The form to connect a mailbox by its password: `?open=imap`.
    Imap,
    /// The same for a mailbox that was connected before: `?reconnect=<id>`.
    Reconnect(AccountId),
    /// How Gmail is set up at Google: `?open=gmail-setup`.
    GmailSetup,
}

impl Open {
    /// Reads a query; ids that are none open nothing.
    pub(super) fn of(visit: &Visit) -> Option<Self> {
        let run = visit.query_as("run").map(Self::Run);
        run.or_else(|| visit.query_as("disconnect").map(Self::Disconnect))
            .or_else(|| visit.query_as("delete").map(Self::Delete))
            .or_else(|| visit.query_as("reconnect").map(Self::Reconnect))
            .or_else(|| match visit.query("open") {
                Some("import") => Some(Self::Import),
                Some("imap") => Some(Self::Imap),
                Some("gmail-setup") => Some(Self::GmailSetup),
                _ => visit.query("upload").map(|_| Self::Upload),
            })
    }

    /// How a query says it.
    fn query(self) -> (&'static str, String) {
        match self {
            Self::Run(id) => ("run", id.to_string()),
            Self::Disconnect(id) => ("disconnect", id.to_string()),
            Self::Delete(id) => ("delete", id.to_string()),
            Self::Reconnect(id) => ("reconnect", id.to_string()),
            // Which upload it is, only the host knows.
            Self::Import | Self::Upload => ("open", "import".to_owned()),
            Self::Imap => ("open", "imap".to_owned()),
            Self::GmailSetup => ("open", "gmail-setup".to_owned()),
        }
    }

    /// The address at which this is open.
    pub(crate) fn address(self) -> String {
        List::default().address(Some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_stays_below_what_opens_on_top_of_it() {
        let id: AccountId = "0193a3a0-0000-7000-8000-000000000001".parse().expect("an id");
        let list = List(Wanted { text: Some("shop b".to_owned()), needing: true, page: 3 });
        let address = list.address(Some(Open::Delete(id)));
        assert_eq!(address, format!("/admin/integrations?q=shop%20b&show=needing&page=3&delete={id}"));
        let query = |name: &str| match name {
            "q" => Some("shop b".to_owned()),
            "show" => Some("needing".to_owned()),
            "page" => Some("3".to_owned()),
            _ => None,
        };
        assert_eq!(List::of(query), list);
        assert_eq!(Open::Imap.address(), "/admin/integrations?open=imap");
        assert_eq!(List::of(|_| None).address(None), "/admin/integrations");
    }
}
