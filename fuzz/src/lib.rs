//! What must hold for any bytes. Each function takes one input, as a fuzzer or `examples/mutate.rs` makes it up, and panics
//! when the parser, the cleaner or the sanitiser breaks a promise.

use std::collections::BTreeMap;
use std::time::Duration;

use replybook::cleaning::{self, Cleaned, Input, Mode, Sender};
use replybook::html::{self, Words};
use replybook::mail::{
    GmailMessage, MboxItem, MboxKind, MboxOptions, MboxReader, MessageParts, ParsedMessage, parse_gmail, parse_rfc822,
};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// CPU time that one input may take. Time on the clock would blame the input for a busy machine.
pub const LIMIT: Duration = Duration::from_millis(100);

/// The sections of an input for [`clean`] stand between these (the record separator, which mail does not use).
pub const SEPARATOR: u8 = 0x1e;

/// Layers of footers and quotes that the engine takes off.
const LAYERS: usize = 24;

/// Measures calls of the parser and the cleaner; the checks of what they return are not part of it.
#[derive(Debug, Default)]
pub struct Watch {
    /// The most CPU time that a call took.
    pub longest: Duration,
}

impl Watch {
    fn call<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let now = || {
            let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
            Duration::new(tv_sec.unsigned_abs(), u32::try_from(tv_nsec).unwrap_or_default())
        };
        let start = now();
        let result = call();
        self.longest = self.longest.max(now().saturating_sub(start));
        result
    }

    fn clean(&mut self, input: &Input<'_>) -> Cleaned {
        let cleaned = self.call(|| cleaning::clean(input));
        check_cleaned(&cleaned);
        cleaned
    }

    fn message(&mut self, message: &ParsedMessage) {
        check_message(message);
        let from = message.from.as_ref();
        self.clean(&Input {
            text: message.body_text.as_deref(),
            html: message.body_html.as_deref(),
            sender: from.map(|from| Sender { name: from.name.as_deref(), address: Some(&from.address) }),
            ..Input::default()
        });
    }
}

/// Runs one input, each call within [`LIMIT`].
pub fn limited(run: Target, data: &[u8]) {
    let mut watch = Watch::default();
    run(&mut watch, data);
    let Watch { longest } = watch;
    assert!(longest < LIMIT, "{} bytes took {longest:?} of CPU time", data.len());
}

/// What takes an input.
pub type Target = fn(&mut Watch, &[u8]);

/// An RFC 5322 message: parsed as what Google or a file gives, then cleaned.
pub fn rfc822(watch: &mut Watch, data: &[u8]) {
    if let Ok(message) = watch.call(|| parse_rfc822(data)) {
        watch.message(&message);
        attachments(watch, data, &message);
    }
}

/// What is listed is there, and taking all of it out costs no more than the message is long.
fn attachments(watch: &mut Watch, data: &[u8], message: &ParsedMessage) {
    let missing = watch.call(|| {
        let parts = MessageParts::of(data);
        message.attachments.iter().find(|attachment| parts.bytes(&attachment.part_id).is_none())
    });
    assert_eq!(missing, None);
}

/// The HTML of a message (bit 0 of the first byte: with pictures of other servers), made harmless.
pub fn html(watch: &mut Watch, data: &[u8]) {
    let Some((options, data)) = data.split_first() else { return };
    let source = String::from_utf8_lossy(data);
    watch.call(|| html::has_remote_images(&source));
    let words = Words { lang: "en", quoted: "Earlier mail", too_complex: "Shown as text" };
    let document = watch.call(|| html::document(&source, None, None, BTreeMap::new(), options & 1 != 0, words));
    let body = document.split_once("<body>").expect("a document has a body").1;
    for tag in tags(body) {
        let tag = tag.to_ascii_lowercase();
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        assert!(!RUNNING.contains(&name), "<{tag}>");
        assert!(!tag.split_ascii_whitespace().skip(1).any(|attribute| attribute.starts_with("on")), "<{tag}>");
    }
}

/// Elements that run, load or send.
const RUNNING: [&str; 12] =
    ["script", "style", "svg", "math", "iframe", "object", "embed", "form", "meta", "base", "link", "template"];

/// The tags of HTML as our serialiser writes it, without what stands between quotes.
fn tags(html: &str) -> Vec<String> {
    let (mut tags, mut tag, mut quoted) = (Vec::new(), None::<String>, false);
    for c in html.chars() {
        match (&mut tag, c) {
            (None, '<') => tag = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => quoted = !quoted,
            (Some(_), '>') if !quoted => tags.extend(tag.take()),
            (Some(_), _) if quoted => {}
            (Some(tag), c) => tag.push(c),
        }
    }
    tags
}

/// A `winmail.dat` and what it wraps, without the MIME around it.
pub fn tnef(watch: &mut Watch, data: &[u8]) {
    rfc822(watch, &[b"From: a@x.example\nContent-Type: application/ms-tnef\n\n", data].concat());
}

/// The JSON of a Gmail message.
pub fn gmail(watch: &mut Watch, data: &[u8]) {
    let Ok(message) = watch.call(|| serde_json::from_slice::<GmailMessage>(data)) else { return };
    let _ = message.internal_time();
    if let Ok(message) = watch.call(|| parse_gmail(&message)) {
        watch.message(&message);
    }
}

/// An mbox stream, with limits that a fuzzer reaches.
pub fn mbox(watch: &mut Watch, data: &[u8]) {
    let options = MboxOptions { start_offset: 0, max_message_bytes: 2_000, max_line_bytes: 1_000 };
    let items: Vec<MboxItem> = watch.call(|| MboxReader::with_options(data, options).map_while(Result::ok).collect());
    let mut last = 0;
    for item in &items {
        assert!(item.offset >= last && item.end_offset > item.offset, "{item:?} after {last}");
        last = item.end_offset;
        if let MboxKind::Message(bytes) = &item.kind {
            assert!(bytes.len() <= options.max_message_bytes);
            rfc822(watch, bytes);
        }
    }
    assert!(last <= data.len() as u64);
    // Whoever stopped after an item goes on with the next one.
    for pair in items.windows(2).take(20) {
        let options = MboxOptions { start_offset: pair[0].end_offset, ..options };
        let rest = &data[usize::try_from(pair[0].end_offset).expect("inside the input")..];
        let next = MboxReader::with_options(rest, options).next().and_then(Result::ok);
        assert_eq!(next.as_ref(), Some(&pair[1]));
    }
}

/// A message for the cleaner: a byte of options (bit 0: keep signatures; bit 1: the first section is HTML), then sections
/// divided by [`SEPARATOR`]: the message, the sender's name, the address, a text of the thread, and earlier mails of the sender.
pub fn clean(watch: &mut Watch, data: &[u8]) {
    let Some((options, data)) = data.split_first() else { return };
    let sections: Vec<String> =
        data.split(|byte| *byte == SEPARATOR).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let section = |index: usize| sections.get(index).map(String::as_str).filter(|text| !text.is_empty());
    let (name, address) = (section(1), section(2));
    let sender = (name.is_some() || address.is_some()).then_some(Sender { name, address });
    let parents: Vec<&str> = section(3).into_iter().collect();
    let earlier: Vec<&str> = sections.iter().skip(4).take(8).map(String::as_str).collect();
    let mode = if options & 1 == 0 { Mode::Full } else { Mode::QuotesOnly };
    let message = section(0).unwrap_or_default();

    let input = Input { sender, parents: &parents, earlier: &earlier, mode, ..Input::default() };
    if options & 2 != 0 {
        watch.clean(&Input { html: Some(message), ..input });
        return;
    }
    watch.clean(&Input { text: Some(message), ..input });
    // Without the thread's knowledge, cleaning what was cleaned changes nothing, unless footers and quotes are stacked deeper than
    // the engine goes; then as many spans were removed.
    let alone = Input { sender, mode, ..Input::default() };
    let once = watch.clean(&Input { text: Some(message), ..alone });
    // What is kept in doubt is kept whole, its closing words too.
    if once.removed.len() < LAYERS && once.kept.is_empty() {
        let once = once.text();
        let twice = watch.clean(&Input { text: Some(&once), ..alone }).text();
        assert!(once == twice, "cleaned once: {} bytes, twice: {}", once.len(), twice.len());
    }
}

/// Texts can be stored on either database, and defects are a sorted set.
fn check_message(message: &ParsedMessage) {
    let texts = message.body_text.iter().chain(&message.body_html).chain(&message.subject).chain(&message.message_id);
    let names = message.attachments.iter().filter_map(|attachment| attachment.file_name.as_ref());
    for text in texts.chain(names).chain(message.headers.iter().map(|(_, value)| value)) {
        assert!(!text.contains('\0'), "a NUL, which PostgreSQL refuses, in {text:?}");
    }
    assert!(message.defects.is_sorted_by(|a, b| a < b));
    let _ = message.date();
    let _ = message.recipients();
}

/// Spans are in order, apart, inside the source and between characters; the text is what they leave.
fn check_cleaned(cleaned: &Cleaned) {
    let source = &cleaned.source;
    let mut last = 0;
    for span in &cleaned.removed {
        assert!(span.start >= last && span.end > span.start, "{span:?} after {last}");
        assert!(source.is_char_boundary(span.start as usize) && source.is_char_boundary(span.end as usize), "{span:?}");
        last = span.end;
    }
    let text = cleaned.text();
    let mut chars = source.chars();
    assert!(text.chars().all(|wanted| chars.any(|c| c == wanted)), "{text:?} is no part of {source:?}");
    // Every span put back, what is left is the source itself, tidied.
    assert!(cleaned.text_with(|_| true).len() >= text.len());
}
