//! Secrets at rest: `ENC:v1:` + base64(nonce ‖ ciphertext ‖ tag), and the hashes of tokens.
//!
//! AES-256-GCM (NIST SP 800-38D) under a key derived from `SECRET_KEY` by HKDF-SHA256 (RFC 5869). The identity of the
//! row is bound in as associated data, so that a ciphertext copied to another row does not decrypt there.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const PREFIX: &str = "ENC:v1:";
const NONCE_BYTES: usize = 12;
const HKDF_INFO: &[u8] = b"replybook/secrets/v1";

/// Why a stored secret could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The text is not `ENC:v1:` followed by base64.
    #[error("the stored secret is not in the ENC:v1 format")]
    Format,
    /// The key is not the one it was written with, the text was changed, or it belongs to another row.
    #[error("the stored secret cannot be decrypted: SECRET_KEY is not the one it was stored with")]
    WrongKey,
}

/// Encrypts secrets with one key, and decrypts those of this key and, while keys are changed, of the one before.
#[derive(Clone)]
pub struct Cipher {
    aead: Aes256Gcm,
    previous: Option<Aes256Gcm>,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(redacted)")
    }
}

impl Cipher {
    /// Derives the key from `SECRET_KEY`.
    #[must_use]
    pub fn new(secret_key: &SecretString) -> Self {
        Self { aead: derived(secret_key), previous: None }
    }

    /// The same, which also opens what was sealed by `SECRET_KEY_PREVIOUS`.
    #[must_use]
    pub fn with_previous(self, secret_key: &SecretString) -> Self {
        Self { previous: Some(derived(secret_key)), ..self }
    }

    /// Whether a sealed text is readable, and sealed by the present key.
    #[must_use]
    pub fn is_current(&self, stored: &str, identity: &str) -> bool {
        Self { aead: self.aead.clone(), previous: None }.open(stored, identity).is_ok()
    }

    /// Encrypts `plain` for the row that `identity` names, e.g. `integrations_credentials/<id>/access_token`.
    /// An empty secret is no secret: `None`.
    #[must_use]
    pub fn seal(&self, plain: &SecretString, identity: &str) -> Option<String> {
        let plain = plain.expose_secret();
        if plain.is_empty() {
            return None;
        }
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: plain.as_bytes(), aad: identity.as_bytes() };
        let sealed = self.aead.encrypt(&nonce.into(), payload).expect("AES-GCM encrypts anything that fits in memory");
        Some(format!("{PREFIX}{}", STANDARD.encode([&nonce[..], &sealed[..]].concat())))
    }

    /// Decrypts what [`Cipher::seal`] made for the same `identity`.
    ///
    /// # Errors
    /// [`CryptoError::Format`] if it is not such a text, [`CryptoError::WrongKey`] if it does not decrypt.
    pub fn open(&self, stored: &str, identity: &str) -> Result<SecretString, CryptoError> {
        let encoded = stored.strip_prefix(PREFIX).ok_or(CryptoError::Format)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| CryptoError::Format)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CryptoError::Format)?;
        let payload = Payload { msg: sealed, aad: identity.as_bytes() };
        let keys = [Some(&self.aead), self.previous.as_ref()];
        let opened = keys
            .into_iter()
            .flatten()
            .find_map(|key| key.decrypt(&(*nonce).into(), Payload { msg: payload.msg, aad: payload.aad }).ok());
        let plain = opened.ok_or(CryptoError::WrongKey)?;
        String::from_utf8(plain).map(SecretString::from).map_err(|_| CryptoError::Format)
    }
}

fn derived(secret_key: &SecretString) -> Aes256Gcm {
    let mut key = [0_u8; 32];
    Hkdf::<Sha256>::new(None, secret_key.expose_secret().as_bytes())
        .expand(HKDF_INFO, &mut key)
        .expect("32 bytes are within what HKDF-SHA256 can give");
    Aes256Gcm::new(&key.into())
}

/// SHA-256 in lower-case hexadecimal: how tokens of high entropy are stored.
#[must_use]
pub fn token_hash(token: &str) -> String {
    content_id(token.as_bytes())
}

/// What [`token_hash`] writes, in bytes.
#[must_use]
pub fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in lower-case hexadecimal: the key of a message whose source has no stable id for it. The same bytes are the same
/// message, wherever they come from; two messages that share a Message-ID are not.
#[must_use]
pub fn content_id(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A fresh random token of 256 bits, base64url without padding (43 characters).
#[must_use]
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(key: &str) -> Cipher {
        Cipher::new(&SecretString::from(key))
    }

    #[test]
    fn a_secret_comes_back_and_never_looks_the_same_twice() {
        let (one, two) = (
            cipher("k").seal(&"ya29.token".into(), "row/1").expect("not empty"),
            cipher("k").seal(&"ya29.token".into(), "row/1").expect("not empty"),
        );
        assert_ne!(one, two);
        assert!(one.starts_with("ENC:v1:") && !one.contains("ya29"));
        assert_eq!(cipher("k").open(&one, "row/1").expect("opens").expose_secret(), "ya29.token");
    }

    #[test]
    fn what_the_previous_key_sealed_opens_and_is_not_of_the_present_one() {
        let old = cipher("old").seal(&"secret".into(), "row/1").expect("not empty");
        let both = cipher("new").with_previous(&"old".into());
        assert_eq!(both.open(&old, "row/1").expect("opens").expose_secret(), "secret");
        assert!(!both.is_current(&old, "row/1"));
        let new = both.seal(&"secret".into(), "row/1").expect("not empty");
        assert!(both.is_current(&new, "row/1") && !both.is_current(&new, "row/2"));
        assert_eq!(cipher("old").open(&new, "row/1").expect_err("another key"), CryptoError::WrongKey);
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert_eq!(cipher("k").seal(&"".into(), "row/1"), None);
    }

    #[test]
    fn a_wrong_key_another_row_and_a_changed_text_are_clear_errors() {
        let sealed = cipher("k").seal(&"secret".into(), "row/1").expect("not empty");
        assert_eq!(cipher("other").open(&sealed, "row/1").expect_err("wrong key"), CryptoError::WrongKey);
        assert_eq!(cipher("k").open(&sealed, "row/2").expect_err("wrong row"), CryptoError::WrongKey);
        let mut bytes = STANDARD.decode(&sealed[PREFIX.len()..]).expect("base64");
        *bytes.last_mut().expect("has a tag") ^= 1;
        let changed = format!("{PREFIX}{}", STANDARD.encode(bytes));
        assert_eq!(cipher("k").open(&changed, "row/1").expect_err("changed"), CryptoError::WrongKey);
        for bad in ["", "plain", "ENC:v1:", "ENC:v1:%%%", "ENC:v1:AAAA"] {
            assert_eq!(cipher("k").open(bad, "row/1").expect_err("no format"), CryptoError::Format, "{bad}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", cipher("very secret")), "Cipher(redacted)");
    }

    #[test]
    fn token_hashes_are_sha256() {
        assert_eq!(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(random_token().len(), 43);
    }
}
