//! Settings, read once from the environment.
//!
//! Either all Azure settings are given or none; on Azure, none is an error. There are no silent fallbacks.

pub use crate::azure_settings::AZURE_SETTINGS;
use crate::{
    azure_settings::{AzureSettings, LOOPBACK, is_named_loopback, on_loopback},
    domain::limits::{Bounds, LimitSettings},
    environment::{Environment, NotText, Remark},
};
use std::{
    num::{NonZeroU16, NonZeroU32},
    path::PathBuf,
    time::Duration,
};
use url::Url;

/// Default port, that of the Functions Core Tools.
const DEFAULT_PORT: u16 = 7071;

/// Every setting of this program, except those of the Azure services.
const SETTINGS: [&str; 9] = [
    "FINRUST_PUBLIC_URL",
    DATA_DIR,
    "FINRUST_IDENTITY_CLIENT_ID",
    HAND_OVER_WAIT,
    CLIENT_IP_HEADER,
    "FINRUST_FRONT_DOOR_ID",
    "FINRUST_SIGN_INS_PER_ADDRESS",
    "FINRUST_SIGN_INS_PER_SECOND",
    "FINRUST_RESETS_PER_ADDRESS",
];
const DATA_DIR: &str = "FINRUST_DATA_DIR";
const CLIENT_IP_HEADER: &str = "FINRUST_CLIENT_IP_HEADER";
/// Header that Azure's front end overwrites with the client's address and port.
const ON_AZURE: &str = "client-ip";
/// Header that Front Door writes, but that anyone else can write too.
const OF_FRONT_DOOR: &str = "x-azure-clientip";

const HAND_OVER_WAIT: &str = "FINRUST_HAND_OVER_WAIT";
/// Two days: someone who is notified on a Friday evening can react in time.
const DEFAULT_HAND_OVER_WAIT: Duration = Duration::from_hours(48);
/// Upper bound: a longer wait means that nothing has been decided yet.
const LONGEST_HAND_OVER_WAIT: Duration = Duration::from_hours(30 * 24);

/// The settings of the process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Whether the Functions host started this process.
    pub behind_host: bool,
    /// Origin used by browsers and in mails, without a path.
    pub public_url: String,
    /// Header that carries the client's address.
    pub client_ip_header: Option<String>,
    /// How long an approved handover waits before files move.
    pub hand_over_wait: Duration,
    /// Id of the Front Door in front, if any.
    pub front_door_id: Option<String>,
    /// Where data is kept.
    pub backend: Backend,
    /// Rate limits for addresses and unknown browsers.
    pub limits: LimitSettings,
    /// Whether the log is written for machines rather than for people.
    pub log_for_machines: bool,
    /// Remarks on settings that may not mean what was intended.
    pub remarks: Vec<Remark>,
}

/// Where data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// In files of this directory.
    Embedded(PathBuf),
    Azure(Box<AzureSettings>),
}

/// A setting that is missing or invalid. The text says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Required on Azure, or because other Azure settings are given.
    #[error(
        "{0} is not set: on Azure every FINRUST_COSMOS_*, FINRUST_KEY_VAULT_KEY, FINRUST_MAIL_* and FINRUST_ERASURE_LOG setting is needed"
    )]
    Missing(&'static str),
    /// Malformed.
    #[error("{0} is not valid: expected {1}")]
    Invalid(&'static str, &'static str),
    /// Not valid text.
    #[error("{0} is not valid: its value is not UTF-8")]
    NotText(String),
    /// Given together with settings that exclude it.
    #[error(
        "{0} is set, but everything is kept on Azure: remove it, or the FINRUST_COSMOS_*, FINRUST_KEY_VAULT_KEY, FINRUST_MAIL_* and FINRUST_ERASURE_LOG settings"
    )]
    Superfluous(&'static str),
}

impl Config {
    /// Reads the environment of the process. `port` is the one from the command line; the host's takes precedence.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the setting.
    pub fn from_environment(port: Option<u16>) -> Result<Self, ConfigError> {
        let known = [&SETTINGS[..], &AZURE_SETTINGS].concat();
        let environment = Environment::of(std::env::vars_os(), &known).map_err(|NotText(name)| ConfigError::NotText(name))?;
        let read = Self::read(&|name| environment.get(name), port)?;
        Ok(Self { remarks: environment.remarks(), ..read })
    }

    /// Reads settings from `get`.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the setting.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, port: Option<u16>) -> Result<Self, ConfigError> {
        let host_port = get("FUNCTIONS_CUSTOMHANDLER_PORT");
        let port = match &host_port {
            Some(port) => port
                .parse()
                .map(NonZeroU16::get)
                .map_err(|_| ConfigError::Invalid("FUNCTIONS_CUSTOMHANDLER_PORT", "a port number from 1 to 65535"))?,
            None => port.unwrap_or(DEFAULT_PORT),
        };
        let on_azure = get("WEBSITE_SITE_NAME").is_some();
        let backend = backend(get, on_azure)?;
        let public_url = match get("FINRUST_PUBLIC_URL") {
            Some(url) => origin(&url, on_azure)?,
            None if on_azure => return Err(ConfigError::Missing("FINRUST_PUBLIC_URL")),
            None => format!("http://localhost:{port}"),
        };
        let client_ip_header = get(CLIENT_IP_HEADER).map(|name| header(&name)).transpose()?;
        let client_ip_header = client_ip_header.or_else(|| on_azure.then(|| ON_AZURE.to_owned()));
        let front_door_id = get("FINRUST_FRONT_DOOR_ID");
        let hand_over_wait = get(HAND_OVER_WAIT).map_or(Ok(DEFAULT_HAND_OVER_WAIT), |text| wait(&text, on_azure))?;
        let (behind_host, limits) = (host_port.is_some(), limits(get)?);
        let log_for_machines = on_azure || behind_host;
        Ok(Self {
            port,
            behind_host,
            public_url,
            client_ip_header,
            hand_over_wait,
            front_door_id,
            backend,
            limits,
            log_for_machines,
            remarks: Vec::new(),
        })
    }
}

fn backend(get: &dyn Fn(&str) -> Option<String>, on_azure: bool) -> Result<Backend, ConfigError> {
    let directory = get(DATA_DIR);
    if !on_azure && AZURE_SETTINGS.iter().all(|name| get(name).is_none()) {
        return Ok(Backend::Embedded(directory.unwrap_or_else(|| "data".to_owned()).into()));
    }
    let settings = AzureSettings::read(get, on_azure)?;
    if directory.is_some() { Err(ConfigError::Superfluous(DATA_DIR)) } else { Ok(Backend::Azure(Box::new(settings))) }
}

fn limits(get: &dyn Fn(&str) -> Option<String>) -> Result<LimitSettings, ConfigError> {
    let read = |name, bounds: Bounds, expected| match get(name) {
        None => Ok(bounds.usual()),
        Some(text) => bounds.parse(&text).ok_or(ConfigError::Invalid(name, expected)),
    };
    let limit: &dyn Fn(&'static str, Bounds, &'static str) -> Result<NonZeroU32, ConfigError> = &read;
    Ok(LimitSettings {
        address_burst: limit("FINRUST_SIGN_INS_PER_ADDRESS", LimitSettings::ADDRESS_BURST, "a whole number from 10 to 1000")?,
        strangers_per_second: limit("FINRUST_SIGN_INS_PER_SECOND", LimitSettings::STRANGERS_PER_SECOND, "a whole number from 10 to 2000")?,
        reset_burst: limit("FINRUST_RESETS_PER_ADDRESS", LimitSettings::RESET_BURST, "a whole number from 5 to 200")?,
    })
}

/// The other names of an origin on loopback, which reach this process as well. None for any other origin.
pub fn aliases(origin: &str) -> Vec<String> {
    let Some(url) = Url::parse(origin).ok().filter(is_named_loopback) else { return Vec::new() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let names = LOOPBACK.iter().filter(|name| Some(**name) != url.host_str());
    names.map(|name| format!("{}://{name}{port}", url.scheme())).collect()
}

/// Parses a URL that is a bare origin; `https` unless it is loopback, which is refused on Azure.
fn origin(text: &str, on_azure: bool) -> Result<String, ConfigError> {
    let invalid = || ConfigError::Invalid("FINRUST_PUBLIC_URL", "https://host, without a path");
    let url = Url::parse(text).map_err(|_| invalid())?;
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_named_loopback(&url));
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if scheme && bare && !(on_azure && on_loopback(&url)) { Ok(url.origin().ascii_serialization()) } else { Err(invalid()) }
}

/// Parses a number followed by `s`, `m`, `h` or `d`. On Azure there is a minimum, so that people have time to notice.
fn wait(text: &str, on_azure: bool) -> Result<Duration, ConfigError> {
    let expected = if on_azure { "1h to 30d, such as 48h" } else { "0s to 30d, such as 48h" };
    let least = if on_azure { Duration::from_hours(1) } else { Duration::ZERO };
    let parsed = text.char_indices().next_back().and_then(|(at, unit)| {
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 24 * 3600,
            _ => return None,
        };
        let digits = Some(&text[..at]).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
    });
    parsed.filter(|wait| (least..=LONGEST_HAND_OVER_WAIT).contains(wait)).ok_or(ConfigError::Invalid(HAND_OVER_WAIT, expected))
}

fn header(name: &str) -> Result<String, ConfigError> {
    let name = name.to_ascii_lowercase();
    if name == OF_FRONT_DOOR {
        return Err(ConfigError::Invalid(CLIENT_IP_HEADER, "another header: Front Door's counts when FINRUST_FRONT_DOOR_ID names it"));
    }
    let token = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if token { Ok(name) } else { Err(ConfigError::Invalid(CLIENT_IP_HEADER, "a header name")) }
}

#[cfg(test)]
mod tests {
    use super::{AZURE_SETTINGS, Backend, Config, ConfigError, LimitSettings, aliases};

    fn read(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(&get(settings), None)
    }

    fn get(settings: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn without_settings_everything_is_embedded_on_loopback() {
        let config = read(&[]).expect("defaults");
        assert_eq!((config.port, config.behind_host, config.public_url.as_str()), (7071, false, "http://localhost:7071"));
        assert_eq!(config.backend, Backend::Embedded("data".into()));
    }

    #[test]
    fn loopback_has_three_names_and_no_other_origin_has_any() {
        let others = ["http://127.0.0.1:7071", "http://[::1]:7071"];
        assert_eq!(aliases("http://localhost:7071"), others);
        assert_eq!(aliases("https://127.0.0.1"), ["https://localhost", "https://[::1]"]);
        for origin in ["https://files.example.nl", "http://localhost.evil:7071", "http://127.0.0.1.evil", "http://127.0.0.2", "localhost"] {
            assert!(aliases(origin).is_empty(), "{origin}");
        }
    }

    #[test]
    fn the_port_of_the_host_goes_before_the_one_asked_for() {
        let asked = Config::read(&get(&[]), Some(9000)).expect("a port");
        assert_eq!((asked.port, asked.behind_host, asked.public_url.as_str()), (9000, false, "http://localhost:9000"));
        let hosted = Config::read(&get(&[("FUNCTIONS_CUSTOMHANDLER_PORT", "7072")]), Some(9000)).expect("a port");
        assert_eq!((hosted.port, hosted.behind_host), (7072, true));
    }

    #[test]
    fn on_azure_a_missing_setting_is_named() {
        assert_eq!(read(&[("WEBSITE_SITE_NAME", "finrust")]).err(), Some(ConfigError::Missing(AZURE_SETTINGS[0])));
        assert_eq!(read(&[(AZURE_SETTINGS[0], "x")]).err(), Some(ConfigError::Missing(AZURE_SETTINGS[1])));
    }

    #[test]
    fn a_hand_over_waits_two_days_and_on_azure_never_less_than_an_hour() {
        let wait = |text, on_azure| super::wait(text, on_azure).ok().map(|wait| wait.as_secs());
        assert_eq!(read(&[]).expect("defaults").hand_over_wait.as_secs(), 48 * 3600);
        assert_eq!(read(&[("FINRUST_HAND_OVER_WAIT", "90m")]).expect("a wait").hand_over_wait.as_secs(), 5400);
        for (text, here, on_azure) in [
            ("0s", Some(0), None),
            ("59m", Some(3540), None),
            ("1h", Some(3600), Some(3600)),
            ("30d", Some(30 * 24 * 3600), Some(30 * 24 * 3600)),
        ] {
            assert_eq!((wait(text, false), wait(text, true)), (here, on_azure), "{text}");
        }
        for bad in ["", "h", "48", "-1h", "+1h", "1 h", "1.5h", "31d", "1w", "99999999999999999999h", "1h30m", "uur", "4é"] {
            assert_eq!(wait(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_has_a_default_and_bounds() {
        let limits = |settings: &[(&str, &str)]| read(settings).map(|config| config.limits);
        assert_eq!(limits(&[]), Ok(LimitSettings::default()));
        let set = limits(&[("FINRUST_SIGN_INS_PER_ADDRESS", "120"), ("FINRUST_RESETS_PER_ADDRESS", "5")]).expect("limits");
        assert_eq!((set.address_burst.get(), set.strangers_per_second.get(), set.reset_burst.get()), (120, 200, 5));
        for name in ["FINRUST_SIGN_INS_PER_ADDRESS", "FINRUST_SIGN_INS_PER_SECOND", "FINRUST_RESETS_PER_ADDRESS"] {
            for bad in ["0", "1", "-60", "1e3", "99999", "unlimited", " 60"] {
                assert!(matches!(limits(&[(name, bad)]), Err(ConfigError::Invalid(named, _)) if named == name), "{name} {bad}");
            }
        }
    }

    #[test]
    fn a_public_url_is_a_bare_https_origin() {
        assert!(
            read(&[("FINRUST_PUBLIC_URL", "https://www.mijnfinrust.nl/")]).is_ok_and(|it| it.public_url == "https://www.mijnfinrust.nl")
        );
        assert!(read(&[("FINRUST_PUBLIC_URL", "http://localhost:9000")]).is_ok());
        for bad in ["http://www.mijnfinrust.nl", "https://a.nl/x", "https://u@a.nl", "ftp://a.nl", "www.mijnfinrust.nl"] {
            assert!(read(&[("FINRUST_PUBLIC_URL", bad)]).is_err(), "{bad}");
        }
        for port in ["http", "0", "65536", "-1"] {
            assert!(read(&[("FUNCTIONS_CUSTOMHANDLER_PORT", port)]).is_err(), "{port}");
        }
    }

    #[test]
    fn the_address_of_a_client_is_in_the_header_that_the_platform_writes() {
        let header = |settings: &[(&str, &str)]| read(settings).map(|config| config.client_ip_header);
        assert_eq!(header(&[]), Ok(None));
        assert_eq!(header(&[("FINRUST_CLIENT_IP_HEADER", "X-Real-IP")]), Ok(Some("x-real-ip".to_owned())));
        for bad in ["X-Real: ip", "X-Azure-ClientIP"] {
            assert!(header(&[("FINRUST_CLIENT_IP_HEADER", bad)]).is_err(), "{bad}");
        }
        let mut azure: Vec<_> = AZURE_SETTINGS.iter().zip(VALUES).map(|(name, value)| (*name, value)).collect();
        azure.extend([
            ("WEBSITE_SITE_NAME", "finrust"),
            ("FINRUST_PUBLIC_URL", "https://a.nl"),
            ("FINRUST_IDENTITY_CLIENT_ID", "3b241101-e2bb-4255-8caf-4136c566a962"),
        ]);
        assert_eq!(header(&azure), Ok(Some("client-ip".to_owned())));
        azure.push(("FINRUST_CLIENT_IP_HEADER", "X-Real-IP"));
        assert_eq!(header(&azure), Ok(Some("x-real-ip".to_owned())));
    }

    const VALUES: [&str; 8] = [
        "https://a.documents.azure.com/",
        "finrust",
        "West Europe",
        "https://a.vault.azure.net/keys/k",
        "https://a.queue.core.windows.net/mail",
        "https://a.communication.azure.com/",
        "a@a.nl",
        "https://b.blob.core.windows.net/c/d",
    ];
}
