//! What is specific to the SQLite file.

use crate::Backend;
use finrust::{
    adapters::sqlite::documents::{SqliteDocuments, SqliteError, SqliteOptions},
    ports::{CommitError, Documents, Draft},
};
use jiff::SignedDuration;
use rusqlite::Connection;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use test_support::{
    clock::TestClock,
    documents::{Actor, create, draft},
};
use tokio::task::JoinSet;

pub struct Sqlite(TempDir);

impl Backend for Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents> {
        Arc::new(SqliteDocuments::open(&self.path(), clock).unwrap())
    }
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.0.path().join("finrust.db")
    }

    fn open(&self, options: SqliteOptions) -> Actor {
        let clock = TestClock::new();
        Actor::on(Arc::new(SqliteDocuments::open_with(&self.path(), clock.clone(), options).unwrap()), clock)
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        Connection::open(self.path()).unwrap().query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    /// Runs `sql` as another process would.
    fn run(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    fn open_error(&self) -> String {
        SqliteDocuments::open(&self.path(), TestClock::new()).err().map(|error: SqliteError| error.to_string()).unwrap()
    }
}

fn impatient() -> SqliteOptions {
    SqliteOptions { busy_timeout: Duration::ZERO, ..SqliteOptions::default() }
}

#[tokio::test]
async fn a_locked_database_is_busy_and_reads_go_on() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(impatient());
    actor.create("client-1", "one").await.unwrap();
    let other = Connection::open(sqlite.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(actor.create("client-2", "two").await, Err(CommitError::Busy { retry_after: Duration::from_secs(1) }));
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
    other.execute_batch("COMMIT").unwrap();
    actor.create("client-2", "two").await.unwrap();
}

#[tokio::test]
async fn a_read_only_database_reads_and_refuses_to_write() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(impatient());
    actor.create("client-1", "one").await.unwrap();
    drop(actor);
    let actor = sqlite.open(SqliteOptions { read_only: true, ..SqliteOptions::default() });
    assert_eq!(actor.create("client-2", "two").await, Err(CommitError::Unavailable));
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
    assert_eq!(actor.ids("").await, ["client-1"]);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_written() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(SqliteOptions { most_pages: Some(40), ..impatient() });
    let etag = actor.create("client-1", "one").await.unwrap();
    let big = "x".repeat(500_000);
    assert_eq!(actor.commit(vec![create("client-2", "two"), create("client-3", &big)]).await, Err(CommitError::Unavailable));
    assert_eq!(actor.replace("client-1", &big, &etag).await, Err(CommitError::Unavailable));
    assert_eq!((actor.ids("").await, actor.text("client-1").await.as_deref()), (vec!["client-1".to_owned()], Some("one")));
    actor.replace("client-1", "small", &etag).await.unwrap();
    assert_eq!((sqlite.count("documents"), sqlite.count("bodies")), (1, 1));
}

#[tokio::test]
async fn a_failed_end_is_unknown_and_leaves_nothing_open() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(SqliteOptions::default());
    // A deferred constraint is the only way to make COMMIT itself fail on demand.
    let trap = "
        CREATE TABLE trap (body_id REFERENCES bodies (body_id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER spring AFTER INSERT ON documents BEGIN INSERT INTO trap VALUES (-1); END;";
    sqlite.run(trap);
    assert_eq!(actor.create("client-1", "one").await, Err(CommitError::Unknown));
    assert!(actor.ids("").await.is_empty());
    sqlite.run("DROP TRIGGER spring");
    actor.create("client-1", "one").await.unwrap();
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
}

#[tokio::test]
async fn who_shares_a_transaction_that_was_undone_hears_so() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(SqliteOptions::default());
    // SQLite may roll back a whole transaction automatically when the disk fails; this does the same.
    sqlite.run("CREATE TRIGGER undo BEFORE INSERT ON documents WHEN new.id LIKE 'undo%' BEGIN SELECT RAISE(ROLLBACK, ''); END");
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let actor = actor.clone();
        let id = if number % 20 == 10 { format!("undo-{number}") } else { format!("id-{number}") };
        tasks.spawn(async move { (actor.create(&id, "text").await, id) });
    }
    for (answer, id) in tasks.join_all().await {
        let etag = actor.stored(&id).await.map(|stored| stored.etag);
        assert_eq!(answer, etag.ok_or(CommitError::Unavailable), "{id}");
    }
    assert!(actor.ids("undo").await.is_empty());
    actor.create("client-1", "after").await.unwrap();
}

#[tokio::test]
async fn reopening_keeps_everything() {
    let sqlite = Sqlite::new();
    assert!(!SqliteDocuments::exists(&sqlite.path()));
    let actor = sqlite.open(SqliteOptions::default());
    let etag = actor.create("client-1", "one").await.unwrap();
    drop(actor);
    assert!(SqliteDocuments::exists(&sqlite.path()));
    // The log was checkpointed: a copy of this one file is the whole database.
    assert_eq!(fs::read_dir(sqlite.0.path()).unwrap().count(), 1);
    assert_eq!(fs::metadata(sqlite.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let actor = sqlite.open(SqliteOptions::default());
    assert_eq!(actor.stored("client-1").await.unwrap().etag, etag);
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
}

#[tokio::test]
async fn two_processes_see_each_others_commits() {
    let sqlite = Sqlite::new();
    let (one, other) = (sqlite.open(SqliteOptions::default()), sqlite.open(SqliteOptions::default()));
    let etag = one.create("client-1", "one").await.unwrap();
    assert_eq!(other.text("client-1").await.as_deref(), Some("one"));
    other.replace("client-1", "two", &etag).await.unwrap();
    assert_eq!(one.text("client-1").await.as_deref(), Some("two"));
    assert_eq!(one.replace("client-1", "three", &etag).await, Err(CommitError::Stale));
}

#[tokio::test]
async fn bodies_go_with_their_documents() {
    let sqlite = Sqlite::new();
    let actor = sqlite.open(SqliteOptions::default());
    let brief = |number: u32| Draft { ttl: Some(60), ..draft(&format!("session-{number:03}"), "brief") };
    for number in 0..300 {
        actor.create_draft(brief(number)).await.unwrap();
    }
    actor.clock.advance(SignedDuration::from_secs(60));
    // Reusing an expired id, refusing an existing one and sweeping must leave no body behind.
    actor.create_draft(brief(299)).await.unwrap();
    assert_eq!((sqlite.count("documents"), sqlite.count("bodies")), (100, 100));
    assert_eq!(actor.create_draft(brief(299)).await, Err(CommitError::Conflict));
    actor.delete("session-299", None).await.unwrap();
    assert_eq!((sqlite.count("documents"), sqlite.count("bodies")), (0, 0));
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_for_a_moment_sweeps_a_day_at_most() {
    const DAY: u32 = 24 * 60 * 60;
    let sqlite = Sqlite::new();
    let ahead = sqlite.open(SqliteOptions::default());
    for days in [1, 3, 300] {
        ahead.create_draft(Draft { ttl: Some(days * DAY - 60), ..draft(&format!("attempt-{days}"), "text") }).await.unwrap();
    }
    ahead.clock.advance(SignedDuration::from_secs(i64::from(365 * DAY)));
    for number in 0..3 {
        ahead.create(&format!("client-{number}"), "text").await.unwrap();
    }
    assert_eq!(sqlite.count("documents"), 5, "what expires within a day is gone, and no more");
    drop(ahead);
    // After a restart it does not sweep again at once.
    let again = sqlite.open(SqliteOptions::default());
    again.clock.advance(SignedDuration::from_secs(i64::from(365 * DAY) + 600));
    again.create("client-4", "text").await.unwrap();
    assert_eq!(sqlite.count("documents"), 6);
    let right = sqlite.open(SqliteOptions::default());
    right.clock.advance(SignedDuration::from_secs(600));
    right.create("client-5", "text").await.unwrap();
    assert_eq!(right.ids("attempt").await, ["attempt-3", "attempt-300"], "put right, they are there");
}

#[test]
fn what_is_newer_or_foreign_is_refused() {
    let sqlite = Sqlite::new();
    drop(SqliteDocuments::open(&sqlite.path(), TestClock::new()).unwrap());
    Connection::open(sqlite.path()).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert!(sqlite.open_error().contains("has schema 2, made by a newer FinRust"), "{}", sqlite.open_error());
    let foreign = Sqlite::new();
    Connection::open(foreign.path()).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(foreign.open_error().contains("is not a database of FinRust"), "{}", foreign.open_error());
    let text = Sqlite::new();
    fs::write(text.path(), "no database at all, only text that is longer than the header of one").unwrap();
    assert!(text.open_error().contains("file is not a database"), "{}", text.open_error());
}
