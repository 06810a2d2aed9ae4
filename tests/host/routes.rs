//! Every declared route and method reaches its handler, everything else is refused.

use super::{
    FINRUST,
    function_app::{FunctionApp, Trigger, folder},
    functions_host::FunctionsHost,
    wire::Request,
};
use finrust::http::{front_files, routes::table};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use test_support::program::fresh;

const SOME_ID: &str = "3b241101-e2bb-4255-8caf-4136c566a962";
const METHODS: [&str; 11] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"];

/// Paths and methods of `finrust openapi`, and the pages.
fn served() -> BTreeMap<String, BTreeSet<String>> {
    let printed = FINRUST.command().arg("openapi").output().expect("the program starts");
    let document: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let methods = |item: &Value| item.as_object().expect("an item").keys().map(|method| method.to_uppercase()).collect();
    let mut served: BTreeMap<String, BTreeSet<String>> = paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect();
    for page in table().into_iter().filter(|route| route.function == "website") {
        served.entry(page.path).or_default().insert(page.method.to_owned());
    }
    served
}

#[test]
fn every_route_is_reached_through_its_function_and_every_function_has_one() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let mut used = BTreeSet::new();
    for (path, methods) in served() {
        for method in methods {
            let (function, answer) = host.traced(&Request::new(&method, &filled(&path)));
            let function = function.unwrap_or_else(|| panic!("no function takes {method} {path}"));
            let owner = table().into_iter().find(|route| route.path == path && route.method == method).expect("a row of the table");
            assert_eq!(function.name, owner.function, "{method} {path}");
            assert!(host.app.functions.iter().any(|function| function.name == owner.function && function.takes(&method, &filled(&path))));
            let line = host.request_line();
            assert!(line.contains(&format!(r#""method":"{method}","route":"{path}","status":{}"#, answer.status)), "{line}");
            assert!(![404, 405].contains(&answer.status) && answer.status < 500, "{method} {path}: {answer:?}");
            used.insert((owner.function.to_owned(), method));
        }
    }
    assert_eq!(used, declared());
}

/// A path of a template, naming existing objects where necessary.
fn filled(template: &str) -> String {
    let asset = format!("{}/{}", front_files::folder(), front_files::FILES[0].path);
    template.replace("{id}", SOME_ID).replace("{code}", "not_found").replace("/assets/{*path}", &asset)
}

/// Functions and methods of `function-app/`.
fn declared() -> BTreeSet<(String, String)> {
    let mut declared = BTreeSet::new();
    for function in FunctionApp::read(&folder()).functions {
        if let Trigger::Http { methods, .. } = function.trigger {
            declared.extend(methods.into_iter().map(|method| (function.name.clone(), method)));
        }
    }
    declared
}

#[test]
fn a_method_that_is_not_declared_is_refused() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    for (path, methods) in served() {
        for method in METHODS.into_iter().filter(|method| !methods.contains(&method.to_uppercase())) {
            let request = Request::new(method, &filled(&path));
            let answer = host.public(&request);
            // The host's own home page, which is disabled, is an empty 204.
            let bare = path == "/" && answer.status == 204 && answer.headers.is_empty();
            assert!(bare || [404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
        }
    }
}

#[test]
fn a_path_that_is_not_declared_is_refused() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    for path in [
        "/api",
        "/api/",
        "/api/clients/x/y",
        "/api/account/x",
        "/api/login/x",
        "/api/accounts/x/y",
        "/api//session",
        "//api/session",
        "/api/session/x",
        "/api/health.json",
        "/host.json",
        "/send-mail/function.json",
        "/finrust",
        "/admin/host/status",
        "/admin/functions/send-mail",
        "/runtime/webhooks/queue",
        "/.env",
        "/index.php",
        "/%00",
        "/api/clients/%2e%2e/%2e%2e/host.json",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = host.public(&Request::new(method, path));
            // 400 and 401 are the host's own, without body or headers.
            let of_host = [400, 401].contains(&answer.status) && answer.headers.is_empty();
            assert!(of_host || [404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
        }
    }
}

#[test]
fn without_the_proxy_there_is_the_probe_and_nothing_else() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let direct = |method: &str, path: &str| host.direct(&Request::new(method, path).header("Host", &host.address())).expect("an answer");
    for (path, methods) in served() {
        for method in methods.iter().map(String::as_str).chain(["HEAD", "POST"]).filter(|method| *method == "POST" || path != "/") {
            direct(method, &filled(&path)).expect(404);
        }
    }
    direct("GET", "/").expect(200);
    direct("HEAD", "/").expect(200);
}
