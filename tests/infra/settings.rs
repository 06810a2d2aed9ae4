//! Application settings: Bicep writes exactly what the program and the host read.

use crate::bicep::{Bicep, Value};
use finrust::config::AZURE_SETTINGS;
use std::collections::BTreeSet;

/// Settings read by the host and by the database SDK. The list is closed: a new setting must be understood first.
const OF_THE_HOST: [&str; 11] = [
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AZURE_COSMOS_CONNECTION_POOL_GATEWAY_V2_DISABLED",
    "AzureWebJobsDisableHomepage",
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__credential",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
    "MailQueue__clientId",
    "MailQueue__credential",
    "MailQueue__queueServiceUri",
];

/// Must not be set on Flex Consumption, or holds a secret.
const FORBIDDEN: [&str; 12] = [
    "AzureWebJobsStorage",
    "DEPLOYMENT_STORAGE_CONNECTION_STRING",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "MailQueue",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
];

/// For the embedded default only; refused on Azure.
const EMBEDDED: &str = "FINRUST_DATA_DIR";

fn written() -> Vec<(String, Value)> {
    let file = Bicep::read("infra/modules/function-app.bicep");
    let settings = file.resource("Microsoft.Web/sites").body.at("properties.siteConfig.appSettings").cloned();
    let Some(Value::List(settings)) = settings else { panic!("a list of settings") };
    let pair = |setting: &Value| (setting.at("name").unwrap().only().to_owned(), setting.at("value").unwrap().clone());
    settings.iter().map(pair).collect()
}

/// Settings that are missing, unused or written twice.
fn disagreements(written: &[String], read: &BTreeSet<String>) -> Vec<String> {
    let once: BTreeSet<String> = written.iter().cloned().collect();
    let different = once.symmetric_difference(read).cloned();
    different.chain((once.len() != written.len()).then(|| "one is written twice".to_owned())).collect()
}

#[test]
fn none_is_missing_and_none_unused() {
    let of_the_program = crate::constants("FINRUST_");
    assert!(AZURE_SETTINGS.iter().all(|name| of_the_program.iter().any(|known| known == name)), "the search finds constants");
    let read = of_the_program.into_iter().filter(|name| name != EMBEDDED).chain(OF_THE_HOST.map(str::to_owned)).collect();
    let written: Vec<String> = written().into_iter().map(|(name, _)| name).collect();
    assert_eq!(disagreements(&written, &read), Vec::<String>::new());
    assert!(FORBIDDEN.iter().all(|name| !written.iter().any(|other| other == name)));
}

#[test]
fn a_disagreement_is_found() {
    let read = BTreeSet::from(["A".to_owned(), "B".to_owned()]);
    let found = |names: &[&str]| disagreements(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &read).len();
    assert_eq!([found(&["A", "B"]), found(&["A"]), found(&["A", "B", "C"]), found(&["A", "B", "B"])], [0, 1, 1, 1]);
}

#[test]
fn connections_of_the_host_use_the_one_identity() {
    let written = written();
    let value = |name: &str| written.iter().find(|(own, _)| own == name).map(|(_, value)| value.only().to_owned());
    let identity = value("FINRUST_IDENTITY_CLIENT_ID");
    for connection in ["AzureWebJobsStorage", "MailQueue"] {
        assert_eq!(value(&format!("{connection}__credential")).as_deref(), Some("managedidentity"), "{connection}");
        assert_eq!(value(&format!("{connection}__clientId")), identity, "{connection}");
    }
}

#[test]
fn the_operator_gets_the_same_settings() {
    let script = crate::text("infra/operator.sh");
    let main = Bicep::read("infra/main.bicep");
    let lines = script.lines().filter_map(|line| line.split_once(' ')).filter(|(name, _)| name.starts_with("FINRUST_"));
    let given: Vec<(&str, &str)> = lines.collect();
    let wrong: Vec<_> = given.iter().filter(|(_, output)| !main.outputs.contains_key(*output)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // On an operator's machine the Azure CLI provides the identity, and nothing is served.
    let elsewhere = [
        "FINRUST_IDENTITY_CLIENT_ID",
        "FINRUST_CLIENT_IP_HEADER",
        "FINRUST_FRONT_DOOR_ID",
        "FINRUST_HAND_OVER_WAIT",
        "FINRUST_SIGN_INS_PER_ADDRESS",
        "FINRUST_SIGN_INS_PER_SECOND",
        "FINRUST_RESETS_PER_ADDRESS",
    ];
    let written: Vec<(String, Value)> = written().into_iter().filter(|(name, _)| name.starts_with("FINRUST_")).collect();
    let missing = written.iter().map(|(name, _)| name.as_str()).filter(|name| !elsewhere.contains(name));
    let missing: Vec<_> = missing.filter(|name| !given.iter().any(|(own, _)| own == name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
