//! `/admin/people`: who may come in, and as what.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    people,
    types::{Person, Problem, Role, UserId},
};

use self::api::{ChangeRole, InvitePerson, LetIn, MakeLink, ShutOut, WithdrawLink};
use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{
        forms::{Field, Menu, Question},
        parts::{Pill, Tone},
        times::Ago,
        url::Address,
        words::Common,
    },
    words::{Voice, exact_time, machine_time, texts},
};

/// The fields in which a new link travels to the page that shows it, once.
const NEW_LINK: &str = "new_link";
const NEW_LINK_FOR: &str = "new_link_for";

/// The page: everybody, and whom the question before shutting out is about.
pub struct People {
    people: Vec<Person>,
    asked: Option<UserId>,
}

impl Page for People {
    const ROUTE: &'static str = paths::PEOPLE;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self { people: people::list(&visit.scope.domain).await?, asked: visit.query_as("deactivate") })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let me = visit.scope.user.as_ref().map(|user| user.id);
        let asked = self.asked.and_then(|id| self.people.iter().find(|person| person.user.id == id));
        let question = asked.map(|person| question(visit, person));
        let rows = self.people.iter().map(|person| row(visit.voice(), person, me == Some(person.user.id)));
        view! {
            <Head title=words.title() about=words.about()/>
            {new_link(visit)}
            {invitation(visit)}
            <div class="card">
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">{words.person()}</th>
                            <th scope="col">{words.role()}</th>
                            <th scope="col">{words.state()}</th>
                            <th scope="col">{words.last_login()}</th>
                            <th scope="col"><span class="visually-hidden">{Common(visit.lang()).actions()}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {question}
        }
        .into_any()
    }
}

/// A link that was just made: shown once, to be handed over.
fn new_link(visit: &Visit) -> Option<AnyView> {
    let words = Words(visit.lang());
    let (link, email) = (visit.typed(NEW_LINK)?, visit.typed(NEW_LINK_FOR)?);
    Some(
        view! {
            <section class="notice good stack">
                <p>{words.link_for(email)}</p>
                <p class="row tight">
                    <code class="secret break" id="new-link">{link}</code>
                    <button type="button" class="btn small needs-script" data-copies="new-link" data-done=words.copied()>
                        {words.copy()}
                    </button>
                </p>
            </section>
        }
        .into_any(),
    )
}

fn invitation(visit: &Visit) -> AnyView {
    let words = Words(visit.lang());
    let email = visit.typed("email").unwrap_or_default();
    let typed = visit.typed("role").and_then(|role| role.parse().ok()).unwrap_or(Role::Reviewer);
    let options = Role::ALL.iter().map(|role| {
        view! { <option value=role.as_str() selected={*role == typed}>{words.role_of(*role)}</option> }
    });
    let options = options.collect_view();
    view! {
        <form method="post" action=InvitePerson::url() class="card pad row end-aligned" aria-label=words.invite()>
            <Field id="email" label=words.email()>
                <input class="input" type="email" id="email" name="email" required autocomplete="off" value=email/>
            </Field>
            <Field id="role" label=words.role()>
                <select class="input" id="role" name="role">
                    {options}
                </select>
            </Field>
            <button class="btn primary">{words.invite()}</button>
        </form>
    }
    .into_any()
}

impl Words {
    fn role_of(self, role: Role) -> &'static str {
        match role {
            Role::Admin => self.admin(),
            Role::Reviewer => self.reviewer(),
            Role::Member => self.member(),
        }
    }
}

fn row(voice: Voice, person: &Person, is_me: bool) -> AnyView {
    let words = Words(voice.lang);
    let user = &person.user;
    let id = user.id.to_string();
    let (tone, state) = match (user.active, person.has_password) {
        (false, _) => (Tone::Bad, words.inactive()),
        (true, false) if person.link_expires_at.is_none() => (Tone::Warn, words.expired()),
        (true, false) => (Tone::Idle, words.invited()),
        (true, true) => (Tone::Good, words.active()),
    };
    let last_login = match person.last_login_at {
        Some(at) => view! { <Ago voice at/> }.into_any(),
        None => view! { <span class="muted">{words.never()}</span> }.into_any(),
    };
    let open_link = person.link_expires_at.map(|at| {
        view! {
            <p class="muted small">
                <time datetime=machine_time(at) title=exact_time(at)>{words.link_works(voice.until(at))}</time>
            </p>
        }
    });
    let form = |action: &'static str, fields: Vec<(&'static str, String)>, label: &'static str| {
        let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
        view! {
            <form method="post" action=action>
                <input type="hidden" name="id" value=id.clone()/>
                {fields.collect_view()}
                <button>{label}</button>
            </form>
        }
        .into_any()
    };
    let other_roles = Role::ALL.iter().copied().filter(|role| *role != user.role).map(|role| {
        let label = match role {
            Role::Admin => words.make_admin(),
            Role::Reviewer => words.make_reviewer(),
            Role::Member => words.make_member(),
        };
        form(ChangeRole::url(), vec![("role", role.to_string())], label)
    });
    let other_roles = other_roles.collect_view();
    let actions = if user.active {
        let shut_out = Address::new(paths::PEOPLE).with("deactivate", Some(&id)).into_string();
        let link = if person.has_password { words.reset() } else { words.invite_again() };
        view! {
            {form(MakeLink::url(), Vec::new(), link)}
            {person.link_expires_at.map(|_| form(WithdrawLink::url(), Vec::new(), words.withdraw()))}
            {other_roles}
            {(!is_me).then(|| view! { <a class="danger" href=shut_out>{words.deactivate()}</a> })}
        }
        .into_any()
    } else {
        form(LetIn::url(), Vec::new(), words.activate())
    };
    view! {
        <tr>
            <td data-label=words.person()>
                <div>
                    <p>{user.display_name.clone()} {is_me.then(|| view! { " " <span class="tag">{words.you()}</span> })}</p>
                    <p class="muted small break">{user.email.clone()}</p>
                </div>
            </td>
            <td data-label=words.role()>{words.role_of(user.role)}</td>
            <td data-label=words.state()>
                <div>
                    <Pill tone text=state/>
                    {open_link}
                </div>
            </td>
            <td data-label=words.last_login() class="nowrap">{last_login}</td>
            <td class="actions"><Menu label=words.more(&user.display_name)>{actions}</Menu></td>
        </tr>
    }
    .into_any()
}

/// The question before somebody is shut out.
fn question(visit: &Visit, person: &Person) -> AnyView {
    let words = Words(visit.lang());
    view! {
        <Question
            lang=visit.lang()
            title=words.deactivate_title(&person.user.display_name)
            about=words.deactivate_about()
            close=paths::PEOPLE
            action=ShutOut::url()
            id=person.user.id.to_string()
            go=words.deactivate_go()
        />
    }
    .into_any()
}

texts! {
    /// People.
    Words:
    title: "People" | "Люди";
    about: "Who can sign in. Administrators can do everything. Reviewers read mail and decide pairs. Members connect their own mailbox." | "Кто может войти. Администраторам доступно всё. Проверяющие читают почту и принимают решения по парам. Участники подключают свой ящик.";
    person: "Person" | "Человек";
    role: "Role" | "Роль";
    state: "Status" | "Статус";
    last_login: "Last sign-in" | "Последний вход";
    email: "Email" | "Эл. почта";
    invite: "Invite" | "Пригласить";
    admin: "Administrator" | "Администратор";
    reviewer: "Reviewer" | "Проверяющий";
    member: "Member" | "Участник";
    you: "you" | "вы";
    active: "active" | "активен";
    inactive: "deactivated" | "отключён";
    invited: "invited" | "приглашён";
    expired: "no open invitation" | "нет открытого приглашения";
    never: "never" | "ни разу";
    more(name): "More actions for {name}" | "Ещё действия: {name}";
    reset: "Create a password link" | "Создать ссылку для пароля";
    invite_again: "Create a new invitation" | "Создать новое приглашение";
    withdraw: "Withdraw the link" | "Отозвать ссылку";
    withdrawn_done: "The link no longer works." | "Ссылка больше не действует.";
    link_works(time): "link works for {time}" | "ссылка действует ещё {time}";
    make_admin: "Make administrator" | "Сделать администратором";
    make_reviewer: "Make reviewer" | "Сделать проверяющим";
    make_member: "Make member" | "Сделать участником";
    activate: "Activate" | "Включить";
    deactivate: "Deactivate…" | "Отключить…";
    deactivate_title(name): "Deactivate {name}?" | "Отключить: {name}?";
    deactivate_about: "They are signed out at once, and their tokens and links stop working. What they decided stays. You can activate them again." | "Все сеансы сразу завершатся, токены и ссылки перестанут действовать. Принятые решения останутся. Доступ можно вернуть.";
    deactivate_go: "Deactivate" | "Отключить";
    link_for(email): "Send this link to {email}. It works once, and is not shown again." | "Отправьте эту ссылку на {email}. Она действует один раз и больше не показывается.";
    copy: "Copy" | "Скопировать";
    copied: "Copied" | "Скопировано";
    invited_done(email): "{email} is invited." | "Приглашение создано: {email}.";
    link_done: "The link is ready." | "Ссылка готова.";
    role_done: "The role is changed." | "Роль изменена.";
    activated_done: "The person can sign in again." | "Доступ возвращён.";
    deactivated_done: "The person is deactivated." | "Доступ отключён.";
}
