//! Function `breaches`: a suspicion by anyone who is signed in, the register by officers only.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{JsonBody, Unread},
    if_match::if_match,
    path::PathId,
    problem::Problem,
    query::ListQuery,
    registers::{author, parse_id},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        breaches::{
            facts::Facts,
            kinds::{BreachStage, ReportKind},
            parts::Suspicion,
            record::{Breach, BreachSummary},
            report::ApReport,
            steps::{BreachEvent, OfficerStep},
        },
        chain::Entry,
        edited::{self, ServerWritten},
        ids::RecordId,
        later::OrLater,
        organisation::duties::DEADLINE,
        record::Step,
        sign_in::session::{Full, Officer, Session},
        wire::{
            object::Object,
            values::{AccountRef, Moment},
        },
    },
    flows::{breaches, cursors::List, registers::steps::History},
    store::{keys::sealing::KeyScope, records::repository::FoundRecord},
};
use axum::{extract::State, http::HeaderMap};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::cmp::Reverse;

/// The receipt of a reported suspicion.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SuspicionReceived {
    /// ID of the breach record, for reference to the officers.
    pub id: String,
    /// When the report was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
}

/// A breach in the officers' list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BreachItem {
    /// The ID of the breach.
    pub id: String,
    /// The suspicion as it was reported.
    pub suspicion: Suspicion,
    /// The stage of the breach.
    pub stage: BreachStage,
    /// When the organisation became aware; `null` before that.
    #[schema(required)]
    pub aware_at: Option<Moment>,
    /// Deadline for notifying the authority; `null` before awareness and once it is decided.
    #[schema(required)]
    pub report_due_at: Option<Moment>,
    /// Whether letters to advisers of other controllers are all that is due, and some are still to be sent.
    pub letters_due: bool,
}

/// A breach with its history.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BreachAnswer {
    /// The ID of the breach.
    pub id: String,
    /// The stage of the breach.
    pub stage: BreachStage,
    /// Deadline for notifying the authority; `null` before awareness and once it is decided.
    #[schema(required)]
    pub report_due_at: Option<Moment>,
    /// For information: reporting deadlines under DORA (art. 19 and its technical standards), if that applies and the incident is major;
    /// `null` before awareness.
    #[schema(required)]
    pub dora: Option<DoraTimes>,
    /// The current record of the breach.
    pub record: Breach,
    /// The history, oldest first.
    pub steps: Vec<StepItem>,
}

/// Reporting deadlines under DORA, counted from becoming aware.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DoraTimes {
    /// Deadline of the initial report: 24 hours; also within 4 hours after the incident is classified as major.
    pub first_by: Moment,
    /// Deadline of the interim report: 72 hours.
    pub interim_by: Moment,
    /// Deadline of the final report: 30 days.
    pub final_by: Moment,
}

/// An event in the history of a breach.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StepItem {
    /// Sequence number of the event, starting at 1.
    pub number: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The account that caused it; `null` if the program itself did.
    #[schema(required)]
    pub by: Option<AccountRef>,
    /// Display name of that account; `null` if there is none.
    #[schema(required)]
    pub by_name: Option<String>,
    /// Username of that account, which is unique; `null` if there is none.
    #[schema(required)]
    pub by_username: Option<String>,
    /// The event and its details.
    #[schema(value_type = BreachEvent)]
    pub event: OrLater<BreachEvent>,
}

/// Reports a suspected breach. Any signed-in user can do so.
#[utoipa::path(post, path = "/api/breaches", tag = "breaches", request_body = Suspicion,
    responses((status = 201, body = SuspicionReceived), (status = 429)))]
pub(in crate::http) async fn report(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    repeat: Repeat,
    body: Unread<Suspicion>,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let suspicion = body.read()?;
        Ok(breaches::register::report(services, &session, repeat.tag(), suspicion).await?)
    };
    let (id, received_at) = repeat.once(|request| breaches::register::reported_for(services, request), act).await?;
    Ok(Answer::created(&SuspicionReceived { id: id.to_string(), received_at }))
}

/// Lists all breaches, most recently noticed first.
#[utoipa::path(get, path = "/api/breaches", tag = "breaches",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<BreachItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let list = List { scope: KeyScope::Service, name: "breaches", owner: "all" };
    let after = list.position(&state.services, query.cursor.as_deref()).await?;
    let all = breaches::register::list(&state.services, officer).await?;
    let newest_first = all.into_iter().map(|(id, summary)| (Reverse((summary.suspicion.noticed_at, id)), (id, summary)));
    let page = list.page(&state.services, newest_first, (query.limit.into(), after)).await?;
    let item = |(id, summary): (RecordId, BreachSummary)| BreachItem {
        id: id.to_string(),
        stage: summary.stage,
        aware_at: summary.aware_at,
        report_due_at: due(summary.aware_at.filter(|_| summary.clock_runs)),
        letters_due: summary.letters_due,
        suspicion: summary.suspicion,
    };
    Ok(Answer::ok(&PageOf::of(page, item)))
}

/// Gets a breach with its history.
#[utoipa::path(get, path = "/api/breaches/{id}", tag = "breaches", params(("id" = String, Path)),
    responses((status = 200, body = BreachAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let found = breaches::register::find(&state.services, officer, parse_id(&id)?).await?;
    answer(&state, officer, found).await
}

/// Replaces the facts. Takes `record.facts` as `GET` answers it.
#[utoipa::path(put, path = "/api/breaches/{id}", tag = "breaches", request_body = Facts,
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = BreachAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn replace(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    headers: HeaderMap,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let judged = edited::read(fields, &ServerWritten::default(), Facts::read);
    let found = match breaches::register::find(&state.services, officer, parse_id(&id)?).await {
        Ok(found) => found,
        // Errors in the request body are reported before the failure to find the record.
        Err(failure) => return Err(judged.map_or_else(|refused| Problem::fields(refused.errors), |_| failure.into())),
    };
    let (facts, _) = judged.or_else(|refused| refused.over(found.record.facts(), &[])).map_err(Problem::fields)?;
    let if_match = if_match(&headers, &found.etag)?;
    let changed = Box::pin(breaches::register::change_facts(&state.services, officer, found, &if_match, facts)).await?;
    answer(&state, officer, changed).await.map_err(Problem::but_done)
}

/// Records a step in handling a breach.
#[utoipa::path(post, path = "/api/breaches/{id}/steps", tag = "breaches", request_body = OfficerStep, params(("id" = String, Path)),
    responses((status = 200, body = BreachAnswer, headers(("ETag" = String))), (status = 412)))]
pub(in crate::http) async fn step(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    body: Unread<OfficerStep>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let step = body.read()?;
        Ok(breaches::register::take(services, officer, id, repeat.tag(), &step).await?)
    };
    let taken = repeat.once(|request| breaches::register::taken_for(services, officer, id, request), act).await?;
    answer(&state, officer, taken).await.map_err(Problem::but_done)
}

/// Previews the next notification from the current record. Notifications already sent are in `steps`.
#[utoipa::path(get, path = "/api/breaches/{id}/report", tag = "breaches", params(("id" = String, Path)),
    responses((status = 200, body = ApReport)))]
pub(in crate::http) async fn next_report(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let found = breaches::register::find(&state.services, officer, parse_id(&id)?).await?;
    let part = if found.record.reports().is_empty() { ReportKind::First } else { ReportKind::FollowUp };
    Ok(Answer::ok(&ApReport::of(&found.record, part, false, None)))
}

/// The response with a record, its steps and its etag.
pub(in crate::http) async fn answer(state: &AppState, officer: Officer, found: FoundRecord<Breach>) -> Result<Answer, Problem> {
    let History { found, steps, names } = breaches::register::whole(&state.services, officer, found).await?;
    let item = |Entry { sequence, at, event, .. }: Entry<Step<OrLater<BreachEvent>>>| {
        let (by, by_name, by_username) = author(&names, &event);
        StepItem { number: sequence, at, by, by_name, by_username, event: event.event }
    };
    let aware = found.record.aware_at();
    let body = BreachAnswer {
        id: found.id.to_string(),
        stage: found.record.stage(),
        report_due_at: due(aware.filter(|_| found.record.clock_runs())),
        dora: aware.map(dora),
        record: found.record,
        steps: steps.into_iter().map(item).collect(),
    };
    Ok(Answer::ok(&body).etag(&found.etag))
}

fn due(aware: Option<Moment>) -> Option<Moment> {
    aware.map(|aware| Moment::of(aware.at() + DEADLINE))
}

fn dora(aware: Moment) -> DoraTimes {
    let after = |hours| Moment::of(aware.at() + SignedDuration::from_hours(hours));
    DoraTimes { first_by: after(24), interim_by: after(72), final_by: after(30 * 24) }
}
