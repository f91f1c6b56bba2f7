//! Decisions about all pairs that a search finds: what one would be about and the question whether it is meant, how far it is, and the
//! latest ones.

pub mod api;
mod told;

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    monitor,
    pairs::{self, EXAMPLES, Look},
    types::{
        AccountId, Actor, Assignee, BulkDecision, BulkDecisionId, BulkDecisionList, BulkPreview, BulkState,
        ConflictCode, PairFilter, PairQuery, PairStatus, PairStatusFilter, Problem, ReviewTag, TrainingPair, User,
    },
};

pub use self::told::mark;
use self::{
    api::{AskBulk, CancelBulk, UndoBulk},
    told::{counted, list_address, said_state, what, which},
};
use super::training::{person_fields, preview, reason_fields, tag_fields};
use crate::{
    page::{Audience, Page, Script, Visit},
    paths, problems,
    shell::Head,
    ui::{
        parts::{Empty, Pill, Progress},
        times::Ago,
        url::Address,
        words::nouns,
    },
    words::{Voice, texts},
};

/// How many characters of a text an example shows.
const PREVIEW: usize = 160;
/// The id of the part that says how far a decision is.
const NOW: &str = "bulk-now";

/// The page.
pub struct Bulk {
    /// Who looks.
    user: User,
    asked: Option<Asked>,
    one: Option<BulkDecision>,
    latest: BulkDecisionList,
    /// Whether these are not the latest.
    is_older: bool,
    /// Why nothing goes on, where something waits.
    obstacle: Option<ConflictCode>,
}

/// What a decision would be about, before somebody says yes.
struct Asked {
    query: PairQuery,
    preview: Result<BulkPreview, Problem>,
    /// The pairs after the first ones are looked at.
    is_further: bool,
    /// What they can be tagged with, and to whom they can be given.
    tags: Vec<ReviewTag>,
    reviewers: Vec<Assignee>,
}

/// The address of the question about what a list shows.
pub(crate) fn ask_address(
    status: PairStatusFilter,
    provider: Option<&str>,
    account: Option<AccountId>,
    q: Option<&str>,
) -> String {
    Address::new(paths::BULK)
        .with("status", Some(status.as_str()))
        .with("provider", provider)
        .with("account", account.map(|account| account.to_string()))
        .with("q", q)
        .into_string()
}

/// The page of one decision.
pub(crate) fn bulk_address(id: BulkDecisionId) -> String {
    Address::new(paths::BULK).with("id", Some(id.to_string())).into_string()
}

/// A time in an address or a form.
pub(crate) fn exactly(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Page for Bulk {
    const ROUTE: &'static str = paths::BULK;
    const AUDIENCE: Audience = Audience::Reviewers;
    const SCRIPTS: &'static [Script] = &[Script::Live];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let user = visit.scope.user.clone().ok_or(Problem::Unauthenticated)?;
        let asked = match visit.query_as::<PairStatusFilter>("status") {
            Some(status) => {
                let filter = PairFilter {
                    status,
                    provider: visit.query("provider").map(ToOwned::to_owned),
                    account_id: visit.query_as("account"),
                    ..PairFilter::default()
                };
                let text = visit.query("q").map(ToOwned::to_owned);
                let query = pairs::bulk_query(&PairQuery { filter, text, ..PairQuery::default() });
                let cursor = visit.query("cursor");
                let look = Look { cursor, as_of: visit.query_as("as_of") };
                let preview = match pairs::preview_bulk(domain, Actor::page(user.id), &query, look).await {
                    Err(problem @ Problem::Invalid { .. }) => Err(problem),
                    preview => Ok(preview?),
                };
                Some(Asked {
                    query,
                    preview,
                    is_further: cursor.is_some(),
                    tags: pairs::known_tags(domain).await?,
                    reviewers: pairs::reviewers(domain).await?,
                })
            }
            None => None,
        };
        let one = match visit.query_as("id") {
            Some(id) => Some(pairs::bulk_decision(domain, id).await?),
            None => None,
        };
        let older = visit.query("older");
        let latest = pairs::bulk_decisions(domain, older).await?;
        let waits = latest.items.iter().chain(&one).any(|bulk| bulk.state.is_open());
        let obstacle = if waits { monitor::obstacle(domain).await? } else { None };
        Ok(Self { user, asked, one, latest, is_older: older.is_some(), obstacle })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { user, asked, one, latest, is_older, obstacle } = self;
        let rules = user.is_admin().then(|| view! { <a class="btn quiet" href=paths::RULES>{words.rules()}</a> });
        let obstacle = obstacle.map(|code| {
            view! { <p class="notice warn" role="status">{problems::text(&Problem::conflict(code), voice.lang)}</p> }
        });
        view! {
            <Head title=words.title() about=words.about()>
                {rules}
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            {obstacle}
            {asked.map(|asked| question(visit, asked))}
            <div class="live" id=NOW>
                {one.as_ref().map(|bulk| now(voice, &user, bulk))}
                {list(voice, &latest, is_older)}
            </div>
        }
        .into_any()
    }
}

/// What a decision would be about, and whether it is meant.
fn question(visit: &Visit, asked: Asked) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let Asked { query, preview, is_further, tags, reviewers } = asked;
    let back = list_address(&query);
    let preview = match preview {
        Ok(preview) => preview,
        Err(problem) => {
            let why = problems::text(&problem, voice.lang);
            return view! {
                <section class="card pad stack">
                    <p class="notice bad" role="alert">{why}</p>
                    <p><a class="btn" href=back>{words.change_search()}</a></p>
                </section>
            }
            .into_any();
        }
    };
    if preview.matched == 0 {
        return view! {
            <div class="card">
                <Empty title=words.nothing() next=words.nothing_next()>
                    <a class="btn" href=back>{words.change_search()}</a>
                </Empty>
            </div>
        }
        .into_any();
    }
    let pairs = counted(voice, &nouns::PAIR, preview.matched, preview.matched_exact);
    let object = counted(voice, &nouns::PAIR_OBJECT, preview.matched, preview.matched_exact);
    let examples = examples(voice, &preview.examples);
    let of_query = |at: Option<&str>| {
        let address = ask_address(
            query.filter.status,
            query.filter.provider.as_deref(),
            query.filter.account_id,
            query.text.as_deref(),
        );
        // It has a query: the status is always there.
        at.map_or_else(|| address.clone(), |cursor| format!("{address}&{}", further(cursor, preview.as_of)))
    };
    let first = is_further.then(|| view! { <a class="btn small" href=of_query(None)>{words.first_examples()}</a> });
    let next = preview.next_cursor.as_deref();
    let next =
        next.map(|cursor| view! { <a class="btn small" href=of_query(Some(cursor))>{words.more_examples()}</a> });
    let more = (first.is_some() || next.is_some()).then(|| view! { <div class="row pad">{first} {next}</div> });
    let chosen = visit.typed("decision");
    let radio = |word: &'static str, label: &'static str| {
        let is_chosen = chosen.as_deref() == Some(word);
        view! {
            <label class="check choice">
                <input type="radio" name="decision" value=word required checked=is_chosen/>
                {label}
            </label>
        }
    };
    // What has the status already is not made so again.
    let decision = |status: PairStatus, label: &'static str| {
        (query.filter.status.status() != Some(status)).then(|| radio(status.as_str(), label))
    };
    let marks = (!tags.is_empty()).then(|| {
        view! {
            {radio("tag", words.tag())}
            {radio("untag", words.untag())}
        }
    });
    let which_tag = (!tags.is_empty()).then(|| tag_fields(voice, &tags, visit.typed("tag").as_deref()));
    let whom = visit.typed("user").and_then(|user| user.parse().ok());
    view! {
        <section class="card" aria-labelledby="bulk-question">
            <h2 id="bulk-question" class="pad">{words.question(&pairs)}</h2>
            <p class="pad">{which(voice, &query)} " " <a href=back.clone()>{words.see_in_list()}</a></p>
            {incomplete(voice, &preview)}
            {examples}
            {more}
            <form method="post" action=AskBulk::url() class="pad stack" autocomplete="off">
                <input type="hidden" name="status" value=query.filter.status.as_str()/>
                <input type="hidden" name="provider" value=query.filter.provider.clone()/>
                <input type="hidden" name="account" value=query.filter.account_id.map(|id| id.to_string())/>
                <input type="hidden" name="q" value=query.text.clone()/>
                <input type="hidden" name="as_of" value=exactly(preview.as_of)/>
                <fieldset class="choices">
                    <legend>{words.decision()}</legend>
                    {decision(PairStatus::Approved, words.approve())}
                    {decision(PairStatus::Rejected, words.reject())}
                    {decision(PairStatus::New, words.reset())}
                    {marks}
                    {radio("assign", words.assign())}
                </fieldset>
                <div class="filters" role="group" aria-label=words.if_rejected()>
                    <span class="muted small">{words.if_rejected()}</span>
                    {reason_fields(voice.lang)}
                </div>
                <div class="filters" role="group" aria-label=words.if_marked()>
                    <span class="muted small">{words.if_marked()}</span>
                    {which_tag}
                    {person_fields(voice, &reviewers, whom)}
                </div>
                <label class="check">
                    <input type="checkbox" name="sure" value="yes" required/>
                    {words.sure(object)}
                </label>
                <p class="muted small">{words.left_alone()}</p>
                <div class="row">
                    <button class="btn primary">{words.decide_all()}</button>
                    <a class="btn" href=back>{words.do_not()}</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The rest of an address that shows further examples of the same.
pub(crate) fn further(cursor: &str, as_of: DateTime<Utc>) -> String {
    let rest = Address::new("").with("cursor", Some(cursor)).with("as_of", Some(exactly(as_of))).into_string();
    rest.trim_start_matches('?').to_owned()
}

/// What a count does not know yet.
pub(crate) fn incomplete(voice: Voice, preview: &BulkPreview) -> Option<AnyView> {
    let waiting = preview.not_searchable_yet;
    (waiting > 0).then(|| {
        let text = Words(voice.lang).incomplete(voice.count(&nouns::PAIR, waiting));
        view! { <p class="notice warn" role="status">{text}</p> }.into_any()
    })
}

/// Some of the pairs that a decision would be about.
pub(crate) fn examples(voice: Voice, pairs: &[TrainingPair]) -> AnyView {
    let words = Words(voice.lang);
    let rows = pairs.iter().map(|pair| {
        let subject = pair.subject.clone().filter(|subject| !subject.trim().is_empty());
        let subject = subject.unwrap_or_else(|| words.no_subject().to_owned());
        let open = Address::new(paths::TRAINING)
            .with("status", Some("all"))
            .with("pair", Some(pair.id.to_string()))
            .into_string();
        let labels = pair.labels.as_ref();
        let client_language = labels.and_then(|labels| labels.client_language.clone());
        let reply_language = labels.and_then(|labels| labels.reply_language.clone());
        view! {
            <tr>
                <td data-label=words.subject() class="break" dir="auto"><a href=open>{subject}</a></td>
                <td data-label=words.client() class="text-cell">
                    <p class="clamp" dir="auto" lang=client_language>{preview(&pair.client_text, PREVIEW)}</p>
                </td>
                <td data-label=words.reply() class="text-cell">
                    <p class="clamp" dir="auto" lang=reply_language>{preview(&pair.our_reply_text, PREVIEW)}</p>
                </td>
            </tr>
        }
    });
    view! {
        <table class="list">
            <caption class="visually-hidden">{words.examples(EXAMPLES)}</caption>
            <thead>
                <tr>
                    <th scope="col">{words.subject()}</th>
                    <th scope="col">{words.client()}</th>
                    <th scope="col">{words.reply()}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// How far a decision is, and what can be done about it.
fn now(voice: Voice, user: &User, bulk: &BulkDecision) -> AnyView {
    let words = Words(voice.lang);
    let (tone, state) = said_state(voice.lang, bulk.state);
    let is_open = bulk.state.is_open();
    let (done, all) = match bulk.state {
        BulkState::Undoing | BulkState::Undone => (bulk.undone + bulk.stayed, bulk.decided),
        _ => (bulk.decided + bulk.skipped + bulk.unchanged, bulk.matched),
    };
    let percent = (all > 0).then(|| u8::try_from((done * 100 / all).clamp(0, 100)).unwrap_or(100));
    let bar = is_open.then(|| {
        let percent = percent.filter(|_| bulk.matched_exact || bulk.state == BulkState::Undoing);
        view! {
            <Progress percent label=words.progress()/>
            <p class="muted small tabular">{words.of(voice.number(done), voice.number(all))}</p>
            <p class="without-script"><a class="btn small" href=bulk_address(bulk.id)>{words.refresh()}</a></p>
        }
    });
    let facts = told::facts(voice, bulk).into_iter().map(|(label, count)| {
        view! { <div><dt>{label}</dt> <dd class="tabular">{voice.number(count)}</dd></div> }
    });
    let error = bulk.error.clone().map(|error| {
        let about = if bulk.state == BulkState::Failed { words.failed_about() } else { words.trying_again() };
        let why = bulk.fault.map_or(error, |fault| told::fault(voice.lang, fault).to_owned());
        view! { <p class="notice bad">{about} " " <span class="break">{why}</span></p> }
    });
    let may = pairs::may_change_bulk(user, bulk);
    let cancel = (may && bulk.state.is_deciding()).then(|| {
        view! {
            <form method="post" action=CancelBulk::url()>
                <input type="hidden" name="id" value=bulk.id.to_string()/>
                <button class="btn" id="bulk-cancel">{words.cancel()}</button>
            </form>
        }
    });
    let can_undo = !matches!(bulk.state, BulkState::Undoing | BulkState::Undone) && bulk.decided > 0;
    let undo = (may && can_undo).then(|| {
        let label = words.undo(voice.count(&nouns::PAIR_OBJECT, bulk.decided));
        view! {
            <form method="post" action=UndoBulk::url()>
                <input type="hidden" name="id" value=bulk.id.to_string()/>
                <button class="btn" id="bulk-undo">{label}</button>
            </form>
        }
    });
    let follows = is_open.then(|| Address::new(paths::BULK_EVENTS).with("id", Some(bulk.id.to_string())).into_string());
    view! {
        <section
            class="card pad stack"
            aria-labelledby="bulk-title"
            data-live=follows
            data-swaps=is_open.then_some(NOW)
            data-mark=mark(bulk)
        >
            <div class="row">
                <h2 id="bulk-title">{what(voice, bulk)}</h2>
                <span role="status"><Pill tone text=state/></span>
            </div>
            <p>{which(voice, &bulk.query())} " " <a href=list_address(&bulk.query())>{words.see_in_list()}</a></p>
            <p class="muted small">{told::by(voice, bulk)} ", " <Ago voice at=bulk.asked_at/></p>
            {bar}
            {error}
            <dl class="numbers">{facts.collect_view()}</dl>
            <div class="row">{cancel} {undo}</div>
        </section>
    }
    .into_any()
}

/// The latest decisions.
fn list(voice: Voice, latest: &BulkDecisionList, is_older: bool) -> AnyView {
    let words = Words(voice.lang);
    if latest.items.is_empty() && !is_older {
        return view! { <div class="card"><Empty title=words.none() next=words.none_next()/></div> }.into_any();
    }
    let first = is_older.then(|| view! { <a class="btn" href=paths::BULK rel="first">{words.latest()}</a> });
    let next = latest.next_cursor.as_deref().map(|cursor| {
        let address = Address::new(paths::BULK).with("older", Some(cursor)).into_string();
        view! { <a class="btn" href=address rel="next">{words.older()}</a> }
    });
    let pager = (first.is_some() || next.is_some()).then(|| {
        view! { <nav class="pager" aria-label=words.older()>{first} {next}</nav> }
    });
    let title = if is_older { words.older() } else { words.latest() };
    let rows = latest.items.iter().map(|bulk| {
        let (tone, state) = said_state(voice.lang, bulk.state);
        view! {
            <tr>
                <td data-label=words.when() class="nowrap"><Ago voice at=bulk.asked_at/></td>
                <td data-label=words.who()>{told::by(voice, bulk)}</td>
                <td data-label=words.what_column() class="break">
                    <a href=bulk_address(bulk.id)>{what(voice, bulk)}</a>
                    <p class="muted small">{which(voice, &bulk.query())}</p>
                </td>
                <td data-label=words.state()><Pill tone text=state/></td>
                <td data-label=words.pairs() class="small">{told::in_short(voice, bulk)}</td>
            </tr>
        }
    });
    view! {
        <section class="card" aria-labelledby="bulk-latest">
            <h2 id="bulk-latest" class="pad">{title}</h2>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.when()}</th>
                        <th scope="col">{words.who()}</th>
                        <th scope="col">{words.what_column()}</th>
                        <th scope="col">{words.state()}</th>
                        <th scope="col">{words.pairs()}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
        {pager}
    }
    .into_any()
}

texts! {
    /// Decisions about all pairs that a search finds.
    Words:
    title: "Bulk decisions" | "Массовые решения";
    about: "Decide, tag or assign all pairs that a search finds. It runs in the background, can be cancelled, and can be undone in one step." | "Решить, пометить или назначить все пары, найденные поиском. Работа идёт в фоне, её можно остановить и отменить одним действием.";
    rules: "Trust rules" | "Правила доверия";
    back: "Back to the review" | "К проверке";
    question(pairs): "Decide {pairs}?" | "Решить сразу: {pairs}?";
    incomplete(pairs): "{pairs} still being indexed: those that match will be decided as well." | "Ещё индексируется: {pairs}. Решение затронет и подходящие из них.";
    see_in_list: "Show them in the list" | "Показать в списке";
    change_search: "Back to the search" | "К поиску";
    nothing: "No pair matches" | "Ни одна пара не подходит";
    nothing_next: "There is nothing to decide." | "Решать нечего.";
    examples(n): "Some of the pairs, the latest first, {n} at a time" | "Некоторые из пар, сначала новые, по {n}";
    more_examples: "More examples" | "Ещё примеры";
    first_examples: "First examples" | "К первым примерам";
    subject: "Subject" | "Тема";
    no_subject: "(no subject)" | "(без темы)";
    client: "Client" | "Клиент";
    reply: "Our reply" | "Наш ответ";
    decision: "Decision" | "Решение";
    approve: "Approve all of them" | "Одобрить все";
    reject: "Reject all of them" | "Отклонить все";
    reset: "Reset all of them to new" | "Вернуть все в новые";
    tag: "Tag all of them" | "Поставить всем метку";
    untag: "Remove a tag from all of them" | "Снять со всех метку";
    assign: "Assign all of them" | "Назначить все";
    if_rejected: "If rejected:" | "Если отклонить:";
    if_marked: "If tagged or assigned:" | "Если пометить или назначить:";
    sure(pairs): "Yes, change {pairs} without opening each one" | "Да, изменить {pairs}, не открывая каждую";
    left_alone: "Pairs that arrive or change from now on are left as they are." | "Пары, которые появятся или изменятся с этого момента, останутся как есть.";
    decide_all: "Do it for all" | "Применить ко всем";
    do_not: "Cancel" | "Отмена";
    progress: "Progress" | "Ход работы";
    of(done, all): "{done} of {all}" | "{done} из {all}";
    refresh: "Refresh" | "Обновить";
    failed_about: "It could not go on. What was done stays." | "Продолжить не удалось. Сделанное остаётся.";
    trying_again: "The last attempt broke off and is repeated:" | "Последняя попытка прервалась, будет ещё одна:";
    cancel: "Cancel the rest" | "Остановить";
    undo(pairs): "Undo {pairs}" | "Отменить {pairs}";
    latest: "Latest" | "Последние";
    older: "Older" | "Более ранние";
    none: "No bulk decisions yet" | "Массовых решений пока нет";
    none_next: "Search for pairs in the review, then choose “Decide all that match…”." | "Найдите пары на странице проверки и нажмите «Решить все подходящие…».";
    when: "When" | "Когда";
    who: "Who" | "Кто";
    what_column: "Decision" | "Решение";
    state: "State" | "Состояние";
    pairs: "Pairs" | "Пары";
}
