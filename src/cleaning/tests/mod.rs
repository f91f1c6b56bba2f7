mod fixtures;
mod habits;
mod hostile;
mod locales;
mod properties;
mod wrapped;

use super::{Cleaned, Input, Kind, Mode, Sender, clean, html_to_text};

/// Cleans a plain text, everything taken away.
fn full(text: &str) -> String {
    clean(&Input { text: Some(text), ..Input::default() }).text()
}

/// Cleans a plain text, the signature kept.
fn quotes_only(text: &str) -> String {
    clean(&Input { text: Some(text), mode: Mode::QuotesOnly, ..Input::default() }).text()
}

/// Cleans an HTML part.
fn html(html: &str) -> String {
    clean(&Input { html: Some(html), ..Input::default() }).text()
}

/// Spans are in order, apart, inside the source and between characters; the text is what they leave.
fn check(cleaned: &Cleaned) {
    let mut last = 0;
    for span in &cleaned.removed {
        assert!(span.start >= last && span.end > span.start, "{span:?} after {last}");
        assert!(
            cleaned.source.is_char_boundary(span.start as usize) && cleaned.source.is_char_boundary(span.end as usize)
        );
        last = span.end;
    }
    assert!(last as usize <= cleaned.source.len());
    assert!(subsequence(&cleaned.text(), &cleaned.source), "{:?} is no part of {:?}", cleaned.text(), cleaned.source);
}

#[test]
fn a_span_can_be_put_back() {
    let text = "The invoice is attached.\n\nBest regards,\nCarla\n\n> Where is it?\n";
    let cleaned = clean(&Input { text: Some(text), ..Input::default() });
    let kinds: Vec<Kind> = cleaned.removed.iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [Kind::SignOff, Kind::Signature, Kind::QuotedHistory]);
    assert_eq!(cleaned.text(), "The invoice is attached.");
    let signed = cleaned.text_with(|r| matches!(r.kind, Kind::SignOff | Kind::Signature));
    assert_eq!(signed, "The invoice is attached.\n\nBest regards,\nCarla");
    assert_eq!(cleaned.text_with(|_| true), text.trim_end());
}

#[test]
fn the_text_part_wins_unless_it_is_empty() {
    let both = clean(&Input { text: Some("plain"), html: Some("<p>markup</p>"), ..Input::default() });
    assert_eq!(both.text(), "plain");
    let blank = clean(&Input { text: Some(" \n"), html: Some("<p>markup</p>"), ..Input::default() });
    assert_eq!(blank.text(), "markup");
    let text = "This message is in HTML. Your program cannot show it.";
    let stub = clean(&Input { text: Some(text), html: Some("<p>markup</p>"), ..Input::default() });
    assert_eq!(stub.text(), "markup");
    assert_eq!(clean(&Input { text: Some(text), ..Input::default() }).text(), text);
    assert_eq!(html_to_text("<p>a</p><p>b &amp; c<br>d</p>").trim(), "a\n\nb & c\nd");
}

#[test]
fn the_html_part_tells_what_the_text_part_quotes() {
    let words = "Would Thursday suit you for the repair of the large pump, or shall we come on Friday morning with the second team?";
    let text = format!("Thursday, please.\n\nNora Feld, 4.3.\n{words}\n");
    let html = format!(
        "<div>Thursday, please.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">Nora Feld, 4.3.</div><blockquote class=\"gmail_quote\">{words}</blockquote></div>"
    );
    let both = clean(&Input { text: Some(&text), html: Some(&html), ..Input::default() });
    check(&both);
    assert_eq!(both.text(), "Thursday, please.");
}

#[test]
fn what_would_leave_nothing_is_left_and_said() {
    let notice = "This e-mail is confidential and intended only for the addressee. If you received it in error, notify the sender.";
    let all = clean(&Input { text: Some(notice), ..Input::default() });
    assert_eq!(all.text(), notice);
    let list = "Grey chairs, twelve of them, with arms and on wheels, please.";
    let html = format!("<div>Hi,</div><div class=\"yahoo_quoted\"><blockquote>{list}</blockquote></div>");
    let held = clean(&Input { html: Some(&html), ..Input::default() });
    check(&held);
    assert_eq!(held.text(), format!("Hi,\n\n{list}"));
    assert!(!held.kept.is_empty());
    let marked = clean(&Input { text: Some("> Where is it?\n> Nora"), ..Input::default() });
    assert!(marked.is_empty() && marked.kept.is_empty(), "a program marked it");
}

/// Found by fuzzing: what ends a line must not depend on the lines around it, nor on which of them are taken.
#[test]
fn carriage_returns_end_lines() {
    assert_eq!(full("One\r\rTwo\r> quoted"), "One\n\nTwo");
    assert_eq!(full("One\r\r\nTwo\r\r\n> quoted"), "One\nTwo");
    for text in [
        "Yes.\rCarla\n> ",
        "One\r> a\rTwo\r> b\rThree\n> c",
        "It was. On Tue, Mar 14, 2023 at 9:12 AM Carla <carl\ra@example.com wrote:\n> \n\nra@example.com wrote:\n> \n\nWhere?",
        "a\r\r\r\rb\n\r\r\nc",
        "One\r> a\n\nTwo\n> b",
        "Hi\n\n> No dia 12/10/2026, \u{e0}s 12\r49, Ben <ben@x.example> escreveu:\n>\n> off?\n> \n>  Carla\n",
    ] {
        for mode in [Mode::Full, Mode::QuotesOnly] {
            let cleaned = clean(&Input { text: Some(text), mode, ..Input::default() });
            check(&cleaned);
            let once = cleaned.text();
            assert_eq!(clean(&Input { text: Some(&once), mode, ..Input::default() }).text(), once, "{text:?}");
        }
    }
}

/// Found by fuzzing: what the text that comes out leaves off at the end of a line, no rule may see.
#[test]
fn nothing_hidden_at_the_end_of_a_line_counts() {
    for hidden in ["", " ", "\0\0\0", "\u{200b}", "\u{feff} \0"] {
        let text = format!("Mine.\n\n> Ann Lee <ann@example.com>:{hidden}\n>> Theirs.\n\nMine too.");
        assert_eq!(full(&text), "Mine.\n\nMine too.", "{hidden:?}");
    }
}

fn subsequence(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|c| whole.any(|w| w == c))
}
