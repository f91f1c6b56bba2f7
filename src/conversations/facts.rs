//! What a thread's mail says about the conversation in it: whose turn it is, since when, and what was said last. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    cleaning::Cleaned,
    labels,
    mail::AddressSet,
    pairing::{Pairing, SkipReason, only_closes},
    store::{ConversationFacts, ConversationMove, ThreadMail},
    types::Direction,
};

/// Characters of the last word that a list shows.
const LAST_WORD: usize = 200;
/// Of a very long conversation, the last moves count.
const MOST_MOVES: usize = 500;

/// Something that a client said, or we to a client.
struct Spoken<'t> {
    mail: &'t ThreadMail,
    cleaned: &'t Cleaned,
    by: Direction,
}

/// What a thread's mail says about the conversation in it; `None` where no client takes part in it.
///
/// A client who writes after our last word waits for an answer, unless we have answered before without asking anything, and they only close
/// ([`only_closes`]). Machines, copies and mail among ourselves say nothing, nor does what we wrote to somebody else.
pub(crate) fn facts(
    thread: &[(ThreadMail, Cleaned)],
    pairing: &Pairing,
    ours: &AddressSet,
) -> Option<ConversationFacts> {
    let of: BTreeMap<Uuid, &(ThreadMail, Cleaned)> = thread.iter().map(|one| (one.0.id.0, one)).collect();
    let to_others: Vec<Uuid> = pairing
        .skipped
        .iter()
        .filter(|(_, reason)| {
            matches!(reason, SkipReason::ForwardedElsewhere | SkipReason::OtherRecipient | SkipReason::AnswersNoClient)
        })
        .map(|(id, _)| *id)
        .collect();
    let spoken: Vec<Spoken<'_>> = pairing
        .placed
        .iter()
        .filter(|placed| placed.copy_of.is_none() && !to_others.contains(&placed.id))
        .filter_map(|placed| {
            let (mail, cleaned) = of.get(&placed.id)?;
            Some(Spoken { mail, cleaned, by: placed.by? })
        })
        .collect();
    let last = spoken.last()?;
    let client = spoken.iter().rev().find(|one| one.by == Direction::Incoming);
    let (client_name, client_address) = match client {
        Some(one) => author(one.mail, ours),
        None => (None, last.mail.recipients.iter().find(|address| !ours.contains(address)).cloned()),
    };
    let first_answer = spoken.iter().position(|one| one.by == Direction::Outgoing).unwrap_or(spoken.len());
    let mut have_asked = false;
    let mut moves: Vec<(&Spoken<'_>, bool)> = Vec::with_capacity(spoken.len());
    for (at, one) in spoken.iter().enumerate() {
        let (text, is_client) = (one.cleaned.text(), one.by == Direction::Incoming);
        // To a question of ours, "sounds good, thanks" is an answer.
        let closes = is_client && at > first_answer && !have_asked && only_closes(&text);
        if !is_client {
            have_asked = text.contains(['?', '？', '؟']);
        }
        if !closes {
            moves.push((one, is_client));
        }
    }
    let open = moves.iter().rev().take_while(|(_, is_client)| *is_client).last().map(|(one, _)| when(one.mail));
    let stored = first_stored(thread);
    let moves = moves.iter().rev().take(MOST_MOVES).map(|(one, is_ask)| ConversationMove {
        at: when(one.mail),
        stored_at: one.mail.message_id.as_deref().and_then(|id| stored.get(id).copied()).unwrap_or(one.mail.stored_at),
        is_ask: *is_ask,
    });
    let text = last.cleaned.text();
    Some(ConversationFacts {
        account: client.unwrap_or(last).mail.account,
        client_name,
        client_address,
        language: client.and_then(|one| labels::language_of(&one.cleaned.text())).map(ToOwned::to_owned),
        last_message: last.mail.id,
        last_by: last.by,
        last_text: one_line(&text),
        last_at: when(last.mail),
        asked_at: open,
        moves: moves.collect(),
        known_until: thread.iter().map(|(mail, _)| mail.stored_at).max().unwrap_or_default(),
    })
}

/// Who wrote a client's message: of a form of our own site, whoever filled it in.
fn author(mail: &ThreadMail, ours: &AddressSet) -> (Option<String>, Option<String>) {
    let is_form = mail.from_address.as_deref().is_none_or(|from| ours.contains(from));
    match mail.reply_to.iter().find(|address| !ours.contains(address)) {
        Some(client) if is_form => (None, Some(client.clone())),
        _ => (mail.from_name.clone(), mail.from_address.clone()),
    }
}

/// Mail without a date, or from a clock that is ahead, is taken to be as old as its place here.
fn when(mail: &ThreadMail) -> DateTime<Utc> {
    mail.at.map_or(mail.stored_at, |at| at.min(mail.stored_at))
}

/// When each mail first came here: a mailbox that is connected later may hold another copy of it.
fn first_stored(thread: &[(ThreadMail, Cleaned)]) -> BTreeMap<&str, DateTime<Utc>> {
    let mut stored: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    for (mail, _) in thread {
        if let Some(id) = mail.message_id.as_deref() {
            stored.entry(id).and_modify(|at| *at = mail.stored_at.min(*at)).or_insert(mail.stored_at);
        }
    }
    stored
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(LAST_WORD) {
            line.truncate(end);
            line.truncate(line.trim_end().len());
            line.push('…');
            break;
        }
    }
    line
}
