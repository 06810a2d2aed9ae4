//! From the first invitation to the first client file, using nothing but a managed identity.

use crate::cloud::Cloud;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use test_support::{
    doubles::tokens,
    people::{PASSWORD, first_sign_in},
    server::Server,
};

const COSMOS: &str = "https://cosmos.azure.com";
const VAULT: &str = "https://vault.azure.net";
const STORAGE: &str = "https://storage.azure.com";
const MAIL: &str = "https://communication.azure.com";
const USERNAME: &str = "anna.dijk";

#[test]
fn every_service_is_reached_with_the_right_token_and_no_shared_key() {
    let cloud = Cloud::start();
    let one_time = cloud.invite(USERNAME);
    let server = cloud.serve();
    deliver(&cloud, &server, 1);
    let sent = cloud.mail.sent();
    assert!(sent[0].message["content"]["plainText"].as_str().unwrap().contains("https://www.mijnfinrust.nl/"), "links use the public URL");
    let mut anna = first_sign_in(server.visitor(), USERNAME, &one_time);
    let made = anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(201);
    drop(server);
    // Another instance, without the first one's memory.
    let server = cloud.serve();
    let read = anna.at(server.port).get(&made.headers["location"]).unwrap().expect(200);
    assert_eq!(read.json()["person"]["last_name"], "Dijk");
    everyone_was_asked_properly(&cloud);
    let verified = cloud.succeed(&["verify"]);
    assert!(verified.contains("clients: 5 documents") && verified.contains(", 0 findings"), "{verified}");
}

#[test]
fn the_key_encryption_key_is_rotated_under_a_living_service() {
    let cloud = Cloud::start();
    let one_time = cloud.invite(USERNAME);
    let server = cloud.serve();
    let mut anna = first_sign_in(server.visitor(), USERNAME, &one_time);
    let made = anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(201);
    let old = cloud.vault.newest();
    cloud.vault.rotate();
    let said = cloud.succeed(&["rewrap"]);
    assert!(said.contains("re-wrapped"), "{said}");
    cloud.vault.disable(&old);
    drop(server);
    let server = cloud.serve();
    anna.at(server.port).get(&made.headers["location"]).unwrap().expect(200);
    cloud.succeed(&["verify"]);
}

#[test]
fn the_first_sign_in_finds_everything_warm() {
    let cloud = Cloud::start();
    let one_time = cloud.invite(USERNAME);
    first_sign_in(cloud.serve().visitor(), USERNAME, &one_time);
    let server = cloud.serve();
    server.wait_until("a line that says so", || server.written().contains(r#""event":"warm""#));
    cloud.cosmos.take_asked();
    cloud.vault.take_calls();
    let tokens = cloud.identity.resources().len();
    let answer = server.visitor().post("/api/login", &json!({"username": USERNAME, "password": PASSWORD})).unwrap().expect(200);
    assert_eq!(answer.json()["next"], "done");
    // The SDK asks for the account (`GET /`) in its own time.
    let asked: Vec<_> = cloud.cosmos.take_asked().into_iter().filter(|asked| asked.what != "GET /").collect();
    assert!(asked.len() == 2 && cloud.vault.take_calls().is_empty(), "{asked:?}");
    let since = cloud.identity.resources().split_off(tokens);
    assert!(!since.iter().any(|resource| [COSMOS, VAULT].contains(&resource.as_str())), "{since:?}");
}

/// Asserts that every request to every service carried a token for that service, issued by the identity endpoint.
fn everyone_was_asked_properly(cloud: &Cloud) {
    let given: BTreeSet<_> = cloud.identity.resources().into_iter().collect();
    assert_eq!(given, [COSMOS, VAULT, STORAGE, MAIL].map(ToOwned::to_owned).into());
    let database = cloud.cosmos.take_asked();
    assert!(database.len() > 20 && database.iter().all(|asked| asked.audience.as_deref() == Some(COSMOS)), "{database:?}");
    let audience = |token: &str| tokens::audience(token);
    let calls = cloud.vault.take_calls();
    let with_token: Vec<_> = calls.iter().filter_map(|call| call.token.as_deref()).map(audience).collect();
    assert!(!with_token.is_empty() && with_token.iter().all(|audience| audience.as_deref() == Some(VAULT)), "{calls:?}");
    assert!(cloud.queue.tokens().iter().all(|token| audience(token).as_deref() == Some(STORAGE)));
    assert!(cloud.queue.queries().iter().all(|query| !query.contains("sig=")), "no shared signature");
    assert!(cloud.mail.sent().iter().all(|letter| audience(&letter.token).as_deref() == Some(MAIL)));
}

/// Posts the queued messages as the host does, once each.
fn deliver(cloud: &Cloud, server: &Server, expected: usize) {
    let texts = cloud.queue.texts();
    assert_eq!(texts.len(), expected);
    for text in texts {
        let invocation = json!({"Data": {"message": Value::from(text).to_string()}, "Metadata": {"DequeueCount": "1"}});
        server.browser().post("/send-mail", &invocation).unwrap().expect(200);
    }
    assert_eq!(cloud.mail.sent().len(), expected);
}
