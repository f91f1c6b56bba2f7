//! `/join?token=…`: the one-time link with which somebody sets a password, invited or anew.

use axum::http::StatusCode;
use leptos::prelude::*;
use replybook::{
    people,
    types::{Problem, User},
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

/// The page: whose link it is, and its token.
pub struct Join {
    user: Option<User>,
    token: String,
}

impl Page for Join {
    const ROUTE: &'static str = paths::JOIN;
    const AUDIENCE: Audience = Audience::Everybody;
    const FRAME: Frame = Frame::Door;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let token = visit.query("token").unwrap_or_default().to_owned();
        Ok(Self { user: people::of_link(&visit.scope.domain, &token).await?, token })
    }

    fn title(&self, visit: &Visit) -> String {
        let words = Words(visit.lang());
        if self.user.is_some() { words.title() } else { words.invalid_title() }.to_owned()
    }

    fn status(&self) -> StatusCode {
        if self.user.is_some() { StatusCode::OK } else { StatusCode::GONE }
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let Some(user) = self.user else {
            let body = view! {
                <p>{words.invalid()}</p>
                <a class="btn primary wide" href=paths::LOGIN>{Common(visit.lang()).sign_in()}</a>
            };
            return door(visit, words.invalid_title(), body.into_any());
        };
        let name = visit.typed("display_name").unwrap_or(user.display_name);
        let form = view! {
            <p class="muted break">{words.about(&user.email)}</p>
            {refused(visit)}
            <form method="post" action=paths::JOIN class="stack">
                <input type="hidden" name="token" value=self.token/>
                // A password manager keeps the password under it.
                <input type="hidden" name="username" autocomplete="username" value=user.email/>
                <Field id="display_name" label=words.name()>
                    <input class="input" id="display_name" name="display_name" autocomplete="name" required value=name/>
                </Field>
                <NewPassword id="password" label=words.password() help=words.password_help() autofocus=true/>
                <button class="btn primary wide">{words.submit()}</button>
            </form>
        };
        door(visit, words.title(), form.into_any())
    }
}

/// Sets the name and the password of the link's person, and signs them in.
///
/// # Errors
/// [`Problem::Invalid`] names what cannot be used; `access_link_invalid` when the link works no more.
#[server(prefix = "", endpoint = "join", output = Json)]
pub async fn set_first_password(
    #[server(default)] token: String,
    #[server(default)] username: String,
    #[server(default)] display_name: String,
    #[server(default)] password: String,
) -> Result<(), Failure> {
    use crate::{
        answer::answer,
        request::{anyone, fail},
        ui::url::Address,
    };

    // The link says who it is; this is for password managers.
    drop(username);
    let domain = anyone()?.domain;
    let page = Address::new(paths::JOIN).with("token", Some(&token)).into_string();
    answer(|answer| answer.go_to = Some(page));
    let entrant = people::join(&domain, &token, &display_name, &password).await.map_err(fail)?;
    answer(|answer| {
        answer.go_to = Some(paths::home(entrant.user.role).to_owned());
        answer.sign_in = Some(entrant);
    });
    Ok(())
}

texts! {
    /// Setting a password by a link.
    Words:
    title: "Welcome to Replybook" | "Добро пожаловать в Replybook";
    about(email): "Choose a password for {email}." | "Придумайте пароль для {email}.";
    name: "Your name" | "Ваше имя";
    password: "Password" | "Пароль";
    password_help: "At least 10 characters." | "Не менее 10 символов.";
    submit: "Save and sign in" | "Сохранить и войти";
    invalid_title: "This link is no longer valid" | "Ссылка больше не действует";
    invalid: "It was used, has expired, or a newer one has replaced it. Ask an administrator of your team for a new link." | "Она использована, просрочена или заменена новой. Попросите новую ссылку у администратора.";
}
