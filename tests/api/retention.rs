//! How long an adviser keeps files: the own choice, recorded, and nobody else's business.

use crate::{
    samples::contents,
    support::{app::TestApp, register::changes},
};
use axum::http::StatusCode;
use serde_json::json;

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
            json!([{"pointer": "/months", "code": "out_of_range"}, {"pointer": "/reason", "code": "too_short"}]),
        ),
        (json!({"months": 601, "reason": "x"}), json!([{"pointer": "/months", "code": "out_of_range"}])),
        (json!({"months": "84", "reason": "x"}), json!([{"pointer": "/months", "code": "wrong_type"}])),
        (json!({"months": 84, "reason": "x", "years": 7}), json!([{"pointer": "/years", "code": "unknown_field"}])),
    ] {
        let refused = anna.put(RETENTION, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(refused.json()["errors"], errors);
    }
    assert_eq!(contents(&app), before);
}
