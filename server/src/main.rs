//! `replybook`, the program.

use std::process::ExitCode;

use clap::Parser;
use replybook_server::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
