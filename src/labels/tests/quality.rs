use super::*;
use QualityReason::*;

const QUESTION: &str = "Hello, where is my order? I have been waiting for two weeks now.";
const ANSWER: &str =
    "We are sorry for the delay. Your parcel left our warehouse this morning and will reach you tomorrow.";

fn reasons(client_text: &str, reply_text: &str) -> Vec<QualityReason> {
    label(&PairFacts { client_text, reply_text, ..PairFacts::default() }).quality.reasons
}

#[test]
fn a_good_pair_has_nothing_against_it() {
    assert_eq!(reasons(QUESTION, ANSWER), []);
    assert_eq!(reasons("您好，我的订单什么时候发货？", "您好，您的订单已于今天上午发出，预计明天送达。"), []);
}

#[test]
fn each_reason_has_its_texts() {
    let cases = [
        ("...", vec![NoWords]),
        ("Done, thanks.", vec![ReplyTooShort]),
        ("好的", vec![ReplyTooShort, LanguageMismatch]),
        (
            "Please look there for it now: https://example.com/help/articles/where-is-my-order-and-what-to-do",
            vec![MostlyLink],
        ),
        ("Please find the invoice attached to this message.", vec![RefersToAttachment]),
        ("Dear {{first_name}}, your parcel left our warehouse this morning.", vec![TemplatePlaceholder]),
        ("Dear [Customer Name], your parcel left our warehouse this morning.", vec![TemplatePlaceholder]),
        ("Dear %FIRSTNAME%, your parcel left our warehouse this morning.", vec![TemplatePlaceholder]),
        ("Dear <Name>, your parcel left our warehouse this morning.", vec![TemplatePlaceholder]),
        ("Your parcel left this morning, good luck.\n\nFrom: Anna\nSent: Monday\nhello", vec![QuotesLeaked]),
        ("Your parcel left this morning, good luck.\n-----Original Message-----\nhello", vec![QuotesLeaked]),
        (
            "It left this morning, good luck.\nHello, where is my order? I have been waiting for two weeks now.",
            vec![QuotesLeaked],
        ),
        ("> a b c\n> d e f\n> g h i\nIt left this morning with the post.", vec![QuotesLeaked]),
        ("Ihr Paket hat unser Lager heute verlassen und kommt morgen bei Ihnen an.", vec![LanguageMismatch]),
        ("Your parcel left our ware\u{fffd}house this morning and will be there.", vec![BrokenCharacters]),
    ];
    check_all(cases.map(|(reply, want)| (reply.to_owned(), reasons(QUESTION, reply), want)));
    assert_eq!(reasons("???", ANSWER), [ClientNoWords]);
    assert_eq!(reasons("Any news?", ANSWER), [ClientTooShort]);
    assert_eq!(reasons(QUESTION, &format!("{ANSWER} ").repeat(100)), [VeryLong]);
}

#[test]
fn ordinary_replies_are_not_suspected() {
    let replies = [
        "Use the array[0] or the map {\"name\": 1} in the script that we sent you last week.",
        "We give you 20% off and another 5% off on the next order that you place.",
        "> Can I return it?\nYes, within 30 days of the delivery.\n> And the cost?\nReturns are free for you.",
        "From: the station it is a short walk to us, and we are open until six.",
        "Write to Anna <anna@example.com> or see [1] for more about the return of your order.",
        "Thanks for the photo that you attached. The device is covered by the warranty, so we send you a new one today and you can keep the broken one.",
    ];
    check_all(replies.map(|reply| (reply.to_owned(), reasons(QUESTION, reply), vec![])));
}

#[test]
fn scandinavians_understand_each_other() {
    let reasons = reasons(
        "Hej, hvornår kommer min pakke? Jeg har ventet længe.",
        "Hei, pakken din ble sendt i dag og kommer til deg i morgen.",
    );
    assert_eq!(reasons, []);
}

#[test]
fn reasons_are_named_in_snake_case() {
    assert_eq!(
        serde_json::to_string(&[RefersToAttachment, NoWords]).unwrap(),
        r#"["refers_to_attachment","no_words"]"#
    );
}

#[test]
fn a_signature_that_was_not_seen_costs_points() {
    let signed = |reply: &str| {
        let facts =
            PairFacts { client_text: QUESTION, reply_text: reply, our_names: &["Nora Feld"], ..PairFacts::default() };
        label(&facts).quality.reasons
    };
    for tail in ["Best regards,", "Nora Feld", "Nora", "Tel. +49 40 555 1020", "nora@example.com"] {
        assert_eq!(signed(&format!("{ANSWER}\n\n{tail}")), [SignatureLeaked], "{tail}");
    }
    for tail in [
        "Kind regards,\nNora Feld\n\nFeld makes light for you and yours!\nWe are open from nine to five, and on Saturdays too.",
        "This message and all its attachments are confidential and may be privileged.",
    ] {
        assert_eq!(signed(&format!("{ANSWER}\n\n{tail}")), [SignatureLeaked], "{tail}");
    }
    for tail in ["Is that all right?", "Our address is:\nnora@example.com", "https://example.com/track"] {
        assert_eq!(signed(&format!("{ANSWER}\n\n{tail}")), [], "{tail}");
    }
}

#[test]
fn what_cleaning_would_have_taken_whole_is_said() {
    let facts = PairFacts { client_text: QUESTION, reply_text: ANSWER, took_everything: true, ..PairFacts::default() };
    assert_eq!(label(&facts).quality.reasons, [CleaningTookEverything]);
}
