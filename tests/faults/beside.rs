//! Verification while users are saving: a false alarm would be an alarm that nobody believes.

use super::{
    FINRUST,
    key::{make, save, signed_in},
    program::{setting, text, with_data},
};
use rusqlite::Connection;
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};
use test_support::server::wait_until;

/// Number of verifications; 100 with `FINRUST_TEST_TIMES=100`.
const TIMES: u64 = 8;
/// Verifications per office; in a longer-lived one, each would look at more and more saved data.
const OF_ONE_OFFICE: u64 = 8;
/// Number of saves whose bytes in the log are counted.
const SAVES: u64 = 20;

#[test]
fn honest_data_is_not_called_tampered_with_while_people_save() {
    let times = setting("FINRUST_TEST_TIMES", TIMES);
    let (mut saves, mut log, mut left) = (0, 0, times);
    while left > 0 {
        let verifications = left.min(OF_ONE_OFFICE);
        let (saved, grown) = verified_beside_savers(verifications);
        assert!(saved > verifications, "nobody saved: {saved}");
        (saves, log, left) = (saves + saved, log.max(grown), left - verifications);
    }
    println!("{times} verifications beside {saves} saves, 0 findings; the log grew to {log} bytes");
}

/// How many saves took place meanwhile, and how far the log grew.
fn verified_beside_savers(times: u64) -> (u64, u64) {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let (over, saved) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut grown = 0;
    thread::scope(|scope| {
        for name in ["bram.bos", "cees.mol"] {
            let (server, data, over, saved) = (&server, &data, &over, &saved);
            scope.spawn(move || {
                let mut browser = signed_in(server, data, name);
                while !over.load(Ordering::Relaxed) {
                    if make(&mut browser).expect("an answer").status == 201 {
                        saved.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        while saved.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(2));
        }
        for time in 0..times {
            let output = FINRUST.run(&data, &["verify"]);
            grown = grown.max(log(&data));
            // The savers are stopped before a finding fails the test.
            over.store(output.status.code() != Some(0) || time + 1 == times, Ordering::Relaxed);
            assert_eq!(output.status.code(), Some(0), "{time}: {}{}", text(&output.stdout), text(&output.stderr));
        }
    });
    (saved.into_inner(), grown)
}

/// A reader of a snapshot keeps everything written since in the log. Verification moves on to a later snapshot after 60 s: the printed
/// figure, times the saves of a minute, is the maximum length of the log.
#[test]
fn a_long_reader_lets_the_log_grow_by_so_much_a_save_and_no_longer_than_it_reads() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let mut bram = signed_in(&server, &data, "bram.bos");
    let reader = Connection::open(data.join("finrust.db")).expect("the database");
    reader.execute_batch("BEGIN; SELECT count(*) FROM documents").expect("a moment");
    let before = log(&data);
    for _ in 0..SAVES {
        save(&mut bram).expect("a file");
    }
    let each = (log(&data) - before) / SAVES;
    println!("a save adds {each} bytes to the log of a long reader: {} KiB at one save a second for 60 s", each * 60 / 1024);
    assert!((1..64 * 1024).contains(&each), "{each} bytes a save");
    reader.execute_batch("COMMIT").expect("the moment");
    drop(reader);
    wait_until("the end of the log", || log(&data) == 0);
}

/// The length of the write-ahead log in bytes.
fn log(data: &Path) -> u64 {
    fs::metadata(data.join("finrust.db-wal")).map_or(0, |found| found.len())
}
