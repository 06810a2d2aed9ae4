//! The next version, in this process: the same program over a store that adds members and values unknown to this version to whatever it
//! writes, before sealing.

use async_trait::async_trait;
use finrust::{
    app::{Application, Options, QueueWorker, assemble, system},
    commands::{
        ending::Ending,
        serve::{bind, serve},
    },
    crypto::{
        envelope::{EnvelopeContext, Part, Unopened},
        password::Argon2id,
    },
    domain::{ids::ScopeId, limits::LimitSettings},
    embedded::{DataDir, Embedded},
    folder_lock::Hold,
    ports::{Body, CommitError, Container, Documents, DocumentsOver, Draft, Etag, Operation, Order, Page, Partition, Ports},
    store::keys::sealing::{KeyScope, Sealing},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use test_support::port::free_port;
use tokio::runtime::Runtime;

const MEMBER: &str = "later_member";
const VALUE: &str = "later_value";

/// The next version, serving.
pub struct Next {
    pub port: u16,
    later: Arc<Later>,
    runtime: Runtime,
}

impl Next {
    pub fn start(data: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (clock, random) = system();
        let embedded = DataDir::new(data.to_owned()).open(Hold::Shared, clock, random, Arc::new(|_| {})).expect("the data");
        let Embedded { ports, database, queue, key_file, first_start } = embedded;
        let Ports { documents, key_wrap, clock, random, .. } = &ports;
        let sealing = Sealing::new(Arc::clone(documents), Arc::clone(key_wrap), Arc::clone(clock), Arc::clone(random));
        let later = Arc::new(Later { inner: Arc::clone(documents), sealing });
        let port = free_port();
        let options = Options {
            public_url: format!("http://127.0.0.1:{port}"),
            client_ip_header: None,
            front_door_id: None,
            behind_host: false,
            hand_over_wait: Duration::ZERO,
            limits: LimitSettings::default(),
            argon2id: Argon2id::default(),
        };
        let state = assemble(Ports { documents: Arc::clone(&later) as Arc<dyn Documents>, ..ports }, options);
        let world = Application { state, queue_worker: QueueWorker::InProcess { database, queue, key_file, first_start } };
        let listener = runtime.block_on(async { bind(port) }).expect("a free port");
        runtime.spawn(async move { serve(listener, world, false, Ending::never()).await });
        Self { port, later, runtime }
    }

    /// Asserts that everything the next version wrote to these files and to accounts is still there, although this version wrote them
    /// afterwards.
    pub fn keeps_what_it_wrote(&self, files: &BTreeSet<String>) {
        let (mut kept, mut accounts) = (BTreeSet::new(), 0);
        for (id, body) in self.runtime.block_on(self.later.bodies(Container::Clients, "client-")) {
            let file = &body["file"];
            if files.contains(&id) {
                assert!(body[MEMBER].is_object() && file[MEMBER].is_object() && file["person"][MEMBER].is_object(), "{id}: {body}");
                assert_eq!(file["person"]["marital_status"], VALUE, "{id}: {body}");
                kept.insert(id);
            }
        }
        assert_eq!(&kept, files);
        for (_, body) in self.runtime.block_on(self.later.bodies(Container::Identities, "identity")) {
            accounts += usize::from(body[MEMBER].is_object() && body["account"][MEMBER].is_object());
        }
        assert!(accounts >= 4, "{accounts} accounts were written by the next version");
    }
}

/// The store that the next version writes to.
struct Later {
    inner: Arc<dyn Documents>,
    sealing: Sealing,
}

impl Later {
    async fn bodies(&self, container: Container, prefix: &str) -> Vec<(String, Value)> {
        let (mut bodies, mut page) = (Vec::new(), Page { order: Order::Ascending, limit: 100, after: None });
        loop {
            let listing = self.inner.scan(container, prefix, Part::Body, &page).await.expect("documents");
            for item in listing.items {
                let place = EnvelopeContext {
                    container: container.name(),
                    partition: item.partition.as_str(),
                    document: item.id.as_str(),
                    part: Part::Body,
                };
                let scope = scope(container, &item.partition);
                let opened = self.sealing.open(scope, place, &item.part.expect("a body")).await.expect("it opens");
                bodies.push((item.id.as_str().to_owned(), serde_json::from_slice(&opened).expect("JSON")));
            }
            page.after = listing.next;
            if page.after.is_none() {
                return bodies;
            }
        }
    }

    /// The draft as the next version would write it.
    async fn later(&self, container: Container, partition: &Partition, draft: &mut Draft) {
        let Body::Sealed(sealed) = &draft.body else { return };
        let id = draft.id.as_str().to_owned();
        let objects: &[&str] = match (container, id.split('-').next().unwrap_or_default()) {
            (Container::Clients, "client") => &["", "/file", "/file/person"],
            (Container::Identities, "identity") => &["", "/account"],
            (Container::Identities, "session") | (Container::Clients | Container::Register, "record") => &[""],
            _ => return,
        };
        let place = EnvelopeContext { container: container.name(), partition: partition.as_str(), document: &id, part: Part::Body };
        let scope = scope(container, partition);
        let opened = self.sealing.open(scope, place, &Unopened::new(sealed.as_bytes().to_vec())).await.expect("it opens");
        let text = str::from_utf8(&opened).expect("JSON");
        if objects == [""] {
            // Digests of steps cover the bytes of a record, so these stay unchanged.
            if text.contains(MEMBER) {
                return;
            }
            let rest = text.strip_prefix('{').expect("an object");
            let body = format!(r#"{{"{MEMBER}":{{"more":[1]}},{rest}"#);
            draft.body = Body::Sealed(self.sealing.seal(scope, place, body.as_bytes()).await.expect("it is sealed"));
            return;
        }
        let mut body: Value = serde_json::from_str(text).expect("JSON");
        for pointer in objects {
            if let Some(Value::Object(members)) = body.pointer_mut(pointer) {
                members.insert(MEMBER.to_owned(), json!({"more": [1, 2.5, {"x": null}]}));
            }
        }
        if let Some(Value::Object(person)) = body.pointer_mut("/file/person") {
            person.insert("marital_status".to_owned(), VALUE.into());
        }
        draft.body = Body::Sealed(self.sealing.seal(scope, place, body.to_string().as_bytes()).await.expect("it is sealed"));
    }
}

fn scope(container: Container, partition: &Partition) -> KeyScope {
    match container {
        Container::Clients => KeyScope::Adviser(ScopeId::parse(partition.as_str()).expect("the partition of an adviser")),
        _ => KeyScope::Service,
    }
}

#[async_trait]
impl DocumentsOver for Later {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        mut operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        for operation in &mut operations {
            if let Operation::Create(draft) | Operation::Replace { draft, .. } | Operation::Put(draft) = operation {
                self.later(container, partition, draft).await;
            }
        }
        self.inner.commit(container, partition, operations).await
    }
}
