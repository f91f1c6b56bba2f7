//! Which tables there are, in an order in which they can be filled: what a row refers to comes before it.
//!
//! `tests/backup_story.rs` compares this with what both databases say of themselves: a migration that adds a table or a column
//! adds it here.

use serde::{Deserialize, Serialize};

use super::Kind;

/// A table as it is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    /// The columns that tell its rows apart: pages of rows are read in their order.
    pub key: Vec<String>,
    pub columns: Vec<Column>,
}

/// A column, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// How much of the database is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What a backup keeps: everything but what opens a door for a while (sessions, consents that were begun, counted attempts
    /// to sign in).
    Lasting,
    /// That as well: what moves to another database.
    All,
}

/// What opens a door for a while.
const PASSING: [&str; 3] = ["sessions", "login_attempts", "oauth_requests"];

/// Tables that are never copied: what triggers count and words are noted for is made from the others, and a worker of the other
/// database is none here.
pub const MADE_ANEW: [&str; 11] = [
    "account_counts",
    "reply_group_counts",
    "reply_groups_to_note",
    "reply_group_newest",
    "emails_thread_words",
    "pairs_to_note",
    "pair_places",
    "pair_words",
    "answer_changes",
    "sync_workers",
    "review_choices",
];

/// Columns that are never copied: this one says that the words of a thread are noted.
pub const COLUMNS_MADE_ANEW: [(&str, &str); 1] = [("emails_threads", "words_mark")];

impl Table {
    /// The tables of the present schema.
    #[must_use]
    pub fn all(extent: Extent) -> Vec<Self> {
        let is_copied = |table: &Self| extent == Extent::All || !PASSING.contains(&table.name.as_str());
        all().into_iter().filter(is_copied).collect()
    }

    /// Whether its names are such that they can stand in a statement, and its key is of its columns.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let is_column = |name: &String| self.columns.iter().any(|column| column.name == *name);
        let is_foreign = ["sqlite_", "pg_"].iter().any(|prefix| self.name.starts_with(prefix));
        is_name(&self.name)
            && !is_foreign
            && self.columns.iter().all(|column| is_name(&column.name))
            && !self.key.is_empty()
            && self.key.iter().all(is_column)
    }

    /// Where the columns of the key stand in a row.
    pub(super) fn key_places(&self) -> impl Iterator<Item = usize> + '_ {
        self.key.iter().filter_map(|name| self.columns.iter().position(|column| column.name == *name))
    }
}

macro_rules! table {
    ($name:ident by $($key:ident)+: $($column:ident $kind:ident),+ $(,)?) => {
        Table {
            name: stringify!($name).to_owned(),
            key: vec![$(stringify!($key).to_owned()),+],
            columns: vec![$(Column { name: stringify!($column).to_owned(), kind: Kind::$kind }),+],
        }
    };
}

fn all() -> Vec<Table> {
    vec![
        table!(system_values by key: key Text, value Text, updated_at Time),
        table!(users by id: id Id, email Text, display_name Text, password_hash Text, role Text, active Bool,
            session_epoch Int, created_at Time, updated_at Time, last_login_at Time, review_keys Text),
        table!(access_links by user_id: user_id Id, token_hash Text, expires_at Time, made_by Id),
        table!(sessions by id: id Text, data Bytes, expires_at Time),
        table!(api_tokens by id: id Id, user_id Id, kind Text, name Text, prefix Text, token_hash Text,
            session_epoch Int, created_at Time, last_used_at Time, expires_at Time),
        table!(login_attempts by key: key Text, failures Int, window_start Time),
        table!(oauth_requests by state_hash: state_hash Text, user_id Id, session_binding Text, pkce_verifier Text,
            created_at Time, expires_at Time),
        table!(audit_log by id: id Id, at Time, user_id Id, action Text, subject Text, through Text,
            subject_name Text, was Text, became Text),
        table!(integrations_providers by id: id Id, code Text, name Text, auth_type Text, default_scopes Json,
            created_at Time, updated_at Time),
        table!(integrations_accounts by id: id Id, provider_id Id, owner_user_id Id, external_account_id Text,
            display_name Text, status Text, last_sync_at Time, meta Json, created_at Time, updated_at Time,
            keeps_sent Bool, subjects_noted Bool),
        table!(integrations_credentials by id: id Id, integration_account_id Id, access_token Text,
            refresh_token Text, expires_at Time, scopes Json, created_at Time, updated_at Time),
        table!(sync_runs by id: id Id, integration_account_id Id, kind Text, triggered_by Text, state Text,
            requested Text, messages_total Int, messages_fetched Int, messages_upserted Int, pairs_created Int,
            pairs_skipped Int, messages_failed Int, skip_reasons Json, bytes_done Int, bytes_total Int,
            rate_per_minute Int, seconds_left Int, source_path Text, source_name Text, cursor Json, since Time,
            errors Json, errors_total Int, waiting_for Text, waiting_until Time, alive_until Time, process Id,
            created_at Time, started_at Time, finished_at Time, updated_at Time),
        table!(sync_state by integration_account_id: integration_account_id Id, cursor Json, lease_run_id Id,
            lease_until Time, last_run_at Time, decided_by_addresses Text, wanted_at Time, not_before Time,
            not_before_reason Text, failures_in_a_row Int),
        table!(sync_failures by id: id Id, integration_account_id Id, external_id Text, code Text, reason Text,
            attempts Int, first_seen_at Time, last_tried_at Time),
        table!(emails_messages by id: id Id, integration_account_id Id, external_id Text, thread_id Text,
            direction Text, from_address Text, from_name Text, to_addresses Json, cc_addresses Json,
            bcc_addresses Json, reply_to_addresses Json, subject Text, body_text Text, body_html Text,
            sent_at Time, received_at Time, internet_message_id Text, in_reply_to Json, reference_ids Json,
            labels Json, nature Json, defects Json, raw_headers Json, deleted_at Time, created_at Time,
            updated_at Time, confirmed_ours Bool, subject_key Int, lost_its_ids Bool),
        table!(emails_sender_tails by message_id: message_id Id, sender Int, period Int, mark Int, wording Int,
            lines Json),
        table!(attachment_blobs by sha256: sha256 Text, size_bytes Int, created_at Time),
        table!(attachment_chunks by sha256 position: sha256 Text, position Int, data Bytes),
        table!(emails_attachments by id: id Id, message_id Id, position Int, file_name Text, content_type Text,
            size_bytes Int, content_id Text, inline_part Bool, part_id Text, sha256 Text, problem Text,
            attempts Int, not_before Time, integration_account_id Id),
        table!(emails_threads by id: id Id, subject Text, first_message_at Time, last_message_at Time,
            message_count Int, revision Int, created_at Time, updated_at Time, place Int, habits Json,
            conversation_noted Bool),
        table!(emails_thread_parts by integration_account_id thread_id: integration_account_id Id, thread_id Text,
            email_thread_id Id),
        table!(emails_thread_accounts by email_thread_id integration_account_id: email_thread_id Id,
            integration_account_id Id, place Int),
        table!(emails_thread_links by integration_account_id thread_id internet_message_id:
            integration_account_id Id, thread_id Text, internet_message_id Text, own Bool),
        table!(imap_places by integration_account_id folder uid_validity uid: integration_account_id Id,
            folder Text, uid_validity Int, uid Int, external_id Text, labels Json),
        table!(ai_training_pairs by id: id Id, integration_account_id Id, thread_id Text, client_message_id Id,
            our_reply_message_id Id, client_message_ids Json, reply_message_ids Json, client_text Text,
            our_reply_text Text, status Text, labels Json, responded_after_seconds Int, replied_at Time,
            engine_version Int, kept_spans Json, edited Bool, fresh_client_text Text, fresh_reply_text Text,
            source_gone Bool, decided_by Id, decided_at Time, created_at Time, updated_at Time, group_id Text,
            grouped Bool, kept_against Text, provider_id Id, reject_reason Text, reject_note Text,
            decided_how Text),
        table!(pair_edits by id: id Id, pair_id Id, user_id Id, at Time, was_client_text Text, was_reply_text Text,
            was_labels Json, was_edited Bool, was_kept_against Text, client_text Text, reply_text Text),
        table!(turn_marks by message_id: message_id Id, turn_id Id, marked_by Id, marked_at Time),
        table!(turn_changes by id: id Id, user_id Id, at Time, marks Json),
        table!(trust_rules by id: id Id, name Text, least_quality Int, least_said Int, integration_account_id Id,
            language Text, created_at Time, updated_at Time, on_since Time, switched_on_by Id),
        table!(bulk_decisions by id: id Id, asked_by Id, asked_at Time, as_of Time, status Text, provider Text,
            integration_account_id Id, search Text, rule_id Id, rule_name Text, least_said Int, came_after Time,
            decision Text, reject_reason Text, reject_note Text, state Text, matched Int, matched_exact Bool,
            decided Int, skipped Int, unchanged Int, undone Int, stayed Int, place Text, error Text, ended_by Id,
            updated_at Time, tag_id Id, assign_to Id, about Text),
        table!(bulk_decision_pairs by bulk_id pair_id: bulk_id Id, pair_id Id, was_status Text, was_reason Text,
            was_note Text, was_by Id, was_at Time, at Time, was_user Id, was_how Text),
        table!(review_tags by id: id Id, name Text, folded Text, colour Text, description Text, shortcut Text,
            position Int, retired Bool, created_at Time, updated_at Time),
        table!(conversations by email_thread_id: email_thread_id Id, integration_account_id Id, state Text, mail_state Text,
            client_name Text, client_address Text, language Text, last_message_id Id, last_by Text, last_text Text, last_at Time,
            asked_at Time, known_until Time, assigned_to Id, assigned_by Id, assigned_at Time, snoozed_until Time, snoozed_by Id,
            snoozed_at Time, snoozed_known Time, archived_by Id, archived_at Time, archived_known Time, updated_at Time),
        table!(conversation_notes by id: id Id, email_thread_id Id, written_by Id, text Text, written_at Time),
        table!(conversation_seen by user_id email_thread_id: user_id Id, email_thread_id Id, known_until Time),
        table!(pair_assignments by pair_id: pair_id Id, user_id Id, assigned_by Id, assigned_at Time),
        table!(review_guidelines by number: number Int, text Text, written_by Id, written_at Time),
        table!(pair_tags by pair_id tag_id: pair_id Id, tag_id Id, tagged_by Id, tagged_at Time),
        table!(review_steps by id: id Id, user_id Id, at Time, group_id Text, edit_id Id, bulk_id Id, tag_id Id, tag_set Bool,
            assigned Bool, assigned_to Id, turns_id Id),
        table!(review_step_pairs by step_id pair_id: step_id Id, pair_id Id, was_status Text, was_reason Text,
            was_note Text, was_by Id, was_at Time, status Text, was_user Id, was_how Text),
        table!(threads_to_pair by integration_account_id thread_id: integration_account_id Id, thread_id Text),
        table!(reply_wordings by fingerprint: fingerprint Text, group_id Text),
        table!(answer_vectors by pair_id: pair_id Id, model Text, dimension Int, fingerprint Int, question Bytes,
            reply Bytes, made_at Time),
        table!(answer_vector_trials by integration_account_id: integration_account_id Id, model Text, pairs Int,
            conversations Int, weight Int, words_rank Int, joined_rank Int, gain_least Int, gain_most Int,
            tried_at Time),
        table!(second_opinions by pair_id: pair_id Id, first_status Text, first_by Id, asked_at Time,
            second_status Text, second_by Id, given_at Time, settled_at Time),
        table!(pair_views by id: id Id, user_id Id, name Text, is_shared Bool, status Text, provider Text,
            integration_account_id Id, search Text, sort Text, created_at Time, updated_at Time),
        table!(ai_providers by id: id Id, provider_code Text, name Text, owner_user_id Id, api_key Text,
            model_default Text, created_at Time, updated_at Time, base_url Text, allow_local Bool,
            model_embeddings Text, drafts Bool, embeds Bool, budget_micros Int, models_at Time,
            models_tried_at Time),
        table!(ai_models by provider_code model: provider_code Text, model Text, listed Bool, shutdown_date Text,
            input_price Int, output_price Int),
        table!(ai_calls by id: id Id, provider_code Text, model Text, purpose Text, day Text, started_at Time,
            settled_at Time, outcome Text, input_tokens Int, output_tokens Int, input_price Int,
            output_price Int, charge_micros Int, latency_ms Int),
        table!(ai_suggestions by id: id Id, integration_account_id Id, question_message_id Id, kind Text, state Text,
            problem Text, nonsense Text, note Text, replaces Id, asked_by Id, provider_code Text, model Text,
            cases Json, hidden Int, is_shortened Bool, content Json, template Json, confidence Int,
            model_confidence Int, sentiment Text, intent Text, urgency Text, language Text, input_tokens Int,
            output_tokens Int, cost_micros Int, created_at Time, updated_at Time, finished_at Time, alive_until Time),
        table!(jobs by id: id Id, kind Text, payload Json, dedupe_key Text, integration_account_id Id, state Text,
            attempts Int, max_attempts Int, run_after Time, process Id, lease_until Time, error Text,
            created_at Time, updated_at Time),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_sound_and_a_crafted_one_is_not() {
        assert!(all().iter().all(Table::is_sound));
        assert_eq!(Table::all(Extent::All).len(), Table::all(Extent::Lasting).len() + PASSING.len());
        let crafted = |change: fn(&mut Table)| {
            let mut table = table!(users by id: id Id, email Text);
            change(&mut table);
            table
        };
        assert!(crafted(|_| {}).is_sound());
        assert!(!crafted(|table| table.name = "users; DROP TABLE users".to_owned()).is_sound());
        assert!(!crafted(|table| table.name = "sqlite_schema".to_owned()).is_sound());
        assert!(!crafted(|table| table.columns[0].name = "id\"".to_owned()).is_sound());
        assert!(!crafted(|table| table.key.push("name".to_owned())).is_sound());
        assert!(!crafted(|table| table.key.clear()).is_sound());
    }
}
