//! The answer without a model.

use super::*;
use crate::types::GapKind;

#[test]
fn a_past_reply_becomes_a_template() {
    let mut shop = shop();
    shop.cases[0].reply = "Hello Maria,\n\nYour order FH-21580 was sent on 12 January to Mrs. Lopez, the parcel costs 12,50 €. Follow it at \
                           https://carrier.example/t/77123. The repair takes 14 days. Questions: support@fernhill.example."
        .to_owned();
    let made = template(&shop).expect("there is a case");
    assert_eq!(
        made.text,
        "Hello Anna,\n\nYour order [order number] was sent on [date] to Mrs. [name], the parcel costs [amount]. Follow it at [link]. \
         The repair takes 14 days. Questions: support@fernhill.example."
    );
    assert_eq!((made.case, made.nearest, made.wrong_language), (pair(1), 40, false));
    let gaps: Vec<(GapKind, &str)> = made.gaps.iter().map(|gap| (gap.kind, gap.was.as_str())).collect();
    assert_eq!(
        gaps,
        [
            (GapKind::Code, "FH-21580"),
            (GapKind::Date, "12 January"),
            (GapKind::Name, "Lopez"),
            (GapKind::Amount, "12,50 €"),
            (GapKind::Link, "https://carrier.example/t/77123"),
        ]
    );
}

#[test]
fn names_that_no_header_has_are_gaps_too() {
    let mut shop = shop();
    shop.cases[0].reply = "Dear Wolfgang,\n\nMr Schlossberg repairs the pump within 14 days.".to_owned();
    let made = template(&shop).expect("there is a case");
    assert_eq!(made.text, "Dear [name],\n\nMr [name] repairs the pump within 14 days.");
}

#[test]
fn what_others_were_told_as_well_stays() {
    let mut shop = shop();
    shop.cases[1].reply = "The seal costs 4.90 €, see https://fernhill.example/parts.".to_owned();
    shop.cases[0].reply =
        "The seal costs 4.90 €, see https://fernhill.example/parts, and the pump costs 19.00 €.".to_owned();
    let made = template(&shop).expect("there is a case");
    assert_eq!(made.text, "The seal costs 4.90 €, see https://fernhill.example/parts, and the pump costs [amount].");
}

#[test]
fn a_case_in_the_clients_language_comes_first() {
    let mut shop = shop();
    let german = case(
        9,
        "Pumpe?",
        "Bitte senden Sie uns die Maschine mit dem Aufkleber zurück, wir sehen sie uns dann genau an.",
    );
    shop.cases.insert(0, GroundCase { score: 0.5, ..german.clone() });
    assert_eq!(template(&shop).map(|made| (made.case, made.wrong_language)), Some((pair(1), false)));
    shop.cases[0].score = 0.95;
    assert_eq!(template(&shop).map(|made| (made.case, made.wrong_language)), Some((pair(9), true)));
    shop.language = Some("de".to_owned());
    shop.cases[0].reply.push_str(" Ihre Nummer ist FH-21580.");
    assert!(template(&shop).is_some_and(|made| made.text.ends_with("Ihre Nummer ist [Bestellnummer].")));
    shop.cases.clear();
    assert_eq!(template(&shop), None);
}

#[test]
fn without_a_near_case_there_is_no_template() {
    let mut shop = shop();
    shop.cases.iter_mut().for_each(|case| case.score = 0.05);
    assert!(template(&shop).is_some(), "its words are those of the question");
    shop.question = "Do you have a vacancy for an apprentice gardener next summer?".to_owned();
    shop.subject = None;
    assert!(template(&shop).is_none());
}
