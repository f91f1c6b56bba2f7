//! Vectors of texts, a signed byte for each dimension. How near two are is a sum of whole numbers: the same on every machine and in every
//! order.

/// The largest number of a component.
const MOST: f32 = 127.0;
/// Bytes of a scale.
const SCALE: usize = 4;

/// The direction of a text, in bytes and their scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    scale: f32,
    parts: Box<[i8]>,
}

impl Vector {
    /// The direction of these numbers, of length one. `None`, where they have none.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let length = numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        if !length.is_normal() {
            return None;
        }
        Self::rounded(numbers.iter().map(|number| (f64::from(*number) / length) as f32).collect())
    }

    /// The mean of two: as near to a third as the two are on average.
    #[must_use]
    pub fn mean(one: &Self, other: &Self) -> Option<Self> {
        if one.parts.len() != other.parts.len() {
            return None;
        }
        let numbers = one.numbers().zip(other.numbers());
        Self::rounded(numbers.map(|(one, other)| f32::midpoint(one, other)).collect())
    }

    fn rounded(numbers: Vec<f32>) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        if !largest.is_normal() {
            return None;
        }
        let scale = largest / MOST;
        let parts = numbers.into_iter().map(|number| (number / scale).round() as i8).collect();
        Some(Self { scale, parts })
    }

    fn numbers(&self) -> impl Iterator<Item = f32> + '_ {
        self.parts.iter().map(|part| f32::from(*part) * self.scale)
    }

    /// How many dimensions it has.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn parts(&self) -> &[i8] {
        &self.parts
    }

    pub(super) fn scale(&self) -> f32 {
        self.scale
    }

    /// As it is stored: the scale, the lowest byte first, then a byte for each dimension.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let parts = self.parts.iter().flat_map(|part| part.to_le_bytes());
        self.scale.to_le_bytes().into_iter().chain(parts).collect()
    }

    /// What [`Self::to_bytes`] made. `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (scale, parts) = bytes.split_first_chunk::<SCALE>()?;
        let scale = f32::from_le_bytes(*scale);
        let is_sound = scale.is_normal() && scale > 0.0 && !parts.is_empty();
        is_sound.then(|| Self { scale, parts: parts.iter().map(|part| part.cast_signed()).collect() })
    }
}

/// The parts of a vector that many others are held against.
pub(super) struct Sought {
    scale: f32,
    /// Wider, so that each product needs no widening of its own.
    parts: Vec<i16>,
}

impl Sought {
    pub fn new(vector: &Vector) -> Self {
        Self { scale: vector.scale, parts: vector.parts.iter().map(|part| i16::from(*part)).collect() }
    }

    pub fn dimension(&self) -> usize {
        self.parts.len()
    }

    /// How near another vector is, in millionths: a million where it is the same direction of length one.
    pub fn nearness(&self, parts: &[i8], scale: f32) -> i64 {
        let product = dot(&self.parts, parts);
        (f64::from(product) * f64::from(self.scale) * f64::from(scale) * 1e6).round() as i64
    }
}

/// Written so that the compiler makes several products at a time. No sum overflows below 130,000 dimensions.
fn dot(sought: &[i16], parts: &[i8]) -> i32 {
    sought.iter().zip(parts).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum()
}

/// The vectors of a shelf, one for each place, in one piece of memory.
#[derive(Default)]
pub(super) struct Row {
    dimension: usize,
    parts: Vec<i8>,
    /// 0: none at this place.
    scales: Vec<f32>,
}

impl Row {
    /// Puts a vector to a place, or takes away what is there. One of another length than the first is left out.
    pub fn set(&mut self, place: usize, vector: Option<&Vector>) {
        let Some(vector) = vector else {
            if let Some(scale) = self.scales.get_mut(place) {
                *scale = 0.0;
            }
            return;
        };
        if self.dimension == 0 {
            self.dimension = vector.dimension();
        }
        if vector.dimension() != self.dimension {
            return self.set(place, None);
        }
        if self.scales.len() <= place {
            self.scales.resize(place + 1, 0.0);
            self.parts.resize((place + 1) * self.dimension, 0);
        }
        self.scales[place] = vector.scale();
        self.parts[place * self.dimension..][..self.dimension].copy_from_slice(vector.parts());
    }

    /// How near what stands at each place is.
    pub fn each(&self, sought: &Sought, mut found: impl FnMut(usize, i64)) {
        if self.dimension == 0 || sought.dimension() != self.dimension {
            return;
        }
        for (place, (parts, scale)) in self.parts.chunks_exact(self.dimension).zip(&self.scales).enumerate() {
            if *scale > 0.0 {
                found(place, sought.nearness(parts, *scale));
            }
        }
    }

    pub fn settle(&mut self) {
        self.parts.shrink_to_fit();
        self.scales.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nearness(one: &Vector, other: &Vector) -> i64 {
        Sought::new(one).nearness(other.parts(), other.scale())
    }

    fn cosine(one: &[f32], other: &[f32]) -> f64 {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        product(one, other) / (product(one, one) * product(other, other)).sqrt()
    }

    proptest! {
        #[test]
        fn bytes_lose_little(numbers in proptest::collection::vec(-1.0_f32..1.0, 2 * 384)) {
            let (one, other) = numbers.split_at(384);
            let (Some(a), Some(b)) = (Vector::of(one), Vector::of(other)) else { return Ok(()) };
            // Each part is off by half its scale at most: what that makes together, for two vectors of length one.
            let off = |vector: &Vector| f64::from(vector.scale()) / 2.0 * (vector.dimension() as f64).sqrt();
            let bound = off(&a) + off(&b) + off(&a) * off(&b) + 1e-5;
            let told = nearness(&a, &b) as f64 / 1e6;
            prop_assert!((told - cosine(one, other)).abs() <= bound, "{told} {} {bound}", cosine(one, other));
            prop_assert!(bound < 0.03);
            prop_assert_eq!(nearness(&a, &b), nearness(&b, &a));
        }

        #[test]
        fn what_is_stored_comes_back(numbers in proptest::collection::vec(-1e3_f32..1e3, 1..99)) {
            if let Some(vector) = Vector::of(&numbers) {
                prop_assert_eq!(Vector::from_bytes(&vector.to_bytes()), Some(vector));
            }
        }

        #[test]
        fn the_mean_is_as_near_as_both_on_average(numbers in proptest::collection::vec(-1.0_f32..1.0, 3 * 64)) {
            let vectors: Vec<Vector> = numbers.chunks(64).filter_map(Vector::of).collect();
            let [one, other, third] = vectors.as_slice() else { return Ok(()) };
            if let Some(mean) = Vector::mean(one, other) {
                let average = (nearness(one, third) + nearness(other, third)) / 2;
                prop_assert!((nearness(&mean, third) - average).abs() < 30_000);
            }
        }
    }

    #[test]
    fn what_has_no_direction_is_no_vector() {
        assert_eq!(Vector::of(&[0.0, 0.0]), None);
        assert_eq!(Vector::of(&[f32::NAN, 1.0]), None);
        assert_eq!(Vector::of(&[]), None);
        let (one, back) = (Vector::of(&[3.0, 4.0]).expect("one"), Vector::of(&[-3.0, -4.0]).expect("one"));
        assert_eq!((nearness(&one, &one) + 5_000) / 10_000, 100);
        assert_eq!(nearness(&one, &one), -nearness(&one, &back));
        assert_eq!(Vector::mean(&one, &back), None);
        assert_eq!(Vector::mean(&one, &Vector::of(&[1.0]).expect("one")), None);
    }

    #[test]
    fn bytes_that_are_no_vector_are_refused() {
        for bytes in [&[][..], &[0, 0, 0, 0, 1], &[0, 0, 128, 127, 1], &[0, 0, 128, 191, 1], &[0, 0, 128, 63]] {
            assert_eq!(Vector::from_bytes(bytes), None, "{bytes:?}");
        }
        assert!(Vector::from_bytes(&[0, 0, 128, 63, 1]).is_some());
    }

    #[test]
    fn a_row_has_what_was_put_there_last() {
        let vector = |numbers: &[f32]| Vector::of(numbers).expect("one");
        let mut row = Row::default();
        row.set(3, None);
        row.set(2, Some(&vector(&[1.0, 0.0])));
        row.set(0, Some(&vector(&[0.0, 1.0])));
        row.set(1, Some(&vector(&[1.0, 1.0, 1.0])));
        let near = |row: &Row, sought: &[f32]| {
            let mut near = Vec::new();
            row.each(&Sought::new(&vector(sought)), |place, nearness| near.push((place, nearness / 10_000)));
            near
        };
        assert_eq!(near(&row, &[1.0, 0.0]), [(0, 0), (2, 100)]);
        row.set(2, Some(&vector(&[-1.0, 0.0])));
        row.set(0, None);
        assert_eq!(near(&row, &[1.0, 0.0]), [(2, -100)]);
        assert_eq!(near(&row, &[1.0]), []);
    }
}
