//! Who was affected, and who receives a letter, after files were handed over to a successor.

use crate::{
    breach_affected::{account_of, affected, morning, numbers},
    breach_steps::{facts, named_step, suspect, took, write},
    support::{actor::Actor, app::TestApp},
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// All files of the first adviser go to the second; the first returns, without any.
async fn hand_over(app: &TestApp, (olga, otto): (&Actor, &Actor), from: &str, to: &str) {
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let (from, to) = (account_of(&accounts, from), account_of(&accounts, to));
    olga.post(&format!("/api/accounts/{from}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    let made = olga.post("/api/hand-overs", json!({"from": from, "to": to, "reason": "Vertrekt"})).await.expect(StatusCode::CREATED).json();
    otto.post(&format!("/api/hand-overs/{}/approve", made["id"].as_str().unwrap()), None).await.expect(StatusCode::OK);
    app.run_jobs().await;
    olga.post(&format!("/api/accounts/{from}/enable"), None).await.expect(StatusCode::NO_CONTENT);
}

fn window() -> Value {
    json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:28:00Z"})
}

async fn attach(olga: &Actor, path: &str) {
    let found = affected(olga, path, window()).await;
    olga.post(&format!("{path}/evidence"), json!({"cursor": found["cursor"]})).await.expect(StatusCode::OK);
    took(olga, path, named_step("became_aware")).await;
    write(olga, path, facts()).await.expect(StatusCode::OK);
}

async fn letters(adviser: &Actor) -> Vec<Vec<String>> {
    let mine = adviser.get("/api/breach-letters").await.expect(StatusCode::OK).json();
    let names =
        |letter: &Value| letter["clients"].as_array().unwrap().iter().map(|client| client["name"].as_str().unwrap().to_owned()).collect();
    mine["items"].as_array().unwrap().iter().map(names).collect()
}

#[tokio::test]
async fn what_was_done_before_a_hand_over_is_found_and_is_the_successors() {
    let app = TestApp::start().await;
    let (_anna, bert, _) = morning(&app).await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    app.clock.set("2026-11-23T09:28:30Z");
    hand_over(&app, (&olga, &otto), "anna", "bert").await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let path = suspect(&olga, "Er was iemand binnen").await;
    let of = |name: &str, files, opened, changed| (format!("{name} van Kantoor"), files, opened, changed);
    assert_eq!(numbers(&affected(&olga, &path, window()).await), [of("bert", 4, 2, 4)], "each file once");
    let by_anna = json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:28:00Z", "accounts": [account_of(&accounts, "anna")]});
    assert_eq!(numbers(&affected(&olga, &path, by_anna).await), [of("bert", 3, 2, 3)]);
    let with_it = json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:28:40Z"});
    let found = affected(&olga, &path, with_it).await;
    let bert_now = &found["affected"]["advisers"][0];
    assert_eq!((&bert_now["files"], &bert_now["handed_over"]), (&json!(4), &json!(3)), "left and arrived, they are counted once");
    attach(&olga, &path).await;
    olga.post(&format!("{path}/letters"), json!({"account": account_of(&accounts, "bert")})).await.expect(StatusCode::CREATED);
    assert_eq!(letters(&bert).await, [["Anna van Dijk", "Bakker", "Steen", "Vermeer"]]);
    app.verify().await;
}

#[tokio::test]
async fn a_letter_goes_to_whoever_has_the_files_now() {
    let app = TestApp::start().await;
    let (anna, bert, _) = morning(&app).await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    let carla = app.adviser("carla").await;
    app.clock.set("2026-11-23T09:28:30Z");
    let path = suspect(&olga, "Er was iemand binnen").await;
    attach(&olga, &path).await;
    app.clock.advance(SignedDuration::from_secs(1));
    hand_over(&app, (&olga, &otto), "anna", "carla").await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let drafts = olga.get(&format!("{path}/letters")).await.expect(StatusCode::OK).json();
    let mut to: Vec<_> = drafts["items"].as_array().unwrap().iter().map(|draft| draft["account"].as_str().unwrap().to_owned()).collect();
    let mut expected = ["bert", "carla"].map(|name| account_of(&accounts, name));
    to.sort();
    expected.sort();
    assert_eq!(to, expected);
    let named = |draft: &Value| (draft["account"] == account_of(&accounts, "carla"), draft["found"]["username"] == "carla");
    assert!(drafts["items"].as_array().unwrap().iter().map(named).all(|(is_hers, is_named)| is_hers == is_named), "{drafts}");
    // Naming the account that was found reaches the same adviser.
    let sent = olga.post(&format!("{path}/letters"), json!({"account": account_of(&accounts, "anna")})).await.expect(StatusCode::CREATED);
    assert_eq!((&sent.json()["account"], &sent.json()["found"]["username"]), (&json!(account_of(&accounts, "carla")), &json!("carla")));
    assert_eq!(letters(&carla).await, [["Anna van Dijk", "Steen", "Vermeer"]]);
    assert_eq!(letters(&bert).await.len(), 0);
    let anna = anna.clone_as_new_browser();
    anna.sign_in().await;
    assert_eq!(letters(&anna).await.len(), 0);
    app.verify().await;
}
