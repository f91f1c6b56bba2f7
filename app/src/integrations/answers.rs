//! Where a browser goes after an action: pages that say what happened. Read by `state::notice`.

use std::collections::BTreeMap;

use replybook::types::{Account, EnrollReason, EnrollReport, Enrollment, Provider, Revocation};

use super::state::PATH;
use crate::ui::url::Address;

/// Refused mailboxes that are named; the others are counted.
const NAMED: usize = 20;

/// Where to go after an account was disconnected.
pub(super) fn disconnected_address(account: &Account, revocation: Revocation, messages_kept: i64) -> String {
    let done = match revocation {
        _ if account.provider_code == Provider::Imap.as_str() => "disconnected-password",
        Revocation::Confirmed => "disconnected",
        Revocation::Unconfirmed => "disconnected-here",
        Revocation::NotNeeded => "disconnected-service",
    };
    Address::new(PATH).with("done", Some(done)).with("kept", Some(messages_kept.to_string())).into_string()
}

/// Where to go after a mailbox was connected by its password.
pub(super) fn connected_address(account: &Account) -> String {
    let who = account.external_account_id.clone();
    Address::new(PATH).with("done", Some("imap")).with("who", Some(who)).into_string()
}

/// Where to go after an account was deleted.
pub(super) fn deleted_address() -> String {
    Address::new(PATH).with("done", Some("deleted")).into_string()
}

/// Where to go after a mailbox was enrolled, or was there already.
pub(super) fn enrolled_address(enrollment: &Enrollment) -> String {
    let done = if enrollment.enrolled { "enrolled" } else { "enrolled-before" };
    let who = enrollment.account.external_account_id.clone();
    Address::new(PATH).with("done", Some(done)).with("who", Some(who)).into_string()
}

/// Where to go after everybody was enrolled: `enrolled,already there,failed` in numbers, and who failed by reason as
/// `reason:address,address;reason:…`.
pub(super) fn enrolled_all_address(report: &EnrollReport) -> String {
    let mut by_reason: BTreeMap<EnrollReason, Vec<&str>> = BTreeMap::new();
    for failure in report.failed.iter().take(NAMED) {
        by_reason.entry(failure.reason).or_default().push(&failure.email);
    }
    let refused: Vec<String> = by_reason.iter().map(|(reason, who)| format!("{reason}:{}", who.join(","))).collect();
    let counts = format!("{},{},{}", report.enrolled.len(), report.already_there.len(), report.failed.len());
    Address::new(PATH)
        .with("done", Some("enrolled-all"))
        .with("counts", Some(counts))
        .with("refused", Some(refused.join(";")).filter(|refused| !refused.is_empty()))
        .into_string()
}
