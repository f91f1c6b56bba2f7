//! Sanitised mail, kept for a while: the same mail is opened again and again, and making it harmless takes time.
//!
//! A few are made at once. Whoever stops waiting for their turn costs nothing; what has begun is finished and kept, for whoever asks again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{cleaning::html_to_text, html, labels, types::Problem};

/// Documents that are made at once.
const AT_ONCE: usize = 2;
/// Bytes of documents that are kept.
const KEPT_BYTES: usize = 8 << 20;
/// So many bytes of the HTML of a message are enough to tell its language.
const HTML_LOOKED_AT: usize = 64 << 10;
/// What one costs besides its text.
const OVERHEAD: usize = 200;

/// What a document is made of.
pub(super) struct Source {
    pub(super) html: String,
    pub(super) subject: Option<String>,
    /// The addresses of its pictures, by Content-ID.
    pub(super) pictures: BTreeMap<String, String>,
    pub(super) remote_images: bool,
    pub(super) words: html::Words,
}

type Key = [u8; 32];

impl Source {
    /// Different for all that makes another document.
    fn key(&self) -> Key {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        };
        add(&self.html);
        add(self.subject.as_deref().unwrap_or_default());
        add(self.words.lang);
        add(if self.remote_images { "1" } else { "0" });
        for (id, address) in &self.pictures {
            add(id);
            add(address);
        }
        hash.finalize().into()
    }

    fn document(self) -> Arc<str> {
        let beginning = html_to_text(&self.html[..self.html.floor_char_boundary(HTML_LOOKED_AT)]);
        let language = labels::language_of(&beginning);
        html::document(&self.html, self.subject.as_deref(), language, self.pictures, self.remote_images, self.words)
            .into()
    }
}

/// The documents that were made lately.
pub(crate) struct Documents(Arc<Inner>);

struct Inner {
    kept: Mutex<Kept>,
    turns: Arc<Semaphore>,
}

impl Default for Documents {
    fn default() -> Self {
        Self(Arc::new(Inner { kept: Mutex::default(), turns: Arc::new(Semaphore::new(AT_ONCE)) }))
    }
}

#[derive(Default)]
struct Kept {
    /// With the number of the look that last found each.
    documents: HashMap<Key, (Arc<str>, u64)>,
    bytes: usize,
    looks: u64,
}

impl Kept {
    fn get(&mut self, key: &Key) -> Option<Arc<str>> {
        self.looks += 1;
        let (document, last) = self.documents.get_mut(key)?;
        *last = self.looks;
        Some(Arc::clone(document))
    }

    /// Keeps a document, and drops those that were looked at longest ago where there are too many.
    fn put(&mut self, key: Key, document: Arc<str>) {
        let size = document.len() + OVERHEAD;
        if size > KEPT_BYTES {
            return;
        }
        if let Some((before, _)) = self.documents.insert(key, (document, self.looks)) {
            self.bytes -= before.len() + OVERHEAD;
        }
        self.bytes += size;
        while self.bytes > KEPT_BYTES {
            let oldest = self.documents.iter().filter(|(other, _)| **other != key).min_by_key(|(_, (_, last))| *last);
            let Some((oldest, _)) = oldest.map(|(oldest, kept)| (*oldest, kept)) else { return };
            if let Some((dropped, _)) = self.documents.remove(&oldest) {
                self.bytes -= dropped.len() + OVERHEAD;
            }
        }
    }
}

impl Inner {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents {
    /// The document of this mail: one that is here, or a new one when its turn comes.
    ///
    /// # Errors
    /// [`Problem::Internal`] when making it panics.
    pub(super) async fn get(&self, source: Source) -> Result<Arc<str>, Problem> {
        let key = source.key();
        if let Some(document) = self.0.kept().get(&key) {
            return Ok(document);
        }
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|error| Problem::internal(&error))?;
        // Somebody who waited in front of us may have wanted the same.
        if let Some(document) = self.0.kept().get(&key) {
            return Ok(document);
        }
        let inner = Arc::clone(&self.0);
        let making = move || {
            let document = source.document();
            inner.kept().put(key, Arc::clone(&document));
            // Only now, whether anybody still waits or not: no more than a few are ever made at once.
            drop(turn);
            document
        };
        tokio::task::spawn_blocking(making).await.map_err(|error| Problem::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(html: &str) -> Source {
        let words = html::Words { lang: "en", quoted: "Earlier mail", too_complex: "Too complex" };
        Source { html: html.to_owned(), subject: None, pictures: BTreeMap::new(), remote_images: false, words }
    }

    #[test]
    fn what_makes_another_document_has_another_key() {
        let with = |change: fn(&mut Source)| {
            let mut source = source("<p>a");
            change(&mut source);
            source.key()
        };
        let keys = [
            with(|_| {}),
            with(|source| source.html.push('b')),
            with(|source| source.subject = Some("a".to_owned())),
            with(|source| source.remote_images = true),
            with(|source| source.words.lang = "ru"),
            with(|source| _ = source.pictures.insert("a".to_owned(), "/b".to_owned())),
            with(|source| _ = source.pictures.insert("a".to_owned(), "/c".to_owned())),
        ];
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len());
        assert_eq!(keys[0], source("<p>a").key());
    }

    #[test]
    fn what_is_kept_has_a_limit_and_the_oldest_goes_first() {
        let mut kept = Kept::default();
        let document = || Arc::<str>::from("x".repeat(KEPT_BYTES / 4));
        for number in 0..10_u8 {
            kept.put([number; 32], document());
            assert!(kept.get(&[0; 32]).is_some(), "looked at every time");
            assert!(kept.bytes <= KEPT_BYTES);
        }
        assert!(kept.get(&[9; 32]).is_some() && kept.get(&[1; 32]).is_none());
        kept.put([9; 32], document());
        assert_eq!(kept.bytes, kept.documents.len() * (KEPT_BYTES / 4 + OVERHEAD));
        kept.put([20; 32], "x".repeat(KEPT_BYTES + 1).into());
        assert!(kept.get(&[20; 32]).is_none());
    }

    #[tokio::test]
    async fn a_mail_is_made_once_and_who_left_the_queue_costs_nothing() {
        let documents = Documents::default();
        let first = documents.get(source("<p>one")).await.expect("is made");
        let again = documents.get(source("<p>one")).await.expect("is there");
        assert!(Arc::ptr_eq(&first, &again));
        let all = u32::try_from(AT_ONCE).expect("a small number");
        let busy = Arc::clone(&documents.0.turns).acquire_many_owned(all).await.expect("is free");
        let mut waiting = Box::pin(documents.get(source("<p>two")));
        assert!(futures::poll!(&mut waiting).is_pending());
        assert!(documents.get(source("<p>one")).await.is_ok(), "what is here needs no turn");
        drop(waiting);
        drop(busy);
        assert_eq!(documents.0.kept().documents.len(), 1);
        assert_eq!(documents.0.turns.available_permits(), AT_ONCE);
    }
}
