//! Sentences against their sources.

use super::*;
use crate::types::{Break, DraftWarning, TakenOut};

#[test]
fn what_the_named_cases_say_is_backed() {
    let shop = shop();
    for (text, cases) in [
        ("A leaking pump is covered by the warranty for 24 months.", &[0][..]),
        ("The repair takes five to seven working days.", &[0]),
        ("The repair takes 5–7 business days.", &[0]),
        ("A new seal for the pump costs €4,90.", &[1]),
        ("The seal is delivered within 3 days.", &[1]),
        ("We will send you a replacement pump free of charge.", &[0]),
        ("Please use the return label from https://fernhill.example/returns.", &[0]),
        ("You can order the seal at https://www.fernhill.example/parts/ or call 030 90171234.", &[1]),
        ("Please send us the machine of your order FH-33001 with the return label.", &[0]),
        ("Shipping costs 1,250.50 euros for pallets.", &[0]),
    ] {
        assert_backed(&shop, text, cases);
    }
}

#[test]
fn what_they_do_not_say_is_marked_by_its_kind() {
    let shop = shop();
    let doubts = |text, cases| doubts(&shop, text, cases);
    let is = |kind, text: &str| vec![(kind, text.to_owned())];
    assert_eq!(
        doubts("A leaking pump is covered by the warranty for 36 months.", &[0]),
        is(DoubtKind::Number, "36 months")
    );
    assert_eq!(doubts("The repair of the pump takes 5 to 7 weeks.", &[0]).len(), 2, "both ends of it");
    assert_eq!(
        doubts("The repair of the pump takes 5 days.", &[0]),
        is(DoubtKind::Number, "5 days"),
        "those were working days"
    );
    assert_eq!(doubts("A new seal for the pump costs 5.90 €.", &[1]), is(DoubtKind::Amount, "5.90 €"));
    assert_eq!(doubts("A new seal for the pump costs 4.90 USD.", &[1]), is(DoubtKind::Amount, "4.90 USD"));
    assert_eq!(doubts("The pump was sent on 3 May.", &[0]), is(DoubtKind::Date, "3 May"));
    assert_eq!(doubts("The return label for the pump is ready at 14:30.", &[0]), is(DoubtKind::Time, "14:30"));
    assert_eq!(doubts("The warranty covers 80 % of a leaking pump.", &[0]), is(DoubtKind::Percentage, "80 %"));
    assert_eq!(doubts("The pump of order FH-99999 is covered by the warranty.", &[0]), is(DoubtKind::Code, "FH-99999"));
    assert_eq!(
        doubts("Please send us the leaking pump with the return label, or ask Schneider.", &[0]),
        is(DoubtKind::Name, "Schneider")
    );
    assert_eq!(
        doubts("Please send the pump with the label [Your Name].", &[0]),
        is(DoubtKind::Placeholder, "[Your Name]")
    );
    assert_eq!(doubts("A seal for the pump has a price.", &[]), is(DoubtKind::NoSource, ""));
    assert_eq!(doubts("A new seal for the pump costs 4.90 €.", &[0])[0].0, DoubtKind::Amount, "another case says so");
    assert_eq!(
        doubts("Gardening in spring requires patience, sunshine and fertile ground.", &[0]),
        is(DoubtKind::Unrelated, "")
    );
    assert_eq!(doubts("The pump is covered when it was opened.", &[1]), is(DoubtKind::Opposite, ""));
    assert_eq!(doubts("A leaking pump is not covered by the warranty.", &[0]), is(DoubtKind::Opposite, ""));
}

#[test]
fn promises_need_a_case_that_promises_the_same() {
    let shop = shop();
    assert_eq!(doubts(&shop, "We will refund you for the leaking pump.", &[0]), [(DoubtKind::Promise, String::new())]);
    assert_eq!(doubts(&shop, "We will send you a replacement pump free of charge.", &[1])[0].0, DoubtKind::Promise);
    let draft = draft_of(&shop, &[("We will refund you for the leaking pump.", &[0])]);
    assert!(draft.warnings.contains(&DraftWarning::Promises));
}

#[test]
fn courtesies_need_no_source_and_hide_nothing() {
    let shop = shop();
    for text in [
        "Hello Anna,",
        "Dear Ms. Berger,",
        "Thank you for your message.",
        "Please let us know if you have any further questions.",
    ] {
        assert_eq!(checked(&shop, text, &[]).standing, Standing::Courtesy, "{text}");
    }
    assert_eq!(kinds(&checked(&shop, "Hello Maria,", &[0])), [DoubtKind::Name], "another client's name");
    assert_eq!(checked(&shop, "Thank you, we accept your offer.", &[]).standing, Standing::NotBacked);
    assert_eq!(checked(&shop, "Thank you for your 17 orders.", &[]).standing, Standing::NotBacked);
}

#[test]
fn what_leads_elsewhere_is_taken_out_and_told() {
    let shop = shop();
    let draft =
        draft_of(&shop, &[("Order the seal at https://other.example/parts or write to sales@other.example.", &[1])]);
    assert_eq!(draft.text, "Order the seal at [link removed] or write to [address removed].");
    assert_eq!(
        draft.taken_out,
        [
            TakenOut { kind: Some(DoubtKind::Link), text: "https://other.example/parts".to_owned() },
            TakenOut { kind: Some(DoubtKind::Address), text: "sales@other.example".to_owned() },
        ]
    );
    assert!(draft.warnings.contains(&DraftWarning::LinksRemoved));
    let draft = draft_of(&shop, &[("Order the seal at https://fernhill.example/parts.", &[0])]);
    assert_eq!(draft.text, "Order the seal at [link removed].", "it stands in a case that the sentence does not name");
    let draft = draft_of(&shop, &[("Call +1 900 555 0199 about the seal of the pump.", &[1])]);
    assert_eq!(draft.text, "Call [phone number removed] about the seal of the pump.");
    let draft = draft_of(&shop, &[("Pay for the seal of the pump to DE89 3704 0044 0532 0130 00.", &[1])]);
    assert_eq!(draft.text, "Pay for the seal of the pump to [account number removed].");
}

#[test]
fn what_two_sentences_make_together_is_seen() {
    let shop = shop();
    let draft = draft_of(&shop, &[("The pump is repaired, see evil", &[0]), (".com/pay for the pump.", &[0])]);
    assert!(!draft.text.contains("com"), "{}", draft.text);
    assert!(draft.sentences.iter().all(|sentence| sentence.standing == Standing::NotBacked), "{:?}", draft.sentences);
}

#[test]
fn personal_details_of_other_clients_do_not_come_through() {
    let mut shop = shop();
    shop.cases[0].reply.push_str(" Maria's number is in our books. We wrote to you at maria@lopez.example.");
    shop.cases[0].question.push_str(" Write to maria@lopez.example or call +49 171 5550123.");
    let prompt = prompt(&shop, KEY);
    let hidden = |value: &str| {
        let found = prompt.hidden.iter().find(|hidden| hidden.value.contains(value)).expect(value);
        found.placeholder.clone()
    };
    let text =
        format!("The pump of {} is covered, write to {} or call {}.", hidden("Maria"), hidden("maria@"), hidden("555"));
    let draft = draft_of(&shop, &[(&text, &[0])]);
    let gap = "[personal detail removed]";
    assert_eq!(draft.text, format!("The pump of {gap} is covered, write to {gap} or call {gap}."));
    assert!(draft.warnings.contains(&DraftWarning::DetailsRemoved));
    assert_eq!(draft.taken_out.len(), 3);
}

#[test]
fn what_we_told_one_client_of_themselves_does_not_come_through() {
    let mut shop = shop();
    let values = ["wolfgang@mailbox.example", "+44 7700 900123", "DE89 3704 0044 0532 0130 00"];
    shop.cases[0].reply = format!(
        "The label goes to {}. We will call you on {}. Your IBAN {} receives 45.90 EUR. Your login code is 884213, your password Hunter2x.",
        values[0], values[1], values[2]
    );
    for value in values {
        let prompt = prompt(&shop, KEY);
        let hidden = prompt.hidden.iter().find(|hidden| hidden.value == value).expect(value);
        let sentence = checked(&shop, &format!("The label goes to you, we will call {}.", hidden.placeholder), &[0]);
        assert!(!sentence.text.contains(value) && sentence.standing == Standing::NotBacked, "{sentence:?}");
    }
    let sentence = checked(&shop, "Your login code is 884213, your password Hunter2x.", &[0]);
    assert!(!sentence.text.contains("884213") && !sentence.text.contains("Hunter2x"), "{sentence:?}");
    // What stands in several replies is ours.
    shop.replies = vec![format!("Call {}.", values[1]); 3];
    let prompt = prompt(&shop, KEY);
    let hidden = prompt.hidden.iter().find(|hidden| hidden.value == values[1]).expect("hidden");
    let sentence = checked(&shop, &format!("We will call you on {}.", hidden.placeholder), &[0]);
    assert!(sentence.text.contains(values[1]), "{sentence:?}");
}

#[test]
fn a_greeting_at_the_head_of_a_sentence_is_for_this_client() {
    let mut shop = shop();
    shop.cases[0].reply.push_str(" Dear Wolfgang, the courier collects the pump tomorrow.");
    let doubts = doubts(&shop, "Dear Wolfgang, the courier collects the pump tomorrow.", &[0]);
    assert_eq!(doubts, [(DoubtKind::Name, "Wolfgang".to_owned())]);
}

#[test]
fn values_of_the_thread_come_back() {
    let mut shop = shop();
    // Told to two clients, it is ours.
    shop.cases[0].reply.push_str(" Or call +49 30 9017 1234.");
    let prompt = prompt(&shop, KEY);
    assert!(!prompt.preview().contains("Maria"), "{}", prompt.preview());
    let phone = prompt.hidden.iter().find(|hidden| hidden.value.contains("9017")).expect("our number is hidden too");
    let draft = draft_of(&shop, &[(&format!("You can order the seal or call {}.", phone.placeholder), &[1])]);
    assert_eq!(draft.text, "You can order the seal or call +49 30 9017 1234.");
    assert_eq!(draft.sentences[0].standing, Standing::Backed);
    assert_eq!(kinds(&checked(&shop, "The pump of [NAME_99] is covered.", &[0])), [DoubtKind::Placeholder]);
}

#[test]
fn facts_of_the_client_alone_are_told() {
    let mut shop = shop();
    shop.question.push_str(" Your colleague said that the pump costs 12 EUR, see https://client.example/offer.");
    let sentence = checked(&shop, "The pump costs 12 EUR, see https://client.example/offer.", &[1]);
    assert_eq!(sentence.only_from_client, ["https://client.example/offer", "12 EUR"]);
    assert_eq!(sentence.standing, Standing::Backed);
}

#[test]
fn a_signature_is_cut_off_and_told() {
    let shop = shop();
    let body = "A leaking pump is covered by the warranty for 24 months.";
    for signature in [
        "Best regards,\nTom Wood\nFernhill Support",
        "Kind regards",
        "Best regards, Tom",
        "-- \nTom Wood",
        "Your Fernhill team",
    ] {
        let draft = draft_of(&shop, &[(body, &[0]), (&format!("\n\n{signature}"), &[])]);
        assert_eq!(draft.text, body, "{signature}");
        assert!(draft.warnings.contains(&DraftWarning::SignatureCut), "{signature}");
        assert!(draft.taken_out.iter().any(|out| out.kind.is_none()), "{signature}");
    }
    let draft = draft_of(&shop, &[(body, &[0]), ("Please send us the machine.", &[0])]);
    assert!(!draft.warnings.contains(&DraftWarning::SignatureCut));
    assert_eq!(draft.text, format!("{body} Please send us the machine."));
}

#[test]
fn the_wrong_language_is_told_and_weighs() {
    let shop = shop();
    let german = "Eine undichte Pumpe ist durch die Garantie gedeckt, bitte senden Sie uns die Maschine zu.";
    let draft = draft_of(&shop, &[(german, &[0])]);
    assert!(draft.warnings.contains(&DraftWarning::WrongLanguage));
    assert_eq!(draft.language.as_deref(), Some("de"));
    assert!(draft.confidence.score <= 30);
}

#[test]
fn ids_that_were_not_offered_do_not_count() {
    let shop = shop();
    let prompt = prompt(&shop, KEY);
    let ids = |id: &str| format!(r#"{{"sentences":[{{"text":"A leaking pump is covered.","cases":[{id}]}}]}}"#);
    for id in [
        "\"c1\"",
        "\"1\"",
        "\"c3-00000000\"",
        "3",
        "null",
        "\"00000000-0000-0000-0000-000000000001\"",
        "\"00000000-0000-0000-0000-000000000003\"",
        "{\"id\":\"c1\"}",
    ] {
        let reply = read(&ids(id), false, &prompt).expect("the form is right");
        let draft = check(&reply, &shop, &prompt);
        assert_eq!((draft.unknown_sources, draft.sentences[0].sources.len()), (1, 0), "{id}");
        assert!(draft.warnings.contains(&DraftWarning::UnknownSources), "{id}");
        assert_eq!(draft.sentences[0].standing, Standing::NotBacked);
    }
    // Even if somebody makes a reply by hand.
    let by_hand = Reply {
        sentences: vec![ReplySentence {
            text: "The pump costs 777 EUR.".to_owned(),
            before: Break::None,
            cases: vec![pair(3), pair(99)],
            unknown: 0,
        }],
        ..Reply::default()
    };
    assert_eq!(check(&by_hand, &shop, &prompt).sentences[0].sources, []);
}

#[test]
fn confidence_follows_the_evidence() {
    let shop = shop();
    let score = |sentences: &[(&str, &[usize])]| draft_of(&shop, sentences).confidence;
    let covered = "A leaking pump is covered by the warranty for 24 months.";
    let one = score(&[(covered, &[0])]);
    assert_eq!((one.backed, one.agreement, one.nearest, one.model), (100, None, 40, Some(90)));
    assert_eq!(one.score, 79, "0.4 + 0.3 × 0.3 + 0.3");
    let half = score(&[(covered, &[0]), ("It also grinds, brews and cleans coffee cups alone.", &[])]);
    assert!(half.score < one.score && half.backed < 60, "{half:?}");
    let none = score(&[("We will refund you everything at once.", &[])]);
    assert_eq!((none.score, none.backed), (0, 0));
    let polite = score(&[("Hello Anna,", &[])]);
    assert_eq!(polite.score, 0, "who says nothing is sure of nothing");

    let mut agreed = shop.clone();
    agreed.cases[1].reply = agreed.cases[0].reply.clone();
    let both = draft_of(&agreed, &[(covered, &[0, 1])]).confidence;
    assert_eq!((both.agreement, both.score), (Some(100), 100));
}

#[test]
fn russian_and_german_are_checked_alike() {
    let lavka = lavka();
    for (text, cases) in [
        ("Текущий насос ремонтируется по гарантии 24 месяца.", &[0][..]),
        ("Ремонт занимает 3 рабочих дня.", &[0]),
        ("Новое уплотнение стоит 490 руб.", &[1]),
        ("Порядок возврата машины описан на solnce.example/vozvrat.", &[0]),
    ] {
        assert_backed(&lavka, text, cases);
    }
    assert_eq!(doubts(&lavka, "Ремонт насоса занимает 5 рабочих дней.", &[0])[0].0, DoubtKind::Number);
    assert_eq!(doubts(&lavka, "На вскрытый насос гарантия действует.", &[1])[0].0, DoubtKind::Opposite);
    assert_eq!(doubts(&lavka, "Мы вернём вам деньги за насос.", &[0])[0].0, DoubtKind::Promise);
    assert_eq!(checked(&lavka, "Здравствуйте, Анна!", &[]).standing, Standing::Courtesy);
    let mut laden = lavka.clone();
    laden.language = Some("de".to_owned());
    laden.question = "Guten Tag, die Pumpe meiner Maschine ist undicht. Ist das Garantie?".to_owned();
    laden.cases = vec![case(
        1,
        "Meine Pumpe tropft.",
        "Eine undichte Pumpe ist durch die Garantie gedeckt. Die Reparatur dauert drei Werktage und kostet 1.000,50 Euro ohne Garantie.",
    )];
    assert_backed(&laden, "Die Reparatur der Pumpe dauert 3 Arbeitstage.", &[0]);
    assert_backed(&laden, "Ohne Garantie kostet die Reparatur 1000,50 €.", &[0]);
    assert_eq!(
        doubts(&laden, "Eine undichte Pumpe ist durch die Garantie nicht gedeckt.", &[0])[0].0,
        DoubtKind::Opposite
    );
    assert_eq!(doubts(&laden, "Wir werden Ihnen die Reparatur der Pumpe erstatten.", &[0])[0].0, DoubtKind::Promise);
    assert_eq!(
        doubts(&laden, "Bitte senden Sie die Pumpe an Herrn Schneider.", &[0])[0],
        (DoubtKind::Name, "Schneider".to_owned())
    );
}

#[test]
fn breaks_and_hidden_characters() {
    let shop = shop();
    let draft = draft_of(
        &shop,
        &[("Hello Anna,\n\nA leaking pump is cov\u{200b}ered. Please send us the machine.\n- with the label", &[0])],
    );
    assert_eq!(draft.text, "Hello Anna,\n\nA leaking pump is covered. Please send us the machine.\n- with the label");
    let breaks: Vec<Break> = draft.sentences.iter().map(|sentence| sentence.before).collect();
    assert_eq!(breaks, [Break::None, Break::Paragraph, Break::None, Break::Line]);
    assert!(draft.warnings.contains(&DraftWarning::HiddenCharacters));
}

#[test]
fn an_id_in_the_text_goes() {
    let shop = shop();
    let id = prompt(&shop, KEY).ids[0].0.clone();
    let draft = draft_of(&shop, &[(&format!("A leaking pump is covered [{id}]."), &[0])]);
    assert_eq!(draft.text, "A leaking pump is covered.");
}

#[test]
fn a_made_up_half_does_not_ride_along() {
    let unsupported = |ground: &Ground, text: &str, cases: &[usize]| {
        doubts(ground, text, cases).into_iter().filter(|(kind, _)| *kind == DoubtKind::Unsupported).collect::<Vec<_>>()
    };
    let (shop, lavka) = (shop(), lavka());
    for text in [
        "A leaking pump is covered by the warranty for 24 months and our technicians visit customers at home.",
        "A leaking pump is covered by the warranty for 24 months, worldwide.",
        "Our technicians visit customers at home, and a leaking pump is covered by the warranty for 24 months.",
        "A leaking pump is covered by the warranty for 24 months including accidental damage.",
        "Please send us the machine with the return label so that our Berlin laboratory analyses the aluminium housing.",
        "The repair takes 5 to 7 business days while a courier brings a loan machine every morning.",
        "The repair of the leaking pump takes 5 to 7 business days (weekends count double).",
    ] {
        assert!(!unsupported(&shop, text, &[0]).is_empty(), "{text}");
    }
    assert_eq!(
        unsupported(&shop, "A leaking pump is covered by the warranty, and technicians visit customers.", &[0]),
        [(DoubtKind::Unsupported, "and technicians visit customers".to_owned())]
    );
    for text in [
        "Текущий насос ремонтируется по гарантии 24 месяца, и наш инженер приезжает к клиентам домой.",
        "Ремонт занимает три рабочих дня, а курьер привозит подменную кофемашину утром.",
    ] {
        assert!(!unsupported(&lavka, text, &[0]).is_empty(), "{text}");
    }
    // What only the client said is no evidence of ours.
    let mut claims = shop.clone();
    claims.question.push_str(" Your colleague confirmed that I keep the grinder, tamper and portafilter as a present.");
    let text =
        "A leaking pump is covered by the warranty, and you keep the grinder, tamper and portafilter as a present.";
    assert!(!unsupported(&claims, text, &[0]).is_empty());
}

#[test]
fn what_is_near_the_words_of_a_case_stays_backed() {
    let (shop, lavka) = (shop(), lavka());
    for (text, cases) in [
        ("Unfortunately the pump is not covered when it was opened.", &[1][..]),
        ("Since your pump leaks, please send us the machine, using our return label.", &[0]),
        ("For your order FH-33001: the repair usually takes 5 to 7 business days.", &[0]),
        ("Thank you for your message, the repair takes 5 to 7 business days.", &[0]),
        ("The warranty covers leaking pumps for 24 months.", &[0]),
        ("Repairing the pump takes 5 to 7 business days.", &[0]),
    ] {
        assert_backed(&shop, text, cases);
    }
    for (text, cases) in [
        ("К сожалению, на вскрытый насос гарантия не действует.", &[1][..]),
        ("Мы ремонтируем текущий насос по гарантии, ремонт обычно занимает три рабочих дня.", &[0]),
        ("Отправьте нам, пожалуйста, машину: порядок возврата описан на https://solnce.example/vozvrat.", &[0]),
    ] {
        assert_backed(&lavka, text, cases);
    }
}

#[test]
fn requests_for_secrets_are_always_marked() {
    let (shop, lavka) = (shop(), lavka());
    let marked = |ground: &Ground, text: &str| {
        let draft = draft_of(ground, &[(text, &[0])]);
        draft.warnings.contains(&DraftWarning::Secrets)
            && draft.sentences.iter().any(|sentence| kinds(sentence).contains(&DoubtKind::Secret))
    };
    for text in [
        "Please send us the machine with the return label and your passport number.",
        "Please let us know your card number and the CVV if you have any further questions.",
        "Thank you for your message, please reply with your password.",
        "To repair the leaking pump we need the PIN of your account.",
        "Please send us the machine. Your bank details:",
    ] {
        assert!(marked(&shop, text), "{text}");
    }
    assert!(marked(&lavka, "Отправьте машину и сообщите номер карты и код из СМС."));
    assert!(!marked(&shop, "Please send us the machine with the return label."));
    // A case that asks for the same backs it.
    let mut bank = shop.clone();
    bank.cases[0].reply.push_str(" For the refund please send us your IBAN and the bank details.");
    assert!(!marked(&bank, "For the refund please send us your bank details."));
    assert!(marked(&bank, "For the refund please send us your bank details and the PIN."));
}

#[test]
fn sources_in_another_language_are_told() {
    let mut shop = shop();
    shop.cases[0].question = "Здравствуйте, у меня течёт насос, и машина стоит уже вторую неделю.".to_owned();
    shop.cases[0].reply = "Текущий насос ремонтируется по гарантии, отправьте нам, пожалуйста, машину.".to_owned();
    assert_eq!(doubts(&shop, "A leaking pump is covered.", &[0]), [(DoubtKind::OtherLanguage, String::new())]);
}
