//! Writes the tables of `docs/growth.md` and its chart; the text around them is written by hand.

use super::say;
use std::{fs, path::PathBuf};

const END: &str = "<!-- to here -->\n";

/// Prints a table; after a complete run it replaces that of the document.
pub fn show(section: &str, table: &str, is_complete: bool) {
    say(table);
    if !is_complete {
        return;
    }
    let path = docs("growth.md");
    let text = fs::read_to_string(&path).expect("the document of growth");
    let begin = format!("<!-- written by cargo bench --bench growth: {section}, from here -->\n");
    let (before, rest) = text.split_once(&begin).expect("a place for the table");
    let (_, after) = rest.split_once(END).expect("an end of the table");
    fs::write(&path, format!("{before}{begin}\n{table}\n{END}{after}")).expect("a file for the tables");
}

/// Writes the chart after a complete run, and into `target` after any.
pub fn draw(chart: &str, is_complete: bool) {
    let part = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("growth.svg");
    let path = if is_complete { docs("growth.svg") } else { part };
    fs::write(&path, chart).expect("a file for the chart");
}

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}
