//! The report for the person whose data a client file holds (art. 15 GDPR). It may be made while the use of the file is blocked: it is
//! the person who asks.

use super::{
    clients::ClientsFailure,
    file_trail::{self, TrailLine},
    processors, requests,
    services::Services,
};
use crate::{
    domain::{
        breach::words::Day,
        credentials::{DisplayName, EmailAddress},
        ids::ClientId,
        processor::record::ProcessorSummary,
        request::record::RequestSummary,
        retention::Retention,
        session::Adviser,
        subject_rights::DataSource,
        trail::AuditAction,
    },
    store::{
        client_files::{KeptFile, Versioned},
        client_writes::{Content, FileWrite, WriteRefused, Writer},
        error::StoreError,
    },
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Times a file is read anew because it was changed before its trail said that it goes out.
const MAX_ATTEMPTS: usize = 8;

/// What is known of a person, and about it.
pub struct SubjectReport {
    /// When it was made.
    pub made_at: Timestamp,
    /// Whose client the person is.
    pub adviser: (DisplayName, EmailAddress),
    pub kept: KeptFile,
    /// Where its data came from.
    pub sources: BTreeSet<DataSource>,
    /// Who else works with it: the sub-processors in use.
    pub recipients: Arc<Vec<ProcessorSummary>>,
    /// Until when it is kept, and the rule that this follows from.
    pub retention: Option<(Day, Retention)>,
    /// What the person asked for before, as far as it was noted for this file.
    pub requests: Vec<RequestSummary>,
    /// Who did what with it, newest first.
    pub trail: Vec<TrailLine>,
}

/// Makes the report; the trail of the file says so before anybody reads it.
pub async fn make(services: &Services, adviser: &Adviser, id: ClientId) -> Result<SubjectReport, ClientsFailure> {
    let (scope, made_at) = (adviser.scope(), services.now());
    let there = |found: Option<Versioned>| match found {
        None => Err(ClientsFailure::NotFound),
        Some(found) if found.kept.erasing_since.is_some() => Err(ClientsFailure::BeingErased),
        Some(found) => Ok(found),
    };
    let kept = noted(services, adviser, id, AuditAction::Reported, there).await?;
    let owner = services.identities.find(adviser.account).await?;
    let owner = owner.account().ok_or(StoreError::DoesNotOpen)?;
    let trail = file_trail::whole(services, scope, id).await?;
    let last_changed = kept.updated_at;
    let keep = |retention: Retention| (retention.months.keep_until(last_changed), retention);
    let mut requests: Vec<_> = requests::list(services, scope).await?.into_iter().map(|(_, summary)| summary).collect();
    requests.retain(|summary| summary.client == Some(id));
    Ok(SubjectReport {
        made_at,
        adviser: (owner.display_name.clone(), owner.email.clone()),
        kept,
        sources: trail.iter().filter_map(source).collect(),
        recipients: processors::published(services).await?,
        retention: owner.retention.clone().map(keep),
        requests,
        trail,
    })
}

/// Writes into the trail that something of the file goes out, and answers the file as it is then: `judge` says what may. One that is changed
/// in between is read again.
///
/// # Errors
/// What `judge` refuses with; [`StoreError`].
pub(super) async fn noted<E: From<StoreError>>(
    services: &Services,
    adviser: &Adviser,
    id: ClientId,
    deed: AuditAction,
    judge: impl Fn(Option<Versioned>) -> Result<Versioned, E>,
) -> Result<KeptFile, E> {
    for _ in 0..MAX_ATTEMPTS {
        let found = judge(services.clients.find(adviser.scope(), id).await?)?;
        let write = FileWrite { id, deed, content: Content::Same(found.as_read()) };
        match services.clients.write(Writer::of(adviser, services.now()), &[write]).await {
            Ok(_) => return Ok(found.kept),
            Err(WriteRefused::Stale) => {}
            Err(other) => return Err(StoreError::from(other).into()),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
}

fn source(line: &TrailLine) -> Option<DataSource> {
    match line.deed {
        AuditAction::Created | AuditAction::Changed => Some(DataSource::EnteredByAdviser),
        AuditAction::Imported => Some(DataSource::ImportedByAdviser),
        AuditAction::TakenOver => Some(DataSource::Predecessor),
        AuditAction::Read
        | AuditAction::Exported
        | AuditAction::Reported
        | AuditAction::Restricted
        | AuditAction::Released
        | AuditAction::Held
        | AuditAction::HoldLifted
        | AuditAction::MarkedForErasure
        | AuditAction::ErasureWithdrawn
        | AuditAction::HandedOver
        | AuditAction::Deleted
        | AuditAction::Erased
        | AuditAction::Later(_) => None,
    }
}
