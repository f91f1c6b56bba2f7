//! What the Gmail API sends, apart from messages themselves ([`crate::mail::gmail`]).
//! <https://developers.google.com/workspace/gmail/api/reference/rest>

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::mail::gmail::GmailMessage;

/// `users.getProfile`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The mailbox's primary address.
    pub email_address: String,
    /// Messages in the mailbox, spam and trash included; an estimate for progress.
    #[serde(default)]
    pub messages_total: Option<u64>,
    /// Threads in the mailbox.
    #[serde(default)]
    pub threads_total: Option<u64>,
    /// The mailbox's present place in its history: opaque, may exceed 64 bits.
    #[serde(deserialize_with = "opaque")]
    pub history_id: String,
}

/// One page of `messages.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MessagePage {
    /// Newest first; empty on a page without matches.
    pub messages: Vec<MessageRef>,
    /// There is more as long as this is set, whatever `messages` holds.
    pub next_page_token: Option<String>,
    /// Google's guess at the number of matches; often wrong, good for progress only.
    pub result_size_estimate: Option<u64>,
}

/// A message by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRef {
    /// Message id.
    pub id: String,
    /// Id of the thread it belongs to.
    pub thread_id: String,
}

/// `threads.get`: a thread with its messages, oldest first.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GmailThread {
    /// Thread id.
    pub id: String,
    /// Its messages. Drafts, spam and trash of the thread are among them.
    #[serde(default)]
    pub messages: Vec<GmailMessage>,
}

/// One page of `history.list`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// In order of history id; absent, hence empty, also on pages that have a successor.
    #[serde(default)]
    pub history: Vec<HistoryRecord>,
    /// There is more as long as this is set.
    #[serde(default)]
    pub next_page_token: Option<String>,
    /// The mailbox's present place in its history, the cursor once **all** pages are stored.
    #[serde(deserialize_with = "opaque")]
    pub history_id: String,
}

/// A change of the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRecord {
    /// Its place in the history.
    #[serde(deserialize_with = "opaque")]
    pub id: String,
    /// New messages; some may be gone already.
    #[serde(default)]
    pub messages_added: Vec<HistoryChange>,
    /// Messages deleted for good (moving to trash is a label change).
    #[serde(default)]
    pub messages_deleted: Vec<HistoryChange>,
    /// Messages that got labels.
    #[serde(default)]
    pub labels_added: Vec<HistoryChange>,
    /// Messages that lost labels.
    #[serde(default)]
    pub labels_removed: Vec<HistoryChange>,
}

/// One message in a [`HistoryRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryChange {
    /// The message concerned.
    pub message: HistoryRef,
    /// The labels added or removed; empty for added and deleted messages.
    #[serde(default)]
    pub label_ids: Vec<String>,
}

/// A message as `history.list` names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRef {
    /// Message id.
    pub id: String,
    /// Id of its thread.
    pub thread_id: String,
    /// Its labels after the change; absent for deleted messages.
    #[serde(default)]
    pub label_ids: Vec<String>,
}

/// An address the account may send as, from `settings.sendAs.list`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendAs {
    /// The address.
    pub send_as_email: String,
    /// Name shown with it; may be empty.
    #[serde(default)]
    pub display_name: String,
    /// The account's own address.
    #[serde(default)]
    pub is_primary: bool,
    /// Chosen when writing a new mail.
    #[serde(default)]
    pub is_default: bool,
    /// `accepted` or `pending`; absent for the primary address.
    #[serde(default)]
    pub verification_status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendAsList {
    #[serde(default)]
    pub send_as: Vec<SendAs>,
}

/// `users.labels.list`.
#[derive(Debug, Deserialize)]
pub(super) struct LabelList {
    #[serde(default)]
    pub labels: Vec<Label>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct AttachmentBody {
    /// base64url
    #[serde(default)]
    pub data: String,
}

/// History ids are decimal strings and are kept as they came; some doubles and proxies send
/// numbers.
fn opaque<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Opaque;
    impl Visitor<'_> for Opaque {
        type Value = String;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an id")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    deserializer.deserialize_any(Opaque)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_page_may_lack_its_history_and_still_have_a_successor() {
        let page: HistoryPage =
            serde_json::from_str(r#"{"nextPageToken": "p2", "historyId": "340282366920938463463374607431768211456"}"#)
                .unwrap();
        assert!(page.history.is_empty());
        assert_eq!(page.next_page_token.as_deref(), Some("p2"));
        assert_eq!(page.history_id, "340282366920938463463374607431768211456");
    }

    #[test]
    fn history_records_hold_all_four_sorts_of_change() {
        let page: HistoryPage = serde_json::from_str(
            r#"{"historyId": 12, "history": [{"id": "11",
                "messages": [{"id": "m1", "threadId": "t1"}],
                "messagesAdded": [{"message": {"id": "m1", "threadId": "t1", "labelIds": ["INBOX"]}}],
                "messagesDeleted": [{"message": {"id": "m2", "threadId": "t2"}}],
                "labelsAdded": [{"message": {"id": "m3", "threadId": "t3"}, "labelIds": ["TRASH"]}],
                "labelsRemoved": [{"message": {"id": "m3", "threadId": "t3"}, "labelIds": ["INBOX"]}]}]}"#,
        )
        .unwrap();
        let record = &page.history[0];
        assert_eq!(page.history_id, "12");
        assert_eq!(record.messages_added[0].message.label_ids, ["INBOX"]);
        assert_eq!(record.messages_deleted[0].message.id, "m2");
        assert_eq!(record.labels_added[0].label_ids, ["TRASH"]);
        assert_eq!(record.labels_removed[0].label_ids, ["INBOX"]);
    }

    #[test]
    fn an_empty_mailbox_is_a_page_without_messages() {
        let page: MessagePage = serde_json::from_str(r#"{"resultSizeEstimate": 0}"#).unwrap();
        assert_eq!(page, MessagePage { result_size_estimate: Some(0), ..MessagePage::default() });
    }
}
