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
        trail::Deed,
    },
    store::{
        client_files::KeptFile,
        client_writes::{Content, FileWrite, Writer},
        error::StoreError,
    },
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

/// What is known of a person, and about it.
pub struct SubjectReport {
    /// When it was made.
    pub made_at: Timestamp,
    /// Whose client the person is.
    pub adviser: (DisplayName, EmailAddress),
    /// The file.
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
///
/// # Errors
/// [`ClientsFailure`].
pub async fn make(services: &Services, adviser: &Adviser, id: ClientId) -> Result<SubjectReport, ClientsFailure> {
    let (scope, made_at) = (adviser.scope(), services.now());
    let kept = services.clients.find(scope, id).await?.ok_or(ClientsFailure::NotFound)?.kept;
    if kept.erasing_since.is_some() {
        return Err(ClientsFailure::BeingErased);
    }
    note(services, adviser, id, Deed::Reported, kept.revision).await?;
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

/// Writes into the trail that something of the file goes out.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn note(services: &Services, adviser: &Adviser, id: ClientId, deed: Deed, revision: u32) -> Result<(), StoreError> {
    let write = FileWrite { id, deed, content: Content::Same { revision } };
    services.clients.write(Writer::of(adviser, services.now()), &[write]).await?;
    Ok(())
}

fn source(line: &TrailLine) -> Option<DataSource> {
    match line.deed {
        Deed::Created | Deed::Changed => Some(DataSource::EnteredByAdviser),
        Deed::Imported => Some(DataSource::ImportedByAdviser),
        Deed::TakenOver => Some(DataSource::Predecessor),
        Deed::Read
        | Deed::Exported
        | Deed::Reported
        | Deed::Restricted
        | Deed::Released
        | Deed::Held
        | Deed::HoldLifted
        | Deed::MarkedForErasure
        | Deed::ErasureWithdrawn
        | Deed::HandedOver
        | Deed::Deleted
        | Deed::Erased
        | Deed::Later(_) => None,
    }
}
