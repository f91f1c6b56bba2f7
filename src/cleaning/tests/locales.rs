//! Every language's words, put where mail programs put them.

use crate::cleaning::locale::FILES;

use super::*;

/// The phrases of one class of one language.
fn phrases<'f>(file: &'f str, class: &str) -> Vec<&'f str> {
    let line = file.lines().find_map(|l| l.strip_prefix(class).and_then(|l| l.strip_prefix(": ")));
    line.map(|l| l.split('|').map(str::trim).filter(|p| !p.is_empty()).collect()).unwrap_or_default()
}

const OWN: &str = "Lorem ipsum dolor sit amet, consectetur.";

/// Checks each made-up mail of each language; says which words do not work.
fn every(class: &str, least: usize, mails: impl Fn(&str, &str) -> Vec<String>) {
    let (mut wrong, mut languages) = (String::new(), 0);
    for (code, file) in FILES {
        let words = phrases(file, class);
        languages += usize::from(!words.is_empty());
        for word in words {
            for mail in mails(file, word) {
                let got = full(&mail);
                if got != OWN {
                    wrong.push_str(&format!("{code} {class} {word:?}: {got:?}\n"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(languages >= least, "{class} in {languages} languages");
}

#[test]
fn sixty_languages_and_more() {
    assert!(FILES.len() >= 60, "{}", FILES.len());
    assert!(FILES.is_sorted_by(|a, b| a.0 < b.0), "sorted by code, each once");
    let known = [
        "start",
        "wrote",
        "from",
        "to",
        "cc",
        "date",
        "subject",
        "other",
        "original",
        "forwarded",
        "close",
        "thanks",
        "mobile",
        "via",
        "legal",
        "list",
        "title",
        "above",
        "banner",
        "alone",
        "leads",
        "greet",
        "form",
        "you",
        "inline",
        "itself",
        "voice",
        "last",
        "plea",
        "me",
        "end",
        "data",
        "caps",
        "gate",
        "hours",
        "away",
        "privacy",
        "opens",
        "promo",
        "typed",
        "sorry",
        "polite",
        "salute",
    ];
    for (code, file) in FILES {
        for line in file.lines().filter(|l| !l.starts_with('#')) {
            let class = line.split(": ").next().unwrap_or_default();
            assert!(known.contains(&class), "{code}: {line}");
        }
    }
}

#[test]
fn wrote() {
    every("wrote", 60, |_, word| {
        let word = word.trim_end_matches(':');
        vec![
            // Only the word says what this is: no date, no address.
            format!("{OWN}\n\nCarla Reyes {word}:\n> Ut enim?\n"),
            format!("{OWN}\n\n14.03.2023 09:12 {word} Carla Reyes:\n\nUt enim?\n"),
        ]
    });
}

#[test]
fn headers() {
    every("from", 60, |file, from| {
        let first = |class| phrases(file, class).first().copied().unwrap_or("Subject");
        let (date, to, subject) = (first("date"), first("to"), first("subject"));
        vec![
            format!(
                "{OWN}\n\n{from}: Carla Reyes\n{date}: 14.03.2023 09:12\n{to}: Tom Hill\n{subject}: Ut\n\nUt enim?\n"
            ),
            format!(
                "{OWN}\n\n*{from}:* Carla Reyes\n*{date}:* 14.03.2023\n*{to}:* Tom Hill\n*{subject}:* Ut\n\nUt enim?\n"
            ),
        ]
    });
    every("date", 60, |_, word| {
        vec![format!(
            "{OWN}\n\nFrom: Carla Reyes <carla@example.com>\nTo: Tom Hill\n{word}: 14.03.2023 09:12\n\nUt enim?\n"
        )]
    });
    every("to", 60, |_, word| {
        vec![format!("{OWN}\n\nDate: 14.03.2023 09:12\n{word}: Tom Hill\nSubject: Ut\n\nUt enim?\n")]
    });
    every("subject", 60, |_, word| {
        vec![format!("{OWN}\n\nFrom: Carla Reyes\nSent: 14.03.2023 09:12\nTo: Tom Hill\n{word}: Ut\n\nUt enim?\n")]
    });
}

#[test]
fn dividers() {
    every("original", 60, |_, word| {
        vec![
            format!("{OWN}\n\n-----{word}-----\n\nUt enim?\n"),
            format!("{OWN}\n\n-------- {word} --------\nUt enim?\n"),
        ]
    });
    every("forwarded", 45, |_, word| vec![format!("{OWN}\n\n---------- {word} ---------\n\nUt enim?\n")]);
}

#[test]
fn closings() {
    every("close", 55, |_, word| {
        vec![format!("{OWN}\n\n{word}\nCarla Reyes\n"), format!("{OWN}\n\n{word},\n\nCarla\n")]
    });
    every("thanks", 40, |_, word| vec![format!("{OWN}\n\n{word}!\nCarla Reyes\n")]);
}

#[test]
fn devices() {
    every("mobile", 25, |_, word| {
        vec![
            format!("{OWN}\n\n{word}\n"),
            format!("{OWN}\n\n{word}\n\nOn 14.03.2023 09:12, Carla <carla@example.com> wrote:\n> Ut enim?\n"),
        ]
    });
    every("last", 6, |_, word| vec![format!("{OWN}\n\niPhoneç {word}\n")]);
    every("via", 35, |_, word| vec![format!("{OWN}\n\n{word} iPhone\n")]);
}

#[test]
fn reply_above_this_line() {
    every("above", 15, |_, word| vec![format!("{OWN}\n\n##- {word} -##\n\nUt enim?\n")]);
}

#[test]
fn banners() {
    every("banner", 9, |_, word| vec![format!("{word}. Do not click.\n\n{OWN}\n")]);
}

#[test]
fn ends_of_forwarded_messages() {
    every("end", 18, |_, word| {
        let mark = "---------- Forwarded message ---------";
        vec![format!("{mark}\nFrom: Carla <carla@example.com>\n\nUt enim?\n\n-------- {word} --------\n\n{OWN}\n")]
    });
}

#[test]
fn data_that_a_sentence_announces() {
    let mut wrong = String::new();
    let sender = Some(Sender { name: Some("Carla Reyes"), address: None });
    for (code, file) in FILES {
        for word in phrases(file, "data") {
            let mail = format!("{OWN}\n\nLorem ipsum {word} dolor.\n\nCarla Reyes\n3 Quay Road\n+44 20 7946 0958");
            let got = clean(&Input { text: Some(&mail), sender, ..Input::default() }).text();
            if got != mail {
                wrong.push_str(&format!("{code} data {word:?}: {got:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
