//! Function `processors`: the register of sub-processors, for officers.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{JsonBody, NoBody, Unread},
    if_match::if_match,
    path::PathId,
    problem::{Code, Problem},
    query::ListQuery,
    registers::{author, parse_id},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        chain::Entry,
        edited::{self, ServerWritten},
        ids::RecordId,
        later::OrLater,
        processors::{
            deadlines::Deadline,
            entry::ProcessorEntry,
            kinds::ProcessorStage,
            record::{Ending, Processor, ProcessorEvent, ProcessorSummary},
            words::RegisterLine,
        },
        record::Step,
        request_tag::RequestTag,
        sign_in::session::{Full, Officer, Session},
        wire::{
            fields::FieldError,
            values::{AccountRef, CountryCode, Day},
        },
    },
    flows::{
        cursors::List,
        processors::{self, register::ProcessorAction},
        registers::steps::History,
    },
    store::{keys::sealing::KeyScope, records::repository::FoundRecord},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use jiff::Timestamp;
use serde::Serialize;

/// A sub-processor in the officers' list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProcessorItem {
    /// The sub-processor's ID.
    pub id: String,
    /// Legal name of the organisation.
    #[schema(required)]
    pub name: Option<RegisterLine>,
    /// The stage of the entry.
    pub stage: ProcessorStage,
    /// The service that it provides; `null` until filled in.
    #[schema(required)]
    pub service: Option<RegisterLine>,
    /// Countries in which it processes the data.
    pub countries: Vec<CountryCode>,
    /// The day from which it is used; `null` until filled in.
    #[schema(required)]
    pub starts_on: Option<Day>,
    /// Its deadlines; empty unless it is in use.
    pub deadlines: Vec<Deadline>,
}

/// A sub-processor with its history.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProcessorAnswer {
    /// The sub-processor's ID.
    pub id: String,
    /// The stage of the entry.
    pub stage: ProcessorStage,
    /// The current entry.
    pub entry: ProcessorEntry,
    /// When it was put on the public list; `null` before that.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Timestamp>,
    /// How its use ended; `null` while it has not.
    #[schema(required)]
    pub ending: Option<Ending>,
    /// Fields that must be filled in before it can be published.
    pub missing: Vec<FieldError>,
    /// The history, oldest first.
    pub steps: Vec<ProcessorStep>,
}

/// An event in the history of a sub-processor.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProcessorStep {
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
    #[schema(value_type = ProcessorEvent)]
    pub event: OrLater<ProcessorEvent>,
}

/// The result of creating drafts for the platform's sub-processors.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PlatformLaid {
    /// Number of drafts created; 0 if all of them existed.
    pub laid: u32,
}

/// Lists all sub-processors, by name.
#[utoipa::path(get, path = "/api/processors", tag = "processors",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<ProcessorItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let list = List { scope: KeyScope::Service, name: "processors", owner: "all" };
    let after = list.position(&state.services, query.cursor.as_deref()).await?;
    let all = processors::register::list(&state.services, officer).await?;
    let by_name = all.into_iter().map(|(id, summary)| ((summary.name.clone(), id), (id, summary)));
    let page = list.page(&state.services, by_name, (query.limit.into(), after)).await?;
    Ok(Answer::ok(&PageOf::of(page, item)))
}

/// Creates a draft.
#[utoipa::path(post, path = "/api/processors", tag = "processors", request_body = ProcessorEntry,
    responses((status = 201, body = ProcessorAnswer, headers(("ETag" = String), ("Location" = String)))))]
pub(in crate::http) async fn create(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    repeat: Repeat,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        Ok(processors::register::draft(services, officer, repeat.tag(), ProcessorEntry::parse(fields).map_err(Problem::fields)?).await?)
    };
    let found = repeat.once(|request| processors::register::drafted_for(services, officer, request), act).await?;
    let location = format!("/api/processors/{}", found.id);
    let location = HeaderValue::try_from(location).expect("a path of a UUID is visible ASCII");
    let answer = answer(&state, officer, found, Answer::created).await.map_err(Problem::but_done)?;
    Ok(answer.header(header::LOCATION, location))
}

/// Creates drafts for the platform's own sub-processors; skips those that exist. A repeat, with the same `Idempotency-Key` or without one
/// in the same session, returns the result of the first request.
#[utoipa::path(post, path = "/api/processors/platform", tag = "processors", responses((status = 200, body = PlatformLaid)))]
pub(in crate::http) async fn lay_platform(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(officer): Proof<Officer>,
    repeat: Repeat,
    _: NoBody,
) -> Result<Answer, Problem> {
    let request = repeat.tag_or_session(&state, &session, ("POST", "/api/processors/platform")).await?;
    let laid = processors::register::lay_platform_drafts(&state.services, officer, request).await?;
    Ok(Answer::ok(&PlatformLaid { laid }))
}

/// Gets a sub-processor with its history.
#[utoipa::path(get, path = "/api/processors/{id}", tag = "processors", params(("id" = String, Path)),
    responses((status = 200, body = ProcessorAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let found = processors::register::find(&state.services, officer, parse_id(&id)?).await?;
    answer(&state, officer, found, Answer::ok).await
}

/// Replaces the entry. Takes `entry` as `GET` answers it. An entry on the public list must stay complete.
#[utoipa::path(put, path = "/api/processors/{id}", tag = "processors", request_body = ProcessorEntry,
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = ProcessorAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn replace(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    headers: HeaderMap,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let entry = match edited::read(fields, &ServerWritten::default(), ProcessorEntry::parse) {
        Ok((entry, _)) => entry,
        Err(refused) => match processors::register::find(&state.services, officer, parse_id(&id)?).await {
            Ok(found) => refused.over(found.record.entry(), &[]).map_err(Problem::fields)?.0.settled(),
            Err(_) => return Err(Problem::fields(refused.errors)),
        },
    };
    let id = parse_id(&id)?;
    let changed = act(&state, officer, id, (None, &headers), ProcessorAction::Change(Box::new(entry))).await?;
    answer(&state, officer, changed, Answer::ok).await.map_err(Problem::but_done)
}

/// Publishes an entry on the public list if no required field is missing.
#[utoipa::path(post, path = "/api/processors/{id}/publish", tag = "processors",
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = ProcessorAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn publish(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    headers: HeaderMap,
    _: NoBody,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = act(&state, officer, id, (repeat.tag(), &headers), ProcessorAction::Publish);
    let published = repeat.once(|request| processors::register::taken_for(services, officer, id, request), act).await?;
    answer(&state, officer, published, Answer::ok).await.map_err(Problem::but_done)
}

/// Ends the use of a sub-processor.
#[utoipa::path(post, path = "/api/processors/{id}/end", tag = "processors", request_body = Ending,
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = ProcessorAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn end(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    headers: HeaderMap,
    body: Unread<Ending>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let ending = body.read()?;
        act(&state, officer, id, (repeat.tag(), &headers), ProcessorAction::End(ending)).await
    };
    let ended = repeat.once(|request| processors::register::taken_for(services, officer, id, request), act).await?;
    answer(&state, officer, ended, Answer::ok).await.map_err(Problem::but_done)
}

async fn act(
    state: &AppState,
    officer: Officer,
    id: RecordId,
    (request, headers): (Option<RequestTag>, &HeaderMap),
    act: ProcessorAction,
) -> Result<FoundRecord<Processor>, Problem> {
    let found = processors::register::find(&state.services, officer, id).await?;
    let if_match = match if_match(headers, &found.etag) {
        Err(refused)
            if matches!(act, ProcessorAction::Publish)
                && refused.is(Code::VersionMismatch)
                && processors::register::was_published_by(&state.services, officer, &found).await? =>
        {
            // A repeat with another key, whose own request lost the race, is not this request.
            if let Some(request) = request {
                processors::register::taken_for(&state.services, officer, id, request).await?;
            }
            return Ok(found);
        }
        other => other?,
    };
    Ok(processors::register::act(&state.services, officer, found, (request, &if_match), act).await?)
}

/// The response with a record, its steps and its etag.
async fn answer(
    state: &AppState,
    officer: Officer,
    found: FoundRecord<Processor>,
    with: fn(&ProcessorAnswer) -> Answer,
) -> Result<Answer, Problem> {
    let History { found, steps, names } = processors::register::whole(&state.services, officer, found).await?;
    let step = |Entry { sequence, at, event, .. }: Entry<Step<OrLater<ProcessorEvent>>>| {
        let (by, by_name, by_username) = author(&names, &event);
        ProcessorStep { number: sequence, at, by, by_name, by_username, event: event.event }
    };
    let record = &found.record;
    let body = ProcessorAnswer {
        id: found.id.to_string(),
        stage: record.stage(),
        entry: record.entry().clone(),
        published_at: record.published_at(),
        ending: record.ending().cloned(),
        missing: record.entry().missing(),
        steps: steps.into_iter().map(step).collect(),
    };
    Ok(with(&body).etag(&found.etag))
}

fn item((id, summary): (RecordId, ProcessorSummary)) -> ProcessorItem {
    ProcessorItem {
        id: id.to_string(),
        name: summary.name,
        stage: summary.stage,
        service: summary.service,
        countries: summary.countries,
        starts_on: summary.starts_on,
        deadlines: summary.deadlines,
    }
}
