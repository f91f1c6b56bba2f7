//! What reads files: an import, and the tools that look at mail without a database.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use replybook::{
    Domain, import, tools,
    types::{InvalidCode, Problem, RunState, SyncRun},
};

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
    let bytes = std::fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
    let report = tools::parse_message(&bytes).map_err(anyhow::Error::msg).context(file.display().to_string())?;
    say(&serde_json::to_string_pretty(&report)?)
}

/// What can be done about addresses that cannot be used.
fn advise(problem: Problem) -> anyhow::Error {
    let advice = match &problem {
        Problem::Invalid { code: InvalidCode::OwnAddressUnseen { .. }, .. } => {
            "name another one with --as, or import the file anyway with --anyway"
        }
        Problem::Invalid { code: InvalidCode::OwnAddressMissing, .. } => {
            "the file does not show which address is yours: name it with --as"
        }
        _ => return problem.into(),
    };
    anyhow::anyhow!("{problem}\n{advice}")
}

/// `replybook import`
pub(super) async fn import_file(
    domain: &Arc<Domain>,
    file: &Path,
    as_address: &str,
    anyway: bool,
) -> anyhow::Result<ExitCode> {
    let ours = import::addresses_of(domain, file.to_owned(), as_address, anyway).await.map_err(advise)?.join(",");
    if as_address.is_empty() {
        say(&format!("your addresses in this file: {ours}"))?;
    }
    let is_watched = std::io::stderr().is_terminal();
    let progress = |run: &SyncRun| {
        if is_watched {
            let percent = run.percent().map(|percent| format!("{percent} %, ")).unwrap_or_default();
            // Progress that cannot be shown is no reason to stop.
            let _unseen = write!(std::io::stderr(), "\r{percent}{} messages ", run.messages_fetched);
        }
    };
    let run = import::import_file(domain, file, &ours, progress).await?;
    if is_watched {
        writeln!(std::io::stderr())?;
    }
    say(&run_line(&run))?;
    say_errors(&run)?;
    if run.found_no_pairs {
        say(&format!(
            "probably your replies come from another address: add it with `replybook addresses --account {} --add ADDRESS`",
            run.account_id
        ))?;
    }
    if let Some(there) = &run.pairs_in {
        say(&format!(
            "conversations in this file that another mailbox has as well, with their pairs: {}, in {} (account {})",
            there.threads, there.account_name, there.account_id
        ))?;
    }
    let state = if run.found_no_pairs && run.state == RunState::Done { RunState::Partial } else { run.state };
    Ok(exit_code([state]))
}
