//! How well a pair would serve as an example, and why not.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::PairFacts;
use super::lists::section;
use super::sensitive::urls;
use super::words::{count, words};
use crate::cleaning::ends_signed;
use crate::types::{Quality, QualityReason};

const LISTS: &str = include_str!("data/quality.txt");

/// Words below which a text is too short to learn from.
const SHORT_REPLY: usize = 6;
const SHORT_CLIENT: usize = 3;
/// Words beyond which a text is rather a document.
const LONG: usize = 1_500;
/// Share of the characters that links take in a text that is mostly a link.
const LINK_SHARE: f64 = 0.5;
/// Characters of a line whose return in the reply is no accident.
const REPEATED_LINE: usize = 30;
/// Words in which a reply that points to its attachment says little else.
const ATTACHMENT_WORDS: usize = 60;

impl QualityReason {
    /// Points it takes from 100.
    fn cost(self) -> u8 {
        match self {
            Self::NoWords => 100,
            Self::ClientNoWords => 60,
            Self::MostlyLink | Self::QuotesLeaked => 45,
            Self::ReplyTooShort | Self::TemplatePlaceholder => 40,
            Self::CleaningTookEverything => 35,
            Self::SignatureLeaked => 20,
            Self::RefersToAttachment | Self::LanguageMismatch | Self::BrokenCharacters => 30,
            Self::ClientTooShort => 25,
            Self::VeryLong => 15,
        }
    }
}

/// Everything found against the pair; languages as they were detected.
pub(super) fn judge(facts: &PairFacts<'_>, client: Option<&str>, reply: Option<&str>) -> Quality {
    let reply_words = count(facts.reply_text);
    let client_words = count(facts.client_text);
    let mut reasons = Vec::new();
    let mut note = |found: bool, reason: QualityReason| {
        if found {
            reasons.push(reason);
        }
    };
    note(reply_words == 0, QualityReason::NoWords);
    note(client_words == 0, QualityReason::ClientNoWords);
    note((1..SHORT_REPLY).contains(&reply_words), QualityReason::ReplyTooShort);
    note((1..SHORT_CLIENT).contains(&client_words), QualityReason::ClientTooShort);
    note(mostly_links(facts.reply_text), QualityReason::MostlyLink);
    note(refers_to_attachment(facts, reply_words), QualityReason::RefersToAttachment);
    note(has_template_field(facts.reply_text), QualityReason::TemplatePlaceholder);
    note(leaks_quotes(facts.client_text, facts.reply_text), QualityReason::QuotesLeaked);
    note(
        ends_signed(facts.client_text, facts.client_names) || ends_signed(facts.reply_text, facts.our_names),
        QualityReason::SignatureLeaked,
    );
    note(facts.took_everything, QualityReason::CleaningTookEverything);
    note(
        client.zip(reply).is_some_and(|(client, reply)| !same_language(client, reply)),
        QualityReason::LanguageMismatch,
    );
    note(reply_words > LONG || client_words > LONG, QualityReason::VeryLong);
    note(
        facts.reply_text.contains('\u{fffd}') || facts.client_text.contains('\u{fffd}'),
        QualityReason::BrokenCharacters,
    );
    of_reasons(reasons)
}

fn of_reasons(mut reasons: Vec<QualityReason>) -> Quality {
    reasons.sort_unstable();
    let score = reasons.iter().fold(100u8, |score, reason| score.saturating_sub(reason.cost()));
    Quality { score, reasons }
}

/// The same quality, of a pair in these languages.
pub(super) fn in_languages(quality: &Quality, client: Option<&str>, reply: Option<&str>) -> Quality {
    let differs = client.zip(reply).is_some_and(|(client, reply)| !same_language(client, reply));
    let others = quality.reasons.iter().copied().filter(|reason| *reason != QualityReason::LanguageMismatch);
    of_reasons(others.chain(differs.then_some(QualityReason::LanguageMismatch)).collect())
}

/// Languages that a short text cannot tell apart, or whose readers understand each other, are no mismatch.
pub(crate) fn same_language(a: &str, b: &str) -> bool {
    const KIN: &[&[&str]] = &[
        &["da", "no", "sv"],
        &["cs", "sk"],
        &["hr", "sr", "sl", "bs"],
        &["id", "ms"],
        &["ru", "uk", "be"],
        &["bg", "mk"],
        &["nl", "af"],
        &["ca", "es", "gl"],
    ];
    a == b || KIN.iter().any(|kin| kin.contains(&a) && kin.contains(&b))
}

fn mostly_links(text: &str) -> bool {
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let links: usize = urls(text).iter().map(|&(start, end)| solid(&text[start..end])).sum();
    links > 0 && links as f64 > LINK_SHARE * solid(text) as f64
}

/// Words for an attachment, as beginnings; CJK anywhere.
static ATTACHED: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "attached"));
static ATTACHED_DENSE: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "attached_dense"));

fn refers_to_attachment(facts: &PairFacts<'_>, reply_words: usize) -> bool {
    if reply_words > ATTACHMENT_WORDS {
        return false;
    }
    // Without a file of ours the words speak of the client's, unless the reply is nearly nothing else.
    if !facts.reply_has_attachment && reply_words > ATTACHMENT_WORDS / 3 {
        return false;
    }
    let lower = facts.reply_text.to_lowercase();
    ATTACHED_DENSE.iter().any(|word| lower.contains(word))
        || words(&lower).any(|word| ATTACHED.iter().any(|stem| word.text.starts_with(stem)))
}

/// Longest field of a template, in bytes.
const MAX_FIELD: usize = 60;
/// What stands in single brackets in a template.
static FIELD_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "field_words"));

/// A field that was not filled in.
fn has_template_field(text: &str) -> bool {
    let field = |at: usize, open: &str, close: &str| {
        let inner = &text[at + open.len()..];
        let mut limit = inner.len().min(MAX_FIELD);
        while !inner.is_char_boundary(limit) {
            limit -= 1;
        }
        inner[..limit]
            .find(close)
            .map(|end| &inner[..end])
            .filter(|inner| !inner.trim().is_empty() && !inner.contains('\n'))
    };
    let worded = |inner: &str, capital: bool| {
        let lower = inner.to_lowercase();
        let written = inner.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
        (!capital || written)
            && words(&lower).take(5).count() < 5
            && lower.split(|c: char| !c.is_alphanumeric()).any(|word| FIELD_WORDS.contains(word))
    };
    text.char_indices().any(|(at, c)| match c {
        '{' if text[at..].starts_with("{{") => field(at, "{{", "}}").is_some(),
        '{' => field(at, "{", "}").is_some_and(|inner| {
            !inner.contains([':', ';', '"', '{']) && (worded(inner, false) || inner.contains('_'))
        }),
        '$' if text[at..].starts_with("${") => field(at, "${", "}").is_some(),
        '<' if text[at..].starts_with("<<") => field(at, "<<", ">>").is_some_and(|inner| !inner.contains('<')),
        '<' => field(at, "<", ">").is_some_and(|inner| !inner.contains(['@', '/', '=']) && worded(inner, true)),
        '[' => field(at, "[", "]").is_some_and(|inner| worded(inner, true)),
        '【' => field(at, "【", "】").is_some_and(|inner| worded(inner, true)),
        '%' => field(at, "%", "%").is_some_and(|inner| {
            inner.len() >= 3 && inner.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                || worded(inner, false) && inner.chars().all(|c| c.is_alphanumeric() || c == '_')
        }),
        _ => false,
    }) || text.to_lowercase().contains("lorem ipsum")
}

/// Names of header lines that mail programs write above a quoted message, without spaces: of the first line, and of those
/// that may follow it.
const HEADERS: &[(&str, &str)] = &[
    ("from:", "sent: to: date: subject:"),
    ("von:", "gesendet: an: datum: betreff:"),
    ("de:", "envoyé: à: date: objet: enviado: enviadoel: para: fecha: asunto: enviada: assunto: data: datadoenvio:"),
    ("da:", "inviato: a: data: oggetto:"),
    ("van:", "verzonden: aan: datum: onderwerp:"),
    ("från:", "skickat: till: datum: ämne:"),
    ("fra:", "sendt: til: dato: emne:"),
    ("lähettäjä:", "lähetetty: vastaanottaja: päiväys: aihe:"),
    ("od:", "wysłano: do: data: temat: odesláno: odoslané: komu: předmět: predmet: datum:"),
    ("feladó:", "elküldve: címzett: dátum: tárgy:"),
    ("kimden:", "gönderildi: kime: tarih: konu:"),
    ("от:", "отправлено: кому: дата: тема: послано: изпратено: до: относно:"),
    ("від:", "надіслано: кому: дата: тема:"),
    ("发件人:", "发送时间: 收件人: 主题: 日期: 发送日期:"),
    ("寄件者:", "寄件日期: 收件者: 主旨: 日期:"),
    ("差出人:", "送信日時: 宛先: 件名: 日付:"),
    ("보낸사람:", "보낸날짜: 받는사람: 제목: 날짜:"),
];

fn leaks_quotes(client: &str, reply: &str) -> bool {
    let mut marked = 0usize;
    let mut solid = 0usize;
    let mut header: Option<&str> = None;
    for line in reply.lines().map(str::trim).filter(|line| !line.is_empty()) {
        solid += 1;
        if line.starts_with('>') && !line.starts_with(">>>") || line.starts_with(">>>") && marked > 0 {
            marked += 1;
        }
        let short: String = line
            .chars()
            .take(40)
            .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '>'))
            .flat_map(char::to_lowercase)
            .collect();
        let short = short.replace('：', ":");
        if header.is_some_and(|second| second.split(' ').any(|name| short.starts_with(name))) {
            return true;
        }
        header = HEADERS.iter().find(|(first, _)| short.starts_with(first)).map(|&(_, second)| second);
        let rule = line.chars().take(3).all(|c| c == '-' || c == '_') && line.chars().count() > 8;
        if rule && line.trim_matches(['-', '_', ' ']).chars().any(char::is_alphabetic) {
            return true;
        }
    }
    // A point-by-point answer keeps a few quoted lines on purpose; a reply that is mostly quotation does not.
    if marked >= 3 && marked * 2 > solid {
        return true;
    }
    let theirs: HashSet<&str> =
        client.lines().map(str::trim).filter(|line| line.chars().count() >= REPEATED_LINE).collect();
    !theirs.is_empty()
        && reply
            .lines()
            .map(str::trim)
            .filter(|line| line.chars().count() >= REPEATED_LINE && theirs.contains(line))
            .count()
            * 3
            > solid.min(3)
}
