//! Writes the table of `docs/figures.md`; the text around it is written by hand.

use super::{
    figures::{Figure, Figures},
    server::Program,
};
use std::{fmt::Write, fs, path::Path, thread::available_parallelism};

const BEGIN: &str = "<!-- written by cargo bench, from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Replaces the table by that of these figures.
pub fn write(figures: &Figures, program: &Program) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/figures.md");
    let text = fs::read_to_string(&path).expect("the document of the figures");
    let (before, rest) = text.split_once(BEGIN).expect("a place for the table");
    let (_, after) = rest.split_once(END).expect("an end of the table");
    fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table(figures, program))).expect("a file for the figures");
}

fn table(figures: &Figures, program: &Program) -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut text = format!("\nMeasured on {cores} cores, with {}.\n\n", program.says());
    text.push_str("| figure | median | spread | compared with | ratio | spread | aim | |\n|---|---|---|---|---|---|---|---|\n");
    for figure in &figures.0 {
        writeln!(text, "| {} | {} | {} |", figure.label.trim(), figure.columns().join(" | "), Figure::verdict(figure)).expect("memory");
    }
    text.push('\n');
    text
}
