//! `winmail.dat`, built here attribute by attribute.

use proptest::prelude::*;

use super::{PLAIN, parse, parse_bytes};
use crate::mail::tnef::STREAMS_READ;
use crate::mail::{AttachmentInfo, Defect, MailKind, MessageParts, ParsedMessage, parse_rfc822};

const MESSAGE: u8 = 1;
const ATTACHMENT: u8 = 2;
const MESSAGE_CLASS: u32 = 0x0007_8008;
const BODY: u32 = 0x0002_800C;
const MSG_PROPS: u32 = 0x0006_9003;
const OEM_CODEPAGE: u32 = 0x0006_9007;
const ATTACH_DATA: u32 = 0x0006_800F;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_REND_DATA: u32 = 0x0006_9002;
const ATTACHMENT_PROPS: u32 = 0x0006_9005;

/// A stream of attributes: level, id, data.
fn stream(attributes: &[(u8, u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x9f, 0x3e, 0x22, 0x01, 0x00];
    for (level, id, data) in attributes {
        bytes.push(*level);
        bytes.extend(id.to_le_bytes());
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        bytes.extend(sum.to_le_bytes());
    }
    bytes
}

/// A property list.
fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = u32::try_from(list.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(list.concat());
    bytes
}

fn tag(kind: u16, id: u16) -> Vec<u8> {
    [kind.to_le_bytes(), id.to_le_bytes()].concat()
}

fn integer(id: u16, value: u32) -> Vec<u8> {
    [tag(0x0003, id), value.to_le_bytes().to_vec()].concat()
}

fn variable(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = tag(kind, id);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn binary(id: u16, value: &[u8]) -> Vec<u8> {
    variable(0x0102, id, value)
}

fn string8(id: u16, value: &str) -> Vec<u8> {
    variable(0x001E, id, &[value.as_bytes(), b"\0"].concat())
}

fn unicode(id: u16, value: &str) -> Vec<u8> {
    variable(0x001F, id, &value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<_>>())
}

/// Compressed RTF that is not compressed ([MS-OXRTFCP] COMPTYPE "MELA").
fn stored_rtf(rtf: &[u8]) -> Vec<u8> {
    let len = u32::try_from(rtf.len()).unwrap();
    [&(len + 12).to_le_bytes(), &len.to_le_bytes(), b"MELA", &[0; 4], rtf].concat()
}

/// A message that is a winmail.dat and nothing else.
fn alone(tnef: &[u8]) -> ParsedMessage {
    parse_bytes(&format!("{PLAIN}Content-Type: application/ms-tnef; name=winmail.dat\n"), tnef)
}

fn with_rtf(rtf: &[u8]) -> ParsedMessage {
    alone(&stream(&[(MESSAGE, MSG_PROPS, properties(&[binary(0x1009, &stored_rtf(rtf))]))]))
}

#[test]
fn text_and_attachments_are_unpacked() {
    let message = alone(&stream(&[
        (MESSAGE, OEM_CODEPAGE, [1251_u32.to_le_bytes(), [0; 4]].concat()),
        (MESSAGE, BODY, b"\xcf\xf0\xe8\xe2\xe5\xf2!\r\n\0".to_vec()),
        (ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]),
        (ATTACHMENT, ATTACH_DATA, b"12345".to_vec()),
        (ATTACHMENT, ATTACH_TITLE, b"REPORT~1.PDF\0".to_vec()),
        (
            ATTACHMENT,
            ATTACHMENT_PROPS,
            properties(&[unicode(0x3707, "Отчёт за май.pdf"), string8(0x370E, "Application/PDF"), integer(0x3705, 1)]),
        ),
        (ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]),
        (ATTACHMENT, ATTACH_DATA, b"PNG".to_vec()),
        (ATTACHMENT, ATTACH_TITLE, b"logo.png\0".to_vec()),
        (ATTACHMENT, ATTACHMENT_PROPS, properties(&[unicode(0x3712, "logo@x"), integer(0x3714, 4)])),
    ]));
    assert_eq!(message.body_text.as_deref(), Some("Привет!\n"));
    assert!(message.defects.is_empty(), "{:?}", message.defects);
    let octets = "application/octet-stream".to_owned();
    assert_eq!(
        message.attachments,
        [
            AttachmentInfo {
                part_id: "/0".to_owned(),
                file_name: Some("Отчёт за май.pdf".to_owned()),
                content_type: "application/pdf".to_owned(),
                size_bytes: 5,
                content_id: None,
                inline: false
            },
            AttachmentInfo {
                part_id: "/1".to_owned(),
                file_name: Some("logo.png".to_owned()),
                content_type: octets,
                size_bytes: 3,
                content_id: Some("logo@x".to_owned()),
                inline: true
            },
        ]
    );
}

#[test]
fn properties_of_every_type_are_passed_over() {
    let guid = [7; 16];
    let named =
        |kind, name: &[u8], value: &[u8]| [tag(kind, 0x8001), guid.to_vec(), name.to_vec(), value.to_vec()].concat();
    let by_number = [0_u32.to_le_bytes(), 9_u32.to_le_bytes()].concat();
    let by_name = [1_u32.to_le_bytes(), 6_u32.to_le_bytes()].concat();
    let by_name = [by_name.as_slice(), b"a\0b\0\0\0", &[0; 2]].concat();
    let three = 3_u32.to_le_bytes();
    let list = properties(&[
        [tag(0x0002, 0x1001), vec![1, 0, 0, 0]].concat(),
        [tag(0x000B, 0x1002), vec![1, 0, 0, 0]].concat(),
        [tag(0x0005, 0x1003), vec![0; 8]].concat(),
        [tag(0x0040, 0x1004), vec![0; 8]].concat(),
        [tag(0x0048, 0x1005), guid.to_vec()].concat(),
        [tag(0x1003, 0x1006), three.to_vec(), vec![0; 12]].concat(),
        [tag(0x101F, 0x1007), 2_u32.to_le_bytes().to_vec(), three.to_vec(), vec![1; 4], three.to_vec(), vec![1; 4]]
            .concat(),
        named(0x0003, &by_number, &[0; 4]),
        named(0x0003, &by_name, &[0; 4]),
        integer(0x3FDE, 65001),
        binary(0x1013, "<p>Größe</p>".as_bytes()),
        unicode(0x1000, "Größe"),
    ]);
    let message = alone(&stream(&[(MESSAGE, MSG_PROPS, list)]));
    assert_eq!(message.body_html.as_deref(), Some("<p>Größe</p>"));
    assert_eq!(message.body_text.as_deref(), Some("Größe"));
    assert!(message.defects.is_empty(), "{:?}", message.defects);
}

#[test]
fn compressed_rtf_is_the_body_when_there_is_no_other() {
    // The example of [MS-OXRTFCP] §3.1.
    let compressed = [
        0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00,
        0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09,
        0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];
    let rtf = (MESSAGE, MSG_PROPS, properties(&[binary(0x1009, &compressed)]));
    assert_eq!(alone(&stream(std::slice::from_ref(&rtf))).body_text.as_deref(), Some("hello world"));
    let text = (MESSAGE, BODY, b"The text".to_vec());
    assert_eq!(alone(&stream(&[rtf, text])).body_text.as_deref(), Some("The text"));
}

#[test]
fn rtf_is_read_as_text() {
    for (rtf, expected) in [
        (
            r"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0\fnil Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par Second}",
            "Привет\nSecond",
        ),
        (r"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f0 caf\'e9 \f1\'cf\'f0\f0\'e9}", "café Прé"),
        (r"{\rtf1\ansi{\fonttbl{\f5\fcharset128 M;}}{\f5\'93\'fa\'96\'7b}\'e9}", "日本é"),
        (r"{\rtf1 \u1055?\u1088?\uc0\u233 x \uc2\u8364 EUR}", "Прéx €R"),
        (r"{\rtf1 \u-10179?\u-8704?}", "😀"),
        (
            r"{\rtf1{\colortbl;\red0;}{\stylesheet{\s0 Normal;}}{\*\generator X;}{\info{\author Ann}}a\{b\}\\c\~d\emdash e}",
            "a{b}\\c\u{a0}d—e",
        ),
        (r#"{\rtf1 see {\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt here}}{\pict\bin3 }}}} now}"#, "see here now"),
        ("no rtf at all", "no rtf at all"),
    ] {
        assert_eq!(with_rtf(rtf.as_bytes()).body_text.as_deref(), Some(expected), "{rtf}");
    }
}

#[test]
fn html_is_taken_out_of_rtf() {
    let rtf = r"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag64}{\*\htmltag18 <html>}
{\*\htmltag50 <body>}\htmlrtf {\htmlrtf0 {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 Gr\'fc\'dfe{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 {\*\htmltag92 </b>}\htmlrtf }\htmlrtf0
{\*\mhtmltag84 <img src=x>}\htmlrtf\par\htmlrtf0 }{\*\htmltag58 </body>}}";
    let message = with_rtf(rtf.as_bytes());
    assert_eq!(message.body_html.as_deref(), Some("<html><body><b>Grüße&lt;</b></body>"));
    assert_eq!(message.body_text, None);
}

#[test]
fn what_everybody_can_read_wins() {
    let tnef = stream(&[
        (MESSAGE, BODY, b"For Outlook".to_vec()),
        (ATTACHMENT, ATTACH_REND_DATA, vec![]),
        (ATTACHMENT, ATTACH_TITLE, b"a.doc\0".to_vec()),
    ]);
    let head = format!("{PLAIN}Content-Type: multipart/mixed; boundary=b\n");
    let body = [
        b"--b\r\n\r\nFor all\r\n--b\r\nContent-Type: application/octet-stream; name=WINMAIL.DAT\r\n\r\n",
        tnef.as_slice(),
        b"\r\n--b--",
    ]
    .concat();
    let message = parse_bytes(&head, &body);
    assert_eq!(message.body_text.as_deref(), Some("For all"));
    assert_eq!(message.attachments.len(), 1);
    assert_eq!(message.attachments[0].file_name.as_deref(), Some("a.doc"));
}

#[test]
fn the_message_class_says_what_it_is() {
    let kinds = |class: &str| {
        let old = alone(&stream(&[(MESSAGE, MESSAGE_CLASS, [class.as_bytes(), b"\0"].concat())])).nature;
        let new = alone(&stream(&[(MESSAGE, MSG_PROPS, properties(&[unicode(0x001A, class)]))])).nature;
        assert_eq!(old, new);
        new.kinds().collect::<Vec<_>>()
    };
    assert_eq!(kinds("IPM.Note"), []);
    assert_eq!(kinds("IPM.Schedule.Meeting.Request"), [MailKind::CalendarInvite]);
    assert_eq!(kinds("IPM.Microsoft Schedule.MtgReq"), [MailKind::CalendarInvite]);
    assert_eq!(kinds("IPM.Schedule.Meeting.Resp.Pos"), [MailKind::CalendarReply]);
    assert_eq!(kinds("IPM.Microsoft Schedule.MtgRespP"), [MailKind::CalendarReply]);
    assert_eq!(kinds("REPORT.IPM.Note.NDR"), [MailKind::Bounce]);
    assert_eq!(kinds("REPORT.IPM.Note.IPNRN"), [MailKind::ReadReceipt]);
    assert_eq!(kinds("IPM.Note.SMIME"), [MailKind::Encrypted]);
    assert_eq!(kinds("IPM.Note.SMIME.MultipartSigned"), [MailKind::Signed]);
}

#[test]
fn damage_is_said_and_the_file_is_listed() {
    let whole = stream(&[(MESSAGE, BODY, b"The text".to_vec()), (MESSAGE, MESSAGE_CLASS, b"IPM.Note\0".to_vec())]);
    let cut = alone(&whole[..whole.len() - 4]);
    assert_eq!(cut.body_text.as_deref(), Some("The text"));
    assert_eq!(cut.defects, [Defect::BrokenTnef]);
    assert_eq!(cut.attachments[0].file_name.as_deref(), Some("winmail.dat"));

    let other = alone(b"PK\x03\x04");
    assert_eq!(other.defects, [Defect::MissingBody, Defect::BrokenTnef]);
    assert_eq!(other.attachments[0].content_type, "application/ms-tnef");

    // A count of four thousand million properties, a value as long, and RTF that says it is.
    for props in [
        vec![0xff; 4],
        [properties(&[tag(0x0102, 0x1013)]), 1_u32.to_le_bytes().to_vec(), vec![0xff; 4]].concat(),
        properties(&[binary(0x1009, &[[0xff; 8].as_slice(), b"LZFu", &[0; 4]].concat()), tag(0x0099, 1)]),
        properties(&[[tag(0x1048, 0x1006), vec![0xff; 4]].concat()]),
    ] {
        let message = alone(&stream(&[(MESSAGE, MSG_PROPS, props)]));
        assert_eq!(message.defects, [Defect::MissingBody, Defect::BrokenTnef]);
    }
}

#[test]
fn bodies_are_bounded() {
    let long = alone(&stream(&[(MESSAGE, BODY, vec![b'x'; 5_000_000])]));
    assert_eq!(long.body_text.map(|text| text.len()), Some(4 * 1024 * 1024));
    assert_eq!(long.defects, [Defect::BodyTruncated]);
    // Each pair of bytes asks for seventeen more.
    let mut bomb = [[0xff_u8; 8].as_slice(), b"LZFu", &[0; 4]].concat();
    bomb.extend([0xff; 17].repeat(61_000));
    let bomb = alone(&stream(&[(MESSAGE, MSG_PROPS, properties(&[binary(0x1009, &bomb)]))]));
    assert!(bomb.body_text.is_none_or(|text| text.len() <= 4 * 1024 * 1024 + 4));
    let deep = with_rtf(&[b"{\\rtf1 ".as_slice(), &b"{".repeat(1_000_000), b"text"].concat());
    assert_eq!(deep.body_text.as_deref(), Some("text"));
    let many: Vec<_> = (0..5_000).map(|_| (ATTACHMENT, ATTACH_REND_DATA, Vec::new())).collect();
    assert_eq!(alone(&stream(&many)).attachments.len(), 1_000);
}

#[test]
fn a_winmail_dat_that_gmail_holds_back_is_said() {
    let message = serde_json::json!({"payload": {"mimeType": "multipart/mixed", "parts": [
        {"mimeType": "application/ms-tnef", "filename": "winmail.dat", "body": {"attachmentId": "X", "size": 900}}]}});
    let parsed = crate::mail::parse_gmail(&serde_json::from_value(message).unwrap()).unwrap();
    assert!(parsed.defects.contains(&Defect::BodyNotIncluded));
    assert_eq!(parsed.attachments[0].size_bytes, 900);
}

#[test]
fn base64_as_it_is_sent() {
    use base64::Engine as _;
    let tnef = stream(&[(MESSAGE, BODY, b"The text".to_vec())]);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&tnef);
    let message =
        parse(&format!("{PLAIN}Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n{encoded}\n"));
    assert_eq!(message.body_text.as_deref(), Some("The text"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_streams_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fcharset204 A;}}{\*\htmltag84 <b>}\f0\'cf\u1055?\bin2 xx}";
        let mut tnef = stream(&[
            (MESSAGE, OEM_CODEPAGE, [1251_u32.to_le_bytes(), [0; 4]].concat()),
            (MESSAGE, MSG_PROPS, properties(&[integer(0x3FDE, 65001), binary(0x1009, &stored_rtf(rtf)), unicode(0x001A, "IPM.Note")])),
            (ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]),
            (ATTACHMENT, ATTACHMENT_PROPS, properties(&[unicode(0x3707, "a.pdf"), variable(0x000D, 0x3701, &[0; 20])])),
        ]);
        for (at, byte) in edits {
            let at = at.index(tnef.len());
            tnef[at] = byte;
        }
        let raw = [b"From: a@x.example\r\nContent-Type: application/ms-tnef\r\n\r\n", tnef.as_slice()].concat();
        let message = parse_rfc822(&raw).unwrap();
        for text in message.body_text.iter().chain(&message.body_html) {
            prop_assert!(!text.contains('\0'));
        }
    }
}

#[test]
fn the_bytes_inside_are_found_by_the_ids_of_the_attachments() {
    let tnef = stream(&[
        (ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]),
        (ATTACHMENT, ATTACH_DATA, b"12345".to_vec()),
        (ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]),
        (ATTACHMENT, ATTACHMENT_PROPS, properties(&[binary(0x3701, b"%PDF")])),
    ]);
    let head = format!("{PLAIN}Content-Type: application/ms-tnef; name=winmail.dat\n\n");
    let raw = [head.as_bytes(), &tnef].concat();
    let ids: Vec<String> = alone(&tnef).attachments.into_iter().map(|attachment| attachment.part_id).collect();
    assert_eq!(ids, ["/0", "/1"]);
    let parts = MessageParts::of(&raw);
    assert_eq!(parts.bytes("/0").as_deref(), Some(&b"12345"[..]));
    assert_eq!(parts.bytes("/1").as_deref(), Some(&b"%PDF"[..]));
    assert_eq!((parts.bytes("/2"), parts.bytes("/x")), (None, None));
}

#[test]
fn a_stream_is_read_once_however_much_is_in_it() {
    let attachments: Vec<_> = (0..1_000_u32)
        .flat_map(|number| {
            [(ATTACHMENT, ATTACH_REND_DATA, vec![0; 14]), (ATTACHMENT, ATTACH_DATA, number.to_le_bytes().to_vec())]
        })
        .collect();
    let head = format!("{PLAIN}Content-Type: application/ms-tnef; name=winmail.dat\n\n");
    let raw = [head.as_bytes(), &stream(&attachments)].concat();
    let parts = MessageParts::of(&raw);
    let before = STREAMS_READ.get();
    for number in 0..1_000_u32 {
        assert_eq!(parts.bytes(&format!("/{number}")), Some(number.to_le_bytes().to_vec()));
    }
    assert_eq!(STREAMS_READ.get() - before, 1);
}
