//! A stored thread, cleaned: each message knows what was written before it.

use crate::{
    cleaning::{Cleaned, Input, Mode, Sender, clean},
    store::ThreadMail,
};

/// Earlier messages of a thread that confirm what is quoted, and of the same sender that confirm a signature.
const EARLIER: usize = 6;

/// Sorts a thread by time and finds each author's own words.
pub(crate) fn clean_thread(mut mail: Vec<ThreadMail>) -> Vec<(ThreadMail, Cleaned)> {
    mail.sort_by_key(|message| (message.at, message.id));
    let mut done: Vec<(ThreadMail, Cleaned)> = Vec::with_capacity(mail.len());
    for message in mail {
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
            mode: Mode::Full,
        });
        done.push((message, cleaned));
    }
    done
}
