//! What people say about where messages belong.

use super::{world::Dice, *};

fn turn(name: u128) -> TurnMark {
    TurnMark::In(Uuid::from_u128(name))
}

impl Mail {
    fn marked(mut self, mark: TurnMark) -> Self {
        self.mark = Some(mark);
        self
    }
}

/// Two questions, then two answers that both name the last one: found as one turn.
fn two_questions() -> Vec<Mail> {
    vec![Mail::client(1, 0), Mail::client(2, 1), Mail::ours(3, 60).re(2), Mail::ours(4, 61).re(2)]
}

fn with_marks(mut mails: Vec<Mail>, marks: &[(u32, TurnMark)]) -> Vec<Mail> {
    for (number, mark) in marks {
        let mail = mails.iter_mut().find(|mail| mail.id.as_u128() == u128::from(*number)).expect("a message");
        mail.mark = Some(*mark);
    }
    mails
}

#[test]
fn two_questions_and_their_answers_can_be_told_apart() {
    assert_eq!(pairs(&two_questions()), [(vec![1, 2], 2, vec![3, 4])]);
    let marks = [(1, turn(1)), (4, turn(1)), (2, turn(2)), (3, turn(2))];
    assert_eq!(pairs(&with_marks(two_questions(), &marks)), [(vec![2], 2, vec![3]), (vec![1], 1, vec![4])]);
}

#[test]
fn turns_are_joined_and_a_reply_moves_to_another_one() {
    let thread = || vec![Mail::client(1, 0), Mail::ours(2, 5).re(1), Mail::client(3, 9).re(2), Mail::ours(4, 12).re(3)];
    assert_eq!(pairs(&thread()).len(), 2);
    let all: Vec<(u32, TurnMark)> = (1..=4).map(|number| (number, turn(7))).collect();
    assert_eq!(pairs(&with_marks(thread(), &all)), [(vec![1, 3], 1, vec![2, 4])]);
    // A second answer came before the next question and was about that.
    let mut ahead = thread();
    ahead.push(Mail::ours(5, 6).re(2));
    assert_eq!(pairs(&ahead)[0], (vec![1], 1, vec![2, 5]));
    let marks = [(1, turn(1)), (2, turn(1)), (3, turn(2)), (4, turn(2)), (5, turn(2))];
    assert_eq!(pairs(&with_marks(ahead, &marks)), [(vec![1], 1, vec![2]), (vec![3], 3, vec![5, 4])]);
}

#[test]
fn what_is_left_out_plays_no_part() {
    let thanks = [Mail::client(1, 0), Mail::client(2, 1).marked(TurnMark::LeftOut), Mail::ours(3, 9).re(2)];
    assert_eq!(pairs(&thanks), [(vec![1], 1, vec![3])]);
    assert_eq!(reasons(&thanks), [(2, SkipReason::LeftOut)]);
    // What was no person's mail has its own reason.
    let machine = [Mail::client(1, 0).kind(MailKind::Bounce).marked(TurnMark::LeftOut)];
    assert_eq!(reasons(&machine), [(1, SkipReason::Bounce)]);
}

#[test]
fn what_nobody_marked_joins_by_itself() {
    let marks = [(1, turn(1)), (4, turn(1)), (2, turn(2)), (3, turn(2))];
    let mut thread = with_marks(two_questions(), &marks);
    thread.push(Mail::ours(5, 62).re(4));
    assert_eq!(pairs(&thread)[1], (vec![1], 1, vec![4, 5]), "a follow-up");
    thread.push(Mail::client(6, 70).re(5));
    thread.push(Mail::ours(7, 80).re(6));
    assert_eq!(pairs(&thread)[2], (vec![6], 6, vec![7]), "the next turn");
    // An answer that is found later, and was sent first.
    thread.push(Mail::ours(8, 50).re(2));
    assert_eq!(pairs(&thread)[0], (vec![2], 2, vec![8, 3]));
}

#[test]
fn a_turn_without_one_of_its_sides_is_as_found() {
    let found = pairs(&two_questions());
    for marks in [vec![(1, turn(1)), (2, turn(1))], vec![(3, turn(1))], vec![(1, turn(1)), (3, turn(2))]] {
        assert_eq!(pairs(&with_marks(two_questions(), &marks)), found, "{marks:?}");
    }
    // Of its reply nothing is here any more.
    let gone = [Mail::client(1, 0).marked(turn(1)), Mail::ours(3, 9).re(1).marked(turn(1)).text(" ")];
    assert_eq!(reasons(&gone), [(1, SkipReason::AnsweredWithoutText), (3, SkipReason::EmptyAfterCleaning)]);
}

#[test]
fn what_is_said_of_a_mail_is_said_of_its_copies() {
    let copy = |number: u32, of: &Mail| Mail { id: Uuid::from_u128(u128::from(number)), mark: None, ..of.clone() };
    let marks = [(1, turn(1)), (4, turn(1)), (2, turn(2)), (3, turn(2))];
    let thread = with_marks(two_questions(), &marks);
    // The copies of another mailbox come before them in the order of their ids.
    let mut mails: Vec<Mail> = thread.iter().map(|mail| copy(mail.id.as_u128() as u32 + 100, mail)).collect();
    mails.extend(thread.iter().cloned().map(|mut mail| {
        mail.id = Uuid::from_u128(mail.id.as_u128() + 1_000);
        mail
    }));
    assert_eq!(pairs(&mails), [(vec![102], 102, vec![103]), (vec![101], 101, vec![104])]);
}

#[test]
fn whatever_is_marked_every_message_has_its_place_and_whole_turns_stay_together() {
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let mut mails = world::thread(&mut dice).mails;
        for mail in &mut mails {
            mail.mark = match dice.below(6) {
                0 => Some(TurnMark::LeftOut),
                name @ 1..=3 => Some(turn(name as u128)),
                _ => None,
            };
        }
        let pairing = pair(&mails, &world::agents());
        let marks: Vec<(Uuid, TurnMark)> = pairing
            .placed
            .iter()
            .filter(|one| one.side.is_some())
            .filter_map(|one| Some((one.id, one.mark?)))
            .collect();
        for pair in &pairing.pairs {
            let ids: Vec<Uuid> = pair.client_message_ids.iter().chain(&pair.reply_message_ids).copied().collect();
            assert!(marks.iter().all(|(id, mark)| *mark != TurnMark::LeftOut || !ids.contains(id)), "seed {seed}");
        }
        for name in 1..=3 {
            let members: Vec<Uuid> = marks.iter().filter(|(_, mark)| *mark == turn(name)).map(|(id, _)| *id).collect();
            let sides = |side| pairing.placed.iter().any(|one| one.side == Some(side) && members.contains(&one.id));
            if !sides(Direction::Incoming) || !sides(Direction::Outgoing) {
                continue;
            }
            let of_turn = pairing.pairs.iter().filter(|pair| {
                members.iter().any(|id| pair.client_message_ids.contains(id) || pair.reply_message_ids.contains(id))
            });
            assert_eq!(of_turn.count(), 1, "seed {seed}, turn {name}");
        }
    }
}
