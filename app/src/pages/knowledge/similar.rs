//! `/admin/knowledge-base/similar`: what did we answer to this? A client's message goes in, the nearest past cases come out. A form does
//! all of it; it posts, because mail belongs into no address.

use leptos::prelude::*;
use replybook::{
    accounts,
    knowledge::{self, Asked, MAX_QUESTION},
    types::{AccountChoices, AccountId, InvalidCode, PairSource, PastCase, PastCases, Problem, ThreadId},
};

use super::{both_sides, similar_words::Words};
use crate::{
    page::{Audience, Page, Visit},
    paths, problems,
    shell::Head,
    ui::{
        accounts::unmatched_account,
        languages::language_name,
        parts::{Empty, Pill, Tone},
        times::Ago,
        url::Address,
        vector_words,
        words::nouns,
    },
    words::Voice,
};

/// From this share on, a match is called close.
const CLOSE: f64 = 0.3;
/// From this share on, it is called partial; below, faint.
const PARTIAL: f64 = 0.12;
/// How old answers may be, in days.
const AGES: [i64; 3] = [30, 180, 365];
/// What the choice of all mailboxes is called in the form.
const ALL: &str = "all";

/// The page, and what it was asked.
pub struct Similar {
    text: String,
    thread: Option<ThreadId>,
    /// No client wrote in the thread that was named.
    is_silent: bool,
    account: Option<AccountId>,
    all: bool,
    language: Option<String>,
    within_days: Option<i64>,
    accounts: AccountChoices,
    /// To whom a question goes for its vector, where it leaves the server.
    goes_to: Option<String>,
    /// `None` while nothing is asked, or no mailbox is chosen.
    found: Option<Result<PastCases, Problem>>,
}

impl Page for Similar {
    const ROUTE: &'static str = paths::SIMILAR;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        // Mail of several mailboxes is put together for admins alone, and only when they say so.
        let all = visit.is_admin() && visit.query("account") == Some(ALL);
        let named = visit.query("account").filter(|named| *named != ALL);
        let (chosen, accounts) = accounts::choose(domain, named, None).await?;
        let thread = visit.query_as::<ThreadId>("thread");
        let standing = match thread {
            Some(thread) => knowledge::standing_question(domain, thread).await?,
            None => None,
        };
        let only = accounts.listed.as_deref().filter(|listed| listed.len() == 1);
        let account = chosen
            .or(standing.as_ref().map(|standing| standing.account))
            .or(only.and_then(|listed| listed.first()).map(|account| account.id))
            .filter(|_| !all);
        let typed = visit.query("q").map(ToOwned::to_owned);
        let text = typed.or(standing.as_ref().map(|standing| standing.text.clone())).unwrap_or_default();
        let language = visit.query("language").map(ToOwned::to_owned);
        let within_days = visit.query_as::<i64>("days").filter(|days| AGES.contains(days));
        let is_silent = thread.is_some() && standing.is_none();
        let found = if text.is_empty() && visit.was_sent("q") {
            Some(Err(Problem::invalid("text", InvalidCode::QuestionMissing)))
        } else if text.is_empty() || (account.is_none() && !all) {
            None
        } else {
            let (subject, without) = standing.map(|own| (own.subject, own.pairs)).unwrap_or_default();
            let limit = knowledge::FOUND;
            let language = language.clone();
            let asked = Asked { text: text.clone(), subject, account, language, within_days, without, limit };
            match knowledge::search(domain, asked).await {
                found @ (Ok(_) | Err(Problem::Invalid { .. } | Problem::Busy { .. })) => Some(found),
                Err(problem) => return Err(problem),
            }
        };
        let goes_to = knowledge::questions_go_to(domain).await?;
        Ok(Self { goes_to, text, thread, is_silent, account, all, language, within_days, accounts, found })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let back = Address::new(paths::KNOWLEDGE).into_string();
        let unmatched = unmatched_account(voice.lang, &self.accounts);
        let about = match &self.goes_to {
            Some(model) => format!("{} {}", words.about(), words.leaves(model)),
            None => format!("{} {}", words.about(), words.stays()),
        };
        let form = self.form(voice, visit.is_admin());
        let wants_account = !self.text.is_empty() && self.account.is_none() && !self.all;
        let choose = wants_account.then(|| {
            view! { <p class="notice warn" role="status">{words.choose_first()}</p> }
        });
        let found = self.found.map(|found| match found {
            Ok(found) => results(voice, &found, self.accounts.number > 1),
            Err(problem) => {
                view! { <p class="notice warn" role="status">{problems::text(&problem, voice.lang)}</p> }.into_any()
            }
        });
        view! {
            <p class="small"><a href=back>{words.back()}</a></p>
            <Head title=words.title() about/>
            {form}
            {unmatched}
            {choose}
            {found}
        }
        .into_any()
    }
}

impl Similar {
    fn form(&self, voice: Voice, is_admin: bool) -> AnyView {
        let words = Words(voice.lang);
        let note = match (self.thread, self.is_silent) {
            (Some(_), true) => Some(words.nothing_from_thread()),
            (Some(_), false) => Some(words.from_thread()),
            (None, _) => None,
        };
        let note = note.map(|note| view! { <p class="muted small" id="q-note">{note}</p> });
        let thread = self.thread.map(|thread| view! { <input type="hidden" name="thread" value=thread.to_string()/> });
        let account = (self.accounts.number > 1).then(|| self.account_field(words, is_admin));
        view! {
            <form method="post" action=paths::SIMILAR class="card pad stack asks" autocomplete="off">
                {thread}
                <label class="stack" for="q">
                    <span>{words.message()}</span>
                </label>
                <textarea
                    class="input"
                    id="q"
                    name="q"
                    rows="7"
                    maxlength=MAX_QUESTION.to_string()
                    required
                    dir="auto"
                >
                    {self.text.clone()}
                </textarea>
                {note}
                <div class="filters">
                    {account}
                    {self.language_field(voice)}
                    {self.age_field(words)}
                    <button class="btn primary">{words.find()}</button>
                </div>
            </form>
        }
        .into_any()
    }

    fn account_field(&self, words: Words, is_admin: bool) -> AnyView {
        let field = match &self.accounts.listed {
            Some(listed) => {
                let options = listed.iter().map(|account| {
                    let is_chosen = self.account == Some(account.id);
                    let name = account.display_name.clone();
                    view! { <option value=account.id.to_string() selected=is_chosen>{name}</option> }
                });
                let all = is_admin.then(|| view! { <option value=ALL selected=self.all>{words.all()}</option> });
                view! {
                    <select name="account" required>
                        <option value="">{words.choose()}</option>
                        {options.collect_view()}
                        {all}
                    </select>
                }
                .into_any()
            }
            None => {
                let named = self.accounts.chosen.as_ref().map(|account| account.external_account_id.clone());
                let value = named.or_else(|| self.accounts.unmatched.clone());
                view! {
                    <input type="search" name="account" maxlength="254" placeholder=words.address() value=value required/>
                }
                .into_any()
            }
        };
        view! {
            <label class="filter">
                <span>{words.account()}</span>
                {field}
            </label>
        }
        .into_any()
    }

    fn age_field(&self, words: Words) -> AnyView {
        let options = AGES.map(|days| {
            let name = match days {
                30 => words.month(),
                180 => words.half_year(),
                _ => words.year(),
            };
            let is_chosen = self.within_days == Some(days);
            view! { <option value=days.to_string() selected=is_chosen>{name}</option> }
        });
        view! {
            <label class="filter">
                <span>{words.age()}</span>
                <select name="days">
                    <option value="">{words.any_age()}</option>
                    {options.into_iter().collect_view()}
                </select>
            </label>
        }
        .into_any()
    }

    fn language_field(&self, voice: Voice) -> Option<AnyView> {
        let words = Words(voice.lang);
        let mut codes = match &self.found {
            Some(Ok(found)) => found.languages.clone(),
            _ => Vec::new(),
        };
        if let Some(chosen) = self.language.as_ref().filter(|chosen| !codes.contains(chosen)) {
            codes.push(chosen.clone());
        }
        // Nothing to choose from.
        if codes.len() < 2 && self.language.is_none() {
            return None;
        }
        let options = codes.into_iter().map(|code| {
            let name = language_name(voice.lang, &code);
            let is_chosen = self.language.as_ref() == Some(&code);
            view! { <option value=code selected=is_chosen>{name}</option> }
        });
        Some(
            view! {
                <label class="filter">
                    <span>{words.language()}</span>
                    <select name="language">
                        <option value="">{words.any_language()}</option>
                        {options.collect_view()}
                    </select>
                </label>
            }
            .into_any(),
        )
    }
}

/// What was found, the nearest first.
fn results(voice: Voice, found: &PastCases, has_several: bool) -> AnyView {
    let words = Words(voice.lang);
    let searched = words.searched(voice.count(&nouns::ANSWER, found.searched));
    let vectors = vector_words::says(voice.lang, &found.vectors);
    let left_out = found.older_left_out.then(|| view! { <p class="notice warn">{words.left_out()}</p> });
    if found.searched == 0 {
        return view! {
            <div class="card">
                <Empty title=words.none_yet() next=words.none_yet_next()/>
            </div>
        }
        .into_any();
    }
    let list = if found.items.is_empty() {
        view! {
            <div class="card">
                <Empty title=words.none() next=words.none_next()/>
            </div>
        }
        .into_any()
    } else {
        let cases = found.items.iter().map(|case| past_case(voice, case, has_several)).collect_view();
        view! { <ol class="answers">{cases}</ol> }.into_any()
    };
    view! {
        <section aria-labelledby="found" class="stack">
            <div class="bar-row">
                <h2 id="found">{words.results()}</h2>
                <p class="muted">{searched}</p>
            </div>
            <p class="muted small">{vectors}</p>
            {left_out}
            {list}
        </section>
    }
    .into_any()
}

fn past_case(voice: Voice, case: &PastCase, has_several: bool) -> AnyView {
    let (words, common) = (Words(voice.lang), super::words::Words(voice.lang));
    let pair = &case.pair;
    let id = pair.id;
    let subject = pair.subject.clone().filter(|subject| !subject.trim().is_empty());
    let subject = subject.unwrap_or_else(|| common.no_subject().to_owned());
    let name = format!("“{subject}”");
    let open =
        Address::new(paths::TRAINING).with("status", Some("approved")).with("pair", Some(id.to_string())).into_string();
    let thread = pair.email_thread_id.map(|thread| view! { <a href=paths::thread(thread)>{common.thread()}</a> });
    let (tone, nearness) = match case.score {
        score if score >= CLOSE => (Tone::Good, words.close()),
        score if score >= PARTIAL => (Tone::Idle, words.partial()),
        _ => (Tone::Idle, words.faint()),
    };
    let percent = percent(case.score);
    let source = match pair.source {
        PairSource::Same => None,
        PairSource::Changed => Some(words.changed()),
        PairSource::Gone => Some(words.gone()),
        PairSource::Deleted => Some(words.deleted()),
    };
    let alike = (case.alike > 1).then(|| words.alike(voice.count(&nouns::ANSWER, case.alike)));
    let matched = (!case.words.is_empty()).then(|| {
        let marks = case.words.iter().map(|word| view! { <li><mark>{word.clone()}</mark></li> }).collect_view();
        view! {
            <div class="matched small">
                <span class="muted" id=format!("why-{id}")>{words.matched()}</span>
                <ul aria-labelledby=format!("why-{id}")>{marks}</ul>
            </div>
        }
    });
    // Words are reason enough, where there are some.
    let meaning = (case.words.is_empty() && case.by_vector.is_some())
        .then(|| view! { <p class="muted small">{words.in_meaning()}</p> });
    let replied = pair.reply_sent_at.map(|at| view! { <span>{words.replied()} " " <Ago voice at/></span> });
    view! {
        <li class="card answer" id=format!("a-{id}")>
            <header class="meta">
                <h3><a class="subject" href=open aria-label=format!("{}: {subject}", words.pair()) dir="auto">{subject.clone()}</a></h3>
                <Pill tone text=nearness/>
                <span class="nearness">
                    <progress class="bar" max="100" value=percent.to_string() aria-label=nearness></progress>
                    <span class="muted small">{words.share(percent)}</span>
                </span>
                {source.map(|text| view! { <Pill tone=Tone::Warn text/> })}
                <span class="push small muted">{replied}</span>
                {has_several.then(|| view! { <span class="break">{pair.account_display_name.clone()}</span> })}
                {pair.edited.then(|| view! { <span class="tag">{common.edited()}</span> })}
                {thread}
            </header>
            {alike.map(|alike| view! { <p class="muted small alike">{alike}</p> })}
            {matched}
            {meaning}
            {both_sides(common, pair, name)}
        </li>
    }
    .into_any()
}

/// A share in whole percent; what matches at all is never none.
fn percent(share: f64) -> u8 {
    (share * 100.0).round().clamp(1.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_whole_percent() {
        assert_eq!([0.0, 0.004, 0.126, 0.999, 1.0].map(percent), [1, 1, 13, 100, 100]);
    }
}
