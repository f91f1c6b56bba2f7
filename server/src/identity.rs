//! Who makes a request: a browser session or a bearer token, found out only when somebody asks.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header, request::Parts};
use replybook::{
    Domain,
    accounts::connect::Binding,
    auth,
    types::{Actor, Credential, Problem, User},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use tower_sessions::Session;

use crate::{problem::Refusal, session};

/// Somebody who is known.
#[derive(Clone)]
pub struct Caller {
    pub user: User,
    /// The session epoch that they were identified in.
    pub epoch: i32,
    /// What they were identified by.
    pub credential: Credential,
    /// What an OAuth request of this caller is tied to.
    pub binding: Binding,
}

impl Caller {
    /// Who acts, for the verbs of the domain that the API calls.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::rest(self.user.id).in_epoch(self.epoch).with(self.credential)
    }
}

/// The credentials of a request, and who they belong to once that was asked for.
#[derive(Clone)]
pub struct Identity(Arc<Credentials>);

struct Credentials {
    domain: Arc<Domain>,
    session: Session,
    bearer: Option<SecretString>,
    caller: OnceCell<Option<Caller>>,
}

impl Identity {
    /// Who makes the request; `None` when nobody is signed in. Asks the database at most once per request, and not at
    /// all when the request carries no credentials.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn caller(&self) -> Result<Option<Caller>, Problem> {
        self.0.caller.get_or_try_init(|| self.0.find(&self.0.session)).await.cloned()
    }

    /// Looks again whether whoever was found may still act, e.g. after a body that came slowly.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] where the session, the token or the person has ended meanwhile; [`Problem::Forbidden`] where
    /// their role is another; when the database cannot be used.
    pub async fn still_holds(&self) -> Result<(), Problem> {
        let Some(Some(before)) = self.0.caller.get() else { return Ok(()) };
        let now = self.0.find(&session::anew(&self.0.domain, &self.0.session)).await?;
        match now.filter(|now| now.user.id == before.user.id && now.epoch == before.epoch) {
            Some(now) if now.user.role == before.user.role => Ok(()),
            Some(_) => Err(Problem::Forbidden),
            None => Err(Problem::Unauthenticated),
        }
    }

    /// Whether the credentials of the request are still an admin's, for an answer that goes on for long.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn is_still_admin(&self) -> Result<bool, Problem> {
        let caller = self.0.find(&session::anew(&self.0.domain, &self.0.session)).await?;
        Ok(caller.is_some_and(|caller| caller.user.is_admin()))
    }

    /// The same for whoever may read mail and decide pairs.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn is_still_reviewer(&self) -> Result<bool, Problem> {
        let caller = self.0.find(&session::anew(&self.0.domain, &self.0.session)).await?;
        Ok(caller.is_some_and(|caller| caller.user.can_review()))
    }
}

impl Credentials {
    async fn find(&self, session: &Session) -> Result<Option<Caller>, Problem> {
        if let Some(token) = &self.bearer {
            // A request with a token is never also a session: a wrong token is 401 whatever cookie came along.
            let found = auth::user_of_token(&self.domain, token.expose_secret()).await?;
            return Ok(found.map(|caller| Caller {
                binding: Binding { user: caller.user.id, session: format!("t:{}", caller.token_id) },
                credential: Credential::Token(caller.token_id),
                user: caller.user,
                epoch: caller.epoch,
            }));
        }
        let found = session::current(&self.domain, session).await?;
        Ok(found.zip(session::credential(session)).map(|((user, login), credential)| Caller {
            credential,
            binding: Binding { user: user.id, session: format!("s:{}", login.binding) },
            user,
            epoch: login.epoch,
        }))
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750). Another scheme belongs to a proxy in front and is none of ours.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Puts the [`Identity`] beside the request.
pub async fn identify(
    State(domain): State<Arc<Domain>>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let bearer = bearer(request.headers()).map(SecretString::from);
    request.extensions_mut().insert(Identity(Arc::new(Credentials {
        domain,
        session,
        bearer,
        caller: OnceCell::new(),
    })));
    next.run(request).await
}

impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Refusal::from(Problem::Unauthenticated))
    }
}

/// Requires that somebody is signed in; else 401 `not_authenticated`.
pub struct SignedIn(pub Caller);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let identity = Identity::from_request_parts(parts, state).await?;
        Ok(Self(identity.caller().await?.ok_or(Problem::Unauthenticated)?))
    }
}

/// Requires an admin; else 401 `not_authenticated` or 403 `admin_required`.
pub struct Admin(pub Caller);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, state).await?;
        if caller.user.is_admin() { Ok(Self(caller)) } else { Err(Problem::Forbidden.into()) }
    }
}

/// Requires a reviewer or an admin; else 401 `not_authenticated` or 403 `reviewer_required`.
pub struct Reviewer(pub Caller);

impl<S: Sync> FromRequestParts<S> for Reviewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, state).await?;
        if caller.user.can_review() { Ok(Self(caller)) } else { Err(Problem::ReviewersOnly.into()) }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_bearer_scheme_is_ours() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
        assert_eq!(bearer(&with("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("bearer  abc")), Some("abc"));
        assert_eq!(bearer(&with("Basic YWJj")), None);
        assert_eq!(bearer(&with("Bearer")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
