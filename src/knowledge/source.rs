//! What makes vectors of texts: a provider that an admin chose for it, or a model on this machine, or nothing.

use super::{
    local::{self, Loaded, LocalError},
    vector::Vector,
    with_subject,
};
use crate::{
    Domain,
    ai::{self, AiError, CallError, Patience, TextSide},
    ai_settings,
    labels::{SensitiveSpan, Side, without_sensitive},
    store::StoreError,
    types::AiKind,
};

/// Characters of a text that are read: what a mail is about stands at its beginning.
const MOST_CHARACTERS: usize = 4_000;
/// The same for a model that says that this is too long.
const FEWER_CHARACTERS: usize = 1_000;

/// What makes vectors.
pub(crate) enum Source {
    Provider { kind: AiKind, model: String },
    Local(Loaded),
}

/// A text, and the sensitive spans that are known in it.
pub(super) struct Text<'a> {
    pub subject: Option<&'a str>,
    pub text: &'a str,
    pub side: Side,
    pub known: &'a [SensitiveSpan],
}

impl Text<'_> {
    /// Placeholders would make texts alike that have nothing but them in common: what is sensitive is left out.
    fn told(&self) -> String {
        let subject = self.subject.map(|subject| without_sensitive(subject, self.side, &[]));
        with_subject(subject.as_deref(), &without_sensitive(self.text, self.side, self.known))
    }
}

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Local(#[from] LocalError),
    #[error("a model made a vector of nothing")]
    NoDirection,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Source {
    /// What is chosen: a provider before a model on this machine.
    pub async fn chosen(d: &Domain) -> Result<Option<Self>, SourceError> {
        if let Some((kind, model)) = ai_settings::chosen_for_embeddings(d).await? {
            return Ok(Some(Self::Provider { kind, model }));
        }
        match d.store.local_model().await? {
            Some(name) => Ok(Some(Self::Local(local::loaded(d, &name).await?))),
            None => Ok(None),
        }
    }

    /// The same for every process; vectors with different ones are never compared.
    pub fn id(&self) -> String {
        match self {
            Self::Provider { kind, model } => format!("{kind}:{model}"),
            Self::Local(loaded) => loaded.id.clone(),
        }
    }

    /// A vector of each text. What leaves this machine is without what is sensitive in it.
    pub async fn embed(
        &self,
        d: &Domain,
        texts: &[Text<'_>],
        side: TextSide,
        patience: Patience,
    ) -> Result<Vec<Option<Vector>>, SourceError> {
        let made = match self {
            Self::Local(loaded) => {
                let whole = |text: &Text<'_>| with_subject(text.subject, text.text);
                let texts: Vec<String> = texts.iter().map(|text| beginning(&whole(text), MOST_CHARACTERS)).collect();
                let loaded = loaded.clone();
                let made = tokio::task::spawn_blocking(move || loaded.embed(&texts)).await;
                made.map_err(|_| LocalError::Broken)?
            }
            Self::Provider { kind, model } => {
                let told: Vec<String> = texts.iter().map(Text::told).collect();
                let cut = |most| told.iter().map(|text| beginning(text, most)).collect::<Vec<String>>();
                match ai::embed(d, *kind, model, &cut(MOST_CHARACTERS), side, patience).await {
                    Err(CallError::Provider(AiError::TooLong)) => {
                        ai::embed(d, *kind, model, &cut(FEWER_CHARACTERS), side, patience).await?.value
                    }
                    made => made?.value,
                }
            }
        };
        Ok(made.iter().map(|numbers| Vector::of(numbers)).collect())
    }
}

/// Not wholly empty: some servers refuse a text of nothing.
fn beginning(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.is_empty() { "-".to_owned() } else { text.chars().take(most).collect() }
}
