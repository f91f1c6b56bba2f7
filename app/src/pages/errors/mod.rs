//! The page for what cannot be shown: not allowed, not here, too large, broken.

use axum::http::StatusCode;
use leptos::prelude::*;
use replybook::types::{NotFoundCode, Problem, Role, UnavailableCode};

use crate::{
    page::Visit,
    paths,
    prefs::Lang,
    problems,
    ui::{
        url::Address,
        words::{Common, Nav},
    },
    words::texts,
};

/// Why something cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// What the domain says.
    Problem(Problem),
    /// The form came from another site, with this browser's session.
    CrossSite,
    /// More was sent than is taken.
    TooLarge,
    /// The page exists, and nothing can be sent to it this way.
    Method,
    /// Any other refusal of the host, by its status.
    Status(StatusCode),
}

impl Refused {
    /// What the browser's tab is called.
    pub(crate) fn title(&self, lang: Lang) -> &'static str {
        let words = Words(lang);
        match self {
            Self::Problem(Problem::Unauthenticated) => Common(lang).sign_in(),
            Self::Problem(Problem::Forbidden) => words.forbidden_title(),
            Self::Problem(Problem::ReviewersOnly) => words.reviewers_title(),
            Self::Problem(Problem::NotFound { .. }) => words.not_found_title(),
            Self::Problem(Problem::Unavailable { code: UnavailableCode::Database }) => words.database_title(),
            Self::Problem(Problem::Busy { .. }) => words.busy_title(),
            Self::Problem(Problem::StorageFull) => words.full_title(),
            Self::CrossSite => words.cross_site_title(),
            Self::TooLarge => words.too_large_title(),
            Self::Status(status) if status.is_server_error() => words.broken_title(),
            Self::Problem(Problem::Internal { .. } | Problem::Unavailable { .. }) => words.broken_title(),
            Self::Problem(_) | Self::Method | Self::Status(_) => words.refused_title(),
        }
    }

    /// The page, with what can be done next.
    pub(crate) fn view(&self, visit: &Visit) -> AnyView {
        let lang = visit.lang();
        let words = Words(lang);
        let code = self.code();
        let email = visit.scope.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
        let role = visit.scope.user.as_ref().map(|user| user.role);
        let (said, advice) = match self {
            Self::Problem(Problem::Forbidden | Problem::ReviewersOnly) => match role {
                Some(Role::Reviewer) => (words.forbidden_reviewer(email), words.forbidden_reviewer_next()),
                _ => (words.forbidden(email), words.forbidden_next()),
            },
            Self::Problem(Problem::NotFound { code: NotFoundCode::Page }) => (words.not_found().to_owned(), ""),
            Self::Problem(Problem::Unavailable { code: UnavailableCode::Database }) => {
                (words.database().to_owned(), words.database_next())
            }
            Self::Problem(problem) => (problems::text(problem, lang), ""),
            Self::CrossSite => (words.cross_site().to_owned(), words.cross_site_next()),
            Self::TooLarge => (words.too_large().to_owned(), ""),
            Self::Method | Self::Status(_) => (words.refused().to_owned(), ""),
        };
        let (href, label) = match self {
            Self::Problem(Problem::Unauthenticated) => {
                (Address::new(paths::LOGIN).with("next", Some(&visit.scope.here)).into_string(), Common(lang).sign_in())
            }
            Self::Problem(Problem::Forbidden | Problem::ReviewersOnly) => match role {
                Some(Role::Reviewer) => (paths::TRAINING.to_owned(), words.go_review()),
                _ => (paths::ME.to_owned(), words.go_account()),
            },
            Self::Problem(
                Problem::Unavailable { .. }
                | Problem::Internal { .. }
                | Problem::TooMany { .. }
                | Problem::Busy { .. }
                | Problem::StorageFull,
            ) => (visit.scope.here.clone(), Common(lang).reload()),
            // What is not here (any more) lay on a page of its kind.
            Self::Problem(Problem::NotFound { .. }) if let Some(above) = above(visit) => above,
            // The host knows where the start is for this person.
            _ => ("/".to_owned(), words.go_home()),
        };
        view! {
            <div class="error-page">
                <p class="error-code" aria-hidden="true">{code.as_u16()}</p>
                <h1>{self.title(lang)}</h1>
                <p>{said}</p>
                {(!advice.is_empty()).then(|| view! { <p class="muted">{advice}</p> })}
                <div class="row"><a class="btn primary" href=href>{label}</a></div>
            </div>
        }
        .into_any()
    }

    fn code(&self) -> StatusCode {
        match self {
            Self::Problem(problem) => crate::request::status_of(problem),
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Status(status) => *status,
        }
    }
}

/// The page that lists things like the one that was asked for: address and name.
fn above(visit: &Visit) -> Option<(String, &'static str)> {
    let words = Nav(visit.lang());
    let lists = [(paths::INTEGRATIONS, words.integrations()), (paths::THREADS, words.threads())];
    let (path, name) = lists
        .into_iter()
        .find(|(path, _)| visit.scope.here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))?;
    Some((path.to_owned(), name))
}

/// The page for somebody who is not signed in: nothing stands around it.
pub(crate) fn alone(view: AnyView) -> AnyView {
    view! { <main class="door" id="main">{view}</main> }.into_any()
}

texts! {
    /// What cannot be shown.
    Words:
    reviewers_title: "This page is for reviewers" | "Эта страница для проверяющих";
    forbidden_reviewer(who): "You are signed in as {who}, a reviewer." | "Вы вошли как {who}, ваша роль — проверяющий.";
    forbidden_reviewer_next: "Reviewers read mail and decide pairs. For everything else, ask an administrator." | "Проверяющий читает почту и принимает решения по парам. За остальным обратитесь к администратору.";
    go_review: "Go to the review" | "К проверке";
    forbidden_title: "This page is for administrators" | "Эта страница для администраторов";
    forbidden(who): "You are signed in as {who}, a member." | "Вы вошли как {who}, ваша роль — участник.";
    forbidden_next: "Members can connect their own mailbox on their account page. For everything else, ask an administrator." | "Участник может подключить свой почтовый ящик на странице профиля. За остальным обратитесь к администратору.";
    not_found_title: "Page not found" | "Страница не найдена";
    not_found: "The address is wrong, or the page has been removed." | "Адрес неверный, или страница удалена.";
    database_title: "The database cannot be reached" | "База данных недоступна";
    database: "Nothing is lost. Try again in a minute." | "Ничего не потеряно. Попробуйте ещё раз через минуту.";
    database_next: "An administrator sees more in the server's log." | "Подробности администратор найдёт в журнале сервера.";
    busy_title: "One moment, please" | "Подождите немного";
    full_title: "The disk is full" | "Диск заполнен";
    cross_site_title: "This request was refused" | "Запрос отклонён";
    cross_site: "It came from another site." | "Он пришёл с другого сайта.";
    cross_site_next: "Open the page here and try again." | "Откройте страницу здесь и повторите.";
    too_large_title: "That was too large" | "Слишком большой запрос";
    too_large: "Send less at once." | "Отправьте меньше за один раз.";
    refused_title: "This request cannot be understood" | "Не удалось понять запрос";
    refused: "Go back and try again." | "Вернитесь назад и попробуйте ещё раз.";
    broken_title: "Something went wrong on the server" | "На сервере что-то пошло не так";
    go_home: "Go to the start page" | "На главную";
    go_account: "Go to your account" | "К профилю";
}
