//! `/account`: what belongs to the person who is signed in. Mailboxes, tokens, password, and on small screens the switches.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    people, standing,
    types::{Account, ApiToken, OwnKeys, Problem, ReviewKey, TOKEN_DAYS, TOKEN_DAYS_AT_MOST},
};

use super::integrations::{connect_form, gmail_notice, status_of};
use crate::{
    page::{Audience, Page, Visit},
    paths,
    request::gmail_missing,
    shell::Head,
    ui::{
        forms::{Field, NewPassword, Question, look_switches},
        parts::Pill,
        times::{Ago, Exact},
        url::Address,
        words::{Common, KeyWords, Nav, nouns},
    },
    words::{Voice, texts},
};

/// How long a token may live, to choose from.
const DAYS: [u16; 4] = [30, TOKEN_DAYS, 180, TOKEN_DAYS_AT_MOST];

/// The page: one's own mailboxes and tokens.
pub struct Me {
    mailboxes: Vec<Account>,
    tokens: Vec<ApiToken>,
    others_tokens: Vec<ApiToken>,
    /// Whom to ask, for who is no admin.
    admins: Vec<String>,
    /// Those of the review, for whom it is.
    keys: Option<OwnKeys>,
}

impl Page for Me {
    const ROUTE: &'static str = paths::ME;
    const AUDIENCE: Audience = Audience::SignedIn;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let user = visit.scope.user.as_ref().ok_or(Problem::Unauthenticated)?;
        let mine = standing::belongings(&visit.scope.domain, user).await?;
        let standing::Belongings { accounts, tokens, others_tokens, admins } = mine;
        let keys =
            if user.can_review() { Some(people::review_keys(&visit.scope.domain, user.id).await?) } else { None };
        Ok(Self { mailboxes: accounts, tokens, others_tokens, admins, keys })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let asked = visit.query_as("delete");
        let asked = self.tokens.iter().find(|token| Some(token.id) == asked).map(|token| {
            view! {
                <Question
                    lang=visit.lang()
                    title=words.delete_question(&token.name)
                    about=words.delete_lost()
                    close=paths::ME
                    action=api::DeleteToken::url()
                    id=token.id.to_string()
                    go=words.delete_token_go()
                />
            }
        });
        let about =
            visit.scope.user.as_ref().map(|user| format!("{} · {}", user.display_name, user.email)).unwrap_or_default();
        view! {
            <Head title=words.title() about=about/>
            {gmail_notice(visit)}
            {mailboxes(visit, self.mailboxes, &self.admins)}
            {tokens(visit, self.tokens)}
            {others_tokens(visit.voice(), words, self.others_tokens)}
            {profile(visit)}
            {self.keys.map(|keys| review_keys(visit, &keys))}
            {password(words)}
            {everywhere(words)}
            <section class="card pad form-card stack narrow-only" aria-labelledby="look-title">
                <h2 id="look-title">{words.look()}</h2>
                {look_switches(visit)}
                <form method="post" action=paths::LOGOUT>
                    <button class="btn">{Nav(visit.lang()).log_out()}</button>
                </form>
            </section>
            {asked}
        }
        .into_any()
    }
}

fn mailboxes(visit: &Visit, mailboxes: Vec<Account>, admins: &[String]) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let list = if mailboxes.is_empty() {
        view! { <p class="muted">{words.no_mailboxes()}</p> }.into_any()
    } else {
        let items = mailboxes.into_iter().map(|account| {
            let messages = voice.count(&nouns::MESSAGE, account.counts.messages);
            let (tone, status) = status_of(voice.lang, &account);
            view! {
                <li>
                    <b>{account.display_name}</b>
                    <Pill tone text=status/>
                    <span class="muted">{messages}</span>
                    {account.last_sync_at.map(|at| view! { <span class="muted"><Ago voice at/></span> })}
                </li>
            }
        });
        view! { <ul class="lines">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="card pad form-card stack" aria-labelledby="mailboxes-title">
            <h2 id="mailboxes-title">{words.mailboxes()}</h2>
            <p class="muted">{words.mailboxes_about()}</p>
            {list}
            {connect_form(visit, &gmail_missing(&visit.scope.domain))}
            {(!admins.is_empty()).then(|| view! { <p class="muted break">{words.whom_to_ask(admins.join(", "))}</p> })}
        </section>
    }
    .into_any()
}

fn tokens(visit: &Visit, tokens: Vec<ApiToken>) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let list = if tokens.is_empty() {
        view! { <p class="muted">{words.no_tokens()}</p> }.into_any()
    } else {
        view! {
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.name_column()}</th>
                        <th scope="col">{words.prefix_column()}</th>
                        <th scope="col">{words.created()}</th>
                        <th scope="col">{words.last_used()}</th>
                        <th scope="col">{words.expires()}</th>
                        <th scope="col"><span class="visually-hidden">{Common(visit.lang()).actions()}</span></th>
                    </tr>
                </thead>
                <tbody>{tokens.into_iter().map(|token| row(voice, words, token)).collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    let fresh = visit.typed(api::NEW_TOKEN).map(|token| {
        view! {
            <p class="notice good row tight">
                <code class="secret" id="new-token">{token}</code>
                <button type="button" class="btn small needs-script" data-copies="new-token" data-done=words.copied()>
                    {words.copy()}
                </button>
            </p>
        }
    });
    let name = visit.typed("name");
    let chosen = visit.typed("days").and_then(|days| days.parse().ok()).unwrap_or(TOKEN_DAYS);
    view! {
        <section class="card pad form-card stack" aria-labelledby="tokens-title">
            <h2 id="tokens-title">{words.tokens()}</h2>
            <p class="muted">{words.tokens_about()}" "<a href=paths::API_DOCS>{words.api_docs()}</a></p>
            {fresh}
            {list}
            <form method="post" action=api::CreateToken::url() class="row end-aligned">
                <Field id="token-name" label=words.token_name()>
                    <input
                        class="input"
                        id="token-name"
                        name="name"
                        required
                        maxlength="100"
                        autocomplete="off"
                        placeholder=words.token_name_placeholder()
                        value=name
                    />
                </Field>
                <Field id="token-days" label=words.expires_after()>
                    <select class="input" id="token-days" name="days">
                        {DAYS.map(|days| view! {
                            <option value=days.to_string() selected=days == chosen>{voice.count(&nouns::DAY, days.into())}</option>
                        })
                        .collect_view()}
                    </select>
                </Field>
                <button class="btn">{words.create_token()}</button>
            </form>
        </section>
    }
    .into_any()
}

fn row(voice: Voice, words: Words, token: ApiToken) -> AnyView {
    let last_used = last_use(voice, words, &token);
    let ask = Address::new(paths::ME).with("delete", Some(token.id.to_string())).into_string();
    view! {
        <tr>
            <td data-label=words.name_column() class="wrap">{token.name.clone()}</td>
            <td data-label=words.prefix_column() class="mono">{token.prefix} "…"</td>
            <td data-label=words.created() class="nowrap"><Ago voice at=token.created_at/></td>
            <td data-label=words.last_used() class="nowrap">{last_used}</td>
            <td data-label=words.expires() class="nowrap"><Exact at=token.expires_at/></td>
            <td class="actions">
                <a class="btn small" id=format!("delete-{}", token.id) data-opens="" href=ask aria-label=words.delete_token_named(&token.name)>
                    {words.delete_token()}
                </a>
            </td>
        </tr>
    }
    .into_any()
}

fn last_use(voice: Voice, words: Words, token: &ApiToken) -> AnyView {
    match token.last_used_at {
        Some(at) => view! { <Ago voice at/> }.into_any(),
        None => view! { <span class="muted">{words.never_used()}</span> }.into_any(),
    }
}

/// For admins: who could come in by a token, and when somebody last did.
fn others_tokens(voice: Voice, words: Words, tokens: Vec<ApiToken>) -> AnyView {
    if tokens.is_empty() {
        return ().into_any();
    }
    let rows = tokens.into_iter().map(|token| {
        let last_used = last_use(voice, words, &token);
        view! {
            <tr>
                <td data-label=words.owner() class="wrap">{token.user_email}</td>
                <td data-label=words.name_column() class="wrap">{token.name}</td>
                <td data-label=words.prefix_column() class="mono">{token.prefix} "…"</td>
                <td data-label=words.last_used() class="nowrap">{last_used}</td>
                <td data-label=words.expires() class="nowrap"><Exact at=token.expires_at/></td>
            </tr>
        }
    });
    view! {
        <section class="card pad form-card stack" aria-labelledby="others-tokens-title">
            <h2 id="others-tokens-title">{words.others_tokens()}</h2>
            <p class="muted">{words.others_tokens_about()}</p>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.owner()}</th>
                        <th scope="col">{words.name_column()}</th>
                        <th scope="col">{words.prefix_column()}</th>
                        <th scope="col">{words.last_used()}</th>
                        <th scope="col">{words.expires()}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn everywhere(words: Words) -> AnyView {
    view! {
        <section class="card pad form-card stack" aria-labelledby="everywhere-title">
            <h2 id="everywhere-title">{words.everywhere()}</h2>
            <p class="muted">{words.everywhere_about()}</p>
            <form method="post" action=paths::EVERYWHERE>
                <button class="btn">{words.sign_out_everywhere()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// The name that others see.
fn profile(visit: &Visit) -> AnyView {
    let words = Words(visit.lang());
    let name = visit.scope.user.as_ref().map(|user| user.display_name.clone()).unwrap_or_default();
    view! {
        <section class="card pad form-card stack" aria-labelledby="profile-title">
            <h2 id="profile-title">{words.profile()}</h2>
            <form method="post" action=api::Rename::url() class="stack">
                <Field id="display_name" label=words.display_name() help=words.display_name_help()>
                    <input
                        class="input"
                        id="display_name"
                        name="display_name"
                        autocomplete="name"
                        required
                        value=name
                        aria-describedby="display_name-help"
                    />
                </Field>
                <div class="row"><button class="btn">{words.save_name()}</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// A field for each key that can be chosen.
fn review_keys(visit: &Visit, keys: &OwnKeys) -> AnyView {
    let (words, labels) = (Words(visit.lang()), KeyWords(visit.lang()));
    let fields = ReviewKey::ALL.iter().map(|command| {
        let (id, name) = (format!("key-{command}"), format!("keys[{command}]"));
        let value = visit.typed(&name).unwrap_or_else(|| keys.of(*command).to_string());
        view! {
            <label class="own-key" for=id>
                {key_label(labels, *command)}
                <input
                    class="input"
                    id=id.clone()
                    name=name
                    value=value
                    maxlength="1"
                    size="2"
                    autocapitalize="off"
                    autocomplete="off"
                    spellcheck="false"
                />
            </label>
        }
    });
    let standard = (!keys.is_standard()).then(|| {
        view! {
            <form method="post" action=api::ChooseReviewKeys::url()>
                <button class="btn quiet">{words.standard_keys()}</button>
            </form>
        }
    });
    view! {
        <section class="card pad form-card stack" aria-labelledby="review-keys">
            <h2 id="review-keys">{words.review_keys()}</h2>
            <p class="muted">{words.review_keys_about()}</p>
            <form method="post" action=api::ChooseReviewKeys::url() class="stack" id="choose-keys">
                <div class="own-keys">{fields.collect_view()}</div>
            </form>
            <div class="row">
                <button class="btn" form="choose-keys">{words.save_keys()}</button>
                {standard}
            </div>
        </section>
    }
    .into_any()
}

/// What a key does, as the sheet of keys says it.
fn key_label(labels: KeyWords, command: ReviewKey) -> &'static str {
    match command {
        ReviewKey::Next => labels.next(),
        ReviewKey::Previous => labels.previous(),
        ReviewKey::Open => labels.open(),
        ReviewKey::Approve => labels.approve(),
        ReviewKey::Reject => labels.reject(),
        ReviewKey::Reset => labels.reset(),
        ReviewKey::Edit => labels.edit(),
        ReviewKey::Undo => labels.undo(),
        ReviewKey::Originals => labels.originals(),
        ReviewKey::Similar => labels.group(),
        ReviewKey::Pick => labels.pick(),
        ReviewKey::Tags => labels.tags(),
        ReviewKey::Assign => labels.assign(),
        ReviewKey::Search => labels.filter(),
    }
}

fn password(words: Words) -> AnyView {
    view! {
        <section class="card pad form-card" aria-labelledby="password-title">
            <form method="post" action=paths::PASSWORD class="stack">
                <h2 id="password-title">{words.password()}</h2>
                <Field id="current" label=words.current_password()>
                    <input class="input" type="password" id="current" name="current" autocomplete="current-password" required/>
                </Field>
                <NewPassword id="new" label=words.new_password() help=words.password_help()/>
                <div class="row"><button class="btn">{words.change_password()}</button></div>
            </form>
        </section>
    }
    .into_any()
}

texts! {
    /// A person's own page.
    pub(super) Words:
    title: "Your account" | "Ваш профиль";
    mailboxes: "Your mailboxes" | "Ваши почтовые ящики";
    mailboxes_about: "The mailboxes you connected. Replybook only reads them." | "Ящики, которые вы подключили. Replybook только читает их.";
    whom_to_ask(admins): "For another kind of mailbox, or if something does not work, ask an administrator: {admins}" | "Нужен другой ящик или что-то не работает? Обратитесь к администратору: {admins}";
    no_mailboxes: "You have not connected a mailbox." | "Вы не подключили ни одного ящика.";
    profile: "Profile" | "Профиль";
    display_name: "Your name" | "Ваше имя";
    display_name_help: "Your team sees it beside your decisions." | "Команда видит его рядом с вашими решениями.";
    review_keys: "Keys of the review" | "Клавиши проверки";
    review_keys_about: "One small Latin letter or sign each. On other layouts the place of the key counts. Enter always opens a pair, and digits give the reason for a rejection." | "По одной строчной латинской букве или знаку. В других раскладках важно место клавиши. Enter всегда открывает пару, цифры называют причину отклонения.";
    save_keys: "Save keys" | "Сохранить клавиши";
    standard_keys: "Back to the standard keys" | "Вернуть стандартные клавиши";
    keys_saved: "Your keys are saved." | "Ваши клавиши сохранены.";
    save_name: "Save name" | "Сохранить имя";
    name_saved: "Your name is saved." | "Имя сохранено.";
    tokens: "API tokens" | "API-токены";
    tokens_about: "For scripts that use the REST API on your behalf. Send the token as “Authorization: Bearer …”." | "Для скриптов, которые работают с REST API от вашего имени. Передавайте токен как «Authorization: Bearer …».";
    token_name: "Name of the new token" | "Название нового токена";
    token_name_placeholder: "e.g. nightly export" | "например, ночная выгрузка";
    create_token: "Create token" | "Создать токен";
    api_docs: "API reference" | "Справочник API";
    no_tokens: "You have no tokens." | "У вас нет токенов.";
    token_made: "The token is created. Copy it now: it will not be shown again." | "Токен создан. Скопируйте его сейчас: больше он не показывается.";
    copy: "Copy" | "Скопировать";
    copied: "Copied" | "Скопировано";
    name_column: "Name" | "Название";
    prefix_column: "Starts with" | "Начинается с";
    created: "Created" | "Создан";
    last_used: "Last used" | "Использован";
    never_used: "never" | "ни разу";
    expires: "Expires" | "Действует до";
    expires_after: "Expires after" | "Срок действия";
    others_tokens: "Tokens of other people" | "Токены других пользователей";
    others_tokens_about: "A person's tokens stop working when their password changes or they are deactivated." | "Токены пользователя прекращают действие, когда он получает новый пароль или лишается доступа.";
    owner: "Owner" | "Владелец";
    everywhere: "Sign out everywhere" | "Выход на всех устройствах";
    everywhere_about: "Ends all your sessions and deletes all your tokens, here and on every other device." | "Завершает все ваши сеансы и удаляет все ваши токены — здесь и на всех других устройствах.";
    sign_out_everywhere: "Sign out everywhere" | "Выйти на всех устройствах";
    signed_out_everywhere: "You are signed out everywhere." | "Вы вышли на всех устройствах.";
    delete_token: "Delete…" | "Удалить…";
    delete_token_go: "Delete token" | "Удалить токен";
    delete_question(name): "Delete the token {name}?" | "Удалить токен {name}?";
    delete_lost: "Programs that use it lose access at once. This cannot be undone." | "Программы, которые им пользуются, сразу потеряют доступ. Отменить это нельзя.";
    delete_token_named(name): "Delete the token {name}" | "Удалить токен {name}";
    token_deleted: "The token is deleted. Scripts can no longer use it." | "Токен удалён. Скрипты с ним больше не получат доступа.";
    password: "Password" | "Пароль";
    current_password: "Current password" | "Текущий пароль";
    new_password: "New password" | "Новый пароль";
    password_help: "At least 10 characters. This ends your other sessions and deletes all your tokens." | "Не менее 10 символов. Остальные ваши сеансы завершатся, токены будут удалены.";
    change_password: "Change password" | "Сменить пароль";
    password_changed: "The password is changed. Your other sessions have ended and all your tokens are deleted." | "Пароль изменён. Остальные ваши сеансы завершены, токены удалены.";
    password_wrong: "The current password is wrong. Nothing was changed." | "Текущий пароль неверен. Ничего не изменено.";
    password_kept(why): "Nothing was changed. {why}" | "Ничего не изменено. {why}";
    look: "Language and theme" | "Язык и тема";
}
