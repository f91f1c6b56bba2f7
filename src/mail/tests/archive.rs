use std::fs;
use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{
    mail::{ArchiveError, MailSource, MboxKind, open_mail_source, open_mail_source_until, parse_rfc822},
    types::FileProblem,
};

fn mbox(subjects: &[&str]) -> String {
    subjects
        .iter()
        .map(|subject| format!("From x@xxx Thu Nov 19 10:00:00 +0000 2026\nFrom: a@x\nSubject: {subject}\n\nText\n\n"))
        .collect()
}

struct Fixture {
    dir: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn open(&self, name: &str, bytes: &[u8]) -> Result<MailSource, ArchiveError> {
        open_mail_source(self.file(name, bytes))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::fast(), bytes)
}

fn gzip_at(level: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &str, CompressionMethod)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, method) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Member number, offset and subject of every message, and where each message ends.
fn messages(source: &mut MailSource) -> Vec<(usize, u64, u64, String)> {
    let mut found = Vec::new();
    while let Some(member) = source.next_member().unwrap() {
        let index = member.index;
        for item in member.messages() {
            let item = item.unwrap();
            let MboxKind::Message(bytes) = item.kind else { panic!("small messages") };
            let subject = parse_rfc822(&bytes).unwrap().subject.unwrap();
            found.push((index, item.offset, item.end_offset, subject));
        }
    }
    found
}

fn subjects(source: &mut MailSource) -> Vec<String> {
    messages(source).into_iter().map(|(.., subject)| subject).collect()
}

const DEFLATED: CompressionMethod = CompressionMethod::Deflated;
const STORED: CompressionMethod = CompressionMethod::Stored;

#[test]
fn plain_and_gzipped_mbox() {
    let fixture = Fixture::new();
    let text = mbox(&["one", "two"]);
    let mut plain = fixture.open("mail.mbox", text.as_bytes()).unwrap();
    assert_eq!(plain.member_names(), Some(vec!["mail.mbox".to_owned()]));
    assert_eq!(plain.total_bytes(), Some(text.len() as u64));
    assert_eq!(subjects(&mut plain), ["one", "two"]);
    assert_eq!(plain.progress().consumed(), plain.progress().total());

    let mut packed = fixture.open("mail.mbox.gz", &gzip(text.as_bytes())).unwrap();
    assert_eq!(packed.total_bytes(), None);
    assert_eq!(subjects(&mut packed), ["one", "two"]);
    assert_eq!(packed.progress().consumed(), packed.progress().total());

    let mut eml = fixture.open("x.eml", b"From: a@x\nSubject: single\n\nText\n").unwrap();
    assert_eq!(subjects(&mut eml), ["single"]);
}

/// The same Takeout as a zip (deflated and stored) and as a tgz and a tar.
fn takeouts(fixture: &Fixture) -> Vec<PathBuf> {
    let (first, second) = (mbox(&["one", "two"]), mbox(&["three"]));
    let long = format!("Takeout/Mail/{}.mbox", "long ".repeat(30));
    let members = [
        ("Takeout/archive_browser.html", "<html>"),
        ("Takeout/Mail/Входящие.mbox", first.as_str()),
        ("__MACOSX/Takeout/Mail/._x.mbox", "junk"),
        ("Takeout/Photos/a.jpg", "jpg"),
        (long.as_str(), second.as_str()),
    ];
    let zipped = |method| zip(&members.map(|(name, content)| (name, content, method)));
    vec![
        fixture.file("a.zip", &zipped(DEFLATED)),
        fixture.file("b.zip", &zipped(STORED)),
        fixture.file("c.tgz", &gzip(&tar(&members))),
        fixture.file("d.tar", &tar(&members)),
    ]
}

#[test]
fn takeout_archives() {
    let fixture = Fixture::new();
    for path in takeouts(&fixture) {
        let mut source = open_mail_source(&path).unwrap();
        let mut names = Vec::new();
        let mut sizes = Vec::new();
        while let Some(member) = source.next_member().unwrap() {
            names.push(member.name.clone());
            sizes.push(member.bytes);
        }
        assert!(source.progress().consumed() > 0, "{path:?}");
        assert_eq!(names[0], "Takeout/Mail/Входящие.mbox", "{path:?}");
        assert!(names[1].contains("long long"), "{names:?}");
        assert_eq!(sizes[0], Some(mbox(&["one", "two"]).len() as u64));
        let mut source = open_mail_source(&path).unwrap();
        let found: Vec<_> = messages(&mut source).into_iter().map(|(index, .., subject)| (index, subject)).collect();
        assert_eq!(found, [(0, "one".to_owned()), (0, "two".to_owned()), (1, "three".to_owned())], "{path:?}");
    }
}

#[test]
fn a_folder_of_apple_mail() {
    let emlx = |subject: &str| {
        let message = format!("From: a@x.example\nSubject: {subject}\n\nText\n");
        format!("{}\n{message}<?xml version=\"1.0\"?>\n<plist><dict/></plist>\n", message.len())
    };
    let (one, two) = (emlx("one"), emlx("two"));
    let stored = CompressionMethod::Stored;
    let bytes = zip(&[
        ("Mail/INBOX.mbox/Info.plist", "<plist/>", stored),
        ("Mail/INBOX.mbox/Messages/1.emlx", &one, stored),
        ("Mail/INBOX.mbox/Messages/2.partial.emlx", &two, CompressionMethod::Deflated),
        ("__MACOSX/Mail/INBOX.mbox/Messages/._1.emlx", "x", stored),
    ]);
    assert_eq!(subjects(&mut Fixture::new().open("mail.zip", &bytes).unwrap()), ["one", "two"]);
    assert_eq!(subjects(&mut Fixture::new().open("1.emlx", one.as_bytes()).unwrap()), ["one"]);
}

#[test]
fn a_folder_of_thunderbird() {
    let (inbox, sent, old) = (mbox(&["one", "two"]), mbox(&["three"]), mbox(&["four"]));
    let files = [
        ("Mail/Inbox", inbox.as_str()),
        ("Mail/Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->"),
        ("Mail/Archives.sbd/Dr. Feld", &sent),
        ("Mail/Trash", ""),
        ("Mail/readme", "From now on, read this."),
        ("Mail/LICENSE", "Use it as you like."),
        ("Mail/.DS_Store", "From "),
        ("__MACOSX/Mail/Inbox", "From "),
        ("Mail/2025", &old),
    ];
    let fixture = Fixture::new();
    let packed: Vec<_> = files.iter().map(|(name, content)| (*name, *content, DEFLATED)).collect();
    let found = ["one", "two", "three", "four"];
    assert_eq!(subjects(&mut fixture.open("mail.zip", &zip(&packed)).unwrap()), found);
    assert_eq!(subjects(&mut fixture.open("mail.tar", &tar(&files)).unwrap()), found);
    assert_eq!(subjects(&mut fixture.open("Inbox", inbox.as_bytes()).unwrap()), ["one", "two"]);
    let none = zip(&[("LICENSE", "Use it.", STORED), ("a.jpg", "x", STORED)]);
    assert!(refusal(&fixture, "none.zip", &none).contains("no .mbox inside"));
}

#[test]
fn every_source_goes_on_where_it_stopped() {
    let fixture = Fixture::new();
    let text = mbox(&["one", "two", "three"]);
    let mut paths = takeouts(&fixture);
    paths.push(fixture.file("plain.mbox", text.as_bytes()));
    paths.push(fixture.file("packed.gz", &gzip(text.as_bytes())));
    for path in paths {
        let all = messages(&mut open_mail_source(&path).unwrap());
        for (at, (index, _, end, _)) in all.iter().enumerate() {
            let mut source = open_mail_source(&path).unwrap();
            source.skip_to(*index, *end);
            assert_eq!(messages(&mut source), all[at + 1..], "{path:?} after {at}");
        }
        let mut source = open_mail_source(&path).unwrap();
        source.skip_to(7, 0);
        assert!(
            matches!(source.next_member(), Err(ArchiveError::Unusable(FileProblem::OtherArchive { member: 7 }))),
            "{path:?}"
        );
    }
}

#[test]
fn members_need_not_be_read_to_the_end() {
    let fixture = Fixture::new();
    for path in takeouts(&fixture) {
        let mut source = open_mail_source(&path).unwrap();
        let mut member = source.next_member().unwrap().unwrap();
        let mut first = String::new();
        member.reader.read_line(&mut first).unwrap();
        drop(member);
        let mut rest = String::new();
        source.next_member().unwrap().unwrap().reader.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("Subject: three"), "{path:?}");
        assert!(source.next_member().unwrap().is_none());
    }
}

fn refusal(fixture: &Fixture, name: &str, bytes: &[u8]) -> String {
    match fixture.open(name, bytes) {
        Err(error) => error.to_string(),
        Ok(mut source) => source.next_member().map(|_| ()).expect_err("the fixture holds no mail").to_string(),
    }
}

#[test]
fn files_without_mail_are_named() {
    let fixture = Fixture::new();
    let photos = zip(&[("Takeout/Photos/a.jpg", "x", STORED), ("Takeout/Photos/b.png", "x", STORED)]);
    assert_eq!(
        refusal(&fixture, "photos.zip", &photos),
        "this is a ZIP archive of photos, no .mbox inside; a large Takeout comes in several parts, and the mail may be in another one"
    );
    let documents = tar(&[("a.docx", "x"), ("b.pdf", "y")]);
    assert_eq!(refusal(&fixture, "docs.tgz", &gzip(&documents)), "this is a tar archive of documents, no .mbox inside");
    let nested = zip(&[("takeout-1.zip", "x", STORED)]);
    assert!(refusal(&fixture, "n.zip", &nested).contains("it holds further archives"));
    assert_eq!(refusal(&fixture, "empty.mbox", b""), "the file is empty");
    assert_eq!(refusal(&fixture, "empty.gz", &gzip(b"")), "the file is empty");
    assert_eq!(
        refusal(&fixture, "x.mbox", b"%PDF-1.4"),
        "this is a PDF document, not an mbox file or a Takeout archive"
    );
    assert!(refusal(&fixture, "x.mbox", &[1, 2, 3, 0, 5]).contains("binary file"));
    assert!(refusal(&fixture, "x.zip", b"PK\x03\x04 and no more").contains("damaged"));
    let missing = open_mail_source(fixture.dir.path().join("absent")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read "), "{missing}");
}

/// Reads everything; the messages before the failure, and the failure.
fn until_failure(source: &mut MailSource) -> (usize, String) {
    let mut read = 0;
    loop {
        match source.next_member() {
            Err(error) => return (read, error.to_string()),
            Ok(None) => panic!("nothing failed"),
            Ok(Some(member)) => {
                for item in member.messages() {
                    match item {
                        Ok(_) => read += 1,
                        Err(error) => return (read, error.to_string()),
                    }
                }
            }
        }
    }
}

#[test]
fn cut_and_damaged_archives_fail_aloud() {
    let fixture = Fixture::new();
    let subjects: Vec<String> = (0..3000).map(|n| format!("subject {}", n * 7919)).collect();
    let text = mbox(&subjects.iter().map(String::as_str).collect::<Vec<_>>());

    let packed = gzip(text.as_bytes());
    let (read, _) = until_failure(&mut fixture.open("cut.gz", &packed[..packed.len() / 2]).unwrap());
    assert!(read > 100 && read < 3000, "{read}");

    let archive = gzip(&tar(&[("a.mbox", &text)]));
    let (read, _) = until_failure(&mut fixture.open("cut.tgz", &archive[..archive.len() / 2]).unwrap());
    assert!(read > 100 && read < 3000, "{read}");

    // One changed byte of a stored member is text all the same; only the checksum tells.
    let mut damaged = zip(&[("a.mbox", &text, STORED)]);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let (_, error) = until_failure(&mut fixture.open("damaged.zip", &damaged).unwrap());
    assert!(error.contains("checksum"), "{error}");
}

/// A thousand bytes of a message for each byte of the file, and more than is always allowed.
fn bomb() -> Vec<u8> {
    let mut bomb = gzip(mbox(&["one"]).as_bytes());
    let filling = gzip_at(Compression::best(), &vec![b'a'; 32 << 20]);
    for _ in 0..10 {
        bomb.extend(&filling);
    }
    bomb
}

#[test]
fn a_file_that_unpacks_to_more_than_mail_does_is_read_no_further() {
    let fixture = Fixture::new();
    let mut source = fixture.open("bomb.mbox.gz", &bomb()).unwrap();
    let member = source.next_member().unwrap().unwrap();
    let error = member.messages().find_map(Result::err).expect("it is read no further");
    assert!(error.to_string().contains("far more than mail does"), "{error}");

    // Foreign members are passed over, but unpacked for that.
    let photo = "a".repeat(320 << 20);
    let packed = gzip_at(
        Compression::best(),
        &tar(&[("Photos/a.jpg", photo.as_str()), ("Mail/a.mbox", mbox(&["one"]).as_str())]),
    );
    let error = fixture.open("bomb.tgz", &packed).unwrap().next_member().err().expect("it is read no further");
    assert!(error.to_string().contains("far more than mail does"), "{error}");

    let zipped = zip(&[("Mail/a.mbox", photo.as_str(), DEFLATED)]);
    let error = fixture.open("bomb.zip", &zipped).expect_err("its directory says it");
    assert!(matches!(error, ArchiveError::Unusable(FileProblem::Bomb { megabytes: 320, .. })), "{error}");
    // Nor may many members that are small enough by themselves.
    let half = &photo[..160 << 20];
    let zipped = zip(&[("Mail/a.mbox", half, DEFLATED), ("Mail/b.mbox", half, DEFLATED)]);
    let error = fixture.open("bombs.zip", &zipped).expect_err("its directory says it");
    let FileProblem::Bomb { member, megabytes } = FileProblem::from(error) else { panic!("another reason") };
    assert_eq!((member.as_str(), megabytes), ("bombs.zip", 320));
}

#[test]
fn members_that_lie_in_the_same_place_are_refused() {
    let fixture = Fixture::new();
    let text = mbox(&["one"]);
    let mut archive = zip(&[("Mail/a.mbox", text.as_str(), STORED), ("Mail/b.mbox", text.as_str(), STORED)]);
    assert_eq!(subjects(&mut fixture.open("apart.zip", &archive).unwrap()), ["one", "one"]);
    // The last entry of the directory (APPNOTE.TXT 4.3.12) points to where the first member begins.
    let entry = archive.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    archive[entry + 42..entry + 46].copy_from_slice(&[0; 4]);
    let error = fixture.open("overlapping.zip", &archive).expect_err("refused");
    assert!(error.to_string().contains("Mail/a.mbox and Mail/b.mbox lie in the same place"), "{error}");
}

#[test]
fn reading_stops_inside_a_message() {
    let fixture = Fixture::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let path = fixture.file("long.mbox.gz", &bomb());
    let mut source = open_mail_source_until(path, move || count.fetch_add(1, Ordering::SeqCst) >= 20).unwrap();
    let member = source.next_member().unwrap().unwrap();
    let error = member.messages().find_map(Result::err).expect("it stops");
    assert!(error.to_string().contains("reading was stopped"), "{error}");
    // Once told, nothing is read but what says so.
    assert!(asked.load(Ordering::SeqCst) <= 25, "{asked:?}");
}
