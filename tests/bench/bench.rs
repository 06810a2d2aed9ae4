//! `cargo bench`: the running program compared with the bare minimum on the same machine, in one run.
//!
//! The machine may be shared, so each rate and its baseline are measured in turn, several times, and the medians count.

#![expect(clippy::disallowed_methods, reason = "the bench starts the program and the server it is compared with")]

mod figures;
mod hello;
mod importing;
mod load;
mod memory;
mod reading;
mod searching;
mod server;
mod sign_in;
mod starting;
mod world;

use figures::Figures;
use finrust::commands::console;
use server::Server;
use world::World;

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hello", port] => hello::serve(port.parse().expect("a port")),
        arguments if arguments.contains(&"--bench") => measure(arguments),
        _ => say("Run it with `cargo bench`: figures of a build without optimisations mean nothing."),
    }
}

fn say(line: &str) {
    console::say(line).expect("somebody reads the figures");
}

/// Measures everything, or what is named: `cargo bench -- reading`. Only a complete run is written to the file.
fn measure(arguments: &[&str]) {
    let named: Vec<&str> = arguments.iter().copied().filter(|argument| !argument.starts_with('-')).collect();
    let wants = |name| named.is_empty() || named.contains(&name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut figures = Figures::default();
    runtime.block_on(async {
        say("Making accounts and files …");
        let world = Box::pin(World::make()).await;
        if wants("starting") {
            starting::measure(&world, &mut figures).await;
        }
        let server = Server::program(world.data()).await;
        memory::measure("memory_at_rest_mb", "resident memory at rest", &server, &mut figures);
        if wants("reading") {
            reading::measure(&server, &world, &mut figures).await;
        }
        if wants("searching") {
            searching::measure(&server, &world, &mut figures).await;
        }
        if wants("importing") {
            importing::measure(&server, &world, &mut figures).await;
        }
        if wants("signing-in") {
            sign_in::measure(&server, &world, &mut figures).await;
        }
        memory::settle().await;
        memory::measure("memory_after_load_mb", "resident memory after the load", &server, &mut figures);
    });
    figures.print();
    if named.is_empty() {
        figures.write();
    }
}
