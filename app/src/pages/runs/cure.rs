//! What mends a run, on the spot: in words, with the button or the link that does it.

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    room::Room,
    runs::{Cure, project_of},
    types::{Account, AccountStatus, EnrollReason, Provider, RunCode, RunState, SyncRun},
};

use crate::{
    pages::integrations::{Open, RunSync, reconnect},
    problems,
    words::{Voice, exact_time, texts},
};

/// What is known where a cure is shown.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub voice: Voice,
    pub account: &'a Account,
    pub room: Option<Room>,
}

impl Case<'_> {
    /// What to do about the last run of the account, where that did not end well and something can be done. Nothing while another
    /// one goes on, and where the account says by its status what it needs. `is_told`: what it waits for stands on this page already.
    pub(crate) fn of_last_run(self, is_told: bool) -> Option<AnyView> {
        let summary = self.account.meta.last_sync_summary.as_ref()?;
        let is_told = self.account.status != AccountStatus::Active || is_told && self.waits_until().is_some();
        if is_told || self.account.active_run_id.is_some() { None } else { self.of(summary.state, &summary.errors) }
    }

    /// What to do about a run that goes on and waits for somebody.
    pub(crate) fn of_open(self, run: &SyncRun) -> Option<AnyView> {
        let code: RunCode = run.waiting_for.as_deref()?.parse().ok()?;
        let cure = Cure::of(code.into()).filter(|cure| *cure == Cure::FreeDisk)?;
        Some(view! { <p class="notice warn cure" data-cure=format!("{cure:?}")>{self.text(cure)}</p> }.into_any())
    }

    /// What to do about a run that ended so.
    pub(crate) fn of(self, state: RunState, errors: &[String]) -> Option<AnyView> {
        let (cure, error) = self.cure(state, errors)?;
        Some(
            view! {
                <div class="notice warn cure" data-cure=format!("{cure:?}")>
                    <p>{self.text(cure)}</p>
                    {self.act(cure, error).map(|act| view! { <div class="row">{act}</div> })}
                </div>
            }
            .into_any(),
        )
    }

    /// For an account that waits because of its last run: what to do meanwhile, in words and with a button, where there is more
    /// to do than to wait.
    pub(crate) fn meanwhile(self) -> Option<(String, Option<AnyView>)> {
        let summary = self.account.meta.last_sync_summary.as_ref()?;
        let (cure, error) = self.cure(summary.state, &summary.errors)?;
        let is_more = !matches!(cure, Cure::Wait | Cure::Again);
        is_more.then(|| (self.text(cure), self.act(cure, error)))
    }

    fn cure<'e>(&self, state: RunState, errors: &'e [String]) -> Option<(Cure, &'e str)> {
        let is_ill = matches!(state, RunState::Failed | RunState::Partial | RunState::Interrupted);
        // Nothing is offered for what somebody switched off.
        Cure::of_run(errors).filter(|_| is_ill && self.account.status != AccountStatus::Disabled)
    }

    fn waits_until(self) -> Option<DateTime<Utc>> {
        self.account.not_before.filter(|until| *until > self.voice.now)
    }

    fn is_imap(self) -> bool {
        self.account.provider_code == Provider::Imap.as_str()
    }

    /// What to do, in words.
    fn text(self, cure: Cure) -> String {
        let words = Words(self.voice.lang);
        let text = match cure {
            Cure::Reconnect if self.is_imap() => words.password(),
            Cure::Reconnect => words.reconnect(),
            Cure::Server => words.server(),
            Cure::Delegation => problems::enroll(self.voice.lang, EnrollReason::Delegation),
            Cure::Mailbox => problems::enroll(self.voice.lang, EnrollReason::NoMailbox),
            Cure::MailOff => words.mail_off(),
            Cure::EnableApi => words.enable_api(),
            Cure::FreeDisk => return free_disk(self.voice, self.room),
            Cure::Clock => return words.clock(exact_time(self.voice.now)),
            Cure::Wait => match self.waits_until() {
                Some(until) => return words.wait_until(self.voice.until(until)),
                None => words.wait(),
            },
            Cure::Again if self.is_synced() => words.again(),
            Cure::Again => words.again_file(),
            Cure::Key => words.key(),
            Cure::File => words.file(),
        };
        text.to_owned()
    }

    fn is_synced(self) -> bool {
        self.account.provider_code.parse().is_ok_and(Provider::is_synced)
    }

    /// The button or the link, where one does it.
    fn act(self, cure: Cure, error: &str) -> Option<AnyView> {
        let words = Words(self.voice.lang);
        match cure {
            Cure::Reconnect | Cure::Server | Cure::Key | Cure::Delegation | Cure::MailOff => {
                reconnect(self.voice.lang, self.account, "btn small")
            }
            Cure::EnableApi => {
                let api = "https://console.cloud.google.com/apis/library/gmail.googleapis.com";
                let href =
                    project_of(error).map_or_else(|| api.to_owned(), |project| format!("{api}?project={project}"));
                let link = view! {
                    <a class="btn small" href=href target="_blank" rel="noreferrer">{words.open_google()}</a>
                };
                Some(view! { {link} {self.again()} }.into_any())
            }
            Cure::FreeDisk | Cure::Clock | Cure::Wait | Cure::Again => self.again(),
            Cure::File => {
                let href = Open::Import.address();
                Some(view! { <a class="btn small" href=href>{words.import()}</a> }.into_any())
            }
            Cure::Mailbox => None,
        }
    }

    /// The button that syncs once more, for what is synced and switched on.
    pub(crate) fn again(self) -> Option<AnyView> {
        let can =
            self.is_synced() && self.account.status == AccountStatus::Active && self.account.active_run_id.is_none();
        can.then(|| {
            view! {
                <form method="post" action=RunSync::url()>
                    <input type="hidden" name="id" value=self.account.id.to_string()/>
                    <button class="btn small">{Words(self.voice.lang).try_now()}</button>
                </form>
            }
            .into_any()
        })
    }
}

/// How much room there is to make.
fn free_disk(voice: Voice, room: Option<Room>) -> String {
    let words = Words(voice.lang);
    let size = |bytes: u64| voice.size(i64::try_from(bytes).unwrap_or(i64::MAX));
    match room {
        Some(Room { free, needed }) if free < needed => words.free_disk(size(free), size(needed - free)),
        Some(Room { free, .. }) => words.disk_is_free(size(free)),
        None => words.free_disk_unknown().to_owned(),
    }
}

texts! {
    /// What mends a run.
    Words:
    reconnect: "The access is no longer accepted. Reconnect the mailbox; the next sync continues where this one stopped." | "Доступ больше не принимается. Переподключите ящик: следующая синхронизация продолжит с того же места.";
    password: "The server refuses the stored password. Reconnect the mailbox with the current one, or with a new app password." | "Сервер не принимает сохранённый пароль. Переподключите ящик с действующим паролем или с новым паролем приложения.";
    server: "The mail server does not answer as it did when the mailbox was connected. If its name, port or encryption has changed, correct it by reconnecting; otherwise Replybook tries again automatically." | "Почтовый сервер отвечает не так, как при подключении. Если сменились имя, порт или шифрование, исправьте их, переподключив ящик; иначе попытка повторится сама.";
    mail_off: "Gmail is switched off for this mailbox. Its administrator has to switch it on again in the Workspace, then reconnect it here." | "Gmail для этого ящика выключен. Администратору Workspace нужно снова его включить, затем переподключите ящик здесь.";
    enable_api: "The Gmail API is switched off in the Google Cloud project of this server. Enable it there, wait a minute, and try again." | "Gmail API выключен в проекте Google Cloud этого сервера. Включите его там, подождите минуту и попробуйте снова.";
    free_disk(free, more): "The server's disk is full: {free} are left. Free at least {more} more; fetching then continues." | "На диске сервера нет места: осталось {free}. Освободите ещё хотя бы {more}, и загрузка продолжится.";
    disk_is_free(free): "The server's disk was full during this run. By now {free} are free: try again." | "Во время этого запуска на диске сервера не было места. Сейчас свободно {free}: попробуйте снова.";
    free_disk_unknown: "The disk of the database is full. Free some space there; fetching then continues." | "На диске базы данных нет места. Освободите его, и загрузка продолжится.";
    clock(now): "This server's clock is wrong: it says {now}. Set it, preferably with a time service (NTP), and try again." | "Часы этого сервера идут неверно: они показывают {now}. Исправьте их, лучше через службу времени (NTP), и попробуйте снова.";
    wait: "The provider asked for a pause. There is nothing to do: the next sync continues automatically." | "Провайдер попросил паузу. Делать ничего не нужно: следующая синхронизация продолжит сама.";
    wait_until(time): "The provider asked for a pause. There is nothing to do: it continues automatically in {time}." | "Провайдер попросил паузу. Делать ничего не нужно: загрузка продолжится сама через {time}.";
    again: "This usually passes. Replybook tries again automatically; you can also try now." | "Обычно это проходит. Попытка повторится сама; можно попробовать и сейчас.";
    again_file: "Import the same file once more: it continues where it stopped." | "Импортируйте тот же файл ещё раз: загрузка продолжится с того же места.";
    key: "The stored access cannot be used. If SECRET_KEY was changed, restore the old one; otherwise reconnect the mailbox." | "Сохранённым доступом нельзя воспользоваться. Если менялся SECRET_KEY, верните прежний; иначе переподключите ящик.";
    file: "Choose another file, or export it again." | "Выберите другой файл или экспортируйте его заново.";
    open_google: "Open Google Cloud" | "Открыть Google Cloud";
    import: "Import a file…" | "Импортировать файл…";
    try_now: "Try now" | "Попробовать сейчас";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn a_full_disk_says_how_much_is_to_be_freed() {
        let voice = Voice { lang: Lang::En, now: DateTime::UNIX_EPOCH };
        let said = |free: u64| free_disk(voice, Some(Room { free: free << 20, needed: 500 << 20 }));
        assert!(said(12).contains("12.0 MB are left. Free at least 488.0 MB more"), "{}", said(12));
        assert!(said(900).contains("900.0 MB are free: try again"), "{}", said(900));
        assert!(free_disk(voice, None).contains("disk of the database is full"));
    }
}
