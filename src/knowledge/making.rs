//! Making the vectors of approved pairs that have none, and trying whether they help.

use std::sync::Arc;

use super::{
    source::{Source, SourceError, Text},
    trial::{self, Tried},
    vector::Vector,
    with_subject,
};
use crate::{
    Domain,
    ai::{Patience, TextSide},
    labels::{Side, text_key},
    store::{AnswerText, NewVectors, StoreError, StoredVectors, VectorTrial},
    types::AccountId,
};

/// Pairs whose vectors are made at a time: few enough for a slow machine to answer in time.
const AT_A_TIME: i64 = 16;
/// An account is tried again once it has so many hundredths more or fewer pairs than when it was tried.
const TRIED_AGAIN: i64 = 20;

/// What making vectors has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// Every approved pair has its vectors, and every account is tried.
    All,
    /// There is more to do, later.
    Stopped,
}

/// Whether there is anything to do for [`make`].
pub(crate) async fn is_wanted(d: &Domain) -> Result<bool, SourceError> {
    let Some(source) = Source::chosen(d).await? else { return Ok(false) };
    let id = source.id();
    if !d.store.answers_without_vectors(&id, 1).await?.is_empty() {
        return Ok(true);
    }
    Ok(!untried(d, &id).await?.is_empty())
}

/// Makes the vectors of every approved pair that has none of the chosen model, and tries them where it was not tried yet.
pub(crate) async fn make(d: &Arc<Domain>) -> Result<Made, SourceError> {
    let Some(source) = Source::chosen(d).await? else { return Ok(Made::All) };
    let id = source.id();
    loop {
        if d.stop.is_cancelled() {
            return Ok(Made::Stopped);
        }
        let texts = d.store.answers_without_vectors(&id, AT_A_TIME).await?;
        if texts.is_empty() {
            break;
        }
        let questions: Vec<Text<'_>> = texts
            .iter()
            .map(|of| Text {
                subject: of.subject.as_deref(),
                text: &of.question,
                side: Side::Client,
                known: &of.labels.sensitive,
            })
            .collect();
        let replies: Vec<Text<'_>> = texts
            .iter()
            .map(|of| Text { subject: None, text: &of.reply, side: Side::Reply, known: &of.labels.sensitive })
            .collect();
        let questions = source.embed(d, &questions, TextSide::Question, Patience::for_work()).await?;
        let replies = source.embed(d, &replies, TextSide::Document, Patience::for_work()).await?;
        let made: Vec<NewVectors<'_>> = texts
            .iter()
            .zip(questions.into_iter().zip(replies))
            .map(|(of, (question, reply))| NewVectors { of, vectors: stored(of, question, reply) })
            .collect();
        if d.store.save_vectors(&id, &made, d.clock.now()).await? == 0 {
            // All of them changed meanwhile: nobody pays for the next ones as fast as they come.
            return Ok(Made::Stopped);
        }
    }
    for account in untried(d, &id).await? {
        let (pairs, tried) = tried_pairs(d, &id, account).await?;
        let outcome = tokio::task::spawn_blocking(move || trial::try_out(&tried)).await;
        let Ok(outcome) = outcome else { continue };
        let parts = |rank: f64| (rank * 10_000.0).round() as i64;
        let trial = VectorTrial {
            account,
            model: id.clone(),
            pairs,
            conversations: i64::try_from(outcome.conversations).unwrap_or(i64::MAX),
            weight: (outcome.weight * 100.0).round() as i64,
            words_rank: parts(outcome.words),
            joined_rank: parts(outcome.joined),
            gain_least: parts(outcome.gain.0),
            gain_most: parts(outcome.gain.1),
        };
        tracing::info!(
            %account, model = id, weight = trial.weight, words = trial.words_rank, joined = trial.joined_rank,
            "vectors were tried on the account's own pairs"
        );
        d.store.save_vector_trial(&trial, d.clock.now()).await?;
    }
    Ok(Made::All)
}

/// Of a text without a direction there is an empty one, so that it is not made again and again.
fn stored(of: &AnswerText, question: Option<Vector>, reply: Option<Vector>) -> StoredVectors {
    let bytes = |vector: &Option<Vector>| vector.as_ref().map(Vector::to_bytes).unwrap_or_default();
    let dimension = reply.as_ref().or(question.as_ref()).map_or(0, Vector::dimension);
    StoredVectors {
        pair: of.pair,
        dimension: i64::try_from(dimension).unwrap_or(0),
        fingerprint: fingerprint(of),
        question: bytes(&question),
        reply: bytes(&reply),
    }
}

/// A number for both texts.
pub(super) fn fingerprint(of: &AnswerText) -> i64 {
    text_key(&format!("{}\0{}", of.question, of.reply)).cast_signed()
}

/// The vectors of the message and of the reply, where they are of these texts.
pub(super) fn read(of: &AnswerText, stored: Option<&StoredVectors>) -> Option<(Vector, Vector)> {
    let stored = stored.filter(|stored| stored.fingerprint == fingerprint(of))?;
    Some((Vector::from_bytes(&stored.question)?, Vector::from_bytes(&stored.reply)?))
}

/// Accounts with vectors that were not tried with this model, or had many more or fewer pairs then.
async fn untried(d: &Domain, model: &str) -> Result<Vec<AccountId>, StoreError> {
    let (counted, trials) = (d.store.vectors_of_accounts(model).await?, d.store.vector_trials().await?);
    let is_due = |(account, pairs): &(AccountId, i64)| {
        trials.get(account).filter(|trial| trial.model == model).is_none_or(|trial| {
            (pairs - trial.pairs).abs().saturating_mul(100) >= trial.pairs.saturating_mul(TRIED_AGAIN).max(100)
        })
    };
    Ok(counted.into_iter().filter(is_due).map(|(account, _)| account).collect())
}

/// How many pairs an account has vectors of, and its newest ones as a trial wants them.
async fn tried_pairs(d: &Domain, model: &str, account: AccountId) -> Result<(i64, Vec<Tried>), StoreError> {
    let pairs = d.store.vectors_of_accounts(model).await?.get(&account).copied().unwrap_or(0);
    let mut tried = Vec::new();
    let mut after: Option<String> = None;
    while tried.len() < trial::MOST_PAIRS {
        let (texts, next) = d.store.answer_texts(after.as_deref(), 200).await?;
        let texts: Vec<AnswerText> = texts.into_iter().filter(|of| of.account == account).collect();
        let ids: Vec<_> = texts.iter().map(|of| of.pair).collect();
        let vectors = d.store.vectors_of(model, &ids).await?;
        for of in texts {
            let Some((question, reply)) = read(&of, vectors.get(&of.pair)) else { continue };
            let conversation = of.thread.clone().unwrap_or_else(|| of.pair.to_string());
            let text = with_subject(of.subject.as_deref(), &of.question);
            tried.push(Tried { case: super::case_of(of, Some(reply)), text, question, conversation });
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    // Pages come the latest reply first, in no order within.
    tried.sort_by_key(|one| (one.case.replied_at, one.case.id));
    Ok((pairs, tried))
}
