//! Imports client files: an adviser's table is uploaded in parts, validated, and turned into files within the adviser's own session.
//!
//! Nothing runs in the background, so nobody but the adviser ever needs access to the files (P14).

use crate::flows::services::Services;
use crate::{
    domain::{
        ids::ImportId,
        imports::{FileName, Import, MAX_OPEN},
        request_tag::{KeyReused, RequestTag},
        sign_in::session::{Adviser, AdviserScope},
        wire::fields::{FieldCode, InvalidFields},
    },
    ports::Etag,
    store::{clients::writes::Writer, error::StoreError, exchanges::NotMade},
};

/// Why an operation on imports fails.
#[derive(Debug)]
pub enum ImportFailure {
    /// No such import, or another adviser's: indistinguishable.
    NotFound,
    /// Parts are missing, or the table has been validated and accepts no more parts.
    WrongStep,
    /// Too many unfinished imports.
    TooMany,
    /// The table as a whole cannot be imported.
    NotATable,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store failed.
    Store(StoreError),
}

impl ImportFailure {
    /// Marks this failure as one where the requested change was committed before.
    pub(in crate::flows) fn but_done(self) -> Self {
        self.map_store(StoreError::but_done)
    }

    /// Marks this failure as one where something was committed before that has no effect on its own.
    pub(in crate::flows) fn undone(self) -> Self {
        self.map_store(StoreError::and_not_done)
    }

    fn map_store(self, map: fn(StoreError) -> StoreError) -> Self {
        match self {
            Self::Store(error) => Self::Store(map(error)),
            other => other,
        }
    }
}

impl From<KeyReused> for ImportFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

/// Begins an import.
pub async fn begin(
    services: &Services,
    adviser: &Adviser,
    request: Option<RequestTag>,
    (name, bytes): (FileName, u32),
) -> Result<(ImportId, Import), ImportFailure> {
    let id = ImportId::from_random(request.map_or_else(|| services.sealing.random_bytes(), |request| request.id()));
    let import = Import { begun_for: request, ..Import::new(name, bytes, services.now()) };
    let are_enough = |there: &[(ImportId, Import)]| there.iter().filter(|(_, import)| !import.is_finished()).count() >= MAX_OPEN;
    match services.exchanges.create(Writer::of(adviser, services.now()), (id, &import), are_enough).await {
        Ok(()) => Ok((id, import)),
        Err(NotMade::Enough(_)) => Err(ImportFailure::TooMany),
        // The same request won concurrently; or the import it had begun was discarded since, and is not begun again.
        Err(NotMade::Exists) => match request {
            Some(request) => begun_for(services, adviser.scope(), request).await?.ok_or(ImportFailure::KeyReused),
            None => Err(StoreError::Stale.into()),
        },
        Err(NotMade::Store(error)) => Err(error.into()),
    }
}

/// Returns the current state of the import that an earlier try of the same request began.
pub async fn begun_for(services: &Services, scope: AdviserScope, request: RequestTag) -> Result<Option<(ImportId, Import)>, ImportFailure> {
    let id = ImportId::from_random(request.id());
    let Some((import, _)) = services.exchanges.find::<Import>(scope, id).await? else {
        return Ok(None);
    };
    Ok(request.repeats(import.begun_for.as_ref())?.then_some((id, import)))
}

/// Returns all imports of the adviser, newest first.
pub async fn all(services: &Services, scope: AdviserScope) -> Result<Vec<(ImportId, Import)>, ImportFailure> {
    let mut imports = services.exchanges.all::<Import>(scope).await?;
    imports.sort_by_key(|(_, import)| std::cmp::Reverse(import.made_at));
    Ok(imports)
}

/// Returns one import.
pub async fn find(services: &Services, scope: AdviserScope, id: ImportId) -> Result<(Import, Etag), ImportFailure> {
    services.exchanges.find::<Import>(scope, id).await?.ok_or(ImportFailure::NotFound)
}

/// Stores a part of the table. A repeat changes nothing.
pub async fn put_part(services: &Services, adviser: &Adviser, id: ImportId, part: u32, bytes: &[u8]) -> Result<(), ImportFailure> {
    let import = taking_parts(services, adviser.scope(), id).await?;
    let expected = import.part_bytes(part).ok_or(ImportFailure::NotFound)?;
    let refused = |code| Err(ImportFailure::Invalid(InvalidFields::one("/data", code)));
    match u32::try_from(bytes.len()).unwrap_or(u32::MAX).cmp(&expected) {
        std::cmp::Ordering::Less => refused(FieldCode::TooShort),
        std::cmp::Ordering::Greater => refused(FieldCode::TooLong),
        std::cmp::Ordering::Equal => {
            let is_there = services.exchanges.part(adviser.scope(), id, part).await?.is_some_and(|there| *there == *bytes);
            if is_there {
                return Ok(services.commits.hold(&adviser.into()).await?);
            }
            match services.exchanges.put_part(Writer::of(adviser, services.now()), (id, &import), part, bytes).await {
                // Validated or discarded, perhaps, while the part was being uploaded.
                Err(StoreError::Stale) => taking_parts(services, adviser.scope(), id).await.and(Err(StoreError::Stale.into())),
                other => Ok(other?),
            }
        }
    }
}

async fn taking_parts(services: &Services, scope: AdviserScope, id: ImportId) -> Result<Import, ImportFailure> {
    let (import, _) = find(services, scope, id).await?;
    if import.checked.is_some() { Err(ImportFailure::WrongStep) } else { Ok(import) }
}

/// Discards the table. Files created from it stay. A repeat by this session succeeds as well.
pub async fn cancel(services: &Services, adviser: &Adviser, id: ImportId) -> Result<(), ImportFailure> {
    let writer = Writer::of(adviser, services.now());
    match find(services, adviser.scope(), id).await {
        Err(ImportFailure::NotFound) if services.exchanges.has_removed(adviser, id).await? => return Ok(()),
        other => other?,
    };
    match services.exchanges.remove(writer, id).await {
        // A concurrent request won.
        Ok(()) | Err(StoreError::Stale) => {}
        Err(other) => return Err(other.into()),
    }
    // Leftover parts are unusable and expire after a day.
    if services.exchanges.remove_parts(writer, id).await.is_err() {
        tracing::warn!(event = "import_parts_left");
    }
    Ok(())
}
