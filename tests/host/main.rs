//! The contract with the Functions host: the binary, started from the real `function-app/` as the host starts it, behind a simulated host
//! that routes, proxies, posts jobs and judges their responses as the real one does (Azure/azure-functions-host, dotnet/yarp).

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start the program")]

mod again;
mod again_in_office;
mod early;
mod forged;
mod front_end;
mod function_app;
mod functions_host;
mod ingestion;
mod jobs;
mod killed;
mod life;
mod person;
mod proxying;
mod queue;
mod routes;
mod server;
mod slow_clients;
mod slow_readers;
mod target;
mod template;
mod upstream;
mod usual;
mod wire;
mod worker;
mod worst;

use test_support::program::Program;

const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[] };
