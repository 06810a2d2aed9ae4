//! Bodies whose last byte arrives after something has happened: a sender who has lost access meanwhile changes nothing, on any route.
//!
//! Every route of the table that may change something is covered automatically.

use crate::{
    bad_input::with_body,
    samples::contents,
    support::{
        actor::{Actor, Held},
        app::{OTHER_PASSWORD, TestApp, address},
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use finrust::http::routes::{Route, table};
use serde_json::json;

const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// One user per access rule, each with a full session in another browser, and an officer to whom nothing happens.
struct Cast {
    app: TestApp,
    adviser: Actor,
    officer: Actor,
    half: Actor,
    choosing: Actor,
    elsewhere: Vec<Actor>,
    lasting: Actor,
}

impl Cast {
    async fn gather() -> Self {
        let app = TestApp::start().await;
        let (lasting, officer, adviser) = (app.officer("otto").await, app.officer("olga").await, app.adviser("anna").await);
        let mut hans = app.adviser("hans").await;
        hans.enrol().await;
        let half = hans.clone_as_new_browser();
        half.log_in().await.expect(StatusCode::OK);
        let iris = app.adviser("iris").await;
        app.anonymous().post("/api/password-reset", json!({ "username": "iris" })).await.expect(StatusCode::ACCEPTED);
        app.run_jobs().await;
        let mut choosing = iris.clone_as_new_browser();
        choosing.password = app.last_mail_to(&address("iris")).one_time_password();
        choosing.log_in().await.expect(StatusCode::OK);
        let mut elsewhere = vec![hans, iris];
        for person in [&adviser, &officer] {
            let other = person.clone_as_new_browser();
            other.sign_in().await;
            elsewhere.push(other);
        }
        app.run_jobs().await;
        Self { app, adviser, officer, half, choosing, elsewhere, lasting }
    }

    fn who_may(&self, route: &Route) -> &Actor {
        match route.access.as_str() {
            "Officer" => &self.officer,
            "SecondFactorDue" => &self.half,
            "NewPasswordDue" => &self.choosing,
            _ => &self.adviser,
        }
    }

    /// Sends a request to every route that needs a session and may change something, except for its last byte.
    async fn hold_all(&self) -> Vec<(Route, Held)> {
        let held = self.hold(|_| true).await;
        assert!(held.len() > 40, "{}", held.len());
        held
    }

    async fn hold(&self, wanted: impl Fn(&Route) -> bool) -> Vec<(Route, Held)> {
        let mut held = Vec::new();
        for route in with_body().filter(|route| route.access != "Public" && wanted(route)) {
            let path = route.path.replace("{id}", UNKNOWN).replace("{part}", "0");
            let request = self.who_may(&route).request(route.method.parse().unwrap(), &path);
            held.push((route, request.json(json!({ "password": "x" })).hold().await));
        }
        held
    }
}

/// Completes all requests: each is refused, and nothing changes.
async fn refuse_all(app: &TestApp, held: Vec<(Route, Held)>) {
    let before = contents(app);
    for (route, held) in held {
        assert!(!held.is_answered(), "{route:?} is answered before the whole request is there");
        let reply = held.finish().await;
        assert!(matches!(reply.code().as_str(), "not_signed_in" | "forbidden" | "wrong_step"), "{reply:?}");
    }
    let after = contents(app);
    let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    // A store deletes expired sessions on its own.
    let gone: Vec<_> = before.iter().filter(|row| !after.contains(row) && !row.contains("id: \"session-")).collect();
    assert!(changed.is_empty() && gone.is_empty(), "{changed:?} {gone:?}");
}

#[tokio::test]
async fn nothing_is_done_for_whom_is_disabled_meanwhile() {
    let cast = Cast::gather().await;
    let mut ids = Vec::new();
    for name in ["anna", "olga", "hans", "iris"] {
        ids.push(account_id(&cast.lasting, name).await);
    }
    let held = cast.hold_all().await;
    for id in ids {
        cast.lasting.post(&format!("/api/accounts/{id}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    }
    refuse_all(&cast.app, held).await;
}

#[tokio::test]
async fn nothing_is_done_for_whose_files_are_handed_over_meanwhile() {
    let cast = Cast::gather().await;
    crate::clients::make(&cast.adviser, &crate::samples::example()).await;
    let (from, to) = (account_id(&cast.lasting, "anna").await, account_id(&cast.lasting, "iris").await);
    let held = cast.hold(|route| route.access == "Adviser").await;
    cast.lasting.post(&format!("/api/accounts/{from}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    let proposal = json!({ "from": from, "to": to, "reason": "Anna gaat met pensioen" });
    let proposed = cast.lasting.post("/api/hand-overs", proposal).await.expect(StatusCode::CREATED).json();
    let approve = format!("/api/hand-overs/{}/approve", proposed["id"].as_str().unwrap());
    cast.officer.post(&approve, None).await.expect(StatusCode::OK);
    cast.app.run_jobs().await;
    refuse_all(&cast.app, held).await;
}

#[tokio::test]
async fn nothing_is_done_for_who_signs_out_in_another_tab() {
    let cast = Cast::gather().await;
    let held = cast.hold_all().await;
    for actor in [&cast.adviser, &cast.officer, &cast.half, &cast.choosing] {
        actor.clone().post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    }
    refuse_all(&cast.app, held).await;
}

#[tokio::test]
async fn nothing_is_done_where_the_password_was_changed_elsewhere() {
    let cast = Cast::gather().await;
    let held = cast.hold_all().await;
    for actor in &cast.elsewhere {
        let change = json!({ "current_password": actor.password, "new_password": OTHER_PASSWORD });
        actor.put("/api/account/password", change).await.expect(StatusCode::NO_CONTENT);
    }
    refuse_all(&cast.app, held).await;
}

#[tokio::test]
async fn nothing_is_done_where_the_sessions_were_ended_elsewhere() {
    let cast = Cast::gather().await;
    let held = cast.hold_all().await;
    for actor in &cast.elsewhere {
        actor.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
    }
    refuse_all(&cast.app, held).await;
}

#[tokio::test]
async fn nothing_is_done_when_the_session_ends_by_itself() {
    let cast = Cast::gather().await;
    let held = cast.hold_all().await;
    cast.app.clock.advance(jiff::SignedDuration::from_mins(31));
    refuse_all(&cast.app, held).await;
}

/// The access rule is checked before the body: with a body larger than any limit, a caller without access gets the refusal of the rule, not
/// of the size.
#[tokio::test]
async fn nothing_of_a_body_is_kept_before_the_right_to_send_it_is_there() {
    let app = TestApp::start().await;
    let (stranger, adviser) = (app.anonymous(), app.adviser("anna").await);
    let large = " ".repeat(1024 * 1024 + 1);
    for route in with_body().filter(|route| route.access != "Public") {
        let path = route.path.replace("{id}", UNKNOWN).replace("{part}", "0");
        let send = async |actor: &Actor| {
            actor.request(route.method.parse().unwrap(), &path).raw_body(large.as_str(), "application/json").send().await
        };
        send(&stranger).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        if route.access == "Officer" {
            send(&adviser).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
        }
    }
}

#[tokio::test]
async fn nobody_is_answered_before_the_whole_request_is_there() {
    let cast = Cast::gather().await;
    let stranger = cast.app.anonymous();
    let mut held = Vec::new();
    for route in table().into_iter().filter(|route| route.access != "Job") {
        let path = route.path.replace("{id}", UNKNOWN).replace("{part}", "0");
        held.push(stranger.request(route.method.parse().unwrap(), &path).raw_body("{ }", "text/plain").hold().await);
    }
    for (method, path) in [(Method::POST, "/api/nothing"), (Method::PATCH, "/api/clients"), (Method::POST, "/")] {
        held.push(stranger.request(method.clone(), path).raw_body("{ }", "").hold().await);
        held.push(stranger.request(method, path).raw_body("{ }", "").header("origin", "https://evil.example").hold().await);
    }
    held.push(stranger.request(Method::POST, "/api/login").json(json!({})).header("x-forwarded-proto", "http").hold().await);
    for held in held {
        assert!(!held.is_answered());
        held.finish().await;
    }
}
