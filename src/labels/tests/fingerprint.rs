use super::*;

fn mark(reply_text: &str, names: &[&str]) -> String {
    label(&PairFacts { reply_text, client_names: names, ..PairFacts::default() }).reply_fingerprint
}

const TEMPLATE: &str = "your order 4711 was shipped on 12 March 2026 with DHL. You can follow it at https://example.com/track/4711. \
    Please allow two to three working days for the delivery, and write to us when it has not arrived by then.";

#[test]
fn a_template_is_one_group_whoever_it_went_to() {
    let a = mark(&format!("Dear Anna,\n\n{TEMPLATE}\n\nBest regards,\nTom"), &["Anna Müller"]);
    let other = TEMPLATE.replace("4711", "99-1002").replace("12 March", "Friday, 3 April");
    let b = mark(&format!("Hello Mr. Sokolov!\n{other}\nKind regards\nJane Doe\nAcme Ltd."), &["Pyotr Sokolov"]);
    assert_eq!(a, b);
    assert!(near(&a, &b));
    let ru = |name: &str, order: &str| {
        mark(
            &format!("Здравствуйте, {name}!\nВаш заказ {order} отправлен и прибудет завтра.\nС уважением,\nОльга"),
            &[],
        )
    };
    assert_eq!(ru("Иван", "123"), ru("Мария", "987-6"));
    let zh = |name: &str| mark(&format!("{name}先生，您好！\n您的订单已经发货，预计明天送达。\n此致\n敬礼"), &[name]);
    assert!(near(&zh("王小明"), &zh("李大伟")));
}

#[test]
fn a_word_more_or_less_is_still_near() {
    let a = mark(TEMPLATE, &[]);
    assert!(near(&a, &mark(&TEMPLATE.replace("two to three", "three to four"), &[])));
    assert!(near(&a, &mark(&format!("{TEMPLATE} Have a nice day."), &[])));
}

#[test]
fn other_replies_are_not_near() {
    let texts = [
        TEMPLATE,
        "we are sorry that the lamp arrived broken. A new one leaves our warehouse today, and you need not send the old one back to us.",
        "you can change your password under settings, then account, then security. Please close all other windows before you do it.",
        "the refund was made to the card that you paid with. Depending on your bank it takes five to ten working days to be seen.",
        "your order was cancelled on your wish. You can place a new one at any time, and please write to us when something is unclear.",
        "Yes, of course.",
        "No, sorry.",
    ];
    for (i, a) in texts.iter().enumerate() {
        for b in &texts[i + 1..] {
            assert!(!near(&mark(a, &[]), &mark(b, &[])), "{a}\n{b}");
        }
    }
}

#[test]
fn short_replies_are_near_only_when_equal() {
    assert!(near(&mark("Yes, that is possible.", &[]), &mark("Hi Tom,\nyes, that is possible!", &["Tom"])));
    assert!(!near(&mark("Yes, that is possible.", &[]), &mark("No, that is impossible.", &[])));
    assert!(near(&mark("Thank you!", &[]), &mark("Thank you", &[])));
    assert!(!near(&mark("Thank you!", &[]), &mark("Kind regards", &[])));
}

#[test]
fn the_mark_never_changes() {
    // Stored in databases: a change here is a new version of the format.
    assert_eq!(mark("Your parcel will arrive tomorrow.", &[]), "1-c7b7e4860d789524-202841ffd07cee90-5");
}

#[test]
fn what_is_no_mark_is_near_to_nothing() {
    for text in ["", "1", "1-0-0-0", "2-00-00-1", "1-zz-00-1", "1-0-0-1-1"] {
        assert!(!near(text, text), "{text}");
    }
    assert_eq!(
        "1-0f-1-2".parse::<Fingerprint>().map(|mark| mark.to_string()).unwrap(),
        "1-000000000000000f-0000000000000001-2"
    );
}
