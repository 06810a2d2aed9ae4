//! Somebody with the database in his hands removes, turns back, copies, plants and swaps documents of every kind: `finrust verify` finds
//! each, except for what SECURITY.md names.

use crate::{
    furnished::Furnished,
    vault::{Row, Rows, Spot, Vault},
};
use finrust::{
    flows::{
        verify_kind::STORED,
        verify_report::{Kind, What},
    },
    ports::Container,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is done to the database: these places get these documents, or none.
type Changes = BTreeMap<Spot, Option<Row>>;

struct Attack {
    kind: Kind,
    name: &'static str,
    changes: Changes,
}

/// What is not found, and the words of SECURITY.md that say so.
const EXCEPTIONS: [(Kind, &str, &str); 17] = [
    (Kind::Mail, "remove", BY_ITSELF),
    (Kind::Mail, "put back", BY_ITSELF),
    (Kind::Notice, "remove", BY_ITSELF),
    (Kind::Intent, "remove", BY_ITSELF),
    (Kind::Import, "remove", BY_ITSELF),
    (Kind::Import, "turn back: whole", BY_ITSELF),
    (Kind::Import, "turn back: body", BY_ITSELF),
    (Kind::ImportPart, "remove", BY_ITSELF),
    (Kind::ImportPart, "turn back: whole", BY_ITSELF),
    (Kind::ImportPart, "turn back: body", BY_ITSELF),
    (Kind::ImportPart, "put back", BY_ITSELF),
    (Kind::Export, "remove", BY_ITSELF),
    (Kind::Export, "turn back: whole", BY_ITSELF),
    (Kind::Export, "turn back: body", BY_ITSELF),
    (Kind::Session, "turn back: whole", SESSION),
    (Kind::Session, "turn back: body", SESSION),
    (Kind::Identity, "turn back: with its steps", PARTITION),
];
const BY_ITSELF: &str =
    "each goes by itself (\"kept for\"), so that one that is missing does not show, and an earlier state of it is authentic";
const SESSION: &str = "An older state of a session that lives is not named: it only ends sooner";
const PARTITION: &str =
    "all of a partition together is not, and an account that is turned back with everything about it is no different from that";

/// Documents of each kind and place that are attacked.
const OF_EACH: usize = 2;

impl Furnished {
    fn row(&self, spot: &Spot) -> Row {
        self.now[spot].clone()
    }

    /// Those of each sort that have a past come first.
    fn targets(&self) -> Vec<Spot> {
        let mut targets = Vec::new();
        for (container, _, kind) in STORED {
            let mut all: Vec<_> = self.now.keys().filter(|spot| spot.container == container && spot.kind() == kind).cloned().collect();
            all.sort_by_key(|spot| (!self.has_past(spot), spot.clone()));
            assert!(all.len() >= OF_EACH, "{kind:?} in {container:?}: there are {}", all.len());
            // One of each partition first, so that those of a register are all in it.
            let mut seen = BTreeSet::new();
            let (first, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|spot| seen.insert(spot.partition.clone()));
            let most = if container == Container::Register { first.len().max(OF_EACH) } else { OF_EACH };
            targets.extend(first.into_iter().chain(others).take(most));
        }
        targets
    }

    fn has_past(&self, spot: &Spot) -> bool {
        self.before.get(spot).is_some_and(|before| *before != self.now[spot])
    }

    fn attacks(&self) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for spot in self.targets() {
            let mut add = |name, changes: Changes| attacks.push(Attack { kind: spot.kind(), name, changes });
            add("remove", [(spot.clone(), None)].into());
            add("duplicate", [(spot.sibling(), Some(self.row(&spot)))].into());
            for other in self.others(&spot) {
                add("plant: of another place", [(spot.clone(), Some(self.row(&other)))].into());
                add("plant: of another place, under its own id", [(other.in_partition(&spot.partition), Some(self.row(&other)))].into());
                let [mut one, mut two] = [self.row(&spot), self.row(&other)];
                std::mem::swap(&mut one.body, &mut two.body);
                add("swap: bodies", [(spot.clone(), Some(one.clone())), (other.clone(), Some(two.clone()))].into());
                std::mem::swap(&mut one.summary, &mut two.summary);
                add("swap: whole", [(spot.clone(), Some(one)), (other.clone(), Some(two))].into());
            }
            if let Some(before) = self.before.get(&spot).filter(|_| self.has_past(&spot)) {
                let now = self.row(&spot);
                add("turn back: whole", [(spot.clone(), Some(before.clone()))].into());
                add("plant: an older one under a new id", [(spot.sibling(), Some(before.clone()))].into());
                add("turn back: body", [(spot.clone(), Some(Row { body: before.body.clone(), ..now.clone() }))].into());
                if before.summary != now.summary {
                    add("turn back: summary", [(spot.clone(), Some(Row { summary: before.summary.clone(), ..now.clone() }))].into());
                }
            }
            if self.now[&spot].summary.is_some() {
                add("remove: summary", [(spot.clone(), Some(Row { summary: None, ..self.row(&spot) }))].into());
            }
        }
        attacks.extend(self.put_back());
        attacks.extend(self.with_steps());
        attacks
    }

    /// The next of the same sort, in the same partition and in another one.
    fn others(&self, spot: &Spot) -> Vec<Spot> {
        let same = |other: &&Spot| *other != spot && other.container == spot.container && other.kind() == spot.kind();
        let near = self.now.keys().filter(same).find(|other| other.partition == spot.partition);
        let far = self.now.keys().filter(same).find(|other| other.partition != spot.partition);
        near.into_iter().chain(far).cloned().collect()
    }

    /// What was there once and is not any more.
    fn put_back(&self) -> Vec<Attack> {
        let gone = |rows: &Rows| rows.clone().into_iter().filter(|(spot, _)| !self.now.contains_key(spot)).collect::<Vec<_>>();
        let mut attacks = Vec::new();
        for (spot, row) in gone(&self.before).into_iter().chain(gone(&self.long_ago)) {
            // Whoever puts it back takes care that it stays.
            let row = Row { expires_at: row.expires_at.map(|at| at + 400 * 24 * 60 * 60 * 1000), ..row };
            attacks.push(Attack { kind: spot.kind(), name: "put back", changes: [(spot, Some(row))].into() });
        }
        attacks
    }

    /// Documents with the entries and steps that are about them, and then with the document that all of them hang on.
    fn with_steps(&self) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for spot in self.now.keys().filter(|spot| matches!(spot.kind(), Kind::Record | Kind::Client | Kind::Identity)) {
            let entries = self.entries_of(spot);
            let mut remove: Changes = entries.iter().chain([spot]).map(|it| (it.clone(), None)).collect();
            if spot.kind() != Kind::Identity {
                attacks.push(Attack { kind: spot.kind(), name: "remove: with its steps", changes: remove.clone() });
                remove.extend(self.markers_before(spot));
                attacks.push(Attack { kind: spot.kind(), name: "remove: with its steps and the marker", changes: remove });
            }
            if self.has_past(spot) {
                let past = |it: &Spot| (it.clone(), self.before.get(it).cloned());
                let mut back: Changes = entries.iter().chain([spot]).map(past).collect();
                attacks.push(Attack { kind: spot.kind(), name: "turn back: with its steps", changes: back.clone() });
                if spot.kind() != Kind::Identity {
                    back.extend(self.markers_before(spot));
                    attacks.push(Attack { kind: spot.kind(), name: "turn back: with its steps and the marker", changes: back });
                }
            }
        }
        attacks
    }

    fn entries_of(&self, spot: &Spot) -> Vec<Spot> {
        let beside = self.now.keys().filter(|it| it.container == spot.container && it.partition == spot.partition && *it != spot);
        let uuid = spot.id.split_once('-').map_or("", |(_, uuid)| uuid);
        let is_of = |it: &&Spot| match spot.kind() {
            Kind::Record => it.id.contains(uuid),
            // An entry does not tell whose it is: the newest ones are.
            Kind::Client => it.kind() == Kind::Trail && !self.before.contains_key(*it),
            _ => matches!(it.kind(), Kind::Attempt | Kind::Change) && !self.before.contains_key(*it),
        };
        beside.filter(is_of).cloned().collect()
    }

    /// The marker of the partition, and whatever else has no id of its own there, as they were.
    fn markers_before(&self, spot: &Spot) -> Changes {
        let mine = |it: &&Spot| it.container == spot.container && it.partition == spot.partition && !it.id.contains('-');
        self.now.keys().filter(mine).map(|it| (it.clone(), self.before.get(it).cloned())).collect()
    }

    async fn findings(&self, attack: &Attack) -> Vec<(Kind, What)> {
        let vault = Vault::of(&self.world);
        for (spot, row) in &attack.changes {
            vault.set(spot, row.as_ref());
        }
        let found = self.world.whats().await;
        for spot in attack.changes.keys() {
            vault.set(spot, self.now.get(spot));
        }
        found
    }
}

#[tokio::test]
async fn whatever_is_done_to_a_document_of_any_kind_is_found() {
    let furnished = Box::pin(Furnished::set()).await;
    assert_eq!(furnished.world.whats().await, [], "before anything is done to it");
    let (mut unseen, mut used) = (BTreeMap::new(), BTreeSet::new());
    for attack in furnished.attacks() {
        if attack.changes.iter().all(|(spot, row)| furnished.now.get(spot) == row.as_ref()) {
            continue;
        }
        let is_found = !furnished.findings(&attack).await.is_empty();
        let excepted = EXCEPTIONS.iter().position(|(kind, name, _)| (*kind, *name) == (attack.kind, attack.name));
        used.extend(excepted.filter(|_| !is_found));
        if !is_found && excepted.is_none() {
            *unseen.entry(format!("{:?}: {}", attack.kind, attack.name)).or_insert(0) += 1;
        }
    }
    let unused: Vec<_> =
        EXCEPTIONS.iter().enumerate().filter(|(index, _)| !used.contains(index)).map(|(_, (kind, name, _))| (kind, name)).collect();
    assert!(unseen.is_empty() && unused.is_empty(), "not found: {unseen:#?}; exceptions that are none: {unused:#?}");
    assert_eq!(furnished.world.whats().await, [], "everything is as it was");
}

/// Closing a partition leaves no entry in its trail.
#[tokio::test]
async fn a_partition_that_is_open_again_is_found() {
    let furnished = Box::pin(Furnished::set()).await;
    let closed = furnished.closed_marker().await;
    assert_eq!(furnished.world.whats().await, [], "as it was");
    furnished.reopen(&closed).await;
    assert_eq!(furnished.world.whats().await, [(Kind::Marker, What::Reopened)]);
}

#[test]
fn security_md_names_each_exception() {
    let text = include_str!("../../SECURITY.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for (kind, name, words) in EXCEPTIONS {
        assert!(text.contains(words), "{kind:?}: {name}: {words}");
    }
}
