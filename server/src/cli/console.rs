//! What the commands say, and what they ask for.

use std::{
    io::{BufRead, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::{Context, anyhow, bail};
use replybook::types::{ConflictCode, InvalidCode, NotFoundCode, Problem, RunState, SyncRun};
use replybook_app::{prefs::Lang, problems};

use super::PARTIAL;

pub(super) fn run_line(run: &SyncRun) -> String {
    format!(
        "{}{}: {} read, {} stored, {} set aside, {} pairs created, {} skipped",
        run.state,
        if run.found_no_pairs { ", no pairs found" } else { "" },
        run.messages_fetched,
        run.messages_upserted,
        run.messages_failed,
        run.pairs_created,
        run.pairs_skipped
    )
}

pub(super) fn say_errors(run: &SyncRun) -> anyhow::Result<()> {
    for error in &run.errors {
        say(&format!("  {error}"))?;
    }
    let unnamed = usize::try_from(run.errors_total).unwrap_or_default().saturating_sub(run.errors.len());
    if unnamed > 0 {
        say(&format!("  and {unnamed} more"))?;
    }
    Ok(())
}

/// The worst of the states decides.
pub(super) fn exit_code(states: impl IntoIterator<Item = RunState>) -> ExitCode {
    states.into_iter().fold(ExitCode::SUCCESS, |worst, state| match state {
        RunState::Done => worst,
        RunState::Partial if worst != ExitCode::FAILURE => ExitCode::from(PARTIAL),
        RunState::Partial => worst,
        RunState::Queued
        | RunState::Running
        | RunState::Paused
        | RunState::Failed
        | RunState::Interrupted
        | RunState::Cancelled => ExitCode::FAILURE,
    })
}

/// A problem in words. Those of the pages are for people who look at one; where a terminal has to say it otherwise, it does here.
pub(super) fn explain(problem: Problem) -> anyhow::Error {
    let words = match &problem {
        Problem::NotFound { code: NotFoundCode::AccessLink } => "this person has no link that still works",
        Problem::NotFound { code: NotFoundCode::User } => "there is no user with this address",
        Problem::NotFound { code: NotFoundCode::Account } => "there is no account with this id",
        Problem::Conflict { code: ConflictCode::LastAdmin } => {
            "this is the only admin: make somebody else an admin first"
        }
        Problem::Conflict { code: ConflictCode::BackfillOpen } => "older mail of this account is already being fetched",
        Problem::Invalid { code, .. } => match code {
            InvalidCode::PasswordTooShort => "the password must have at least 10 characters",
            InvalidCode::PasswordTooLong => "the password is too long",
            InvalidCode::EmailTaken => "a user with this address already exists",
            InvalidCode::EmailInvalid => "this is not an email address",
            InvalidCode::NameTooLong => "the name is too long: 200 characters at most",
            InvalidCode::SinceInFuture => "the date is in the future",
            InvalidCode::AccountDisabled => "the account is disabled",
            InvalidCode::NeedsReconnect => "reconnect the account first",
            InvalidCode::SyncUnsupported => "accounts of this provider cannot be synced",
            // A sentence that names the option.
            _ => return anyhow!("{problem}"),
        },
        problem => return anyhow!("{}", problems::text(problem, Lang::En)),
    };
    anyhow!("{words}")
}

/// The first line of standard input; from a terminal, asked for twice and not shown.
pub(super) fn new_password() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let password = rpassword::prompt_password("New password: ")?;
        if rpassword::prompt_password("Again: ")? != password {
            bail!("the two passwords differ");
        }
        return Ok(password);
    }
    password_of("")
}

/// The first line of standard input; from a terminal, asked for and not shown.
pub(super) fn password_of(prompt: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).context("the password could not be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("no password on standard input");
    }
    Ok(password.to_owned())
}

/// Asks whether to go on.
///
/// # Errors
/// When nobody is there to be asked.
pub(super) fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing was changed: use --yes to go on without confirmation");
    }
    say(question)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let is_yes = answer.trim().eq_ignore_ascii_case("y");
    if !is_yes {
        say("nothing was changed")?;
    }
    Ok(is_yes)
}

/// One line on standard output.
pub(super) fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_problem_is_told_by_its_code_alone() {
        let codes = NotFoundCode::ALL.iter().map(|code| Problem::not_found(*code));
        let problems = codes.chain(ConflictCode::ALL.iter().map(|code| Problem::conflict(*code)));
        for problem in problems.chain([Problem::StorageFull, Problem::invalid("account", InvalidCode::NeedsReconnect)])
        {
            let said = explain(problem).to_string();
            assert!(said.contains(' ') && !said.contains('_'), "{said}");
        }
    }

    #[test]
    fn the_worst_state_decides() {
        use RunState::{Done, Failed, Partial};
        assert_eq!(exit_code([]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Done, Done]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Partial, Done]), ExitCode::from(PARTIAL));
        assert_eq!(exit_code([Failed, Partial]), ExitCode::FAILURE);
        assert_eq!(exit_code([Partial, Failed]), ExitCode::FAILURE);
    }
}
