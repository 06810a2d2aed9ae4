//! Importing client files: an adviser's table comes in parts, is looked through, and becomes files within the adviser's own session.
//!
//! Nothing works on it in the background, so nobody but the adviser ever needs a right to the files (P14).

use super::services::Services;
use crate::{
    domain::{
        fields::{FieldCode, InvalidFields},
        ids::ImportId,
        import::{FileName, Import, MOST_OPEN},
        session::AdviserScope,
    },
    ports::Etag,
    store::error::StoreError,
};

/// How a story about imports can end other than well.
#[derive(Debug)]
pub enum ImportFailure {
    /// No such import, or another adviser's: no difference.
    NotFound,
    /// Parts are missing; or it was looked through and takes no more of them.
    WrongStep,
    /// Too many that are not finished.
    TooMany,
    /// The table as a whole cannot be imported.
    NotATable,
    /// Fields that do not pass.
    Invalid(InvalidFields),
    /// The store could not.
    Store(StoreError),
}

/// Begins one.
///
/// # Errors
/// [`ImportFailure::TooMany`]; [`ImportFailure::Store`].
pub async fn begin(services: &Services, scope: AdviserScope, name: FileName, bytes: u32) -> Result<(ImportId, Import), ImportFailure> {
    let open = all(services, scope).await?.into_iter().filter(|(_, import)| !import.is_finished()).count();
    if open >= MOST_OPEN {
        return Err(ImportFailure::TooMany);
    }
    let id = ImportId::from_random(services.sealing.random_bytes());
    let import = Import::new(name, bytes, services.now());
    services.exchanges.create(scope, id, &import, services.now()).await?;
    Ok((id, import))
}

/// All of the adviser's, the newest first.
///
/// # Errors
/// [`ImportFailure::Store`].
pub async fn all(services: &Services, scope: AdviserScope) -> Result<Vec<(ImportId, Import)>, ImportFailure> {
    let mut imports = services.exchanges.all::<Import>(scope).await?;
    imports.sort_by_key(|(_, import)| std::cmp::Reverse(import.made_at));
    Ok(imports)
}

/// One of them.
///
/// # Errors
/// [`ImportFailure::NotFound`]; [`ImportFailure::Store`].
pub async fn find(services: &Services, scope: AdviserScope, id: ImportId) -> Result<(Import, Etag), ImportFailure> {
    services.exchanges.find::<Import>(scope, id).await?.ok_or(ImportFailure::NotFound)
}

/// Keeps a part of the table. A repeat changes nothing.
///
/// # Errors
/// [`ImportFailure`].
pub async fn put_part(services: &Services, scope: AdviserScope, id: ImportId, part: u32, bytes: &[u8]) -> Result<(), ImportFailure> {
    let (import, _) = find(services, scope, id).await?;
    let expected = import.part_bytes(part).ok_or(ImportFailure::NotFound)?;
    if import.checked.is_some() {
        return Err(ImportFailure::WrongStep);
    }
    let refused = |code| Err(ImportFailure::Invalid(InvalidFields::one("/data", code)));
    match u32::try_from(bytes.len()).unwrap_or(u32::MAX).cmp(&expected) {
        std::cmp::Ordering::Less => refused(FieldCode::TooShort),
        std::cmp::Ordering::Greater => refused(FieldCode::TooLong),
        std::cmp::Ordering::Equal => Ok(services.exchanges.put_part(scope, (id, &import), part, bytes, services.now()).await?),
    }
}

/// Throws the table away. Files that were made of it stay.
///
/// # Errors
/// [`ImportFailure::NotFound`]; [`ImportFailure::Store`].
pub async fn cancel(services: &Services, scope: AdviserScope, id: ImportId) -> Result<(), ImportFailure> {
    find(services, scope, id).await?;
    services.exchanges.remove_parts(scope, id).await?;
    match services.exchanges.remove::<Import>(scope, id).await {
        // Somebody else was faster.
        Ok(()) | Err(StoreError::Stale) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
