//! Guarantees at the platform level: https, no keys, backups, locks, least privilege.

use crate::bicep::{Bicep, Value, all};

/// Properties and their only permitted value.
const FIXED: [(&str, &str, &str, &str); 32] = [
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.backupPolicy.type", "Continuous"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.backupPolicy.continuousModeProperties.tier", "Continuous30Days"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.disableLocalAuth", "true"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.disableKeyBasedMetadataWriteAccess", "true"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.minimalTlsVersion", "Tls12"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.isVirtualNetworkFilterEnabled", "true"),
    ("cosmos", "Microsoft.DocumentDB/databaseAccounts", "properties.enableMultipleWriteLocations", "false"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.sku.name", "premium"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", "true"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.enablePurgeProtection", "true"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.enableSoftDelete", "true"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.softDeleteRetentionInDays", "90"),
    ("key-vault", "Microsoft.KeyVault/vaults", "properties.networkAcls.defaultAction", "Deny"),
    ("key-vault", "Microsoft.KeyVault/vaults/keys", "properties.kty", "RSA-HSM"),
    ("key-vault", "Microsoft.KeyVault/vaults/keys", "properties.keySize", "3072"),
    ("storage-account", "Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", "false"),
    ("storage-account", "Microsoft.Storage/storageAccounts", "properties.allowBlobPublicAccess", "false"),
    ("storage-account", "Microsoft.Storage/storageAccounts", "properties.supportsHttpsTrafficOnly", "true"),
    ("storage-account", "Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_2"),
    ("mail", "Microsoft.Communication/communicationServices", "properties.disableLocalAuth", "true"),
    ("mail", "Microsoft.Communication/communicationServices", "properties.dataLocation", "Europe"),
    ("monitoring", "Microsoft.Insights/components", "properties.DisableLocalAuth", "true"),
    ("monitoring", "Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", "true"),
    ("function-app", "Microsoft.Web/sites", "properties.httpsOnly", "true"),
    ("function-app", "Microsoft.Web/sites", "properties.siteConfig.minTlsVersion", "1.2"),
    ("function-app", "Microsoft.Web/sites", "properties.siteConfig.ftpsState", "Disabled"),
    ("function-app", "Microsoft.Web/sites", "properties.clientAffinityEnabled", "false"),
    ("function-app", "Microsoft.Web/sites", "properties.functionAppConfig.runtime.name", "custom"),
    ("function-app", "Microsoft.Web/sites", "properties.functionAppConfig.runtime.version", "1.0"),
    ("function-app", "Microsoft.Web/sites", "identity.type", "UserAssigned"),
    ("cosmos", "Microsoft.Authorization/locks", "properties.level", "CanNotDelete"),
    ("key-vault", "Microsoft.Authorization/locks", "properties.level", "CanNotDelete"),
];

/// Built-in roles by id, each with where it may be assigned.
const ROLES: [(&str, &[&str]); 7] = [
    ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", &["erasures"]),
    ("3913510d-42f4-4e42-8a64-420c390055eb", &["insights"]),
    ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", &["host"]),
    ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", &["host"]),
    ("974c5e8b-45b9-4653-ba55-5f855dd0fb88", &["queues::service::mail", "queues::service::poison"]),
    ("e147488a-f6f5-4113-8e2d-b22465e65bf6", &["key"]),
    ("c6a89b2d-59bc-44d0-9896-0f6e12d7b80a", &["mail"]),
];

#[test]
fn what_is_promised_is_fixed() {
    for (module, resource_type, path, expected) in FIXED {
        let file = Bicep::read(&format!("infra/modules/{module}.bicep"));
        let found = file.resource(resource_type).body.at(path).map(|value| value.only().to_owned());
        assert_eq!(found.as_deref(), Some(expected), "{module}: {resource_type} {path}");
    }
}

#[test]
fn a_key_only_wraps() {
    let vault = Bicep::read("infra/modules/key-vault.bicep");
    let key = &vault.resource("Microsoft.KeyVault/vaults/keys").body;
    assert_eq!(key.at("properties.keyOps").unwrap().texts(), ["wrapKey", "unwrapKey"]);
    assert_eq!(key.at("properties.rotationPolicy.lifetimeActions.action.type").unwrap().only(), "rotate");
    assert_eq!(vault.outputs["keyUrl"].only(), "'${vault.properties.vaultUri}keys/${keyName}'", "without a version");
}

#[test]
fn roles_are_given_at_the_narrowest_scope() {
    for file in all() {
        for block in file.made().filter(|block| block.what.starts_with("Microsoft.Authorization/roleAssignments@")) {
            let role = block.body.at("properties.roleDefinitionId").unwrap().only().to_owned();
            let scope = block.body.at("scope").unwrap().only().to_owned();
            let place = format!("{}: {}", file.path, block.symbol);
            match role
                .strip_prefix("subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ")
                .and_then(|rest| rest.strip_suffix(')'))
            {
                // Custom roles of the same file, judged by their actions.
                Some("appender.name" | "mailer.name") => {}
                Some(variable) => {
                    let id = file.vars[variable].only();
                    let (_, scopes) =
                        ROLES.iter().find(|(own, _)| *own == id).unwrap_or_else(|| panic!("{place}: {id} is no role that was judged"));
                    assert!(scopes.contains(&scope.as_str()), "{place}: {id} at {scope}");
                }
                None => panic!("{place}: {role} has not the subscription's form"),
            }
        }
        for block in file.made().filter(|block| block.what.contains("/roleDefinitions@") || block.what.contains("/sqlRoleDefinitions@")) {
            let actions = ["properties.permissions.actions", "properties.permissions.dataActions"];
            let actions = actions.iter().filter_map(|path| block.body.at(path)).flat_map(Value::texts);
            assert!(actions.into_iter().all(|action| !action.contains('*')), "{}: {}", file.path, block.symbol);
        }
    }
}

#[test]
fn nothing_asks_for_a_key_or_a_connection_string() {
    for file in all() {
        let source = file.text(file.root()).to_lowercase();
        for word in ["listkeys", "listconnectionstrings", "accountkey", "sharedaccess", "listsas", "@secure()"] {
            assert!(!source.contains(word), "{}: {word}", file.path);
        }
    }
}

#[test]
fn production_has_what_test_goes_without() {
    let production = crate::text("infra/environments/production.bicepparam");
    for line in
        ["privateEndpoints = true", "deleteLocks = true", "zoneRedundant = true", "otherLocations = [ 'northeurope', 'swedencentral' ]"]
    {
        assert!(production.contains(&format!("\nparam {line}\n")), "{line}");
    }
}
