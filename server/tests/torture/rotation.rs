//! `replybook keys rotate` killed again and again: every secret can be read at every point, and the last run ends it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use replybook::{
    clock::{Clock as _, SystemClock},
    crypto::Cipher,
    store::{ConnectAccount, KeyStanding, Limits, ProviderSeed, Store, Tokens},
    types::{AccountId, Provider},
};
use replybook_doubles::GmailDouble;
use secrecy::ExposeSecret;
use tokio::{process::Command, time::timeout};

use crate::ground::{Ground, LONG, Random, SECRET_KEY, number, say};

const NEW_KEY: &str = "another-key-0123456789abcdef0123456789";
/// Mailboxes with two secrets each.
const MAILBOXES: usize = 1_500;

async fn connect(store: &Store, number: usize) -> AccountId {
    let address = format!("us{number}@fernhill.example");
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
        auth: None,
        imap: None,
        owner: None,
        address: &address,
        display_name: &address,
        tokens: Some(Tokens {
            access_token: &format!("access {number}").into(),
            refresh_token: Some(&format!("refresh {number}").into()),
            expires_in: Some(TimeDelta::hours(1)),
            scopes: &[],
        }),
    };
    store.connect_account(connect, SystemClock.now()).await.expect("connects").account
}

async fn open(ground: &Ground, key: &str, previous: Option<&str>) -> Store {
    let mut cipher = Cipher::new(&key.into());
    if let Some(previous) = previous {
        cipher = cipher.with_previous(&previous.into());
    }
    Store::open_within(Limits::default(), ground.database.url(), cipher, &SystemClock).await.expect("opens")
}

fn rotate(ground: &Ground) -> Command {
    let mut command = ground.program(&["keys", "rotate"], "");
    command.env("SECRET_KEY", NEW_KEY).env("SECRET_KEY_PREVIOUS", SECRET_KEY);
    command
}

/// How long one that nobody disturbs takes.
async fn undisturbed(google: &GmailDouble) -> Duration {
    let ground = Ground::new(google).await;
    let store = ground.store().await;
    for number in 0..MAILBOXES {
        connect(&store, number).await;
    }
    store.close().await;
    let started = Instant::now();
    let output = timeout(LONG, rotate(&ground).output()).await.expect("an end").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    started.elapsed()
}

#[tokio::test]
async fn a_rotation_killed_at_any_instant_loses_no_secret_and_ends() {
    let kills = number("REPLYBOOK_KILLS", 4);
    let google = GmailDouble::start().await.expect("a port");
    let whole = undisturbed(&google).await;
    let ground = Ground::new(&google).await;
    let store = ground.store().await;
    let mut accounts = Vec::new();
    for number in 0..MAILBOXES {
        accounts.push(connect(&store, number).await);
    }
    store.close().await;

    let secrets = 2 * MAILBOXES as u64;
    let mut random = Random(0x0ca7 + kills);
    let (mut killed, mut in_the_middle, mut began_anew) = (0, 0, 0);
    while killed < kills {
        let mut process = rotate(&ground).spawn().expect("the program starts");
        let instant = whole.mul_f64(random.below(1_000) as f64 / 1_000.0);
        match timeout(instant, process.wait()).await {
            Err(_) => {
                process.kill().await.expect("is killed");
                killed += 1;
            }
            Ok(status) => assert!(status.expect("it ends").success()),
        }
        let both = open(&ground, NEW_KEY, Some(SECRET_KEY)).await;
        let KeyStanding { current, previous, unreadable } = both.key_standing().await.expect("reads");
        assert_eq!((current + previous, unreadable), (secrets, 0), "after {killed} kills");
        if previous > 0 && current > 0 {
            in_the_middle += 1;
        }
        both.close().await;
        if previous == 0 && killed < kills {
            // It has reached its end: another one, back to the first key.
            let mut back = ground.program(&["keys", "rotate"], "");
            back.env("SECRET_KEY", SECRET_KEY).env("SECRET_KEY_PREVIOUS", NEW_KEY);
            let output = timeout(LONG, back.output()).await.expect("an end").expect("it runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            began_anew += 1;
        }
    }
    say(&format!(
        "{}: {killed} kills of a rotation of {secrets} secrets, {in_the_middle} in the middle, {began_anew} ended in between",
        ground.database.backend()
    ));

    let output = timeout(LONG, rotate(&ground).output()).await.expect("an end").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let new = open(&ground, NEW_KEY, None).await;
    assert_eq!(new.key_standing().await.expect("reads"), KeyStanding { current: secrets, previous: 0, unreadable: 0 });
    for (number, account) in accounts.into_iter().enumerate() {
        let credentials = new.credentials(account).await.expect("opens").expect("are stored");
        let access = credentials.access_token.expect("is stored");
        assert_eq!(access.expose_secret(), format!("access {number}"));
        let refresh = credentials.refresh_token.expect("is stored");
        assert_eq!(refresh.expose_secret(), format!("refresh {number}"));
    }
    new.close().await;
}
