//! Processing restrictions of a client file: restricting its use, holding it, marking it for erasure; each step with its reason, in the
//! file's trail.

use crate::flows::services::Services;
use crate::{
    domain::{
        clients::{
            restriction_step::{RestrictionReason, RestrictionStep},
            restrictions::{Restrictions, StepRefused},
            summary::full_name,
            trail::AuditAction,
        },
        ids::ClientId,
        request_tag::{KeyReused, RequestTag},
        sign_in::session::Adviser,
        wire::{fields::InvalidFields, values::Day},
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

/// Why an operation on a file's processing restrictions fails.
#[derive(Debug)]
pub enum RestrictionFailure {
    /// No such file, or another adviser's.
    NotFound,
    /// The step does not fit the file's current restrictions.
    WrongStep,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store failed.
    Store(StoreError),
}

impl From<KeyReused> for RestrictionFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for RestrictionFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StepRefused> for RestrictionFailure {
    fn from(refused: StepRefused) -> Self {
        match refused {
            StepRefused::DoesNotFit => Self::WrongStep,
            StepRefused::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}

/// A file's processing restrictions, with just enough to identify the file: all that is shown of a file whose processing is restricted.
pub struct RestrictionsView {
    pub name: String,
    pub restrictions: Restrictions,
    /// Whether it is being erased: then no other operation is possible.
    pub being_erased: bool,
    /// The last day of its retention period, if the adviser chose one.
    pub keep_until: Option<Day>,
    /// The day on which this view was made.
    pub today: Day,
}

/// Returns a file's processing restrictions.
pub async fn view(services: &Services, adviser: &Adviser, id: ClientId) -> Result<RestrictionsView, RestrictionFailure> {
    let found = services.clients.find(adviser.scope(), id).await?.ok_or(RestrictionFailure::NotFound)?;
    RestrictionsView::of(services, adviser, found.kept).await
}

/// Returns the file's processing restrictions if an earlier try of the same request already took its step.
pub async fn taken_for(
    services: &Services,
    adviser: &Adviser,
    id: ClientId,
    request: RequestTag,
) -> Result<Option<RestrictionsView>, RestrictionFailure> {
    let Some(found) = services.clients.find(adviser.scope(), id).await? else {
        return Ok(None);
    };
    if request.repeats_any(&found.kept.taken_for)? {
        return RestrictionsView::of(services, adviser, found.kept).await.map(Some);
    }
    Ok(None)
}

/// Takes a step on a file.
pub async fn take(
    services: &Services,
    adviser: &Adviser,
    (id, request): (ClientId, Option<RequestTag>),
    step: RestrictionStep,
    reason: RestrictionReason,
) -> Result<RestrictionsView, RestrictionFailure> {
    let (scope, at) = (adviser.scope(), services.now());
    for _ in 0..MAX_ATTEMPTS {
        let Versioned { kept, etag, .. } = services.clients.find(scope, id).await?.ok_or(RestrictionFailure::NotFound)?;
        // The concurrent change that won may be the same request.
        if let Some(request) = request
            && request.repeats_any(&kept.taken_for)?
        {
            return RestrictionsView::of(services, adviser, kept).await;
        }
        // The erasure is decided: neither a hold nor anything else can come in between.
        if kept.erasing_since.is_some() {
            return Err(RestrictionFailure::WrongStep);
        }
        let restrictions = kept.restrictions.taken(step, reason.clone(), at, services.today())?;
        let mut kept = KeptFile { restrictions, revision: kept.revision + 1, ..kept };
        RequestTag::remember(request, &mut kept.taken_for);
        let write = FileWrite { id, deed: deed(step), content: Content::Over(etag, kept.clone()) };
        match services.clients.write(Writer::of(adviser, at), &[write]).await {
            Ok(_) => return RestrictionsView::of(services, adviser, kept).await,
            Err(WriteRefused::Stale) => {}
            Err(WriteRefused::Missing | WriteRefused::Exists) => return Err(RestrictionFailure::NotFound),
            Err(other @ (WriteRefused::TooLarge | WriteRefused::Store(_))) => return Err(StoreError::from(other).into()),
        }
    }
    Err(OVERTAKEN.into())
}

impl RestrictionsView {
    async fn of(services: &Services, adviser: &Adviser, kept: KeptFile) -> Result<Self, RestrictionFailure> {
        let retention = services.identities.find(adviser.account).await?.account().and_then(|account| account.retention.clone());
        let keep_until = retention.map(|retention| retention.months.keep_until(kept.updated_at));
        let name = full_name(&kept.file.person);
        Ok(Self { name, restrictions: kept.restrictions, being_erased: kept.erasing_since.is_some(), keep_until, today: services.today() })
    }
}

const fn deed(step: RestrictionStep) -> AuditAction {
    match step {
        RestrictionStep::Restrict => AuditAction::Restricted,
        RestrictionStep::Release => AuditAction::Released,
        RestrictionStep::Hold { .. } => AuditAction::Held,
        RestrictionStep::LiftHold => AuditAction::HoldLifted,
        RestrictionStep::Mark { .. } => AuditAction::MarkedForErasure,
        RestrictionStep::Withdraw => AuditAction::ErasureWithdrawn,
    }
}
