//! Finding pairs: the search with its operators explained, the order, and what a list can be narrowed to with how many there would be.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs::{
        MOST_NAME,
        query::{Clause, MOST_CHARS, Query},
    },
    types::{Assignee, PairFacet, PairOperator, PairSort},
};

use super::{
    around::List,
    data::Board,
    island::FILTERS,
    list::FIRST_FILTER,
    place::Place,
    said::{QualityReasons, SensitiveKinds},
    share,
    view_forms::{DeleteView, SaveView},
    words::Words,
};
use crate::{
    paths,
    prefs::Lang,
    ui::{
        accounts::account_filter,
        languages::language_name,
        tags::search_for,
        words::{Common, nouns},
    },
    words::{Voice, texts},
};

/// The id of the list of operators that the search field offers.
const OFFERED: &str = "operators";
/// The id of the link that shows what the list can be narrowed to.
const NARROW: &str = "narrow";
/// The id of what is said about a search.
const SAID: &str = "search-said";

/// The search, the order and the filters: a plain GET form, which the island sends when something else is chosen.
pub(super) fn form(board: &Board, list: &List) -> AnyView {
    let (lang, place) = (board.lang, &board.place);
    let (words, own) = (Words(lang), FinderWords(lang));
    let provider_options = list.accounts.providers.clone().into_iter().map(|(code, name)| {
        let selected = place.provider.as_ref() == Some(&code);
        view! { <option value=code selected=selected>{name}</option> }
    });
    // One provider narrows nothing.
    let has_choice = list.accounts.providers.len() > 1 || place.provider.is_some();
    let mut accounts = list.accounts.clone();
    if let (Some(listed), Some(code)) = (&mut accounts.listed, &place.provider) {
        listed.retain(|account| account.provider_code == *code);
    }
    let account = account_filter(lang, &accounts, place.account, |account| account.display_name.clone());
    let orders = PairSort::ALL.iter().map(|sort| {
        // The order that is nobody's choice does not stand in the address.
        let value = if *sort == PairSort::default() { "" } else { sort.as_str() };
        view! { <option value=value selected=*sort == place.sort>{own.sort_word(*sort)}</option> }
    });
    let clear = place.q.is_some().then(|| {
        view! { <a class="btn quiet" href=place.with_search(None).address(None)>{words.clear_search()}</a> }
    });
    let is_refused = list.refused.is_some();
    view! {
        <form method="get" action=paths::TRAINING id=FILTERS class="filters" role="search" autocomplete="off" aria-label=words.filters()>
            <input type="hidden" name="status" value=place.status.as_str()/>
            {place.group.clone().map(|group| view! { <input type="hidden" name="group" value=group/> })}
            {place.facets.then(|| view! { <input type="hidden" name="facets" value="1"/> })}
            <div class="finder">
                <input
                    id=FIRST_FILTER
                    class="input"
                    type="search"
                    name="q"
                    maxlength=MOST_CHARS.to_string()
                    placeholder=own.placeholder()
                    aria-label=own.search_label()
                    aria-invalid=is_refused.then_some("true")
                    aria-describedby=is_refused.then_some(SAID)
                    list=OFFERED
                    spellcheck="false"
                    value=place.q.clone()
                />
                <button class="btn">{own.search()}</button>
                {clear}
            </div>
            <label class="filter">
                <span>{own.order()}</span>
                <select name="sort">{orders.collect_view()}</select>
            </label>
            {has_choice
                .then(|| {
                    view! {
                        <label class="filter">
                            <span>{words.provider()}</span>
                            <select name="provider">
                                <option value="">{words.any_provider()}</option>
                                {provider_options.collect_view()}
                            </select>
                        </label>
                    }
                })}
            {account}
            <button class="btn without-script">{Common(lang).apply()}</button>
            {offered(place, list)}
        </form>
    }
    .into_any()
}

/// What the search field offers: what is typed already with one more operator.
fn offered(place: &Place, list: &List) -> AnyView {
    let typed = place.q.as_deref().map(|q| format!("{} ", q.trim())).unwrap_or_default();
    let languages = list.facets.iter().flat_map(|facets| &facets.lang).map(|facet| format!("lang:{}", facet.value));
    let tags = list.facets.iter().flat_map(|facets| &facets.tag).map(|facet| search_for(&facet.value));
    let others = [
        "is:edited",
        "is:flagged",
        "is:tagged",
        "is:approved",
        "is:rejected",
        "quality:<60",
        "quality:>=90",
        "decided:1d",
        "decided:1w",
        "decided-by:me",
        "lang:",
        "assigned:me",
        "assigned:nobody",
        "from:",
        "to:",
        "subject:",
        "label:phone",
        "label:name",
        "label:language_mismatch",
        "before:",
        "after:",
        "account:",
    ];
    let options = languages.chain(tags).chain(others.map(str::to_owned)).map(|operator| {
        view! { <option value=format!("{typed}{operator}")></option> }
    });
    view! { <datalist id=OFFERED>{options.collect_view()}</datalist> }.into_any()
}

/// What is said about a search: what is wrong with it, and what it does not know yet.
pub(super) fn said(voice: Voice, board: &Board, list: &List) -> AnyView {
    let words = FinderWords(voice.lang);
    let refused = list.refused.clone().map(|why| {
        view! { <p class="notice bad" id=SAID role="alert">{why}</p> }
    });
    let is_search = board.place.q.is_some() || board.place.sort != PairSort::default();
    let incomplete = (is_search && list.not_searchable_yet > 0).then(|| {
        let waiting = voice.count(&nouns::PAIR, list.not_searchable_yet);
        view! { <p class="notice warn" role="status">{words.incomplete(waiting)}</p> }
    });
    view! { {refused} {incomplete} }.into_any()
}

/// What the list can be narrowed to, and how one searches.
pub(super) fn facets(voice: Voice, board: &Board, list: &List) -> AnyView {
    let words = FinderWords(voice.lang);
    let kinds = list.facets.as_ref().map(|facets| {
        let kinds = [
            (PairOperator::Lang, words.language(), &facets.lang),
            (PairOperator::Quality, words.quality(), &facets.quality),
            (PairOperator::Is, words.flags(), &facets.is),
            (PairOperator::Tag, words.tags(), &facets.tag),
            (PairOperator::Assigned, words.assigned(), &facets.assigned),
            (PairOperator::Label, words.labels(), &facets.label),
            (PairOperator::DecidedBy, words.deciders(), &facets.decided_by),
            (PairOperator::Month, words.months(), &facets.month),
        ];
        let lists =
            kinds.map(|(operator, name, values)| kind(voice, &board.place, operator, name, values, &list.reviewers));
        let lists: Vec<AnyView> = lists.into_iter().flatten().collect();
        let nothing = lists.is_empty().then(|| view! { <span class="muted small">{words.narrow_nothing()}</span> });
        view! { <div class="facet-kinds">{lists} {nothing}</div> }
    });
    // The page that it leads to has the same link, which gets the focus (`data-opens`).
    let toggle = board.place.q.is_none().then(|| {
        let label = if board.place.facets { words.narrow_no_more() } else { words.narrow() };
        let href = board.place.with_facets(!board.place.facets).address(None);
        view! { <a id=NARROW class="small" href=href data-opens="">{label}</a> }
    });
    view! {
        <div class="facets">
            {toggle}
            {share::form(voice, board, &list.reviewers, list.can_connect)}
            {views(voice, board, list)}
            <details class="small finder-help">
                <summary>{words.help()}</summary>
                {help(voice.lang)}
            </details>
            {kinds}
        </div>
    }
    .into_any()
}

/// The values of one kind, as links: one takes the place of another, and the one that is chosen leads back.
fn kind(
    voice: Voice,
    place: &Place,
    operator: PairOperator,
    name: &'static str,
    values: &[PairFacet],
    reviewers: &[Assignee],
) -> Option<AnyView> {
    let text = place.q.clone().unwrap_or_default();
    let query = Query::parse(&text).ok()?;
    let is_of_it = |clause: &Clause| !clause.negated && clause.what.operator() == Some(operator);
    let is_chosen = |value: &str| {
        let clauses = Query::parse(&asked(operator, value)).unwrap_or_default().clauses;
        query.clauses.iter().any(|one| !one.negated && clauses.iter().any(|clause| clause.what == one.what))
    };
    // One value that everything has narrows nothing.
    if values.len() < 2 && !can_be_several(operator) && !values.iter().any(|facet| is_chosen(&facet.value)) {
        return None;
    }
    let rest = |value: &str| {
        if can_be_several(operator) {
            let own = Query::parse(&asked(operator, value)).unwrap_or_default().clauses;
            query.without(&text, |one| !one.negated && own.iter().any(|clause| clause.what == one.what))
        } else {
            query.without(&text, is_of_it)
        }
    };
    let links = values.iter().map(|facet| {
        let is_chosen = is_chosen(&facet.value);
        let rest = rest(&facet.value);
        let q = if is_chosen { rest } else { format!("{rest} {}", asked(operator, &facet.value)).trim().to_owned() };
        let count = format!("{}{}", voice.number(facet.count), if facet.exact { "" } else { "+" });
        view! {
            <li>
                <a class="facet" href=place.with_search(Some(q)).address(None) aria-current=is_chosen.then_some("true")>
                    {facet_name(voice.lang, operator, &facet.value, reviewers)} " " <span class="count">{count}</span>
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    (!values.is_empty())
        .then(|| view! { <div class="facet-kind"><span>{name}</span> <ul>{links}</ul></div> }.into_any())
}

/// A language and a quality are one of several; flags and tags can be asked for together.
fn can_be_several(operator: PairOperator) -> bool {
    matches!(operator, PairOperator::Is | PairOperator::Tag | PairOperator::Label)
}

/// An operator with its value.
fn asked(operator: PairOperator, value: &str) -> String {
    if operator == PairOperator::Tag { search_for(value) } else { format!("{operator}:{value}") }
}

/// Saved searches, and a form that saves what is listed.
fn views(voice: Voice, board: &Board, list: &List) -> AnyView {
    let (words, place) = (FinderWords(voice.lang), &board.place);
    let here = place.address(None);
    let lines = list.views.iter().map(|view| {
        let of_view = Place::of_view(view);
        let is_here = of_view == place.first().with_facets(false);
        let note = match (view.own, view.shared) {
            (true, true) => Some(words.shared_by_you().to_owned()),
            (true, false) => None,
            (false, _) => Some(words.shared_by(&view.owner)),
        };
        let delete = (view.own || list.can_connect).then(|| {
            view! {
                <form method="post" action=DeleteView::url()>
                    <input type="hidden" name="id" value=view.id.to_string()/>
                    <input type="hidden" name="then" value=here.clone()/>
                    <button class="btn small quiet" aria-label=words.delete_view(&view.name)>{words.delete()}</button>
                </form>
            }
        });
        view! {
            <li class="row">
                <a href=of_view.address(None) aria-current=is_here.then_some("true")>{view.name.clone()}</a>
                {note.map(|note| view! { <span class="muted small">{note}</span> })}
                {delete}
            </li>
        }
    });
    let lines = (!list.views.is_empty()).then(|| view! { <ul class="stack">{lines.collect_view()}</ul> });
    let summary = if list.views.is_empty() {
        words.saved().to_owned()
    } else {
        format!("{} ({})", words.saved(), voice.number(i64::try_from(list.views.len()).unwrap_or(i64::MAX)))
    };
    view! {
        <details class="small finder-help">
            <summary>{summary}</summary>
            <div class="card pad stack">
                {lines}
                <form method="post" action=SaveView::url() class="filters" autocomplete="off">
                    <input type="hidden" name="status" value=place.status.as_str()/>
                    <input type="hidden" name="provider" value=place.provider.clone()/>
                    <input type="hidden" name="account" value=place.account.map(|account| account.to_string())/>
                    <input type="hidden" name="q" value=place.q.clone()/>
                    <input type="hidden" name="sort" value=place.sort.as_str()/>
                    <input type="hidden" name="then" value=here/>
                    <input
                        class="input"
                        type="text"
                        name="name"
                        required
                        maxlength=MOST_NAME.to_string()
                        placeholder=words.view_name()
                        aria-label=words.view_name()
                    />
                    <label class="check"><input type="checkbox" name="shared" value="true"/> {words.share()}</label>
                    <button class="btn">{words.save()}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

/// What a value is called.
fn facet_name(lang: Lang, operator: PairOperator, value: &str, reviewers: &[Assignee]) -> String {
    let words = FinderWords(lang);
    match (operator, value) {
        (PairOperator::Lang, "none") => words.no_language().to_owned(),
        (PairOperator::Lang, code) => language_name(lang, code),
        (PairOperator::Label, name) => {
            let found = QualityReasons(lang).named(name).or_else(|| SensitiveKinds(lang).named(name));
            found.unwrap_or(name).to_owned()
        }
        (PairOperator::Is, "edited") => words.edited().to_owned(),
        (PairOperator::Is, "flagged") => words.flagged().to_owned(),
        (PairOperator::Is, "tagged") => words.tagged().to_owned(),
        (PairOperator::Tag, name) => name.to_owned(),
        (PairOperator::Assigned, "nobody") => words.nobody().to_owned(),
        (PairOperator::Assigned, email) => {
            let known = reviewers.iter().find(|one| one.email == email);
            known.map_or_else(|| email.to_owned(), |one| one.display_name.clone())
        }
        (_, value) => value.replace("..", "–").replace(">=", "≥ ").replace('<', "< "),
    }
}

/// The operators with what they mean.
fn help(lang: Lang) -> AnyView {
    let words = FinderWords(lang);
    let lines = [
        ("refund order", words.about_words()),
        ("\"not my order\"", words.about_phrase()),
        ("-refund", words.about_not()),
        ("from:ann to:support subject:invoice", words.about_people()),
        ("lang:en", words.about_lang()),
        ("label:phone", words.about_label()),
        ("tag:billing tag:\"wrong price\"", words.about_tag()),
        ("is:edited is:flagged is:tagged is:approved", words.about_is()),
        ("quality:<60 quality:60..80", words.about_quality()),
        ("decided:1h decided:2d decided:1w", words.about_decided()),
        ("decided-by:me", words.about_decided_by()),
        ("assigned:me assigned:nobody", words.about_assigned()),
        ("after:2026-01-01 before:2026-02-01", words.about_days()),
        ("month:2026-01", words.about_month()),
        ("account:support", words.about_account()),
    ];
    let lines = lines.map(|(example, about)| {
        view! { <div><dt><code>{example}</code></dt> <dd>{about}</dd></div> }
    });
    view! { <dl class="card pad">{lines.into_iter().collect_view()}</dl> }.into_any()
}

impl FinderWords {
    fn sort_word(self, sort: PairSort) -> &'static str {
        match sort {
            PairSort::Newest => self.newest(),
            PairSort::Oldest => self.oldest(),
            PairSort::Quality => self.by_quality(),
            PairSort::Repeated => self.repeated(),
            PairSort::Uncertain => self.uncertain(),
        }
    }
}

texts! {
    /// Finding pairs.
    FinderWords:
    placeholder: "Words, \"a phrase\", from:, lang:, quality:<60…" | "Слова, \"фраза\", from:, lang:, quality:<60…";
    search_label: "Search pairs" | "Поиск по парам";
    search: "Search" | "Найти";
    order: "Order" | "Порядок";
    newest: "Newest first" | "Сначала новые";
    oldest: "Oldest first" | "Сначала старые";
    by_quality: "Lowest quality first" | "Сначала низкое качество";
    repeated: "Most repeated first" | "Сначала самые частые";
    uncertain: "Least certain first" | "Сначала самые спорные";
    incomplete(pairs): "{pairs} still being indexed: the search may miss them." | "Ещё индексируется: {pairs}. Поиск может их не найти.";
    narrow: "More filters" | "Ещё фильтры";
    narrow_no_more: "Fewer filters" | "Меньше фильтров";
    narrow_nothing: "There is nothing to narrow this list by." | "Сузить этот список не по чему.";
    language: "Language" | "Язык";
    no_language: "Unclear" | "Неясен";
    quality: "Quality" | "Качество";
    labels: "Found in it" | "Найдено в паре";
    deciders: "Reviewer" | "Проверил";
    months: "Month" | "Месяц";
    flags: "Changes" | "Изменения";
    edited: "Edited" | "Правились";
    flagged: "Mail changed" | "Письмо изменилось";
    tagged: "Tagged" | "С метками";
    tags: "Tags" | "Метки";
    assigned: "Assigned to" | "Назначено";
    nobody: "Nobody" | "Никому";
    saved: "Saved searches" | "Сохранённые поиски";
    view_name: "Name for this search" | "Название этого поиска";
    share: "Share with the team" | "Поделиться с командой";
    save: "Save" | "Сохранить";
    delete: "Delete" | "Удалить";
    delete_view(name): "Delete “{name}”" | "Удалить «{name}»";
    shared_by_you: "shared" | "общий";
    shared_by(name): "by {name}" | "автор: {name}";
    help: "How to search" | "Как искать";
    about_words: "Every word has to be in the pair: in one of the texts, the subject, a name or an address. A beginning of three letters is enough." | "В паре должно быть каждое слово: в одном из текстов, в теме, имени или адресе. Достаточно первых трёх букв.";
    about_phrase: "These words, one after the other." | "Эти слова подряд.";
    about_not: "Without this word. A minus works before everything." | "Без этого слова. Минус можно поставить перед чем угодно.";
    about_people: "The client’s name or address; who answered or was written to; the subject." | "Имя или адрес клиента; кто ответил или кому писали; тема.";
    about_lang: "The client’s language by its two-letter code; lang:none where it is unclear." | "Язык клиента, двухбуквенный код; lang:none — если язык неясен.";
    about_label: "What the program found in a pair (phone, email, name, address_like, card, iban, url_with_token) or against it (reply_too_short, language_mismatch, signature_leaked…)." | "Что программа нашла в паре (phone, email, name, address_like, card, iban, url_with_token) или против неё (reply_too_short, language_mismatch, signature_leaked…).";
    about_tag: "A tag of your team, by its name." | "Метка вашей команды, по названию.";
    about_is: "Put back or changed by hand; the mail changed since; with any tag; by status, instead of the tab." | "Правились вручную; письмо с тех пор изменилось; с любой меткой; по статусу, вместо вкладки.";
    about_quality: "The estimated quality, from 0 to 100." | "Оценка качества, от 0 до 100.";
    about_decided: "Decided in the last hour, two days, week." | "Решено за последний час, два дня, неделю.";
    about_decided_by: "Decided by you, or by whoever has this name or address." | "Решение ваше или человека с таким именем или адресом.";
    about_assigned: "Assigned to you, to whoever has this name or address, or to nobody." | "Назначено вам, человеку с таким именем или адресом или никому.";
    about_days: "When it was answered: from this day on; before this day (UTC)." | "Когда ответили: с этого дня; до этого дня (UTC).";
    about_month: "When it was answered: in this month (UTC)." | "Когда ответили: в этом месяце (UTC).";
    about_account: "The mailbox, by its name or address." | "Ящик, по названию или адресу.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_names() {
        assert_eq!(facet_name(Lang::En, PairOperator::Lang, "ru", &[]), "Russian");
        assert_eq!(facet_name(Lang::Ru, PairOperator::Lang, "en", &[]), "Английский");
        assert_eq!(facet_name(Lang::En, PairOperator::Lang, "xx", &[]), "XX");
        for (name, said) in [("reply_too_short", "reply very short"), ("iban", "bank account"), ("later", "later")] {
            assert_eq!(facet_name(Lang::En, PairOperator::Label, name, &[]), said);
        }
        assert_eq!(facet_name(Lang::En, PairOperator::Month, "2026-11", &[]), "2026-11");
        assert_eq!(facet_name(Lang::En, PairOperator::Quality, "50..69", &[]), "50–69");
        assert_eq!(facet_name(Lang::En, PairOperator::Quality, ">=90", &[]), "≥ 90");
        assert_eq!(facet_name(Lang::En, PairOperator::Quality, "<50", &[]), "< 50");
    }
}
