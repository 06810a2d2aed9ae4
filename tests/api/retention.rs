//! How long an adviser retains files: their own choice, recorded, and visible to nobody else.

use crate::{
    clients::{etag, make, put},
    rights::take,
    samples::{contents, named},
    support::{actor::Actor, app::TestApp, register::changes},
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

const RETENTION: &str = "/api/retention";

#[tokio::test]
async fn a_period_is_chosen_and_chosen_anew() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    assert_eq!(anna.get(RETENTION).await.expect(StatusCode::OK).json(), json!({"months": null, "reason": null}));
    for (months, reason) in [(84, "Fiscale bewaarplicht"), (60, "Wwft"), (600, "x"), (1, "Zo kort mogelijk\nen niet langer")] {
        let chosen = json!({"months": months, "reason": reason});
        anna.put(RETENTION, chosen.clone()).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(anna.get(RETENTION).await.expect(StatusCode::OK).json(), chosen);
    }
    assert_eq!(bert.get(RETENTION).await.json()["months"], json!(null));
    app.verify().await;
}

#[tokio::test]
async fn a_choice_stays_when_the_account_changes_and_is_recorded_like_every_change() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let before = changes(&app, "anna").await.len();
    let chosen = json!({"months": 84, "reason": "Fiscale bewaarplicht"});
    anna.put(RETENTION, chosen.clone()).await.expect(StatusCode::NO_CONTENT);
    anna.put("/api/account", json!({"display_name": "Anna", "language": "en"})).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(anna.get(RETENTION).await.json(), chosen);
    let changes = changes(&app, "anna").await;
    assert_eq!(changes[before..], ["retention_chosen", "profile_changed"]);
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let before = contents(&app);
    for (body, errors) in [
        (json!({}), json!([{"pointer": "/months", "code": "required"}, {"pointer": "/reason", "code": "required"}])),
        (
            json!({"months": 0, "reason": " "}),
            json!([{"pointer": "/months", "code": "out_of_range", "min": 1, "max": 600}, {"pointer": "/reason", "code": "too_short"}]),
        ),
        (json!({"months": 601, "reason": "x"}), json!([{"pointer": "/months", "code": "out_of_range", "min": 1, "max": 600}])),
        (json!({"months": "84", "reason": "x"}), json!([{"pointer": "/months", "code": "wrong_type"}])),
        (json!({"months": 84, "reason": "x", "years": 7}), json!([{"pointer": "/years", "code": "unknown_field"}])),
    ] {
        let refused = anna.put(RETENTION, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(refused.json()["errors"], errors);
    }
    assert_eq!(contents(&app), before);
}

/// All files proposed for erasure, read in pages of this size.
async fn proposed(actor: &Actor, limit: u16) -> Vec<Value> {
    let (mut all, mut query) = (Vec::new(), format!("?limit={limit}"));
    loop {
        let page = actor.get(&format!("{RETENTION}/proposals{query}")).await.expect(StatusCode::OK).json();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => query = format!("?limit={limit}&cursor={next}"),
            None => return all,
        }
    }
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn files_whose_time_is_over_are_proposed_and_nothing_is_dropped() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let mut paths = Vec::new();
    for name in ["Eerste", "Tweede", "Derde"] {
        paths.push(make(&anna, &named(name)).await.0);
        app.clock.advance(SignedDuration::from_hours(24));
        anna.sign_in().await;
    }
    bert.sign_in().await;
    make(&bert, &named("Van Bert")).await;
    assert_eq!(names(&proposed(&anna, 50).await), [""; 0], "no period was chosen");
    anna.put(RETENTION, json!({"months": 1, "reason": "Kort"})).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(names(&proposed(&anna, 50).await), [""; 0], "none is over");
    let view = anna.get(&format!("{}/rights", paths[0])).await.expect(StatusCode::OK).json();
    // The last day differs per file; all have passed.
    app.clock.advance(SignedDuration::from_hours(40 * 24));
    anna.sign_in().await;
    let etag = etag(&anna.get(&paths[1]).await.expect(StatusCode::OK));
    take(&anna, &paths[0], "hold", json!({})).await;
    take(&anna, &paths[2], "restrict", json!({})).await;
    let all = proposed(&anna, 50).await;
    assert_eq!(names(&all), ["Eerste", "Tweede", "Derde"], "reading, holding and blocking make no file younger");
    assert_eq!((&all[0]["keep_until"], &all[0]["held"], &all[2]["restricted"]), (&view["keep_until"], &json!(true), &json!(true)));
    assert_eq!(proposed(&anna, 1).await, all);
    put(&anna, &paths[1], &etag, &named("Weer klant")).await.expect(StatusCode::OK);
    assert_eq!(names(&proposed(&anna, 50).await), ["Eerste", "Derde"]);
    app.maintain().await;
    assert_eq!(anna.post("/api/clients/search", json!({})).await.json()["items"].as_array().unwrap().len(), 3);
    app.verify().await;
}

#[tokio::test]
async fn a_file_is_kept_to_the_end_of_its_last_day() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &named("Dijk")).await;
    anna.put(RETENTION, json!({"months": 1, "reason": "Kort"})).await.expect(StatusCode::NO_CONTENT);
    let keep_until = anna.get(&format!("{path}/rights")).await.json()["keep_until"].as_str().unwrap().to_owned();
    for _ in 0..40 {
        let today = serde_json::to_value(app.state().services.today()).unwrap();
        let expected = usize::from(today.as_str().unwrap() > keep_until.as_str());
        anna.sign_in().await;
        assert_eq!(proposed(&anna, 50).await.len(), expected, "{today}");
        app.clock.advance(SignedDuration::from_hours(24));
    }
    anna.sign_in().await;
    assert_eq!(proposed(&anna, 50).await.len(), 1);
}
