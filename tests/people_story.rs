//! Who is let in, as what, and by which link. On both databases.

mod support;

use std::sync::Arc;

use chrono::TimeDelta;
use replybook::{
    Domain, auth,
    clock::ManualClock,
    crypto::{token_digest, token_hash},
    people,
    types::{
        Actor, ApiTokenInput, AuditAction, AuditFilter, ConflictCode, Credential, InvalidCode, NotFoundCode, Problem,
        Role, Through, User, UserId,
    },
};
use support::{TestDb, noon, on_each_database};

const PASSWORD: &str = "a-long-enough-one";

async fn with_admin(db: &TestDb) -> (Arc<Domain>, Arc<ManualClock>, User) {
    let clock = Arc::new(ManualClock::new(noon()));
    let d = db.domain(clock.clone()).await;
    let ann =
        auth::create_user(&d, Actor::command_line(), "ann@shop.example", Some("Ann"), PASSWORD, Role::Admin).await;
    (d, clock, ann.expect("is made"))
}

async fn sign_in(d: &Domain, email: &str, password: &str) -> Result<User, Problem> {
    auth::login(d, Through::Page, email, password, "127.0.0.1".parse().expect("an address"), None)
        .await
        .map(|entrant| entrant.user)
}

fn is_gone<T: std::fmt::Debug>(result: Result<T, Problem>) -> bool {
    matches!(result, Err(Problem::NotFound { code: NotFoundCode::AccessLink }))
}

#[tokio::test]
async fn an_invitation_works_once_and_not_for_ever() {
    on_each_database("invitations", |db| async move {
        let (d, clock, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let invited = people::invite(&d, by, " Ben@Shop.example ", Role::Member).await.expect("is invited");
        assert_eq!(invited.email, "ben@shop.example");
        let twice = people::invite(&d, by, "ben@shop.example", Role::Member).await;
        assert!(matches!(twice, Err(Problem::Invalid { code: InvalidCode::EmailTaken, .. })), "{twice:?}");
        let nobody = people::invite(&d, by, "ben", Role::Member).await;
        assert!(matches!(nobody, Err(Problem::Invalid { code: InvalidCode::EmailInvalid, .. })), "{nobody:?}");

        // Without a password there is no way in, whatever is typed.
        for password in ["", "x", PASSWORD] {
            assert!(sign_in(&d, "ben@shop.example", password).await.is_err());
        }
        let ben = || async { people::list(&d).await.expect("reads").remove(1) };
        assert_eq!((ben().await.has_password, ben().await.last_login_at), (false, None));
        assert_eq!(ben().await.link_expires_at, Some(noon() + TimeDelta::days(people::INVITATION_DAYS)));

        // A wrong name or password uses nothing up; a wrong token is not even looked at.
        assert!(people::of_link(&d, &invited.token).await.expect("reads").is_some());
        assert!(is_gone(people::join(&d, "another", "Ben", "short").await));
        assert!(people::join(&d, &invited.token, "Ben", "short").await.is_err());
        assert!(people::join(&d, &invited.token, "  ", PASSWORD).await.is_err());
        let joined = people::join(&d, &invited.token, " Ben ", PASSWORD).await.expect("joins").user;
        assert_eq!((joined.display_name.as_str(), joined.role), ("Ben", Role::Member));
        assert!(is_gone(people::join(&d, &invited.token, "Eve", "another-long-one").await));
        assert!(people::of_link(&d, &invited.token).await.expect("reads").is_none());
        assert!(sign_in(&d, "ben@shop.example", PASSWORD).await.is_ok());
        assert_eq!((ben().await.has_password, ben().await.last_login_at), (true, Some(noon())));

        // A newer link replaces the older one, and each ends by itself.
        let first = people::make_link(&d, by, joined.id).await.expect("is made");
        let second = people::make_link(&d, by, joined.id).await.expect("is made");
        assert!(is_gone(people::join(&d, &first.token, "Ben", "another-long-one").await));
        assert!(sign_in(&d, "ben@shop.example", PASSWORD).await.is_ok(), "what was there works until it is used");
        clock.advance(TimeDelta::hours(people::RESET_HOURS));
        assert!(is_gone(people::join(&d, &second.token, "Ben", "another-long-one").await));
        let third = people::make_link(&d, by, joined.id).await.expect("is made");
        let epoch = auth::session_epoch(&d, joined.id).await.expect("reads");
        people::join(&d, &third.token, "Ben", "another-long-one").await.expect("sets it");
        assert!(sign_in(&d, "ben@shop.example", PASSWORD).await.is_err());
        assert!(
            auth::session_user(&d, joined.id, epoch).await.expect("reads").is_none(),
            "sessions of before are over"
        );
        assert!(people::make_link(&d, by, UserId::new()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn there_is_always_somebody_who_can_do_everything() {
    on_each_database("the last admin", |db| async move {
        let (d, _, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let is_last = |result| matches!(result, Err(Problem::Conflict { code: ConflictCode::LastAdmin }));
        assert!(is_last(people::set_active(&d, by, ann.id, false).await));
        assert!(is_last(people::set_role(&d, by, ann.id, Role::Member).await));
        let invited = people::invite(&d, by, "ben@shop.example", Role::Member).await.expect("is invited");
        let ben = invited.user;
        assert!(is_last(people::set_role(&d, by, ann.id, Role::Member).await));
        people::set_role(&d, by, ben, Role::Admin).await.expect("is changed");
        // An invitation may never be taken up.
        assert!(is_last(people::set_active(&d, by, ann.id, false).await));
        people::join(&d, &invited.token, &"b".repeat(201), PASSWORD).await.expect_err("the name is too long");
        people::join(&d, &invited.token, &"b".repeat(200), PASSWORD).await.expect("joins");
        people::set_role(&d, by, ben, Role::Admin).await.expect("is so already");

        // Two admins who shut each other out at once: one stays.
        let (one, other) = tokio::join!(
            people::set_active(&d, by, ben, false),
            people::set_active(&d, Actor::page(ben), ann.id, false)
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1, "{one:?} {other:?}");
        let active: Vec<UserId> = people::list(&d)
            .await
            .expect("reads")
            .into_iter()
            .filter(|person| person.user.active)
            .map(|p| p.user.id)
            .collect();
        assert_eq!(active.len(), 1);
        let stays = active[0];
        let out = if stays == ann.id { ben } else { ann.id };
        assert!(people::make_link(&d, by, out).await.is_err(), "who is shut out gets no link");
        people::set_active(&d, Actor::page(stays), out, true).await.expect("is let in");
        let unknown = people::set_active(&d, by, UserId::new(), false).await;
        assert!(matches!(unknown, Err(Problem::NotFound { code: NotFoundCode::User })), "{unknown:?}");

        let filter = AuditFilter { action: Some(AuditAction::RoleChanged), ..AuditFilter::default() };
        let record = d.store.audit_page(&filter, None, 10).await.expect("reads").items;
        assert_eq!(record.len(), 1, "what is so already is not on record");
        assert_eq!((record[0].from.as_deref(), record[0].to.as_deref()), (Some("member"), Some("admin")));
    })
    .await;
}

#[tokio::test]
async fn who_is_shut_out_has_no_link_any_more() {
    on_each_database("links of the shut out", |db| async move {
        let (d, _, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let invited = people::invite(&d, by, "ben@shop.example", Role::Member).await.expect("is invited");
        people::set_active(&d, by, invited.user, false).await.expect("is shut out");
        assert!(is_gone(people::join(&d, &invited.token, "Ben", PASSWORD).await));
        people::set_active(&d, by, invited.user, true).await.expect("is let in");
        assert!(is_gone(people::join(&d, &invited.token, "Ben", PASSWORD).await));
        // What would turn the text beside a name is left out.
        people::rename(&d, by, "\u{202e}Anna").await.expect("is renamed");
        assert_eq!(people::list(&d).await.expect("reads")[0].user.display_name, "Anna");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_withdrawn_once_and_on_record() {
    on_each_database("links withdrawn", |db| async move {
        let (d, clock, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let invited = people::invite(&d, by, "ben@shop.example", Role::Member).await.expect("is invited");
        let is_open = async || {
            let people = people::list(&d).await.expect("reads");
            people.iter().any(|person| person.user.id == invited.user && person.link_expires_at.is_some())
        };
        assert!(is_open().await);
        people::withdraw_link(&d, by, invited.user).await.expect("is withdrawn");
        assert!(is_gone(people::join(&d, &invited.token, "Ben", PASSWORD).await) && !is_open().await);
        assert!(is_gone(people::withdraw_link(&d, by, invited.user).await));
        // One that has run out is none either, and leaves no record.
        people::make_link(&d, by, invited.user).await.expect("is made");
        clock.advance(TimeDelta::days(2));
        assert!(is_gone(people::withdraw_link(&d, by, invited.user).await));
        let filter = AuditFilter { action: Some(AuditAction::AccessLinkWithdrawn), ..AuditFilter::default() };
        assert_eq!(d.store.audit_page(&filter, None, 10).await.expect("reads").items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn links_end_with_what_their_maker_may_do_and_with_a_new_password() {
    on_each_database("links of makers", |db| async move {
        let (d, _, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let admin = async |email: &str| {
            auth::create_user(&d, Actor::command_line(), email, None, PASSWORD, Role::Admin).await.expect("is made").id
        };
        let (ben, cleo) = (admin("ben@shop.example").await, admin("cleo@shop.example").await);
        let works = async |token: &str| people::of_link(&d, token).await.expect("reads").is_some();

        // One of an admin who is shut out, and one of an admin who is none any more.
        let of_ben = people::invite(&d, Actor::page(ben), "dan@shop.example", Role::Admin).await.expect("is invited");
        let of_cleo = people::invite(&d, Actor::page(cleo), "eve@shop.example", Role::Admin).await.expect("is invited");
        let of_ann = people::invite(&d, by, "fay@shop.example", Role::Member).await.expect("is invited");
        people::set_active(&d, by, ben, false).await.expect("is shut out");
        people::set_role(&d, by, cleo, Role::Reviewer).await.expect("is a reviewer");
        for (token, lives) in [(&of_ben.token, false), (&of_cleo.token, false), (&of_ann.token, true)] {
            assert_eq!(works(token).await, lives);
        }

        // One's own, with a password changed and with signing out everywhere.
        let link = people::make_link(&d, by, ann.id).await.expect("is made");
        assert!(works(&link.token).await);
        auth::change_password(&d, by, PASSWORD, "another-long-one").await.expect("is changed");
        assert!(!works(&link.token).await);
        let link = people::make_link(&d, by, ann.id).await.expect("is made");
        auth::sign_out_everywhere(&d, by).await.expect("is signed out");
        assert!(!works(&link.token).await);
    })
    .await;
}

fn is_signed_out<T>(result: Result<T, Problem>) -> bool {
    result.err() == Some(Problem::Unauthenticated)
}

#[tokio::test]
async fn what_was_asked_before_access_ended_is_not_done_afterwards() {
    on_each_database("access ended meanwhile", |db| async move {
        let (d, _, ann) = with_admin(&db).await;
        let admin = async |email: &str| {
            auth::create_user(&d, Actor::command_line(), email, None, PASSWORD, Role::Admin).await.expect("is made").id
        };
        let identified = async |id| Actor::rest(id).in_epoch(auth::session_epoch(&d, id).await.expect("reads"));
        let script = ApiTokenInput { name: "script".to_owned(), expires_in_days: None };
        let (mail, other) = ("ben@shop.example", "another-long-one");
        let ben = admin(mail).await;
        let mut password = PASSWORD;
        for end in ["everywhere", "reset", "let in again", "shut out"] {
            // Identified at the head of a request whose body comes slowly.
            let by = identified(ben).await;
            let token = auth::create_api_token(&d, by, &script).await.expect("is made");
            match end {
                "everywhere" => auth::sign_out_everywhere(&d, Actor::page(ben)).await.expect("is signed out"),
                "reset" => {
                    auth::set_password(&d, Actor::command_line(), mail, other).await.expect("is set");
                    password = other;
                }
                end => {
                    people::set_active(&d, Actor::page(ann.id), ben, false).await.expect("is shut out");
                    if end == "let in again" {
                        people::set_active(&d, Actor::page(ann.id), ben, true).await.expect("is let in");
                    }
                }
            }
            assert!(auth::user_of_token(&d, &token.token).await.expect("reads").is_none());
            assert!(is_signed_out(auth::create_api_token(&d, by, &script).await));
            assert!(is_signed_out(auth::delete_api_token(&d, by, token.info.id).await));
            assert!(is_signed_out(auth::sign_out_everywhere(&d, by).await));
            assert!(is_signed_out(auth::change_password(&d, by, password, "a-third-long-one").await));
            assert!(is_signed_out(people::invite(&d, by, "eve@shop.example", Role::Admin).await));
            assert!(is_signed_out(people::make_link(&d, by, ann.id).await));
            assert!(is_signed_out(people::withdraw_link(&d, by, ann.id).await));
            assert!(is_signed_out(people::set_role(&d, by, ann.id, Role::Member).await));
            assert!(is_signed_out(people::set_active(&d, by, ann.id, false).await));
            assert!(is_signed_out(people::rename(&d, by, "Eve").await));
            let everybody = people::list(&d).await.expect("reads");
            assert_eq!(everybody.len(), 2);
            assert!(everybody.iter().all(|person| person.link_expires_at.is_none()), "{end}");
            assert_eq!(auth::list_api_tokens(&d, ben).await.expect("reads"), []);
        }

        // A token or a session that was taken back does nothing more, though its owner may go on with others.
        let token = auth::create_api_token(&d, identified(ann.id).await, &script).await.expect("is made");
        let with_token = identified(ann.id).await.with(Credential::Token(token.info.id));
        let with_session = identified(ann.id).await.with(Credential::Session(token_digest("its id")));
        let in_a_week = noon() + TimeDelta::days(7);
        assert!(d.store.session_create(&token_hash("its id"), b"", in_a_week).await.expect("writes"));
        for by in [with_token, with_session] {
            people::rename(&d, by, "Ann").await.expect("is renamed");
        }
        auth::delete_api_token(&d, with_token, token.info.id).await.expect("deletes itself");
        d.store.session_delete(&token_hash("its id")).await.expect("writes");
        for by in [with_token, with_session] {
            assert!(is_signed_out(people::rename(&d, by, "Eve").await));
            assert!(is_signed_out(auth::create_api_token(&d, by, &script).await));
        }

        // Whoever is no admin any more is still signed in, and does nothing that is for admins.
        let cleo = admin("cleo@shop.example").await;
        let by = identified(cleo).await;
        people::set_role(&d, Actor::page(ann.id), cleo, Role::Reviewer).await.expect("is a reviewer");
        for refused in [
            people::invite(&d, by, "eve@shop.example", Role::Admin).await.map(|_| ()),
            people::make_link(&d, by, ann.id).await.map(|_| ()),
            people::set_role(&d, by, cleo, Role::Admin).await,
            people::set_active(&d, by, ann.id, false).await,
        ] {
            assert_eq!(refused, Err(Problem::Forbidden));
        }
        assert!(auth::create_api_token(&d, by, &script).await.is_ok());

        // A login counts for the password that was verified, whatever has been done since.
        let from = "127.0.0.1".parse().expect("an address");
        let entrant = auth::login(&d, Through::Rest, "cleo@shop.example", PASSWORD, from, None).await.expect("fits");
        auth::set_password(&d, Actor::command_line(), "cleo@shop.example", other).await.expect("is set");
        assert!(is_signed_out(auth::issue_login_token(&d, &entrant).await));
        assert!(auth::session_user(&d, cleo, entrant.epoch).await.expect("reads").is_none());
    })
    .await;
}

#[tokio::test]
async fn nobody_has_more_tokens_than_can_be_looked_after() {
    on_each_database("many tokens", |db| async move {
        let (d, clock, ann) = with_admin(&db).await;
        let by = Actor::page(ann.id);
        let make = async |days| {
            let input = ApiTokenInput { name: "script".to_owned(), expires_in_days: Some(days) };
            auth::create_api_token(&d, by, &input).await
        };
        let first = make(30).await.expect("is made");
        for _ in 1..50 {
            make(1).await.expect("is made");
        }
        let refused = make(1).await.map(|made| made.info.id);
        assert!(matches!(refused, Err(Problem::Conflict { code: ConflictCode::TooManyTokens })), "{refused:?}");
        // What is over or deleted does not count, and neither does what others have.
        auth::delete_api_token(&d, by, first.info.id).await.expect("is deleted");
        make(1).await.expect("is made");
        clock.advance(TimeDelta::days(2));
        make(1).await.expect("is made");

        // Tokens of logins give way to newer ones.
        let from = "127.0.0.1".parse().expect("an address");
        let entrant = auth::login(&d, Through::Rest, "ann@shop.example", PASSWORD, from, None).await.expect("fits");
        let mut tokens = Vec::new();
        for _ in 0..201 {
            tokens.push(auth::issue_login_token(&d, &entrant).await.expect("is made").access_token);
            clock.advance(TimeDelta::seconds(1));
        }
        let mut is_good = Vec::new();
        for token in [0, 1, 200] {
            is_good.push(auth::user_of_token(&d, &tokens[token]).await.expect("reads").is_some());
        }
        assert_eq!(is_good, [false, true, true]);
    })
    .await;
}
