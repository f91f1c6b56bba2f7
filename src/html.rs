//! The HTML of a message, made harmless: what is left can be looked at and nothing else.
//!
//! Three layers, each enough on its own against scripts: [`ammonia`] keeps only known elements, attributes, URL schemes and
//! style properties; the document is served with a Content-Security-Policy that loads and runs nothing; and pages show it in
//! an `<iframe sandbox>`. See `docs/SECURITY.md`.
//!
//! Whoever writes a mail chooses what we parse: no pass over it may take time that grows faster than its length.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write as _,
    rc::Rc,
};

use ammonia::{Builder, UrlRelative};
use lol_html::{
    HtmlRewriter, RewriteStrSettings, Settings, doc_text, element, end_tag, html_content::ContentType, rewrite_str,
};
use url::Url;

use crate::cleaning::html_to_text;

/// Longer mail, with more elements, or with more attributes of one element, is shown as its text: browsers and parsers take
/// time that grows faster than that.
const MAX_BYTES: usize = 2 << 20;
const MAX_ELEMENTS: usize = 20_000;
const MAX_ATTRIBUTES: usize = 200;
/// So is mail for which the parser would look at more open elements in all, as it does for every tag,
const MAX_LOOKS: usize = 30_000_000;
/// or would open more elements again: those that are closed too early, such as `<b>` by `</p>`, go on in the next block, one
/// copy for each of them.
const MAX_REOPENED: usize = 300_000;
/// Longer styles are dropped, in bytes.
const MAX_STYLE: usize = 16 << 10;
/// Elements that go on behind the end of their block (HTML Standard, "list of active formatting elements").
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements that mail is laid out with. Neither forms nor anything that embeds, plays or scripts.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];
/// Elements that go with all that is in them.
const WITH_CONTENT: &[&str] = &[
    "applet", "audio", "canvas", "dialog", "embed", "frame", "frameset", "iframe", "math", "noembed", "noframes",
    "noscript", "object", "option", "script", "select", "style", "svg", "template", "textarea", "title", "video",
    "xmp",
];
const ATTRIBUTES: &[&str] =
    &["align", "bgcolor", "color", "dir", "height", "lang", "style", "title", "valign", "width"];
const OWN_ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("blockquote", &["type"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["face", "size"]),
    ("hr", &["noshade", "size"]),
    ("img", &["alt", "border", "src"]),
    ("li", &["value"]),
    ("ol", &["start", "type"]),
    ("table", &["border", "cellpadding", "cellspacing"]),
    ("td", &["colspan", "nowrap", "rowspan"]),
    ("th", &["colspan", "nowrap", "rowspan"]),
    ("time", &["datetime"]),
    ("ul", &["type"]),
];
/// Style properties that neither load anything nor leave their place.
const STYLES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "clear",
    "color",
    "direction",
    "display",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];
/// What mail programs call the part that repeats earlier mail.
const QUOTE_CLASSES: &[&str] = &["gmail_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra"];
/// The schemes of links that work.
const LINKS: [&str; 4] = ["http", "https", "mailto", "tel"];

/// What the document itself says, in the reader's language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The language tag (BCP 47).
    pub lang: &'static str,
    /// Above folded history.
    pub quoted: &'static str,
    /// Above the text of a mail that is not shown as HTML.
    pub too_complex: &'static str,
}

/// A mail is laid out for white paper, whatever the look of the pages around it.
const STYLE: &str = "html{color-scheme:light;background:#fff;color:#1c1d1f}\
    body{margin:12px 16px;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
    img{max-width:100%;height:auto}pre{white-space:pre-wrap}table{max-width:100%}a{color:#1a56b0}\
    details{margin:12px 0}summary{cursor:pointer;color:#5f625f;font-size:13px}\
    blockquote{margin:8px 0 8px 4px;padding-left:12px;border-left:2px solid #d0d0cb}\
    .note{padding:8px 12px;background:#f0f0ed;border-radius:5px}.text{white-space:pre-wrap}";

/// A whole document that shows the mail, which is in `language` as far as that is known. `pictures` are the addresses of the pictures that came along, by Content-ID; those on
/// other servers are left out unless `remote_images`.
#[must_use]
pub fn document(
    html: &str,
    subject: Option<&str>,
    language: Option<&str>,
    pictures: BTreeMap<String, String>,
    remote_images: bool,
    words: Words,
) -> String {
    let body = if is_manageable(html) {
        fold_quotes(&sanitize(html, pictures, remote_images), words)
    } else {
        let text = html_to_text(&html[..html.floor_char_boundary(MAX_BYTES)]);
        let note = escape(words.too_complex);
        format!("<p class=\"note\" lang=\"{}\">{note}</p><div class=\"text\">{}</div>", words.lang, escape(&text))
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\"><title>{}</title>\
         <style>{STYLE}</style></head><body><div lang=\"{}\" dir=\"auto\">{body}</div></body></html>",
        words.lang,
        escape(subject.unwrap_or_default()),
        // Without a value the language is unknown, whatever is said further out.
        language.unwrap_or_default(),
    )
}

/// Whether a mail refers to pictures on other servers. An early guess, for a link that offers to show them.
#[must_use]
pub fn has_remote_images(html: &str) -> bool {
    let mut rest = html.as_bytes();
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at + 1..];
        let is_image = rest
            .get(..4)
            .is_some_and(|name| name[..3].eq_ignore_ascii_case(b"img") && !name[3].is_ascii_alphanumeric());
        if is_image {
            // No byte is looked at twice, also where no tag ever ends.
            let (tag, behind) = rest.split_at(memchr::memchr(b'>', rest).unwrap_or(rest.len()));
            if tag.windows(8).any(|window| window.eq_ignore_ascii_case(b"https://"))
                || tag.windows(7).any(|window| window.eq_ignore_ascii_case(b"http://"))
            {
                return true;
            }
            rest = behind;
        }
    }
    false
}

/// What parsing takes: see [`is_manageable`].
#[derive(Default)]
struct Work {
    elements: Cell<usize>,
    open: Cell<usize>,
    deepest: Cell<usize>,
    looks: Cell<usize>,
    formatting: Cell<usize>,
    reopened: Cell<usize>,
}

impl Work {
    /// A tag: the parser looks at the open elements, and opens those again that go on.
    fn tag(&self, end_tags: usize) -> bool {
        self.looks.set(self.looks.get() + self.open.get());
        self.reopened.set(self.reopened.get() + self.formatting.get());
        let looks = self.looks.get() + end_tags * self.deepest.get();
        self.elements.get() <= MAX_ELEMENTS && looks <= MAX_LOOKS && self.reopened.get() <= MAX_REOPENED
    }
}

/// Whether parsing it takes time that is worth its size. The parser compares each attribute with all others of its element,
/// looks at all open elements at every tag, whether it fits or not, and copies formatting into every block that follows.
fn is_manageable(html: &str) -> bool {
    if html.len() > MAX_BYTES {
        return false;
    }
    let end_tags = memchr::memmem::find_iter(html.as_bytes(), "</").count();
    let work = Rc::new(Work::default());
    let add = |to: &Cell<usize>, number: usize| to.set(to.get() + number);
    let count = element!("*", move |element| {
        add(&work.elements, 1);
        if element.attributes().len() > MAX_ATTRIBUTES || !work.tag(end_tags) {
            return Err("too complex".into());
        }
        if !element.can_have_content() {
            return Ok(());
        }
        let formatting = usize::from(FORMATTING.contains(&element.tag_name().as_str()));
        add(&work.open, 1);
        add(&work.formatting, formatting);
        work.deepest.set(work.deepest.get().max(work.open.get()));
        let work = Rc::clone(&work);
        element.on_end_tag(end_tag!(move |_| {
            work.open.set(work.open.get().saturating_sub(1));
            work.formatting.set(work.formatting.get().saturating_sub(formatting));
            if work.tag(0) { Ok(()) } else { Err("too complex".into()) }
        }))
    });
    let settings = Settings::new().append_element_content_handler(count).with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A tag that the mail's end cuts off costs as much as a whole one, and would not be counted.
    rewriter.write(html.as_bytes()).and_then(|()| rewriter.write(b"\"'>")).and_then(|()| rewriter.end()).is_ok()
}

fn sanitize(html: &str, pictures: BTreeMap<String, String>, remote_images: bool) -> String {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<&str>>();
    let quotes = || set(QUOTE_CLASSES);
    Builder::empty()
        .tags(set(ELEMENTS))
        .clean_content_tags(set(WITH_CONTENT))
        .generic_attributes(set(ATTRIBUTES))
        .tag_attributes(OWN_ATTRIBUTES.iter().map(|(element, names)| (*element, set(names))).collect())
        .allowed_classes(HashMap::from([("div", quotes()), ("blockquote", quotes())]))
        .filter_style_properties(set(STYLES))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        // The filter lets no relative address of the mail pass; those it writes itself are ours.
        .url_relative(UrlRelative::PassThrough)
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => picture(value, &pictures, remote_images).map(Cow::Owned),
            ("a", "href") => link(value).map(Cow::Owned),
            (_, "style") => without_functions(value).map(Cow::Owned),
            _ => Some(Cow::Borrowed(value)),
        })
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true)
        .clean(html)
        .to_string()
}

/// A style without declarations that call functions, such as `url()`, but for those that make colours and lengths. `None` for
/// one that is longer than anybody writes.
fn without_functions(style: &str) -> Option<String> {
    const HARMLESS: [&[u8]; 5] = [b"calc", b"hsl", b"hsla", b"rgb", b"rgba"];
    let is_harmless = |declaration: &&str| {
        let mut rest = declaration.as_bytes();
        while let Some(at) = memchr::memchr(b'(', rest) {
            let before = &rest[..at];
            let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let name = &before[at - letters..];
            // An escaped name (`\75 rl`), or one that begins with other letters, is none of these, whatever its last letters are.
            let is_cut_off = before[..at - letters].last().is_some_and(|byte| !byte.is_ascii());
            let is_known = HARMLESS.iter().any(|known| name.eq_ignore_ascii_case(known));
            if is_cut_off || !is_known || memchr::memchr(b'\\', before).is_some() {
                return false;
            }
            rest = &rest[at + 1..];
        }
        true
    };
    (style.len() <= MAX_STYLE).then(|| style.split(';').filter(is_harmless).collect::<Vec<_>>().join(";"))
}

/// Where a link may lead: out of here.
fn link(target: &str) -> Option<String> {
    Url::parse(target).ok().filter(|url| LINKS.contains(&url.scheme())).map(Into::into)
}

/// The address under which a picture may be loaded, if it may.
fn picture(source: &str, pictures: &BTreeMap<String, String>, remote_images: bool) -> Option<String> {
    let url = Url::parse(source.trim()).ok()?;
    match url.scheme() {
        "cid" => {
            // RFC 2392: percent-encoded.
            let id = percent_decoded(url.path());
            pictures.get(id.trim_matches(['<', '>'])).cloned()
        }
        "data" => {
            let is_picture = ["image/png", "image/jpeg", "image/gif", "image/webp"]
                .iter()
                .any(|kind| url.path().strip_prefix(kind).is_some_and(|rest| rest.starts_with(";base64,")));
            is_picture.then(|| url.into())
        }
        "https" if remote_images => Some(url.into()),
        "http" if remote_images => {
            let mut url = url;
            url.set_scheme("https").ok()?;
            Some(url.into())
        }
        _ => None,
    }
}

fn percent_decoded(text: &str) -> String {
    // The form decoder would take a plus sign for a space.
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

/// Folds the outermost quotes. Where a mail says nothing besides, they are open.
fn fold_quotes(html: &str, words: Words) -> String {
    const CLOSED: &str = "<details class=\"quoted\">";
    let mut start = String::new();
    let _written = write!(start, "{CLOSED}<summary lang=\"{}\">{}</summary>", words.lang, escape(words.quoted));
    let (depth, own_words) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(false)));
    let selector = QUOTE_CLASSES.iter().fold("blockquote".to_owned(), |all, class| format!("{all}, div.{class}"));
    let (inside, outside) = (Rc::clone(&depth), Rc::clone(&own_words));
    let quote = element!(selector, move |quote| {
        if is_indentation(quote.get_attribute("style").as_deref()) {
            return Ok(());
        }
        if inside.get() == 0 {
            quote.before(&start, ContentType::Html);
            quote.after("</details>", ContentType::Html);
        }
        inside.set(inside.get() + 1);
        let inside = Rc::clone(&inside);
        quote.on_end_tag(end_tag!(move |_| {
            inside.set(inside.get().saturating_sub(1));
            Ok(())
        }))
    });
    let text = doc_text!(move |text| {
        if depth.get() == 0
            && text.as_str().chars().any(|c| !c.is_whitespace() && c != '\u{a0}')
            && text.as_str() != "&nbsp;"
        {
            outside.set(true);
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(quote)
        .append_document_content_handler(text)
        .with_strict(false);
    // What cannot be folded is shown as it is.
    let folded = rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned());
    if own_words.get() { folded } else { folded.replace(CLOSED, "<details class=\"quoted\" open>") }
}

/// Gmail indents with quotes that have no line at their side.
fn is_indentation(style: Option<&str>) -> bool {
    style.is_some_and(|style| style.replace(' ', "").split(';').any(|rule| rule == "border:none"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
