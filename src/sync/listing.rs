//! Planning from a list: the first sync of a window, and the comparison when Google no longer keeps the history.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::engine::{Cursor, Fetch, Plan, Stop, Sync};
use crate::{
    gmail::{GmailError, MessageRef},
    store::MailChanges,
};

/// How far a comparison stays inside the window it listed: whether a message at the very edge is in the list depends on
/// whose clock one asks.
const EDGE: TimeDelta = TimeDelta::hours(1);
/// From this many missing messages of a thread on, fetching it whole (40 units) costs less than each message (20).
const WHOLE_THREAD_FROM: usize = 3;
/// A message that was set aside is tried again in this many runs.
const MAX_ATTEMPTS: i32 = 8;

impl Sync<'_> {
    /// Lists the window and compares: what is not here is fetched, what is no longer there is gone. Ends with the local
    /// window equal to the remote one, and cannot begin itself again: the history id is asked for first.
    pub(super) async fn plan_by_listing(&self, since: i64) -> Result<Plan, Stop> {
        let history_id = self.client.profile().await?.history_id;
        let listed = self.list(since).await?;
        let remote: BTreeSet<&str> = listed.iter().map(|message| message.id.as_str()).collect();
        let inside = DateTime::<Utc>::from_timestamp(since, 0).unwrap_or_default() + EDGE;
        let local = self.d.store.external_ids_since(self.account.id, inside).await?;
        let deleted = local.into_iter().filter(|id| !remote.contains(id.as_str())).collect();
        let mut fetches = self.missing(&listed).await?;
        fetches.extend(self.set_aside(&remote).await?);
        Ok(Plan {
            fetches,
            changes: MailChanges { labels: Vec::new(), deleted },
            cursor: Cursor { covered_since: since, history_id },
        })
    }

    /// Every message since then, newest first, each once. Dates in a query mean midnight in California, seconds mean
    /// what they say.
    async fn list(&self, since: i64) -> Result<Vec<MessageRef>, Stop> {
        let query = format!("after:{since} -in:drafts -in:chats");
        let mut listed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut page_token = None;
        loop {
            self.go_on()?;
            let page = self.client.list_messages(&query, page_token.as_deref()).await?;
            listed.extend(page.messages.into_iter().filter(|message| seen.insert(message.id.clone())));
            match page.next_page_token {
                Some(next) if page_token.as_ref() == Some(&next) => return Err(names_itself("messages")),
                Some(next) => page_token = Some(next),
                None => return Ok(listed),
            }
        }
    }

    /// What has to be fetched of these, at the least cost: what is stored already is not, and a thread of which three or
    /// more messages are missing comes whole.
    pub(super) async fn missing(&self, messages: &[MessageRef]) -> Result<Vec<Fetch>, Stop> {
        let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        let known = self.d.store.known_external_ids(self.account.id, &ids).await?;
        let mut threads: HashMap<&str, Vec<&MessageRef>> = HashMap::new();
        let mut order = Vec::new();
        for message in messages.iter().filter(|message| !known.contains(&message.id)) {
            let thread = threads.entry(&message.thread_id).or_default();
            if thread.is_empty() {
                order.push(message.thread_id.as_str());
            }
            thread.push(message);
        }
        let mut fetches = Vec::new();
        for id in order {
            let missing = threads.remove(id).unwrap_or_default();
            if missing.len() >= WHOLE_THREAD_FROM {
                let missing = missing.iter().map(|message| message.id.clone()).collect();
                fetches.push(Fetch::Thread { id: id.to_owned(), missing });
            } else {
                fetches.extend(missing.iter().map(|message| Fetch::Message(message.id.clone())));
            }
        }
        Ok(fetches)
    }

    /// The messages that earlier runs set aside and that are to be tried again, but for those that are fetched anyway.
    pub(super) async fn set_aside(&self, fetched_anyway: &BTreeSet<&str>) -> Result<Vec<Fetch>, Stop> {
        let failures = self.d.store.failures_to_retry(self.account.id, MAX_ATTEMPTS).await?;
        let again = failures.into_iter().filter(|id| !fetched_anyway.contains(id.as_str()));
        Ok(again.map(Fetch::Message).collect())
    }
}

/// A list that would never end.
pub(super) fn names_itself(what: &str) -> Stop {
    GmailError::Protocol { what: format!("a page of {what} names itself as the next one") }.into()
}
