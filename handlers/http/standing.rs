//! Function `clients`: processing restrictions of a file, and erasing it.

use super::{
    access::{Caller, Proof},
    answer::Answer,
    body::JsonBody,
    clients::parse_id,
    path::PathId,
    problem::Problem,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    closed_set,
    domain::{
        breach::words::Day,
        credentials::TypedPassword,
        fields::{FieldCode, Fields, InvalidFields, one_of},
        session::{Adviser, Full, Session},
        standing::Hold,
        standing_step::{ErasureGround, StandingNote, StandingReason, StandingStep},
    },
    flows::{
        erasing,
        standing::{self, StandingView},
    },
};
use axum::extract::State;
use serde::Serialize;

/// How a file stands.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StandingAnswer {
    /// The person's name.
    pub name: String,
    /// Whether its use is blocked.
    pub restricted: bool,
    /// The duty to keep it, while there is one.
    #[schema(required)]
    pub held: Option<Hold>,
    /// Why it is to be erased, when it is.
    #[schema(required)]
    pub marked: Option<ErasureGround>,
    /// Whether its erasure has begun: no other step is taken with it any more.
    pub being_erased: bool,
    /// The last day on which it is kept, when the adviser has chosen a period: from the next one on its erasure is proposed.
    #[schema(required)]
    pub keep_until: Option<Day>,
    /// What was done with it when and why, oldest first.
    pub notes: Vec<StandingNote>,
}

/// A step with a file.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingBody {
    /// Which.
    pub step: StandingStepName,
    /// Why.
    pub reason: StandingReason,
    /// With `mark`, and with nothing else.
    #[schema(nullable = false)]
    pub ground: Option<ErasureGround>,
    /// With `hold` when it ends by itself, and with nothing else: the last day.
    #[schema(nullable = false)]
    pub until: Option<Day>,
}

closed_set! {
    /// The steps by their names.
    pub enum StandingStepName in "snake_case" {
        /// Blocks its use.
        Restrict,
        /// It may be used again.
        Release,
        /// It has to be kept.
        Hold,
        /// It need not be kept any more.
        LiftHold,
        /// It is to be erased.
        Mark,
        /// It is not to be erased.
        Withdraw,
    }
}

/// The second step of an erasure.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureBody {
    /// The present password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
    /// `true`: the adviser has made sure that no law and no claim asks for keeping the file.
    pub no_legal_duty: bool,
}

/// How a file stands; also while its use is blocked.
#[utoipa::path(get, path = "/api/clients/{id}/rights", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = StandingAnswer)))]
pub(super) async fn view(State(state): State<AppState>, Proof(adviser): Proof<Adviser>, PathId(id): PathId) -> Result<Answer, Problem> {
    let view = standing::view(&state.services, &adviser, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(&view)))
}

/// Blocks the use of a file, keeps it, marks it for erasure; or takes that back.
#[utoipa::path(post, path = "/api/clients/{id}/rights", tag = "clients", request_body = StandingBody, params(("id" = String, Path)),
    responses((status = 200, body = StandingAnswer)))]
pub(super) async fn take(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    repeat: Repeat,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let (step, reason) = read_step(fields).map_err(Problem::fields)?;
        Ok(standing::take(services, &adviser, (id, repeat.tag()), step, reason).await?)
    };
    let view = repeat.once(|request| standing::taken_for(services, &adviser, id, request), act).await?;
    Ok(Answer::ok(&answer(&view)))
}

/// Erases a file that was marked. It does not come back, not even when an older database does.
#[utoipa::path(post, path = "/api/clients/{id}/erasure", tag = "clients", request_body = ErasureBody, params(("id" = String, Path)),
    responses((status = 204)))]
pub(super) async fn erase(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    Caller(visitor): Caller,
    PathId(id): PathId,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let password = fields.required("password", |text| Ok(TypedPassword::parse(text).ok()));
    if fields.demand("no_legal_duty") && fields.flag("no_legal_duty") == Some(false) {
        fields.note("no_legal_duty", FieldCode::UnknownValue);
    }
    let password = fields.finish(password).map_err(Problem::fields)?;
    erasing::erase(&state.services, &session, &adviser, id, password.as_ref(), &visitor).await?;
    Ok(Answer::done())
}

fn read_step(mut fields: Fields) -> Result<(StandingStep, StandingReason), InvalidFields> {
    let name = fields.required("step", one_of::<StandingStepName>);
    let reason = fields.required("reason", StandingReason::parse);
    let step = match name {
        Some(StandingStepName::Restrict) => Some(StandingStep::Restrict),
        Some(StandingStepName::Release) => Some(StandingStep::Release),
        Some(StandingStepName::Hold) => Some(StandingStep::Hold { until: fields.optional("until", Day::parse) }),
        Some(StandingStepName::LiftHold) => Some(StandingStep::LiftHold),
        Some(StandingStepName::Mark) => fields.required("ground", one_of).map(|ground| StandingStep::Mark { ground }),
        Some(StandingStepName::Withdraw) => Some(StandingStep::Withdraw),
        Some(StandingStepName::Later(_)) | None => None,
    };
    for name in ["until", "ground"] {
        fields.pass_null(name);
    }
    fields.finish(step.zip(reason))
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
