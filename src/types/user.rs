//! People and their API tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ApiTokenId, UserId, text_enum::text_enum, whole::maybe_whole};

text_enum! {
    /// What a person may do.
    Role("role") {
        /// Everything.
        Admin = "admin",
        /// Read mail and decide pairs, and connect their own mailbox.
        Reviewer = "reviewer",
        /// Connect their own mailbox.
        Member = "member",
    }
}

/// A person who signs in. Carries no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub role: Role,
    pub active: bool,
    pub created_at: DateTime<Utc>,
}

impl User {
    /// Whether the person may do everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Whether the person may read mail and decide pairs.
    #[must_use]
    pub fn can_review(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Reviewer)
    }
}

/// A person as admins see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Person {
    #[serde(flatten)]
    pub user: User,
    pub last_login_at: Option<DateTime<Utc>>,
    /// Whether they have set a password: whoever was only invited has none.
    pub has_password: bool,
    /// Until when the link that was made for them works; absent where there is none.
    pub link_expires_at: Option<DateTime<Utc>>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginInput {
    #[cfg_attr(feature = "server", schema(max_length = 254, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"))]
    pub email: String,
    pub password: String,
}

/// The answer to a successful `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LoginOutput {
    pub access_token: String,
    /// Always `bearer` (RFC 6750).
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
}

/// How long a personal token may live, and how long it does where nobody says; in days.
pub const TOKEN_DAYS_AT_MOST: u16 = 365;
pub const TOKEN_DAYS: u16 = 90;

/// A session that nobody uses for so many days is over.
pub const SESSION_DAYS: i64 = 14;
/// How many days an invitation works.
pub const INVITATION_DAYS: i64 = 7;

/// A personal API token as it is listed: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub name: String,
    /// The first characters, to tell tokens apart.
    pub prefix: String,
    /// Whose it is.
    pub user_id: UserId,
    pub user_email: String,
    pub created_at: DateTime<Utc>,
    /// Exact to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// `POST /api/auth/tokens`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiTokenInput {
    /// Something that can be read, at most 100 characters.
    #[cfg_attr(
        feature = "server",
        schema(
            min_length = 1,
            max_length = 100,
            pattern = r"[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
        )
    )]
    pub name: String,
    /// 1 to 365; 90 where it is left out.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 365))]
    pub expires_in_days: Option<u16>,
}

/// A token just made: the only time it is shown.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ApiTokenCreated {
    pub token: String,
    pub info: ApiToken,
}
