//! Second opinions: a pair that somebody else decided, without the decision; how far reviewers agree; and where they do not.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs,
    types::{Actor, Agreement, Disagreement, Kappa, OpinionAsked, PairStatus, Problem, SecondOpinions},
};

use self::api::{GiveOpinion, SetOpinionShare, SettleOpinion};
use crate::{
    page::{Audience, Page, Visit},
    paths,
    shell::Head,
    ui::{forms::Field, parts::Empty, times::Ago, url::Address, words::nouns},
    words::{Voice, texts},
};

/// The page, and the pair that it asks about.
pub struct Opinions {
    opinions: SecondOpinions,
    next: Option<OpinionAsked>,
    /// Some were left for later.
    is_later: bool,
}

impl Page for Opinions {
    const ROUTE: &'static str = paths::OPINIONS;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let user = visit.scope.user.as_ref().ok_or(Problem::Unauthenticated)?;
        let (by, after) = (Actor::page(user.id), visit.query("after"));
        Ok(Self {
            opinions: pairs::opinions(domain, by).await?,
            next: pairs::next_opinion(domain, by, after).await?,
            is_later: after.is_some(),
        })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { opinions, next, is_later } = self;
        let asked = match next {
            Some(asked) => question(voice, &opinions, asked),
            None => nothing(words, opinions.share, is_later),
        };
        view! {
            <Head title=words.title() about=words.about()>
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            {asked}
            {disagreements(voice, &opinions)}
            {agreement(voice, &opinions.agreement)}
            {visit.is_admin().then(|| share(visit, opinions.share))}
        }
        .into_any()
    }
}

fn nothing(words: Words, share: i64, is_later: bool) -> AnyView {
    let next = match (share, is_later) {
        (0, _) => words.none_asked(),
        (_, true) => words.rest_later(),
        (_, false) => words.none_waits_next(),
    };
    let back = is_later.then(|| view! { <a class="btn" href=paths::OPINIONS>{words.from_start()}</a> });
    view! {
        <div class="card">
            <Empty title=words.none_waits() next=next>{back}</Empty>
        </div>
    }
    .into_any()
}

/// The pair, and what can be said of it.
fn question(voice: Voice, opinions: &SecondOpinions, asked: OpinionAsked) -> AnyView {
    let words = Words(voice.lang);
    let subject = asked.subject.filter(|subject| !subject.trim().is_empty());
    let subject = subject.unwrap_or_else(|| words.no_subject().to_owned());
    let later = Address::new(paths::OPINIONS).with("after", Some(&asked.cursor)).into_string();
    let button = |status: PairStatus, label: &'static str, class: &'static str| {
        view! {
            <form method="post" action=GiveOpinion::url()>
                <input type="hidden" name="id" value=asked.pair_id.to_string()/>
                <input type="hidden" name="status" value=status.as_str()/>
                <button class=class>{label}</button>
            </form>
        }
    };
    let cut = asked.truncated.then(|| view! { <p class="muted small">{words.truncated()}</p> });
    view! {
        <section class="card answer" aria-labelledby="asked-title">
            <header class="meta">
                <h2 id="asked-title" dir="auto">{subject}</h2>
                <span class="push">{asked.replied_at.map(|at| view! { <Ago voice at/> })}</span>
                <span class="break">{asked.account_display_name}</span>
            </header>
            <div class="two">
                <div class="side" role="group" aria-label=words.client()>
                    <h3>{words.client()}</h3>
                    <div class="text" dir="auto" lang=asked.client_language>{asked.client_text}</div>
                </div>
                <div class="side" role="group" aria-label=words.reply()>
                    <h3>{words.reply()}</h3>
                    <div class="text" dir="auto" lang=asked.reply_language>{asked.our_reply_text}</div>
                </div>
            </div>
            {cut}
            <footer class="pad row">
                {button(PairStatus::Approved, words.approve(), "btn primary")}
                {button(PairStatus::Rejected, words.reject(), "btn")}
                <a class="btn quiet" href=later>{words.later()}</a>
                <span class="muted small">{words.waiting(voice.count(&nouns::PAIR, opinions.waiting))}</span>
            </footer>
        </section>
    }
    .into_any()
}

fn said(words: Words, status: PairStatus) -> &'static str {
    match status {
        PairStatus::Approved => words.approved(),
        PairStatus::Rejected | PairStatus::New => words.rejected(),
    }
}

fn disagreements(voice: Voice, opinions: &SecondOpinions) -> Option<AnyView> {
    let words = Words(voice.lang);
    if opinions.disagreements.is_empty() {
        return None;
    }
    let rows = opinions.disagreements.iter().map(|one| disagreement(voice, one)).collect_view();
    let left_out = opinions.disagreement_count - i64::try_from(opinions.disagreements.len()).unwrap_or(0);
    let more = (left_out > 0).then(|| view! { <p class="pad small muted">{words.more(voice.number(left_out))}</p> });
    Some(
        view! {
            <section class="card" aria-labelledby="disagreements-title">
                <h2 id="disagreements-title" class="pad">{words.disagreements()}</h2>
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">{words.pair()}</th>
                            <th scope="col">{words.first()}</th>
                            <th scope="col">{words.second()}</th>
                            <th scope="col">{words.what_holds()}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                {more}
            </section>
        }
        .into_any(),
    )
}

fn disagreement(voice: Voice, one: &Disagreement) -> AnyView {
    let words = Words(voice.lang);
    let subject = one.subject.clone().filter(|subject| !subject.trim().is_empty());
    let subject = subject.unwrap_or_else(|| words.no_subject().to_owned());
    let open = Address::new(paths::TRAINING)
        .with("status", Some("all"))
        .with("pair", Some(one.pair_id.to_string()))
        .into_string();
    let who = |name: &Option<String>| name.clone().unwrap_or_else(|| words.deleted_user().to_owned());
    let button = |status: PairStatus, label: &'static str| {
        view! {
            <form method="post" action=SettleOpinion::url()>
                <input type="hidden" name="id" value=one.pair_id.to_string()/>
                <input type="hidden" name="status" value=status.as_str()/>
                <button class="btn small">{label}</button>
            </form>
        }
    };
    view! {
        <tr>
            <th scope="row" class="break" dir="auto"><a href=open>{subject}</a></th>
            <td data-label=words.first()>{said(words, one.first_status)} ", " {who(&one.first_by)}</td>
            <td data-label=words.second()>{said(words, one.second_status)} ", " {who(&one.second_by)}</td>
            <td data-label=words.what_holds()>
                <div class="row tight">
                    {button(PairStatus::Approved, words.approve())}
                    {button(PairStatus::Rejected, words.reject())}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// A number between -1 and 1, with two places.
fn decimal(voice: Voice, value: f64) -> String {
    let number = format!("{value:.2}").replace('-', "−");
    if voice.lang == crate::prefs::Lang::En { number } else { number.replace('.', ",") }
}

fn agreement(voice: Voice, agreement: &Agreement) -> Option<AnyView> {
    let words = Words(voice.lang);
    if agreement.pairs == 0 {
        return None;
    }
    let same = agreement.both_approved + agreement.both_rejected;
    let kappa = match agreement.kappa {
        Some(Kappa { value, low, high }) => {
            words.kappa(decimal(voice, value), decimal(voice, low), decimal(voice, high))
        }
        None => words.no_kappa().to_owned(),
    };
    let row = |label: &'static str, pairs: i64| {
        view! { <tr><th scope="row">{label}</th><td data-label=words.pairs()>{voice.number(pairs)}</td></tr> }
    };
    Some(
        view! {
            <section class="card pad stack" aria-labelledby="agreement-title">
                <h2 id="agreement-title">{words.agreement()}</h2>
                <p>{words.same(voice.number(same), voice.count(&nouns::PAIR, agreement.pairs))}</p>
                <p>{kappa}</p>
                <p class="muted small">{words.kappa_about()}</p>
                <details class="small">
                    <summary>{words.numbers()}</summary>
                    <table class="list">
                        <thead>
                            <tr><th scope="col">{words.opinions()}</th><th scope="col">{words.pairs()}</th></tr>
                        </thead>
                        <tbody>
                            {row(words.both_approved(), agreement.both_approved)}
                            {row(words.both_rejected(), agreement.both_rejected)}
                            {row(words.first_approved(), agreement.first_approved)}
                            {row(words.second_approved(), agreement.second_approved)}
                        </tbody>
                    </table>
                </details>
            </section>
        }
        .into_any(),
    )
}

/// Of how many pairs a second opinion is asked.
fn share(visit: &Visit, share: i64) -> AnyView {
    let words = Words(visit.lang());
    let value = visit.typed("share").unwrap_or_else(|| share.to_string());
    view! {
        <section class="card pad stack" aria-labelledby="share-title">
            <h2 id="share-title">{words.share_title()}</h2>
            <p class="muted">{words.share_about()}</p>
            <form method="post" action=SetOpinionShare::url() class="row end-aligned">
                <Field id="share" label=words.share()>
                    <input class="input" type="number" id="share" name="share" min="0" max="100" required value=value/>
                </Field>
                <button class="btn">{words.save()}</button>
            </form>
        </section>
    }
    .into_any()
}

texts! {
    /// Second opinions.
    pub(super) Words:
    title: "Second opinions" | "Вторые мнения";
    about: "A share of the reviewed pairs is shown to another reviewer, who does not see the first decision." | "Часть проверенных пар видит ещё один проверяющий. Первого решения он не видит.";
    back: "Back to the review" | "К проверке";
    none_waits: "Nothing waits for your opinion" | "Вашего мнения пока ничто не ждёт";
    none_waits_next: "Pairs that somebody else decides appear here." | "Здесь появятся пары, решение по которым принял кто-то другой.";
    none_asked: "No second opinions are asked for. An administrator can choose a share below." | "Вторые мнения сейчас не запрашиваются. Долю пар задаёт администратор на этой странице.";
    rest_later: "You left the others for later." | "Остальные вы отложили.";
    from_start: "Show them again" | "Показать снова";
    client: "The client wrote" | "Клиент написал";
    reply: "We replied" | "Мы ответили";
    no_subject: "(no subject)" | "(без темы)";
    truncated: "The texts are very long: only their beginnings are shown." | "Тексты очень длинные: показано только начало.";
    approve: "Approve" | "Одобрить";
    reject: "Reject" | "Отклонить";
    later: "Later" | "Позже";
    waiting(pairs): "Waiting for you: {pairs}" | "Ждут вас: {pairs}";
    agrees: "Saved. The first reviewer decided the same." | "Сохранено. Первый проверяющий решил так же.";
    disagrees: "Saved. The first reviewer decided otherwise: the pair waits to be settled below." | "Сохранено. Первый проверяющий решил иначе: пара ждёт окончательного решения ниже.";
    settled_done: "Settled." | "Решено.";
    disagreements: "Disagreements" | "Разногласия";
    pair: "Pair" | "Пара";
    first: "First reviewer" | "Первый проверяющий";
    second: "Second reviewer" | "Второй проверяющий";
    what_holds: "Decide" | "Решить";
    approved: "approved" | "одобрено";
    rejected: "rejected" | "отклонено";
    deleted_user: "deleted user" | "удалённый пользователь";
    more(n): "And {n} more." | "И ещё {n}.";
    agreement: "Agreement" | "Согласие";
    same(same, pairs): "The same decision: {same} of {pairs}." | "Одинаковых решений: {same} из {pairs}.";
    kappa(value, low, high): "Cohen’s kappa: {value} (95% interval {low} to {high})." | "Каппа Коэна: {value} (95-процентный интервал от {low} до {high}).";
    no_kappa: "Cohen’s kappa needs both decisions to occur." | "Для каппы Коэна нужны решения обоих видов.";
    kappa_about: "1 is full agreement, 0 is what chance alone would give." | "1 — полное согласие, 0 — столько же, сколько дала бы случайность.";
    numbers: "Show the numbers" | "Показать числа";
    opinions: "Opinions" | "Мнения";
    pairs: "Pairs" | "Пары";
    both_approved: "Both approved" | "Оба одобрили";
    both_rejected: "Both rejected" | "Оба отклонили";
    first_approved: "Only the first approved" | "Одобрил только первый";
    second_approved: "Only the second approved" | "Одобрил только второй";
    share_title: "How many" | "Сколько";
    share_about: "Chosen at random among the pairs that are decided from now on. 0 asks for none." | "Выбираются случайно из пар, по которым примут решение с этого момента. 0 — не запрашивать.";
    share: "Of 100 decided pairs" | "Из 100 пар с решением";
    share_set(n): "A second opinion is asked on {n} of 100 pairs." | "Второе мнение запрашивается по {n} парам из 100.";
    share_none: "Second opinions are no longer asked for." | "Вторые мнения больше не запрашиваются.";
    save: "Save" | "Сохранить";
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let voice = |lang| Voice { lang, now: DateTime::UNIX_EPOCH };
        assert_eq!(decimal(voice(Lang::En), -0.256), "−0.26");
        assert_eq!(decimal(voice(Lang::Ru), 0.5), "0,50");
    }
}
