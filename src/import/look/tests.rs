//! Whose mail a file is, by what stands in it.

use std::fmt::Write as _;

use super::*;

/// A message: from, to, and more header lines.
struct Mail<'a>(&'a str, &'a str, &'a str);

fn mbox(mails: &[Mail<'_>]) -> String {
    mails.iter().enumerate().fold(String::new(), |mut file, (number, Mail(from, to, more))| {
        let lines = if more.is_empty() { String::new() } else { format!("{more}\n") };
        write!(
            file,
            "From x@y Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nMessage-ID: <{number}@x.example>\n{lines}\nFrom: trap@body.example\n\n"
        )
        .expect("text");
        file
    })
}

fn found(name: &str, file: &str, asked: &[&str]) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, file).expect("written");
    look_into(&path, &AddressSet::new(asked), || false).expect("looked into")
}

fn proposed(file: &str) -> Vec<String> {
    found("mail.mbox", file, &[]).look.proposed().map(|party| party.address.clone()).collect()
}

const ANSWER: &str = "In-Reply-To: <q@x.example>";

/// Clients who each write once to an address, and get an answer from another.
fn shop<'a>(clients: &'a [String], to: &'a str, from: &'a str) -> Vec<Mail<'a>> {
    clients.iter().flat_map(|client| [Mail(client, to, ""), Mail(from, client, ANSWER)]).collect()
}

fn clients(number: usize) -> Vec<String> {
    (0..number).map(|client| format!("Client {client} <c{client}@home{client}.example>")).collect()
}

#[test]
fn mail_in_a_folder_of_sent_mail_is_ours() {
    let label =
        "X-Gmail-Labels: =?UTF-8?Q?=D0=9E=D1=82=D0=BF=D1=80=D0=B0=D0=B2=D0=BB=D0=B5=D0=BD=D0=BD=D1=8B=D0=B5?=,Opened";
    let mut mails = vec![Mail("Me <me@gmail.com>", "a@client.example", label)];
    mails.extend((0..30).map(|_| Mail("news@shop.example", "me@gmail.com", "X-Gmail-Labels: Inbox")));
    assert_eq!(proposed(&mbox(&mails)), ["me@gmail.com"]);
    let plain = mbox(&[Mail("me@gmail.com", "a@client.example", "")]);
    for (name, ours) in
        [("Sent Items", 1), ("Sent.mbox", 1), ("Gesendet.mbox", 1), ("Inbox.mbox", 0), ("sentry.mbox", 0)]
    {
        assert_eq!(found(name, &plain, &[]).look.proposed().count(), ours, "{name}");
    }
}

#[test]
fn without_a_folder_of_sent_mail_it_is_who_takes_part_in_most_of_it() {
    let clients = clients(20);
    let mails = shop(&clients, "support@gmail.com", "Support <Support@Gmail.com>");
    assert_eq!(proposed(&mbox(&mails)), ["support@gmail.com"]);
}

#[test]
fn colleagues_who_answer_from_our_domain_are_ours_and_its_robots_are_not() {
    let clients = clients(20);
    let mut mails = shop(&clients, "help@fern.example", "help@fern.example");
    mails.push(Mail("anna@fern.example", "c1@home1.example", ANSWER));
    mails.extend((0..15).map(|_| Mail("form@fern.example", "help@fern.example", "Reply-To: c@home.example")));
    assert_eq!(proposed(&mbox(&mails)), ["help@fern.example", "anna@fern.example"]);
}

#[test]
fn a_team_that_shares_a_domain_is_found_where_nobody_of_it_has_half_of_the_mail() {
    let clients = clients(9);
    let mut mails = shop(&clients[..3], "a@fern.example", "a@fern.example");
    mails.extend(shop(&clients[3..6], "b@fern.example", "b@fern.example"));
    mails.extend(shop(&clients[6..], "c@fern.example", "c@fern.example"));
    assert_eq!(proposed(&mbox(&mails)), ["a@fern.example", "b@fern.example", "c@fern.example"]);
}

#[test]
fn the_address_that_mail_was_delivered_to_counts_as_one_that_got_it() {
    let clients = clients(10);
    let mut mails: Vec<Mail<'_>> =
        clients.iter().map(|client| Mail(client, "undisclosed-recipients:;", "Delivered-To: me@web.de")).collect();
    mails.push(Mail("me@web.de", "c1@home1.example", ""));
    assert_eq!(proposed(&mbox(&mails)), ["me@web.de"]);
}

#[test]
fn nothing_is_proposed_where_nobody_can_tell() {
    let two = [Mail("a@gmail.com", "b@web.de", ""), Mail("b@web.de", "a@gmail.com", ANSWER)];
    assert_eq!(proposed(&mbox(&two)), Vec::<String>::new());
    let news: Vec<Mail<'_>> = (0..20).map(|_| Mail("news@shop.example", "me@gmail.com", "")).collect();
    assert_eq!(proposed(&mbox(&news)), Vec::<String>::new(), "who only writes");
}

#[test]
fn an_address_that_was_asked_for_is_counted_by_its_mailbox_and_only_as_the_author() {
    let clients = clients(3);
    let file = mbox(&shop(&clients, "me@gmail.com", "M.E+shop@googlemail.com"));
    for (asked, from) in [("me@gmail.com", 3), ("trap@body.example", 0), ("gmail.com", 0), ("e@gmail.com", 0)] {
        assert_eq!(found("m.mbox", &file, &[asked]).from_asked, from, "{asked}");
    }
    let look = found("m.mbox", &file, &[]).look;
    assert_eq!((look.messages, look.is_whole), (6, true));
    assert_eq!(look.most_besides(&AddressSet::new(["me@gmail.com"])).map(|party| party.wrote), Some(1));
}

#[test]
fn what_is_no_mail_is_refused_and_what_breaks_off_later_is_looked_at_so_far() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    std::fs::write(&path, "no mail\nat all\n").expect("written");
    assert!(look_into(&path, &AddressSet::default(), || false).is_err());
    std::fs::write(&path, mbox(&[Mail("a@x.example", "b@x.example", "")])).expect("written");
    let file = std::fs::read(&path).expect("read");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut packed, &file.repeat(2_000)).expect("packed");
    let packed = packed.finish().expect("packed");
    std::fs::write(&path, packed.get(..packed.len() / 2).expect("half of it")).expect("written");
    let look = look_into(&path, &AddressSet::default(), || false).expect("looked into").look;
    assert!(!look.is_whole && look.messages > 100, "{} messages", look.messages);
}
