//! Single flipped bits in the database and its log: each is found, or affects nothing that matters.

use super::{
    FINRUST,
    key::{save, signed_in},
    program::{reader, setting, text, with_data},
};
use rusqlite::{Connection, types::Value};
use std::{fs, path::Path};

/// Number of flips; more with `FINRUST_TEST_FLIPS=1000`.
const FLIPS: u64 = 50;
/// The seed; `FINRUST_TEST_SEED` sets another one.
const SEED: u64 = 1;
const FILES: [&str; 2] = ["finrust.db", "finrust.db-wal"];

/// Pseudo-random numbers, reproducible for a seed (splitmix64).
fn number(seed: u64, turn: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(turn.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What users have stored, and the parts of it that nothing authenticates: which write produced it, and when it expires.
fn rows(data: &Path, columns: &str) -> Result<Vec<Vec<Value>>, rusqlite::Error> {
    let connection = Connection::open(data.join("finrust.db"))?;
    let sql = format!("SELECT {columns} FROM documents JOIN bodies USING (body_id) ORDER BY container, partition, id");
    let mut statement = connection.prepare(&sql)?;
    let count = statement.column_count();
    let found = statement.query_map((), |row| (0..count).map(|at| row.get(at)).collect())?;
    found.collect()
}

const SEALED: &str = "container, partition, id, body, summary";
const UNSEALED: &str = "write_id, expires_at";

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a directory");
    for name in ["finrust.db", "finrust.db-wal", "key-encryption-key", "finrust.mark"] {
        fs::copy(from.join(name), to.join(name)).expect("a copy");
    }
}

/// A database half of which is in its log.
fn office() -> (tempfile::TempDir, std::path::PathBuf) {
    let (parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let mut bram = signed_in(&server, &data, "bram.bos");
    for _ in 0..5 {
        save(&mut bram).expect("a file");
    }
    server.signal("TERM");
    server.end(std::time::Duration::from_secs(16));
    let reader = reader(&data);
    let server = FINRUST.serve(&data);
    let mut cees = signed_in(&server, &data, "cees.mol");
    for _ in 0..5 {
        save(&mut cees).expect("a file");
    }
    server.signal("KILL");
    drop(server);
    drop(reader);
    (parent, data)
}

#[test]
fn a_bit_that_flips_is_found_or_matters_to_nobody() {
    let (parent, data) = office();
    let (flips, seed) = (setting("FINRUST_TEST_FLIPS", FLIPS), setting("FINRUST_TEST_SEED", SEED));
    let whole = parent.path().join("whole");
    copy(&data, &whole);
    let (sealed, unsealed) = (rows(&whole, SEALED).expect("rows"), rows(&whole, UNSEALED).expect("rows"));
    let (mut found, mut refused, mut nobody, mut unvouched) = (0, 0, 0, Vec::new());
    for turn in 0..flips {
        let name = FILES[usize::from(turn % 2 == 1)];
        let flipped = parent.path().join("flipped");
        copy(&data, &flipped);
        let mut bytes = fs::read(flipped.join(name)).expect("a file");
        let bit = usize::try_from(number(seed, turn)).expect("64 bits") % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(flipped.join(name), bytes).expect("a file");
        let output = FINRUST.run(&flipped, &["verify"]);
        let said = text(&output.stdout) + &text(&output.stderr);
        let what = format!("seed {seed}, turn {turn}: bit {bit} of {name}");
        assert!(!said.contains("panicked"), "{what}: {said}");
        match output.status.code() {
            Some(1) => found += 1,
            Some(2) => refused += 1,
            Some(0) => {
                assert!(rows(&flipped, SEALED).as_ref() == Ok(&sealed), "{what} is not found: {said}");
                if rows(&flipped, UNSEALED).as_ref() == Ok(&unsealed) { nobody += 1 } else { unvouched.push(what) }
            }
            code => panic!("{what}: {code:?}: {said}"),
        }
        fs::remove_dir_all(&flipped).expect("the copy");
    }
    println!("{flips} flips from seed {seed}: {found} found, {refused} refused, {nobody} where nothing is stored");
    for what in unvouched {
        println!("not found, since nothing vouches for {UNSEALED}: {what}");
    }
}
