//! Whether the keys at hand are those of this database: asked before anything is served or written.

use super::failure::CommandError;
use crate::{
    flows::services::Services,
    store::{error::StoreError, sealing::KeyScope},
};

/// Unwraps the root key, without which nothing opens, and misses no other; a new database gets one.
///
/// # Errors
/// [`CommandError::KeysMissing`]; [`CommandError::AnotherKey`]; [`CommandError::Store`].
pub async fn check_key(services: &Services) -> Result<(), CommandError> {
    match missing_keys(services).await? {
        Some(missing) => Err(missing),
        None => check_root(services).await,
    }
}

/// Which keys are gone that something was sealed under: none of them may be made anew.
///
/// # Errors
/// [`CommandError::AnotherKey`]; [`CommandError::Store`].
pub async fn missing_keys(services: &Services) -> Result<Option<CommandError>, CommandError> {
    let missing = match services.sealing.missing_keys().await {
        Ok(missing) => missing,
        Err(StoreError::DoesNotOpen) => return Err(CommandError::AnotherKey),
        Err(other) => return Err(other.into()),
    };
    let name = |scope: &KeyScope| match scope {
        KeyScope::Index => "the root key (partition index)".to_owned(),
        KeyScope::Service => "the service's key (partition service)".to_owned(),
        KeyScope::Adviser(scope) => format!("the key of an adviser (partition {scope})"),
    };
    let names: Vec<String> = missing.iter().map(name).collect();
    Ok((!names.is_empty()).then(|| CommandError::KeysMissing(names.join(", "))))
}

async fn check_root(services: &Services) -> Result<(), CommandError> {
    match services.sealing.root().await {
        Ok(_) => Ok(()),
        Err(StoreError::DoesNotOpen) => Err(CommandError::AnotherKey),
        Err(other) => Err(other.into()),
    }
}
