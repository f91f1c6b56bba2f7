//! Input made to hurt: bounded work and memory, never a panic.

use proptest::prelude::*;

use super::PLAIN;
use crate::mail::{Defect, parse_rfc822};

/// Parses in a thread with a small stack, as a server's worker threads have: recursion must be bounded too.
fn parse_small_stack(raw: Vec<u8>) -> crate::mail::ParsedMessage {
    std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || parse_rfc822(&raw).expect("a message"))
        .unwrap()
        .join()
        .expect("no panic")
}

#[test]
fn thousand_deep_multiparts() {
    let mut text = PLAIN.to_owned();
    for depth in 0..1000 {
        text.push_str(&format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n"));
    }
    text.push_str("\nThe bottom\n");
    let message = parse_small_stack(text.into_bytes());
    assert!(message.defects.contains(&Defect::TooComplex));
}

#[test]
fn ten_thousand_deep_messages() {
    let text = format!("{PLAIN}{}", "Content-Type: message/rfc822\n\n".repeat(10_000));
    let message = parse_small_stack(text.into_bytes());
    assert_eq!(message.attachments.len(), 1);
    assert_eq!(message.body_text, None);
}

#[test]
fn ten_thousand_parts() {
    let parts = "--b\nContent-Type: image/png\n\nx\n".repeat(10_000);
    let text = format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nThe text\n{parts}--b--\n");
    let message = parse_small_stack(text.into_bytes());
    assert_eq!(message.body_text.as_deref(), Some("The text"));
    assert!(message.attachments.len() < 1000);
    assert!(message.defects.contains(&Defect::TooComplex));
}

#[test]
fn headers_of_a_megabyte() {
    let million = 1_200_000;
    for header in [
        format!("X-Long: {}", "x".repeat(million)),
        format!("X-Folded: {}", "x\n ".repeat(million / 3)),
        "X-Many: y\n".repeat(million / 10).trim_end().to_owned(),
        format!("To: {}", "a@x.example, ".repeat(million / 13)),
        format!("To: {}", "(".repeat(million)),
        format!("To: {}", "<".repeat(million)),
        format!("To: {}", "\"\\".repeat(million / 2)),
        format!("To: {}", "a:".repeat(million / 2)),
        format!("To: {}", "=?".repeat(million / 2)),
        format!("To: {}", "=?a?q?".repeat(million / 6)),
        format!("To: {}", "=?utf-8?b?".repeat(million / 10)),
        format!("Subject: {}", "=?utf-8?q?x?= ".repeat(million / 14)),
        format!("Subject: {}", "=?utf-8?q?x".repeat(million / 11)),
        format!("References: {}", "<a@b> ".repeat(million / 6)),
        format!("References: {}", (0..100_000).map(|n| format!("<{n}@b> ")).collect::<String>()),
        format!("References: {}", "<".repeat(million)),
        format!("Date: {}", "1 ".repeat(million / 2)),
        format!("Content-Type: text/plain; {}", "a=b; ".repeat(million / 5)),
        format!("Content-Type: text/plain; {}", "a*1*=%41; ".repeat(million / 10)),
        format!("Content-Type: {}", "/".repeat(million)),
    ] {
        let text = format!("{header}\nFrom: a@x.example\n\nText\n");
        let message = parse_small_stack(text.into_bytes());
        let kept: usize = message.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(kept <= 600_000, "{kept} bytes kept of {}", &header[..20]);
        assert_eq!(message.body_text.as_deref(), Some("Text\n"), "{}", &header[..20]);
        assert!(message.references.len() <= 200);
    }
}

#[test]
fn bodies_of_many_megabytes_are_cut_and_said() {
    let text = format!("{PLAIN}\n{}", "слово ".repeat(600_000));
    let message = parse_small_stack(text.into_bytes());
    assert!(message.body_text.unwrap().len() <= 4 * 1024 * 1024 + 3);
    assert!(message.defects.contains(&Defect::BodyTruncated));
    // The cut may fall into a character, which must not make the rest another charset.
    assert!(message.defects.iter().all(|defect| !matches!(defect, Defect::WrongCharset | Defect::GuessedCharset)));
}

#[test]
fn boundaries_that_do_not_end() {
    let text = format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n".repeat(100_000));
    parse_small_stack(text.into_bytes());
    let nested = "--x\nContent-Type: multipart/mixed\n\n".repeat(20_000);
    parse_small_stack(format!("{PLAIN}Content-Type: multipart/mixed; boundary=x\n\n{nested}").into_bytes());
}

const SEED: &str = "From: =?utf-8?B?0JjQstCw0L0=?= <a@x.example>\r\nTo: \"B, C\" <b@x.example>, Team: c@x.example;\r\n\
    Subject: =?koi8-r?Q?=F0=D2?= x\r\nDate: Thu, 19 Nov 2026 10:00:00 +0300\r\nMessage-ID: <1@x>\r\nReferences: <0@x> <2@x>\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=windows-1251; format=flowed; delsp=yes\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\n=CF=F0=E8 \r\n> q \r\n--b\r\nContent-Type: text/html; charset=x\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nPGI+SGk8L2I+\r\n--b\r\nContent-Type: application/pdf; name*0*=utf-8''%D0;\r\n name*1*=%A1\r\n\
    Content-Disposition: attachment; filename=x\r\n\r\ndata\r\n--b--\r\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn mutated_messages_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..30),
    ) {
        let mut raw = SEED.as_bytes().to_vec();
        for (at, byte, edit) in edits {
            let at = at.index(raw.len());
            match edit {
                0 => raw[at] = byte,
                1 => raw.insert(at, byte),
                2 if raw.len() > 1 => { raw.remove(at); }
                _ => {
                    let piece = raw[at..].to_vec();
                    raw.truncate(at);
                    raw.extend(piece.iter().rev().take(20));
                    raw.extend(piece);
                }
            }
        }
        if let Ok(message) = parse_rfc822(&raw) {
            for text in message.body_text.iter().chain(&message.body_html).chain(&message.subject) {
                prop_assert!(!text.contains('\0'));
            }
            prop_assert!(message.defects.is_sorted());
        }
    }

    #[test]
    fn random_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..1000)) {
        let _ = parse_rfc822(&raw);
        let mut with_header = b"Subject: x\n".to_vec();
        with_header.extend(&raw);
        prop_assert!(parse_rfc822(&with_header).is_ok());
    }
}
