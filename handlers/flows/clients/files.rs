//! The adviser's own client files. Every call requires the adviser's scope, and there is no other way to a file (P14).

use crate::flows::{repeats::IdempotencyKey, services::Services};
use crate::{
    domain::{
        clients::{
            file::ClientFile,
            restrictions::Restrictions,
            summary::ClientSummary,
            trail::{Actor, AuditAction},
        },
        ids::ClientId,
        origin::Origin,
        sign_in::session::{Adviser, AdviserScope},
        wire::fields::InvalidFields,
    },
    ports::Etag,
    store::{
        clients::{
            self,
            files::{KeptFile, Versioned},
            readings::ReadRefused,
            summaries::{self, SealedSummaries},
            writes::{Content, FileWrite, WriteRefused, Writer},
        },
        error::StoreError,
    },
};
use std::{sync::Arc, thread::available_parallelism};
use tokio::task::JoinSet;

/// Fewest summaries that are worth a blocking task.
const AT_LEAST: usize = 250;

/// Audit entries read at a time, and how often, when a file does not exist: a repeated request usually follows soon.
const AT_ONCE_OF_TRAIL: u16 = 100;
const MAX_TRAIL_READS: usize = 2;

/// Why an operation on client files fails.
#[derive(Debug)]
pub enum ClientsFailure {
    /// No such file, or another adviser's: indistinguishable.
    NotFound,
    /// Processing of the file is restricted.
    Restricted,
    /// It is being erased.
    BeingErased,
    /// The file must be retained.
    LegalHold,
    /// The file has another version.
    VersionMismatch,
    /// The idempotency key was used for another file.
    KeyReused,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for ClientsFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ReadRefused> for ClientsFailure {
    fn from(refused: ReadRefused) -> Self {
        match refused {
            ReadRefused::Restricted => Self::Restricted,
            ReadRefused::BeingErased => Self::BeingErased,
            ReadRefused::Store(error) => Self::Store(error),
        }
    }
}

impl From<WriteRefused> for ClientsFailure {
    fn from(refused: WriteRefused) -> Self {
        match refused {
            WriteRefused::Missing => Self::NotFound,
            WriteRefused::Stale => Self::VersionMismatch,
            WriteRefused::Exists => Self::KeyReused,
            WriteRefused::TooLarge => Self::Store(StoreError::Unavailable),
            WriteRefused::Store(error) => Self::Store(error),
        }
    }
}

/// Creates a file, or finds the one that an earlier try of the same request created.
pub async fn create(
    services: &Services,
    adviser: &Adviser,
    key: Option<IdempotencyKey>,
    file: ClientFile,
) -> Result<(ClientId, Versioned), ClientsFailure> {
    let (scope, now) = (adviser.scope(), services.now());
    let (id, request) = match key {
        Some(key) => repeatable(services, scope, key, &file).await?,
        None => (ClientId::from_random(services.sealing.random_bytes()), None),
    };
    let (restrictions, origin) = (Restrictions::default(), Origin::default());
    let kept = KeptFile {
        file,
        created_at: now,
        updated_at: now,
        revision: 1,
        restrictions,
        erasing_since: None,
        request,
        taken_for: Vec::new(),
        origin,
    };
    match write(services, adviser, FileWrite { id, deed: AuditAction::Created, content: Content::New(kept.clone()) }).await {
        Ok(etag) => Ok((id, Versioned::new(kept, etag))),
        Err(WriteRefused::Exists) => {
            let existing = services.clients.read(adviser, id).await?.ok_or(ClientsFailure::KeyReused)?;
            if existing.kept.request == kept.request { Ok((id, existing)) } else { Err(ClientsFailure::KeyReused) }
        }
        Err(other) => Err(other.into()),
    }
}

/// Reads a file in order to show it.
pub async fn read(services: &Services, adviser: &Adviser, id: ClientId) -> Result<Versioned, ClientsFailure> {
    services.clients.read(adviser, id).await?.ok_or(ClientsFailure::NotFound)
}

/// Returns the current version of a file, in order to change it.
pub async fn current(services: &Services, adviser: &Adviser, id: ClientId) -> Result<Versioned, ClientsFailure> {
    let found = services.clients.find(adviser.scope(), id).await?.ok_or(ClientsFailure::NotFound)?;
    Ok(clients::readings::usable(found)?)
}

/// Replaces `current`, which the caller has just read, if the adviser saw that same version. Unchanged content creates no new version.
pub async fn replace(
    services: &Services,
    adviser: &Adviser,
    id: ClientId,
    current: Versioned,
    if_match: Etag,
    file: ClientFile,
) -> Result<Versioned, ClientsFailure> {
    if current.etag != if_match {
        return Err(ClientsFailure::VersionMismatch);
    }
    if current.kept.file == file {
        services.commits.hold(&adviser.into()).await?;
        return Ok(current);
    }
    let kept = KeptFile { file, updated_at: services.now(), revision: current.kept.revision + 1, ..current.kept };
    let content = Content::Over(if_match, kept.clone());
    let etag = write(services, adviser, FileWrite { id, deed: AuditAction::Changed, content }).await?;
    Ok(Versioned::new(kept, etag))
}

/// Deletes `current`, which the caller has just read, if the adviser saw that same version.
pub async fn delete(
    services: &Services,
    adviser: &Adviser,
    id: ClientId,
    current: &Versioned,
    if_match: Etag,
) -> Result<(), ClientsFailure> {
    if current.etag != if_match {
        return Err(ClientsFailure::VersionMismatch);
    }
    if current.kept.restrictions.held(services.today()).is_some() {
        return Err(ClientsFailure::LegalHold);
    }
    let content = Content::Gone { if_match, revision: current.kept.revision };
    write(services, adviser, FileWrite { id, deed: AuditAction::Deleted, content }).await?;
    Ok(())
}

/// Whether the last audit entry of a file that no longer exists is its deletion by this very session: then the request was repeated because
/// its first answer was lost.
pub async fn has_deleted(services: &Services, adviser: &Adviser, id: ClientId) -> Result<bool, StoreError> {
    let mut after = None;
    for _ in 0..MAX_TRAIL_READS {
        let slice = services.clients.trail(adviser.scope(), id, AT_ONCE_OF_TRAIL, after).await?;
        if let Some(last) = slice.items.first() {
            let by_this_session = matches!(last.event.by, Actor::Adviser { session, .. } if session == adviser.session);
            return Ok(last.event.deed == AuditAction::Deleted && by_this_session);
        }
        after = slice.next;
        if after.is_none() {
            break;
        }
    }
    Ok(false)
}

async fn write(services: &Services, adviser: &Adviser, write: FileWrite) -> Result<Etag, WriteRefused> {
    let etags = services.clients.write(Writer::of(adviser, services.now()), &[write]).await?;
    etags.into_iter().next().ok_or(WriteRefused::Store(StoreError::Unknown))
}

/// Returns the summaries of all files of the adviser.
pub async fn all(services: &Services, scope: AdviserScope) -> Result<Vec<(ClientId, ClientSummary)>, StoreError> {
    of_each(services, scope, Arc::new(|id, summary| Some((id, summary)))).await
}

/// Applies `take` to the summaries of all files of the adviser and collects the results.
pub(in crate::flows) async fn of_each<T: Send + 'static>(
    services: &Services,
    scope: AdviserScope,
    take: Arc<impl Fn(ClientId, ClientSummary) -> Option<T> + Send + Sync + 'static>,
) -> Result<Vec<T>, StoreError> {
    let take = move |_, id, json: &[u8]| Ok(take(id, summaries::read(json)?));
    filter_map(services, &services.clients.summaries(scope).await?, Arc::new(take)).await
}

/// Applies `take` to index, file and JSON of each summary, on one blocking thread for each core.
pub(super) async fn filter_map<T: Send + 'static>(
    services: &Services,
    sealed: &SealedSummaries,
    take: Arc<impl Fn(usize, ClientId, &[u8]) -> Result<Option<T>, StoreError> + Send + Sync + 'static>,
) -> Result<Vec<T>, StoreError> {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut tasks = JoinSet::new();
    for slice in sealed.slices(sealed.count().div_ceil(cores).max(AT_LEAST)) {
        let take = Arc::clone(&take);
        tasks.spawn_blocking(move || slice.filter_map(take.as_ref()));
    }
    let mut found = Vec::new();
    while let Some(opened) = tasks.join_next().await {
        found.append(&mut opened.expect("opening does not panic, and tasks are not aborted")?);
    }
    services.clients.keep(sealed);
    Ok(found)
}

/// Derives the file id and the request tag from an idempotency key and a file.
async fn repeatable(
    services: &Services,
    scope: AdviserScope,
    key: IdempotencyKey,
    file: &ClientFile,
) -> Result<(ClientId, Option<[u8; 32]>), StoreError> {
    let root = services.sealing.root().await?;
    let id = root.repeats.tag(&[b"id", scope.id().bytes(), key.bytes()]);
    let content = zeroize::Zeroizing::new(serde_json::to_vec(file).map_err(|_| StoreError::DoesNotOpen)?);
    let request = root.repeats.tag(&[b"request", scope.id().bytes(), &content]);
    let first = id.first_chunk().expect("a tag has 32 bytes");
    Ok((ClientId::from_random(*first), Some(request)))
}
