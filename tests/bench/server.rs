//! Processes to be measured.

use super::client::Connection;
use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::sleep;

/// The program that is measured.
#[derive(Default)]
pub struct Program {
    /// The one that Cargo built when there is none.
    path: Option<PathBuf>,
}

impl Program {
    /// The program at this path.
    pub fn at(path: &str) -> Self {
        Self { path: Some(path.into()) }
    }

    /// Which one it is.
    pub fn says(&self) -> &'static str {
        if self.path.is_some() { "the program given by its path" } else { "the program of the release profile" }
    }

    /// On this data, ready to serve.
    pub async fn serve(&self, data: &Path) -> Server {
        let server = self.start(data);
        server.wait_for("/api/health").await;
        server
    }

    /// On this data, not ready yet. Its log goes to a file, as it would go to the host's pipe.
    pub fn start(&self, data: &Path) -> Server {
        let port = free_port();
        let mut command = Command::new(self.path.as_deref().unwrap_or(Path::new(env!("CARGO_BIN_EXE_finrust"))));
        command.env_clear().env("FINRUST_DATA_DIR", data).args(["serve", "--port", &port.to_string()]);
        let log = File::create(data.join("bench-log")).expect("a file for the log");
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        Server::spawn(command, port)
    }
}

/// A server process; killed when dropped.
pub struct Server {
    pub port: u16,
    child: Child,
}

impl Server {
    /// The baseline server, ready to serve.
    pub async fn hello() -> Self {
        let port = free_port();
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args(["hello", &port.to_string()]).stdout(Stdio::null());
        let server = Self::spawn(command, port);
        server.wait_for("/").await;
        server
    }

    fn spawn(mut command: Command, port: u16) -> Self {
        Self { port, child: command.stdin(Stdio::null()).spawn().expect("the program starts") }
    }

    /// Waits for the first 200.
    pub async fn wait_for(&self, path: &str) {
        let request = get(path, "");
        loop {
            if let Ok(mut connection) = Connection::open(self.port).await {
                connection.ask(request.as_bytes()).await;
                return;
            }
            sleep(Duration::from_micros(100)).await;
        }
    }

    /// CPU time used by the process, all threads together.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the status of a child");
        // After the name in parentheses, state is the first field, and user and system time are the twelfth and thirteenth, in hundredths
        // of a second.
        let fields = stat.rsplit_once(')').expect("a name in parentheses").1;
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
    }

    /// A line of the kernel's account of the memory of the process, in megabytes.
    pub fn memory_mb(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the status of a child");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line about memory");
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kib * 1024.0 / 1_000_000.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("a child of this process");
        self.child.wait().expect("a child of this process");
    }
}

/// A request without a body.
pub fn get(path: &str, cookies: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n")
}

/// A request with a JSON body.
pub fn post(path: &str, cookies: &str, body: &str) -> String {
    send("POST", path, cookies, body)
}

/// The same with any method.
pub fn send(method: &str, path: &str, cookies: &str, body: &str) -> String {
    send_with(method, path, cookies, &[], body, body.len())
}

/// The same with more headers, and a body whose length is said: parts of it may be replaced later.
pub fn send_with(method: &str, path: &str, cookies: &str, headers: &[(&str, &str)], body: &str, length: usize) -> String {
    let headers = headers.iter().fold(String::new(), |text, (name, value)| text + name + ": " + value + "\r\n");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("the address of a socket").port()
}
