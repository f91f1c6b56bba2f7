//! What opens on top of the page: a run, the questions before something is removed, and the form to import a file.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    standing::Integrations as Listed,
    types::{Account, AccountAuth, AccountId, Problem, Provider, SyncRun},
};

use super::{
    List,
    api::{DeleteAccount, DisconnectAccount},
    words::{Accounts, Enroll, GmailSetup, Imap, Words},
};
use crate::{
    json::Given,
    page::Visit,
    pages::{
        runs::{self, Look, Report, RunProgress, control},
        training::place::review_address,
    },
    paths, problems,
    ui::{
        forms::{Dialog, told_inside},
        words::{Common, nouns},
    },
};

/// One run: live while it goes on, and what came of it when it is over.
pub(super) fn run(visit: &Visit, list: &List, run: Option<Result<SyncRun, Problem>>, listed: &Listed) -> AnyView {
    let (voice, lang) = (visit.voice(), visit.lang());
    let run = match run {
        Some(Ok(run)) => run,
        Some(Err(problem)) => return gone(visit, problems::text(&problem, lang)),
        None => return ().into_any(),
    };
    let words = Words(lang);
    let close = list.address(None);
    let goes_on = !run.state.is_over();
    let account = listed.accounts.iter().find(|account| account.id == run.account_id);
    let case = |account| runs::Case { voice, account, room: listed.room };
    let body = if goes_on {
        view! {
            {account.and_then(|account| case(account).of_open(&run))}
            <RunProgress run=Given(Report::of(lang, voice.now, &run)) look=Look::Whole/>
            <p class="muted">{words.in_background()}</p>
        }
        .into_any()
    } else {
        // What was wrong with an earlier run may have been mended since.
        let is_last =
            |account: &Account| account.meta.last_sync_summary.as_ref().is_some_and(|summary| summary.run_id == run.id);
        let cure =
            account.filter(|account| is_last(account)).and_then(|account| case(account).of(run.state, &run.errors));
        view! { {cure} {runs::result(voice, &run)} }.into_any()
    };
    let review = (!goes_on && run.pairs_created > 0).then(|| {
        let pairs = voice.count(&nouns::PAIR_OBJECT, i64::from(run.pairs_created));
        view! { <a class="btn primary" href=review_address(run.account_id)>{words.review(pairs)}</a> }
    });
    let title = runs::title(lang, &run);
    let account = paths::account(run.account_id);
    let buttons = control::buttons(lang, &run);
    let told = told_inside(visit);
    view! {
        <Dialog lang title close=close.clone()>
            <div class="dialog-body stack" data-run=run.id.to_string()>
                {told}
                {body}
                <p class="muted small">
                    {words.account()} ": " <a href=account>{run.account_name.clone()}</a>
                </p>
            </div>
            <footer class="dock">
                {review}
                {buttons}
                <a class="btn" href=close>{Common(lang).close()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// What is to be done at Google once, so that Gmail can be connected.
pub(super) fn gmail_setup(visit: &Visit) -> AnyView {
    let lang = visit.lang();
    let words = GmailSetup(lang);
    let google = &visit.scope.domain.settings.google;
    let (scopes, redirect) = (google.scopes.join(" "), google.redirect_url.clone());
    view! {
        <Dialog lang title=words.title() close=paths::INTEGRATIONS>
            <div class="dialog-body stack">
                <p class="muted">{words.about()}</p>
                <ol class="steps">
                    <li>{words.project()}</li>
                    <li>{words.consent()} " " <code class="break">{scopes}</code></li>
                    <li>{words.testing()}</li>
                    <li>{words.client()} " " <code class="break">{redirect}</code></li>
                    <li>{words.settings()} " " <code>"GMAIL_CLIENT_ID"</code> ", " <code>"GMAIL_CLIENT_SECRET"</code></li>
                </ol>
            </div>
            <footer class="dock"><a class="btn" href=paths::INTEGRATIONS>{Common(lang).close()}</a></footer>
        </Dialog>
    }
    .into_any()
}

/// The question before an account is disconnected.
pub(super) fn disconnect(visit: &Visit, list: &List, account: Option<&Account>) -> AnyView {
    let (voice, lang) = (visit.voice(), visit.lang());
    let words = Accounts(lang);
    let Some(account) = account else { return gone(visit, words.gone().to_owned()) };
    let about = if account.meta.auth == Some(AccountAuth::ServiceAccount) {
        Enroll(lang).disconnect_about()
    } else if account.provider_code == Provider::Imap.as_str() {
        Imap(lang).disconnect_about()
    } else {
        words.disconnect_about()
    };
    let messages = voice.count(&nouns::MESSAGE, account.counts.messages);
    let keep = words.disconnect_keep(messages, voice.count(&nouns::PAIR, account.counts.pairs));
    let text = view! {
        <p>{about}</p>
        <p>{keep}</p>
    };
    let title = words.disconnect_title(&account.display_name);
    question(visit, list, title, text.into_any(), (DisconnectAccount::url(), account.id, words.disconnect_go()))
}

/// The question before an account is deleted, with what would go.
pub(super) fn delete(visit: &Visit, list: &List, id: AccountId, listed: &Listed) -> AnyView {
    let (voice, lang) = (visit.voice(), visit.lang());
    let words = Accounts(lang);
    let account = listed.accounts.iter().find(|account| account.id == id);
    let Some(account) = account else { return gone(visit, words.gone().to_owned()) };
    let messages = voice.count(&nouns::MESSAGE, account.counts.messages);
    let about = words.delete_about(messages, voice.count(&nouns::PAIR, account.counts.pairs));
    let attachments = listed.attachments.get(&id).filter(|attachments| attachments.count > 0);
    let attachments = attachments.map(|attachments| {
        let count = voice.count(&nouns::ATTACHMENT, attachments.count);
        view! { <p>{words.delete_attachments(count, voice.size(attachments.bytes))}</p> }
    });
    let text = view! {
        <p>{about}</p>
        {attachments}
    };
    let title = words.delete_title(&account.display_name);
    question(visit, list, title, text.into_any(), (DeleteAccount::url(), id, words.delete_go()))
}

fn question(
    visit: &Visit,
    list: &List,
    title: String,
    text: AnyView,
    (action, account, go): (&'static str, AccountId, &'static str),
) -> AnyView {
    let close = list.address(None);
    let lang = visit.lang();
    let told = told_inside(visit);
    view! {
        <Dialog lang title close=close.clone()>
            <div class="dialog-body stack">{told} {text}</div>
            <footer class="dock">
                <form method="post" action=action>
                    <input type="hidden" name="id" value=account.to_string()/>
                    <button class="btn danger">{go}</button>
                </form>
                <a class="btn" href=close>{Common(lang).cancel()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// What was to be opened is not there.
pub(super) fn gone(visit: &Visit, text: String) -> AnyView {
    view! {
        <Dialog lang=visit.lang() title=Words(visit.lang()).not_done() close=paths::INTEGRATIONS>
            <div class="dialog-body">
                <p>{text}</p>
            </div>
        </Dialog>
    }
    .into_any()
}
