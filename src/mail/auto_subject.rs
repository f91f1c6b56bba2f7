//! Subjects of automatic replies, in the languages seen most.

/// What a subject says about an automatic reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AutoSubject {
    /// Words that only mail systems put before the original subject.
    Certain,
    /// Words that people write as well, where mail systems put theirs.
    Possible,
    No,
}

/// Judges a subject by the words before its colon, behind the marks of gateways (`[EXT]`). Words that go on into a sentence ("Out of office
/// chairs") say nothing.
pub(super) fn auto_subject(subject: &str) -> AutoSubject {
    const CERTAIN: [&str; 37] = [
        "automatic reply",
        "auto reply",
        "auto-reply",
        "autoreply",
        "autosvar",
        "auto response",
        "auto-response",
        "automatic response",
        "автоматический ответ",
        "автоответ",
        "автоматична відповідь",
        "автовідповідь",
        "automatische antwort",
        "abwesenheitsnotiz",
        "abwesenheitsbenachrichtigung",
        "réponse automatique",
        "respuesta automática",
        "risposta automatica",
        "resposta automática",
        "automatisch antwoord",
        "automatische reactie",
        "odpowiedź automatyczna",
        "autoodpowiedź",
        "automatická odpověď",
        "automatická odpoveď",
        "automatisk svar",
        "automatiskt svar",
        "automaattinen vastaus",
        "automatikus válasz",
        "răspuns automat",
        "otomatik yanıt",
        "samodejni odgovor",
        "automatski odgovor",
        "αυτόματη απάντηση",
        "自動返信",
        "自动回复",
        "自動応答",
    ];
    const POSSIBLE: [&str; 17] = [
        "auto",
        "out of office",
        "out of the office",
        "out-of-office",
        "автоответчик",
        "absence du bureau",
        "absent du bureau",
        "fuera de la oficina",
        "fuori sede",
        "fuori ufficio",
        "fora do escritório",
        "afwezig",
        "afwezigheid",
        "abwesend",
        "abwesenheit",
        "poza biurem",
        "mimo kancelář",
    ];
    let lower = subject.to_lowercase();
    let lower = without_gateway_marks(&lower);
    let follows = |words: &&str| lower.strip_prefix(*words).map(str::trim_start);
    // A mail system goes on with a colon and the original subject, or with nothing.
    let ends = |rest: &str| rest.is_empty() || rest.starts_with([':', '：']);
    let original = |rest: &str| ["re:", "aw:", "sv:", "-", "–", "("].iter().any(|start| rest.starts_with(start));
    if CERTAIN.iter().filter_map(follows).any(|rest| ends(rest) || original(rest)) {
        return AutoSubject::Certain;
    }
    let possible = POSSIBLE.iter().filter_map(follows);
    match possible.filter(|rest| ends(rest) || original(rest)).min_by_key(|rest| !rest.starts_with("re:")) {
        // The original subject is an answer, and nobody puts words before that but machines.
        Some(rest) if rest.trim_start_matches([':', '：']).trim_start().starts_with("re:") => AutoSubject::Certain,
        Some(_) => AutoSubject::Possible,
        None => AutoSubject::No,
    }
}

/// A subject in lower case without what gateways put before it: `[External]`, `EXT:`, `***SPAM***`.
fn without_gateway_marks(subject: &str) -> &str {
    const WORDS: [&str; 10] =
        ["external:", "extern:", "ext:", "externe:", "externo:", "esterno:", "внешнее:", "spam:", "{spam?}", "(ext)"];
    let mut rest = subject.trim();
    loop {
        let mut next = WORDS.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
        for (open, close) in [('[', ']'), ('*', '*'), ('【', '】')] {
            if let Some(inside) = next.strip_prefix(open).map(|inside| inside.trim_start_matches(open))
                && let Some(end) = inside.char_indices().take(40).find(|(_, c)| *c == close).map(|(at, _)| at)
            {
                next = inside[end..].trim_start_matches(close);
            }
        }
        let next = next.trim_start();
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}
