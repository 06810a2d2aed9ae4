//! Exports all of an adviser's client files as one document, a page at a time: never more than one page of files is in memory.
//!
//! The password is asked for again, the owner gets a mail, and each file's trail records the export before its bytes are sent. The session
//! and its authority are checked again for every page, so that nothing more is sent once the adviser may no longer read it.

use crate::flows::{
    accounts::change::{Draft, change_confirmed},
    failure::Failure,
    repeats::IdempotencyKey,
    services::Services,
    sign_in::{
        confirmation::{Confirmed, confirm_password},
        visitor::Visitor,
    },
};
use crate::{
    domain::{
        clients::trail::AuditAction,
        exports::{Export, ExportPlace, Format, LIFETIME, MAX_A_DAY},
        ids::{ClientId, ExportId},
        mail::MailContent,
        sign_in::{
            attempt::Change,
            credentials::TypedPassword,
            session::{Adviser, AdviserScope, Full, Session},
        },
        table::columns::Widths,
        wire::fields::{FieldCode, InvalidFields},
    },
    ports::Cursor,
    store::{
        clients::{
            files::{KeptFile, Versioned},
            writes::{Content, FileWrite, MAX_FILES, Writer},
        },
        error::StoreError,
        exchanges::NotMade,
        identities::lists::Slice,
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};

/// Why an export fails before its first byte.
pub enum ExportFailure {
    /// Fails as an operation on accounts does.
    Account(Failure),
    /// The idempotency key was used for another export.
    KeyReused,
    /// The file is being erased.
    BeingErased,
}

impl ExportFailure {
    /// Marks this failure as one where something was recorded before, but nothing was sent.
    pub(in crate::flows) fn undone(self) -> Self {
        match self {
            Self::Account(failure) => Self::Account(failure.undone()),
            other @ (Self::KeyReused | Self::BeingErased) => other,
        }
    }
}

impl<F: Into<Failure>> From<F> for ExportFailure {
    fn from(failure: F) -> Self {
        Self::Account(failure.into())
    }
}

/// The requested export.
pub struct Asked<'a> {
    pub format: Format,
    /// A repeat with the same key yields the same export.
    pub key: Option<IdempotencyKey>,
    /// Continues an export after this position.
    pub after: Option<ExportPlace>,
    pub password: Option<&'a TypedPassword>,
}

/// Begins an export, finds the one that the same request began before, or continues one. Returns its id and what is known about it.
///
/// # Errors
/// [`ExportFailure`]; [`Failure::TooManyRequests`] beyond the daily limit.
pub async fn begin(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    asked: Asked<'_>,
    visitor: &Visitor,
) -> Result<(ExportId, Export), ExportFailure> {
    let confirmed = confirm_password(services, session, asked.password, visitor).await?;
    // Nothing was sent, whatever has been recorded up to here.
    begin_confirmed(services, session, adviser, (&asked, &confirmed), visitor).await.map_err(ExportFailure::undone)
}

async fn begin_confirmed(
    services: &Services,
    session: &Session<Full>,
    adviser: &Adviser,
    (asked, confirmed): (&Asked<'_>, &Confirmed),
    visitor: &Visitor,
) -> Result<(ExportId, Export), ExportFailure> {
    let id = match asked.after {
        Some(place) => place.export,
        None => export_id(services, adviser.scope(), asked.key).await?,
    };
    let known = known(services, adviser, id, asked.format).await?;
    let export = match known {
        None if asked.after.is_some() => return Err(Failure::from(InvalidFields::one("/after", FieldCode::UnknownValue)).into()),
        None => make(services, adviser, id, asked.format).await?,
        Some(known) => known,
    };
    if !export.told {
        tell(services, session, confirmed, id, visitor).await?;
        note_told(services, adviser, id).await?;
    }
    Ok((id, export))
}

/// Creates the export unless five were created in the last 24 hours, on any instance: they are counted in the commit.
async fn make(services: &Services, adviser: &Adviser, id: ExportId, format: Format) -> Result<Export, ExportFailure> {
    let export = Export::new(format, services.now());
    let are_enough = |there: &[(ExportId, Export)]| there.len() >= MAX_A_DAY;
    match services.exchanges.create(Writer::of(adviser, services.now()), (id, &export), are_enough).await {
        Ok(()) => Ok(export),
        // A concurrent request created the same export, or the answer of the commit was lost.
        Err(NotMade::Exists | NotMade::Store(StoreError::Stale | StoreError::Unknown)) => {
            known(services, adviser, id, format).await?.ok_or(StoreError::Unknown.into())
        }
        Err(NotMade::Enough(there)) => {
            let free_at = there.iter().map(|(_, export)| export.expires_at()).min().unwrap_or_else(|| services.now() + LIFETIME);
            let wait = free_at.duration_since(services.now()).clamp(SignedDuration::from_secs(1), LIFETIME);
            Err(Failure::TooManyRequests(Duration::try_from(wait).unwrap_or_default()).into())
        }
        Err(NotMade::Store(error)) => Err(error.into()),
    }
}

/// Notifies the owner. If the request is cut off afterwards, the next try notifies again.
async fn tell(
    services: &Services,
    session: &Session<Full>,
    confirmed: &Confirmed,
    id: ExportId,
    visitor: &Visitor,
) -> Result<(), ExportFailure> {
    let (ip, user_agent) = (visitor.ip.map(|ip| ip.to_string()), visitor.user_agent.clone().map(String::from));
    let edit = |draft: &mut Draft| {
        // A concurrent request for the same export won.
        let told = &mut draft.account.told_of;
        if told.contains(&id) {
            return Err(Failure::WrongStep);
        }
        told.insert(0, id);
        told.truncate(MAX_A_DAY);
        let (ip, user_agent) = (ip.clone(), user_agent.clone());
        draft.notify(MailContent::FilesExported { at: draft.now, ip, user_agent, watermark: id });
        Ok(())
    };
    match change_confirmed(services, session, confirmed, Change::FilesExported(id), edit).await {
        Ok(()) | Err(Failure::WrongStep) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

async fn note_told(services: &Services, adviser: &Adviser, id: ExportId) -> Result<(), ExportFailure> {
    for _ in 0..MAX_ATTEMPTS {
        let (export, etag) = services.exchanges.find::<Export>(adviser.scope(), id).await?.ok_or(StoreError::Stale)?;
        if export.told {
            return Ok(());
        }
        let told = Export { told: true, ..export };
        match services.exchanges.replace(Writer::of(adviser, services.now()), id, &told, etag).await {
            Err(StoreError::Stale) => {}
            other => return Ok(other?),
        }
    }
    Err(OVERTAKEN.into())
}

async fn export_id(services: &Services, scope: AdviserScope, key: Option<IdempotencyKey>) -> Result<ExportId, StoreError> {
    let Some(key) = key else {
        return Ok(ExportId::from_random(services.sealing.random_bytes()));
    };
    Ok(ExportId::from_random(services.derive_id(&[b"export", scope.id().bytes(), key.bytes()]).await?))
}

async fn known(services: &Services, adviser: &Adviser, id: ExportId, format: Format) -> Result<Option<Export>, ExportFailure> {
    match services.exchanges.find::<Export>(adviser.scope(), id).await? {
        Some((export, _)) if export.format != format => Err(ExportFailure::KeyReused),
        found => Ok(found.map(|(export, _)| export)),
    }
}

/// Returns the columns that a table of all files needs.
pub async fn widths(services: &Services, scope: AdviserScope) -> Result<Widths, StoreError> {
    let (mut widths, mut after) = (Widths::default(), None);
    loop {
        let page = services.clients.page(scope, page_size(), after).await?;
        widths = page.items.iter().fold(widths, |widths, (_, found)| widths.max(Widths::of(&found.kept.file)));
        after = page.next;
        if after.is_none() {
            return Ok(widths);
        }
    }
}

/// A page of files to be sent.
pub struct ExportPage {
    /// The files that are sent.
    pub files: Vec<(ClientId, KeptFile)>,
    /// How many files are withheld because their processing is restricted.
    pub withheld: u32,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

/// Returns the next files and records the export in their trails. Recorded for every page request, because a file that was restricted last
/// time, or was handed over since, has not been exported before. The caller must still be signed in, and each file must be unchanged when
/// its audit entry is written: a page with a file that was restricted, changed or removed in between is read again.
///
/// # Errors
/// [`StoreError::Refused`] when the session is no longer valid; others.
pub async fn page(services: &Services, adviser: &Adviser, after: Option<Cursor>) -> Result<ExportPage, StoreError> {
    for _ in 0..MAX_ATTEMPTS {
        match page_as_it_is(services, adviser, after.clone()).await {
            Err(StoreError::Stale) => {}
            other => return other,
        }
    }
    Err(OVERTAKEN)
}

async fn page_as_it_is(services: &Services, adviser: &Adviser, after: Option<Cursor>) -> Result<ExportPage, StoreError> {
    let (owner, slice) =
        tokio::join!(services.identities.find(adviser.account), services.clients.page(adviser.scope(), page_size(), after));
    if !adviser.proof().holds(adviser.account, &owner?.identity, services.now()) {
        return Err(StoreError::Refused);
    }
    let Slice { items, next } = slice?;
    let is_withheld = |kept: &KeptFile| kept.restrictions.is_restricted() || kept.erasing_since.is_some();
    let (blocked, files): (Vec<_>, Vec<_>) = items.into_iter().partition(|(_, found)| is_withheld(&found.kept));
    let withheld = u32::try_from(blocked.len()).expect("a page has fewer than a hundred files");
    let entry =
        |(id, found): &(ClientId, Versioned)| FileWrite { id: *id, deed: AuditAction::Exported, content: Content::Same(found.as_read()) };
    let writes: Vec<FileWrite> = files.iter().map(entry).collect();
    if !writes.is_empty() {
        services.clients.write(Writer::of(adviser, services.now()), &writes).await?;
    }
    Ok(ExportPage { files: files.into_iter().map(|(id, found)| (id, found.kept)).collect(), withheld, next })
}

/// As many files as fit into one commit.
fn page_size() -> u16 {
    u16::try_from(MAX_FILES).expect("a commit has at most a hundred operations")
}
