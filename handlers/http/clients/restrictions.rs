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
            restriction_step::{ErasureGround, StandingNote, StandingReason, StandingStep},
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
    flows::clients::{self, restrictions::StandingView},
    wire_object,
};
use axum::extract::State;
use serde::Serialize;

/// The processing status of a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StandingAnswer {
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
    pub notes: Vec<StandingNote>,
}

/// A change of the processing status of a file.
// For the document only: `StandingChange` reads it, since the step decides about the other members.
#[derive(utoipa::ToSchema)]
pub struct StandingBody {
    /// The step to take.
    pub step: StandingStepName,
    /// Why the step is taken.
    pub reason: StandingReason,
    /// The legal ground for erasure; required with `mark`, and refused with any other step.
    #[schema(nullable = false)]
    pub ground: Option<ErasureGround>,
    /// The last day of the hold, which has no end date without it; refused with any other step than `hold`.
    #[schema(nullable = false)]
    pub until: Option<Day>,
}

/// A [`StandingBody`] whose members go with its step.
pub struct StandingChange {
    step: StandingStep,
    reason: StandingReason,
}

impl Object for StandingChange {
    fn members(fields: &mut Fields) -> Option<Self> {
        let (name, reason) = (member(fields, "step"), member(fields, "reason"));
        let step = match name {
            Some(StandingStepName::Restrict) => Some(StandingStep::Restrict),
            Some(StandingStepName::Release) => Some(StandingStep::Release),
            Some(StandingStepName::Hold) => member(fields, "until").map(|until| StandingStep::Hold { until }),
            Some(StandingStepName::LiftHold) => Some(StandingStep::LiftHold),
            Some(StandingStepName::Mark) => member(fields, "ground").map(|ground| StandingStep::Mark { ground }),
            Some(StandingStepName::Withdraw) => Some(StandingStep::Withdraw),
            Some(StandingStepName::Later(_)) | None => None,
        };
        for name in ["until", "ground"] {
            fields.pass_null(name);
        }
        Some(Self { step: step?, reason: reason? })
    }
}

closed_set! {
    /// A step that changes the processing status of a file.
    pub enum StandingStepName in "snake_case" {
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
    responses((status = 200, body = StandingAnswer)))]
pub(in crate::http) async fn view(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let view = clients::restrictions::view(&state.services, &adviser, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(&view)))
}

/// Restricts processing, sets a legal hold or marks for erasure, or undoes one of these.
#[utoipa::path(post, path = "/api/clients/{id}/rights", tag = "clients", request_body = StandingBody, params(("id" = String, Path)),
    responses((status = 200, body = StandingAnswer)))]
pub(in crate::http) async fn take(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    repeat: Repeat,
    body: Unread<StandingChange>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let StandingChange { step, reason } = body.read()?;
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

fn answer(view: &StandingView) -> StandingAnswer {
    StandingAnswer {
        name: view.name.clone(),
        restricted: view.standing.is_restricted(),
        held: view.standing.held(view.today),
        marked: view.standing.marked(),
        being_erased: view.being_erased,
        keep_until: view.keep_until,
        notes: view.standing.notes().to_vec(),
    }
}
