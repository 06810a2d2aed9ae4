//! Users at a browser.

use crate::browser::Browser;
use serde_json::json;

pub const PASSWORD: &str = "zeven paarse olifanten dansen";

/// Signs in with a one-time password and chooses [`PASSWORD`].
pub fn first_sign_in(mut browser: Browser, username: &str, one_time: &str) -> Browser {
    let answer = browser.post("/api/login", &json!({"username": username, "password": one_time})).expect("an answer").expect(200);
    assert_eq!(answer.json()["next"], "new_password");
    let chosen = browser.post("/api/login/new-password", &json!({"new_password": PASSWORD})).expect("an answer").expect(200);
    assert_eq!(chosen.json()["next"], "done");
    browser
}
