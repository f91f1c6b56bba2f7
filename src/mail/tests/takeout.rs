use super::parse;
use crate::mail::{Exclusion, excluded_by_labels, takeout_info};

fn labels(header: &str) -> Vec<String> {
    takeout_info(&parse(&format!("X-Gmail-Labels: {header}\n\nT\n"))).expect("there is a header").labels
}

#[test]
fn ids_are_written_as_the_api_writes_them() {
    let message = parse("X-GM-THRID: 1849234512345678901\nX-GM-MSGID: 255\n\nT\n");
    let info = takeout_info(&message).unwrap();
    assert_eq!(info.thread_id.as_deref(), Some("19a9ccfdc6c1c435"));
    assert_eq!(info.message_id.as_deref(), Some("ff"));
    assert!(info.labels.is_empty());
    assert_eq!(takeout_info(&parse("Subject: x\n\nT\n")), None);
    assert_eq!(takeout_info(&parse("X-GM-THRID: many\n\nT\n")), None);
}

#[test]
fn labels_in_many_languages() {
    assert_eq!(labels("Inbox,Important,Opened,\"Work, urgent\""), ["INBOX", "IMPORTANT", "Opened", "Work, urgent"]);
    assert_eq!(
        labels("=?UTF-8?B?0J7RgtC/0YDQsNCy0LvQtdC90L3Ri9C1?=,=?UTF-8?Q?=D0=9A=D0=BB=D0=B8=D0=B5=D0=BD=D1=82=D1=8B?="),
        ["SENT", "Клиенты"]
    );
    for (name, expected) in [
        ("Gesendet", "SENT"),
        ("Messages envoyés", "SENT"),
        ("Enviados", "SENT"),
        ("Posta inviata", "SENT"),
        ("送信済みメール", "SENT"),
        ("Черновики", "DRAFT"),
        ("Entwürfe", "DRAFT"),
        ("Спам", "SPAM"),
        ("Papierkorb", "TRASH"),
        ("Корзина", "TRASH"),
        ("Chat", "CHAT"),
        ("Входящие", "INBOX"),
        ("Presented", "Presented"),
    ] {
        assert_eq!(labels(name), [expected]);
    }
}

#[test]
fn folded_encoded_label_lists_are_read() {
    // Takeout encodes the whole list, commas included, in words cut at 75 characters.
    let header = "=?UTF-8?Q?=D0=92=D1=85=D0=BE=D0=B4=D1=8F=D1=89=D0=B8=D0=B5,=D0=9D=D0=B5=D0?=\n =?UTF-8?Q?=BF=D1=80=D0=BE=D1=87=D0=B8=D1=82=D0=B0=D0=BD=D0=BD=D1=8B=D0=B5?=";
    assert_eq!(labels(header), ["INBOX", "UNREAD"]);
}

#[test]
fn drafts_spam_trash_and_chats_stay_out() {
    assert_eq!(excluded_by_labels(&["INBOX", "DRAFT"]), Some(Exclusion::Draft));
    assert_eq!(excluded_by_labels(&["SPAM"]), Some(Exclusion::Spam));
    assert_eq!(excluded_by_labels(&["TRASH"]), Some(Exclusion::Trash));
    assert_eq!(excluded_by_labels(&["CHAT"]), Some(Exclusion::Chat));
    assert_eq!(excluded_by_labels(&["INBOX", "SENT", "Spam reports"]), None);
}
