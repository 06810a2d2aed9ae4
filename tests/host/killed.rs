//! The process is killed and restarted, by `functionTimeout`, by its own exit, with its host: acknowledged data is there, and the next
//! process continues as if it had been the only one.

use super::{
    FINRUST,
    functions_host::FunctionsHost,
    jobs::tick,
    person::{Person, invite},
    queue::{Fate, Queue, Wrapped},
    wire::Request,
    worker::State,
};
use finrust::http::routes::table;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use test_support::{people::PASSWORD, port::free_port, program::fresh, server::signal};

const WRITERS: usize = 4;
const KILLS: usize = 10;

/// A host with this `functionTimeout` in seconds.
fn patient(data: &Path, seconds: u64) -> FunctionsHost {
    FunctionsHost::start_changed(data, |app| app.host["functionTimeout"] = json!(format!("00:00:{seconds:02}")))
}

fn verify(data: &Path) {
    let output = FINRUST.run(data, &["verify"]);
    assert!(output.status.success(), "{output:?}");
}

/// Files by name, with their number.
fn files(person: &mut Person<'_>) -> BTreeMap<String, usize> {
    let (mut found, mut search) = (BTreeMap::new(), json!({"limit": 200}));
    loop {
        let page = person.send(Request::new("POST", "/api/clients/search").json(&search)).expect(200).json();
        for item in page["items"].as_array().expect("items") {
            *found.entry(item["name"].as_str().expect("a name").to_owned()).or_default() += 1;
        }
        if page["next"].is_null() {
            return found;
        }
        search["cursor"] = page["next"].clone();
    }
}

/// What was sent, and what of it was acknowledged.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    acknowledged: Mutex<BTreeSet<String>>,
    unanswered: AtomicUsize,
}

impl Load {
    /// Creates files until it is over. Unanswered requests are resent with the same key.
    fn write(&self, mut person: Person<'_>, writer: usize) {
        for number in 0.. {
            let name = format!("Klant-{writer}-{number}");
            let body = json!({"person": {"last_name": name}, "notes": "n".repeat(2000)});
            let key = format!("{writer:08x}-0000-4000-8000-{number:012x}");
            let make = Request::new("POST", "/api/clients").header("Idempotency-Key", &key).json(&body);
            loop {
                let answer = person.send(make.clone());
                match answer.status {
                    201 => break,
                    // A bare response, or a truncated one.
                    0 | 500 if answer.headers.is_empty() => self.unanswered.fetch_add(1, Ordering::Relaxed),
                    _ => panic!("{answer:?}"),
                };
            }
            self.acknowledged.lock().expect("no panic with the names").insert(name);
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().expect("no panic with the names").len()
    }
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_once() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let load = Load::default();
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (anna, load) = (anna.clone(), &load);
            scope.spawn(move || load.write(anna, writer));
        }
        for kill in 1..=KILLS {
            // At some point during the writes.
            let enough = load.count() + 1 + kill * 7 % 11;
            let deadline = Instant::now() + Duration::from_mins(1);
            while load.count() < enough {
                assert!(Instant::now() < deadline, "nobody writes any more");
                thread::sleep(Duration::from_millis(1));
            }
            host.time_out();
        }
        load.is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!((host.tend(), host.starts()), (State::Kept, KILLS + 1), "{}", host.written());
    let found = files(&mut anna);
    let acknowledged = load.acknowledged.into_inner().expect("no panic with the names");
    assert_eq!(found, acknowledged.iter().map(|name| (name.clone(), 1)).collect());
    host.end();
    verify(&data);
    let again = FunctionsHost::start(&data);
    let answer = Person::at(&again).send(Request::new("POST", "/api/login").json(&json!({"username": "anna", "password": PASSWORD})));
    assert_eq!(answer.expect(200).json()["next"], "done");
    println!("{KILLS} kills, {} files acknowledged, {} writes without an answer", acknowledged.len(), load.unanswered.into_inner());
}

/// The cost of a hanging process: its pending requests fail, later ones do not.
#[test]
fn an_invocation_that_takes_too_long_ends_the_process_and_a_new_one_goes_on() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = patient(&data, 8);
    let anna = Person::signed_in(&host, "anna", &one_time);
    let made = json!({"person": {"last_name": "Dijk"}});
    signal("STOP", host.process());
    let (read, written) = thread::scope(|scope| {
        let (mut one, mut other) = (anna.clone(), anna.clone());
        let read = scope.spawn(move || one.send(Request::new("GET", "/api/account")));
        let written = scope.spawn(move || other.send(Request::new("POST", "/api/clients").json(&made)));
        (read.join().expect("an answer"), written.join().expect("an answer"))
    });
    // Without a body, it is resent to the new process.
    assert_eq!(read.status, 200, "{read:?}");
    assert!(written.status == 500 && written.headers.is_empty(), "{written:?}");
    assert_eq!((host.tend(), host.starts()), (State::Kept, 2));
    let mut anna = anna;
    assert_eq!(files(&mut anna), BTreeMap::new());
    // Time-outs do not count towards the limit that ends the host.
    for starts in 3..6 {
        host.time_out();
        assert_eq!((host.tend(), host.starts()), (State::Kept, starts));
    }
}

/// As deployed: a waiting client gets a bare 500 after the proxy's time-out, once, and the process survives.
#[test]
fn a_process_that_does_not_answer_is_not_asked_again_and_not_ended() {
    let (_parent, data) = fresh();
    let mut host = FunctionsHost::start(&data);
    host.standstill = Duration::from_secs(2);
    let asked = |host: &FunctionsHost| {
        let lines = host.written_when(|_| false);
        lines.lines().filter(|line| line.contains(r#""event":"request""#) && line.contains("/api/session")).count()
    };
    signal("STOP", host.process());
    let begun = Instant::now();
    let answer = host.public(&Request::new("GET", "/api/session")).expect(500);
    assert!(answer.headers.is_empty() && answer.body.is_empty(), "{answer:?}");
    assert!((2..20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    signal("CONT", host.process());
    host.public(&Request::new("GET", "/api/health")).expect(200);
    assert_eq!((host.tend(), host.starts()), (State::Kept, 1));
    assert!(asked(&host) <= 1, "{}", host.written());
}

/// As deployed, there is no time-out.
#[test]
fn no_invocation_takes_too_long_as_it_is_deployed() {
    let (_parent, data) = fresh();
    assert_eq!(FunctionsHost::start(&data).function_timeout(), None);
    assert_eq!(patient(&data, 3).function_timeout(), Some(Duration::from_secs(3)));
}

#[test]
fn a_process_that_ends_is_started_anew_twice_and_no_request_after_it_fails() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    for end in 1..=2 {
        signal("KILL", host.process());
        // A request that arrives before the exit is noticed is lost.
        while host.starts() == end {
            host.tend();
            thread::sleep(Duration::from_millis(2));
        }
        anna.send(Request::new("POST", "/api/clients").json(&json!({"person": {"last_name": "Dijk"}}))).expect(201);
        anna.send(Request::new("GET", "/api/account")).expect(200);
        assert_eq!((host.tend(), host.starts()), (State::Kept, end + 1));
    }
    signal("KILL", host.process());
    while host.tend() != State::GivenUp {
        thread::sleep(Duration::from_millis(2));
    }
    for request in [Request::new("GET", "/api/health"), Request::new("POST", "/api/login").json(&json!({}))] {
        let answer = host.public(&request).expect(503);
        assert!(answer.headers.is_empty() && answer.body.is_empty(), "{answer:?}");
    }
    assert_eq!(host.tend(), State::GivenUp);
    assert_eq!(host.written().matches(r#""event":"serving""#).count(), 3, "{}", host.written());
}

/// Three times within a second, each with a line that says why.
#[test]
fn a_setting_that_cannot_be_ends_the_host_and_every_try_says_so() {
    let (_parent, data) = fresh();
    for settings in [("FINRUST_PUBLIC_URL", "http://elsewhere.example"), ("FINRUST_SIGN_INS_PER_ADDRESS", "0")] {
        let host = FunctionsHost::launch(&data, free_port(), &[settings], |_| ());
        for _ in 0..3 {
            host.wait_for_end();
            host.look();
        }
        assert_eq!((host.tend(), host.starts()), (State::GivenUp, 3));
        assert_eq!(host.written().matches(settings.0).count(), 3, "{}", host.written());
    }
}

/// What every user sees, without what changes over time.
fn pictures(people: &mut [(&str, Person<'_>)], paths: &[String]) -> Vec<String> {
    let mut shown = Vec::new();
    for (name, person) in people {
        for path in paths {
            let answer = person.send(Request::new("GET", path));
            let tag = answer.header("etag").unwrap_or_default();
            shown.push(format!("{name} {path} {} {tag} {}", answer.status, answer.body));
        }
    }
    shown
}

/// Every readable path, for the existing file and import.
fn readable(file: &str, import: &str) -> Vec<String> {
    let paths: Vec<String> = table()
        .into_iter()
        .filter(|route| route.method == "GET" && route.access != "Job" && !route.path.contains("{*"))
        // Sessions show when they were last used.
        .filter(|route| !route.path.contains("session"))
        .map(|route| route.path.replace("/api/clients/{id}", file).replace("{id}", import))
        .collect();
    assert!(paths.len() > 20, "{paths:?}");
    paths
}

#[test]
fn the_next_process_goes_on_where_the_last_was() {
    let (_parent, data) = fresh();
    let (one_time, of_other) = (invite(&data, "anna"), invite(&data, "bert"));
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let send = |person: &mut Person<'_>, method: &str, path: &str, body: &Value| person.send(Request::new(method, path).json(body));
    let made = send(&mut anna, "POST", "/api/clients", &json!({"person": {"last_name": "Dijk"}})).expect(201);
    let (location, etag) = (made.header("location").expect("a location").to_owned(), made.header("etag").expect("a version").to_owned());
    for number in 0..3 {
        send(&mut anna, "POST", "/api/clients", &json!({"person": {"last_name": format!("Klant {number}")}})).expect(201);
    }
    let page = send(&mut anna, "POST", "/api/clients/search", &json!({"limit": 2})).expect(200).json();
    let import = send(&mut anna, "POST", "/api/imports", &json!({"name": "a.csv", "bytes": 25})).expect(201).json();
    // A user between one-time password and own password, and a user who forgot the password.
    let mut bert = Person::at(&host);
    send(&mut bert, "POST", "/api/login", &json!({"username": "bert", "password": of_other})).expect(200);
    queue.drain_queue();
    bert.forgets_password("anna");
    let job = queue.take_one();
    let guess = |host: &FunctionsHost| {
        let guess = Request::new("POST", "/api/login").json(&json!({"username": "bert", "password": "geraden wachtwoord"}));
        host.public(&guess).status
    };
    // The first delay is one second, which may have passed before the next guess.
    let guesses: Vec<u16> = (0..8).map(|_| guess(&host)).collect();
    assert!(guesses.contains(&429), "{guesses:?}");

    let paths = readable(&location, import["id"].as_str().expect("an id"));
    let mut people = [("anna", anna), ("bert", bert), ("a stranger", Person::at(&host))];
    let before = pictures(&mut people, &paths);
    for kill in 0..2 {
        if kill == 0 {
            host.time_out();
        } else {
            signal("KILL", host.process());
        }
        assert_eq!(pictures(&mut people, &paths), before);
    }
    let [(_, mut anna), (_, mut bert), _] = people;
    // The first five are free for a username without recent failures.
    let guesses: Vec<u16> = (0..5).map(|_| guess(&host)).collect();
    assert!(guesses.contains(&429), "{guesses:?}");
    anna.send(Request::new("PUT", &location).header("If-Match", &etag).json(&json!({"person": {"last_name": "Dijk"}, "notes": "x"})))
        .expect(200);
    let rest = send(&mut anna, "POST", "/api/clients/search", &json!({"limit": 2, "cursor": page["next"]})).expect(200).json();
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(2), "{rest}");
    let part = format!("/api/imports/{}/parts/0", import["id"].as_str().expect("an id"));
    let mut sent = Request::new("PUT", &part).header("Content-Type", "application/octet-stream");
    sent.body = super::wire::Body::Whole("Achternaam\nJansen\nPieters".to_owned());
    let answer = anna.send(sent);
    assert!(answer.status < 300, "{answer:?}");
    send(&mut bert, "POST", "/api/login/new-password", &json!({"new_password": "acht groene giraffen slapen"})).expect(200);
    let mails = host.mails().len();
    assert_eq!(queue.deliver(&job, Wrapped::Twice), Fate::Done(1));
    queue.drain_queue();
    // The requested one, and the notice about Bert's new password.
    assert_eq!(host.mails().len(), mails + 2);
    assert_eq!(host.invoke("maintenance", &tick(&host)), super::functions_host::Invocation::Succeeded);
    drop(queue);
    host.end();
    verify(&data);
}
