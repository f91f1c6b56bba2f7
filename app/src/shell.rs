//! The document around every page: its head, the navigation at the side, the sheet of shortcuts, and the script that makes
//! plain HTML feel quick. Styles come first, and a page is readable and usable with them alone.

use std::sync::Arc;

use axum::http::StatusCode;
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use replybook::{
    standing::Navigation,
    types::{Problem, Role, User},
};

use crate::{
    page::{Frame, Page, Script, Visit},
    pages::errors,
    paths,
    ui::{
        forms::{look_switches, told},
        keys::{Chosen, Command, SHORTCUTS, Scope, keys_to},
        words::{Common, KeyWords, Nav},
    },
};

/// What every page runs: dialogs, menus, notices and the keys that open pages. Without it all of them are forms and links.
const SCRIPT: &str = include_str!("shell.js");
/// What keeps a page true, behind [`SCRIPT`] and with its names.
///
/// A field with `data-fills` has the part of the page with that id drawn anew from `data-from` and its value when it changes, unless
/// somebody is at work there. A page with `data-live` follows what goes on while it is seen: islands hear of it, and a part that
/// `data-swaps` names is drawn anew. Where the stream is refused, e.g. after signing out, the page itself leads on.
const LIVE: &str = include_str!("live.js");
/// What makes the frames of mail as high as the mail, behind [`SCRIPT`] and with its names.
const MAIL: &str = include_str!("mail.js");
/// What picks several rows of a table, by Shift and all at once, and counts them; behind [`SCRIPT`] and with its names.
const PICKS: &str = include_str!("picks.js");
/// What sends the forms of marks and follows their keys, behind [`SCRIPT`] and with its names.
///
/// The server answers with the marks as HTML; they are drawn anew, and islands hear of it. Why something is refused is said beside them. `data-mark-key` is the key of a button, or of a choice that opens.
const REVIEW: &str = include_str!("review.js");
/// What a page with islands runs besides: it fetches the WASM and hands each island its element.
const ISLANDS: &str = include_str!("islands.js");
/// What a browser may fetch before it is asked for: the page of a link that is being pressed (Speculation Rules). Not where an
/// island follows the link itself: the page would wait, and be shown later as it was.
const SPECULATION: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/api/*"}},{"not":{"selector_matches":"[download],[target],leptos-island a"}}]},"eagerness":"conservative"}]}"#;

/// The whole document of a page.
#[must_use]
pub fn document<P: Page>(page: P, visit: &Visit, standing: Navigation, nonce: &str) -> String {
    let title = page.title(visit);
    rendered(Chosen::new(&standing.keys), |keys| {
        let view = page.view(visit);
        let body = match P::FRAME {
            Frame::Navigation => framed(visit, &standing, &keys, view),
            Frame::Door => view,
        };
        whole(visit, &title, P::SCRIPTS, nonce, keys.attribute(), body)
    })
}

/// The document that says why something cannot be shown. What was said about it by somebody else, e.g. a proxy, stands in
/// `detail`.
#[must_use]
pub fn refusal(visit: &Visit, standing: Navigation, nonce: &str, refused: &errors::Refused) -> String {
    let title = refused.title(visit.lang());
    rendered(Chosen::new(&standing.keys), |keys| {
        let view = refused.view(visit);
        // Who is not signed in has nowhere to navigate to.
        let body = if visit.scope.user.is_some() { framed(visit, &standing, &keys, view) } else { errors::alone(view) };
        whole(visit, title, &[], nonce, keys.attribute(), body)
    })
}

/// The status and the reason for a problem of a page.
#[must_use]
pub fn refused(problem: Problem) -> (StatusCode, errors::Refused) {
    (crate::request::status_of(&problem), errors::Refused::Problem(problem))
}

/// Draws a page for a reader with these keys.
fn rendered(keys: Chosen, view: impl FnOnce(Chosen) -> AnyView) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(keys.clone());
        view(keys).to_html()
    });
    owner.unset_with_forced_cleanup();
    html
}

fn whole(visit: &Visit, title: &str, scripts: &[Script], nonce: &str, keys: Option<String>, body: AnyView) -> AnyView {
    let prefs = visit.scope.prefs;
    let version = &visit.scope.asset_version;
    let title = if title.is_empty() { "Replybook".to_owned() } else { format!("{title} · Replybook") };
    let asset = |ending: &str| format!("/pkg/replybook{ending}?v={version}");
    let (script, wasm) = (asset(".js"), asset(".wasm"));
    let has = |script| scripts.contains(&script);
    let all = [
        (true, SCRIPT),
        (has(Script::Live), LIVE),
        (has(Script::Mail), MAIL),
        (has(Script::Picks), PICKS),
        (has(Script::Review), REVIEW),
    ];
    let code: String = all.into_iter().filter(|(is_run, _)| *is_run).map(|(_, code)| code).collect();
    let islands = has(Script::Islands).then(|| {
        let start = ISLANDS.replacen("SCRIPT", &js_string(&script), 1).replacen("WASM", &js_string(&wasm), 1);
        view! {
            <script type="module" async nonce=nonce.to_owned() inner_html=start></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang=prefs.lang.as_str() data-theme=prefs.theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <title inner_html=escaped(&title)></title>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=asset(".css")/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <script type="speculationrules" nonce=nonce.to_owned() inner_html=SPECULATION></script>
                <script type="module" nonce=nonce.to_owned() inner_html=code></script>
                {islands}
            </head>
            <body data-keys=keys>{body}</body>
        </html>
    }
    .into_any()
}

/// Navigation and page.
fn framed(visit: &Visit, standing: &Navigation, keys: &Chosen, page: AnyView) -> AnyView {
    let words = Nav(visit.lang());
    let Some(user) = &visit.scope.user else { return page };
    let role = match user.role {
        Role::Admin => words.admin(),
        Role::Reviewer => words.reviewer(),
        Role::Member => words.member(),
    };
    let first = user.is_admin().then(|| {
        view! {
            {link(visit, paths::OVERVIEW, words.overview(), 0)}
            {link(visit, paths::INTEGRATIONS, words.integrations(), standing.accounts)}
        }
    });
    let review = user.can_review().then(|| {
        view! {
            {link(visit, paths::CONVERSATIONS, words.conversations(), standing.needs_reply)}
            {link(visit, paths::TRAINING, words.training(), standing.to_review)}
            {link(visit, paths::KNOWLEDGE, words.knowledge(), 0)}
            {link(visit, paths::THREADS, words.threads(), 0)}
        }
    });
    let rest = user.is_admin().then(|| {
        view! {
            {link(visit, paths::AI_SETTINGS, words.ai_settings(), 0)}
            {link(visit, paths::PEOPLE, words.people(), 0)}
            {link(visit, paths::AUDIT, words.audit(), 0)}
        }
    });
    view! {
        <a class="skip" href="#main">{Common(visit.lang()).skip_to_content()}</a>
        <div class="shell">
            <nav class="nav" aria-label=words.main()>
                <div class="brand"><i aria-hidden="true">"R"</i>"Replybook"</div>
                {first}
                {review}
                {rest}
                {link(visit, paths::ME, words.account(), 0)}
                <div class="foot muted">
                    {look_switches(visit)}
                    // Without scripts there are no such keys.
                    <button type="button" class="link needs-script" command="show-modal" commandfor=KEYS>
                        {words.shortcuts()} " " <kbd>"?"</kbd>
                    </button>
                    <p class="who">{user.email.clone()}</p>
                    <form method="post" action=paths::LOGOUT class="row tight">
                        <span>{role} " ·"</span>
                        <button class="link">{words.log_out()}</button>
                    </form>
                </div>
            </nav>
            <main id="main" tabindex="-1">
                {told(visit)}
                {page}
            </main>
        </div>
        {sheet(visit, keys)}
    }
    .into_any()
}

fn link(visit: &Visit, path: &'static str, text: &'static str, count: i64) -> AnyView {
    let here = visit.scope.here.split('?').next().unwrap_or_default();
    let is_within = here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    let current = match (here == path, is_within && path != paths::OVERVIEW) {
        (true, _) => Some("page"),
        (false, true) => Some("true"),
        (false, false) => None,
    };
    // An island keeps it up to date, where there is one: only an admin is told how many there are.
    let pairs = (path == paths::TRAINING && visit.is_admin()).then_some("new");
    let count = view! { <span class="count" data-pairs=pairs data-count=count.to_string()>{visit.voice().number(count)}</span> };
    let class = (path == paths::ME).then_some("nav-account");
    let keys = keys_to(path).filter(|_| visit.scope.user.is_some());
    view! { <a href=path class=class aria-current=current data-key=keys>{text} " " {count}</a> }.into_any()
}

/// Whether the reader gets to see what is at an address of the navigation.
fn may_open(visit: &Visit, path: &str) -> bool {
    let Some(user) = &visit.scope.user else { return false };
    match path {
        paths::ME => true,
        paths::TRAINING
        | paths::CONVERSATIONS
        | paths::KNOWLEDGE
        | paths::THREADS
        | paths::PROGRESS
        | paths::OPINIONS
        | paths::SIMILAR
        | paths::GUIDELINES
        | paths::BULK => user.can_review(),
        _ => user.is_admin(),
    }
}

/// The id of the sheet of keys, for the buttons that open it.
pub(crate) const KEYS: &str = "keys";

/// The sheet that `?` opens, drawn from the table of keys. With Ctrl or ⌘ and K it opens at its search, with every page in it: what is
/// chosen there is done.
fn sheet(visit: &Visit, keys: &Chosen) -> AnyView {
    let (words, nav) = (KeyWords(visit.lang()), Nav(visit.lang()));
    let is_review = visit.scope.here.split('?').next() == Some(paths::TRAINING);
    let group = |scope: Scope, title: &'static str| {
        // What is said alike, each reason for a rejection, is one line.
        let lines = SHORTCUTS.chunk_by(|one, other| one.command.label(words) == other.command.label(words));
        let rows = lines.filter(|alike| alike[0].scope == scope).filter_map(|alike| {
            let label = alike[0].command.label(words);
            let does = match alike[0].command {
                Command::Go(path) if !may_open(visit, path) => return None,
                Command::Go(path) => view! { <a href=path>{label}</a> }.into_any(),
                // Of several, which one is meant only its key says.
                _ if scope == Scope::Pairs && is_review && alike.len() == 1 => {
                    let key = keys.key(alike[0].keys[0]);
                    view! { <button type="button" class="link" data-press=key>{label}</button> }.into_any()
                }
                _ => label.into_any(),
            };
            let alternatives = alike.iter().flat_map(|shortcut| shortcut.keys).map(|one| {
                let one = if scope == Scope::Pairs { keys.key(one) } else { (*one).to_owned() };
                let one = one.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> }).collect_view();
                view! { <span class="key-choice">{one}</span> }
            });
            Some(key_row(alternatives.collect_view().into_any(), does))
        });
        key_group(title, rows.collect_view().into_any())
    };
    let others = [
        (paths::PROGRESS, nav.progress()),
        (paths::OPINIONS, nav.opinions()),
        (paths::SIMILAR, nav.similar()),
        (paths::GUIDELINES, nav.guidelines()),
        (paths::TAGS, nav.tags()),
        (paths::BULK, nav.bulk()),
        (paths::RULES, nav.rules()),
        (paths::PEOPLE, nav.people()),
        (paths::AUDIT, nav.audit()),
        (paths::ME, nav.account()),
    ];
    let others = others.into_iter().filter(|(path, _)| may_open(visit, path));
    let others = others.map(|(path, label)| key_row(().into_any(), view! { <a href=path>{label}</a> }.into_any()));
    let review = visit.scope.user.as_ref().is_some_and(User::can_review);
    let choose = view! { <a href=paths::KEYS_OF_ME>{words.choose()}</a> };
    view! {
        <dialog class="dialog" id=KEYS aria-labelledby="keys-title">
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="keys-title">{words.title()}</h2>
                    <form method="dialog">
                        <button class="btn quiet" aria-label=Common(visit.lang()).close()>"✕"</button>
                    </form>
                </header>
                <div class="dialog-body keys">
                    <p class="key-search">
                        <input
                            class="input"
                            type="search"
                            aria-label=words.search()
                            placeholder=words.search()
                            autocomplete="off"
                            maxlength="100"
                        />
                        <span class="muted">{words.search_help()}</span>
                    </p>
                    {group(Scope::Everywhere, words.everywhere())}
                    {review.then(|| group(Scope::Conversations, words.in_conversations()))}
                    {review.then(|| group(Scope::Pairs, words.in_list()))}
                    {key_group(words.pages(), others.collect_view().into_any())}
                    <p class="muted key-none" role="status">{words.nothing()}</p>
                </div>
                <footer class="dock">
                    <label class="check"><input type="checkbox"/> {words.enabled()}</label>
                    {review.then_some(choose)}
                </footer>
            </div>
        </dialog>
    }
    .into_any()
}

fn key_group(title: &'static str, rows: AnyView) -> AnyView {
    view! {
        <section>
            <h3>{title}</h3>
            <dl>{rows}</dl>
        </section>
    }
    .into_any()
}

fn key_row(keys: AnyView, does: AnyView) -> AnyView {
    view! {
        <div class="key-row">
            <dt>{keys}</dt>
            <dd>{does}</dd>
        </div>
    }
    .into_any()
}

/// The heading of a page.
#[component]
pub(crate) fn Head(
    #[prop(into)] title: String,
    #[prop(into)] about: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="head">
            <div>
                <h1>{title}</h1>
                <p class="muted">{about}</p>
            </div>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// A text as the content of an element that holds nothing else.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A text as a string of JavaScript inside a `<script>`.
fn js_string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default().replace('<', "\\u003c")
}
