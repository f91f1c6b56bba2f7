//! Lists whose length whoever writes a mail chooses: of a stored one no more is read than somebody needs.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};

/// The first texts of a stored list, at most so many of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Few<const MOST: usize> {
    pub(super) first: Vec<String>,
    /// How many more there are.
    pub(super) left_out: usize,
}

impl<'de, const MOST: usize> Deserialize<'de> for Few<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<const MOST: usize>;

        impl<'de, const MOST: usize> Visitor<'de> for Reader<MOST> {
            type Value = Few<MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut few = Few::default();
                while few.first.len() < MOST {
                    let Some(text) = list.next_element()? else { return Ok(few) };
                    few.first.push(text);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    few.left_out += 1;
                }
                Ok(few)
            }
        }

        deserializer.deserialize_seq(Reader::<MOST>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_read_and_the_others_counted() {
        let read =
            |json: &str| serde_json::from_str::<Few<2>>(json).ok().map(|few| (few.first.join(" "), few.left_out));
        assert_eq!(read("[]"), Some((String::new(), 0)));
        assert_eq!(read(r#"["a", "b"]"#), Some(("a b".to_owned(), 0)));
        assert_eq!(read(r#"["a", "b", "c", "d"]"#), Some(("a b".to_owned(), 2)));
        assert_eq!(read("[1]"), None);
    }
}
