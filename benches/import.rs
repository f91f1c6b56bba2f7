//! What importing a file costs us, and whether it grows with what is there: the whole pipeline (read, parse, thread, clean, store,
//! pair, group) of an mbox. `make bench-import` runs it; docs/SYNC.md says what it measured.
//!
//! Usage: `import MESSAGES`. On a fresh SQLite file, or, where `TEST_POSTGRES_URL` names a cluster, on a fresh PostgreSQL database
//! (its own work is not counted).

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod measure;
#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use chrono::TimeDelta;
use measure::{cpu_seconds, megabytes};
use replybook::{
    Domain, import,
    types::{RunState, SyncRun},
};
use support::{TestDb, noon, on_one_database};

const US: &str = "us@fernhill.example";
/// Wordings that we send again and again. Two replies of five are written for their one letter.
const TEMPLATES: u64 = 2_000;
/// Words that texts are made of.
const VOCABULARY: u64 = 20_000;

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Few words often, many words seldom, as in any language.
    fn text(&mut self, words: u64) -> String {
        let mut text = String::new();
        for at in 0..words {
            let (a, b) = (self.below(VOCABULARY), self.below(VOCABULARY));
            text.push_str(&format!("w{:x}", a * b / VOCABULARY));
            text.push(if at % 12 == 11 { '\n' } else { ' ' });
        }
        text
    }
}

/// Writes letters and our replies to them, one after the other.
fn write_file(path: &Path, messages: u64) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut random = Random(1);
    let start = noon() - TimeDelta::days(900);
    for pair in 0..messages / 2 {
        let letter = random.text(150);
        let reply = match random.below(5) {
            0..3 => Random(1_000_003 * (1 + random.below(TEMPLATES))).text(90),
            _ => random.text(90),
        };
        for (number, from, to, text) in [
            (0, format!("c{pair}@x.example"), US.to_owned(), &letter),
            (1, US.to_owned(), format!("c{pair}@x.example"), &reply),
        ] {
            let at = start + TimeDelta::minutes(i64::try_from(pair * 3 + number).unwrap_or(0));
            let (subject, answer) = match number {
                0 => ("", String::new()),
                _ => ("Re: ", format!("In-Reply-To: <{pair}-0@x.example>\n")),
            };
            write!(
                file,
                "From {from} {}\nFrom: {from}\nTo: {to}\nSubject: {subject}Letter {pair}\nDate: {}\n\
                 Message-ID: <{pair}-{number}@x.example>\n{answer}\n{text}\n\n",
                at.format("%a %b %e %H:%M:%S %Y"),
                at.to_rfc2822(),
            )?;
        }
    }
    file.flush()
}

async fn measure(db: TestDb, messages: u64) {
    let path = db.folder().join("bench.mbox");
    write_file(&path, messages).expect("the file can be written");
    let d = Domain::open(db.settings(&[])).await.expect("the domain opens");
    let backend = d.store.backend();
    let started = cpu_seconds();
    let (mut cpu, mut done, mut next) = (started, 0, messages / 10);
    println!("{backend}: messages, milliseconds of CPU for each since the line before, megabytes now and at most");
    let line = |run: &SyncRun, cpu: &mut f64, done: &mut i32| {
        let now = cpu_seconds();
        let each = (now - *cpu) * 1_000.0 / f64::from((run.messages_fetched - *done).max(1));
        println!("{:>10} {each:>8.3} {:>8.0} {:>8.0}", run.messages_fetched, megabytes("VmRSS"), megabytes("VmHWM"));
        (*cpu, *done) = (now, run.messages_fetched);
    };
    let run = import::import_file(&d, &path, US, |run| {
        if u64::try_from(run.messages_fetched).is_ok_and(|fetched| fetched >= next) {
            next = u64::try_from(run.messages_fetched).unwrap_or(0) + messages / 10;
            line(run, &mut cpu, &mut done);
        }
    });
    let run = run.await.expect("the import runs");
    assert_eq!((run.state, &run.errors), (RunState::Done, &Vec::new()), "a bench of an import that works");
    let each = (cpu_seconds() - started) * 1_000.0 / f64::from(run.messages_fetched.max(1));
    println!(
        "{} messages, {} pairs, {backend}: {each:.3} ms of CPU each, {:.0} MB at most",
        run.messages_fetched,
        run.pairs_created,
        megabytes("VmHWM")
    );
    d.shutdown().await;
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(Ok(messages)) = arguments.first().map(|number| number.parse()) else {
        println!("usage: import MESSAGES (see make bench-import)");
        return;
    };
    on_one_database(|db| measure(db, messages)).await;
}
