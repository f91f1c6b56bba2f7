//! The texts of the interface in every language. A language is a constant of the type [`Texts`], so a missing
//! translation does not compile, and the browser downloads plain strings instead of a library.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($field:ident),+ $(,)?) => {
        $(#[$doc])*
        pub(crate) struct $name { $(pub $field: &'static str),+ }

        #[cfg(test)]
        impl $name {
            fn each(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((concat!(stringify!($name), ".", stringify!($field)), self.$field)),+]
            }
        }
    };
}

/// Texts that are looked up by the domain's name for a thing.
macro_rules! named_words {
    ($(#[$doc:meta])* $name:ident: $($field:ident),+ $(,)?) => {
        words! { $(#[$doc])* $name: $($field),+ }

        impl $name {
            /// The words for the thing that the domain calls `name`.
            pub(crate) fn get(&self, name: &str) -> Option<&'static str> {
                match name {
                    $(stringify!($field) => Some(self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

mod en;
mod phrases;
mod ru;
#[cfg(feature = "ssr")]
pub(crate) mod sheet;
#[cfg(feature = "ssr")]
pub(crate) mod still;
#[cfg(feature = "ssr")]
pub(crate) mod threads;

use crate::prefs::Lang;

pub(crate) use phrases::exact_time;

/// A noun with its plural forms (Unicode plural rules: English has one and other, Russian one, few and many).
pub(crate) struct Noun {
    pub one: &'static str,
    pub few: &'static str,
    pub many: &'static str,
}

/// All texts of one language.
pub(crate) struct Texts {
    pub lang: Lang,
    pub common: Common,
    pub nouns: Nouns,
    pub time: TimeWords,
    pub nav: Nav,
    pub keys: Keys,
    pub problems: Problems,
    pub codes: Codes,
    pub overview: Overview,
    pub integrations: Integrations,
    pub gmail: GmailReasons,
    pub enroll: Enroll,
    pub imap: Imap,
    pub accounts: Accounts,
    pub run: Run,
    pub skip_reasons: SkipReasons,
    pub training: Training,
    pub ai: AiSettings,
    pub login: Login,
    pub setup: Setup,
    pub account: MyAccount,
    pub errors: ErrorPages,
}

impl Texts {
    /// The texts in `lang`.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &en::TEXTS,
            Lang::Ru => &ru::TEXTS,
        }
    }
}

/// Puts values into a text at `{}`, one after the other.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len() + values.iter().map(|value| value.len()).sum::<usize>());
    let mut values = values.iter();
    for (index, part) in text.split("{}").enumerate() {
        if index > 0 {
            filled.push_str(values.next().copied().unwrap_or_default());
        }
        filled.push_str(part);
    }
    filled
}

/// The nouns that are counted.
pub(crate) struct Nouns {
    pub message: Noun,
    pub pair: Noun,
    pub error: Noun,
    pub account: Noun,
    pub more_error: Noun,
    pub day: Noun,
    pub month: Noun,
    pub year: Noun,
    pub attachment: Noun,
}

words! {
    Common:
    bytes, kilobytes, megabytes, cancel, close, dismiss, loading, skip_to_content, sign_in, reload, apply, undo, actions,
}
words! {
    TimeWords:
    now, ago, seconds_short, minutes_short, hours_short, days_short,
}
words! {
    Nav:
    main, overview, integrations, training, threads, ai_settings, account, log_out, admin, member, language, theme,
    theme_system, theme_light, theme_dark, shortcuts,
}
words! {
    Keys:
    title, everywhere, in_list, help, go_overview, go_integrations, go_training, go_settings, next, previous,
    open, approve, reject, reset, undo, filter, originals, group, close, enabled,
}
words! {
    /// What went wrong, by kind and code.
    Problems:
    title, unauthenticated, forbidden, not_found, account_not_found, pair_not_found, run_not_found, conflict,
    sync_running, invalid, cursor, sync_unsupported, too_many, unavailable, network, unexpected_answer,
    sync_failed, internal,
}
words! {
    /// What cannot be accepted, by the code of the domain.
    Codes:
    account_disabled, account_needs_reconnect, disconnect_unsupported, email_invalid, name_missing, name_too_long,
    password_short, password_long, api_key_invalid, model_invalid, address_missing, address_invalid,
    form_incomplete, file_missing, file_empty, file_binary, file_cut, archive_empty, pair_differs, mail_makes_no_pair,
    pair_group_changed,
}
words! {
    Overview:
    title, about, integrations_about, training_about, ai_about, no_accounts, no_accounts_next, needs_person,
    to_review, approved_rejected, no_pairs_next, all_reviewed, key_stored, no_key, no_key_next, model,
    active_of, next_title, next_connect, next_connect_why, next_reconnect, next_reconnect_why, next_review,
    next_review_why, next_key, next_key_why, next_nothing,
}
words! {
    Integrations:
    title, about, gmail_title, gmail_about, gmail_read_only, gmail_active, gmail_none, connect, redirecting,
    not_configured, not_configured_help, readme, other_title, other_about, sample, sample_loading, import_file,
    import_title, import_about, import_file_label, import_as, import_as_help, import_start, import_failed,
    connected,
}
words! {
    /// Why connecting Gmail did not work, and what to do (the `reason` of the callback).
    GmailReasons:
    missing_code, missing_state, invalid_state, missing_owner, server_config, token_http, token_failed,
    missing_access_token, profile_failed, persist_failed, access_denied, missing_scope, blocked_by_admin,
    google_unavailable, google_refused, unknown,
}
words! {
    /// Mailboxes of a Google Workspace, connected by its service account.
    Enroll:
    address, about, one, all, pending, again, done, before, done_all, not_configured, not_in_domain, delegation_pill,
    delegation, clock_pill, clock, no_mailbox_pill, no_mailbox, alias, disconnected, refused, refused_said, unreachable,
    disconnect_about, disconnect_done,
}
words! {
    /// Mailboxes by their password.
    Imap:
    open, title, about, address, host, port, port_help, tls, tls_usual, tls_none, username, username_help, password,
    password_help, go, pending, done, bad_host, bad_port, bad_tls, bad_password, app_password, bad_else,
    disconnect_about, disconnect_done,
}
words! {
    Accounts:
    title, account, owner, status, last_sync, summary, empty, empty_next, active, disabled, imported, error,
    reconnect_pill, missing_scope_pill, disconnected_pill, reconnect, set_aside, enable, disable, resync,
    resync_requested, resync_pending, run_sync, last_run, disconnect, delete, more, enabled_done, disabled_done,
    disconnect_title, disconnect_about, disconnect_keep, disconnect_go, disconnected_done, disconnected_done_local,
    delete_title, delete_about, delete_attachments, delete_go, deleted_done, never_synced, nothing_yet, gone,
}
words! {
    Run:
    title_sync, title_import, title_backfill, queued, running, paused, done, partial, failed, interrupted, cancelled,
    done_note, partial_note, failed_note, interrupted_note, cancelled_note, fetched, upserted, pairs_created, pairs_skipped, set_aside, took, started,
    errors_title, review, reading, fetching, fetching_of, waiting, waiting_for_time, waiting_quota, waiting_sync,
    waiting_else, in_background,
    progress_label, account_id, skip_reasons,
}
named_words! {
    /// Why a message makes no pair, by the reasons of the pairing.
    SkipReasons:
    autoreply, auto_generated, bounce, read_receipt, newsletter, mailing_list, calendar_answer, noreply_sender,
    to_ourselves, between_colleagues, forwarded_only, forwarded_elsewhere, empty_after_cleaning, duplicate_copy,
    unanswered, answered_without_text, no_client_message, client_wrote_nothing, answers_no_client,
    answered_message_missing, other_recipient, draft, spam, trash, chat,
}
words! {
    Training:
    title, about, new, approved, rejected, tab_new, tab_approved, tab_rejected, tab_all, status, provider,
    account, any_provider, any_account, filters, integration, thread, client, reply, created, approve, reject,
    reset, saving, no_subject, empty_new, empty_new_next, empty_filtered, empty_filtered_next, empty_none,
    empty_none_next, to_integrations, next_page, previous_page, first_page, all_decided, load_next,
    approved_toast, rejected_toast, reset_toast, failed_toast, nothing_to_undo, previous_pair, next_pair,
    position, keys_hint, originals, cleaned, more_like_this, group_title, group_of, group_approve, group_reject,
    group_leave, group_decided,
}
words! {
    AiSettings:
    title, about, key, key_stored, key_none, model, model_help, save, saving, saved_key, saved_model,
    saved_nothing, test_title, test_about, test, testing, test_ok, test_said, no_key, invalid_key,
    model_not_found, quota_exhausted, rate_limited, provider_error, unreachable, remove_title, remove_about,
    remove, removed,
}
words! {
    Login:
    title, tagline, email, password, submit, wrong, too_many, unknown,
}
words! {
    Setup:
    title, about, name, email, password, password_help, submit, invalid_title, invalid, invalid_next,
    unknown,
}
words! {
    MyAccount:
    title, mailboxes, mailboxes_about, no_mailboxes, tokens, tokens_about, token_name, token_name_placeholder,
    create_token, no_tokens, token_made, name_column, prefix_column, created, last_used, never_used, expires,
    never_expires, delete_token, delete_token_named, token_deleted, password, current_password, new_password,
    password_help, change_password, password_changed, password_wrong, password_kept, password_unknown, look,
}
words! {
    ErrorPages:
    forbidden_title, forbidden, forbidden_next, not_found_title, not_found, go_home, go_account,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_the_braces_are() {
        assert_eq!(fill("{} of {}", &["2", "412"]), "2 of 412");
        assert_eq!(fill("nothing", &["2"]), "nothing");
        assert_eq!(fill("{}", &[]), "");
    }

    fn all(texts: &Texts) -> Vec<(&'static str, &'static str)> {
        [
            texts.common.each(),
            texts.time.each(),
            texts.nav.each(),
            texts.keys.each(),
            texts.problems.each(),
            texts.codes.each(),
            texts.overview.each(),
            texts.integrations.each(),
            texts.gmail.each(),
            texts.enroll.each(),
            texts.imap.each(),
            texts.accounts.each(),
            texts.run.each(),
            texts.skip_reasons.each(),
            texts.training.each(),
            texts.ai.each(),
            texts.login.each(),
            texts.setup.each(),
            texts.account.each(),
            texts.errors.each(),
        ]
        .concat()
    }

    #[test]
    fn translations_have_the_same_gaps() {
        let gaps = |text: &str| text.matches("{}").count();
        for ((name, english), (_, russian)) in all(&en::TEXTS).into_iter().zip(all(&ru::TEXTS)) {
            assert_eq!(gaps(english), gaps(russian), "{name}: {english} / {russian}");
        }
    }

    #[test]
    fn nothing_is_left_untranslated() {
        for ((name, english), (_, russian)) in all(&en::TEXTS).into_iter().zip(all(&ru::TEXTS)) {
            let is_name = english == "Gmail";
            assert!(is_name || english != russian, "{name} reads the same in both languages: {english}");
        }
    }
}
