//! Where somebody is in the list of threads: it stays in the address, in that of a thread that was opened there as well.

use replybook::{store::ThreadFilter, types::AccountId};

use crate::{page::Visit, paths, ui::url::Address};

/// What is listed, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub filter: ThreadFilter,
    /// Where this page of the list starts; `None` is the first page.
    pub cursor: Option<String>,
}

impl Place {
    /// The place that an address names, and the account that it means.
    pub(super) fn of(visit: &Visit, account: Option<AccountId>) -> Self {
        Self {
            filter: ThreadFilter { account, text: visit.query("q").map(ToOwned::to_owned) },
            cursor: visit.query("cursor").map(ToOwned::to_owned),
        }
    }

    /// The same list from a cursor on.
    pub(super) fn at(&self, cursor: Option<&str>) -> Self {
        Self { cursor: cursor.map(ToOwned::to_owned), ..self.clone() }
    }

    /// The list.
    pub(super) fn address(&self) -> String {
        self.on(paths::THREADS).into_string()
    }

    /// A page that leads back here.
    pub(super) fn on(&self, path: &str) -> Address {
        Address::new(path)
            .with("account", self.filter.account.map(|account| account.to_string()))
            .with("q", self.filter.text.as_deref())
            .with("cursor", self.cursor.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_stays_in_every_address() {
        let text = Some("refund & лампа".to_owned());
        let place = Place { filter: ThreadFilter { account: None, text }, cursor: Some("7_x".to_owned()) };
        let query = "q=refund%20%26%20%D0%BB%D0%B0%D0%BC%D0%BF%D0%B0";
        assert_eq!(place.address(), format!("/admin/threads?{query}&cursor=7_x"));
        assert_eq!(place.at(None).address(), format!("/admin/threads?{query}"));
        assert_eq!(place.on("/admin/threads/1").into_string(), format!("/admin/threads/1?{query}&cursor=7_x"));
        assert_eq!(Place::default().address(), paths::THREADS);
    }
}
