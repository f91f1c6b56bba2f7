//! `/admin/knowledge-base`: the approved pairs, to read, to search and to take along. No island: links and forms do all of it.

mod export;
mod similar;
mod similar_words;
mod words;

pub use similar::Similar;

use leptos::prelude::*;
use replybook::{
    accounts,
    answers::{self, Shelf},
    types::{AccountChoices, AccountId, AnswerFilter, Problem, TrainingPair, User},
};

use self::words::Words;
use crate::{
    page::{Audience, Page, Visit},
    paths,
    shell::Head,
    ui::{
        accounts::{account_filter, unmatched_account},
        parts::Empty,
        tags::chips,
        times::{Ago, Exact},
        url::Address,
        words::{Nav, nouns},
    },
    words::Voice,
};

/// Answers of one page.
const PER_PAGE: i64 = 20;

/// The page, and what it was asked for.
pub struct Knowledge {
    filter: AnswerFilter,
    cursor: Option<String>,
    /// Whether the dialog of the export is open.
    exports: bool,
    shelf: Shelf,
    accounts: AccountChoices,
}

impl Page for Knowledge {
    const ROUTE: &'static str = paths::KNOWLEDGE;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let (account, accounts) = accounts::choose(domain, visit.query("account"), None).await?;
        let filter = AnswerFilter { account, text: visit.query("q").map(ToOwned::to_owned) };
        let cursor = visit.query("cursor").map(ToOwned::to_owned);
        let exports = is_admin(visit) && visit.query("export").is_some();
        let shelf = answers::shelf(domain, &filter, cursor.as_deref(), PER_PAGE, exports).await?;
        Ok(Self { filter, cursor, exports, shelf, accounts })
    }

    fn title(&self, visit: &Visit) -> String {
        Nav(visit.lang()).knowledge().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let waiting = self.shelf.page.not_searchable_yet;
        let incomplete = (self.filter.text.is_some() && waiting > 0).then(|| {
            let waiting = voice.count(&nouns::ANSWER, waiting);
            view! { <p class="notice warn" role="status">{words.incomplete(waiting)}</p> }
        });
        let dialog = self.exports.then(|| {
            export::dialog(voice, &self.filter, &self.shelf, &self.accounts, self.address(self.cursor.as_deref()))
        });
        let first = self.cursor.is_some().then(|| {
            view! { <a class="btn" href=self.address(None) rel="first">{words.first_page()}</a> }
        });
        let next = self.shelf.page.next_cursor.as_deref().map(|cursor| {
            view! { <a class="btn" href=self.address(Some(cursor)) rel="next">{words.next_page()}</a> }
        });
        let has_several = self.accounts.number > 1;
        let unmatched = unmatched_account(visit.lang(), &self.accounts);
        let search = self.search(visit, has_several);
        let rows = if self.shelf.page.items.is_empty() {
            self.nothing(words)
        } else {
            let rows = self.shelf.page.items.iter().map(|pair| answer(voice, pair, has_several)).collect_view();
            view! { <ol class="answers">{rows}</ol> }.into_any()
        };
        view! {
            <Head title=Nav(visit.lang()).knowledge() about=words.about()/>
            {search}
            {unmatched}
            {incomplete}
            {rows}
            <nav class="pager" aria-label=words.next_page()>{first} {next}</nav>
            {dialog}
        }
        .into_any()
    }
}

/// What leaves the server is for admins to decide.
fn is_admin(visit: &Visit) -> bool {
    visit.scope.user.as_ref().is_some_and(User::is_admin)
}

/// These answers from a cursor on.
fn address(filter: &AnswerFilter, cursor: Option<&str>) -> Address {
    Address::new(paths::KNOWLEDGE)
        .with("account", filter.account.map(|account| account.to_string()))
        .with("q", filter.text.as_deref())
        .with("cursor", cursor)
}

impl Knowledge {
    fn address(&self, cursor: Option<&str>) -> String {
        address(&self.filter, cursor).into_string()
    }

    fn search(&self, visit: &Visit, has_several: bool) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let number = |account: AccountId| self.shelf.counts.get(&account).copied().unwrap_or(0);
        let account = has_several.then(|| {
            account_filter(voice.lang, &self.accounts, self.filter.account, |account| {
                format!("{} ({})", account.display_name, voice.number(number(account.id)))
            })
        });
        let all: i64 = self.shelf.counts.values().sum();
        // What a search finds is counted where somebody wants to take it along.
        let of_account = self.filter.text.is_none().then(|| self.filter.account.map_or(all, number));
        let clear = (self.filter != AnswerFilter::default()).then(|| {
            view! { <a class="btn quiet" href=paths::KNOWLEDGE>{words.clear()}</a> }
        });
        let export = (all > 0 && is_admin(visit)).then(|| {
            let href = address(&self.filter, self.cursor.as_deref()).with("export", Some("1")).into_string();
            view! { <a class="btn" id="export" href=href data-opens="">{words.export()}</a> }
        });
        view! {
            <div class="bar-row">
                <form method="get" action=paths::KNOWLEDGE class="filters grows" role="search" autocomplete="off">
                    {account}
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
                    {clear}
                </form>
                <div class="row">
                    <a class="btn" href=paths::SIMILAR>{words.similar()}</a>
                    {of_account.map(|number| view! { <span class="muted">{voice.count(&nouns::ANSWER, number)}</span> })}
                    {export}
                </div>
            </div>
        }
        .into_any()
    }

    fn nothing(&self, words: Words) -> AnyView {
        if self.filter == AnswerFilter::default() && self.cursor.is_none() {
            return view! {
                <div class="card">
                    <Empty title=words.none_yet() next=words.none_yet_next()>
                        <a class="btn primary" href=paths::TRAINING>{words.to_review()}</a>
                    </Empty>
                </div>
            }
            .into_any();
        }
        view! {
            <div class="card">
                <Empty title=words.none_found() next=words.none_found_next()>
                    <a class="btn" href=paths::KNOWLEDGE>{words.clear()}</a>
                </Empty>
            </div>
        }
        .into_any()
    }
}

/// One answer: what was asked and what we replied, beside each other.
fn answer(voice: Voice, pair: &TrainingPair, has_several: bool) -> AnyView {
    let words = Words(voice.lang);
    let id = pair.id;
    let subject = pair.subject.clone().filter(|subject| !subject.trim().is_empty());
    let subject = subject.unwrap_or_else(|| words.no_subject().to_owned());
    let open =
        Address::new(paths::TRAINING).with("status", Some("approved")).with("pair", Some(id.to_string())).into_string();
    let thread = pair.email_thread_id.map(|thread| {
        view! { <a href=paths::thread(thread)>{words.thread()}</a> }
    });
    let approved = match (&pair.decided_by, pair.decided_at) {
        (Some(by), _) => words.approved_by(by),
        (None, _) => words.approved().to_owned(),
    };
    let approved_at = pair.decided_at.map(|at| view! { <Ago voice at/> });
    let name = format!("“{subject}”");
    view! {
        <li class="card answer" id=format!("a-{id}")>
            <header class="meta">
                <h2><a class="subject" href=open dir="auto">{subject}</a></h2>
                <span class="push">{approved} " " {approved_at}</span>
                {has_several.then(|| view! { <span class="break">{pair.account_display_name.clone()}</span> })}
                {pair.edited.then(|| view! { <span class="tag">{words.edited()}</span> })}
                <span class="tags">{chips(&pair.tags)}</span>
                {thread}
            </header>
            {both_sides(words, pair, name)}
        </li>
    }
    .into_any()
}

/// What the client wrote and what we answered, side by side, the reply to copy. `name` is what the pair is called by the button.
fn both_sides(words: Words, pair: &TrainingPair, name: String) -> AnyView {
    let lang = |side: fn(&replybook::types::PairLabels) -> &Option<String>| {
        pair.labels.as_ref().and_then(|labels| side(labels).clone())
    };
    let reply = format!("reply-{}", pair.id);
    view! {
        <div class="two">
            <div class="side" role="group" aria-label=words.question()>
                <header>
                    <span>{words.question()} {pair.client_from.clone().map(|from| format!(" · {from}"))}</span>
                    {pair.client_sent_at.map(|at| view! { <Exact at/> })}
                </header>
                <div class="text" dir="auto" lang=lang(|labels| &labels.client_language)>{pair.client_text.clone()}</div>
            </div>
            <div class="side" role="group" aria-label=words.reply()>
                <header>
                    <span>{words.reply()} {pair.reply_from.clone().map(|from| format!(" · {from}"))}</span>
                    {pair.reply_sent_at.map(|at| view! { <Exact at/> })}
                </header>
                <div class="text" id=reply.clone() dir="auto" lang=lang(|labels| &labels.reply_language)>
                    {pair.our_reply_text.clone()}
                </div>
                <p class="needs-script">
                    <button
                        type="button"
                        class="btn small"
                        data-copies=reply
                        data-done=words.copied()
                        aria-label=words.copy_reply(name)
                    >
                        {words.copy()}
                    </button>
                </p>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_stays_in_the_address_of_older_answers() {
        let filter = AnswerFilter { account: None, text: Some("платёж & co".to_owned()) };
        assert_eq!(
            address(&filter, Some("7_x")).into_string(),
            "/admin/knowledge-base?q=%D0%BF%D0%BB%D0%B0%D1%82%D1%91%D0%B6%20%26%20co&cursor=7_x"
        );
        assert_eq!(address(&AnswerFilter::default(), None).into_string(), paths::KNOWLEDGE);
    }
}
