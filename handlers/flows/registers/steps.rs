//! What all registers have in common: why an operation on a record fails, a record with its history, and how steps are taken.

use crate::flows::{
    accounts::names::{Names, names_in},
    intents::{self, Hand, aim_at},
    services::Services,
};
use crate::{
    domain::{
        authority::SessionProof,
        chain::Entry,
        ids::RecordId,
        later::OrLater,
        record::{NotTaken, Record, Step},
        request_tag::{KeyReused, RequestTag},
        requests::record::NotDue,
        wire::fields::InvalidFields,
    },
    ports::Etag,
    store::{
        authority::Warrant,
        error::StoreError,
        records::repository::{FoundRecord, NewStep, Records},
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};

/// Why an operation on a record fails.
pub enum RegisterFailure {
    /// No such record, or another adviser's: indistinguishable.
    NotFound,
    /// A different step is due.
    NotDue,
    /// The caller saw a different version.
    VersionMismatch,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store failed.
    Store(StoreError),
}

impl intents::Story for RegisterFailure {
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self {
        match self {
            Self::Store(error) => Self::Store(told(error)),
            other @ (Self::NotFound | Self::NotDue | Self::VersionMismatch | Self::Invalid(_) | Self::KeyReused) => other,
        }
    }
}

impl From<KeyReused> for RegisterFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for RegisterFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidFields> for RegisterFailure {
    fn from(invalid: InvalidFields) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<NotDue> for RegisterFailure {
    fn from(_: NotDue) -> Self {
        Self::NotDue
    }
}

impl From<NotTaken> for RegisterFailure {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::NotDue => Self::NotDue,
            NotTaken::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}

/// A record with its history.
pub struct History<R: Record> {
    pub found: FoundRecord<R>,
    /// Its steps, oldest first.
    pub steps: Vec<Entry<Step<OrLater<R::Event>>>>,
    /// Names of the accounts that took steps.
    pub names: Names,
}

impl<R: Record> History<R> {
    /// Adds its history to a record that was read.
    pub(in crate::flows) async fn of(services: &Services, records: &Records<R>, found: FoundRecord<R>) -> Result<Self, StoreError> {
        let steps = records.steps(found.id).await?;
        let names = names_in(services, &steps).await?;
        Ok(Self { found, steps, names })
    }
}

/// Fails when the caller saw another version than the one that was read.
pub(in crate::flows) fn expect_version<R>(found: &FoundRecord<R>, if_match: &Etag) -> Result<(), RegisterFailure> {
    if found.etag == *if_match { Ok(()) } else { Err(RegisterFailure::VersionMismatch) }
}

/// Returns the current record if an earlier try of the same request already created it or took its step.
pub(in crate::flows) async fn taken_for<R: Record, E: From<StoreError> + From<KeyReused>>(
    records: &Records<R>,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<R>>, E> {
    match records.taken_for(id, request).await?? {
        Some(_) => Ok(records.find(id).await?),
        None => Ok(None),
    }
}

/// The id of a new record; a repeat of the request finds the same one.
pub(in crate::flows) fn id_for<R: Record>(records: &Records<R>, request: Option<RequestTag>) -> RecordId {
    request.map_or_else(|| records.fresh_id(), |request| RecordId::from_random(request.id()))
}

/// Creates a record for a signed-in user.
pub(in crate::flows) async fn create<R: Record>(
    services: &Services,
    records: &Records<R>,
    by: SessionProof,
    (id, request): (RecordId, Option<RequestTag>),
    (record, event): (R, R::Event),
) -> Result<FoundRecord<R>, StoreError> {
    let intent = Hand::Session(by).intend(services, aim_at(records.location(), Some(id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    let created = records.create(id, &warrant, NewStep { record, event, at: services.now() });
    Box::pin(intents::carry_out(services, intent, created)).await
}

/// Takes a signed-in user's step on exactly the version that was read.
pub(in crate::flows) async fn take_on<R: Record>(
    services: &Services,
    records: &Records<R>,
    by: SessionProof,
    (found, request): (&FoundRecord<R>, Option<RequestTag>),
    (record, event): (R, R::Event),
) -> Result<FoundRecord<R>, RegisterFailure> {
    let intent = Hand::Session(by).intend(services, aim_at(records.location(), Some(found.id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    let taken = records.append(found, &warrant, NewStep { record, event, at: services.now() });
    match Box::pin(intents::carry_out(services, intent, taken)).await {
        Err(StoreError::Stale) => Err(RegisterFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Takes a signed-in user's step on the current version, as [`decide`] does. A step that is refused leaves no intent.
pub(in crate::flows) async fn take<R: Record>(
    services: &Services,
    records: &Records<R>,
    by: SessionProof,
    (id, request): (RecordId, Option<RequestTag>),
    judge: impl Fn(&R) -> Result<(R, R::Event), RegisterFailure>,
) -> Result<FoundRecord<R>, RegisterFailure> {
    // Boxed: records are large, and every caller's future would otherwise contain several of them.
    Box::pin(async move {
        let found = records.find(id).await?.ok_or(RegisterFailure::NotFound)?;
        judge(&found.record)?;
        let intent = Hand::Session(by).intend(services, aim_at(records.location(), Some(id)), None).await?;
        let warrant = Warrant::from(intent).asked_by(request);
        let taken = decide(services, records, &warrant, (id, Some(found)), judge);
        intents::carry_out(services, intent, taken).await?.ok_or(RegisterFailure::NotFound)
    })
    .await
}

/// Decides on the current version and takes the step, again when a concurrent step won; `None` when there is no such record. `judge` must
/// be pure: only its last answer counts. `known` is the version to begin with.
///
/// # Errors
/// Those of `judge`; [`OVERTAKEN`]; [`StoreError`].
pub(in crate::flows) async fn decide<R: Record, E: From<StoreError> + From<KeyReused>>(
    services: &Services,
    records: &Records<R>,
    warrant: &Warrant,
    (id, mut known): (RecordId, Option<FoundRecord<R>>),
    judge: impl Fn(&R) -> Result<(R, R::Event), E>,
) -> Result<Option<FoundRecord<R>>, E> {
    // Boxed for the same reason.
    Box::pin(async move {
        for _ in 0..MAX_ATTEMPTS {
            let found = match known.take() {
                Some(found) => found,
                None => match records.find(id).await? {
                    Some(found) => found,
                    None => return Ok(None),
                },
            };
            // Checked on the very version that the step will replace: the concurrent step that won may be the same request.
            if let Some(request) = warrant.request()
                && let Some(taken) = taken_for::<R, E>(records, id, request).await?
            {
                return Ok(Some(taken));
            }
            let (record, event) = judge(&found.record)?;
            match records.append(&found, warrant, NewStep { record, event, at: services.now() }).await {
                Err(StoreError::Stale) => {}
                other => return Ok(Some(other?)),
            }
        }
        Err(OVERTAKEN.into())
    })
    .await
}
