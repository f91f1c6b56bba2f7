//! Which base URLs people may enter.

use url::Url;

use crate::{net::is_public_host, types::InvalidCode};

/// A base URL as it is stored, without a slash at its end. Addresses that are private, local or without TLS need `allow_local`. What
/// the name leads to is looked at each time it is called.
pub fn base_url(text: &str, allow_local: bool) -> Result<String, InvalidCode> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| InvalidCode::BaseUrlInvalid)?;
    let has_more =
        !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some();
    if text.chars().count() > 500 || has_more || !matches!(url.scheme(), "http" | "https") {
        return Err(InvalidCode::BaseUrlInvalid);
    }
    if !allow_local && !is_allowed(&url) {
        return Err(InvalidCode::BaseUrlLocal);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a URL may be called by whoever may not call private and local addresses.
fn is_allowed(url: &Url) -> bool {
    url.scheme() == "https" && url.host().is_some_and(|host| is_public_host(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_plain_addresses_need_a_word() {
        assert_eq!(base_url(" https://Models.example.com/v1/ ", false).as_deref(), Ok("https://models.example.com/v1"));
        assert!(base_url("https://lan.example.com/v1", false).is_ok(), "only the end says so");
        for local in [
            "http://models.example.com/v1",
            "https://10.0.0.1/v1",
            "https://localhost/v1",
            "https://[::1]/",
            "http://ollama:11434/v1",
            "https://ollama.lan/v1",
            "https://models.corp/v1",
            "https://gpu.models.internal/v1",
            "https://Ollama.Local./v1",
            "https://ollama.home.arpa/v1",
        ] {
            assert_eq!(base_url(local, false), Err(InvalidCode::BaseUrlLocal), "{local}");
            assert!(base_url(local, true).is_ok(), "{local}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        let long = format!("https://models.example.com/{}", "x".repeat(500));
        for bad in [
            "",
            "models.example.com",
            "ftp://x.example/",
            "https://",
            "https://u:p@x.example/",
            "https://x.example/?a=b",
            "https://x.example/#a",
            &long,
        ] {
            assert_eq!(base_url(bad, true), Err(InvalidCode::BaseUrlInvalid), "{bad}");
        }
    }
}
