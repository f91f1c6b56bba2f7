//! What each provider wants before it lets a program read a mailbox, step by step.

use replybook::accounts::connect::MailProvider;

use crate::{prefs::Lang, words::texts};

/// What to do at a provider.
pub(super) struct Way {
    pub about: &'static str,
    pub steps: Vec<&'static str>,
    /// Where the password is made.
    pub page: Option<&'static str>,
}

/// What to do at this provider.
pub(super) fn way(lang: Lang, provider: MailProvider) -> Way {
    let words = Words(lang);
    let (about, steps, page) = match provider {
        MailProvider::Yandex => (
            words.yandex(),
            vec![words.yandex_imap(), words.yandex_password(), words.paste()],
            Some("https://id.yandex.ru/security/app-passwords"),
        ),
        MailProvider::MailRu => (
            words.mail_ru(),
            vec![words.mail_ru_password(), words.mail_ru_access(), words.paste()],
            Some("https://account.mail.ru/user/2-step-auth/passwords/"),
        ),
        MailProvider::Fastmail => (
            words.fastmail(),
            vec![words.fastmail_password(), words.fastmail_access(), words.paste()],
            Some("https://app.fastmail.com/settings/security"),
        ),
        MailProvider::Icloud => (
            words.icloud(),
            vec![words.icloud_password(), words.paste(), words.icloud_username()],
            Some("https://account.apple.com/account/manage"),
        ),
        MailProvider::Gmx => (words.gmx(), vec![words.gmx_imap(), words.united_password()], None),
        MailProvider::WebDe => (words.web_de(), vec![words.web_de_imap(), words.united_password()], None),
        MailProvider::Zoho => (
            words.zoho(),
            vec![words.zoho_imap(), words.zoho_password()],
            Some("https://accounts.zoho.com/home#security"),
        ),
        MailProvider::Yahoo => (
            words.yahoo(),
            vec![words.yahoo_password(), words.paste()],
            Some("https://login.yahoo.com/account/security"),
        ),
        MailProvider::Aol => {
            (words.aol(), vec![words.yahoo_password(), words.paste()], Some("https://login.aol.com/account/security"))
        }
        MailProvider::Google => (
            words.google(),
            vec![words.google_password(), words.paste()],
            Some("https://myaccount.google.com/apppasswords"),
        ),
        MailProvider::Microsoft => (words.microsoft(), vec![words.microsoft_save(), words.microsoft_import()], None),
    };
    Way { about, steps, page }
}

texts! {
    /// What providers want.
    Words:
    paste: "Copy it, and paste it below as the password." | "Скопируйте его и вставьте ниже как пароль.";
    yandex: "Yandex requires an app password: your usual password does not work here." | "Яндексу нужен пароль приложения: обычный пароль здесь не подойдёт.";
    yandex_imap: "In Yandex Mail, under Settings → Email clients, allow access “From the imap.yandex.com server via IMAP” with app passwords." | "В Яндекс Почте: Настройки → Почтовые программы. Разрешите доступ «С сервера imap.yandex.ru по протоколу IMAP» и способ «Пароли приложений и OAuth-токены».";
    yandex_password: "In Yandex ID, under Security → App passwords, create one for “Mail”." | "В Яндекс ID: Безопасность → Пароли приложений. Создайте пароль для «Почты».";
    mail_ru: "Mail.ru requires a password for external apps: your usual password does not work here." | "Mail.ru нужен пароль для внешнего приложения: обычный пароль здесь не подойдёт.";
    mail_ru_password: "In the Mail.ru account, under Security → Passwords for external apps, add one." | "В аккаунте Mail.ru: Безопасность → Пароли для внешних приложений. Добавьте пароль.";
    mail_ru_access: "Give it access to Mail (IMAP); reading is enough." | "Дайте ему доступ к Почте (IMAP); достаточно чтения.";
    fastmail: "Fastmail requires an app password: your usual password does not work here." | "Fastmail нужен пароль приложения: обычный пароль здесь не подойдёт.";
    fastmail_password: "In Fastmail, under Settings → Privacy & Security → App passwords, create one." | "В Fastmail: Settings → Privacy & Security → App passwords. Создайте пароль.";
    fastmail_access: "Choose “Mail (IMAP)” as its access; read-only is enough." | "В качестве доступа выберите «Mail (IMAP)»; достаточно чтения.";
    icloud: "iCloud requires an app-specific password: your usual password does not work here." | "iCloud нужен пароль приложения: обычный пароль здесь не подойдёт.";
    icloud_password: "On account.apple.com, under Sign-In and Security → App-Specific Passwords, create one. It needs two-factor authentication." | "На account.apple.com: Вход и безопасность → Пароли приложений. Создайте пароль. Для этого нужна двухфакторная аутентификация.";
    icloud_username: "The user name is the part before “@” of your iCloud address, even with a domain of your own." | "Имя пользователя — часть адреса iCloud до «@», в том числе для своего домена.";
    gmx: "In GMX, access for other programs is off by default." | "В GMX доступ других программ по умолчанию выключен.";
    gmx_imap: "In GMX, under Settings → POP3 & IMAP, allow access by IMAP." | "В GMX: Einstellungen (Settings) → POP3/IMAP. Разрешите доступ по IMAP.";
    web_de: "In WEB.DE, access for other programs is off by default." | "В WEB.DE доступ других программ по умолчанию выключен.";
    web_de_imap: "In WEB.DE, under Einstellungen → POP3/IMAP Abruf, allow access by IMAP." | "В WEB.DE: Einstellungen → POP3/IMAP Abruf. Разрешите доступ по IMAP.";
    united_password: "With two-factor authentication, create an app password in the security settings and use it below." | "Если включена двухфакторная аутентификация, создайте в настройках безопасности пароль приложения и введите его ниже.";
    zoho: "In Zoho, access over IMAP is off by default, and free plans do not have it." | "В Zoho доступ по IMAP по умолчанию выключен, а на бесплатных тарифах его нет.";
    zoho_imap: "In Zoho Mail, under Settings → Mail Accounts → IMAP Access, switch it on." | "В Zoho Mail: Settings → Mail Accounts → IMAP Access. Включите доступ.";
    zoho_password: "With two-factor authentication, create an app password in your Zoho account under Security, and use it below." | "Если включена двухфакторная аутентификация, создайте в аккаунте Zoho, в разделе Security, пароль приложения и введите его ниже.";
    yahoo: "Yahoo requires an app password: your usual password does not work here." | "Yahoo нужен пароль приложения: обычный пароль здесь не подойдёт.";
    yahoo_password: "In your account, under Security → App password, create one." | "В аккаунте: Security → App password. Создайте пароль.";
    aol: "AOL requires an app password: your usual password does not work here." | "AOL нужен пароль приложения: обычный пароль здесь не подойдёт.";
    google: "Google mailboxes are better connected as Gmail, without a password. Over IMAP, Google requires an app password." | "Ящики Google лучше подключать как Gmail, без пароля. По IMAP Google требует пароль приложения.";
    google_password: "Create one in your Google account. It needs two-step verification, and a Workspace may forbid it." | "Создайте его в аккаунте Google. Для этого нужна двухэтапная аутентификация; в Workspace это могут запретить.";
    microsoft: "Outlook.com and Microsoft 365 no longer accept passwords from other programs, so this mailbox cannot be connected." | "Outlook.com и Microsoft 365 больше не принимают пароли от других программ, поэтому этот ящик подключить нельзя.";
    microsoft_save: "Open the mailbox in a program that signs in at Microsoft, such as Thunderbird, and save its folders as an mbox file." | "Откройте ящик в программе, которая входит через страницу Microsoft, например в Thunderbird, и сохраните папки в файл mbox.";
    microsoft_import: "Import that file here. You can repeat it with newer files: nothing is added twice." | "Импортируйте этот файл здесь. Это можно повторять с новыми файлами: ничего не удвоится.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_says_what_to_do() {
        for lang in Lang::ALL {
            for provider in MailProvider::ALL {
                let Way { about, steps, page } = way(lang, provider);
                assert!(!about.is_empty() && !steps.is_empty(), "{provider:?}");
                assert!(page.is_none_or(|page| page.starts_with("https://")), "{provider:?}");
                assert!(
                    page.is_some() || !provider.wants_app_passwords(),
                    "{provider:?} says where the password is made"
                );
            }
        }
    }
}
