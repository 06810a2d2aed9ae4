//! Which module may import which.

use crate::source::{Source, module_of};

/// Each module with those that it may import besides itself, in the order of `lib.rs`.
const RANKS: [(&str, &[&str]); 20] = [
    ("secret", &[]),
    ("domain", &["secret"]),
    ("demo_files", &["domain"]),
    ("crypto", &["secret", "domain"]),
    ("documents", &["domain", "crypto"]),
    ("ports", &["secret", "domain", "crypto", "documents"]),
    ("log_writer", &[]),
    ("telemetry", &["ports", "log_writer"]),
    ("store", &["secret", "domain", "crypto", "ports"]),
    ("flows", &["secret", "domain", "crypto", "ports", "store"]),
    ("http", &["secret", "domain", "crypto", "ports", "telemetry", "store", "flows"]),
    ("adapters", &["secret", "domain", "crypto", "ports", "config", "azure_settings", "telemetry"]),
    ("environment", &[]),
    ("config", &["secret", "domain", "azure_settings", "environment"]),
    ("azure_settings", &["domain", "config"]),
    ("data_folder", &[]),
    ("folder_lock", &[]),
    ("embedded", &["ports", "flows", "adapters", "data_folder", "folder_lock"]),
    (
        "app",
        &[
            "data_folder",
            "folder_lock",
            "embedded",
            "secret",
            "domain",
            "demo_files",
            "crypto",
            "ports",
            "telemetry",
            "store",
            "flows",
            "http",
            "adapters",
            "config",
            "azure_settings",
        ],
    ),
    (
        "commands",
        &[
            "secret",
            "domain",
            "demo_files",
            "crypto",
            "ports",
            "log_writer",
            "telemetry",
            "store",
            "flows",
            "http",
            "adapters",
            "environment",
            "config",
            "azure_settings",
            "data_folder",
            "folder_lock",
            "embedded",
            "app",
        ],
    ),
];

/// What an adapter may import besides its own helpers: whole modules, and single names of others.
const SEEN_BY_ADAPTERS: [&[&str]; 13] = [
    &["ports"],
    &["config"],
    &["azure_settings"],
    &["secret"],
    &["domain", "ids"],
    &["domain", "sign_in", "credentials", "EmailAddress"],
    &["domain", "clients", "erasure_log", "ErasureLine"],
    &["domain", "clients", "erasure_log", "Form"],
    &["domain", "clients", "erasure_log", "Voucher"],
    &["crypto", "envelope"],
    &["crypto", "key_record"],
    &["crypto", "aead"],
    &["telemetry"],
];

/// The adapters; the files of a folder `sqlite` are one adapter, a file `azure…` is a helper of those on Azure.
const ADAPTERS: [&str; 11] = [
    "system",
    "key_file",
    "sqlite",
    "queue_table",
    "mail_folder",
    "erasure_file",
    "cosmos",
    "key_vault",
    "storage_queue",
    "communication_services",
    "erasure_blob",
];
const ON_AZURE: [&str; 5] = ["cosmos", "key_vault", "storage_queue", "communication_services", "erasure_blob"];

/// A module imports itself and what [`RANKS`] grants it; `main.rs` imports anything.
pub fn imports(source: &Source) -> Vec<String> {
    let me = module_of(&source.path)[0].clone();
    if me == "main" || me == "lib" {
        return Vec::new();
    }
    let Some((_, granted)) = RANKS.iter().find(|(name, _)| *name == me) else {
        return vec![format!("the module {me} has no rank")];
    };
    let is_wrong = |other: &String| RANKS.iter().any(|(name, _)| name == other) && *other != me && !granted.contains(&other.as_str());
    let imported = imported(source).into_iter().filter_map(|import| import.first());
    imported.filter(|other| is_wrong(other)).map(|other| format!("imports {other}")).collect()
}

/// An adapter imports what [`SEEN_BY_ADAPTERS`] grants, and its own helpers.
pub fn adapter_imports(source: &Source) -> Vec<String> {
    let Some(me) = source.path.strip_prefix("adapters/").and_then(|file| file.strip_suffix(".rs")) else {
        return Vec::new();
    };
    let Some(mine) = family(me) else {
        return vec![format!("{me} is no adapter and helps none")];
    };
    let granted = |import: &[String]| match import {
        [adapters, other, inner @ ..] if adapters == "adapters" => match family(other) {
            // SQLite failures and file checks are shared with the queue.
            Some("sqlite") if inner.first().is_some_and(|inner| ["failure", "files"].contains(&inner.as_str())) => {
                ["sqlite", "queue_table"].contains(&mine)
            }
            Some("azure") => ON_AZURE.contains(&mine) || mine == "azure",
            theirs => theirs == Some(mine),
        },
        _ => SEEN_BY_ADAPTERS.iter().any(|seen| import.iter().zip(*seen).all(|(one, other)| one == other) && import.len() >= seen.len()),
    };
    imported(source).into_iter().filter(|import| !granted(import)).map(|import| format!("imports {}", import.join("::"))).collect()
}

fn family(file: &str) -> Option<&'static str> {
    let helps = |adapter: &&str| file.strip_prefix(adapter).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '/']));
    ADAPTERS.into_iter().find(helps).or_else(|| file.starts_with("azure").then_some("azure"))
}

/// Paths below the crate root that the non-test code of a file names; macro names and the like do not count.
fn imported(source: &Source) -> Vec<&[String]> {
    let below_root = source.code.names.iter().filter(|name| name[0] == "crate").map(|name| &name[1..]);
    below_root.filter(|path| path.first().is_some_and(|first| RANKS.iter().any(|(name, _)| name == first))).collect()
}

#[test]
fn an_upward_import_is_found() {
    let imports = |path, text| imports(&Source::parse(path, text));
    let good = "use crate::{crypto::mac, domain::ids::KeyId}; use super::error; crate::text_type!();";
    assert_eq!(imports("store/keys/sealing.rs", good), [""; 0]);
    let bad = "use crate::{domain::{a, b}, flows::x}; fn f() { super::super::super::http::g() } #[cfg(test)] mod t { use crate::app; }";
    assert_eq!(imports("store/keys/sealing.rs", bad), ["imports flows", "imports http"]);
    assert_eq!(imports("domain/x.rs", "use crate::crypto::mac;"), ["imports crypto"]);
    assert_eq!(imports("domain/x.rs", "x! { y => $crate::http::z!() }"), ["imports http"], "in a macro");
    assert_eq!(imports("domain/x.rs", "#[serde(with = \"crate::flows::y\")] struct X;"), ["imports flows"], "in an attribute");
    assert_eq!(imports("domain/x.rs", "mod y { use super::super::super::app; }"), ["imports app"], "from a module within");
    assert_eq!(imports("domain/x.rs", "use self::super::super::store as y; fn f() { y::z() }"), ["imports store"; 2]);
    assert_eq!(imports("flows/x.rs", "fn f() { crate::adapters::system::SystemClock }"), ["imports adapters"]);
    assert_eq!(imports("helpers/x.rs", ""), ["the module helpers has no rank"]);
    assert_eq!(imports("main.rs", "use finrust::app;"), [""; 0]);
}

#[test]
fn an_adapter_that_sees_another_is_found() {
    let adapter_imports = |path, text| adapter_imports(&Source::parse(path, text));
    let good = "use crate::{ports::Clock, crypto::envelope::Sealed}; use super::schema::X;";
    assert_eq!(adapter_imports("adapters/sqlite/reader.rs", good), [""; 0]);
    assert_eq!(adapter_imports("adapters/cosmos/documents.rs", "use crate::adapters::azure_credential::Token;"), [""; 0]);
    let bad = "use crate::{domain::account::Account, crypto::password::Argon2id}; use super::{key_file::KeyFile, sqlite::schema};";
    let expected = [
        "imports domain::account::Account",
        "imports crypto::password::Argon2id",
        "imports adapters::key_file::KeyFile",
        "imports adapters::sqlite::schema",
    ];
    assert_eq!(adapter_imports("adapters/queue_table.rs", bad), expected);
    assert_eq!(adapter_imports("adapters/key_vault.rs", "use super::key_file;"), ["imports adapters::key_file"]);
    assert_eq!(adapter_imports("adapters/memory.rs", ""), ["memory is no adapter and helps none"]);
}
