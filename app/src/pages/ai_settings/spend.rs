//! What a month's calls cost: a bar for each day, and the numbers behind it.

use chrono::{Datelike, Months, NaiveDate};
use leptos::prelude::*;
use replybook::{
    ai_settings::AI_YEARS,
    types::{AiPurpose, AiSpend, AiSpendDay},
};

use super::{money, words::Words};
use crate::{paths, ui::url::Address, words::Voice};

/// The drawing, in its own units: a column for each day.
const COLUMN: i64 = 20;
const HEIGHT: i64 = 120;

/// One part of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bar {
    x: i64,
    y: i64,
    height: i64,
    purpose: AiPurpose,
    says: String,
}

pub(super) fn section(voice: Voice, spend: &AiSpend) -> AnyView {
    let words = Words(voice.lang);
    let Some(first) = format!("{}-01", spend.month).parse::<NaiveDate>().ok() else { return ().into_any() };
    let to = |day: NaiveDate| {
        let month = format!("{:04}-{:02}", day.year(), day.month());
        Address::new(paths::AI_SETTINGS).with("month", Some(month)).into_string()
    };
    let (earlier, later) = beside(first, voice.now.date_naive());
    let earlier = earlier.map(|day| view! { <a href=to(day)>{words.earlier_month()}</a> });
    let later = later.map(|day| view! { <a href=to(day)>{words.later_month()}</a> });
    let body = if spend.days.is_empty() {
        view! { <p class="muted">{words.no_calls()}</p> }.into_any()
    } else {
        // Bars are money: where none was spent there are none, but the numbers.
        let drawing = spend.days.iter().any(|day| day.cost_micros > 0).then(|| {
            view! { {drawing(voice, first, spend)} {legend(words, spend)} }
        });
        let nothing = drawing.is_none().then(|| view! { <p class="muted">{words.nothing_spent()}</p> });
        view! { {drawing} {nothing} {table(voice, spend)} }.into_any()
    };
    view! {
        <section class="card pad stack" id="spend" aria-labelledby="spend-title">
            <h2 id="spend-title">{words.spend_title(&spend.month, money::shown(voice.lang, spend.cost_micros))}</h2>
            <p class="muted">{words.spend_about()}</p>
            {body}
            <p class="row">
                {earlier}
                {later}
            </p>
        </section>
    }
    .into_any()
}

/// The months before and after one that can be looked at. Nothing was spent in the future.
fn beside(first: NaiveDate, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let month = Months::new(1);
    let earlier = first.checked_sub_months(month).filter(|day| AI_YEARS.contains(&day.year()));
    let later = first.checked_add_months(month).filter(|day| *day <= today && AI_YEARS.contains(&day.year()));
    (earlier, later)
}

fn drawing(voice: Voice, first: NaiveDate, spend: &AiSpend) -> AnyView {
    let words = Words(voice.lang);
    let days = i64::from(first.num_days_in_month());
    let width = days * COLUMN;
    let bars = bars(voice, &spend.days).into_iter().map(|bar| {
        let class = match bar.purpose {
            AiPurpose::Test => "spend-bar test",
            AiPurpose::Draft => "spend-bar draft",
            AiPurpose::Embedding => "spend-bar embedding",
        };
        view! {
            <rect class=class x=bar.x y=bar.y width=COLUMN - 4 height=bar.height>
                <title>{bar.says}</title>
            </rect>
        }
    });
    let bars = bars.collect_view();
    view! {
        <svg class="spend" viewBox=format!("0 0 {width} {HEIGHT}") role="img" aria-label=words.spend_drawing() preserveAspectRatio="none">
            {bars}
        </svg>
    }
    .into_any()
}

/// A full bar is at least this much, in millionths of a dollar: below it everything is shown as $0.00.
const LEAST_SCALE_MICROS: i64 = 10_000;

/// The parts of all columns, as high as what they cost.
fn bars(voice: Voice, days: &[AiSpendDay]) -> Vec<Bar> {
    let words = Words(voice.lang);
    let weight = |day: &AiSpendDay| day.cost_micros;
    let mut columns: Vec<(NaiveDate, Vec<(AiPurpose, i64)>)> = Vec::new();
    for day in days {
        if columns.last().is_none_or(|(date, _)| *date != day.day) {
            columns.push((day.day, Vec::new()));
        }
        let Some((_, parts)) = columns.last_mut() else { continue };
        match parts.iter_mut().find(|(purpose, _)| *purpose == day.purpose) {
            Some((_, sum)) => *sum = sum.saturating_add(weight(day)),
            None => parts.push((day.purpose, weight(day))),
        }
    }
    let sum = |parts: &[(AiPurpose, i64)]| parts.iter().fold(0_i64, |sum, (_, part)| sum.saturating_add(*part));
    let highest = columns.iter().map(|(_, parts)| sum(parts)).max().unwrap_or(0).max(LEAST_SCALE_MICROS);
    let mut bars = Vec::new();
    for (day, mut parts) in columns {
        parts.sort_unstable();
        let mut y = HEIGHT;
        for (purpose, part) in parts {
            // Whatever there was is seen.
            let scaled = i128::from(part) * i128::from(HEIGHT) / i128::from(highest);
            let height = i64::try_from(scaled).unwrap_or(HEIGHT).clamp(i64::from(part > 0), HEIGHT);
            y -= height;
            let what = money::shown(voice.lang, part);
            let says = format!("{day}, {}: {what}", words.purpose(purpose));
            bars.push(Bar { x: i64::from(day.day0()) * COLUMN + 2, y: y.max(0), height, purpose, says });
        }
    }
    bars
}

fn legend(words: Words, spend: &AiSpend) -> AnyView {
    let there = AiPurpose::ALL.iter().filter(|purpose| spend.days.iter().any(|day| day.purpose == **purpose));
    let items = there.map(|purpose| {
        let class = match purpose {
            AiPurpose::Test => "spend-key test",
            AiPurpose::Draft => "spend-key draft",
            AiPurpose::Embedding => "spend-key embedding",
        };
        view! { <span class=class>{words.purpose(*purpose)}</span> }
    });
    view! { <p class="row small muted">{items.collect_view()}</p> }.into_any()
}

fn table(voice: Voice, spend: &AiSpend) -> AnyView {
    let words = Words(voice.lang);
    let rows = spend.days.iter().rev().map(|day| {
        view! {
            <tr>
                <td data-label=words.day()>{day.day.to_string()}</td>
                <td data-label=words.provider()>{day.provider_code.name()}</td>
                <td data-label=words.what_for()>{words.purpose(day.purpose)}</td>
                <td data-label=words.calls()>{words.calls_failed(voice.number(day.calls), voice.number(day.failed))}</td>
                <td data-label=words.tokens()>
                    {words.tokens_in_out(voice.number(day.input_tokens), voice.number(day.output_tokens))}
                </td>
                <td data-label=words.cost()>{money::shown(voice.lang, day.cost_micros)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <details class="small">
            <summary>{words.numbers()}</summary>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.day()}</th>
                        <th scope="col">{words.provider()}</th>
                        <th scope="col">{words.what_for()}</th>
                        <th scope="col">{words.calls()}</th>
                        <th scope="col">{words.tokens()}</th>
                        <th scope="col">{words.cost()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use replybook::types::AiKind;

    use super::*;
    use crate::prefs::Lang;

    const VOICE: Voice = Voice { lang: Lang::En, now: DateTime::UNIX_EPOCH };

    fn spent(day: &str, purpose: AiPurpose, cost_micros: i64) -> AiSpendDay {
        AiSpendDay {
            day: day.parse().expect("a day"),
            provider_code: AiKind::OpenAi,
            purpose,
            calls: 3,
            failed: 0,
            open: 0,
            input_tokens: 0,
            output_tokens: 0,
            cost_micros,
        }
    }

    #[test]
    fn columns_are_as_high_as_what_their_day_cost() {
        let days = [
            spent("2026-11-01", AiPurpose::Draft, 3_000_000),
            spent("2026-11-01", AiPurpose::Embedding, 1_000_000),
            spent("2026-11-30", AiPurpose::Draft, 2_000_000),
            spent("2026-11-30", AiPurpose::Test, 1),
        ];
        let drawn: Vec<_> = bars(VOICE, &days).into_iter().map(|bar| (bar.x, bar.y, bar.height, bar.purpose)).collect();
        let (draft, embedding, test) = (AiPurpose::Draft, AiPurpose::Embedding, AiPurpose::Test);
        assert_eq!(drawn, [(2, 30, 90, draft), (2, 0, 30, embedding), (582, 119, 1, test), (582, 59, 60, draft)]);
        assert_eq!(bars(VOICE, &days)[0].says, "2026-11-01, drafts: $3.00");
    }

    #[test]
    fn links_lead_to_months_that_there_are() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let today = day("2026-11-30");
        assert_eq!(beside(day("2026-11-01"), today), (Some(day("2026-10-01")), None));
        assert_eq!(beside(day("2026-10-01"), today), (Some(day("2026-09-01")), Some(day("2026-11-01"))));
        assert_eq!(beside(day("2000-01-01"), today), (None, Some(day("2000-02-01"))));
        assert_eq!(beside(day("2099-12-01"), today), (Some(day("2099-11-01")), None));
    }

    #[test]
    fn what_cost_next_to_nothing_fills_no_bar() {
        let of = |micros: i64| bars(VOICE, &[spent("2026-11-02", AiPurpose::Draft, micros)])[0].height;
        assert_eq!((of(0), of(10), of(10_000)), (0, 1, HEIGHT));
    }
}
