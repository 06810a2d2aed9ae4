//! An in-process identity.

use super::tokens;
use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
};

/// Issues [`tokens::unsigned`] for any scope, or none at all.
#[derive(Debug)]
pub enum TestCredential {
    Gives,
    Refuses,
}

#[async_trait]
impl TokenCredential for TestCredential {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let audience = scopes[0].strip_suffix("/.default").unwrap();
        match self {
            Self::Gives => {
                let (token, expires) = tokens::unsigned(audience);
                Ok(AccessToken::new(token, expires))
            }
            Self::Refuses => Err(Error::with_message(ErrorKind::Credential, "no token today")),
        }
    }
}
