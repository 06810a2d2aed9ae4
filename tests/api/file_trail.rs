//! The audit trail of a file, as its adviser sees it.

use crate::{
    clients::{etag, make, put},
    hand_overs::Office,
    samples::{example, named},
    support::{actor::Actor, app::TestApp},
};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// All entries, read in pages of this size.
async fn entries(actor: &Actor, path: &str, limit: u16) -> Vec<Value> {
    let (mut all, mut query) = (Vec::new(), format!("?limit={limit}"));
    loop {
        let page = actor.get(&format!("{path}/trail{query}")).await.expect(StatusCode::OK).json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= usize::from(limit));
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => query = format!("?limit={limit}&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn it_tells_who_did_what_when_and_from_where() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &example()).await;
    put(&anna, &path, &version, &named("Dijkstra")).await.expect(StatusCode::OK);
    let again = anna.clone_as_new_browser();
    again.sign_in().await;
    again.get(&path).await.expect(StatusCode::OK);
    let trail = entries(&anna, &path, 50).await;
    let said: Vec<_> =
        trail.iter().map(|entry| (entry["deed"].as_str().unwrap(), entry["by"]["current_session"].as_bool().unwrap())).collect();
    assert_eq!(said, [("read", false), ("changed", true), ("created", true)]);
    for entry in &trail {
        let by = &entry["by"];
        assert_eq!((&by["kind"], &by["name"], &by["username"]), (&json!("adviser"), &json!("anna van Kantoor"), &json!("anna")));
        assert!(!entry["former"].as_bool().unwrap() && entry["at"].is_string());
    }
    assert_eq!(trail.iter().map(|entry| entry["revision"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn pages_of_any_size_make_up_the_same_trail_of_this_file_alone() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, mut version) = make(&anna, &example()).await;
    for number in 0..9 {
        make(&anna, &named(&format!("Ander {number}"))).await;
        version = etag(&put(&anna, &path, &version, &named(&format!("Dijk {number}"))).await.expect(StatusCode::OK));
    }
    let whole = entries(&anna, &path, 200).await;
    assert_eq!(whole.len(), 10);
    for limit in [1, 2, 3, 7] {
        assert_eq!(entries(&anna, &path, limit).await, whole, "{limit}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_file_only() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (path, version) = make(&anna, &example()).await;
    put(&anna, &path, &version, &named("Dijk")).await.expect(StatusCode::OK);
    let (other, _) = make(&anna, &named("Ander")).await;
    let (of_bert, _) = make(&bert, &named("Van Bert")).await;
    let page = anna.get(&format!("{path}/trail?limit=1")).await.expect(StatusCode::OK).json();
    let next = page["next"].as_str().unwrap();
    for (actor, path) in [(&anna, &other), (&bert, &of_bert)] {
        let refused = actor.get(&format!("{path}/trail?cursor={next}")).await;
        refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    anna.get(&format!("{path}/trail?cursor={next}")).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_successor_reads_what_happened_at_the_predecessor() {
    let office = Office::open().await;
    let (path, _) = make(&office.anna, &example()).await;
    make(&office.anna, &named("Ander")).await;
    office.anna.get(&path).await.expect(StatusCode::OK);
    office.approved().await;
    office.app.run_jobs().await;
    office.bert.get(&path).await.expect(StatusCode::OK);
    for limit in [1, 200] {
        let trail = entries(&office.bert, &path, limit).await;
        let said: Vec<_> = trail.iter().map(|entry| (entry["deed"].as_str().unwrap(), entry["former"].as_bool().unwrap())).collect();
        let expected = [("read", false), ("taken_over", false), ("handed_over", true), ("read", true), ("created", true)];
        assert_eq!(said, expected);
        assert_eq!((&trail[1]["by"]["kind"], &trail[3]["by"]["name"]), (&json!("hand_over"), &json!("anna van Kantoor")));
    }
}
