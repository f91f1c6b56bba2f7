//! What others refuse with: a mail server, Google, a file that is no mail. Each has a code that pages put into words, and what a
//! sentence needs besides.

use serde::{Deserialize, Serialize};

use super::{EnrollReason, text_enum::text_enum};

text_enum! {
    /// What went wrong at a mail server.
    ImapFault("IMAP fault") {
        HostNotFound = "host_not_found",
        ConnectionRefused = "connection_refused",
        Unreachable = "unreachable",
        Tls = "tls_failed",
        /// What answers there does not speak IMAP.
        NotImap = "not_imap",
        NoStartTls = "no_starttls",
        /// The server takes no password in the clear.
        NeedsTls = "needs_tls",
        /// The server refuses the user name or the password.
        Authentication = "authentication_failed",
        /// The server wants a password that is made for applications.
        AppPassword = "app_password_needed",
        Unavailable = "unavailable",
        /// Too many connections, or a spent allowance.
        Limit = "limit",
        Timeout = "timeout",
        ConnectionLost = "connection_lost",
        /// The folder is no longer the one that was listed.
        FolderChanged = "not_found",
        /// The server said no to a command.
        Refused = "refused",
        Unreadable = "unreadable_answer",
        /// It sent more than it was asked for.
        TooLong = "answer_too_long",
    }
}

/// Why a mail server did not let us in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{fault}: {detail}")]
pub struct ImapRefusal {
    pub fault: ImapFault,
    /// One sentence in English, for scripts and logs.
    pub detail: String,
    /// The server's own words, or those of this machine, where there are any.
    pub said: Option<String>,
}

text_enum! {
    /// Why a Gmail mailbox was not connected: the `reason` with which the browser comes back from the consent.
    ConsentRefusal("reason") {
        MissingCode = "missing_code",
        MissingState = "missing_state",
        /// Of no request that was made here, by this person, in this browser; or it is too old, or was used.
        InvalidState = "invalid_state",
        /// Whoever began is no user here any more.
        MissingOwner = "missing_owner",
        ServerConfig = "server_config",
        /// Google was not reached to exchange the code.
        TokenHttp = "token_http",
        /// Google did not exchange it.
        TokenFailed = "token_failed",
        MissingAccessToken = "missing_access_token",
        /// Google did not say which mailbox this is.
        ProfileFailed = "profile_failed",
        /// Our own fault; the cause is in the server's log.
        PersistFailed = "persist_failed",
        /// The permission to read mail was not ticked.
        MissingScope = "missing_scope",
        /// The person declined.
        AccessDenied = "access_denied",
        /// The Workspace does not allow this app.
        BlockedByAdmin = "blocked_by_admin",
        GoogleUnavailable = "google_unavailable",
        /// Google refused for another reason.
        GoogleRefused = "google_refused",
    }
}

/// Why a mailbox of the Workspace was not enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct EnrollRefusal {
    pub reason: EnrollReason,
    /// One sentence in English, for scripts and logs.
    pub detail: String,
    /// Google's own words, where it gave some.
    pub said: Option<String>,
}

/// Why a file cannot be imported, or not further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum FileProblem {
    /// None was chosen.
    #[error("choose a file to import")]
    Missing,
    #[error("the file is larger than {megabytes} MB")]
    TooLarge { megabytes: u64 },
    /// It did not arrive whole.
    #[error("the upload was interrupted")]
    CutOff,
    #[error("the upload was interrupted: no data for {seconds} seconds")]
    Stalled { seconds: u64 },
    #[error("the file is empty")]
    Empty,
    #[error("this is {}, not an mbox file or a Takeout archive", .0.sentence())]
    Foreign(ForeignFile),
    #[error("this is a binary file, not an mbox file or a Takeout archive")]
    Binary,
    #[error("this is a compressed file or an archive inside another file; unpack it first")]
    Nested,
    /// A text that does not begin as mail does.
    #[error(
        "this is not an mbox file: it does not start with a From line (\"From someone@example.com Thu Nov 20 \
         07:21:12 2026\") or with mail headers, but with {beginning:?}"
    )]
    NotMail { beginning: String },
    #[error(
        "this is a {archive} archive{}, no .mbox inside{}",
        content.map_or_else(String::new, |content| format!(" of {content}")),
        hint.map_or("", ArchiveHint::sentence)
    )]
    NoMail {
        /// `ZIP` or `tar`.
        archive: String,
        /// What most of it is.
        content: Option<FileContent>,
        hint: Option<ArchiveHint>,
    },
    #[error("{member} is encrypted; unpack the archive with its password first")]
    Encrypted { member: String },
    #[error("{member} is packed with a method other than deflate; unpack the archive first")]
    Method { member: String },
    #[error("{member} would unpack to {megabytes} MB, far more than mail does; unpack the archive first")]
    Bomb { member: String, megabytes: u64 },
    #[error("the archive is damaged: {what}")]
    Damaged { what: String },
    /// An import goes on in another archive than the one it began with.
    #[error("the archive has no member number {member}; it is not the one that was being imported")]
    OtherArchive { member: usize },
    /// An import goes on in another file than the one it began with.
    #[error("no message starts at byte {at}; the file is not the one that was being imported, or it was changed")]
    OtherFile { at: u64 },
    /// One message only was found, and its text holds the headers of another one.
    #[error(
        "only one message was found, and its text contains the headers of another at byte {at}: its messages are probably separated \
         in an unknown way; export the mailbox again as mbox"
    )]
    Unseparated { at: usize },
    /// The first message was not reached in time.
    #[error(
        "no message was found within {seconds} s of reading: the disk is slow, or the mail lies far behind other files; unpack it and import the mail alone"
    )]
    Slow { seconds: u64 },
    /// The system does not let us read it; `what` is the whole sentence.
    #[error("{what}")]
    Unreadable { what: String },
}

impl FileProblem {
    /// The code of it in the errors of a run.
    #[must_use]
    pub fn code(&self) -> FileCode {
        match self {
            Self::Missing => FileCode::Missing,
            Self::TooLarge { .. } => FileCode::TooLarge,
            Self::CutOff | Self::Stalled { .. } => FileCode::CutOff,
            Self::Empty => FileCode::Empty,
            Self::Foreign(_) | Self::Binary | Self::NotMail { .. } => FileCode::NoMail,
            Self::Nested => FileCode::Nested,
            Self::NoMail { .. } => FileCode::ArchiveWithoutMail,
            Self::Encrypted { .. } => FileCode::Encrypted,
            Self::Method { .. } => FileCode::Method,
            Self::Bomb { .. } => FileCode::Bomb,
            Self::Damaged { .. } => FileCode::Damaged,
            Self::OtherArchive { .. } | Self::OtherFile { .. } => FileCode::Changed,
            Self::Unseparated { .. } => FileCode::Unseparated,
            Self::Slow { .. } => FileCode::Slow,
            Self::Unreadable { .. } => FileCode::Unreadable,
        }
    }
}

text_enum! {
    /// What is wrong with a file, in the errors of a run.
    FileCode("code of a file") {
        Missing = "file_missing",
        TooLarge = "file_too_large",
        CutOff = "upload_cut_off",
        Empty = "file_empty",
        NoMail = "file_is_no_mail",
        Nested = "file_nested",
        Changed = "file_changed",
        Unseparated = "file_unseparated",
        Slow = "file_slow",
        Unreadable = "file_unreadable",
        ArchiveWithoutMail = "archive_without_mail",
        Encrypted = "archive_encrypted",
        Method = "archive_method",
        Bomb = "archive_bomb",
        Damaged = "archive_damaged",
    }
}

text_enum! {
    /// A known kind of file that is no mail.
    ForeignFile("kind of file") {
        Pdf = "pdf",
        Png = "png",
        Jpeg = "jpeg",
        Gif = "gif",
        OutlookData = "outlook_data",
        OutlookMessage = "outlook_message",
        Sqlite = "sqlite",
        Program = "program",
        WindowsProgram = "windows_program",
        SevenZip = "7zip",
        Rar = "rar",
        Bzip2 = "bzip2",
        Xz = "xz",
        WebPage = "web_page",
        Xml = "xml",
        Json = "json",
    }
}

impl ForeignFile {
    /// Completes "this is …".
    fn sentence(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF document",
            Self::Png => "a PNG image",
            Self::Jpeg => "a JPEG image",
            Self::Gif => "a GIF image",
            Self::OutlookData => "an Outlook data file (.pst); export it as mbox first",
            Self::OutlookMessage => "an Outlook message or an old Office document; save it as .eml first",
            Self::Sqlite => "an SQLite database",
            Self::Program => "a program",
            Self::WindowsProgram => "a Windows program",
            Self::SevenZip => "a 7-Zip archive; unpack it first",
            Self::Rar => "a RAR archive; unpack it first",
            Self::Bzip2 => "a bzip2 archive; unpack it first",
            Self::Xz => "an xz archive; unpack it first",
            Self::WebPage => "a web page",
            Self::Xml => "an XML file",
            Self::Json => "a JSON file",
        }
    }
}

text_enum! {
    /// What the files of an archive without mail are.
    FileContent("content") {
        Photos = "photos",
        Documents = "documents",
        Contacts = "contacts",
        Calendars = "calendars",
        Music = "music",
    }
}

text_enum! {
    /// Where the mail may be that an archive does not hold.
    ArchiveHint("hint") {
        /// It holds further archives.
        Archives = "archives",
        /// It is one part of a Takeout that comes in several.
        Parts = "parts",
    }
}

impl ArchiveHint {
    /// The end of the English sentence.
    fn sentence(self) -> &'static str {
        match self {
            Self::Archives => "; it holds further archives: unpack it and import those",
            Self::Parts => "; a large Takeout comes in several parts, and the mail may be in another one",
        }
    }
}
