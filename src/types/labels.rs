//! Labels of a training pair: what is said about it without a person having looked at it.

use serde::{Deserialize, Serialize};

/// Everything that is said about a pair without a person having looked at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairLabels {
    /// ISO 639-1; `None` when the text is too short, too mixed or has no words.
    pub client_language: Option<String>,
    /// ISO 639-1; `None` when the text is too short, too mixed or has no words.
    pub reply_language: Option<String>,
    /// Unicode scalar values, white space at both ends left out.
    pub client_chars: u32,
    /// Unicode scalar values, white space at both ends left out.
    pub reply_chars: u32,
    pub client_has_attachment: bool,
    pub reply_has_attachment: bool,
    pub client_html: bool,
    pub reply_html: bool,
    pub responded_after_seconds: Option<i64>,
    pub quality: Quality,
    /// First the client's side, then ours; within a side sorted and disjoint.
    pub sensitive: Vec<SensitiveSpan>,
    /// For near-duplicate replies: simhash, hash of the wording and number of words, of one version of the rules.
    pub reply_fingerprint: String,
}

/// A first opinion for the order of review; a person decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Quality {
    /// 0 to 100; 100 means that nothing was found against the pair.
    pub score: u8,
    /// In the order of [`QualityReason`], each once.
    pub reasons: Vec<QualityReason>,
}

/// What was found against a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QualityReason {
    /// The reply has no letters at all.
    NoWords,
    /// The client wrote no letters: nothing is answered.
    ClientNoWords,
    ReplyTooShort,
    ClientTooShort,
    /// More than half of the reply's characters are links.
    MostlyLink,
    /// The reply points to an attachment and says little beside.
    RefersToAttachment,
    /// A template's field was left unfilled: `{{name}}`, `[First Name]`, `%ORDER%`.
    TemplatePlaceholder,
    /// Quoted text is still in the reply: quote marks, a mail header, or lines of the client's own.
    QuotesLeaked,
    /// A text ends in a closing, a name, a telephone number or an address: a signature that was not seen.
    SignatureLeaked,
    /// Cleaning would have taken everything that one side wrote, so it took nothing.
    CleaningTookEverything,
    /// The reply is in another language than the client's message.
    LanguageMismatch,
    /// One of the texts is as long as a document.
    VeryLong,
    /// Characters that were lost in decoding.
    BrokenCharacters,
}

/// A text of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Client,
    Reply,
}

/// What a span holds.
///
/// What can be relied on, and what not:
/// - `email`, `iban` (check digits, length of the country) and `card` (Luhn, known prefixes and lengths) are found by their form;
///   a number that only looks like a card is one in ten, so a bare run of digits after "order", "tracking" and the like is not one.
/// - `phone` is found by `+` and a country code, by a word before it ("Tel.", "mobile", "тел."), or by a national shape that is
///   seldom anything else. A local number of six or seven digits without such a word is not found.
/// - `identity` and `secret`, and a card's expiry date and check code, are found by a word before them in some ten languages, and a few numbers
///   by a form with check digits that nothing else has. What is told without such a word, or far from it, is not found; nor is a password
///   of plain words that does not end its line or sentence.
/// - `url_with_token`: a link that carries a credential, a signature or a long random part. Other links are left alone.
/// - `address_like` is a guess from street words, house numbers and postal codes in about twenty languages. It misses
///   addresses without a street word, places alone, and languages that are not listed; it takes a fictitious address for a real one.
/// - `name` finds only the names that the headers gave, and their parts. A person who is merely mentioned is not found; nor are
///   nicknames, inflected forms outside Cyrillic, or a name in another script. A brand in a display name may be taken for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SensitiveKind {
    Email,
    Phone,
    /// A payment card number, its expiry date, its check code.
    Card,
    /// An IBAN, or a number of a bank account behind a word for it.
    Iban,
    /// A number of a passport, an identity card, an insurance or a taxpayer.
    Identity,
    /// A password, a PIN, a code that is used once.
    Secret,
    UrlWithToken,
    AddressLike,
    Name,
}

/// A place in one of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SensitiveSpan {
    pub side: Side,
    /// First byte, on a character boundary.
    pub start: u32,
    /// Byte after the last one, on a character boundary.
    pub end: u32,
    pub kind: SensitiveKind,
}
