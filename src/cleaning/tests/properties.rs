use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::cleaning::{Tail, tail_of};

/// Lines that rules look at, and lines of prose.
const LINES: &[&str] = &[
    "",
    "",
    "",
    " ",
    "Hello,",
    "Hi Ann,",
    "Thank you.",
    "Thanks,",
    "Thanks!",
    "Best regards,",
    "Kind regards",
    "Mit freundlichen Grüßen",
    "С уважением,",
    "John Smith",
    "John",
    "Ann",
    "-John",
    "— Ann",
    "-- ",
    "--",
    "—",
    "___",
    "________________________________",
    "- first item",
    "Sent from my iPhone",
    "Отправлено с iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Tel: +44 20 7946 0958",
    "www.example.com",
    "ann@example.com",
    "CEO, Example Ltd",
    "On Mon, 2 Jan 2023 at 10:00, Ann Lee <ann@example.com> wrote:",
    "On Mon, 2 Jan 2023 at 10:00,",
    "Ann Lee <ann@example.com> wrote:",
    "Am 02.01.2023 um 10:00 schrieb Ann Lee:",
    "2 янв. 2023 г., в 10:00, Анна <ann@example.com> написал(а):",
    "> quoted words",
    "> ",
    ">> deeper words",
    ">",
    "> On 1 Jan 2023, Bob wrote:",
    "-----Original Message-----",
    "---------- Forwarded message ---------",
    "From: Ann Lee <ann@example.com>",
    "Sent: Monday, January 2, 2023 10:00 AM",
    "To: John Smith",
    "Cc: ",
    "Subject: Re: order 17",
    "*From:* Ann",
    "Date: Mon, 2 Jan 2023 10:00:00 +0000",
    "Von: Ann Lee",
    "Gesendet: Montag, 2. Januar 2023 10:00",
    "Betreff: AW: Bestellung",
    "差出人: Ann <ann@example.com>",
    "件名: 注文",
    "Please find the invoice attached to this mail.",
    "It will be shipped on Tuesday, and you will get a number.",
    "Is that right?",
    "This e-mail is confidential and intended only for the addressee. If you have received it in error, notify the sender.",
    "To unsubscribe from this list: https://lists.example.org/leave",
    "You received this message because you are subscribed to the list.",
    "Please respond to ann@example.com",
    "Ann Lee@EXAMPLE",
    "01/02/2023 10:00 AM",
    "Ann Lee on 01/02/2023 10:00:00 AM",
    "cc:",
    "Regards, Ann",
    "P.S. Call me.",
    " - report.xls",
    "<<report.doc>>",
    ">:",
    "x <a@b.com",
    "<a@b.com>:",
    "Done --- On Wed, Apr 4, 2012 at 3:59 PM, me@example.com wrote:",
    "1",
    ":",
    "On",
    "\u{feff}Hi",
    "*bold*",
];

fn mail() -> impl Strategy<Value = String> {
    vec(select(LINES), 0..24).prop_map(|lines| lines.join("\n"))
}

/// Prose that no rule has a reason to touch.
fn reply() -> impl Strategy<Value = String> {
    const PROSE: &[&str] = &[
        "The parcel left our warehouse this morning.",
        "You can follow it with the number below.",
        "We have changed the address as you asked.",
        "Could you tell us which size you need?",
        "Your order will be there by Friday at the latest.",
        "Das Paket ist heute Morgen abgegangen.",
        "Посылка ушла сегодня утром, номер придёт отдельно.",
        "",
        "The second invoice was a mistake, please ignore it.",
    ];
    vec(select(PROSE), 1..8).prop_map(|lines| lines.join("\n")).prop_filter("some words", |t| !t.trim().is_empty())
}

/// Ways to quote a message below one's own words.
fn history(words: &str) -> impl Strategy<Value = String> + use<> {
    let marked: String = words.lines().flat_map(|l| ["> ", l, "\n"]).collect();
    let plain = words.to_owned();
    select(vec![
        format!("On Mon, 2 Jan 2023 at 10:00, Ann Lee <ann@example.com> wrote:\n\n{marked}"),
        format!("On Mon, Jan 2, 2023 at 10:00 AM Ann Lee <\nann@example.com> wrote:\n{marked}"),
        format!("Am 02.01.2023 um 10:00 schrieb Ann Lee:\n{marked}"),
        format!("Le lun. 2 janv. 2023 à 10:00, Ann Lee <ann@example.com> a écrit :\n{marked}"),
        format!("пн, 2 янв. 2023 г. в 10:00, Анна <ann@example.com>:\n\n{marked}"),
        marked.to_string(),
        format!(
            "-----Original Message-----\nFrom: Ann Lee\nSent: Monday, January 2, 2023 10:00 AM\nTo: John\nSubject: Order\n\n{plain}"
        ),
        format!(
            "________________________________\nFrom: Ann Lee <ann@example.com>\nSent: 2 January 2023 10:00\nTo: John\nSubject: Order\n\n{plain}"
        ),
        format!(
            "Von: Ann Lee <ann@example.com>\nGesendet: Montag, 2. Januar 2023 10:00\nAn: John\nBetreff: Bestellung\n\n{plain}"
        ),
        format!(
            "---------- Forwarded message ---------\nFrom: Ann Lee <ann@example.com>\nDate: Mon, 2 Jan 2023\nSubject: Order\n\n{plain}"
        ),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn leaves_out_and_adds_nothing(text in mail(), keep in any::<bool>()) {
        let mode = if keep { Mode::QuotesOnly } else { Mode::Full };
        check(&clean(&Input { text: Some(&text), mode, ..Input::default() }));
    }

    #[test]
    fn twice_is_once(text in mail(), keep in any::<bool>()) {
        let mode = if keep { Mode::QuotesOnly } else { Mode::Full };
        let once = clean(&Input { text: Some(&text), mode, ..Input::default() });
        // What is kept in doubt is kept whole, its closing words too.
        prop_assume!(once.kept.is_empty());
        let once = once.text();
        let twice = clean(&Input { text: Some(&once), mode, ..Input::default() }).text();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_habits_that_were_used_are_enough(text in mail(), others in vec(mail(), 3..8)) {
        let tails: Vec<Tail> =
            others.iter().filter_map(|other| tail_of(&Input { text: Some(other), ..Input::default() })).collect();
        // As if all of them were: what three made-up mails have in common is little.
        let lines: Vec<i64> = tails.iter().flat_map(|tail| &tail.lines).copied().collect();
        let input = Input { text: Some(&text), ..Input::default() };
        let cleaned = clean(&Input { habits: &lines, ..input });
        check(&cleaned);
        prop_assert_eq!(&clean(&Input { habits: &cleaned.habits, ..input }), &cleaned);
        prop_assert!(!cleaned.is_empty() || clean(&input).is_empty(), "{:?} was emptied", text);
    }

    #[test]
    fn history_changes_no_reply(
        (own, quoted) in (reply(), reply()).prop_flat_map(|(own, words)| (Just(own), history(&words))),
        signature in select(vec!["", "\n\n-- \nJohn Smith\nExample Ltd", "\n\nBest regards,\nJohn Smith", "\n\nSent from my iPhone"]),
    ) {
        let alone = format!("{own}{signature}");
        let answered = format!("{alone}\n\n{quoted}");
        prop_assert_eq!(full(&alone), full(&answered));
        prop_assert_eq!(quotes_only(&alone), quotes_only(&answered));
    }

    #[test]
    fn anything_is_survived(text in "\\PC{0,300}", markup in "[<>a-z/=\"' &;#0-9!-]{0,300}") {
        check(&clean(&Input { text: Some(&text), ..Input::default() }));
        check(&clean(&Input { html: Some(&text), ..Input::default() }));
        check(&clean(&Input { html: Some(&markup), ..Input::default() }));
    }

    #[test]
    fn html_says_what_its_text_says(lines in vec(select(LINES), 0..12)) {
        let html: String = lines.iter().map(|l| format!("<div>{}</div>\n", l.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))).collect();
        check(&clean(&Input { html: Some(&html), ..Input::default() }));
    }
}
