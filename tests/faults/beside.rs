//! Verification beside people who save: an alarm that is false is one that nobody believes.

use super::{
    key::{CLIENT, post, signed_in},
    program::{Server, run, text, with_data},
};
use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

/// Verifications; 100 with `FINRUST_TEST_TIMES=100`.
const TIMES: usize = 8;

#[test]
fn honest_data_is_not_called_tampered_with_while_people_save() {
    let times = std::env::var("FINRUST_TEST_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(TIMES);
    let (_parent, data) = with_data();
    let server = Server::start(&data);
    let (over, saved) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut log = 0;
    thread::scope(|scope| {
        for name in ["bram.bos", "cees.mol"] {
            let (server, data, over, saved) = (&server, &data, &over, &saved);
            scope.spawn(move || {
                let mut cookies = signed_in(server, data, name);
                while !over.load(Ordering::Relaxed) {
                    if post(server, &mut cookies, "/api/clients", CLIENT) == 201 {
                        saved.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        while saved.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        for time in 0..times {
            let output = run(&data, &["verify"]);
            log = fs::metadata(data.join("finrust.db-wal")).map_or(log, |found| log.max(found.len()));
            // Whoever finds something stops the others first.
            over.store(output.status.code() != Some(0) || time + 1 == times, Ordering::Relaxed);
            assert_eq!(output.status.code(), Some(0), "{time}: {}{}", text(&output.stdout), text(&output.stderr));
        }
    });
    let saved = saved.into_inner();
    println!("{times} verifications beside {saved} saves, 0 findings; the log grew to {log} bytes");
    assert!(saved > times, "nobody saved");
}
