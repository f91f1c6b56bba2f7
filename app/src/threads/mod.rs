//! Stored mail to read: `/admin/threads` and `/admin/threads/{id}`. Rendered on the server only: there is nothing in these pages that a
//! form, a link and a `<details>` do not do, and the mail itself sits in frames that run nothing.

mod list;
mod thread;

use std::sync::Arc;

use leptos::prelude::*;
use replybook::{
    threads::html,
    types::{Account, EmailThreadDetail, EmailThreadPage, MessageId, Problem},
};

use crate::{boot::use_texts, error::Failure, errors::NotFound, i18n::threads::Words, prefs::Prefs, ui::parts::Broken};

/// Where the list lives.
pub const PATH: &str = "/admin/threads";

/// What the list was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The account, as it came.
    pub account: Option<String>,
    pub text: Option<String>,
    pub cursor: Option<String>,
}

/// How a thread is to be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThreadQuery {
    /// The message whose pictures of other servers are shown.
    pub images: Option<MessageId>,
    /// Every message is open, not only the latest.
    pub open_all: bool,
}

/// A page about stored mail with all that it shows.
#[derive(Debug, Clone)]
pub enum ThreadsPage {
    List {
        query: ListQuery,
        accounts: Vec<Account>,
        threads: EmailThreadPage,
    },
    Thread {
        query: ThreadQuery,
        thread: Box<EmailThreadDetail>,
    },
    /// There is no such thread (any more).
    Missing,
    Broken(Problem),
}

/// What the document of a message says, in the reader's language.
#[must_use]
pub fn html_words(prefs: Prefs) -> html::Words {
    let words = Words::of(prefs.lang);
    html::Words { lang: prefs.lang.as_str(), quoted: words.quoted, too_complex: words.too_complex }
}

/// A page about stored mail: the [`ThreadsPage`] in the context.
#[component]
pub(crate) fn ThreadsView() -> impl IntoView {
    let Some(page) = use_context::<Arc<ThreadsPage>>() else { return view! { <NotFound/> }.into_any() };
    match Arc::unwrap_or_clone(page) {
        ThreadsPage::List { query, accounts, threads } => list::view(query, &accounts, threads),
        ThreadsPage::Thread { query, thread } => thread::view(query, *thread),
        ThreadsPage::Missing => missing(),
        ThreadsPage::Broken(problem) => view! { <Broken failure=Failure(problem)/> }.into_any(),
    }
}

fn missing() -> AnyView {
    let texts = use_texts();
    view! {
        <leptos_meta::Title text=texts.errors.not_found_title/>
        <div class="card empty">
            <h1>{texts.errors.not_found_title}</h1>
            <p class="muted">{texts.errors.not_found}</p>
            <div class="row"><a class="btn primary" href=PATH>{Words::of(texts.lang).back}</a></div>
        </div>
    }
    .into_any()
}
