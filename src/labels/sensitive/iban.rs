//! International bank account numbers (ISO 13616).

use super::{Found, SensitiveKind, around};

/// Lengths by country, from the registry (release 99).
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 \
    FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 \
    MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// Numbers with the length of their country and right check digits, in groups or not, in capital letters or not.
pub(super) fn find(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    for at in 0..bytes.len().saturating_sub(14) {
        let begins = bytes[at].is_ascii_alphabetic()
            && bytes[at + 1].is_ascii_alphabetic()
            && bytes[at + 2].is_ascii_digit()
            && bytes[at + 3].is_ascii_digit();
        if !begins
            || found.last().is_some_and(|last| at < last.end)
            || around(text, at, at).0.is_some_and(|c| c.is_ascii_alphanumeric())
        {
            continue;
        }
        if let Some(end) = read(text, at) {
            found.push(Found { start: at, end, kind: SensitiveKind::Iban });
        }
    }
    found
}

/// End of the number that starts at `start`.
fn read(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let country = text[start..start + 2].to_ascii_uppercase();
    let length: usize =
        LENGTHS.split_whitespace().find_map(|entry| entry.strip_prefix(country.as_str()))?.parse().ok()?;
    let mut compact = Vec::with_capacity(length);
    let mut at = start;
    let mut gap = false;
    while compact.len() < length {
        match *bytes.get(at)? {
            b if b.is_ascii_alphanumeric() => {
                compact.push(b.to_ascii_uppercase());
                at += 1;
                gap = false;
            }
            b' ' | b'-' | b'.' if !gap => {
                at += 1;
                gap = true;
            }
            // A no-break space, as web pages print them.
            0xc2 if !gap && bytes.get(at + 1) == Some(&0xa0) => {
                at += 2;
                gap = true;
            }
            _ => return None,
        }
    }
    let ends = bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric());
    (ends && remainder(&compact) == 1).then_some(at)
}

/// The number with its head moved to the end, letters as 10 to 35, modulo 97.
fn remainder(compact: &[u8]) -> u32 {
    compact[4..].iter().chain(&compact[..4]).fold(0, |rest, &b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}
