//! Stored threads in, stored training pairs out.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Domain,
    cleaning::{self, Input, Mode, Sender},
    mail::AddressSet,
    pairing::{PairDraft, ThreadMessage, pair_thread},
    store::{NewPair, StoreError, ThreadMail},
    types::{AccountId, MessageId},
};

/// Threads that are looked up at a time.
const AT_A_TIME: i64 = 200;
/// Earlier messages of a thread that confirm what is quoted.
const PARENTS: usize = 6;

/// What pairing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PairTotals {
    pub(crate) created: u32,
    /// Messages that make no pair: newsletters, autoreplies, mail among colleagues and the like.
    pub(crate) skipped: u32,
}

/// Makes the pairs of every thread of an account whose mail has changed.
///
/// # Errors
/// When the database cannot be used; the threads not yet done stay on the list.
pub(crate) async fn pair_account(d: &Domain, account: AccountId, ours: &AddressSet) -> Result<PairTotals, StoreError> {
    let mut totals = PairTotals::default();
    loop {
        let threads = d.store.threads_to_pair(account, AT_A_TIME).await?;
        if threads.is_empty() {
            return Ok(totals);
        }
        for thread in threads {
            let mail = d.store.thread_mail(account, &thread).await?;
            let now = d.clock.now();
            let (pairs, skipped) = pairs_of(mail, ours, now);
            let outcome = d.store.save_thread_pairs(account, &thread, &pairs, now).await?;
            totals.created += outcome.created;
            totals.skipped += skipped;
        }
    }
}

/// Cleans and pairs one thread.
fn pairs_of(mut mail: Vec<ThreadMail>, ours: &AddressSet, now: DateTime<Utc>) -> (Vec<NewPair>, u32) {
    mail.sort_by_key(|message| (message.at, message.id));
    let texts = clean_thread(&mail);
    let messages: Vec<ThreadMessage<'_>> = mail
        .iter()
        .zip(&texts)
        .map(|(message, text)| ThreadMessage {
            id: message.id.0,
            message_id: message.message_id.as_deref(),
            in_reply_to: &message.in_reply_to,
            references: &message.references,
            direction: message.direction,
            sent_at: message.at,
            from: message.from_address.as_deref(),
            reply_to: &message.reply_to,
            recipients: &message.recipients,
            subject: message.subject.as_deref(),
            nature: &message.nature,
            text,
        })
        .collect();
    let pairing = pair_thread(&messages, ours);
    let sent_at = |id: Uuid| mail.iter().find(|message| message.id.0 == id).and_then(|message| message.at);
    let pairs = pairing.pairs.into_iter().map(|draft| {
        let replied_at = sent_at(draft.our_reply_message_id).unwrap_or(now);
        new_pair(draft, replied_at)
    });
    (pairs.collect(), u32::try_from(pairing.skipped.len()).unwrap_or(u32::MAX))
}

/// The author's own words of each message, in order of time: what was written before helps to tell what is quoted.
fn clean_thread(mail: &[ThreadMail]) -> Vec<String> {
    let mut sources: Vec<String> = Vec::with_capacity(mail.len());
    let mut texts = Vec::with_capacity(mail.len());
    for (index, message) in mail.iter().enumerate() {
        let parents: Vec<&str> = sources.iter().rev().take(PARENTS).map(String::as_str).collect();
        let earlier: Vec<&str> = (0..index)
            .rev()
            .filter(|&before| mail[before].from_address.is_some() && mail[before].from_address == message.from_address)
            .take(PARENTS)
            .map(|before| sources[before].as_str())
            .collect();
        let cleaned = cleaning::clean(&Input {
            text: message.body_text.as_deref(),
            html: message.body_html.as_deref(),
            sender: Some(Sender { name: message.from_name.as_deref(), address: message.from_address.as_deref() }),
            parents: &parents,
            earlier: &earlier,
            mode: Mode::Full,
        });
        texts.push(cleaned.text());
        sources.push(cleaned.source);
    }
    texts
}

fn new_pair(draft: PairDraft, replied_at: DateTime<Utc>) -> NewPair {
    let ids = |list: Vec<Uuid>| list.into_iter().map(MessageId).collect();
    NewPair {
        client_message_id: MessageId(draft.client_message_id),
        our_reply_message_id: MessageId(draft.our_reply_message_id),
        client_message_ids: ids(draft.client_message_ids),
        reply_message_ids: ids(draft.reply_message_ids),
        client_text: draft.client_text,
        our_reply_text: draft.reply_text,
        labels: serde_json::json!({}),
        responded_after_seconds: draft.responded_after_seconds,
        replied_at,
        engine_version: i32::try_from(cleaning::ENGINE_VERSION).unwrap_or(i32::MAX),
    }
}
