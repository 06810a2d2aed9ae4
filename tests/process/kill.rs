//! Twenty times `kill -9` under write load: every acknowledged write is there, and none is partial.

use super::{
    FINRUST,
    data::{first_sign_in, invite, sign_in},
    ledger::{Ledger, content, read},
};
use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};
use test_support::{browser::Browser, mix::mix, program::fresh, server::Server};

const KILLS: u64 = 20;
const WRITERS: u64 = 4;
/// Most acknowledged writes before a kill.
const MAX_WRITES: u64 = 40;

#[test]
fn acknowledged_writes_outlive_twenty_kills() {
    let (_parent, data) = fresh();
    let one_time = invite(&data);
    let ledger = Ledger::default();
    let mut server = FINRUST.serve(&data);
    let mut known = first_sign_in(server.browser(), &one_time);
    for round in 0..KILLS {
        load_and_kill(server, &known, &ledger, round);
        server = FINRUST.serve(&data);
        known = sign_in(known.at(server.port));
        repeat_unanswered(&known, &ledger);
        ledger.check(&mut known);
    }
    server.kill();
    FINRUST.succeed(&data, &["verify"]);
    assert!(ledger.certain() >= 100, "{} files are too little of a load", ledger.certain());
}

/// Writes from several threads until an unpredictable number of writes is acknowledged; then kills at once.
fn load_and_kill(server: Server, browser: &Browser, ledger: &Ledger, round: u64) {
    let writes = 1 + mix(round) % MAX_WRITES;
    let (acknowledge, acknowledged) = channel();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (browser, acknowledge) = (browser.clone(), acknowledge.clone());
            let name = format!("Klant-{round}-{writer}");
            // The kill ends the loop: the write in flight is never answered.
            scope.spawn(move || write(browser, ledger, &name, &acknowledge).expect_err("only a kill ends it"));
        }
        drop(acknowledge);
        await_writes(&acknowledged, writes);
        server.kill();
    });
}

fn await_writes(acknowledged: &Receiver<()>, writes: u64) {
    for _ in 0..writes {
        acknowledged.recv().expect("the writers go on until the kill");
    }
}

/// Creates files and replaces each a few times, until no complete response comes back.
fn write(mut browser: Browser, ledger: &Ledger, name: &str, acknowledge: &Sender<()>) -> io::Result<()> {
    for number in 0_u64.. {
        let name = format!("{name}-{number}");
        let key = (number % 2 == 0).then(|| key_of(&name));
        ledger.sends(&name, 0, key.as_deref());
        let key_header = key.as_deref().map(|key| ("Idempotency-Key", key));
        let made = browser.send("POST", "/api/clients", key_header.as_slice(), Some(&content(&name, 0)))?.expect(201);
        ledger.is_answered(&name, 0);
        // The receiver may be gone already.
        let _ = acknowledge.send(());
        replace(&mut browser, ledger, &name, (&made.headers["location"], made.etag()), acknowledge)?;
    }
    Ok(())
}

fn replace(browser: &mut Browser, ledger: &Ledger, name: &str, (location, etag): (&str, &str), done: &Sender<()>) -> io::Result<()> {
    let mut etag = etag.to_owned();
    for revision in 1..=3 {
        ledger.sends(name, revision, None);
        let answer = browser.send("PUT", location, &[("If-Match", &etag)], Some(&content(name, revision)))?.expect(200);
        ledger.is_answered(name, revision);
        etag = answer.etag().to_owned();
        let _ = done.send(());
    }
    Ok(())
}

/// A client without a response resends the same request with the same key, and there is one file, not two.
fn repeat_unanswered(browser: &Browser, ledger: &Ledger) {
    for (name, key) in ledger.unanswered() {
        let mut browser = browser.clone();
        let made =
            browser.send("POST", "/api/clients", &[("Idempotency-Key", &key)], Some(&content(&name, 0))).expect("an answer").expect(201);
        let file = read(&mut browser, &made.headers["location"], &name);
        assert_eq!((file.revision, file.etag.as_str(), file.location.as_str()), (0, made.etag(), made.headers["location"].as_str()));
        ledger.is_answered(&name, 0);
    }
}

/// A UUID derived from a name.
fn key_of(name: &str) -> String {
    let number = name.bytes().fold(0, |number, byte| mix(number ^ u64::from(byte)));
    format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, number & 0xffff_ffff)
}
