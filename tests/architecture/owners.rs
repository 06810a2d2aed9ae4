//! External crates, and parts of the standard library with side effects, each with the files that may use them.

use crate::source::{Code, Source};

/// First segments of a path, and the path prefixes of its owners. A trailing `*` matches any rest.
const OWNERS: [(&str, &[&str]); 39] = [
    ("axum", &["http/", "commands/serve.rs"]),
    ("tower*", &["http/"]),
    ("http_body", &["http/"]),
    ("http_body_util", &["http/"]),
    ("utoipa_axum", &["http/"]),
    ("utoipa", &["domain/", "http/"]),
    ("flate2", &["http/front_files.rs"]),
    ("rust_embed", &["http/front_files.rs"]),
    ("rusqlite", &["adapters/sqlite/", "adapters/queue_table.rs"]),
    ("lettre", &["adapters/mail_folder.rs"]),
    ("azure_core", &["adapters/"]),
    ("azure_identity", &["adapters/azure.rs"]),
    ("azure_data_cosmos", &["adapters/cosmos/"]),
    ("azure_security_keyvault_keys", &["adapters/key_vault"]),
    ("azure_storage_queue", &["adapters/storage_queue"]),
    ("azure_storage_blob", &["adapters/erasure_blob.rs"]),
    ("futures", &["adapters/cosmos/", "flows/clients/retention.rs"]),
    ("reqwest", &["adapters/"]),
    ("aes_gcm", &["crypto/aead.rs"]),
    ("hkdf", &["crypto/data_keys.rs", "crypto/write_keys.rs"]),
    ("hmac", &["crypto/mac.rs"]),
    ("sha2", &["crypto/", "store/keys/sealing.rs"]),
    ("argon2", &["crypto/password.rs", "crypto/hash_memory.rs"]),
    ("rustix", &["flows/sign_in/hash_pool.rs"]),
    ("totp_rs", &["crypto/totp.rs"]),
    ("qrcode", &["crypto/totp.rs"]),
    ("getrandom", &["adapters/system.rs"]),
    ("askama", &["flows/mail/text.rs", "flows/breaches/letter_text.rs", "http/problem_pages.rs"]),
    ("csv", &["domain/table/"]),
    ("yore", &["domain/table/dialect.rs"]),
    ("zxcvbn", &["domain/sign_in/password_policy.rs"]),
    ("idna", &["domain/sign_in/credentials.rs"]),
    ("unicode_normalization", &["domain/sign_in/credentials.rs", "domain/unseen.rs", "domain/clients/folding.rs"]),
    ("icu_properties", &["domain/sign_in/credentials.rs", "domain/unseen.rs"]),
    ("url", &["config.rs", "azure_settings.rs"]),
    // The command line names roles and languages as the API does, so the enums themselves derive `ValueEnum`.
    ("clap", &["main.rs", "config.rs", "commands/"]),
    ("tracing_subscriber", &["telemetry.rs"]),
    ("mimalloc", &["main.rs"]),
    ("std::env", &["config.rs"]),
];

/// System clocks: the time comes from the `Clock` port.
const CLOCKS: [&str; 3] = ["Timestamp", "ZonedDateTime", "SystemTime"];
const CLOCK_OWNER: &str = "adapters/system.rs";

/// A file names only the external crates that it owns.
pub fn outside_names(source: &Source) -> Vec<String> {
    let Source { path, code, .. } = source;
    let foreign = OWNERS.iter().filter(|(_, owners)| !owners.iter().any(|owner| path.starts_with(owner)));
    let mut wrong: Vec<String> = foreign.filter(|(name, _)| names(code, name)).map(|(name, _)| format!("uses {name}")).collect();
    let asked = |clock: &&str| path != CLOCK_OWNER && code.has(&[clock, "now"]);
    wrong.extend(CLOCKS.into_iter().filter(asked).map(|clock| format!("asks {clock} for the time")));
    wrong
}

fn names(code: &Code, name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(prefix) => code.names.iter().any(|path| path[0].starts_with(prefix)),
        None => code.begins(&name.split("::").collect::<Vec<_>>()),
    }
}

#[test]
fn a_crate_outside_its_owner_is_found() {
    let expected = |path, text, wrong: &[&str]| assert_eq!(outside_names(&Source::parse(path, text)), wrong, "{text}");
    expected("http/sign_in/login.rs", "use axum::Json; use tower_http::x; use crate::http::hmac::x;", &[]);
    expected("flows/login.rs", "use axum::Json; fn f() { tower_http::x() }", &["uses axum", "uses tower*"]);
    expected("crypto/mac.rs", "use hmac::Hmac; use aes_gcm as gcm;", &["uses aes_gcm"]);
    expected("adapters/sqlite/writer.rs", "fn f() { rusqlite::Connection::open() }", &[]);
    expected("store/x.rs", "use rusqlite;", &["uses rusqlite"]);
    expected("app.rs", r#"use std::{env, fs}; fn f() { env!("X") }"#, &["uses std::env"]);
    expected("app.rs", r#"fn f() { std::env::var("X") }"#, &["uses std::env"]);
    expected("app.rs", r#"fn f() { env!("X") } // std::env::var"#, &[]);
    expected("app.rs", "use std as s; fn f() { s::env::var(x) }", &["uses std::env"]);
    expected("store/x.rs", "fn f() { ::rusqlite::x(); matches!(y, Some(lettre::Z)) }", &["uses rusqlite", "uses lettre"]);
    expected("store/x.rs", "extern crate hmac as x; #[derive(clap::Parser)] struct X;", &["uses hmac", "uses clap"]);
    expected("adapters/system.rs", "fn f() { Timestamp::now() }", &[]);
    expected("flows/x.rs", "fn f() { Timestamp::now() }", &["asks Timestamp for the time"]);
    expected(
        "flows/x.rs",
        "use jiff::ZonedDateTime as Z; fn f() { g!(jiff::Timestamp::now(), Z::now()) }",
        &["asks Timestamp for the time", "asks ZonedDateTime for the time"],
    );
    expected("flows/x.rs", "#[cfg(test)] mod tests { use getrandom::fill; }", &[]);
}
