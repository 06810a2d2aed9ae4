//! A user of the store: concise helpers for documents, on a clock that the test moves.

use crate::clock::TestClock;
use finrust::{
    crypto::{
        data_keys::DataKey,
        envelope::{self, EnvelopeContext, Part, Sealed, Unopened},
    },
    domain::ids::{KeyId, WriteId},
    ports::{
        Body, CommitError, Container, Cursor, DocumentId, Documents, Draft, Etag, Listing, Operation, Order, Page, Partition, ReadError,
        Stored,
    },
    secret::Secret,
};
use std::sync::Arc;

/// A store as seen from one partition of one container.
#[derive(Clone)]
pub struct Actor {
    pub documents: Arc<dyn Documents>,
    pub clock: Arc<TestClock>,
    pub container: Container,
    pub partition: Partition,
}

impl Actor {
    pub fn on(documents: Arc<dyn Documents>, clock: Arc<TestClock>) -> Self {
        Self { documents, clock, container: Container::Clients, partition: Partition::parse("mine").unwrap() }
    }

    pub fn in_place(&self, container: Container, partition: &str) -> Self {
        Self { container, partition: Partition::parse(partition).unwrap(), ..self.clone() }
    }

    pub async fn commit(&self, operations: Vec<Operation>) -> Result<Vec<Option<Etag>>, CommitError> {
        self.documents.commit(self.container, &self.partition, operations).await
    }

    /// Creates a document and returns its etag.
    pub async fn create(&self, id: &str, text: &str) -> Result<Etag, CommitError> {
        self.create_draft(draft(id, text)).await
    }

    pub async fn create_draft(&self, draft: Draft) -> Result<Etag, CommitError> {
        Ok(self.commit(vec![Operation::Create(draft)]).await?.remove(0).unwrap())
    }

    pub async fn create_all(&self, ids: &[&str]) {
        for id in ids {
            self.create(id, id).await.unwrap();
        }
    }

    pub async fn replace(&self, id: &str, text: &str, if_match: &Etag) -> Result<Etag, CommitError> {
        self.replace_draft(draft(id, text), if_match).await
    }

    pub async fn replace_draft(&self, draft: Draft, if_match: &Etag) -> Result<Etag, CommitError> {
        let operation = Operation::Replace { draft, if_match: if_match.clone() };
        Ok(self.commit(vec![operation]).await?.remove(0).unwrap())
    }

    /// Writes a document whether or not it exists, and returns its etag.
    pub async fn put(&self, draft: Draft) -> Result<Etag, CommitError> {
        Ok(self.commit(vec![Operation::Put(draft)]).await?.remove(0).unwrap())
    }

    pub async fn delete(&self, id: &str, if_match: Option<&Etag>) -> Result<(), CommitError> {
        let etags = self.commit(vec![delete(id, if_match)]).await?;
        assert_eq!(etags, [None]);
        Ok(())
    }

    pub async fn stored(&self, id: &str) -> Option<Stored> {
        self.documents.read(self.container, &self.partition, &name(id)).await.unwrap()
    }

    /// The content of a document.
    pub async fn text(&self, id: &str) -> Option<String> {
        self.stored(id).await.map(|stored| opened(&stored.body))
    }

    pub async fn list(&self, prefix: &str, part: Part, page: Page) -> Result<Listing, ReadError> {
        self.documents.list(self.container, &self.partition, prefix, part, &page).await
    }

    /// All ids with a prefix, smallest first.
    pub async fn ids(&self, prefix: &str) -> Vec<String> {
        ids(&self.list(prefix, Part::Summary, page(Order::Ascending, 1000, None)).await.unwrap())
    }
}

pub fn name(id: &str) -> DocumentId {
    DocumentId::parse(id).unwrap()
}

pub fn page(order: Order, limit: u16, after: Option<Cursor>) -> Page {
    Page { order, limit, after }
}

pub fn ids(listing: &Listing) -> Vec<String> {
    listing.items.iter().map(|item| item.id.to_string()).collect()
}

pub fn create(id: &str, text: &str) -> Operation {
    Operation::Create(draft(id, text))
}

pub fn delete(id: &str, if_match: Option<&Etag>) -> Operation {
    Operation::Delete { id: name(id), if_match: if_match.cloned() }
}

/// A document with a summary and without expiry.
pub fn draft(id: &str, text: &str) -> Draft {
    Draft {
        id: name(id),
        write_id: WriteId::from_random(random()),
        summary: Some(sealed(&format!("summary of {text}"))),
        body: Body::Sealed(sealed(text)),
        ttl: None,
    }
}

/// Sealed for one fixed place, wherever it is stored: the store is what is tested here.
pub fn sealed(text: &str) -> Sealed {
    envelope::seal(&key(), random(), PLACE, text.as_bytes())
}

pub fn opened(unopened: &Unopened) -> String {
    String::from_utf8(envelope::open(&key(), PLACE, unopened).unwrap().to_vec()).unwrap()
}

const PLACE: EnvelopeContext<'_> = EnvelopeContext { container: "clients", partition: "any", document: "any", part: Part::Body };

fn key() -> DataKey {
    DataKey::new(KeyId::from_bytes([1; 16]), Secret::new([2; 32]))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}
