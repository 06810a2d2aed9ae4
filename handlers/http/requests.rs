//! Function `requests`: the register of subject requests; advisers only, and only their own.

use super::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{Body, Unread},
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
        chain::Entry,
        ids::RecordId,
        later::OrLater,
        processors::words::{RegisterLine, RegisterText},
        record::{Record, Step},
        requests::{
            kinds::{RequestKind, RequestState},
            record::{Received, RequestSummary, SubjectRequest},
            steps::{RequestEvent, RequestStep},
        },
        sign_in::session::{Adviser, AdviserScope},
        wire::values::Day,
    },
    flows::{cursors::List, registers::steps::History, requests},
    store::{keys::sealing::KeyScope, records::repository::FoundRecord},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use jiff::Timestamp;
use serde::Serialize;

/// A subject request in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RequestItem {
    /// The ID of the request.
    pub id: String,
    /// The day on which it was received.
    pub received_on: Day,
    /// The right that is exercised.
    pub kind: RequestKind,
    /// The last day for an answer.
    pub due_on: Day,
    /// Whether it still awaits an answer.
    pub state: RequestState,
    /// Name of the requester.
    pub name: RegisterLine,
}

/// A subject request with its history.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RequestAnswer {
    /// The request as lists show it.
    #[serde(flatten)]
    pub item: RequestItem,
    /// ID of the client file concerned; `null` if none is linked.
    #[schema(required)]
    pub client: Option<String>,
    /// Any further remarks; `null` if there are none.
    #[schema(required)]
    pub remarks: Option<RegisterText>,
    /// The history, oldest first.
    pub steps: Vec<RequestStepItem>,
}

/// An event in the history of a request.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RequestStepItem {
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Display name of the account that took the step; `null` if the account no longer exists.
    #[schema(required)]
    pub by: Option<String>,
    /// The event and its details.
    #[serde(flatten)]
    #[schema(value_type = RequestEvent)]
    pub event: OrLater<RequestEvent>,
}

/// Lists all subject requests: open ones first, by deadline.
#[utoipa::path(get, path = "/api/requests", tag = "requests",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<RequestItem>)))]
pub(super) async fn list(State(state): State<AppState>, Proof(adviser): Proof<Adviser>, query: ListQuery) -> Result<Answer, Problem> {
    let owner = adviser.scope().id().to_string();
    let list = List { scope: KeyScope::Adviser(adviser.scope().id()), name: "requests", owner: &owner };
    let after = list.position(&state.services, query.cursor.as_deref()).await?;
    let all = requests::register::list(&state.services, adviser.scope()).await?;
    let by_deadline = all.into_iter().map(|(id, summary)| ((summary.state, summary.due_on, id), (id, summary)));
    let page = list.page(&state.services, by_deadline, (query.limit.into(), after)).await?;
    Ok(Answer::ok(&PageOf::of(page, |(id, summary)| item(id, summary))))
}

/// Records a subject request. A repeat with the same `Idempotency-Key` returns the request that the first one recorded.
#[utoipa::path(post, path = "/api/requests", tag = "requests", request_body = Received,
    responses((status = 201, body = RequestAnswer, headers(("ETag" = String), ("Location" = String)))))]
pub(super) async fn receive(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    repeat: Repeat,
    Body(received): Body<Received>,
) -> Result<Answer, Problem> {
    let found = requests::register::receive(&state.services, &adviser, repeat.key(), received).await?;
    let location = HeaderValue::try_from(format!("/api/requests/{}", found.id)).expect("a path of a UUID is visible ASCII");
    let answer = answer(&state, adviser.scope(), found, Answer::created).await.map_err(Problem::but_done)?;
    Ok(answer.header(header::LOCATION, location))
}

/// Gets a subject request with its history.
#[utoipa::path(get, path = "/api/requests/{id}", tag = "requests", params(("id" = String, Path)),
    responses((status = 200, body = RequestAnswer, headers(("ETag" = String)))))]
pub(super) async fn read(State(state): State<AppState>, Proof(adviser): Proof<Adviser>, PathId(id): PathId) -> Result<Answer, Problem> {
    let found = requests::register::find(&state.services, adviser.scope(), parse_id(&id)?).await?;
    answer(&state, adviser.scope(), found, Answer::ok).await
}

/// Records a step in handling a request.
#[utoipa::path(post, path = "/api/requests/{id}/steps", tag = "requests", request_body = RequestStep,
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = RequestAnswer, headers(("ETag" = String)))))]
pub(super) async fn step(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    repeat: Repeat,
    headers: HeaderMap,
    body: Unread<RequestStep>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let done = |call| requests::register::taken_for(services, adviser.scope(), id, call);
    let act = async {
        let step = body.read()?;
        let found = requests::register::find(services, adviser.scope(), id).await?;
        let if_match = if_match(&headers, &found.etag)?;
        Ok(requests::register::take(services, &adviser, &found, (repeat.tag(), &if_match), step).await?)
    };
    let taken = repeat.once(done, act).await?;
    answer(&state, adviser.scope(), taken, Answer::ok).await.map_err(Problem::but_done)
}

/// The response with a request, its steps and its etag.
async fn answer(
    state: &AppState,
    scope: AdviserScope,
    found: FoundRecord<SubjectRequest>,
    with: fn(&RequestAnswer) -> Answer,
) -> Result<Answer, Problem> {
    let History { found, steps, names } = requests::register::whole(&state.services, scope, found).await?;
    let step = |Entry { at, event, .. }: Entry<Step<OrLater<RequestEvent>>>| {
        let (_, by, _) = author(&names, &event);
        RequestStepItem { at, by, event: event.event }
    };
    let received = found.record.as_received();
    let body = RequestAnswer {
        item: item(found.id, found.record.summary()),
        client: received.client.map(|file| file.to_string()),
        remarks: received.remarks.clone(),
        steps: steps.into_iter().map(step).collect(),
    };
    Ok(with(&body).etag(&found.etag))
}

fn item(id: RecordId, RequestSummary { received_on, kind, due_on, state, name, .. }: RequestSummary) -> RequestItem {
    RequestItem { id: id.to_string(), received_on, kind, due_on, state, name }
}
