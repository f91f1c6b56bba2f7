//! Addresses of pages: a path and its query, written the same way on the server and in the browser.

/// A path with a query that grows by what is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    text: String,
    has_query: bool,
}

impl Address {
    /// The path without a query.
    pub(crate) fn new(path: &str) -> Self {
        Self { text: path.to_owned(), has_query: false }
    }

    /// The same with one more parameter, if it has a value.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.text.push(if self.has_query { '&' } else { '?' });
            self.has_query = true;
            self.text.push_str(key);
            self.text.push('=');
            push_escaped(&mut self.text, value.as_ref());
        }
        self
    }

    /// The address as text.
    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 §2.3).
fn push_escaped(text: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_absent_ones_left_out() {
        let address = Address::new("/x").with("a", None::<&str>).with("b", Some("ж & =")).with("c", Some("1-2_3.~"));
        assert_eq!(address.into_string(), "/x?b=%D0%B6%20%26%20%3D&c=1-2_3.~");
    }
}
