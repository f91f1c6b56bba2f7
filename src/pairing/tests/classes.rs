use super::*;

#[test]
fn a_question_and_its_answer() {
    let mails = [Mail::client(1, 0), Mail::ours(2, 30).re(1)];
    let pairing = pair(&mails, &ours());
    let pair = &pairing.pairs[0];
    assert_eq!((pair.client_text.as_str(), pair.reply_text.as_str()), ("text 1", "text 2"));
    assert_eq!(pair.responded_after_seconds, Some(1800));
    assert_eq!(numbers(&pairing), [(vec![1], 1, vec![2])]);
    assert!(pairing.skipped.is_empty());
}

#[test]
fn a_conversation_is_a_pair_per_turn() {
    let mails = [
        Mail::client(1, 0),
        Mail::ours(2, 1).re(1),
        Mail::client(3, 2).re(2),
        Mail::ours(4, 3).re(3),
        Mail::client(5, 4).re(4),
    ];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
    assert_eq!(reasons(&mails), [(5, SkipReason::Unanswered)]);
}

#[test]
fn several_client_messages_are_one_turn() {
    let mails = [Mail::client(1, 0), Mail::client(2, 1).re(1), Mail::client(3, 2), Mail::ours(4, 9).re(2)];
    let pairing = pair(&mails, &ours());
    assert_eq!(numbers(&pairing), [(vec![1, 2, 3], 2, vec![4])]);
    assert_eq!(pairing.pairs[0].client_text, "text 1\n\ntext 2\n\ntext 3");
    assert_eq!(pairing.pairs[0].responded_after_seconds, Some(8 * 60));
}

#[test]
fn messages_answered_one_by_one_are_turns_of_their_own() {
    let mails = [Mail::client(1, 0), Mail::client(2, 1), Mail::ours(3, 5).re(2), Mail::ours(4, 6).re(1)];
    assert_eq!(pairs(&mails), [(vec![2], 2, vec![3]), (vec![1], 1, vec![4])]);
}

#[test]
fn follow_ups_extend_the_reply() {
    for follow_up in [Mail::ours(3, 5).re(2), Mail::ours(3, 5).re(1), Mail::ours(3, 5)] {
        let mails = [Mail::client(1, 0), Mail::ours(2, 1).re(1), follow_up];
        let pairing = pair(&mails, &ours());
        assert_eq!(numbers(&pairing), [(vec![1], 1, vec![2, 3])]);
        assert_eq!(pairing.pairs[0].reply_text, "text 2\n\ntext 3");
        assert_eq!(pairing.pairs[0].responded_after_seconds, Some(60));
    }
}

#[test]
fn an_answer_to_our_own_last_message_answers_the_client_who_wrote_since() {
    let mails = [Mail::client(1, 0), Mail::ours(2, 1).re(1), Mail::client(3, 2).re(2), Mail::ours(4, 3).re(2)];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
}

#[test]
fn order_in_time_decides_without_headers() {
    let mails = [Mail::client(1, 0), Mail::client(2, 1), Mail::ours(3, 2), Mail::client(4, 3), Mail::ours(5, 4)];
    assert_eq!(pairs(&mails), [(vec![1, 2], 2, vec![3]), (vec![4], 4, vec![5])]);
}

#[test]
fn headers_decide_against_the_clock() {
    // The client's clock runs an hour ahead.
    let mails = [Mail::client(1, 60), Mail::ours(2, 5).re(1), Mail::client(3, 66).re(2), Mail::ours(4, 9).re(3)];
    let pairing = pair(&mails, &ours());
    assert_eq!(numbers(&pairing), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
    assert_eq!(pairing.pairs[0].responded_after_seconds, None);
}

#[test]
fn references_serve_where_in_reply_to_is_missing() {
    let mut reply = Mail::ours(4, 9).re(2);
    reply.references = vec!["1@mail".to_owned(), "2@mail".to_owned()];
    reply.in_reply_to.clear();
    let mails = [Mail::client(1, 0), Mail::client(2, 1), reply];
    assert_eq!(pairs(&mails), [(vec![1, 2], 2, vec![4])]);
}

#[test]
fn undated_messages_find_their_place() {
    let mails = [
        Mail::client(1, 0).undated(),
        Mail::ours(2, 1).re(1),
        Mail::client(3, 2).re(2).undated(),
        Mail::ours(4, 3).re(3),
    ];
    let pairing = pair(&mails, &ours());
    assert_eq!(numbers(&pairing), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
    assert_eq!(pairing.pairs[0].responded_after_seconds, None);
}

#[test]
fn a_thread_goes_on_from_another_of_our_mailboxes() {
    let mails = [
        Mail::client(1, 0),
        Mail::ours(2, 1).re(1),
        Mail::client(3, 2).re(2).to(&[COLLEAGUE]),
        Mail::ours(4, 3).from(COLLEAGUE).re(3),
    ];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
}

#[test]
fn copies_in_several_mailboxes_count_once() {
    let mut client_copy = Mail::client(11, 0);
    client_copy.message_id = Some("1@mail".to_owned());
    client_copy.text = "text 1".to_owned();
    // The colleague's mailbox does not know the alias, so there our reply looks like incoming mail.
    let mut reply = Mail::ours(2, 1).re(1).from("alias@shop.example");
    let mut reply_copy = Mail { direction: Direction::Incoming, ..reply.clone() };
    reply_copy.id = Uuid::from_u128(12);
    reply.text = "text 2".to_owned();
    let mails = [Mail::client(1, 0), client_copy, reply, reply_copy];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2])]);
    assert_eq!(reasons(&mails), [(11, SkipReason::DuplicateCopy), (12, SkipReason::DuplicateCopy)]);
}

#[test]
fn among_many_messages_of_one_id_each_copy_is_found() {
    let of_one_id =
        |number: u32, minute| Mail { message_id: Some("one@mail".to_owned()), ..Mail::client(number, minute) };
    let mut mails: Vec<Mail> = (1..=300).map(|number| of_one_id(number, i64::from(number))).collect();
    // The same date, or the same words.
    mails.push(of_one_id(1_001, 7));
    mails.push(Mail { text: "text 250".to_owned(), ..of_one_id(1_002, 900) });
    let copies: Vec<u32> =
        reasons(&mails).into_iter().filter(|(_, why)| *why == SkipReason::DuplicateCopy).map(|(at, _)| at).collect();
    assert_eq!(copies, [1_001, 1_002]);
}

#[test]
fn a_reused_message_id_is_no_copy() {
    let mut second = Mail::client(3, 5);
    second.message_id = Some("1@mail".to_owned());
    let mails = [Mail::client(1, 0), Mail::ours(2, 1).re(1), second, Mail::ours(4, 9).re(1)];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2]), (vec![3], 3, vec![4])]);
}

#[test]
fn clients_in_one_thread_are_kept_apart() {
    // A circular to two clients; both answer, only one is answered again.
    let other = "dora@other.example";
    let mails = [
        Mail::ours(1, 0).to(&[CLIENT, other]),
        Mail::client(2, 1).re(1).from(other),
        Mail::client(3, 2).re(1),
        Mail::ours(4, 3).re(3),
    ];
    assert_eq!(pairs(&mails), [(vec![3], 3, vec![4])]);
    assert_eq!(reasons(&mails), [(1, SkipReason::NoClientMessage), (2, SkipReason::Unanswered)]);
}

#[test]
fn colleagues_of_the_client_share_a_turn() {
    let boss = "eve@client.example";
    let mails =
        [Mail::client(1, 0), Mail::client(2, 1).re(1).from(boss).to(&[US, CLIENT]), Mail::ours(3, 2).re(2).to(&[boss])];
    assert_eq!(pairs(&mails), [(vec![1, 2], 2, vec![3])]);
}

#[test]
fn contact_forms_are_answered_at_the_reply_address() {
    let mut form = Mail::client(1, 0).from("noreply@forms.example");
    form.reply_to = vec![CLIENT.to_owned()];
    let mails = [form, Mail::ours(2, 1)];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2])]);
}

#[test]
fn a_message_without_author_can_be_answered() {
    let mut nameless = Mail::client(1, 0);
    nameless.from = None;
    let mails = [nameless, Mail::ours(2, 1)];
    assert_eq!(pairs(&mails), [(vec![1], 1, vec![2])]);
}

#[test]
fn circular_references_end() {
    let mails = [Mail::client(1, 0).re(2), Mail::client(2, 0).re(1), Mail::ours(3, 1).re(3)];
    assert_eq!(pairs(&mails).len(), 1);
}

#[test]
fn nothing_gives_nothing() {
    assert_eq!(pair_thread(&[], &ours()), Pairing::default());
    let mail = Mail::client(1, 0);
    let twice = pair_thread(&[mail.view(), mail.view()], &ours());
    assert_eq!(skipped(&twice), [(1, SkipReason::Unanswered)]);
}
