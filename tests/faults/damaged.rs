//! Damaged pages of the database: verification names them and continues with the rest, and serving reports them.

use super::{
    FINRUST,
    program::{text, with_data},
};
use std::{
    fs::{self, File},
    path::Path,
};
use test_support::{port::free_port, server::wait_until};

const PAGE: usize = 4096;

/// Asserts that serving is refused with a reason, or logs an error.
fn is_said_by_who_serves(data: &Path, what: &str) {
    let written = data.with_extension("written");
    let mut command = FINRUST.on(data);
    command.args(["serve", "--port", &free_port().to_string()]).stderr(File::create(&written).expect("a file"));
    let mut server = command.spawn().expect("the program starts");
    let said = || fs::read_to_string(&written).expect("UTF-8");
    wait_until(what, || said().contains("database_damaged") || said().lines().any(|line| line.starts_with("finrust: ")));
    // It may have exited already.
    let _ = server.kill();
    let _ = server.wait();
    assert!(!said().contains("panicked"), "{what}: {}", said());
}

#[test]
fn damaged_pages_are_named_and_the_rest_is_looked_at() {
    let (_parent, data) = with_data();
    let whole = fs::read(data.join("finrust.db")).expect("the database");
    let pages = whole.len() / PAGE;
    assert!(pages > 4, "{pages} pages");
    let (mut named, mut looked_at) = (0, 0);
    for page in 1..pages {
        let mut damaged = whole.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        fs::write(data.join("finrust.db"), damaged).expect("the database");
        let what = format!("page {}", page + 1);
        let output = FINRUST.run(&data, &["verify"]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(matches!(output.status.code(), Some(1 | 2)) && !said.contains("panicked"), "{what}: {said}");
        named += usize::from(said.contains("finrust.db, damaged: ") && said.to_lowercase().contains(&what));
        looked_at += usize::from(said.contains(" followed, "));
        assert!(said.contains("finrust.db, damaged: ") || said.contains("finrust: "), "{what}: {said}");
        is_said_by_who_serves(&data, &what);
    }
    assert!(named > 0 && looked_at > 0, "{named} named and {looked_at} with the rest, of {pages}");
    println!("{named} of {} pages named, {looked_at} with the rest looked at", pages - 1);
}
