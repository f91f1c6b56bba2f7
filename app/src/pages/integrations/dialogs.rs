//! What opens on top of the page: a run, the questions before something is removed, and the form to import a file.

use leptos::prelude::*;
use replybook::{
    standing::Integrations as Listed,
    types::{Account, AccountAuth, AccountId, Problem, Provider, SyncRun},
};

use super::words::{Accounts, Enroll, GmailSetup, Imap, Words};
use crate::{
    page::Visit,
    pages::{
        runs::{self, Look, RunProgress, control},
        training::place::review_address,
    },
    paths, problems,
    ui::{
        forms::{Dialog, Field},
        parts::Tone,
        words::{Common, nouns},
    },
};

/// One run: live while it goes on, and what came of it when it is over.
pub(super) fn run(visit: &Visit, run: Option<Result<SyncRun, Problem>>) -> AnyView {
    let (voice, lang) = (visit.voice(), visit.lang());
    let run = match run {
        Some(Ok(run)) => run,
        Some(Err(problem)) => return gone(visit, problems::text(&problem, lang)),
        None => return ().into_any(),
    };
    let words = Words(lang);
    let goes_on = !run.state.is_over();
    let body = if goes_on {
        view! {
            <RunProgress run=run.clone() lang now=voice.now look=Look::Whole/>
            <p class="muted">{words.in_background()}</p>
        }
        .into_any()
    } else {
        runs::result(voice, &run)
    };
    let review = (!goes_on && run.pairs_created > 0).then(|| {
        let pairs = voice.count(&nouns::PAIR, i64::from(run.pairs_created));
        view! { <a class="btn primary" href=review_address(run.account_id)>{words.review(pairs)}</a> }
    });
    let title = runs::title(lang, &run);
    let account = paths::account(run.account_id);
    let buttons = control::buttons(lang, &run);
    let told = told_inside(visit);
    view! {
        <Dialog lang title close=paths::INTEGRATIONS>
            <div class="dialog-body stack" data-run=run.id.to_string()>
                {told}
                {body}
                <p class="muted small">
                    {words.account_id()} ": " <a href=account>{run.account_name.clone()}</a> " "
                    <span class="mono">{run.account_id.to_string()}</span>
                </p>
            </div>
            <footer class="dock">
                {review}
                {buttons}
                <a class="btn" href=paths::INTEGRATIONS>{Common(lang).close()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The form to import a mailbox file: an ordinary upload to the host, which streams it to disk.
pub(super) fn import(visit: &Visit) -> AnyView {
    let lang = visit.lang();
    let words = Words(lang);
    let email = visit.scope.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
    let address = visit.typed("as_address").filter(|typed| !typed.is_empty()).unwrap_or(email);
    let told = told_inside(visit);
    view! {
        <Dialog lang title=words.import_title() close=paths::INTEGRATIONS>
            <form method="post" action=paths::IMPORT enctype="multipart/form-data" class="dialog-form">
                <div class="dialog-body stack">
                    <p class="muted">{words.import_about()}</p>
                    {told}
                    // Before the file: the host reads the parts in this order.
                    <Field id="as_address" label=words.import_as() help=words.import_as_help()>
                        <input
                            class="input"
                            type="email"
                            id="as_address"
                            name="as_address"
                            required
                            value=address
                            aria-describedby="as_address-help"
                        />
                    </Field>
                    <Field id="file" label=words.import_file_label()>
                        <input class="input" type="file" id="file" name="file" required accept=".mbox,.gz,.zip,.tgz,.tar,.eml,application/mbox"/>
                    </Field>
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.import_start()}</button>
                    <a class="btn" href=paths::INTEGRATIONS>{Common(lang).cancel()}</a>
                </footer>
            </form>
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
pub(super) fn disconnect(visit: &Visit, account: Option<&Account>) -> AnyView {
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
    question(visit, title, text.into_any(), "/api/ui/disconnect", account.id, words.disconnect_go())
}

/// The question before an account is deleted, with what would go.
pub(super) fn delete(visit: &Visit, id: AccountId, listed: &Listed) -> AnyView {
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
    question(visit, title, text.into_any(), "/api/ui/delete-account", id, words.delete_go())
}

fn question(
    visit: &Visit,
    title: String,
    text: AnyView,
    action: &'static str,
    account: AccountId,
    go: &'static str,
) -> AnyView {
    let lang = visit.lang();
    let told = told_inside(visit);
    view! {
        <Dialog lang title close=paths::INTEGRATIONS>
            <div class="dialog-body stack">{told} {text}</div>
            <footer class="dock">
                <form method="post" action=action>
                    <input type="hidden" name="id" value=account.to_string()/>
                    <button class="btn danger">{go}</button>
                </form>
                <a class="btn" href=paths::INTEGRATIONS>{Common(lang).cancel()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

fn gone(visit: &Visit, text: String) -> AnyView {
    view! {
        <Dialog lang=visit.lang() title=Words(visit.lang()).not_done() close=paths::INTEGRATIONS>
            <div class="dialog-body">
                <p>{text}</p>
            </div>
        </Dialog>
    }
    .into_any()
}

/// What did not work, said inside the dialog: what stands behind it cannot be reached.
pub(super) fn told_inside(visit: &Visit) -> Option<AnyView> {
    let told = visit.told.as_ref().filter(|told| told.tone != Tone::Good)?;
    Some(view! { <p class=format!("notice {}", told.tone.class())>{told.text.clone()}</p> }.into_any())
}
