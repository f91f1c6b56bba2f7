use proptest::prelude::*;

use crate::labels::{Fingerprint, Wordings};

/// A mark of that many words whose simhash differs from `base` in these bits.
fn mark(base: u64, bits: &[u32], words: u32, exact: u64) -> Fingerprint {
    let simhash = bits.iter().fold(base, |simhash, bit| simhash ^ 1 << (bit % 64));
    format!("1-{simhash:016x}-{exact:016x}-{words:x}").parse().expect("a fingerprint")
}

proptest! {
    /// As a look at all of them would find it.
    #[test]
    fn the_nearest_is_found_wherever_its_bits_differ(
        bases in prop::collection::vec(any::<u64>(), 1..4),
        near in prop::collection::vec((0..4_usize, prop::collection::vec(0..64_u32, 0..14), 6..20_u32, any::<u64>()), 0..40),
        asked in (0..4_usize, prop::collection::vec(0..64_u32, 0..14), 6..20_u32),
    ) {
        let base = |at: usize| bases[at % bases.len()];
        let marks: Vec<Fingerprint> =
            near.iter().map(|(at, bits, words, exact)| mark(base(*at), bits, *words, *exact)).collect();
        let asked = mark(base(asked.0), &asked.1, asked.2, 7);
        let by_looking_at_all =
            marks.iter().filter(|other| asked.near(other)).map(|other| (asked.distance(other), other.to_string())).min();
        let wordings: Wordings = marks.into_iter().collect();
        prop_assert_eq!(wordings.nearest(&asked), by_looking_at_all.map(|(_, name)| name));
    }
}

#[test]
fn nothing_is_near_where_nothing_is() {
    assert_eq!(Wordings::default().nearest(&mark(0, &[], 10, 0)), None);
}
