//! `/admin`: three cards with live numbers, and the next step.

use leptos::prelude::*;
use replybook::{
    standing,
    types::{JobState, JobView, Problem},
};

use crate::{
    page::{Page, Script, Visit},
    pages::{
        ai_settings,
        monitor::{attention, job_kind},
        runs::{self, live_part},
    },
    paths,
    shell::Head,
    ui::{
        parts::{Pill, Tone},
        words::{Nav, nouns},
    },
    words::{Voice, texts},
};

/// The page.
pub struct Overview(standing::Overview);

impl Page for Overview {
    const ROUTE: &'static str = paths::OVERVIEW;
    const SCRIPTS: &'static [Script] = &[Script::Live];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self(standing::overview(&visit.scope.domain).await?))
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words, nav) = (visit.voice(), Words(visit.lang()), Nav(visit.lang()));
        let standing = self.0;
        let next = next_steps(words, &standing);
        let steps = if next.is_empty() {
            view! { <p class="muted">{words.next_nothing()}</p> }.into_any()
        } else {
            let steps = next.into_iter().map(|(href, what, why)| {
                view! { <li><a href=href>{what}</a> " " <span class="muted">{why}</span></li> }
            });
            view! { <ol class="steps">{steps.collect_view()}</ol> }.into_any()
        };
        let mark = standing.mark.clone();
        let attention = attention(voice, &standing.attention, standing.attention_more, standing.room);
        let failing = failing(voice, words, &standing.failing);
        let part = view! {
            {failing}
            {attention.map(|attention| {
                view! {
                    <section class="stack" aria-labelledby="attention-title">
                        <h2 id="attention-title">{words.attention_title()}</h2>
                        {attention}
                    </section>
                }
            })}
            <div class="cards">
                {card(paths::INTEGRATIONS, nav.integrations(), words.integrations_about(), accounts(voice, words, &standing))}
                {card(paths::TRAINING, nav.training(), words.training_about(), pairs(voice, words, &standing))}
                {card(paths::AI_SETTINGS, nav.ai_settings(), words.ai_about(), providers(voice, words, &standing))}
            </div>
            <section class="card pad stack" aria-labelledby="next-title">
                <h2 id="next-title">{words.next_title()}</h2>
                {steps}
            </section>
        };
        view! {
            <Head title=words.title() about=words.about()/>
            {live_part("standing", &mark, part.into_any())}
        }
        .into_any()
    }
}

/// Jobs in the background that fail.
fn failing(voice: Voice, words: Words, jobs: &[JobView]) -> Option<AnyView> {
    if jobs.is_empty() {
        return None;
    }
    let all = jobs.iter().map(|job| {
        let kind = job_kind(voice.lang, &job.kind).map_or_else(|| job.kind.clone(), ToOwned::to_owned);
        let error = job.error.as_deref().map(|error| runs::exactly(voice.lang, error));
        let next = (job.state != JobState::Failed).then(|| words.job_again());
        view! {
            <div class="notice bad">
                <p><b>{words.job_fails(kind)}</b> " " {next}</p>
                <div class="small break">{error}</div>
                <a href=paths::INTEGRATIONS>{words.job_look()}</a>
            </div>
        }
    });
    let all = all.collect_view();
    Some(view! { <section class="stack" aria-label=words.jobs_title()>{all}</section> }.into_any())
}

fn card(href: &'static str, title: &'static str, about: &'static str, body: AnyView) -> AnyView {
    view! {
        <section class="card tile">
            <h2><a href=href>{title}</a></h2>
            <p class="muted">{about}</p>
            <div class="tile-body">{body}</div>
        </section>
    }
    .into_any()
}

fn accounts(voice: Voice, words: Words, standing: &standing::Overview) -> AnyView {
    if standing.accounts == 0 {
        return empty(words.no_accounts(), words.no_accounts_next());
    }
    let active = words.active_of(voice.number(standing.active), voice.number(standing.accounts));
    let off = (standing.off > 0).then(|| {
        view! { <span class="muted">{words.off(voice.number(standing.off))}</span> }
    });
    let needing = (standing.needing > 0).then(|| {
        view! { <span class="pill bad">{words.needs_person(voice.number(standing.needing))}</span> }
    });
    view! {
        <p class="figure">{voice.count(&nouns::ACCOUNT, standing.accounts)}</p>
        <p class="row tight"><span class="muted">{active}</span> {off} {needing}</p>
    }
    .into_any()
}

fn pairs(voice: Voice, words: Words, standing: &standing::Overview) -> AnyView {
    let pairs = standing.pairs;
    if pairs.new + pairs.approved + pairs.rejected == 0 {
        return empty(words.no_pairs(), words.no_pairs_next());
    }
    let decided = words.approved_rejected(voice.number(pairs.approved), voice.number(pairs.rejected));
    let figure = if pairs.new == 0 {
        view! { <p class="figure">{words.all_reviewed()}</p> }.into_any()
    } else {
        view! { <p class="figure">{voice.number(pairs.new)} " " <small>{words.to_review()}</small></p> }.into_any()
    };
    let answers = (pairs.approved > 0).then(|| {
        view! { <p class="above"><a href=paths::KNOWLEDGE>{words.to_answers(voice.count(&nouns::ANSWER, pairs.approved))}</a></p> }
    });
    view! {
        {figure}
        <p class="muted">{decided}</p>
        {answers}
    }
    .into_any()
}

fn providers(voice: Voice, words: Words, standing: &standing::Overview) -> AnyView {
    if standing.ai.is_empty() {
        return empty(words.no_key(), words.no_key_next());
    }
    let providers = standing.ai.iter().map(|provider| {
        let state = if provider.has_api_key { words.key_stored() } else { words.no_key_needed() };
        let model = provider.model_default.as_deref().map(|model| words.model(model));
        let warnings = provider.warnings.iter().map(|warning| {
            let text = ai_settings::warning_text(voice.lang, warning);
            view! { <p class="notice warn">{text}</p> }
        });
        view! {
            <p class="row tight"><b>{provider.name.clone()}</b> <Pill tone=Tone::Good text=state/></p>
            {model.map(|model| view! { <p class="muted break">{model}</p> })}
            {warnings.collect_view()}
        }
    });
    providers.collect_view().into_any()
}

fn empty(title: &'static str, next: &'static str) -> AnyView {
    view! {
        <p class="figure">{title}</p>
        <p class="muted">{next}</p>
    }
    .into_any()
}

/// What there is to do, the most pressing first: address, what, why.
fn next_steps(words: Words, standing: &standing::Overview) -> Vec<(&'static str, &'static str, &'static str)> {
    let steps = [
        (standing.needing > 0, (paths::INTEGRATIONS, words.next_mend(), words.next_mend_why())),
        (standing.accounts == 0, (paths::INTEGRATIONS, words.next_connect(), words.next_connect_why())),
        (standing.pairs.new > 0, (paths::TRAINING, words.next_review(), words.next_review_why())),
    ];
    steps.into_iter().filter_map(|(due, step)| due.then_some(step)).collect()
}

texts! {
    /// The overview.
    Words:
    title: "Overview" | "Обзор";
    about: "What is connected, what needs you, and what comes next." | "Что подключено, что требует внимания и что делать дальше.";
    integrations_about: "The mailboxes Replybook reads." | "Почтовые ящики, которые читает Replybook.";
    training_about: "Client messages with the replies your team wrote." | "Письма клиентов и ответы вашей команды.";
    ai_about: "Language models, what they may cost, and what they cost so far." | "Языковые модели, сколько они могут стоить и сколько уже стоили.";
    no_accounts: "No mailbox yet" | "Пока нет ящиков";
    no_accounts_next: "Connect Gmail, import a file, or look around with the sample mailbox." | "Подключите Gmail, импортируйте файл или осмотритесь с примером ящика.";
    needs_person(accounts): "{accounts} to fix" | "Требуют внимания: {accounts}";
    to_review: "to review" | "на проверке";
    approved_rejected(approved, rejected): "{approved} approved · {rejected} rejected" | "Одобрено: {approved} · отклонено: {rejected}";
    to_answers(answers): "Knowledge base: {answers}" | "База знаний: {answers}";
    no_pairs: "No pairs yet." | "Пар пока нет.";
    no_pairs_next: "Pairs appear here after the first sync or import." | "Пары появятся здесь после первой синхронизации или импорта.";
    all_reviewed: "Everything is reviewed." | "Всё проверено.";
    key_stored: "Key stored" | "Ключ сохранён";
    no_key_needed: "No key needed" | "Ключ не нужен";
    no_key: "No key yet" | "Ключа пока нет";
    no_key_next: "Syncing and reviewing work without one." | "Для синхронизации и проверки он не нужен.";
    model(model): "Default model: {model}" | "Модель по умолчанию: {model}";
    jobs_title: "Background jobs that fail" | "Фоновые задачи, которые не удаются";
    job_fails(what): "A background job fails: {what}." | "Фоновая задача не удаётся: {what}.";
    job_again: "It is tried again by itself." | "Она повторится сама.";
    job_look: "Background jobs" | "Фоновые задачи";
    attention_title: "Needs attention" | "Требует внимания";
    off(n): "{n} disabled" | "Отключены: {n}";
    active_of(active, all): "{active} of {all} active" | "Активны: {active} из {all}";
    next_title: "What to do next" | "Что дальше";
    next_connect: "Connect the first mailbox" | "Подключите первый ящик";
    next_connect_why: "Or try the sample mailbox: it takes a few seconds and shows everything." | "Или попробуйте пример ящика: это займёт несколько секунд и покажет всё.";
    next_mend: "Fix the mailboxes that need attention" | "Разберитесь с ящиками, которые требуют внимания";
    next_mend_why: "See above what is wrong with each of them and how to fix it. New mail waits until then." | "Выше написано, что с каждым случилось и что поможет. До тех пор новая почта не загружается.";
    next_review: "Review the new pairs" | "Проверьте новые пары";
    next_review_why: "Approve the answers worth repeating and reject the rest." | "Одобрите ответы, которые стоит повторять, остальные отклоните.";
    next_nothing: "Nothing to do right now." | "Сейчас делать нечего.";
}

#[cfg(test)]
mod tests {
    use replybook::types::PairCounts;

    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn what_presses_most_comes_first() {
        let words = Words(Lang::En);
        let mut standing = standing::Overview {
            mark: String::new(),
            accounts: 0,
            active: 0,
            needing: 0,
            off: 0,
            attention: Vec::new(),
            attention_more: 0,
            room: None,
            pairs: PairCounts::default(),
            ai: Vec::new(),
            failing: Vec::new(),
        };
        let first = |standing: &standing::Overview| next_steps(words, standing).first().map(|step| step.1);
        assert_eq!(first(&standing), Some(words.next_connect()));
        standing.accounts = 2;
        standing.pairs.new = 4;
        assert_eq!(first(&standing), Some(words.next_review()));
        standing.needing = 1;
        assert_eq!(first(&standing), Some(words.next_mend()));
        standing = standing::Overview { needing: 0, pairs: PairCounts::default(), ..standing };
        assert_eq!(first(&standing), None);
    }
}
