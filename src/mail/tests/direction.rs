use crate::mail::{AddressSet, Direction, direction, direction::settle, parse_rfc822};

#[test]
fn addresses_are_compared_whole() {
    let ours = AddressSet::new(["Ann@X.example", " <sales@shop.example> "]);
    assert!(ours.contains("ann@x.example"));
    assert!(ours.contains("mailto:ANN@x.EXAMPLE"));
    assert!(ours.contains("sales@shop.example"));
    for other in
        ["joann@x.example", "ann@x.example.org", "ann@sub.x.example", "ann+tag@x.example", "a.nn@x.example", "", "ann"]
    {
        assert!(!ours.contains(other), "{other}");
    }
    assert_eq!(ours.len(), 2);
}

#[test]
fn google_spellings_are_one_mailbox() {
    let ours = AddressSet::new(["j.doe+shop@googlemail.com"]);
    for same in ["jdoe@gmail.com", "J.D.O.E@gmail.com", "jdoe+x@googlemail.com"] {
        assert!(ours.contains(same), "{same}");
    }
    assert!(!ours.contains("jdoe2@gmail.com"));
    assert!(!ours.contains("jdoe@example.com"));
    assert!(AddressSet::new(["@gmail.com", "+x@gmail.com", "nobody", ""]).is_empty());
}

#[test]
fn sent_label_or_our_address_is_outgoing() {
    let ours = AddressSet::new(["ann@x.example"]);
    assert_eq!(direction(&["SENT"], Some("alias@other.example"), &ours), Direction::Outgoing);
    assert_eq!(direction(&["INBOX"], Some("ANN@x.example"), &ours), Direction::Outgoing);
    assert_eq!(direction(&["INBOX"], Some("joann@x.example"), &ours), Direction::Incoming);
    assert_eq!(direction::<&str>(&[], None, &ours), Direction::Incoming);
    assert_eq!(direction(&["My SENT mail"], None, &ours), Direction::Incoming);
}

#[test]
fn a_form_under_our_address_is_the_clients() {
    let ours = AddressSet::new(["help@shop.example"]);
    let settled = |text: &str, labels: &[&str]| {
        let mut message = parse_rfc822(text.as_bytes()).unwrap();
        let mut labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        let direction = settle(&mut message, &mut labels, &ours);
        (direction, message.from.unwrap().address)
    };
    let form = "From: Shop <help@shop.example>\nTo: help@shop.example\nReply-To: Lena <lena@client.example>\n\nHi\n";
    assert_eq!(settled(form, &[]), (Direction::Incoming, "lena@client.example".to_owned()));
    assert_eq!(settled(form, &["SENT", "INBOX"]), (Direction::Incoming, "lena@client.example".to_owned()));
    let ours = "From: help@shop.example\nTo: ann@client.example\nReply-To: tom@else.example\n\nHi\n";
    assert_eq!(settled(ours, &[]), (Direction::Outgoing, "help@shop.example".to_owned()));
}

#[test]
fn what_a_group_passes_on_is_its_authors() {
    let from =
        |headers: &str| parse_rfc822(format!("{headers}To: support@shop.example\n\nHi\n").as_bytes()).unwrap().from;
    for headers in [
        "From: 'Ann Lee' via Support <support@shop.example>\nX-Original-From: Ann Lee <ann@client.example>\n",
        "From: 'Ann Lee' via Support <support@shop.example>\nX-Original-Sender: ann@client.example\n",
        "From: Ann Lee via Support <support@shop.example>\nList-Id: <support.shop.example>\nReply-To: ann@client.example, support@shop.example\n",
        "From: Ann Lee <support@shop.example>\nMailing-list: list support@shop.example; contact x\nX-Original-From: Ann Lee <ann@client.example>\n",
    ] {
        let from = from(headers).unwrap();
        assert_eq!((from.address.as_str(), from.name.as_deref()), ("ann@client.example", Some("Ann Lee")), "{headers}");
    }
    for headers in [
        "From: Ann <ann@client.example>\nX-Original-Sender: help@shop.example\n",
        "From: Ann via Bus <ann@client.example>\nReply-To: bob@client.example\n",
    ] {
        assert_eq!(from(headers).unwrap().address, "ann@client.example", "{headers}");
    }
}

#[test]
fn direction_is_written_in_lower_case() {
    assert_eq!(serde_json::to_string(&Direction::Outgoing).unwrap(), "\"outgoing\"");
    assert_eq!(serde_json::from_str::<Direction>("\"incoming\"").unwrap(), Direction::Incoming);
    assert_eq!(Direction::Incoming.as_str(), "incoming");
}
