//! Outside crates, and what of the standard library reaches outside, each with the files that may use it.

use crate::tokens::{of_product, paths};

/// First segments of a path, and how the paths of its owners begin. A name that ends with `*` stands for all that begin so.
const OWNERS: [(&str, &[&str]); 38] = [
    ("axum", &["http/", "commands/serve.rs"]),
    ("tower*", &["http/"]),
    ("http_body", &["http/"]),
    ("http_body_util", &["http/"]),
    ("utoipa_axum", &["http/"]),
    ("utoipa", &["domain/", "http/"]),
    ("flate2", &["http/front_files.rs"]),
    ("rust_embed", &["http/front_files.rs"]),
    ("rusqlite", &["adapters/sqlite", "adapters/queue_table.rs"]),
    ("lettre", &["adapters/mail_folder.rs"]),
    ("azure_core", &["adapters/"]),
    ("azure_identity", &["adapters/azure.rs"]),
    ("azure_data_cosmos", &["adapters/cosmos"]),
    ("azure_security_keyvault_keys", &["adapters/key_vault"]),
    ("azure_storage_queue", &["adapters/storage_queue"]),
    ("azure_storage_blob", &["adapters/erasure_blob.rs"]),
    ("futures", &["adapters/cosmos"]),
    ("reqwest", &["adapters/"]),
    ("aes_gcm", &["crypto/aead.rs"]),
    ("hkdf", &["crypto/data_keys.rs", "crypto/envelope.rs"]),
    ("hmac", &["crypto/mac.rs"]),
    ("sha2", &["crypto/", "store/sealing.rs"]),
    ("argon2", &["crypto/password.rs", "crypto/hash_memory.rs"]),
    ("totp_rs", &["crypto/totp.rs"]),
    ("qrcode", &["crypto/totp.rs"]),
    ("getrandom", &["adapters/system.rs"]),
    ("askama", &["flows/mail_text.rs", "flows/breach_letter_text.rs"]),
    ("csv", &["domain/table/"]),
    ("yore", &["domain/table/dialect.rs"]),
    ("zxcvbn", &["domain/password_policy.rs"]),
    ("idna", &["domain/credentials.rs"]),
    ("unicode_normalization", &["domain/credentials.rs", "domain/unseen.rs", "domain/client/folding.rs"]),
    ("icu_properties", &["domain/credentials.rs", "domain/unseen.rs"]),
    ("url", &["config.rs", "azure_settings.rs"]),
    // The command line names roles and languages as the API does, so the enums themselves derive `ValueEnum`.
    ("clap", &["main.rs", "config.rs", "commands/"]),
    ("tracing_subscriber", &["telemetry.rs"]),
    ("mimalloc", &["main.rs"]),
    ("std::env", &["config.rs"]),
];

/// Clocks of the machine: the time comes from the `Clock` port.
const CLOCKS: [&str; 3] = ["Timestamp", "Zoned", "SystemTime"];
const CLOCK_OWNER: &str = "adapters/system.rs";

/// A file names only those outside crates that it owns.
pub fn outside_names(path: &str, text: &str) -> Vec<String> {
    let tokens = of_product(text);
    let owns = |owners: &&[&str]| owners.iter().any(|owner| path.starts_with(owner));
    let mut wrong = Vec::new();
    for (name, _) in OWNERS.iter().filter(|(_, owners)| !owns(owners)) {
        if names(&tokens, name) {
            wrong.push(format!("uses {name}"));
        }
    }
    let now = |clock: &&str| path != CLOCK_OWNER && paths(&tokens, clock).iter().any(|path| path[1] == "now");
    wrong.extend(CLOCKS.into_iter().filter(now).map(|clock| format!("asks {clock} for the time")));
    wrong
}

fn names(tokens: &[String], name: &str) -> bool {
    if let Some((root, module)) = name.split_once("::") {
        return paths(tokens, root).iter().any(|path| path[1] == module);
    }
    let is_it = |token: &str| name.strip_suffix('*').map_or(token == name, |prefix| token.starts_with(prefix));
    let roots = tokens.iter().enumerate().filter(|(at, token)| is_it(token) && (*at == 0 || tokens[at - 1] != "::"));
    let uses = |at: usize| at > 0 && tokens[at - 1] == "use";
    let goes_on = |at: usize| tokens.get(at + 1).is_some_and(|next| next == "::");
    roots.into_iter().any(|(at, _)| goes_on(at) || uses(at))
}

#[test]
fn a_crate_outside_its_owner_is_found() {
    let expected = |path, text, wrong: &[&str]| assert_eq!(outside_names(path, text), wrong, "{text}");
    expected("http/login.rs", "use axum::Json; use tower_http::x; use crate::http::hmac::x;", &[]);
    expected("flows/login.rs", "use axum::Json; fn f() { tower_http::x() }", &["uses axum", "uses tower*"]);
    expected("crypto/mac.rs", "use hmac::Hmac; use aes_gcm as gcm;", &["uses aes_gcm"]);
    expected("adapters/sqlite_writer.rs", "rusqlite::Connection::open()", &[]);
    expected("store/x.rs", "use rusqlite;", &["uses rusqlite"]);
    expected("app.rs", r#"use std::{env, fs}; fn f() { env!("X") }"#, &["uses std::env"]);
    expected("app.rs", r#"fn f() { std::env::var("X") }"#, &["uses std::env"]);
    expected("app.rs", r#"fn f() { env!("X") } // std::env::var"#, &[]);
    expected("adapters/system.rs", "fn f() { Timestamp::now() }", &[]);
    expected("flows/x.rs", "fn f() { Timestamp::now() }", &["asks Timestamp for the time"]);
    expected("flows/x.rs", "#[cfg(test)] mod tests { use getrandom::fill; }", &[]);
}
