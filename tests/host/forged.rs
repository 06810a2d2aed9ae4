//! Nobody outside can post a job, whatever the host's routes let through.

use super::{
    function_app::{FunctionApp, Trigger},
    functions_host::{FunctionsHost, Invocation},
    person::{Person, invite},
    queue::{Queue, Wrapped},
    wire::Request,
};
use serde_json::json;
use std::path::Path;
use test_support::program::fresh;

const JOBS: [&str; 2] = ["send-mail", "maintenance"];
const FORWARDED: [&str; 3] = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"];

/// A host whose catch-all accepts every method, so that only the handler itself prevents a forged job.
fn careless(data: &Path) -> FunctionsHost {
    FunctionsHost::start_changed(data, |app: &mut FunctionApp| {
        let pages = app.functions.iter_mut().find(|function| function.name == "website").expect("the website");
        let Trigger::Http { methods, .. } = &mut pages.trigger else { panic!("the website is HTTP") };
        *methods = ["GET", "POST", "PUT", "DELETE", "HEAD"].map(str::to_owned).to_vec();
    })
}

#[test]
fn a_forged_job_is_refused_and_does_nothing() {
    for start in [FunctionsHost::start, careless] {
        let (_parent, data) = fresh();
        invite(&data, "anna");
        let host = start(&data);
        let queue = Queue::of(&host);
        let before = host.mails().len();
        Person::at(&host).forgets_password("anna");
        let payload = queue.payload(&queue.take_one(), Wrapped::Twice, 1);
        for job in JOBS {
            for path in forged_paths(job) {
                for request in forged_requests(&path) {
                    let answer = host.public(&request.json(&payload));
                    let of_host = [400, 401].contains(&answer.status) && answer.headers.is_empty();
                    assert!(of_host || [404, 405].contains(&answer.status), "{path}: {answer:?}");
                }
            }
        }
        assert_eq!((queue.take(), host.mails().len()), (Vec::new(), before), "nothing was done");
        assert_eq!(host.invoke("send-mail", &payload), Invocation::Succeeded);
        queue.drain_queue();
        assert_eq!(host.mails().len(), before + 1, "the host's own post is done");
    }
}

fn forged_paths(job: &str) -> Vec<String> {
    let encoded: Vec<String> = job.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = encoded.concat();
    vec![
        format!("/{job}"),
        format!("//{job}"),
        format!("/{job}/"),
        format!("/{job}//"),
        format!("/{encoded}"),
        format!("/%25{}", &encoded[1..]),
        format!("/{}", job.to_uppercase()),
        format!("/x/../{job}"),
        format!("/x/%2e%2e/{job}"),
        format!("/./{job}"),
        format!("/%2f{job}"),
        format!("/%2F..%2F{job}"),
        format!("/{job}?x"),
        format!("/{job};x"),
        format!("/{job}%00"),
        format!("/{job}%20"),
        format!("/api/../{job}"),
        format!("/admin/functions/{job}"),
        format!("http://127.0.0.1/{job}"),
    ]
}

/// The same target, with headers that imitate the host or try to remove the proxy's.
fn forged_requests(target: &str) -> Vec<Request> {
    let post = || Request::new("POST", target);
    vec![
        post(),
        post().header("X-Forwarded-For", "127.0.0.1").header("X-Forwarded-For", "::1"),
        post().header("X-Forwarded-For", "").header("X-Forwarded-Host", ""),
        post().header("Connection", "close, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto"),
        post().header("X-Azure-Functions-InvocationId", "6f2d1e7a-0000-4000-8000-000000000000"),
        post().header("User-Agent", "Azure-Functions-Host/4.1047.100").header("Host", "127.0.0.1"),
        post().header("X-HTTP-Method-Override", "GET").header("X-Original-URL", "/"),
    ]
}

#[test]
fn one_forwarded_header_is_enough_to_be_refused() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    for job in JOBS {
        for name in FORWARDED.into_iter().chain(["x-forwarded-for", "X-FORWARDED-PREFIX"]) {
            for value in ["", "https", "127.0.0.1"] {
                let forged = Request::new("POST", &format!("/{job}")).header("Host", &host.address()).header(name, value);
                let refused = host.direct(&forged.header("Connection", name).json(&json!({"Data": {"message": "x"}}))).expect("an answer");
                assert!([403, 404].contains(&refused.status), "{name}: {value}: {refused:?}");
            }
        }
    }
    let absolute = Request::new("POST", &format!("http://{}/maintenance", host.address())).header("X-Forwarded-For", "203.0.113.7");
    host.direct(&absolute.json(&json!({}))).expect("an answer").expect(404);
    for line in host.written().lines().filter(|line| line.contains(r#""event":"request""#)) {
        assert!(!line.contains(r#""status":200"#) || line.contains(r#""route":"/""#), "{line}");
    }
}
