//! Answers as models write them.

use super::*;
use crate::types::{Break, Intent, Sentiment, Urgency};

fn asked() -> Prompt {
    prompt(&shop(), KEY)
}

#[test]
fn a_whole_answer_is_read() {
    let prompt = asked();
    let id = &prompt.ids[0].0;
    let answer = format!(
        "```json\n{{\"sentences\":[{{\"text\":\" Hello, \",\"cases\":[]}},{{\"text\":\"It is covered.\",\"cases\":[\"{id}\",\"{id}\",\"c7\"],\"break\":\"paragraph\"}}],\
         \"intent\":\"Problem\",\"sentiment\":\"negative\",\"urgency\":\"soon\",\"confidence\":0.85}}\n```"
    );
    let reply = read(&answer, false, &prompt).expect("it is of the form");
    assert_eq!(reply.sentences[0].text, "Hello,");
    let ReplySentence { before, cases, unknown, .. } = &reply.sentences[1];
    assert_eq!((*before, &cases[..], *unknown), (Break::Paragraph, &[pair(1)][..], 1));
    assert_eq!(
        (reply.intent, reply.sentiment, reply.urgency),
        (Some(Intent::Problem), Some(Sentiment::Negative), None::<Urgency>)
    );
    assert_eq!((reply.confidence, reply.has_extra_parts), (Some(85), false));
    let thinking = format!(
        "<think>Hm, {{\"sentences\":[]}}</think>\n{}",
        answer.trim_start_matches("```json\n").trim_end_matches("```")
    );
    assert_eq!(read(&thinking, false, &prompt), Ok(reply));
}

#[test]
fn nonsense_is_an_error_that_says_so() {
    let prompt = asked();
    let long = format!(r#"{{"sentences":[{{"text":"{}"}}]}}"#, "ab ".repeat(9_000));
    let many = format!(r#"{{"sentences":[{}{{"text":"end"}}]}}"#, r#"{"text":"a"},"#.repeat(500));
    let same = format!(r#"{{"sentences":[{}{{"text":"end"}}]}}"#, r#"{"text":"I am so sorry."},"#.repeat(3));
    let inner = format!(r#"{{"sentences":[{{"text":"{}"}}]}}"#, "pay us now ".repeat(30));
    let deep = format!(r#"{{"sentences":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    for (answer, is_cut, nonsense) in [
        ("", false, Nonsense::Empty),
        (" \n", true, Nonsense::Cut),
        (r#"{"sentences":[{"text":"Hel"#, true, Nonsense::Cut),
        (r#"{"sentences":[{"text":"Hel"#, false, Nonsense::NotJson),
        ("Sure! Here is your draft.", false, Nonsense::NotJson),
        (r#"Sure! {"sentences":[{"text":"Hello"}]}"#, false, Nonsense::NotJson),
        (r#"{"sentences":[{"text":"a b"}]} {"sentences":[]}"#, false, Nonsense::NotJson),
        (&deep, false, Nonsense::NotJson),
        ("[]", false, Nonsense::OtherShape),
        ("null", false, Nonsense::OtherShape),
        (r#"{"body":"Hello"}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":"Hello"}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":["Hello"]}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":[{"text":7}]}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":[{"text":"Hello","cases":"c1"}]}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":[{"text":"a"}],"sentences":[{"text":"b"}]}"#, false, Nonsense::OtherShape),
        (r#"{"sentences":[]}"#, false, Nonsense::NoSentences),
        (r#"{"sentences":[{"text":" "},{"text":"…"}]}"#, false, Nonsense::NoSentences),
        (&long, false, Nonsense::TooLong),
        (&many, false, Nonsense::TooLong),
        (&same, false, Nonsense::Repeats),
        (&inner, false, Nonsense::Repeats),
    ] {
        assert_eq!(read(answer, is_cut, &prompt), Err(nonsense), "{}", &answer[..answer.floor_char_boundary(60)]);
    }
}

#[test]
fn parts_that_nobody_asked_for_are_told() {
    let prompt = asked();
    let read = |answer: &str| read(answer, false, &prompt).expect("it is of the form").has_extra_parts;
    assert!(read(r#"{"to":"x@y.example","sentences":[{"text":"Hello"}]}"#));
    assert!(read(r#"{"sentences":[{"text":"Hello","bcc":["x@y.example"]}]}"#));
    assert!(!read(r#"{"sentences":[{"text":"Hello"}]}"#));
}

#[test]
fn confidence_is_a_number_or_nothing() {
    let prompt = asked();
    let said = |value: &str| {
        let answer = format!(r#"{{"sentences":[{{"text":"Hello"}}],"confidence":{value}}}"#);
        read(&answer, false, &prompt).expect("it is of the form").confidence
    };
    assert_eq!([said("0.5"), said("1"), said("70"), said("100")], [Some(50), Some(1), Some(70), Some(100)]);
    assert_eq!([said("-1"), said("101"), said("\"high\""), said("null"), said("1e300")], [None; 5]);
}

#[test]
fn an_answer_is_read_however_it_is_cut() {
    let prompt = asked();
    let id = &prompt.ids[1].0;
    let answer = format!(
        r#"{{"intent":"other","sentences" : [ {{"text":"A \"quoted\" {{brace}} ] \\","cases":["{id}"]}}, {{"bad":1}}, {{"text":"Ende – ю"}} ],"confidence":3}}"#
    );
    let whole = Stream::default().push(&answer, &prompt);
    assert_eq!(
        whole.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>(),
        [r#"A "quoted" {brace} ] \"#, "Ende – ю"]
    );
    assert_eq!(whole[0].cases, [pair(2)]);
    let mut stream = Stream::default();
    let pieces: Vec<ReplySentence> = answer.chars().flat_map(|c| stream.push(&c.to_string(), &prompt)).collect();
    assert_eq!(pieces, whole);
    assert!(stream.push(r#"{"sentences":[{"text":"more"}]}"#, &prompt).is_empty(), "behind the list nothing is read");
}
