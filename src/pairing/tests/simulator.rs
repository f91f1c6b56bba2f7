use std::collections::BTreeSet;

use proptest::prelude::*;

use super::world::{COPY, Dice, agents, thread};
use super::{Mail, Numbers, accounted_for, numbers, pair};
use crate::pairing::pair_thread;

/// Pairs with copies counted as their originals, in comparable order.
fn canonical(pairs: &[Numbers]) -> BTreeSet<Numbers> {
    let sorted = |numbers: &[u32]| {
        let mut numbers: Vec<u32> = numbers.iter().map(|number| number % COPY).collect();
        numbers.sort_unstable();
        numbers
    };
    pairs.iter().map(|(turn, answered, replies)| (sorted(turn), answered % COPY, sorted(replies))).collect()
}

#[test]
fn precision_and_recall() {
    let (mut found, mut wanted, mut right) = (0, 0, 0);
    for seed in 0..4000 {
        let world = thread(&mut Dice::new(seed));
        let pairing = pair(&world.mails, &agents());
        let (pairs, truth) = (canonical(&numbers(&pairing)), canonical(&world.truth));
        found += pairs.len();
        wanted += truth.len();
        right += pairs.intersection(&truth).count();
    }
    assert!(wanted > 8000, "the world made only {wanted} pairs");
    let (precision, recall) =
        (f64::from(right as u32) / f64::from(found as u32), f64::from(right as u32) / f64::from(wanted as u32));
    assert!(precision >= 0.99 && recall >= 0.99, "precision {precision:.4}, recall {recall:.4} of {wanted} pairs");
}

proptest! {
    #[test]
    fn the_order_of_the_input_does_not_matter(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut world = thread(&mut dice);
        let once = pair(&world.mails, &agents());
        dice.shuffle(&mut world.mails);
        prop_assert_eq!(pair(&world.mails, &agents()), once);
    }

    #[test]
    fn no_reply_is_ever_repeated(seed in any::<u64>(), lost in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        // Messages missing from the store, and headers that name each other at random.
        let mut dice = Dice::new(seed);
        let mut mails = thread(&mut dice).mails;
        for index in lost {
            if mails.len() > 1 {
                mails.remove(index.index(mails.len()));
            }
        }
        let ids: Vec<_> = mails.iter().filter_map(|mail| mail.message_id.clone()).collect();
        for mail in &mut mails {
            if dice.below(5) == 0 {
                mail.in_reply_to = vec![ids[dice.below(ids.len())].clone()];
            }
        }
        let views: Vec<_> = mails.iter().map(Mail::view).collect();
        accounted_for(&mails, &pair_thread(&views, &agents()));
    }
}
