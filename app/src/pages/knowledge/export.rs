//! What an export holds, said before it is made, and the form that asks for its file.

use leptos::prelude::*;
use replybook::{
    answers::{COLUMNS, Shelf},
    types::{AccountChoices, AnswerFilter, ExportFormat},
};

use super::Words;
use crate::{
    paths,
    ui::{
        forms::{Dialog, Field},
        words::{Common, nouns},
    },
    words::Voice,
};

/// The dialog. Nobody exports more than one mailbox without having chosen that.
pub(super) fn dialog(
    voice: Voice,
    filter: &AnswerFilter,
    shelf: &Shelf,
    accounts: &AccountChoices,
    close: String,
) -> AnyView {
    let words = Words(voice.lang);
    let counts = shelf.found.as_ref().unwrap_or(&shelf.counts);
    let number = |of: i64| voice.count(&nouns::ANSWER, of);
    // Of many, the one that the page was narrowed to.
    let offered = accounts.listed.as_deref().or(accounts.chosen.as_ref().map(std::slice::from_ref)).unwrap_or_default();
    let only = match offered {
        [only] => Some(only.id),
        _ => None,
    };
    let chosen = filter.account.or(only);
    let options = offered.iter().map(|account| {
        let count = number(counts.get(&account.id).copied().unwrap_or(0));
        let text = format!("{} · {count}", account.display_name);
        view! { <option value=account.id.to_string() selected=chosen == Some(account.id)>{text}</option> }
    });
    let options = options.collect_view();
    let has_several = accounts.number > 1;
    let all = has_several.then(|| {
        let text = format!("{} · {}", words.any_account(), number(counts.values().sum()));
        view! { <option value="all">{text}</option> }
    });
    let nobody = chosen.is_none().then(|| {
        view! { <option value="" selected>{words.choose_account()}</option> }
    });
    let searched = filter.text.clone().map(|text| {
        view! {
            <input type="hidden" name="q" value=text.clone()/>
            <p>{words.only_found(text)}</p>
        }
    });
    let format = |format: ExportFormat, what: &'static str, is_chosen: bool| {
        view! {
            <label class="check">
                <input type="radio" name="format" value=format.as_str() checked=is_chosen/>
                <span>{what}</span>
            </label>
        }
    };
    view! {
        <Dialog lang=voice.lang title=words.export_title() close=close.clone()>
            <form method="get" action=paths::EXPORT class="dialog-form">
                <div class="dialog-body stack">
                    {searched}
                    <Field id="export-account" label=words.account()>
                        <select class="input" id="export-account" name="account" required>
                            {nobody} {options} {all}
                        </select>
                    </Field>
                    <fieldset class="choices">
                        <legend>{words.format()}</legend>
                        {format(ExportFormat::Jsonl, words.jsonl(), true)}
                        {format(ExportFormat::Csv, words.csv(), false)}
                    </fieldset>
                    // For spreadsheets; a program that asks for a table says itself whether it wants it.
                    <input type="hidden" name="bom" value="1"/>
                    <section class="notice warn">
                        <p>{words.export_holds()}</p>
                        {has_several.then(|| view! { <p>{words.export_across()}</p> })}
                    </section>
                    <p class="muted">{words.export_recorded()}</p>
                    <details class="small">
                        <summary>{words.columns()}</summary>
                        <p class="mono wrap">{COLUMNS.join(", ")}</p>
                    </details>
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.download()}</button>
                    <a class="btn" href=close>{Common(voice.lang).close()}</a>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
