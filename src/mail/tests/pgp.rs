use super::{PLAIN, parse};
use crate::mail::{Defect, MailKind, ParsedMessage};

const ENCRYPTED: &str = "-----BEGIN PGP MESSAGE-----\nVersion: X\n\nhQEMA0\n=abcd\n-----END PGP MESSAGE-----\n";

fn plain(body: &str) -> ParsedMessage {
    parse(&format!("{PLAIN}\n{body}"))
}

#[test]
fn an_encrypted_text_is_said_and_not_shown() {
    let message = plain(ENCRYPTED);
    assert_eq!(message.body_text, None);
    assert_eq!(message.nature.kinds().collect::<Vec<_>>(), [MailKind::Encrypted]);
    assert_eq!(message.defects, [Defect::MissingBody]);

    let around = plain(&format!("See below.\n\n{ENCRYPTED}\nAnn\n"));
    assert_eq!(around.body_text.as_deref(), Some("See below.\n\n\nAnn\n"));
    assert!(around.nature.contains(MailKind::Encrypted));

    let cut = plain("Before\n-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n");
    assert_eq!(cut.body_text.as_deref(), Some("Before\n"));
}

#[test]
fn a_signed_text_is_shown_without_its_armour() {
    let message = plain(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello,\n\n- -- \nAnn\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=x\n\
         -----END PGP SIGNATURE-----\n\nfooter\n",
    );
    assert_eq!(message.body_text.as_deref(), Some("Hello,\n\n-- \nAnn\n\nfooter\n"));
    assert_eq!(message.nature.kinds().collect::<Vec<_>>(), [MailKind::Signed]);
}

#[test]
fn quoted_or_mentioned_armour_is_text() {
    let quoted: String = ENCRYPTED.lines().map(|line| format!("> {line}\n")).collect();
    for text in [quoted.as_str(), "The line -----BEGIN PGP MESSAGE----- was missing.\n"] {
        let message = plain(text);
        assert_eq!(message.body_text.as_deref(), Some(text));
        assert!(!message.nature.contains(MailKind::Encrypted));
    }
}

#[test]
fn the_same_armour_as_html_goes_with_the_text() {
    let html = ENCRYPTED.replace('\n', "<br>");
    let alternative = |text: &str| {
        parse(&format!(
            "{PLAIN}Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{text}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        ))
    };
    assert_eq!(alternative(ENCRYPTED).body_html, None);
    assert!(alternative("I cannot open this:").body_html.is_some());
}
