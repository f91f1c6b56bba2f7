//! The codes by which the domain says that something is not there, or cannot be done now. They are part of the API: see
//! `docs/API.md`.

use super::text_enum::text_enum;

text_enum! {
    /// What is not there: `code` of [`super::Problem::NotFound`].
    NotFoundCode("not-found code") {
        Account = "integration_account_not_found",
        Run = "sync_run_not_found",
        Failure = "sync_failure_not_found",
        Pair = "ai_email_pair_not_found",
        PairGroup = "ai_email_pair_group_not_found",
        Thread = "email_thread_not_found",
        Message = "email_message_not_found",
        /// The message is here and has no HTML.
        MessageHtml = "email_message_has_no_html",
        Attachment = "attachment_not_found",
        /// An attachment that is no picture a browser may show.
        Picture = "attachment_is_no_picture",
        ApiToken = "api_token_not_found",
        User = "user_not_found",
        Job = "job_not_found",
        /// Nothing lives at an address.
        Page = "not_found",
        /// The one-time link of the first admin was used, or is no longer the present one.
        SetupLink = "setup_link_invalid",
    }
}

text_enum! {
    /// Why something cannot be done now: `code` of [`super::Problem::Conflict`].
    ConflictCode("conflict code") {
        SyncRunning = "sync_already_running",
        BackfillOpen = "backfill_already_running",
        /// The sync was cancelled before it began.
        SyncCancelled = "sync_cancelled",
        MonitorStopped = "monitor_stopped",
        /// Nobody would do what was asked for.
        NoWorker = "no_worker",
        RunOver = "run_is_over",
        /// A sync is too short to be paused.
        RunCannotPause = "run_cannot_pause",
        /// The mail of a pair says something else by now.
        PairDiffers = "pair_differs_from_mail",
        /// The mail no longer makes this pair.
        MailMakesNoPair = "mail_makes_no_pair",
        /// Not just as many pairs are undecided as the reviewer was told.
        GroupChanged = "pair_group_changed",
        JobRunning = "job_is_running",
        /// The bytes of an attachment are not here, and its provider wants a person first.
        NeedsReconnect = "account_needs_reconnect",
        AttachmentTooLarge = "attachment_too_large",
        AttachmentOff = "attachment_off",
        AttachmentGone = "attachment_gone",
        AttachmentRefused = "attachment_refused",
        AttachmentFailed = "attachment_failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_described() {
        let described = include_str!("../../docs/API.md");
        let not_found = NotFoundCode::ALL.iter().map(|code| code.as_str());
        // Said by pages alone.
        let own = ["setup_link_invalid", "not_found"];
        for code in
            not_found.chain(ConflictCode::ALL.iter().map(|code| code.as_str())).filter(|code| !own.contains(code))
        {
            assert!(described.contains(&format!("`{code}`")), "{code} is not in docs/API.md");
        }
    }
}
