//! What reads files: an import, and the tools that look at mail without a database.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use replybook::{Domain, import, tools, types::SyncRun};

use super::{
    PARTIAL,
    console::{exit_code, run_line, say, say_errors},
};

/// `replybook clean`
pub(super) fn clean_lines() -> anyhow::Result<ExitCode> {
    let mut complaints = std::io::stderr();
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    let report = tools::clean_lines(std::io::stdin().lock(), output, |text| {
        // Where standard error is closed there is nobody left to tell; the exit code still says it.
        let _unheard = writeln!(complaints, "{text}");
    })?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

/// `replybook parse`
pub(super) fn parse_file(file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report = tools::parse_message(&bytes).map_err(anyhow::Error::msg).context(file.display().to_string())?;
    say(&serde_json::to_string_pretty(&report)?)
}

/// `replybook import`
pub(super) async fn import_file(domain: &Arc<Domain>, file: &Path, as_address: &str) -> anyhow::Result<ExitCode> {
    let is_watched = std::io::stderr().is_terminal();
    let progress = |run: &SyncRun| {
        if is_watched {
            let percent = run.percent().map(|percent| format!("{percent} %, ")).unwrap_or_default();
            // Progress that cannot be shown is no reason to stop.
            let _unseen = write!(std::io::stderr(), "\r{percent}{} messages ", run.messages_fetched);
        }
    };
    let run = import::import_file(domain, file, as_address, progress).await?;
    if is_watched {
        writeln!(std::io::stderr())?;
    }
    say(&run_line(&run))?;
    say_errors(&run)?;
    Ok(exit_code([run.state]))
}
