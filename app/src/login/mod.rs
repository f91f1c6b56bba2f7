//! `/login`: a plain form, answered by the host.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks, params::ParamsMap};

use crate::{
    boot::use_texts,
    i18n::{Texts, fill},
    ui::controls::{Field, LookSwitches},
};

/// `/login?next=…&error=…&retry_after=…&email=…`.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let texts = use_texts();
    let words = &texts.login;
    let query = hooks::use_query_map().get_untracked();
    let error = error_text(texts, &query);
    let email = query.get("email").unwrap_or_default();
    let knows_email = !email.is_empty();
    view! {
        <Title text=words.title/>
        <Door title=words.title>
            <p class="muted">{words.tagline}</p>
            {error.map(|error| view! { <p class="notice bad" role="alert" id="login-error">{error}</p> })}
            <form method="post" action="/login" class="stack">
                {query.get("next").map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <Field id="email" label=words.email>
                    <input class="input" type="email" id="email" name="email" autocomplete="username" required value=email autofocus=!knows_email/>
                </Field>
                <Field id="password" label=words.password>
                    <input
                        class="input"
                        type="password"
                        id="password"
                        name="password"
                        autocomplete="current-password"
                        required
                        autofocus=knows_email
                    />
                </Field>
                <button class="btn primary wide">{words.submit}</button>
            </form>
        </Door>
    }
    .into_any()
}

/// A page before the login: one card in the middle, the switches below.
#[component]
pub(crate) fn Door(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="door" id="main">
            <div class="card door-card stack">
                <div class="brand"><i aria-hidden="true">"R"</i>"Replybook"</div>
                <h1>{title}</h1>
                {children()}
            </div>
            <LookSwitches/>
        </main>
    }
    .into_any()
}

fn error_text(texts: &Texts, query: &ParamsMap) -> Option<String> {
    let words = &texts.login;
    Some(match query.get_str("error")? {
        "wrong_credentials" => words.wrong.to_owned(),
        "too_many" => {
            let seconds = query.get("retry_after").and_then(|value| value.parse().ok()).unwrap_or(60);
            fill(words.too_many, &[&texts.duration(seconds)])
        }
        _ => words.unknown.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn the_time_to_wait_is_said() {
        let query = [("error", "too_many".to_owned()), ("retry_after", "90".to_owned())].into_iter().collect();
        assert_eq!(error_text(Texts::of(Lang::En), &query).as_deref(), Some("Too many attempts. Try again in 1 min."));
        assert_eq!(error_text(Texts::of(Lang::En), &ParamsMap::new()), None);
    }
}
