//! One thread, read from the oldest message to the latest; the latest are open.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    ai_settings, drafts, knowledge, threads,
    types::{
        AttachmentProblem, Direction, DraftId, DraftInput, EmailAttachment, EmailMessage, EmailPair, EmailThreadDetail,
        MessageId, NotFoundCode, PairStatus, Problem, RemovedSpan, ThreadId,
    },
};

use super::{
    Words, draft_words,
    drafts::{Here, Panel},
    forms::ConfirmSender,
    place::Place,
    subject,
};
use crate::{
    page::{Audience, Page, Script, Visit},
    paths,
    ui::{
        parts::{Pill, Tone},
        times::{Ago, Exact},
        url::Address,
        words::nouns,
    },
    words::Voice,
};

/// So many of the latest messages are open.
const OPEN: usize = 2;
/// Characters of a message that its closed line shows.
const PREVIEW: usize = 140;
/// Heights of the sheet that a message is shown on, in pixels: `style/main.css` has a class for each.
const SHEETS: [(usize, &str); 5] = [(120, "s1"), (220, "s2"), (360, "s3"), (540, "s4"), (720, "s5")];

/// The page, and where in the list it was opened.
pub struct ThreadPage {
    list: Place,
    subject: Option<String>,
    message_count: i64,
    pairs: Vec<EmailPair>,
    mail: Mail,
}

/// How the mail of a thread is to be shown.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Look {
    /// The page that it is on, as it was opened.
    page: Address,
    /// The message whose pictures of other servers are shown.
    images: Option<MessageId>,
    /// Every message is open, not only the latest.
    open_all: bool,
    /// Of a long thread, the messages before this one.
    pub(in crate::pages) before: Option<MessageId>,
}

impl Look {
    /// As the address of a visit says.
    pub(in crate::pages) fn of(visit: &Visit, page: Address) -> Self {
        Self {
            page,
            images: visit.query_as("images"),
            open_all: visit.query("open") == Some("all"),
            before: visit.query_as("before"),
        }
    }

    /// The thread with the pictures of a message, or without.
    fn address(&self, images: Option<MessageId>, open_all: bool) -> String {
        self.on(images, open_all).into_string()
    }

    fn on(&self, images: Option<MessageId>, open_all: bool) -> Address {
        self.page
            .clone()
            .with("images", images.map(|message| message.to_string()))
            .with("open", open_all.then_some("all"))
            .with("before", self.before.map(|message| message.to_string()))
    }

    /// Other messages of the thread: those before one, or the latest.
    fn part(&self, before: Option<MessageId>) -> String {
        Self { before, ..self.clone() }.address(None, false)
    }
}

/// The list that a thread was opened in.
fn back(list: &Place, words: Words) -> AnyView {
    let text = match (&list.filter.text, *list == Place::default()) {
        (Some(text), _) => words.back_to_search(text),
        (None, true) => words.back().to_owned(),
        (None, false) => words.back_to_list().to_owned(),
    };
    view! { <a href=list.address()>{text}</a> }.into_any()
}

/// The mail of a thread with the drafts of an answer to it.
pub(in crate::pages) struct Mail {
    look: Look,
    thread: EmailThreadDetail,
    panel: Panel,
}

impl Mail {
    /// What stands with the mail besides it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::pages) async fn load(visit: &Visit, look: Look, thread: EmailThreadDetail) -> Result<Self, Problem> {
        let (domain, id) = (&visit.scope.domain, thread.id);
        let preview = match visit.query("sends") {
            Some(_) => Some(drafts::preview(domain, id, DraftInput::default()).await),
            None => None,
        };
        let panel = Panel {
            thread: id,
            drafts: drafts::of_thread(domain, id).await?,
            answered_at: knowledge::answered_at(&thread),
            provider: ai_settings::for_drafts(domain).await?,
            preview,
            beside: visit.query_as("beside"),
        };
        Ok(Self { look, thread, panel })
    }

    /// Whether a client wrote in what is shown. What is asked last is among the latest messages.
    fn has_client(&self) -> bool {
        self.look.before.is_none()
            && self.thread.messages.iter().any(|message| message.direction == Direction::Incoming)
    }

    /// What can be done with it: to a draft, to similar cases, all messages open.
    pub(in crate::pages) fn acts(&self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let open_all = (!self.look.open_all && self.thread.messages.len() > OPEN).then(|| {
            view! { <a class="btn" href=self.look.address(None, true)>{words.open_all()}</a> }
        });
        let similar = self.has_client().then(|| {
            let address = Address::new(paths::SIMILAR).with("thread", Some(self.thread.id.to_string())).into_string();
            let draft = draft_words::Words(visit.lang()).go();
            view! {
                <a class="btn" href="#drafts">{draft}</a>
                <a class="btn" href=address>{words.similar()}</a>
            }
        });
        view! { {similar} {open_all} }.into_any()
    }

    /// The messages, and below them the drafts.
    pub(in crate::pages) fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let has_client = self.has_client();
        let Self { look, thread, panel } = self;
        let (count, all) = (thread.messages.len(), thread.message_count);
        let earlier = thread.earlier.map(|message| {
            let text = words.earlier(voice.count(&nouns::MESSAGE, all));
            view! { <p><a class="btn" href=look.part(Some(message))>{text}</a></p> }
        });
        let latest = look.before.map(|_| view! { <p><a class="btn" href=look.part(None)>{words.latest()}</a></p> });
        let with_panel = |beside: Option<DraftId>, previews: bool| {
            let here = look.on(look.images, look.open_all);
            here.with("beside", beside.map(|id| id.to_string())).with("sends", previews.then_some("1"))
        };
        let panel = has_client.then(|| panel.view(visit, &Here(&with_panel)));
        let messages = thread.messages.into_iter().enumerate().map(|(index, message)| {
            let is_open = look.open_all || index + OPEN >= count || look.images == Some(message.id);
            letter(voice, &look, message, is_open)
        });
        view! {
            {earlier}
            <ol class="letters">{messages.collect_view()}</ol>
            {latest}
            {panel}
        }
        .into_any()
    }
}

impl Page for ThreadPage {
    const ROUTE: &'static str = paths::THREAD_ROUTE;
    const AUDIENCE: Audience = Audience::Reviewers;
    const SCRIPTS: &'static [Script] = &[Script::Live, Script::Mail];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let id = visit.param::<ThreadId>("id").ok_or_else(|| Problem::not_found(NotFoundCode::Thread))?;
        let list = Place::of(visit, visit.query_as("account"));
        let look = Look::of(visit, list.on(&paths::thread(id)));
        let thread = threads::thread(&visit.scope.domain, id, look.before, threads::MESSAGES).await?;
        let (subject, message_count, pairs) = (thread.subject.clone(), thread.message_count, thread.pairs.clone());
        Ok(Self { list, subject, message_count, pairs, mail: Mail::load(visit, look, thread).await? })
    }

    fn title(&self, visit: &Visit) -> String {
        subject(Words(visit.lang()), self.subject.clone())
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let title = self.title(visit);
        view! {
            <div class="head">
                <div>
                    <p class="small">{back(&self.list, words)}</p>
                    <h1 dir="auto" class="break">{title}</h1>
                    <p class="muted">{voice.count(&nouns::MESSAGE, self.message_count)}</p>
                </div>
                <div class="row">{self.mail.acts(visit)}</div>
            </div>
            {self.mail.view(visit)}
            {pairs(words, &self.pairs)}
        }
        .into_any()
    }
}

fn letter(voice: Voice, look: &Look, message: EmailMessage, is_open: bool) -> AnyView {
    let words = Words(voice.lang);
    let is_ours = message.direction == Direction::Outgoing && !message.unverified;
    let direction = match message.direction {
        _ if message.unverified => words.in_our_name(),
        Direction::Outgoing => words.sent(),
        Direction::Incoming => words.received(),
    };
    let from = message.from_name.clone().or_else(|| message.from_address.clone());
    let from = from.unwrap_or_else(|| words.nobody().to_owned());
    let address = message.from_name.is_some().then(|| message.from_address.clone()).flatten();
    let (preview, language) = (preview(&message), message.language.clone());
    let copies: Vec<&str> = message.also_in.iter().map(|copy| copy.account_name.as_str()).collect();
    let also_in = (!copies.is_empty()).then(|| words.also_in(copies.join(", ")));
    let to = (!message.to.is_empty()).then(|| words.to(message.to.join(", ")));
    let cc = (!message.cc.is_empty()).then(|| words.cc(message.cc.join(", ")));
    let left_out = message.recipients_left_out;
    let more = (left_out > 0).then(|| words.more_recipients(voice.count(&nouns::MORE_RECIPIENT, left_out)));
    let deleted = message.deleted_at;
    let files = files(voice, &message);
    let mailbox = message.account_name.clone();
    let when = message.at;
    view! {
        <li id=format!("m-{}", message.id)>
            <details class=if is_ours { "letter ours" } else { "letter" } open=is_open>
                <summary>
                    <span class="way" aria-hidden="true">{if is_ours { "→" } else { "←" }}</span>
                    <h2 dir="auto">{from.clone()}</h2>
                    <span class="tag">{direction}</span>
                    {message.unverified.then(|| view! { <Pill tone=Tone::Warn text=words.unverified()/> })}
                    {message.encrypted.then(|| view! { <Pill tone=Tone::Warn text=words.encrypted()/> })}
                    {message.signed.then(|| view! { <Pill tone=Tone::Idle text=words.signed()/> })}
                    {deleted.map(|_| view! { <Pill tone=Tone::Warn text=words.deleted()/> })}
                    {when.map(|at| view! { <span class="when muted small"><Ago voice at/></span> })}
                    <span class="preview muted small" lang=language dir="auto">{preview}</span>
                </summary>
                <div class="letter-body">
                    <p class="muted small particulars">
                        {address.map(|address| view! { <span class="break">{address}</span> })}
                        {to.map(|to| view! { <span class="break">{to}</span> })}
                        {cc.map(|cc| view! { <span class="break">{cc}</span> })}
                        {more.map(|more| view! { <span>{more}</span> })}
                        {when.map(|at| view! { <span class="nowrap"><Exact at/></span> })}
                        <span>{words.in_mailboxes(mailbox)}</span>
                        {also_in.map(|also_in| view! { <span>{also_in}</span> })}
                    </p>
                    {sender(words, look, &message)}
                    {deleted.map(|at| view! { <p class="notice warn small"><span>{words.deleted_why()} " " <Exact at/></span></p> })}
                    {message.encrypted.then(|| view! { <p class="notice warn small">{words.encrypted_why()}</p> })}
                    {body(words, look, &message, &from)}
                    {files}
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// Why a message that bears our address is doubted, with what a person can say about it.
fn sender(words: Words, look: &Look, message: &EmailMessage) -> Option<AnyView> {
    let (why, verb) = match (message.unverified, message.confirmed_ours) {
        (true, _) => (words.unverified_why(), words.confirm_sender()),
        (false, true) => (words.confirmed(), words.doubt_sender()),
        (false, false) => return None,
    };
    let then = format!("{}#m-{}", look.address(None, false), message.id);
    Some(
        view! {
            <form method="post" action=ConfirmSender::url() class="notice warn small">
                <p>{why}</p>
                <input type="hidden" name="id" value=message.id.to_string()/>
                <input type="hidden" name="ours" value=message.unverified.to_string()/>
                <input type="hidden" name="then" value=then/>
                <div class="row"><button class="btn small">{verb}</button></div>
            </form>
        }
        .into_any(),
    )
}

/// The message itself: as HTML in a frame, where it has any, else as its text.
fn body(words: Words, look: &Look, message: &EmailMessage, from: &str) -> AnyView {
    if !message.has_html {
        return text(words, message);
    }
    let id = message.id;
    let with_images = look.images == Some(id);
    let document = |framed: bool| {
        Address::new(&format!("/api/email/messages/{id}/html"))
            .with("images", with_images.then_some("1"))
            .with("framed", framed.then_some("1"))
            .into_string()
    };
    let here = |images: Option<MessageId>| format!("{}#m-{id}", look.address(images, look.open_all));
    let images = message.has_remote_images.then(|| {
        if with_images {
            view! { <a href=here(None)>{words.hide_images()}</a> }.into_any()
        } else {
            view! {
                <span>
                    <a href=here(Some(id))>{words.show_images()}</a>
                    " "
                    <span class="muted">{words.show_images_why()}</span>
                </span>
            }
            .into_any()
        }
    });
    // Nothing in it may run, ask, or lead away; that it is of our origin lets the script of the shell see how high it is. In a closed
    // letter it is not even loaded.
    let frame = leptos::html::iframe()
        .sandbox("allow-same-origin")
        .src(document(true))
        .referrerpolicy("no-referrer")
        .title(words.frame_title(from))
        .attr("loading", "lazy");
    view! {
        <div class=format!("paper {}", sheet(message))>
            {frame}
        </div>
        <p class="small particulars">
            {images}
            <span>
                <a href=document(false) target="_blank" rel="external noopener noreferrer">{words.own_page()}</a>
                " "
                <span class="muted">{words.own_page_why()}</span>
            </span>
        </p>
        <details class="folded">
            <summary>{words.as_text()}</summary>
            {text(words, message)}
        </details>
    }
    .into_any()
}

/// A run of a text: the author's own words, or what is folded away and why.
#[derive(Debug, PartialEq, Eq)]
enum Run<'a> {
    Own(&'a str),
    Quoted(&'a str),
    Footer(&'a str),
}

/// Takes a text apart. Folded spans of one kind with nothing but space between them are one run.
fn runs<'a>(text: &'a str, folded: &[RemovedSpan]) -> Vec<Run<'a>> {
    let mut spans: Vec<(usize, usize, bool)> = Vec::new();
    for span in folded {
        let is_quoted = matches!(span.kind.as_str(), "quoted_history" | "attribution" | "forwarded");
        let (start, end) = (span.start as usize, span.end as usize);
        // Spans are the engine's own; one that cuts a character would be a mistake that must not hide the text.
        if start >= end || text.get(start..end).is_none() {
            continue;
        }
        match spans.last_mut() {
            Some((_, last, kind)) if *kind == is_quoted && is_blank(text, *last, start) => *last = end,
            Some((_, last, _)) if start < *last => {}
            _ => spans.push((start, end, is_quoted)),
        }
    }
    let mut runs = Vec::new();
    let mut at = 0;
    for (start, end, is_quoted) in spans {
        push_own(&mut runs, &text[at..start]);
        runs.push(if is_quoted { Run::Quoted(&text[start..end]) } else { Run::Footer(&text[start..end]) });
        at = end;
    }
    push_own(&mut runs, &text[at..]);
    runs
}

fn is_blank(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to).is_some_and(|between| between.trim().is_empty())
}

fn push_own<'a>(runs: &mut Vec<Run<'a>>, text: &'a str) {
    if !text.trim().is_empty() {
        runs.push(Run::Own(text.trim_matches(['\n', '\r'])));
    }
}

fn text(words: Words, message: &EmailMessage) -> AnyView {
    let runs = runs(&message.text, &message.folded);
    if runs.is_empty() {
        return view! { <p class="muted">{words.empty_text()}</p> }.into_any();
    }
    // A message that only passes something on shows what that is.
    let nothing_own = !runs.iter().any(|run| matches!(run, Run::Own(_)));
    let rest = message.truncated.then(|| view! { <p class="muted">{words.truncated()}</p> });
    let shown = runs
        .into_iter()
        .map(|run| match run {
            Run::Own(text) => {
                view! { <div class="text" lang=message.language.clone() dir="auto">{text.to_owned()}</div> }.into_any()
            }
            Run::Quoted(text) => fold(words.quoted(), message.language.clone(), text, nothing_own),
            Run::Footer(text) => fold(words.footers(), message.language.clone(), text, false),
        })
        .collect_view();
    view! { {shown} {rest} }.into_any()
}

fn fold(label: &'static str, lang: Option<String>, text: &str, is_open: bool) -> AnyView {
    view! {
        <details class="folded" open=is_open>
            <summary>{label}</summary>
            <div class="text muted" lang=lang dir="auto">{text.trim_matches(['\n', '\r']).to_owned()}</div>
        </details>
    }
    .into_any()
}

/// The beginning of the author's own words on one line.
fn preview(message: &EmailMessage) -> String {
    let own = runs(&message.text, &message.folded).into_iter().find_map(|run| match run {
        Run::Own(text) => Some(text),
        Run::Quoted(_) | Run::Footer(_) => None,
    });
    let line = own.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(PREVIEW) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// How high the sheet is until the script of the shell has asked the frame, and without scripts: as high as the text suggests. A person
/// can drag it.
fn sheet(message: &EmailMessage) -> &'static str {
    let own = runs(&message.text, &message.folded);
    let lines: usize = own
        .iter()
        .map(|run| match run {
            Run::Own(text) => text.lines().map(|line| line.chars().count() / 90 + 1).sum(),
            Run::Quoted(_) | Run::Footer(_) => 2,
        })
        .sum();
    let pictures = message.attachments.iter().filter(|file| file.content_id.is_some()).count().min(2);
    let wanted = lines * 22 + pictures * 160 + if message.has_remote_images { 80 } else { 0 };
    SHEETS.iter().find(|(height, _)| wanted <= *height).unwrap_or(&SHEETS[SHEETS.len() - 1]).1
}

fn files(voice: Voice, message: &EmailMessage) -> Option<AnyView> {
    let words = Words(voice.lang);
    // Pictures that the HTML shows are there already.
    let shown = |file: &&EmailAttachment| {
        !(message.has_html && file.inline && file.content_id.is_some() && file.content_type.starts_with("image/"))
    };
    let files: Vec<&EmailAttachment> = message.attachments.iter().filter(shown).collect();
    if files.is_empty() {
        return None;
    }
    let list = files.into_iter().map(|file| self::file(voice, file)).collect_view();
    Some(
        view! {
            <section aria-label=words.attachments()>
                <h3>{words.attachments()}</h3>
                <ul class="files">{list}</ul>
            </section>
        }
        .into_any(),
    )
}

fn file(voice: Voice, file: &EmailAttachment) -> AnyView {
    let words = Words(voice.lang);
    let name = file.file_name.clone().unwrap_or_else(|| file.content_type.clone());
    let size = voice.size(file.size_bytes);
    let (can_be_had, note) = match file.problem {
        None if file.stored => (true, None),
        None => (true, Some(words.fetched_on_demand())),
        Some(AttachmentProblem::Failed) => (true, Some(words.failed())),
        Some(AttachmentProblem::TooLarge) => (false, Some(words.too_large())),
        Some(AttachmentProblem::Off) => (false, Some(words.off())),
        Some(AttachmentProblem::Gone) => (false, Some(words.gone())),
        Some(AttachmentProblem::Refused) => (false, Some(words.refused())),
    };
    let named = if can_be_had {
        let label = words.download(&name);
        view! { <a href=format!("/api/email/attachments/{}", file.id) rel="external" download aria-label=label dir="auto">{name}</a> }
            .into_any()
    } else {
        view! { <span dir="auto">{name}</span> }.into_any()
    };
    view! {
        <li>
            <span class="break">{named}</span>
            <span class="muted small nowrap">{size}</span>
            {note.map(|note| view! { <span class="muted small">{note}</span> })}
        </li>
    }
    .into_any()
}

fn pairs(words: Words, pairs: &[EmailPair]) -> AnyView {
    let list = pairs
        .iter()
        .map(|pair| {
            let (tone, status) = match pair.status {
                PairStatus::New => (Tone::Idle, words.pair_new()),
                PairStatus::Approved => (Tone::Good, words.pair_approved()),
                PairStatus::Rejected => (Tone::Bad, words.pair_rejected()),
            };
            let address = Address::new(paths::TRAINING)
                .with("status", Some("all"))
                .with("pair", Some(pair.id.to_string()))
                .into_string();
            view! {
                <li>
                    <a href=address><Exact at=pair.replied_at/></a>
                    <Pill tone text=status/>
                </li>
            }
        })
        .collect_view();
    let content = if pairs.is_empty() {
        view! { <p class="muted">{words.pairs_none()}</p> }.into_any()
    } else {
        view! { <ul class="lines">{list}</ul> }.into_any()
    };
    view! {
        <section class="card pad stack" aria-labelledby="pairs-title">
            <h2 id="pairs-title">{words.pairs_title()}</h2>
            {content}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32, kind: &str) -> RemovedSpan {
        RemovedSpan { start, end, kind: kind.to_owned(), rule: "test".to_owned(), kept: false }
    }

    #[test]
    fn a_text_is_taken_apart_at_its_spans() {
        let text = "Own words\n\nBest,\nAnn\n\nOn Monday Bob wrote:\n> Old\n\nMore";
        let folded = [
            span(11, 16, "sign_off"),
            span(17, 20, "signature"),
            span(22, 42, "attribution"),
            span(43, 48, "quoted_history"),
        ];
        assert_eq!(
            runs(text, &folded),
            [
                Run::Own("Own words"),
                Run::Footer("Best,\nAnn"),
                Run::Quoted("On Monday Bob wrote:\n> Old"),
                Run::Own("More")
            ]
        );
        assert_eq!(runs("  \n", &[]), []);
    }

    #[test]
    fn spans_that_do_not_fit_hide_nothing() {
        let text = "Привет";
        assert_eq!(
            runs(text, &[span(1, 4, "signature"), span(4, 90, "signature"), span(5, 5, "signature")]),
            [Run::Own(text)]
        );
    }
}
