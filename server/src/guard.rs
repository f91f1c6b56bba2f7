//! The door of the pages: decided before anything is rendered.

use replybook::types::User;
use replybook_app::{page::Audience, paths, request::is_page_inside};

/// What a page answers to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Render it.
    Show,
    /// Send the browser elsewhere.
    Redirect(String),
    /// Render the Forbidden page with 403.
    Forbid,
}

/// Decides about a page for `audience`. `here` is what was asked for: path and query.
#[must_use]
pub fn judge(audience: Audience, here: &str, user: Option<&User>) -> Verdict {
    match (audience, user) {
        (Audience::SignedIn | Audience::Reviewers | Audience::Admins, None) => Verdict::Redirect(login_url(here)),
        (Audience::Admins, Some(user)) if !user.is_admin() => Verdict::Forbid,
        (Audience::Reviewers, Some(user)) if !user.can_review() => Verdict::Forbid,
        // Who is signed in has no business at the login.
        (Audience::Everybody, Some(user)) if here.split('?').next() == Some(paths::LOGIN) => {
            Verdict::Redirect(next_of(here).unwrap_or_else(|| paths::home(user.role).to_owned()))
        }
        _ => Verdict::Show,
    }
}

/// Who may know of what lives, or does not, at an address that is no page.
#[must_use]
pub fn area(here: &str) -> Audience {
    let path = here.split('?').next().unwrap_or_default();
    let within = |area: &str| path == area || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'));
    match path {
        _ if within(paths::OVERVIEW) => Audience::Admins,
        _ if within(paths::ME) => Audience::SignedIn,
        _ => Audience::Everybody,
    }
}

/// The login page that leads back to `next` afterwards.
#[must_use]
pub fn login_url(next: &str) -> String {
    match safe_next(next).map(|next| without_addresses(&next)) {
        Some(next) => with_query("/login", &[("next", &next)]),
        None => "/login".to_owned(),
    }
}

/// A path without the fields of its query that hold mail addresses: what somebody searched for is nothing for the logs of proxies
/// and the history of a browser that is not signed in.
fn without_addresses(next: &str) -> String {
    let Some((path, query)) = next.split_once('?') else { return next.to_owned() };
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if !fields.iter().any(|(_, value)| value.contains('@')) {
        return next.to_owned();
    }
    let kept: Vec<(&str, &str)> =
        fields.iter().filter(|(_, value)| !value.contains('@')).map(|(name, value)| (&**name, &**value)).collect();
    with_query(path, &kept)
}

/// `path?name=value&…`, encoded.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// `next` if it is a page of ours to which somebody may be sent who has signed in.
#[must_use]
pub fn safe_next(next: &str) -> Option<String> {
    is_page_inside(next).then(|| next.to_owned())
}

fn next_of(path_and_query: &str) -> Option<String> {
    let (_, query) = path_and_query.split_once('?')?;
    let (_, next) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next")?;
    safe_next(&next)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use replybook::types::{Role, UserId};

    use super::*;

    fn user(role: Role) -> User {
        User {
            id: UserId::new(),
            email: "a@x.example".to_owned(),
            display_name: "A".to_owned(),
            role,
            active: true,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/admin", "/admin/ai-email-training?status=new&x=%2F", "/account#tokens"] {
            assert_eq!(safe_next(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "admin",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "/a\\b",
            "/login",
            "/login?next=/admin",
            "/logout",
            "/setup?token=x",
            "/loginfo",
            "/api/ui/sync-now",
        ] {
            assert_eq!(safe_next(bad), None, "{bad:?}");
        }
        assert_eq!(safe_next(&format!("/{}", "a".repeat(3_000))), None);
    }

    #[test]
    fn anonymous_people_are_sent_to_the_login_and_back() {
        assert_eq!(
            judge(Audience::Admins, "/admin/ai-email-training?status=new&limit=5", None),
            Verdict::Redirect("/login?next=%2Fadmin%2Fai-email-training%3Fstatus%3Dnew%26limit%3D5".to_owned())
        );
        assert_eq!(
            judge(Audience::Admins, "/admin/threads?q=ann%40shop.example&account=7&x=a@b", None),
            Verdict::Redirect("/login?next=%2Fadmin%2Fthreads%3Faccount%3D7".to_owned()),
            "addresses are for nobody's log"
        );
        let account = Verdict::Redirect("/login?next=%2Faccount".to_owned());
        assert_eq!(judge(Audience::SignedIn, "/account", None), account);
        for open in ["/login", "/setup", "/nowhere"] {
            assert_eq!(judge(Audience::Everybody, open, None), Verdict::Show, "{open}");
        }
    }

    #[test]
    fn members_stay_out_of_the_admin_pages() {
        let (admin, member) = (user(Role::Admin), user(Role::Member));
        assert_eq!(judge(Audience::Admins, "/admin", Some(&member)), Verdict::Forbid);
        assert_eq!(judge(Audience::Admins, "/admin", Some(&admin)), Verdict::Show);
        assert_eq!(judge(Audience::SignedIn, "/account", Some(&member)), Verdict::Show);
        let reviewer = user(Role::Reviewer);
        assert_eq!(judge(Audience::Admins, "/admin", Some(&reviewer)), Verdict::Forbid);
        for (who, verdict) in [(&admin, Verdict::Show), (&reviewer, Verdict::Show), (&member, Verdict::Forbid)] {
            assert_eq!(judge(Audience::Reviewers, paths::TRAINING, Some(who)), verdict, "{}", who.role);
        }
    }

    #[test]
    fn what_is_no_page_belongs_to_its_area() {
        for page in ["/admin", "/admin/", "/admin/integrations", "/admin/nowhere?x=1"] {
            assert_eq!(area(page), Audience::Admins, "{page}");
        }
        assert_eq!(area("/account/nowhere"), Audience::SignedIn);
        for page in ["/", "/nowhere", "/administration", "/accounts"] {
            assert_eq!(area(page), Audience::Everybody, "{page}");
        }
    }

    #[test]
    fn a_login_page_is_not_shown_to_somebody_signed_in() {
        let admin = user(Role::Admin);
        let login = |here| judge(Audience::Everybody, here, Some(&admin));
        assert_eq!(login("/login?next=%2Faccount"), Verdict::Redirect("/account".to_owned()));
        assert_eq!(login("/login?next=%2F%2Fevil.example"), Verdict::Redirect("/admin".to_owned()));
    }
}
