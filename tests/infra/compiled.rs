//! The output of the Bicep compiler (`infra/compile.sh` keeps it in `infra/compiled/`): order, copies, names, roles, regions.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{self, Write as _},
    process::Command,
};

fn json(name: &str) -> Value {
    serde_json::from_str(&crate::text(&format!("infra/compiled/{name}.json"))).unwrap()
}

/// The environments with parameter files.
pub fn environments() -> Vec<String> {
    let name = |path: String| path.rsplit('/').next().unwrap().trim_end_matches(".bicepparam").to_owned();
    crate::files("infra/environments", &[".bicepparam"]).into_iter().map(name).collect()
}

/// The resources of an environment, as deployed into an empty resource group.
pub fn predicted(environment: &str) -> Vec<Value> {
    let Value::Array(resources) = json(&format!("{environment}.snapshot"))["predictedResources"].take() else { panic!("a list") };
    assert!(resources.len() > 60, "{environment}: the snapshot is whole");
    resources
}

pub fn of_type<'a>(resources: &'a [Value], resource_type: &str) -> Vec<&'a Value> {
    resources.iter().filter(|resource| resource["type"] == resource_type).collect()
}

/// Every resource and nested deployment of a compiled template, including nested modules.
fn declared(template: &Value) -> Vec<&Value> {
    let own: Vec<&Value> = match &template["resources"] {
        Value::Array(resources) => resources.iter().collect(),
        Value::Object(named) => named.values().collect(),
        _ => Vec::new(),
    };
    let inner = own.iter().flat_map(|resource| declared(&resource["properties"]["template"])).collect::<Vec<_>>();
    own.into_iter().chain(inner).collect()
}

#[test]
fn what_is_kept_was_made_from_what_is_there() {
    let sources = crate::files("infra", &[".bicep", ".bicepparam", ".kql"]);
    let digest = |path: &String| data_encoding::HEXLOWER.encode(&Sha256::digest(crate::text(path).as_bytes()));
    let expected: BTreeMap<String, String> = sources.iter().map(|path| (path["infra/".len()..].to_owned(), digest(path))).collect();
    let kept = crate::text("infra/compiled/sources.sha256");
    let kept: BTreeMap<String, String> =
        kept.lines().map(|line| line.split_once("  ").unwrap()).map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect();
    assert_eq!(kept, expected, "infra/compiled is stale: run infra/compile.sh");
}

/// The control plane of a database account accepts one write at a time, and so does a subnet: 412, 429 and `AnotherOperationInProgress`.
#[test]
fn copies_are_made_one_after_the_other() {
    let serial = |resource: &Value| resource["copy"]["mode"] == "serial" && resource["copy"]["batchSize"] == 1;
    let mut seen = 0;
    for name in ["main", "operator", "drill"] {
        let template = json(name);
        for resource in declared(&template).into_iter().filter(|resource| resource["copy"].is_object()) {
            let kind = resource["type"].as_str().unwrap();
            if !kind.starts_with("Microsoft.Insights/") {
                seen += 1;
                assert!(serial(resource), "{name}: {kind} {}", resource["copy"]);
            }
        }
    }
    assert!(seen >= 9, "{seen} copies were looked at");
}

/// Symbols that a resource of this template depends on, transitively.
fn awaited(template: &Value, symbol: &str) -> Vec<String> {
    let own = template["resources"][symbol]["dependsOn"].as_array().cloned().unwrap_or_default();
    let own: Vec<String> = own.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    let inner = own.iter().flat_map(|name| awaited(template, name)).collect::<Vec<_>>();
    own.into_iter().chain(inner).collect()
}

#[test]
fn each_step_waits_for_the_one_before() {
    let waits = |template: &Value, later: &str, earlier: &[&str]| {
        let found = awaited_in(template, later);
        for name in earlier {
            assert!(found.iter().any(|own| own == name), "{later} does not wait for {name}: {found:?}");
        }
    };
    let main = json("main");
    waits(&main, "private-endpoints", &["storage", "cosmos", "key-vault"]);
    waits(&main, "function-app", &["private-endpoints", "storage", "cosmos", "key-vault", "mail", "network"]);
    let cosmos = module(&main, "cosmos");
    waits(cosmos, "databaseContainers", &["account", "database"]);
    waits(cosmos, "roles", &["databaseContainers"]);
    waits(cosmos, "assignments", &["roles"]);
    waits(cosmos, "lock", &["assignments"]);
}

/// The template of a module.
fn module<'a>(template: &'a Value, name: &str) -> &'a Value {
    let found = declared(template).into_iter().find(|resource| resource["name"] == name && resource["properties"]["template"].is_object());
    &found.unwrap_or_else(|| panic!("no module {name}"))["properties"]["template"]
}

/// As [`awaited`]; in a template without symbolic names, resources are named by `resourceId(type, name)`.
fn awaited_in(template: &Value, name: &str) -> Vec<String> {
    if template["resources"].is_object() {
        return awaited(template, name);
    }
    let resources = template["resources"].as_array().unwrap();
    let key = |resource: &Value| {
        let copy = resource["copy"]["name"].as_str();
        copy.or_else(|| resource["name"].as_str()).unwrap().to_owned()
    };
    let symbol = |resource: &Value| match (resource["type"].as_str().unwrap(), key(resource).as_str()) {
        ("Microsoft.DocumentDB/databaseAccounts", _) => "account".to_owned(),
        ("Microsoft.DocumentDB/databaseAccounts/sqlDatabases", _) => "database".to_owned(),
        ("Microsoft.Authorization/locks", _) => "lock".to_owned(),
        (_, key) => key.to_owned(),
    };
    let resource = resources.iter().find(|resource| symbol(resource) == name).unwrap_or_else(|| panic!("no resource {name}"));
    let depends = resource["dependsOn"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for other in resources.iter().filter(|other| symbol(other) != name) {
        let means = |text: &str| {
            let by_copy = other["copy"]["name"].as_str().is_some_and(|copy| text == copy);
            let kind = format!("'{}'", other["type"].as_str().unwrap());
            let by_id = text.contains(&kind) && text.matches(',').count() == kind.matches('/').count().max(1);
            let by_name = text.contains("Microsoft.Resources/deployments") && text.ends_with(&format!("'{}')]", key(other)));
            by_copy || by_name || (by_id && kind != "'Microsoft.Resources/deployments'")
        };
        if depends.iter().any(|text| means(text.as_str().unwrap())) {
            found.push(symbol(other));
            found.extend(awaited_in(template, &symbol(other)));
        }
    }
    found
}

#[test]
fn a_database_is_strong_and_has_one_region_or_three() {
    for environment in environments() {
        let resources = predicted(&environment);
        let [account] = of_type(&resources, "Microsoft.DocumentDB/databaseAccounts")[..] else { panic!("one account") };
        let properties = &account["properties"];
        let regions = properties["locations"].as_array().unwrap();
        assert!([1, 3].contains(&regions.len()), "{environment}: {regions:?}");
        assert_eq!(properties["consistencyPolicy"]["defaultConsistencyLevel"], "Strong", "{environment}");
        assert_eq!(properties["enableAutomaticFailover"], regions.len() == 3, "{environment}");
        let order: Vec<_> = regions.iter().map(|region| region["failoverPriority"].as_u64().unwrap()).collect();
        assert!(order.iter().copied().eq(0..regions.len() as u64), "{environment}: {order:?}");
    }
    let (main, one_or_three) = (json("main"), serde_json::json!([1, 3]));
    assert_eq!(module(&main, "cosmos")["parameters"]["regionCount"]["allowedValues"], one_or_three, "two are refused");
}

#[test]
fn role_ids_have_the_form_of_the_subscription() {
    for environment in environments() {
        for assignment in of_type(&predicted(&environment), "Microsoft.Authorization/roleAssignments") {
            let id = assignment["properties"]["roleDefinitionId"].as_str().unwrap();
            let own =
                id.strip_prefix("/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/");
            assert!(own.is_some_and(|guid| guid.len() == 36), "{environment}: {id}");
        }
    }
}

/// Maximum name lengths in Azure.
const LENGTHS: [(&str, usize); 7] = [
    ("Microsoft.Storage/storageAccounts", 24),
    ("Microsoft.KeyVault/vaults", 24),
    ("Microsoft.DocumentDB/databaseAccounts", 44),
    ("Microsoft.Web/sites", 60),
    ("Microsoft.Communication/communicationServices", 63),
    ("Microsoft.Insights/actionGroups", 260),
    ("Microsoft.OperationalInsights/workspaces", 63),
];

#[test]
fn names_are_short_enough_for_the_longest_environment() {
    let longest = json("main")["parameters"]["environmentName"]["maxLength"].as_u64().unwrap();
    for environment in environments() {
        let more = usize::try_from(longest).unwrap() - environment.len();
        for (resource_type, most) in LENGTHS {
            let resources = predicted(&environment);
            let named = of_type(&resources, resource_type);
            assert!(!named.is_empty(), "{resource_type}");
            for name in named.iter().map(|resource| resource["name"].as_str().unwrap()) {
                let length = name.len() + if name.contains(&environment) { more } else { 0 };
                assert!(length <= most, "{resource_type} {name}: {length} of {most}");
            }
        }
    }
}

#[test]
fn production_is_locked_and_private() {
    let production = predicted("production");
    assert_eq!(of_type(&production, "Microsoft.Authorization/locks").len(), 3);
    assert_eq!(of_type(&production, "Microsoft.Network/privateEndpoints").len(), 7);
    let [network] = of_type(&production, "Microsoft.Network/virtualNetworks")[..] else { panic!("one network") };
    for subnet in network["properties"]["subnets"].as_array().unwrap() {
        let (gateway, default) = (&subnet["properties"]["natGateway"], &subnet["properties"]["defaultOutboundAccess"]);
        assert_eq!(default, false, "{subnet}: the way out is said");
        assert_eq!(gateway.is_object(), subnet["name"] == "functions", "{subnet}");
    }
}

/// The SDK tries no other gateway when a port is closed, and package publishing reaches the private account.
#[test]
fn what_the_program_and_the_platform_need_of_the_network_is_open_and_nothing_else_is_looked_for() {
    for environment in environments() {
        let resources = predicted(&environment);
        let [site] = of_type(&resources, "Microsoft.Web/sites")[..] else { panic!("one app") };
        let settings = site["properties"]["siteConfig"]["appSettings"].as_array().unwrap();
        let gateway = settings.iter().find(|setting| setting["name"] == "AZURE_COSMOS_CONNECTION_POOL_GATEWAY_V2_DISABLED");
        assert_eq!(gateway.map(|setting| &setting["value"]), Some(&Value::from("true")));
        let groups = of_type(&resources, "Microsoft.Network/networkSecurityGroups");
        let allowed: Vec<(&Value, &Value, &Value)> = groups
            .iter()
            .flat_map(|group| group["properties"]["securityRules"].as_array().unwrap())
            .map(|rule| &rule["properties"])
            .filter(|rule| rule["access"] == "Allow")
            .map(|rule| (&rule["direction"], &rule["sourceAddressPrefix"], &rule["destinationPortRange"]))
            .collect();
        assert_eq!(allowed.len(), groups.len(), "one way through each: {allowed:?}");
        assert!(allowed.iter().all(|(_, from, port)| *from == "VirtualNetwork" && *port == "443"), "{allowed:?}");
    }
}

/// A new workspace lacks the tables that a rule queries, and Azure would refuse the rule because of that.
#[test]
fn a_rule_is_made_before_its_tables_are_there() {
    for environment in environments() {
        let resources = predicted(&environment);
        let rules = of_type(&resources, "Microsoft.Insights/scheduledQueryRules");
        assert_eq!(rules.len(), crate::files("infra/queries", &[".kql"]).iter().filter(|path| path.matches('/').count() == 2).count());
        assert!(rules.iter().all(|rule| rule["properties"]["skipQueryValidation"] == true), "{environment}");
    }
}

/// Modules whose names contain values known only during deployment: what-if skips them entirely.
#[test]
fn what_if_leaves_out_what_the_readme_says() {
    let main = json("main");
    let hold_identity = |module: &&Value| {
        let inner = declared(&module["properties"]["template"]);
        let is_given =
            module["properties"]["parameters"]["principalId"]["value"].as_str().is_some_and(|value| value.contains("reference("));
        is_given && inner.iter().any(|resource| resource["name"].as_str().is_some_and(|name| name.contains("parameters('principalId')")))
    };
    let own = declared(&main);
    let modules = own.iter().copied().filter(|resource| resource["type"] == "Microsoft.Resources/deployments").filter(hold_identity);
    let skipped: BTreeSet<&str> = modules.map(|module| module["name"].as_str().unwrap()).collect();
    let readme = crate::text("infra/README.md");
    let sentence =
        readme.split("What-if skips the modules ").nth(1).and_then(|rest| rest.split(", with everything in them").next()).unwrap();
    let said: BTreeSet<&str> = sentence.split('`').skip(1).step_by(2).collect();
    assert_eq!(said, skipped);
    // They can be read there.
    for environment in environments() {
        let resources = predicted(&environment);
        assert!(of_type(&resources, "Microsoft.Authorization/roleAssignments").len() >= skipped.len(), "{environment}");
    }
}

/// An account restored without zones cannot get any, and an existing one keeps what Azure changes in separate steps; the desired state is
/// an output for `infra/deploy.sh`. The fallback for batches grants all rights to documents and none to anything else.
#[test]
fn a_restored_account_keeps_what_it_has_and_the_fallback_gives_documents_only() {
    let restored = predicted("restored");
    let [account] = of_type(&restored, "Microsoft.DocumentDB/databaseAccounts")[..] else { panic!("one account") };
    let properties = &account["properties"];
    let one = serde_json::json!([{"locationName": "West Europe", "failoverPriority": 0, "isZoneRedundant": false}]);
    assert_eq!((&account["name"], &properties["locations"]), (&"restored".into(), &one));
    assert_eq!(
        (&properties["enableAutomaticFailover"], &properties["consistencyPolicy"]["defaultConsistencyLevel"]),
        (&false.into(), &"Session".into())
    );
    assert_eq!(properties["publicNetworkAccess"], "Disabled");
    let containers = of_type(&restored, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers");
    assert!(containers.len() == 4 && containers.iter().all(|container| container["properties"]["resource"]["defaultTtl"].is_null()));
    let items = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items";
    let actions = |environment: &str| {
        let resources = predicted(environment);
        let roles = of_type(&resources, "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions");
        let each = |role: &Value| -> BTreeSet<String> {
            let actions = role["properties"]["permissions"][0]["dataActions"].as_array().unwrap().iter();
            actions.map(|action| action.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
        };
        roles.into_iter().map(each).collect::<Vec<_>>()
    };
    let all = ["create", "delete", "executeQuery", "read", "readMetadata", "replace", "upsert"].map(str::to_owned).into();
    assert_eq!(actions("restored"), vec![all; 4]);
    assert!(actions("production").iter().any(|narrow| !narrow.contains("delete")), "otherwise it is no fallback");
    let scopes = of_type(&restored, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments");
    assert!(scopes.len() == 4 && scopes.iter().all(|role| role["properties"]["scope"].as_str().unwrap().contains("/dbs/finrust/colls/")));
    assert!(!crate::text("infra/compiled/main.json").contains(&format!("{items}/*")));
}

/// Takes about two minutes, if `BICEP` names the compiler.
#[test]
#[expect(clippy::disallowed_methods, reason = "the compiler is asked where there is one")]
fn the_compiler_makes_what_is_kept_and_warns_of_nothing() {
    let Some(bicep) = env::var_os("BICEP") else {
        // Bypasses the harness, which captures the output of passing tests.
        let _ = writeln!(io::stderr(), "skipped: BICEP does not say where the Bicep compiler is; the workflow asks it");
        return;
    };
    let mut check = Command::new("bash");
    check.args(["infra/compile.sh", "--check"]).current_dir(env!("CARGO_MANIFEST_DIR")).env("BICEP", bicep);
    let output = check.output().expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && output.stderr.is_empty() && said.ends_with(" files as they are kept, 0 warnings\n"), "{output:?}");
    print!("{said}");
}
