//! The panel of drafts on a thread's page: what would leave the house, the draft with what each sentence rests on, and its versions.

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    drafts::{self, MAX_NOTE},
    types::{
        AiKind, AiProvider, Break, Confidence, DoubtKind, Draft, DraftId, DraftKind, DraftPreview, DraftProblem,
        DraftSentence, DraftSource, DraftState, KeyTestProblem, PairId, Problem, Standing, TakenOut, ThreadId,
    },
};

use super::{
    draft_forms::{CancelDraft, DraftAnswer},
    draft_words::Words,
};
use crate::{
    page::Visit,
    pages::ai_settings::{self, money},
    paths, problems,
    ui::{
        parts::{Pill, Tone},
        times::{Ago, Exact},
        url::Address,
    },
    words::Voice,
};

/// The part that is drawn anew while a draft is written.
const ID: &str = "drafts";
/// From so much evidence on a draft is well backed, or partly.
const STRONG: u8 = 70;
const PARTIAL: u8 = 40;

/// What the panel shows.
pub(super) struct Panel {
    pub thread: ThreadId,
    /// The latest first.
    pub drafts: Vec<Draft>,
    pub provider: Option<AiProvider>,
    /// When we answered what the client wrote last.
    pub answered_at: Option<DateTime<Utc>>,
    /// What would leave the house, where somebody wants to see it.
    pub preview: Option<Result<DraftPreview, Problem>>,
    /// The version that is shown beside the latest.
    pub beside: Option<DraftId>,
}

/// The addresses of the page with its panel in other states.
pub(super) struct Here<'a>(pub &'a dyn Fn(Option<DraftId>, bool) -> Address);

impl Here<'_> {
    fn address(&self, beside: Option<DraftId>, previews: bool) -> String {
        format!("{}#{ID}", (self.0)(beside, previews).into_string())
    }

    /// Where the page is loaded again: a link to a part of the page that is open only goes there.
    fn anew(&self) -> String {
        (self.0)(None, false).into_string()
    }
}

impl Panel {
    pub(super) fn view(&self, visit: &Visit, here: &Here<'_>) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let latest = self.drafts.first();
        let running = latest.filter(|draft| draft.state == DraftState::Running);
        // Also while none is written: somebody else may begin one.
        let (live, mark) = (paths::draft_events(self.thread), drafts::mark(&self.drafts));
        let other = self.beside.and_then(|id| self.drafts.iter().skip(1).find(|draft| draft.id == id));
        let versions = match (latest, other) {
            (Some(latest), Some(other)) => view! {
                <div class="versions">
                    {version(voice, visit, latest, here)}
                    {version(voice, visit, other, here)}
                </div>
            }
            .into_any(),
            (Some(latest), None) => version(voice, visit, latest, here),
            (None, _) => ().into_any(),
        };
        let asking = running.is_none().then(|| self.form(visit, here));
        view! {
            <div id=ID class="live" data-swaps=ID data-live=live data-mark=mark>
                <section class="card pad stack drafts" aria-labelledby="drafts-title">
                    <h2 id="drafts-title">{words.title()}</h2>
                    {versions}
                    {self.history(voice, here)}
                    {asking}
                </section>
            </div>
        }
        .into_any()
    }

    /// Asking for one, with what is sent for it.
    fn form(&self, visit: &Visit, here: &Here<'_>) -> AnyView {
        let words = Words(visit.lang());
        let about = match &self.provider {
            Some(provider) => {
                let host = provider.base_url.as_deref().map_or("", host);
                words.about_model(&provider.name, host, provider.model_default.as_deref().unwrap_or_default())
            }
            None => words.about_template().to_owned(),
        };
        let has_provider = self.provider.is_some();
        let answered = self.answered_at.map(|at| {
            let why = if has_provider { words.anyway_why() } else { words.anyway_template() };
            view! { <p class="notice warn"><span>{words.you_answered()} " " <Exact at/> ". " {why}</span></p> }
        });
        let verb = match (self.drafts.is_empty(), has_provider) {
            (true, _) if self.answered_at.is_some() => words.anyway(),
            (true, true) => words.draft(),
            (true, false) => words.template(),
            (false, true) => words.again(),
            (false, false) => words.again_template(),
        };
        let note = (!self.drafts.is_empty() && has_provider).then(|| {
            view! {
                <div class="form-field">
                    <label for="draft-note">{words.note()}</label>
                    <textarea class="input" id="draft-note" name="note" rows="2" maxlength=MAX_NOTE.to_string() dir="auto">
                        {visit.typed("note").unwrap_or_default()}
                    </textarea>
                </div>
            }
        });
        let set_up = (!has_provider && visit.is_admin()).then(|| {
            view! { <a href=paths::AI_SETTINGS>{words.set_up()}</a> }
        });
        let is_open = self.preview.is_some();
        let preview = has_provider.then(|| {
            let text = if is_open { words.hide_preview() } else { words.preview() };
            view! { <a href=here.address(self.beside, !is_open) aria-expanded=is_open.to_string()>{text}</a> }
        });
        view! {
            <form method="post" action=DraftAnswer::url() class="stack">
                {answered}
                <p class="muted">{about} " " {set_up}</p>
                <input type="hidden" name="thread" value=self.thread.to_string()/>
                <input type="hidden" name="then" value=here.address(None, false)/>
                {note}
                <div class="row">
                    <button class="btn primary">{verb}</button>
                    {preview}
                </div>
            </form>
            {self.preview.as_ref().map(|preview| previewed(visit, preview))}
        }
        .into_any()
    }

    /// The versions before the latest.
    fn history(&self, voice: Voice, here: &Here<'_>) -> Option<AnyView> {
        let words = Words(voice.lang);
        let older: Vec<&Draft> = self.drafts.iter().skip(1).filter(|draft| draft.state == DraftState::Done).collect();
        if older.is_empty() {
            return None;
        }
        let links = older.into_iter().map(|draft| {
            let text = words.beside(voice.ago(draft.created_at));
            let is_shown = self.beside == Some(draft.id);
            view! {
                <li>
                    <a href=here.address(Some(draft.id), false) aria-current=is_shown.then_some("true")>{text}</a>
                </li>
            }
        });
        let links = links.collect_view();
        let alone = self.beside.is_some().then(|| {
            view! { <li><a href=here.address(None, false)>{words.alone()}</a></li> }
        });
        Some(
            view! {
                <nav aria-label=words.versions()>
                    <ul class="row small">{links} {alone}</ul>
                </nav>
            }
            .into_any(),
        )
    }
}

/// The name of a server in an address.
fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// What would leave the house.
fn previewed(visit: &Visit, preview: &Result<DraftPreview, Problem>) -> AnyView {
    let words = Words(visit.lang());
    let preview = match preview {
        Ok(preview) => preview,
        Err(problem) => {
            return view! { <p class="notice warn">{problems::text(problem, visit.lang())}</p> }.into_any();
        }
    };
    if preview.provider_code.is_none() {
        return view! { <p class="notice idle">{words.preview_nothing()}</p> }.into_any();
    }
    let hidden = (!preview.hidden.is_empty()).then(|| {
        let values = preview.hidden.iter().map(|hidden| {
            view! {
                <li>
                    <code>{hidden.placeholder.clone()}</code>
                    <span class="break" dir="auto">{hidden.value.clone()}</span>
                </li>
            }
        });
        let values = values.collect_view();
        view! {
            <h4>{words.hidden_title(preview.hidden.len())}</h4>
            <ul class="lines small">{values}</ul>
        }
    });
    view! {
        <div class="stack sent">
            <h3 id="sent-title">{words.preview_title()}</h3>
            {preview.is_shortened.then(|| view! { <p class="notice warn small">{words.shortened()}</p> })}
            {hidden}
            <div class="text small" tabindex="0" role="region" aria-labelledby="sent-title" dir="auto">
                {preview.text.clone()}
            </div>
            <p class="muted small">{words.preview_ids()}</p>
        </div>
    }
    .into_any()
}

/// One draft.
fn version(voice: Voice, visit: &Visit, draft: &Draft, here: &Here<'_>) -> AnyView {
    let words = Words(voice.lang);
    let id = draft.id;
    let title = match (draft.kind, &draft.model) {
        (DraftKind::Template, _) => words.by_template().to_owned(),
        (DraftKind::Draft, model) => words.by_model(model.as_deref().unwrap_or_default()),
    };
    let note =
        draft.note.as_ref().map(|note| view! { <p class="muted small break" dir="auto">{words.note_was(note)}</p> });
    let body = match draft.state {
        DraftState::Running => running(words, draft, here),
        DraftState::Failed => failed(visit, draft),
        DraftState::Cancelled => view! { <p class="notice idle">{words.cancelled()}</p> }.into_any(),
        DraftState::Done => done(voice, draft),
    };
    let asked_by = draft.asked_by.as_ref().map(|who| view! { <span>{words.asked_by(who)}</span> });
    let evidence = (draft.state == DraftState::Done && draft.kind == DraftKind::Draft)
        .then(|| level(words, draft.content.confidence));
    view! {
        <article class="version-of" id=format!("d-{id}") aria-labelledby=format!("t-{id}")>
            <header class="row">
                <h3 id=format!("t-{id}") class="break">{title}</h3>
                {evidence}
                <span class="muted small"><Ago voice at=draft.created_at/></span>
                <span class="muted small">{asked_by}</span>
            </header>
            {note}
            {body}
        </article>
    }
    .into_any()
}

fn running(words: Words, draft: &Draft, here: &Here<'_>) -> AnyView {
    let cancel = format!("cancel-{}", draft.id);
    view! {
        <p class="muted" role="status">{words.writing()}</p>
        <progress class="bar" aria-label=words.title()></progress>
        {written(words, draft)}
        {sources(words, draft)}
        <form method="post" action=CancelDraft::url() class="row">
            <input type="hidden" name="id" value=draft.id.to_string()/>
            <input type="hidden" name="then" value=here.address(None, false)/>
            <button class="btn" id=cancel>{words.cancel()}</button>
            <noscript><a href=here.anew()>{words.reload()}</a></noscript>
        </form>
    }
    .into_any()
}

fn failed(visit: &Visit, draft: &Draft) -> AnyView {
    let words = Words(visit.lang());
    let (kind, model) = (draft.provider_code.unwrap_or(AiKind::OpenAi), draft.model.as_deref().unwrap_or_default());
    let (why, is_set_elsewhere) = match draft.problem {
        Some(DraftProblem::Interrupted) | None => (words.interrupted().to_owned(), false),
        Some(DraftProblem::Database) => (words.database().to_owned(), false),
        Some(DraftProblem::Nonsense) => (nonsense(words, draft.nonsense.as_deref()).to_owned(), false),
        // All others are those of the test of a key, by the same words.
        Some(problem) => match problem.as_str().parse::<KeyTestProblem>() {
            Ok(problem) => (ai_settings::problem_in_words(visit.lang(), kind, problem, model), true),
            Err(_) => (words.failed().to_owned(), true),
        },
    };
    let cure = is_set_elsewhere.then(|| {
        if visit.is_admin() {
            view! { <a href=ai_settings::place(kind)>{words.settings()}</a> }.into_any()
        } else {
            view! { <span>{words.ask_admin()}</span> }.into_any()
        }
    });
    let unfinished = (!draft.content.sentences.is_empty()).then(|| {
        view! {
            {written(words, draft)}
            <p class="notice warn small">{words.broke_off()}</p>
            {sources(words, draft)}
        }
    });
    view! {
        <div class="notice bad" role="alert">
            <p>{why}</p>
            {cure}
        </div>
        {unfinished}
    }
    .into_any()
}

fn nonsense(words: Words, what: Option<&str>) -> &'static str {
    match what {
        Some("empty" | "no_sentences") => words.nonsense_empty(),
        Some("cut") => words.nonsense_cut(),
        Some("too_long") => words.nonsense_long(),
        Some("repeats") => words.nonsense_repeats(),
        _ => words.nonsense_form(),
    }
}

fn done(voice: Voice, draft: &Draft) -> AnyView {
    let words = Words(voice.lang);
    let text = format!("text-{}", draft.id);
    if let Some(template) = &draft.template {
        let language = template.wrong_language.then(|| view! { <p>{words.template_language()}</p> });
        return view! {
            <div class="notice warn"><p>{words.template_why()}</p> {language}</div>
            <div class="text draft-text" id=text.clone() lang=template.language.clone() dir="auto">{gaps(&template.text, template)}</div>
            {copy(words, text)}
            {sources(words, draft)}
        }
        .into_any();
    }
    let content = &draft.content;
    let warnings: Vec<AnyView> =
        content.warnings.iter().map(|warning| view! { <li>{words.warning(*warning)}</li> }.into_any()).collect();
    let warnings = (!warnings.is_empty()).then(|| view! { <ul class="notice warn">{warnings}</ul> });
    view! {
        {warnings}
        {written(words, draft)}
        <div hidden id=text.clone()>{content.text.clone()}</div>
        {copy(words, text)}
        {sources(words, draft)}
        {evidence(words, content.confidence)}
        {reading(words, draft)}
        {(!content.taken_out.is_empty()).then(|| taken_out(words, &content.taken_out))}
        {facts(voice, draft)}
    }
    .into_any()
}

fn copy(words: Words, text: String) -> AnyView {
    view! {
        <p class="needs-script">
            <button type="button" class="btn small" data-copies=text data-done=words.copied()>{words.copy()}</button>
        </p>
    }
    .into_any()
}

/// A template with its gaps marked.
fn gaps(text: &str, template: &replybook::types::DraftTemplate) -> AnyView {
    let mut parts: Vec<AnyView> = Vec::new();
    let mut rest = text;
    for gap in &template.gaps {
        let Some((before, after)) = rest.split_once(gap.mark.as_str()) else { continue };
        parts.push(before.to_owned().into_any());
        parts.push(view! { <mark class="gap">{gap.mark.clone()}</mark> }.into_any());
        rest = after;
    }
    parts.push(rest.to_owned().into_any());
    parts.into_iter().collect_view().into_any()
}

/// The sentences in their paragraphs, each with its sources and marks.
fn written(words: Words, draft: &Draft) -> AnyView {
    let mut paragraphs: Vec<Vec<AnyView>> = Vec::new();
    for sentence in &draft.content.sentences {
        let shown = self::sentence(words, draft, sentence);
        match (sentence.before, paragraphs.last_mut()) {
            (Break::Paragraph, _) | (_, None) => paragraphs.push(vec![shown]),
            (Break::Line, Some(last)) => last.extend([view! { <br/> }.into_any(), shown]),
            (Break::None, Some(last)) => last.extend([" ".into_any(), shown]),
        }
    }
    let paragraphs = paragraphs.into_iter().map(|parts| view! { <p>{parts}</p> }).collect_view();
    view! { <div class="draft-text" lang=draft.content.language.clone() dir="auto">{paragraphs}</div> }.into_any()
}

fn sentence(words: Words, draft: &Draft, sentence: &DraftSentence) -> AnyView {
    let refs = sentence.sources.iter().filter_map(|pair| reference(words, draft, *pair)).collect_view();
    let marks = marks(words, sentence);
    let class = if sentence.standing == Standing::NotBacked { "sentence weak" } else { "sentence" };
    let marks = marks.into_iter().map(|mark| view! { " " <span class="tag flag" lang=words.0.as_str()>{mark}</span> });
    let client = (!sentence.only_from_client.is_empty()).then(|| {
        let what = sentence.only_from_client.join(", ");
        view! { " " <span class="tag" lang=words.0.as_str()>{words.from_client(what)}</span> }
    });
    view! {
        <span class=class>{sentence.text.clone()}</span>
        {refs}
        {marks.collect_view()}
        {client}
    }
    .into_any()
}

/// A number that leads to a source.
fn reference(words: Words, draft: &Draft, pair: PairId) -> Option<AnyView> {
    let place = draft.sources.iter().position(|source| source.pair_id == pair)?;
    let number = place + 1;
    let label = words.source(number, subject(words, &draft.sources[place]));
    Some(
        view! { <a class="ref" href=format!("#s-{}-{number}", draft.id) aria-label=label lang=words.0.as_str()>{number}</a> }
            .into_any(),
    )
}

fn subject(words: Words, source: &DraftSource) -> String {
    let subject = source.subject.clone().filter(|subject| !subject.trim().is_empty());
    subject.unwrap_or_else(|| words.no_subject().to_owned())
}

/// What speaks against a sentence, in words.
fn marks(words: Words, sentence: &DraftSentence) -> Vec<String> {
    let mut marks = Vec::new();
    if sentence.doubts.iter().any(|doubt| doubt.kind == DoubtKind::Promise) {
        marks.push(words.promise().to_owned());
    }
    let doubts = sentence.doubts.iter().filter_map(|doubt| {
        let kind = words.doubt(doubt.kind)?;
        Some(if doubt.text.is_empty() { kind.to_owned() } else { format!("{kind} “{}”", doubt.text) })
    });
    let doubts = doubts.collect::<Vec<_>>().join(", ");
    match (sentence.standing, doubts.is_empty()) {
        (Standing::NotBacked, true) => marks.push(words.not_backed().to_owned()),
        (Standing::NotBacked, false) => marks.push(format!("{}: {doubts}", words.not_backed())),
        (_, false) => marks.push(doubts),
        (_, true) => {}
    }
    marks
}

/// The past cases that it names, numbered.
fn sources(words: Words, draft: &Draft) -> AnyView {
    let named = match draft.state {
        DraftState::Running if draft.sources.is_empty() => return ().into_any(),
        _ => &draft.sources,
    };
    if named.is_empty() {
        return view! { <p class="muted">{words.no_sources()}</p> }.into_any();
    }
    let list = named.iter().enumerate().map(|(place, source)| {
        let pair = Address::new(paths::TRAINING)
            .with("status", Some("all"))
            .with("pair", Some(source.pair_id.to_string()))
            .into_string();
        let is_there = source.replied_at.is_some() || source.thread_id.is_some();
        let thread = source.thread_id.map(|thread| view! { <a href=paths::thread(thread)>{words.thread()}</a> });
        let pair = is_there.then(|| view! { <a href=pair>{words.pair()}</a> });
        let flag = match (is_there, source.is_approved) {
            (false, _) => Some(words.source_gone()),
            (true, false) => Some(words.source_not_approved()),
            (true, true) => None,
        };
        view! {
            <li id=format!("s-{}-{}", draft.id, place + 1)>
                <span class="break" dir="auto">{subject(words, source)}</span>
                <span class="muted">{words.near(source.nearness)}</span>
                {flag.map(|flag| view! { <Pill tone=Tone::Warn text=flag/> })}
                {thread}
                {pair}
            </li>
        }
    });
    let list = list.collect_view();
    view! {
        <div>
            <h4>{words.sources()}</h4>
            <ol class="sources small">{list}</ol>
        </div>
    }
    .into_any()
}

fn level(words: Words, confidence: Confidence) -> AnyView {
    let (tone, text) = match confidence.score {
        STRONG.. => (Tone::Good, words.strong()),
        PARTIAL..STRONG => (Tone::Idle, words.partial()),
        _ => (Tone::Warn, words.weak()),
    };
    view! { <Pill tone text=text/> }.into_any()
}

/// What the confidence is made of, and the model's own word beside it.
fn evidence(words: Words, confidence: Confidence) -> AnyView {
    let parts = [
        Some(words.score(confidence.score)),
        Some(words.backed(confidence.backed)),
        confidence.agreement.map(|percent| words.agreement(percent)),
        Some(words.nearest(confidence.nearest)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let own = confidence.model.map(|percent| view! { <p class="muted small">{words.own_word(percent)}</p> });
    view! {
        <p class="small">{parts.join(" · ")}</p>
        {own}
    }
    .into_any()
}

/// How the model reads the client's message.
fn reading(words: Words, draft: &Draft) -> Option<AnyView> {
    let content = &draft.content;
    let parts: Vec<&str> = [
        content.intent.map(|intent| words.intent(intent)),
        content.sentiment.map(|sentiment| words.sentiment(sentiment)),
        content.urgency.map(|urgency| words.urgency(urgency)),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| view! { <p class="muted small">{words.reads_as(parts.join(", "))}</p> }.into_any())
}

fn taken_out(words: Words, taken: &[TakenOut]) -> AnyView {
    let list = taken.iter().map(|taken| {
        let kind = taken.kind.and_then(|kind| words.doubt(kind)).unwrap_or(words.signature());
        view! { <li><span class="muted">{kind}</span> <span class="break" dir="auto">{taken.text.clone()}</span></li> }
    });
    let list = list.collect_view();
    view! {
        <details class="folded">
            <summary>{words.taken_out(taken.len())}</summary>
            <ul class="lines small">{list}</ul>
        </details>
    }
    .into_any()
}

/// What it took.
fn facts(voice: Voice, draft: &Draft) -> AnyView {
    let words = Words(voice.lang);
    let tokens = draft
        .input_tokens
        .zip(draft.output_tokens)
        .map(|(sent, answered)| words.tokens(voice.number(sent), voice.number(answered)));
    let cost = draft.cost_micros.map(|micros| money::shown(voice.lang, micros));
    let hidden = (draft.hidden > 0).then(|| words.hidden(voice.number(draft.hidden)));
    let facts: Vec<String> = [tokens, cost, hidden].into_iter().flatten().collect();
    let shortened = draft.is_shortened.then(|| view! { <p class="muted small">{words.shortened()}</p> });
    view! {
        <p class="muted small">{facts.join(" · ")}</p>
        {shortened}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use replybook::types::Doubt;

    use super::*;
    use crate::prefs::Lang;

    fn sentence(standing: Standing, doubts: &[(DoubtKind, &str)]) -> DraftSentence {
        let doubt = |(kind, text): &(DoubtKind, &str)| Doubt { kind: *kind, text: (*text).to_owned() };
        DraftSentence {
            text: "It comes on Friday.".to_owned(),
            before: Break::None,
            standing,
            sources: Vec::new(),
            doubts: doubts.iter().map(doubt).collect(),
            only_from_client: Vec::new(),
        }
    }

    #[test]
    fn what_speaks_against_a_sentence_is_said_in_words() {
        let said = |standing, doubts: &[(DoubtKind, &str)]| marks(Words(Lang::En), &sentence(standing, doubts));
        assert_eq!(said(Standing::Backed, &[]), [""; 0]);
        assert_eq!(said(Standing::Courtesy, &[]), [""; 0]);
        assert_eq!(said(Standing::NotBacked, &[(DoubtKind::NoSource, "")]), ["not backed"]);
        let promise = [(DoubtKind::Promise, ""), (DoubtKind::Date, "Friday"), (DoubtKind::Unrelated, "")];
        let expected = ["promise", "not backed: date “Friday”, its sources say something else"];
        assert_eq!(said(Standing::NotBacked, &promise), expected);
        assert_eq!(said(Standing::Backed, &[(DoubtKind::Link, "http://x")]), ["link taken out “http://x”"]);
    }

    #[test]
    fn of_an_address_the_server_is_named() {
        assert_eq!(host("https://api.example.com/v1"), "api.example.com");
        assert_eq!(host("http://127.0.0.1:11434/v1"), "127.0.0.1:11434");
        assert_eq!(host(""), "");
    }
}
