use std::io::{self, BufRead, BufReader, Read};

use proptest::prelude::*;

use crate::{
    mail::{MboxError, MboxItem, MboxKind, MboxOptions, MboxReader, headers_in_text, parse_rfc822},
    types::FileProblem,
};

const FROM: &str = "From 1849@xxx Thu Nov 19 10:00:00 +0000 2026";

fn read(bytes: &[u8]) -> Vec<MboxItem> {
    MboxReader::new(bytes).collect::<Result<_, _>>().expect("the fixture is an mbox")
}

fn bodies(items: &[MboxItem]) -> Vec<&str> {
    items
        .iter()
        .map(|item| match &item.kind {
            MboxKind::Message(bytes) => std::str::from_utf8(bytes).unwrap(),
            MboxKind::TooLarge { .. } => "too large",
        })
        .collect()
}

fn error(bytes: &[u8]) -> String {
    let mut reader = MboxReader::new(bytes);
    let error = reader.next().expect("something is said").expect_err("the fixture is no mbox").to_string();
    assert!(reader.next().is_none());
    error
}

#[test]
fn messages_and_their_offsets() {
    let text =
        format!("{FROM}\nSubject: 1\n\nOne\n\n{FROM}\nSubject: 2\n\nTwo\n>From me\n>>From you\n> From: kept\n\n");
    let items = read(text.as_bytes());
    assert_eq!(bodies(&items), ["Subject: 1\n\nOne\n", "Subject: 2\n\nTwo\nFrom me\n>From you\n> From: kept\n"]);
    assert_eq!(items[0].offset, 0);
    assert_eq!(items[0].end_offset, items[1].offset);
    assert!(text[items[1].offset as usize..].starts_with("From 1849"));
    assert_eq!(items[1].end_offset, text.len() as u64);
    assert_eq!(items[0].envelope.as_deref(), Some("1849@xxx Thu Nov 19 10:00:00 +0000 2026"));
    assert!(items.iter().all(|item| !item.truncated));
}

#[test]
fn crlf_files() {
    let text = format!("{FROM}\r\nSubject: 1\r\n\r\nOne\r\n\r\n{FROM}\r\nSubject: 2\r\n\r\n>From x\r\n");
    assert_eq!(bodies(&read(text.as_bytes())), ["Subject: 1\r\n\r\nOne\r\n", "Subject: 2\r\n\r\nFrom x\r\n"]);
}

#[test]
fn from_lines_count_only_in_place_and_shape() {
    let inside = "Subject: 1\n\nFrom the start we said\n\nFrom Monday on, at 10:00 in May 2026, we close\n\nFrom a@x\nno blank before\n";
    let unblank = format!("{inside}{FROM}\nstill the first\n");
    let text = format!("{FROM}\n{unblank}\n{FROM}\nSubject: 2\n\nTwo\n");
    assert_eq!(bodies(&read(text.as_bytes())), [unblank.as_str(), "Subject: 2\n\nTwo\n"]);
}

#[test]
fn from_lines_as_tools_write_them() {
    for line in [
        "From ann@x.example Thu Nov 19 10:00:00 2026",
        "From ann@x.example Thu Nov  5 10:00:00 2026",
        "From - Thu Nov 19 10:00:00 2026",
        "From MAILER-DAEMON Thu Nov 19 10:00 2026",
        "From ???@??? Thu Nov 19 10:00:00 2026",
        "From ann@x.example Thu Nov 19 10:00:00 MSK 2026",
        "From ann@x.example Thu Nov 19 10:00:00 2026 +0300",
        "From ann@x.example Thu Nov 19 10:00:00 2026 remote from host",
        "From ann@x.example  Thu, 19 Nov 2026 10:00:00 +0000",
        "From \"ann lee\"@x.example Thu Nov 19 10:00:00 2026",
        "From 184@xxx Thu Nov 19 10:00:00 GMT+03:00 2026",
    ] {
        let text = format!("{FROM}\nSubject: 1\n\nOne\n\n{line}\nSubject: 2\n\nTwo\n");
        assert_eq!(read(text.as_bytes()).len(), 2, "{line}");
    }
}

const HEADERS: &str = "From: Ann <ann@x.example>\nTo: us@y.example\nSubject: s\nMessage-ID: <1@x.example>\n";

#[test]
fn from_lines_without_a_date_count_with_headers_below_them() {
    for line in [
        "From ",
        "From",
        "From \r",
        "From -",
        "From - ",
        "From ann@x.example",
        "From MAILER-DAEMON",
        "From ???@???",
        "From ann",
        "From ann@x.example Do 19. Nov 2026 10:00:00",
        "From - 2026-11-19T10:00:00Z",
    ] {
        for blank in ["\n", ""] {
            let text = format!("{line}\n{HEADERS}\nOne\n{blank}{line}\n{HEADERS}\nTwo\n");
            let items = read(text.as_bytes());
            assert_eq!(items.len(), 2, "{line:?} after {blank:?}");
            assert_eq!(bodies(&items)[1], format!("{HEADERS}\nTwo\n"), "{line:?}");
        }
    }
}

#[test]
fn a_file_may_change_its_manner() {
    let lines = [FROM, "From - Thu Nov 19 10:00:00 2026", "From ", "From ann@x.example", FROM];
    let text: String = lines.iter().map(|line| format!("{line}\n{HEADERS}\nText\n\n")).collect();
    assert_eq!(read(text.as_bytes()).len(), 5);
}

#[test]
fn text_that_looks_like_a_separator_splits_nothing() {
    let patch = "From 4b825dc642cb6eb9a060e54bf8d69288fbee4904 Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@x.example>\nDate: Thu, 19 Nov 2026 10:00:00 +0000\nSubject: [PATCH] Mend it\n\n---\n a.c | 1 +\n";
    for inside in [
        patch,
        "From cron Thu Nov 19 10:00:00 2026\nbackup started\n",
        "From ann@x.example  Thu Nov 19 10:00:00 2026\n Subject: Hello\n  Folder: /var/mail/ann   1234\n",
        "From cron Thu Nov 19 10:00:00 2026\n\nThat is what the log says.\n",
        "From Monday on we are closed.\nNote: bring the key.\n",
        "From Ann\nTo: Bob\nSubject: lunch\n",
        "From here on\nDate: as agreed\n",
        "From ann@x.example\nand so on\n",
        "From the start\nFrom: Ann\nTo: Bob\n",
    ] {
        let text = format!("{FROM}\n{HEADERS}\nText\n\n{inside}\n{FROM}\n{HEADERS}\nTwo\n");
        let items = read(text.as_bytes());
        assert_eq!(items.len(), 2, "{inside}");
        assert_eq!(bodies(&items)[0], format!("{HEADERS}\nText\n\n{inside}"));
    }
    let series = format!("{patch}\n{patch}");
    assert_eq!(read(series.as_bytes()).len(), 2, "a series of patches is an mbox");
}

#[test]
fn a_second_from_line_above_the_headers_belongs_to_the_first() {
    for stray in [
        ">From - Thu Nov 19 2026 10:00:01",
        "From - Thu Nov 19 10:00:01 2026",
        "From ",
        ">From ann@x.example Thu Nov 19 10:00:00 2026",
    ] {
        let text =
            format!("{FROM}\n{stray}\nX-Mozilla-Status: 0001\n{HEADERS}\nOne\n\n{FROM}\n{stray}\n{HEADERS}\nTwo\n");
        let items = read(text.as_bytes());
        assert_eq!(
            bodies(&items),
            [format!("X-Mozilla-Status: 0001\n{HEADERS}\nOne\n"), format!("{HEADERS}\nTwo\n")],
            "{stray}"
        );
    }
}

#[test]
fn headers_in_the_text_of_an_only_message_are_seen() {
    let second = format!("{HEADERS}\nTwo\n");
    for text in [format!("{HEADERS}\nOne\n\n{second}"), format!("{HEADERS}\nOne\n\nFrom somebody somewhere\n{second}")]
    {
        assert!(headers_in_text(text.as_bytes()).is_some(), "{text}");
    }
    for text in [
        format!("{HEADERS}\nOne\n"),
        format!("{HEADERS}\n-----Original Message-----\nFrom: Ann\nSent: today\nTo: Bob\nSubject: s\n\nTwo\n"),
        format!(
            "{HEADERS}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n{second}--b--\n"
        ),
    ] {
        assert_eq!(headers_in_text(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn an_emlx_is_its_message_alone() {
    let message = format!("{HEADERS}\nOne\n");
    let text = format!("{}      \n{message}<?xml version=\"1.0\"?>\n<plist><dict/></plist>\n", message.len());
    let items = read(text.as_bytes());
    assert_eq!(bodies(&items), [message.as_str()]);
    assert!(!items[0].truncated);
    assert!(error(b"12\nnothing of mail\n").contains("does not start with a From line"));
}

#[test]
fn reading_goes_on_from_any_end_offset() {
    let text = format!("{FROM}\nSubject: 1\n\nOne\n\n{FROM}\n\n{FROM}\nSubject: 3\n\nThree\n");
    let all = read(text.as_bytes());
    assert_eq!(all.len(), 3);
    for (at, item) in all.iter().enumerate() {
        let start_offset = item.end_offset;
        let options = MboxOptions { start_offset, ..MboxOptions::default() };
        let rest: Vec<_> = MboxReader::with_options(&text.as_bytes()[start_offset as usize..], options)
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(rest, all[at + 1..]);
    }
    let options = MboxOptions { start_offset: 7, ..MboxOptions::default() };
    let wrong = MboxReader::with_options(&text.as_bytes()[7..], options).next();
    assert!(matches!(wrong, Some(Err(MboxError::Unusable(FileProblem::OtherFile { at: 7 })))));
}

#[test]
fn a_truncated_file_still_gives_its_last_message() {
    let text = format!("{FROM}\nSubject: 1\n\nOne\n\n{FROM}\nSubject: 2\n\nTwo and a ha");
    let items = read(text.as_bytes());
    assert_eq!(bodies(&items)[1], "Subject: 2\n\nTwo and a ha");
    assert_eq!(items.iter().map(|item| item.truncated).collect::<Vec<_>>(), [false, true]);
    let headers_only = read(format!("{FROM}\nSubj").as_bytes());
    assert_eq!(bodies(&headers_only), ["Subj"]);
    assert!(headers_only[0].truncated);
    // What is cut in the middle of a message is still parsed, with its defects.
    let cut = read(format!("{FROM}\nFrom: a@x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHal").as_bytes());
    let MboxKind::Message(bytes) = &cut[0].kind else { panic!("a small message") };
    assert_eq!(parse_rfc822(bytes).unwrap().body_text.as_deref(), Some("Hal"));
}

#[test]
fn files_that_are_no_mbox_are_named() {
    assert_eq!(error(b""), "the file is empty");
    assert_eq!(error(b"\n\r\n\n"), "the file is empty");
    assert_eq!(error(b"%PDF-1.7\n..."), "this is a PDF document, not an mbox file or a Takeout archive");
    assert_eq!(error(b"\x89PNG\r\n\x1a\n\0\0"), "this is a PNG image, not an mbox file or a Takeout archive");
    assert_eq!(error(b"<!DOCTYPE html><p>"), "this is a web page, not an mbox file or a Takeout archive");
    assert_eq!(error(b"{\"a\": 1}"), "this is a JSON file, not an mbox file or a Takeout archive");
    assert_eq!(error(b"PK\x03\x04..."), "this is a compressed file or an archive inside another file; unpack it first");
    assert_eq!(
        error(&(0..=255_u8).cycle().take(5000).collect::<Vec<_>>()),
        "this is a binary file, not an mbox file or a Takeout archive"
    );
    let text = error(b"Dear diary,\ntoday\n");
    assert!(text.contains("does not start with a From line") && text.contains("\"Dear diary,\""), "{text}");
    assert!(error(b"name: value\nother: thing\n").contains("does not start with a From line"));
    assert!(error(b"From the desk of Ann\nhello\n").contains("does not start with a From line"));
}

#[test]
fn a_single_eml_is_one_message() {
    let text = "Received: from x\nFrom: a@x.example\nSubject: s\n\nText\n\nFrom here on, >From there\n>From kept\n";
    let items = read(text.as_bytes());
    assert_eq!(bodies(&items), [text]);
    assert_eq!((items[0].offset, items[0].end_offset), (0, text.len() as u64));
    assert_eq!(items[0].envelope, None);
    let unknown_first = "X-Custom: 1\nSubject: s\n\nText\n";
    assert_eq!(bodies(&read(unknown_first.as_bytes())), [unknown_first]);
}

#[test]
fn an_undated_first_line_is_taken_when_headers_follow() {
    let text = format!("From nobody\nSubject: 1\n\nOne\n\n{FROM}\nSubject: 2\n\nTwo\n");
    let items = read(text.as_bytes());
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].envelope.as_deref(), Some("nobody"));
}

#[test]
fn oversized_messages_are_measured_and_passed_over() {
    let options = MboxOptions { max_message_bytes: 1000, max_line_bytes: 500, ..MboxOptions::default() };
    let long_message = "short line\n".repeat(200);
    let long_line = "x".repeat(600);
    let text = format!(
        "{FROM}\nSubject: big\n\n{long_message}\n{FROM}\nSubject: wide\n\n{long_line}\n\n{FROM}\nSubject: fine\n\nText\n"
    );
    let items: Vec<_> = MboxReader::with_options(text.as_bytes(), options).collect::<Result<_, _>>().unwrap();
    assert_eq!(items.len(), 3);
    let MboxKind::TooLarge { size, head } = &items[0].kind else { panic!("too large") };
    assert_eq!(*size, ("Subject: big\n\n".len() + long_message.len() + 1) as u64);
    assert_eq!(parse_rfc822(head).unwrap().subject.as_deref(), Some("big"));
    assert!(matches!(items[1].kind, MboxKind::TooLarge { size: 617, .. }), "{:?}", items[1].kind);
    assert_eq!(bodies(&items)[2], "Subject: fine\n\nText\n");
}

/// A stream made up as it is read, so that the test itself holds no large text.
struct Generated {
    parts: Vec<(Vec<u8>, usize)>,
    at: usize,
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some((part, repeats)) = self.parts.first_mut() {
            if *repeats == 0 {
                self.parts.remove(0);
                continue;
            }
            let len = buffer.len().min(part.len() - self.at);
            buffer[..len].copy_from_slice(&part[self.at..self.at + len]);
            self.at += len;
            if self.at == part.len() {
                self.at = 0;
                *repeats -= 1;
            }
            return Ok(len);
        }
        Ok(0)
    }
}

#[test]
fn a_line_of_thirty_megabytes_is_never_held() {
    let wide = |mib: usize| (vec![b'x'; 64 * 1024], mib * 16);
    let text = |text: &str| (text.as_bytes().to_vec(), 1);
    let parts = vec![
        text(&format!("{FROM}\nSubject: wide\n\n")),
        wide(30),
        text(&format!("\n\n{FROM}\nSubject: header {FROM}")),
        wide(30),
        text(&format!("\n\nText\n\n{FROM}\nSubject: after\n\nText\n")),
    ];
    let generated = Generated { parts, at: 0 };
    let mut reader = MboxReader::new(BufReader::new(generated));
    let mut held = Vec::new();
    for item in reader.by_ref() {
        match item.unwrap().kind {
            MboxKind::TooLarge { size, head } => {
                assert!(size > 30 * 1024 * 1024);
                // Not the length alone: the memory must have been given back.
                held.push((true, head.capacity() <= 64 * 1024));
            }
            MboxKind::Message(bytes) => held.push((false, bytes == b"Subject: after\n\nText\n")),
        }
    }
    assert_eq!(held, [(true, true), (true, true), (false, true)]);
}

/// Fails after some bytes, as a cut gzip stream does.
struct Failing<R>(R, usize);

impl<R: Read> Read for Failing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1 == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let len = buffer.len().min(self.1);
        let read = self.0.read(&mut buffer[..len])?;
        self.1 -= read;
        Ok(read)
    }
}

#[test]
fn a_failing_stream_gives_what_it_had_and_then_the_error() {
    let text = format!("{FROM}\nSubject: 1\n\nOne\n\n{FROM}\nSubject: 2\n\nTwo and more\n");
    let mut reader = MboxReader::new(BufReader::new(Failing(text.as_bytes(), text.len() - 6)));
    assert!(!reader.next().unwrap().unwrap().truncated);
    let last = reader.next().unwrap().unwrap();
    assert!(last.truncated);
    assert_eq!(bodies(&[last]), ["Subject: 2\n\nTwo and"]);
    assert!(matches!(reader.next(), Some(Err(MboxError::Io { .. }))));
    assert!(reader.next().is_none());
}

proptest! {
    #[test]
    fn what_is_written_is_read_whatever_the_buffer(
        messages in prop::collection::vec("(Subject: [a-z]{1,5}\n\n)([a-zA-Z>: ]{0,20}\n|From [a-z]{1,5}\n|\n){0,8}", 1..8),
        buffer in 1..64_usize,
    ) {
        let mut text = String::new();
        for message in &messages {
            text.push_str(&format!("{FROM}\n"));
            for line in message.split_inclusive('\n') {
                if line.trim_start_matches('>').starts_with("From ") {
                    text.push('>');
                }
                text.push_str(line);
            }
            text.push('\n');
        }
        let reader = MboxReader::new(BufReader::with_capacity(buffer, text.as_bytes()));
        let items: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(bodies(&items), messages);
        let mut end = 0;
        for item in &items {
            prop_assert_eq!(item.offset, end);
            end = item.end_offset;
        }
        prop_assert_eq!(end, text.len() as u64);
    }

    #[test]
    fn no_bytes_make_it_panic_or_lose_its_place(bytes in prop::collection::vec(any::<u8>(), 0..2000), mail in any::<bool>()) {
        let mut text = if mail { format!("{FROM}\nSubject: x\n\n").into_bytes() } else { Vec::new() };
        text.extend(bytes);
        let mut reader = MboxReader::new(text.as_slice());
        let mut end = 0;
        for item in reader.by_ref().map_while(Result::ok) {
            prop_assert!(item.offset >= end && item.end_offset > item.offset);
            end = item.end_offset;
        }
        prop_assert!(reader.position() <= text.len() as u64);
    }
}

#[test]
fn boxed_readers_work() {
    let boxed: Box<dyn BufRead + Send> = Box::new(FROM.as_bytes());
    assert_eq!(MboxReader::new(boxed).count(), 1);
}
