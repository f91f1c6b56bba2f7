//! What a month's calls cost: a column for each day, and the numbers behind it.

use chrono::{Datelike, Months, NaiveDate};
use leptos::prelude::*;
use replybook::{
    ai_settings::AI_YEARS,
    types::{AiPurpose, AiSpend, AiSpendDay},
};

use super::{money, words::Words};
use crate::{
    paths,
    ui::{
        chart::{self, Part},
        url::Address,
    },
    words::Voice,
};

/// A full column is at least this much, in millionths of a dollar: below it everything is shown as $0.00.
const LEAST_SCALE_MICROS: i64 = 10_000;

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
    chart::columns(Words(voice.lang).spend_drawing(), columns(voice, first, &spend.days), LEAST_SCALE_MICROS)
}

/// A column for each day of the month, with a part for each purpose.
fn columns(voice: Voice, first: NaiveDate, days: &[AiSpendDay]) -> Vec<Vec<Part>> {
    let words = Words(voice.lang);
    let part = |date: NaiveDate, purpose: AiPurpose| {
        let of_it = days.iter().filter(|day| day.day == date && day.purpose == purpose);
        let value = of_it.fold(0_i64, |sum, day| sum.saturating_add(day.cost_micros));
        let class = match purpose {
            AiPurpose::Test => "spend-bar test",
            AiPurpose::Draft => "spend-bar draft",
            AiPurpose::Embedding => "spend-bar embedding",
        };
        Part { class, value, says: format!("{date}, {}: {}", words.purpose(purpose), money::shown(voice.lang, value)) }
    };
    let month = first.iter_days().take(first.num_days_in_month().into());
    month.map(|date| AiPurpose::ALL.iter().map(|purpose| part(date, *purpose)).collect()).collect()
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
    fn each_day_of_the_month_has_a_column_with_what_was_spent_for_what() {
        let days = [
            spent("2026-11-01", AiPurpose::Embedding, 1_000_000),
            spent("2026-11-01", AiPurpose::Draft, 2_000_000),
            spent("2026-11-01", AiPurpose::Draft, 1_000_000),
            spent("2026-11-30", AiPurpose::Test, 1),
        ];
        let drawn = columns(VOICE, "2026-11-01".parse().expect("a day"), &days);
        let values = |column: &Vec<Part>| column.iter().map(|part| part.value).collect::<Vec<_>>();
        assert_eq!(
            drawn[0].iter().map(|part| part.class).collect::<Vec<_>>(),
            ["spend-bar test", "spend-bar draft", "spend-bar embedding"]
        );
        assert_eq!(drawn.len(), 30);
        assert_eq!([0, 1, 29].map(|column| values(&drawn[column])), [[0, 3_000_000, 1_000_000], [0; 3], [1, 0, 0]]);
        assert_eq!(drawn[0][1].says, "2026-11-01, drafts: $3.00");
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
}
