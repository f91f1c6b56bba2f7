use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Texts made of what the detectors look for, cut and joined at random, with any characters between.
fn texts() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "anna@example.com",
        "@",
        "(at)",
        " (dot) ",
        "+49 30 1234567",
        "(030)",
        "0171",
        "-",
        "/",
        ".",
        " ",
        "\n",
        "\u{a0}",
        "4111 1111 1111 1111",
        "12/28",
        "DE89 3704 0044 0532 0130 00",
        "https://example.com/?token=abc",
        "www.",
        "://",
        "Anna",
        "Müller",
        "O'",
        "Анне",
        "田中",
        "太郎",
        "Hauptstraße 12",
        "80331 München",
        "221B Baker Street",
        "ул. Ленина, д. 5",
        "北京市朝阳区建国路88号",
        "〒150-0041",
        "[EMAIL_1]",
        "[NAME_1]",
        "[",
        "]",
        "{{",
        "}}",
        "%",
        ">",
        "Tel. ",
        "ext. 12",
        "order ",
        "e\u{301}",
        "👩‍👩‍👧",
        "İ",
        "ß",
        "ﷺ",
        "٠٥٠١٢٣٤٥٦٧",
        "１２３４",
        "\u{fffd}",
        "I",
        "Bo Li",
    ]);
    let piece =
        prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from), 1 => "[0-9]{1,12}"];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const NAMES: &[&str] = &["Anna Müller", "Анна Кузнецова", "田中 太郎", "Bo Li", "Seán O'Brien", "İpek"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_sorted_disjoint_and_on_boundaries(client_text in texts(), reply_text in texts()) {
        let labels = label(&PairFacts { client_text: &client_text, reply_text: &reply_text, client_names: NAMES, ..PairFacts::default() });
        for (side, text) in [(Side::Client, &client_text), (Side::Reply, &reply_text)] {
            let mut end = 0;
            for span in labels.sensitive.iter().filter(|span| span.side == side) {
                prop_assert!(span.start >= end && span.end > span.start, "{span:?} in {text:?}");
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
                end = span.end;
            }
        }
        prop_assert!(labels.sensitive.is_sorted_by_key(|span| (span.side, span.start)));
        prop_assert!(labels.quality.score <= 100 && labels.quality.reasons.is_sorted());
        let json = serde_json::to_string(&labels).unwrap();
        prop_assert_eq!(serde_json::from_str::<PairLabels>(&json).unwrap(), labels);
    }

    #[test]
    fn what_is_redacted_is_restored(client_text in texts(), reply_text in texts()) {
        let labels = label(&PairFacts { client_text: &client_text, reply_text: &reply_text, client_names: NAMES, ..PairFacts::default() });
        for (side, text) in [(Side::Client, &client_text), (Side::Reply, &reply_text)] {
            let redacted = redact(text, side, &labels.sensitive);
            prop_assert_eq!(redacted.unapplied, 0);
            prop_assert_eq!(&restore(&redacted.text, &redacted.map), text);
        }
        let pair = redact_pair(&client_text, &reply_text, &labels.sensitive);
        prop_assert_eq!(restore(&pair.client_text, &pair.map), client_text);
        prop_assert_eq!(restore(&pair.reply_text, &pair.map), reply_text);
    }

    #[test]
    fn any_spans_can_be_redacted_and_restored(text in texts(), raw in proptest::collection::vec((0u32..200, 0u32..40), 0..12)) {
        let spans: Vec<SensitiveSpan> = raw
            .iter()
            .map(|&(start, length)| SensitiveSpan { side: Side::Reply, start, end: start + length, kind: SensitiveKind::Name })
            .collect();
        let redacted = redact(&text, Side::Reply, &spans);
        prop_assert_eq!(restore(&redacted.text, &redacted.map), text);
    }

    #[test]
    fn any_text_is_labelled(text in any::<String>()) {
        let labels = label(&PairFacts { client_text: &text, reply_text: &text, client_names: &[&text], ..PairFacts::default() });
        prop_assert_eq!(label(&PairFacts { client_text: &text, reply_text: &text, client_names: &[&text], ..PairFacts::default() }), labels);
    }
}

/// Texts that make a careless scanner start over at every byte.
#[test]
fn hostile_texts_take_linear_time() {
    let pieces = [
        "@",
        "a@",
        "a@b.",
        "a.",
        "://",
        "a://",
        "www.",
        "(",
        "(at)",
        " (at) ",
        "[",
        "[A",
        "{{",
        "<<",
        "%",
        "1",
        "1 ",
        "1-",
        "+1",
        "(1",
        "0 1/",
        "1.1.",
        "12 A ",
        "A ",
        "A 1 ",
        "Str. ",
        "ул. ",
        "北京",
        "北京市1",
        "〒",
        "DE89",
        "DE89 ",
        " ",
        "\n",
        "\n\n>",
        "a\n",
        "Anna ",
        "Bo ",
        "田中",
        "\u{301}",
        "\u{200d}",
        "From:\n",
        "x1",
        "1 000 ",
        "1 AA ",
        "Hi ",
        "Hi,\n",
    ];
    let time = |text: &str| {
        let start = Instant::now();
        let labels =
            label(&PairFacts { client_text: text, reply_text: text, client_names: NAMES, ..PairFacts::default() });
        let redacted = redact(text, Side::Client, &labels.sensitive);
        assert_eq!(restore(&redacted.text, &redacted.map), text);
        start.elapsed()
    };
    time("warm the tables up");
    for piece in pieces {
        // Linear work takes a fraction of a second even in a build without optimisation, quadratic work far more than this.
        let taken = time(&piece.repeat(30_000 / piece.len()));
        assert!(taken < Duration::from_secs(8), "{piece:?} took {taken:?}");
    }
}
