//! Where the mailbox of an address is: at a provider that is known, or where the DNS of its domain says. Nothing is asked of
//! anybody but the name servers of this machine, and no server is guessed.

use std::time::Duration;

use hickory_resolver::{
    TokioResolver,
    proto::rr::{RData, rdata::SRV},
};
use tokio::time::timeout;

use super::providers::{Known, MailProvider, by_domain, by_exchange, is_within, provider_of_server};
use crate::types::{ImapServer, ImapTls};

/// How long the name servers may take, for all questions together.
const PATIENCE: Duration = Duration::from_secs(4);
/// TLS from the first byte (RFC 8314 section 3.2).
const TLS_PORT: u16 = 993;
/// Names that are in no public DNS (RFC 6761, RFC 6762, RFC 7686).
const NEVER_THERE: [&str; 6] = ["example", "invalid", "local", "localhost", "onion", "test"];

/// Where a mailbox is, as far as that can be found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxPlace {
    pub provider: Option<MailProvider>,
    pub server: Option<ImapServer>,
    /// Whether a password may be sent there unasked: the server is a provider's that is known, or within the domain of the
    /// address. Anything else that unsigned DNS says a person has to confirm (RFC 6186 section 6).
    pub is_vouched: bool,
}

/// Finds the server of an address: by the table of providers, else by `_imaps._tcp` (RFC 6186), else by who takes the domain's mail.
pub async fn find(address: &str) -> MailboxPlace {
    let Some((user, domain)) = address.rsplit_once('@') else { return MailboxPlace::default() };
    // In the form that the DNS has; an address literal has no name.
    let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return MailboxPlace::default() };
    if let Some(known) = by_domain(&domain) {
        // Apple knows its people without their domain.
        let user = if known.provider == MailProvider::Icloud { user } else { address };
        return at(known, user);
    }
    let top = domain.rsplit('.').next().unwrap_or_default();
    if NEVER_THERE.contains(&top) {
        return MailboxPlace::default();
    }
    match TokioResolver::builder_tokio().and_then(|builder| builder.build()) {
        Ok(names) => ask(&names, address, &domain).await,
        Err(error) => {
            tracing::warn!(%error, "the DNS cannot be asked for mail servers");
            MailboxPlace::default()
        }
    }
}

fn at(known: Known, username: &str) -> MailboxPlace {
    let server = known.host.map(|host| ImapServer {
        host: host.to_owned(),
        port: TLS_PORT,
        tls: ImapTls::Tls,
        username: username.to_owned(),
    });
    MailboxPlace { provider: Some(known.provider), server, is_vouched: true }
}

async fn ask(names: &TokioResolver, address: &str, domain: &str) -> MailboxPlace {
    // With the dot at the end no other domain is searched.
    let service = async { names.srv_lookup(format!("_imaps._tcp.{domain}.").as_str()).await };
    let exchanges = async { names.mx_lookup(format!("{domain}.").as_str()).await };
    let Ok((service, exchanges)) = timeout(PATIENCE, async { tokio::join!(service, exchanges) }).await else {
        tracing::info!(domain, seconds = PATIENCE.as_secs(), "no answer about the mail servers of a domain");
        return MailboxPlace::default();
    };
    let exchange = exchanges.ok().and_then(|found| {
        let exchanges = found.answers().iter().filter_map(|record| match &record.data {
            RData::MX(exchange) => Some((exchange.preference, exchange.exchange.to_ascii())),
            _ => None,
        });
        by_exchange(&plain(&exchanges.min()?.1))
    });
    // A record of old that names a server where no password works any more helps nobody.
    if let Some(known) = exchange.filter(|known| known.host.is_none()) {
        return at(known, address);
    }
    let service = service.ok().and_then(|found| {
        let services = found.answers().iter().filter_map(|record| match &record.data {
            RData::SRV(service) => Some(service.clone()),
            _ => None,
        });
        services.min_by_key(|service| (service.priority, std::cmp::Reverse(service.weight)))
    });
    let place = service.and_then(|service| named(&service, address, domain));
    place.or_else(|| exchange.map(|known| at(known, address))).unwrap_or_default()
}

/// The server that an SRV record names. The root is no server: the domain says that it has none.
fn named(service: &SRV, address: &str, domain: &str) -> Option<MailboxPlace> {
    let host = plain(&service.target.to_ascii());
    if host.is_empty() || service.port == 0 {
        return None;
    }
    let provider = provider_of_server(&host);
    let is_vouched = service.port == TLS_PORT && (provider.is_some() || is_within(&host, domain));
    let server = ImapServer { host, port: service.port, tls: ImapTls::Tls, username: address.to_owned() };
    Some(MailboxPlace { provider, server: Some(server), is_vouched })
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use hickory_resolver::{
        config::{ConnectionConfig, NameServerConfig, ResolverConfig},
        net::runtime::TokioRuntimeProvider,
        proto::{
            op::{Message, MessageType, OpCode, ResponseCode},
            rr::{Name, Record, rdata::MX},
        },
    };
    use tokio::net::UdpSocket;

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect("a name")
    }

    /// A name server that has these records and no others; `silent` does not answer at all.
    async fn name_server(records: Vec<(&'static str, RData)>, silent: bool) -> TokioResolver {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = socket.local_addr().expect("an address").port();
        tokio::spawn(async move {
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                let asked = Message::from_vec(&packet[..length]).expect("a question");
                if silent {
                    continue;
                }
                let question = asked.queries.first().expect("one question").clone();
                let mut answer = Message::new(asked.metadata.id, MessageType::Response, OpCode::Query);
                answer.metadata.recursion_available = true;
                let mut found = false;
                for (owner, data) in &records {
                    if name(owner).eq_ignore_root_case(question.name()) && data.record_type() == question.query_type() {
                        answer.add_answer(Record::from_rdata(question.name().clone(), 60, data.clone()));
                        found = true;
                    }
                }
                if !found {
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
                answer.add_query(question);
                socket.send_to(&answer.to_vec().expect("an answer"), from).await.expect("sends");
            }
        });
        let mut udp = ConnectionConfig::udp();
        udp.port = port;
        let server = NameServerConfig::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true, vec![udp]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().attempts = 1;
        builder.build().expect("a resolver")
    }

    fn srv(priority: u16, weight: u16, port: u16, target: &str) -> RData {
        RData::SRV(SRV::new(priority, weight, port, name(target)))
    }

    fn mx(preference: u16, exchange: &str) -> RData {
        RData::MX(MX::new(preference, name(exchange)))
    }

    const SERVICE: &str = "_imaps._tcp.shop.net.";

    async fn found(records: Vec<(&'static str, RData)>) -> (Option<String>, Option<MailProvider>, bool) {
        let names = name_server(records, false).await;
        let place = ask(&names, "ann@shop.net", "shop.net").await;
        let server = place.server.map(|server| format!("{}:{}", server.host, server.port));
        (server, place.provider, place.is_vouched)
    }

    fn place(
        server: &str,
        provider: Option<MailProvider>,
        is_vouched: bool,
    ) -> (Option<String>, Option<MailProvider>, bool) {
        (Some(server.to_owned()), provider, is_vouched)
    }

    #[tokio::test]
    async fn the_domain_says_where_its_mail_is() {
        let records = vec![
            (SERVICE, srv(10, 1, 993, "second.shop.net.")),
            (SERVICE, srv(0, 1, 993, "light.shop.net.")),
            (SERVICE, srv(0, 9, 993, "Mail.shop.net.")),
        ];
        assert_eq!(found(records).await, place("mail.shop.net:993", None, true));
        let hosted = vec![(SERVICE, srv(0, 1, 993, "imap.fastmail.com."))];
        assert_eq!(found(hosted).await, place("imap.fastmail.com:993", Some(MailProvider::Fastmail), true));
    }

    #[tokio::test]
    async fn what_unsigned_records_say_of_strangers_is_to_be_confirmed() {
        let elsewhere = vec![(SERVICE, srv(0, 1, 993, "mail.hoster.net."))];
        assert_eq!(found(elsewhere).await, place("mail.hoster.net:993", None, false));
        let other_port = vec![(SERVICE, srv(0, 1, 6_379, "shop.net."))];
        assert_eq!(found(other_port).await, place("shop.net:6379", None, false));
    }

    #[tokio::test]
    async fn who_takes_the_mail_has_the_mailbox() {
        let yandex = vec![("shop.net.", mx(20, "backup.shop.net.")), ("shop.net.", mx(10, "mx.yandex.net."))];
        assert_eq!(found(yandex).await, place("imap.yandex.ru:993", Some(MailProvider::Yandex), true));
        // Without a server for passwords, whatever an old record says.
        let microsoft = vec![
            (SERVICE, srv(0, 1, 993, "outlook.office365.com.")),
            ("shop.net.", mx(0, "shop-net.mail.protection.outlook.com.")),
        ];
        assert_eq!(found(microsoft).await, (None, Some(MailProvider::Microsoft), true));
        let no_imap = vec![(SERVICE, srv(0, 0, 0, ".")), ("shop.net.", mx(10, "mx.shop.net."))];
        assert_eq!(found(no_imap).await, (None, None, false));
        assert_eq!(found(Vec::new()).await, (None, None, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_server_that_is_silent_is_not_waited_for() {
        let names = name_server(Vec::new(), true).await;
        assert_eq!(ask(&names, "ann@shop.net", "shop.net").await, MailboxPlace::default());
    }

    #[tokio::test]
    async fn what_is_known_is_not_asked_for() {
        let icloud = find("ann@me.com").await.server.expect("known");
        assert_eq!((icloud.host.as_str(), icloud.username.as_str()), ("imap.mail.me.com", "ann"));
        let yandex = find("ann@YA.ru").await.server.expect("known");
        assert_eq!((yandex.host.as_str(), yandex.username.as_str()), ("imap.yandex.ru", "ann@YA.ru"));
        for nowhere in ["ann@shop.example", "ann@localhost", "ann@[127.0.0.1]", "nobody"] {
            assert_eq!(find(nowhere).await, MailboxPlace::default(), "{nowhere}");
        }
    }
}
