//! Which addresses are those of the open internet, and an HTTP client that connects to no others.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Limits, http::builder};

/// A name that leads to a private or local address, or to several of which one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to a private or local address")]
pub struct NotPublic;

impl NotPublic {
    /// Whether this is why a connection did not come about.
    pub(super) fn is_cause_of(error: &(dyn StdError + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// As [`super::client`], for addresses that people enter: it looks at what a name leads to each time it connects, and connects to
/// public addresses only. It uses no proxy of the environment: a proxy would look the name up once more, and might find another
/// address. Addresses that stand in a URL as numbers are not looked up: see [`is_public_host`].
///
/// # Errors
/// When TLS cannot be set up.
pub fn public_client(limits: Limits) -> reqwest::Result<reqwest::Client> {
    builder(limits).no_proxy().dns_resolver(PublicOnly).build()
}

#[derive(Debug, Clone, Copy)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            public_only(found)
        })
    }
}

/// All of them, or none: whoever answers with both kinds has something in mind.
fn public_only(found: Vec<SocketAddr>) -> Result<Addrs, Box<dyn StdError + Send + Sync>> {
    if found.iter().any(|address| !is_public(address.ip())) {
        return Err(Box::new(NotPublic));
    }
    Ok(Box::new(found.into_iter()))
}

/// Whether the host of a URL may be one of the open internet, as far as it tells without being looked up.
#[must_use]
pub fn is_public_host(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Ipv4(address) => is_public(IpAddr::V4(*address)),
        url::Host::Ipv6(address) => is_public(IpAddr::V6(*address)),
        url::Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let is_local =
                |ending: &str| name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            name.contains('.') && !LOCAL_NAMES.into_iter().any(is_local)
        }
    }
}

/// What names of private networks end in: RFC 6761, RFC 6762 with its appendix G, RFC 8375, and ICANN's word for them. None of these is
/// delegated on the open internet.
const LOCAL_NAMES: [&str; 10] =
    ["localhost", "localdomain", "local", "internal", "home.arpa", "lan", "home", "corp", "intranet", "private"];

/// Whether an address is one of the open internet (IANA's registries of special-purpose addresses).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // An address of IPv4 inside one of IPv6: mapped, and by NAT64 or 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            inner(high, low)
        }
        // What is given out so far is 2000::/3. Of that: Teredo, benchmarks and ORCHID, documentation.
        [0x2001, second, ..] => second >= 0x0200 && second != 0x0db8,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Failure, double::Double};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap_or_else(|_| panic!("{text} is an address"))
    }

    #[test]
    fn private_and_local_addresses_are_told_from_public_ones() {
        for public in
            ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            assert!(is_public(address(public)), "{public}");
        }
        for hidden in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(address(hidden)), "{hidden}");
        }
        assert!(is_public(address("::ffff:8.8.8.8")) && is_public(address("64:ff9b::808:808")));
    }

    #[test]
    fn names_that_are_local_by_themselves_are_known() {
        let is_public = |text: &str| {
            let url = url::Url::parse(text).unwrap_or_else(|_| panic!("{text} is a URL"));
            is_public_host(&url.host().expect("has a host"))
        };
        assert!(is_public("https://api.example.com/v1") && is_public("https://localhost.example.com/"));
        for local in [
            "http://localhost:11434/v1",
            "http://a.localhost/",
            "http://LOCALHOST./",
            "http://server/",
            "http://nas.local/",
            "http://x.internal/",
            "http://x.home.arpa/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(!is_public(local), "{local}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_at_when_it_is_connected_to() {
        let double = Double::start([]).await;
        let port = double.url.rsplit(':').next().expect("a port").to_owned();
        let client = public_client(Limits::default()).expect("TLS");
        let failed = client.get(format!("http://localhost:{port}/")).send().await.expect_err("is refused");
        assert_eq!(Failure::from(failed), Failure::NotPublic);
        assert!(double.seen().is_empty(), "nothing was sent");
    }

    #[test]
    fn one_hidden_address_among_public_ones_is_enough() {
        let at = |text: &str| SocketAddr::new(address(text), 0);
        assert!(public_only(vec![at("8.8.8.8"), at("10.0.0.1")]).is_err());
        assert_eq!(public_only(vec![at("8.8.8.8")]).expect("is public").count(), 1);
    }
}
