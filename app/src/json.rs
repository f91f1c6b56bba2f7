//! How server functions answer: as JSON that is read from text. Leptos reads its resources from text as well, so a browser
//! downloads one reader for each type instead of two.

use std::fmt;

use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// The output of server functions: `#[server(output = Json)]`.
pub type Json = Post<JsonText>;

/// JSON as text (RFC 8259: always UTF-8).
pub struct JsonText;

/// An answer that is no JSON of the expected kind.
#[derive(Debug)]
pub struct NotReadable;

impl fmt::Display for NotReadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not JSON of the expected kind")
    }
}

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = NotReadable;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(|_| NotReadable)?;
        serde_json::from_str(text).map_err(|_| NotReadable)
    }
}

/// What an island begins with. The server writes it into the page. Leptos would write it in browsers as well, for nobody: so they need
/// no writer for each type.
#[derive(Debug, Clone)]
pub struct Given<T>(pub T);

impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if cfg!(feature = "ssr") { self.0.serialize(serializer) } else { serializer.serialize_unit() }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let written = <JsonText as Encodes<Vec<String>>>::encode(&vec!["ж".to_owned()]).expect("a list is JSON");
        assert_eq!(JsonText::decode(written).ok(), Some(vec!["ж".to_owned()]));
        let broken: Result<Vec<String>, NotReadable> = JsonText::decode(Bytes::from_static(b"\"\xff\""));
        assert!(broken.is_err());
    }
}
