//! Many wordings, to find the one that is nearest to another without a look at all of them.
//!
//! Marks that differ in ten bits at most differ in two at most in one of four bands of sixteen bits (the pigeonhole principle;
//! Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index Hashing). So whatever is near shares a band up to two bits:
//! 548 places to look at, however many wordings there are.

use super::fingerprint::{Fingerprint, MAX_DISTANCE};

const BANDS: u32 = 4;
const BAND_BITS: u32 = u64::BITS / BANDS;
/// In one band at least no more bits differ between near marks.
const MAX_IN_BAND: u32 = MAX_DISTANCE / BANDS;
/// No wording follows in this place.
const NONE: u32 = u32::MAX;

/// Wordings by the bands of their marks. Memory: 1 MB, and 40 bytes for each.
#[derive(Debug)]
pub struct Wordings {
    marks: Vec<Fingerprint>,
    /// By band and its bits: the wording that came last. Empty until there is one.
    last: Vec<u32>,
    /// By wording and band: the one before it in the same place.
    before: Vec<[u32; BANDS as usize]>,
    /// What is added to the bits of a band to come to the places nearby, the place itself first.
    steps: Vec<u16>,
}

impl Default for Wordings {
    fn default() -> Self {
        let steps = (0..=u16::MAX).filter(|step| step.count_ones() <= MAX_IN_BAND).collect();
        Self { marks: Vec::new(), last: Vec::new(), before: Vec::new(), steps }
    }
}

/// Where a mark stands in a band.
fn place(mark: &Fingerprint, band: u32, step: u16) -> usize {
    let bits = (mark.simhash() >> (band * BAND_BITS)) as u16 ^ step;
    (band as usize) << BAND_BITS | usize::from(bits)
}

impl Wordings {
    /// Adds a wording. Four thousand million can be told apart; more are not found.
    pub fn add(&mut self, mark: Fingerprint) {
        let Some(number) = u32::try_from(self.marks.len()).ok().filter(|number| *number != NONE) else { return };
        if self.last.is_empty() {
            self.last = vec![NONE; (BANDS as usize) << BAND_BITS];
        }
        let mut before = [NONE; BANDS as usize];
        for (band, before) in (0..).zip(&mut before) {
            *before = std::mem::replace(&mut self.last[place(&mark, band, 0)], number);
        }
        self.before.push(before);
        self.marks.push(mark);
    }

    /// The one that is near and differs least; of equals the first by name.
    pub fn nearest(&self, mark: &Fingerprint) -> Option<String> {
        if self.last.is_empty() {
            return None;
        }
        let mut nearest: Option<(u32, String)> = None;
        for band in 0..BANDS {
            for step in &self.steps {
                let mut at = self.last[place(mark, band, *step)];
                while let Some(other) = self.marks.get(at as usize) {
                    let distance = mark.distance(other);
                    let may_be = nearest.as_ref().is_none_or(|(least, _)| distance <= *least);
                    if may_be && mark.near(other) {
                        let found = (distance, other.to_string());
                        if nearest.as_ref().is_none_or(|nearest| found < *nearest) {
                            nearest = Some(found);
                        }
                    }
                    at = self.before[at as usize][band as usize];
                }
            }
        }
        nearest.map(|(_, name)| name)
    }
}

impl FromIterator<Fingerprint> for Wordings {
    fn from_iter<I: IntoIterator<Item = Fingerprint>>(marks: I) -> Self {
        let mut wordings = Self::default();
        marks.into_iter().for_each(|mark| wordings.add(mark));
        wordings
    }
}
