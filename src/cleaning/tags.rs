//! Tags and attributes, and which of them mail programs put around an earlier message.

use std::borrow::Cow;

use super::{doc::Hint, entities};

/// The elements that matter to a reader of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `html`: quoted mails bring their own, opened and closed anywhere.
    Root,
    Body,
    Br,
    Hr,
    P,
    Heading,
    Div,
    Blockquote,
    Pre,
    Table,
    Row,
    Cell,
    List,
    Item,
    Anchor,
    Span,
    Skipped,
    Void,
    Other,
}

impl Tag {
    pub const COUNT: usize = 19;

    fn from_name(name: &str) -> Self {
        let mut lower = [0u8; 12];
        if name.len() > lower.len() {
            return Self::Other;
        }
        for (to, from) in lower.iter_mut().zip(name.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        match &lower[..name.len()] {
            b"html" => Self::Root,
            b"body" => Self::Body,
            b"br" => Self::Br,
            b"hr" => Self::Hr,
            b"p" => Self::P,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"div" | b"section" | b"article" | b"header" | b"footer" | b"form" | b"fieldset" | b"center"
            | b"address" | b"aside" | b"nav" | b"main" | b"figure" | b"caption" | b"dt" | b"dd" | b"figcaption"
            | b"details" | b"summary" => Self::Div,
            b"blockquote" => Self::Blockquote,
            b"pre" => Self::Pre,
            b"table" => Self::Table,
            b"tr" => Self::Row,
            b"td" | b"th" => Self::Cell,
            b"ul" | b"ol" | b"dl" => Self::List,
            b"li" => Self::Item,
            b"a" => Self::Anchor,
            b"span" | b"font" | b"b" | b"i" | b"u" | b"em" | b"strong" => Self::Span,
            b"script" | b"style" | b"head" | b"title" | b"noscript" | b"template" | b"xml" | b"object" | b"iframe"
            | b"noembed" | b"noframes" | b"audio" | b"video" | b"canvas" | b"datalist" | b"metadata" => Self::Skipped,
            b"img" | b"meta" | b"link" | b"input" | b"area" | b"base" | b"col" | b"embed" | b"source" | b"track"
            | b"wbr" => Self::Void,
            _ => Self::Other,
        }
    }

    pub fn is_void(self) -> bool {
        matches!(self, Self::Br | Self::Hr | Self::Void)
    }

    pub fn is_skipped(self) -> bool {
        self == Self::Skipped
    }

    /// Text runs on through it.
    pub fn is_inline(self) -> bool {
        matches!(self, Self::Anchor | Self::Span | Self::Other)
    }

    pub fn is_block(self) -> bool {
        !self.is_inline() && !matches!(self, Self::Void | Self::Skipped)
    }
}

/// A piece of an HTML document.
pub(super) enum Token<'h> {
    Text(&'h str),
    /// With its name as written; the last field: the tag closes itself.
    Open(Tag, &'h str, Attributes<'h>, bool),
    Close(Tag),
    /// What stands in a `style` element, and its attributes: after it comes what opens it.
    Style(&'h str, Attributes<'h>),
}

/// Cuts a document into tokens. Comments, declarations and the insides of scripts and styles are left out.
pub(super) struct Tokens<'h> {
    html: &'h str,
    at: usize,
    /// No `>` stands after this offset: a `<` there is text. Keeps a document of nothing but `<` linear.
    unclosed: bool,
    no_comment_end: bool,
    /// No script or style closes after this offset.
    no_raw_end: bool,
    /// The `style` element whose text was given.
    opens: Option<(&'h str, Attributes<'h>)>,
}

impl<'h> Tokens<'h> {
    pub fn new(html: &'h str) -> Self {
        Self { html, at: 0, unclosed: false, no_comment_end: false, no_raw_end: false, opens: None }
    }

    fn next_byte(&self, byte: u8, from: usize) -> Option<usize> {
        memchr::memchr(byte, &self.html.as_bytes()[from..]).map(|i| from + i)
    }

    /// The end of a tag that begins at `from`: the `>` outside quotes, or the first one when the quotes do not close.
    fn tag_end(&self, from: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let first = self.next_byte(b'>', from)?;
        let mut quote = 0u8;
        let mut value = false;
        for (i, &b) in bytes[from..].iter().enumerate().take(MAX_TAG) {
            match b {
                _ if quote != 0 => {
                    if b == quote {
                        quote = 0;
                    }
                }
                b'"' | b'\'' if value => quote = b,
                b'>' => return Some(from + i),
                _ => {}
            }
            value = b == b'=' || value && b.is_ascii_whitespace();
        }
        Some(first)
    }

    /// To the closing tag of a script or style; without one, only the tag itself goes.
    fn skip_raw(&mut self, name: &str) {
        if self.no_raw_end {
            return;
        }
        let rest = &self.html.as_bytes()[self.at..];
        for at in memchr::memchr_iter(b'<', rest) {
            let after = &rest[at + 1..];
            if after.first() == Some(&b'/')
                && after.len() > name.len()
                && after[1..=name.len()].eq_ignore_ascii_case(name.as_bytes())
            {
                self.at += at;
                return;
            }
        }
        self.no_raw_end = true;
    }
}

/// Longest tag that is read with its quotes minded.
const MAX_TAG: usize = 16 * 1024;

impl<'h> Iterator for Tokens<'h> {
    type Item = Token<'h>;

    fn next(&mut self) -> Option<Token<'h>> {
        if let Some((name, attributes)) = self.opens.take() {
            return Some(Token::Open(Tag::Skipped, name, attributes, false));
        }
        loop {
            let html = self.html;
            let rest = &html[self.at..];
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('<') {
                let end = self.next_byte(b'<', self.at).unwrap_or(html.len());
                let text = &html[self.at..end];
                self.at = end;
                return Some(Token::Text(text));
            }
            let after = &rest[1..];
            if after.starts_with("!--") && !self.no_comment_end {
                match memchr::memmem::find(&rest.as_bytes()[2..], b"-->") {
                    Some(end) => {
                        self.at += 2 + end + 3;
                        continue;
                    }
                    None => self.no_comment_end = true,
                }
            }
            let begins = after.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic())
                || after.starts_with(['!', '?']);
            let end = if begins && !self.unclosed { self.tag_end(self.at + 1) } else { None };
            let Some(end) = end else {
                self.unclosed |= begins;
                // A "<" that opens nothing is a character.
                let next = self.next_byte(b'<', self.at + 1).unwrap_or(html.len());
                let text = &html[self.at..next];
                self.at = next;
                return Some(Token::Text(text));
            };
            let inside = &html[self.at + 1..end];
            let start = self.at;
            self.at = end + 1;
            if inside.starts_with(['!', '?']) {
                continue;
            }
            let (closing, inside) = match inside.strip_prefix('/') {
                Some(inside) => (true, inside),
                None => (false, inside),
            };
            let name_end =
                inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-')).unwrap_or(inside.len());
            let name = &inside[..name_end];
            // "<ann@example.com>" written without escapes is text.
            if !closing && inside[name_end..].starts_with(['@', '.', '+', '_']) && inside.contains('@') {
                return Some(Token::Text(&html[start..=end]));
            }
            let tag = Tag::from_name(name);
            if closing {
                return Some(Token::Close(tag));
            }
            let attributes = Attributes(&inside[name_end..]);
            let is_style = name.eq_ignore_ascii_case("style");
            if is_style || name.eq_ignore_ascii_case("script") {
                let from = self.at;
                self.skip_raw(name);
                if is_style {
                    self.opens = Some((name, attributes));
                    return Some(Token::Style(&html[from..self.at], attributes));
                }
            }
            let closed = inside.ends_with('/');
            return Some(Token::Open(tag, name, attributes, closed));
        }
    }
}

/// Attributes of a tag that are read.
const MOST_ATTRIBUTES: usize = 400;

/// The attributes of a tag, read when asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes<'h>(&'h str);

impl<'h> Attributes<'h> {
    /// Of an element that has none.
    pub const NONE: Attributes<'static> = Attributes("");

    /// Bytes of all of them.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn has(&self, name: &str) -> bool {
        !self.0.is_empty() && self.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// The value of one, with its character references replaced.
    pub fn value(&self, name: &str) -> Option<Cow<'h, str>> {
        if self.0.is_empty() {
            return None;
        }
        let (_, value) = self.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        if !value.contains('&') {
            return Some(Cow::Borrowed(value));
        }
        let mut decoded = String::with_capacity(value.len());
        entities::decode(value, &mut decoded);
        Some(Cow::Owned(decoded))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=' || c == '/').unwrap_or(rest.len()).max(1);
            let end = rest.ceil_char_boundary(end);
            let name = &rest[..end];
            rest = rest[end..].trim_start();
            let Some(value) = rest.strip_prefix('=') else { return Some((name, "")) };
            let value = value.trim_start();
            let (value, after) = match value.bytes().next() {
                Some(quote @ (b'"' | b'\'')) => {
                    let value = &value[1..];
                    value.split_once(char::from(quote)).unwrap_or((value, ""))
                }
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            rest = after;
            Some((name, value))
        })
        .take(MOST_ATTRIBUTES)
    }

    pub fn style(&self) -> Option<&'h str> {
        self.iter().find(|(name, _)| name.eq_ignore_ascii_case("style")).map(|(_, value)| value)
    }
}

/// What a tag says about the message inside it.
pub(super) fn meaning(tag: Tag, attributes: &Attributes<'_>) -> Hint {
    if attributes.0.is_empty() {
        return Hint::None;
    }
    let mut meaning = Hint::None;
    for (name, value) in attributes.iter() {
        let said = if name.eq_ignore_ascii_case("class") {
            value.split_ascii_whitespace().map(class).find(|h| *h != Hint::None).unwrap_or_default()
        } else if name.eq_ignore_ascii_case("id") {
            id(value)
        } else if name.eq_ignore_ascii_case("style") && tag == Tag::Div {
            outlook_rule(value)
        } else if name.eq_ignore_ascii_case("type") && tag == Tag::Blockquote && value.eq_ignore_ascii_case("cite") {
            Hint::Quote
        } else if name.eq_ignore_ascii_case("name") && tag == Tag::Anchor && value.eq_ignore_ascii_case("_MailOriginal")
        {
            Hint::History
        } else if name.eq_ignore_ascii_case("name") && tag == Tag::Div {
            section(value)
        } else if name.eq_ignore_ascii_case("data-smartmail") && value.eq_ignore_ascii_case("gmail_signature")
            || name.eq_ignore_ascii_case("data-marker") && value.starts_with("__SIG_")
        {
            Hint::Signature
        } else {
            Hint::None
        };
        if said != Hint::None {
            meaning = said;
            if said == Hint::History {
                break;
            }
        }
    }
    // A blockquote deepens by itself; the container around it must not count twice.
    if tag == Tag::Blockquote && meaning == Hint::Quote { Hint::Quote } else { meaning }
}

/// Whether an element names a colour, and whether somebody chose it: black, grey and the colours of programs are nobody's choice.
pub(super) fn coloured(tag: Tag, attributes: &Attributes<'_>) -> Option<bool> {
    let font = |name: &str| tag == Tag::Span && name.eq_ignore_ascii_case("color");
    let named = || attributes.iter().find(|(name, _)| font(name)).map(|(_, value)| chosen(&lower(value)));
    let Some(style) = attributes.style() else {
        return if tag == Tag::Span { named() } else { None };
    };
    let style = lower(style);
    let colour = style.split(';').find_map(|rule| rule.strip_prefix("color:"));
    if tag == Tag::Anchor { None } else { colour.map(chosen).or_else(named) }
}

fn lower(style: &str) -> String {
    style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).take(400).collect()
}

/// A colour that a writer chose.
fn chosen(colour: &str) -> bool {
    let hex = |digits: &str| u8::from_str_radix(digits, 16).unwrap_or_default();
    let numbers = |rgb: &str| -> Vec<u8> { rgb.split(',').take(3).filter_map(|n| n.trim().parse().ok()).collect() };
    let channels = match colour.strip_prefix('#') {
        Some(rgb) if rgb.len() == 6 && rgb.is_ascii() => vec![hex(&rgb[..2]), hex(&rgb[2..4]), hex(&rgb[4..])],
        Some(rgb) if rgb.len() == 3 && rgb.is_ascii() => {
            rgb.split("").filter(|d| !d.is_empty()).map(|d| hex(&d.repeat(2))).collect()
        }
        _ => match colour.split_once('(') {
            Some((_, rgb)) => numbers(rgb.trim_end_matches(')')),
            None => {
                return [
                    "red", "blue", "green", "purple", "orange", "magenta", "fuchsia", "teal", "maroon", "navy", "lime",
                    "crimson",
                ]
                .contains(&colour)
                    || colour.starts_with("dark") && !colour.contains("gr");
            }
        },
    };
    let [red, green, blue] = channels[..] else { return false };
    // Outlook writes its replies in #1F497D and its kin, dark and bluish.
    let (low, high) = (red.min(green).min(blue), red.max(green).max(blue));
    high - low > 100
}

/// A `blockquote` that only indents: the button of Gmail and its like, with no line beside it.
pub(super) fn indents(attributes: &Attributes<'_>) -> bool {
    attributes.style().is_some_and(|style| {
        let style = lower(style);
        style.split(';').any(|rule| matches!(rule, "border:none" | "border:0" | "border:0px" | "border:mediumnone"))
    })
}

/// Programs that quote a quote put `x_` before its names.
fn own(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("x_") {
        name = rest;
    }
    name
}

fn class(name: &str) -> Hint {
    match own(name) {
        "gmail_quote"
        | "gmail_quote_container"
        | "yahoo_quoted"
        | "yahoo-quoted-begin"
        | "iosymail"
        | "protonmail_quote"
        | "tutanota_quote"
        | "zmail_extra"
        | "AppleOriginalContents"
        | "moz-forward-container"
        | "moz-email-headers-table"
        | "OLK_SRC_BODY_SECTION"
        | "elided-text"
        | "ms-outlook-mobile-reference-message"
        | "mail-editor-reference-message-container"
        | "freshdesk_quote"
        | "front-blockquote"
        | "missive_quote"
        | "fairemail_quote"
        | "cm_replymail_content_wrap"
        | "bloop_original_html"
        | "ntes-mailmaster-quote"
        | "nylas-quote" => Hint::Quote,
        "gmail_attr" | "moz-cite-prefix" | "airmail_on" => Hint::Attribution,
        "gmail_signature"
        | "gmail_signature_prefix"
        | "moz-signature"
        | "protonmail_signature_block"
        | "ymail_android_signature"
        | "ms-outlook-mobile-signature"
        | "bloop_sign"
        | "zmail_signature"
        | "front-signature"
        | "missive_signature"
        | "fairemail_signature"
        | "sh-signature"
        | "edo-signature"
        | "mailbird-signature" => Hint::Signature,
        _ => Hint::None,
    }
}

fn id(name: &str) -> Hint {
    match own(name) {
        "appendonsend" | "divRplyFwdMsg" | "stopSpelling" | "zwchr" | "reply-intro" => Hint::History,
        "OLK_SRC_BODY_SECTION"
        | "mail-editor-reference-message-container"
        | "isReplyContent"
        | "isForwardContent"
        | "AppleOriginalContents"
        | "yahoo_quoted" => Hint::Quote,
        "Signature"
        | "AppleMailSignature"
        | "ms-outlook-mobile-signature"
        | "ymail_android_signature"
        | "composer_signature"
        | "_rc_sig"
        | "CanarySig"
        | "aqm-signature"
        | "signature" => Hint::Signature,
        name if name.starts_with("Zm-_Id_-Sgn") => Hint::Signature,
        name if name.starts_with("yahoo_quoted") => Hint::Quote,
        _ => Hint::None,
    }
}

/// Spark names the parts of a message.
fn section(name: &str) -> Hint {
    match name {
        "messageReplySection" => Hint::Quote,
        "messageSignatureSection" => Hint::Signature,
        _ => Hint::None,
    }
}

/// The line Outlook draws above the headers of the message it quotes.
fn outlook_rule(style: &str) -> Hint {
    let style = lower(style);
    let ruled = style.contains("border-top:solid#")
        || style.contains("border-top:#") && style.contains("solid")
        || style.contains("border-width:1pt") && style.contains("solid");
    let padded = style.contains("padding:3.0pt0")
        || style.contains("padding:3pt0")
        || style.contains("padding-top:3pt")
        || style.contains("padding:3ptin0");
    if ruled && padded { Hint::History } else { Hint::None }
}
