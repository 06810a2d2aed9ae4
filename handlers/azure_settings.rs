//! Settings of the Azure services. All URLs are https, also on loopback: a token never travels in plaintext.

use crate::config::ConfigError;
use std::net::Ipv4Addr;
use url::{Host, Url};

/// Settings that belong together: all of them, or none.
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

/// The endpoints of the services, and the identity used to access them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureSettings {
    pub cosmos: CosmosSettings,
    pub key: VaultKey,
    /// The queue that `send-mail` is triggered by.
    pub mail_queue: Url,
    /// The Communication Services resource.
    pub mail: MailSettings,
    /// The append blob for the erasure log, in a different account than the database.
    pub erasure_log: Url,
    /// The identity of this process.
    pub identity: Identity,
}

/// A database in an account, accessed from one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosmosSettings {
    pub endpoint: Url,
    /// The name of the database.
    pub database: String,
    /// The region that this instance runs in.
    pub region: String,
}

/// A key in a vault, without a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultKey {
    /// Origin of the vault.
    pub vault: Url,
    /// Name of the key in it.
    pub name: String,
    /// Whether the vault is a test double on loopback, whose host name cannot match the one in Key Vault's challenge. Never on Azure.
    pub is_double: bool,
}

/// The mail service and the sender address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    pub endpoint: Url,
    /// A sender address of its verified domain.
    pub from: String,
}

/// The identity of this process towards Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A user-assigned managed identity, by its client id.
    Managed(String),
    /// The developer's own sign-in (Azure CLI and the like); never on Azure.
    DeveloperTools,
}

impl AzureSettings {
    /// Reads all of them.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the first setting that is missing or invalid.
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

/// Parses an https origin, without credentials, query or path.
fn https(name: &'static str, text: &str, on_azure: bool) -> Result<Url, ConfigError> {
    let invalid = ConfigError::Invalid(name, "https://host/, without a path; loopback only off Azure");
    secure(text, on_azure).filter(|url| url.path() == "/").ok_or(invalid)
}

fn queue_url(text: &str, on_azure: bool) -> Result<Url, ConfigError> {
    let named = |url: &Url| url.path().len() > 1 && !url.path().ends_with('/');
    secure(text, on_azure).filter(named).ok_or(ConfigError::Invalid(MAIL_QUEUE, "https://account.queue.core.windows.net/queue"))
}

/// Parses the URL of a blob in a container.
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

/// Parses a URL to which a token may be sent.
fn secure(text: &str, on_azure: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && bare && !(on_azure && on_loopback(&url))).then_some(url)
}

/// The names of loopback.
pub const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether a URL names this machine by one of [`LOOPBACK`]: for what is permitted only there.
pub fn is_named_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| LOOPBACK.contains(&host))
}

/// Whether a URL points at this machine in any spelling: for what is refused there.
pub fn on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_local_name(name.trim_end_matches('.')),
        Some(Host::Ipv4(address)) => is_this_host(address),
        // IPv4 addresses embedded in IPv6 ones, including `::` and `::1` (RFC 4291, 2.5.5).
        Some(Host::Ipv6(address)) => address.is_loopback() || address.to_ipv4().is_some_and(is_this_host),
        None => false,
    }
}

/// Names that are never looked up in DNS (RFC 6761, 6.3), and those that Linux distributions put into `/etc/hosts`.
fn is_local_name(name: &str) -> bool {
    let hosts = ["localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];
    name == "localhost" || name.ends_with(".localhost") || hosts.contains(&name)
}

/// Loopback, and addresses that mean "this host" (RFC 6890, 2.2.2): Linux connects `0.0.0.0` to loopback.
const fn is_this_host(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.octets()[0] == 0
}

fn plain(name: &'static str, text: String) -> Result<String, ConfigError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'_'));
    if plain { Ok(text) } else { Err(ConfigError::Invalid(name, "letters, digits, spaces, `-` and `_`")) }
}

fn address(text: String) -> Result<String, ConfigError> {
    crate::domain::sign_in::credentials::EmailAddress::parse(&text).map_err(|_| ConfigError::Invalid(MAIL_FROM, "an e-mail address"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{LOOPBACK, Url, is_named_loopback, on_loopback};

    /// Whether the host points at this machine, and whether it does so by a name in `LOOPBACK`.
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
