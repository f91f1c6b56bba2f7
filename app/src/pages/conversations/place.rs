//! Where somebody is in the list of conversations: it stays in the address, in that of a conversation that was opened there as well.

use replybook::types::{AccountId, ConversationFilter, ConversationOwner, ConversationState, ThreadId, UserId};

use crate::{page::Visit, paths, ui::url::Address};

/// Whose conversations are wanted, as an address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Me,
    Nobody,
    User(UserId),
}

impl Owner {
    fn read(text: &str) -> Option<Self> {
        match text {
            "me" => Some(Self::Me),
            "nobody" => Some(Self::Nobody),
            id => id.parse().ok().map(Self::User),
        }
    }

    pub(super) fn as_text(self) -> String {
        match self {
            Self::Me => "me".to_owned(),
            Self::Nobody => "nobody".to_owned(),
            Self::User(id) => id.to_string(),
        }
    }
}

/// What is listed, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `None`: all of them.
    pub state: Option<ConversationState>,
    pub owner: Option<Owner>,
    pub account: Option<AccountId>,
    pub text: Option<String>,
    pub longest_waiting: bool,
    /// Where this page of the list starts; `None` is the first page.
    pub cursor: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            state: Some(ConversationState::NeedsReply),
            owner: None,
            account: None,
            text: None,
            longest_waiting: false,
            cursor: None,
        }
    }
}

/// The word in addresses for all of them.
pub(super) const ALL: &str = "all";
/// The word in addresses for the order by how long clients wait.
pub(super) const LONGEST: &str = "longest_waiting";

impl Place {
    /// The place that an address names, and the account that it means.
    pub(super) fn of(visit: &Visit, account: Option<AccountId>) -> Self {
        let state = match visit.query("state") {
            Some(ALL) => None,
            Some(word) => word.parse().ok().or(Some(ConversationState::NeedsReply)),
            None => Some(ConversationState::NeedsReply),
        };
        Self {
            state,
            owner: visit.query("assigned").and_then(Owner::read),
            account,
            text: visit.query("q").map(ToOwned::to_owned),
            longest_waiting: state == Some(ConversationState::NeedsReply) && visit.query("sort") == Some(LONGEST),
            cursor: visit.query("cursor").map(ToOwned::to_owned),
        }
    }

    /// For the domain. `me` is who looks.
    pub(super) fn filter(&self, me: UserId) -> ConversationFilter {
        ConversationFilter {
            state: self.state,
            account: self.account,
            owner: self.owner.map(|owner| match owner {
                Owner::Me => ConversationOwner::User(me),
                Owner::Nobody => ConversationOwner::Nobody,
                Owner::User(id) => ConversationOwner::User(id),
            }),
            text: self.text.clone(),
            longest_waiting: self.longest_waiting,
        }
    }

    /// The same list from a cursor on.
    pub(super) fn at(&self, cursor: Option<&str>) -> Self {
        Self { cursor: cursor.map(ToOwned::to_owned), ..self.clone() }
    }

    /// The first page of those of a state.
    pub(super) fn with_state(&self, state: Option<ConversationState>) -> Self {
        let longest_waiting = self.longest_waiting && state == Some(ConversationState::NeedsReply);
        Self { state, longest_waiting, cursor: None, ..self.clone() }
    }

    /// Whether something besides the state narrows the list.
    pub(super) fn is_narrowed(&self) -> bool {
        self.owner.is_some() || self.account.is_some() || self.text.is_some() || self.cursor.is_some()
    }

    /// The list.
    pub(super) fn address(&self) -> String {
        self.on(paths::CONVERSATIONS).into_string()
    }

    /// A conversation that leads back here.
    pub(super) fn open(&self, id: ThreadId) -> String {
        self.on(&paths::conversation(id)).into_string()
    }

    /// A page that leads back here.
    pub(super) fn on(&self, path: &str) -> Address {
        let state = match self.state {
            Some(ConversationState::NeedsReply) => None,
            Some(state) => Some(state.as_str()),
            None => Some(ALL),
        };
        Address::new(path)
            .with("state", state)
            .with("assigned", self.owner.map(Owner::as_text))
            .with("account", self.account.map(|account| account.to_string()))
            .with("q", self.text.as_deref())
            .with("sort", self.longest_waiting.then_some(LONGEST))
            .with("cursor", self.cursor.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stays_in_every_address() {
        let place = Place {
            state: None,
            owner: Some(Owner::Me),
            text: Some("лампа".to_owned()),
            cursor: Some("7_x".to_owned()),
            ..Place::default()
        };
        let query = "state=all&assigned=me&q=%D0%BB%D0%B0%D0%BC%D0%BF%D0%B0";
        assert_eq!(place.address(), format!("/admin/conversations?{query}&cursor=7_x"));
        let waiting = place.with_state(Some(ConversationState::Waiting)).address();
        assert_eq!(waiting, format!("/admin/conversations?{}", query.replace("all", "waiting")));
        assert_eq!(Place::default().address(), paths::CONVERSATIONS);
        let longest = Place { longest_waiting: true, ..Place::default() };
        assert_eq!(longest.address(), "/admin/conversations?sort=longest_waiting");
        assert_eq!(longest.with_state(None).address(), "/admin/conversations?state=all");
    }
}
