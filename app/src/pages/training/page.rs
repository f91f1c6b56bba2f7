//! The page as the server renders it.

use std::collections::HashMap;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    Domain, accounts,
    pairs::{self, Review},
    types::{
        AccountChoices, AccountId, Actor, PairCounts, PairFilter, PairQuery, PairSort, PairStatus, Problem, ReviewStep,
        TrainingPair, UserId,
    },
};

use super::{
    api::UndoStep,
    around::{List, above, below},
    data::{Board, Opened, Row, Rows, Segment, Verdict},
    dialog::marked,
    diff, island,
    list::reason_fields,
    marks,
    place::{Ask, Place, ask, open_pair},
    sheet, turns,
    words::Words,
};
use crate::{
    json::Given,
    page::{Audience, Page, Script, Visit},
    paths,
    prefs::Lang,
    problems,
    request::keys_of,
    shell::{Head, KEYS},
    ui::{
        forms::{Dialog, told_inside},
        keys::{Command, hint},
        parts::Moment,
        words::{Common, nouns},
    },
    words::{Voice, texts},
};

/// How many pairs a page of the list holds.
const PER_PAGE: i64 = 30;
/// How many characters of a text the list shows.
const PREVIEW: usize = 200;
/// So much of replies that are compared with each other.
const COMPARED: usize = 1_000;

/// The page: the list, the pair that its address opens, and the question before a large act.
pub struct Training {
    board: Board,
    list: List,
    asked: Option<(Ask, PairCounts)>,
    /// The person's last step, which can be taken back.
    last: Option<ReviewStep>,
}

/// What a query asks for. An account can be named by its address.
struct Wanted {
    place: Place,
    query: PairQuery,
    accounts: AccountChoices,
}

async fn wanted(domain: &Domain, query: impl Fn(&str) -> Option<String>) -> Result<Wanted, Problem> {
    let mut place = Place::from_query(&query);
    let named = query("account");
    let (account, accounts) = accounts::choose(domain, named.as_deref(), place.provider.as_deref()).await?;
    place.account = account;
    let filter = PairFilter {
        status: place.status,
        provider: place.provider.clone(),
        account_id: place.account,
        group: place.group.clone(),
        one_per_group: place.group.is_none(),
    };
    let query = PairQuery { filter, text: place.q.clone(), sort: place.sort };
    Ok(Wanted { place, query, accounts })
}

/// A page of the list with what the filters offer.
struct Listed {
    place: Place,
    review: Review,
    accounts: AccountChoices,
    /// Why the search cannot be used.
    refused: Option<String>,
    /// See [`first_of_group`].
    first: Option<TrainingPair>,
}

/// The page of the list that a query names.
async fn listed(
    domain: &Domain,
    query: impl Fn(&str) -> Option<String>,
    me: Option<UserId>,
    lang: Lang,
) -> Result<Listed, Problem> {
    let Wanted { place, query, accounts } = wanted(domain, query).await?;
    let mut refused = None;
    let review = match pairs::review(domain, &query, me, place.cursor.as_deref(), PER_PAGE, place.facets).await {
        // A search that is not understood stays in its field, with what is wrong; beside it is what there is without it.
        Err(problem) if is_of_search(&problem) => {
            refused = Some(problems::text(&problem, lang));
            let query = PairQuery { text: None, sort: PairSort::default(), ..query.clone() };
            let mut review = pairs::review(domain, &query, me, None, PER_PAGE, place.facets).await?;
            review.page.items.clear();
            review.page.next_cursor = None;
            review
        }
        review => review?,
    };
    let first = if refused.is_none() { first_of_group(domain, &place, &query).await? } else { None };
    Ok(Listed { place, review, accounts, refused, first })
}

/// A further page of the list, for a browser that shows the one before.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no page gave out.
pub(super) async fn rows(domain: &Domain, me: UserId, voice: Voice, query: &str) -> Result<Rows, Problem> {
    let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let Wanted { place, query, accounts } = wanted(domain, |name| query.get(name).cloned()).await?;
    let page = pairs::find(domain, &query, Some(me), place.cursor.as_deref(), PER_PAGE, 0).await?;
    let first = first_of_group(domain, &place, &query).await?;
    let rows = rows_of(&page.items, first.as_ref(), voice, &place, accounts.number > 1);
    Ok(Rows { place, rows, next_cursor: page.next_cursor })
}

/// In the list of a group, the pair that others are compared with, where it is not on the page itself.
async fn first_of_group(domain: &Domain, place: &Place, query: &PairQuery) -> Result<Option<TrainingPair>, Problem> {
    if place.group.is_none() || place.cursor.is_none() {
        return Ok(None);
    }
    Ok(pairs::find(domain, query, None, None, 1, 0).await?.items.into_iter().next())
}

/// What a pair is called when something is said of it.
pub(super) fn name_of(pair: &TrainingPair) -> String {
    match pair.subject.as_deref().filter(|subject| !subject.trim().is_empty()) {
        Some(subject) => format!("“{subject}”"),
        None => format!("“{}”", preview(&pair.client_text, 60)),
    }
}

impl Page for Training {
    const ROUTE: &'static str = paths::TRAINING;
    const AUDIENCE: Audience = Audience::Reviewers;
    const SCRIPTS: &'static [Script] = &[Script::Islands, Script::Picks, Script::Review];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let (domain, voice) = (&visit.scope.domain, visit.voice());
        let query = |name: &str| visit.query(name).map(ToOwned::to_owned);
        let me = visit.scope.user.as_ref().map(|user| user.id);
        let Listed { place, review, accounts, refused, first } = listed(domain, query, me, voice.lang).await?;
        let open = match open_pair(query).zip(me) {
            None => None,
            Some((id, me)) => Some(match pairs::open(domain, id).await {
                Ok(open) => {
                    let keys = keys_of(domain, me).await?;
                    Opened::Pair(Box::new(sheet::sheet(&open, voice, &keys, place.view)))
                }
                Err(problem @ Problem::NotFound { .. }) => Opened::Refused(problems::text(&problem, voice.lang)),
                Err(problem) => return Err(problem),
            }),
        };
        let views = match me {
            Some(me) => pairs::views(domain, me).await?,
            None => Vec::new(),
        };
        let asked = ask(query).zip(review.group_counts);
        let rows = rows_of(&review.page.items, first.as_ref(), voice, &place, accounts.number > 1);
        let steps = match &visit.scope.user {
            Some(user) => pairs::steps(domain, Actor::page(user.id)).await?.items,
            None => Vec::new(),
        };
        let guidelines = pairs::guidelines(domain).await?.filter(|guidelines| !guidelines.text.is_empty());
        let next_cursor = review.page.next_cursor;
        let list = List {
            can_connect: visit.is_admin(),
            next_cursor: next_cursor.clone(),
            counts: review.counts,
            at_least: review.at_least,
            facets: review.facets,
            tags: pairs::known_tags(domain).await?,
            reviewers: pairs::reviewers(domain).await?,
            guidelines,
            views,
            not_searchable_yet: review.page.not_searchable_yet,
            refused,
            accounts,
            group_counts: review.group_counts,
        };
        Ok(Self {
            board: Board { lang: voice.lang, place, rows, next_cursor, open },
            list,
            asked,
            last: steps.into_iter().next(),
        })
    }

    fn title(&self, visit: &Visit) -> String {
        PageWords(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = PageWords(visit.lang());
        let Self { board, list, asked, last } = self;
        let undo = last.map(|step| undo_form(visit, &board, &step));
        // An account that was named by its address stands by its id in the address from now on: so the island reads it.
        let is_named = visit.query("account").is_some_and(|wanted| wanted.parse::<AccountId>().is_err());
        let once = (is_named && board.open.is_none()).then(|| board.place.address(None));
        let question = asked.map(|(ask, counts)| question(visit, &board, ask, counts));
        let has_rows = !board.rows.is_empty();
        let above = above(visit.voice(), &board, &list);
        let below = below(&board, list);
        view! {
            <Head title=words.title() about=words.about()>
                {undo}
                <button type="button" class="btn quiet wide-only needs-script" command="show-modal" commandfor=KEYS>
                    {words.keys_hint()} " " <kbd>"?"</kbd>
                </button>
            </Head>
            {once.map(|once| view! { <i hidden data-once=once></i> })}
            {question}
            {has_rows.then(|| view! { <a class="skip" href="#pairs">{words.skip_to_pairs()}</a> })}
            {above}
            <island::Review board=Given(board)/>
            {below}
        }
        .into_any()
    }
}

/// Whether it is the search that cannot be used.
fn is_of_search(problem: &Problem) -> bool {
    matches!(problem, Problem::Invalid { field, .. } if field == "q")
}

/// The button that takes back the person's last step, with scripts and without.
fn undo_form(visit: &Visit, board: &Board, step: &ReviewStep) -> AnyView {
    let (words, voice) = (Words(visit.lang()), visit.voice());
    let what = if let Some(tag) = &step.tag {
        PageWords(visit.lang()).tag(tag)
    } else if step.assigned {
        PageWords(visit.lang()).assigned().to_owned()
    } else if step.edited {
        words.edit().to_lowercase()
    } else if step.regrouped {
        turns::TurnWords(visit.lang()).step().to_owned()
    } else {
        step.status.map(|status| words.status_word(status).to_owned()).unwrap_or_default()
    };
    let is_of_one = step.pairs == 1 && step.bulk_decision_id.is_none();
    let what = if is_of_one { what } else { format!("{what}, {}", voice.count(&nouns::PAIR, step.pairs)) };
    // With scripts there may have been later ones by now.
    let which = format!(": {what}, {}", voice.ago(step.at));
    view! {
        <form method="post" action=UndoStep::url() id=island::UNDO>
            <input type="hidden" name="then" value=board.place.address(None)/>
            <button class="btn quiet">
                {words.undo_last()} <span class="without-script">{which}</span> " " <kbd>{hint(Command::Undo)}</kbd>
            </button>
        </form>
    }
    .into_any()
}

/// The question before all pairs of a group are decided at once.
fn question(visit: &Visit, board: &Board, ask: Ask, counts: PairCounts) -> AnyView {
    let (lang, voice) = (visit.lang(), visit.voice());
    let (words, place) = (Asked(lang), &board.place);
    let (back, group) = (place.address(None), place.group.clone());
    let pairs = |count| voice.count(&nouns::PAIR_OBJECT, count);
    let (title, status, keep) = match ask {
        Ask::All(PairStatus::Approved) => (words.approve(pairs(counts.new)), PairStatus::Approved, None),
        Ask::All(_) => (words.reject(pairs(counts.new)), PairStatus::Rejected, None),
        Ask::KeepOne(id) => (words.keep(pairs((counts.new - 1).max(0))), PairStatus::Rejected, Some(id.to_string())),
    };
    let shown = keep.as_ref().and_then(|id| board.rows.iter().find(|row| row.id.to_string() == *id));
    let shown = shown.map(|row| {
        view! { <blockquote class="text" dir="auto" lang=row.reply_lang.clone()>{marked(&row.reply_preview, true)}</blockquote> }
            .into_any()
    });
    let told = told_inside(visit);
    let why = (status == PairStatus::Rejected)
        .then(|| view! { <div class="row tight">{reason_fields(lang)}</div> }.into_any());
    view! {
        <Dialog lang title=title.clone() close=back.clone()>
            <div class="dialog-body stack">
                {told}
                {shown}
                <p>{words.about()}</p>
            </div>
            <footer class="dock">
                <form method="post" action=super::forms::DecideGroup::url() class="row tight">
                    {why}
                    <input type="hidden" name="group" value=group/>
                    <input type="hidden" name="expected" value=counts.new.to_string()/>
                    <input type="hidden" name="status" value=status.as_str()/>
                    {keep.map(|id| view! { <input type="hidden" name="keep" value=id/> })}
                    <input type="hidden" name="then" value=back.clone()/>
                    <button class="btn primary">{words.yes()}</button>
                </form>
                <a class="btn" href=back>{Common(lang).cancel()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The lines of a page. In the list of a group, each is compared with `first`, which is the first of this page where it is not given.
fn rows_of(
    pairs: &[TrainingPair],
    first: Option<&TrainingPair>,
    voice: Voice,
    place: &Place,
    names_account: bool,
) -> Vec<Row> {
    let first = first.or(pairs.first()).filter(|_| place.group.is_some());
    pairs
        .iter()
        .map(|pair| Row { reply_preview: reply_of(pair, first), ..row(pair, voice, place, names_account) })
        .collect()
}

/// The beginning of a reply; beside others that say nearly the same more of it, with what differs from the first of them.
fn reply_of(pair: &TrainingPair, first: Option<&TrainingPair>) -> Vec<Segment> {
    match first {
        None => vec![Segment { text: preview(&pair.our_reply_text, PREVIEW), differs: false }],
        Some(first) => {
            diff::compare(&preview(&first.our_reply_text, COMPARED), &preview(&pair.our_reply_text, COMPARED)).1
        }
    }
}

fn row(pair: &TrainingPair, voice: Voice, place: &Place, names_account: bool) -> Row {
    let labels = pair.labels.as_ref();
    Row {
        id: pair.id,
        account_name: names_account.then(|| pair.account_display_name.clone()),
        subject: pair.subject.clone(),
        client_preview: preview(&pair.client_text, PREVIEW),
        reply_preview: Vec::new(),
        client_lang: labels.and_then(|labels| labels.client_language.clone()),
        reply_lang: labels.and_then(|labels| labels.reply_language.clone()),
        verdict: Verdict { status: pair.status, reason: pair.reject_reason },
        note: pair.reject_note.clone(),
        updated_at: pair.updated_at.into(),
        at: Moment::of(voice, pair.reply_sent_at.or(pair.client_sent_at).unwrap_or(pair.created_at)),
        // In the list of the group itself there is nothing more to go to.
        similar: sheet::similar(pair, voice).filter(|_| place.group.is_none()),
        keep: (place.group.is_some() && pair.status == PairStatus::New).then(|| Ask::KeepOne(pair.id).address(place)),
        flag: sheet::flag(pair, voice.lang),
        marks: marks::of_row(pair, voice),
    }
}

/// The first `limit` characters of a text on one line, cut at a word where one ends near by.
pub(crate) fn preview(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        let gap = usize::from(length > 0);
        if length + gap + word_length <= limit {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            length += gap + word_length;
        } else {
            if length == 0 {
                line.extend(word.chars().take(limit));
            }
            line.push('…');
            break;
        }
    }
    line
}

texts! {
    /// The head of the page.
    PageWords:
    title: "AI Email Training" | "Обучение AI на почте";
    about: "Each pair is what a client wrote and what your team answered. Approve the answers worth repeating." | "Пара — это письмо клиента и ответ вашей команды. Одобряйте ответы, которые стоит повторять.";
    tag(name): "tag “{name}”" | "метка «{name}»";
    assigned: "assignment" | "назначение";
    skip_to_pairs: "Skip to the pairs" | "К парам";
    keys_hint: "Shortcuts" | "Клавиши";
}

texts! {
    /// The question before a large act.
    Asked:
    approve(pairs): "Approve {pairs}?" | "Одобрить {pairs}?";
    reject(pairs): "Reject {pairs}?" | "Отклонить {pairs}?";
    keep(others): "Approve this one and reject {others}?" | "Одобрить эту и отклонить {others}?";
    about: "All of them are decided at once. You can undo it in one step." | "Решение будет принято сразу по всем. Его можно отменить одним действием.";
    yes: "Yes, decide" | "Да, решить";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_one_line_cut_at_a_word() {
        assert_eq!(preview("Hello,\n\n  world", 120), "Hello, world");
        assert_eq!(preview("one two three", 8), "one two…");
        assert_eq!(preview("Donaudampfschifffahrt", 5), "Donau…");
        assert_eq!(preview("Где счёт за сентябрь?", 9), "Где счёт…");
        assert_eq!(preview("", 5), "");
    }
}
