//! What the proxy lets through in both directions.

use super::{
    functions_host::{FunctionsHost, PUBLIC_URL},
    person::{Person, invite},
    queue::Queue,
    wire::Request,
};
use finrust::http::routes::{Route, openapi_document, table};
use serde_json::json;
use test_support::{people::PASSWORD, program::fresh};

#[test]
fn redirects_and_several_cookies_pass() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let redirect = Person::at(&host).send(Request::new("GET", "/.well-known/change-password")).expect(303);
    assert_eq!(redirect.header("location"), Some("/#/account/password"));
    let mut anna = Person::at(&host);
    anna.send(Request::new("POST", "/api/login").json(&json!({"username": "anna", "password": one_time}))).expect(200);
    let chosen = json!({"new_password": "zeven paarse olifanten dansen"});
    let answer = anna.send(Request::new("POST", "/api/login/new-password").json(&chosen)).expect(200);
    let mut cookies: Vec<&str> = answer.all("set-cookie").filter_map(|cookie| cookie.split('=').next()).collect();
    cookies.sort_unstable();
    assert_eq!(cookies, ["__Host-finrust", "__Host-finrust-device"], "{answer:?}");
    anna.send(Request::new("GET", "/api/account")).expect(200);
}

#[test]
fn bodies_in_pieces_and_versions_pass() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let file = |notes: usize| json!({"person": {"last_name": "Dijk"}, "notes": "n".repeat(notes)});
    let made = anna.send(Request::new("POST", "/api/clients").json_in_pieces(&file(9000))).expect(201);
    let (location, first) = (made.header("location").expect("a location").to_owned(), made.header("etag").expect("a version").to_owned());
    let put = |version: &str, notes| Request::new("PUT", &location).header("If-Match", version).json_in_pieces(&file(notes));
    let saved = anna.send(put(&first, 8000)).expect(200);
    assert_ne!(saved.header("etag"), Some(first.as_str()));
    anna.send(put(&first, 10)).expect(412);
    let read = anna.send(Request::new("GET", &location)).expect(200);
    assert_eq!(read.json()["notes"].as_str().map(str::len), Some(8000));
    assert_eq!(read.header("etag"), saved.header("etag"));
}

/// A request without a body is resent when a connection closes without a response: with the same headers it gets the same response, and the
/// browser can continue.
#[test]
fn a_bodiless_request_that_comes_twice_is_answered_alike() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let file = anna.send(Request::new("POST", "/api/clients").json(&json!({"person": {"last_name": "Dijk"}}))).expect(201);
    let import = anna.send(Request::new("POST", "/api/imports").json(&json!({"name": "a.csv", "bytes": 9}))).expect(201).json();
    let file_path = file.header("location").expect("a location").to_owned();
    let import_path = format!("/api/imports/{}", import["id"].as_str().expect("an id"));
    let document = openapi_document();
    let takes_body = |route: &Route| !document["paths"][&route.path][route.method.to_lowercase()]["requestBody"].is_null();
    for route in table().into_iter().filter(|route| route.method != "GET" && route.access != "Job" && !takes_body(route)) {
        let path = match route.path.as_str() {
            "/api/clients/{id}" => file_path.clone(),
            "/api/imports/{id}" => import_path.clone(),
            path => path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962"),
        };
        let request = Request::new(route.method, &path).header("If-Match", file.header("etag").expect("a version"));
        let [first, second] = anna.send_twice(&request);
        assert_eq!((first.status, &first.body), (second.status, &second.body), "{route:?}");
        if route.function == "logout" {
            anna.send(Request::new("POST", "/api/login").json(&json!({"username": "anna", "password": PASSWORD}))).expect(200);
        }
        anna.send(Request::new("GET", "/api/account")).expect(200);
    }
}

#[test]
fn links_come_from_the_settings_never_from_the_request() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    let known = host.mails();
    let forged = |method: &str, path: &str| {
        Request::new(method, path)
            .header("Host", "evil.example")
            .header("DISGUISED-HOST", "evil.example")
            .header("Forwarded", "host=evil.example")
    };
    host.public(&forged("POST", "/api/password-reset").json(&json!({"username": "anna"}))).expect(202);
    queue.drain_queue();
    let mails: Vec<String> = host.mails().into_iter().filter(|mail| !known.contains(mail)).map(|mail| mail.replace("=\r\n", "")).collect();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains(PUBLIC_URL) && !mails[0].contains("evil.example") && !mails[0].contains("127.0.0.1"), "{}", mails[0]);
    let page = host.public(&forged("GET", "/.well-known/security.txt")).expect(200);
    assert!(page.body.contains(&format!("{PUBLIC_URL}/.well-known/security.txt")) && !page.body.contains("evil"), "{page:?}");
}

#[test]
fn another_site_and_plain_http_are_refused() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let logout = || Request::new("POST", "/api/logout");
    let refused = |request: Request, code: &str| assert_eq!(host.public(&request).expect(403).json()["code"], code);
    refused(logout().header("Origin", "https://evil.example"), "cross_origin");
    refused(logout().header("Origin", &format!("http://{}", host.address())), "cross_origin");
    refused(logout().header("X-Forwarded-Proto", "http"), "https_required");
    // Of two header lines the host uses the first.
    refused(logout().header("X-Forwarded-Proto", "http").header("X-Forwarded-Proto", "https"), "https_required");
    let https = logout().header("X-Forwarded-Proto", "https").header("X-Forwarded-Proto", "http");
    host.public(&https.header("Origin", PUBLIC_URL)).expect(204);
    host.public(&logout().header("Origin", PUBLIC_URL)).expect(204);
}

/// Another host may forward a list (RFC 9110, 5.3): every proxy must have seen https.
#[test]
fn a_list_of_schemes_is_https_when_all_of_them_are() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let sent = |lines: &[&str]| {
        let health = Request::new("GET", "/api/health").header("Host", &host.address()).header("X-Forwarded-For", "203.0.113.7");
        let request = lines.iter().fold(health, |request, line| request.header("X-Forwarded-Proto", line));
        host.direct(&request).expect("an answer")
    };
    for lines in [&["https,https"][..], &["https, https"], &["https", "https"], &["https"]] {
        sent(lines).expect(200);
    }
    for lines in [&["https,http"][..], &["http,https"], &["https,"], &["https", "http"], &["https,https", ""]] {
        assert_eq!(sent(lines).expect(403).json()["code"], "https_required", "{lines:?}");
    }
}

/// A front end overwrites the header or adds a line of its own; the host uses the first line.
#[test]
fn of_two_lines_of_one_scheme_the_program_sees_one() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let twice = Request::new("GET", "/api/health").header("X-Forwarded-Proto", "https").header("X-Forwarded-Proto", "https");
    host.public(&twice).expect(200);
    let proxied = host.proxied(&twice);
    let schemes: Vec<&str> =
        proxied.headers.iter().filter(|(name, _)| name == "X-Forwarded-Proto").map(|(_, value)| value.as_str()).collect();
    assert_eq!(schemes, ["https"]);
}

#[test]
fn what_is_asked_one_after_the_other_takes_one_connection() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    for _ in 0..10 {
        host.public(&Request::new("GET", "/api/health")).expect(200);
        host.public(&Request::new("GET", "/api/account")).expect(401);
        host.public(&Request::new("POST", "/api/logout").header("Origin", PUBLIC_URL)).expect(204);
    }
    assert_eq!(host.upstream.opened(), 1);
}

#[test]
fn what_the_host_answers_itself_is_bare_and_nothing_of_it_reaches_us() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let lines = || host.written().lines().filter(|line| line.contains(r#""event":"request""#)).count();
    host.written_when(|written| written.contains(r#""event":"request""#));
    let before = lines();
    for (method, path, status) in [
        ("OPTIONS", "/api/clients", 404),
        ("HEAD", "/api/health", 404),
        ("POST", "/", 204),
        ("GET", "/admin/host/status", 401),
        ("GET", "/runtime/webhooks/queue", 401),
        ("GET", "/api/%00", 400),
        ("GET", "//api/health", 404),
    ] {
        let answer = host.public(&Request::new(method, path));
        assert!(answer.status == status && answer.headers.is_empty() && answer.body.is_empty(), "{method} {path}: {answer:?}");
    }
    // To the host, no list is a valid scheme, whatever it contains.
    for list in ["https,http", "https,https", "https, https"] {
        let answer = host.public(&Request::new("GET", "/api/health").header("X-Forwarded-Proto", list)).expect(500);
        assert!(answer.headers.is_empty() && answer.body.is_empty(), "{list}: {answer:?}");
    }
    assert_eq!(lines(), before);
}

#[test]
fn a_path_is_encoded_anew_and_leads_nowhere_else() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    for path in ["/api/clients/%2F", "/api/clients/..%2Faccount", "/api/clients/%252e%252e", "/api/%61ccount%2f"] {
        anna.send(Request::new("GET", path)).expect(404);
    }
    anna.send(Request::new("GET", "/api/clients/../account")).expect(200);
    anna.send(Request::new("GET", "/api/%61ccount")).expect(200);
}
