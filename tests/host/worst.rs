//! The most expensive requests possible: each is answered, the process survives, and memory is released. Prints figures.

use super::{
    functions_host::FunctionsHost,
    person::{Person, invite},
    slow_readers::{largest, memory},
    wire::{Body, Request},
};
use finrust::http::routes::{Route, table};
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};
use test_support::program::fresh;

const MIB: usize = 1024 * 1024;
/// As many concurrent requests as the host admits.
const AT_ONCE: usize = 32;
/// KiB that so many bodies of maximum size may take together.
const MAX: u64 = 192 * 1024;

/// Repeats a text inside a frame, up to a mebibyte.
fn filled(start: &str, text: &str, end: &str) -> String {
    let times = (MIB - start.len() - end.len()) / text.len();
    [start, &text.repeat(times), end].concat()
}

/// JSON that is deep, wide, long or expensive.
fn shapes() -> Vec<(&'static str, String)> {
    let deep = |open: &str, close: &str, levels: usize| [open.repeat(levels), "0".to_owned(), close.repeat(levels)].concat();
    let members: Vec<String> = (0..90_000).map(|number| format!("\"{number}\":0")).collect();
    let of_lists = format!("{},", deep("[", "]", 120));
    vec![
        ("lists, as deep as is read", deep("[", "]", 127)),
        ("lists, one deeper", deep("[", "]", 128)),
        ("objects, as deep as is read", deep("{\"a\":", "}", 127)),
        ("a deep member", format!("{{\"person\":{}}}", deep("{\"a\":[", "]}", 63))),
        ("lists without an end", "[".repeat(MIB)),
        ("objects without an end", "{\"a\":".repeat(MIB / 5)),
        ("deep lists beside one another", filled("{\"person\":[", &of_lists, "0]}")),
        ("nothing but values", filled("{\"notes\":[", "0,", "0]}")),
        ("nothing but empty lists", filled("{\"notes\":[", "[],", "0]}")),
        ("nothing but empty objects", filled("{\"notes\":[", "{},", "0]}")),
        ("nothing but members", format!("{{{}}}", members.join(","))),
        ("the same member", filled("{", "\"a\":0,", "\"a\":0}")),
        ("one long name", filled("{\"", "n", "\":0}")),
        ("one long number", filled("{\"notes\":", "1", "}")),
        ("a long fraction", filled("{\"notes\":0.", "3", "}")),
        ("a large exponent", "{\"notes\":1e999999999999999999999}".to_owned()),
        ("a small exponent", filled("{\"notes\":1e-", "9", "}")),
        ("one long text", filled("{\"notes\":\"", "n", "\"}")),
        ("escapes", filled("{\"notes\":\"", "\\u0041", "\"}")),
        ("escapes of astral characters", filled("{\"notes\":\"", "\\ud834\\udd1e", "\"}")),
        ("what becomes longer when it is normalised", filled("{\"username\":\"", "\u{fdfa}", "\"}")),
        ("marks over one letter", filled("{\"username\":\"a", "\u{301}", "\"}")),
        ("a password", filled("{\"username\":\"anna\",\"password\":\"", "a1!", "\"}")),
        ("blanks without an end", filled("{", " ", "")),
    ]
}

/// Requests with this body to every route that takes one.
fn requests(body: &str) -> impl Iterator<Item = Request> {
    let routes = table().into_iter().filter(|route: &Route| route.method != "GET" && route.access != "Job" && route.function != "logout");
    routes.map(move |route| {
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0");
        let request = Request::new(route.method, &path).header("Content-Type", "application/json").header("If-Match", "\"1\"");
        Request { body: Body::Whole(body.to_owned()), ..request }
    })
}

/// Runs `work` while memory is watched and other requests are sent; returns the maximum memory growth, and the longest response time of the
/// others.
fn watched(host: &FunctionsHost, before: u64, work: impl FnOnce()) -> (u64, Duration) {
    let (most, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut longest = Duration::ZERO;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(memory(host.process()).saturating_sub(before), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let others = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !is_over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let answer = host.public(&Request::new("GET", "/api/health"));
                longest = longest.max(asked.elapsed());
                if answer.status != 200 {
                    return Err(answer);
                }
                thread::sleep(Duration::from_millis(20));
            }
            Ok(longest)
        });
        // Even if this panics, the other threads finish.
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        longest = others.join().expect("no panic").expect("somebody else is answered");
        worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    (most.into_inner(), longest)
}

#[test]
fn no_body_ends_the_process_on_any_route() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let anna = Person::signed_in(&host, "anna", &one_time);
    let mut answered = 0;
    for (name, body) in shapes() {
        // The deep and small ones go everywhere; large ones from a stranger are refused for their size.
        for request in requests(&body) {
            let is_small = body.len() <= 16 * 1024;
            let answers = [is_small.then(|| host.proxy(&request)), Some(host.proxy(&anna.dressed(request.clone())))];
            for answer in answers.into_iter().flatten() {
                let is_refused = (400..500).contains(&answer.status) || answer.status == 202 && request.target == "/api/password-reset";
                assert!(is_refused, "{name} to {} {}: {answer:?}", request.method, request.target);
                answered += 1;
            }
        }
    }
    println!("{answered} answers");
    assert_eq!((host.starts(), host.proxy(&anna.dressed(Request::new("GET", "/api/account"))).status), (1, 200));
    assert!(!host.written().contains("panic"), "{}", host.written());
}

#[test]
fn as_many_of_the_largest_as_come_at_once_are_held_and_let_go() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    anna.send(Request::new("POST", "/api/clients").json(&largest())).expect(201);
    let before = memory(host.process());
    for (name, body) in shapes().into_iter().filter(|(_, body)| body.len() > MIB / 2) {
        let create = |body: &str| {
            let request = Request::new("POST", "/api/clients").header("Content-Type", "application/json");
            anna.dressed(Request { body: Body::Whole(body.to_owned()), ..request })
        };
        let (most, longest) = watched(&host, before, || {
            thread::scope(|scope| {
                for _ in 0..AT_ONCE {
                    scope.spawn(|| assert!((400..500).contains(&host.proxy(&create(&body)).status), "{name}"));
                }
            });
        });
        println!("{AT_ONCE} at once of {name}: {most} KiB; others waited {longest:?} at most");
        assert!(most < MAX, "{most} KiB for {name}");
    }
    let after = memory(host.process()).saturating_sub(before);
    println!("{after} KiB afterwards");
    assert!(after < MAX * 3 / 4, "{after} KiB are held");
    assert_eq!(host.starts(), 1);
}

/// Tables that consist of one cell, one row, one column, or separators only.
#[test]
fn no_table_ends_the_process() {
    const BYTES: usize = 256 * 1024;
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let head = "Achternaam;Straat\n";
    for text in ["\"", "\"\"", "\n", ";", ",", "\t", "\r", "\0", "a", "a\n", "\"a", "\u{feff}", "\u{301}", "\u{fdfa};\n", "1;\n", "=1+1\n"]
    {
        for start in ["", head, "Achternaam;\"", "Bezitting 1 waarde\n"] {
            let table = [start, &text.repeat(BYTES / text.len())].concat();
            let begun =
                anna.send(Request::new("POST", "/api/imports").json(&json!({"name": "a.csv", "bytes": table.len()}))).expect(201).json();
            let path = format!("/api/imports/{}", begun["id"].as_str().expect("an id"));
            let part_bytes = usize::try_from(begun["part_bytes"].as_u64().expect("a number")).expect("few");
            let (mut sent, mut part) = (0, 0);
            while sent < table.len() {
                let end = table.floor_char_boundary(table.len().min(sent + part_bytes));
                // A full part may end within a character: such parts are cut short, and the table is refused for its length.
                let mut request = Request::new("PUT", &format!("{path}/parts/{part}")).header("Content-Type", "application/octet-stream");
                request.body = Body::Whole(table[sent..end].to_owned());
                assert!(anna.send(request).status < 500, "{text:?} after {start:?}");
                (sent, part) = (end, part + 1);
            }
            for step in ["check", "continue"] {
                let answer = anna.send(Request::new("POST", &format!("{path}/{step}")).json(&json!({})));
                assert!((200..500).contains(&answer.status), "{step} of {text:?} after {start:?}: {answer:?}");
            }
            let answer = anna.send(Request::new("DELETE", &path));
            assert!((200..500).contains(&answer.status), "{answer:?}");
        }
    }
    assert_eq!(host.starts(), 1, "{}", host.written());
    assert!(!host.written().contains("panic"), "{}", host.written());
}

/// Passwords that are expensive to estimate, and texts that are slow to search for.
#[test]
fn no_text_of_a_field_ends_the_process_or_keeps_others_waiting() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    anna.send(Request::new("POST", "/api/clients").json(&largest())).expect(201);
    let texts =
        ["a", "aB", "1", "19990101", "qwerty", "p4$$w0rd", "\u{fdfa}", "a\u{301}", "\u{1d11e}", "(((((a+)+)+)+)+)", "\u{0}", "\u{202e}"];
    let (most, longest) = watched(&host, memory(host.process()), || {
        thread::scope(|scope| {
            for text in texts {
                let (host, anna) = (&host, &anna);
                scope.spawn(move || {
                    for length in [64, 100, 256, 1024, 4096] {
                        let long: String = text.chars().cycle().take(length).collect();
                        for (path, member) in
                            [("/api/password-check", "password"), ("/api/clients/search", "text"), ("/api/login", "username")]
                        {
                            let mut body = json!({ member: long });
                            if path == "/api/login" {
                                body["password"] = json!(long);
                            }
                            let answer = host.proxy(&anna.dressed(Request::new("POST", path).json(&body)));
                            assert!(answer.status < 500 || answer.status == 503, "{length} of {text:?} to {path}: {answer:?}");
                        }
                    }
                });
            }
        });
    });
    println!("{most} KiB at most; others waited {longest:?} at most");
    assert!(longest < Duration::from_secs(10), "{longest:?}");
    assert!(most < MAX, "{most} KiB");
    assert_eq!(host.starts(), 1);
    assert!(!host.written().contains(r#""event":"panic""#), "{}", host.written());
}
