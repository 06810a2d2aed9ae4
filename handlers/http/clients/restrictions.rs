//! Function `clients`: processing restrictions of a file, and erasing it.

use super::files::parse_id;
use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::Unread,
    path::PathId,
    problem::Problem,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    closed_set,
    domain::{
        clients::{
            restriction_step::{ErasureGround, RestrictionNote, RestrictionReason, RestrictionStep},
            restrictions::Hold,
        },
        sign_in::{
            credentials::PasswordAsTyped,
            session::{Adviser, Full, Session},
        },
        wire::{
            fields::{FieldCode, Fields},
            object::{Object, Value, member},
            values::Day,
        },
    },
    flows::clients::{self, restrictions::RestrictionsView},
    wire_object,
};
use axum::extract::State;
use serde::Serialize;

/// The processing status of a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RestrictionsAnswer {
    /// The client's full name.
    pub name: String,
    /// Whether processing is restricted.
    pub restricted: bool,
    /// The legal hold; `null` if there is none.
    #[schema(required)]
    pub held: Option<Hold>,
    /// The ground on which it is marked for erasure; `null` if it is not marked.
    #[schema(required)]
    pub marked: Option<ErasureGround>,
    /// Whether the erasure has begun: no further steps are possible.
    pub being_erased: bool,
    /// The last day of the retention period, after which erasure is proposed; `null` if the adviser has chosen no period.
    #[schema(required)]
    pub keep_until: Option<Day>,
    /// The steps taken so far with their reasons, oldest first.
    pub notes: Vec<RestrictionNote>,
}

/// A change of the processing status of a file.
// For the document only: `RestrictionChange` reads it, since the step decides about the other members.
#[derive(utoipa::ToSchema)]
pub struct RestrictionBody {
    /// The step to take.
    pub step: RestrictionStepName,
    /// Why the step is taken.
    pub reason: RestrictionReason,
    /// The legal ground for erasure; required with `mark`, and refused with any other step.
    #[schema(nullable = false)]
    pub ground: Option<ErasureGround>,
    /// The last day of the hold, which has no end date without it; refused with any other step than `hold`.
    #[schema(nullable = false)]
    pub until: Option<Day>,
}

/// A [`RestrictionBody`] whose members go with its step.
pub struct RestrictionChange {
    step: RestrictionStep,
    reason: RestrictionReason,
}

impl Object for RestrictionChange {
    fn members(fields: &mut Fields) -> Option<Self> {
        let (name, reason) = (member(fields, "step"), member(fields, "reason"));
        let step = match name {
            Some(RestrictionStepName::Restrict) => Some(RestrictionStep::Restrict),
            Some(RestrictionStepName::Release) => Some(RestrictionStep::Release),
            Some(RestrictionStepName::Hold) => member(fields, "until").map(|until| RestrictionStep::Hold { until }),
            Some(RestrictionStepName::LiftHold) => Some(RestrictionStep::LiftHold),
            Some(RestrictionStepName::Mark) => member(fields, "ground").map(|ground| RestrictionStep::Mark { ground }),
            Some(RestrictionStepName::Withdraw) => Some(RestrictionStep::Withdraw),
            Some(RestrictionStepName::Later(_)) | None => None,
        };
        for name in ["until", "ground"] {
            fields.pass_null(name);
        }
        Some(Self { step: step?, reason: reason? })
    }
}

closed_set! {
    /// A step that changes the processing status of a file.
    pub enum RestrictionStepName in "snake_case" {
        /// Restricts processing.
        Restrict,
        /// Lifts the restriction.
        Release,
        /// Sets a legal hold.
        Hold,
        /// Lifts the legal hold.
        LiftHold,
        /// Marks the file for erasure.
        Mark,
        /// Withdraws the mark for erasure.
        Withdraw,
    }
}

wire_object! {
    /// The confirmation of an erasure.
    pub struct ErasureBody {
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
        /// Must be `true`: the adviser has verified that no law or legal claim requires keeping the file.
        #[schema(value_type = bool)]
        no_legal_duty: Confirmed,
    }
}

/// A statement that a request must make: `true`.
pub struct Confirmed;

impl Value for Confirmed {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        let is = fields.flag(name)?;
        if !is {
            fields.note(name, FieldCode::UnknownValue);
        }
        is.then_some(Self)
    }
}

/// Gets the processing status of a file. Works while processing is restricted.
#[utoipa::path(get, path = "/api/clients/{id}/rights", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = RestrictionsAnswer)))]
pub(in crate::http) async fn view(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let view = clients::restrictions::view(&state.services, &adviser, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(&view)))
}

/// Restricts processing, sets a legal hold or marks for erasure, or undoes one of these.
#[utoipa::path(post, path = "/api/clients/{id}/rights", tag = "clients", request_body = RestrictionBody, params(("id" = String, Path)),
    responses((status = 200, body = RestrictionsAnswer)))]
pub(in crate::http) async fn take(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    repeat: Repeat,
    body: Unread<RestrictionChange>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let RestrictionChange { step, reason } = body.read()?;
        Ok(clients::restrictions::take(services, &adviser, (id, repeat.tag()), step, reason).await?)
    };
    let view = repeat.once(|request| clients::restrictions::taken_for(services, &adviser, id, request), act).await?;
    Ok(Answer::ok(&answer(&view)))
}

/// Erases a file that is marked for erasure. The erasure is final: it is repeated if an older database is restored.
#[utoipa::path(post, path = "/api/clients/{id}/erasure", tag = "clients", request_body = ErasureBody, params(("id" = String, Path)),
    responses((status = 204), (status = 429)))]
pub(in crate::http) async fn erase(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    Caller(visitor): Caller,
    PathId(id): PathId,
    body: Unread<ErasureBody>,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let ErasureBody { password, no_legal_duty: Confirmed } = body.read()?;
    clients::erasing::erase(&state.services, &session, &adviser, id, password.ok().as_ref(), &visitor).await?;
    Ok(Answer::done())
}

fn answer(view: &RestrictionsView) -> RestrictionsAnswer {
    RestrictionsAnswer {
        name: view.name.clone(),
        restricted: view.restrictions.is_restricted(),
        held: view.restrictions.held(view.today),
        marked: view.restrictions.marked(),
        being_erased: view.being_erased,
        keep_until: view.keep_until,
        notes: view.restrictions.notes().to_vec(),
    }
}
