//! Inputs made to be slow: the same piece again and again. How long they take is measured by `make mutate`, not here.

use super::*;

/// Cleans it as text and as HTML, in both modes, with itself as parent.
fn survive(text: &str) {
    for mode in [Mode::Full, Mode::QuotesOnly] {
        check(&clean(&Input { text: Some(text), mode, parents: &[text], ..Input::default() }));
        check(&clean(&Input { html: Some(text), mode, ..Input::default() }));
    }
}

#[test]
fn the_same_piece_again_and_again_is_survived() {
    for piece in include_str!("../fixtures/repeated.txt").lines() {
        let piece = piece.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        survive(&piece.repeat(10_000 / piece.len()));
    }
}

/// Found by mutation: each piece stayed because of the next one, and every round took but the last.
#[test]
fn a_hundred_quotes_in_a_row_settle() {
    let quoted = "> On 24 Oct 2026, at 07:30, Ruth Feldman <ruth@example.com> wrote:\n>\n> Where is my order?\n";
    for piece in [
        format!("Anna\n\nSent from my iPhone\n\n{quoted}\n"),
        format!("It left us yesterday.\n\n{quoted}\nAnd the other one will follow.\n\n"),
        format!("{quoted}\nanswer\n\n"),
    ] {
        for count in [2, 10, 30, 100, 1000] {
            let text = piece.repeat(count);
            let once = full(&text);
            assert_eq!(full(&once), once, "{count} times {piece:?}");
        }
    }
}

/// Found by fuzzing: the break went with the end of the line, and what was left ran into the line below.
#[test]
fn a_line_of_which_the_end_is_removed_keeps_its_break() {
    let text = "Confidential report, privileged\nnotice attached for >>>>> On 19 Oct 2026, at 14:43, Ann Lee <ann@x.example> wrote:\n\
                >>>>> I am sorry about that.\nIt is not for disclosure.";
    let once = full(text);
    assert_eq!(once.lines().last(), Some("It is not for disclosure."), "{once:?}");
    assert_eq!(full(&once), once);
}

#[test]
fn a_thirty_megabyte_line_is_read() {
    let text = "word ".repeat(6_000_000);
    assert_eq!(full(&text).len(), text.len() - 1);
}

#[test]
fn a_million_open_elements_are_read() {
    let deep = "<div>".repeat(1_000_000) + "hello" + &"</div>".repeat(1_000_000);
    assert_eq!(html(&deep), "hello");
    let deep = "<blockquote>".repeat(100_000) + "hello";
    check(&clean(&Input { html: Some(&deep), ..Input::default() }));
}

#[test]
fn nothing_gives_nothing() {
    for input in ["", " ", "\n", "\r\n", "\u{feff}", "\0", ">", "> > >", "--", "-- \n"] {
        assert_eq!(full(input), "", "{input:?}");
        assert_eq!(html(input).trim_matches(['>', ' ', '-']), "", "{input:?}");
    }
    let none = clean(&Input::default());
    assert!(none.is_empty() && none.removed.is_empty());
}
