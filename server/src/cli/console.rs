//! What the commands say, and what they ask for.

use std::{
    io::{BufRead, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::{Context, bail};
use replybook::types::{Problem, RunState, SyncRun};

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

/// Codes are for pages, which have the words for them; here are the words for a terminal.
pub(super) fn explain(problem: Problem) -> anyhow::Error {
    let text = problem.to_string();
    let words = match text.as_str() {
        "password_too_short" => "the password must have at least 10 characters",
        "password_too_long" => "the password is too long",
        "email_taken" => "a user with this address already exists",
        "email_invalid" => "this is not an email address",
        "name_too_long" => "the name is too long: 200 characters at most",
        "access_link_invalid" => "this person has no link that still works",
        "last_admin" => "this is the only admin: make somebody else an admin first",
        "user_not_found" => "there is no user with this address",
        "integration_account_not_found" => "there is no account with this id",
        "addresses_come_from_provider" => "Gmail itself provides the addresses of this mailbox",
        "last_own_address" => "this is the only address: add yours first",
        "mailbox_address_stays" => "this is the address of the mailbox itself: it stays as long as it is connected",
        "address_of_other_account" => "the next address names another account: delete one of the two instead",
        "backfill_already_running" => "older mail of this account is already being fetched",
        "since_in_the_future" => "the date is in the future",
        "account_disabled" => "the account is disabled",
        "account_needs_reconnect" => "reconnect the account first",
        "sync_not_supported_for_provider" => "accounts of this provider cannot be synced",
        other => other,
    };
    anyhow::anyhow!("{words}")
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
    fn the_worst_state_decides() {
        use RunState::{Done, Failed, Partial};
        assert_eq!(exit_code([]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Done, Done]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Partial, Done]), ExitCode::from(PARTIAL));
        assert_eq!(exit_code([Failed, Partial]), ExitCode::FAILURE);
        assert_eq!(exit_code([Partial, Failed]), ExitCode::FAILURE);
    }
}
