use super::*;

fn spans(text: &str, names: &[&str]) -> Vec<SensitiveSpan> {
    find(text, Side::Client, &Names::new(names.iter().copied()))
}

#[test]
fn values_are_hidden_and_brought_back() {
    let text = "Anna here, anna@example.com or +49 30 1234567. Again: anna@example.com, not Anna@example.com. Anna";
    let redacted = redact(text, Side::Client, &spans(text, &["Anna"]));
    assert_eq!(redacted.text, "[NAME_1] here, [EMAIL_1] or [PHONE_1]. Again: [EMAIL_1], not [EMAIL_2]. [NAME_1]");
    assert_eq!(redacted.map.len(), 4);
    assert_eq!(redacted.unapplied, 0);
    assert_eq!(restore(&redacted.text, &redacted.map), text);
    assert_eq!(restore("Dear [NAME_1], [NAME_7]", &redacted.map), "Dear Anna, [NAME_7]");
}

#[test]
fn placeholders_in_the_text_are_not_given_out() {
    let text = "[EMAIL_1] [[EMAIL_2]: a@b.de [EMAIL_";
    let redacted = redact(text, Side::Client, &spans(text, &[]));
    assert_eq!(redacted.text, "[EMAIL_1] [[EMAIL_2]: [EMAIL_3] [EMAIL_");
    assert_eq!(restore(&redacted.text, &redacted.map), text);
}

#[test]
fn a_pair_shares_its_placeholders() {
    let (client, reply) = ("I am a@b.de", "We wrote to c@d.de and a@b.de");
    let mut all = spans(client, &[]);
    all.extend(find(reply, Side::Reply, &Names::new(std::iter::empty())));
    let pair = redact_pair(client, reply, &all);
    assert_eq!(pair.client_text, "I am [EMAIL_1]");
    assert_eq!(pair.reply_text, "We wrote to [EMAIL_2] and [EMAIL_1]");
    assert_eq!(restore(&pair.reply_text, &pair.map), reply);
}

#[test]
fn spans_of_another_text_are_counted_and_never_panic() {
    let span = |start, end| SensitiveSpan { side: Side::Client, start, end, kind: SensitiveKind::Name };
    let text = "aéb";
    let redacted = redact(text, Side::Client, &[span(2, 3), span(9, 12), span(2, 2), span(3, 1)]);
    assert_eq!(redacted.text, "a[NAME_1]b");
    assert_eq!(redacted.map, [("[NAME_1]".to_owned(), "é".to_owned())]);
    assert_eq!(redacted.unapplied, 3);
    assert_eq!(redact(text, Side::Reply, &[span(0, 1)]).text, text);
}

#[test]
fn overlapping_spans_are_hidden_together() {
    let span = |start, end, kind| SensitiveSpan { side: Side::Client, start, end, kind };
    let redacted = redact("abcdef", Side::Client, &[span(2, 5, SensitiveKind::Phone), span(1, 3, SensitiveKind::Name)]);
    assert_eq!(redacted.text, "a[NAME_1]f");
    assert_eq!(restore(&redacted.text, &redacted.map), "abcdef");
}
