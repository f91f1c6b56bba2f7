//! From stored pairs to lines of the list.

use replybook::types::TrainingPair;

use super::{
    api::{AccountChoice, PairRow},
    sheet,
};
use crate::prefs::Lang;

/// How many pairs a page of the list holds.
pub(super) const PER_PAGE: i64 = 30;
/// How many characters of a text the list shows.
const PREVIEW: usize = 120;

pub(super) fn row(pair: &TrainingPair, lang: Lang) -> PairRow {
    PairRow {
        id: pair.id,
        provider_code: pair.provider_code.clone(),
        account_name: pair.account_display_name.clone(),
        subject: pair.subject.clone(),
        thread_id: pair.thread_id.clone(),
        client_preview: preview(&pair.client_text, PREVIEW),
        reply_preview: preview(&pair.our_reply_text, PREVIEW),
        status: pair.status,
        created_at: pair.created_at,
        group: pair.group_id.clone().filter(|_| pair.duplicates > 1),
        duplicates: pair.duplicates,
        flag: sheet::flag(pair, lang),
    }
}

pub(super) fn choice(account: replybook::types::AccountChoice) -> AccountChoice {
    AccountChoice {
        id: account.id,
        name: account.display_name,
        provider_code: account.provider_code,
        provider_name: account.provider_name,
    }
}

/// The first `limit` characters of a text on one line, cut at a word where one ends near by.
fn preview(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        let gap = usize::from(length > 0);
        if length + gap + word_length <= limit {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            length += gap + word_length;
        } else {
            if length == 0 {
                line.extend(word.chars().take(limit));
            }
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_one_line_cut_at_a_word() {
        assert_eq!(preview("Hello,\n\n  world", 120), "Hello, world");
        assert_eq!(preview("one two three", 8), "one two…");
        assert_eq!(preview("Donaudampfschifffahrt", 5), "Donau…");
        assert_eq!(preview("Где счёт за сентябрь?", 9), "Где счёт…");
        assert_eq!(preview("", 5), "");
    }
}
