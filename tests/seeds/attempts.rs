//! Sign-in attempts: answered ≤ recorded ≤ made.

use crate::actor::Reply;
use axum::http::StatusCode;
use finrust::{
    domain::sign_in::attempt::{Event, Outcome},
    http::state::AppState,
};
use std::{collections::BTreeMap, sync::Mutex};

/// The routes that judge credentials of someone who is signing in.
const ROUTES: [&str; 3] = ["/api/login", "/api/login/two-factor", "/api/login/new-password"];
/// Refusals that are recorded before they are answered.
const RECORDED: [&str; 4] = ["invalid_credentials", "wrong_code", "too_many_attempts", "overloaded"];

#[derive(Clone, Copy, Default)]
struct Count {
    made: u32,
    answered: u32,
}

/// Attempts by username.
#[derive(Default)]
pub struct Attempts(Mutex<BTreeMap<String, Count>>);

impl Attempts {
    /// A request is sent.
    pub fn sends(&self, path: &str, username: &str) {
        if ROUTES.contains(&path) {
            self.0.lock().unwrap().entry(username.to_owned()).or_default().made += 1;
        }
    }

    /// Its answer has come.
    pub fn hears(&self, path: &str, username: &str, reply: &Reply) {
        let judged = reply.status == StatusCode::OK || (reply.status.is_client_error() && RECORDED.contains(&reply.code().as_str()));
        if ROUTES.contains(&path) && judged {
            self.0.lock().unwrap().entry(username.to_owned()).or_default().answered += 1;
        }
    }

    /// Compares them with what is stored. `before` holds what was recorded when the world began.
    pub async fn judge(&self, state: &AppState, before: &BTreeMap<String, u32>) {
        let counts = self.0.lock().unwrap().clone();
        let (mut unknown, mut of_unknown) = (Count::default(), 0);
        for (username, count) in counts {
            let recorded = recorded(state, &username).await;
            if recorded == 0 && !before.contains_key(&username) {
                unknown = Count { made: unknown.made + count.made, answered: unknown.answered + count.answered };
                continue;
            }
            let recorded = recorded - before.get(&username).copied().unwrap_or_default();
            let Count { made, answered } = count;
            assert!(
                answered <= recorded && recorded <= made,
                "attempts of {username}: {answered} answered, {recorded} recorded, {made} made"
            );
        }
        let index = state.services.identities.unknown_index().await.unwrap();
        of_unknown += of(state, index).await;
        let Count { made, answered } = unknown;
        assert!(answered <= of_unknown && of_unknown <= made, "of nobody: {answered} answered, {of_unknown} recorded, {made} made");
    }
}

/// Attempts to sign in that are recorded for a username.
pub async fn recorded(state: &AppState, username: &str) -> u32 {
    let index = state.services.identities.index(username).await.unwrap();
    of(state, index).await
}

async fn of(state: &AppState, index: finrust::domain::stored::BlindIndex) -> u32 {
    let slice = state.services.identities.attempts(index, 200, None).await.unwrap();
    assert!(slice.next.is_none(), "more than one page");
    let within =
        |outcome: &Outcome| matches!(outcome, Outcome::ConfirmedPassword | Outcome::WrongPasswordInSession | Outcome::WrongEnrolmentCode);
    let attempts = slice.items.iter().filter_map(|entry| if let Event::Attempt(attempt) = &entry.event { Some(attempt) } else { None });
    attempts.filter(|attempt| !within(&attempt.outcome)).map(|attempt| attempt.count).sum()
}
