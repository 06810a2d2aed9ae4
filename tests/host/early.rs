//! Refusals of requests that are still being sent: the proxy writes the whole body before it reads, and so do these tests. Responding and
//! closing before the last byte is read would break its writing, and the client would get an empty 500 from the host.

use super::{
    functions_host::{BODY_LIMIT, FunctionsHost},
    person::{Person, invite},
    wire::{Body, Request},
};
use finrust::http::routes::{Route, table};
use std::{env, fs};
use test_support::program::fresh;

const MIB: usize = 1024 * 1024;
/// Enough for callers who need not be fully signed in.
const SMALL: usize = 16 * 1024;
const SIZES: [usize; 5] = [0, 29 * 1024, 200 * 1024, MIB + 1, 2 * MIB];

/// JSON of this size, in one piece or in chunks.
fn bodies(size: usize) -> [Body; 2] {
    let text = if size < 9 { String::new() } else { format!("{{\"x\":\"{}\"}}", "y".repeat(size - 8)) };
    let pieces = text.as_bytes().chunks(64 * 1024).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
    [Body::Whole(text), Body::Pieces(pieces)]
}

fn request(route: &Route, body: Body) -> Request {
    let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0").replace("{*path}", "x");
    let request = Request::new(route.method, &path).header("Content-Type", "application/json");
    Request { body, ..request }
}

/// What a stranger gets: for a safe method independent of the body, otherwise by access rule and size.
fn expected(route: &Route, size: usize) -> &'static [u16] {
    match (route.access.as_str(), route.method) {
        ("Job", _) => &[404],
        ("Public", "GET") => &[200, 303, 404],
        ("Public", _) if size > SMALL => &[413],
        ("Public", _) if size == 0 => &[204, 400, 415],
        ("Public", _) => &[422],
        _ => &[401],
    }
}

/// What an adviser gets for a body that does not suit the route: by access rule, size and content, in this order.
fn expected_by_adviser(route: &Route, size: usize) -> &'static [u16] {
    match (route.access.as_str(), route.method) {
        ("Job", _) => &[404],
        (_, "GET") => &[200, 303, 403, 404],
        ("Officer", _) => &[403],
        ("SecondFactorDue" | "NewPasswordDue", _) => &[401, 409],
        ("Public" | "Choosing", _) if size > SMALL => &[413],
        _ if size > MIB => &[413],
        _ => &[422],
    }
}

/// How often each is sent: `FINRUST_TEST_TIMES=100 cargo test --test host early` sends each a hundred times, which takes too long for the
/// gate.
fn times() -> usize {
    env::var("FINRUST_TEST_TIMES").map_or(1, |times| times.parse().expect("a number"))
}

#[test]
fn every_route_takes_the_whole_request_before_it_answers() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let anna = Person::signed_in(&host, "anna", &one_time);
    let mut right = 0;
    for _ in 0..times() {
        for route in table() {
            for size in SIZES {
                for body in bodies(size) {
                    let answer = host.proxy(&request(&route, body.clone()));
                    assert!(expected(&route, size).contains(&answer.status), "{size} bytes to {route:?}: {answer:?}");
                    right += 1;
                    // An empty body is not refused: it would sign the adviser out.
                    if size > 0 {
                        let answer = host.proxy(&anna.dressed(request(&route, body)));
                        assert!(
                            expected_by_adviser(&route, size).contains(&answer.status),
                            "{size} bytes of an adviser to {route:?}: {answer:?}"
                        );
                        right += 1;
                    }
                }
            }
        }
    }
    println!("{right} of {right} answers were the right ones: {} routes, {} times", table().len(), times());
    assert!(host.proxy(&anna.dressed(Request::new("GET", "/api/account"))).status == 200, "nothing of it was done");
}

#[test]
fn a_refusal_arrives_a_hundred_times_of_a_hundred() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let route = |method: &str, path: &str| table().into_iter().find(|route| route.method == method && route.path == path).expect("a route");
    for (route, size, status) in [
        (route("POST", "/api/clients"), 170 * 1024, 401),
        (route("POST", "/api/login"), 3 * MIB / 2, 413),
        (route("PUT", "/api/imports/{id}/parts/{part}"), 2 * MIB, 401),
    ] {
        for _ in 0..50 {
            for body in bodies(size) {
                let answer = host.proxy(&request(&route, body));
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    }
    // Refused before routing: no such route or method, from another site, over plain http.
    for refused in [
        Request::new("POST", "/api/nothing"),
        Request::new("PATCH", "/api/clients"),
        Request::new("POST", "/api/clients").header("Origin", "https://evil.example"),
        Request::new("POST", "/api/clients").header("X-Forwarded-Proto", "http"),
    ] {
        for body in bodies(2 * MIB) {
            let answer = host.proxy(&Request { body, ..refused.clone() });
            assert!(matches!(answer.status, 403..=405), "{answer:?}");
        }
    }
}

/// The program reads everything that the host lets through to its end, and the host lets through much more than the program accepts.
#[test]
fn the_limit_of_the_host_lies_between_ours_and_what_we_throw_away() {
    let bicep = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/infra/modules/function-app.bicep")).expect("the template");
    let after = bicep.split("name: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', value: '").nth(1).expect("the setting");
    let limit: usize = after.split('\'').next().and_then(|digits| digits.parse().ok()).expect("a number of bytes");
    assert!((16 * MIB..finrust::http::rest::MAX_BYTES).contains(&limit), "{limit}");
    assert_eq!(limit, BODY_LIMIT, "the host of these tests has the limit of the deployed one");
}

#[test]
fn what_is_beyond_the_limit_of_the_host_does_nothing() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let mut host = FunctionsHost::start(&data);
    host.body_limit = 100_000;
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let profile = |padding: usize| format!(r#"{{"display_name":"Anders","language":"en"}}{}"#, " ".repeat(padding));
    let pieces =
        |text: &str| -> Vec<String> { text.as_bytes().chunks(1000).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect() };
    let put = |body: Body| Request { body, ..Request::new("PUT", "/api/account").header("Content-Type", "application/json") };
    let large = profile(100_000);
    // Cut off there, it is complete JSON but not a complete request.
    for body in [Body::Whole(large.clone()), Body::Pieces(pieces(&large))] {
        let answer = anna.send(put(body)).expect(500);
        assert!(answer.headers.is_empty() && answer.body.is_empty(), "{answer:?}");
    }
    assert_eq!(anna.send(Request::new("GET", "/api/account")).expect(200).json()["display_name"], "Anna Dijk");
    anna.send(put(Body::Pieces(pieces(&profile(10_000))))).expect(204);
    assert_eq!(anna.send(Request::new("GET", "/api/account")).expect(200).json()["display_name"], "Anders");
}
