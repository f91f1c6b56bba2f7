//! Vectors of approved pairs, and what came of trying whether they help to find past cases.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{Act, AnswerText, Record, Store, StoreError, audit::record, bulk::push_list, reading, writing};
use crate::types::{AccountId, AuditAction, PairId};

/// The name of the local model that is used, among the system's values.
const LOCAL_MODEL: &str = "local_model";

/// Vectors of a pair, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredVectors {
    #[sqlx(rename = "pair_id")]
    pub pair: PairId,
    pub dimension: i64,
    /// Of the texts that they were made of.
    pub fingerprint: i64,
    pub question: Vec<u8>,
    pub reply: Vec<u8>,
}

/// Vectors to be stored, with the texts that they were made of.
#[derive(Debug, Clone)]
pub struct NewVectors<'a> {
    pub of: &'a AnswerText,
    pub vectors: StoredVectors,
}

/// What came of trying a model on an account's own pairs.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct VectorTrial {
    #[sqlx(rename = "integration_account_id")]
    pub account: AccountId,
    pub model: String,
    /// Pairs with vectors that there were.
    pub pairs: i64,
    pub conversations: i64,
    /// In hundredths; 0: vectors do not help.
    pub weight: i64,
    /// Mean reciprocal ranks in ten-thousandths: by words alone, and with vectors.
    pub words_rank: i64,
    pub joined_rank: i64,
    /// Between these the gain is, 95 times of 100.
    pub gain_least: i64,
    pub gain_most: i64,
}

impl Store {
    /// The texts of some approved pairs that have no vectors of a model, the latest reply first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answers_without_vectors(&self, model: &str, limit: i64) -> Result<Vec<AnswerText>, StoreError> {
        let ids: Vec<PairId> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT t.id FROM ai_training_pairs t WHERE t.status = 'approved'
                   AND NOT EXISTS (SELECT 1 FROM answer_vectors v WHERE v.pair_id = t.id AND v.model = $1)
                 ORDER BY t.replied_at DESC, t.id DESC LIMIT $2",
            )
            .bind(model).bind(limit).fetch_all(db).await?
        });
        self.answer_texts_of(&ids).await
    }

    /// How many approved pairs of each account have vectors of a model.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn vectors_of_accounts(&self, model: &str) -> Result<BTreeMap<AccountId, i64>, StoreError> {
        let counted: Vec<(AccountId, i64)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT t.integration_account_id, COUNT(*) FROM answer_vectors v JOIN ai_training_pairs t ON t.id = v.pair_id
                 WHERE v.model = $1 AND t.status = 'approved' GROUP BY t.integration_account_id",
            )
            .bind(model).fetch_all(db).await?
        });
        Ok(counted.into_iter().collect())
    }

    /// The vectors of a model that some pairs have.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn vectors_of(
        &self,
        model: &str,
        pairs: &[PairId],
    ) -> Result<BTreeMap<PairId, StoredVectors>, StoreError> {
        if pairs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<StoredVectors> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT pair_id, dimension, fingerprint, question, reply FROM answer_vectors WHERE model = ",
            );
            query.push_bind(model).push(" AND pair_id IN ");
            push_list(&mut query, pairs);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|vectors| (vectors.pair, vectors)).collect())
    }

    /// Stores vectors in the place of others of their pairs. Those of a pair whose texts are others by now, or that is gone, are left
    /// out. Returns how many were stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_vectors(
        &self,
        model: &str,
        made: &[NewVectors<'_>],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        Ok(writing!(self, tx => {
            let mut stored = 0;
            for NewVectors { of, vectors } in made {
                sqlx::query("DELETE FROM answer_vectors WHERE pair_id = $1").bind(of.pair).execute(&mut *tx).await?;
                stored += sqlx::query(
                    "INSERT INTO answer_vectors (pair_id, model, dimension, fingerprint, question, reply, made_at)
                     SELECT t.id, $2, $3, $4, $5, $6, $7 FROM ai_training_pairs t
                     WHERE t.id = $1 AND t.client_text = $8 AND t.our_reply_text = $9",
                )
                .bind(of.pair).bind(model).bind(vectors.dimension).bind(vectors.fingerprint)
                .bind(&vectors.question).bind(&vectors.reply).bind(now).bind(&of.question).bind(&of.reply)
                .execute(&mut *tx).await?.rows_affected();
            }
            stored
        }))
    }

    /// What came of the trials, by account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn vector_trials(&self) -> Result<BTreeMap<AccountId, VectorTrial>, StoreError> {
        let rows: Vec<VectorTrial> = reading!(self, db => {
            sqlx::query_as(
                "SELECT integration_account_id, model, pairs, conversations, weight, words_rank, joined_rank, gain_least,
                   gain_most FROM answer_vector_trials",
            )
            .fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|trial| (trial.account, trial)).collect())
    }

    /// Stores what came of a trial in the place of the one before. Nothing happens where the account is gone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_vector_trial(&self, trial: &VectorTrial, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO answer_vector_trials (integration_account_id, model, pairs, conversations, weight, words_rank,
                   joined_rank, gain_least, gain_most, tried_at)
                 SELECT a.id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM integrations_accounts a WHERE a.id = $1
                 ON CONFLICT (integration_account_id) DO UPDATE SET model = excluded.model, pairs = excluded.pairs,
                   conversations = excluded.conversations, weight = excluded.weight, words_rank = excluded.words_rank,
                   joined_rank = excluded.joined_rank, gain_least = excluded.gain_least, gain_most = excluded.gain_most,
                   tried_at = excluded.tried_at",
            )
            .bind(trial.account).bind(&trial.model).bind(trial.pairs).bind(trial.conversations).bind(trial.weight)
            .bind(trial.words_rank).bind(trial.joined_rank).bind(trial.gain_least).bind(trial.gain_most).bind(now)
            .execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Which local model is used: the name of its folder.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn local_model(&self) -> Result<Option<String>, StoreError> {
        Ok(self.system_value(LOCAL_MODEL).await?.filter(|name| !name.is_empty()))
    }

    /// Notes that a local model was added, and is the chosen one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn local_model_added(&self, name: &str, act: Act) -> Result<(), StoreError> {
        self.set_system_value(LOCAL_MODEL, name, act.at).await?;
        let record = Record { to: Some(name.to_owned()), ..Record::default() };
        writing!(self, tx => { record!(tx, act, AuditAction::ModelAdded, record); });
        Ok(())
    }

    /// Notes that a local model was removed. `None` is chosen where it was the chosen one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn local_model_removed(&self, name: &str, act: Act) -> Result<(), StoreError> {
        if self.local_model().await?.as_deref() == Some(name) {
            self.set_system_value(LOCAL_MODEL, "", act.at).await?;
        }
        let record = Record { from: Some(name.to_owned()), ..Record::default() };
        writing!(self, tx => { record!(tx, act, AuditAction::ModelRemoved, record); });
        Ok(())
    }
}
