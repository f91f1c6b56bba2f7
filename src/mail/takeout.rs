//! What Google Takeout adds to the headers of an exported message, and which labels keep mail out.

use super::message::ParsedMessage;

/// Gmail's own view of a message in a Takeout mbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakeoutInfo {
    /// Labels from `X-Gmail-Labels`: system labels by their API names (`SENT`, `INBOX` …) whatever the language of the
    /// export, the user's own as written.
    pub labels: Vec<String>,
    /// `X-GM-THRID` as the Gmail API writes thread ids: lower-case hexadecimal.
    pub thread_id: Option<String>,
    /// `X-GM-MSGID`, likewise.
    pub message_id: Option<String>,
}

/// Reads the Takeout headers; `None` when the message has none of them.
pub fn takeout_info(message: &ParsedMessage) -> Option<TakeoutInfo> {
    let labels = message.header("x-gmail-labels");
    let thread_id = message.header("x-gm-thrid").and_then(api_id);
    let message_id = message.header("x-gm-msgid").and_then(api_id);
    if labels.is_none() && thread_id.is_none() && message_id.is_none() {
        return None;
    }
    Some(TakeoutInfo { labels: labels.map(split_labels).unwrap_or_default(), thread_id, message_id })
}

/// Takeout writes ids in decimal, the API the same number in hexadecimal.
fn api_id(decimal: &str) -> Option<String> {
    decimal.trim().parse::<u64>().ok().map(|id| format!("{id:x}"))
}

/// Splits the decoded header at commas outside quotes and names system labels as the API does.
fn split_labels(value: &str) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    let mut label = String::new();
    let mut quoted = false;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => label.extend(chars.next()),
            ',' if !quoted => push_label(&mut labels, &std::mem::take(&mut label)),
            _ => label.push(c),
        }
    }
    push_label(&mut labels, &label);
    labels
}

fn push_label(labels: &mut Vec<String>, label: &str) {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.is_empty() {
        return;
    }
    let label = system_label(&label).map_or(label, str::to_owned);
    if !labels.contains(&label) {
        labels.push(label);
    }
}

/// The API's name of a system label as Gmail shows it in the languages seen most.
pub fn system_label(label: &str) -> Option<&'static str> {
    let lower = label.to_lowercase();
    SYSTEM_LABELS.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(id, _)| *id)
}

/// A name that people also give to labels of their own (Junk, Discussions) is left out: it must not hide their mail.
///
/// Names as Gmail's interface and Takeout write them, lower-cased. English, Russian, Ukrainian, German, French, Spanish,
/// Italian, Portuguese, Dutch, Polish, Czech, Slovak, Swedish, Danish, Norwegian, Finnish, Hungarian, Romanian, Bulgarian,
/// Turkish, Greek, Hebrew, Arabic, Japanese, Chinese, Korean, Vietnamese, Indonesian, Thai.
const SYSTEM_LABELS: [(&str, &[&str]); 9] = [
    (
        "SENT",
        &[
            "sent",
            "sent mail",
            "sent messages",
            "отправленные",
            "надіслані",
            "відправлені",
            "gesendet",
            "envoyés",
            "messages envoyés",
            "enviados",
            "enviado",
            "enviadas",
            "posta inviata",
            "inviati",
            "inviata",
            "itens enviados",
            "e-mails enviados",
            "verzonden",
            "wysłane",
            "odeslaná pošta",
            "odeslané",
            "odoslané",
            "skickat",
            "skickade",
            "sendt",
            "sendte",
            "sendt e-post",
            "lähetetyt",
            "elküldött",
            "elküldött üzenetek",
            "trimise",
            "mesaje trimise",
            "изпратени",
            "изпратена поща",
            "gönderilmiş postalar",
            "gönderilenler",
            "απεσταλμένα",
            "דואר יוצא",
            "נשלח",
            "البريد المرسل",
            "مُرسل",
            "送信済み",
            "送信済みメール",
            "已发送",
            "已发邮件",
            "寄件備份",
            "보낸편지함",
            "thư đã gửi",
            "đã gửi",
            "terkirim",
            "จดหมายที่ส่งแล้ว",
            "ส่งแล้ว",
        ],
    ),
    (
        "INBOX",
        &[
            "inbox",
            "входящие",
            "вхідні",
            "posteingang",
            "boîte de réception",
            "messages reçus",
            "recibidos",
            "bandeja de entrada",
            "posta in arrivo",
            "caixa de entrada",
            "postvak in",
            "inbox (postvak in)",
            "odebrane",
            "doručená pošta",
            "doručené",
            "inkorgen",
            "inkorg",
            "indbakke",
            "innboks",
            "postilaatikko",
            "saapuneet",
            "beérkező levelek",
            "beérkezett üzenetek",
            "mesaje primite",
            "inbox (primite)",
            "входяща поща",
            "gelen kutusu",
            "εισερχόμενα",
            "דואר נכנס",
            "البريد الوارد",
            "受信トレイ",
            "收件箱",
            "收件匣",
            "받은편지함",
            "hộp thư đến",
            "kotak masuk",
            "กล่องจดหมาย",
        ],
    ),
    (
        "DRAFT",
        &[
            "drafts",
            "draft",
            "черновики",
            "чернетки",
            "entwürfe",
            "entwurf",
            "brouillons",
            "borradores",
            "bozze",
            "rascunhos",
            "concepten",
            "wersje robocze",
            "robocze",
            "koncepty",
            "utkast",
            "kladder",
            "luonnokset",
            "piszkozatok",
            "mesaje nefinalizate",
            "schițe",
            "чернови",
            "taslaklar",
            "πρόχειρα",
            "טיוטות",
            "المسودات",
            "مسودات",
            "下書き",
            "草稿",
            "임시보관함",
            "thư nháp",
            "bản nháp",
            "draf",
            "ร่างจดหมาย",
            "จดหมายร่าง",
        ],
    ),
    (
        "SPAM",
        &[
            "spam",
            "спам",
            "courrier indésirable",
            "correo no deseado",
            "lixo eletrônico",
            "skräppost",
            "søppelpost",
            "roskaposti",
            "levélszemét",
            "нежелана поща",
            "gereksiz",
            "ανεπιθύμητα",
            "ספאם",
            "דואר זבל",
            "غير مرغوب فيه",
            "الرسائل غير المرغوب فيها",
            "迷惑メール",
            "垃圾邮件",
            "垃圾郵件",
            "스팸함",
            "thư rác",
            "สแปม",
            "จดหมายขยะ",
        ],
    ),
    (
        "TRASH",
        &[
            "trash",
            "bin",
            "корзина",
            "кошик",
            "papierkorb",
            "corbeille",
            "papelera",
            "cestino",
            "lixeira",
            "prullenbak",
            "kosz",
            "koš",
            "kôš",
            "papperskorgen",
            "papirkurv",
            "papirkurven",
            "papperskorg",
            "roskakori",
            "coș de gunoi",
            "кошче",
            "çöp kutusu",
            "κάδος απορριμμάτων",
            "אשפה",
            "المهملات",
            "ゴミ箱",
            "已删除邮件",
            "垃圾箱",
            "垃圾桶",
            "휴지통",
            "thùng rác",
            "sampah",
            "ถังขยะ",
        ],
    ),
    ("CHAT", &["chat", "chats", "чат", "чаты", "чати", "チャット", "聊天", "채팅", "即時通訊"]),
    (
        "UNREAD",
        &[
            "unread",
            "непрочитанные",
            "непрочитані",
            "ungelesen",
            "non lus",
            "non lu",
            "no leídos",
            "sin leer",
            "da leggere",
            "non letti",
            "não lidos",
            "não lidas",
            "ongelezen",
            "nieprzeczytane",
            "nepřečtené",
            "未読",
            "未读",
            "未讀",
            "읽지않음",
            "okunmamış",
        ],
    ),
    (
        "STARRED",
        &[
            "starred",
            "помеченные",
            "із зірочкою",
            "позначені зірочкою",
            "markiert",
            "suivis",
            "messages suivis",
            "destacados",
            "speciali",
            "com estrela",
            "met ster",
            "oznaczone gwiazdką",
            "s hvězdičkou",
            "スター付き",
            "已加星标",
            "已加星號",
            "별표편지함",
            "yıldızlı",
        ],
    ),
    (
        "IMPORTANT",
        &[
            "important",
            "важные",
            "важное",
            "важливі",
            "wichtig",
            "importants",
            "importantes",
            "importante",
            "importanti",
            "belangrijk",
            "ważne",
            "důležité",
            "重要",
            "중요",
            "önemli",
        ],
    ),
];

/// Why a message stays out of the local copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exclusion {
    Chat,
    Draft,
    Spam,
    Trash,
}

/// Whether the labels (as the API names them) keep a message out: chats, drafts, spam and trash.
pub fn excluded_by_labels<S: AsRef<str>>(labels: &[S]) -> Option<Exclusion> {
    labels.iter().find_map(|label| match label.as_ref() {
        "CHAT" => Some(Exclusion::Chat),
        "DRAFT" => Some(Exclusion::Draft),
        "SPAM" => Some(Exclusion::Spam),
        "TRASH" => Some(Exclusion::Trash),
        _ => None,
    })
}
