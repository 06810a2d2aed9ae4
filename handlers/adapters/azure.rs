//! What the Azure adapters share: one identity, which caches its tokens, and one HTTP client with short deadlines.

use crate::azure_settings::Identity;
use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
    http::{
        ClientOptions, Context, ExponentialRetryOptions, Request, RetryOptions, StatusCode, Transport, check_success,
        headers::{HeaderName, Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS},
        policies::{Policy, PolicyResult, get_retry_after},
    },
    time::OffsetDateTime,
};
use azure_identity::{DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use std::{sync::Arc, time::Duration};

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A request waits for these services: two more attempts, and no longer than a browser's patience.
const TRIES_AGAIN: u32 = 2;
const ALL_TRIES_WITHIN_SECONDS: i64 = 8;

/// How long a request may wait for a token. Tokens are valid for hours, so this is for the first one and for outages.
const TOKEN_WITHIN: Duration = Duration::from_secs(8);

/// A service that asks for a longer back-off is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The headers that the SDK's retries honour, in their order.
const HEEDED: [HeaderName; 3] = [X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];

/// The identity and the HTTP client.
#[derive(Clone)]
pub struct Azure {
    /// Issues tokens; shared, so that each is requested once.
    pub credential: Arc<dyn TokenCredential>,
    pub http: reqwest::Client,
}

/// The identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    #[error("the identity cannot be used: {0}")]
    Identity(Error),
    /// The HTTP client cannot be created, usually for lack of root certificates.
    #[error("https cannot be used: {0}")]
    Https(reqwest::Error),
}

impl Azure {
    /// Access to Azure as `identity`. Sends no request yet.
    pub fn connect(identity: &Identity) -> Result<Self, AzureError> {
        let http = client().map_err(AzureError::Https)?;
        let credential = Arc::new(InTime(credential(identity).map_err(AzureError::Identity)?));
        Ok(Self { credential, http })
    }

    /// Options of an SDK client: this HTTP client, few retries, no logging of its own beyond the method and the address.
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
    settings().https_only(true).build()
}

/// Deadlines, and no redirects: a service is asked where the settings say, and a token goes nowhere else.
fn settings() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().connect_timeout(CONNECT_WITHIN).timeout(ANSWER_WITHIN);
    builder.redirect(reqwest::redirect::Policy::none())
}

/// The platform's token endpoint is plain http inside the sandbox, so the SDK's own client queries it.
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

/// A credential that returns its token in time or fails; on its own, the SDK keeps trying for a minute.
#[derive(Debug)]
struct InTime(Arc<dyn TokenCredential>);

#[async_trait]
impl TokenCredential for InTime {
    async fn get_token(&self, scopes: &[&str], options: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let late = |_| Err(Error::with_message(ErrorKind::Credential, "the identity's token did not come in time"));
        tokio::time::timeout(TOKEN_WITHIN, self.0.get_token(scopes, options)).await.unwrap_or_else(late)
    }
}

/// The back-off that a service asks for.
pub fn retry_after(headers: &Headers) -> Option<Duration> {
    get_retry_after(headers, OffsetDateTime::now_utc, &HEEDED).and_then(|wait| wait.try_into().ok())
}

/// Returns a response that asks for a long back-off to the caller. The SDK's retries would wait as long as a service asks, whatever their
/// own limits: a `Retry-After` of a minute would hold a browser for a minute.
#[derive(Debug)]
struct Impatience;

#[async_trait]
impl Policy for Impatience {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let (following, rest) = next.split_first().expect("the last policy of a pipeline is its transport");
        let answer = following.send(context, request, rest).await?;
        let waits = matches!(answer.status(), StatusCode::TooManyRequests | StatusCode::ServiceUnavailable);
        if waits && retry_after(answer.headers()).is_some_and(|wait| wait > LONGEST_WAIT) {
            return check_success(answer, None).await;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::{client, settings};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_leads_nowhere() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}/", listener.local_addr().unwrap());
        let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {here}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1024]).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        assert_eq!(settings().build().unwrap().get(&here).send().await.unwrap().status(), 307);
        assert!(reqwest::Client::new().get(&here).send().await.unwrap_err().is_redirect(), "others go round");
    }

    #[tokio::test]
    async fn nothing_is_asked_in_the_clear() {
        let refused = client().unwrap().get("http://127.0.0.1:1/").send().await.unwrap_err();
        assert!(refused.is_builder(), "{refused:?}");
    }
}
