use chrono::{TimeZone, Utc};

use super::{PLAIN, parse, parse_bytes};
use crate::mail::{Defect, Mailbox, MessageParts, ParseError, parse_rfc822};

fn mailbox(name: Option<&str>, address: &str) -> Mailbox {
    Mailbox { name: name.map(str::to_owned), address: address.to_owned() }
}

#[test]
fn a_plain_message_is_read_whole() {
    let message = parse(&format!(
        "{PLAIN}In-Reply-To: <0@shop.example>\nReferences: <a@x> <0@shop.example>\nCc: \"Doe, John\" <John@X.example>, b@y.example\n\
         Reply-To: <other@example.com>\nReceived: from a by b; Thu, 19 Nov 2026 07:00:05 +0000\n\nHello,\nwhere is my order?\n"
    ));
    assert_eq!(message.message_id.as_deref(), Some("1@example.com"));
    assert_eq!(message.in_reply_to, ["0@shop.example"]);
    assert_eq!(message.references, ["a@x", "0@shop.example"]);
    assert_eq!(message.from, Some(mailbox(Some("Ann"), "ann@example.com")));
    assert_eq!(message.to, [mailbox(None, "help@shop.example")]);
    assert_eq!(message.cc, [mailbox(Some("Doe, John"), "john@x.example"), mailbox(None, "b@y.example")]);
    assert_eq!(message.reply_to, [mailbox(None, "other@example.com")]);
    assert_eq!(message.subject.as_deref(), Some("Hello"));
    assert_eq!(message.sent_at, Some(Utc.with_ymd_and_hms(2026, 11, 19, 7, 0, 0).unwrap()));
    assert_eq!(message.received_at, Some(Utc.with_ymd_and_hms(2026, 11, 19, 7, 0, 5).unwrap()));
    assert_eq!(message.body_text.as_deref(), Some("Hello,\nwhere is my order?\n"));
    assert_eq!(message.body_html, None);
    assert!(message.defects.is_empty(), "{:?}", message.defects);
    assert!(message.nature.person());
}

#[test]
fn what_is_missing_is_a_defect_not_an_error() {
    let message = parse("Subject: only this\n\n");
    assert_eq!(
        message.defects,
        [Defect::MissingFrom, Defect::MissingDate, Defect::MissingMessageId, Defect::MissingBody]
    );
    assert_eq!(message.subject.as_deref(), Some("only this"));

    let bare = parse("\nNo headers at all, but text.\n");
    assert_eq!(bare.body_text.as_deref().map(str::trim), Some("No headers at all, but text."));
    assert!(bare.defects.contains(&Defect::MissingFrom));

    let nameless = parse("From: Nobody At All\nDate: yesterday, I think\n\nText\n");
    assert!(nameless.defects.contains(&Defect::MissingFrom));
    assert!(nameless.defects.contains(&Defect::InvalidDate));
    assert_eq!(nameless.sent_at, None);
}

#[test]
fn no_message_at_all_is_an_error() {
    assert_eq!(parse_rfc822(b""), Err(ParseError::Empty));
    assert_eq!(parse_rfc822(b" \r\n\r\n"), Err(ParseError::Empty));
    assert_eq!(parse_rfc822(b"just some words"), Err(ParseError::NoHeaders));
    assert_eq!(parse_rfc822(&[0, 1, 2, 250, 251]), Err(ParseError::NoHeaders));
}

#[test]
fn encoded_words_are_joined_before_they_are_decoded() {
    // The second word begins in the middle of a character.
    let message = parse(
        "From: =?utf-8?B?0JjQstCw?= =?utf-8?B?0L0g0J8=?= <ivan@example.ru>\n\
         Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=\n =?UTF-8?B?LCDQvNC40YDR?=\n =?UTF-8?B?gw==?= and =?iso-8859-1?Q?caf=E9_?=x\n\nT\n",
    );
    assert_eq!(message.subject.as_deref(), Some("Привет, миру and café x"));
    assert_eq!(message.from, Some(mailbox(Some("Иван П"), "ivan@example.ru")));
}

#[test]
fn encoded_words_in_other_charsets() {
    for (subject, expected) in [
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?GBK?B?xOO6ww?=", "你好"),
        ("=?euc-kr?B?vsiz58fPvLy/5A==?=", "안녕하세요"),
        ("=?big5?B?p0GmbiE=?=", "你好!"),
        ("=?utf-8*en?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?unknown-8bit?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-7?Q?Hi+AOk-?=", "Hié"),
        ("=?utf-8?Q?why=3F_yes?=", "why? yes"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        ("2 =? 3", "2 =? 3"),
    ] {
        let message = parse(&format!("Subject: {subject}\n\nT\n"));
        assert_eq!(message.subject.as_deref(), Some(expected), "{subject}");
    }
}

#[test]
fn names_of_authors_survive_bad_quoting() {
    for (from, name, address) in [
        ("\"=?utf-8?B?0JjQstCw0L0=?=\" <a@x.example>", Some("Иван"), "a@x.example"),
        ("=?utf-8?Q?Doe=2C_=22J=22?= <a@x.example>", Some("Doe, \"J"), "a@x.example"),
        ("Doe, John <a@x.example>", Some("Doe, John"), "a@x.example"),
        ("a@x.example (Ann Lee)", Some("Ann Lee"), "a@x.example"),
        ("<A@X.example>", None, "a@x.example"),
        ("A@X.example", None, "a@x.example"),
        ("\"a@x.example\" <a@x.example>", None, "a@x.example"),
        ("Dr \"Bob\" Smith <b@x.example>", Some("Dr Bob Smith"), "b@x.example"),
        ("Team: a@x.example, b@x.example;", None, "a@x.example"),
        ("Иван Петров <a@x.example>", Some("Иван Петров"), "a@x.example"),
        ("=?bad? <a@x.example>", Some("=?bad?"), "a@x.example"),
    ] {
        let message = parse(&format!("From: {from}\n\nT\n"));
        let author = message.from.unwrap_or_else(|| panic!("no author in {from}"));
        assert_eq!(author.address, address, "{from}");
        let squeezed = author.name.map(|name| name.replace("= ?", "=?").replace(" =?", "=?"));
        assert_eq!(squeezed.as_deref(), name, "{from}");
    }
}

#[test]
fn recipients_without_an_address_are_left_out() {
    let message = parse(
        "From: a@x.example\nTo: undisclosed-recipients:;\nCc: Bob, c@x.example, Team: d@x.example, e@x.example;\n\nT\n",
    );
    assert!(message.to.is_empty());
    let cc: Vec<_> = message.cc.iter().map(|m| m.address.as_str()).collect();
    assert_eq!(cc, ["c@x.example", "d@x.example", "e@x.example"]);
}

#[test]
fn dates_as_they_are_written() {
    let expected = Utc.with_ymd_and_hms(2026, 11, 19, 7, 0, 0).unwrap();
    for date in [
        "Thu, 19 Nov 2026 10:00:00 +0300",
        "Thu, 19 Nov 2026 10:00:00 +0300 (MSK)",
        "19 Nov 2026 07:00:00 GMT",
        "Thu, 19 Nov 26 07:00:00 +0000",
        "Thu, 19 Nov 2026 07:00 +0000",
        "Wed, 19 Nov 2026 07:00:00 +0000",
        "Thu, 19 Nov 2026 02:00:00 EST",
        "2026-11-19T07:00:00Z",
    ] {
        let message = parse(&format!("Date: {date}\n\nT\n"));
        assert_eq!(message.sent_at, Some(expected), "{date}");
    }
    for date in ["Thu, 32 Nov 2026 10:00:00 +0300", "never", "Mon, 1 Jan 0001 00:00:00 +0000"] {
        let message = parse(&format!("Date: {date}\n\nT\n"));
        assert_eq!(message.sent_at, None, "{date}");
        assert!(message.defects.contains(&Defect::InvalidDate), "{date}");
    }
}

#[test]
fn ids_as_they_are_written() {
    let message = parse(
        "Message-ID: 1@x.example\nIn-Reply-To: Your message of \"Mon\" <2@x.example>\nReferences: <3@x.example>\n <4@x\n .example>,<3@x.example>\n\nT\n",
    );
    assert_eq!(message.message_id.as_deref(), Some("1@x.example"));
    assert_eq!(message.in_reply_to, ["2@x.example"]);
    assert_eq!(message.references, ["3@x.example", "4@x.example"]);
    let many: String = (0..500).map(|n| format!(" <{n}@x.example>\n")).collect();
    let long = parse(&format!("References:{many}\nT\n")).references;
    assert_eq!((long.len(), long[0].as_str(), long[1].as_str()), (200, "0@x.example", "301@x.example"));
    assert_eq!(long.last().map(String::as_str), Some("499@x.example"));
    let wordy = parse("In-Reply-To: message from Ann of Monday\n\nT\n");
    assert!(wordy.in_reply_to.is_empty());
}

#[test]
fn alternative_gives_both_bodies() {
    let message = parse(&format!(
        "{PLAIN}Content-Type: multipart/alternative; boundary=\"b\"\n\npreamble\n--b\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe, this line is=\n long\n--b\nContent-Type: text/html\n\n\
         <p>Gr&uuml;&szlig;e</p>\n--b--\nepilogue\n"
    ));
    assert_eq!(message.body_text.as_deref(), Some("Grüße, this line is long"));
    assert_eq!(message.body_html.as_deref(), Some("<p>Gr&uuml;&szlig;e</p>"));
    assert!(message.attachments.is_empty());
    assert!(message.defects.is_empty(), "{:?}", message.defects);
}

#[test]
fn related_pictures_and_attachments() {
    let message = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed; boundary=outer\n\n--outer\nContent-Type: multipart/related; boundary=inner\n\n\
         --inner\nContent-Type: text/html\n\n<img src=\"cid:pic\">\n--inner\nContent-Type: image/png; name=p.png\nContent-ID: <pic>\n\
         Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--inner--\n--outer\nContent-Type: text/plain; name=\"notes.txt\"\n\
         Content-Disposition: attachment; filename=\"notes.txt\"\n\nnot the body\n--outer\nContent-Type: application/ms-tnef\n\
         Content-Disposition: attachment; filename=winmail.dat\nContent-Transfer-Encoding: base64\n\nAAAA\n--outer--\n"
    ));
    assert_eq!(message.body_text, None);
    assert_eq!(message.body_html.as_deref(), Some("<img src=\"cid:pic\">"));
    let listed: Vec<_> = message
        .attachments
        .iter()
        .map(|a| (a.file_name.as_deref(), a.content_type.as_str(), a.size_bytes, a.content_id.as_deref(), a.inline))
        .collect();
    assert_eq!(
        listed,
        [
            (Some("p.png"), "image/png", 8, Some("pic"), true),
            (Some("notes.txt"), "text/plain", 12, None, false),
            (Some("winmail.dat"), "application/ms-tnef", 3, None, false),
        ]
    );
}

#[test]
fn text_around_attachments_is_all_body() {
    let message = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nBefore\n--b\nContent-Type: image/jpeg; name=x.jpg\n\n\
         data\n--b\nContent-Type: text/plain\n\nAfter\n--b\nContent-Type: text/html\n\n<b>footer</b>\n--b--\n"
    ));
    let text = message.body_text.unwrap();
    assert!(text.starts_with("Before\nAfter"), "{text}");
    assert!(text.contains("footer"));
    let html = message.body_html.unwrap();
    assert!(html.contains("Before") && html.contains("<b>footer</b>"), "{html}");
}

#[test]
fn content_types_as_they_are_written() {
    for content_type in [
        "text",
        "text/plain charset=utf-8",
        "TEXT/Plain;charset = \"UTF-8\" ;",
        "text/plain; charset=utf-8 (comment)",
        "nonsense/of/sorts",
        "/",
    ] {
        let message = parse(&format!("{PLAIN}Content-Type: {content_type}\n\nGrüße\n"));
        assert_eq!(message.body_text.as_deref(), Some("Grüße\n"), "{content_type}");
        assert!(message.defects.is_empty(), "{content_type}");
    }
    let pdf = parse(&format!("{PLAIN}Content-Type: pdf; name=x.pdf\n\nx\n"));
    assert_eq!(pdf.attachments[0].content_type, "application/octet-stream");
}

#[test]
fn embedded_messages_are_attachments() {
    let message = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below\n--b\nContent-Type: message/rfc822\n\n\
         From: x@y.example\nSubject: =?utf-8?Q?Inner_=C3=A9?=\n\nsecret inner text\n--b--\n"
    ));
    assert_eq!(message.body_text.as_deref(), Some("See below"));
    assert_eq!(message.attachments[0].file_name.as_deref(), Some("Inner é.eml"));
    assert_eq!(message.attachments[0].content_type, "message/rfc822");
}

#[test]
fn nested_forwards_are_one_attachment_each() {
    let inner = "From: x@y.example\nSubject: Third\n\nthird text\n";
    let middle = format!(
        "From: y@y.example\nSubject: Second\nContent-Type: multipart/mixed; boundary=in\n\n--in\n\nsecond text\n--in\n\
         Content-Type: message/rfc822\n\n{inner}\n--in--\n"
    );
    let message = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed; boundary=out\n\n--out\n\nfirst text\n--out\nContent-Type: message/rfc822\n\n{middle}\n--out\n\
         Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogRW5jb2RlZAoKdGV4dAo=\n--out--\n"
    ));
    assert_eq!(message.body_text.as_deref(), Some("first text"));
    let names: Vec<_> = message.attachments.iter().map(|a| a.file_name.as_deref()).collect();
    assert_eq!(names, [Some("Second.eml"), Some("Encoded.eml")]);
    assert!(message.defects.is_empty(), "{:?}", message.defects);
    // Nothing but a forwarded message: it is not the author's text.
    let only = parse(&format!("{PLAIN}Content-Type: message/rfc822\n\n{inner}"));
    assert_eq!((only.body_text, only.attachments.len()), (None, 1));
}

#[test]
fn file_names_in_every_notation() {
    for (header, expected) in [
        ("attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe", "invoicefdp.exe"),
        ("attachment; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf", "Счёт.pdf"),
        ("attachment; filename*0*=koi8-r'ru'%F3%DE%C5;\n filename*1*=%D4.pdf", "Счет.pdf"),
        ("attachment; filename*0=\"long na\"; filename*1=\"me.pdf\"", "long name.pdf"),
        ("attachment; filename*0*=utf-8''%D0; filename*1*=%A1.pdf", "С.pdf"),
        ("attachment; filename=\"=?utf-8?B?0KHRh9GR0YIucGRm?=\"", "Счёт.pdf"),
        ("attachment; filename=my report.pdf", "my report.pdf"),
        ("attachment; filename=\"a;b\\\"c.pdf\"", "a;b\"c.pdf"),
        ("attachment; filename=\"C:\\temp\\x.pdf\"", "C:\\temp\\x.pdf"),
        ("attachment; filename=\"plain.pdf\"; filename*=utf-8''better%C3%A9.pdf", "betteré.pdf"),
        ("attachment; filename=\"Счёт.pdf\"", "Счёт.pdf"),
    ] {
        let message = parse(&format!("{PLAIN}Content-Type: application/pdf\nContent-Disposition: {header}\n\nx\n"));
        assert_eq!(message.attachments[0].file_name.as_deref(), Some(expected), "{header}");
    }
}

#[test]
fn flowed_text_is_unwrapped() {
    let flowed = |extra: &str, body: &str| {
        parse(&format!("{PLAIN}Content-Type: text/plain; format=flowed{extra}\n\n{body}")).body_text.unwrap()
    };
    assert_eq!(flowed("", "One \nparagraph.\n\nTwo.\n"), "One paragraph.\n\nTwo.\n");
    assert_eq!(flowed("; DelSp=yes", "half \nword\n"), "halfword\n");
    assert_eq!(flowed("", "> quoted \n> text\nmine\n>> deep\n"), "> quoted text\nmine\n>> deep\n");
    assert_eq!(flowed("", "text \n-- \nAnn\n"), "text \n-- \nAnn\n");
    assert_eq!(flowed("; delsp=YES", "> half \n> word\n>\nmine\n"), "> halfword\n>\nmine\n");
    assert_eq!(flowed("", " From me\n >not a quote\n"), "From me\n>not a quote\n");
}

#[test]
fn damaged_structure_is_read_as_far_as_it_goes() {
    let cut = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nThe text\n--b\nContent-Type: image/png\n\nhalf"
    ));
    assert_eq!(cut.body_text.as_deref(), Some("The text"));
    assert_eq!(cut.defects, [Defect::UnclosedMultipart]);

    let unnamed = parse(&format!(
        "{PLAIN}Content-Type: multipart/mixed\n\n--xyz\nContent-Type: text/plain\n\nThe text\n--xyz--\n"
    ));
    assert_eq!(unnamed.body_text.as_deref(), Some("The text"));
    assert_eq!(unnamed.defects, [Defect::MissingBoundary]);

    let absent = parse(&format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n\nNo parts here\n"));
    assert_eq!(absent.body_text.as_deref(), Some("No parts here\n"));

    let base64 = parse(&format!("{PLAIN}Content-Transfer-Encoding: base64\n\nSGVs*bG8=\n"));
    assert_eq!(base64.body_text.as_deref(), Some("Hello"));
    assert_eq!(base64.defects, [Defect::BrokenEncoding]);

    let no_blank_line = parse("From: a@x.example\nSubject: s\nHello there\nsecond line\n");
    assert_eq!(no_blank_line.body_text.as_deref(), Some("Hello there\nsecond line\n"));

    let stray = parse("From: a@x.example\nnot a header\nSubject: s\n\nBody\n");
    assert_eq!(stray.subject.as_deref(), Some("s"));
    assert_eq!(stray.body_text.as_deref(), Some("Body\n"));
}

#[test]
fn nul_and_line_ends_are_tidied() {
    let message = parse_bytes(PLAIN, b"a\0b\rc\r\nd\ne");
    assert_eq!(message.body_text.as_deref(), Some("ab\nc\nd\ne"));
    let subject = parse("Subject: a\tb\u{0}\u{7}c\n\nT\n").subject;
    assert_eq!(subject.as_deref(), Some("a b c"));
}

#[test]
fn an_mbox_line_before_the_headers_is_passed_over() {
    let message = parse("From ann@x Thu Nov 19 10:00:00 2026\nSubject: s\n\nT\n");
    assert_eq!(message.subject.as_deref(), Some("s"));
    let bom = parse_rfc822(b"\xef\xbb\xbfSubject: s\n\nT\n").unwrap();
    assert_eq!(bom.subject.as_deref(), Some("s"));
}

#[test]
fn recipients_are_listed_once() {
    let message = parse("To: a@x.example, B@x.example\nCc: b@x.example\nBcc: c@x.example\n\nT\n");
    assert_eq!(message.recipients(), ["a@x.example", "b@x.example", "c@x.example"]);
    assert_eq!(message.header("CC"), Some("b@x.example"));
}

#[test]
fn parts_are_found_again_by_their_ids() {
    let raw = b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n\
        --o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n\
        --i\r\nContent-Type: text/plain\r\n\r\nHello\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--i--\r\n\
        --o\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n\
        --o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nDeep\r\n--o--\r\n";
    let parsed = parse_rfc822(raw).expect("a message");
    let ids: Vec<&str> = parsed.attachments.iter().map(|attachment| attachment.part_id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    let parts = MessageParts::of(raw);
    assert_eq!(parts.bytes("1").as_deref(), Some(&b"%PDF"[..]));
    assert_eq!(parts.bytes("2").as_deref(), Some(&b"Subject: inner\r\n\r\nDeep"[..]));
    assert_eq!(parts.bytes("0.0").as_deref(), Some(&b"Hello"[..]));
    assert_eq!((parts.bytes("0"), parts.bytes("7"), parts.bytes("1/0")), (None, None, None));
    let sizes: Vec<u64> = parsed.attachments.iter().map(|attachment| attachment.size_bytes).collect();
    assert_eq!(sizes, [4, 22], "what is said beforehand is what comes");
}

#[test]
fn a_message_that_is_one_file_has_an_id_as_well() {
    let raw = b"From: a@x.example\r\nContent-Type: application/pdf\r\n\r\n%PDF";
    let parsed = parse_rfc822(raw).expect("a message");
    assert_eq!(parsed.attachments[0].part_id, "");
    assert_eq!(MessageParts::of(raw).bytes("").as_deref(), Some(&b"%PDF"[..]));
}

/// A message in `multipart/mixed` with the parts, each with its content type line.
fn mixed(parts: &[(&str, &str)]) -> crate::mail::ParsedMessage {
    let body: String = parts.iter().map(|(kind, text)| format!("--b\nContent-Type: {kind}\n\n{text}\n")).collect();
    parse(&format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n{body}--b--\n"))
}

#[test]
fn html_beside_a_plain_footer_keeps_its_elements() {
    let letter = "<p>Gate four.</p><blockquote type=\"cite\">Which gate?</blockquote>";
    for parts in
        [[("text/html", letter), ("text/plain", "Harbour | Quay 4")], [("text/plain", " \n "), ("text/html", letter)]]
    {
        let message = mixed(&parts);
        assert_eq!(message.body_text, None, "{parts:?}");
        assert!(message.body_html.is_some_and(|html| html.contains("<blockquote")), "{parts:?}");
    }
    let plain = mixed(&[("text/plain", "Gate four, as I said."), ("text/html", "<b>Scanned</b>")]);
    assert!(plain.body_text.is_some_and(|text| text.contains("Gate four")));
}

#[test]
fn a_named_text_is_the_message_where_there_is_no_other() {
    let image = ("image/png; name=logo.png\nContent-Disposition: inline; filename=logo.png", "x");
    let named =
        ("text/plain; name=message.txt\nContent-Disposition: inline; filename=message.txt", "Cancel the crane.");
    let only = mixed(&[image, named]);
    assert_eq!(only.body_text.as_deref().map(str::trim), Some("Cancel the crane."));
    assert_eq!(only.attachments.len(), 1, "the picture");
    let beside = mixed(&[("text/plain", "See the file."), named]);
    assert_eq!(beside.body_text.as_deref().map(str::trim), Some("See the file."));
    assert_eq!(beside.attachments.len(), 1, "the text");
    let attached = mixed(&[image, ("text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt", "no")]);
    assert_eq!(attached.body_text, None);
}

#[test]
fn what_turns_the_text_is_left_out_of_names_and_subjects() {
    let message = parse(
        "From: =?utf-8?Q?Ann_=E2=80=AEssoM?= <ann@x.example>\nTo: \u{2067}Ben\u{2069} <\u{202e}ben@x.example>\n\
         Subject: \u{202e}invoice\u{202c} paid\n\nT\n",
    );
    let from = message.from.expect("a sender");
    assert_eq!((from.name.as_deref(), from.address.as_str()), (Some("Ann ssoM"), "ann@x.example"));
    assert_eq!((message.to[0].name.as_deref(), message.to[0].address.as_str()), (Some("Ben"), "ben@x.example"));
    assert_eq!(message.subject.as_deref(), Some("invoice paid"));
    // Marks that only say where a word belongs stay.
    assert_eq!(parse("Subject: \u{200f}שלום\n\nT\n").subject.as_deref(), Some("\u{200f}שלום"));
}
