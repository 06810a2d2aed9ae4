//! `cargo bench --bench growth`: latencies on Cosmos DB as deployed, the first request after a start, and how each operation grows with the
//! number of files and accounts.
//!
//! FinRust runs in this process, as assembled by the program: over SQLite in a directory of its own, or over Microsoft's emulator behind
//! the real SDK and a Key Vault behind the real adapter. Every request to the emulator is delayed by [`instance::ROUND_TRIP`], every response
//! of the vault by [`instance::VAULT`], retries and the pages of a query each on their own.
//!
//! A complete run writes `docs/growth.md` and its chart; a part (`-- latencies`, `-- cold-start`, `-- growth`) only prints. `--files N` and
//! `--accounts N` limit the sizes, and write nothing either.

#[path = "../bench/account.rs"]
mod account;
mod browser;
mod chart;
mod cold_start;
mod document;
mod filling;
mod grown;
mod growth;
mod instance;
mod latencies;
mod memory;
mod operations;
mod panel;
mod table;
mod trace;
mod unbatched;
mod user;
mod work;

use finrust::commands::console;
use grown::Sizes;

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The parts of a complete run.
const PARTS: [&str; 3] = ["latencies", "cold-start", "growth"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--bench") {
        measure(&arguments);
    } else {
        say("Run it with `cargo bench --bench growth`: figures of a build without optimisations mean nothing.");
    }
}

fn say(line: &str) {
    console::say(line).expect("somebody reads the figures");
}

fn measure(arguments: &[String]) {
    let mut arguments = arguments.iter().map(String::as_str);
    let (mut named, mut sizes, mut is_complete) = (Vec::new(), Sizes::default(), true);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).expect("a number");
        match argument {
            "--files" => (sizes.files, is_complete) = (number(), false),
            "--accounts" => (sizes.accounts, is_complete) = (number(), false),
            option if option.starts_with('-') => {}
            // `cargo bench -- NAME` names parts of the other bench, too.
            name => named.push(name),
        }
    }
    is_complete &= named.is_empty();
    let wants = |part: &str| named.is_empty() || named.contains(&part);
    if !PARTS.into_iter().any(wants) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(Box::pin(async {
        if wants("latencies") {
            let world = Box::pin(latencies::World::make(latencies::USERS, latencies::PARTITIONS)).await;
            let text = table::latencies(&Box::pin(latencies::measure(&world)).await);
            document::show("latencies", &text, is_complete);
        }
        if wants("cold-start") {
            let world = Box::pin(latencies::World::make(1, 1)).await;
            let text = table::cold_start(&Box::pin(cold_start::measure(&world)).await);
            document::show("cold start", &text, is_complete);
        }
        if wants("growth") {
            let grown = Box::pin(growth::measure(&sizes)).await;
            document::show("growth", &table::growth(&grown), is_complete);
            document::draw(&chart::of(&grown), is_complete);
        }
    }));
}
