//! Loads a server from another process: see `client`.

use super::{
    client::{Order, Outcome, Task},
    server::Server,
};
use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// The result of a load.
pub struct Load {
    /// Responses per second.
    pub rate: f64,
    /// Server CPU time per response in microseconds; depends less on what else is running.
    pub cpu_us: f64,
    /// Latencies in milliseconds: median and 99th percentile.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// See [`Outcome::devices`].
    pub devices: Vec<String>,
}

/// A load that has begun.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts a load on the server.
    pub fn start(server: &Server, tasks: Vec<Task>, time: Duration) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args(["load", &server.port.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program starts");
        let order = Order { tasks, seconds: time.as_secs_f64() };
        serde_json::to_writer(child.stdin.take().expect("a pipe"), &order).expect("the child reads");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Outcome {
        assert_eq!(self.line(), "warm");
        self.outcome()
    }

    fn outcome(&mut self) -> Outcome {
        let outcome = serde_json::from_str(&self.line()).expect("an outcome");
        assert!(self.child.wait().expect("a child of this process").success(), "the load generator failed");
        outcome
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("the load generator goes on").expect("text")
    }
}

/// Loads the server: each of the requests repeatedly on a connection of its own. All responses to one request have the same length.
pub fn load(server: &Server, requests: &[String], time: Duration) -> Load {
    load_with(server, requests.iter().cloned().map(Task::same).collect(), time)
}

/// Loads the server with tasks of any kind.
pub fn load_with(server: &Server, tasks: Vec<Task>, time: Duration) -> Load {
    let mut running = Running::start(server, tasks, time);
    assert_eq!(running.line(), "warm");
    let cpu = server.cpu_seconds();
    let Outcome { responses, seconds, p50_ms, p99_ms, devices } = running.outcome();
    let cpu_us = (server.cpu_seconds() - cpu) * 1_000_000.0 / f64::from(responses);
    Load { rate: f64::from(responses) / seconds, cpu_us, p50_ms, p99_ms, devices }
}
