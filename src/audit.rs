//! Who did what: the record of every act that changes access, decides or destroys.

use crate::{
    Domain,
    types::{AuditFilter, AuditPage, Problem},
};

/// A page of the record, the latest first, after `cursor` where there is one.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no page gave out.
pub async fn page(d: &Domain, filter: &AuditFilter, cursor: Option<&str>, limit: i64) -> Result<AuditPage, Problem> {
    Ok(d.store.audit_page(filter, cursor, limit).await?)
}
