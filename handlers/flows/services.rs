//! The dependencies of every flow.

use super::{
    limits::Limits,
    mail::post::Post,
    processors::register::PublishedMemory,
    sign_in::{attempt_log::AttemptLog, estimates::Estimates, hash_pool::HashPool},
};
use crate::{
    crypto::token::{PlainToken, Purpose},
    domain::{
        breaches::record::Breach,
        hand_overs::record::HandOver,
        organisation::record::Organisation,
        processors::record::Processor,
        requests::record::SubjectRequest,
        stored::{BlindIndex, HashedToken},
        wire::values::{Day, day_at},
    },
    ports::{Clock, ErasureLog, Mailer},
    store::{
        alarms::Alarms,
        clients::{commits::ClientCommits, files::ClientFiles, records::ClientRecords, trail_search::TrailSearch},
        error::StoreError,
        exchanges::Exchanges,
        identities::repository::Identities,
        keys::sealing::Sealing,
        records::{moves::RecordMoves, repository::Records},
    },
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Repositories, mechanisms and the clock.
pub struct Services {
    pub clock: Arc<dyn Clock>,
    pub sealing: Arc<Sealing>,
    pub identities: Arc<Identities>,
    /// Commits to advisers' partitions.
    pub commits: Arc<ClientCommits>,
    pub clients: ClientFiles,
    pub exchanges: Exchanges,
    pub hand_overs: Records<HandOver>,
    /// Subject requests.
    pub requests: ClientRecords<SubjectRequest>,
    /// Their due dates.
    pub alarms: Alarms,
    /// Records that move along with files.
    pub record_moves: RecordMoves,
    /// The breach register.
    pub breaches: Records<Breach>,
    /// The register of sub-processors.
    pub processors: Records<Processor>,
    /// The firm that runs this deployment: one record at most.
    pub organisation: Records<Organisation>,
    /// Cache of the published sub-processors.
    pub published: PublishedMemory,
    /// Trails of client files.
    pub trails: TrailSearch,
    pub attempt_log: Arc<AttemptLog>,
    pub pool: HashPool,
    pub estimates: Estimates,
    pub limits: Limits,
    pub post: Post,
    pub mailer: Arc<dyn Mailer>,
    /// The erasure log.
    pub erasures: Arc<dyn ErasureLog>,
    /// The external address of the product; links are built from it.
    pub public_url: String,
    /// How long an approved handover waits before files move.
    pub hand_over_wait: Duration,
}

impl Services {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The current day in the Netherlands.
    pub fn today(&self) -> Day {
        day_at(self.now())
    }

    /// Drops expired entries from memory caches.
    pub fn purge(&self) {
        self.sealing.purge();
        self.clients.purge();
    }

    /// Derives an id: equal fields give equal ids.
    pub async fn derive_id(&self, fields: &[&[u8]]) -> Result<[u8; 16], StoreError> {
        let tag = self.sealing.root().await?.repeats.tag(fields);
        Ok(*tag.first_chunk().expect("a tag has 32 bytes"))
    }

    /// Returns the stored form of a token of this identity.
    pub async fn hash(&self, purpose: Purpose, index: BlindIndex, plain: &[u8]) -> Result<HashedToken, StoreError> {
        Ok(self.sealing.root().await?.tokens.hash(purpose, &index.to_string(), plain))
    }

    /// Returns the stored form of a browser token.
    pub async fn hash_device(&self, index: BlindIndex, device: Option<&PlainToken>) -> Result<Option<HashedToken>, StoreError> {
        match device {
            Some(token) => Ok(Some(self.hash(Purpose::Device, index, token.bytes()).await?)),
            None => Ok(None),
        }
    }
}
