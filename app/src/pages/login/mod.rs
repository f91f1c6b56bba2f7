//! `/login`, and the way out.

use leptos::prelude::*;
use replybook::types::Problem;

use crate::{
    Failure,
    json::Json,
    page::{Audience, Frame, Page, Visit},
    paths,
    ui::forms::{Field, look_switches},
    words::{Voice, texts},
};

/// The page, and whether there is somebody who could sign in.
pub struct Login {
    has_people: bool,
}

impl Page for Login {
    const ROUTE: &'static str = paths::LOGIN;
    const AUDIENCE: Audience = Audience::Everybody;
    const FRAME: Frame = Frame::Door;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self { has_people: replybook::auth::has_people(&visit.scope.domain).await? })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let email = visit.typed("email").unwrap_or_default();
        let next = visit.query("next").map(ToOwned::to_owned).or_else(|| visit.typed("next"));
        let knows_email = !email.is_empty();
        let form = view! {
            <p class="muted">{words.tagline()}</p>
            {refused(visit)}
            <form method="post" action=paths::LOGIN class="stack">
                {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <Field id="email" label=words.email()>
                    <input class="input" type="email" id="email" name="email" autocomplete="username" required value=email autofocus=!knows_email/>
                </Field>
                <Field id="password" label=words.password()>
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
                <button class="btn primary wide">{words.submit()}</button>
            </form>
            <p class="muted small">{if self.has_people { words.whom_to_ask() } else { words.nobody_yet() }}</p>
        };
        door(visit, words.title(), form.into_any())
    }
}

/// A page before the login: one card in the middle, the switches below.
pub(crate) fn door(visit: &Visit, title: &'static str, body: AnyView) -> AnyView {
    view! {
        <main class="door" id="main">
            <div class="card door-card stack">
                <div class="brand"><i aria-hidden="true">"R"</i>"Replybook"</div>
                <h1>{title}</h1>
                {body}
            </div>
            {look_switches(visit)}
        </main>
    }
    .into_any()
}

/// Why the form on this card was refused.
pub(crate) fn refused(visit: &Visit) -> Option<AnyView> {
    let told = visit.told.as_ref()?;
    let class = format!("notice {}", told.tone.class());
    Some(view! { <p class=class role="alert" id="door-notice">{told.text.clone()}</p> }.into_any())
}

/// Signs somebody in, and goes on to `next`. The host begins the session.
///
/// # Errors
/// [`Problem::Invalid`] for wrong credentials, [`Problem::TooMany`] with the time to wait.
#[server(prefix = "", endpoint = "login", output = Json)]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), Failure> {
    use replybook::{auth, types::Through};

    use crate::{
        answer::{Told, answer},
        problems,
        request::{anyone, fail, is_page_inside},
    };

    let scope = anyone()?;
    let login = auth::login(&scope.domain, Through::Page, &email, &password, scope.from, scope.device.as_deref());
    let entrant = login.await.map_err(|problem| {
        let words = Words(scope.prefs.lang);
        let said = match &problem {
            Problem::TooMany { retry_after_seconds } => {
                let voice = Voice { lang: scope.prefs.lang, now: scope.domain.clock.now() };
                Some(words.too_many(voice.duration(i64::from(*retry_after_seconds))))
            }
            Problem::Invalid { .. } | Problem::Unauthenticated | Problem::Busy { .. } | Problem::StorageFull => {
                Some(problems::text(&problem, scope.prefs.lang))
            }
            _ => None,
        };
        if let Some(said) = said {
            answer(|answer| {
                answer.go_to = Some(login_page(&next));
                answer.told = Some(Told::bad(said));
            });
        }
        fail(problem)
    })?;
    answer(|answer| {
        let next = Some(next).filter(|next| is_page_inside(next));
        answer.go_to = Some(next.unwrap_or_else(|| paths::home(entrant.user.role).to_owned()));
        answer.sign_in = Some(entrant);
    });
    Ok(())
}

/// The login that leads to `next` afterwards.
fn login_page(next: &str) -> String {
    let next = Some(next).filter(|next| !next.is_empty());
    crate::ui::url::Address::new(paths::LOGIN).with("next", next).into_string()
}

/// Ends the session.
///
/// # Errors
/// None of its own.
#[server(prefix = "", endpoint = "logout", output = Json)]
pub async fn sign_out() -> Result<(), Failure> {
    use crate::answer::answer;

    answer(|answer| {
        answer.sign_out = true;
        answer.go_to = Some(paths::LOGIN.to_owned());
    });
    Ok(())
}

/// Keeps language and theme in cookies of their own, for people who are not signed in too, and goes back to `next`.
///
/// # Errors
/// None of its own: what is not known is passed over.
#[server(prefix = "", endpoint = "prefs", output = Json)]
pub async fn set_prefs(
    #[server(default)] lang: String,
    #[server(default)] theme: String,
    #[server(default)] next: String,
) -> Result<(), Failure> {
    use crate::{
        answer::answer,
        prefs::{Lang, Theme},
        request::local_path,
    };

    const YEAR: u32 = 365 * 24 * 60 * 60;
    let lang = Lang::from_tag(&lang).map(|lang| ("lang", lang.as_str().to_owned(), YEAR));
    let theme = Theme::from_word(&theme).map(|theme| ("theme", theme.as_str().to_owned(), YEAR));
    answer(|answer| {
        answer.cookies.extend(lang);
        answer.cookies.extend(theme);
        answer.go_to = Some(local_path(Some(next), "/"));
    });
    Ok(())
}

texts! {
    /// Signing in.
    Words:
    title: "Sign in" | "Вход";
    tagline: "Your team's best replies, found and kept." | "Лучшие ответы вашей команды — найдены и сохранены.";
    email: "Email" | "Эл. почта";
    password: "Password" | "Пароль";
    submit: "Sign in" | "Войти";
    whom_to_ask: "No account yet, or forgot your password? Ask an administrator of your team for a link." | "Нет учётной записи или забыли пароль? Попросите ссылку у администратора.";
    nobody_yet: "This server has no users yet. The link to create the first administrator is in the server's log." | "На этом сервере ещё нет пользователей. Ссылка для создания первого администратора — в журнале сервера.";
    too_many(wait): "Too many attempts. Try again in {wait}." | "Слишком много попыток. Повторите через {wait}.";
}
