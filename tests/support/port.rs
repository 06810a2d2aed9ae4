//! Ports for programs started by tests.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ephemeral port range, and disjoint from other runs of these tests.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A port that nothing listens on.
pub fn free_port() -> u16 {
    let of_this_run = 10_000 + u16::try_from(std::process::id() % 200).expect("below 200") * 100;
    loop {
        let port = of_this_run + NEXT_PORT.fetch_add(1, Ordering::Relaxed) % 100;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
