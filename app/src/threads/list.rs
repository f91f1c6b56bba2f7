//! The list of threads: search, one line each, and the way to older ones.

use leptos::prelude::*;
use leptos_meta::Title;
use replybook::types::{Account, EmailPerson, EmailThread, EmailThreadPage};

use super::{ListQuery, PATH};
use crate::{
    boot::use_texts,
    i18n::{fill, threads::Words},
    ui::{parts::Ago, url::Address},
};

pub(super) fn view(query: ListQuery, accounts: &[Account], threads: EmailThreadPage) -> AnyView {
    let words = Words::of(use_texts().lang);
    let is_filtered = query.account.is_some() || query.text.is_some();
    let address = |cursor: Option<&str>| {
        Address::new(PATH)
            .with("account", query.account.as_deref())
            .with("q", query.text.as_deref())
            .with("cursor", cursor)
            .into_string()
    };
    let first = query.cursor.is_some().then(|| {
        view! { <a class="btn" href=address(None) rel="first">{words.first_page}</a> }
    });
    let next = threads.next_cursor.as_deref().map(|cursor| {
        view! { <a class="btn" href=address(Some(cursor)) rel="next">{words.next_page}</a> }
    });
    let rows = if threads.items.is_empty() {
        nothing(words, is_filtered || query.cursor.is_some())
    } else {
        view! { <ul class="threads card">{threads.items.into_iter().map(row).collect_view()}</ul> }.into_any()
    };
    view! {
        <Title text=words.title/>
        <div class="head">
            <div>
                <h1>{words.title}</h1>
                <p class="muted">{words.about}</p>
            </div>
        </div>
        {search(words, &query, accounts)}
        {rows}
        <nav class="pager" aria-label=words.next_page>{first} {next}</nav>
    }
    .into_any()
}

fn search(words: &'static Words, query: &ListQuery, accounts: &[Account]) -> AnyView {
    let options = accounts
        .iter()
        .map(|account| {
            let id = account.id.to_string();
            let selected = query.account.as_ref() == Some(&id);
            view! { <option value=id selected=selected>{account.display_name.clone()}</option> }
        })
        .collect_view();
    view! {
        <form method="get" action=PATH class="filters" role="search">
            <label class="filter">
                <span>{words.account}</span>
                <select name="account">
                    <option value="">{words.any_account}</option>
                    {options}
                </select>
            </label>
            <input
                class="input thread-search"
                type="search"
                name="q"
                maxlength="200"
                placeholder=words.search_label
                aria-label=words.search_label
                value=query.text.clone()
            />
            <button class="btn">{words.search}</button>
        </form>
    }
    .into_any()
}

fn nothing(words: &'static Words, is_filtered: bool) -> AnyView {
    let (title, next) =
        if is_filtered { (words.none_found, words.none_found_next) } else { (words.none_yet, words.none_yet_next) };
    view! {
        <div class="card empty">
            <p class="empty-title">{title}</p>
            <p class="muted">{next}</p>
            <div class="row">
                {if is_filtered {
                    view! { <a class="btn" href=PATH>{words.clear}</a> }.into_any()
                } else {
                    view! { <a class="btn primary" href="/admin/integrations">{use_texts().nav.integrations}</a> }.into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}

fn row(thread: EmailThread) -> AnyView {
    let texts = use_texts();
    let words = Words::of(texts.lang);
    let names: Vec<String> = thread.people.iter().map(|person| name(words, person)).collect();
    let mailboxes: Vec<&str> = thread.accounts.iter().map(|account| account.display_name.as_str()).collect();
    let pairs =
        (thread.pair_count > 0).then(|| fill(words.pairs_of, &[&texts.count(&texts.nouns.pair, thread.pair_count)]));
    view! {
        <li>
            <a class="subject" href=format!("{PATH}/{}", thread.id) dir="auto">{subject(words, thread.subject)}</a>
            <p class="people" dir="auto">{names.join(", ")}</p>
            <p class="muted small particulars">
                <span>{texts.count(&texts.nouns.message, i64::from(thread.message_count))}</span>
                {pairs.map(|pairs| view! { <span>{pairs}</span> })}
                <span>{fill(words.in_mailboxes, &[&mailboxes.join(", ")])}</span>
            </p>
            {thread.last_message_at.map(|at| view! { <span class="when muted small"><Ago at/></span> })}
        </li>
    }
    .into_any()
}

pub(super) fn subject(words: &Words, subject: Option<String>) -> String {
    subject.filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| words.no_subject.to_owned())
}

/// How a person is called: by name, else by address.
fn name(words: &Words, person: &EmailPerson) -> String {
    let known = person.name.as_ref().or(person.address.as_ref());
    known.cloned().unwrap_or_else(|| words.nobody.to_owned())
}
