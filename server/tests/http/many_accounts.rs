//! Two hundred accounts: found, paged, and named in filters instead of listed.

use leptos::server_fn::ServerFn;
use replybook::{
    accounts,
    store::{ConnectAccount, ProviderSeed},
    types::{AccountId, AccountProblem, Actor, Provider, Role},
};
use replybook_app::{pages::integrations::api::SetAccountEnabled, paths};
use reqwest::header;

use crate::support::{
    TestApp,
    browser::{Browser, location},
};

const PAGE: &str = paths::INTEGRATIONS;

async fn with_accounts(number: usize) -> (TestApp, Browser, Vec<AccountId>) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    let mut ids = Vec::new();
    for account in 0..number {
        let address = format!("team{account}@shop.example");
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            owner: None,
            address: &address,
            display_name: &format!("Gmail – {address}"),
            tokens: None,
            auth: None,
            imap: None,
        };
        ids.push(app.domain.store.connect_account(connect, now).await.expect("connects").account);
    }
    (app, browser, ids)
}

async fn text(browser: &Browser, path: &str) -> String {
    let response = browser.open(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.expect("a page")
}

/// How many accounts a page lists.
fn rows(page: &str) -> usize {
    page.split("<a href=\"/admin/integrations/accounts/")
        .skip(1)
        .filter(|link| link[36..].starts_with("\" class=\"subject\""))
        .count()
}

#[tokio::test]
async fn accounts_are_paged_and_found() {
    let (app, browser, ids) = with_accounts(200).await;
    let first = text(&browser, PAGE).await;
    assert_eq!(rows(&first), 50);
    assert!(first.contains("Page 1 of 4") && first.contains("200 accounts"), "{first}");
    assert!(first.contains("href=\"/admin/integrations?page=2#accounts-title\""), "{first}");
    let last = text(&browser, &format!("{PAGE}?page=99")).await;
    assert!(rows(&last) == 50 && last.contains("Page 4 of 4"), "beyond the last page is the last one");
    let found = text(&browser, &format!("{PAGE}?q=TEAM19")).await;
    assert_eq!(rows(&found), 11, "{found}");
    assert!(found.contains("11 accounts") && !found.contains("Page 1 of"), "{found}");
    let nothing = text(&browser, &format!("{PAGE}?q=nobody")).await;
    assert!(nothing.contains("No account matches.") && rows(&nothing) == 0, "{nothing}");

    // After an act one is where one was.
    let here = format!("{PAGE}?q=team19&page=1");
    let request = browser.request(reqwest::Method::POST, SetAccountEnabled::url()).header(header::ACCEPT, "text/html");
    let request = request.header(header::REFERER, app.url(&format!("{here}&delete={}", ids[3])));
    let request = request.form(&[("id", ids[3].to_string().as_str()), ("enabled", "false")]);
    assert_eq!(location(&request.send().await.expect("an answer")), format!("{PAGE}?q=team19"));
}

#[tokio::test]
async fn what_needs_somebody_comes_first() {
    let (app, browser, ids) = with_accounts(30).await;
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    for id in &ids[20..27] {
        app.domain.store.set_account_problem(*id, AccountProblem::Reconnect, now).await.expect("set");
    }
    accounts::set_enabled(&app.domain, Actor::command_line(), ids[0], false).await.expect("switched");
    for path in [paths::OVERVIEW, PAGE] {
        let page = text(&browser, path).await;
        let items = page.matches("Google no longer accepts the stored access").count();
        assert!(items >= 3 && page.contains("Others that need attention or are waiting: 4 accounts"), "{path}: {page}");
        assert!(page.contains("href=\"/admin/integrations?show=needing#accounts-title\""), "{path}: {page}");
    }
    let overview = text(&browser, paths::OVERVIEW).await;
    let place = |what: &str| overview.find(what).unwrap_or_else(|| panic!("{what} is not in {overview}"));
    assert!(place("Needs attention") < place("22 of 30 active"), "{overview}");
    assert!(overview.contains("1 disabled") && overview.contains("7 to fix"), "{overview}");
    let needing = text(&browser, &format!("{PAGE}?show=needing")).await;
    assert_eq!(rows(&needing), 7, "{needing}");
}

#[tokio::test]
async fn filters_take_an_address_where_there_are_many() {
    let (app, browser, ids) = with_accounts(200).await;
    for path in [paths::TRAINING, paths::THREADS, paths::KNOWLEDGE] {
        let page = text(&browser, path).await;
        assert!(!page.contains(&ids[7].to_string()), "{path} lists no accounts");
        assert!(page.contains("type=\"search\" name=\"account\""), "{path}: {page}");
        for named in ["team7%40shop.example", "team199"] {
            let page = text(&browser, &format!("{path}?account={named}")).await;
            assert!(page.contains("@shop.example\"") && !page.contains("does not match exactly one"), "{path}: {page}");
        }
        let chosen = text(&browser, &format!("{path}?account={}", ids[7])).await;
        assert!(chosen.contains("value=\"team7@shop.example\""), "an address of old still works: {chosen}");
        let nobody = text(&browser, &format!("{path}?account=team19")).await;
        assert!(nobody.contains("“team19” does not match exactly one"), "{path}: {nobody}");
    }
    for person in 0..25 {
        app.user(&format!("person{person}@shop.example"), Role::Member).await;
    }
    let audit = text(&browser, paths::AUDIT).await;
    assert!(
        audit.contains("type=\"search\" name=\"person\"") && !audit.contains("person7@shop.example<!></option>"),
        "{audit}"
    );
    let one = text(&browser, &format!("{}?person=Person7%40shop.example", paths::AUDIT)).await;
    assert!(one.contains("value=\"person7@shop.example\""), "{one}");
    let nobody = text(&browser, &format!("{}?person=stranger", paths::AUDIT)).await;
    assert!(nobody.contains("No user has the address “stranger”."), "{nobody}");
}

#[tokio::test]
async fn a_few_are_listed_and_an_account_leads_to_what_it_has() {
    let (_app, browser, ids) = with_accounts(2).await;
    let page = text(&browser, paths::THREADS).await;
    assert!(page.contains(&format!("<option value=\"{}\"", ids[1])), "{page}");
    let page = text(&browser, &format!("{PAGE}/accounts/{}", ids[0])).await;
    for link in ["/admin/ai-email-training?status=all", "/admin/threads?"] {
        let link = format!("{link}{}account={}", if link.ends_with('?') { "" } else { "&amp;" }, ids[0]);
        assert!(page.contains(&format!("href=\"{link}\"")), "{link} in {page}");
    }
    assert!(page.contains("0 threads") && page.contains("0 pairs"), "{page}");
    let list = text(&browser, PAGE).await;
    assert!(!list.contains("find-account") && rows(&list) == 2, "two need no search: {list}");
}
