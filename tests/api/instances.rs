//! Several instances on one database: they share no memory, and need none.

use crate::support::{
    app::TestApp,
    register::{attempts, count},
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, domain::sign_in::attempt::Outcome};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_session_of_one_is_a_session_of_all_and_ends_everywhere_at_once() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let elsewhere = app.another_instance(Argon2id::default()).await;
    anna.at(&elsewhere).get("/api/account").await.expect(StatusCode::OK);
    let id = crate::support::register::account_id(&olga, "anna").await;
    olga.at(&elsewhere).post(&format!("/api/accounts/{id}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    anna.get("/api/account").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_two_instances_cannot_outrun_the_throttle() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let before: u32 = attempts(&app, "anna").await.iter().map(|attempt| attempt.count).sum();
    let elsewhere = app.another_instance(Argon2id::default()).await;
    let mut guesses = JoinSet::new();
    for number in 0..32 {
        let guesser = if number % 2 == 0 { app.anonymous() } else { app.anonymous().at(&elsewhere) };
        guesses.spawn(async move { guesser.log_in_as("anna", "geraden wachtwoord").await.status });
    }
    guesses.join_all().await;
    let recorded: u32 = attempts(&app, "anna").await.iter().map(|attempt| attempt.count).sum();
    assert_eq!((recorded - before, count(&app, "anna", Outcome::WrongPassword).await), (32, 5));
    app.verify().await;
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_the_parameters_have_risen() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    assert!(stored_hash(&app).await.contains("$m=19456,t=2,p=1$"));
    let stronger = Argon2id::new(24 * 1024, 2, 1).unwrap();
    let elsewhere = app.another_instance(stronger).await;
    app.anonymous().at(&elsewhere).log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    assert!(stored_hash(&app).await.contains("$m=19456,t=2,p=1$"));
    app.anonymous().at(&elsewhere).log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
    assert!(stored_hash(&app).await.contains("$m=24576,t=2,p=1$"));
    app.anonymous().log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
}

async fn stored_hash(app: &TestApp) -> String {
    let identities = &app.state().services.identities;
    let found = identities.find(identities.index("anna").await.unwrap()).await.unwrap();
    found.account().unwrap().password.as_ref().unwrap().phc().to_owned()
}
