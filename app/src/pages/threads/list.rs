//! The list of threads: search, one line each, and the way to older ones.

use leptos::prelude::*;
use replybook::{
    store::ThreadFilter,
    threads::{self, ThreadList},
    types::{AccountId, EmailPerson, EmailThread, Problem},
};

use super::{Words, subject};
use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{
        parts::Ago,
        url::Address,
        words::{Nav, nouns},
    },
    words::Voice,
};

/// The page, and what it was asked for.
pub struct Threads {
    filter: ThreadFilter,
    /// Whether these are not the latest threads.
    is_older: bool,
    list: ThreadList,
}

impl Page for Threads {
    const ROUTE: &'static str = paths::THREADS;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let filter = ThreadFilter {
            account: visit.query_as::<AccountId>("account"),
            text: visit.query("q").map(ToOwned::to_owned),
        };
        let cursor = visit.query("cursor");
        let list = threads::list(&visit.scope.domain, &filter, cursor).await?;
        Ok(Self { filter, is_older: cursor.is_some(), list })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let first = self.is_older.then(|| {
            view! { <a class="btn" href=self.address(None) rel="first">{words.first_page()}</a> }
        });
        let next = self.list.threads.next_cursor.as_deref().map(|cursor| {
            view! { <a class="btn" href=self.address(Some(cursor)) rel="next">{words.next_page()}</a> }
        });
        let search = self.search(words);
        let is_narrowed = self.filter != ThreadFilter::default() || self.is_older;
        let rows = if self.list.threads.items.is_empty() {
            nothing(visit, words, is_narrowed)
        } else {
            let rows = self.list.threads.items.into_iter().map(|thread| row(visit.voice(), words, thread));
            view! { <ul class="threads card">{rows.collect_view()}</ul> }.into_any()
        };
        view! {
            <Head title=words.title() about=words.about()/>
            {search}
            {rows}
            <nav class="pager" aria-label=words.next_page()>{first} {next}</nav>
        }
        .into_any()
    }
}

impl Threads {
    /// This list from a cursor on: the search goes along.
    fn address(&self, cursor: Option<&str>) -> String {
        Address::new(paths::THREADS)
            .with("account", self.filter.account.map(|account| account.to_string()))
            .with("q", self.filter.text.as_deref())
            .with("cursor", cursor)
            .into_string()
    }

    fn search(&self, words: Words) -> AnyView {
        let options = self.list.accounts.iter().map(|account| {
            let is_chosen = self.filter.account == Some(account.id);
            view! { <option value=account.id.to_string() selected=is_chosen>{account.display_name.clone()}</option> }
        });
        view! {
            <form method="get" action=paths::THREADS class="filters" role="search" autocomplete="off">
                <label class="filter">
                    <span>{words.account()}</span>
                    <select name="account">
                        <option value="">{words.any_account()}</option>
                        {options.collect_view()}
                    </select>
                </label>
                <input
                    class="input thread-search"
                    type="search"
                    name="q"
                    maxlength="200"
                    placeholder=words.search_label()
                    aria-label=words.search_label()
                    value=self.filter.text.clone()
                />
                <button class="btn">{words.search()}</button>
            </form>
        }
        .into_any()
    }
}

fn nothing(visit: &Visit, words: Words, is_narrowed: bool) -> AnyView {
    let (title, next) = if is_narrowed {
        (words.none_found(), words.none_found_next())
    } else {
        (words.none_yet(), words.none_yet_next())
    };
    let way_on = if is_narrowed {
        view! { <a class="btn" href=paths::THREADS>{words.clear()}</a> }.into_any()
    } else {
        view! { <a class="btn primary" href=paths::INTEGRATIONS>{Nav(visit.lang()).integrations()}</a> }.into_any()
    };
    view! {
        <div class="card empty">
            <p class="empty-title">{title}</p>
            <p class="muted">{next}</p>
            <div class="row">{way_on}</div>
        </div>
    }
    .into_any()
}

fn row(voice: Voice, words: Words, thread: EmailThread) -> AnyView {
    let names: Vec<String> = thread.people.iter().map(|person| name(words, person)).collect();
    let mailboxes: Vec<&str> = thread.accounts.iter().map(|account| account.display_name.as_str()).collect();
    let pairs = (thread.pair_count > 0).then(|| words.pairs_of(voice.count(&nouns::PAIR, thread.pair_count)));
    view! {
        <li>
            <a class="subject" href=paths::thread(thread.id) dir="auto">{subject(words, thread.subject)}</a>
            <p class="people" dir="auto">{names.join(", ")}</p>
            <p class="muted small particulars">
                <span>{voice.count(&nouns::MESSAGE, i64::from(thread.message_count))}</span>
                {pairs.map(|pairs| view! { <span>{pairs}</span> })}
                <span>{words.in_mailboxes(mailboxes.join(", "))}</span>
            </p>
            {thread.last_message_at.map(|at| view! { <span class="when muted small"><Ago voice at/></span> })}
        </li>
    }
    .into_any()
}

/// How a person is called: by name, else by address.
fn name(words: Words, person: &EmailPerson) -> String {
    let known = person.name.as_ref().or(person.address.as_ref());
    known.cloned().unwrap_or_else(|| words.nobody().to_owned())
}
