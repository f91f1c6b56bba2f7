//! AI providers: their keys, models and prices.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use secrecy::SecretString;
use sqlx::FromRow;

use super::{Act, Record, Store, StoreError, audit::record, reading, writing};
use crate::types::{AiKind, AiModel, AiPrice, AiProviderId, AiSwitch, AiText, AuditAction, AuditChange, UserId};

pub(super) fn key_identity(id: AiProviderId) -> String {
    format!("ai_providers/{id}/api_key")
}

/// A provider as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredAiProvider {
    pub name: String,
    pub has_api_key: bool,
    pub base_url: Option<String>,
    pub allow_local: bool,
    pub model_default: Option<String>,
    pub model_embeddings: Option<String>,
    pub drafts: bool,
    pub embeds: bool,
    pub budget_micros: Option<i64>,
    pub models_at: Option<DateTime<Utc>>,
    /// By their names.
    pub models: Vec<AiModel>,
}

/// What to change of a provider. `None` leaves what is stored.
#[derive(Debug, Clone, Default)]
pub struct AiChange {
    pub key: Option<SecretString>,
    pub base_url: Option<Option<String>>,
    pub allow_local: Option<bool>,
    pub model_default: Option<Option<String>>,
    pub model_embeddings: Option<Option<String>>,
    pub drafts: Option<bool>,
    pub embeds: Option<bool>,
    pub budget_micros: Option<Option<i64>>,
    pub prices: Vec<AiPrice>,
}

#[derive(FromRow)]
struct Row {
    id: AiProviderId,
    name: String,
    api_key: Option<String>,
    base_url: Option<String>,
    allow_local: bool,
    model_default: Option<String>,
    model_embeddings: Option<String>,
    drafts: bool,
    embeds: bool,
    budget_micros: Option<i64>,
    models_at: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT id, name, api_key, base_url, allow_local, model_default, model_embeddings, drafts, embeds,
    budget_micros, models_at FROM ai_providers WHERE provider_code = $1";

#[derive(FromRow)]
struct ModelRow {
    model: String,
    listed: bool,
    shutdown_date: Option<String>,
    input_price: Option<i64>,
    output_price: Option<i64>,
}

impl From<ModelRow> for AiModel {
    fn from(row: ModelRow) -> Self {
        Self {
            model: row.model,
            listed: row.listed,
            shutdown_date: row.shutdown_date.and_then(|day| day.parse().ok()),
            input_price_micros: row.input_price,
            output_price_micros: row.output_price,
        }
    }
}

impl Store {
    /// What is configured for a provider, without the key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ai_provider(&self, kind: AiKind) -> Result<Option<StoredAiProvider>, StoreError> {
        let (row, models): (Option<Row>, Vec<ModelRow>) = reading!(self, db => {
            let row = sqlx::query_as(SELECT).bind(kind.as_str()).fetch_optional(db).await?;
            let models = sqlx::query_as(
                "SELECT model, listed, shutdown_date, input_price, output_price FROM ai_models WHERE provider_code = $1",
            );
            (row, models.bind(kind.as_str()).fetch_all(db).await?)
        });
        let mut models: Vec<AiModel> = models.into_iter().map(Into::into).collect();
        models.sort_by(|one, other| one.model.cmp(&other.model));
        Ok(row.map(|row| StoredAiProvider {
            name: row.name,
            has_api_key: row.api_key.is_some(),
            base_url: row.base_url,
            allow_local: row.allow_local,
            model_default: row.model_default,
            model_embeddings: row.model_embeddings,
            drafts: row.drafts,
            embeds: row.embeds,
            budget_micros: row.budget_micros,
            models_at: row.models_at,
            models,
        }))
    }

    /// The key of a provider.
    ///
    /// # Errors
    /// [`StoreError::Crypto`] when it was stored under another `SECRET_KEY`.
    pub async fn ai_key(&self, kind: AiKind) -> Result<Option<SecretString>, StoreError> {
        let row: Option<Row> =
            reading!(self, db => sqlx::query_as(SELECT).bind(kind.as_str()).fetch_optional(db).await?);
        let Some(Row { id, api_key: Some(sealed), .. }) = row else { return Ok(None) };
        Ok(Some(self.cipher.open(&sealed, &key_identity(id))?))
    }

    /// Changes a provider, which is made if it is not there. Each thing that changed is put on record; of the key, that it did.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_ai_provider(
        &self,
        kind: AiKind,
        owner: Option<UserId>,
        change: &AiChange,
        act: impl Into<Act>,
    ) -> Result<(), StoreError> {
        let act = act.into();
        let (code, now) = (kind.as_str(), act.at);
        writing!(self, tx => {
            // All of them, in one order and before any is changed: two people who save two of them at once wait one after the other.
            let sql = format!("SELECT provider_code FROM ai_providers ORDER BY provider_code {}", tx.for_update());
            let _held: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO ai_providers (id, provider_code, name, owner_user_id, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $5)
                 ON CONFLICT (provider_code) DO UPDATE SET updated_at = excluded.updated_at",
            )
            .bind(AiProviderId::new()).bind(code).bind(kind.name()).bind(owner).bind(now).execute(&mut *tx).await?;
            let before: Row = sqlx::query_as(SELECT).bind(code).fetch_one(&mut *tx).await?;
            // Drafts are asked for at one provider, and vectors as well.
            if change.drafts == Some(true) {
                sqlx::query("UPDATE ai_providers SET drafts = FALSE WHERE provider_code <> $1 AND drafts")
                    .bind(code).execute(&mut *tx).await?;
            }
            if change.embeds == Some(true) {
                sqlx::query("UPDATE ai_providers SET embeds = FALSE WHERE provider_code <> $1 AND embeds")
                    .bind(code).execute(&mut *tx).await?;
            }
            let sealed = change.key.as_ref().and_then(|key| self.cipher.seal(key, &key_identity(before.id)));
            let base_url = change.base_url.as_ref().unwrap_or(&before.base_url);
            // A key is for the server that it was entered for.
            let goes_elsewhere = before.base_url.is_some() && *base_url != before.base_url;
            let allow_local = change.allow_local.unwrap_or(before.allow_local);
            let model = change.model_default.as_ref().unwrap_or(&before.model_default);
            let model_embeddings = change.model_embeddings.as_ref().unwrap_or(&before.model_embeddings);
            let drafts = change.drafts.unwrap_or(before.drafts);
            let embeds = change.embeds.unwrap_or(before.embeds);
            let budget = change.budget_micros.unwrap_or(before.budget_micros);
            sqlx::query(
                "UPDATE ai_providers SET api_key = COALESCE($2, CASE WHEN $10 THEN NULL ELSE api_key END), base_url = $3,
                   allow_local = $4, model_default = $5, model_embeddings = $6, drafts = $7, embeds = $8, budget_micros = $9
                 WHERE provider_code = $1",
            )
            .bind(code).bind(&sealed).bind(base_url).bind(allow_local).bind(model).bind(model_embeddings).bind(drafts)
            .bind(embeds).bind(budget).bind(goes_elsewhere).execute(&mut *tx).await?;
            if goes_elsewhere && sealed.is_none() && before.api_key.is_some() {
                let record = Record { target: Some(code.to_owned()), name: Some(kind.name()), ..Record::default() };
                record!(tx, act, AuditAction::AiKeyRemoved, record);
            }
            if sealed.is_some() {
                let record = Record { target: Some(code.to_owned()), name: Some(kind.name()), ..Record::default() };
                record!(tx, act, AuditAction::AiKeyStored, record);
            }
            let mut changed: Vec<(Option<String>, Option<String>)> = Vec::new();
            if *model != before.model_default {
                changed.push((before.model_default.clone(), model.clone()));
            }
            let mut note = |from: AuditChange, to: AuditChange| {
                if from != to {
                    changed.push((Some(from.to_string()), Some(to.to_string())));
                }
            };
            let text = |setting, value: &Option<String>| AuditChange::AiText { setting, value: value.clone() };
            let switch = |setting, on| AuditChange::AiSwitch { setting, on };
            note(text(AiText::BaseUrl, &before.base_url), text(AiText::BaseUrl, base_url));
            note(switch(AiSwitch::AllowLocal, before.allow_local), switch(AiSwitch::AllowLocal, allow_local));
            note(
                text(AiText::ModelEmbeddings, &before.model_embeddings),
                text(AiText::ModelEmbeddings, model_embeddings),
            );
            note(switch(AiSwitch::Drafts, before.drafts), switch(AiSwitch::Drafts, drafts));
            note(switch(AiSwitch::Embeddings, before.embeds), switch(AiSwitch::Embeddings, embeds));
            note(AuditChange::AiBudget(before.budget_micros), AuditChange::AiBudget(budget));
            for price in &change.prices {
                let old: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
                    "SELECT input_price, output_price FROM ai_models WHERE provider_code = $1 AND model = $2",
                )
                .bind(code).bind(&price.model).fetch_optional(&mut *tx).await?;
                sqlx::query(
                    "INSERT INTO ai_models (provider_code, model, listed, input_price, output_price)
                     VALUES ($1, $2, FALSE, $3, $4)
                     ON CONFLICT (provider_code, model) DO UPDATE SET input_price = excluded.input_price,
                       output_price = excluded.output_price",
                )
                .bind(code).bind(&price.model).bind(price.input_price_micros).bind(price.output_price_micros)
                .execute(&mut *tx).await?;
                let (input, output) = old.unwrap_or_default();
                let of = |input, output| AuditChange::AiPrice { model: price.model.clone(), input, output };
                note(of(input, output), of(price.input_price_micros, price.output_price_micros));
            }
            for (from, to) in changed {
                let record = Record { target: Some(code.to_owned()), name: Some(kind.name()), from, to };
                record!(tx, act, AuditAction::AiSettingsSaved, record);
            }
        });
        Ok(())
    }

    /// Forgets the key of a provider.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_ai_key(&self, kind: AiKind, act: impl Into<Act>) -> Result<(), StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let removed: Option<String> = sqlx::query_scalar(
                "UPDATE ai_providers SET api_key = NULL, updated_at = $2
                 WHERE provider_code = $1 AND api_key IS NOT NULL RETURNING name",
            )
            .bind(kind.as_str()).bind(act.at).fetch_optional(&mut *tx).await?;
            if let Some(name) = &removed {
                let record = Record { target: Some(kind.to_string()), name: Some(name), ..Record::default() };
                record!(tx, act, AuditAction::AiKeyRemoved, record);
            }
        });
        Ok(())
    }

    /// Takes down what a provider lists, in place of what it listed before. Prices stay. A provider that is not stored lists nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_ai_models(
        &self,
        kind: AiKind,
        listed: &[(String, Option<NaiveDate>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let code = kind.as_str();
        writing!(self, tx => {
            let known = sqlx::query("UPDATE ai_providers SET models_at = $2, models_tried_at = $2 WHERE provider_code = $1")
                .bind(code).bind(now).execute(&mut *tx).await?;
            if known.rows_affected() == 0 {
                return Ok(());
            }
            sqlx::query("UPDATE ai_models SET listed = FALSE WHERE provider_code = $1").bind(code).execute(&mut *tx).await?;
            for (model, shutdown_date) in listed {
                sqlx::query(
                    "INSERT INTO ai_models (provider_code, model, listed, shutdown_date) VALUES ($1, $2, TRUE, $3)
                     ON CONFLICT (provider_code, model) DO UPDATE SET listed = TRUE, shutdown_date = excluded.shutdown_date",
                )
                .bind(code).bind(model).bind(shutdown_date.map(|day| day.to_string())).execute(&mut *tx).await?;
            }
            sqlx::query(
                "DELETE FROM ai_models WHERE provider_code = $1 AND NOT listed AND input_price IS NULL
                   AND output_price IS NULL",
            )
            .bind(code).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Takes it on to read a provider's list, unless somebody did within `pause`. `false`: there is nothing to do.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_ai_models(
        &self,
        kind: AiKind,
        pause: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let is_due: Option<i32> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT 1 FROM ai_providers WHERE provider_code = $1 AND (api_key IS NOT NULL OR base_url IS NOT NULL)
                   AND (models_tried_at IS NULL OR models_tried_at <= $2 OR models_tried_at > $3)",
            )
            .bind(kind.as_str()).bind(now - pause).bind(now).fetch_optional(db).await?
        });
        if is_due.is_none() {
            return Ok(false);
        }
        Ok(writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_providers SET models_tried_at = $3 WHERE provider_code = $1
                   AND (models_tried_at IS NULL OR models_tried_at <= $2 OR models_tried_at > $3)",
            )
            .bind(kind.as_str()).bind(now - pause).bind(now).execute(&mut *tx).await?.rows_affected() > 0
        }))
    }
}
