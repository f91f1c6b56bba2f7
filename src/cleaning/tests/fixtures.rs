//! The cases under `fixtures/`: `### name`, optional `key: value` lines, the message, `=== own`, what is left of it.

use super::*;

const FILES: &[(&str, &str)] = &[
    ("attributions", include_str!("../fixtures/attributions.txt")),
    ("headers", include_str!("../fixtures/headers.txt")),
    ("signatures", include_str!("../fixtures/signatures.txt")),
    ("footers", include_str!("../fixtures/footers.txt")),
    ("inline", include_str!("../fixtures/inline.txt")),
    ("html", include_str!("../fixtures/html.txt")),
    ("kept", include_str!("../fixtures/kept.txt")),
    ("leaks", include_str!("../fixtures/leaks.txt")),
    ("kinds", include_str!("../fixtures/kinds.txt")),
];

#[test]
fn every_fixture_leaves_the_authors_words() {
    let mut wrong = String::new();
    let mut seen = 0;
    for (file, text) in FILES {
        for case in text.split("\n### ").skip(1) {
            seen += 1;
            if let Err(got) = run(case) {
                let name = case.lines().next().unwrap_or_default();
                wrong.push_str(&format!("\n---- {file}/{name}: got\n{got}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(seen > 100, "only {seen} cases were read");
}

/// Runs one case, with line feeds and with carriage returns too.
fn run(case: &str) -> Result<(), String> {
    let (_, body) = case.split_once('\n').expect("a name and a message");
    let (message, own) = body.split_once("\n=== own").expect("what is left");
    let own = own.trim_start_matches('\n');
    let (mut options, mut message) = (Vec::new(), message);
    while let Some((line, rest)) = message.split_once('\n') {
        let Some(option) = line.strip_prefix("@ ") else { break };
        options.push(option.split_once(": ").expect("key and value"));
        message = rest;
    }
    let option = |key| options.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    let sender = option("sender").map(|name| Sender { name: Some(name), address: option("address") });
    let parent: Vec<String> = option("parent").map(|p| p.replace("\\n", "\n")).into_iter().collect();
    let parents: Vec<&str> = parent.iter().map(String::as_str).collect();
    let earlier: Vec<String> = option("earlier").map(|p| p.replace("\\n", "\n")).into_iter().collect();
    let earlier: Vec<&str> = earlier.iter().flat_map(|e| e.split("\\f")).collect();
    let mode = if option("mode") == Some("quotes") { Mode::QuotesOnly } else { Mode::Full };
    let input = Input { sender, parents: &parents, earlier: &earlier, mode, ..Input::default() };
    let windows = message.replace('\n', "\r\n");
    for message in [message, &windows] {
        let input = match option("html") {
            Some(_) => Input { html: Some(message), ..input },
            None => Input { text: Some(message), ..input },
        };
        let cleaned = clean(&input);
        check(&cleaned);
        let got = cleaned.text();
        if words(&got) != words(own) {
            return Err(format!("{got}\n{}", explain(&cleaned)));
        }
    }
    Ok(())
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn explain(cleaned: &Cleaned) -> String {
    let removed = &cleaned.removed;
    removed
        .iter()
        .map(|r| format!("  {:?} {} {:?}\n", r.kind, r.rule, &cleaned.source[r.start as usize..r.end as usize]))
        .collect()
}
