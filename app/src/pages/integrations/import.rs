//! Importing a mailbox file: the form, and the question whose mail it is.

use leptos::{
    prelude::*,
    server_fn::{ServerFn, codec::Json},
};
use replybook::{
    import,
    types::{Problem, RunId},
    uploads::{self, Party, Ticket, UploadToken},
};

use crate::{
    answer::{Told, go_and_tell, go_to},
    error::Failure,
    page::Visit,
    paths, problems,
    request::{admin, fail, lang},
    ui::{
        forms::{Dialog, Field, told_inside},
        words::{Common, nouns},
    },
    words::texts,
};

/// The script that sends a file in pieces. A file of its own, because one page alone needs it.
const SCRIPT: &str = "/upload.js";

/// An upload that waits for an answer, or why it does not.
pub(super) type Asked = Result<(UploadToken, Ticket), Problem>;

/// The upload that the address names.
pub(super) async fn asked(visit: &Visit) -> Option<Asked> {
    let token = visit.query("upload")?;
    let user = visit.scope.user.as_ref()?.id;
    let asked = async {
        let token: UploadToken = token.parse()?;
        let ticket = uploads::ticket(&visit.scope.domain, user, &token).await?;
        Ok((token, ticket))
    };
    Some(asked.await)
}

/// The form: an ordinary upload to the host, which streams it to disk, or with scripts one in pieces.
pub(super) fn form(visit: &Visit) -> AnyView {
    let lang = visit.lang();
    let words = Words(lang);
    let address = visit.typed("as_address").unwrap_or_default();
    let told = told_inside(visit);
    let script = format!("{SCRIPT}?v={}", visit.scope.asset_version);
    view! {
        <Dialog lang title=words.title() close=paths::INTEGRATIONS>
            <form
                method="post"
                action=paths::IMPORT
                enctype="multipart/form-data"
                class="dialog-form"
                data-upload=paths::UPLOADS
                data-sent=words.sent()
                data-left=words.left()
                data-again=words.again()
                data-broken=words.broken()
                data-looking=words.looking()
            >
                <div class="dialog-body stack">
                    <p class="muted">{words.about()}</p>
                    {told}
                    // Before the file: the host reads the parts in this order.
                    <Field id="as_address" label=words.own() help=words.own_help()>
                        <input
                            class="input"
                            type="email"
                            id="as_address"
                            name="as_address"
                            multiple
                            value=address
                            aria-describedby="as_address-help"
                        />
                    </Field>
                    <Field id="file" label=words.file()>
                        <input class="input" type="file" id="file" name="file" required/>
                    </Field>
                    <div class="stack" data-progress="" hidden>
                        <progress class="bar" max="1" value="0" aria-label=words.progress()></progress>
                        <p class="muted small" role="status"></p>
                    </div>
                    <p class="notice bad" role="alert" hidden></p>
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.start()}</button>
                    <a class="btn" href=paths::INTEGRATIONS data-cancel="">{Common(lang).cancel()}</a>
                </footer>
            </form>
            <script type="module" src=script></script>
        </Dialog>
    }
    .into_any()
}

/// The question which addresses are ours, with what was found in the file.
pub(super) fn question(visit: &Visit, asked: Asked) -> AnyView {
    let lang = visit.lang();
    let words = Words(lang);
    let (token, ticket) = match asked {
        Ok(asked) => asked,
        Err(problem) => {
            return view! {
                <Dialog lang title=words.title() close=paths::INTEGRATIONS>
                    <div class="dialog-body">
                        <p>{problems::text(&problem, lang)}</p>
                    </div>
                    <footer class="dock">
                        <a class="btn primary" href=super::Open::Import.address()>{words.choose()}</a>
                        <a class="btn" href=paths::INTEGRATIONS>{Common(lang).close()}</a>
                    </footer>
                </Dialog>
            }
            .into_any();
        }
    };
    let voice = visit.voice();
    let look = ticket.look.unwrap_or_default();
    let seen = voice.count(&nouns::MESSAGE, i64::try_from(look.messages).unwrap_or(i64::MAX));
    let seen = if look.is_whole { words.found(&ticket.name, seen) } else { words.found_first(&ticket.name, seen) };
    let is_clear = look.proposed().next().is_some();
    // What was told says why the file asks; without it, e.g. after a reload, the ticket does.
    let missed = (!ticket.missed.is_empty()).then(|| ticket.missed.join(", "));
    let why = match (told_inside(visit), &missed) {
        (Some(told), _) => told,
        (None, Some(missed)) => view! { <p class="notice warn">{words.nobody(missed)}</p> }.into_any(),
        (None, None) if is_clear => view! { <p>{words.guess()}</p> }.into_any(),
        (None, None) => view! { <p class="notice warn">{words.no_guess()}</p> }.into_any(),
    };
    let other = visit.typed("other").or(missed.clone()).unwrap_or_default();
    let choices = look.parties.iter().enumerate().map(|(place, party)| choice(visit, place, party)).collect_view();
    let anyway = missed.map(|_| {
        view! {
            <label class="check">
                <input type="checkbox" name="anyway" value="true"/>
                <span>{words.anyway()}</span>
            </label>
        }
    });
    let token = token.as_str().to_owned();
    view! {
        <Dialog lang title=words.whose() close=paths::INTEGRATIONS>
            <form method="post" action=AnswerUpload::url() class="dialog-form">
                <input type="hidden" name="token" value=token.clone()/>
                <div class="dialog-body stack">
                    <p class="muted break">{seen}</p>
                    {why}
                    <fieldset class="choices stack">
                        <legend>{words.ours()}</legend>
                        {choices}
                    </fieldset>
                    <Field id="other" label=words.other() help=words.other_help()>
                        <input class="input" type="email" id="other" name="other" multiple value=other aria-describedby="other-help"/>
                    </Field>
                    {anyway}
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.start()}</button>
                    <button class="btn" formaction=DropUpload::url() formnovalidate>{words.drop()}</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// An address that messages of the file come from, and what speaks for or against it.
fn choice(visit: &Visit, place: usize, party: &Party) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let count = |number: u64| voice.number(i64::try_from(number).unwrap_or(i64::MAX));
    let mut about = vec![words.wrote(count(party.wrote)), words.received(count(party.received))];
    if party.sent > 0 {
        about.push(words.in_sent(count(party.sent)));
    }
    view! {
        <label class="check">
            <input type="checkbox" name=format!("own[{place}]") value=party.address.clone() checked=party.is_proposed/>
            <span>
                <span class="break">{party.address.clone()}</span>
                " "
                <span class="muted small">{about.join(" · ")}</span>
            </span>
        </label>
    }
    .into_any()
}

/// Says which addresses are ours in an upload that waits, and begins its import.
///
/// # Errors
/// For admins only; what [`import::answer`] says. The file goes on waiting.
#[server(prefix = "/api/ui", endpoint = "answer-upload", output = Json)]
pub async fn answer_upload(
    #[server(default)] token: String,
    #[server(default)] own: Vec<String>,
    #[server(default)] other: String,
    #[server(default)] anyway: bool,
) -> Result<RunId, Failure> {
    let caller = admin()?;
    let addresses = own.iter().map(String::as_str).chain([other.as_str()]).collect::<Vec<_>>().join(",");
    let answered = async {
        let token = token.parse()?;
        import::answer(&caller.domain, caller.user.id, &token, &addresses, anyway).await
    };
    let run = answered.await.map_err(|problem| {
        go_to(paths::import_question(&token));
        fail(problem)
    })?;
    go_to(paths::run(run));
    Ok(run)
}

/// Gives an upload up that waits for an answer.
///
/// # Errors
/// For admins only; `upload_not_found`.
#[server(prefix = "/api/ui", endpoint = "drop-upload", output = Json)]
pub async fn drop_upload(#[server(default)] token: String) -> Result<(), Failure> {
    let caller = admin()?;
    let dropped = async { uploads::abandon(&caller.domain, caller.user.id, &token.parse()?).await };
    dropped.await.map_err(|problem| {
        go_to(paths::INTEGRATIONS);
        fail(problem)
    })?;
    go_and_tell(paths::INTEGRATIONS, Told::good(Words(lang()).dropped()));
    Ok(())
}

texts! {
    /// Importing a mailbox file.
    pub(crate) Words:
    title: "Import a mailbox file" | "Импорт файла почтового ящика";
    about: "An mbox file (.mbox, .mbox.gz), a Thunderbird mailbox file (Inbox, Sent; no extension), a message (.eml), or an archive with such files (.zip, .tgz), as Google Takeout makes one. You can import the same file again: nothing is added twice." | "Подойдёт файл mbox (.mbox, .mbox.gz), файл ящика Thunderbird (Inbox, Sent — без расширения), письмо (.eml) или архив с такими файлами (.zip, .tgz), например из Google Takeout. Повторный импорт того же файла ничего не удваивает.";
    file: "File" | "Файл";
    own: "Your addresses in this mailbox (optional)" | "Ваши адреса в этом ящике (необязательно)";
    own_help: "Mail from these addresses counts as your replies. Leave it empty, and Replybook looks into the file and asks. Separate several with commas." | "Письма с этих адресов считаются вашими ответами. Оставьте пустым — Replybook заглянет в файл и спросит. Несколько адресов — через запятую.";
    start: "Import" | "Импортировать";
    progress: "Upload" | "Загрузка";
    sent: "{done} of {all} MB" | "{done} из {all} МБ";
    left: "about {time} left" | "осталось примерно {time}";
    again: "The connection broke. Trying again…" | "Связь прервалась. Пробуем снова…";
    broken: "The connection was lost. Click “Import” to continue where the upload stopped." | "Связь не восстановилась. Нажмите «Импортировать», и загрузка продолжится с того же места.";
    looking: "Checking the file…" | "Проверяем файл…";
    whose: "Whose mail is this?" | "Чья это почта?";
    found(name, messages): "{name}: {messages}." | "{name}: {messages}.";
    found_first(name, messages): "{name}: looked at the first {messages}." | "{name}: просмотрено с начала файла — {messages}.";
    guess: "These addresses look like yours. Check them, then import." | "Похоже, что эти адреса ваши. Проверьте их и импортируйте.";
    no_guess: "The file does not show which address is yours. Choose below." | "По файлу не видно, какой адрес ваш. Выберите его ниже.";
    nobody(missed): "No message in this file was sent from {missed}." | "В этом файле нет писем с адреса {missed}.";
    ours: "Addresses that are yours" | "Ваши адреса";
    wrote(number): "wrote: {number}" | "написано: {number}";
    received(number): "received: {number}" | "получено: {number}";
    in_sent(number): "in Sent: {number}" | "в «Отправленных»: {number}";
    other: "Other addresses of yours" | "Другие ваши адреса";
    other_help: "Separate several with commas." | "Несколько — через запятую.";
    anyway: "Import it even though no message was sent from these addresses: there will be no replies." | "Импортировать, хотя писем с этих адресов нет: ответов не найдётся.";
    drop: "Delete the file" | "Удалить файл";
    dropped: "The file is deleted. Nothing was imported." | "Файл удалён. Ничего не импортировано.";
    choose: "Choose a file" | "Выбрать файл";
}
