//! `function-app/` as the host reads it.

use super::template::Template;
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A function app, with its functions in matching order: by name, whatever their templates (`WebJobsRouteBuilder.Build` inserts routes one
/// by one and sorts nothing).
pub struct FunctionApp {
    /// `host.json`
    pub host: Value,
    pub functions: Vec<Function>,
}

/// A folder with a `function.json`.
pub struct Function {
    pub name: String,
    pub trigger: Trigger,
}

/// The trigger of a function.
pub enum Trigger {
    Http {
        template: Template,
        /// In upper case.
        methods: Vec<String>,
    },
    /// The name of its binding.
    Queue(String),
    /// The name of its binding.
    Timer(String),
}

/// The folder of an unpacked package to be tested instead of the folder in the repository, including the program.
pub fn package() -> Option<PathBuf> {
    env::var_os("FINRUST_TEST_PACKAGE").map(PathBuf::from)
}

/// The folder of the app.
pub fn folder() -> PathBuf {
    package().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("function-app"))
}

impl Function {
    /// Whether its route matches.
    pub fn takes(&self, method: &str, path: &str) -> bool {
        match &self.trigger {
            Trigger::Http { template, methods } => template.covers(path) && methods.iter().any(|its| its.eq_ignore_ascii_case(method)),
            Trigger::Queue(_) | Trigger::Timer(_) => false,
        }
    }
}

impl FunctionApp {
    /// Reads the app in a folder.
    pub fn read(folder: &Path) -> Self {
        let entries = fs::read_dir(folder).expect("a function app").map(|entry| entry.expect("an entry").path());
        let mut functions: Vec<Function> =
            entries.filter(|path| path.join("function.json").is_file()).map(|path| function(&path)).collect();
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        Self { host: json(&folder.join("host.json")), functions }
    }

    /// The function that handles a public request for a decoded path.
    pub fn route(&self, method: &str, path: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.takes(method, path))
    }

    /// A setting of `host.json`, which must exist.
    pub fn setting(&self, pointer: &str) -> &Value {
        self.host.pointer(pointer).unwrap_or_else(|| panic!("host.json: {pointer}"))
    }
}

fn function(folder: &Path) -> Function {
    let name = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let function = json(&folder.join("function.json"));
    let bindings = function["bindings"].as_array().expect("bindings");
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{name}: {value} is no text")).to_owned();
    let (first, binding) = (&bindings[0], || text(&bindings[0]["name"]));
    assert_eq!(first["direction"], "in", "{name}");
    let trigger = match first["type"].as_str() {
        Some("httpTrigger") => {
            // Only with these bindings is the request proxied unchanged, instead of posted as JSON.
            assert!(bindings.len() == 2 && bindings[1]["type"] == "http" && bindings[1]["direction"] == "out", "{name}");
            let methods = first["methods"].as_array().expect("methods").iter().map(|method| text(method).to_uppercase()).collect();
            Trigger::Http { template: Template::parse(&text(&first["route"])).unwrap_or_else(|error| panic!("{name}: {error}")), methods }
        }
        Some("queueTrigger") => Trigger::Queue(binding()),
        Some("timerTrigger") => Trigger::Timer(binding()),
        other => panic!("{name}: {other:?}"),
    };
    Function { name, trigger }
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_method_that_does_not_fit_leaves_the_request_to_the_next() {
    let app = FunctionApp::read(&folder());
    let taken = |method, path| app.route(method, path).map(|function| function.name.as_str());
    assert_eq!(taken("POST", "/api/login"), Some("login"));
    assert_eq!(taken("GET", "/api/account"), Some("account"));
    for (path, function) in [("/api/session", "session"), ("/api/retention", "retention"), ("/api/two-factor", "website")] {
        assert_eq!(taken("GET", path), Some(function), "{path}");
    }
    // The catch-all comes last by name, so that it handles only what no other function does.
    for path in ["/api/login", "/", "/admin/x", "/runtime/x"] {
        assert_eq!(taken("GET", path), Some("website"), "{path}");
    }
    assert_eq!(app.functions.iter().map(|function| function.name.as_str()).max(), Some("website"));
    for (method, path) in [("HEAD", "/"), ("PUT", "/api/login"), ("POST", "/send-mail"), ("POST", "/admin/host")] {
        assert_eq!(taken(method, path), None, "{method} {path}");
    }
}
