//! Inputs made to be slow: the same piece again and again. The limit has room for a busy machine and none for a pass that is
//! not linear.

use std::time::{Duration, Instant};

use super::*;

/// Cleans it as text and as HTML, in both modes, with itself as parent.
fn survive(text: &str) -> Duration {
    let start = Instant::now();
    for mode in [Mode::Full, Mode::QuotesOnly] {
        check(&clean(&Input { text: Some(text), mode, parents: &[text], ..Input::default() }));
        check(&clean(&Input { html: Some(text), mode, ..Input::default() }));
    }
    start.elapsed()
}

/// Forty kilobytes of the same piece.
fn repeated(piece: &str) -> String {
    piece.repeat(40_000 / piece.len())
}

#[test]
fn stays_linear_on_hostile_input() {
    let pieces = [
        "<",
        "<a ",
        "<a href=\"",
        "<b>",
        "<div>",
        "</div>",
        "<blockquote>",
        "<!--",
        "<![",
        "&",
        "&#",
        "&amp",
        ">",
        "> ",
        ">\n",
        "\n",
        "\r",
        " ",
        "\t",
        ":",
        "-",
        "--\n",
        "-- \n",
        "_\n",
        "From: a@b.c\n",
        "To: a@b.c,\n",
        "Subject: x\n",
        "On ",
        "On 1/1/2020 10:00 ",
        "On Mon, 2 Jan 2023 at 10:00\n",
        "x@y ",
        "@",
        "wrote ",
        "wrote:\n",
        "Sent from my iPhone\n",
        "Sent from my iPhone\n\n",
        "Best regards,\n",
        "John\n",
        "confidential ",
        "confidential\n",
        "unsubscribe\n",
        "1 ",
        "1:1",
        "１",
        "\u{200b}",
        "é",
        "漢",
        "a\n> b\n",
        "\u{feff}\n",
        "<style>",
        "<a><b></a>",
        "<font><blockquote></font>",
        "</b><i>",
        "<div class=gmail_quote><blockquote class=gmail_quote>",
        "<script>",
        "<p>x",
        "<table><tr><td>x",
        "<x y='>",
        "</x",
        "<div class=\"gmail_quote\">x",
        "a: b\n",
        "x <a@b.com\n",
        "<\n",
        "Le 1/1/2020\n",
        "Am 1.1.2020 schrieb\n",
        "On 1/1/2020, a@b.c wrote:\n\n> x\n\nmine\n\n",
        "Tel: 555-123-4567\n",
        "-----Original\n",
        " On Mon, 2 Jan 2023 10:00 wrote: ",
    ];
    for piece in pieces {
        let text = repeated(piece);
        let whole = survive(&text);
        // Four runs over it, unoptimised, take some tenths of a second; one quadratic pass takes longer than this.
        assert!(whole < Duration::from_secs(6), "{piece:?} took {whole:?}");
    }
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
