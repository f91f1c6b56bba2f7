//! What admins do about trust rules.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    accounts, pairs,
    types::{BulkDecisionId, InvalidCode, NotFoundCode, Problem, TrustRuleId, TrustRuleInput},
};

use super::{Words, of_rule, try_address};
use crate::{
    Failure,
    answer::{Told, go_and_tell, go_to},
    json::Json,
    pages::bulk::bulk_address,
    paths,
    request::{admin, fail, lang},
};

/// Makes a rule, or changes one. An account can be named by its address.
///
/// # Errors
/// For admins only; what [`pairs::save_trust_rule`] says.
#[server(prefix = "/api/ui", endpoint = "rule-save", output = Json)]
pub async fn save_rule(
    id: Option<TrustRuleId>,
    #[server(default)] name: String,
    #[server(default)] least_quality: String,
    #[server(default)] least_said: String,
    account: Option<String>,
    language: Option<String>,
) -> Result<TrustRuleId, Failure> {
    let caller = admin()?;
    go_to(id.map_or_else(|| paths::RULES.to_owned(), |id| of_rule("edit", id)));
    let number = |field: &str, text: &str, least: i64, most: i64| {
        let range = InvalidCode::NotInRange { least, most: Some(most) };
        text.trim().parse::<i64>().map(Some).map_err(|_| fail(Problem::invalid(field, range)))
    };
    let account = account.filter(|account| !account.trim().is_empty());
    let (account_id, _) = accounts::choose(&caller.domain, account.as_deref(), None).await.map_err(fail)?;
    if account.is_some() && account_id.is_none() {
        return Err(fail(Problem::not_found(NotFoundCode::Account)));
    }
    let input = TrustRuleInput {
        name,
        least_quality: number("least_quality", &least_quality, 0, 100)?,
        least_said: number("least_said", &least_said, 1, 1_000_000)?,
        integration_account_id: account_id,
        language,
    };
    let rule = pairs::save_trust_rule(&caller.domain, caller.actor(), id, input).await.map_err(fail)?;
    go_and_tell(paths::RULES, Told::good(Words(lang()).saved(&rule.name)));
    Ok(rule.id)
}

/// Has a rule approve what comes from now on by itself, or no longer.
///
/// # Errors
/// For admins only; what [`pairs::switch_trust_rule`] says.
#[server(prefix = "/api/ui", endpoint = "rule-switch", output = Json)]
pub async fn switch_rule(id: TrustRuleId, on: bool, seen: Option<DateTime<Utc>>) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::RULES);
    let rule = pairs::switch_trust_rule(&caller.domain, caller.actor(), id, on, seen).await.map_err(fail)?;
    let words = Words(lang());
    let told = if on { words.switched_on(&rule.name) } else { words.switched_off(&rule.name) };
    go_and_tell(paths::RULES, Told::good(told));
    Ok(())
}

/// Deletes a rule; what it decided stays.
///
/// # Errors
/// For admins only; what [`pairs::delete_trust_rule`] says.
#[server(prefix = "/api/ui", endpoint = "rule-delete", output = Json)]
pub async fn delete_rule(id: TrustRuleId) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::RULES);
    pairs::delete_trust_rule(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    go_and_tell(paths::RULES, Told::good(Words(lang()).deleted()));
    Ok(())
}

/// Has a rule approve what it means, once: what a dry run showed that was looked at `as_of`.
///
/// # Errors
/// For admins only; what [`pairs::apply_rule`] says.
#[server(prefix = "/api/ui", endpoint = "rule-apply", output = Json)]
pub async fn apply_rule(id: TrustRuleId, as_of: Option<DateTime<Utc>>) -> Result<BulkDecisionId, Failure> {
    let caller = admin()?;
    go_to(try_address(id));
    let bulk = pairs::apply_rule(&caller.domain, caller.actor(), id, as_of).await.map_err(fail)?;
    go_to(bulk_address(bulk.id));
    Ok(bulk.id)
}
