//! Whether the keys at hand are those of this database: asked before anything is served or written.

use super::failure::CommandError;
use crate::{
    app::{Hands, World},
    flows::services::Services,
    store::{error::StoreError, sealing::KeyScope},
};

/// Unwraps the root key, without which nothing opens, and misses no other; a new database gets one, which ends a first start.
///
/// # Errors
/// [`CommandError::KeysMissing`]; [`CommandError::AnotherKey`]; [`CommandError::Store`].
pub async fn check_key(world: &World) -> Result<(), CommandError> {
    let services = &world.state.services;
    if let Some(missing) = missing_keys(services).await? {
        return Err(missing);
    }
    check_root(services).await?;
    if let Hands::Own { first_start, .. } = &world.hands {
        first_start.finished().map_err(|error| CommandError::Io("the sign of a first start cannot be removed", error))?;
    }
    Ok(())
}

/// The same where data is needed, of which an empty database has none: no root key is made for it.
///
/// # Errors
/// As [`check_key`], and [`CommandError::Nothing`].
pub async fn check_existing(services: &Services) -> Result<(), CommandError> {
    if let Some(missing) = missing_keys(services).await? {
        return Err(missing);
    }
    if services.sealing.has_root().await? { check_root(services).await } else { Err(CommandError::Nothing) }
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
