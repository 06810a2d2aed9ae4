//! What a search caches: never older than the last commit of any instance, and only what opened successfully.

use crate::{
    clients::{delete, etag, make, put},
    samples::named,
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions},
        faults::{Fault, Faults},
    },
    vault::Vault,
};
use async_trait::async_trait;
use axum::http::StatusCode;
use finrust::{
    crypto::{envelope::Part, password::Argon2id},
    ports::{CommitError, Container, DocumentId, Documents, Etag, Listing, Operation, Page, Partition, ReadError, Stored},
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

async fn search(actor: &Actor) -> Reply {
    actor.post("/api/clients/search", json!({})).await
}

async fn names(actor: &Actor) -> Vec<String> {
    let reply = search(actor).await.expect(StatusCode::OK).json();
    reply["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// The same browser, served by a process that has just started.
async fn afresh(app: &TestApp, actor: &Actor) -> Actor {
    actor.at(&app.another_instance(Argon2id::default()).await)
}

#[tokio::test]
async fn what_one_instance_writes_the_search_of_another_finds() {
    let app = TestApp::start().await;
    let here = app.adviser("anna").await;
    let there = afresh(&app, &here).await;
    assert!(names(&there).await.is_empty(), "no file yet, and no marker");
    let (path, version) = make(&here, &named("Aker")).await;
    for instance in [&here, &there, &here, &there] {
        assert_eq!(names(instance).await, ["Aker"]);
    }
    make(&there, &named("Bakker")).await;
    assert_eq!(names(&here).await, ["Aker", "Bakker"]);
    let version = etag(&put(&there, &path, &version, &named("Cramer")).await.expect(StatusCode::OK));
    assert_eq!((names(&here).await, names(&there).await), (vec!["Bakker".into(), "Cramer".into()], vec!["Bakker".into(), "Cramer".into()]));
    delete(&here, &path, &version).await.expect(StatusCode::NO_CONTENT);
    assert_eq!((names(&there).await, names(&here).await), (vec!["Bakker".to_owned()], vec!["Bakker".to_owned()]));
    app.verify().await;
}

#[tokio::test]
async fn a_search_after_another_loads_nothing() {
    let lists = Lists::default();
    let app = lists.app().await;
    let anna = app.adviser("anna").await;
    make(&anna, &named("Aker")).await;
    names(&anna).await;
    let before = lists.count();
    for _ in 0..3 {
        assert_eq!(names(&anna).await, ["Aker"]);
    }
    assert_eq!(lists.count(), before);
    make(&anna, &named("Bakker")).await;
    assert_eq!(names(&anna).await, ["Aker", "Bakker"]);
    assert_eq!(lists.count(), before + 1);
    app.clock.advance(jiff::SignedDuration::from_mins(29));
    app.maintain().await;
    names(&anna).await;
    assert_eq!(lists.count(), before + 1, "not idle for long enough");
    app.clock.advance(jiff::SignedDuration::from_mins(30));
    app.maintain().await;
    let later = anna.clone_as_new_browser();
    later.sign_in().await;
    assert_eq!(names(&later).await, ["Aker", "Bakker"]);
    assert_eq!(lists.count(), before + 2, "dropped when nobody used it");
}

#[tokio::test]
async fn what_is_written_while_a_search_loads_is_found_by_the_next() {
    let lists = Lists::default();
    let app = lists.app().await;
    let here = app.adviser("anna").await;
    let there = afresh(&app, &here).await;
    make(&here, &named("Aker")).await;
    lists.hold_up();
    let meanwhile = async {
        lists.wait_until_loaded().await;
        make(&there, &named("Bakker")).await;
        lists.let_go();
    };
    let (loaded, ()) = tokio::join!(names(&here), meanwhile);
    assert_eq!(loaded, ["Aker"], "as it was when it was asked for");
    assert_eq!(names(&here).await, ["Aker", "Bakker"]);
}

#[tokio::test]
async fn rows_changed_behind_its_back_are_refused_after_the_next_write_or_a_restart() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &named("Aker")).await;
    let (other, _) = make(&anna, &named("Bakker")).await;
    assert_eq!(names(&anna).await, ["Aker", "Bakker"]);
    let vault = Vault::of(&app);
    vault.set_summary(&vault.file(&other), Some(&vault.summary(&vault.file(&path))));
    assert_eq!(names(&anna).await, ["Aker", "Bakker"], "authentic, and the last that was committed");
    search(&afresh(&app, &anna).await).await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    put(&anna, &path, &version, &named("Cramer")).await.expect(StatusCode::OK);
    for _ in 0..2 {
        search(&anna).await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    }
}

#[tokio::test]
async fn without_its_marker_nothing_is_answered_from_memory() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &named("Aker")).await;
    make(&anna, &named("Bakker")).await;
    assert_eq!(names(&anna).await, ["Aker", "Bakker"]);
    let vault = Vault::of(&app);
    vault.delete(&vault.spot("clients", "marker"));
    vault.delete(&vault.file(&path));
    for _ in 0..2 {
        assert_eq!(names(&anna).await, ["Bakker"]);
    }
    make(&anna, &named("Cramer")).await;
    assert_eq!(names(&anna).await, ["Bakker", "Cramer"]);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found() {
    let faults = Faults::default();
    let app = TestApp::start_with(faults.options()).await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &named("Aker")).await;
    assert_eq!(names(&anna).await, ["Aker"]);
    faults.next(&[Fault::LostAfter]);
    let version = etag(&put(&anna, &path, &version, &named("Bakker")).await.expect(StatusCode::OK));
    assert_eq!(names(&anna).await, ["Bakker"]);
    faults.next(&[Fault::LostAfter]);
    delete(&anna, &path, &version).await.expect(StatusCode::NO_CONTENT);
    assert!(names(&anna).await.is_empty());
    faults.heal();
}

/// Counts the lists of client files, and delays one between loading and returning it.
#[derive(Clone, Default)]
struct Lists(Arc<Gate>);

struct Gate {
    lists: AtomicUsize,
    /// Lists to delay.
    held: AtomicUsize,
    loaded: Semaphore,
    go: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        let closed = || Semaphore::new(0);
        Self { lists: AtomicUsize::new(0), held: AtomicUsize::new(0), loaded: closed(), go: closed() }
    }
}

impl Lists {
    async fn app(&self) -> TestApp {
        let lists = self.clone();
        let wrap = move |inner| Arc::new(Watched { inner, lists: lists.clone() }) as Arc<dyn Documents>;
        TestApp::start_with(TestOptions { documents: Some(Box::new(wrap)), ..TestOptions::default() }).await
    }

    fn count(&self) -> usize {
        self.0.lists.load(Ordering::SeqCst)
    }

    fn hold_up(&self) {
        self.0.held.store(1, Ordering::SeqCst);
    }

    async fn wait_until_loaded(&self) {
        self.0.loaded.acquire().await.unwrap().forget();
    }

    fn let_go(&self) {
        self.0.go.add_permits(1);
    }

    async fn loaded(&self) {
        self.0.lists.fetch_add(1, Ordering::SeqCst);
        if self.0.held.swap(0, Ordering::SeqCst) > 0 {
            self.0.loaded.add_permits(1);
            self.0.go.acquire().await.unwrap().forget();
        }
    }
}

struct Watched {
    inner: Arc<dyn Documents>,
    lists: Lists,
}

#[async_trait]
impl Documents for Watched {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.inner.read(container, partition, id).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let listing = self.inner.list(container, partition, prefix, part, page).await;
        if container == Container::Clients {
            self.lists.loaded().await;
        }
        listing
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.inner.commit(container, partition, operations).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.inner.scan(container, prefix, part, page).await
    }
}
