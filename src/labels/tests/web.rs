use super::SensitiveKind::{Email, UrlWithToken};
use super::{check_all, finds, of_kind};

#[test]
fn email_addresses_are_found_whole() {
    let cases = [
        ("Write to anna.mueller@example.com.", vec!["anna.mueller@example.com"]),
        ("<mailto:a_b+tag@mail.example.co.uk>", vec!["a_b+tag@mail.example.co.uk"]),
        ("a@b.de, c@d.org; (e@f.io)", vec!["a@b.de", "c@d.org", "e@f.io"]),
        ("Почта: иван@почта.рф", vec!["иван@почта.рф"]),
        ("邮箱test@example.com谢谢", vec!["test@example.com"]),
        ("test＠example.jpまで", vec!["test＠example.jp"]),
        ("anna (at) example (dot) com please", vec!["anna (at) example (dot) com"]),
        ("anna[at]example.com", vec!["anna[at]example.com"]),
        ("'o'neil@example.ie'", vec!["o'neil@example.ie"]),
        ("x@münchen.de", vec!["x@münchen.de"]),
        ("https://example.com/unsubscribe?user=anna@example.com", vec!["user=anna@example.com"]),
        // No addresses.
        ("@anna wrote @bob", vec![]),
        ("ann@localhost", vec![]),
        ("3 pcs @ 4.50", vec![]),
        ("meet (at) noon", vec![]),
        ("rust@1.85", vec![]),
        ("@@@@ a@@b.c", vec![]),
    ];
    check_all(cases.map(|(text, want)| (text.to_owned(), of_kind(text, Email), want)));
}

#[test]
fn links_that_open_something_are_marked() {
    let secret = [
        "https://example.com/reset?token=abc",
        "https://example.com/a?x=1&access_token=eyJhbGciOi",
        "https://user:pass@example.com/",
        "https://s3.example.com/file.pdf?X-Amz-Signature=00aa11",
        "https://example.com/invite/550e8400-e29b-41d4-a716-446655440000",
        "https://example.com/s/Zk3mQ9xT7bLw2RvY8nPd",
        "www.example.com/login?code=a8s7d6f5",
        "https://example.com/#session_id=1",
    ];
    check_all(secret.map(|url| {
        let text = format!("Open {url}, please.");
        let found: Vec<_> = finds(&text, &[]).into_iter().map(|(kind, words)| (kind, words.to_owned())).collect();
        (url.to_owned(), found, vec![(UrlWithToken, url.to_owned())])
    }));
    let open = [
        "https://example.com/",
        "https://example.com/help/how-to-reset-your-password-in-2026",
        "https://example.com/product?id=12345678&color=blue",
        "https://example.com/search?q=where+is+my+order",
        "http://www.example.com/a_very_long_page_title_in_one_piece.html",
        "https://maps.example.com/@52.5200,13.4050,12z",
    ];
    check_all(open.map(|url| (url.to_owned(), finds(url, &[]), vec![])));
}

#[test]
fn numbers_in_links_are_no_phones() {
    assert_eq!(finds("https://example.com/+49-30-1234567/0171-1234567", &[]), []);
}
