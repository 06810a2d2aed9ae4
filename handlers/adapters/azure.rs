//! What the adapters on Azure share: one identity, whose tokens are cached in it, and one HTTP client with short deadlines.

use super::azure_patience::Impatience;
use crate::azure_settings::Identity;
use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport},
};
use azure_identity::{DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use std::{sync::Arc, time::Duration};

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A request waits on these services: two more tries, and no more than a browser's patience.
const TRIES_AGAIN: u32 = 2;
const ALL_TRIES_WITHIN_SECONDS: i64 = 8;

/// Who asks, and over which connections.
#[derive(Clone)]
pub struct Azure {
    /// Gives tokens; shared, so that each is asked for once.
    pub credential: Arc<dyn TokenCredential>,
    /// Speaks https.
    pub http: reqwest::Client,
}

/// The identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    /// The identity.
    #[error("the identity cannot be used: {0}")]
    Identity(azure_core::Error),
    /// The HTTP client, usually for want of root certificates.
    #[error("https cannot be used: {0}")]
    Https(reqwest::Error),
}

impl Azure {
    /// The world outside, as `identity`. Asks nobody anything yet.
    ///
    /// # Errors
    /// [`AzureError`].
    pub fn connect(identity: &Identity) -> Result<Self, AzureError> {
        let http = client().map_err(AzureError::Https)?;
        Ok(Self { credential: credential(identity).map_err(AzureError::Identity)?, http })
    }

    /// Options of an SDK's client: this HTTP client, few tries, no logging of its own beyond the method and the address.
    #[must_use]
    pub fn client_options(&self) -> ClientOptions {
        let retry = ExponentialRetryOptions {
            max_retries: TRIES_AGAIN,
            max_total_elapsed: azure_core::time::Duration::seconds(ALL_TRIES_WITHIN_SECONDS),
            ..ExponentialRetryOptions::default()
        };
        ClientOptions {
            retry: RetryOptions::exponential(retry),
            per_try_policies: vec![Arc::new(Impatience)],
            transport: Some(Transport::new(Arc::new(self.http.clone()))),
            ..ClientOptions::default()
        }
    }
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder().https_only(true).connect_timeout(CONNECT_WITHIN).timeout(ANSWER_WITHIN);
    builder.redirect(reqwest::redirect::Policy::none()).build()
}

/// The platform's token endpoint is plain http inside the sandbox, so the SDK's own client asks it.
fn credential(identity: &Identity) -> azure_core::Result<Arc<dyn TokenCredential>> {
    match identity {
        Identity::DeveloperTools => Ok(DeveloperToolsCredential::new(None)?),
        Identity::Managed(client_id) => {
            let user_assigned_id = Some(UserAssignedId::ClientId(client_id.clone()));
            let managed = ManagedIdentityCredentialOptions { user_assigned_id, ..ManagedIdentityCredentialOptions::default() };
            Ok(ManagedIdentityCredential::new(Some(managed))?)
        }
    }
}
