//! `host.json` and the triggers match what the handler relies on.

use finrust::{adapters::queue_table::VISIBILITY_TIMEOUT, ports::MAX_DEQUEUES};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

/// Everything that the host reads, and the settings that must match it.
#[derive(Clone)]
struct App {
    host: Value,
    functions: BTreeMap<String, Value>,
    settings: Value,
}

impl App {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let json = |path: &Path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let folders = fs::read_dir(root.join("function-app")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let named = |path: std::path::PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), json(&path.join("function.json")));
        Self {
            host: json(&root.join("function-app/host.json")),
            functions: folders.map(named).collect(),
            settings: json(&root.join("local.settings.example.json")),
        }
    }
}

/// Everything that is wrong.
fn flaws(app: &App) -> Vec<String> {
    let mut found: Vec<String> = required().into_iter().filter_map(|(pointer, value)| differs(&app.host, pointer, &value)).collect();
    // If any function.json exists as well, the host accepts none of these, and stops.
    let forbidden = ["/customHandler/http", "/customHandler/port", "/customHandler/enableForwardingHttpRequest", "/configurationProfile"];
    found.extend(forbidden.into_iter().filter(|pointer| app.host.pointer(pointer).is_some()).map(|pointer| format!("{pointer} is there")));
    found.extend(log_flaws(&app.host));
    found.extend(trigger_flaws(app));
    found
}

fn required() -> Vec<(&'static str, Value)> {
    let hidden = VISIBILITY_TIMEOUT.as_secs();
    vec![
        ("/version", json!("2.0")),
        ("/extensionBundle", json!({"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"})),
        // A bare name without a folder: only then does the packager make it executable.
        ("/customHandler/description/defaultExecutablePath", json!("finrust")),
        ("/customHandler/description/arguments", json!(["serve"])),
        ("/customHandler/enableProxyingHttpRequest", json!(true)),
        ("/extensions/http/routePrefix", json!("")),
        // The SDK sends plain text; the host's default would decode it as base64 and poison every message.
        ("/extensions/queues/messageEncoding", json!("none")),
        ("/extensions/queues/maxDequeueCount", json!(MAX_DEQUEUES)),
        ("/extensions/queues/visibilityTimeout", json!(format!("{:02}:{:02}:{:02}", hidden / 3600, hidden / 60 % 60, hidden % 60))),
        // The time-out runs until the last byte of a response is read, and then the program is killed with everyone's requests: a slow
        // reader must not be able to cause that. Responses end by the program's own deadlines.
        ("/functionTimeout", json!("-1")),
        // At most 8 concurrent jobs: by default, another half batch is fetched during processing, per core.
        ("/extensions/queues/batchSize", json!(8)),
        ("/extensions/queues/newBatchThreshold", json!(0)),
        // Users wait for one-time passwords. An idle instance polls every 2 s: 1.3 million polls a month, about 7 dollars.
        ("/extensions/queues/maxPollingInterval", json!("00:00:02")),
    ]
}

fn differs(host: &Value, pointer: &str, value: &Value) -> Option<String> {
    let found = host.pointer(pointer).unwrap_or(&Value::Null);
    (found != value).then(|| format!("{pointer} is {found}, not {value}"))
}

/// Request bodies and query strings are logged at finer levels than these, and by the extended collection.
fn log_flaws(host: &Value) -> Vec<String> {
    let levels = host["logging"]["logLevel"].as_object().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for category in ["default", "Microsoft", "Yarp"] {
        if !levels.get(category).is_some_and(|level| ["Warning", "Error", "Critical", "None"].iter().any(|name| level == name)) {
            found.push(format!("the log level of {category} lets requests through"));
        }
    }
    // The host logs the handler's output under this category.
    if levels.get("Host.Function.Console").is_none_or(|level| level != "Information") {
        found.push("the handler's own log does not get through as it is".to_owned());
    }
    let fine = levels.iter().filter(|(name, level)| *name != "Host.Function.Console" && (**level == "Trace" || **level == "Debug"));
    found.extend(fine.map(|(name, _)| format!("{name} is too fine")));
    let extended = "/logging/applicationInsights/httpAutoCollectionOptions/enableHttpTriggerExtendedInfoCollection";
    found.extend(differs(host, extended, &json!(false)));
    found.extend(differs(host, "/logging/applicationInsights/enableLiveMetrics", &json!(false)));
    // The host reports each request to the program as a dependency, with its full URL: ids and queries, which SECURITY.md promises not to
    // log.
    found.extend(differs(host, "/logging/applicationInsights/enableDependencyTracking", &json!(false)));
    // At Information, the host adds two lines per call that say nothing new, at twice the bytes of the program's own line.
    found.extend(differs(host, "/logging/logLevel/Function", &json!("Warning")));
    // An alert that is sampled away is useless.
    let sampling = &host["logging"]["applicationInsights"]["samplingSettings"]["excludedTypes"];
    let excluded: Vec<&str> = sampling.as_str().unwrap_or_default().split(';').collect();
    found.extend(["Exception", "Trace"].iter().filter(|kind| !excluded.contains(kind)).map(|kind| format!("{kind} is sampled")));
    found
}

fn trigger_flaws(app: &App) -> Vec<String> {
    let mut found = Vec::new();
    let trigger = |name: &str| app.functions.get(name).map(|function| function["bindings"][0].clone()).unwrap_or_default();
    let sent_to = app.settings["Values"]["FINRUST_MAIL_QUEUE"].as_str().unwrap_or_default();
    let mail = trigger("send-mail");
    if mail["type"] != "queueTrigger" || mail["queueName"].as_str() != sent_to.rsplit('/').next() {
        found.push(format!("send-mail listens to {}, mails are announced to {sent_to}", mail["queueName"]));
    }
    let connection = mail["connection"].as_str().unwrap_or_default();
    let settings = app.settings["Values"].as_object().cloned().unwrap_or_default();
    if !settings.keys().any(|name| name == connection || name.starts_with(&format!("{connection}__"))) {
        found.push(format!("nothing sets the connection {connection}"));
    }
    let tick = trigger("maintenance");
    let fields = tick["schedule"].as_str().unwrap_or_default().split(' ').count();
    if tick["type"] != "timerTrigger" || fields != 6 || tick.get("useMonitor").is_some() || tick.get("runOnStartup").is_some() {
        found.push("maintenance ticks otherwise than once for the app, by six fields".to_owned());
    }
    found
}

#[test]
fn the_host_is_set_up_for_the_handler() {
    assert_eq!(flaws(&App::read()), [""; 0]);
}

#[test]
fn a_wrong_setting_is_found() {
    let good = App::read();
    let host = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        bad.host.pointer_mut(parent).unwrap()[name] = value;
        bad
    };
    let trigger = |function: &str, name: &str, value: &str| {
        let mut bad = good.clone();
        bad.functions.get_mut(function).unwrap()["bindings"][0][name] = json!(value);
        bad
    };
    let mut bad: Vec<App> = required().into_iter().map(|(pointer, _)| host(pointer, json!("x"))).collect();
    bad.extend([
        host("/customHandler/http", json!({"routes": [{"route": "{*route}"}]})),
        host("/customHandler/port", json!(8080)),
        host("/configurationProfile", json!("web-app-custom-handler")),
        host("/logging/logLevel/default", json!("Information")),
        host("/logging/logLevel/Yarp", json!("Information")),
        host("/logging/logLevel/Host.Function.Console", json!("Warning")),
        host("/logging/logLevel/Host.Results", json!("Debug")),
        host("/logging/logLevel/Function", json!("Information")),
        host("/logging/applicationInsights/enableDependencyTracking", json!(true)),
        host("/logging/applicationInsights/httpAutoCollectionOptions", json!({"enableHttpTriggerExtendedInfoCollection": true})),
        host("/logging/applicationInsights/samplingSettings/excludedTypes", json!("Exception;Request")),
        trigger("send-mail", "queueName", "elsewhere"),
        trigger("send-mail", "connection", "Elsewhere"),
        trigger("send-mail", "type", "httpTrigger"),
        trigger("maintenance", "schedule", "*/15 * * * *"),
        trigger("maintenance", "type", "httpTrigger"),
    ]);
    for bad in bad {
        assert_eq!(flaws(&bad).len(), 1, "{:?} {}", flaws(&bad), bad.host);
    }
}
