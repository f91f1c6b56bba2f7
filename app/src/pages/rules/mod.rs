//! Rules by which new pairs are approved: what one would approve now, applying it, and having it approve what comes by itself.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    accounts,
    pairs::{self, Look, MOST_NAME},
    types::{AccountChoices, BulkPreview, Problem, TrustRule, TrustRuleId},
};

use self::api::{ApplyRule, DeleteRule, SaveRule, SwitchRule};
use super::bulk::{exactly, examples, further, incomplete};
use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{
        accounts::account_filter,
        forms::{Field, Question},
        parts::{Empty, Pill, Tone},
        times::Ago,
        url::Address,
        words::nouns,
    },
    words::{Voice, texts},
};

/// The page.
pub struct Rules {
    rules: Vec<TrustRule>,
    accounts: AccountChoices,
    /// The rule that is tried, and what it would approve.
    tried: Option<(TrustRule, BulkPreview)>,
    is_further: bool,
    /// The rule whose conditions are changed, or that is to be deleted.
    edited: Option<TrustRule>,
    deleted: Option<TrustRule>,
}

/// The page on which a rule is tried.
pub(crate) fn try_address(id: TrustRuleId) -> String {
    of_rule("try", id)
}

fn of_rule(what: &str, id: TrustRuleId) -> String {
    Address::new(paths::RULES).with(what, Some(id.to_string())).into_string()
}

impl Page for Rules {
    const ROUTE: &'static str = paths::RULES;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let rules = pairs::trust_rules(domain).await?;
        let cursor = visit.query("cursor");
        let tried = match visit.query_as("try") {
            Some(id) => {
                let look = Look { cursor, as_of: visit.query_as("as_of") };
                Some((pairs::trust_rule(domain, id).await?, pairs::dry_run(domain, id, look).await?))
            }
            None => None,
        };
        let named = |what: &str| {
            let id = visit.query_as::<TrustRuleId>(what);
            rules.iter().find(|rule| Some(rule.id) == id).cloned()
        };
        let (edited, deleted) = (named("edit"), named("delete"));
        let (_, accounts) = accounts::choose(domain, None, None).await?;
        Ok(Self { rules, accounts, tried, is_further: cursor.is_some(), edited, deleted })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { rules, accounts, tried, is_further, edited, deleted } = self;
        let tried = tried.map(|(rule, preview)| dry_run(voice, &accounts, &rule, &preview, is_further));
        let question = deleted.map(|rule| {
            view! {
                <Question
                    lang=voice.lang
                    title=words.delete_title(&rule.name)
                    about=words.delete_about()
                    close=paths::RULES
                    action=DeleteRule::url()
                    id=rule.id.to_string()
                    go=words.delete()
                />
            }
        });
        view! {
            <Head title=words.title() about=words.about()>
                <a class="btn quiet" href=paths::BULK>{words.to_bulk()}</a>
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            {question}
            {tried}
            {list(voice, &accounts, &rules)}
            {form(visit, &accounts, edited)}
        }
        .into_any()
    }
}

/// What a rule asks for, in one line.
fn conditions(voice: Voice, accounts: &AccountChoices, rule: &TrustRule) -> String {
    let words = Words(voice.lang);
    let mut parts = vec![
        words.quality_at_least(voice.number(rule.least_quality)),
        words.said_at_least(voice.number(rule.least_said)),
        words.not_edited().to_owned(),
    ];
    if let Some(id) = rule.integration_account_id {
        let listed = accounts.listed.as_ref().and_then(|all| all.iter().find(|account| account.id == id));
        parts.push(words.in_mailbox(listed.map_or_else(|| id.to_string(), |account| account.display_name.clone())));
    }
    parts.extend(rule.language.as_ref().map(|code| words.in_language(code)));
    parts.join(", ")
}

fn list(voice: Voice, accounts: &AccountChoices, rules: &[TrustRule]) -> AnyView {
    let words = Words(voice.lang);
    if rules.is_empty() {
        return view! { <div class="card"><Empty title=words.none() next=words.none_next()/></div> }.into_any();
    }
    let rows = rules.iter().map(|rule| {
        let state = match rule.on_since {
            Some(since) => {
                let by = rule.switched_on_by.clone().map(|by| view! { <span class="muted small">{by}</span> });
                view! { <div class="row tight"><Pill tone=Tone::Good text=words.on()/> <Ago voice at=since/> {by}</div> }
                    .into_any()
            }
            None => view! { <Pill tone=Tone::Idle text=words.off()/> }.into_any(),
        };
        let is_on = rule.on_since.is_some();
        let switch = if is_on { words.switch_off() } else { words.switch_on() };
        view! {
            <tr>
                <td data-label=words.name() class="break">{rule.name.clone()}</td>
                <td data-label=words.conditions()>{conditions(voice, accounts, rule)}</td>
                <td data-label=words.automatic()>{state}</td>
                <td class="actions">
                    <div class="row tight">
                        <a class="btn small" href=try_address(rule.id) aria-label=words.named(words.dry_run(), &rule.name)>
                            {words.dry_run()}
                        </a>
                        <form method="post" action=SwitchRule::url()>
                            <input type="hidden" name="id" value=rule.id.to_string()/>
                            <input type="hidden" name="seen" value=exactly(rule.updated_at)/>
                            <input type="hidden" name="on" value=if is_on { "false" } else { "true" }/>
                            <button class="btn small" aria-label=words.named(switch, &rule.name)>{switch}</button>
                        </form>
                        <a class="btn small quiet" href=of_rule("edit", rule.id) aria-label=words.named(words.edit(), &rule.name)>
                            {words.edit()}
                        </a>
                        <a class="btn small quiet" href=of_rule("delete", rule.id) aria-label=words.named(words.delete(), &rule.name)>
                            {words.delete()}
                        </a>
                    </div>
                </td>
            </tr>
        }
    });
    view! {
        <section class="card" aria-labelledby="rules-title">
            <h2 id="rules-title" class="pad">{words.rules()}</h2>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.name()}</th>
                        <th scope="col">{words.conditions()}</th>
                        <th scope="col">{words.automatic()}</th>
                        <th scope="col"><span class="visually-hidden">{words.actions()}</span></th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            <p class="pad muted small">{words.automatic_about()}</p>
        </section>
    }
    .into_any()
}

/// What a rule would approve now.
fn dry_run(
    voice: Voice,
    accounts: &AccountChoices,
    rule: &TrustRule,
    preview: &BulkPreview,
    is_further: bool,
) -> AnyView {
    let words = Words(voice.lang);
    let here = try_address(rule.id);
    let first = is_further.then(|| view! { <a class="btn small" href=here.clone()>{words.first_pairs()}</a> });
    let next = preview.next_cursor.as_deref().map(|cursor| format!("{here}&{}", further(cursor, preview.as_of)));
    let next = next.map(|href| view! { <a class="btn small" href=href>{words.more_pairs()}</a> });
    let more = (first.is_some() || next.is_some()).then(|| view! { <div class="row pad">{first} {next}</div> });
    let apply = (preview.matched > 0).then(|| {
        let pairs = voice.count(&nouns::PAIR_OBJECT, preview.matched);
        view! {
            {examples(voice, &preview.examples)}
            {more}
            <form method="post" action=ApplyRule::url() class="pad row">
                <input type="hidden" name="id" value=rule.id.to_string()/>
                <input type="hidden" name="as_of" value=exactly(preview.as_of)/>
                <button class="btn primary">{words.apply(pairs)}</button>
                <a class="btn" href=paths::RULES>{words.close()}</a>
            </form>
        }
    });
    let matched = voice.count(&nouns::PAIR, preview.matched);
    view! {
        <section class="card" aria-labelledby="try-title">
            <h2 id="try-title" class="pad">{words.dry_run_of(&rule.name)}</h2>
            <p class="pad">{words.would_approve(matched)} " " <span class="muted">{conditions(voice, accounts, rule)}</span></p>
            {incomplete(voice, preview)}
            {apply}
        </section>
    }
    .into_any()
}

/// A new rule, or the conditions of one.
fn form(visit: &Visit, accounts: &AccountChoices, edited: Option<TrustRule>) -> AnyView {
    let words = Words(visit.lang());
    let typed = |field: &str, of_rule: Option<String>, usual: &str| {
        visit.typed(field).or(of_rule).unwrap_or_else(|| usual.to_owned())
    };
    let rule = edited.as_ref();
    let name = typed("name", rule.map(|rule| rule.name.clone()), "");
    let quality = typed("least_quality", rule.map(|rule| rule.least_quality.to_string()), "90");
    let said = typed("least_said", rule.map(|rule| rule.least_said.to_string()), "3");
    let language = typed("language", rule.and_then(|rule| rule.language.clone()), "");
    let chosen = match visit.typed("account") {
        Some(account) => account.parse().ok(),
        None => rule.and_then(|rule| rule.integration_account_id),
    };
    let title = rule.map_or_else(|| words.new_rule().to_owned(), |rule| words.edit_title(&rule.name));
    let off = rule.filter(|rule| rule.on_since.is_some()).map(|_| {
        view! { <p class="notice warn">{words.switches_off()}</p> }
    });
    let account = account_filter(visit.lang(), accounts, chosen, |account| account.display_name.clone());
    let cancel = rule.map(|_| view! { <a class="btn" href=paths::RULES>{words.close()}</a> });
    view! {
        <section class="card pad stack" aria-labelledby="rule-title">
            <h2 id="rule-title">{title}</h2>
            <p class="muted">{words.form_about()}</p>
            {off}
            <form method="post" action=SaveRule::url() class="stack" autocomplete="off">
                {rule.map(|rule| view! { <input type="hidden" name="id" value=rule.id.to_string()/> })}
                <Field id="name" label=words.name()>
                    <input class="input" type="text" id="name" name="name" required maxlength=MOST_NAME.to_string() value=name/>
                </Field>
                <Field id="least_quality" label=words.least_quality()>
                    <input class="input" type="number" id="least_quality" name="least_quality" min="0" max="100" required value=quality/>
                </Field>
                <Field id="least_said" label=words.least_said() help=words.least_said_help()>
                    <input
                        class="input"
                        type="number"
                        id="least_said"
                        name="least_said"
                        min="1"
                        max="1000000"
                        required
                        value=said
                        aria-describedby="least_said-help"
                    />
                </Field>
                <div class="filters">{account}</div>
                <Field id="language" label=words.language() help=words.language_help()>
                    <input
                        class="input"
                        type="text"
                        id="language"
                        name="language"
                        maxlength="2"
                        pattern="[a-z]{2}"
                        value=language
                        aria-describedby="language-help"
                    />
                </Field>
                <div class="row"><button class="btn primary">{words.save()}</button> {cancel}</div>
            </form>
        </section>
    }
    .into_any()
}

texts! {
    /// Rules by which new pairs are approved.
    Words:
    title: "Trust rules" | "Правила доверия";
    about: "A rule approves new pairs that are good enough and were said often. Look at a dry run first; whatever a rule decides can be undone in one step." | "Правило одобряет новые пары, которые достаточно хороши и часто повторялись. Сначала посмотрите пробный прогон; всё, что решило правило, можно отменить одним действием.";
    to_bulk: "Bulk decisions" | "Массовые решения";
    back: "Back to the review" | "К проверке";
    rules: "Rules" | "Правила";
    none: "No trust rules yet" | "Правил доверия пока нет";
    none_next: "Nothing is approved by itself." | "Само ничего не одобряется.";
    name: "Name" | "Название";
    conditions: "Approves new pairs with" | "Одобряет новые пары";
    automatic: "Automatic" | "Автоматически";
    actions: "Actions" | "Действия";
    on: "on" | "вкл.";
    off: "off" | "выкл.";
    switch_on: "Turn on" | "Включить";
    switch_off: "Turn off" | "Выключить";
    automatic_about: "A rule that is on approves pairs that arrive after it was turned on, in the name of whoever did so. Each time is a bulk decision of its own. A rule decides a pair only once." | "Включённое правило одобряет пары, появившиеся после включения, от имени того, кто его включил. Каждый раз это отдельное массовое решение. По одной паре правило решает только раз.";
    quality_at_least(n): "quality {n} or higher" | "качество от {n}";
    said_at_least(n): "said {n} times or more" | "повторений от {n}";
    not_edited: "not edited" | "без правок";
    in_mailbox(name): "mailbox {name}" | "ящик {name}";
    in_language(code): "language {code}" | "язык {code}";
    named(what, name): "{what}: {name}" | "{what}: {name}";
    dry_run: "Dry run" | "Пробный прогон";
    dry_run_of(name): "Dry run of “{name}”" | "Пробный прогон «{name}»";
    would_approve(pairs): "It would approve {pairs} now." | "Сейчас было бы одобрено: {pairs}.";
    more_pairs: "Next ones" | "Следующие";
    first_pairs: "First ones" | "Первые";
    apply(pairs): "Approve {pairs} now" | "Одобрить сейчас {pairs}";
    close: "Cancel" | "Отмена";
    edit: "Edit" | "Изменить";
    edit_title(name): "Edit “{name}”" | "Изменение «{name}»";
    switches_off: "The rule is on. Saving turns it off: turn it on again when you have looked at what it would approve." | "Правило включено. При сохранении оно выключится: включите его снова, когда посмотрите, что оно одобрит.";
    delete: "Delete" | "Удалить";
    delete_title(name): "Delete the rule “{name}”?" | "Удалить правило «{name}»?";
    delete_about: "What it approved stays approved." | "Одобренное им останется одобренным.";
    new_rule: "New rule" | "Новое правило";
    form_about: "Only pairs that nobody has decided or edited are meant. A new rule does nothing by itself." | "Речь только о парах без решения и без правок. Новое правило само ничего не делает.";
    least_quality: "Quality at least (0 to 100)" | "Качество не ниже (от 0 до 100)";
    least_said: "Said at least so many times" | "Повторялось не реже (раз)";
    least_said_help: "How many pairs have nearly the same reply, this one included." | "Сколько пар с почти таким же ответом, считая эту.";
    language: "Language of the client (optional)" | "Язык клиента (необязательно)";
    language_help: "Two letters, like en or ru." | "Две буквы, например en или ru.";
    save: "Save" | "Сохранить";
    saved(name): "Saved: “{name}”. Look at a dry run before you use it." | "Сохранено: «{name}». Перед применением посмотрите пробный прогон.";
    switched_on(name): "“{name}” now approves pairs as they arrive." | "«{name}» теперь одобряет пары по мере появления.";
    switched_off(name): "“{name}” no longer approves anything by itself." | "«{name}» больше ничего не одобряет само.";
    deleted: "The rule is deleted." | "Правило удалено.";
}
