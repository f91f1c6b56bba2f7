use proptest::prelude::*;

use super::*;

fn what(text: &str) -> Vec<(bool, What)> {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    query.clauses.into_iter().map(|clause| (clause.negated, clause.what)).collect()
}

fn one(text: &str) -> What {
    let mut all = what(text);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0).1
}

fn fault(text: &str) -> (usize, String, PairQueryFault) {
    let PairQueryError { at, text, fault } = Query::parse(text).expect_err(text);
    (at, text, fault)
}

fn asked(word: &str, begins: bool) -> Asked {
    Asked { word: word.to_owned(), begins }
}

#[test]
fn words_are_folded_and_begin_longer_ones() {
    assert_eq!(one("ПлатЁж"), What::Words(vec![asked("платеж", true)]));
    assert_eq!(one("no"), What::Words(vec![asked("no", false)]));
    assert_eq!(one("Ann.Lee@x.example").operator(), None);
    assert_eq!(
        one("ann@x.example"),
        What::Words(vec![asked("ann", false), asked("x", false), asked("example", false)])
    );
    assert_eq!(one("\"refund\""), What::Words(vec![asked("refund", false)]), "one word in quotes is that word alone");
    assert_eq!(one("\"Not my Refund\""), What::Phrase(["not", "my", "refund"].map(str::to_owned).to_vec()));
    assert_eq!(
        what("pay & -refund -\"a b\""),
        [
            (false, What::Words(vec![asked("pay", true)])),
            (true, What::Words(vec![asked("refund", true)])),
            (true, What::Phrase(vec!["a".to_owned(), "b".to_owned()])),
        ]
    );
    assert_eq!(one("10:30"), What::Words(vec![asked("10", false), asked("30", false)]), "a time is no operator");
    assert!(matches!(one("https://x.example/a"), What::Words(_)), "nor is the address of a page");
    assert_eq!(what("  "), []);
}

#[test]
fn operators_have_values() {
    assert_eq!(one("FROM:\"Ann Lee\""), What::From(vec![asked("ann", true), asked("lee", true)]));
    assert_eq!(one("to:support"), What::To(vec![asked("support", true)]));
    assert_eq!(one("subject:счёт"), What::Subject(vec![asked("счет", true)]));
    assert_eq!(one("lang:RU"), What::Lang(Some("ru".to_owned())));
    assert_eq!(one("lang:none"), What::Lang(None));
    assert_eq!(one("label:reply-too-short"), What::Label("reply_too_short".to_owned()));
    assert_eq!(one("label:iban"), What::Label("iban".to_owned()));
    assert_eq!(one("month:2026-02"), What::Month("2026-02-01".parse().expect("a day")));
    for bad in ["month:2026", "month:2026-13", "month:2026-2", "month:02-2026", "month:2026-02-01"] {
        assert_eq!(fault(bad).2, PairQueryFault::BadValue(PairOperator::Month), "{bad}");
    }
    assert_eq!(one("is:edited"), What::Edited);
    assert_eq!(one("is:flagged"), What::Flagged);
    assert_eq!(one("is:approved"), What::Status(PairStatus::Approved));
    for (text, least, most) in
        [("<60", 0, 59), ("<=60", 0, 60), (">90", 91, 100), (">=90", 90, 100), ("60..80", 60, 80), ("75", 75, 75)]
    {
        assert_eq!(one(&format!("quality:{text}")), What::Quality(least, most), "{text}");
    }
    assert_eq!([one("decided:1h"), one("decided:2d"), one("decided:1w")], [1, 48, 168].map(What::Decided));
    assert_eq!(one("decided-by:me"), What::DecidedBy("me".to_owned()));
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a day");
    assert_eq!([one("before:2026-01-31"), one("-after:2026-01-31")], [What::Before(day), What::Before(day)]);
    assert_eq!([one("after:2026-01-31"), one("-before:2026-01-31")], [What::After(day), What::After(day)]);
    assert_eq!(what("-lang:ru"), [(true, What::Lang(Some("ru".to_owned())))]);
    assert_eq!(one("account:\"our shop\""), What::Account("our shop".to_owned()));
}

#[test]
fn what_is_not_understood_is_said_with_its_place() {
    assert_eq!(fault("pay form:ann"), (5, "form:".to_owned(), PairQueryFault::UnknownOperator));
    assert_eq!(fault("плат -re:x"), (7, "re:".to_owned(), PairQueryFault::UnknownOperator));
    assert_eq!(fault("a lang:"), (3, "lang:".to_owned(), PairQueryFault::MissingValue(PairOperator::Lang)));
    assert_eq!(fault("lang:\" \""), (1, "lang:\" \"".to_owned(), PairQueryFault::MissingValue(PairOperator::Lang)));
    assert_eq!(fault("ё \"abc"), (3, "\"abc".to_owned(), PairQueryFault::UnclosedQuote));
    for (text, operator) in [
        ("lang:russian", PairOperator::Lang),
        ("label:nonsense", PairOperator::Label),
        ("is:good", PairOperator::Is),
        ("quality:<0", PairOperator::Quality),
        ("quality:>100", PairOperator::Quality),
        ("quality:80..60", PairOperator::Quality),
        ("quality:+5", PairOperator::Quality),
        ("quality:101", PairOperator::Quality),
        ("decided:0h", PairOperator::Decided),
        ("decided:h", PairOperator::Decided),
        ("decided:1м", PairOperator::Decided),
        ("decided:99999999999d", PairOperator::Decided),
        ("before:31.01.2026", PairOperator::Before),
        ("after:2026-02-30", PairOperator::After),
        ("from:!", PairOperator::From),
    ] {
        assert_eq!(fault(text), (1, text.to_owned(), PairQueryFault::BadValue(operator)), "{text}");
    }
    assert_eq!(fault("% & \u{1f642}").2, PairQueryFault::NoWords);
    let many = (0..40).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
    assert_eq!(fault(&many), (119, "w32".to_owned(), PairQueryFault::TooMany { most: MOST_PARTS }));
}

#[test]
fn a_clause_can_be_taken_out() {
    let text = " pay  lang:ru \"a  b\" -is:edited ";
    let query = Query::parse(text).expect("is understood");
    let without = |operator| query.without(text, |clause| clause.what.operator() == Some(operator));
    assert_eq!(without(PairOperator::Lang), "pay \"a b\" -is:edited");
    assert_eq!(without(PairOperator::Is), "pay lang:ru \"a b\"");
    assert_eq!(without(PairOperator::From), "pay lang:ru \"a b\" -is:edited");
}

/// Text with the signs that mean something.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("-".to_owned()),
        Just(" ".to_owned()),
        Just(":".to_owned()),
        proptest::sample::select(PairOperator::ALL).prop_map(|operator| format!("{operator}:")),
        "[a-zа-яё0-9<>=.]{1,6}",
        "\\PC{0,3}",
    ];
    proptest::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    /// Whatever is typed, it is a search or an error that names a part of it, and no clause overlaps another.
    #[test]
    fn any_text_is_a_search_or_an_error_with_a_place(text in texts()) {
        match Query::parse(&text) {
            Ok(query) => {
                let mut from = 0;
                for clause in &query.clauses {
                    prop_assert!(from <= clause.start && clause.start < clause.end, "{clause:?}");
                    prop_assert!(text.get(clause.start..clause.end).is_some());
                    // A clause alone means the same.
                    let alone = Query::parse(&text[clause.start..clause.end]).expect("a clause");
                    prop_assert_eq!(alone.clauses.len(), 1);
                    prop_assert_eq!(&alone.clauses[0].what, &clause.what);
                    from = clause.end;
                }
                let nothing = query.without(&text, |_| true);
                prop_assert!(Query::parse(&nothing).map_or(true, |rest| rest.clauses.is_empty()), "{nothing}");
            }
            Err(error) => {
                prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1);
                let named: String = text.chars().skip(error.at - 1).collect();
                prop_assert!(named.starts_with(&error.text), "{error:?}");
            }
        }
    }
}
