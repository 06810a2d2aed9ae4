//! A small Functions host: starts the handler, waits until it is ready, routes and proxies public requests, posts invocations.

use super::{
    function_app::{Function, FunctionApp, folder, package},
    port::free_port,
    target,
    wire::{Answer, Body, Request},
};
use serde_json::Value;
use std::{
    cell::Cell,
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const PUBLIC_URL: &str = "https://dossier.example.nl";

const BINARY: &str = env!("CARGO_BIN_EXE_finrust");
/// Between two ready probes, and how long the host asks (`WorkerConstants`).
const PROBE_EVERY: Duration = Duration::from_millis(25);
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Some of what a host has in its environment, all of which the handler inherits.
const OF_THE_HOST: [(&str, &str); 6] = [
    ("AzureWebJobsScriptRoot", "/home/site/wwwroot"),
    ("ASPNETCORE_URLS", "http://+:80"),
    ("DOTNET_RUNNING_IN_CONTAINER", "true"),
    ("FUNCTIONS_EXTENSION_VERSION", "~4"),
    ("HTTP_PROXY", "http://127.0.0.1:9"),
    ("LC_ALL", "nl_NL.UTF-8"),
];
/// What the forwarder of the proxy never takes over from a client: `Host` and what concerns one connection only.
const NOT_TAKEN_OVER: [&str; 5] = ["host", "connection", "keep-alive", "transfer-encoding", "content-length"];

/// `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, as the app is deployed with it.
pub const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// The host, with the handler running. It is killed when dropped.
pub struct FunctionsHost {
    pub app: FunctionApp,
    pub port: u16,
    /// Bytes of a body that it lets through.
    pub body_limit: usize,
    data: PathBuf,
    root: TempDir,
    child: Child,
    invocations: Cell<u64>,
}

/// How an invocation ended. One that is answered well but emptily never ends; here it fails the test.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    Succeeded,
    Failed,
}

impl FunctionsHost {
    /// The real function app on this data.
    pub fn start(data: &Path) -> Self {
        Self::start_changed(data, |_| ())
    }

    /// The function app, changed.
    pub fn start_changed(data: &Path, change: impl FnOnce(&mut FunctionApp)) -> Self {
        let mut host = Self::launch(data, free_port(), change);
        host.wait_until_ready();
        host
    }

    /// Starts the handler on `port` and waits for nothing.
    pub fn launch(data: &Path, port: u16, change: impl FnOnce(&mut FunctionApp)) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let mut app = FunctionApp::read(&folder());
        copy(&folder(), root.path());
        change(&mut app);
        let child = command(&app, root.path(), data, port).spawn().expect("the handler starts");
        Self { app, port, body_limit: BODY_LIMIT, data: data.to_owned(), root, child, invocations: Cell::new(0) }
    }

    /// Any status will do; until one comes there is nothing to wait on but time.
    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + READY_WITHIN;
        while self.direct(&Request::new("GET", "/").header("Host", &self.address())).is_none() {
            let ended = self.child.try_wait().expect("a child of this process");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not get ready: {}", self.written());
            thread::sleep(PROBE_EVERY);
        }
    }

    /// A request from outside: routed, and proxied to the handler when a function takes it.
    pub fn public(&self, request: &Request) -> Answer {
        self.traced(request).1
    }

    /// Likewise, with the function that took it.
    pub fn traced(&self, request: &Request) -> (Option<&Function>, Answer) {
        let (path, _) = target::received(&request.target);
        if let Some(status) = own_answer(request, &path) {
            return (None, Answer::of_host(status));
        }
        let function = self.app.route(&request.method, &path);
        let nobody = || Answer::of_host(if path == "/" { 204 } else { 404 });
        (function, function.map_or_else(nobody, |_| self.proxy(request)))
    }

    /// The request as the proxy sends it to the handler, whatever the routes say. `Host` is the handler's own, `X-Forwarded-*` are set
    /// over what the client sent; the scheme is what the front end said first (`AppServiceHeaderFixupMiddleware`).
    pub fn proxy(&self, request: &Request) -> Answer {
        let (path, query) = target::received(&request.target);
        let sent = |name: &str| request.headers.iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let mut proxied = Request::new(&request.method, &format!("{}{query}", target::sent_on(&path))).header("Host", &self.address());
        for (name, value) in joined(&request.headers) {
            let lower = name.to_lowercase();
            let set_anew = lower.starts_with("x-azure-functions-")
                || ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"].contains(&lower.as_str());
            if !set_anew && !NOT_TAKEN_OVER.contains(&lower.as_str()) {
                proxied = proxied.header(&name, &value);
            }
        }
        proxied.body = request.body.clone();
        let proxied = proxied
            .header("X-Forwarded-For", "169.254.131.2")
            .header("X-Forwarded-Host", sent("Host").unwrap_or("dossier.example.nl"))
            .header("X-Forwarded-Proto", sent("X-Forwarded-Proto").unwrap_or("https"));
        self.forward(&self.numbered(proxied))
    }

    /// Sends a request as often as the forwarder does while the handler closes the connection without an answer; then it is an empty
    /// 500, as it is when no answer comes (`PATIENCE`). A request with a body is sent once: what was read of it cannot be read again.
    fn forward(&self, request: &Request) -> Answer {
        match &request.body {
            // What says its length is refused before the handler hears of it; what does not is passed on until it is too much, ten times.
            Body::Whole(body) if body.len() > self.body_limit => return Answer::of_host(500),
            Body::Pieces(pieces) if pieces.iter().map(String::len).sum::<usize>() > self.body_limit => {
                (0..10).for_each(|_| drop(request.send_cut(self.port, self.body_limit)));
                return Answer::of_host(500);
            }
            Body::Nothing | Body::Whole(_) | Body::Pieces(_) => {}
        }
        let tries = match &request.body {
            Body::Nothing => 40,
            Body::Whole(body) if body.is_empty() => 10,
            Body::Whole(_) | Body::Pieces(_) => 1,
        };
        (0..tries).find_map(|_| self.direct(request)).unwrap_or_else(|| Answer::of_host(500))
    }

    /// A request that does not come through the host.
    pub fn direct(&self, request: &Request) -> Option<Answer> {
        request.send(self.port).ok()
    }

    /// Posts a job: to the path with the function's name, without `X-Forwarded-*` (`DefaultHttpWorkerService`).
    pub fn invoke(&self, function: &str, payload: &Value) -> Invocation {
        self.post_job(function, &payload.to_string())
    }

    /// Likewise, with whatever stands in the place of the payload.
    pub fn post_job(&self, function: &str, payload: &str) -> Invocation {
        let post = Request::new("POST", &format!("/{function}"))
            .header("Host", &self.address())
            .header("User-Agent", "Azure-Functions-Host/4.1047.100")
            .header("Content-Type", "application/json; charset=utf-8");
        let answer = self.direct(&self.numbered(Request { body: Body::Whole(payload.to_owned()), ..post })).expect("the handler answers");
        if !(200..300).contains(&answer.status) {
            return Invocation::Failed;
        }
        let result = answer.json();
        let whole = answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json"))
            && result["Outputs"].is_object()
            && result["Logs"].is_array()
            && result.get("ReturnValue").is_some();
        assert!(whole, "the invocation hangs until its time-out: {answer:?}");
        Invocation::Succeeded
    }

    fn numbered(&self, request: Request) -> Request {
        self.invocations.set(self.invocations.get() + 1);
        request.header("X-Azure-Functions-InvocationId", &self.last_invocation()).header("X-Azure-Functions-HostVersion", "4.1047.100")
    }

    /// The id of the last invocation.
    pub fn last_invocation(&self) -> String {
        format!("6f2d1e7a-0000-4000-8000-{:012x}", self.invocations.get())
    }

    /// Where the handler listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What the handler wrote so far.
    pub fn written(&self) -> String {
        ["out", "err"].map(|name| fs::read_to_string(self.root.path().join(name)).expect("UTF-8")).concat()
    }

    /// What the handler wrote, as soon as that holds of it: a line is written a moment after what it tells of.
    pub fn written_when(&self, holds: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let written = self.written();
            if holds(&written) || started.elapsed().as_secs() >= 10 {
                return written;
            }
            thread::yield_now();
        }
    }

    /// The one line that was logged for the last invocation as a request.
    pub fn request_line(&self) -> String {
        let invocation = self.last_invocation();
        let is_whole = |written: &str| written.lines().any(|line| line.contains(r#""event":"request""#) && line.contains(&invocation));
        let written = self.written_when(is_whole);
        let mut lines = written.lines().filter(|line| line.contains(r#""event":"request""#) && line.contains(&invocation));
        match (lines.next(), lines.next()) {
            (Some(line), None) => line.to_owned(),
            other => panic!("{other:?} for {invocation} in {written}"),
        }
    }

    /// The mails that were sent.
    pub fn mails(&self) -> Vec<String> {
        let entries = fs::read_dir(self.data.join("mail")).expect("the mail folder").map(|entry| entry.expect("an entry").path());
        let mails = entries.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
        mails.map(|path| fs::read_to_string(path).expect("a mail")).collect()
    }

    /// Where the handler keeps its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The process of the handler.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// How the handler ended, once it has.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        self.child.wait().expect("a child of this process")
    }
}

impl Drop for FunctionsHost {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the host answers itself, before any route: bare, with none of our headers.
fn own_answer(request: &Request, path: &str) -> Option<u16> {
    let proto = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-proto"));
    let own = ["/admin/host/status", "/admin/functions", "/admin/vfs", "/runtime/webhooks"];
    let lower = path.to_lowercase();
    match () {
        () if request.target.to_lowercase().contains("%00") => Some(400),
        () if path.starts_with("//") => Some(404),
        () if lower == "/admin/host/ping" => Some(200),
        () if own.iter().any(|own| lower == *own || lower.starts_with(&format!("{own}/"))) => Some(401),
        // `AppServiceHeaderFixupMiddleware` takes it for the scheme, whatever it is.
        () if proto.is_some_and(|(_, scheme)| scheme.contains(',')) => Some(500),
        () => None,
    }
}

/// Lines of one name as one line with commas, which is how the forwarder passes them on.
fn joined(headers: &[(String, String)]) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        match joined.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, line)) => *line = format!("{line}, {value}"),
            None => joined.push((name.clone(), value.clone())),
        }
    }
    joined
}

/// The executable and arguments that `host.json` names, in the folder of the app, with everything that is in the host's environment, the
/// host's variables and the app's settings. A package brings its own executable.
fn command(app: &FunctionApp, root: &Path, data: &Path, port: u16) -> Command {
    let description = app.setting("/customHandler/description");
    let executable = root.join(description["defaultExecutablePath"].as_str().expect("an executable"));
    if package().is_none() {
        symlink(BINARY, &executable).expect("the binary beside host.json");
    }
    let arguments = description["arguments"].as_array().expect("arguments");
    let file = |name| Stdio::from(File::create(root.join(name)).expect("a file for what is written"));
    let mut command = Command::new(executable);
    command.args(arguments.iter().map(|argument| argument.as_str().expect("an argument"))).current_dir(root);
    // Of the environment of whoever runs the tests only what would be a setting of the program is left out.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FINRUST_")) {
        command.env_remove(name);
    }
    for (name, value) in OF_THE_HOST {
        command.env(name, value);
    }
    for (port_name, id_name) in
        [("FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_CUSTOMHANDLER_WORKER_ID"), ("FUNCTIONS_HTTPWORKER_PORT", "FUNCTIONS_HTTPWORKER_ID")]
    {
        command.env(port_name, port.to_string()).env(id_name, "5d1b7f3e-0d2c-4a53-9f58-0f3b4a0c7d11");
    }
    command.env("FUNCTIONS_APP_ROOT_PATH", root).env("FINRUST_DATA_DIR", data).env("FINRUST_PUBLIC_URL", PUBLIC_URL);
    command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
    command
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&target).expect("a folder");
            copy(&path, &target);
        } else if path.extension().is_none() {
            // The program of a package: what was written a moment ago can be busy, what was linked cannot.
            symlink(fs::canonicalize(path).expect("a file"), target).expect("the program beside host.json");
        } else {
            fs::copy(&path, &target).expect("a file");
        }
    }
}
