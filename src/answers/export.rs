//! Approved pairs on their way out of the house: what is meant is looked up and put on record, then read piece by piece. Nothing keeps
//! more than a piece in memory, however much there is.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream};

pub use super::csv::COLUMNS;
use super::{check, csv};
use crate::{
    Domain, accounts,
    pairs::note_before_a_search,
    store::{Act, Record, StoreError},
    types::{Actor, AnswerFilter, AuditAction, AuditChange, ConflictCode, ExportFormat, ExportedAnswer, Problem},
};

/// Pairs that are read by one statement.
const PIECE: i64 = 100;

/// What somebody wants to take along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub filter: AnswerFilter,
    pub format: ExportFormat,
    /// A table begins with a byte order mark: without one some spreadsheets take UTF-8 for something else.
    pub byte_order_mark: bool,
}

/// An export that is on record and can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub export: Export,
    /// How many pairs there were when it began.
    pub count: i64,
    /// What the file is called.
    pub file_name: String,
}

/// Looks up how much is meant and puts on record who takes it along.
///
/// # Errors
/// `integration_account_not_found`; [`Problem::Invalid`] for a search that is too long; `search_incomplete` while the words of approved pairs
/// are being noted: a search would leave some out.
pub async fn open(d: &Domain, by: Actor, export: Export) -> Result<Opened, Problem> {
    check(&export.filter)?;
    let account = match export.filter.account {
        Some(id) => Some(accounts::get(d, id).await?),
        None => None,
    };
    if export.filter.text.is_some() {
        note_before_a_search(d).await;
        if d.store.answers_waiting().await? > 0 {
            return Err(Problem::conflict(ConflictCode::SearchIncomplete));
        }
    }
    let counts = d.store.answer_counts(export.filter.text.as_deref()).await?;
    let count = match &account {
        Some(account) => counts.get(&account.id).copied().unwrap_or(0),
        None => counts.values().sum(),
    };
    let now = d.clock.now();
    let change = AuditChange::Exported { format: export.format, count, text: export.filter.text.clone() };
    let record = Record {
        target: account.as_ref().map(|account| account.id.to_string()),
        name: account.as_ref().map(|account| account.external_account_id.as_str()),
        to: Some(change.to_string()),
        ..Record::default()
    };
    d.store.record(Act { by, at: now }, AuditAction::AnswersExported, record).await?;
    tracing::info!(%by, count, format = %export.format, "approved pairs are exported");
    let of = account.map(|account| format!("-{}", account.external_account_id)).unwrap_or_default();
    let file_name = format!("replybook-answers{of}-{}.{}", now.format("%Y-%m-%d"), export.format);
    Ok(Opened { export, count, file_name })
}

/// The answers that a filter means, piece by piece, the latest reply first. What is approved or taken back meanwhile may be among them or
/// not; nothing comes twice. An error ends it: whoever reads must not take what came until then for all there is.
pub fn read(
    d: &Arc<Domain>,
    filter: AnswerFilter,
) -> impl Stream<Item = Result<Vec<ExportedAnswer>, StoreError>> + Send + use<> {
    // The domain, and where the next piece begins: `None` after the last one.
    let start = (Arc::clone(d), filter, Some(None::<String>));
    stream::try_unfold(start, |(d, filter, next)| async move {
        let Some(cursor) = next else { return Ok(None) };
        let (piece, after) = d.store.exported_answers(&filter, cursor.as_deref(), PIECE).await?;
        Ok(after.map(|after| (piece, (d, filter, Some(Some(after))))))
    })
}

/// An export as the bytes of its file, piece by piece. What cannot be read at all is an error in the first place, and no file that begins.
pub fn bytes(d: &Arc<Domain>, opened: &Opened) -> impl Stream<Item = Result<Vec<u8>, StoreError>> + Send + use<> {
    let format = opened.export.format;
    let head = match format {
        ExportFormat::Jsonl => String::new(),
        ExportFormat::Csv => csv::head(opened.export.byte_order_mark),
    };
    let pieces = read(d, opened.export.filter.clone()).boxed();
    stream::try_unfold((pieces, Some(head)), move |(mut pieces, head)| async move {
        let is_first = head.is_some();
        let mut text = head.unwrap_or_default();
        match pieces.try_next().await? {
            Some(piece) => piece.iter().for_each(|answer| push_line(&mut text, format, answer)),
            // A table without a line still has its head.
            None if is_first && !text.is_empty() => {}
            None => return Ok(None),
        }
        Ok(Some((text.into_bytes(), (pieces, None))))
    })
}

/// One answer as a line of the file.
fn push_line(text: &mut String, format: ExportFormat, answer: &ExportedAnswer) {
    match format {
        ExportFormat::Csv => csv::push(text, answer),
        ExportFormat::Jsonl => {
            // Only maps with keys that are no text cannot be written, and there is none.
            text.push_str(&serde_json::to_string(answer).unwrap_or_default());
            text.push('\n');
        }
    }
}

/// A time in RFC 3339, in UTC, as short as it can be said.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::{TimeDelta, TimeZone};
    use uuid::Uuid;

    use super::*;
    use crate::types::{AccountId, PairId, PairSource};

    /// An answer with something awkward in it.
    pub(in crate::answers) fn answer() -> ExportedAnswer {
        let noon = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).single().expect("a time");
        ExportedAnswer {
            pair_id: PairId(Uuid::from_u128(1)),
            account_id: AccountId(Uuid::from_u128(2)),
            account: "us@y.example".to_owned(),
            thread_id: None,
            subject: Some("Refund, please".to_owned()),
            question: "=1+1\r\nHello".to_owned(),
            reply: "It is \"on its way\".".to_owned(),
            question_from: Some("c@x.example".to_owned()),
            question_to: vec!["us@y.example".to_owned(), "all@y.example".to_owned()],
            reply_from: Some("us@y.example".to_owned()),
            reply_to: vec!["c@x.example".to_owned()],
            asked_at: Some(noon),
            replied_at: noon + TimeDelta::milliseconds(500),
            question_language: Some("en".to_owned()),
            reply_language: None,
            decided_by: Some("ann@y.example".to_owned()),
            decided_at: Some(noon),
            edited: true,
            source: PairSource::Same,
        }
    }

    #[test]
    fn a_line_of_json_is_one_line_with_stable_names() {
        let mut line = String::new();
        push_line(&mut line, ExportFormat::Jsonl, &answer());
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.starts_with("{\"pair_id\":\"00000000-0000-0000-0000-000000000001\",\"account_id\":"), "{line}");
        assert!(
            line.contains("\"question\":\"=1+1\\r\\nHello\""),
            "JSON is for programs, and says it as it is: {line}"
        );
        assert_eq!(serde_json::from_str::<ExportedAnswer>(&line).expect("reads back"), answer());
    }
}
