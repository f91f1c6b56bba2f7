//! A made-up world of clients and agents who write to each other in many styles, and who know which reply answered what.

use super::{Mail, Numbers, US};
use crate::mail::{AddressSet, Direction, MailKind};

/// Copies in a second mailbox have this much added to their number.
pub const COPY: u32 = 1_000_000;

const AGENTS: [&str; 4] = [US, "bob@shop.example", "support@shop.example", "shop.team@gmail.com"];
const ALIASES: [&str; 4] =
    ["Ann@Shop.example", "bob@shop.example", "SUPPORT@shop.example", "shopteam+tickets@googlemail.com"];

/// A small, fixed generator (splitmix64), so that a failure can be repeated by its seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// A thread and its true pairs.
pub struct Thread {
    pub mails: Vec<Mail>,
    pub truth: Vec<Numbers>,
}

struct Author<'d> {
    dice: &'d mut Dice,
    mails: Vec<Mail>,
    truth: Vec<Numbers>,
    number: u32,
    minute: i64,
}

/// A thread with one conversation, or with several that run side by side below one circular of ours.
pub fn thread(dice: &mut Dice) -> Thread {
    let mut author = Author { dice, mails: Vec::new(), truth: Vec::new(), number: 0, minute: 0 };
    let parties = if author.dice.percent(15) { 2 + author.dice.below(2) } else { 1 };
    let starts_with_us = parties > 1 || author.dice.percent(20);
    let all: Vec<Vec<String>> = (0..parties).map(|party| author.party(party)).collect();
    let root = starts_with_us.then(|| {
        let everyone: Vec<&str> = all.iter().map(|party| party[0].as_str()).collect();
        let circular = author.mail().to(&everyone).from(US);
        author.send(Mail { direction: Direction::Outgoing, ..circular })
    });
    for party in &all {
        author.minute = 1 + author.dice.below(500) as i64;
        author.conversation(party, root);
    }
    author.spoil();
    Thread { mails: author.mails, truth: author.truth }
}

pub fn agents() -> AddressSet {
    AddressSet::new(AGENTS)
}

impl Author<'_> {
    /// The people of one client.
    fn party(&mut self, party: usize) -> Vec<String> {
        let people = 1 + self.dice.below(3);
        (0..people).map(|person| format!("person{person}@client{party}.example")).collect()
    }

    fn mail(&mut self) -> Mail {
        self.number += 1;
        Mail::new(self.number, self.minute)
    }

    fn send(&mut self, mail: Mail) -> u32 {
        let number = mail.id.as_u128() as u32;
        self.mails.push(mail);
        number
    }

    fn wait(&mut self, minutes: usize) {
        self.minute += 1 + self.dice.below(minutes) as i64;
    }

    fn ours(&mut self, recipients: &[&str]) -> Mail {
        let agent = self.dice.below(AGENTS.len());
        let from = if self.dice.percent(50) { AGENTS[agent] } else { ALIASES[agent] };
        // The SENT label is missing where only the address tells.
        let direction = if self.dice.percent(90) { Direction::Outgoing } else { Direction::Incoming };
        let mut mail = Mail { direction, ..self.mail().from(from).to(recipients) };
        if self.dice.percent(20) {
            mail.recipients.push((*self.dice.pick(&AGENTS)).to_owned());
        }
        mail
    }

    fn conversation(&mut self, people: &[String], root: Option<u32>) {
        let mut last_ours = root;
        let mut turn: Vec<(u32, String)> = Vec::new();
        for _ in 0..1 + self.dice.below(5) {
            self.client_turn(people, last_ours, &mut turn);
            self.noise_before_reply(&turn);
            // Sometimes nobody answers, and the client writes again.
            if self.dice.percent(10) {
                continue;
            }
            last_ours = Some(if turn.len() > 1 && self.dice.percent(15) {
                self.answer_one_by_one(&turn)
            } else {
                self.answer(&turn)
            });
            turn.clear();
        }
    }

    fn client_turn(&mut self, people: &[String], last_ours: Option<u32>, turn: &mut Vec<(u32, String)>) {
        for _ in 0..*self.dice.pick(&[1, 1, 1, 1, 2, 2, 3]) {
            self.wait(600);
            let who = self.dice.pick(people).clone();
            let to = *self.dice.pick(&ALIASES);
            let mut mail = self.mail().from(&who).to(&[to]);
            let colleague_wrote = turn.last().is_some_and(|(_, author)| *author != who);
            mail = match (turn.last(), last_ours) {
                // A colleague joins by answering to all.
                (Some((previous, _)), _) if colleague_wrote => mail.re(*previous),
                (Some((previous, _)), _) if self.dice.percent(50) => mail.re(*previous),
                (_, Some(ours)) if self.dice.percent(85) => mail.re(ours),
                _ => mail,
            };
            turn.push((self.send(mail), who));
        }
    }

    fn noise_before_reply(&mut self, turn: &[(u32, String)]) {
        let Some((last, who)) = turn.last().cloned() else { return };
        if self.dice.percent(10) {
            let acknowledgement = self.ours(&[&who]).re(last).kind(MailKind::AutoReply);
            self.send(acknowledgement);
        }
        if self.dice.percent(10) {
            self.wait(20);
            let note = self.mail().from(US).to(&["bob@shop.example"]).re(last);
            self.send(Mail { direction: Direction::Outgoing, ..note });
        }
        if self.dice.percent(5) {
            self.wait(20);
            let forward = self.mail().from(US).to(&["parts@supplier.example"]).re(last).subject("FW: Order");
            self.send(Mail { direction: Direction::Outgoing, ..forward });
        }
    }

    fn answer(&mut self, turn: &[(u32, String)]) -> u32 {
        self.wait(300);
        let mut recipients: Vec<&str> = turn.iter().map(|(_, who)| who.as_str()).collect();
        recipients.dedup();
        let style = self.dice.below(100);
        let mut answered = turn.last().expect("a turn has messages").0;
        if style < 90 && self.dice.percent(20) {
            answered = self.dice.pick(turn).0;
        }
        let mut reply = self.ours(&recipients);
        if style < 85 {
            reply = reply.re(answered);
        } else if style < 90 {
            reply = reply.re(answered);
            reply.in_reply_to.clear();
        }
        let reply = self.send(reply);
        let mut replies = vec![reply];
        let mut last = reply;
        if self.dice.percent(10) {
            let who = self.dice.pick(&recipients).to_string();
            let away = self.mail().from(&who).to(&[US]).re(reply).kind(MailKind::AutoReply);
            let away = self.send(away);
            if self.dice.percent(30) {
                last = away;
            }
        }
        if self.dice.percent(25) {
            for _ in 0..1 + self.dice.below(2) {
                self.wait(60);
                let target = *self.dice.pick(&[Some(last), Some(reply), Some(answered), None]);
                let follow_up = self.ours(&recipients);
                let follow_up = match target {
                    Some(target) => follow_up.re(target),
                    None => follow_up,
                };
                replies.push(self.send(follow_up));
            }
        }
        self.truth.push((turn.iter().map(|(number, _)| *number).collect(), answered, replies));
        reply
    }

    fn answer_one_by_one(&mut self, turn: &[(u32, String)]) -> u32 {
        let mut order: Vec<&(u32, String)> = turn.iter().collect();
        self.dice.shuffle(&mut order);
        let mut last = 0;
        for (number, who) in order {
            self.wait(60);
            let reply = self.ours(&[who]).re(*number);
            last = self.send(reply);
            self.truth.push((vec![*number], *number, vec![last]));
        }
        last
    }

    /// Copies in other mailboxes, lost dates, clocks that are minutes off.
    fn spoil(&mut self) {
        for at in 0..self.mails.len() {
            if self.dice.percent(15) {
                let mut copy = self.mails[at].clone();
                copy.id = uuid::Uuid::from_u128(copy.id.as_u128() + u128::from(COPY));
                self.mails.push(copy);
            }
            let mail = &mut self.mails[at];
            let answers = !mail.in_reply_to.is_empty();
            if answers && mail.direction == Direction::Incoming && self.dice.percent(2) {
                mail.sent_at = mail.sent_at.map(|time| time + chrono::TimeDelta::minutes(3));
            } else if answers && self.dice.percent(1) {
                mail.sent_at = None;
            }
        }
        self.dice.shuffle(&mut self.mails);
    }
}
