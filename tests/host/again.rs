//! Requests that the forwarder resends because a connection closed without a response: up to forty times, including those that change
//! something if they have no body. Each gets the response of the first, and leaves an equally valid cookie.

use super::{
    FINRUST,
    functions_host::FunctionsHost,
    person::{Person, invite},
    wire::{Answer, Request},
};
use finrust::http::routes::{Route, table};
use serde_json::{Value, json};
use test_support::{people::PASSWORD, program::fresh};

/// How often a request without a body may arrive.
pub const TIMES: usize = 40;
const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// Every route that changes something and is called without a body.
pub fn bodiless() -> Vec<Route> {
    let printed = FINRUST.command().arg("openapi").output().expect("the program starts");
    let document: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let takes_body = |route: &Route| document["paths"][&route.path][route.method.to_lowercase()]["requestBody"]["required"] == true;
    table().into_iter().filter(|route| route.method != "GET" && route.access != "Job" && !takes_body(route)).collect()
}

/// Signed in with a password.
fn sign_in(host: &FunctionsHost) -> Person<'_> {
    let mut anna = Person::at(host);
    let answer = anna.send(Request::new("POST", "/api/login").json(&json!({"username": "anna", "password": PASSWORD}))).expect(200);
    assert_eq!(answer.json()["next"], "done");
    anna
}

/// A request concerning an existing object, for routes where an adviser has one.
fn request(anna: &mut Person<'_>, route: &Route) -> Request {
    let first = |anna: &mut Person<'_>, path: &str| anna.send(Request::new("GET", path)).expect(200).json()["items"][0]["id"].clone();
    let (id, version) = match (route.method, route.path.as_str()) {
        ("DELETE", "/api/sessions/{id}") => (first(anna, "/api/sessions"), None),
        ("DELETE", "/api/browsers/{id}") => (first(anna, "/api/browsers"), None),
        ("DELETE", "/api/imports/{id}") => {
            let begun = anna.send(Request::new("POST", "/api/imports").json(&json!({"name": "a.csv", "bytes": 1}))).expect(201);
            (begun.json()["id"].clone(), None)
        }
        ("DELETE", "/api/clients/{id}") => {
            let made = anna.send(Request::new("POST", "/api/clients").json(&json!({"person": {"last_name": "Dijk"}}))).expect(201);
            (made.json()["id"].clone(), made.header("etag").map(str::to_owned))
        }
        _ => (json!(UNKNOWN), None),
    };
    let request = Request::new(route.method, &route.path.replace("{id}", id.as_str().expect("an id")));
    if let Some(version) = version { request.header("If-Match", &version) } else { request }
}

#[test]
fn every_bodiless_route_answers_as_the_first_time_however_often_it_comes() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    drop(Person::signed_in(&host, "anna", &one_time));
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for route in bodiless() {
        for is_signed_in in [true, false] {
            let mut person = if is_signed_in { sign_in(&host) } else { Person::at(&host) };
            let request =
                if is_signed_in { request(&mut person, &route) } else { Request::new(route.method, &route.path.replace("{id}", UNKNOWN)) };
            // A resent request carries the cookies that it was first sent with.
            let sent = person.dressed(request);
            let answers: Vec<Answer> = (0..TIMES).map(|_| host.proxy(&sent)).collect();
            let first = &answers[0];
            for answer in &answers {
                assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{route:?}");
            }
            assert!(first.status < 500, "{route:?}: {first:?}");
            let is_let_in = |answer: &Answer| {
                let mut after = person.clone();
                after.keep(answer);
                after.send(Request::new("GET", "/api/account")).status
            };
            // Whatever the first response left: of the forty, the client gets the last.
            let ends = ["/api/logout", "/api/sessions/{id}"].contains(&route.path.as_str()) || !is_signed_in;
            assert_eq!(is_let_in(&answers[TIMES - 1]), if ends { 401 } else { 200 }, "{route:?}");
            if first.status < 300 { &mut done } else { &mut refused }.push(format!("{} {} {}", route.method, route.path, first.status));
        }
    }
    println!("{} done and {} refused, {TIMES} times alike: {done:?}", done.len(), refused.len());
    assert!(done.len() > 8 && refused.len() > 20, "{done:?} {refused:?}");
}

#[test]
fn another_session_is_ended_as_often_as_it_is_asked_for() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    drop(Person::signed_in(&host, "anna", &one_time));
    let (mut anna, mut elsewhere) = (sign_in(&host), sign_in(&host));
    let sessions = anna.send(Request::new("GET", "/api/sessions")).expect(200).json();
    let others: Vec<&Value> = sessions["items"].as_array().expect("items").iter().filter(|item| item["current"] == false).collect();
    assert_eq!(others.len(), 2, "{sessions}");
    for other in others {
        let end = Request::new("DELETE", &format!("/api/sessions/{}", other["id"].as_str().expect("an id")));
        let sent = anna.dressed(end);
        for _ in 0..TIMES {
            host.proxy(&sent).expect(204);
        }
    }
    elsewhere.send(Request::new("GET", "/api/account")).expect(401);
    anna.send(Request::new("GET", "/api/account")).expect(200);
}
