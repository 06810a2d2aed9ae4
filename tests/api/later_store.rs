//! The store as a later version would write it: every document is opened, changed, re-linked and re-sealed.

use crate::support::app::TestApp;
use finrust::{
    crypto::envelope::{EnvelopeContext, Part, Sealed, Unopened},
    domain::{
        ids::{ScopeId, WriteId},
        stored::BlindIndex,
    },
    ports::{Body, Clock, Container, DocumentId, Draft, Etag, Operation, Order, Page, Partition},
    store::{
        beside::content_digest,
        clients,
        keys::sealing::KeyScope,
        records::{self, repository::RecordLocation},
    },
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The location of a document.
pub type Spot = (&'static str, String, String);

/// An opened document.
pub struct Document {
    pub container: Container,
    pub partition: Partition,
    pub id: DocumentId,
    pub body: Value,
    pub summary: Option<Value>,
    etag: Etag,
    expires_at: Option<Timestamp>,
}

impl Document {
    pub fn starts(&self, prefix: &str) -> bool {
        self.id.as_str().starts_with(prefix)
    }

    fn scope(&self, part: Part) -> KeyScope {
        let of_service = ["trail-", "seen-", "taken-", "erasing-", "alarm-"].iter().any(|prefix| self.starts(prefix));
        match (self.container, part) {
            (Container::Clients, _) if !of_service => KeyScope::Adviser(ScopeId::parse(self.partition.as_str()).unwrap()),
            _ => KeyScope::Service,
        }
    }

    fn place(&self, part: Part) -> EnvelopeContext<'_> {
        EnvelopeContext { container: self.container.name(), partition: self.partition.as_str(), document: self.id.as_str(), part }
    }

    async fn open(&self, app: &TestApp, part: Part, sealed: &Unopened) -> Value {
        let plaintext = app.sealing().open(self.scope(part), self.place(part), sealed).await.unwrap();
        // A part of a table is not JSON.
        serde_json::from_slice(&plaintext).unwrap_or(Value::Null)
    }

    async fn seal(&self, app: &TestApp, part: Part, value: &Value) -> Sealed {
        app.sealing().seal(self.scope(part), self.place(part), &bytes(value)).await.unwrap()
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// All documents, by location.
pub async fn everything(app: &TestApp) -> BTreeMap<Spot, Document> {
    let (documents, mut all) = (app.documents(), BTreeMap::new());
    for container in [Container::Identities, Container::Clients, Container::Register] {
        let mut page = Page { order: Order::Ascending, limit: 100, after: None };
        loop {
            let listing = documents.scan(container, "", Part::Summary, &page).await.unwrap();
            for item in listing.items {
                let Some(stored) = documents.read(container, &item.partition, &item.id).await.unwrap() else { continue };
                let (partition, id) = (item.partition, item.id);
                let spot = (container.name(), partition.to_string(), id.as_str().to_owned());
                let (etag, expires_at) = (stored.etag, stored.expires_at);
                let mut document = Document { container, partition, id, body: Value::Null, summary: None, etag, expires_at };
                document.body = document.open(app, Part::Body, &stored.body).await;
                if let Some(summary) = &stored.summary {
                    document.summary = Some(document.open(app, Part::Summary, summary).await);
                }
                all.insert(spot, document);
            }
            page.after = listing.next;
            if page.after.is_none() {
                break;
            }
        }
    }
    all
}

/// Changes every document except parts of tables, and links and seals them as a later version would.
pub async fn rewrite(app: &TestApp, change: impl Fn(&mut Document)) {
    let mut all = everything(app).await;
    all.retain(|_, document| !document.starts("importpart-"));
    all.values_mut().for_each(change);
    link_identities(app, &mut all).await;
    link_trails(app, &mut all).await;
    link_records(app, &mut all).await;
    link_ledgers(&mut all);
    for document in all.values() {
        let mut draft = Draft {
            id: document.id.clone(),
            write_id: WriteId::from_random(app.sealing().random_bytes()),
            summary: None,
            body: Body::Sealed(document.seal(app, Part::Body, &document.body).await),
            ttl: document.expires_at.map(|at| u32::try_from(at.duration_since(app.clock.now()).as_secs() + 1).unwrap()),
        };
        if let Some(summary) = &document.summary {
            draft.summary = Some(document.seal(app, Part::Summary, summary).await);
        }
        let replace = Operation::Replace { draft, if_match: document.etag.clone() };
        app.documents().commit(document.container, &document.partition, vec![replace]).await.unwrap();
    }
}

/// The entries of a chain, in order.
fn chain(all: &BTreeMap<Spot, Document>, partition: (&'static str, &str), prefixes: &[String]) -> Vec<Spot> {
    let own = |spot: &&Spot| (spot.0, spot.1.as_str()) == partition && prefixes.iter().any(|prefix| spot.2.starts_with(prefix));
    let mut chain: Vec<Spot> = all.keys().filter(own).cloned().collect();
    chain.sort_by_key(|spot| all[spot].body["sequence"].as_u64());
    chain
}

/// Heads: the documents that chains are about.
fn heads(all: &BTreeMap<Spot, Document>, container: Container, prefix: &str) -> Vec<Spot> {
    all.iter().filter(|(_, document)| document.container == container && document.starts(prefix)).map(|(spot, _)| spot.clone()).collect()
}

/// What identities and markers say about the documents beside them. Parts of tables are unchanged.
fn link_ledgers(all: &mut BTreeMap<Spot, Document>) {
    for head in [heads(all, Container::Identities, "identity"), heads(all, Container::Clients, "marker")].concat() {
        let mut ledger = all[&head].body["beside"].clone();
        for entry in ledger.as_array_mut().into_iter().flatten() {
            let spot = (head.0, head.1.clone(), entry["id"].as_str().unwrap().to_owned());
            if let Some(document) = all.get(&spot) {
                entry["digest"] = serde_json::to_value(content_digest(&bytes(&document.body))).unwrap();
            }
        }
        if !ledger.is_null() {
            all.get_mut(&head).unwrap().body["beside"] = ledger;
        }
    }
}

async fn link_identities(app: &TestApp, all: &mut BTreeMap<Spot, Document>) {
    for head in heads(all, Container::Identities, "identity") {
        let (index, mut link) = (BlindIndex::parse(&head.1).unwrap(), [0; 32]);
        for entry in chain(all, (head.0, &head.1), &["attempt-".to_owned(), "change-".to_owned()]) {
            let body = &mut all.get_mut(&entry).unwrap().body;
            body["previous"] = serde_json::json!(link);
            link = app.state().services.identities.link(index, &bytes(body)).await.unwrap();
        }
        all.get_mut(&head).unwrap().body["chain"]["link"] = serde_json::json!(link);
    }
}

async fn link_trails(app: &TestApp, all: &mut BTreeMap<Spot, Document>) {
    for head in heads(all, Container::Clients, "marker") {
        let (scope, mut link) = (ScopeId::parse(&head.1).unwrap(), [0; 32]);
        for entry in chain(all, (head.0, &head.1), &["trail-".to_owned()]) {
            let body = &mut all.get_mut(&entry).unwrap().body;
            body["previous"] = serde_json::json!(link);
            link = clients::documents::trail_link(&app.sealing(), scope, &bytes(body)).await.unwrap();
        }
        all.get_mut(&head).unwrap().body["trail"]["link"] = serde_json::json!(link);
    }
}

async fn link_records(app: &TestApp, all: &mut BTreeMap<Spot, Document>) {
    for container in [Container::Clients, Container::Register] {
        for head in heads(all, container, "record-") {
            let digest = records::repository::record_digest(&bytes(&all[&head].body["record"]));
            let id = records::repository::record_id(&all[&head].id).unwrap();
            let shelf = RecordLocation { container, partition: all[&head].partition.clone(), scope: all[&head].scope(Part::Body) };
            let steps = chain(all, (head.0, &head.1), &[records::repository::step_prefix(id)]);
            let mut link = [0; 32];
            for (number, step) in steps.iter().enumerate() {
                let body = &mut all.get_mut(step).unwrap().body;
                body["previous"] = serde_json::json!(link);
                if number + 1 == steps.len() {
                    body["event"]["record"] = serde_json::json!(digest);
                }
                link = records::repository::link(&app.sealing(), &shelf, id, &bytes(body)).await.unwrap();
            }
            all.get_mut(&head).unwrap().body["chain"]["link"] = serde_json::json!(link);
        }
    }
}
