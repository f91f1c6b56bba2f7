use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_2022_JP, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

use super::{PLAIN, parse_bytes};
use crate::mail::Defect;

const RUSSIAN: &str = "Здравствуйте! Подскажите, пожалуйста, когда придёт мой заказ? Спасибо.";
const JAPANESE: &str = "お問い合わせいただきありがとうございます。ご注文の商品は明日発送いたします。";
const CHINESE: &str = "您好，我想咨询一下我的订单什么时候可以发货？谢谢您的帮助。";
const KOREAN: &str = "안녕하세요. 주문한 상품이 언제 도착하는지 알고 싶습니다. 감사합니다.";

/// The text and defects of a message whose body is `text` in `actual`, labelled `label`.
fn labelled(text: &str, actual: &'static Encoding, label: Option<&str>) -> (String, Vec<Defect>) {
    let (bytes, _, lossy) = actual.encode(text);
    assert!(!lossy, "{text} cannot be written in {}", actual.name());
    decoded(&bytes, label)
}

fn decoded(bytes: &[u8], label: Option<&str>) -> (String, Vec<Defect>) {
    let content_type = label.map_or_else(String::new, |label| format!("Content-Type: text/plain; charset={label}\n"));
    let message = parse_bytes(&format!("{PLAIN}{content_type}"), bytes);
    (message.body_text.unwrap_or_default(), message.defects)
}

#[test]
fn right_labels_are_believed() {
    for (text, encoding, label) in [
        (RUSSIAN, WINDOWS_1251, "windows-1251"),
        (RUSSIAN, WINDOWS_1251, "cp-1251"),
        (RUSSIAN, KOI8_R, "KOI8-R"),
        (RUSSIAN, IBM866, "cp866"),
        (JAPANESE, ISO_2022_JP, "iso-2022-jp"),
        (JAPANESE, SHIFT_JIS, "cp932"),
        (JAPANESE, EUC_JP, "euc-jp"),
        (CHINESE, GBK, "gb2312"),
        // Traditional characters, of which GB 2312 has none.
        ("朱鎔基先生，請問訂單何時發貨？", GBK, "gb2312"),
        (KOREAN, EUC_KR, "ks_c_5601-1987"),
        ("naïve café – “quoted”", WINDOWS_1252, "iso-8859-1"),
        ("СРОЧНО! ГДЕ МОЙ ЗАКАЗ НОМЕР ПЯТЬ? ОТВЕТЬТЕ", WINDOWS_1251, "windows-1251"),
        ("Да", WINDOWS_1251, "windows-1251"),
    ] {
        assert_eq!(labelled(text, encoding, Some(label)), (text.to_owned(), vec![]), "{label}");
    }
    assert_eq!(decoded(b"\xff\xfeH\0i\0", Some("utf-16")).0, "Hi");
    assert_eq!(decoded(b"Hi+AOk-", Some("utf-7")).0, "Hié");
    assert_eq!(decoded(b"\xef\xbb\xbfHi", Some("utf-8")).0, "Hi");
}

#[test]
fn wrong_labels_are_seen_through() {
    for (text, encoding, label) in [
        (RUSSIAN, WINDOWS_1251, "utf-8"),
        (RUSSIAN, WINDOWS_1251, "us-ascii"),
        (RUSSIAN, WINDOWS_1251, "iso-8859-1"),
        (RUSSIAN, WINDOWS_1251, "koi8-r"),
        (RUSSIAN, KOI8_R, "windows-1251"),
        (RUSSIAN, encoding_rs::UTF_8, "iso-8859-1"),
        (RUSSIAN, encoding_rs::UTF_8, "windows-1251"),
        (JAPANESE, SHIFT_JIS, "utf-8"),
        (CHINESE, GBK, "utf-8"),
        (CHINESE, encoding_rs::UTF_8, "gb2312"),
    ] {
        let (read, defects) = labelled(text, encoding, Some(label));
        assert_eq!(read, text, "{} labelled {label}", encoding.name());
        assert_eq!(defects, [Defect::WrongCharset], "{} labelled {label}", encoding.name());
    }
}

#[test]
fn missing_and_unknown_labels_are_guessed() {
    for (text, encoding) in [
        (RUSSIAN, WINDOWS_1251),
        (RUSSIAN, KOI8_R),
        (JAPANESE, SHIFT_JIS),
        (JAPANESE, ISO_2022_JP),
        (CHINESE, GBK),
        (KOREAN, EUC_KR),
    ] {
        for label in [None, Some("x-unknown"), Some("_charset_")] {
            let (read, defects) = labelled(text, encoding, label);
            assert_eq!(read, text, "{} labelled {label:?}", encoding.name());
            assert_eq!(defects, [Defect::GuessedCharset]);
        }
    }
    assert_eq!(labelled(RUSSIAN, encoding_rs::UTF_8, None), (RUSSIAN.to_owned(), vec![]));
}

#[test]
fn western_text_is_not_taken_for_cyrillic() {
    for text in ["Crème brûlée à la française, très bien réussie", "Größe über Öl: schön", "Ñandú, añejo, ¿qué?"]
    {
        assert_eq!(labelled(text, WINDOWS_1252, Some("iso-8859-1")), (text.to_owned(), vec![]));
    }
}

#[test]
fn a_cut_character_does_not_change_the_charset() {
    // The last character before the full stop loses its second byte.
    let cut = &RUSSIAN.as_bytes()[..RUSSIAN.len() - 2];
    for label in [Some("utf-8"), Some("x-unknown"), None] {
        let (text, defects) = decoded(cut, label);
        assert!(text.starts_with("Здравствуйте! Подскажите") && text.ends_with("Спасиб\u{FFFD}"), "{text}");
        assert_eq!(defects, [Defect::UndecodableText]);
    }
}

#[test]
fn html_may_name_its_own_charset() {
    let (bytes, ..) = WINDOWS_1251.encode("<meta charset=\"windows-1251\"><p>Да, заказ</p>");
    let message = parse_bytes(&format!("{PLAIN}Content-Type: text/html\n"), &bytes);
    assert!(message.body_html.unwrap().contains("Да, заказ"));
    assert!(message.defects.is_empty());
}

#[test]
fn bare_header_bytes_are_judged_together() {
    let head = format!("From: Иван Петров <ivan@example.ru>\nSubject: {RUSSIAN}\n\n");
    for encoding in [WINDOWS_1251, KOI8_R] {
        let (bytes, ..) = encoding.encode(&head);
        let message = crate::mail::parse_rfc822(&bytes).unwrap();
        assert_eq!(message.subject.as_deref(), Some(RUSSIAN), "{}", encoding.name());
        assert_eq!(message.from.unwrap().name.as_deref(), Some("Иван Петров"));
    }
}

#[test]
fn a_short_word_in_utf_8_is_read_under_a_chinese_or_korean_label() {
    for label in ["gbk", "gb2312", "gb18030", "euc-kr"] {
        assert_eq!(decoded("Привет!".as_bytes(), Some(label)).0, "Привет!", "{label}");
    }
    assert_eq!(labelled("请寄两盏灯，谢谢。", GBK, Some("gbk")), ("请寄两盏灯，谢谢。".to_owned(), Vec::new()));
}
