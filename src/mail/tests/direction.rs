use crate::mail::{AddressSet, Direction, direction};

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
fn direction_is_written_in_lower_case() {
    assert_eq!(serde_json::to_string(&Direction::Outgoing).unwrap(), "\"outgoing\"");
    assert_eq!(serde_json::from_str::<Direction>("\"incoming\"").unwrap(), Direction::Incoming);
    assert_eq!(Direction::Incoming.as_str(), "incoming");
}
