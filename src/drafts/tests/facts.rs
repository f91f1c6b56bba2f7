//! One fact, written in many ways.

use super::super::{
    facts::{Known, facts},
    names::names,
};

/// Whether a text that says one thing backs all facts of another.
fn backs(known: &str, said: &str) -> bool {
    let mut evidence = Known::default();
    evidence.add(&facts(known, &[]));
    let facts = facts(said, &[]);
    assert!(!facts.is_empty(), "no fact in {said}");
    facts.iter().all(|fact| evidence.has(fact))
}

#[test]
fn the_same_in_other_words() {
    for (one, other) in [
        ("1.000,50 EUR", "1,000.50 €"),
        ("1 000,50 €", "EUR 1'000.50"),
        ("$50", "50 dollars"),
        ("50 руб.", "₽50"),
        ("€ 50,00", "50 Euro"),
        ("50–60 €", "50 € and 60 €"),
        ("3 days", "three days"),
        ("3 дня", "три дня"),
        ("3 Tage", "drei Tage"),
        ("within 24 hours", "24-hour service"),
        ("three to five days", "3-5 days"),
        ("5 business days", "five working days"),
        ("5 Werktage", "5 business days"),
        ("5 jours ouvrés", "5 рабочих дней"),
        ("двадцать пять дней", "25 дней"),
        ("einundzwanzig Tage", "21 Tage"),
        ("two hundred pieces", "200 pieces"),
        ("20 %", "20 percent"),
        ("20 процентов", "20%"),
        ("20 Prozent", "20 pour cent"),
        ("29.11.2026", "29 November 2026"),
        ("29.11.2026", "November 29th, 2026"),
        ("2026-11-29", "29 ноября 2026 г."),
        ("29. November", "29 de noviembre"),
        ("29.11.2026", "29 novembre"),
        ("29/11/2026", "29 de novembro de 2026"),
        ("11/29/2026", "29.11.2026"),
        ("3–5 November", "3 November and 5 November"),
        ("on Monday", "am Montag"),
        ("в пятницу", "Friday"),
        ("14:30", "2:30 pm"),
        ("14.30 Uhr", "14h30"),
        ("9 a.m.", "9:00"),
        ("9–17 Uhr", "09:00 and 17:00"),
        ("+49 30 9017 1234", "Tel. 030 90171234"),
        ("+7 900 123-45-67", "8 (900) 123-45-67"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("order FH-21580", "order fh 21580"),
        ("order #2158045", "2158045"),
        ("5 kg", "5kg"),
        ("5 kg", "5 кг"),
        ("1. Take it. 2. Use 3 bars", "3 bar"),
    ] {
        assert!(backs(one, other), "{one} does not back {other}: {:?} {:?}", facts(one, &[]), facts(other, &[]));
    }
}

#[test]
fn another_fact() {
    for (one, other) in [
        ("1.000,50 EUR", "1,000.60 €"),
        ("50 EUR", "50 USD"),
        ("50 pieces", "50 €"),
        ("3 days", "3 weeks"),
        ("3 days", "4 days"),
        ("3 business days", "3 days"),
        ("20 %", "20 €"),
        ("20 days", "20 %"),
        ("29.11.2026", "29.11.2025"),
        ("29 November", "28 November"),
        ("on Monday", "on Tuesday"),
        ("14:30", "2:30 am"),
        ("today", "tomorrow"),
        ("FH-21580", "FH-21581"),
        ("FH-21580", "21581"),
        ("+49 30 9017 1234", "+49 30 9017 1235"),
        ("1,5 kg", "15 kg"),
        ("nothing at all", "two machines"),
        ("nothing at all", "10000"),
    ] {
        assert!(!backs(one, other), "{one} backs {other}: {:?} {:?}", facts(one, &[]), facts(other, &[]));
    }
}

#[test]
fn what_is_no_fact() {
    for text in [
        "One of us will look at it.",
        "Eine Frage dazu",
        "1. First\n2) Second",
        "Das ist ein Test.",
        "Это один из них.",
    ] {
        assert!(facts(text, &[]).is_empty(), "{text}: {:?}", facts(text, &[]));
    }
}

#[test]
fn names_by_their_capital_letters() {
    let found = |text, language, greeting| {
        names(text, Some(language), greeting, &[]).iter().map(|word| word.text.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("Please ask Tom Wood in Berlin on Monday.", "en", false), ["Tom", "Wood", "Berlin"]);
    assert_eq!(found("I think that I'm right. The English pump works.", "en", false), [""; 0]);
    assert_eq!(found("Спросите Анну, если Вы хотите.", "ru", false), ["Анну"]);
    assert_eq!(found("Bitte fragen Sie Herrn Schneider nach der Pumpe.", "de", false), ["Schneider"]);
    assert_eq!(found("Hallo Anna,", "de", true), ["Anna"]);
    assert_eq!(found("Sehr geehrte Damen und Herren,", "de", true), [""; 0]);
    assert_eq!(found("Die Maschine ABB und der FritzBrewer", "de", false), ["ABB", "FritzBrewer"]);
}
