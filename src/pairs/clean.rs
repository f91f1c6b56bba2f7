//! A stored thread, cleaned: each message knows what was written before it.

use std::time::Duration;

use crate::{
    aside::{self, Wanted},
    cleaning::{Cleaned, Input, Mode, Sender, clean},
    store::{Habits, ThreadMail},
    types::{Problem, RemovedSpan, UnavailableCode},
};

/// How long mail may be made ready for somebody who waits to read it: less than a page may take to load.
pub(crate) const RENDERING: Duration = Duration::from_secs(15);

/// Bytes of text that one answer carries.
const ANSWER: usize = 2 << 20;

/// Earlier messages of a thread that confirm what is quoted, and of the same sender that confirm a signature.
const EARLIER: usize = 6;

/// Sorts a thread by time and finds each author's own words. `habits` has what is known of a message's author beyond the thread.
pub(crate) fn clean_thread(
    mail: Vec<ThreadMail>,
    habits: impl FnMut(&ThreadMail) -> Vec<i64>,
) -> Vec<(ThreadMail, Cleaned)> {
    clean_while(|| true, mail, habits)
}

/// As [`clean_thread`], up to the message before which `is_wanted` says that nobody waits for the rest.
fn clean_while(
    is_wanted: impl Fn() -> bool,
    mut mail: Vec<ThreadMail>,
    mut habits: impl FnMut(&ThreadMail) -> Vec<i64>,
) -> Vec<(ThreadMail, Cleaned)> {
    mail.sort_by_key(|message| (message.at, message.id));
    let mut done: Vec<(ThreadMail, Cleaned)> = Vec::with_capacity(mail.len());
    for message in mail {
        if !is_wanted() {
            break;
        }
        let parents: Vec<&str> = done.iter().rev().take(EARLIER).map(|(_, cleaned)| cleaned.source.as_str()).collect();
        let earlier: Vec<&str> = done
            .iter()
            .rev()
            .filter(|(before, _)| message.from_address.is_some() && before.from_address == message.from_address)
            .take(EARLIER)
            .map(|(_, cleaned)| cleaned.source.as_str())
            .collect();
        let cleaned = clean(&Input {
            text: message.body_text.as_deref(),
            html: message.body_html.as_deref(),
            sender: Some(Sender { name: message.from_name.as_deref(), address: message.from_address.as_deref() }),
            parents: &parents,
            earlier: &earlier,
            habits: &habits(&message),
            mode: Mode::Full,
        });
        done.push((message, cleaned));
    }
    done
}

/// As [`clean_thread`], for somebody who waits: megabytes of quoted history take their time. With what was `used` of what was known
/// when the pairs of the thread were made, the same comes out again.
///
/// # Errors
/// `rendering_too_slow`.
pub(crate) async fn clean_for_reader(
    mail: Vec<ThreadMail>,
    used: Habits,
) -> Result<Vec<(ThreadMail, Cleaned)>, Problem> {
    let cleaning = move |wanted: &Wanted| {
        clean_while(|| wanted.is_so(), mail, |message| used.get(&message.id).cloned().unwrap_or_default())
    };
    let cleaned = aside::within(RENDERING, cleaning).await;
    cleaned.map_err(|error| error.or("cleaning a thread", Problem::unavailable(UnavailableCode::RenderingTooSlow)))
}

/// What was used of what is known beyond a thread.
pub(super) fn habits_of(thread: &[(ThreadMail, Cleaned)]) -> Habits {
    let used = thread.iter().filter(|(_, cleaned)| !cleaned.habits.is_empty());
    used.map(|(message, cleaned)| (message.id, cleaned.habits.clone())).collect()
}

/// How many bytes of each text one answer carries, so that it carries no more than [`ANSWER`] of them together: short texts whole,
/// of the long ones an equal share.
pub(crate) fn share(lengths: impl Iterator<Item = usize>) -> usize {
    let mut lengths: Vec<usize> = lengths.collect();
    if lengths.iter().sum::<usize>() <= ANSWER {
        return usize::MAX;
    }
    lengths.sort_unstable();
    let (mut room, mut left) = (ANSWER, lengths.len());
    for length in lengths {
        if length > room / left {
            break;
        }
        room -= length;
        left -= 1;
    }
    room / left.max(1)
}

/// The first `share` bytes of a text, with the spans that lie in them; and whether that is not all of it.
pub(crate) fn cut(mut text: String, mut spans: Vec<RemovedSpan>, share: usize) -> (String, Vec<RemovedSpan>, bool) {
    if text.len() <= share {
        return (text, spans, false);
    }
    text.truncate(text.floor_char_boundary(share));
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    spans.retain_mut(|span| {
        span.end = span.end.min(end);
        span.start < span.end
    });
    (text, spans, true)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{
        mail::Nature,
        types::{AccountId, Direction, MessageId},
    };

    fn message() -> ThreadMail {
        ThreadMail {
            id: MessageId::new(),
            account: AccountId::new(),
            thread_id: "t1".to_owned(),
            message_id: None,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            direction: Direction::Incoming,
            in_sent: None,
            confirmed_ours: false,
            at: None,
            stored_at: chrono::DateTime::UNIX_EPOCH,
            from_address: None,
            from_name: None,
            reply_to: Vec::new(),
            recipients: Vec::new(),
            subject: None,
            nature: Nature::default(),
            body_text: Some("Hello".to_owned()),
            body_html: None,
            has_attachment: false,
            is_cut: false,
            mark: None,
        }
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_not_cleaned() {
        let asked = Cell::new(0);
        let until_the_second = || {
            asked.set(asked.get() + 1);
            asked.get() < 2
        };
        let cleaned = clean_while(until_the_second, vec![message(), message(), message()], |_| Vec::new());
        assert_eq!((cleaned.len(), asked.get()), (1, 2));
    }

    #[test]
    fn short_texts_are_carried_whole_and_long_ones_share_what_is_left() {
        assert_eq!(share([10, 20].into_iter()), usize::MAX);
        assert_eq!(share([ANSWER].into_iter()), usize::MAX);
        assert_eq!(share([ANSWER + 1].into_iter()), ANSWER);
        let lengths = [100, ANSWER, 2 * ANSWER];
        let each = share(lengths.into_iter());
        assert_eq!(each, (ANSWER - 100) / 2);
        assert!(lengths.iter().map(|length| each.min(*length)).sum::<usize>() <= ANSWER);
    }

    #[test]
    fn a_cut_text_ends_with_a_whole_character_and_its_spans_within_it() {
        let span =
            |start, end| RemovedSpan { start, end, kind: "signature".to_owned(), rule: "x".to_owned(), kept: false };
        let (text, spans, is_cut) = cut("ab ёж cd".to_owned(), vec![span(0, 2), span(3, 9), span(8, 10)], 6);
        assert_eq!((text.as_str(), is_cut), ("ab ё", true));
        assert_eq!(spans, [span(0, 2), span(3, 5)]);
        assert_eq!(cut("ab".to_owned(), vec![span(0, 2)], 2), ("ab".to_owned(), vec![span(0, 2)], false));
    }
}
