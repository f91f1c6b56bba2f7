//! Pages that only the server renders: no browser downloads their code or their texts. They are complete without scripts; a few
//! lines of script ([`LIVE`]) keep what changes up to date.
//!
//! Links from hydrated pages to these need `rel="external"`: the router in the browser does not know them.

mod voice;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

pub(crate) use voice::{Voice, capitalised};

use crate::{
    boot::{Boot, Now},
    errors::NotFound,
    mailbox::MailboxView,
    request::RequestScope,
    threads::ThreadsView,
    title,
    ui::shell::{AdminOnly, Frame},
};

/// The script of these pages, sent inside them.
const LIVE: &str = include_str!("live.js");

/// The whole document of one request. The host renders this with [`RequestScope`] and the page's data in the context.
pub fn still_shell() -> impl IntoView {
    let scope = use_context::<RequestScope>();
    let boot = scope.as_ref().map(RequestScope::boot).unwrap_or_default();
    let version = scope.map(|scope| scope.asset_version).unwrap_or_default();
    let prefs = boot.prefs;
    provide_context(Now::starting_at(boot.now));
    provide_context::<Boot>(boot);
    provide_meta_context();
    view! {
        <!DOCTYPE html>
        <html lang=prefs.lang.as_str() data-theme=prefs.theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=format!("/pkg/replybook.css?v={version}")/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <script type="module" nonce=use_nonce()>
                    {LIVE}
                </script>
                <MetaTags/>
            </head>
            <body>
                <Title formatter=title/>
                <Router>
                    <Routes fallback=NotFound>
                        <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                            <ParentRoute path=path!("/admin") view=AdminOnly ssr=SsrMode::Async>
                                <Route path=path!("/integrations/accounts/:id") view=MailboxView ssr=SsrMode::Async/>
                                <Route path=path!("/threads") view=ThreadsView ssr=SsrMode::Async/>
                                <Route path=path!("/threads/:id") view=ThreadsView ssr=SsrMode::Async/>
                            </ParentRoute>
                        </ParentRoute>
                    </Routes>
                </Router>
            </body>
        </html>
    }
    .into_any()
}
