//! The one order in which a thread is read, whatever order it came in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::ThreadMessage;

/// Messages sorted by time. An answer comes after what it answers even where a clock was wrong; a message without a date
/// stands right before the first answer to it, else after the one it answers.
pub(super) fn in_time<'m, 'a>(messages: &'m [ThreadMessage<'a>]) -> Vec<&'m ThreadMessage<'a>> {
    let mut unique: Vec<&ThreadMessage<'a>> = messages.iter().collect();
    unique.sort_by(|a, b| tie_break(a, b));
    unique.dedup_by_key(|message| message.id);

    let by_id = index(&unique);
    let parents: Vec<Option<usize>> = unique.iter().enumerate().map(|(at, m)| parent(at, m, &by_id)).collect();
    let times = effective_times(&unique, &parents);
    let depths = depths(&parents);

    let mut order: Vec<usize> = (0..unique.len()).collect();
    // `unique` is sorted already, so the position breaks the remaining ties.
    order.sort_by_key(|&at| (times[at], depths[at], at));
    order.into_iter().map(|at| unique[at]).collect()
}

fn tie_break(a: &ThreadMessage<'_>, b: &ThreadMessage<'_>) -> std::cmp::Ordering {
    (a.sent_at.is_none(), a.sent_at, a.direction, a.message_id, a.id).cmp(&(
        b.sent_at.is_none(),
        b.sent_at,
        b.direction,
        b.message_id,
        b.id,
    ))
}

/// The first message of each Message-ID.
fn index<'a>(messages: &[&ThreadMessage<'a>]) -> HashMap<&'a str, usize> {
    let mut by_id = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        if let Some(id) = message.message_id {
            by_id.entry(id).or_insert(at);
        }
    }
    by_id
}

fn parent(at: usize, message: &ThreadMessage<'_>, by_id: &HashMap<&str, usize>) -> Option<usize> {
    let named = message.in_reply_to.iter().chain(message.references.iter().rev());
    named.filter_map(|id| by_id.get(id.as_str()).copied()).find(|parent| *parent != at)
}

/// The time of each message: its own, but not before its parent's; without one, that of the first dated answer to it,
/// else the parent's.
fn effective_times(messages: &[&ThreadMessage<'_>], parents: &[Option<usize>]) -> Vec<DateTime<Utc>> {
    let mut known: Vec<Option<DateTime<Utc>>> = messages.iter().map(|message| message.sent_at).collect();
    for (message, parent) in messages.iter().zip(parents) {
        if let (Some(parent), Some(time)) = (*parent, message.sent_at)
            && messages[parent].sent_at.is_none()
        {
            known[parent] = Some(known[parent].map_or(time, |earlier| earlier.min(time)));
        }
    }
    (0..messages.len())
        .map(|at| {
            let chain = std::iter::successors(Some(at), |at| parents[*at]).take(messages.len().min(MAX_CHAIN));
            chain.filter_map(|at| known[at]).max().unwrap_or(DateTime::<Utc>::MAX_UTC)
        })
        .collect()
}

/// Answers to answers to answers that are followed; also the guard against ids that name each other in a circle.
const MAX_CHAIN: usize = 500;

fn depths(parents: &[Option<usize>]) -> Vec<usize> {
    (0..parents.len()).map(|at| std::iter::successors(parents[at], |at| parents[*at]).take(MAX_CHAIN).count()).collect()
}
