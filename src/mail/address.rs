//! Address headers (RFC 5322 §3.4) through mail-parser, after encoded words were decoded into quoted strings.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};

use super::encoded_word::{Piece, pieces};
use super::headers::turns_text;
use super::message::Mailbox;

/// Addresses kept from one header.
pub(super) const MAX_ADDRESSES: usize = 5_000;

/// Longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3), in bytes.
const MAX_ADDRESS_BYTES: usize = 254;

/// Whether this may be somebody's mail address: one `@` with something on both sides, nothing in it that ends an address in a
/// header, and a host without empty labels. The host needs no dot (`root@localhost`), and may be in any script. Whether it
/// exists, only mail can tell.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let is_plain = |c: char| !(c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c));
    !local.is_empty()
        && host.split('.').all(|label| !label.is_empty())
        && text.len() <= MAX_ADDRESS_BYTES
        && local.chars().chain(host.chars()).all(is_plain)
}

/// The mailboxes of an unfolded address header, groups flattened, entries without an address left out.
pub(super) fn parse_list(value: &str, tld: Option<&str>) -> Vec<Mailbox> {
    entries(value, tld)
        .into_iter()
        .filter(|(_, address)| address.contains('@'))
        .filter_map(|(name, address)| Mailbox::new(name.as_deref(), &address))
        .take(MAX_ADDRESSES)
        .collect()
}

/// The author: the first mailbox of a `From` header. A display name with an unquoted comma (`Doe, John <j@x>`) falls apart
/// into an entry without an address and one with; the halves are put together again.
pub(super) fn parse_author(value: &str, tld: Option<&str>) -> Option<Mailbox> {
    let mut lost: Vec<String> = Vec::new();
    for (name, address) in entries(value, tld) {
        if address.contains('@') {
            lost.extend(name);
            let name = (!lost.is_empty()).then(|| lost.join(", "));
            return Mailbox::new(name.as_deref(), &address);
        }
        lost.extend(name.or(Some(address)).filter(|text| !text.is_empty()));
    }
    None
}

/// Names and addresses in order; the address is empty when the entry has none.
fn entries(value: &str, tld: Option<&str>) -> Vec<(Option<String>, String)> {
    let mut prepared = quote_encoded_words(value, tld);
    prepared.push('\n');
    let HeaderValue::Address(addresses) = MessageStream::new(prepared.as_bytes()).parse_address() else {
        return Vec::new();
    };
    addresses.iter().map(entry).collect()
}

fn entry(addr: &Addr<'_>) -> (Option<String>, String) {
    let name = addr.name.as_deref().map(str::trim);
    let address = addr.address.as_deref().map(str::trim).unwrap_or_default();
    match name {
        // mail-parser gives a lone `<Name>` or a bracketless address as a name.
        Some(name) if address.is_empty() && name.contains('@') && !name.contains(char::is_whitespace) => {
            (None, name.to_owned())
        }
        _ => (name.map(str::to_owned), address.to_owned()),
    }
}

/// Rewrites a value so that it has no encoded words: each becomes a quoted string, or escaped text where it stands
/// inside quotes (against RFC 2047 §5, but common). Decoded commas and brackets so stay part of the name, and no `=?` is
/// left that a parser could trip over.
fn quote_encoded_words(value: &str, tld: Option<&str>) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    let mut state = State::default();
    for piece in pieces(value, tld) {
        match piece {
            Piece::Plain(text) => state.copy(text, &mut out),
            Piece::Decoded(text) => {
                let inside = state.quoted || state.comment;
                if !inside {
                    out.push_str(" \" ");
                }
                for c in text.chars().filter(|c| !turns_text(*c)).map(|c| if c.is_control() { ' ' } else { c }) {
                    if matches!(c, '"' | '\\') || (state.comment && matches!(c, '(' | ')')) {
                        out.push('\\');
                    }
                    out.push(c);
                }
                if !inside {
                    out.push_str("\" ");
                    state.in_entry = true;
                }
            }
        }
    }
    out
}

#[derive(Default)]
struct State {
    quoted: bool,
    comment: bool,
    bracket: bool,
    /// Some text of the current entry was seen.
    in_entry: bool,
    previous: char,
}

impl State {
    fn copy(&mut self, text: &str, out: &mut String) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if self.quoted || self.comment => {
                    out.push(c);
                    out.extend(chars.next());
                    continue;
                }
                '"' if !self.comment => {
                    self.quoted = !self.quoted;
                    out.push(c);
                    // mail-parser joins `Dr "Bob"` without the blank; a blank inside the quotes survives.
                    if self.quoted && self.in_entry && !self.bracket && self.previous.is_whitespace() {
                        out.push(' ');
                    }
                    self.previous = c;
                    continue;
                }
                '(' if !self.quoted => self.comment = true,
                ')' if !self.quoted => self.comment = false,
                '<' if !self.quoted => self.bracket = true,
                '>' if !self.quoted => self.bracket = false,
                '=' if chars.peek() == Some(&'?') => {
                    // A broken encoded word: shown as it is, never decoded again.
                    out.push_str(if self.quoted || self.comment { "\\=" } else { " =" });
                    if !(self.quoted || self.comment) {
                        out.push(' ');
                    }
                    self.previous = c;
                    continue;
                }
                _ => {}
            }
            if !self.quoted {
                if matches!(c, ',' | ';' | ':') {
                    self.in_entry = false;
                } else if !c.is_whitespace() {
                    self.in_entry = true;
                }
            }
            self.previous = c;
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides_and_nothing_that_ends_it() {
        let longest = format!("{}@x.example", "a".repeat(MAX_ADDRESS_BYTES - "@x.example".len()));
        for good in
            ["ann@x.example", "Ann.O'Neil+sales@sub.x.example", "root@localhost", "анна@почта.рф", "a@b", &longest]
        {
            assert!(is_address(good), "{good}");
        }
        let too_long = format!("a{longest}");
        for bad in [
            "",
            "ann",
            "@x.example",
            "ann@",
            "ann@@x.example",
            "ann@x@y.example",
            "ann@.example",
            "ann@x..example",
            "ann@x.",
            "an n@x.example",
            " ann@x.example",
            "ann@x.example\n",
            "Ann <ann@x.example>",
            "ann@x.example,bob@x.example",
            "ann;@x.example",
            "\"ann\"@x.example",
            "ann@x.example\0",
            &too_long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
