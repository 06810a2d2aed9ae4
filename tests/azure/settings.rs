//! A start with missing, incomplete or unsafe settings is refused, naming the setting.

use crate::cloud::{Cloud, Environment, run};

/// Settings as on Azure, with addresses that are never contacted.
fn on_azure() -> Environment {
    let settings = [
        ("WEBSITE_SITE_NAME", "finrust"),
        ("FINRUST_PUBLIC_URL", "https://www.mijnfinrust.nl"),
        ("FINRUST_COSMOS_ENDPOINT", "https://finrust.documents.azure.com:443/"),
        ("FINRUST_COSMOS_DATABASE", "finrust"),
        ("FINRUST_COSMOS_REGION", "West Europe"),
        ("FINRUST_KEY_VAULT_KEY", "https://finrust.vault.azure.net/keys/kek"),
        ("FINRUST_MAIL_QUEUE", "https://finrust.queue.core.windows.net/mail"),
        ("FINRUST_MAIL_ENDPOINT", "https://finrust.europe.communication.azure.com"),
        ("FINRUST_MAIL_FROM", "noreply@mijnfinrust.nl"),
        ("FINRUST_ERASURE_LOG", "https://finrusterasures.blob.core.windows.net/erasures/log"),
        ("FINRUST_IDENTITY_CLIENT_ID", "6f1f2f5e-7f3a-4f0e-9d3b-2a1c0b9e8d7c"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "1"),
    ];
    settings.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

fn with(mut environment: Environment, name: &'static str, value: &str) -> Environment {
    environment.retain(|(other, _)| *other != name);
    environment.push((name, value.to_owned()));
    environment
}

/// The one-line error of a refused start.
fn refusal(environment: &Environment) -> String {
    let output = run(environment, &["serve"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), complaint.lines().count()), (Some(1), 1), "{complaint}");
    complaint
}

#[test]
fn each_missing_setting_is_named() {
    for (name, _) in on_azure().into_iter().filter(|(name, _)| name.starts_with("FINRUST_")) {
        let mut environment = on_azure();
        environment.retain(|(other, _)| *other != name);
        assert!(refusal(&environment).contains(name), "{name}");
    }
    let cloud = Cloud::start();
    let half = cloud.environment().into_iter().filter(|(name, _)| *name != "FINRUST_MAIL_QUEUE").collect();
    assert!(refusal(&half).contains("FINRUST_MAIL_QUEUE"), "half given off Azure");
}

#[test]
fn what_is_unsafe_on_azure_is_named() {
    let bad = [
        ("FINRUST_COSMOS_ENDPOINT", "http://finrust.documents.azure.com"),
        ("FINRUST_COSMOS_ENDPOINT", "https://127.0.0.1:8081/"),
        ("FINRUST_COSMOS_ENDPOINT", "https://user:key@finrust.documents.azure.com/"),
        ("FINRUST_KEY_VAULT_KEY", "http://finrust.vault.azure.net/keys/kek"),
        ("FINRUST_KEY_VAULT_KEY", "https://localhost:8443/keys/kek"),
        ("FINRUST_KEY_VAULT_KEY", "https://finrust.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef"),
        ("FINRUST_MAIL_QUEUE", "https://finrust.queue.core.windows.net/mail?sv=2024-11-04&sig=abc"),
        ("FINRUST_MAIL_QUEUE", "http://127.0.0.1:10001/devstoreaccount1/mail"),
        ("FINRUST_MAIL_ENDPOINT", "http://finrust.europe.communication.azure.com"),
        ("FINRUST_MAIL_FROM", "nobody"),
        ("FINRUST_ERASURE_LOG", "https://finrusterasures.blob.core.windows.net/erasures"),
        ("FINRUST_ERASURE_LOG", "https://finrusterasures.blob.core.windows.net/erasures/log?sv=2024-11-04&sig=abc"),
        ("FINRUST_ERASURE_LOG", "http://127.0.0.1:10000/erasures/log"),
        ("FINRUST_IDENTITY_CLIENT_ID", "developer"),
        ("FINRUST_PUBLIC_URL", "http://127.0.0.1:7071"),
        ("FINRUST_PUBLIC_URL", "https://localhost:7071"),
        ("FINRUST_DATA_DIR", "/tmp/finrust"),
    ];
    for (name, value) in bad {
        assert!(refusal(&with(on_azure(), name, value)).contains(name), "{name}={value}");
    }
}

/// Spellings of this machine in a URL.
const HERE: [&str; 27] = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ｌocalhost",
    "%6cocalhost",
    "finrust.localhost",
    "finrust.localhost.",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback.",
    "127.0.0.1",
    "127.0.0.1.",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127。0。0。1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:0:0]",
    "[::127.0.0.2]",
];

#[test]
fn this_machine_is_no_service_of_azure_however_it_is_spelled() {
    let addresses = [
        ("FINRUST_PUBLIC_URL", "https://{}"),
        ("FINRUST_COSMOS_ENDPOINT", "https://{}:8081/"),
        ("FINRUST_KEY_VAULT_KEY", "https://{}/keys/kek"),
        ("FINRUST_MAIL_QUEUE", "https://{}:10001/mail"),
        ("FINRUST_MAIL_ENDPOINT", "https://{}/"),
        ("FINRUST_ERASURE_LOG", "https://{}:10000/erasures/log"),
    ];
    // Every setting that is a URL.
    let urls: Vec<_> = on_azure().into_iter().filter(|(_, value)| value.starts_with("https://")).map(|(name, _)| name).collect();
    assert!(urls.iter().all(|url| addresses.iter().any(|(name, _)| name == url)) && urls.len() == addresses.len(), "{urls:?}");
    for (name, spelled) in addresses {
        for host in HERE {
            let value = spelled.replace("{}", host);
            assert!(refusal(&with(on_azure(), name, &value)).contains(name), "{name}={value}");
        }
    }
}

#[test]
fn commands_of_the_embedded_default_are_refused() {
    let cloud = Cloud::start();
    for arguments in [["demo"].as_slice(), &["rewrap", "--rotate"]] {
        let output = run(&cloud.environment(), arguments);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && complaint.contains("embedded default"), "{complaint}");
    }
}
