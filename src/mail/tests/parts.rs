//! Which part is the text, what its bytes mean, and the files that stand in it.

use encoding_rs::ISO_2022_JP;

use super::{PLAIN, parse, parse_bytes};
use crate::mail::{Defect, MessageParts, parse_rfc822};

fn mixed(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
}

const HTML: &str =
    "Content-Type: text/html\n\n<p>Ship it.</p><div class=\"gmail_quote\"><blockquote>Shall we?</blockquote></div>";
const FOOTER: &str = "Content-Type: text/plain\n\n____\nlist mailing list\n";

#[test]
fn html_with_a_plain_footer_or_a_blank_text_is_the_message() {
    let banner = "Content-Type: text/plain\n\n[Mail from outside]\n";
    let blank = "Content-Type: text/plain\n\n \n";
    for parts in
        [&[HTML, FOOTER][..], &[blank, HTML], &[banner, HTML], &[blank, "Content-Type: text/html\n\n<p>Ship it.</p>"]]
    {
        let message = parse(&mixed(parts));
        assert_eq!(message.body_text, None, "{parts:?}");
        assert!(message.body_html.is_some_and(|html| html.contains("Ship it.")), "{parts:?}");
    }
    let footer_too = parse(&mixed(&[HTML, FOOTER])).body_html.unwrap();
    assert!(footer_too.contains("list mailing list"), "nothing is lost: {footer_too}");
}

#[test]
fn plain_text_with_an_html_footer_is_the_message() {
    let message = parse(&mixed(&[
        "Content-Type: text/plain\n\nThe pump leaks.",
        "Content-Type: text/html\n\n<p>Scanned by X</p>",
    ]));
    assert!(message.body_text.is_some_and(|text| text.starts_with("The pump leaks.\n")));
}

#[test]
fn the_only_text_is_the_text_whatever_its_name() {
    let picture = "Content-Type: image/png; name=a.png\nContent-Disposition: inline\n\nxx";
    for disposition in ["Content-Disposition: inline; filename=m.txt\n", ""] {
        let text = format!("Content-Type: text/plain; name=m.txt\n{disposition}\nCancel it.\n");
        let message = parse(&mixed(&[picture, &text]));
        assert_eq!(message.body_text.as_deref(), Some("Cancel it.\n"));
        assert_eq!(message.attachments.len(), 1, "the text is no attachment");
        // Beside another text, or as a declared attachment, it is a file.
        let beside = parse(&mixed(&["Content-Type: text/plain\n\nSee there.", &text]));
        assert_eq!((beside.body_text.as_deref(), beside.attachments.len()), (Some("See there."), 1));
    }
    let attached =
        parse(&mixed(&[picture, "Content-Type: text/plain\nContent-Disposition: attachment; filename=m.txt\n\nx"]));
    assert_eq!((attached.body_text, attached.attachments.len()), (None, 2));
}

#[test]
fn html_with_a_file_name_is_the_other_form_of_a_text() {
    for disposition in ["inline", "attachment"] {
        let message = parse(&format!(
            "{PLAIN}Content-Type: multipart/alternative; boundary=b\n\n--b\n\nThis is HTML.\n--b\nContent-Type: text/html; name=m.html\n\
             Content-Disposition: {disposition}; filename=m.html\n\n<p>Cancel it.</p>\n--b--\n"
        ));
        assert_eq!(message.body_html.as_deref(), Some("<p>Cancel it.</p>"), "{disposition}");
        assert!(message.attachments.is_empty());
    }
}

#[test]
fn japanese_in_several_words_and_lines() {
    let word = |text: &str| {
        let (bytes, ..) = ISO_2022_JP.encode(text);
        let escaped: String = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
        format!("=?ISO-2022-JP?Q?{escaped}?=")
    };
    let (one, two) = (word("納期の"), word("件です"));
    let message = parse(&format!(
        "From: {one}\n {two} <a@x.example>\nSubject: {one}\n {two}\nContent-Type: application/pdf; name=\"{one}\n {two}\"\n\nx"
    ));
    assert_eq!(message.subject.as_deref(), Some("納期の件です"));
    assert_eq!(message.from.unwrap().name.as_deref(), Some("納期の件です"));
    assert_eq!(message.attachments[0].file_name.as_deref(), Some("納期の件です"));
    // A line that ends its escape, and begins another one at once.
    let mut bytes = ISO_2022_JP.encode("納期").0.into_owned();
    bytes.extend_from_slice(&ISO_2022_JP.encode("の件").0);
    let message = parse_bytes(&format!("{PLAIN}Content-Type: text/plain; charset=iso-2022-jp\n"), &bytes);
    assert_eq!((message.body_text.as_deref(), message.defects.as_slice()), (Some("納期の件"), &[][..]));
}

#[test]
fn short_utf8_is_seen_under_the_label_of_another_charset() {
    let text = |label: &str, text: &str| {
        let head = format!("{PLAIN}Content-Type: text/plain; charset={label}\n");
        parse_bytes(&head, text.as_bytes()).body_text.unwrap_or_default()
    };
    for (label, words) in [
        ("gb2312", "谢谢"),
        ("gbk", "好的，明天见"),
        ("big5", "謝謝您"),
        ("shift_jis", "はい"),
        ("euc-jp", "了解です"),
        ("euc-kr", "네"),
        ("gb18030", "ok 👍"),
        ("gbk", "Café"),
    ] {
        assert_eq!(text(label, words), words, "{label}");
    }
    // And the other way round: what is valid UTF-8 by chance is what its label says.
    let (bytes, ..) = encoding_rs::GBK.encode("模");
    assert!(std::str::from_utf8(&bytes).is_ok());
    let message = parse_bytes(&format!("{PLAIN}Content-Type: text/plain; charset=gbk\n"), &bytes);
    assert_eq!(message.body_text.as_deref(), Some("模"));
}

#[test]
fn html_that_names_its_charset_is_a_witness() {
    let html = |label: &str, meta: &str, text: &[u8]| {
        let head = format!("{PLAIN}Content-Type: text/html{label}\n");
        let mut body = format!("<meta charset=\"{meta}\">").into_bytes();
        body.extend_from_slice(text);
        parse_bytes(&head, &body).body_html.unwrap_or_default()
    };
    assert!(html("; charset=gbk", "utf-8", "谢谢".as_bytes()).ends_with("谢谢"));
    let (russian, ..) = encoding_rs::WINDOWS_1251.encode("Добрый день");
    for label in ["", "; charset=us-ascii", "; charset=unknown-8bit", "; charset=utf-8"] {
        assert!(html(label, "windows-1251", &russian).ends_with("Добрый день"), "{label}");
    }
}

#[test]
fn clear_text_around_base64_stays_what_it_is() {
    let text = |body: &str| {
        let message = parse(&format!(
            "{PLAIN}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}"
        ));
        message.body_text.unwrap_or_default()
    };
    let encoded = "0JTQvtCx0YDRi9C5INC00LXQvdGMISDQk9C00LUg0LfQsNC60LDQtz8=\n";
    let words = "Добрый день! Где заказ?";
    assert_eq!(text(encoded), words);
    assert_eq!(
        text(&format!("{encoded}\n____\nlist mailing list\nhttp://x\n")),
        format!("{words}\n\n____\nlist mailing list\nhttp://x\n")
    );
    assert_eq!(text(&format!("[Mail from outside]\n\n{encoded}")), format!("[Mail from outside]\n{words}"));
    assert_eq!(text("Nothing is encoded here, is it?\n").trim(), "Nothing is encoded here, is it?");
    let two = format!("{encoded}{encoded}");
    assert_eq!(text(&two), format!("{words}{words}"), "two encoded texts in a row are one");
}

#[test]
fn uuencoded_files_are_attachments() {
    let text = format!("{PLAIN}\nHello,\n\nsee the file.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n");
    let message = parse(&text);
    assert_eq!(message.body_text.as_deref().map(str::trim), Some("Hello,\n\nsee the file."));
    let attachment = &message.attachments[0];
    assert_eq!((attachment.file_name.as_deref(), attachment.size_bytes), (Some("cat.txt"), 3));
    assert_eq!(MessageParts::of(text.as_bytes()).bytes(&attachment.part_id).as_deref(), Some(&b"Cat"[..]));

    let part = "Content-Type: application/octet-stream\nContent-Disposition: attachment\nContent-Transfer-Encoding: x-uuencode\n\n\
                begin 644 cat.txt\n#0V%T\n`\nend\n";
    let raw = mixed(&["Content-Type: text/plain\n\nsee the file", part]);
    let message = parse_rfc822(raw.as_bytes()).unwrap();
    let attachment = &message.attachments[0];
    assert_eq!((attachment.file_name.as_deref(), attachment.size_bytes), (Some("cat.txt"), 3));
    assert_eq!(MessageParts::of(raw.as_bytes()).bytes(&attachment.part_id).as_deref(), Some(&b"Cat"[..]));
    assert!(!message.defects.contains(&Defect::BrokenEncoding));
}
