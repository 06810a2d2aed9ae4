//! People who have just been invited: second factor, other browsers, another password, a forgotten one.

use super::{
    backend::Backend,
    counts::Counts,
    desk::{Desk, mailed},
};
use serde_json::json;
use std::{
    thread,
    time::{Duration, Instant},
};

/// One after the other, with a pause: sign-ins are rare beside reads.
pub fn work(backend: &impl Backend, counts: &Counts, until: Instant) {
    for number in 0.. {
        let username = format!("nieuw{number}");
        let one_time = backend.invite("adviser", &username);
        let mut desk = Desk::new(backend, counts, &username).first_sign_in(&one_time);
        other_browsers(&mut desk, backend);
        own_credentials(&mut desk);
        second_factor(&mut desk, backend);
        forgets_password(&desk, backend, &one_time);
        if Instant::now() >= until {
            return;
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn log_in<'a>(desk: &Desk<'a>, backend: &impl Backend) -> Desk<'a> {
    let mut other = desk.elsewhere(backend);
    let body = json!({"username": other.username, "password": other.password});
    other.post("/api/login", &[], body, 200);
    other
}

fn other_browsers(desk: &mut Desk<'_>, backend: &impl Backend) {
    for list in ["/api/sessions", "/api/browsers"] {
        log_in(desk, backend);
        let listed = desk.get(list, &[]).json();
        let other = listed["items"].as_array().unwrap().iter().find(|item| item["current"] == false).unwrap();
        desk.delete(&format!("{list}/{{id}}"), &[other["id"].as_str().unwrap()]);
    }
    log_in(desk, backend);
    desk.delete("/api/sessions", &[]);
    log_in(desk, backend);
    desk.delete("/api/browsers", &[]);
    let (username, password) = (desk.username.clone(), desk.password.clone());
    desk.post("/api/login", &[], json!({"username": username, "password": password}), 200);
}

fn own_credentials(desk: &mut Desk<'_>) {
    let (old, new) = (desk.password.clone(), format!("tractor zilver ochtend {}", desk.username));
    desk.post("/api/password-check", &[], json!({"password": new}), 200);
    desk.put("/api/account/password", &[], json!({"current_password": old, "new_password": new}), 204);
    desk.password = new;
    let email = format!("{}@anders.example.nl", desk.username);
    desk.put("/api/account/email", &[], json!({"current_password": desk.password, "email": email}), 204);
}

fn second_factor(desk: &mut Desk<'_>, backend: &impl Backend) {
    let codes = desk.enrol();
    let renewed = desk.post("/api/two-factor/recovery-codes", &[], json!({"password": desk.password, "recovery_code": codes[0]}), 200);
    let codes: Vec<String> = serde_json::from_value(renewed.json()["recovery_codes"].clone()).unwrap();
    desk.post("/api/two-factor/recovery-codes/seen", &[], None, 204);
    let mut other = log_in(desk, backend);
    other.post("/api/login/two-factor", &[], json!({"recovery_code": codes[0]}), 200);
    desk.post("/api/two-factor/disable", &[], json!({"password": desk.password, "recovery_code": codes[1]}), 204);
}

fn forgets_password(desk: &Desk<'_>, backend: &impl Backend, invitation: &str) {
    let mut other = desk.elsewhere(backend);
    let username = other.username.clone();
    other.post("/api/password-reset", &[], json!({"username": username}), 202);
    let one_time = mailed(backend, &username, invitation);
    other.first_sign_in(&one_time);
}
