//! `Vault.java` as a process of its own: another implementation of Key Vault, with real RSA keys, a certificate of its own, and
//! administered through the SDK as the real one would be.

use crate::{
    identity::{Identity, azure, vault_key},
    skipped::skipped,
};
use azure_security_keyvault_keys::{
    KeyClient, KeyClientOptions,
    models::{CreateKeyParameters, KeyAttributes, KeyClientUpdateKeyPropertiesOptions, KeyType, UpdateKeyPropertiesParameters},
};
use finrust::adapters::{azure::Azure, key_vault::KeyVault};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/key_vault/Vault.java");
const KEY: &str = "kek";
const KEY_BITS: i32 = 3072;

/// A vault with one key, in a process that ends with this value.
pub struct JdkVault {
    process: Child,
    address: String,
    azure: Azure,
    admin: KeyClient,
}

impl JdkVault {
    /// `None`, and a line that says so, where there is no JDK; a failure where `FINRUST_REQUIRE_EMULATORS` is 1.
    pub async fn start() -> Option<Self> {
        if !has_jdk() {
            skipped("there is no JDK (javac) to run tests/key_vault/Vault.java");
            return None;
        }
        let (process, address, certificate) = launch();
        let root = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
        let http = reqwest::Client::builder().tls_certs_only([root]).https_only(true).build().unwrap();
        let azure = azure(&Identity::known(), http);
        let options = KeyClientOptions {
            client_options: azure.client_options(),
            verify_challenge_resource: Some(false),
            ..KeyClientOptions::default()
        };
        let admin = KeyClient::new(&address, Arc::clone(&azure.credential), Some(options)).unwrap();
        let parameters = CreateKeyParameters { kty: Some(KeyType::Rsa), key_size: Some(KEY_BITS), ..CreateKeyParameters::default() };
        admin.create_key(KEY, parameters.try_into().unwrap(), None).await.unwrap();
        Some(Self { process, address, azure, admin })
    }

    /// The adapter under test, on this vault.
    pub fn open(&self) -> KeyVault {
        KeyVault::open(&vault_key(&format!("{}/keys/{KEY}", self.address)), &self.azure).unwrap()
    }

    /// Adds a version, the newest from now on.
    pub async fn rotate(&self) {
        self.admin.rotate_key(KEY, None).await.unwrap();
    }

    /// Whether something may be done with this version.
    pub async fn set_enabled(&self, version: &str, is_enabled: bool) {
        let key_attributes = Some(KeyAttributes { enabled: Some(is_enabled), ..KeyAttributes::default() });
        let parameters = UpdateKeyPropertiesParameters { key_attributes, ..UpdateKeyPropertiesParameters::default() };
        let options =
            KeyClientUpdateKeyPropertiesOptions { key_version: Some(version.to_owned()), ..KeyClientUpdateKeyPropertiesOptions::default() };
        self.admin.update_key_properties(KEY, parameters.try_into().unwrap(), Some(options)).await.unwrap();
    }
}

impl Drop for JdkVault {
    fn drop(&mut self) {
        // It may have ended by itself; its standard input ends with this process at the latest.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the vault is another program")]
fn has_jdk() -> bool {
    let javac = Command::new("javac").arg("-version").stdin(Stdio::null()).output();
    javac.is_ok_and(|output| output.status.success())
}

/// The process, its address and its certificate, which it says once it listens.
#[expect(clippy::disallowed_methods, reason = "the vault is another program")]
fn launch() -> (Child, String, String) {
    let mut process = Command::new("java").arg(SOURCE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.next().expect("the vault starts");
    let mut certificate = String::new();
    for line in lines.by_ref() {
        certificate += &line;
        certificate.push('\n');
        if line.starts_with("-----END") {
            break;
        }
    }
    (process, address, certificate)
}
