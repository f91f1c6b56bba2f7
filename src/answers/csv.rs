//! A table of approved pairs as text: RFC 4180, and nothing in it that a spreadsheet would run.

use crate::types::ExportedAnswer;

/// The columns, in their order: the fields of [`ExportedAnswer`].
pub const COLUMNS: [&str; 19] = [
    "pair_id",
    "account_id",
    "account",
    "thread_id",
    "subject",
    "question",
    "reply",
    "question_from",
    "question_to",
    "reply_from",
    "reply_to",
    "asked_at",
    "replied_at",
    "question_language",
    "reply_language",
    "decided_by",
    "decided_at",
    "edited",
    "source",
];

/// The line with the names of the columns.
pub(super) fn head(byte_order_mark: bool) -> String {
    format!("{}{}\r\n", if byte_order_mark { "\u{feff}" } else { "" }, COLUMNS.join(","))
}

/// One answer as a line. Addresses of one cell are separated by a comma and a space.
pub(super) fn push(line: &mut String, answer: &ExportedAnswer) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let time = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(super::export::time).unwrap_or_default();
    let cells = [
        answer.pair_id.to_string(),
        answer.account_id.to_string(),
        answer.account.clone(),
        answer.thread_id.map(|id| id.to_string()).unwrap_or_default(),
        text(&answer.subject),
        answer.question.clone(),
        answer.reply.clone(),
        text(&answer.question_from),
        answer.question_to.join(", "),
        text(&answer.reply_from),
        answer.reply_to.join(", "),
        time(answer.asked_at),
        time(Some(answer.replied_at)),
        text(&answer.question_language),
        text(&answer.reply_language),
        text(&answer.decided_by),
        time(answer.decided_at),
        answer.edited.to_string(),
        answer.source.to_string(),
    ];
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_cell(line, cell);
    }
    line.push_str("\r\n");
}

/// A cell. One that a spreadsheet would take for a formula, or that begins with an apostrophe itself, gets an apostrophe in front: whoever
/// takes one away from the front of every cell that has it gets the text as it was.
fn push_cell(line: &mut String, text: &str) {
    const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // Blanks before a formula do not keep every spreadsheet from running it.
    let is_formula = text.starts_with(FORMULA) || text.trim_start().starts_with(FORMULA) || text.starts_with('\'');
    let is_quoted = text.contains(['"', ',', '\r', '\n', ';', '\t']) || text.starts_with(' ') || text.ends_with(' ');
    if is_quoted {
        line.push('"');
    }
    if is_formula {
        line.push('\'');
    }
    for c in text.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    if is_quoted {
        line.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn cells_are_those_of_rfc_4180() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell(""), "");
        assert_eq!(cell("a, b"), "\"a, b\"");
        assert_eq!(cell("she said \"no\""), "\"she said \"\"no\"\"\"");
        assert_eq!(cell("one\r\ntwo"), "\"one\r\ntwo\"");
        assert_eq!(cell("Не проходит платёж"), "Не проходит платёж");
    }

    #[test]
    fn nothing_is_a_formula() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1234", "'+49 30 1234"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1+1", "\"'  =1+1\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1+1", "'＝1+1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("'quoted'", "''quoted'"),
        ] {
            assert_eq!(cell(text), shown, "{text:?}");
        }
    }

    #[test]
    fn columns_are_the_fields_of_an_answer() {
        let answer = super::super::export::tests::answer();
        let serde_json::Value::Object(fields) = serde_json::to_value(&answer).expect("JSON") else {
            panic!("no object")
        };
        let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let mut columns = COLUMNS;
        names.sort_unstable();
        columns.sort_unstable();
        assert_eq!(names, columns);
        let mut line = String::new();
        push(&mut line, &answer);
        assert_eq!(
            line,
            "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,us@y.example,,\"Refund, please\",\
             \"'=1+1\r\nHello\",\"It is \"\"on its way\"\".\",c@x.example,\"us@y.example, all@y.example\",us@y.example,\
             c@x.example,2026-11-20T12:00:00Z,2026-11-20T12:00:00.500Z,en,,ann@y.example,2026-11-20T12:00:00Z,true,same\r\n"
        );
    }
}
