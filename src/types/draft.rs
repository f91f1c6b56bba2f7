//! A draft of an answer, as it was checked: its sentences, what each rests on, and what was taken out of it.

use serde::{Deserialize, Serialize};

use super::{PairId, text_enum::text_enum};

text_enum! {
    /// What the client wants, as the model read it.
    Intent("intent") {
        /// Something is asked about.
        Information = "request_info",
        /// They want to buy, or to know what it would cost.
        Order = "order",
        /// Where something is, or when it comes.
        Delivery = "delivery",
        /// Something does not work.
        Problem = "problem",
        Complaint = "complaint",
        /// They want to give something back, or money.
        Return = "return",
        /// An invoice, a payment.
        Payment = "payment",
        /// They want to end or call off something.
        Cancellation = "cancellation",
        Appointment = "appointment",
        /// They only thank or confirm.
        Thanks = "thanks",
        Other = "other",
    }
}

text_enum! {
    /// How the client sounds, as the model read it.
    Sentiment("sentiment") { Positive = "positive", Neutral = "neutral", Negative = "negative" }
}

text_enum! {
    /// How soon an answer is needed, as the model read it.
    Urgency("urgency") { Low = "low", Medium = "medium", High = "high" }
}

text_enum! {
    /// How a sentence stands to the past cases.
    Standing("standing") {
        /// It names past cases, and nothing in it was found that is not in them or in the thread.
        Backed = "backed",
        /// It names none, or something in it is in none of them: see its doubts.
        NotBacked = "not_backed",
        /// A greeting, thanks or a closing: it states nothing.
        Courtesy = "courtesy",
    }
}

text_enum! {
    /// What speaks against a sentence.
    DoubtKind("doubt") {
        /// It names no past case that was offered.
        NoSource = "no_source",
        /// Hardly a word of it is in the cases that it names.
        Unrelated = "unrelated",
        /// A clause of it is neither in the cases that it names nor in the thread.
        Unsupported = "unsupported",
        /// The cases that it names are in another language, so their words cannot be compared.
        OtherLanguage = "other_language",
        /// It asks for a passport, a card, a PIN, a password, an account or a code, and no case that it names does.
        Secret = "secret",
        /// The cases that it names say the opposite in nearly the same words.
        Opposite = "opposite",
        /// It promises something that no case it names promises.
        Promise = "promise",
        Number = "number",
        Amount = "amount",
        Percentage = "percentage",
        Date = "date",
        Time = "time",
        Phone = "phone",
        /// A name of a person, a place or a thing.
        Name = "name",
        /// An order number, a product code.
        Code = "code",
        /// A number of a bank account.
        Account = "account",
        /// A link that was taken out.
        Link = "link",
        /// An email address that was taken out.
        Address = "address",
        /// Something personal of another client that was taken out.
        Foreign = "foreign",
        /// A placeholder that stands for nothing.
        Placeholder = "placeholder",
    }
}

text_enum! {
    /// What comes before a sentence.
    Break("break") {
        /// It goes on in its line.
        None = "none",
        Line = "line",
        Paragraph = "paragraph",
    }
}

text_enum! {
    /// What somebody should look at before they use a draft.
    DraftWarning("warning") {
        /// It is in another language than the client's message.
        WrongLanguage = "wrong_language",
        /// A signature was cut off: it is added once, where mail is sent.
        SignatureCut = "signature_cut",
        /// Links or addresses were taken out.
        LinksRemoved = "links_removed",
        /// Personal details of other clients were taken out.
        DetailsRemoved = "details_removed",
        /// It names past cases that were not offered. They do not count.
        UnknownSources = "unknown_sources",
        /// The answer had parts that nobody asked for, like recipients. They were ignored.
        ExtraParts = "extra_parts",
        /// It has invisible or misleading characters, which were taken out.
        HiddenCharacters = "hidden_characters",
        /// It promises something that no past case promises.
        Promises = "promises",
        /// It asks for a passport, a card, a PIN, a password, an account or a code, and no past case does.
        Secrets = "secrets",
        /// We have answered the client already.
        Answered = "answered",
        /// It is far longer than this account's answers.
        Long = "long",
    }
}

/// One thing that speaks against a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Doubt {
    pub kind: DoubtKind,
    /// The words in question as the model wrote them; empty where the whole sentence is meant.
    pub text: String,
}

/// A sentence of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DraftSentence {
    /// With gaps, like `[link removed]`, where something was taken out.
    pub text: String,
    pub before: Break,
    pub standing: Standing,
    /// The past cases it names, each once. All were offered to the model in this run.
    pub sources: Vec<PairId>,
    /// What speaks against it.
    pub doubts: Vec<Doubt>,
    /// Facts in it that only the client stated: nobody of us said so.
    pub only_from_client: Vec<String>,
}

/// What was taken out of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TakenOut {
    /// `link`, `address`, `foreign` or `account`; absent for a signature.
    pub kind: Option<DoubtKind>,
    pub text: String,
}

/// How much speaks for a draft, by its evidence: `docs/DRAFTS.md` says how it is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Confidence {
    /// From 0 to 100.
    pub score: u8,
    /// How much the cases that are named say the same, from 0 to 100; absent where there are fewer than two.
    pub agreement: Option<u8>,
    /// How much of the text is backed, in percent, courtesies aside.
    pub backed: u8,
    /// How near the nearest of the cases that are named is to the question, from 0 to 100.
    pub nearest: u8,
    /// What the model says of itself, from 0 to 100. It does not count.
    pub model: Option<u8>,
}

/// A draft, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CheckedDraft {
    /// The sentences as one text: what is copied.
    pub text: String,
    pub sentences: Vec<DraftSentence>,
    /// In the order of the text.
    pub taken_out: Vec<TakenOut>,
    pub warnings: Vec<DraftWarning>,
    /// How often a case was named that was not offered.
    pub unknown_sources: u32,
    /// ISO 639-1, where it could be told.
    pub language: Option<String>,
    pub confidence: Confidence,
    pub intent: Option<Intent>,
    pub sentiment: Option<Sentiment>,
    pub urgency: Option<Urgency>,
}

text_enum! {
    /// What belongs into a gap of a template.
    GapKind("gap") {
        Name = "name",
        Date = "date",
        Time = "time",
        Amount = "amount",
        Number = "number",
        /// An order number, a product code.
        Code = "code",
        Link = "link",
        Email = "email",
        Phone = "phone",
        /// A postal address.
        Place = "place",
        /// A number of a bank account or a card.
        Account = "account",
    }
}

/// The best past reply, with gaps where it speaks of its own case: an answer without a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DraftTemplate {
    /// The case that it is from.
    pub case: PairId,
    /// With gaps like `[order number]`, in the language of the reply.
    pub text: String,
    /// The gaps in the order of the text, as they are written there.
    pub gaps: Vec<TemplateGap>,
    /// ISO 639-1, where it could be told.
    pub language: Option<String>,
    /// The reply is in another language than the client's message.
    pub wrong_language: bool,
    /// How near its case is to the question, from 0 to 100.
    pub nearest: u8,
}

/// A gap of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TemplateGap {
    pub kind: GapKind,
    /// As it is written in the text, with its brackets.
    pub mark: String,
    /// What stood there in the past reply.
    pub was: String,
}
