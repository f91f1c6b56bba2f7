//! An open pair as markup. It is rendered on the server alone, with its words: the browser only shows it, and what can be
//! done here are plain forms. So the review of originals costs nobody a download.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    labels::PairLabels,
    types::{Direction, PairId, PairMessage, PairMessages, PairSource, RemovedSpan, TrainingPair},
};

use super::{
    diff::{Segment, compare},
    state::{GROUP_LINK, Place},
};
use crate::{
    i18n::{Texts, exact_time, fill, sheet::Sheet},
    prefs::Lang,
    threads::PATH as THREADS,
    ui::parts::machine_time,
};

/// Where the forms of an open pair go.
const SPAN: &str = "/admin/pairs/span";
const ADOPT: &str = "/admin/pairs/adopt";
const KEEP: &str = "/admin/pairs/keep";

/// What is rendered for a person, on a page.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub lang: Lang,
    pub now: DateTime<Utc>,
    /// The address of the page with the pair open: where its forms lead back to.
    pub here: &'a str,
    /// The mail as it came beside what is left of it, instead of the two sides of the pair.
    pub originals: bool,
}

/// The markup of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    /// The line of facts.
    pub facts: String,
    /// Notices, then the texts.
    pub body: String,
}

/// Renders a pair with what stands behind it.
pub(super) fn render(pair: &TrainingPair, behind: &PairMessages, page: Page<'_>) -> Rendered {
    let view =
        View { pair, behind, page, texts: Texts::of(page.lang), sheet: Sheet::of(page.lang), labels: labels(pair) };
    Rendered { facts: view.facts().to_html(), body: view.body().to_html() }
}

/// The labels as the engine writes them; `None` for those of another version.
fn labels(pair: &TrainingPair) -> Option<PairLabels> {
    pair.labels.clone()
}

/// The flag of a pair in one word for the list.
pub(super) fn flag(pair: &TrainingPair, lang: Lang) -> Option<String> {
    let words = &Sheet::of(lang).words;
    match pair.source {
        PairSource::Changed => Some(words.changed.to_owned()),
        PairSource::Gone => Some(words.gone.to_owned()),
        PairSource::Deleted => Some(fill(words.deleted, &[&pair.provider_name])),
        PairSource::Same => pair.edited.then(|| words.edited.to_owned()),
    }
}

struct View<'a> {
    pair: &'a TrainingPair,
    behind: &'a PairMessages,
    page: Page<'a>,
    texts: &'static Texts,
    sheet: &'static Sheet,
    labels: Option<PairLabels>,
}

/// A stretch of a message: kept text, or a removed span.
struct Part<'a> {
    text: &'a str,
    span: Option<&'a RemovedSpan>,
}

impl View<'_> {
    fn facts(&self) -> AnyView {
        let (pair, words) = (self.pair, &self.sheet.words);
        let quality = self.labels.as_ref().map(|labels| {
            let reasons = labels.quality.reasons.iter().filter_map(|reason| {
                let name = serde_json::to_value(reason).ok()?;
                self.sheet.reasons.get(name.as_str()?)
            });
            let said: Vec<String> = std::iter::once(fill(words.quality, &[&labels.quality.score.to_string()]))
                .chain(reasons.map(ToOwned::to_owned))
                .collect();
            said.into_iter().map(|text| view! { <span class="tag">{text}</span> }).collect_view()
        });
        let more = pair.group_id.clone().filter(|_| pair.duplicates > 1).map(|group| {
            let href = Place::of_group(group).address(None);
            let count = self.texts.number(pair.duplicates - 1);
            view! { <a id=GROUP_LINK class="tag" href=href>{fill(self.texts.training.more_like_this, &[&count])} " " <kbd>"d"</kbd></a> }
        });
        let edited = pair.edited.then(|| view! { <span class="tag" title=words.edited_why>{words.edited}</span> });
        view! {
            <span>{pair.account_display_name.clone()}</span>
            <span class="mono">{pair.provider_code.clone()}</span>
            {pair.thread_id.clone().map(|thread| view! { <span class="mono">{thread}</span> })}
            {pair.email_thread_id.map(|id| view! { <a href=format!("{THREADS}/{id}") rel="external">{words.whole_thread}</a> })}
            <span class="tags">{edited} {quality} {more}</span>
        }
        .into_any()
    }

    fn body(&self) -> AnyView {
        let texts = if self.page.originals {
            self.originals()
        } else {
            view! {
                <div class="two">
                    {self.side(Direction::Incoming)} {self.side(Direction::Outgoing)}
                </div>
            }
            .into_any()
        };
        view! { {self.notice()} {texts} }.into_any()
    }

    /// How the pair stands to its mail, where there is something to say.
    fn notice(&self) -> AnyView {
        let words = &self.sheet.words;
        let keep = || self.form(KEEP, &[], words.keep, "btn small");
        let adopt = || self.form(ADOPT, &[], words.adopt, "btn small");
        let (about, adopt, keep) = match self.pair.source {
            PairSource::Changed => (words.changed_about, Some(adopt()), Some(keep())),
            PairSource::Gone => (words.gone_about, None, Some(keep())),
            PairSource::Deleted => (words.deleted_about, None, None),
            PairSource::Same if self.behind.messages.is_empty() => (words.no_mail, None, None),
            PairSource::Same if !self.behind.matches_pair => (words.differs, Some(adopt()), None),
            PairSource::Same => return ().into_any(),
        };
        let flag = flag(self.pair, self.page.lang).filter(|_| self.pair.source != PairSource::Same);
        let title = flag.map(|flag| view! { <strong>{flag} "."</strong> " " });
        let stays = adopt.is_some().then(|| view! { <span class="small">{words.decided_then}</span> });
        let forms =
            (adopt.is_some() || keep.is_some()).then(|| view! { <div class="row tight">{adopt} {keep} {stays}</div> });
        view! { <div class="notice warn source">
            <p>{title} {about}</p>
            {forms}
        </div> }
        .into_any()
    }

    /// One side of the pair: its text, with what was taken away folded where it stood.
    fn side(&self, direction: Direction) -> AnyView {
        let (label, class, from, at, text, fresh) = match direction {
            Direction::Incoming => (
                self.texts.training.client,
                "side client",
                &self.pair.client_from,
                self.pair.client_sent_at,
                &self.pair.client_text,
                &self.pair.fresh_client_text,
            ),
            Direction::Outgoing => (
                self.texts.training.reply,
                "side reply",
                &self.pair.reply_from,
                self.pair.reply_sent_at,
                &self.pair.our_reply_text,
                &self.pair.fresh_reply_text,
            ),
        };
        let after = self.pair.responded_after_seconds.filter(|_| direction == Direction::Outgoing);
        let after =
            after.map(|seconds| format!(", {}", fill(self.sheet.words.after, &[&self.texts.duration(seconds)])));
        let content = match fresh {
            Some(fresh) => self.versions(text, fresh),
            None if self.behind.matches_pair => self.messages(direction),
            None => plain(text),
        };
        view! {
            <section class=class aria-label=label>
                <header>
                    <span>{label} {from.clone().map(|from| format!(" · {from}"))} {after}</span>
                    {at.map(|at| self.time(at))}
                </header>
                {content}
                <p class="side-facts">{self.side_facts(direction)}</p>
            </section>
        }
        .into_any()
    }

    /// Language, length, form and attachments of one side.
    fn side_facts(&self, direction: Direction) -> String {
        let Some(labels) = &self.labels else { return String::new() };
        let (language, chars, html, attachment) = match direction {
            Direction::Incoming => {
                (&labels.client_language, labels.client_chars, labels.client_html, labels.client_has_attachment)
            }
            Direction::Outgoing => {
                (&labels.reply_language, labels.reply_chars, labels.reply_html, labels.reply_has_attachment)
            }
        };
        let words = &self.sheet.words;
        let facts = [
            language.clone(),
            Some(self.texts.count(&self.sheet.character, i64::from(chars))),
            html.then(|| words.html.to_owned()),
            attachment.then(|| words.attachment.to_owned()),
        ];
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// What the pair says beside what the mail says now; what differs is marked by strokes, not by colour alone.
    fn versions(&self, text: &str, fresh: &str) -> AnyView {
        let (old, new) = compare(text, fresh);
        let marked = |segments: Vec<Segment>, is_new: bool| {
            let segments = segments.into_iter().map(|Segment { text, differs }| match (differs, is_new) {
                (false, _) => text.into_any(),
                (true, false) => view! { <del>{text}</del> }.into_any(),
                (true, true) => view! { <ins>{text}</ins> }.into_any(),
            });
            view! { <div class="text" dir="auto">{segments.collect_view()}</div> }
        };
        view! {
            <div class="version">
                <h3>{self.sheet.words.in_pair}</h3>
                {marked(old, false)}
            </div>
            <div class="version">
                <h3>{self.sheet.words.in_mail}</h3>
                {marked(new, true)}
            </div>
        }
        .into_any()
    }

    fn messages(&self, direction: Direction) -> AnyView {
        let messages: Vec<&PairMessage> =
            self.behind.messages.iter().filter(|message| message.direction == direction).collect();
        let several = messages.len() > 1;
        let each = messages.into_iter().map(|message| {
            let head = several.then(|| self.heading(message));
            let parts = parts(message).into_iter().map(|part| match part.span {
                None => plain(part.text),
                Some(span) => self.span(message, span, part.text),
            });
            view! { <div class="letter">{head} {parts.collect_view()}</div> }
        });
        each.collect_view().into_any()
    }

    /// A removed span: folded, or in its place where somebody put it back.
    fn span(&self, message: &PairMessage, span: &RemovedSpan, text: &str) -> AnyView {
        let words = &self.sheet.words;
        let kind = self.sheet.kinds.get(&span.kind).map_or_else(|| span.kind.clone(), ToOwned::to_owned);
        let rule = fill(words.rule, &[&span.rule]);
        let label = if span.kept { words.remove_again } else { words.put_back };
        let form = self.behind.matches_pair.then(|| {
            let fields = [
                ("message_id", message.message_id.to_string()),
                ("start", span.start.to_string()),
                ("end", span.end.to_string()),
                ("keep", (!span.kept).to_string()),
            ];
            self.form(SPAN, &fields, label, "btn small")
        });
        if span.kept {
            view! {
                <div class="kept">
                    <div class="kept-head" title=rule><span>{fill(words.kept, &[&kind])}</span> {form}</div>
                    {plain(text)}
                </div>
            }
            .into_any()
        } else {
            let lines = text.trim().lines().filter(|line| !line.trim().is_empty()).count();
            let lines = self.texts.count(&self.sheet.line, i64::try_from(lines).unwrap_or(i64::MAX));
            view! {
                <details class="fold">
                    <summary title=rule>{kind} ", " {lines}</summary>
                    {plain(text)}
                    {form}
                </details>
            }
            .into_any()
        }
    }

    /// Every message as it came, and beside it what of it is in the pair.
    fn originals(&self) -> AnyView {
        let words = &self.sheet.words;
        let each = self.behind.messages.iter().enumerate().map(|(index, message)| {
            // Regions need names of their own.
            let name = |side: &str| format!("{side} {}", index + 1);
            let whole = parts(message).into_iter().map(|Part { text, span }| match span {
                None => text.to_owned().into_any(),
                Some(span) => {
                    let kind = self.sheet.kinds.get(&span.kind).map_or_else(|| span.kind.clone(), ToOwned::to_owned);
                    let said = fill(if span.kept { words.put_in } else { words.taken_out }, &[&kind]);
                    let class = if span.kept { "cut kept-cut" } else { "cut" };
                    view! { <span class=class title=fill(words.rule, &[&span.rule])><small>{said}</small>{text.to_owned()}</span> }
                        .into_any()
                }
            });
            let kept = parts(message).into_iter().map(|part| match part.span {
                None => plain(part.text),
                Some(span) => self.span(message, span, part.text),
            });
            view! {
                <article class="original">
                    {self.heading(message)}
                    <div class="two">
                        <section class="side" aria-label=name(words.as_it_came)>
                            <h3>{words.as_it_came}</h3>
                            <div class="text" dir="auto">{whole.collect_view()}</div>
                        </section>
                        <section class="side" aria-label=name(words.in_the_pair)>
                            <h3>{words.in_the_pair}</h3>
                            {kept.collect_view()}
                        </section>
                    </div>
                </article>
            }
        });
        view! { <div class="originals">{each.collect_view()}</div> }.into_any()
    }

    fn heading(&self, message: &PairMessage) -> AnyView {
        let side = match message.direction {
            Direction::Incoming => self.texts.training.client,
            Direction::Outgoing => self.texts.training.reply,
        };
        view! {
            <header class="letter-head">
                <span>{side} {message.from.clone().map(|from| format!(" · {from}"))}</span>
                {message.sent_at.map(|at| self.time(at))}
            </header>
        }
        .into_any()
    }

    fn time(&self, at: DateTime<Utc>) -> AnyView {
        view! { <time datetime=machine_time(at) title=exact_time(at)>{self.texts.ago(at, self.page.now)}</time> }
            .into_any()
    }

    /// A button that does something to the pair and comes back here.
    fn form(
        &self,
        action: &'static str,
        fields: &[(&'static str, String)],
        label: &'static str,
        class: &'static str,
    ) -> AnyView {
        let PairId(id) = self.pair.id;
        let fields = fields.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> });
        view! {
            <form method="post" action=action>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="then" value=self.page.here.to_owned()/>
                {fields.collect_view()}
                <button class=class>{label}</button>
            </form>
        }
        .into_any()
    }
}

/// A text without the blank lines around it; nothing for one that is blank.
fn plain(text: &str) -> AnyView {
    let text = text.trim_matches(['\n', '\r']).trim_end().to_owned();
    (!text.trim().is_empty()).then(|| view! { <div class="text" dir="auto">{text}</div> }).into_any()
}

/// A message cut at its removed spans. Spans that do not fit the text are passed over: they can only be of another one.
fn parts(message: &PairMessage) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut done = 0;
    for span in &message.removed {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(before), Some(text)) = (message.text.get(done..start), message.text.get(start..end)) else {
            continue;
        };
        parts.push(Part { text: before, span: None });
        parts.push(Part { text, span: Some(span) });
        done = end;
    }
    parts.push(Part { text: message.text.get(done..).unwrap_or_default(), span: None });
    parts.retain(|part| !part.text.is_empty());
    parts
}
