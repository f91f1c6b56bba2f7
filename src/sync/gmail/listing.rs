//! Looking by a list: the first sync of a window, the comparison when Google no longer keeps the history, and backfills.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::GmailSource;
use crate::{
    gmail::{GmailError, MessageRef, Method},
    store::MailChanges,
    sync::source::{Fetch, Found, Place, Stop, Window, go_on, group_by_thread},
};

/// How far a comparison stays inside the window it listed: whether a message at the very edge is in the list depends on
/// whose clock one asks.
const EDGE: TimeDelta = TimeDelta::hours(1);
/// From this many missing messages of a thread on, fetching it whole costs less than each message.
const WHOLE_THREAD_FROM: usize = (Method::GetThread.units() / Method::GetMessage.units()) as usize + 1;

impl GmailSource {
    /// Lists the window and compares: what is not here is fetched, what is no longer there is gone. Ends with the local
    /// window equal to the remote one, and cannot begin itself again: the history id is asked for first.
    pub(super) async fn compare_window(&self, window: Window) -> Result<Found, Stop> {
        let history_id = self.client.profile().await?.history_id;
        let listed = self.list(Some(window.covered_since)).await?;
        let fetches = self.missing(&listed).await?;
        let mut remote: BTreeSet<String> = listed.into_iter().map(|message| message.id).collect();
        if window.reached_since < window.covered_since {
            let older = self.list((window.reached_since > 0).then_some(window.reached_since)).await?;
            remote.extend(older.into_iter().map(|message| message.id));
        }
        let inside = DateTime::<Utc>::from_timestamp(window.reached_since, 0).unwrap_or_default() + EDGE;
        let local = self.d.store.external_ids_since(self.account, inside).await?;
        let deleted = local.into_iter().filter(|id| !remote.contains(id)).collect();
        let changes = MailChanges { deleted, ..MailChanges::default() };
        Ok(Found { fetches, changes, afterwards: MailChanges::default(), place: place(history_id) })
    }

    /// Every message received since then, or all, newest first, each once. Dates in a query mean midnight in California,
    /// seconds mean what they say.
    pub(super) async fn list(&self, since: Option<i64>) -> Result<Vec<MessageRef>, Stop> {
        let after = since.map(|since| format!("after:{since} ")).unwrap_or_default();
        let query = format!("{after}-in:drafts -in:chats");
        let mut listed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut page_token = None;
        loop {
            go_on(&self.stop)?;
            let page = self.client.list_messages(&query, page_token.as_deref()).await?;
            listed.extend(page.messages.into_iter().filter(|message| seen.insert(message.id.clone())));
            match page.next_page_token {
                Some(next) if page_token.as_ref() == Some(&next) => return Err(names_itself("messages")),
                Some(next) => page_token = Some(next),
                None => return Ok(listed),
            }
        }
    }

    /// What has to be fetched of these, at the least cost: what is stored already is not.
    pub(super) async fn missing(&self, messages: &[MessageRef]) -> Result<Vec<Fetch>, Stop> {
        let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        let known = self.d.store.known_external_ids(self.account, &ids).await?;
        let missing = messages.iter().filter(|message| !known.contains(&message.id));
        Ok(group_by_thread(missing.map(|message| (message.id.as_str(), message.thread_id.as_str())), WHOLE_THREAD_FROM))
    }
}

/// Gmail's history up to there is here. Opaque: a decimal text that may exceed 64 bits.
pub(super) fn place(history_id: String) -> Place {
    Place::from_iter([("history_id".to_owned(), history_id.into())])
}

/// A list that would never end.
pub(super) fn names_itself(what: &str) -> Stop {
    GmailError::Protocol { what: format!("a page of {what} names itself as the next one") }.into()
}
