//! Missing or outdated records of data keys: nothing is recreated over them, nothing is sealed under them, and verification reports it.

use crate::{
    vault::{Row, Spot, Vault},
    world::{World, hours},
};
use finrust::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::ids::{KeyId, ScopeId},
    flows::verify::report::{Defect, DocumentKind},
    ports::{Clock, Container},
    store::{
        error::StoreError,
        keys::{
            rings::RING,
            rotation::{SealingScope, newest_active},
            sealing::KeyScope,
        },
    },
};
use jiff::SignedDuration;

const PLACE: EnvelopeContext<'_> = EnvelopeContext { container: "clients", partition: "x", document: "x", part: Part::Body };

impl World {
    fn adviser_keys(&self) -> (SealingScope, KeyScope) {
        let scope = KeyScope::Adviser(self.files[0].0);
        (SealingScope::of(scope).unwrap(), scope)
    }

    fn key_spots(&self, scope: KeyScope) -> Vec<Spot> {
        let mine = |spot: &Spot| spot.container == Container::Keys && spot.partition == scope.to_string();
        Vault::of(self).rows().into_keys().filter(mine).collect()
    }

    fn lose_keys(&self, scope: KeyScope) -> Vec<(Spot, Row)> {
        let (vault, spots) = (Vault::of(self), self.key_spots(scope));
        let rows = vault.rows();
        spots
            .into_iter()
            .filter(|spot| spot.kind() == DocumentKind::Key)
            .map(|spot| (spot.clone(), rows[&spot].clone()))
            .inspect(|(spot, _)| vault.set(spot, None))
            .collect()
    }

    /// As left by a version without key rings.
    fn forget_rings(&self) {
        let vault = Vault::of(self);
        vault.rows().into_keys().filter(|spot| spot.id == RING).for_each(|spot| vault.set(&spot, None));
    }

    async fn newest(&self, scope: KeyScope) -> Option<KeyId> {
        newest_active(&self.another_instance().known_keys(scope).await.unwrap()).map(|key| key.id)
    }

    async fn rotated(&self, scope: SealingScope) {
        assert!(self.sealing.rotate(scope, self.clock.now() + SignedDuration::from_secs(1)).await.unwrap());
    }
}

#[tokio::test]
async fn a_key_that_is_gone_is_not_made_anew_over_data() {
    for rings in [true, false] {
        let world = World::lived_in().await;
        if !rings {
            world.forget_rings();
        }
        assert_eq!(world.another_instance().missing_keys().await.unwrap(), []);
        for scope in [KeyScope::Adviser(world.files[1].0), KeyScope::Service, KeyScope::Index] {
            let lost = world.lose_keys(scope);
            let instance = world.another_instance();
            assert_eq!(instance.missing_keys().await.unwrap(), [scope], "with rings: {rings}");
            let failed = match scope {
                KeyScope::Index => instance.root().await.map(drop),
                KeyScope::Service | KeyScope::Adviser(_) => instance.seal(scope, PLACE, b"x").await.map(drop),
            };
            assert_eq!(failed, Err(StoreError::DoesNotOpen));
            assert!(world.key_spots(scope).iter().all(|spot| spot.kind() != DocumentKind::Key), "none was made");
            let whats = world.whats().await;
            let expected = if scope == KeyScope::Index {
                Defect::RootKeyMissing
            } else if rings {
                Defect::KeyMissing
            } else {
                Defect::DoesNotOpen
            };
            assert!(whats.iter().any(|(_, what)| *what == expected), "{scope:?} {whats:?}");
            for (spot, row) in &lost {
                Vault::of(&world).set(spot, Some(row));
            }
            assert_eq!(world.whats().await, []);
        }
    }
}

#[tokio::test]
async fn an_empty_database_gets_its_keys_and_a_new_adviser_the_own() {
    let world = World::empty();
    assert_eq!(world.sealing.missing_keys().await.unwrap(), []);
    world.sealing.warm_up(KeyScope::Service).await.unwrap();
    world.sealing.warm_up(KeyScope::Adviser(ScopeId::from_bytes([9; 16]))).await.unwrap();
    assert_eq!((world.another_instance().missing_keys().await.unwrap(), world.whats().await), (vec![], vec![]));
}

#[tokio::test]
async fn an_older_record_that_is_put_back_seals_nothing_and_shows() {
    let world = World::lived_in().await;
    let (sealing, scope) = world.adviser_keys();
    let before = Vault::of(&world).rows();
    let old = world.newest(scope).await.unwrap();
    world.rotated(sealing).await;
    let new = world.newest(scope).await.unwrap();
    let (vault, spot) = (Vault::of(&world), world.key_spots(scope)[0].named(&format!("key-{old}")));
    vault.set(&spot, Some(&before[&spot]));
    assert_eq!(world.whats().await, [(DocumentKind::Key, Defect::KeyTwice), (DocumentKind::Key, Defect::KeyOlder)]);
    assert_eq!(world.newest(scope).await, Some(new), "the newest seals");
    assert_eq!(world.another_instance().unsettled_scopes().await.unwrap(), [sealing], "what it has sealed is re-sealed");
    let done = world.rotation(&world.another_instance()).reseal(sealing, usize::MAX, |_| {}).await.unwrap();
    assert_eq!((done.resealed, done.broken), (2, 0), "a file and a marker");
    // Without the newer key it would be the newest, were it not for the ring.
    vault.set(&spot.named(&format!("key-{new}")), None);
    assert_eq!(world.newest(scope).await, None);
    assert_eq!(world.another_instance().seal(scope, PLACE, b"x").await.map(drop), Err(StoreError::DoesNotOpen));
    assert!(world.whats().await.contains(&(DocumentKind::Key, Defect::KeyMissing)));
}

#[tokio::test]
async fn without_a_ring_two_active_keys_show_too() {
    let world = World::lived_in().await;
    let (sealing, scope) = world.adviser_keys();
    let before = Vault::of(&world).rows();
    let old = world.newest(scope).await.unwrap();
    world.rotated(sealing).await;
    let spot = world.key_spots(scope)[0].named(&format!("key-{old}"));
    Vault::of(&world).set(&spot, Some(&before[&spot]));
    world.forget_rings();
    assert_eq!(world.whats().await, [(DocumentKind::Key, Defect::KeyTwice)]);
    assert_ne!(world.newest(scope).await, Some(old));
}

#[tokio::test]
async fn a_destroyed_key_that_is_put_back_opens_nothing_and_shows() {
    let world = World::lived_in().await;
    let (sealing, scope) = world.adviser_keys();
    let old = world.newest(scope).await.unwrap();
    world.rotated(sealing).await;
    world.clock.advance(hours(36 * 24));
    world.rotation(&world.sealing).reseal(sealing, usize::MAX, |_| {}).await.unwrap();
    let before = Vault::of(&world).rows();
    assert_eq!(world.rotation(&world.sealing).destroy_retired(&[sealing], |_| {}).await.unwrap().destroyed, 1);
    assert_eq!(world.whats().await, []);
    let spot = world.key_spots(scope)[0].named(&format!("key-{old}"));
    Vault::of(&world).set(&spot, Some(&before[&spot]));
    assert_eq!(world.whats().await, [(DocumentKind::Key, Defect::KeyBack)]);
    let instance = world.another_instance();
    assert!(instance.key(scope, old).await.is_err_and(|error| error == StoreError::DoesNotOpen));
    assert_eq!(instance.known_keys(scope).await.unwrap().len(), 1);
}

#[tokio::test]
async fn data_from_before_rings_gets_them_and_one_that_was_taken_away_is_missed() {
    let world = World::lived_in().await;
    let (sealing, scope) = world.adviser_keys();
    let (all, vault) = (world.verify().await.documents[2], Vault::of(&world));
    world.forget_rings();
    assert_eq!(world.whats().await, []);
    world.another_instance().keep_rings().await.unwrap();
    assert_eq!((world.whats().await, world.verify().await.documents[2]), (vec![], all));
    let ring = world.key_spots(scope)[0].named(RING);
    let (row, root) = (vault.rows()[&ring].clone(), ring.in_partition("index"));
    vault.set(&ring, None);
    world.another_instance().keep_rings().await.unwrap();
    assert_eq!(world.whats().await, [(DocumentKind::Ring, Defect::RingMissing)]);
    vault.set(&ring, Some(&row));
    vault.set(&root, None);
    assert_eq!(world.whats().await, [(DocumentKind::Ring, Defect::RingMissing)]);
    // A rotation without a ring starts a new one.
    world.forget_rings();
    world.rotated(sealing).await;
    assert_eq!(world.whats().await, []);
}

#[tokio::test]
async fn what_a_version_without_rings_does_is_caught_up_with() {
    let world = World::lived_in().await;
    let (sealing, scope) = world.adviser_keys();
    let (vault, ring) = (Vault::of(&world), world.key_spots(scope)[0].named(RING));
    let before = vault.rows()[&ring].clone();
    world.rotated(sealing).await;
    vault.set(&ring, Some(&before));
    assert_eq!(world.whats().await, [(DocumentKind::Key, Defect::RingOlder), (DocumentKind::Ring, Defect::RingOlder)]);
    assert!(world.newest(scope).await.is_some());
    world.another_instance().keep_rings().await.unwrap();
    assert_eq!(world.whats().await, []);
}
