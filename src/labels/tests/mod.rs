mod fingerprint;
mod language;
mod numbers;
mod personal;
mod places;
mod properties;
mod quality;
mod redaction;
mod web;
mod wordings;

use super::sensitive::{Names, find};
use super::*;

/// What is found in a text of the client, as kind and words.
fn finds<'a>(text: &'a str, names: &[&str]) -> Vec<(SensitiveKind, &'a str)> {
    find(text, Side::Client, &Names::new(names.iter().copied()))
        .into_iter()
        .map(|span| (span.kind, &text[span.start as usize..span.end as usize]))
        .collect()
}

/// The words found of one kind.
fn of_kind(text: &str, kind: SensitiveKind) -> Vec<&str> {
    finds(text, &[]).into_iter().filter(|(found, _)| *found == kind).map(|(_, words)| words).collect()
}

/// Cases that stand in one string, parted by bars.
fn list(cases: &str) -> impl Iterator<Item = &str> {
    cases.split('|').map(str::trim)
}

/// Fails with every case that differs, so that one run shows them all.
fn check_all<T: std::fmt::Debug + PartialEq>(cases: impl IntoIterator<Item = (String, T, T)>) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter(|(_, got, want)| got != want)
        .map(|(case, got, want)| format!("{case:?}\n    got  {got:?}\n    want {want:?}"))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn labels_carry_the_facts_and_read_back_from_json() {
    let facts = PairFacts {
        client_text: " Hello, where is my order? My number is on +44 20 7946 0958. ",
        reply_text: "Dear Anna, your order left our warehouse this morning and should reach you tomorrow.",
        client_names: &["Anna Müller"],
        our_names: &["Tom Baker"],
        client_has_attachment: true,
        reply_html: true,
        responded_after_seconds: Some(3_600),
        ..PairFacts::default()
    };
    let labels = label(&facts);
    assert_eq!(labels.client_language.as_deref(), Some("en"));
    assert_eq!(labels.reply_language.as_deref(), Some("en"));
    assert_eq!(labels.client_chars, 59);
    assert_eq!((labels.client_has_attachment, labels.reply_has_attachment), (true, false));
    assert_eq!((labels.client_html, labels.reply_html), (false, true));
    assert_eq!(labels.responded_after_seconds, Some(3_600));
    assert_eq!(labels.quality, Quality { score: 100, reasons: Vec::new() });
    let kinds: Vec<_> = labels.sensitive.iter().map(|span| (span.side, span.kind)).collect();
    assert_eq!(kinds, [(Side::Client, SensitiveKind::Phone), (Side::Reply, SensitiveKind::Name)]);

    let json = serde_json::to_string(&labels).unwrap();
    assert!(json.contains(r#""side":"client","start":43,"end":59,"kind":"phone""#), "{json}");
    assert_eq!(serde_json::from_str::<PairLabels>(&json).unwrap(), labels);
}

#[test]
fn empty_texts_have_labels_too() {
    let labels = label(&PairFacts::default());
    assert_eq!(labels.client_language, None);
    assert_eq!(labels.quality.score, 0);
    assert_eq!(labels.sensitive, []);
    assert!(!near(&labels.reply_fingerprint, &labels.reply_fingerprint));
}
