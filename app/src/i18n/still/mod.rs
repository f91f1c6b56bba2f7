//! The texts of pages that only the server renders: no browser downloads them.

mod en;
mod ru;

use super::Noun;
use crate::prefs::Lang;

/// All of them in one language.
pub(crate) struct Still {
    pub attempt: Noun,
    pub mailbox: Mailbox,
    pub monitor: Monitor,
    pub reasons: Reasons,
}

impl Still {
    /// The texts in `lang`.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &en::TEXTS,
            Lang::Ru => &ru::TEXTS,
        }
    }
}

words! {
    /// The page of one account.
    Mailbox:
    state_title, last_sync, next_sync, next_now, next_in, next_stopped, next_no_worker, next_disabled, next_problem,
    waits, waits_until, stored, covered, covered_since, covered_all, covered_none, deleted, deleted_keep,
    deleted_remove, sync_now, kind_sync, kind_import, kind_backfill, back_to, back_to_all, of_total, so_far, rate, left,
    pausing, ending, pause, resume, end, end_named, pause_named, resume_named, older_title, older_about, older_first,
    older_all, span, days_90, year, since, since_date, everything, here_already, estimate, estimate_time, estimate_all,
    older_go, older_going, history_title, history_about, chart, legend_done, legend_partial, legend_failed,
    legend_stopped, legend_open, when, what, result, new_messages, pairs, took, run_of, all_runs, no_run, more_errors,
    skipped_title, message_of, aside_title, aside_about, aside_none, aside_message, aside_why, aside_last, aside_shown, retry,
    retry_named, retry_all, done_backfill, done_pause, done_resume, done_cancel, done_retry, done_sync, failed, since_invalid,
    since_future, backfill_running, run_over, run_cannot_pause, failure_gone, days_invalid,
}
words! {
    Monitor:
    title, running, stopped, no_worker, about_running, next_look, about_stopped, about_no_worker, worker,
    start, stop, poll, try_now, waiting, waits_until, go_there, monitor_stopped, poll_no_worker, imap_why, reconnect_why,
    missing_scope_why, disconnected_why, error_why,
}
named_words! {
    /// Codes of errors and of waits, as parts of a sentence.
    Reasons:
    gmail_quota, sync, rate_limited, quota_exhausted, unauthorized, invalid_grant, insufficient_scope, not_found,
    rejected, server_error, transport, timeout, protocol, credentials, unreachable, unreadable, too_large, interrupted,
    partial, delegation, clock, no_mailbox, host_not_found, connection_refused, tls_failed, authentication_failed,
    app_password_needed, unavailable, limit, connection_lost, refused, unreadable_answer,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(texts: &Still) -> Vec<(&'static str, &'static str)> {
        [texts.mailbox.each(), texts.monitor.each(), texts.reasons.each()].concat()
    }

    #[test]
    fn translations_are_there_and_have_the_same_gaps() {
        let gaps = |text: &str| text.matches("{}").count();
        for ((name, english), (_, russian)) in all(&en::TEXTS).into_iter().zip(all(&ru::TEXTS)) {
            assert_eq!(gaps(english), gaps(russian), "{name}: {english} / {russian}");
            assert!(english != russian && !russian.is_empty(), "{name} reads the same in both languages: {english}");
        }
    }
}
