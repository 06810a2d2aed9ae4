//! The record of the organisation: read by everybody who is signed in, changed by officers.

use super::notices;
use crate::flows::{
    accounts::officers::everyone,
    failure::Failure,
    intents::Story,
    registers::steps::{RegisterFailure, create, take_on},
    services::Services,
    sign_in::{confirmation::confirm_both, steps::SecondFactorTry, visitor::Visitor},
};
use crate::{
    domain::{
        accounts::{account::Account, lineage::NotTwo},
        ids::RecordId,
        organisation::{
            details::{Controller, OrganisationDetails, OrganisationRole},
            record::{Organisation, OrganisationEvent},
        },
        sign_in::{
            credentials::TypedPassword,
            session::{Full, Officer, Session},
        },
        stored::BlindIndex,
    },
    ports::Etag,
    store::{
        error::StoreError,
        records::repository::{FoundRecord, RecordLocation},
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use jiff::Timestamp;
use std::sync::Arc;

/// Where it is stored.
pub fn location() -> RecordLocation {
    RecordLocation::register("organisation")
}

/// The organisation as it was read.
pub struct Found {
    pub organisation: Organisation,
    /// The version; a fixed one as long as nothing was filled in.
    pub etag: Etag,
    /// When it was read.
    pub at: Timestamp,
    record: Option<FoundRecord<Organisation>>,
}

impl Found {
    fn of(record: FoundRecord<Organisation>, at: Timestamp) -> Self {
        Self { organisation: record.record.clone(), etag: record.etag.clone(), at, record: Some(record) }
    }
}

/// The one id of the record.
pub(super) async fn record_id(services: &Services) -> Result<RecordId, StoreError> {
    Ok(RecordId::from_random(services.derive_id(&[b"organisation"]).await?))
}

/// Returns the organisation.
pub async fn read(services: &Services) -> Result<Found, StoreError> {
    let at = services.now();
    let record = services.organisation.find(record_id(services).await?).await?;
    let unset = || Found { organisation: Organisation::default(), etag: Etag("unset".to_owned()), at, record: None };
    Ok(record.map_or_else(unset, |record| Found::of(record, at)))
}

/// Returns the role that is in force, from a record that is proven to be the newest: the clock of a breach depends on it. A record that
/// somebody tampered with gives no role, so that the clock runs.
pub(in crate::flows) async fn role(services: &Services) -> Result<Option<OrganisationRole>, StoreError> {
    match services.organisation.find_proven(record_id(services).await?).await {
        Ok(found) => Ok(found.and_then(|found| found.record.details(services.now()).role)),
        Err(StoreError::DoesNotOpen) => {
            tracing::error!(event = "does_not_open");
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Returns the firm that runs this deployment where it is the controller of the files of its advisers, and says who it is.
pub(in crate::flows) async fn own_controller(services: &Services) -> Result<Option<Controller>, StoreError> {
    let found = read(services).await?;
    let OrganisationDetails { role, name, address } = found.organisation.details(found.at).clone();
    let is_own = role == Some(OrganisationRole::Controller);
    Ok(name.zip(address).filter(|_| is_own).map(|(name, address)| Controller { name, address }))
}

/// Returns the name of the officer whose proposal waits.
pub async fn proposer(services: &Services, found: &Found) -> Result<Option<String>, StoreError> {
    let Some(proposal) = found.organisation.proposed(found.at) else { return Ok(None) };
    Ok(services.identities.find(proposal.by).await?.account().map(Account::called))
}

/// Changes the version that the officer saw, after asking for password and second factor. A change that removes duties waits. Everybody is
/// told by mail. Nothing is written when nothing would change.
///
/// # Errors
/// Those of [`confirm_both`]; [`Failure::Store`] with [`StoreError::Stale`] when the version has changed.
pub async fn change(
    services: &Arc<Services>,
    (session, officer): (&Session<Full>, Officer),
    (password, factor): (Option<&TypedPassword>, Option<&SecondFactorTry>),
    visitor: &Visitor,
    (found, wanted): (Found, &OrganisationDetails),
) -> Result<Found, RefusedChange> {
    confirm_both(services, session, password, factor, visitor).await?;
    // The check is recorded whatever becomes of the change.
    Box::pin(change_by(services, officer, (found, wanted))).await.map_err(RefusedChange::undone)
}

async fn change_by(services: &Services, officer: Officer, (found, wanted): (Found, &OrganisationDetails)) -> Result<Found, RefusedChange> {
    let me = officer.identity();
    let has_second = everyone(services).await?.lineage().has_second(me);
    let now = services.now();
    let applies_at = (!has_second).then(|| now + services.hand_over_wait);
    let Some(changed) = found.organisation.change(wanted, me, (now, applies_at)) else {
        return Ok(Found { at: now, ..found });
    };
    let made = match &found.record {
        // What holds decides whether the change waits, so an older record that somebody put back is no ground for it.
        Some(record) if proven(services, record.id).await?.etag != record.etag => return Err(RegisterFailure::VersionMismatch.into()),
        Some(record) => take_on(services, &services.organisation, officer.proof(), (record, None), changed).await?,
        None => first(services, officer, changed).await?,
    };
    notices::post_or_leave(services).await;
    Ok(Found::of(made, now))
}

/// Why the organisation is not changed.
pub enum RefusedChange {
    /// The officer was not confirmed, or is not allowed to.
    Failure(Failure),
    /// The record has changed.
    Register(RegisterFailure),
}

impl RefusedChange {
    fn undone(self) -> Self {
        match self {
            Self::Failure(failure) => Self::Failure(failure.undone()),
            Self::Register(failure) => Self::Register(failure.undone()),
        }
    }
}

impl From<Failure> for RefusedChange {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<RegisterFailure> for RefusedChange {
    fn from(failure: RegisterFailure) -> Self {
        Self::Register(failure)
    }
}

impl From<StoreError> for RefusedChange {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

async fn first(
    services: &Services,
    officer: Officer,
    changed: (Organisation, OrganisationEvent),
) -> Result<FoundRecord<Organisation>, RegisterFailure> {
    let id = record_id(services).await?;
    match create(services, &services.organisation, officer.proof(), (id, None), changed).await {
        Err(StoreError::Stale) => Err(RegisterFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Confirms what another officer proposed.
///
/// # Errors
/// [`RegisterFailure::NotDue`] when nothing waits; [`NotTwo`] when both may be the same person.
pub async fn confirm(services: &Services, officer: Officer) -> Result<Found, RefusedChange> {
    let id = record_id(services).await?;
    for _ in 0..MAX_ATTEMPTS {
        match Box::pin(confirm_proven(services, officer, id)).await {
            Err(RefusedChange::Register(RegisterFailure::VersionMismatch)) => {}
            other => return other,
        }
    }
    Err(OVERTAKEN.into())
}

/// The record, against its steps.
async fn proven(services: &Services, id: RecordId) -> Result<FoundRecord<Organisation>, RegisterFailure> {
    services.organisation.find_proven(id).await?.ok_or(RegisterFailure::NotDue)
}

async fn confirm_proven(services: &Services, officer: Officer, id: RecordId) -> Result<Found, RefusedChange> {
    let (found, me, now) = (proven(services, id).await?, officer.identity(), services.now());
    if found.record.was_confirmed_by(me) && found.record.proposed(now).is_none() {
        return Ok(Found::of(found, now));
    }
    let proposer = found.record.proposed(now).ok_or(RegisterFailure::NotDue)?.by;
    second(services, officer, proposer).await?;
    let confirmation = found.record.confirm(me, now).map_err(RegisterFailure::from)?;
    let confirmed = take_on(services, &services.organisation, officer.proof(), (&found, None), confirmation).await?;
    notices::post_or_leave(services).await;
    Ok(Found::of(confirmed, now))
}

async fn second(services: &Services, officer: Officer, proposer: BlindIndex) -> Result<(), Failure> {
    let lineage = everyone(services).await?.lineage();
    match lineage.second(officer.identity(), &[proposer]) {
        // Whoever proposed it and left the office does not hinder the others: one of them proposes it again.
        Err(NotTwo::NotInOffice) => Err(Failure::WrongStep),
        other => Ok(other?),
    }
}
