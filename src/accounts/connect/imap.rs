//! Connecting a mailbox over IMAP: signs in and lists the folders for real, and stores nothing unless both worked.

use secrecy::SecretString;

use crate::{
    Domain, accounts,
    imap::{self, FolderUse, ImapError, MailProvider, MailboxPlace, Session},
    mail::is_address,
    store::{Act, ConnectAccount, ProviderSeed, Tokens},
    types::{
        Account, Actor, ImapAccountInput, ImapRefusal, ImapServer, ImapTls, InvalidCode, Problem, Provider,
        UnavailableCode, UserId,
    },
};

/// The usual ports (RFC 8314 section 3.2, RFC 3501 section 2.1).
const TLS_PORT: u16 = 993;
const PLAIN_PORT: u16 = 143;

/// Where the mailbox of an address is: nowhere known for what is no address.
pub async fn find_mailbox(address: &str) -> MailboxPlace {
    let address = address.trim().to_lowercase();
    if is_address(&address) { imap::find(&address).await } else { MailboxPlace::default() }
}

/// Connects a mailbox, or an address that was connected before anew; the next sync begins at once. A host that is not given is
/// found by the address.
///
/// # Errors
/// [`Problem::Invalid`] names the field that is wrong: `address`, `host`, `port`, `tls`, `username`, `password`.
/// [`Problem::Unavailable`] when the server cannot answer now.
pub async fn connect_imap(
    d: &Domain,
    by: Actor,
    owner: Option<UserId>,
    input: ImapAccountInput,
) -> Result<Account, Problem> {
    let address = input.address.trim().to_lowercase();
    if !is_address(&address) {
        return Err(Problem::invalid("address", InvalidCode::MailAddressInvalid));
    }
    let password = SecretString::from(input.password.as_str());
    let server = server(&with_host(input, &address).await?, &address)?;
    let mut session = Session::new(server.clone(), password.clone());
    let folders = session.folders().await.map_err(|error| refused(&server, error))?;
    let inbox = folders.iter().any(|folder| matches!(folder.purpose, FolderUse::Inbox | FolderUse::All));
    if !inbox {
        return Err(Problem::invalid("username", InvalidCode::NoInbox));
    }
    drop(session);
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Imap, default_scopes: None },
        owner,
        address: &address,
        display_name: &format!("IMAP – {address}"),
        tokens: Some(Tokens { access_token: &password, refresh_token: None, expires_in: None, scopes: &[] }),
        auth: None,
        imap: Some(server.clone()),
    };
    let connected = d.store.connect_account(connect, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, account = %connected.account, host = server.host, folders = folders.len(), "IMAP mailbox connected");
    d.work.notify_one();
    accounts::get(d, connected.account).await
}

/// The same with a host. What was given beside it stays.
async fn with_host(input: ImapAccountInput, address: &str) -> Result<ImapAccountInput, Problem> {
    if !input.host.trim().is_empty() {
        return Ok(input);
    }
    let place = imap::find(address).await;
    let Some(server) = place.server else {
        let code = match place.provider {
            Some(MailProvider::Microsoft) => InvalidCode::PasswordsUnsupported,
            _ => InvalidCode::HostUnknown { domain: address.rsplit('@').next().unwrap_or_default().to_owned() },
        };
        return Err(Problem::invalid("host", code));
    };
    if !place.is_vouched {
        return Err(Problem::invalid("host", InvalidCode::HostUnconfirmed { host: server.host }));
    }
    Ok(ImapAccountInput {
        host: server.host,
        port: input.port.or(Some(server.port)),
        tls: input.tls.or(Some(server.tls)),
        username: input.username.filter(|name| !name.trim().is_empty()).or(Some(server.username)),
        ..input
    })
}

/// The longest name of a host, in bytes (RFC 1035).
const LONGEST_HOST: usize = 253;
/// No server asks for a longer user name or password, in bytes.
const LONGEST_CREDENTIAL: usize = 1_000;

fn server(input: &ImapAccountInput, address: &str) -> Result<ImapServer, Problem> {
    let host = input.host.trim().trim_end_matches('.').to_lowercase();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || host.len() > LONGEST_HOST || !host.chars().all(is_name) {
        return Err(Problem::invalid("host", InvalidCode::HostInvalid));
    }
    let tls = input.tls.unwrap_or(match input.port {
        Some(PLAIN_PORT) => ImapTls::StartTls,
        Some(_) | None => ImapTls::Tls,
    });
    let port = input.port.unwrap_or(match tls {
        ImapTls::Tls => TLS_PORT,
        ImapTls::StartTls | ImapTls::None => PLAIN_PORT,
    });
    if port == 0 {
        return Err(Problem::invalid("port", InvalidCode::PortInvalid));
    }
    if input.password.is_empty() {
        return Err(Problem::invalid("password", InvalidCode::MailPasswordMissing));
    }
    if input.password.contains(char::is_control) {
        return Err(Problem::invalid("password", InvalidCode::MailPasswordInvalid));
    }
    let username = input.username.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(address);
    if username.contains(char::is_control) {
        return Err(Problem::invalid("username", InvalidCode::UsernameInvalid));
    }
    if username.len() > LONGEST_CREDENTIAL {
        return Err(Problem::invalid("username", InvalidCode::TooLong { most: LONGEST_CREDENTIAL }));
    }
    if input.password.len() > LONGEST_CREDENTIAL {
        return Err(Problem::invalid("password", InvalidCode::TooLong { most: LONGEST_CREDENTIAL }));
    }
    Ok(ImapServer { host, port, tls, username: username.to_owned() })
}

fn refused(server: &ImapServer, error: ImapError) -> Problem {
    tracing::info!(host = server.host, port = server.port, code = error.code(), "IMAP mailbox not connected");
    let refusal = ImapRefusal { fault: error.fault(), detail: error.to_string(), said: error.said() };
    let field = match error {
        ImapError::HostNotFound { .. } => "host",
        ImapError::Refused { .. } | ImapError::Unreachable { .. } | ImapError::NotImap { .. } => "port",
        ImapError::Tls { .. } | ImapError::NoStartTls | ImapError::NeedsTls => "tls",
        ImapError::Authentication { .. } | ImapError::AppPassword { .. } => "password",
        ImapError::Limit { .. }
        | ImapError::Unavailable { .. }
        | ImapError::Timeout { .. }
        | ImapError::Lost(_)
        | ImapError::FolderChanged
        | ImapError::Refusal { .. }
        | ImapError::Unreadable
        | ImapError::TooLong
        | ImapError::TlsSetup(_) => return Problem::unavailable(UnavailableCode::Imap(refusal)),
    };
    Problem::invalid(field, InvalidCode::Imap(refusal))
}
