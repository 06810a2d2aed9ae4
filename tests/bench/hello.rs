//! The baseline for reading: axum and nothing else, in a process of its own, like the program.

use axum::{Router, routing::get};
use std::net::Ipv4Addr;
use tokio::{net::TcpListener, runtime::Runtime};

/// Serves until it is killed, on the same kind of runtime as the program.
pub fn serve(port: u16) {
    Runtime::new().expect("a runtime").block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a free port");
        axum::serve(listener, Router::new().route("/", get(|| async { "hello" }))).await.expect("it serves until it is killed");
    });
}
