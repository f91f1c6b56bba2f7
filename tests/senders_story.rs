//! Who may switch a mailbox on by connecting it, and mail that bears our address without being ours. On both databases.

mod support;

use std::{fmt::Write as _, sync::Arc};

use replybook::{
    Domain, accounts, import, pairs,
    store::{Act, ConnectAccount, NewUser, ProviderSeed, ThreadFilter},
    threads,
    types::{
        Account, AccountProblem, AccountStatus, Actor, AuditAction, AuditFilter, ConflictCode, EmailMessage,
        EmailThreadDetail, InvalidCode, NotFoundCode, PairFilter, PairStatusFilter, Problem, Provider, Revocation,
        Role, UserId,
    },
    worker,
};
use support::{TestDb, noon, on_each_database};

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(replybook::clock::ManualClock::new(noon()))).await
}

async fn person(d: &Domain, email: &str, role: Role) -> UserId {
    let new =
        NewUser { email: email.to_owned(), display_name: "Anna".to_owned(), password_hash: "hash".to_owned(), role };
    d.store.create_user(new, noon()).await.expect("a user can be made").id
}

#[tokio::test]
async fn a_member_who_connects_a_mailbox_again_does_not_switch_it_on() {
    on_each_database("connected again", |db| async move {
        let d = domain(&db).await;
        let member = person(&d, "member@shop.example", Role::Member).await;
        let admin = person(&d, "admin@shop.example", Role::Admin).await;
        let connect = |by: Actor| {
            let d = Arc::clone(&d);
            async move {
                let connect = ConnectAccount {
                    provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
                    owner: by.user,
                    address: "support@shop.example",
                    display_name: "Support",
                    tokens: None,
                    auth: None,
                    imap: None,
                };
                d.store.connect_account(connect, Act { by, at: noon() }).await.expect("connects")
            }
        };
        let status = async |account| d.store.account(account).await.expect("reads").expect("is there").status;
        let first = connect(Actor::page(member)).await;
        assert!(!first.is_off);
        let account = first.account;
        accounts::set_enabled(&d, Actor::page(admin), account, false).await.expect("switches");

        for by in [Actor::page(member), Actor::rest(member)] {
            assert!(connect(by).await.is_off);
            assert_eq!(status(account).await, AccountStatus::Disabled);
        }
        // A problem that the member can mend is mended, and the mailbox is still off.
        for problem in [AccountProblem::Disconnected, AccountProblem::Reconnect] {
            let shown = match problem {
                AccountProblem::Disconnected => {
                    d.store.disconnect_account(account, Revocation::Confirmed, noon()).await
                }
                // What a sync that was still going on found: the member had taken back the consent meanwhile.
                problem => d.store.set_account_problem(account, problem, noon()).await,
            };
            let shown = shown.expect("writes").expect("is there");
            assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Disabled, Some(problem)));
            assert!(connect(Actor::page(member)).await.is_off);
            let now = d.store.account(account).await.expect("reads").expect("is there");
            assert_eq!((now.status, now.meta.problem), (AccountStatus::Disabled, None));
        }
        // Switched on with its problem, it needs the person that it needed before.
        d.store.set_account_problem(account, AccountProblem::Reconnect, noon()).await.expect("writes");
        accounts::set_enabled(&d, Actor::page(admin), account, true).await.expect("switches");
        assert_eq!(status(account).await, AccountStatus::Error);
        assert!(!connect(Actor::page(member)).await.is_off);
        assert_eq!(status(account).await, AccountStatus::Active);

        for by in [Actor::page(admin), Actor { user: Some(member), ..Actor::command_line() }] {
            accounts::set_enabled(&d, Actor::page(admin), account, false).await.expect("switches");
            assert!(!connect(by).await.is_off);
            assert_eq!(status(account).await, AccountStatus::Active);
        }
    })
    .await;
}

/// A mail of an exported Gmail mailbox, one minute later than the one before.
fn mail(box_: &mut String, number: u32, from: &str, to: &str, more: &str, text: &str) {
    write!(
        box_,
        "From x Mon Jun 01 10:{number:02}:00 2026\nFrom: {from}\nTo: {to}\nSubject: Order 12\n\
         Date: Mon, 1 Jun 2026 10:{number:02}:00 +0000\nMessage-ID: <{number}@mail>\n{more}\n\n{text}\n\n"
    )
    .expect("writes");
}

async fn only_thread(d: &Arc<Domain>) -> EmailThreadDetail {
    let list = threads::list(d, &ThreadFilter::default(), None).await.expect("reads");
    assert_eq!(list.items.len(), 1);
    threads::thread(d, list.items[0].id, None, threads::MESSAGES).await.expect("reads")
}

fn doubted(thread: &EmailThreadDetail) -> Vec<bool> {
    thread.messages.iter().map(|message: &EmailMessage| message.unverified).collect()
}

#[tokio::test]
async fn mail_that_bears_our_address_makes_no_pair_until_somebody_says_that_it_is_ours() {
    const US: &str = "support@shop.example";
    const CLIENT: &str = "carl@client.example";
    on_each_database("forged sender", |db| async move {
        for (number, exported) in [true, false, true].into_iter().enumerate() {
            let d = domain(&db).await;
            let admin = Actor::page(person(&d, &format!("{number}@shop.example"), Role::Admin).await);
            // Only an export has labels that tell what was sent; elsewhere it takes the word of the receiving server.
            let (inbox, forged) = if exported {
                ("X-Gmail-Labels: Inbox", "X-Gmail-Labels: Inbox")
            } else {
                ("X-Mailer: x", "Authentication-Results: mx.shop.example; dmarc=fail header.from=shop.example")
            };
            // Whoever sends a mail may write labels into it.
            let forged = if number == 2 {
                "Authentication-Results: mx.shop.example; dmarc=fail\nX-Gmail-Labels: Sent"
            } else {
                forged
            };
            let mut file = String::new();
            mail(&mut file, 1, CLIENT, US, inbox, "When does my order arrive?");
            let answers = format!("{forged}\nIn-Reply-To: <1@mail>");
            mail(&mut file, 2, US, CLIENT, &answers, "Please pay once more to this other account.");
            let path = db.folder().join(format!("{number}.mbox"));
            std::fs::write(&path, file).expect("writes");
            let run = import::import_file(&d, &path, US, |_| {}).await.expect("imports");
            assert_eq!(run.skip_reasons.get("unverified_sender"), Some(&1), "{:?}", run.skip_reasons);
            let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
            let texts = async || -> Vec<String> {
                let page = pairs::page(&d, &filter, None, 10, 0).await.expect("reads");
                page.items.into_iter().map(|pair| pair.our_reply_text).collect()
            };
            assert_eq!(texts().await, Vec::<String>::new());
            let thread = only_thread(&d).await;
            assert_eq!(doubted(&thread), [false, true]);

            let second = thread.messages[1].id;
            threads::confirm_sender(&d, admin, second, true).await.expect("writes");
            assert_eq!(texts().await, ["Please pay once more to this other account."]);
            let thread = only_thread(&d).await;
            assert_eq!((doubted(&thread), thread.messages[1].confirmed_ours), (vec![false, false], true));

            threads::confirm_sender(&d, admin, second, false).await.expect("writes");
            assert_eq!(texts().await, Vec::<String>::new());
            assert_eq!(doubted(&only_thread(&d).await), [false, true]);
            let clients = threads::confirm_sender(&d, admin, thread.messages[0].id, true).await;
            let refused = matches!(clients, Err(Problem::Conflict { code: ConflictCode::NotOurAddress, .. }));
            assert!(refused, "{clients:?}");
            let unknown = threads::confirm_sender(&d, admin, replybook::types::MessageId::new(), true).await;
            assert!(matches!(unknown, Err(Problem::NotFound { .. })), "{unknown:?}");

            let account = d.store.list_accounts(None, None).await.expect("reads").remove(0).id;
            accounts::delete(&d, admin, account).await.expect("deletes");
        }
    })
    .await;
}

#[tokio::test]
async fn which_addresses_are_ours_can_be_said_after_the_import() {
    const WRONG: &str = "info@shop.example";
    const OURS: &str = "support@shop.example";
    on_each_database("own addresses", |db| async move {
        let d = domain(&db).await;
        let admin = Actor::page(person(&d, "ann@shop.example", Role::Admin).await);
        let mut file = String::new();
        for number in 0..3 {
            let client = format!("carl{number}@client.example");
            mail(&mut file, 2 * number, &client, OURS, "X-Mailer: x", "When does my order arrive?");
            let answers = format!("In-Reply-To: <{}@mail>", 2 * number);
            mail(&mut file, 2 * number + 1, OURS, &client, &answers, "It arrives tomorrow, in the morning.");
        }
        let path = db.folder().join("wrong.mbox");
        std::fs::write(&path, file).expect("writes");
        let run = import::import_file(&d, &path, WRONG, |_| {}).await.expect("imports");
        assert_eq!((run.pairs_created, run.pairs_skipped > 0), (0, true));
        let account = d.store.list_accounts(None, None).await.expect("reads").remove(0).id;
        let senders = accounts::senders(&d, account).await.expect("reads");
        assert_eq!((senders.looked_at, senders.ours), (6, 0));
        assert_eq!(senders.others[0], (OURS.to_owned(), 3));

        let bad = accounts::add_own_addresses(&d, admin, account, "support@shop.example, nobody").await;
        let is_named = matches!(&bad, Err(Problem::Invalid { field, .. }) if field == "addresses");
        assert!(is_named && bad.unwrap_err().to_string().contains("nobody"));
        let pairs = async || d.store.pair_counts(&PairFilter::default()).await.expect("reads").new;
        let changed =
            accounts::add_own_addresses(&d, admin, account, &format!(" {OURS};{WRONG} {OURS}")).await.expect("set");
        assert_eq!(changed.meta.aliases, [OURS]);
        worker::run_once(&d).await.expect("runs");
        assert_eq!(pairs().await, 3);
        assert_eq!(accounts::senders(&d, account).await.expect("reads").ours, 3);

        // Said twice, it is one entry of the record; taken back, the pairs that nobody decided about go.
        accounts::add_own_addresses(&d, admin, account, OURS).await.expect("set");
        let nobody = accounts::remove_own_address(&d, admin, account, "nobody@shop.example").await;
        assert!(matches!(nobody, Err(Problem::NotFound { code: NotFoundCode::OwnAddress })), "{nobody:?}");
        let changed = accounts::remove_own_address(&d, admin, account, OURS).await.expect("set");
        assert_eq!(changed.meta.aliases, [""; 0]);
        worker::run_once(&d).await.expect("runs");
        assert_eq!(pairs().await, 0);
        let filter = AuditFilter { action: Some(AuditAction::OwnAddressesSet), ..AuditFilter::default() };
        let record = d.store.audit_page(&filter, None, 10).await.expect("reads").items;
        assert_eq!(record.len(), 2);

        // The address under which a file was imported can be taken back when there is another. The mailbox keeps its name, and more of the
        // same mail goes there.
        let conflict = async |address: &str| match accounts::remove_own_address(&d, admin, account, address).await {
            Err(Problem::Conflict { code }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(conflict(WRONG).await, ConflictCode::LastOwnAddress);
        accounts::add_own_addresses(&d, admin, account, OURS).await.expect("set");
        let named = accounts::remove_own_address(&d, admin, account, WRONG).await.expect("set");
        let own = |account: &Account| account.own_addresses().cloned().collect::<Vec<_>>();
        assert_eq!((named.external_account_id.as_str(), own(&named)), (WRONG, vec![OURS.to_owned()]));
        assert_eq!(named.display_name, format!("Mbox – {WRONG}"));
        worker::run_once(&d).await.expect("runs");
        assert_eq!(pairs().await, 3, "nothing hangs on the address that was wrong");
        assert_eq!(conflict(OURS).await, ConflictCode::LastOwnAddress);
        let again = import::import_file(&d, &path, OURS, |_| {}).await.expect("imports");
        assert_eq!(again.account_id, account, "the file goes where its mail is");
        let all = d.store.list_accounts(None, None).await.expect("reads");
        assert_eq!((all.len(), own(&all[0])), (1, vec![OURS.to_owned()]));
        // Whoever imports it under that address says that it is theirs.
        let again = import::import_file(&d, &path, &format!("{WRONG}, {OURS}"), |_| {}).await.expect("imports");
        let now = d.store.account(again.account_id).await.expect("reads").expect("is there");
        assert_eq!((now.id, own(&now)), (account, vec![WRONG.to_owned(), OURS.to_owned()]));
        let changes = d.store.audit_page(&filter, None, 1).await.expect("reads").items;
        assert_eq!((changes[0].from.as_deref(), changes[0].to.as_deref()), (None, Some("removed info@shop.example")));

        // There is room for a hundred.
        let many =
            |count: usize| (0..count).map(|number| format!("us{number}@shop.example")).collect::<Vec<_>>().join(" ");
        for (count, fits) in [(101, false), (99, false), (98, true), (98, true)] {
            let added = accounts::add_own_addresses(&d, admin, account, &many(count)).await;
            let is_refused =
                matches!(&added, Err(Problem::Invalid { code: InvalidCode::TooManyOwnAddresses { most: 100 }, .. }));
            assert!(added.is_ok() == fits && is_refused != fits, "{count}: {added:?}");
        }
        let refused = import::import_file(&d, &path, &format!("{WRONG}, one.more@shop.example"), |_| {}).await;
        assert!(matches!(&refused, Err(Problem::Invalid { field, .. }) if field == "as_address"), "{refused:?}");
        accounts::remove_own_address(&d, admin, account, "us7@shop.example").await.expect("set");

        // Gmail tells its addresses itself.
        let gmail = support::store::gmail(&d.store, None, "us@mail.example").await;
        let refused = accounts::add_own_addresses(&d, admin, gmail, OURS).await;
        assert!(matches!(refused, Err(Problem::Conflict { code: ConflictCode::AddressesFromProvider })), "{refused:?}");
        let imap = support::store::account_of(&d.store, Provider::Imap, "us@imap.example").await;
        let refused = accounts::remove_own_address(&d, admin, imap, "us@imap.example").await;
        assert!(matches!(refused, Err(Problem::Conflict { code: ConflictCode::MailboxAddressStays })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_another_mailbox_has_says_where_its_pairs_are() {
    const FIRST: &str = "support@shop.example";
    const SECOND: &str = "info@shop.example";
    on_each_database("pairs elsewhere", |db| async move {
        let d = domain(&db).await;
        let admin = Actor::page(person(&d, "ann@shop.example", Role::Admin).await);
        let mut file = String::new();
        mail(&mut file, 0, "carl@client.example", FIRST, "X-Mailer: x", "When does my order arrive?");
        mail(
            &mut file,
            1,
            FIRST,
            "carl@client.example",
            "In-Reply-To: <0@mail>",
            "It arrives tomorrow, in the morning.",
        );
        let path = db.folder().join("first.mbox");
        std::fs::write(&path, file).expect("writes");
        let import = async |path: &std::path::Path, address: &str| {
            import::import_file(&d, path, address, |_| {}).await.expect("imports")
        };
        let first = import(&path, FIRST).await;
        assert_eq!((first.pairs_created, first.found_no_pairs, first.pairs_in), (1, false, None));

        for _ in 0..2 {
            let second = import(&path, SECOND).await;
            assert!(!second.found_no_pairs, "nothing is wrong with the address");
            let there = second.pairs_in.expect("it says where");
            assert_eq!((there.account_id, there.threads), (first.account_id, 1));
            assert_eq!(there.account_name, format!("Mbox – {FIRST}"));
            let account = d.store.account(second.account_id).await.expect("reads").expect("is there");
            assert!(!account.found_no_pairs() && account.pairs_in == Some(there));
            let listed = d.store.list_accounts(None, None).await.expect("reads");
            assert_eq!(listed.iter().filter(|account| account.pairs_in.is_some()).count(), 1);
        }

        // Mail without any pair is still none, however often it is imported.
        let mut silent = String::new();
        mail(&mut silent, 7, "dora@client.example", "us@other.example", "X-Mailer: x", "Are you open on Sunday?");
        let path = db.folder().join("silent.mbox");
        std::fs::write(&path, silent).expect("writes");
        for address in ["us@other.example", "we@other.example", "us@other.example"] {
            let run = import(&path, address).await;
            assert!(run.found_no_pairs && run.pairs_in.is_none(), "{address}");
        }

        // Where the other mailbox goes, its address is none of ours any more: now that is what is missing here.
        let second = d.store.imported_under(SECOND).await.expect("reads");
        assert_eq!(second, None, "it names a mailbox itself");
        accounts::delete(&d, admin, first.account_id).await.expect("deletes");
        worker::run_once(&d).await.expect("runs");
        let left = d.store.list_accounts(None, None).await.expect("reads");
        let second = left.iter().find(|account| account.external_account_id == SECOND).expect("is there");
        assert_eq!((second.counts.pairs, &second.pairs_in, second.found_no_pairs()), (0, &None, true));
    })
    .await;
}
