//! A small Functions host: starts the handler, waits until it is ready, routes and proxies public requests, posts invocations.

use super::{
    FINRUST,
    function_app::{Function, FunctionApp, folder, package},
    target,
    upstream::{Begun, Patience, Upstream},
    usual::usual,
    wire::{Answer, Body, Request, Unanswered},
    worker::{State, Worker},
};
use serde_json::Value;
use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use test_support::port::free_port;

pub const PUBLIC_URL: &str = "https://dossier.example.nl";

/// Pause between two ready probes, and how long the host keeps probing (`WorkerConstants`).
const PROBE_EVERY: Duration = Duration::from_millis(25);
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How many attempts the proxy makes, and its pauses (`RetryProxyHandler`).
const ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// Some of the host's environment variables, all of which the handler inherits.
const OF_THE_HOST: [(&str, &str); 6] = [
    ("AzureWebJobsScriptRoot", "/home/site/wwwroot"),
    ("ASPNETCORE_URLS", "http://+:80"),
    ("DOTNET_RUNNING_IN_CONTAINER", "true"),
    ("FUNCTIONS_EXTENSION_VERSION", "~4"),
    ("HTTP_PROXY", "http://127.0.0.1:9"),
    ("LC_ALL", "nl_NL.UTF-8"),
];
/// Headers that the proxy's forwarder never takes from a client: `Host`, and those about a single connection.
const NOT_TAKEN_OVER: [&str; 5] = ["host", "connection", "keep-alive", "transfer-encoding", "content-length"];

/// How long the proxy waits while no data moves (`DefaultHttpProxyService`).
pub const STANDSTILL: Duration = Duration::from_mins(4);

/// `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, as in the deployed app.
pub const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// The host, with the handler running. Both stop when it is dropped.
pub struct FunctionsHost {
    pub app: FunctionApp,
    pub port: u16,
    /// Largest body in bytes that it lets through.
    pub body_limit: usize,
    /// How long its proxy waits while no data moves in either direction.
    pub standstill: Duration,
    /// Its connections to the handler.
    pub upstream: Upstream,
    data: PathBuf,
    root: TempDir,
    worker: Mutex<Worker>,
    invocations: AtomicU64,
}

/// The outcome of an invocation. One with an empty successful response would never complete; here it fails the test.
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

    /// The function app with a change.
    pub fn start_changed(data: &Path, change: impl FnOnce(&mut FunctionApp)) -> Self {
        Self::start_with(data, &[], change)
    }

    /// Likewise, with more settings.
    pub fn start_with(data: &Path, settings: &[(&str, &str)], change: impl FnOnce(&mut FunctionApp)) -> Self {
        let host = Self::launch(data, free_port(), settings, change);
        host.get_ready(&mut host.worker());
        let (state, starts) = (host.tend(), host.starts());
        assert_eq!((state, starts), (State::Kept, 1), "it does not get ready: {}", host.written());
        host
    }

    /// Starts the handler on `port` without waiting.
    pub fn launch(data: &Path, port: u16, settings: &[(&str, &str)], change: impl FnOnce(&mut FunctionApp)) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let mut app = FunctionApp::read(&folder());
        copy(&folder(), root.path());
        change(&mut app);
        let mut command = command(&app, root.path(), data, port);
        command.envs(settings.iter().copied());
        let worker = Mutex::new(Worker::start(command));
        let (standstill, upstream, invocations) = (STANDSTILL, Upstream::default(), AtomicU64::new(0));
        Self { app, port, body_limit: BODY_LIMIT, standstill, upstream, data: data.to_owned(), root, worker, invocations }
    }

    fn worker(&self) -> MutexGuard<'_, Worker> {
        self.worker.lock().expect("no panic with the worker")
    }

    /// Probes until there is a response of any status; a process that exits meanwhile is restarted, as long as the host would.
    fn get_ready(&self, worker: &mut Worker) {
        let deadline = Instant::now() + READY_WITHIN;
        while worker.state() == State::Kept && self.direct(&Request::new("GET", "/").header("Host", &self.address())).is_none() {
            worker.tend(Instant::now());
            assert!(Instant::now() < deadline, "it does not get ready: {}", self.written());
            thread::sleep(PROBE_EVERY);
        }
    }

    /// Restarts the process if necessary; requests wait meanwhile.
    pub fn tend(&self) -> State {
        let mut worker = self.worker();
        if worker.tend(Instant::now()) {
            self.get_ready(&mut worker);
        }
        worker.state()
    }

    /// Likewise, for a process that never becomes ready.
    pub fn look(&self) {
        self.worker().tend(Instant::now());
    }

    /// An invocation exceeded `functionTimeout`: the process is killed with everything it is doing, and restarted.
    pub fn time_out(&self) {
        self.replace(&mut self.worker());
    }

    fn replace(&self, worker: &mut Worker) {
        worker.time_out();
        self.get_ready(worker);
    }

    /// `functionTimeout`, if there is one.
    pub fn function_timeout(&self) -> Option<Duration> {
        let text = self.app.setting("/functionTimeout").as_str().expect("a text");
        let part = |part: &str| part.parse::<u64>().unwrap_or_else(|_| panic!("functionTimeout is {text}"));
        (text != "-1").then(|| Duration::from_secs(text.split(':').fold(0, |seconds, next| seconds * 60 + part(next))))
    }

    /// A request from outside: routed, and proxied to the handler if a function matches.
    pub fn public(&self, request: &Request) -> Answer {
        self.traced(request).1
    }

    /// Likewise; also returns the function that matched.
    pub fn traced(&self, request: &Request) -> (Option<&Function>, Answer) {
        match self.routed(request) {
            Ok(function) => (Some(function), self.proxy(request)),
            Err(status) => (None, Answer::of_host(status)),
        }
    }

    /// The function that matches a request, or the status that the host itself returns.
    pub fn routed(&self, request: &Request) -> Result<&Function, u16> {
        let (path, _) = target::received(&request.target);
        match own_answer(request, &path) {
            Some(status) => Err(status),
            None => self.app.route(&request.method, &path).ok_or(if path == "/" { 204 } else { 404 }),
        }
    }

    /// The handler's response to a request, regardless of the routes, read to its end at once.
    pub fn proxy(&self, request: &Request) -> Answer {
        match self.forward(&self.proxied(request)) {
            Ok(begun) => {
                let (patience, starts) = (begun.patience, self.starts());
                begun.whole().unwrap_or_else(|unanswered| {
                    self.give_up(unanswered, patience, starts);
                    Answer::broken_off()
                })
            }
            Err(bare) => bare,
        }
    }

    /// The request as the proxy sends it to the handler. `Host` is the handler's own, `X-Forwarded-*` overwrite what the client sent; the
    /// scheme is the first one from the front end (`AppServiceHeaderFixupMiddleware`).
    pub fn proxied(&self, request: &Request) -> Request {
        let (path, query) = target::received(&request.target);
        let sent = |name: &str| request.headers.iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let mut proxied = Request::new(&request.method, &format!("{}{query}", target::sent_on(&path))).header("Host", &self.address());
        for (name, value) in joined(&request.headers) {
            let lower = name.to_lowercase();
            let set_anew = lower.starts_with("x-azure-functions-")
                || ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"].contains(&lower.as_str());
            if !set_anew && !NOT_TAKEN_OVER.contains(&lower.as_str()) {
                proxied = proxied.header(usual(&name), &value);
            }
        }
        proxied.body = request.body.clone();
        let proxied = proxied
            .header("X-Forwarded-For", "169.254.131.2")
            .header("X-Forwarded-Host", sent("Host").unwrap_or("dossier.example.nl"))
            .header("X-Forwarded-Proto", sent("X-Forwarded-Proto").unwrap_or("https"));
        self.numbered(proxied)
    }

    /// The time limits of an invocation that begins now.
    fn patience(&self) -> Patience {
        Patience { until: self.function_timeout().map(|timeout| Instant::now() + timeout), standstill: self.standstill }
    }

    /// Sends a request as often as the forwarder does while nothing listens or the handler closes the connection without a response; after
    /// that, or if no response comes in time, the result is an empty 500. A request with a body is sent once, because a body that was read
    /// cannot be sent again.
    pub fn forward(&self, request: &Request) -> Result<Begun<'_>, Answer> {
        match &request.body {
            // A body with a declared length is refused before the handler sees it; one without is forwarded until it exceeds the limit, ten
            // times.
            Body::Whole(body) if body.len() > self.body_limit => return Err(Answer::of_host(500)),
            Body::Pieces(pieces) if pieces.iter().map(String::len).sum::<usize>() > self.body_limit => {
                (0..ATTEMPTS).for_each(|_| drop(request.send_cut(self.port, self.body_limit)));
                return Err(Answer::of_host(500));
            }
            Body::Nothing | Body::Whole(_) | Body::Pieces(_) => {}
        }
        let (in_an_attempt, again) = match &request.body {
            Body::Nothing => (4, true),
            Body::Whole(body) if body.is_empty() => (1, true),
            Body::Whole(_) | Body::Pieces(_) => (1, false),
        };
        let (mut pause, mut patience) = (FIRST_PAUSE, self.patience());
        for _ in 0..ATTEMPTS {
            for _ in 0..in_an_attempt {
                if self.tend() == State::GivenUp {
                    return Err(Answer::of_host(503));
                }
                let starts = self.starts();
                match self.upstream.send(self.port, request, patience) {
                    Ok(begun) => return Ok(begun),
                    Err(Unanswered::NotConnected) => break,
                    Err(Unanswered::BrokenOff) => return Err(Answer::broken_off()),
                    Err(Unanswered::Closed) if again => {}
                    // Resent to the process that replaces the one killed because of it.
                    Err(Unanswered::TooLate) if self.give_up(Unanswered::TooLate, patience, starts) && again => {
                        patience = self.patience();
                    }
                    Err(Unanswered::Closed | Unanswered::TooLate) => return Err(Answer::of_host(500)),
                }
            }
            thread::sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        Err(Answer::of_host(500))
    }

    /// When an invocation has exceeded its time-out, kills the process unless another invocation has already done so. Returns whether it
    /// was exceeded.
    pub fn give_up(&self, unanswered: Unanswered, patience: Patience, starts: usize) -> bool {
        let is_over = unanswered == Unanswered::TooLate && patience.is_over(Instant::now());
        if is_over {
            // Two that are over in one moment look one after the other, and the second finds that it is done.
            let mut worker = self.worker();
            if worker.starts() == starts {
                self.replace(&mut worker);
            }
        }
        is_over
    }

    /// A request that bypasses the host.
    pub fn direct(&self, request: &Request) -> Option<Answer> {
        request.send(self.port, Patience { until: None, standstill: self.standstill }).ok()
    }

    /// Posts a job to the path with the function's name, without `X-Forwarded-*` (`DefaultHttpWorkerService`).
    pub fn invoke(&self, function: &str, payload: &Value) -> Invocation {
        self.post_job(function, &payload.to_string())
    }

    /// Likewise, with arbitrary text as the payload.
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
        let invocation = id(self.invocations.fetch_add(1, Ordering::Relaxed) + 1);
        request.header("X-Azure-Functions-InvocationId", &invocation).header("X-Azure-Functions-HostVersion", "4.1047.100")
    }

    /// The id of the last invocation.
    pub fn last_invocation(&self) -> String {
        id(self.invocations.load(Ordering::Relaxed))
    }

    /// The handler's address.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The handler's output so far.
    pub fn written(&self) -> String {
        ["out", "err"].map(|name| fs::read_to_string(self.root.path().join(name)).expect("UTF-8")).concat()
    }

    /// The handler's output once `holds` is true for it: a line is written a moment after the event.
    pub fn written_when(&self, holds: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let written = self.written();
            if holds(&written) || started.elapsed().as_secs() >= 10 {
                return written;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The one request line logged for the last invocation.
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

    /// The handler's data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The handler's process id.
    pub fn process(&self) -> u32 {
        self.worker().id()
    }

    /// How often the handler was started.
    pub fn starts(&self) -> usize {
        self.worker().starts()
    }

    /// The handler's exit status, once it has exited; it is not restarted meanwhile.
    pub fn wait_for_end(&self) -> ExitStatus {
        self.worker().wait()
    }

    /// The host ends: it waits for nothing, and kills the handler.
    pub fn end(&self) {
        self.worker().kill();
    }
}

/// The id of an invocation.
fn id(number: u64) -> String {
    format!("6f2d1e7a-0000-4000-8000-{number:012x}")
}

/// The status that the host itself returns before any routing: without body or headers of ours.
fn own_answer(request: &Request, path: &str) -> Option<u16> {
    let proto = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-proto"));
    let own = ["/admin/host/status", "/admin/functions", "/admin/vfs", "/runtime/webhooks"];
    let lower = path.to_lowercase();
    match () {
        () if request.target.to_lowercase().contains("%00") => Some(400),
        () if path.starts_with("//") => Some(404),
        () if lower == "/admin/host/ping" => Some(200),
        () if own.iter().any(|own| lower == *own || lower.starts_with(&format!("{own}/"))) => Some(401),
        // `AppServiceHeaderFixupMiddleware` takes any value for the scheme.
        () if proto.is_some_and(|(_, scheme)| scheme.contains(',')) => Some(500),
        () => None,
    }
}

/// Joins header lines of the same name with commas, as the forwarder does.
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

/// The executable and arguments that `host.json` names, run in the app's folder, with the host's environment and the app's settings. A
/// package has its own executable.
fn command(app: &FunctionApp, root: &Path, data: &Path, port: u16) -> Command {
    let description = app.setting("/customHandler/description");
    let executable = root.join(description["defaultExecutablePath"].as_str().expect("an executable"));
    if package().is_none() {
        symlink(FINRUST.path, &executable).expect("the binary beside host.json");
    }
    let arguments = description["arguments"].as_array().expect("arguments");
    let file = |name| Stdio::from(File::create(root.join(name)).expect("a file for what is written"));
    let mut command = Command::new(executable);
    command.args(arguments.iter().map(|argument| argument.as_str().expect("an argument"))).current_dir(root);
    // From the environment of the test run, only variables that would be settings of the program are removed.
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
            // The program of a package: a freshly written file may be busy, a linked one cannot.
            symlink(fs::canonicalize(path).expect("a file"), target).expect("the program beside host.json");
        } else {
            fs::copy(&path, &target).expect("a file");
        }
    }
}

#[test]
fn two_invocations_that_are_over_in_one_moment_end_one_process() {
    let (_parent, data) = test_support::program::fresh();
    let host = FunctionsHost::start(&data);
    let (now, begin) = (Instant::now(), std::sync::Barrier::new(2));
    let over = Patience { until: Some(now), standstill: STANDSTILL };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                begin.wait();
                assert!(host.give_up(Unanswered::TooLate, over, 1));
            });
        }
    });
    assert_eq!((host.tend(), host.starts()), (State::Kept, 2));
}
