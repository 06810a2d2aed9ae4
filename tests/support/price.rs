//! Request units by the published figures of Cosmos DB, since the emulator charges neither quorum reads nor pages by their size.
//!
//! From "Optimize request cost in Azure Cosmos DB": a read of 1 KB costs 1 request unit and one of 100 KB costs 10, a creation of 1 KB
//! without indexes 5.5, a replacement twice as much as a creation, a quorum read double. Older planning figures give 7 and 48 for
//! creations of 4 and 64 KB; in between, a line. A query costs 2.5 to begin with and 0.067 for each document that it loads, as in
//! "Troubleshoot query issues" (4,060 for 60,951 documents of 6.5 KB). The first page also says that a thousand documents of 1 KB cost
//! 1,000, so figures of queries are a guess until they are measured on the service.

use async_trait::async_trait;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Container, DocumentId, Documents, Draft, Etag, Listing, Operation, Page, Partition, ReadError, Stored},
};
use std::sync::{Arc, Mutex};

const KB: f64 = 1024.0;
const READS: [(f64, f64); 3] = [(1.0, 1.0), (4.0, 1.3), (100.0, 10.0)];
const WRITES: [(f64, f64); 3] = [(1.0, 5.5), (4.0, 7.0), (64.0, 48.0)];
const REPLACEMENT: f64 = 2.0;
const QUERY: f64 = 2.5;
const LOADED: f64 = 0.067;
const QUORUM: f64 = 2.0;
/// Names, versions and what Cosmos DB itself adds to a document.
const AROUND: usize = 400;

/// The sum so far, and how long the caller waits for it.
#[derive(Clone, Default)]
pub struct Prices(Arc<Mutex<Sum>>);

#[derive(Clone, Copy, Default)]
struct Sum {
    units: f64,
    /// Sequential round trips that have completed.
    answered: u64,
}

impl Prices {
    pub fn reset(&self) {
        *self.0.lock().unwrap() = Sum::default();
    }

    /// Request units and sequential round trips: an operation that began before another completed cannot have waited for it.
    pub fn total(&self) -> (f64, u64) {
        let sum = *self.0.lock().unwrap();
        (sum.units, sum.answered)
    }

    fn add(&self, units: f64) {
        self.0.lock().unwrap().units += units;
    }

    /// Runs the operation as one round trip more than had completed when it began. An in-process emulator responds at once, so other tasks
    /// must get a chance to begin meanwhile.
    async fn round_trip<T>(&self, operation: impl Future<Output = T>) -> T {
        let mine = self.0.lock().unwrap().answered + 1;
        tokio::task::yield_now().await;
        let answer = operation.await;
        let mut sum = self.0.lock().unwrap();
        sum.answered = sum.answered.max(mine);
        answer
    }
}

/// Documents whose operations have a price.
pub struct Priced {
    inner: Arc<dyn Documents>,
    prices: Prices,
}

impl Priced {
    pub fn over(inner: Arc<dyn Documents>, prices: &Prices) -> Arc<dyn Documents> {
        Arc::new(Self { inner, prices: prices.clone() })
    }
}

/// The price of an item with so many sealed bytes, which are stored as base64url.
fn price(table: &[(f64, f64); 3], sealed_bytes: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let kb = ((sealed_bytes * 4).div_ceil(3) + AROUND) as f64 / KB;
    let [(small, low), (middle, medium), (large, high)] = *table;
    match kb {
        kb if kb <= small => low,
        kb if kb <= middle => low + (medium - low) * (kb - small) / (middle - small),
        kb => medium + (high - medium) * (kb - middle) / (large - middle),
    }
}

fn size(draft: &Draft) -> usize {
    draft.body.as_bytes().len() + draft.summary.as_ref().map_or(0, |summary| summary.as_bytes().len())
}

fn price_of(operation: &Operation) -> f64 {
    match operation {
        Operation::Create(draft) => price(&WRITES, size(draft)),
        Operation::Replace { draft, .. } | Operation::Put(draft) => REPLACEMENT * price(&WRITES, size(draft)),
        Operation::Delete { .. } => price(&WRITES, 0),
    }
}

#[async_trait]
impl Documents for Priced {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        let found = self.prices.round_trip(self.inner.read(container, partition, id)).await?;
        self.prices.add(QUORUM * price(&READS, found.as_ref().map_or(0, |stored| stored.body.as_bytes().len())));
        Ok(found)
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let listing = self.prices.round_trip(self.inner.list(container, partition, prefix, part, page)).await?;
        #[expect(clippy::cast_precision_loss, reason = "a thousand at most")]
        let loaded = listing.items.len() as f64 + 1.0;
        self.prices.add(QUORUM * (QUERY + LOADED * loaded));
        Ok(listing)
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.prices.add(operations.iter().map(price_of).sum());
        self.prices.round_trip(self.inner.commit(container, partition, operations)).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.prices.round_trip(self.inner.scan(container, prefix, part, page)).await
    }
}
