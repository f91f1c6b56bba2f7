//! How far the review is: what waits, what was decided each day, by whom, and in which mailboxes.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{ApprovalBasis, Problem, ReviewDay, ReviewProgress},
};

use crate::{
    page::{Audience, Page, Visit},
    paths,
    shell::Head,
    ui::{
        chart::{self, Part},
        languages::language_name,
        parts::Empty,
        url::Address,
        words::nouns,
    },
    words::{Voice, texts},
};

/// The periods that can be chosen, in days.
const PERIODS: [i64; 3] = [7, 30, 90];
const USUAL: i64 = 30;

/// The page.
pub struct Progress {
    days: i64,
    progress: ReviewProgress,
}

impl Page for Progress {
    const ROUTE: &'static str = paths::PROGRESS;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let days = visit.query_as("days").filter(|days| PERIODS.contains(days)).unwrap_or(USUAL);
        Ok(Self { days, progress: pairs::progress(&visit.scope.domain, days).await? })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { days, progress } = self;
        let (approved, rejected) = sums(&progress.days);
        let periods = PERIODS.map(|period| {
            let address = Address::new(paths::PROGRESS).with("days", (period != USUAL).then(|| period.to_string()));
            let is_chosen = (period == days).then_some("page");
            view! { <a href=address.into_string() aria-current=is_chosen>{voice.count(&nouns::DAY, period)}</a> }
        });
        let body = if approved + rejected == 0 {
            let next = if progress.counts.new > 0 { words.none_yet_next() } else { words.nothing_waits() };
            view! { <div class="card"><Empty title=words.none_yet() next=next/></div> }.into_any()
        } else {
            view! {
                {by_day(voice, &progress.days)}
                {reviewers(voice, &progress)}
                {accounts(voice, &progress)}
                {languages(voice, &progress)}
            }
            .into_any()
        };
        view! {
            <Head title=words.title() about=words.about()>
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            {figures(voice, &progress, approved, rejected)}
            {(progress.approval_basis.approved > 0).then(|| basis(voice, &progress))}
            <nav class="tabs" aria-label=words.period()>{periods.into_iter().collect_view()}</nav>
            {body}
        }
        .into_any()
    }
}

fn sums(days: &[ReviewDay]) -> (i64, i64) {
    days.iter().fold((0, 0), |(approved, rejected), day| (approved + day.approved, rejected + day.rejected))
}

/// A whole number of percent, in the manner of the language. `None` of nothing.
fn percent(words: Words, part: i64, whole: i64) -> Option<String> {
    let rounded = || (part * 100 + whole / 2) / whole;
    // All is said of all alone, and none of none.
    let share = || if 0 < part && part < whole { rounded().clamp(1, 99) } else { rounded() };
    (whole > 0).then(|| words.percent(share()))
}

fn figures(voice: Voice, progress: &ReviewProgress, approved: i64, rejected: i64) -> AnyView {
    let words = Words(voice.lang);
    let counts = progress.counts;
    let decided = counts.approved + counts.rejected;
    let share = percent(words, approved, approved + rejected);
    let figure = |title: &'static str, number: String, note: String| {
        view! {
            <div class="card tile">
                <h2>{title}</h2>
                <p class="figure">{number}</p>
                <p class="muted small">{note}</p>
            </div>
        }
    };
    let of_all = words.of_all(voice.count(&nouns::PAIR, counts.new + decided));
    view! {
        <div class="cards">
            {figure(words.waiting(), voice.number(counts.new), of_all)}
            {figure(words.decided(), voice.number(approved + rejected), words.in_period().to_owned())}
            {figure(
                words.approval(),
                share.unwrap_or_else(|| "–".to_owned()),
                words.edited(voice.number(progress.approved_edited)),
            )}
        </div>
    }
    .into_any()
}

/// The ways of approving, each with the class of its colour and how many pairs it has: those that were read first.
fn ways(words: Words, basis: &ApprovalBasis) -> [(&'static str, &'static str, i64); 7] {
    [
        ("way one", words.one_by_one(), basis.one_by_one),
        ("way edited", words.edited_first(), basis.edited),
        ("way opinion", words.second_opinion(), basis.second_opinion),
        ("way group", words.group(), basis.group),
        ("way picked", words.picked(), basis.picked),
        ("way bulk", words.bulk(), basis.bulk),
        ("way rule", words.rule(), basis.rule),
    ]
}

/// What the approved pairs rest on, as a drawing and as a table, and by mailbox.
fn basis(voice: Voice, progress: &ReviewProgress) -> AnyView {
    let words = Words(voice.lang);
    let all = progress.approval_basis;
    let parts = ways(words, &all).map(|(class, what, value)| {
        let says =
            format!("{what}: {} ({})", voice.number(value), percent(words, value, all.approved).unwrap_or_default());
        Part { class, value, says }
    });
    let drawing = chart::bar(words.basis_drawing(), parts.into());
    let rows = ways(words, &all).into_iter().map(|(class, what, value)| {
        view! {
            <tr>
                <th scope="row"><span class=format!("day-key {class}")>{what}</span></th>
                <td data-label=words.approved()>{voice.number(value)}</td>
                <td data-label=words.share()>{percent(words, value, all.approved)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let by_account = (progress.account_basis.len() > 1).then(|| {
        let heads =
            ways(words, &all).map(|(_, what, _)| view! { <th scope="col">{what}</th> }).into_iter().collect_view();
        let rows = progress.account_basis.iter().map(|one| {
            let cells = ways(words, &one.basis).map(|(_, what, value)| {
                view! { <td data-label=what>{voice.number(value)}</td> }
            });
            view! {
                <tr>
                    <th scope="row" class="break" dir="auto">{one.name.clone()}</th>
                    <td data-label=words.approved()>{voice.number(one.basis.approved)}</td>
                    {cells.into_iter().collect_view()}
                </tr>
            }
        });
        let rows = rows.collect_view();
        view! {
            <details class="small">
                <summary>{words.accounts()}</summary>
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">{words.account()}</th>
                            <th scope="col">{words.approved()}</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        }
    });
    view! {
        <section class="card pad stack" aria-labelledby="basis-title">
            <h2 id="basis-title">{words.basis()}</h2>
            {drawing}
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.way()}</th>
                        <th scope="col">{words.approved()}</th>
                        <th scope="col">{words.share()}</th>
                    </tr>
                </thead>
                <tbody>
                    {rows}
                    <tr>
                        <th scope="row">{words.all_approved()}</th>
                        <td data-label=words.approved()>{voice.number(all.approved)}</td>
                        <td data-label=words.share()>{percent(words, all.approved, all.approved)}</td>
                    </tr>
                </tbody>
            </table>
            {by_account}
            <p class="small muted">{words.basis_about()}</p>
        </section>
    }
    .into_any()
}

fn by_day(voice: Voice, days: &[ReviewDay]) -> AnyView {
    let words = Words(voice.lang);
    let columns = days.iter().map(|day| {
        let part = |class, what: &str, value| Part {
            class,
            value,
            says: format!("{}, {what}: {}", day.day, voice.number(value)),
        };
        vec![
            part("day-bar approved", words.approved(), day.approved),
            part("day-bar rejected", words.rejected(), day.rejected),
        ]
    });
    let drawing = chart::columns(words.drawing(), columns.collect(), 1);
    let rows = days.iter().rev().filter(|day| day.approved + day.rejected > 0).map(|day| {
        view! {
            <tr>
                <td data-label=words.day()>{day.day.to_string()}</td>
                <td data-label=words.approved()>{voice.number(day.approved)}</td>
                <td data-label=words.rejected()>{voice.number(day.rejected)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card pad stack" aria-labelledby="days-title">
            <h2 id="days-title">{words.by_day()}</h2>
            {drawing}
            <p class="row small muted">
                <span class="day-key approved">{words.approved()}</span>
                <span class="day-key rejected">{words.rejected()}</span>
                <span>{words.days_are_utc()}</span>
            </p>
            <details class="small">
                <summary>{words.numbers()}</summary>
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">{words.day()}</th>
                            <th scope="col">{words.approved()}</th>
                            <th scope="col">{words.rejected()}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </section>
    }
    .into_any()
}

fn reviewers(voice: Voice, progress: &ReviewProgress) -> AnyView {
    let words = Words(voice.lang);
    let rows = progress.reviewers.iter().map(|one| {
        let name = one.name.clone().unwrap_or_else(|| words.deleted_user().to_owned());
        let pace = one.seconds_per_decision.map_or_else(|| "–".to_owned(), |seconds| voice.duration(seconds));
        (name, one.approved, one.rejected, Some(pace))
    });
    let note = Some(words.pace_about());
    table(voice, "reviewers-title", [words.reviewers(), words.who()], rows.collect(), note)
}

fn accounts(voice: Voice, progress: &ReviewProgress) -> AnyView {
    let words = Words(voice.lang);
    let rows = progress.accounts.iter().map(|one| (one.name.clone(), one.approved, one.rejected, None));
    table(voice, "mailboxes-title", [words.accounts(), words.account()], rows.collect(), None)
}

fn languages(voice: Voice, progress: &ReviewProgress) -> AnyView {
    let words = Words(voice.lang);
    let rows = progress.languages.iter().map(|one| {
        let name = one.language.as_deref().map(|code| language_name(voice.lang, code));
        (name.unwrap_or_else(|| words.no_language().to_owned()), one.approved, one.rejected, None)
    });
    let note = (!progress.languages_exact).then(|| words.latest_languages());
    table(voice, "languages-title", [words.languages(), words.language()], rows.collect(), note)
}

/// What a line of a table is about, what was approved and rejected, and, where the table tells it, the time per decision.
type Line = (String, i64, i64, Option<String>);

fn table(
    voice: Voice,
    id: &'static str,
    [title, about]: [&'static str; 2],
    lines: Vec<Line>,
    note: Option<&'static str>,
) -> AnyView {
    let words = Words(voice.lang);
    let has_pace = lines.iter().any(|(.., pace)| pace.is_some());
    let rows = lines.into_iter().map(|(name, approved, rejected, pace)| {
        view! {
            <tr>
                <th scope="row" class="break" dir="auto">{name}</th>
                <td data-label=words.approved()>{voice.number(approved)}</td>
                <td data-label=words.rejected()>{voice.number(rejected)}</td>
                <td data-label=words.approval()>{percent(words, approved, approved + rejected)}</td>
                {pace.map(|pace| view! { <td data-label=words.pace()>{pace}</td> })}
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card" aria-labelledby=id>
            <h2 id=id class="pad">{title}</h2>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{about}</th>
                        <th scope="col">{words.approved()}</th>
                        <th scope="col">{words.rejected()}</th>
                        <th scope="col">{words.approval()}</th>
                        {has_pace.then(|| view! { <th scope="col" title=words.pace_about()>{words.pace()}</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {note.map(|note| view! { <p class="pad small muted">{note}</p> })}
        </section>
    }
    .into_any()
}

texts! {
    /// How far the review is.
    Words:
    title: "Review progress" | "Ход проверки";
    about: "What waits to be reviewed, and what your team decided." | "Что ещё ждёт проверки и что решила ваша команда.";
    back: "Back to the review" | "К проверке";
    period: "Period" | "Период";
    waiting: "Waiting" | "Ждут проверки";
    of_all(pairs): "of {pairs}" | "всего {pairs}";
    decided: "Decided" | "Решено";
    in_period: "in this period" | "за этот период";
    approval: "Approved, %" | "Одобрено, %";
    percent(n): "{n}%" | "{n} %";
    edited(n): "{n} edited before approval" | "исправлено перед одобрением: {n}";
    basis: "What the approved pairs rest on" | "На чём держится одобрение";
    basis_drawing: "Approved pairs by how they were approved" | "Одобренные пары по способу одобрения";
    basis_about: "All approved pairs, whenever they were approved: each is counted once, by its latest decision." | "Все одобренные пары за всё время: каждая учтена один раз, по последнему решению.";
    way: "How it was approved" | "Как одобрено";
    share: "Share" | "Доля";
    all_approved: "All approved" | "Все одобренные";
    one_by_one: "One by one" | "По одной";
    edited_first: "One by one, edited" | "По одной, с правкой";
    second_opinion: "By two people" | "Двумя людьми";
    group: "With similar replies" | "Вместе с похожими";
    picked: "Selected in the list" | "Выбраны в списке";
    bulk: "In bulk, by a search" | "Все найденные сразу";
    rule: "By a trust rule" | "По правилу доверия";
    approved: "Approved" | "Одобрено";
    rejected: "Rejected" | "Отклонено";
    by_day: "Decisions by day" | "Решения по дням";
    drawing: "Decisions of each day: approved and rejected" | "Решения каждого дня: одобрено и отклонено";
    day: "Day" | "День";
    days_are_utc: "Days are in UTC." | "Дни по UTC.";
    numbers: "Show the numbers" | "Показать числа";
    reviewers: "By reviewer" | "По проверяющим";
    who: "Reviewer" | "Проверяющий";
    pace: "Time per decision" | "Время на решение";
    pace_about: "Median time from one decision to the next, over the latest 500. Breaks of more than five minutes do not count." | "Медиана времени между решениями по последним 500. Перерывы дольше пяти минут не считаются.";
    accounts: "By mailbox" | "По ящикам";
    account: "Mailbox" | "Ящик";
    languages: "By the client’s language" | "По языку клиента";
    language: "Language" | "Язык";
    no_language: "Unknown" | "Неизвестен";
    latest_languages: "Of the latest 20,000 decisions." | "По последним 20 000 решений.";
    deleted_user: "Deleted user" | "Удалённый пользователь";
    none_yet: "No decisions in this period" | "За этот период решений нет";
    none_yet_next: "Pairs that you approve or reject are counted here." | "Здесь учитываются одобренные и отклонённые пары.";
    nothing_waits: "Nothing is waiting for review." | "Проверять пока нечего.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn a_share_is_rounded_and_nothing_has_none() {
        assert_eq!(percent(Words(Lang::En), 2, 3).as_deref(), Some("67%"));
        assert_eq!(percent(Words(Lang::En), 0, 0), None);
        for (part, said) in [(2_288, "99%"), (2_290, "100%"), (1, "1%"), (0, "0%")] {
            assert_eq!(percent(Words(Lang::En), part, 2_290).as_deref(), Some(said));
        }
    }
}
