use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use chrono::{TimeZone, Utc};
use serde_json::json;

use crate::mail::{Defect, GmailMessage, MailKind, ParseError, parse_gmail};

fn message(value: serde_json::Value) -> GmailMessage {
    serde_json::from_value(value).expect("the fixture is a message")
}

#[test]
fn full_format() {
    let message = message(json!({
        "id": "m1", "threadId": "t1", "labelIds": ["INBOX", "UNREAD"], "snippet": "Hi",
        "historyId": "99999999999999999999999", "internalDate": "1795071600000", "sizeEstimate": 1234,
        "payload": {
            "partId": "", "mimeType": "multipart/mixed", "filename": "",
            "headers": [
                {"name": "From", "value": "\"Петров, Иван\" <Ivan@Example.ru>"},
                {"name": "To", "value": "help@shop.example"},
                {"name": "Subject", "value": "=?utf-8?Q?caf=C3=A9?= и чай"},
                {"name": "Date", "value": "Thu, 19 Nov 2026 10:00:00 +0300"},
                {"name": "Message-Id", "value": "<1@example.ru>"},
                {"name": "Content-Type", "value": "multipart/mixed; boundary=\"x\""},
            ],
            "body": {"size": 0},
            "parts": [
                {"partId": "0", "mimeType": "multipart/alternative", "filename": "", "headers": [], "body": {"size": 0}, "parts": [
                    {"partId": "0.0", "mimeType": "text/plain", "filename": "",
                     "headers": [{"name": "Content-Type", "value": "text/plain; charset=\"koi8-r\""}],
                     "body": {"size": 10, "data": URL_SAFE.encode("Привет?")}},
                    {"partId": "0.1", "mimeType": "text/html", "filename": "",
                     "headers": [{"name": "Content-Type", "value": "text/html; charset=\"koi8-r\""}],
                     "body": {"size": 10, "data": URL_SAFE_NO_PAD.encode("<b>Привет?</b>")}},
                ]},
                {"partId": "1", "mimeType": "application/pdf", "filename": "Счёт.pdf",
                 "headers": [{"name": "Content-Disposition", "value": "attachment; filename=\"=?utf-8?B?eA==?=\""}],
                 "body": {"attachmentId": "ANG", "size": 777}},
            ],
        },
    }));
    assert_eq!(message.history_id.as_deref(), Some("99999999999999999999999"));
    let parsed = parse_gmail(&message).unwrap();
    assert_eq!(parsed.body_text.as_deref(), Some("Привет?"));
    assert_eq!(parsed.body_html.as_deref(), Some("<b>Привет?</b>"));
    assert_eq!(parsed.subject.as_deref(), Some("café и чай"));
    let from = parsed.from.unwrap();
    assert_eq!((from.name.as_deref(), from.address.as_str()), (Some("Петров, Иван"), "ivan@example.ru"));
    assert_eq!(parsed.received_at, Some(Utc.timestamp_millis_opt(1_795_071_600_000).unwrap()));
    assert_eq!(parsed.attachments.len(), 1);
    assert_eq!(parsed.attachments[0].file_name.as_deref(), Some("Счёт.pdf"));
    assert_eq!(parsed.attachments[0].size_bytes, 777);
    assert!(!parsed.attachments[0].inline);
    assert!(parsed.defects.is_empty(), "{:?}", parsed.defects);
}

#[test]
fn raw_format() {
    let eml = "From: a@x.example\r\nDate: Thu, 19 Nov 2026 10:00:00 +0300\r\nMessage-ID: <1@x>\r\n\
               Content-Type: text/plain; charset=windows-1251\r\n\r\n";
    let mut bytes = eml.as_bytes().to_vec();
    bytes.extend_from_slice(b"\xcf\xf0\xe8\xe2\xe5\xf2");
    for raw in [URL_SAFE.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
        let parsed =
            parse_gmail(&message(json!({"id": "m", "threadId": "t", "raw": raw, "internalDate": 1000}))).unwrap();
        assert_eq!(parsed.body_text.as_deref(), Some("Привет"));
        assert_eq!(parsed.received_at, Some(Utc.timestamp_opt(1, 0).unwrap()));
    }
    assert_eq!(parse_gmail(&message(json!({"raw": "*not base64*"}))), Err(ParseError::InvalidRaw));
    assert_eq!(parse_gmail(&message(json!({"raw": ""}))), Err(ParseError::Empty));
    assert_eq!(parse_gmail(&message(json!({"id": "m"}))), Err(ParseError::NoContent));
}

#[test]
fn little_is_enough() {
    let parsed =
        parse_gmail(&message(json!({"id": "m", "payload": {"mimeType": "text/plain", "body": {"data": "SGk"}}})))
            .unwrap();
    assert_eq!(parsed.body_text.as_deref(), Some("Hi"));
    assert_eq!(parsed.defects, [Defect::MissingFrom, Defect::MissingDate, Defect::MissingMessageId]);
    let empty = parse_gmail(&message(json!({"payload": {}}))).unwrap();
    assert!(empty.defects.contains(&Defect::MissingBody));
    let bad_date = parse_gmail(&message(json!({"internalDate": "soon", "payload": {}}))).unwrap();
    assert_eq!(bad_date.received_at, None);
}

#[test]
fn a_body_that_gmail_holds_back_is_named() {
    let parsed = parse_gmail(&message(json!({"payload": {
        "mimeType": "text/plain", "body": {"attachmentId": "X", "size": 900000}}})))
    .unwrap();
    assert!(parsed.defects.contains(&Defect::BodyNotIncluded));
    assert!(parsed.defects.contains(&Defect::MissingBody));
}

#[test]
fn an_embedded_message_is_not_the_body() {
    let parsed = parse_gmail(&message(json!({"payload": {"mimeType": "multipart/mixed", "parts": [
        {"mimeType": "text/plain", "body": {"data": URL_SAFE.encode("mine")}},
        {"mimeType": "message/rfc822", "filename": "fwd.eml", "body": {"size": 0}, "parts": [
            {"mimeType": "text/plain", "body": {"size": 6, "data": URL_SAFE.encode("theirs")}}]},
    ]}})))
    .unwrap();
    assert_eq!(parsed.body_text.as_deref(), Some("mine"));
    assert_eq!(parsed.attachments[0].file_name.as_deref(), Some("fwd.eml"));
    assert_eq!(parsed.attachments[0].size_bytes, 6);
}

#[test]
fn the_nature_is_judged_from_the_payload() {
    let parsed = parse_gmail(&message(json!({"payload": {"mimeType": "multipart/report",
        "headers": [{"name": "Content-Type", "value": "multipart/report; report-type=delivery-status; boundary=x"}],
        "parts": [{"mimeType": "text/plain", "body": {"data": "SGk"}}]}})))
    .unwrap();
    assert!(parsed.nature.contains(MailKind::Bounce));
}

#[test]
fn deep_payloads_are_bounded() {
    let mut part = json!({"mimeType": "text/plain", "body": {"data": "SGk"}});
    for _ in 0..60 {
        part = json!({"mimeType": "multipart/mixed", "parts": [part]});
    }
    let parsed = parse_gmail(&message(json!({"payload": part}))).unwrap();
    assert_eq!(parsed.body_text, None);
}
