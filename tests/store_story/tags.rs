//! The team's own tags: the list, which pairs have them, and how that is taken back.

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    store::{Store, TagChange, TagSaved, Tagged, UndoOutcome, WantedTag},
    types::{
        AuditAction, AuditChange, AuditFilter, MOST_TAGS, PairFilter, PairId, PairStatus, PairStatusFilter, ReviewTag,
        TagColour,
    },
};

use crate::{
    steps::stage,
    support::{
        noon, on_each_database,
        store::{open, user},
    },
};

fn after(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

fn wanted(name: &str) -> WantedTag {
    WantedTag {
        name: name.to_owned(),
        colour: TagColour::Red,
        description: String::new(),
        key: None,
        position: None,
        retired: None,
    }
}

async fn saved(store: &Store, tag: Option<&ReviewTag>, wanted: &WantedTag) -> ReviewTag {
    match store.save_tag(tag.map(|tag| tag.id), TagChange::To(wanted), noon()).await.expect("writes") {
        TagSaved::Saved(tag) => tag,
        other => panic!("not saved: {other:?}"),
    }
}

async fn names(store: &Store) -> Vec<String> {
    store.review_tags().await.expect("reads").into_iter().map(|tag| tag.name).collect()
}

async fn tags_on(store: &Store, pair: PairId) -> Vec<(String, Option<String>, DateTime<Utc>)> {
    let pair = store.pair(pair).await.expect("reads").expect("is there");
    pair.tags.into_iter().map(|tag| (tag.name, tag.by, tag.at)).collect()
}

#[tokio::test]
async fn a_team_keeps_its_tags_in_its_own_order() {
    on_each_database("tags", |db| async move {
        let store = open(&db).await;
        let one = saved(&store, None, &wanted("One")).await;
        let two = saved(&store, None, &WantedTag { key: Some("b".to_owned()), ..wanted("Два") }).await;
        let three = saved(&store, None, &WantedTag { position: Some(1), ..wanted("Three") }).await;
        assert_eq!(names(&store).await, ["Three", "One", "Два"]);
        assert_eq!((three.position, one.position, two.position), (1, 1, 2), "each as it was when it was saved");

        // Names without case, and keys, are each one tag's.
        let taken = store.save_tag(None, TagChange::To(&wanted("ДВА")), noon()).await.expect("writes");
        assert_eq!(taken, TagSaved::NameTaken);
        let keyed = WantedTag { key: Some("b".to_owned()), ..wanted("Four") };
        assert_eq!(
            store.save_tag(None, TagChange::To(&keyed), noon()).await.expect("writes"),
            TagSaved::KeyTaken { key: "b".to_owned(), tag: "Два".to_owned() }
        );
        saved(&store, Some(&two), &WantedTag { key: Some("b".to_owned()), ..wanted("два") }).await;
        assert_eq!(names(&store).await, ["Three", "One", "два"], "its own name and place stay");
        saved(&store, Some(&three), &WantedTag { position: Some(99), ..wanted("Three") }).await;
        assert_eq!(names(&store).await, ["One", "два", "Three"]);

        assert_eq!(store.delete_tag(one.id, noon()).await.expect("writes"), Some(0));
        assert_eq!(store.delete_tag(one.id, noon()).await.expect("writes"), None);
        let gone = store.save_tag(Some(one.id), TagChange::To(&wanted("One")), noon()).await.expect("writes");
        assert_eq!(gone, TagSaved::Unknown);
        let places: Vec<i64> = store.review_tags().await.expect("reads").iter().map(|tag| tag.position).collect();
        assert_eq!(places, [1, 2]);
        for number in 2..MOST_TAGS {
            saved(&store, None, &wanted(&format!("t{number}"))).await;
        }
        assert_eq!(
            store.save_tag(None, TagChange::To(&wanted("more")), noon()).await.expect("writes"),
            TagSaved::TooMany
        );

        let acts = store.audit_page(&AuditFilter::default(), None, 200).await.expect("reads").items;
        let of = |action| acts.iter().filter(|act| act.action == action).count();
        assert_eq!(of(AuditAction::ReviewTagCreated), MOST_TAGS + 1);
        assert_eq!((of(AuditAction::ReviewTagChanged), of(AuditAction::ReviewTagDeleted)), (2, 1));
        let deleted = acts.iter().find(|act| act.action == AuditAction::ReviewTagDeleted).expect("is there");
        let read = AuditChange::read(deleted.action, deleted.from.as_deref().expect("says what it was"));
        assert!(matches!(read, Some(AuditChange::Tag { pairs: Some(0), .. })), "{read:?}");
    })
    .await;
}

#[tokio::test]
async fn who_tags_a_pair_can_take_that_back() {
    on_each_database("tags of pairs", |db| async move {
        let store = open(&db).await;
        let (ann, ben) = (user(&store, "a@x.example").await, user(&store, "b@x.example").await);
        let (_, ids) = stage(&store, 2).await;
        let (id, other) = (ids[0], ids[1]);
        let before = store.pair(id).await.expect("reads").expect("is there");
        let tag = saved(&store, None, &wanted("Billing")).await;
        let late = saved(&store, None, &WantedTag { position: Some(1), ..wanted("Late") }).await;
        let set = async |pair, tag: &ReviewTag, on, by, minute| {
            store.tag_pair(pair, tag.id, on, by, after(minute)).await.expect("writes")
        };
        assert_eq!(set(id, &tag, true, ann, 1).await, Tagged::Done(true));
        assert_eq!(set(id, &tag, true, ben, 2).await, Tagged::Done(false), "it is there already");
        assert_eq!(set(id, &late, true, ben, 3).await, Tagged::Done(true));
        assert_eq!(set(PairId::new(), &tag, true, ann, 3).await, Tagged::NoPair);
        let there = tags_on(&store, id).await;
        assert_eq!(there.len(), 2);
        assert_eq!((there[0].0.as_str(), there[1].0.as_str(), there[1].2), ("Late", "Billing", after(1)));
        let now = store.pair(id).await.expect("reads").expect("is there");
        assert_eq!(now.updated_at, before.updated_at, "who decides it has read the same pair");

        // Ben takes off what Ann put there; taking that back puts it there as hers.
        assert_eq!(set(id, &tag, false, ben, 4).await, Tagged::Done(true));
        assert_eq!(tags_on(&store, id).await.len(), 1);
        let steps = store.review_steps(ben).await.expect("reads");
        assert_eq!((steps[0].tag.as_deref(), steps[0].edited, steps[0].pair_id), (Some("Billing"), false, Some(id)));
        let undo = async |by, minute| store.undo_step(by, None, after(minute)).await.expect("writes");
        let UndoOutcome::Undone(step) = undo(ben, 5).await else { panic!("not taken back") };
        assert!(step.tagged && !step.edited && step.undone == 1);
        assert_eq!(tags_on(&store, id).await, there);
        // A decision after it is a step of its own.
        assert_eq!(set(other, &tag, true, ann, 6).await, Tagged::Done(true));
        store.set_pair_status(other, PairStatus::Approved, ann, after(7)).await.expect("writes");
        let UndoOutcome::Undone(step) = undo(ann, 8).await else { panic!("not taken back") };
        assert!(!step.tagged);
        assert_eq!(tags_on(&store, other).await.len(), 1);
        let UndoOutcome::Undone(step) = undo(ann, 9).await else { panic!("not taken back") };
        assert!(step.tagged && tags_on(&store, other).await.is_empty());
        // What somebody else did since stays.
        assert_eq!(set(id, &tag, false, ben, 10).await, Tagged::Done(true));
        assert_eq!(set(id, &tag, true, ben, 11).await, Tagged::Done(true));
        assert_eq!(undo(ann, 12).await, UndoOutcome::Rewritten, "the one that Ann put there is gone");
        assert_eq!(tags_on(&store, id).await.len(), 2);

        // A retired one stays where it is, and comes to no other pair. What somebody else changed meanwhile stays, too.
        saved(&store, Some(&tag), &WantedTag { description: "Money".to_owned(), ..wanted("Billing") }).await;
        let retired = store.save_tag(Some(tag.id), TagChange::Retire(true), noon()).await.expect("writes");
        assert!(matches!(retired, TagSaved::Saved(tag) if tag.retired && tag.description == "Money"));
        assert_eq!(set(other, &tag, true, ann, 13).await, Tagged::Retired);
        assert_eq!(tags_on(&store, id).await.len(), 2);
        assert_eq!(store.tag_counts().await.expect("reads").get(&tag.id), Some(&1));
        assert_eq!(store.delete_tag(tag.id, after(14)).await.expect("writes"), Some(1));
        assert_eq!(tags_on(&store, id).await.len(), 1);
        assert_eq!(set(id, &tag, true, ann, 15).await, Tagged::NoTag);
        let steps = store.review_steps(ben).await.expect("reads");
        assert!(steps.iter().all(|step| step.tag.as_deref() != Some("Billing")), "its steps went with it: {steps:?}");
        let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let listed = store.list_pairs(&all, None, 5, 0).await.expect("reads").items;
        assert!(listed.iter().any(|pair| pair.id == id && pair.tags[0].name == "Late"));
    })
    .await;
}
