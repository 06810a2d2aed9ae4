//! The figures as tables in Markdown.

use super::{
    cold_start::Phase,
    grown::{Axis, Point, Series},
    latencies::Row,
    work::{Growth, MAX_GROWTH},
};
use std::{fmt::Write, thread::available_parallelism};

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// A number of three digits or so.
pub fn short(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{value:.2}"),
        value if value < 10.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// A size as people write it.
pub fn grouped(size: usize) -> String {
    let digits = size.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// An operation in each line, with columns for each crowd.
pub fn latencies(rows: &[Row]) -> String {
    let mut text = format!(
        "Measured on {} cores, which the emulator shares. p50 and p99 in milliseconds.\n\n\
         | operation | round trips | of | requests | of | 1 user | 8 at once | 64 at once |\n|---|---|---|---|---|---|---|---|\n",
        cores()
    );
    for rows in rows.chunk_by(|one, next| one.operation == next.operation) {
        let operation = rows[0].operation;
        let (most_requests, most_trips) = operation.costs();
        let trips = rows.iter().find_map(|row| row.round_trips).map_or_else(String::new, |trips| trips.to_string());
        let requests = rows.iter().filter_map(|row| row.requests).reduce(f64::max).map_or("–".to_owned(), |most| format!("{most:.1}"));
        let waits: Vec<String> = rows.iter().map(|row| format!("{}, {}", short(row.p50_ms), short(row.p99_ms))).collect();
        let name = operation.name();
        writeln!(text, "| {name} | {trips} | {most_trips} | {requests} | {most_requests} | {} |", waits.join(" | ")).expect("memory");
    }
    text
}

/// The phases, and under them what was waited for.
pub fn cold_start(phases: &[Phase]) -> String {
    let mut text = "| phase | median, ms | requests | vault calls |\n|---|---|---|---|\n".to_owned();
    for Phase { name, millis, requests, vault_calls, .. } in phases {
        let mut millis = millis.clone();
        millis.sort_by(f64::total_cmp);
        writeln!(text, "| {name} | {} | {requests} | {vault_calls} |", short(millis[millis.len() / 2])).expect("memory");
    }
    text += "\nWhat is waited for in each phase, with the milliseconds from its beginning:\n\n| phase | what | from | to |\n|---|---|---|---|\n";
    for phase in phases {
        for (what, from, to) in &phase.steps {
            writeln!(text, "| {} | {what} | {from:.1} | {to:.1} |", phase.name).expect("memory");
        }
    }
    text
}

/// A table for each axis and backend.
pub fn growth(all: &[Series]) -> String {
    let mut text = format!(
        "Measured on {} cores. In each cell: milliseconds · round trips · request units (Cosmos DB only) · megabytes added.\n",
        cores()
    );
    for series in all.chunk_by(|one, next| (one.backend, one.axis) == (next.backend, next.axis)) {
        text += &one_table(series);
    }
    text
}

fn one_table(all: &[Series]) -> String {
    let (backend, axis) = (all[0].backend, all[0].axis);
    let mut sizes: Vec<usize> = all.iter().flat_map(|series| series.points.iter().map(|point| point.size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let head: Vec<String> = sizes.iter().map(|size| grouped(*size)).collect();
    let mut text = format!(
        "\n{backend}, by {}:\n\n| operation | {} | time grows | |\n|---|{}---|---|\n",
        match axis {
            Axis::Files => "files of an adviser",
            Axis::Accounts => "accounts",
        },
        head.join(" | "),
        "---|".repeat(sizes.len())
    );
    for series in all {
        let find = |size: &usize| series.points.iter().find(|point| point.size == *size);
        let cells: Vec<String> = sizes.iter().map(|size| find(size).map_or("–".to_owned(), |point| cell(point, backend))).collect();
        let verdict = match series.work.growth() {
            Growth::AsListed => String::new(),
            Growth::Hardly if series.is_too_much() => format!("**more than {MAX_GROWTH}**"),
            Growth::Hardly => format!("at most {MAX_GROWTH}"),
        };
        writeln!(text, "| {} | {} | {} | {verdict} |", series.work.name(), cells.join(" | "), short(series.grows())).expect("memory");
    }
    text
}

fn cell(point: &Point, backend: &str) -> String {
    let Point { ms, round_trips, request_units, memory_mb, .. } = point;
    let memory = short(*memory_mb);
    if backend == "SQLite" {
        return format!("{} · {round_trips} · {memory}", short(*ms));
    }
    format!("{} · {round_trips} · {} · {memory}", short(*ms), short(*request_units))
}
