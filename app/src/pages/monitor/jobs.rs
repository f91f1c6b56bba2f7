//! Work in the background that waits, runs or has failed, below the email monitor.

use std::collections::HashMap;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::types::{Account, AccountId, JobKind, JobState, JobView};

use super::{api::RetryJob, when};
use crate::{
    pages::runs,
    prefs::Lang,
    ui::{
        parts::{Pill, Tone},
        words::Common,
    },
    words::{Voice, texts},
};

/// The jobs, each with where it stands and another try. Nothing where there is none.
pub(in crate::pages) fn jobs(voice: Voice, jobs: &[JobView], accounts: &[Account]) -> Option<AnyView> {
    if jobs.is_empty() {
        return None;
    }
    let words = Words(voice.lang);
    let names: HashMap<AccountId, &str> =
        accounts.iter().map(|account| (account.id, account.display_name.as_str())).collect();
    let rows = jobs.iter().map(|job| row(voice, job, job.account_id.and_then(|id| names.get(&id).copied())));
    Some(
        view! {
            <section class="stack" aria-labelledby="jobs-title">
                <h2 id="jobs-title">{words.title()}</h2>
                <div class="card" id="jobs">
                    <table class="list">
                        <thead>
                            <tr>
                                <th scope="col">{words.kind()}</th>
                                <th scope="col">{words.state()}</th>
                                <th scope="col">{words.attempts()}</th>
                                <th scope="col">{words.due()}</th>
                                <th scope="col">{words.error()}</th>
                                <th scope="col">
                                    <span class="visually-hidden">{Common(voice.lang).actions()}</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}

fn row(voice: Voice, job: &JobView, account: Option<&str>) -> AnyView {
    let words = Words(voice.lang);
    let kind = kind(voice.lang, &job.kind).map_or_else(|| job.kind.clone(), ToOwned::to_owned);
    let (tone, state) = match job.state {
        JobState::Queued => (Tone::Idle, words.queued()),
        JobState::Running => (Tone::Good, words.running()),
        JobState::Failed => (Tone::Bad, words.failed()),
    };
    let due = match job.state {
        JobState::Queued => when(voice, job.run_after),
        JobState::Running | JobState::Failed => "–".to_owned(),
    };
    let attempts = words.of(job.attempts, job.max_attempts);
    let error = job.error.as_deref().map(|error| runs::exactly(voice.lang, error));
    // What may begin at once needs no push.
    let rests = job.state == JobState::Queued && job.run_after > voice.now;
    let again = (rests || job.state == JobState::Failed).then(|| {
        view! {
            <form method="post" action=RetryJob::url()>
                <input type="hidden" name="id" value=job.id.to_string()/>
                <button class="btn small" id=format!("retry-{}", job.id) aria-label=words.again_named(&kind)>
                    {words.again()}
                </button>
            </form>
        }
    });
    let about = account.map(|name| view! { <p class="muted small break">{name.to_owned()}</p> });
    view! {
        <tr>
            <td data-label=words.kind()><div><p>{kind}</p> {about}</div></td>
            <td data-label=words.state()><Pill tone text=state/></td>
            <td data-label=words.attempts() class="tabular">{attempts}</td>
            <td data-label=words.due()>{due}</td>
            <td data-label=words.error()><div>{error}</div></td>
            <td class="actions">{again}</td>
        </tr>
    }
    .into_any()
}

/// What a job does, in words. `None` for a kind of a later version.
pub(in crate::pages) fn kind(lang: Lang, kind: &str) -> Option<&'static str> {
    let words = Words(lang);
    Some(match kind.parse().ok()? {
        JobKind::GroupReplies => words.group_replies(),
        JobKind::Redecide => words.redecide(),
        JobKind::FetchAttachments => words.fetch_attachments(),
        JobKind::EmbedAnswers => words.embed_answers(),
        JobKind::BulkDecide => words.bulk_decide(),
        JobKind::ApplyRules => words.apply_rules(),
    })
}

texts! {
    /// Work in the background.
    pub(super) Words:
    title: "Background jobs" | "Фоновые задачи";
    kind: "Job" | "Задача";
    state: "State" | "Состояние";
    attempts: "Attempts" | "Попытки";
    due: "Starts" | "Начнётся";
    error: "Last error" | "Последняя ошибка";
    of(number, most): "{number} of {most}" | "{number} из {most}";
    queued: "waiting" | "ждёт";
    running: "running" | "выполняется";
    failed: "failed" | "не удалось";
    again: "Try again" | "Попробовать снова";
    again_named(what): "Try again: {what}" | "Попробовать снова: {what}";
    group_replies: "Finding similar replies" | "Поиск похожих ответов";
    redecide: "Updating pairs after a change of addresses" | "Обновление пар после смены адресов";
    fetch_attachments: "Fetching attachments" | "Загрузка вложений";
    embed_answers: "Making vectors of approved answers" | "Векторы одобренных ответов";
    bulk_decide: "Deciding pairs in bulk" | "Массовое решение по парам";
    apply_rules: "Applying trust rules" | "Применение правил доверия";
    is_queued: "Queued for another try." | "В очереди на новую попытку.";
}
