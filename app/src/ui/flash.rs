//! One line about what has just happened, or has not. Comes from the URL (after a redirect) or from an action.

use leptos::{
    prelude::*,
    server_fn::{ServerFn, error::FromServerFnError},
};
use leptos_router::{NavigateOptions, hooks, params::ParamsMap};

use super::{parts::Tone, url::Address};
use crate::{boot::use_texts, error::Failure, i18n::Texts};

/// A message and its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    tone: Tone,
    text: String,
    offers_sign_in: bool,
}

impl Notice {
    /// Something worked.
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), offers_sign_in: false }
    }

    /// Something worked, but there is something to do.
    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, text: text.into(), offers_sign_in: false }
    }

    /// Something did not work.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, text: text.into(), offers_sign_in: false }
    }

    /// What went wrong, in words.
    pub(crate) fn failure(failure: &Failure, texts: &Texts) -> Self {
        Self { tone: Tone::Bad, text: failure.text(texts), offers_sign_in: failure.is_signed_out() }
    }
}

/// The notice of one page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flash {
    shown: RwSignal<Option<Notice>>,
    /// The page itself: where "Dismiss" leads without scripts.
    page: &'static str,
}

impl Flash {
    pub(crate) fn new(page: &'static str) -> Self {
        Self { shown: RwSignal::new(None), page }
    }

    pub(crate) fn show(self, notice: Notice) {
        self.shown.set(Some(notice));
    }

    /// Shows what the query says under `keys`, then takes those out of the URL so that a reload does not repeat it.
    pub(crate) fn follow_query(self, keys: &'static [&'static str], read: fn(&ParamsMap, &Texts) -> Option<Notice>) {
        let texts = use_texts();
        let query = hooks::use_query_map();
        let navigate = hooks::use_navigate();
        if let Some(notice) = query.with_untracked(|query| read(query, texts)) {
            self.show(notice);
        }
        Effect::new(move |_| {
            let is_told = |key: &str| keys.contains(&key) || matches!(key, "__path" | "__err");
            query.with(|query| {
                if let Some(notice) = read(query, texts) {
                    self.show(notice);
                }
                let rest = query.latest_values().filter(|(key, _)| !is_told(key));
                let told = query.latest_values().any(|(key, _)| is_told(key));
                if told {
                    let address =
                        rest.fold(Address::new(self.page), |address, (key, value)| address.with(key, Some(value)));
                    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                    navigate(&address.into_string(), options);
                }
            });
        });
    }

    /// Shows what an action came back with: `done` says what there is to say about success.
    pub(crate) fn follow<S>(self, action: ServerAction<S>, done: impl Fn(&S::Output) -> Option<Notice> + 'static)
    where
        S: ServerFn<Error = Failure> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
        Failure: FromServerFnError,
    {
        let texts = use_texts();
        let notice = move |result: &Result<S::Output, Failure>| match result {
            Ok(output) => done(output),
            Err(failure) => Some(Notice::failure(failure, texts)),
        };
        // A form sent without scripts brings its error back in the URL: it must be in the first rendering.
        if let Some(notice) = action.value().with_untracked(|value| value.as_ref().and_then(&notice)) {
            self.show(notice);
        }
        Effect::new(move |_| {
            if let Some(notice) = action.value().with(|value| value.as_ref().and_then(&notice)) {
                self.show(notice);
            }
        });
    }
}

/// Where the notice of a page appears. Announced by screen readers.
#[component]
pub(crate) fn FlashArea(flash: Flash) -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="flash-area" role="status" aria-live="polite">
            {move || {
                flash
                    .shown
                    .get()
                    .map(|notice| {
                        view! {
                            <div class=format!("flash {}", notice.tone.class())>
                                <p>{notice.text}</p>
                                {notice
                                    .offers_sign_in
                                    .then(|| view! { <a class="btn" rel="external" href="/login">{texts.common.sign_in}</a> })}
                                <a
                                    class="flash-dismiss"
                                    href=flash.page
                                    on:click=move |event| {
                                        event.prevent_default();
                                        flash.shown.set(None);
                                    }
                                >
                                    {texts.common.dismiss}
                                </a>
                            </div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}
