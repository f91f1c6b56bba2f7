//! What a reviewer sees behind a pair, and what they may put back.

use super::clean::clean_thread;
use crate::{
    Domain,
    cleaning::{Cleaned, Removed},
    store::{EditedPair, KeptSpan, PairParts, ThreadMail},
    types::{MessageId, PairId, PairMessage, Problem, RemovedSpan, TrainingPair},
};

/// The messages of a pair as they came, in order, with the spans that were taken away.
///
/// # Errors
/// `pair_not_found`.
pub async fn messages_of(d: &Domain, pair: PairId) -> Result<Vec<PairMessage>, Problem> {
    let (parts, thread) = load(d, pair).await?;
    let ids = parts.client_message_ids.iter().chain(&parts.reply_message_ids);
    Ok(ids
        .filter_map(|id| thread.iter().find(|(message, _)| message.id == *id))
        .map(|(message, cleaned)| PairMessage {
            message_id: message.id,
            direction: message.direction,
            from: message.from_address.clone(),
            sent_at: message.at,
            text: cleaned.source.clone(),
            removed: cleaned.removed.iter().map(|span| shown(message.id, span, &parts.kept_spans)).collect(),
        })
        .collect())
}

/// Puts a removed span back into its pair (`keep`), or takes it away again. The pair is edited from then on.
///
/// # Errors
/// `pair_not_found`, or [`Problem::Invalid`] for a span that is not one of the pair's.
pub async fn keep_span(d: &Domain, pair: PairId, span: KeptSpan, keep: bool) -> Result<TrainingPair, Problem> {
    let (mut parts, thread) = load(d, pair).await?;
    let is_removed = |(message, cleaned): &&(ThreadMail, Cleaned)| {
        message.id == span.message_id
            && cleaned.removed.iter().any(|removed| (removed.start, removed.end) == (span.start, span.end))
    };
    let belongs =
        parts.client_message_ids.contains(&span.message_id) || parts.reply_message_ids.contains(&span.message_id);
    if !belongs || thread.iter().find(is_removed).is_none() {
        return Err(Problem::invalid("span", "this span was not removed from a message of this pair"));
    }
    parts.kept_spans.retain(|kept| *kept != span);
    if keep {
        parts.kept_spans.push(span);
    }
    let edit = EditedPair {
        client_text: text_of(&parts.client_message_ids, &thread, &parts.kept_spans),
        our_reply_text: text_of(&parts.reply_message_ids, &thread, &parts.kept_spans),
        kept_spans: parts.kept_spans,
    };
    d.store.edit_pair(pair, &edit, d.clock.now()).await?.ok_or_else(not_found)
}

/// Takes over what the mail of a decided or edited pair says now.
///
/// # Errors
/// `pair_not_found`.
pub async fn adopt_fresh_texts(d: &Domain, pair: PairId) -> Result<TrainingPair, Problem> {
    d.store.adopt_fresh_texts(pair, d.clock.now()).await?.ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::not_found("pair_not_found")
}

async fn load(d: &Domain, pair: PairId) -> Result<(PairParts, Vec<(ThreadMail, Cleaned)>), Problem> {
    let parts = d.store.pair_parts(pair).await?.ok_or_else(not_found)?;
    let mail = d.store.thread_mail(parts.account, &parts.thread_id).await?;
    Ok((parts, clean_thread(mail)))
}

fn shown(message: MessageId, span: &Removed, kept: &[KeptSpan]) -> RemovedSpan {
    RemovedSpan {
        start: span.start,
        end: span.end,
        kind: word(&span.kind),
        rule: span.rule.to_owned(),
        kept: kept.contains(&KeptSpan { message_id: message, start: span.start, end: span.end }),
    }
}

/// The name under which a kind is serialized.
fn word(kind: &crate::cleaning::Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// The texts of one side, joined as pairing joins them, with what was put back.
fn text_of(ids: &[MessageId], thread: &[(ThreadMail, Cleaned)], kept: &[KeptSpan]) -> String {
    let texts =
        ids.iter().filter_map(|id| thread.iter().find(|(message, _)| message.id == *id)).map(|(message, cleaned)| {
            let is_kept =
                |span: &Removed| kept.contains(&KeptSpan { message_id: message.id, start: span.start, end: span.end });
            let removed = cleaned.removed.iter().filter(|span| !is_kept(span)).copied().collect();
            Cleaned { source: cleaned.source.clone(), removed }.text()
        });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}
