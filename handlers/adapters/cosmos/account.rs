//! Properties of the database account: how many regions it has, and whether a read sees every write acknowledged before it.
//!
//! Each read asks for the latest committed version, which a gateway may or may not honour; what holds in any case is the account's default
//! consistency. With strong consistency every read sees the latest version, with bounded staleness every read in the write region does
//! (learn.microsoft.com, azure/cosmos-db/consistency-levels). Anything weaker is logged at start-up: a session that was ended could live
//! on.

use crate::adapters::azure::Azure;
use crate::{azure_settings::CosmosSettings, ports::Clock};
use azure_core::credentials::TokenCredential;
use jiff::fmt::rfc2822::DateTimePrinter;
use reqwest::Url;
use serde::Deserialize;
use std::sync::Arc;

const SCOPE: &str = "https://cosmos.azure.com/.default";
/// The version of the REST API that the SDK uses.
const VERSION: &str = "2020-07-15";
const STRONG: &str = "Strong";
const BOUNDED: &str = "BoundedStaleness";

/// Reads the account's properties.
pub struct CosmosAccount {
    endpoint: Url,
    credential: Arc<dyn TokenCredential>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

/// The account's properties, as far as they are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    readable_locations: Vec<serde::de::IgnoredAny>,
    user_consistency_policy: Policy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    default_consistency_level: String,
}

impl Properties {
    /// Whether a read may miss a write that was acknowledged before it.
    fn is_weak(&self) -> bool {
        let level = self.user_consistency_policy.default_consistency_level.as_str();
        level != STRONG && !(level == BOUNDED && self.readable_locations.len() == 1)
    }
}

impl CosmosAccount {
    /// The account of these settings. Sends no request yet.
    pub fn of(settings: &CosmosSettings, azure: &Azure, clock: Arc<dyn Clock>) -> Self {
        Self { endpoint: settings.endpoint.clone(), credential: Arc::clone(&azure.credential), http: azure.http.clone(), clock }
    }

    /// Logs a warning when the account's consistency is weaker than required or cannot be determined.
    pub async fn look(&self) {
        match self.properties().await {
            Some(account) if account.is_weak() => tracing::warn!(
                event = "consistency_weak",
                cause = account.user_consistency_policy.default_consistency_level.as_str(),
                count = account.readable_locations.len()
            ),
            Some(_) => {}
            None => tracing::warn!(event = "consistency_unknown"),
        }
    }

    async fn properties(&self) -> Option<Properties> {
        let token = self.credential.get_token(&[SCOPE], None).await.ok()?;
        // `type=aad&ver=1.0&sig=<token>`, percent-encoded; a token contains nothing that has to be.
        let authorization = format!("type%3Daad%26ver%3D1.0%26sig%3D{}", token.token.secret());
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.now()).ok()?;
        let request = self.http.get(self.endpoint.clone());
        let request = request.header("authorization", authorization).header("x-ms-version", VERSION).header("x-ms-date", date);
        let answer = request.send().await.and_then(reqwest::Response::error_for_status).ok()?;
        serde_json::from_slice(&answer.bytes().await.ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Properties;
    use serde_json::json;

    fn is_weak(level: &str, regions: usize) -> bool {
        let regions: Vec<_> =
            (0..regions).map(|number| json!({"name": format!("Region {number}"), "databaseAccountEndpoint": "https://a"})).collect();
        let text = json!({"id": "a", "readableLocations": regions, "userConsistencyPolicy": {"defaultConsistencyLevel": level}});
        serde_json::from_value::<Properties>(text).unwrap().is_weak()
    }

    #[test]
    fn strong_is_enough_everywhere_and_bounded_staleness_in_one_region() {
        let weak = ["Strong", "BoundedStaleness", "Session", "ConsistentPrefix", "Eventual", "SomethingNew", ""]
            .map(|level| (is_weak(level, 1), is_weak(level, 3)));
        assert_eq!(weak, [(false, false), (false, true), (true, true), (true, true), (true, true), (true, true), (true, true)]);
    }
}
