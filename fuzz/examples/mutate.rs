//! `mutate FOLDER INPUTS`: runs that many mutations of the inputs in `FOLDER/<target>/` (as `seeds` wrote them) and says which
//! took the most CPU time and memory. A benchmark and no test: its numbers are of the machine that it ran on. It fails when an
//! input panics, takes more than [`LIMIT`], or more memory than [`MEMORY`]; that input is then kept in FOLDER.

use std::fs;
use std::io;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use replybook_fuzz::{LIMIT, Target, Watch};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that one input may have allocated at a time.
const MEMORY: usize = 64 * 1024 * 1024;
/// A mutated input is at most this long, about a hundred times a usual mail: some mutations repeat a piece many times.
const MAX_LEN: usize = 128 * 1024;

/// Bytes that mean something to one reader or another.
const TELLING: &[u8] = b"\n <>&=-:;\"'\\/\0\xff\x1b{}()?*%@";

const TARGETS: [(&str, Target); 6] = [
    ("rfc822", replybook_fuzz::rfc822),
    ("clean", replybook_fuzz::clean),
    ("tnef", replybook_fuzz::tnef),
    ("gmail", replybook_fuzz::gmail),
    ("mbox", replybook_fuzz::mbox),
    ("html", replybook_fuzz::html),
];

/// What was seen of one target.
#[derive(Default)]
struct Seen {
    inputs: u32,
    longest: usize,
    time: Duration,
    slowest: (Duration, Vec<u8>),
    memory: usize,
    wrong: u32,
}

fn main() -> io::Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(inputs)) = (args.next(), args.next().and_then(|inputs| inputs.parse::<u64>().ok())) else {
        return Err(io::Error::other("say which inputs and how many mutations of them: mutate FOLDER INPUTS"));
    };
    let folder = Path::new(&folder);
    println!("| target | inputs | longest, kB | mean, µs of CPU time | slowest, ms | most memory, MB | wrong |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut wrong = 0;
    for (share, (name, run)) in TARGETS.into_iter().enumerate() {
        let seeds = read(&folder.join(name))?;
        // The parser and the cleaner get a third each, the others the rest.
        let count = if share < 2 { inputs.div_ceil(3) } else { inputs.div_ceil(12) };
        let mut seen = Seen::default();
        for number in 0..count {
            let input = mutated(&seeds, &mut Random(Random(number).next()));
            seen.take(run, &input, &folder.join(format!("wrong-{name}-{number}")))?;
        }
        wrong += seen.print(name, &folder.join(format!("slowest-{name}")))?;
    }
    // As they are: a piece again and again, which a pass that is not linear chokes on.
    for (name, run) in [("clean", replybook_fuzz::clean as Target), ("html", replybook_fuzz::html)] {
        let mut seen = Seen::default();
        for (number, input) in read(&folder.join(format!("repeated-{name}")))?.iter().enumerate() {
            seen.take(run, input, &folder.join(format!("wrong-repeated-{name}-{number}")))?;
        }
        wrong += seen.print(&format!("{name}, repeated"), &folder.join(format!("slowest-repeated-{name}")))?;
    }
    Ok(if wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The files of a folder, in order.
fn read(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(fs::read).collect()
}

impl Seen {
    /// Runs one input; keeps it at `path` when it is wrong.
    fn take(&mut self, run: Target, input: &[u8], path: &Path) -> io::Result<()> {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let taken = catch_unwind(|| {
            let mut watch = Watch::default();
            run(&mut watch, input);
            watch.longest
        });
        let memory = ALLOCATOR.peak_usage().saturating_sub(before);
        self.inputs += 1;
        self.longest = self.longest.max(input.len());
        self.memory = self.memory.max(memory);
        if memory >= MEMORY || taken.as_ref().map_or(true, |taken| *taken >= LIMIT) {
            self.wrong += 1;
            fs::write(path, input)?;
            eprintln!("{} is wrong: {taken:?}, {memory} bytes of memory", path.display());
        }
        if let Ok(taken) = taken {
            self.time += taken;
            if taken > self.slowest.0 {
                self.slowest = (taken, input.to_vec());
            }
        }
        Ok(())
    }

    /// Prints a line of the table and keeps the slowest input at `path`. Gives the number of wrong ones.
    fn print(self, name: &str, path: &Path) -> io::Result<u32> {
        let (slowest, input) = self.slowest;
        fs::write(path, input)?;
        println!(
            "| {name} | {} | {} | {} | {:.1} | {:.1} | {} |",
            self.inputs,
            self.longest / 1000,
            self.time.as_micros() / u128::from(self.inputs.max(1)),
            slowest.as_secs_f64() * 1000.0,
            self.memory as f64 / 1e6,
            self.wrong
        );
        Ok(self.wrong)
    }
}

/// SplitMix64: the same inputs in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or_default()
    }

    /// A run of bytes of `data`, short more often than long.
    fn piece<'d>(&mut self, data: &'d [u8]) -> &'d [u8] {
        let start = self.below(data.len() + 1);
        let longest = 1 << self.below(14);
        let len = self.below(longest.min(data.len() - start) + 1);
        &data[start..start + len]
    }
}

/// One to sixteen edits of one of the seeds.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(16) {
        let at = random.below(data.len() + 1);
        match random.below(8) {
            0 => data.insert(at, random.next() as u8),
            1 if at < data.len() => data[at] ^= 1 << random.below(8),
            2 if at < data.len() => data[at] = TELLING[random.below(TELLING.len())],
            3 => {
                let len = random.piece(&data).len().min(data.len() - at);
                data.drain(at..at + len);
            }
            4 => {
                let piece = random.piece(&data).to_vec();
                data.splice(at..at, piece);
            }
            5 => {
                let other = random.below(seeds.len());
                let piece = random.piece(&seeds[other]).to_vec();
                data.splice(at..at, piece);
            }
            6 => data.truncate(at),
            // The same again and again: what a pass that is not linear chokes on. Rarely, as it makes the input long.
            _ if random.below(4) == 0 => {
                let piece = random.piece(&data).to_vec();
                let times = (1 << random.below(17)).min(MAX_LEN / piece.len().max(1));
                data.splice(at..at, piece.repeat(times));
            }
            _ => {}
        }
    }
    data.truncate(MAX_LEN);
    data
}
