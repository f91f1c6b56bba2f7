//! Providers of mailboxes whose servers are known: by the domain of an address, by the servers that take a domain's mail, and by
//! the name of an IMAP server.

/// A provider whose ways are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailProvider {
    Aol,
    Fastmail,
    Gmx,
    Google,
    Icloud,
    MailRu,
    /// Outlook.com and Microsoft 365, which take no passwords over IMAP any more.
    Microsoft,
    WebDe,
    Yahoo,
    Yandex,
    Zoho,
}

impl MailProvider {
    /// Every provider.
    pub const ALL: [Self; 11] = [
        Self::Aol,
        Self::Fastmail,
        Self::Gmx,
        Self::Google,
        Self::Icloud,
        Self::MailRu,
        Self::Microsoft,
        Self::WebDe,
        Self::Yahoo,
        Self::Yandex,
        Self::Zoho,
    ];

    /// Whether it takes nothing but app passwords over IMAP.
    #[must_use]
    pub fn wants_app_passwords(self) -> bool {
        match self {
            Self::Aol | Self::Fastmail | Self::Google | Self::Icloud | Self::MailRu | Self::Yahoo | Self::Yandex => {
                true
            }
            // GMX, WEB.DE and Zoho want one from who has two-step verification alone.
            Self::Gmx | Self::Microsoft | Self::WebDe | Self::Zoho => false,
        }
    }
}

/// A server, and whose mail it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) provider: MailProvider,
    /// TLS on port 993, all of them. `None`: no password works there.
    pub(super) host: Option<&'static str>,
    /// The domains of its addresses.
    domains: &'static [&'static str],
    /// Where the servers live that take the mail of its customers' own domains.
    exchanges: &'static [&'static str],
}

const KNOWN: [Known; 17] = [
    Known {
        provider: MailProvider::Yandex,
        host: Some("imap.yandex.ru"),
        domains: &["yandex.ru", "ya.ru", "narod.ru", "yandex.by", "yandex.kz"],
        exchanges: &["yandex.net", "yandex.ru"],
    },
    Known {
        provider: MailProvider::Yandex,
        host: Some("imap.yandex.com"),
        domains: &["yandex.com", "yandex.com.tr", "yandex.ua"],
        exchanges: &[],
    },
    Known {
        provider: MailProvider::MailRu,
        host: Some("imap.mail.ru"),
        domains: &["mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "xmail.ru"],
        exchanges: &["mail.ru"],
    },
    Known {
        provider: MailProvider::Fastmail,
        host: Some("imap.fastmail.com"),
        domains: &["fastmail.com", "fastmail.fm", "sent.com", "fastmail.net", "fastmail.org"],
        exchanges: &["messagingengine.com"],
    },
    Known {
        provider: MailProvider::Icloud,
        host: Some("imap.mail.me.com"),
        domains: &["icloud.com", "me.com", "mac.com"],
        exchanges: &["icloud.com"],
    },
    Known {
        provider: MailProvider::Gmx,
        host: Some("imap.gmx.net"),
        domains: &["gmx.net", "gmx.de", "gmx.at", "gmx.ch"],
        exchanges: &[],
    },
    Known {
        provider: MailProvider::Gmx,
        host: Some("imap.gmx.com"),
        domains: &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"],
        exchanges: &[],
    },
    Known { provider: MailProvider::WebDe, host: Some("imap.web.de"), domains: &["web.de"], exchanges: &[] },
    Known {
        provider: MailProvider::Microsoft,
        host: None,
        domains: &[
            "outlook.com",
            "outlook.de",
            "outlook.fr",
            "outlook.es",
            "outlook.it",
            "outlook.com.br",
            "hotmail.com",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.fr",
            "hotmail.it",
            "hotmail.es",
            "live.com",
            "live.co.uk",
            "live.de",
            "live.fr",
            "live.nl",
            "live.ru",
            "msn.com",
        ],
        exchanges: &["outlook.com", "office365.com", "mx.microsoft"],
    },
    Known {
        provider: MailProvider::Zoho,
        host: Some("imap.zoho.com"),
        domains: &["zoho.com", "zohomail.com"],
        exchanges: &[],
    },
    Known {
        provider: MailProvider::Zoho,
        host: Some("imap.zoho.eu"),
        domains: &["zoho.eu", "zohomail.eu"],
        exchanges: &[],
    },
    Known {
        provider: MailProvider::Zoho,
        host: Some("imap.zoho.in"),
        domains: &["zoho.in", "zohomail.in"],
        exchanges: &[],
    },
    // Those of organisations have servers of their own.
    Known { provider: MailProvider::Zoho, host: Some("imappro.zoho.com"), domains: &[], exchanges: &["zoho.com"] },
    Known { provider: MailProvider::Zoho, host: Some("imappro.zoho.eu"), domains: &[], exchanges: &["zoho.eu"] },
    Known {
        provider: MailProvider::Yahoo,
        host: Some("imap.mail.yahoo.com"),
        domains: &[
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.fr",
            "yahoo.it",
            "yahoo.es",
            "yahoo.ca",
            "yahoo.com.au",
            "yahoo.com.br",
            "yahoo.co.in",
            "ymail.com",
            "rocketmail.com",
            "myyahoo.com",
        ],
        exchanges: &["yahoodns.net"],
    },
    Known { provider: MailProvider::Aol, host: Some("imap.aol.com"), domains: &["aol.com", "aim.com"], exchanges: &[] },
    Known {
        provider: MailProvider::Google,
        host: Some("imap.gmail.com"),
        domains: &["gmail.com", "googlemail.com"],
        exchanges: &["google.com", "googlemail.com"],
    },
];

/// Who has the addresses of a domain.
pub(super) fn by_domain(domain: &str) -> Option<Known> {
    KNOWN.into_iter().find(|known| known.domains.contains(&domain))
}

/// Who takes the mail of a domain, by the name of its mail exchanger.
pub(super) fn by_exchange(name: &str) -> Option<Known> {
    KNOWN.into_iter().find(|known| known.exchanges.iter().any(|domain| is_within(name, domain)))
}

/// Whose an IMAP server is, by its name.
#[must_use]
pub fn provider_of_server(host: &str) -> Option<MailProvider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_theirs = |known: &Known| known.domains.iter().chain(known.exchanges).any(|domain| is_within(&host, domain));
    KNOWN.iter().find(|known| is_theirs(known)).map(|known| known.provider)
}

/// Whether a name is this domain or lies below it.
pub(super) fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_domains_its_exchangers_and_its_servers() {
        for (domain, provider, host) in [
            ("ya.ru", MailProvider::Yandex, Some("imap.yandex.ru")),
            ("yandex.com", MailProvider::Yandex, Some("imap.yandex.com")),
            ("bk.ru", MailProvider::MailRu, Some("imap.mail.ru")),
            ("mac.com", MailProvider::Icloud, Some("imap.mail.me.com")),
            ("gmx.de", MailProvider::Gmx, Some("imap.gmx.net")),
            ("hotmail.com", MailProvider::Microsoft, None),
        ] {
            let known = by_domain(domain).expect("known");
            assert_eq!((known.provider, known.host), (provider, host), "{domain}");
        }
        for (name, provider) in [
            ("mx.yandex.net", MailProvider::Yandex),
            ("emx.mail.ru", MailProvider::MailRu),
            ("in1-smtp.messagingengine.com", MailProvider::Fastmail),
            ("shop-example.mail.protection.outlook.com", MailProvider::Microsoft),
            ("aspmx.l.google.com", MailProvider::Google),
            ("mx.zoho.eu", MailProvider::Zoho),
        ] {
            assert_eq!(by_exchange(name).map(|known| known.provider), Some(provider), "{name}");
        }
        assert_eq!(provider_of_server("IMAP.Mail.me.com."), Some(MailProvider::Icloud));
        assert_eq!(provider_of_server("outlook.office365.com"), Some(MailProvider::Microsoft));
        assert_eq!((by_domain("notgmail.com"), by_exchange("evilgoogle.com")), (None, None));
        assert_eq!(provider_of_server("notmail.ru"), None);
    }

    #[test]
    fn every_provider_has_a_server_and_no_domain_has_two() {
        for provider in MailProvider::ALL {
            assert!(KNOWN.iter().any(|known| known.provider == provider), "{provider:?}");
        }
        let mut domains: Vec<_> = KNOWN.iter().flat_map(|known| known.domains).collect();
        let all = domains.len();
        domains.sort_unstable();
        domains.dedup();
        assert_eq!(domains.len(), all);
        for known in KNOWN {
            let whose = known.host.map(provider_of_server);
            assert!(whose.is_none_or(|whose| whose == Some(known.provider)), "{known:?}");
        }
    }
}
