//! An attacker with the database removes, rolls back, copies, plants and swaps documents of every kind: `finrust verify` finds each, except
//! for what SECURITY.md names.

use crate::{
    furnished::Furnished,
    vault::{Row, Rows, Spot, Vault},
};
use finrust::{
    crypto::envelope::{Part, Unopened},
    flows::verify::{
        kind::STORED,
        report::{Defect, DocumentKind},
    },
    ports::{Container, DocumentId},
    store::{identities::documents, keys::sealing::KeyScope},
};
use std::collections::{BTreeMap, BTreeSet};

/// Changes to the database: these locations get these documents, or none.
type Changes = BTreeMap<Spot, Option<Row>>;

struct Attack {
    kind: DocumentKind,
    name: &'static str,
    changes: Changes,
}

/// What is not found, and the sentence of SECURITY.md that says so.
const EXCEPTION: &str = "All of a partition together is not";

/// How many documents of each kind and container are attacked.
const OF_EACH: usize = 2;

impl Furnished {
    fn row(&self, spot: &Spot) -> Row {
        self.now[spot].clone()
    }

    /// States of the database that an attacker may have kept: a while ago, and before the last changes, which left no entry anywhere.
    const fn pasts(&self) -> [&Rows; 2] {
        [&self.before, &self.almost]
    }

    /// Documents to attack; those of each kind that have an earlier state come first.
    fn targets(&self) -> Vec<Spot> {
        let mut targets = Vec::new();
        for (container, _, kind) in STORED {
            let mut all: Vec<_> = self.now.keys().filter(|spot| spot.container == container && spot.kind() == kind).cloned().collect();
            all.sort_by_key(|spot| (!self.has_past(spot), spot.clone()));
            assert!(all.len() >= OF_EACH, "{kind:?} in {container:?}: there are {}", all.len());
            // One of each partition first, so that those of a register are all included.
            let mut seen = BTreeSet::new();
            let (first, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|spot| seen.insert(spot.partition.clone()));
            let most = if container == Container::Register { first.len().max(OF_EACH) } else { OF_EACH };
            targets.extend(first.into_iter().chain(others).take(most));
        }
        targets
    }

    fn has_past(&self, spot: &Spot) -> bool {
        self.pasts().iter().any(|past| past.get(spot).is_some_and(|before| *before != self.now[spot]))
    }

    fn attacks(&self) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for spot in self.targets() {
            let mut add = |name, changes: Changes| attacks.push(Attack { kind: spot.kind(), name, changes });
            add("remove", [(spot.clone(), None)].into());
            add("remove: before its time", [(spot.clone(), Some(Row { expires_at: Some(1), ..self.row(&spot) }))].into());
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
            if self.now[&spot].summary.is_some() {
                add("remove: summary", [(spot.clone(), Some(Row { summary: None, ..self.row(&spot) }))].into());
            }
        }
        for past in self.pasts() {
            attacks.extend(self.targets().iter().flat_map(|spot| self.turn_back(spot, past)));
            attacks.extend(self.put_back(past));
            attacks.extend(self.with_steps(past));
            attacks.extend(self.partitions_back(past));
        }
        attacks.extend(self.put_back(&self.long_ago));
        attacks
    }

    /// Restores an earlier state of a document: alone, in parts, and with what authenticates it.
    fn turn_back(&self, spot: &Spot, past: &Rows) -> Vec<Attack> {
        let mut attacks = Vec::new();
        let mut add = |name, changes: Changes| attacks.push(Attack { kind: spot.kind(), name, changes });
        let mut with_markers: Changes = self.markers_in(spot, past);
        with_markers.insert(spot.clone(), None);
        add("remove: with the marker", with_markers.clone());
        let Some(before) = past.get(spot).filter(|before| **before != self.now[spot]) else { return attacks };
        let now = self.row(spot);
        add("turn back: whole", [(spot.clone(), Some(before.clone()))].into());
        with_markers.insert(spot.clone(), Some(before.clone()));
        add("turn back: with the marker", with_markers);
        add("plant: an older one under a new id", [(spot.sibling(), Some(before.clone()))].into());
        add("turn back: body", [(spot.clone(), Some(Row { body: before.body.clone(), ..now.clone() }))].into());
        if before.summary != now.summary {
            add("turn back: summary", [(spot.clone(), Some(Row { summary: before.summary.clone(), ..now.clone() }))].into());
        }
        attacks
    }

    /// The next documents of the same kind, in the same partition and in another one.
    fn others(&self, spot: &Spot) -> Vec<Spot> {
        let same = |other: &&Spot| *other != spot && other.container == spot.container && other.kind() == spot.kind();
        let near = self.now.keys().filter(same).find(|other| other.partition == spot.partition);
        let far = self.now.keys().filter(same).find(|other| other.partition != spot.partition);
        near.into_iter().chain(far).cloned().collect()
    }

    /// Restores deleted documents, alone and with what authenticated them.
    fn put_back(&self, past: &Rows) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for (spot, row) in past.iter().filter(|(spot, _)| !self.now.contains_key(*spot)) {
            // The attacker makes sure that it does not expire again.
            let row = Row { expires_at: row.expires_at.map(|at| at + 400 * 24 * 60 * 60 * 1000), ..row.clone() };
            attacks.push(Attack { kind: spot.kind(), name: "put back", changes: [(spot.clone(), Some(row.clone()))].into() });
            let mut changes = self.markers_in(spot, past);
            changes.insert(spot.clone(), Some(row));
            attacks.push(Attack { kind: spot.kind(), name: "put back: with the marker", changes });
        }
        attacks
    }

    /// Restores documents with the entries and steps about them, and then also with the document that authenticates them all.
    fn with_steps(&self, past: &Rows) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for spot in
            self.now.keys().filter(|spot| matches!(spot.kind(), DocumentKind::Record | DocumentKind::Client | DocumentKind::Identity))
        {
            let entries = self.entries_of(spot, past);
            let mut remove: Changes = entries.iter().chain([spot]).map(|it| (it.clone(), None)).collect();
            if spot.kind() != DocumentKind::Identity {
                attacks.push(Attack { kind: spot.kind(), name: "remove: with its steps", changes: remove.clone() });
                remove.extend(self.markers_in(spot, past));
                attacks.push(Attack { kind: spot.kind(), name: "remove: with its steps and the marker", changes: remove });
            }
            if past.get(spot).is_some_and(|before| *before != self.now[spot]) {
                let mut back: Changes = entries.iter().chain([spot]).map(|it| (it.clone(), past.get(it).cloned())).collect();
                attacks.push(Attack { kind: spot.kind(), name: "turn back: with its steps", changes: back.clone() });
                if spot.kind() != DocumentKind::Identity {
                    back.extend(self.markers_in(spot, past));
                    attacks.push(Attack { kind: spot.kind(), name: "turn back: with its steps and the marker", changes: back });
                }
            }
        }
        attacks
    }

    fn entries_of(&self, spot: &Spot, past: &Rows) -> Vec<Spot> {
        let beside = self.now.keys().filter(|it| it.container == spot.container && it.partition == spot.partition && *it != spot);
        let uuid = spot.id.split_once('-').map_or("", |(_, uuid)| uuid);
        let is_of = |it: &&Spot| match spot.kind() {
            DocumentKind::Record => it.id.contains(uuid),
            // An entry does not say which file it is about, so the newest ones are taken.
            DocumentKind::Client => it.kind() == DocumentKind::Trail && !past.contains_key(*it),
            _ => matches!(it.kind(), DocumentKind::Attempt | DocumentKind::Change) && !past.contains_key(*it),
        };
        beside.filter(is_of).cloned().collect()
    }

    /// Rolls back each partition except for one document that has changed since.
    fn partitions_back(&self, past: &Rows) -> Vec<Attack> {
        let places: BTreeSet<_> = self.now.keys().map(|spot| (spot.container, spot.partition.clone())).collect();
        let mut attacks = Vec::new();
        for (container, partition) in places {
            let all = self.since(past, container, &partition);
            for spot in all.keys() {
                let mut changes = all.clone();
                changes.remove(spot);
                attacks.push(Attack { kind: spot.kind(), name: "turn back: all the others of its partition", changes });
            }
        }
        attacks
    }

    /// The changes that roll back a whole partition.
    fn since(&self, past: &Rows, container: Container, partition: &str) -> Changes {
        let own = |spot: &&Spot| spot.container == container && spot.partition == partition;
        let spots: BTreeSet<_> = self.now.keys().chain(past.keys()).filter(own).collect();
        let differs = |spot: &&&Spot| self.now.get(*spot) != past.get(*spot);
        spots.iter().filter(differs).map(|spot| ((*spot).clone(), past.get(*spot).cloned())).collect()
    }

    /// Whether the attack restores a whole partition to an earlier state and touches no other.
    fn turns_a_partition_back(&self, attack: &Attack) -> bool {
        let Some(spot) = attack.changes.keys().next() else { return false };
        let effect = |changes: &Changes| -> Changes {
            let changed = changes.iter().filter(|(spot, row)| self.now.get(*spot) != row.as_ref());
            // The store expires documents by its own clock: a row's expiry says nothing about the state.
            changed.map(|(spot, row)| (spot.clone(), row.clone().map(|row| Row { expires_at: None, ..row }))).collect()
        };
        let is_back = |past: &Rows| effect(&attack.changes) == effect(&self.since(past, spot.container, &spot.partition));
        self.pasts().into_iter().any(is_back)
    }

    /// The marker of the partition, and every other document there with a fixed id, in their earlier state.
    fn markers_in(&self, spot: &Spot, past: &Rows) -> Changes {
        let mine = |it: &&Spot| it.container == spot.container && it.partition == spot.partition && !it.id.contains('-');
        self.now.keys().filter(mine).map(|it| (it.clone(), past.get(it).cloned())).collect()
    }

    /// Whether only the summary of an identity differs, with the same content as before.
    async fn leaves_all_said(&self, attack: &Attack) -> bool {
        let mut changes = attack.changes.iter();
        let (Some((spot, Some(row))), None) = (changes.next(), changes.next()) else { return false };
        if attack.name != "turn back: summary" || spot.kind() != DocumentKind::Identity {
            return false;
        }
        let id = DocumentId::parse(&spot.id).unwrap();
        let place = documents::place(&spot.partition, &id, Part::Summary);
        let open = async |row: &Row| {
            let summary = Unopened::new(row.summary.clone().unwrap());
            self.world.sealing.open(KeyScope::Service, place, &summary).await.unwrap().to_vec()
        };
        open(row).await == open(&self.row(spot)).await
    }

    async fn findings(&self, attack: &Attack) -> Vec<(DocumentKind, Defect)> {
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
    let mut unseen = BTreeMap::new();
    for attack in furnished.attacks() {
        if attack.changes.iter().all(|(spot, row)| furnished.now.get(spot) == row.as_ref()) || furnished.turns_a_partition_back(&attack) {
            continue;
        }
        if furnished.findings(&attack).await.is_empty() && !furnished.leaves_all_said(&attack).await {
            *unseen.entry(format!("{:?}: {}", attack.kind, attack.name)).or_insert(0) += 1;
        }
    }
    assert!(unseen.is_empty(), "not found: {unseen:#?}");
    assert_eq!(furnished.world.whats().await, [], "everything is as it was");
}

/// Closing a partition leaves no entry in its audit trail.
#[tokio::test]
async fn a_partition_that_is_open_again_is_found() {
    let furnished = Box::pin(Furnished::set()).await;
    let closed = furnished.closed_marker().await;
    assert_eq!(furnished.world.whats().await, [], "as it was");
    furnished.reopen(&closed).await;
    assert_eq!(furnished.world.whats().await, [(DocumentKind::Marker, Defect::Reopened)]);
}

/// The one exception is real, and documented.
#[tokio::test]
async fn a_partition_that_is_turned_back_as_a_whole_is_not_found() {
    let furnished = Box::pin(Furnished::set()).await;
    let bert =
        furnished.now.keys().find(|spot| spot.kind() == DocumentKind::Identity && spot.partition == furnished.world.bert.to_string());
    let changes = furnished.since(&furnished.almost, Container::Identities, &bert.unwrap().partition);
    let attack = Attack { kind: DocumentKind::Identity, name: "turn back: a whole partition", changes };
    assert!(furnished.turns_a_partition_back(&attack));
    assert_eq!(furnished.findings(&attack).await, []);
    let text = include_str!("../../SECURITY.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.to_lowercase().contains(&EXCEPTION.to_lowercase()), "{EXCEPTION}");
}

/// Every id prefix of documents in the source is in the list of attacked kinds.
#[test]
fn every_kind_of_document_is_attacked() {
    let (mut unknown, mut named) = (Vec::new(), 0);
    let mut waiting = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/handlers/store"))];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| line.contains("const ") && line.contains("PREFIX: &") && line.contains(" = \"")) {
            let prefix = line.split('"').nth(1).unwrap().trim_end_matches('-');
            named += 1;
            if !STORED.iter().any(|(_, known, _)| *known == prefix) {
                unknown.push(line.to_owned());
            }
        }
    }
    assert_eq!((unknown, named > 12), (Vec::<String>::new(), true));
}
