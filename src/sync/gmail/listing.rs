//! Looking by a list: the first sync of a window, the comparison when Google no longer keeps the history, and backfills.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{GmailSource, KEPT};
use crate::{
    gmail::{GmailError, MessageRef, Method},
    mail::excluded_by_labels,
    store::{LabelChange, MailChanges},
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
        let listed = self.list(Some(window.covered_since), None).await?;
        let fetches = self.missing(&listed).await?;
        let mut remote: BTreeSet<String> = listed.into_iter().map(|message| message.id).collect();
        let reached_since = (window.reached_since > 0).then_some(window.reached_since);
        if window.reached_since < window.covered_since {
            let older = self.list(reached_since, None).await?;
            remote.extend(older.into_iter().map(|message| message.id));
        }
        let inside = DateTime::<Utc>::from_timestamp(window.reached_since, 0).unwrap_or_default() + EDGE;
        let mut local = self.d.store.labels_since(self.account, inside).await?;
        let deleted = local.extract_if(.., |id, _| !remote.contains(id)).map(|(id, _)| id).collect();
        let labels = self.compare_labels(local, reached_since).await?;
        let changes = MailChanges { labels, deleted, ..MailChanges::default() };
        Ok(Found { fetches, changes, afterwards: MailChanges::default(), place: place(history_id) })
    }

    /// How the labels of these stored messages changed, by a list for each label: some five units per label, where looking
    /// at each message would cost twenty.
    async fn compare_labels(
        &self,
        local: BTreeMap<String, BTreeSet<String>>,
        since: Option<i64>,
    ) -> Result<Vec<LabelChange>, Stop> {
        if local.is_empty() {
            return Ok(Vec::new());
        }
        let known: BTreeSet<String> = self.client.list_labels().await?.into_iter().collect();
        let mut changes = BTreeMap::new();
        // Messages with a label that excludes them are not in the list of the window.
        for label in known.iter().filter(|label| excluded_by_labels(std::slice::from_ref(*label)).is_none()) {
            let listed = self.list(since, Some(label)).await?;
            let labelled: BTreeSet<String> = listed.into_iter().map(|message| message.id).collect();
            for (id, labels) in &local {
                match (labels.contains(label), labelled.contains(id)) {
                    (true, false) => drop(change_of(&mut changes, id).removed.insert(label.clone())),
                    (false, true) => drop(change_of(&mut changes, id).added.insert(label.clone())),
                    _ => {}
                }
            }
        }
        // Labels that no longer exist at all.
        for (id, labels) in &local {
            for label in labels.difference(&known) {
                change_of(&mut changes, id).removed.insert(label.clone());
            }
        }
        Ok(changes.into_values().collect())
    }

    /// Every message received since then, or all, newest first, each once; with a label, those that have it. Dates in a query
    /// mean midnight in California, seconds mean what they say.
    pub(super) async fn list(&self, since: Option<i64>, label: Option<&str>) -> Result<Vec<MessageRef>, Stop> {
        let after = since.map(|since| format!("after:{since} ")).unwrap_or_default();
        let query = format!("{after}{KEPT}");
        let mut listed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut page_token = None;
        loop {
            go_on(&self.pulse)?;
            let page = self.client.list_messages(&query, label, page_token.as_deref()).await?;
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

fn change_of<'a>(changes: &'a mut BTreeMap<String, LabelChange>, id: &str) -> &'a mut LabelChange {
    let new = || LabelChange { external_id: id.to_owned(), ..LabelChange::default() };
    changes.entry(id.to_owned()).or_insert_with(new)
}

/// Gmail's history up to there is here. Opaque: a decimal text that may exceed 64 bits.
pub(super) fn place(history_id: String) -> Place {
    Place::from_iter([("history_id".to_owned(), history_id.into())])
}

/// A list that would never end.
pub(super) fn names_itself(what: &str) -> Stop {
    GmailError::Protocol { what: format!("a page of {what} names itself as the next one") }.into()
}
