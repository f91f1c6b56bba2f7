//! Planning from Gmail's history: what came, what went, what was relabelled since the last run.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    GmailSource,
    listing::{names_itself, place},
};
use crate::{
    gmail::{GmailErrorKind, HistoryChange, HistoryRecord, MessageRef},
    mail::excluded_by_labels,
    store::{LabelChange, MailChanges},
    sync::source::{Found, Stop, go_on},
};

/// What a history says, told in order: the last word about a message counts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// Messages that may have to be fetched, in the order in which they were first named.
    wanted: Vec<MessageRef>,
    named: BTreeSet<String>,
    deleted: BTreeSet<String>,
    labels: BTreeMap<String, LabelChange>,
}

impl Told {
    fn hear(&mut self, record: HistoryRecord) {
        for change in record.messages_added {
            self.want(change);
        }
        for change in record.labels_added {
            let label = self.label_change(&change);
            for name in change.label_ids {
                label.removed.remove(&name);
                label.added.insert(name);
            }
        }
        for change in record.labels_removed {
            let label = self.label_change(&change);
            for name in &change.label_ids {
                label.added.remove(name);
                label.removed.insert(name.clone());
            }
            // Out of spam or trash, or a draft that was sent: it may not be here yet.
            if excluded_by_labels(&change.label_ids).is_some() {
                self.want(change);
            }
        }
        for change in record.messages_deleted {
            self.deleted.insert(change.message.id);
        }
    }

    fn want(&mut self, change: HistoryChange) {
        let message = change.message;
        self.deleted.remove(&message.id);
        if self.named.insert(message.id.clone()) {
            self.wanted.push(MessageRef { id: message.id, thread_id: message.thread_id });
        }
    }

    fn label_change(&mut self, change: &HistoryChange) -> &mut LabelChange {
        let id = &change.message.id;
        self.labels
            .entry(id.clone())
            .or_insert_with(|| LabelChange { external_id: id.clone(), ..LabelChange::default() })
    }
}

impl GmailSource {
    /// Follows the history from there to its end. `None` when Google no longer keeps it.
    pub(super) async fn follow_history(&self, start: &str) -> Result<Option<Found>, Stop> {
        let mut told = Told::default();
        let mut page_token: Option<String> = None;
        let history_id = loop {
            go_on(&self.pulse)?;
            let page = match self.client.list_history(start, page_token.as_deref()).await {
                Ok(page) => page,
                Err(error) if error.kind() == GmailErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            for record in page.history {
                told.hear(record);
            }
            match page.next_page_token {
                Some(next) if page_token.as_ref() == Some(&next) => return Err(names_itself("history")),
                Some(next) => page_token = Some(next),
                None => break page.history_id,
            }
        };
        told.wanted.retain(|message| !told.deleted.contains(&message.id));
        // Newest first, as a list has it: pairs of today's mail appear first.
        told.wanted.reverse();
        Ok(Some(Found {
            fetches: self.missing(&told.wanted).await?,
            changes: MailChanges {
                labels: told.labels.into_values().collect(),
                deleted: told.deleted.into_iter().collect(),
                ..MailChanges::default()
            },
            afterwards: MailChanges::default(),
            place: place(history_id),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: serde_json::Value) -> HistoryRecord {
        serde_json::from_value(json).expect("a record")
    }

    fn told(records: Vec<serde_json::Value>) -> Told {
        let mut told = Told::default();
        for json in records {
            told.hear(record(json));
        }
        told
    }

    fn message(id: &str) -> serde_json::Value {
        serde_json::json!({"id": id, "threadId": "t"})
    }

    #[test]
    fn the_last_word_counts() {
        let told = told(vec![
            serde_json::json!({"id": "1", "messagesAdded": [{"message": message("a")}, {"message": message("b")}]}),
            serde_json::json!({"id": "2", "messagesAdded": [{"message": message("a")}]}),
            serde_json::json!({"id": "3", "messagesDeleted": [{"message": message("b")}]}),
            serde_json::json!({"id": "4", "labelsAdded": [{"message": message("a"), "labelIds": ["STARRED", "TRASH"]}]}),
            serde_json::json!({"id": "5", "labelsRemoved": [{"message": message("a"), "labelIds": ["TRASH", "UNREAD"]}]}),
        ]);
        assert_eq!(told.wanted.len(), 2, "each once");
        assert_eq!(told.deleted.iter().collect::<Vec<_>>(), ["b"]);
        let change = &told.labels["a"];
        assert_eq!(change.added.iter().collect::<Vec<_>>(), ["STARRED"]);
        assert_eq!(change.removed.iter().collect::<Vec<_>>(), ["TRASH", "UNREAD"]);
    }

    #[test]
    fn what_comes_out_of_spam_is_wanted_and_other_labels_are_not() {
        let told = told(vec![
            serde_json::json!({"id": "1", "labelsRemoved": [{"message": message("a"), "labelIds": ["SPAM"]}]}),
            serde_json::json!({"id": "2", "labelsRemoved": [{"message": message("b"), "labelIds": ["UNREAD"]}]}),
        ]);
        assert_eq!(told.wanted.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}
