//! A file is sent in the state that its audit trail records: once a restriction, a change or a deletion is acknowledged, nothing read
//! before it is sent under a later audit entry.

use crate::{
    clients::{delete, make, put},
    ended::at_work,
    rights::take,
    samples::{example, named},
    support::{actor::Actor, app::TestApp, between::Between},
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, flows::exports};
use serde_json::json;
use std::sync::Arc;

/// What happens to a file between reading it and recording that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Blocked,
    Changed,
    Deleted,
}

const NEWS: [News; 3] = [News::Blocked, News::Changed, News::Deleted];

struct Stage {
    app: Arc<TestApp>,
    between: Between,
    anna: Actor,
    /// Another session of hers, on another instance.
    other: Actor,
    path: String,
    etag: String,
}

impl Stage {
    async fn set() -> Self {
        let between = Between::default();
        let app = Arc::new(TestApp::start_with(between.options()).await);
        let elsewhere = app.another_instance(Argon2id::default()).await;
        let anna = app.adviser("anna").await;
        let other = anna.clone_as_new_browser().at(&elsewhere);
        other.sign_in().await;
        let (path, etag) = make(&anna, &named("Eerst")).await;
        make(&anna, &example()).await;
        Self { app, between, anna, other, path, etag }
    }

    fn before_the_entry(&self, news: News) {
        let (other, path, etag) = (self.other.clone(), self.path.clone(), self.etag.clone());
        self.between.before_commit(async move {
            match news {
                News::Blocked => drop(take(&other, &path, "restrict", json!({})).await),
                News::Changed => assert!(put(&other, &path, &etag, &named("Anders")).await.status.is_success()),
                News::Deleted => drop(delete(&other, &path, &etag).await.expect(StatusCode::NO_CONTENT)),
            }
        });
    }
}

#[tokio::test]
async fn a_file_is_shown_as_it_is_when_its_trail_says_so() {
    for news in NEWS {
        let stage = Stage::set().await;
        stage.before_the_entry(news);
        let read = stage.anna.get(&stage.path).await;
        assert!(!stage.between.cancel(), "{news:?}: it was on record before");
        match news {
            News::Blocked => drop(read.expect_problem(StatusCode::CONFLICT, "restricted")),
            News::Changed => assert_eq!(read.expect(StatusCode::OK).json()["person"]["last_name"], "Anders"),
            News::Deleted => drop(read.expect_problem(StatusCode::NOT_FOUND, "not_found")),
        }
        stage.app.verify().await;
    }
}

#[tokio::test]
async fn an_export_holds_files_as_they_are_when_their_trails_say_so() {
    for news in NEWS {
        let stage = Stage::set().await;
        let adviser = at_work(&stage.app, &stage.anna).await;
        stage.before_the_entry(news);
        let page = exports::run::page(&stage.app.state().services, &adviser, None).await.unwrap();
        assert!(!stage.between.cancel(), "{news:?}");
        let names: Vec<_> = page.files.iter().map(|(_, kept)| kept.file.person.last_name.as_str()).collect();
        assert!(!names.contains(&"Eerst"), "{news:?}: {names:?}");
        assert_eq!((names.contains(&"Anders"), page.withheld), (news == News::Changed, u32::from(news == News::Blocked)), "{news:?}");
        stage.app.verify().await;
    }
}

#[tokio::test]
async fn what_a_person_is_given_is_the_file_as_it_is_when_its_trail_says_so() {
    for news in [News::Changed, News::Deleted] {
        let stage = Stage::set().await;
        stage.before_the_entry(news);
        let report = stage.anna.post(&format!("{}/report", stage.path), None).await;
        assert!(!stage.between.cancel(), "{news:?}: {report:?}");
        match news {
            News::Changed => assert!(report.expect(StatusCode::OK).json().to_string().contains("Anders")),
            News::Blocked | News::Deleted => drop(report.expect_problem(StatusCode::NOT_FOUND, "not_found")),
        }
        stage.app.verify().await;
    }
}
