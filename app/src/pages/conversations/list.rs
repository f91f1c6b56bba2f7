//! The list of conversations: by where they stand, narrowed by mailbox, person and words.

use leptos::prelude::*;
use replybook::{
    Domain, accounts, conversations, pairs,
    store::StoreError,
    types::{
        AccountChoices, Assignee, Conversation, ConversationPage, ConversationState, Direction, Problem, ThreadId,
        UserId,
    },
};

use super::{
    Words, client,
    place::{ALL, LONGEST, Owner, Place},
    state_word, states_word, subject, waits,
};
use crate::{
    page::{Audience, Page, Script, Visit},
    paths,
    shell::Head,
    ui::{
        accounts::{account_filter, unmatched_account},
        parts::{Empty, Pill},
        times::Ago,
        words::nouns,
    },
    words::Voice,
};

/// The id of the part that is kept up to date.
const NOW: &str = "conversations";

/// The page of the list.
pub struct Conversations(Listing);

/// A page of the list, and what it was asked for.
pub(super) struct Listing {
    pub place: Place,
    pub list: ConversationPage,
    accounts: AccountChoices,
    pub people: Vec<Assignee>,
    mark: String,
}

/// Names how conversations stand: another one is to be looked at again.
///
/// # Errors
/// When the database cannot be used.
pub async fn mark(domain: &Domain) -> Result<String, StoreError> {
    let at = conversations::changed_at(domain).await?;
    Ok(at.map(|at| at.timestamp_micros().to_string()).unwrap_or_default())
}

impl Listing {
    pub(super) async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let me = visit.scope.user.as_ref().map(|user| user.id).ok_or(Problem::Unauthenticated)?;
        let (account, accounts) = accounts::choose(domain, visit.query("account"), None).await?;
        let place = Place::of(visit, account);
        let mark = mark(domain).await?;
        let (filter, cursor) = (place.filter(me), place.cursor.as_deref());
        let list = conversations::list(domain, &filter, Some(me), cursor, conversations::PER_PAGE).await?;
        let people = pairs::reviewers(domain).await?;
        Ok(Self { place, list, accounts, people, mark })
    }

    /// Where the conversations before and after one are, as far as they are on this page.
    pub(super) fn beside(&self, id: ThreadId) -> (Option<ThreadId>, Option<ThreadId>) {
        let ids: Vec<ThreadId> = self.list.items.iter().map(|one| one.id).collect();
        match ids.iter().position(|one| *one == id) {
            Some(at) => (at.checked_sub(1).and_then(|at| ids.get(at).copied()), ids.get(at + 1).copied()),
            // It is listed no more: the first one is next.
            None => (None, ids.first().copied()),
        }
    }

    fn tabs(&self, voice: Voice) -> AnyView {
        let words = Words(voice.lang);
        let tab = |state: Option<ConversationState>, text: &'static str, count: Option<i64>| {
            let is_here = self.place.state == state;
            let count = count.map(|count| view! { " " <span class="count">{voice.number(count)}</span> });
            let address = self.place.with_state(state).address();
            view! { <a href=address aria-current=is_here.then_some("page")>{text} {count}</a> }
        };
        // They are counted by mailbox alone: beside other filters they would say something else than the list.
        let counts = (self.place.owner.is_none() && self.place.text.is_none()).then_some(self.list.counts);
        let of = ConversationState::ALL
            .iter()
            .map(|state| tab(Some(*state), states_word(words, *state), counts.map(|counts| counts.of(*state))));
        view! {
            <nav class="tabs" aria-label=words.states()>
                {of.collect_view()}
                {tab(None, words.all(), None)}
            </nav>
        }
        .into_any()
    }

    fn filters(&self, voice: Voice) -> AnyView {
        let words = Words(voice.lang);
        let account =
            account_filter(voice.lang, &self.accounts, self.place.account, |account| account.display_name.clone());
        let option = |owner: Option<Owner>, text: String| {
            let value = owner.map(Owner::as_text).unwrap_or_default();
            view! { <option value=value selected=self.place.owner == owner>{text}</option> }
        };
        let people = self.people.iter().map(|one| option(Some(Owner::User(one.id)), one.display_name.clone()));
        let state = match self.place.state {
            Some(ConversationState::NeedsReply) => None,
            Some(state) => Some(state.as_str()),
            None => Some(ALL),
        };
        let state = state.map(|state| view! { <input type="hidden" name="state" value=state/> });
        let order = (self.place.state == Some(ConversationState::NeedsReply)).then(|| {
            view! {
                <label class="filter">
                    <span>{words.order()}</span>
                    <select name="sort">
                        <option value="">{words.newest()}</option>
                        <option value=LONGEST selected=self.place.longest_waiting>{words.longest()}</option>
                    </select>
                </label>
            }
        });
        view! {
            <form method="get" action=paths::CONVERSATIONS class="filters" role="search" autocomplete="off">
                {state}
                {account}
                <label class="filter">
                    <span>{words.whose()}</span>
                    <select name="assigned">
                        {option(None, words.anybody().to_owned())}
                        {option(Some(Owner::Me), words.me().to_owned())}
                        {option(Some(Owner::Nobody), words.nobody().to_owned())}
                        {people.collect_view()}
                    </select>
                </label>
                {order}
                <input
                    class="input thread-search"
                    type="search"
                    name="q"
                    maxlength="200"
                    data-hotkey="/"
                    placeholder=words.search_label()
                    aria-label=words.search_label()
                    value=self.place.text.clone()
                />
                <button class="btn">{words.search()}</button>
            </form>
            {unmatched_account(voice.lang, &self.accounts)}
        }
        .into_any()
    }

    /// The rows. `open` is the one that is shown beside them.
    pub(super) fn rows(&self, voice: Voice, open: Option<ThreadId>) -> AnyView {
        let words = Words(voice.lang);
        if self.list.items.is_empty() {
            return self.nothing(words);
        }
        let rows = self.list.items.iter().enumerate().map(|(index, one)| {
            // From the list, the key for the next one opens the first.
            let key = (open.is_none() && index == 0).then_some("j");
            row(voice, &self.place, one, open == Some(one.id), key)
        });
        view! { <ul class="threads talks card">{rows.collect_view()}</ul> }.into_any()
    }

    fn nothing(&self, words: Words) -> AnyView {
        let counts = self.list.counts;
        let is_empty = ConversationState::ALL.iter().all(|state| counts.of(*state) == 0);
        let (title, next) = match self.place.state {
            _ if self.place.is_narrowed() => (words.none_found(), words.none_found_next()),
            _ if is_empty => (words.none_yet(), words.none_yet_next()),
            Some(ConversationState::NeedsReply) => (words.none_needs_reply(), words.none_next()),
            Some(ConversationState::Waiting) => (words.none_waiting(), words.none_next()),
            Some(ConversationState::Snoozed) => (words.none_snoozed(), words.snooze_about()),
            Some(ConversationState::Archived) => (words.none_archived(), words.archived_next()),
            None => (words.none_yet(), words.none_yet_next()),
        };
        let clear = self.place.is_narrowed().then(|| {
            let address = Place { state: self.place.state, ..Place::default() }.address();
            view! { <a class="btn" href=address>{words.clear()}</a> }
        });
        view! { <div class="card"><Empty title next>{clear}</Empty></div> }.into_any()
    }

    pub(super) fn pager(&self, words: Words) -> AnyView {
        let first = self.place.cursor.is_some().then(|| {
            view! { <a class="btn" href=self.place.at(None).address() rel="first">{words.first_page()}</a> }
        });
        let next = self.list.next_cursor.as_deref().map(|cursor| {
            view! { <a class="btn" href=self.place.at(Some(cursor)).address() rel="next">{words.next_page()}</a> }
        });
        view! { <nav class="pager" aria-label=words.next_page()>{first} {next}</nav> }.into_any()
    }
}

impl Page for Conversations {
    const ROUTE: &'static str = paths::CONVERSATIONS;
    const AUDIENCE: Audience = Audience::Reviewers;
    const SCRIPTS: &'static [Script] = &[Script::Live];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self(Listing::load(visit).await?))
    }

    fn title(&self, visit: &Visit) -> String {
        let title = Words(visit.lang()).title();
        match self.0.list.counts.needs_reply {
            0 => title.to_owned(),
            waiting => format!("({}) {title}", visit.voice().number(waiting)),
        }
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self(listing) = self;
        let waiting = listing.list.not_listed_yet;
        let incomplete = (waiting > 0).then(|| {
            let waiting = voice.count(&nouns::THREAD, waiting);
            view! { <p class="notice warn" role="status">{words.incomplete(waiting)}</p> }
        });
        view! {
            <Head title=words.title() about=words.about()/>
            {listing.filters(voice)}
            <div
                class="live"
                id=NOW
                data-live=paths::CONVERSATION_EVENTS
                data-swaps=NOW
                data-mark=listing.mark.clone()
            >
                {listing.tabs(voice)}
                {incomplete}
                {listing.rows(voice, None)}
                {listing.pager(words)}
            </div>
        }
        .into_any()
    }
}

fn row(voice: Voice, place: &Place, one: &Conversation, is_open: bool, key: Option<&'static str>) -> AnyView {
    let words = Words(voice.lang);
    let unread = one.unread.then(|| view! { <span class="visually-hidden">{words.unread()} " "</span> });
    let last = if one.last_text.is_empty() { words.no_text().to_owned() } else { one.last_text.clone() };
    let last = if one.last_by == Direction::Outgoing { words.ours(last) } else { last };
    let (tone, state) = state_word(words, one.state);
    let state = (place.state.is_none()).then(|| view! { <Pill tone text=state/> });
    let is_waiting = matches!(one.state, ConversationState::NeedsReply | ConversationState::Snoozed);
    let waits = one.waiting_since.filter(|_| is_waiting).map(|at| view! { <span>{waits(voice, at)}</span> });
    let until = one.snoozed_until.map(|at| view! { <span>{words.until()} " " <Ago voice at/></span> });
    let has = one.assigned_to.clone().map(|name| view! { <span class="tag">{name}</span> });
    let notes = (one.notes > 0).then(|| view! { <span>{voice.count(&nouns::NOTE, one.notes)}</span> });
    let language = (one.last_by == Direction::Incoming).then(|| one.language.clone()).flatten();
    let class = match (is_open, one.unread) {
        (true, _) => "open",
        (false, true) => "unread",
        (false, false) => "",
    };
    view! {
        <li class=class>
            <a class="subject" href=place.open(one.id) dir="auto" aria-current=is_open.then_some("true") data-hotkey=key>
                {unread} {subject(words, one)}
            </a>
            <p class="people" dir="auto">{client(words, one)}</p>
            <p class="last muted" dir="auto" lang=language>{last}</p>
            <p class="muted small particulars">
                {state} {waits} {until} {has}
                <span>{voice.count(&nouns::MESSAGE, i64::from(one.message_count))}</span>
                {notes}
                <span class="mailbox">{words.in_mailbox(&one.account_name)}</span>
            </p>
            <span class="when muted small"><Ago voice at=one.last_at/></span>
        </li>
    }
    .into_any()
}

/// Who looks.
pub(super) fn me(visit: &Visit) -> Option<UserId> {
    visit.scope.user.as_ref().map(|user| user.id)
}
