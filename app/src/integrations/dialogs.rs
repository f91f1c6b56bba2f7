//! The questions before something is removed, and the form to import a file.

use leptos::{form::ActionForm, prelude::*};
use replybook::types::Provider;

use super::{api::AccountRow, page::Actions, state::PATH};
use crate::{
    boot::{use_texts, use_viewer},
    i18n::fill,
    ui::{controls::Field, dialog::Dialog},
};

/// The form to import a mailbox file: an ordinary upload to the host, which streams it to disk.
#[component]
pub(super) fn ImportDialog() -> impl IntoView {
    let texts = use_texts();
    let words = &texts.integrations;
    let email = use_viewer().map(|viewer| viewer.email).unwrap_or_default();
    view! {
        <Dialog title=words.import_title.into_any() close=PATH>
            <form method="post" action="/admin/import" enctype="multipart/form-data" class="dialog-form">
                <div class="dialog-body stack">
                    <p class="muted">{words.import_about}</p>
                    // Before the file: the host reads the parts in this order.
                    <Field id="as_address" label=words.import_as help=words.import_as_help>
                        <input
                            class="input"
                            type="email"
                            id="as_address"
                            name="as_address"
                            required
                            value=email
                            aria-describedby="as_address-help"
                        />
                    </Field>
                    <Field id="file" label=words.import_file_label>
                        <input class="input" type="file" id="file" name="file" required accept=".mbox,.gz,.zip,.tgz,.tar,.eml,application/mbox"/>
                    </Field>
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.import_start}</button>
                    <a class="btn" href=PATH data-noscroll>{texts.common.cancel}</a>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// The question before an account is disconnected.
#[component]
pub(super) fn DisconnectDialog(account: Option<AccountRow>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.accounts;
    let Some(account) = account else { return view! { <GoneDialog/> }.into_any() };
    let messages = texts.count(&texts.nouns.message, account.counts.messages);
    let pairs = texts.count(&texts.nouns.pair, account.counts.pairs);
    let about = if account.is_enrolled {
        texts.enroll.disconnect_about
    } else if account.provider_code == Provider::Imap.as_str() {
        texts.imap.disconnect_about
    } else {
        words.disconnect_about
    };
    view! {
        <Dialog title=fill(words.disconnect_title, &[&account.display_name]).into_any() close=PATH>
            <div class="dialog-body stack">
                <p>{about}</p>
                <p>{fill(words.disconnect_keep, &[&messages, &pairs])}</p>
            </div>
            <footer class="dock">
                <ActionForm action=actions.disconnect>
                    <input type="hidden" name="id" value=account.id.to_string()/>
                    <button class="btn danger" disabled=move || actions.disconnect.pending().get()>{words.disconnect_go}</button>
                </ActionForm>
                <a class="btn" href=PATH data-noscroll>{texts.common.cancel}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The question before an account is deleted, with what would go.
#[component]
pub(super) fn DeleteDialog(account: Option<AccountRow>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.accounts;
    let Some(account) = account else { return view! { <GoneDialog/> }.into_any() };
    let messages = texts.count(&texts.nouns.message, account.counts.messages);
    let pairs = texts.count(&texts.nouns.pair, account.counts.pairs);
    let attachments = (account.attachments.count > 0).then(|| {
        let attachments = texts.count(&texts.nouns.attachment, account.attachments.count);
        fill(words.delete_attachments, &[&attachments, &texts.size(account.attachments.bytes)])
    });
    view! {
        <Dialog title=fill(words.delete_title, &[&account.display_name]).into_any() close=PATH>
            <div class="dialog-body stack">
                <p>{fill(words.delete_about, &[&messages, &pairs])}</p>
                {attachments.map(|text| view! { <p>{text}</p> })}
            </div>
            <footer class="dock">
                <ActionForm action=actions.delete>
                    <input type="hidden" name="id" value=account.id.to_string()/>
                    <button class="btn danger" disabled=move || actions.delete.pending().get()>{words.delete_go}</button>
                </ActionForm>
                <a class="btn" href=PATH data-noscroll>{texts.common.cancel}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

#[component]
fn GoneDialog() -> impl IntoView {
    let texts = use_texts();
    view! {
        <Dialog title=texts.problems.title.into_any() close=PATH>
            <div class="dialog-body">
                <p>{texts.accounts.gone}</p>
            </div>
        </Dialog>
    }
    .into_any()
}
