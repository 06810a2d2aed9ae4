//! An ended session writes nothing more to its adviser's files, however far its request had got: ending it is acknowledged only once the
//! partition knows.

use crate::{
    clients::make,
    partition::{Thing, call, writing_routes},
    samples::{contents, example, named},
    support::{
        actor::{Actor, Front, Reply},
        app::TestApp,
        between::Between,
        faults::{Fault, Faults},
    },
};
use axum::http::StatusCode;
use finrust::{
    crypto::password::Argon2id,
    domain::sign_in::session::{Adviser, AnySession},
    flows::sign_in::{self, visitor::SessionCookie},
    store::error::StoreError,
};
use std::sync::{Arc, Mutex};

/// How one session ends while the account stays active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    SignedOut,
    EndedByItself,
    EndedByAnother,
    PushedOut,
    SignedInAgain,
}

const ENDINGS: [Ending; 5] = [Ending::SignedOut, Ending::EndedByItself, Ending::EndedByAnother, Ending::PushedOut, Ending::SignedInAgain];
/// Most sessions of an account.
const MAX_SESSIONS: usize = 20;

struct Stage {
    app: Arc<TestApp>,
    between: Between,
    elsewhere: Arc<Front>,
    count: u32,
}

impl Stage {
    async fn set() -> Self {
        let between = Between::default();
        let app = Arc::new(TestApp::start_with(between.options()).await);
        let elsewhere = app.another_instance(Argon2id::default()).await;
        Self { app, between, elsewhere, count: 0 }
    }

    async fn adviser(&mut self) -> Actor {
        self.count += 1;
        self.app.adviser(&format!("adviseur{}", self.count)).await
    }

    /// Ends the session before the next commit, through another instance. Returns the contents of the database afterwards.
    async fn befall(&self, victim: &Actor, ending: Ending) -> Arc<Mutex<Vec<String>>> {
        let listed = victim.get("/api/sessions").await.expect(StatusCode::OK).json();
        let own = listed["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap();
        let path = format!("/api/sessions/{}", own["id"].as_str().unwrap());
        let (same, other) = (victim.copied().at(&self.elsewhere), victim.clone_as_new_browser().at(&self.elsewhere));
        match ending {
            Ending::EndedByAnother => other.sign_in().await,
            Ending::PushedOut => {
                for _ in 1..MAX_SESSIONS {
                    victim.clone_as_new_browser().sign_in().await;
                }
            }
            Ending::SignedOut | Ending::EndedByItself | Ending::SignedInAgain => {}
        }
        let (app, after) = (Arc::clone(&self.app), Arc::new(Mutex::new(Vec::new())));
        let noted = Arc::clone(&after);
        self.between.before_commit(async move {
            let done = |reply: Reply| assert!(reply.status.is_success(), "{ending:?}: {reply:?}");
            match ending {
                Ending::SignedOut => done(same.post("/api/logout", None).await),
                Ending::EndedByItself => done(same.delete(&path).await),
                Ending::EndedByAnother => done(other.delete(&path).await),
                Ending::PushedOut => other.sign_in().await,
                Ending::SignedInAgain => same.sign_in().await,
            }
            *noted.lock().unwrap() = contents(&app);
        });
        after
    }

    fn is_refused(&self, refused: &Reply, after: &Mutex<Vec<String>>, what: &str) {
        assert!(!self.between.cancel(), "{what} commits nothing: {refused:?}");
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "not_signed_in"), "{what}: {refused:?}");
        assert_eq!(contents(&self.app), *after.lock().unwrap(), "{what}");
    }
}

#[tokio::test]
async fn a_session_that_was_ended_writes_nothing_wherever_it_writes() {
    let mut stage = Stage::set().await;
    // The part exists already, and is not written again.
    for route in writing_routes().into_iter().filter(|route| !route.path.contains("/parts/")) {
        for ending in [Ending::SignedOut, Ending::EndedByAnother] {
            let anna = stage.adviser().await;
            let thing = Thing::make(&anna).await;
            let after = stage.befall(&anna, ending).await;
            let refused = call(&anna, &route, &thing).await;
            stage.is_refused(&refused, &after, &format!("{ending:?} {route:?}"));
        }
    }
    stage.app.verify().await;
}

#[tokio::test]
async fn however_a_session_ends_it_writes_nothing_more() {
    let mut stage = Stage::set().await;
    for ending in ENDINGS {
        for has_files in [false, true] {
            let anna = stage.adviser().await;
            if has_files {
                make(&anna, &example()).await;
            }
            let after = stage.befall(&anna, ending).await;
            let refused = anna.post("/api/clients", named("Laat")).await;
            stage.is_refused(&refused, &after, &format!("{ending:?}, with files: {has_files}"));
        }
    }
    stage.app.verify().await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_shown_no_file_that_it_had_not_seen() {
    let mut stage = Stage::set().await;
    for ending in ENDINGS {
        let anna = stage.adviser().await;
        let (path, _) = make(&anna, &example()).await;
        let after = stage.befall(&anna, ending).await;
        let refused = anna.get(&path).await;
        stage.is_refused(&refused, &after, &format!("{ending:?}"));
    }
    stage.app.verify().await;
}

/// A caller who was told that ending a session is half done retries, or leaves it to maintenance.
#[tokio::test]
async fn an_ending_that_was_cut_off_is_finished_by_the_next_try_or_by_maintenance() {
    for by_maintenance in [false, true] {
        let faults = Faults::default();
        let app = TestApp::start_with(faults.options()).await;
        let anna = app.adviser("anna").await;
        make(&anna, &example()).await;
        let (adviser, again) = (at_work(&app, &anna).await, anna.copied());
        let holds = async || app.state().services.commits.hold(&(&adviser).into()).await;
        holds().await.unwrap();
        faults.after(1, Fault::Unavailable);
        let cut_off = anna.post("/api/logout", None).await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(cut_off.json()["done"], true);
        faults.heal();
        assert!(holds().await.is_ok(), "its partition does not know yet");
        if by_maintenance {
            app.maintain().await;
        } else {
            again.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
        }
        assert!(matches!(holds().await, Err(StoreError::Refused)), "by maintenance: {by_maintenance}");
        app.verify().await;
    }
}

/// The write right under which this actor works.
pub async fn at_work(app: &TestApp, actor: &Actor) -> Adviser {
    let cookie = SessionCookie::parse(&actor.cookie("__Host-finrust").unwrap()).unwrap();
    let Some(AnySession::Full(session)) = sign_in::sessions::recognise(&app.state().services, &cookie).await.ok() else {
        panic!("a session")
    };
    session.adviser(None).unwrap()
}
