//! From a stored pair to what an open pair shows, in words of the person's language.

use chrono::{DateTime, SecondsFormat, Utc};
use replybook::{
    cleaning::join_broken_lines,
    pairs::Open,
    types::{Direction, PairEdit, PairLabels, PairMessage, PairMessages, PairSource, RemovedSpan, TrainingPair},
};

use super::{
    data::{Body, Content, Decided, Letter, Part, Segment, Sheet, Side, Similar, SourceNotice, Span, Stamp, Verdict},
    diff::compare,
    place::{Place, View},
    said::{CHARACTER, Kinds, LINE, QualityReasons, SIMILAR, Said},
    words::{SheetWords, Words},
};
use crate::{
    paths,
    prefs::Lang,
    ui::{keys::Chosen, parts::Moment},
    words::Voice,
};

impl From<DateTime<Utc>> for Stamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Decided {
    /// What is decided about a pair by now.
    pub(super) fn of(pair: &TrainingPair) -> Self {
        Self {
            status: pair.status,
            reason: pair.reject_reason,
            updated_at: Some(pair.updated_at.into()),
            overtaken: None,
        }
    }
}

/// What an open pair shows: its two sides, or its mail as it came.
pub(super) fn sheet(open: &Open, voice: Voice, keys: &Chosen, view: View) -> Sheet {
    let (pair, behind, edits) = (&open.pair, &open.behind, open.edits.as_slice());
    let marks = super::marks::of_sheet(open, voice, keys);
    let (earlier, turns) = (super::turns::earlier(open, voice), super::turns::of_sheet(open, voice));
    Writer { pair, behind, edits, voice, said: Said(voice.lang), labels: pair.labels.as_ref() }
        .sheet(view, marks, earlier, turns)
}

/// The flag of a pair in one word for the list.
pub(super) fn flag(pair: &TrainingPair, lang: Lang) -> Option<String> {
    let said = Said(lang);
    match pair.source {
        PairSource::Changed => Some(said.changed().to_owned()),
        PairSource::Gone => Some(said.gone().to_owned()),
        PairSource::Deleted => Some(said.deleted(&pair.provider_name)),
        PairSource::Same => pair.edited.then(|| SheetWords(lang).edited().to_owned()),
    }
}

/// The others of its group, where there are some.
pub(super) fn similar(pair: &TrainingPair, voice: Voice) -> Option<Similar> {
    let group = pair.group_id.clone().filter(|_| pair.duplicates > 1)?;
    let others = voice.count(&SIMILAR, pair.duplicates - 1);
    Some(Similar { address: Place::of_group(group).address(None), text: Words(voice.lang).more_like_this(others) })
}

struct Writer<'a> {
    pair: &'a TrainingPair,
    behind: &'a PairMessages,
    /// What people wrote into it and is still so.
    edits: &'a [PairEdit],
    voice: Voice,
    said: Said,
    labels: Option<&'a PairLabels>,
}

impl Writer<'_> {
    fn sheet(&self, view: View, marks: String, earlier: String, turns: String) -> Sheet {
        let pair = self.pair;
        Sheet {
            id: pair.id,
            subject: pair.subject.clone(),
            verdict: Verdict { status: pair.status, reason: pair.reject_reason },
            note: pair.reject_note.clone(),
            updated_at: pair.updated_at.into(),
            decided: pair.decided_at.map(|at| {
                let rule = pair.decided_by_rule.as_ref().map(|rule| self.said.by_rule(rule));
                self.by(rule.as_deref().or(pair.decided_by.as_deref()), at)
            }),
            account: pair.account_display_name.clone(),
            thread: pair.email_thread_id.map(paths::thread),
            tags: self.tags(),
            edited: pair.edited,
            edits: self.edits.iter().map(|edit| self.by(edit.by.as_deref(), edit.at)).collect(),
            can_edit: pair.fresh_client_text.is_none() && pair.fresh_reply_text.is_none(),
            similar: similar(pair, self.voice),
            notice: self.notice(),
            marks,
            row_marks: super::marks::of_row(pair, self.voice),
            earlier,
            turns,
            body: match view {
                View::Originals => Body::Originals(
                    self.behind.messages.iter().map(|message| self.letter(message, true, Lines::AsTheyCame)).collect(),
                ),
                View::Edit => Body::Edit(pair.client_text.clone(), pair.our_reply_text.clone()),
                View::Sides => Body::Sides(vec![self.side(Direction::Incoming), self.side(Direction::Outgoing)]),
            },
        }
    }

    /// Who did something, where that is known, and when.
    fn by(&self, name: Option<&str>, at: DateTime<Utc>) -> String {
        let ago = self.voice.ago(at);
        name.map_or_else(|| ago.clone(), |name| format!("{name}, {ago}"))
    }

    /// What a side said before somebody edited it, beside what it says, where they differ.
    fn before(&self, direction: Direction) -> Option<(Vec<Segment>, Vec<Segment>)> {
        let first = self.edits.first()?;
        let (was, is) = match direction {
            Direction::Incoming => (&first.was_client_text, &self.pair.client_text),
            Direction::Outgoing => (&first.was_reply_text, &self.pair.our_reply_text),
        };
        (was != is).then(|| compare(was, is))
    }

    fn tags(&self) -> Vec<String> {
        let Some(labels) = self.labels else { return Vec::new() };
        let words = QualityReasons(self.voice.lang);
        let reasons = labels.quality.reasons.iter().map(|reason| words.of(*reason).to_owned());
        std::iter::once(self.said.quality(labels.quality.score)).chain(reasons).collect()
    }

    /// How the pair stands to its mail, where there is something to say.
    fn notice(&self) -> Option<SourceNotice> {
        let said = self.said;
        let (text, can_adopt, can_keep) = match self.pair.source {
            PairSource::Changed => (said.changed_about(), true, true),
            PairSource::Gone => (said.gone_about(), false, true),
            PairSource::Deleted => (said.deleted_about(), false, false),
            PairSource::Same if !self.edits.is_empty() => (said.edited(), true, false),
            PairSource::Same if self.behind.messages.is_empty() => (said.no_mail(), false, false),
            PairSource::Same if !self.behind.matches_pair => (said.differs(), true, false),
            PairSource::Same => return None,
        };
        let title = flag(self.pair, self.voice.lang).filter(|_| self.pair.source != PairSource::Same);
        Some(SourceNotice { title, text: text.to_owned(), can_adopt, can_keep })
    }

    /// One side of the pair: its text, with what was taken away folded where it stood.
    fn side(&self, direction: Direction) -> Side {
        let pair = self.pair;
        let (from, at, text, fresh) = match direction {
            Direction::Incoming => (&pair.client_from, pair.client_sent_at, &pair.client_text, &pair.fresh_client_text),
            Direction::Outgoing => (&pair.reply_from, pair.reply_sent_at, &pair.our_reply_text, &pair.fresh_reply_text),
        };
        let after = pair.responded_after_seconds.filter(|_| direction == Direction::Outgoing);
        let content = match fresh {
            Some(fresh) => {
                let (old, new) = compare(text, fresh);
                Content::Versions(old, new)
            }
            None if self.behind.matches_pair => {
                let messages: Vec<&PairMessage> =
                    self.behind.messages.iter().filter(|message| message.direction == direction).collect();
                let several = messages.len() > 1;
                Content::Letters(
                    messages.into_iter().map(|message| self.letter(message, several, Lines::Joined)).collect(),
                )
            }
            None => Content::Plain(text.clone()),
        };
        Side {
            is_client: direction == Direction::Incoming,
            lang: self.language(direction),
            from: from.clone(),
            at: at.map(|at| Moment::of(self.voice, at)),
            after: after.map(|seconds| format!(", {}", self.said.after(self.voice.duration(seconds)))),
            content,
            before: self.before(direction),
            facts: self.facts(direction),
        }
    }

    /// The language of one side, where it is known.
    fn language(&self, direction: Direction) -> Option<String> {
        self.labels.and_then(|labels| match direction {
            Direction::Incoming => labels.client_language.clone(),
            Direction::Outgoing => labels.reply_language.clone(),
        })
    }

    fn facts(&self, direction: Direction) -> String {
        let Some(labels) = self.labels else { return String::new() };
        let (language, chars, html, attachment) = match direction {
            Direction::Incoming => {
                (&labels.client_language, labels.client_chars, labels.client_html, labels.client_has_attachment)
            }
            Direction::Outgoing => {
                (&labels.reply_language, labels.reply_chars, labels.reply_html, labels.reply_has_attachment)
            }
        };
        let facts = [
            language.clone(),
            Some(self.voice.count(&CHARACTER, i64::from(chars))),
            html.then(|| self.said.html().to_owned()),
            attachment.then(|| self.said.attachment().to_owned()),
        ];
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// A message with its removed spans.
    fn letter(&self, message: &PairMessage, has_head: bool, lines: Lines) -> Letter {
        let parts = parts(message);
        // Lines are joined as in the pair: by all that is left, and that may be many stretches. A break becomes a blank, so that
        // nothing changes its place; where it would become nothing (Chinese, Japanese), the lines are shown as they came.
        let is_left = |span: Option<&RemovedSpan>| span.is_none_or(|span| span.kept);
        let left: String = parts.iter().filter(|(_, span)| is_left(*span)).map(|(text, _)| *text).collect();
        let left = match lines {
            Lines::Joined => {
                Some(join_broken_lines(&left, None)).filter(|joined| joined.len() == left.len()).unwrap_or(left)
            }
            Lines::AsTheyCame => left,
        };
        let mut at = 0;
        let parts = parts.into_iter().map(|(text, span)| {
            let mut shown = text;
            if is_left(span) {
                shown = left.get(at..at + text.len()).unwrap_or(text);
                at += text.len();
            }
            Part { text: shown.to_owned(), span: span.map(|span| self.span(message, span, text)) }
        });
        let rest = message.truncated.then(|| Part { text: format!("\n\n[{}]", self.said.truncated()), span: None });
        Letter {
            is_client: message.direction == Direction::Incoming,
            has_head,
            lang: self.language(message.direction),
            from: message.from.clone(),
            at: message.sent_at.map(|at| Moment::of(self.voice, at)),
            parts: parts.chain(rest).collect(),
        }
    }

    fn span(&self, message: &PairMessage, span: &RemovedSpan, text: &str) -> Span {
        let kind = Kinds(self.voice.lang).of(&span.kind).map_or_else(|| span.kind.clone(), ToOwned::to_owned);
        let lines = text.trim().lines().filter(|line| !line.trim().is_empty()).count();
        Span {
            message_id: message.message_id.to_string(),
            start: span.start,
            end: span.end,
            kept: span.kept,
            can_change: self.behind.matches_pair,
            kind,
            rule: self.said.rule(&span.rule),
            lines: self.voice.count(&LINE, i64::try_from(lines).unwrap_or(i64::MAX)),
        }
    }
}

/// How the lines of a mail are shown.
#[derive(Clone, Copy)]
enum Lines {
    AsTheyCame,
    /// Those joined that a program broke, as a pair holds them.
    Joined,
}

/// A message cut at its removed spans. Spans that do not fit the text are passed over: they can only be of another one.
fn parts(message: &PairMessage) -> Vec<(&str, Option<&RemovedSpan>)> {
    let mut parts = Vec::new();
    let mut done = 0;
    for span in &message.removed {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(before), Some(text)) = (message.text.get(done..start), message.text.get(start..end)) else {
            continue;
        };
        parts.push((before, None));
        parts.push((text, Some(span)));
        done = end;
    }
    parts.push((message.text.get(done..).unwrap_or_default(), None));
    parts.retain(|(text, _)| !text.is_empty());
    parts
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn a_kind_of_another_version_has_no_words_here() {
        assert_eq!(Kinds(Lang::En).of("list_footer"), Some("list footer"));
        assert_eq!(Kinds(Lang::Ru).of("horoscope"), None);
    }
}
