//! Ten thousand rows become ten thousand files, whatever happens to the process meanwhile.

use super::{
    FINRUST,
    data::{first_sign_in, invite, sign_in},
};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write, sync::mpsc::sync_channel, thread};
use test_support::{
    browser::Browser,
    program::{fresh, text},
    server::Server,
};

const ROWS: u64 = 10_000;
/// Rows that are acknowledged before the kill.
const BEFORE_KILL: u64 = 4_000;
/// How much an import may add to the memory of the process.
const MAX_GROWTH_MB: f64 = 50.0;

#[test]
fn an_import_of_ten_thousand_goes_on_after_a_kill() {
    let (_parent, data) = fresh();
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    let mut browser = first_sign_in(server.browser(), &one_time);
    let at_rest = server.resident_mb();
    let path = send(&mut browser, table().as_bytes());
    let found = browser.post(&format!("{path}/check"), &json!({})).expect("an answer").expect(200).json();
    assert_eq!((&found["import"]["checked"]["total"], &found["items"]), (&json!(ROWS), &json!([])));

    let acknowledged = run_and_kill(server, &browser, &path, at_rest);
    let server = FINRUST.serve(&data);
    let mut browser = sign_in(browser.at(server.port));
    let at_rest = server.resident_mb();
    let resumed = browser.get(&path).expect("an answer").expect(200).json();
    let done = resumed["done"].as_u64().expect("a number");
    assert!((acknowledged..ROWS).contains(&done), "{acknowledged} were acknowledged, and now it is at {done}");
    let steps = run(&mut browser, &path, |_| assert_growth(&server, at_rest));
    let last = steps.last().expect("a step");
    assert_eq!((&last["created"], &last["already_there"], &last["refused"]), (&json!(ROWS), &json!(0), &json!(0)));
    assert!(steps.len() > 3, "progress is seen");
    let found = names(&mut browser);
    assert_eq!(found.len(), usize::try_from(ROWS).expect("small"), "every row once");
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "no row twice");
    server.kill();
    // With so many documents it prints progress.
    let verified = FINRUST.run(&data, &["verify"]);
    assert!(verified.status.success() && text(&verified.stdout).contains(" 0 findings"), "{}", text(&verified.stdout));
}

/// A table of so many clients, each with a family and some income and assets.
fn table() -> String {
    let mut table =
        "Roepnaam;Achternaam;Geboortedatum;Postcode;Partner achternaam;Inkomst 1 bedrag;Schuld 1 openstaand;Notities\r\n".to_owned();
    for number in 1..=ROWS {
        let day = 1 + number % 28;
        write!(table, "Anna;Klant {number};{day}-3-1980;1234AB;Dijk {number};{number},50;100.000;\"regel 1\nregel 2 van {number}\"\r\n")
            .expect("memory");
    }
    table
}

fn send(browser: &mut Browser, table: &[u8]) -> String {
    let begun = browser.post("/api/imports", &json!({"name": "klanten.csv", "bytes": table.len()})).expect("an answer").expect(201).json();
    let path = format!("/api/imports/{}", begun["id"].as_str().expect("an id"));
    let at_once = usize::try_from(begun["part_bytes"].as_u64().expect("a number")).expect("small");
    for (number, part) in table.chunks(at_once).enumerate() {
        let body = json!({"data": BASE64.encode(part)});
        browser.send("PUT", &format!("{path}/parts/{number}"), &[], Some(&body)).expect("an answer").expect(204);
    }
    path
}

/// Continues until enough rows are acknowledged, then kills the process in the middle of the next step. Returns how many were acknowledged.
fn run_and_kill(server: Server, browser: &Browser, path: &str, at_rest: f64) -> u64 {
    // No step begins before the result of the previous one was received, so work remains when the kill comes.
    let (acknowledge, acknowledged) = sync_channel(0);
    thread::scope(|scope| {
        let mut browser = browser.clone();
        scope.spawn(move || {
            // The kill ends the loop: that step is never answered.
            while let Ok(answer) = browser.post(&format!("{path}/continue"), &json!({})) {
                let step = answer.expect(200).json();
                let _ = acknowledge.send(step["done"].as_u64().expect("a number"));
                assert_eq!(step["finished"], false, "the kill comes first");
            }
        });
        let mut done = 0;
        while done < BEFORE_KILL {
            done = acknowledged.recv().expect("it goes on until the kill");
            assert_growth(&server, at_rest);
        }
        server.kill();
        drop(acknowledged);
        done
    })
}

fn run(browser: &mut Browser, path: &str, mut after_step: impl FnMut(&Value)) -> Vec<Value> {
    let mut steps = Vec::new();
    while !steps.last().is_some_and(|step: &Value| step["finished"] == true) {
        steps.push(browser.post(&format!("{path}/continue"), &json!({})).expect("an answer").expect(200).json());
        after_step(steps.last().expect("one was just pushed"));
    }
    steps
}

fn assert_growth(server: &Server, at_rest: f64) {
    let growth = server.resident_mb() - at_rest;
    assert!(growth < MAX_GROWTH_MB, "an import took {growth:.1} MB");
}

/// The names of all files.
fn names(browser: &mut Browser) -> Vec<String> {
    let (mut names, mut search) = (Vec::new(), json!({"limit": 200}));
    loop {
        let page = browser.post("/api/clients/search", &search).expect("an answer").expect(200).json();
        let items = page["items"].as_array().expect("items");
        names.extend(items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()));
        if page["next"].is_null() {
            return names;
        }
        search["cursor"] = page["next"].clone();
    }
}
