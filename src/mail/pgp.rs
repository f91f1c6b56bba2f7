//! PGP inside a text ("inline"): the armour is not the author's words (RFC 9580 §6.2 and §7).

/// The line above an encrypted message.
pub(super) const BEGIN_MESSAGE: &str = "-----BEGIN PGP MESSAGE-----";
const END_MESSAGE: &str = "-----END PGP MESSAGE-----";
const BEGIN_SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE: &str = "-----END PGP SIGNATURE-----";

/// A text without its armour.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub text: String,
    /// There was a signature around some of the text.
    pub signed: bool,
    /// There was an encrypted block, which is left out.
    pub encrypted: bool,
}

/// Where in the text a line stands.
enum Place {
    Outside,
    /// `Hash:` and the like, up to a blank line.
    SignedHeaders,
    Signed,
    Signature,
    Encrypted,
}

/// Takes the armour off; `None` when there is none. A block that does not end goes to the end of the text; quoted armour
/// (`> -----BEGIN`) is part of a quote and stays.
pub(super) fn open(text: &str) -> Option<Opened> {
    if !text.contains(BEGIN_MESSAGE) && !text.contains(BEGIN_SIGNED) {
        return None;
    }
    let mut opened = Opened { text: String::with_capacity(text.len()), signed: false, encrypted: false };
    let mut place = Place::Outside;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end();
        match place {
            Place::Outside => match words {
                BEGIN_MESSAGE => (place, opened.encrypted) = (Place::Encrypted, true),
                BEGIN_SIGNED => (place, opened.signed) = (Place::SignedHeaders, true),
                _ => opened.text.push_str(line),
            },
            Place::SignedHeaders if words.is_empty() => place = Place::Signed,
            Place::SignedHeaders => {}
            Place::Signed => match words {
                BEGIN_SIGNATURE => place = Place::Signature,
                // Lines that begin with a dash were escaped (RFC 9580 §7.2).
                _ => opened.text.push_str(line.strip_prefix("- ").unwrap_or(line)),
            },
            Place::Signature if words == END_SIGNATURE => place = Place::Outside,
            Place::Encrypted if words == END_MESSAGE => place = Place::Outside,
            Place::Signature | Place::Encrypted => {}
        }
    }
    (opened.signed || opened.encrypted).then_some(opened)
}
