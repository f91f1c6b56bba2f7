//! Markdown of the team as HTML that is safe to show: raw HTML is shown as it was typed, pictures are links, and links lead to the web, to
//! mail, or to pages of ours. What comes out is sanitised once more.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html::push_html};

/// Quotes and lists inside each other that are told apart. Deeper ones are shown like these.
const MOST_DEPTH: usize = 16;

/// Elements that Markdown becomes.
const ELEMENTS: [&str; 23] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Markdown as HTML. Its headings begin below those of a page and its parts.
#[must_use]
pub fn to_html(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut open: Vec<bool> = Vec::new();
    let mut depth = 0;
    let events = parser.filter_map(|event| match event {
        Event::Start(tag) => {
            let is_shown = depth < MOST_DEPTH || !nests(&tag);
            depth += usize::from(is_shown && nests(&tag));
            open.push(is_shown);
            is_shown.then(|| Event::Start(shown(tag)))
        }
        Event::End(end) => {
            let was_shown = open.pop().unwrap_or(true);
            depth -= usize::from(was_shown && nests_end(&end));
            was_shown.then(|| Event::End(shown_end(end)))
        }
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        other => Some(other),
    });
    let mut html = String::new();
    push_html(&mut html, events);
    let attributes = HashMap::from([("a", HashSet::from(["href", "title"])), ("ol", HashSet::from(["start"]))]);
    Builder::new()
        .tags(ELEMENTS.into_iter().collect())
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string()
}

fn nests(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item | Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
}

fn nests_end(end: &TagEnd) -> bool {
    matches!(
        end,
        TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
    )
}

fn shown(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::HtmlBlock => Tag::Paragraph,
        Tag::Heading { level, .. } => {
            Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() }
        }
        Tag::Image { dest_url, title, .. } => {
            Tag::Link { link_type: LinkType::Inline, dest_url, title, id: CowStr::Borrowed("") }
        }
        other => other,
    }
}

fn shown_end(end: TagEnd) -> TagEnd {
    match end {
        TagEnd::HtmlBlock => TagEnd::Paragraph,
        TagEnd::Heading(level) => TagEnd::Heading(lower(level)),
        TagEnd::Image => TagEnd::Link,
        other => other,
    }
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html() {
        let html = to_html(
            "# Rules\n\nApprove *only* **complete** answers:\n\n1. true\n2. ~~old~~\n\n| a | b |\n|---|---|\n| 1 | `2` |\n",
        );
        for part in [
            "<h3>Rules</h3>",
            "<em>only</em>",
            "<strong>complete</strong>",
            "<ol>",
            "<li>true</li>",
            "<del>old</del>",
            "<th>a</th>",
            "<td><code>2</code></td>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(to_html(""), "");
    }

    #[test]
    fn raw_html_is_shown_as_it_was_typed() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<div onclick=\"alert(1)\">\n\nx\n\n</div>",
            "<!-- <script>alert(1)</script> -->",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ] {
            let html = to_html(text);
            for bad in ["<script", "<img", "<div", "<!--"] {
                assert!(!html.contains(bad), "{text}: {html}");
            }
        }
        assert!(to_html("a <b>c</b>").contains("a &lt;b&gt;c&lt;/b&gt;"));
    }

    #[test]
    fn links_lead_to_the_web_to_mail_or_to_a_page() {
        let html = to_html("[a](https://x.example/?a=1&b=2 \"t\") <mailto:a@x.example> [own](/admin/review-tags)");
        assert!(html.contains("href=\"https://x.example/?a=1&amp;b=2\"") && html.contains("title=\"t\""), "{html}");
        assert!(html.contains("href=\"mailto:a@x.example\"") && html.contains("href=\"/admin/review-tags\""), "{html}");
        assert_eq!(html.matches("rel=\"noopener noreferrer nofollow\"").count(), 3, "{html}");
        for text in [
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](data:text/html,x)",
            "[a]( java\tscript:alert(1))",
            "![a](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[a][b]\n\n[b]: vbscript:x",
        ] {
            let html = to_html(text);
            assert!(!html.contains("href"), "{text}: {html}");
        }
        let picture = to_html("![a chart](https://x.example/c.png)");
        assert!(picture.contains(">a chart</a>") && !picture.contains("<img"), "{picture}");
    }

    #[test]
    fn what_nests_without_end_is_read_in_time() {
        for text in [">".repeat(20_000), "- ".repeat(10_000), "*a **b ".repeat(2_500), "[".repeat(20_000)] {
            let begun = std::time::Instant::now();
            let html = to_html(&text);
            assert!(html.matches("<blockquote>").count() <= MOST_DEPTH);
            assert!(begun.elapsed().as_secs() < 5, "{}", &text[..10]);
        }
    }
}
