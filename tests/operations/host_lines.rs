//! What the Functions host logs when something breaks, and that `host-failures` matches it. None of it is about requests: `AppRequests`
//! reports proxied requests as successful, whatever their outcome.

use crate::queries::{self, Query};

/// Lines of Azure/azure-functions-host and azure-webjobs-sdk, with the condition that must match each.
const LINES: [(&str, &str); 9] = [
    // `WorkerProcess.OnProcessExited`
    ("Process 4711 has exited with code 134.", "exited"),
    ("Process 9 has exited with code 0.", "exited"),
    // `WorkerProcess.StartProcessAsync`: a file that this machine cannot execute.
    ("Failed to start Worker Channel. Process fileName: /home/site/wwwroot/finrust", "not_started"),
    // `HttpWorkerChannel.DelayUntilWokerInitialized`: it did not listen in time.
    ("Failed to start http worker process. workerId:5d1b7f3e-0d2c-4a53-9f58-0f3b4a0c7d11", "not_started"),
    // `HttpFunctionInvocationDispatcher`
    ("Restarting http invoker channel", "restarted"),
    ("Exceeded http worker restart retry count. Shutting down Functions Host", "gave_up"),
    // `FunctionExecutor`, and `WebScriptHostExceptionHandler` after it.
    ("Timeout value of 00:05:00 was exceeded by function: Functions.clients", "timed_out"),
    (
        "A function timeout has occurred. Restarting worker process executing invocationId '6f2d1e7a-0000-4000-8000-000000000001'.",
        "timed_out",
    ),
    // `DefaultHttpProxyService.EnsureSuccessfulForwardingAsync`
    ("Microsoft.Azure.WebJobs.Script.HttpForwardingException: Failed to proxy request with ForwarderError: Request", "lost"),
];

/// Other lines of the program or the host that are not failures.
const NO_FAILURES: [&str; 5] = [
    r#"{"time":"2026-11-24T14:30:00Z","level":"ERROR","event":"request","status":500}"#,
    r#"{"time":"2026-11-24T14:30:00Z","level":"WARN","event":"job_again"}"#,
    "Executed 'Functions.clients' (Succeeded, Id=6f2d1e7a-0000-4000-8000-000000000001, Duration=4ms)",
    "Host lock lease acquired by instance ID '0000000000000000000000005D1B7F3E'.",
    "The process is restarted",
];

/// Conditions by name: `name = Message startswith "…" or Message has "…"`.
fn conditions(query: &Query) -> Vec<(String, Vec<(String, String)>)> {
    let extended = query.text.lines().filter_map(|line| line.strip_prefix("| extend "));
    let named = extended.flat_map(|line| line.split(", ")).filter_map(|part| part.split_once(" = Message "));
    named.map(|(name, text)| (name.to_owned(), text.split(" or Message ").map(condition).collect())).collect()
}

/// `startswith "…"`: the operator and its operand.
fn condition(text: &str) -> (String, String) {
    let (how, what) = text.split_once(" \"").unwrap();
    (how.to_owned(), what.trim_end_matches('"').to_owned())
}

fn holds(how: &str, what: &str, line: &str) -> bool {
    match how {
        "startswith" => line.starts_with(what),
        "has" => line.contains(what),
        "matches regex" => {
            // `^before[0-9]+after`
            let (before, after) = what.strip_prefix('^').and_then(|rest| rest.split_once("[0-9]+")).expect("digits between two texts");
            line.strip_prefix(before).is_some_and(|rest| {
                let rest_of_it = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                rest_of_it.len() < rest.len() && rest_of_it.starts_with(after)
            })
        }
        other => panic!("{other} is not known here"),
    }
}

fn seen(query: &Query, line: &str) -> Vec<String> {
    let ours = r#"{"time":""#;
    assert!(query.text.starts_with("AppTraces\n| where Message !startswith '{\"time\":\"'\n"));
    let found = conditions(query)
        .into_iter()
        .filter(|(_, tests)| !line.starts_with(ours) && tests.iter().any(|(how, what)| holds(how, what, line)));
    found.map(|(name, _)| name).collect()
}

#[test]
fn whatever_the_host_breaks_is_seen_and_counted() {
    let all = queries::all();
    let query = all.iter().find(|query| query.path.ends_with("/host-failures.kql")).unwrap();
    for (line, name) in LINES {
        assert_eq!(seen(query, line), [name], "{line}");
    }
    for line in NO_FAILURES {
        assert_eq!(seen(query, line), [""; 0], "{line}");
    }
    let asked = query.text.lines().find_map(|line| line.strip_prefix("| where ").filter(|rest| !rest.starts_with("Message"))).unwrap();
    for (name, _) in conditions(query) {
        assert!(asked.split(" or ").any(|word| word == name), "{name} is asked for");
        assert!(query.text.contains(&format!("countif({name})")), "{name} is counted");
    }
}

#[test]
fn no_query_believes_the_requests_of_the_host() {
    for query in queries::all() {
        assert!(!["AppRequests", "AppDependencies", "requests\n"].iter().any(|table| query.text.starts_with(table)), "{}", query.path);
    }
}
