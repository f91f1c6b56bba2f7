//! Lists of places in few bytes: each number is written as how far it is from the one before.

/// Where a term occurs.
#[derive(Default)]
pub(super) struct List {
    /// In how many texts: a case counts once for its question and once for its reply.
    pub texts: u32,
    last: u32,
    /// For each case how far its place is from the one before, with two bits that say how often the term is in its question and in its
    /// reply, or that a byte does.
    packed: Vec<u8>,
}

/// The most that is counted of one term in one text.
const MOST_TIMES: usize = 15;

/// How often a term is in a question and in a reply, for what is frequent. All else is written out.
const FREQUENT: [[u8; 2]; 3] = [[1, 0], [0, 1], [1, 1]];

impl List {
    pub fn push(&mut self, place: u32, times: [usize; 2]) {
        self.texts += times.iter().map(|times| u32::from(*times > 0)).sum::<u32>();
        let times = times.map(|times| u8::try_from(times.min(MOST_TIMES)).unwrap_or(u8::MAX));
        self.write(place, times);
    }

    fn write(&mut self, place: u32, times: [u8; 2]) {
        let gap = (place - self.last) << 2;
        self.last = place;
        let code = FREQUENT.iter().position(|frequent| *frequent == times);
        match code.and_then(|code| u32::try_from(code).ok()) {
            Some(code) => pack(&mut self.packed, gap | code),
            None => {
                pack(&mut self.packed, gap | 3);
                self.packed.push(times[0] << 4 | times[1]);
            }
        }
    }

    /// Gives back what memory was kept for growing.
    pub fn settle(&mut self) {
        self.packed.shrink_to_fit();
    }

    /// Takes a case out.
    pub fn forget(&mut self, place: u32) {
        let mut kept = Self { packed: Vec::with_capacity(self.packed.len()), ..Self::default() };
        self.each(|here, times| {
            if here != place {
                kept.texts += times.iter().map(|times| u32::from(*times > 0)).sum::<u32>();
                kept.write(here, times);
            }
        });
        *self = kept;
    }

    pub fn each(&self, mut found: impl FnMut(u32, [u8; 2])) {
        let (mut at, mut place) = (0, 0);
        while at < self.packed.len() {
            let gap = unpack(&self.packed, &mut at);
            place += gap >> 2;
            let times = FREQUENT.get((gap & 3) as usize).copied().unwrap_or_else(|| {
                let times = self.packed.get(at).copied().unwrap_or(0);
                at += 1;
                [times >> 4, times & 15]
            });
            found(place, times);
        }
    }
}

/// Seven bits to a byte, the lowest first.
fn pack(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 128 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8 & 127);
}

pub(super) fn unpack(bytes: &[u8], at: &mut usize) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some(byte) = bytes.get(*at) {
        *at += 1;
        number |= u32::from(byte & 127) << shift;
        if byte & 128 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

pub(super) fn packed_numbers(sorted: &[u32]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(sorted.len() * 2);
    let mut last = 0;
    for number in sorted {
        pack(&mut bytes, number - last);
        last = *number;
    }
    bytes.into_boxed_slice()
}

pub(super) fn packed_language(code: &str) -> [u8; 3] {
    let mut packed = [0; 3];
    packed.iter_mut().zip(code.bytes()).for_each(|(to, from)| *to = from);
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_and_unpacked() {
        let numbers = [0, 1, 127, 128, 300, 70_000, u32::MAX];
        let packed = packed_numbers(&numbers);
        let (mut at, mut number, mut unpacked) = (0, 0, Vec::new());
        while at < packed.len() {
            number += unpack(&packed, &mut at);
            unpacked.push(number);
        }
        assert_eq!(unpacked, numbers);
    }
}
