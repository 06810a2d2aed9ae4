//! The actors are who they claim to be; the other tests rely on this.

use crate::support::app::{TestApp, TestOptions, address};
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn each_stands_where_it_says() {
    let app = TestApp::start().await;
    app.anonymous().get("/api/session").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    let adviser = app.adviser("anna").await;
    let session = adviser.get("/api/session").await.expect(StatusCode::OK).json();
    assert_eq!((&session["username"], &session["role"], &session["two_factor"]), (&"anna".into(), &"adviser".into(), &false.into()));
    let officer = app.officer("olga").await;
    let session = officer.get("/api/session").await.expect(StatusCode::OK).json();
    assert_eq!((&session["role"], &session["two_factor"]), (&"officer".into(), &true.into()));
    officer.get("/api/accounts").await.expect(StatusCode::OK);
    let half = app.half_signed_in("bram").await;
    half.get("/api/session").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    half.post("/api/login/two-factor", serde_json::json!({ "code": half.code() })).await.expect(StatusCode::OK);
    assert!(half.is_signed_in().await);
}

#[tokio::test]
async fn the_mailbox_gets_what_was_written() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let mail = app.last_mail_to(&address("anna"));
    assert!(mail.raw.contains("To: anna@example.nl"), "{}", mail.raw);
    assert!(app.data_dir().join("mail").read_dir().unwrap().count() == app.mails().len());
    assert_eq!(app.run_jobs().await, 0);
}

#[tokio::test]
async fn the_host_and_its_visitors_come_by_different_doors() {
    let app = TestApp::start_with(TestOptions { behind_host: true, ..TestOptions::default() }).await;
    app.anonymous().get("/api/health").await.expect(StatusCode::OK);
    app.anonymous().post("/maintenance", None).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    app.functions_host().request(Method::POST, "/maintenance").send().await.expect(StatusCode::OK);
}
