//! The page as the server renders it.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{PairFilter, Problem, TrainingPair},
};

use super::{
    data::{Board, List, Opened, Row},
    island::Review,
    place::{Place, open_pair},
    sheet,
};
use crate::{
    page::{Page, Visit},
    paths, problems,
    shell::Head,
    words::texts,
};

/// How many pairs a page of the list holds.
const PER_PAGE: i64 = 30;
/// How many characters of a text the list shows.
const PREVIEW: usize = 120;

/// The page: the list, and the pair that its address opens.
pub struct Training(Board);

impl Page for Training {
    const ROUTE: &'static str = paths::TRAINING;
    const ACTS: bool = true;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let (domain, voice) = (&visit.scope.domain, visit.voice());
        let query = |name: &str| visit.query(name).map(ToOwned::to_owned);
        let place = Place::from_query(query);
        let filter = PairFilter {
            status: place.status,
            provider: place.provider.clone(),
            account_id: place.account,
            group: place.group.clone(),
        };
        let review = pairs::review(domain, &filter, place.cursor.as_deref(), PER_PAGE).await?;
        let open = match open_pair(query) {
            None => None,
            Some(id) => Some(match pairs::open(domain, id).await {
                Ok(open) => Opened::Pair(Box::new(sheet::sheet(&open, voice, place.originals))),
                Err(problem @ Problem::NotFound { .. }) => Opened::Refused(problems::text(&problem, voice.lang)),
                Err(problem) => return Err(problem),
            }),
        };
        let list = List {
            rows: review.page.items.iter().map(|pair| row(pair, visit)).collect(),
            next_cursor: review.page.next_cursor,
            counts: review.counts,
            accounts: review.accounts,
            group_counts: review.group_counts,
        };
        Ok(Self(Board { lang: voice.lang, now: voice.now, place, list, open }))
    }

    fn title(&self, visit: &Visit) -> String {
        PageWords(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = PageWords(visit.lang());
        view! {
            <Head title=words.title() about=words.about()>
                <button type="button" class="btn quiet wide-only needs-script" data-keys="">
                    {words.keys_hint()} " " <kbd>"?"</kbd>
                </button>
            </Head>
            <Review board=self.0/>
        }
        .into_any()
    }
}

fn row(pair: &TrainingPair, visit: &Visit) -> Row {
    Row {
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
        flag: sheet::flag(pair, visit.lang()),
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

texts! {
    /// The head of the page.
    PageWords:
    title: "AI Email Training" | "Обучение AI на почте";
    about: "Each pair is what a client wrote and what your team answered. Approve the answers worth repeating." | "Пара — это что написал клиент и что ответила ваша команда. Одобряйте ответы, которые стоит повторять.";
    keys_hint: "Shortcuts" | "Клавиши";
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
