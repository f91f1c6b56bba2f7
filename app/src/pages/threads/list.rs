//! The list of threads: search, one line each, and the way to older ones.

use leptos::prelude::*;
use replybook::{
    accounts, threads,
    types::{AccountChoices, EmailPerson, EmailThread, EmailThreadPage, Problem},
};

use super::{Words, place::Place, subject};
use crate::{
    page::{Audience, Page, Visit},
    paths,
    shell::Head,
    ui::{
        accounts::{account_filter, unmatched_account},
        times::Ago,
        words::{Nav, nouns},
    },
    words::Voice,
};

/// The page, and what it was asked for.
pub struct Threads {
    place: Place,
    list: EmailThreadPage,
    accounts: AccountChoices,
}

impl Page for Threads {
    const ROUTE: &'static str = paths::THREADS;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let (account, accounts) = accounts::choose(domain, visit.query("account"), None).await?;
        let place = Place::of(visit, account);
        let list = threads::list(domain, &place.filter, place.cursor.as_deref()).await?;
        Ok(Self { place, list, accounts })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let first = self.place.cursor.is_some().then(|| {
            view! { <a class="btn" href=self.place.at(None).address() rel="first">{words.first_page()}</a> }
        });
        let next = self.list.next_cursor.as_deref().map(|cursor| {
            view! { <a class="btn" href=self.place.at(Some(cursor)).address() rel="next">{words.next_page()}</a> }
        });
        let search = self.search(words);
        let is_narrowed = self.place != Place::default();
        let waiting = self.list.not_searchable_yet;
        let incomplete = (waiting > 0).then(|| {
            let waiting = visit.voice().count(&nouns::THREAD, waiting);
            view! { <p class="notice warn" role="status">{words.incomplete(waiting)}</p> }
        });
        let place = self.place;
        let rows = if self.list.items.is_empty() {
            nothing(visit, words, is_narrowed)
        } else {
            let rows = self.list.items.into_iter().map(|thread| row(visit.voice(), words, &place, thread));
            view! { <ul class="threads card">{rows.collect_view()}</ul> }.into_any()
        };
        view! {
            <Head title=words.title() about=words.about()/>
            {search}
            {incomplete}
            {rows}
            <nav class="pager" aria-label=words.next_page()>{first} {next}</nav>
        }
        .into_any()
    }
}

impl Threads {
    fn search(&self, words: Words) -> AnyView {
        let account =
            account_filter(words.0, &self.accounts, self.place.filter.account, |account| account.display_name.clone());
        let unmatched = unmatched_account(words.0, &self.accounts);
        view! {
            <form method="get" action=paths::THREADS class="filters" role="search" autocomplete="off">
                {account}
                <input
                    class="input thread-search"
                    type="search"
                    name="q"
                    maxlength="200"
                    placeholder=words.search_label()
                    aria-label=words.search_label()
                    value=self.place.filter.text.clone()
                />
                <button class="btn">{words.search()}</button>
            </form>
            {unmatched}
        }
        .into_any()
    }
}

fn nothing(visit: &Visit, words: Words, is_narrowed: bool) -> AnyView {
    let (title, next) = if is_narrowed {
        (words.none_found(), words.none_found_next())
    } else if visit.is_admin() {
        (words.none_yet(), words.none_yet_next())
    } else {
        (words.none_yet(), words.none_yet_ask())
    };
    let way_on = if is_narrowed {
        Some(view! { <a class="btn" href=paths::THREADS>{words.clear()}</a> }.into_any())
    } else if visit.is_admin() {
        let to = Nav(visit.lang()).integrations();
        Some(view! { <a class="btn primary" href=paths::INTEGRATIONS>{to}</a> }.into_any())
    } else {
        None
    };
    view! {
        <div class="card empty">
            <p class="empty-title">{title}</p>
            <p class="muted">{next}</p>
            {way_on.map(|way_on| view! { <div class="row">{way_on}</div> })}
        </div>
    }
    .into_any()
}

fn row(voice: Voice, words: Words, place: &Place, thread: EmailThread) -> AnyView {
    let names: Vec<String> = thread.people.iter().map(|person| name(words, person)).collect();
    let mailboxes: Vec<&str> = thread.accounts.iter().map(|account| account.display_name.as_str()).collect();
    let waiting = thread.pairs_to_review;
    let pairs = (waiting > 0).then(|| words.pairs_of(voice.count(&nouns::PAIR, waiting)));
    let address = place.on(&paths::thread(thread.id)).into_string();
    view! {
        <li>
            <a class="subject" href=address dir="auto">{subject(words, thread.subject)}</a>
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
