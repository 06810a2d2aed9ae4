//! Under the Functions host: what comes through its proxy reaches public routes, what does not reaches jobs and the ready probe.

use super::{
    data::{PASSWORD, USERNAME, first_sign_in, invite, mails},
    program::{Server, fresh},
};
use serde_json::json;

#[test]
fn jobs_and_public_routes_are_apart() {
    let (_parent, data) = fresh();
    let server = Server::start_behind_host(&data);
    let (mut host, mut outside) = (server.browser(), server.browser().proxied());
    host.get("/").expect("an answer").expect(200);
    for path in ["/api/health", "/api/session", "/.well-known/security.txt"] {
        assert_eq!(host.get(path).expect("an answer").expect(404).json()["code"], "not_found", "{path}");
    }
    outside.get("/").expect("an answer").expect(200);
    outside.get("/api/health").expect("an answer").expect(200);
    let job = json!({"Data": {"timer": {}}, "Metadata": {}});
    for path in ["/maintenance", "/send-mail", "/maintenance/", "//maintenance", "/%6daintenance"] {
        assert_eq!(outside.post(path, &job).expect("an answer").expect(404).json()["code"], "not_found", "{path}");
    }
    let done = host.post("/maintenance", &job).expect("an answer").expect(200).json();
    assert_eq!(done, json!({"Outputs": {}, "Logs": [], "ReturnValue": null}));
}

#[test]
fn a_plain_request_through_the_proxy_is_refused() {
    let (_parent, data) = fresh();
    let server = Server::start_behind_host(&data);
    let mut plain = server.browser().sending("X-Forwarded-For", "203.0.113.7").sending("X-Forwarded-Proto", "http");
    assert_eq!(plain.get("/api/health").expect("an answer").expect(403).json()["code"], "https_required");
}

#[test]
fn signing_in_and_mail_work_through_the_host() {
    let (_parent, data) = fresh();
    let one_time = invite(&data);
    let server = Server::start_behind_host(&data);
    let mut browser = first_sign_in(server.browser().proxied(), &one_time);
    assert_eq!(browser.get("/api/account").expect("an answer").expect(200).json()["username"], USERNAME);
    let wrong = json!({"current_password": PASSWORD, "new_password": "acht groene kamelen zingen"});
    browser.send("PUT", "/api/account/password", &[], Some(&wrong)).expect("an answer").expect(204);
    // Behind the host the queue of the embedded default is worked off all the same: the invitation, and the notices of both passwords.
    server.wait_for_mails(&data, 3);
    assert!(mails(&data).iter().all(|mail| mail.contains("To: anna@example.nl")));
}
