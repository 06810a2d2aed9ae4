//! How many bytes a request sends to Azure Monitor, whose logs are billed: the program's own lines as they are written, wrapped by the host
//! under `host.json`. `infra/ingestion.json` keeps the figure for the cost table; `FINRUST_UPDATE=1 cargo test --test host ingestion`
//! rewrites it.

use super::{
    function_app::FunctionApp,
    functions_host::FunctionsHost,
    person::{Person, invite},
    wire::Request,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, env, fs, path::Path};
use test_support::{people::PASSWORD, program::fresh};

const KEPT: &str = "infra/ingestion.json";
/// The digits of durations in log lines vary.
const TOLERANCE: f64 = 25.0;

/// What Functions host 4.1037 sent for one proxied request, measured behind it: its own record of the request, the dependency record, each
/// of two lines about the invocation, and what surrounded the two copies of a program line (970 bytes including the line for reading a
/// file).
const RECORD: f64 = 946.0;
const DEPENDENCY: f64 = 813.0;
const INVOCATION: [f64; 2] = [1160.0, 1160.0];
const AROUND_A_LINE: f64 = 390.0;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Whether lines of a category and level are sent: the longest matching name in `logLevel` decides.
fn goes_out(app: &FunctionApp, category: &str, level: &str) -> bool {
    const LEVELS: [&str; 7] = ["Trace", "Debug", "Information", "Warning", "Error", "Critical", "None"];
    let rank = |name: &str| LEVELS.iter().position(|level| *level == name).unwrap_or_else(|| panic!("host.json: the level {name}"));
    let levels = app.setting("/logging/logLevel").as_object().expect("levels");
    let covers = |name: &str| category == name || category.starts_with(&format!("{name}."));
    let own = levels.iter().filter(|(name, _)| covers(name)).max_by_key(|(name, _)| name.len()).map(|(_, level)| level);
    let least = own.or_else(|| levels.get("default")).and_then(Value::as_str).unwrap_or("Information");
    rank(level) >= rank(least)
}

/// The bytes sent for a request for which the program wrote these lines.
fn bytes(app: &FunctionApp, lines: &[String]) -> f64 {
    let length = |line: &String| f64::from(u32::try_from(Value::from(line.as_str()).to_string().len() - 2).expect("a line"));
    let said = if goes_out(app, "Host.Function.Console", "Information") { lines } else { &[] };
    let of_lines: f64 = said.iter().map(|line| AROUND_A_LINE + 2.0 * length(line)).sum();
    let record = if goes_out(app, "Host.Results", "Information") { RECORD } else { 0.0 };
    let invocation: f64 = if goes_out(app, "Function.clients", "Information") { INVOCATION.iter().sum() } else { 0.0 };
    let is_tracked = app.setting("/logging/applicationInsights/enableDependencyTracking") != false;
    of_lines + record + invocation + if is_tracked { DEPENDENCY } else { 0.0 }
}

/// Performs an adviser's operations of a day; returns the log lines of each, by its name in `infra/prices.json`.
fn a_day(host: &FunctionsHost, one_time: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut person = Person::signed_in(host, "anna", one_time);
    let mut lines = BTreeMap::new();
    let mut does = |names: &[&'static str], request: Request, status: u16| {
        let answer = person.send(request.header("traceparent", TRACE));
        assert_eq!(answer.status, status, "{names:?}: {answer:?}");
        host.request_line();
        let invocation = host.last_invocation();
        let own: Vec<String> = host.written().lines().filter(|line| line.contains(&invocation)).map(str::to_owned).collect();
        assert!(own.iter().all(|line| line.contains("traceparent")), "{own:?}");
        lines.extend(names.iter().map(|name| (*name, own.clone())));
        answer
    };
    let file = json!({"person": {"last_name": "Dijk"}});
    let made = does(&["new client file"], Request::new("POST", "/api/clients").json(&file), 201);
    let path = made.header("location").expect("where it is").to_owned();
    let read = does(&["open a file, first in session", "open a client file"], Request::new("GET", &path), 200);
    let etag = read.header("etag").expect("a version").to_owned();
    does(&["save a client file"], Request::new("PUT", &path).json(&file).header("If-Match", &etag), 200);
    let search = json!({"text": "dijk", "sort": "name", "limit": 5});
    let searches = ["first search, 50 of 1,000", "search again, 50 of 1,000"];
    does(&searches, Request::new("POST", "/api/clients/search").json(&search), 200);
    does(&["who am I"], Request::new("GET", "/api/session"), 200);
    let asks = Request::new("POST", "/api/password-reset").json(&json!({"username": "anna"}));
    does(&["one-time password by mail"], asks, 202);
    // A second factor is one more request of the same kind.
    let sign_in = Request::new("POST", "/api/login").json(&json!({"username": "anna", "password": PASSWORD}));
    does(&["sign-in with a password", "second factor"], sign_in, 200);
    lines
}

/// The mean over an adviser's day.
fn mean(app: &FunctionApp, lines: &BTreeMap<&'static str, Vec<String>>, uses: &Value) -> f64 {
    let uses = uses["adviser"]["a_day"].as_object().expect("what an adviser does");
    let times = |value: &Value| value.as_f64().expect("a number");
    let each = uses.iter().map(|(name, value)| {
        let own = lines.get(name.as_str()).unwrap_or_else(|| panic!("{name} of infra/prices.json is not done here"));
        times(value) * bytes(app, own)
    });
    each.sum::<f64>() / uses.values().map(times).sum::<f64>()
}

fn project(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn kept(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(project(path)).expect(path)).expect(path)
}

#[test]
fn the_table_of_costs_has_what_a_request_really_sends() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let lines = a_day(&host, &one_time);
    let measured = mean(&host.app, &lines, &kept("infra/prices.json"));
    println!("bytes a request, as an adviser's day has them: {measured:.0}");
    for (name, own) in &lines {
        println!("  {name}: {} line(s), {:.0} bytes", own.len(), bytes(&host.app, own));
    }
    if env::var("FINRUST_UPDATE").is_ok_and(|value| value == "1") {
        let text = format!("{{\n  \"bytes_a_request\": {:.0}\n}}\n", (measured / 10.0).round() * 10.0);
        return fs::write(project(KEPT), text).expect("it can be written");
    }
    let figure = kept(KEPT)["bytes_a_request"].as_f64().expect("a number");
    assert!((measured - figure).abs() <= TOLERANCE, "{measured:.0} bytes, and {KEPT} says {figure}; run this test with FINRUST_UPDATE=1");
}

/// As observed behind the real host: 5,050 bytes with its default levels, 1,900 with those of `host.json`.
#[test]
fn each_level_in_host_json_counts() {
    let line = r#"{"time":"2026-11-30T09:00:00.120Z","level":"INFO","event":"request","method":"GET","route":"/api/clients/{id}","status":200,"duration_ms":4.25,"invocation_id":"6f2d1e7a-0000-4000-8000-000000000001","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut app = FunctionApp::read(&super::function_app::folder());
        change(&mut app.host);
        bytes(&app, &[line.to_owned()])
    };
    let is_near = |found: f64, seen: f64| (found - seen).abs() < 60.0;
    let delivered = with(&|_| ());
    assert!(is_near(delivered, 1916.0), "{delivered}");
    let usual = with(&|host| {
        host["logging"]["logLevel"] = json!({"default": "Information"});
        host["logging"]["applicationInsights"]["enableDependencyTracking"] = Value::Bool(true);
    });
    assert!(is_near(usual, 5050.0), "{usual}");
    let chatty = with(&|host| host["logging"]["logLevel"]["Function"] = "Information".into());
    assert!((chatty - delivered - 2320.0).abs() < 1.0, "{chatty}");
    let silent = with(&|host| host["logging"]["logLevel"]["Host.Function.Console"] = "Warning".into());
    assert!((silent - RECORD).abs() < 1.0, "{silent}");
}
