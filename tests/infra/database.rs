//! Containers, keys, indexes, roles, queues and the erasure log: Bicep compared with the code.

use crate::bicep::{Bicep, Value};
use finrust::ports::Container;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

const CONTAINERS: &str = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers";

fn cosmos() -> Bicep {
    Bicep::read("infra/modules/cosmos.bicep")
}

/// Each container with the write actions that roles allow.
fn granted() -> BTreeMap<String, BTreeSet<String>> {
    let file = cosmos();
    let Value::List(containers) = &file.vars["containers"] else { panic!("a list of containers") };
    let prefix = format!("{CONTAINERS}/items/");
    let action = |text: &str| text.strip_prefix(&prefix).expect("an action on documents").to_owned();
    let entry = |container: &Value| {
        let actions = container.at("writing").unwrap().texts().into_iter().map(action).collect();
        (container.at("name").unwrap().only().to_owned(), actions)
    };
    containers.iter().map(entry).collect()
}

/// What the code writes and where: each file commits to the one container that it names, or to all containers with sealed documents if it
/// names none.
fn written(path: &str, code: &str) -> Option<(Vec<&'static str>, BTreeSet<String>)> {
    let kinds = [("Create(", "create"), ("Replace {", "replace"), ("Put(", "upsert"), ("Delete {", "delete")];
    let made = |pattern: &str| {
        code.split(&format!("Operation::{pattern}")).skip(1).any(|rest| !rest.starts_with("_)") && !rest.starts_with(" .."))
    };
    let operations: BTreeSet<String> = kinds.iter().filter(|(pattern, _)| made(pattern)).map(|(_, action)| (*action).to_owned()).collect();
    if operations.is_empty() {
        return None;
    }
    let named = Container::ALL.into_iter().filter(|container| code.contains(&format!("Container::{container:?}")));
    let named: Vec<&str> = named.map(Container::name).collect();
    assert!(named.len() <= 1, "{path} writes to one container, so that roles can be told from it: {named:?}");
    let sealed = || Container::ALL.into_iter().filter(|container| *container != Container::Keys).map(Container::name).collect();
    Some((if named.is_empty() { sealed() } else { named }, operations))
}

fn writes() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> =
        Container::ALL.map(|container| (container.name().to_owned(), BTreeSet::new())).into();
    for path in crate::files("handlers", &[".rs"]) {
        let is_implementation = path.starts_with("handlers/adapters/") || path == "handlers/documents.rs";
        if let Some((containers, operations)) = (!is_implementation).then(|| written(&path, &crate::text(&path))).flatten() {
            for container in containers {
                found.get_mut(container).unwrap().extend(operations.iter().cloned());
            }
        }
    }
    found
}

#[test]
fn a_role_allows_what_the_code_does_in_its_container() {
    let mut written = writes();
    // Destroying a data key is for an operator who was granted that right temporarily (infra/runbooks/key-rotation.md): an attacker who
    // takes over the program cannot make the files unreadable.
    assert!(written.get_mut("keys").unwrap().remove("delete"), "no command destroys keys any more");
    assert_eq!(granted(), written);
    let file = cosmos();
    let reading = file.vars["reading"].texts();
    let expected = [
        "Microsoft.DocumentDB/databaseAccounts/readMetadata".to_owned(),
        format!("{CONTAINERS}/executeQuery"),
        format!("{CONTAINERS}/items/read"),
    ];
    assert_eq!(reading, expected);
    let mut everything = file.vars["everything"].texts();
    everything.sort_unstable();
    assert_eq!(everything, ["create", "delete", "replace", "upsert"].map(|action| format!("{CONTAINERS}/items/{action}")), "the fallback");
    assert!(crate::text("infra/main.bicep").contains("param cosmosWideRights bool = false\n"), "the fallback is for whoever asks for it");
    let role = file.resource("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions");
    assert!(role.body.at("properties.permissions.dataActions").unwrap().texts().iter().all(|action| !action.contains('*')));
}

#[test]
fn what_a_file_writes_is_told_from_it() {
    let code = "Container::Keys; Operation::Create(draft); Operation::Put(_) | Operation::Delete { .. } => x";
    assert_eq!(written("x", code), Some((vec!["keys"], BTreeSet::from(["create".to_owned()]))));
    assert_eq!(written("x", "Container::Keys; Container::Clients"), None);
    let anywhere = written("x", "Operation::Replace { draft, if_match }").unwrap();
    assert_eq!(anywhere.0, ["identities", "clients", "register"]);
}

#[test]
fn an_assignment_holds_in_one_container() {
    let scope = cosmos().resource("Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments").body.at("properties.scope").cloned();
    assert_eq!(scope.unwrap().only(), "'${account.id}/dbs/${databaseName}/colls/${container.name}'");
    let operator = Bicep::read("infra/operator.bicep");
    let everywhere = operator.vars["everywhere"].texts();
    assert_eq!(everywhere.iter().copied().collect::<BTreeSet<_>>(), Container::ALL.map(Container::name).into());
    assert!(!operator.vars["forInvitations"].texts().contains(&"clients"), "who invites opens no client file");
}

/// `WrittenRow` (`adapters/cosmos/document.rs`) names the members; `Selection` (`adapters/cosmos/query.rs`) says what is queried.
#[test]
fn containers_are_partitioned_and_indexed_as_the_adapter_reads() {
    let file = cosmos();
    let body = &file.resource(CONTAINERS).body;
    let at = |path: &str| body.at(&format!("properties.resource.{path}")).unwrap().texts();
    let row = crate::text("handlers/adapters/cosmos/document.rs");
    for member in ["id: &'a str", "partition: &'a str", "ttl: Option<u32>"] {
        assert!(row.contains(member), "{member}");
    }
    assert_eq!(at("partitionKey.paths"), ["/partition"]);
    assert_eq!((at("partitionKey.kind"), at("partitionKey.version")), (vec!["Hash"], vec!["2"]));
    assert_eq!(at("defaultTtl"), ["-1", "null"], "documents with a ttl end, others stay; none ends while a restored account is looked at");
    assert!(crate::text("infra/main.bicep").contains("param cosmosExpiry bool = true\n"), "expiry is off on demand only");
    assert_eq!(at("indexingPolicy.indexingMode"), ["consistent"], "anything else and the ttl has no effect");
    let index = body.at("properties.resource.indexingPolicy").unwrap();
    let members = |name: &str, member: &str| {
        let Some(Value::List(entries)) = index.at(name) else { panic!("{name}") };
        let entries = if let Some(Value::List(inner)) = entries.first() { inner } else { entries };
        entries.iter().map(|entry| entry.at(member).unwrap().only().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(members("includedPaths", "path"), ["/id/?", "/partition/?"]);
    assert_eq!(members("excludedPaths", "path"), ["/*", "/\"_etag\"/?"]);
    assert_eq!(members("compositeIndexes", "path"), ["/partition", "/id"]);
    let query = crate::text("handlers/adapters/cosmos/query.rs");
    assert!(query.contains("c.partition {direction}, c.id {direction}"), "a scan is ordered by the composite index");
}

#[test]
fn the_queue_of_the_host_is_the_queue_of_the_program() {
    let function: Json = serde_json::from_str(&crate::text("function-app/send-mail/function.json")).unwrap();
    let trigger = &function["bindings"][0];
    assert_eq!((trigger["type"].as_str(), trigger["connection"].as_str()), (Some("queueTrigger"), Some("MailQueue")));
    let queue = trigger["queueName"].as_str().unwrap();
    let storage = Bicep::read("infra/modules/storage.bicep");
    let account = storage.modules.iter().find(|module| module.symbol == "queueAccount").unwrap();
    // The host moves messages that failed too often there; no role may create queues.
    assert_eq!(account.body.at("params.queues").unwrap().texts(), [queue, &format!("{queue}-poison")]);
    assert_eq!(storage.outputs["mailQueueUrl"].only(), format!("'${{queueAccount.outputs.queueUrl}}{queue}'"));
    let host: Json = serde_json::from_str(&crate::text("function-app/host.json")).unwrap();
    assert_eq!(host["customHandler"]["description"]["defaultExecutablePath"], "finrust", "runtime `custom` starts what host.json names");
}

#[test]
fn the_erasure_log_is_added_to_and_never_changed() {
    let storage = Bicep::read("infra/modules/storage.bicep");
    let policy = storage.resource("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies");
    assert_eq!(policy.body.at("properties.allowProtectedAppendWrites").unwrap().only(), "true");
    let role = storage.resource("Microsoft.Authorization/roleDefinitions");
    let blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    assert_eq!(
        role.body.at("properties.permissions.dataActions").unwrap().texts(),
        [format!("{blobs}/read"), format!("{blobs}/add/action")]
    );
    let account = storage.modules.iter().find(|module| module.symbol == "erasureAccount").unwrap();
    let container = account.body.at("params.containers").unwrap().only().to_owned();
    assert_eq!(storage.outputs["erasureLogUrl"].only(), format!("'${{erasureAccount.outputs.blobUrl}}{container}/log'"));
}
