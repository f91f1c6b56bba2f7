//! `/setup?token=…`: the one-time link that the server logs when there are no users.

use leptos::prelude::*;
use replybook::{auth, types::Problem};

use super::login::{door, refused};
use crate::{
    Failure,
    json::Json,
    page::{Audience, Frame, Page, Visit},
    paths,
    ui::{forms::Field, words::Common},
    words::texts,
};

/// The page: whether the link still works, and the link's token.
pub struct Setup {
    is_valid: bool,
    token: String,
}

impl Page for Setup {
    const ROUTE: &'static str = paths::SETUP;
    const AUDIENCE: Audience = Audience::Everybody;
    const FRAME: Frame = Frame::Door;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let token = visit.query("token").unwrap_or_default().to_owned();
        Ok(Self { is_valid: auth::setup_token_is_valid(&visit.scope.domain, &token).await?, token })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        if !self.is_valid {
            let body = view! {
                <p>{words.invalid()}</p>
                <p class="muted">{words.invalid_next()}</p>
                <a class="btn primary wide" href=paths::LOGIN>{Common(visit.lang()).sign_in()}</a>
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
                <Field id="password" label=words.password() help=words.password_help()>
                    <input
                        class="input"
                        type="password"
                        id="password"
                        name="password"
                        autocomplete="new-password"
                        minlength="10"
                        required
                        aria-describedby="password-help"
                    />
                </Field>
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
    let user = auth::create_first_admin(&domain, &token, &email, &display_name, &password).await.map_err(fail)?;
    answer(|answer| {
        answer.go_to = Some(paths::home(user.is_admin()).to_owned());
        answer.sign_in = Some(user);
    });
    Ok(())
}

texts! {
    /// Making the first admin.
    Words:
    title: "Make the first admin" | "Создание первого администратора";
    about: "This server has no users yet. The account you make here can do everything." | "На этом сервере ещё нет пользователей. Учётная запись, созданная здесь, сможет всё.";
    name: "Your name" | "Ваше имя";
    email: "Email" | "Эл. почта";
    password: "Password" | "Пароль";
    password_help: "At least 10 characters." | "Не менее 10 символов.";
    submit: "Make the account and sign in" | "Создать и войти";
    invalid_title: "This link cannot be used" | "Этой ссылкой нельзя воспользоваться";
    invalid: "It was used already, is not complete, or there is an admin by now. Setup links work once." | "Она уже использована, неполна, или администратор уже есть. Ссылка для настройки действует один раз.";
    invalid_next: "If nobody can sign in yet, restart the server: while there are no users, it logs a new link at each start. Otherwise an admin can make you an account." | "Если войти ещё никто не может, перезапустите сервер: пока пользователей нет, он при каждом запуске пишет в журнал новую ссылку. Иначе учётную запись вам создаст администратор.";
}
