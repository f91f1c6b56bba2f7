//! `/setup?token=…`: the one-time link that the server logs when there are no users.

use axum::http::StatusCode;
use leptos::prelude::*;
use replybook::{
    auth::{self, SetupLink},
    types::Problem,
};

use super::login::{door, refused};
use crate::{
    Failure,
    json::Json,
    page::{Audience, Frame, Page, Visit},
    paths,
    ui::{
        forms::{Field, NewPassword},
        words::Common,
    },
    words::texts,
};

/// The page: what the link is good for, and its token.
pub struct Setup {
    link: SetupLink,
    token: String,
}

impl Page for Setup {
    const ROUTE: &'static str = paths::SETUP;
    const AUDIENCE: Audience = Audience::Everybody;
    const FRAME: Frame = Frame::Door;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let token = visit.query("token").unwrap_or_default().to_owned();
        Ok(Self { link: auth::setup_link_of(&visit.scope.domain, &token).await?, token })
    }

    fn title(&self, visit: &Visit) -> String {
        let words = Words(visit.lang());
        if self.link == SetupLink::Works { words.title().to_owned() } else { words.invalid_title().to_owned() }
    }

    fn status(&self) -> StatusCode {
        match self.link {
            SetupLink::Works => StatusCode::OK,
            SetupLink::Unknown => StatusCode::NOT_FOUND,
            SetupLink::Over => StatusCode::GONE,
        }
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let dead = match self.link {
            SetupLink::Works => None,
            SetupLink::Unknown => Some((words.unknown(), words.unknown_next())),
            SetupLink::Over => Some((words.over(), words.over_next())),
        };
        if let Some((why, next)) = dead {
            let is_over = self.link == SetupLink::Over;
            let sign_in = is_over.then(|| {
                view! { <a class="btn primary wide" href=paths::LOGIN>{Common(visit.lang()).sign_in()}</a> }
            });
            let body = view! {
                <p>{why}</p>
                <p class="muted">{next}</p>
                {sign_in}
            };
            return door(visit, words.invalid_title(), body.into_any());
        }
        let [display_name, email] = ["display_name", "email"].map(|field| visit.typed(field).unwrap_or_default());
        let form = view! {
            <p class="muted">{words.about()}</p>
            {refused(visit)}
            <form method="post" action=paths::SETUP class="stack">
                <input type="hidden" name="token" value=self.token/>
                <Field id="display_name" label=words.name()>
                    <input
                        class="input"
                        id="display_name"
                        name="display_name"
                        autocomplete="name"
                        required
                        autofocus
                        value=display_name
                    />
                </Field>
                <Field id="email" label=words.email()>
                    <input class="input" type="email" id="email" name="email" autocomplete="username" required value=email/>
                </Field>
                <NewPassword id="password" label=words.password() help=words.password_help()/>
                <button class="btn primary wide">{words.submit()}</button>
            </form>
        };
        door(visit, words.title(), form.into_any())
    }
}

/// Makes the first admin and signs them in.
///
/// # Errors
/// [`Problem::Invalid`] names what cannot be used; `setup_link_invalid` when the link was used or there is an admin by now.
#[server(prefix = "", endpoint = "setup", output = Json)]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] email: String,
    #[server(default)] display_name: String,
    #[server(default)] password: String,
) -> Result<(), Failure> {
    use crate::{
        answer::answer,
        request::{anyone, fail},
        ui::url::Address,
    };

    let domain = anyone()?.domain;
    let page = Address::new(paths::SETUP).with("token", Some(&token)).into_string();
    answer(|answer| answer.go_to = Some(page));
    let entrant = auth::create_first_admin(&domain, &token, &email, &display_name, &password).await.map_err(fail)?;
    answer(|answer| {
        answer.go_to = Some(paths::home(entrant.user.role).to_owned());
        answer.sign_in = Some(entrant);
    });
    Ok(())
}

texts! {
    /// Making the first admin.
    Words:
    title: "Create the first administrator" | "Создание первого администратора";
    about: "This server has no users yet. This account will be an administrator." | "На этом сервере ещё нет пользователей. Эта учётная запись будет администратором.";
    name: "Your name" | "Ваше имя";
    email: "Email" | "Эл. почта";
    password: "Password" | "Пароль";
    password_help: "At least 10 characters." | "Не менее 10 символов.";
    submit: "Create account and sign in" | "Создать и войти";
    invalid_title: "This link cannot be used" | "Этой ссылкой нельзя воспользоваться";
    unknown: "It is incomplete, or a newer link has replaced it." | "Она неполная, или её заменила более новая.";
    unknown_next: "The link is in the server's log. While there are no users, Replybook writes a new one at every start: restart the server if you cannot find it." | "Ссылка записана в журнал сервера. Пока пользователей нет, Replybook при каждом запуске пишет новую: если не нашли, перезапустите сервер.";
    over: "There is already an administrator. A set-up link works once." | "Администратор уже есть. Ссылка для настройки действует один раз.";
    over_next: "Sign in, or ask an administrator to create an account for you. Whoever runs the server can create one with “replybook user create”." | "Войдите или попросите администратора создать вам учётную запись. Владелец сервера может создать её командой «replybook user create».";
}
