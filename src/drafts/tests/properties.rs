//! Whatever texts there are.

use proptest::prelude::*;

use super::super::links;
use super::*;

/// Texts of what the readers look for, cut and joined at random, with any characters between.
fn texts() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "https://evil.example/a",
        "evil",
        ".com",
        ".",
        " ",
        " . ",
        "\n",
        "\n\n",
        "://",
        "//",
        "@",
        "www.",
        "mailto:",
        "[link](",
        ")",
        "<a href=",
        ">",
        "(dot)",
        " dot ",
        "203.0.113.7",
        "::1",
        "\u{200b}",
        "\u{202e}",
        "ｅｖｉｌ．ｃｏｍ",
        "fernhill.example/returns",
        "support@fernhill.example",
        "[NAME_1]",
        "[EMAIL_1]",
        "[",
        "]",
        "Hello Anna,",
        "Thank you.",
        "Best regards,\nTom Wood",
        "we will refund",
        "не гарантируем",
        "three to five days",
        "29.11.2026",
        "3–5 ноября",
        "1.000,50 €",
        "14:30",
        "9–17 Uhr",
        "FH-21580",
        "+49 30 9017 1234",
        "DE89 3704 0044 0532 0130 00",
        "1",
        "-",
        "–",
        "/",
        "Uhr",
        "pm",
        "November",
        "of",
        "%",
        "one",
        "hundred",
        "zwei",
        "und",
        "c1-",
        "{{x}}",
        "。",
        "田中",
        "é",
        "e v i l . c o m",
    ])
    .prop_map(str::to_owned);
    proptest::collection::vec(prop_oneof![4 => pieces, 1 => any::<char>().prop_map(String::from)], 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    /// What comes out leads nowhere that the thread or a named case does not lead, names no case that was not offered, and says of
    /// everything that was taken out that it was.
    #[test]
    fn a_checked_draft_leads_nowhere_else(
        sentences in proptest::collection::vec((texts(), any::<bool>(), any::<bool>()), 1..5),
        says in texts(),
        replies in texts(),
    ) {
        let mut shop = shop();
        shop.question.push_str(&says);
        shop.cases[0].reply.push_str(&replies);
        let prompt = prompt(&shop, KEY);
        let named = |first: bool, second: bool| [(first, pair(1)), (second, pair(2)), (true, pair(3))].into_iter().filter(|(is, _)| *is).map(|(_, pair)| pair);
        let reply = Reply {
            sentences: sentences
                .iter()
                .map(|(text, first, second)| ReplySentence { text: text.clone(), before: crate::types::Break::None, cases: named(*first, *second).collect(), unknown: 0 })
                .collect(),
            ..Reply::default()
        };
        let draft = check(&reply, &shop, &prompt);
        let known = [&shop.question, &shop.thread[0].text, &shop.cases[0].reply, &shop.cases[1].reply].map(|text| super::super::visible::visible(text).0);
        let mut keys: Vec<String> = known.iter().flat_map(|text| links::find(text)).map(|found| found.key).collect();
        keys.extend(shop.client_addresses.iter().chain(&shop.our_addresses).map(|address| links::mailbox(address)));
        for found in links::find(&draft.text) {
            prop_assert!(keys.contains(&found.key), "{} in {:?}", found.key, draft.text);
        }
        for sentence in &draft.sentences {
            prop_assert!(sentence.sources.iter().all(|source| [pair(1), pair(2)].contains(source)));
            prop_assert!(sentence.standing == Standing::NotBacked || sentence.doubts.is_empty());
            prop_assert!(sentence.standing != Standing::Backed || !sentence.sources.is_empty());
        }
        prop_assert!(draft.confidence.score <= draft.confidence.backed);
        prop_assert_eq!(check(&reply, &shop, &prompt), draft);
    }

    /// The strict reader and the stream never panic, and what both give is the same.
    #[test]
    fn any_answer_is_read_or_refused(answer in texts(), is_cut in any::<bool>(), text in texts(), cuts in proptest::collection::vec(0usize..400, 0..8)) {
        let prompt = prompt(&shop(), KEY);
        _ = read(&answer, is_cut, &prompt);
        _ = Stream::default().push(&answer, &prompt);
        let whole = json!({ "sentences": [{ "text": text, "cases": [prompt.ids[0].0] }, { "text": "x" }] }).to_string();
        let mut stream = Stream::default();
        let mut streamed = Vec::new();
        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| whole.floor_char_boundary(cut)).chain([whole.len()]).collect();
        ends.sort_unstable();
        let mut start = 0;
        for end in ends {
            streamed.extend(stream.push(&whole[start..end], &prompt));
            start = end;
        }
        if let Ok(reply) = read(&whole, false, &prompt) {
            prop_assert_eq!(reply.sentences, streamed);
        }
    }

    /// A prompt ends every mail that it begins, and a template can be made of anything.
    #[test]
    fn a_prompt_keeps_its_form(says in texts(), replies in texts(), note in texts(), key in any::<[u8; 16]>()) {
        let mut shop = shop();
        shop.question = says;
        shop.cases[0].reply = replies;
        shop.note = Some(note);
        let prompt = prompt(&shop, RunKey(key));
        let text = &prompt.messages[0].text;
        let mark = text.split("<<").find_map(|part| part.split_once(" A CLIENT ASKED>>").map(|(mark, _)| mark.to_owned())).expect("a mark");
        prop_assert_eq!(text.matches(&format!("<<{mark} ")).count(), 2 * text.matches(&format!("<<{mark} END>>")).count());
        _ = template(&shop);
    }
}
