//! What the mails of a sender in different threads have in common.

use super::*;
use crate::cleaning::{Tail, habits, tail_of};

const OFFICE: Sender<'_> = Sender { name: Some("Fernhill Returns"), address: Some("returns@fernhill.example") };

const ANSWERS: [&str; 6] = [
    "The label is attached, any parcel shop takes it.",
    "Arrived in perfect condition, thank you for the careful wrapping.",
    "We have sent 64.00 back to your card this morning.",
    "Of course you may exchange it, just tell us the colour.",
    "I am sorry about the mix-up, the right one leaves today.",
    "Both photos were taken when the box was opened.",
];

const SIGNATURE: &str = "Marta Silva\nFernhill, orders & returns\nMon to Fri 9:00-17:00 CET";

/// The answers, each with the same end.
fn ending(end: &str) -> Vec<String> {
    ANSWERS.iter().map(|answer| format!("{answer}\n\n{end}\n")).collect()
}

fn habits_of(mails: &[String]) -> Vec<i64> {
    let tails: Vec<Tail> =
        mails.iter().filter_map(|mail| tail_of(&Input { text: Some(mail), ..Input::default() })).collect();
    habits(&tails)
}

fn known(text: &str, habits: &[i64]) -> Cleaned {
    let cleaned = clean(&Input { text: Some(text), sender: Some(OFFICE), habits, ..Input::default() });
    check(&cleaned);
    cleaned
}

/// Cleans each of the mails by what all of them end with.
fn by_all(mails: &[String]) -> Vec<String> {
    let habits = habits_of(mails);
    mails.iter().map(|mail| known(mail, &habits).text()).collect()
}

#[test]
fn what_three_different_mails_end_with_is_a_signature() {
    let mails = ending(SIGNATURE);
    assert_eq!(known(&mails[0], &[]).text(), mails[0].trim_end(), "nothing else would find it");
    assert_eq!(habits_of(&mails[..2]), [0; 0], "two are not enough");
    let habits = habits_of(&mails[..3]);
    for (mail, answer) in mails.iter().zip(ANSWERS) {
        let cleaned = known(mail, &habits);
        assert_eq!(cleaned.text(), answer);
        assert_eq!(cleaned.removed.iter().map(|removed| removed.rule).collect::<Vec<_>>(), ["sender_habit"]);
        assert_eq!(cleaned.habits, habits, "all three lines were asked for");
    }
    let quoting = format!("{}\nOn 14/03/2023 09:12, Ben Hill wrote:\n> Where is it?\n> Ben\n", mails[4]);
    assert_eq!(known(&quoting, &habits_of(&[quoting.clone(), mails[1].clone(), mails[2].clone()])).text(), ANSWERS[4]);
}

#[test]
fn what_was_used_gives_the_same_again() {
    let mut mails = ending(SIGNATURE);
    mails.extend(ending("Jonas Weber\nWorkshop and repairs"));
    let habits = habits_of(&mails);
    assert_eq!(habits.len(), 5);
    for mail in &mails {
        let cleaned = known(mail, &habits);
        assert!(!cleaned.habits.is_empty() && cleaned.habits.len() < habits.len(), "its own lines alone");
        assert_eq!(known(mail, &cleaned.habits), cleaned);
    }
}

#[test]
fn answers_that_end_alike_are_kept() {
    for end in [
        // Sentences, thanks and wishes.
        "You will find the number of the parcel below the label.",
        "Many thanks",
        "Danke",
        // Questions, lists and labelled lines.
        "Shall we send it again?",
        "- black\n- white\n- the grey one",
        "Colour: black\nSize: 54",
        "Grüne Taste: an\nRote Taste: aus",
        // Nobody is named.
        "the grey one\nthe black one",
        "with warm greetings from the workshop\nnumber four",
        // Somebody asks for it to be read.
        "Please write to:\nMarta Silva\nFernhill, orders & returns",
        "From April on our address is\n\nMarta Silva\nLindenhof 12\n10999 Berlin",
    ] {
        let mails = ending(end);
        let alone: Vec<String> = mails.iter().map(|mail| known(mail, &[]).text()).collect();
        assert_eq!(by_all(&mails), alone, "{end}");
    }
}

#[test]
fn one_answer_given_often_teaches_nothing() {
    let template = |name: &str, days: u8| {
        format!(
            "Dear {name},\n\nYou can fetch it within {days} days.\n\nHarbour Street\nBlue Gate\nFernhill Returns Desk\n"
        )
    };
    let mails: Vec<String> =
        [("Ann", 3), ("Ben", 5), ("Carla", 8), ("Dan", 14)].map(|(name, days)| template(name, days)).to_vec();
    assert_eq!(habits_of(&mails), [0; 0]);
    // Among many other mails it is no habit either, even in three wordings.
    let mut many = ending(SIGNATURE);
    many.extend((0..8).map(|number| format!("The wheel number {number} is in stock, and the others come soon.\n")));
    many.extend(ending("Harbour Street\nBlue Gate").into_iter().take(3));
    let habits = habits_of(&many);
    assert_eq!(known(&many[0], &habits).text(), ANSWERS[0]);
    let last = many.last().expect("there are some");
    assert_eq!(known(last, &habits).text(), last.trim_end());
}

#[test]
fn an_answer_is_never_emptied() {
    let habits = habits_of(&ending(SIGNATURE));
    for text in [SIGNATURE.to_owned(), format!("Hi Ben,\n\n{SIGNATURE}"), "Marta Silva".to_owned()] {
        assert_eq!(known(&text, &habits).text(), text);
    }
    assert_eq!(known(&format!("Yes\n\n{SIGNATURE}"), &habits).text(), "Yes");
    // The beginning of a signature alone is below words of the author's, too.
    assert_eq!(
        known("She is back on Monday, ask for\nMarta Silva", &habits).text(),
        "She is back on Monday, ask for\nMarta Silva"
    );
}

#[test]
fn a_sender_who_signs_otherwise_now_is_learnt_again() {
    let new = "Marta Silva-Weber\nFernhill, customer care";
    let mut mails: Vec<String> = ending(SIGNATURE);
    let mut since = 0;
    for mail in ending(new) {
        mails.push(mail.clone());
        since += 1;
        if known(&mail, &habits_of(&mails)).text() != mail.trim_end() {
            break;
        }
    }
    assert_eq!(since, 3, "three mails of nine");
    let habits = habits_of(&mails);
    assert_eq!(known(&mails[0], &habits).text(), ANSWERS[0], "the one before is still known");
}
