//! Settings of the Azure services. All of them are https, also on loopback: a token never travels in the clear.

use crate::config::ConfigError;
use std::net::Ipv4Addr;
use url::{Host, Url};

/// Names of the settings that belong together: all of them, or none.
pub const AZURE_SETTINGS: [&str; 8] =
    [COSMOS_ENDPOINT, COSMOS_DATABASE, COSMOS_REGION, KEY_VAULT_KEY, MAIL_QUEUE, MAIL_ENDPOINT, MAIL_FROM, ERASURE_LOG];

const COSMOS_ENDPOINT: &str = "FINRUST_COSMOS_ENDPOINT";
const COSMOS_DATABASE: &str = "FINRUST_COSMOS_DATABASE";
const COSMOS_REGION: &str = "FINRUST_COSMOS_REGION";
const KEY_VAULT_KEY: &str = "FINRUST_KEY_VAULT_KEY";
const MAIL_QUEUE: &str = "FINRUST_MAIL_QUEUE";
const MAIL_ENDPOINT: &str = "FINRUST_MAIL_ENDPOINT";
const MAIL_FROM: &str = "FINRUST_MAIL_FROM";
const ERASURE_LOG: &str = "FINRUST_ERASURE_LOG";
const IDENTITY: &str = "FINRUST_IDENTITY_CLIENT_ID";

/// Where the services are, and who asks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureSettings {
    pub cosmos: CosmosSettings,
    pub key: VaultKey,
    /// The queue that `send-mail` is triggered by.
    pub mail_queue: Url,
    /// The Communication Services resource.
    pub mail: MailSettings,
    /// The append blob that erasures are written into, in another account than the database.
    pub erasure_log: Url,
    /// Who this process is.
    pub identity: Identity,
}

/// A database in an account, as one region sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosmosSettings {
    pub endpoint: Url,
    /// The database in it.
    pub database: String,
    /// Where this instance runs.
    pub region: String,
}

/// A key in a vault, without a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultKey {
    /// Origin of the vault.
    pub vault: Url,
    /// Name of the key in it.
    pub name: String,
    /// Whether the vault is a double on loopback, which cannot have the name that Key Vault's challenge is checked against. Never on
    /// Azure.
    pub is_double: bool,
}

/// Whence and as whom mails are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    pub endpoint: Url,
    /// A sender of its verified domain.
    pub from: String,
}

/// Who this process is to Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A user-assigned managed identity, by its client id.
    Managed(String),
    /// Who is signed in to the developer's tools; never on Azure.
    DeveloperTools,
}

impl AzureSettings {
    /// Reads them all.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the first setting that is missing or wrong.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, on_azure: bool) -> Result<Self, ConfigError> {
        if let Some(missing) = AZURE_SETTINGS.into_iter().find(|name| get(name).is_none()) {
            return Err(ConfigError::Missing(missing));
        }
        let [endpoint, database, region, key, queue, mail, from, erasures] = AZURE_SETTINGS.map(|name| get(name).unwrap_or_default());
        Ok(Self {
            cosmos: CosmosSettings {
                endpoint: https(COSMOS_ENDPOINT, &endpoint, on_azure)?,
                database: plain(COSMOS_DATABASE, database)?,
                region: plain(COSMOS_REGION, region)?,
            },
            key: vault_key(&key, on_azure)?,
            mail_queue: queue_url(&queue, on_azure)?,
            mail: MailSettings { endpoint: https(MAIL_ENDPOINT, &mail, on_azure)?, from: address(from)? },
            erasure_log: blob_url(&erasures, on_azure)?,
            identity: identity(get(IDENTITY), on_azure)?,
        })
    }
}

fn identity(client_id: Option<String>, on_azure: bool) -> Result<Identity, ConfigError> {
    let is_client_id = |id: &String| uuid::Uuid::try_parse(id).is_ok();
    match client_id {
        Some(id) if is_client_id(&id) => Ok(Identity::Managed(id)),
        Some(_) => Err(ConfigError::Invalid(IDENTITY, "the client id of a user-assigned managed identity, a UUID")),
        None if on_azure => Err(ConfigError::Missing(IDENTITY)),
        None => Ok(Identity::DeveloperTools),
    }
}

/// An https address of a service, without credentials, query or path.
fn https(name: &'static str, text: &str, on_azure: bool) -> Result<Url, ConfigError> {
    let invalid = ConfigError::Invalid(name, "https://host/, without a path; loopback only off Azure");
    secure(text, on_azure).filter(|url| url.path() == "/").ok_or(invalid)
}

fn queue_url(text: &str, on_azure: bool) -> Result<Url, ConfigError> {
    let named = |url: &Url| url.path().len() > 1 && !url.path().ends_with('/');
    secure(text, on_azure).filter(named).ok_or(ConfigError::Invalid(MAIL_QUEUE, "https://account.queue.core.windows.net/queue"))
}

/// A blob in a container.
fn blob_url(text: &str, on_azure: bool) -> Result<Url, ConfigError> {
    let named = |url: &Url| url.path_segments().is_some_and(|mut path| path.clone().count() == 2 && path.all(|name| !name.is_empty()));
    secure(text, on_azure).filter(named).ok_or(ConfigError::Invalid(ERASURE_LOG, "https://account.blob.core.windows.net/container/blob"))
}

fn vault_key(text: &str, on_azure: bool) -> Result<VaultKey, ConfigError> {
    let invalid = || ConfigError::Invalid(KEY_VAULT_KEY, "https://vault.vault.azure.net/keys/name, without a version");
    let mut vault = secure(text, on_azure).ok_or_else(invalid)?;
    let name = vault.path().strip_prefix("/keys/").filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.ok_or_else(invalid)?.to_owned();
    vault.set_path("/");
    Ok(VaultKey { is_double: is_named_loopback(&vault), vault, name })
}

/// A URL to which a token may be sent.
fn secure(text: &str, on_azure: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && bare && !(on_azure && on_loopback(&url))).then_some(url)
}

/// What this machine is called by itself.
pub const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether a URL names this machine by one of [`LOOPBACK`]: for what is allowed there only.
pub fn is_named_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| LOOPBACK.contains(&host))
}

/// Whether a URL points at this machine, however that is spelled: for what is refused there.
pub fn on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_local_name(name.trim_end_matches('.')),
        Some(Host::Ipv4(address)) => is_this_host(address),
        // The addresses of IPv4 within those of IPv6, `::` and `::1` (RFC 4291, 2.5.5) among them.
        Some(Host::Ipv6(address)) => address.is_loopback() || address.to_ipv4().is_some_and(is_this_host),
        None => false,
    }
}

/// Names that no server of names is asked for (RFC 6761, 6.3), and those that Linux distributions have in `/etc/hosts`.
fn is_local_name(name: &str) -> bool {
    let hosts = ["localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];
    name == "localhost" || name.ends_with(".localhost") || hosts.contains(&name)
}

/// Loopback, and what means this host to itself (RFC 6890, 2.2.2): Linux connects `0.0.0.0` to loopback.
const fn is_this_host(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.octets()[0] == 0
}

fn plain(name: &'static str, text: String) -> Result<String, ConfigError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'_'));
    if plain { Ok(text) } else { Err(ConfigError::Invalid(name, "letters, digits, spaces, `-` and `_`")) }
}

fn address(text: String) -> Result<String, ConfigError> {
    crate::domain::credentials::EmailAddress::parse(&text).map_err(|_| ConfigError::Invalid(MAIL_FROM, "an e-mail address"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{LOOPBACK, Url, is_named_loopback, on_loopback};

    /// (this machine, called by a name at which more is allowed)
    fn judged(host: &str) -> (bool, bool) {
        let url = Url::parse(&format!("https://{host}/")).expect("a URL");
        (on_loopback(&url), is_named_loopback(&url))
    }

    #[test]
    fn this_machine_is_known_by_any_name_and_trusted_by_three() {
        for host in LOOPBACK {
            assert_eq!(judged(host), (true, true), "{host}");
        }
        for host in ["localhost.", "a.localhost", "127.0.0.2", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"]
        {
            assert_eq!(judged(host), (true, false), "{host}");
        }
        for host in ["localhost.example.nl", "mylocalhost", "localhost-a.nl", "128.0.0.1", "126.255.255.255", "1.0.0.0", "10.0.0.4"] {
            assert_eq!(judged(host), (false, false), "{host}");
        }
        for host in ["[::ffff:10.0.0.4]", "[fd00::1]", "[2001:db8::7f00:1]", "finrust.documents.azure.com"] {
            assert_eq!(judged(host), (false, false), "{host}");
        }
    }
}
