//! Exporting all own client files as one document, a page at a time: nothing is ever held that could be many files.
//!
//! The password is asked for again, the owner gets a mail, and each file's trail says that it went out before its bytes do.

use super::{
    account_change::{Draft, change},
    clients::IdempotencyKey,
    confirmation::confirm_password,
    failure::Failure,
    services::Services,
    visitor::Visitor,
};
use crate::{
    domain::{
        attempt::Change,
        credentials::TypedPassword,
        export::{Export, Format, LIFETIME, MOST_A_DAY},
        ids::{ClientId, ExportId},
        mail::MailContent,
        session::{Adviser, AdviserScope, Full, Session},
        table::columns::Widths,
        trail::{Actor, Deed},
    },
    ports::Cursor,
    store::{
        client_files::KeptFile,
        client_writes::{Content, FileWrite, MOST_FILES, WriteRefused, Writer},
        error::StoreError,
        identity_lists::Slice,
    },
};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};

/// Times a commit is made anew because another request for the same export was faster.
const MOST_TRIES: usize = 8;

/// How an export can end other than well, before its first byte.
pub enum ExportFailure {
    /// As a story about accounts does.
    Account(Failure),
    /// The idempotency key was used for another export.
    KeyReused,
}

impl<F: Into<Failure>> From<F> for ExportFailure {
    fn from(failure: F) -> Self {
        Self::Account(failure.into())
    }
}

/// What is asked for.
pub struct Asked<'a> {
    /// As what.
    pub format: Format,
    /// Makes a repeat the same export.
    pub key: Option<IdempotencyKey>,
    /// Typed again.
    pub password: Option<&'a TypedPassword>,
}

/// Begins an export, or the same one again. Answers its id and what is known of it.
///
/// # Errors
/// [`ExportFailure`]; [`Failure::TooManyRequests`] beyond the day's limit.
pub async fn begin(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    asked: Asked<'_>,
    visitor: &Visitor,
) -> Result<(ExportId, Export), ExportFailure> {
    let confirmed = confirm_password(services, session, asked.password, visitor).await?;
    let scope = adviser.scope();
    let id = export_id(services, scope, asked.key).await?;
    if let Some(known) = known(services, scope, id, asked.format).await? {
        return Ok((id, known));
    }
    admit(services, scope).await?;
    let (ip, user_agent) = (visitor.ip.map(|ip| ip.to_string()), visitor.user_agent.clone().map(String::from));
    let edit = |draft: &mut Draft| {
        confirmed.still_holds(&draft.write.identity)?;
        let (ip, user_agent) = (ip.clone(), user_agent.clone());
        draft.notify(MailContent::FilesExported { at: draft.now, ip, user_agent, watermark: id });
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::FilesExported(id), edit).await?;
    let export = Export::new(asked.format, services.now());
    match services.exchanges.create(scope, id, &export, services.now()).await {
        Ok(()) => Ok((id, export)),
        // The same was asked for beside this request.
        Err(StoreError::Stale | StoreError::Unknown) => {
            known(services, scope, id, asked.format).await?.map(|known| (id, known)).ok_or(StoreError::Unknown.into())
        }
        Err(other) => Err(other.into()),
    }
}

async fn export_id(services: &Services, scope: AdviserScope, key: Option<IdempotencyKey>) -> Result<ExportId, StoreError> {
    let Some(key) = key else {
        return Ok(ExportId::from_random(services.sealing.random_bytes()));
    };
    let tag = services.sealing.root().await?.repeats.tag(&[b"export", scope.id().bytes(), key.bytes()]);
    Ok(ExportId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
}

async fn known(services: &Services, scope: AdviserScope, id: ExportId, format: Format) -> Result<Option<Export>, ExportFailure> {
    match services.exchanges.find::<Export>(scope, id).await? {
        Some((export, _)) if export.format != format => Err(ExportFailure::KeyReused),
        found => Ok(found.map(|(export, _)| export)),
    }
}

/// So many in 24 hours, whatever the instance: each is a document that lives as long.
async fn admit(services: &Services, scope: AdviserScope) -> Result<(), ExportFailure> {
    let made = services.exchanges.all::<Export>(scope).await?;
    let oldest = made.iter().map(|(_, export)| export.expires_at()).min();
    match oldest {
        Some(free_at) if made.len() >= MOST_A_DAY => {
            let wait = free_at.duration_since(services.now()).clamp(SignedDuration::from_secs(1), LIFETIME);
            Err(Failure::TooManyRequests(Duration::try_from(wait).unwrap_or_default()).into())
        }
        _ => Ok(()),
    }
}

/// The columns that a table of all files needs.
///
/// # Errors
/// [`StoreError`].
pub async fn widths(services: &Services, scope: AdviserScope) -> Result<Widths, StoreError> {
    let (mut widths, mut after) = (Widths::default(), None);
    loop {
        let page = services.clients.page(scope, page_size(), after).await?;
        widths = page.items.iter().fold(widths, |widths, (_, kept)| widths.max(Widths::of(&kept.file)));
        after = page.next;
        if after.is_none() {
            return Ok(widths);
        }
    }
}

/// Files on their way out.
pub struct ExportPage {
    /// Those that go out.
    pub files: Vec<(ClientId, KeptFile)>,
    /// How many do not, because their use is blocked.
    pub withheld: u32,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

/// The next files, in whose trail it stands that they went out in this export.
///
/// # Errors
/// [`StoreError`].
pub async fn page(services: &Services, adviser: &Adviser, id: ExportId, after: Option<Cursor>) -> Result<ExportPage, StoreError> {
    let Slice { items, next } = services.clients.page(adviser.scope(), page_size(), after).await?;
    let (blocked, files): (Vec<_>, Vec<_>) = items.into_iter().partition(|(_, kept)| kept.standing.is_restricted());
    let withheld = u32::try_from(blocked.len()).expect("a page has fewer than a hundred files");
    for _ in 0..MOST_TRIES {
        match record(services, adviser, id, &files).await {
            Ok(()) => return Ok(ExportPage { files, withheld, next }),
            Err(WriteRefused::Stale) => {}
            Err(WriteRefused::Store(error)) => return Err(error),
            Err(WriteRefused::Exists | WriteRefused::Missing) => return Err(StoreError::Stale),
        }
    }
    Err(StoreError::Stale)
}

async fn record(services: &Services, adviser: &Adviser, id: ExportId, files: &[(ClientId, KeptFile)]) -> Result<(), WriteRefused> {
    let (scope, now) = (adviser.scope(), services.now());
    let (export, etag) = services.exchanges.find::<Export>(scope, id).await?.ok_or(WriteRefused::Missing)?;
    let unknown = files.iter().filter(|(file, kept)| !export.is_in_trail(*file, kept.updated_at));
    let entry = |(file, kept): &(ClientId, KeptFile)| FileWrite {
        id: *file,
        deed: Deed::Exported,
        content: Content::Same { revision: kept.revision },
    };
    let writes: Vec<FileWrite> = unknown.map(entry).collect();
    if writes.is_empty() {
        return Ok(());
    }
    let export = Export { last: export.last.max(files.last().map(|(file, _)| *file)), ..export };
    let position = services.exchanges.replacement(scope, id, &export, now, etag).await?;
    services.clients.write_with(scope, Writer { by: Actor::from(adviser), at: now }, &writes, &[position]).await.map(drop)
}

/// As many files as fit into one commit.
fn page_size() -> u16 {
    u16::try_from(MOST_FILES).expect("a commit has at most a hundred operations")
}
