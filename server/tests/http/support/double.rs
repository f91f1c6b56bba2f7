//! Starting the doubles of `end2end/doubles`, which stand in for services of others.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// Starts `end2end/doubles/SCRIPT`, which needs an npm package, and reads what it says of itself: a line of JSON. It ends when its
/// standard input closes.
pub fn start(script: &str, package: &str) -> (Child, Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end");
    let is_installed = root.join("node_modules").join(package).is_dir();
    assert!(is_installed, "{package} is not installed: run `npm ci --prefix end2end`");
    let mut process = Command::new("node")
        .arg(root.join("doubles").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut line = String::new();
    let output = process.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("the double says where it listens");
    let facts = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{script} did not start ({error}): {line}"));
    (process, facts)
}
