//! One conversation: its mail, who answers, what can wait, the notes of the team, and beside it the list that it was opened in.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    conversations, threads,
    types::{Assignee, Conversation, ConversationNote, ConversationState, NotFoundCode, Problem, ThreadId},
};

use super::{
    Words, client,
    forms::{
        ArchiveConversation, AssignConversation, DeleteConversationNote, SnoozeConversation, WriteConversationNote,
    },
    list::{Listing, me},
    place::Place,
    state_word, subject, waits,
};
use crate::{
    page::{Audience, Page, Script, Visit},
    pages::threads::{Look, Mail},
    paths,
    ui::{
        parts::Pill,
        times::{Ago, Exact},
    },
    words::Voice,
};

/// The id of the part with the notes.
const NOTES: &str = "notes";

/// The page.
pub struct ConversationPage {
    one: Conversation,
    notes: Vec<ConversationNote>,
    mail: Mail,
    listing: Listing,
}

impl Page for ConversationPage {
    const ROUTE: &'static str = paths::CONVERSATION_ROUTE;
    const AUDIENCE: Audience = Audience::Reviewers;
    const SCRIPTS: &'static [Script] = &[Script::Live, Script::Mail];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let id = visit.param::<ThreadId>("id").ok_or_else(|| Problem::not_found(NotFoundCode::Conversation))?;
        let (domain, me) = (&visit.scope.domain, me(visit));
        let before = visit.query_as("before");
        let open = conversations::open(domain, id, me, before, threads::MESSAGES).await?;
        if let Some(me) = me {
            conversations::seen(domain, id, me).await?;
        }
        let listing = Listing::load(visit).await?;
        let look = Look::of(visit, listing.place.on(&paths::conversation(id)));
        let mail = Mail::load(visit, look, open.thread).await?;
        Ok(Self { one: open.conversation, notes: open.notes, mail, listing })
    }

    fn title(&self, visit: &Visit) -> String {
        subject(Words(visit.lang()), &self.one)
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { one, notes, mail, listing } = self;
        let here = listing.place.open(one.id);
        let (previous, next) = listing.beside(one.id);
        // What is done leaves the list: the next one comes.
        let then = next.or(previous).map_or_else(|| listing.place.address(), |id| listing.place.open(id));
        let beside = |to: Option<ThreadId>, text: &'static str, rel: &'static str, key: &'static str| {
            let address = listing.place.open(to?);
            Some(view! { <a class="btn quiet" href=address rel=rel data-hotkey=key>{text} " " <kbd>{key}</kbd></a> })
        };
        let (tone, state) = state_word(words, one.state);
        let is_waiting = matches!(one.state, ConversationState::NeedsReply | ConversationState::Snoozed);
        let waits = one.waiting_since.filter(|_| is_waiting).map(|at| view! { <span>{waits(voice, at)}</span> });
        let archived = one.archived_at.map(|at| {
            let by = one.archived_by.clone().unwrap_or_else(|| words.somebody().to_owned());
            view! { <span>{words.archived_by(by)} ", " <Ago voice at/></span> }
        });
        let snoozed = one.snoozed_until.map(|at| {
            let by = one.snoozed_by.clone().unwrap_or_else(|| words.somebody().to_owned());
            view! { <span>{words.until()} " " <Exact at/> " (" {words.snoozed_by(by)} ")"</span> }
        });
        let address = one.client_name.is_some().then(|| one.client_address.clone()).flatten();
        let title = subject(words, &one);
        view! {
            <div class="talk">
                <aside class="talk-list" aria-label=words.list()>
                    {listing.rows(voice, Some(one.id))}
                    {listing.pager(words)}
                </aside>
                <div class="talk-open stack">
                    <div class="bar-row">
                        <a class="small" href=listing.place.address()>{words.back()}</a>
                        <span class="row tight">
                            {beside(previous, words.previous(), "prev", "k")} {beside(next, words.next(), "next", "j")}
                        </span>
                    </div>
                    <div class="head">
                        <div>
                            <h1 dir="auto" class="break">{title}</h1>
                            <p class="muted particulars">
                                <span dir="auto" class="break">{client(words, &one)}</span>
                                {address.map(|address| view! { <span class="break">{address}</span> })}
                                <span>{words.in_mailbox(&one.account_name)}</span>
                            </p>
                            <p class="muted small particulars"><Pill tone text=state/> {waits} {archived} {snoozed}</p>
                        </div>
                    </div>
                    <div class="row talk-acts" role="group" aria-label=words.title()>
                        {archive(words, &one, &here, &then)}
                        {snooze(voice, &one, &here, &then)}
                        {assign(visit, &one, &listing.people, &here)}
                        {mail.acts(visit)}
                    </div>
                    {mail.view(visit)}
                    {team(visit, &one, notes, &here)}
                </div>
            </div>
        }
        .into_any()
    }
}

/// What every form here says: which conversation, which last word was seen, and where to go on.
fn about(one: &Conversation, then: &str) -> AnyView {
    view! {
        <input type="hidden" name="id" value=one.id.to_string()/>
        <input type="hidden" name="seen" value=one.last_message_id.to_string()/>
        <input type="hidden" name="state" value=one.state.as_str()/>
        <input type="hidden" name="then" value=then.to_owned()/>
    }
    .into_any()
}

/// What the forms say that give it to somebody: who has it.
fn whose(one: &Conversation, then: &str) -> AnyView {
    let had = one.assigned_to_id.map(|user| user.to_string()).unwrap_or_default();
    view! {
        <input type="hidden" name="id" value=one.id.to_string()/>
        <input type="hidden" name="had" value=had/>
        <input type="hidden" name="then" value=then.to_owned()/>
    }
    .into_any()
}

fn archive(words: Words, one: &Conversation, here: &str, then: &str) -> AnyView {
    let is_archived = one.state == ConversationState::Archived;
    let (text, then) = if is_archived { (words.unarchive(), here) } else { (words.archive(), then) };
    let class = if is_archived { "btn" } else { "btn primary" };
    view! {
        <form method="post" action=ArchiveConversation::url()>
            {about(one, then)}
            <input type="hidden" name="archived" value=(!is_archived).to_string()/>
            <button class=class data-hotkey="e">{text} " " <kbd>"e"</kbd></button>
        </form>
    }
    .into_any()
}

fn snooze(voice: Voice, one: &Conversation, here: &str, then: &str) -> AnyView {
    let words = Words(voice.lang);
    if one.state == ConversationState::Snoozed {
        return view! {
            <form method="post" action=SnoozeConversation::url()>
                {about(one, here)}
                <button class="btn" data-hotkey="s">{words.wake()} " " <kbd>"s"</kbd></button>
            </form>
        }
        .into_any();
    }
    let quick = [
        (3, words.for_hours(3)),
        (24, words.for_a_day().to_owned()),
        (72, words.for_days(3)),
        (168, words.for_a_week().to_owned()),
    ];
    let quick = quick.into_iter().map(|(hours, text)| {
        view! { <button name="hours" value=hours.to_string()>{text}</button> }
    });
    view! {
        <details class="menu">
            <summary class="btn" data-hotkey="s">{words.snooze()} " " <kbd>"s"</kbd></summary>
            <div class="menu-items start">
                <form method="post" action=SnoozeConversation::url()>{about(one, then)} {quick.collect_view()}</form>
                <form method="post" action=SnoozeConversation::url() class="pad stack">
                    {about(one, then)}
                    <label class="small">{words.until_day()} <span class="muted small without-script">"UTC"</span> " " <input class="input" type="date" name="day" required/></label>
                    <input type="hidden" name="zone" data-zone-of="day" data-at="09:00" disabled/>
                    <button class="btn small">{words.set()}</button>
                    <p class="muted small">{words.snooze_about()}</p>
                </form>
            </div>
        </details>
    }
    .into_any()
}

fn assign(visit: &Visit, one: &Conversation, people: &[Assignee], here: &str) -> AnyView {
    let (words, me) = (Words(visit.lang()), me(visit));
    let options = people.iter().map(|person| {
        let is_chosen = one.assigned_to_id == Some(person.id);
        view! { <option value=person.id.to_string() selected=is_chosen>{person.display_name.clone()}</option> }
    });
    let take = me.filter(|me| one.assigned_to_id != Some(*me)).map(|me| {
        view! {
            <form method="post" action=AssignConversation::url()>
                {whose(one, here)}
                <input type="hidden" name="user" value=me.to_string()/>
                <button data-hotkey="i">{words.take()} " " <kbd>"i"</kbd></button>
            </form>
        }
    });
    let has = one.assigned_to.clone().unwrap_or_else(|| words.assign().to_owned());
    view! {
        <details class="menu">
            <summary class="btn" data-hotkey="m">{has} " " <kbd>"m"</kbd></summary>
            <div class="menu-items start">
                {take}
                <form method="post" action=AssignConversation::url() class="pad stack">
                    {whose(one, here)}
                    <label class="small">
                        {words.assign_to()} " "
                        <select name="user">
                            <option value="">{words.nobody()}</option>
                            {options.collect_view()}
                        </select>
                    </label>
                    <button class="btn small">{words.assign()}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

/// The notes of the team.
fn team(visit: &Visit, one: &Conversation, notes: Vec<ConversationNote>, here: &str) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let (me, is_admin) = (me(visit), visit.is_admin());
    let then = format!("{here}#{NOTES}");
    let written = notes.into_iter().map(|note| {
        let own = is_admin || note.written_by_id.is_some() && note.written_by_id == me;
        let delete = own.then(|| {
            view! {
                <form method="post" action=DeleteConversationNote::url()>
                    <input type="hidden" name="id" value=one.id.to_string()/>
                    <input type="hidden" name="note" value=note.id.to_string()/>
                    <input type="hidden" name="then" value=then.clone()/>
                    <button class="link small">{words.delete_note()}</button>
                </form>
            }
        });
        let by = note.written_by.unwrap_or_else(|| words.somebody().to_owned());
        view! {
            <li>
                <p class="letter-head"><span>{by} ", " <Ago voice at=note.written_at/></span> {delete}</p>
                <p class="text" dir="auto">{note.text}</p>
            </li>
        }
    });
    view! {
        <section class="card pad stack notes" id=NOTES aria-labelledby="notes-title">
            <h2 id="notes-title">{words.notes()}</h2>
            <ol class="stack">{written.collect_view()}</ol>
            <form method="post" action=WriteConversationNote::url() class="stack">
                <input type="hidden" name="id" value=one.id.to_string()/>
                <input type="hidden" name="then" value=then.clone()/>
                <div class="form-field">
                    <label for="new-note">{words.note()} " " <kbd>"n"</kbd></label>
                    <textarea
                        class="input"
                        id="new-note"
                        name="text"
                        rows="2"
                        maxlength="10000"
                        required
                        dir="auto"
                        data-hotkey="n"
                        aria-describedby="notes-about"
                    >
                        {visit.typed("text").unwrap_or_default()}
                    </textarea>
                </div>
                <p class="muted small" id="notes-about">{words.notes_about()}</p>
                <div class="row"><button class="btn">{words.add_note()}</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// For the forms: the list where nothing else is said.
pub(super) fn list() -> String {
    Place::default().address()
}
