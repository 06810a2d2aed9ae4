//! `cargo bench`: the running program compared with the bare minimum on the same machine, in one run.
//!
//! The program is the one that Cargo builds for this, with the profile of the package, or the one of `--program FILE`. Load comes from a
//! process of its own, so that what a client costs is not counted as the server's. The machine may be shared, so each rate and its baseline
//! are measured in turn, several times; the median counts, and the spread is shown beside it.

#![expect(clippy::disallowed_methods, reason = "the bench starts the program and the server it is compared with")]

mod account;
mod client;
mod document;
mod durable;
mod figures;
mod flood;
mod hello;
mod importing;
mod load;
mod memory;
mod reading;
mod saving;
mod searching;
mod server;
mod sign_in;
mod starting;
mod world;

use figures::Figures;
use finrust::commands::console;
use server::Program;
use world::World;

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hello", port] => hello::serve(port.parse().expect("a port")),
        ["load", port] => client::run(port.parse().expect("a port")),
        arguments if arguments.contains(&"--bench") => measure(arguments),
        _ => say("Run it with `cargo bench`: figures of a build without optimisations mean nothing."),
    }
}

fn say(line: &str) {
    console::say(line).expect("somebody reads the figures");
}

/// Measures everything, or what is named: `cargo bench -- reading --program FILE`. Only a complete run of an optimised build is written to the files.
fn measure(arguments: &[&str]) {
    let mut arguments = arguments.iter().copied();
    let (mut named, mut program) = (Vec::new(), Program::default());
    while let Some(argument) = arguments.next() {
        match argument {
            "--program" => program = Program::at(arguments.next().expect("--program FILE")),
            option if option.starts_with('-') => {}
            name => named.push(name),
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = runtime.block_on(Box::pin(measure_named(&program, &named)));
    figures.print();
    if named.is_empty() && !cfg!(debug_assertions) {
        figures.write();
        document::write(&figures, &program);
    }
}

async fn measure_named(program: &Program, named: &[&str]) -> Figures {
    let wants = |name| named.is_empty() || named.contains(&name);
    let mut figures = Figures::default();
    say("Making accounts and files …");
    let mut world = Box::pin(World::make()).await;
    if wants("starting") {
        starting::measure(program, &world, &mut figures).await;
    }
    let server = program.serve(world.data()).await;
    memory::measure(["rest_anonymous_mb", "rest_resident_mb"], "at rest", &server, memory::MAX_AT_REST, &mut figures).await;
    if wants("reading") {
        reading::measure(&server, &world, &mut figures).await;
    }
    if wants("saving") {
        saving::measure(&server, &world, &mut figures);
    }
    if wants("searching") {
        searching::measure(&server, &world, &mut figures).await;
    }
    if wants("importing") {
        importing::measure(&server, &world, &mut figures).await;
    }
    if wants("signing-in") {
        sign_in::measure(&server, &mut world, &mut figures).await;
    }
    if wants("flood") {
        flood::measure(&server, &mut world, &mut figures);
    }
    memory::measure(["load_anonymous_mb", "load_resident_mb"], "after the load", &server, memory::MAX_AFTER_LOAD, &mut figures).await;
    figures
}
