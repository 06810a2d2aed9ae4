//! The report for the data subject of a client file (art. 15 GDPR). Allowed while processing of the file is restricted, because the data
//! subject asks for it.

use super::{files::ClientsFailure, trail::TrailLine};
use crate::flows::{clients, organisation, processors, requests, services::Services};
use crate::{
    domain::{
        clients::{retention::Retention, subject_rights::DataSource, trail::AuditAction},
        ids::ClientId,
        organisation::details::Controller,
        processors::record::ProcessorSummary,
        requests::record::RequestSummary,
        sign_in::{
            credentials::{DisplayName, EmailAddress},
            session::Adviser,
        },
        wire::values::Day,
    },
    store::{
        clients::{
            files::{KeptFile, Versioned},
            writes::{Content, FileWrite, WriteRefused, Writer},
        },
        error::StoreError,
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

/// What is known about a data subject, and what is done with that data.
pub struct SubjectReport {
    /// When the report was made.
    pub made_at: Timestamp,
    /// The adviser whose client the data subject is.
    pub adviser: (DisplayName, EmailAddress),
    /// The firm that decides about the data, as far as it is known.
    pub controller: Option<Controller>,
    pub kept: KeptFile,
    /// Where the data came from.
    pub sources: BTreeSet<DataSource>,
    /// Who else processes the data: the sub-processors in use.
    pub recipients: Arc<Vec<ProcessorSummary>>,
    /// Until when the data is retained, and the rule behind it.
    pub retention: Option<(Day, Retention)>,
    /// Earlier subject requests, as far as they were recorded for this file.
    pub requests: Vec<RequestSummary>,
    /// Who did what with the data, newest first.
    pub trail: Vec<TrailLine>,
}

/// Makes the report; the trail of the file records it before anyone can read it.
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
    let trail = clients::trail::whole(services, scope, id).await?;
    let controller = match &owner.controller {
        Some(controller) => Some(controller.clone()),
        None => organisation::register::own_controller(services).await?,
    };
    let last_changed = kept.updated_at;
    let keep = |retention: Retention| (retention.months.keep_until(last_changed), retention);
    let mut requests: Vec<_> = requests::register::list(services, scope).await?.into_iter().map(|(_, summary)| summary).collect();
    requests.retain(|summary| summary.client == Some(id));
    Ok(SubjectReport {
        made_at,
        adviser: (owner.display_name.clone(), owner.email.clone()),
        controller,
        kept,
        sources: trail.iter().filter_map(source).collect(),
        recipients: processors::register::published(services).await?,
        retention: owner.retention.clone().map(keep),
        requests,
        trail,
    })
}

/// Records in the trail that data of the file is disclosed, and returns the file as of that entry. `judge` decides whether it may be. A
/// file that changes in between is re-read.
///
/// # Errors
/// Those of `judge`; [`StoreError`].
pub(in crate::flows) async fn noted<E: From<StoreError>>(
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
    Err(OVERTAKEN.into())
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
