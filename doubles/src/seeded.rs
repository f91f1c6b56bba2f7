//! Numbers that look random and are a function of what they are asked for: the same seed gives the same mailbox, the same
//! faults, whatever the order of the calls.

/// SplitMix64's finaliser (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A stream of numbers that belongs to a seed and a place.
#[derive(Debug, Clone)]
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64, place: &[u64]) -> Self {
        Self(place.iter().fold(mix(seed), |state, number| mix(state ^ mix(*number))))
    }

    /// The same for a place that has a name.
    pub(crate) fn named(seed: u64, name: &str, number: u64) -> Self {
        // FNV-1a.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self::new(seed, &[hash, number])
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    /// A number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn one_of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap_or(0)]
    }

    /// Whether something happens that happens in `share` of all cases.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        // 53 bits: as many as a float holds exactly.
        ((self.next() >> 11) as f64) < share * (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_kept() {
        let hits = (0..10_000).filter(|number| Seeded::new(7, &[*number]).happens(0.05)).count();
        assert!((400..600).contains(&hits), "{hits} of 10,000");
        assert_eq!(Seeded::named(1, "/messages/a", 2).next(), Seeded::named(1, "/messages/a", 2).next());
        assert_ne!(Seeded::named(1, "/messages/a", 2).next(), Seeded::named(1, "/messages/a", 3).next());
    }
}
