//! Function `hand-overs`: for officers, and for the adviser who receives the files.

use super::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{JsonBody, NoBody},
    login_attempts::{next, position},
    path::PathId,
    problem::{Code, Problem},
    query::ListQuery,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    closed_set,
    domain::{
        fields::{FieldCode, Fields, InvalidFields},
        hand_over::{HandOverEvent, HandOverState, HandOverSummary, Phase, Reason, Side},
        ids::RecordId,
        later::Named,
        record::Record,
        session::{Adviser, Full, Officer, Session},
        stored::BlindIndex,
    },
    flows::{
        cursors::List,
        hand_overs::{self, HandOverStep, HandOverView, Proposal},
    },
    store::sealing::KeyScope,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// One of the two advisers of a hand-over.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverSide {
    /// The account's id.
    pub account: String,
    /// As it was called when the hand-over was proposed.
    pub display_name: String,
    /// The account's username, which nobody else has; not kept of hand-overs that were proposed with an earlier version.
    #[schema(required)]
    pub username: Option<String>,
}

/// A hand-over in a list. Counts are all that is said of files.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverItem {
    /// Its id.
    pub id: String,
    /// Who leaves.
    pub from: HandOverSide,
    /// Who goes on.
    pub to: HandOverSide,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// How far it is.
    pub state: HandOverState,
    /// Whether the caller proposed it, and so cannot approve it.
    pub own: bool,
    /// Files that move, once they were counted.
    #[schema(required, minimum = 0)]
    pub files: Option<u64>,
    /// Those that have arrived.
    #[schema(minimum = 0)]
    pub moved: u64,
    /// When files move, unless somebody stops it before; once it is approved.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub moves_at: Option<Timestamp>,
}

/// A hand-over with everything that happened to it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverAnswer {
    /// What a list shows of it.
    #[serde(flatten)]
    pub item: HandOverItem,
    /// Why.
    pub reason: String,
    /// Oldest first.
    pub steps: Vec<HandOverStepItem>,
}

/// Something that happened to a hand-over.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverStepItem {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The officer's name; `null` for what goes by itself.
    #[schema(required)]
    pub by: Option<String>,
    /// The officer's username, which nobody else has; `null` likewise.
    #[schema(required)]
    pub by_username: Option<String>,
    /// What.
    pub event: HandOverStepKind,
    /// How many files, where it is about some.
    #[schema(required, minimum = 0)]
    pub files: Option<u64>,
}

closed_set! {
    /// The sorts of steps.
    pub enum HandOverStepKind in "snake_case" {
        /// An officer wants it.
        Proposed,
        /// It was taken back, or stopped before files moved.
        Withdrawn,
        /// Another officer wants it too.
        Approved,
        /// Files start to move.
        Begun,
        /// Some have arrived.
        Moved,
        /// All have.
        Completed,
    }
}

/// Files that came, or come, from another adviser.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReceivedItem {
    /// Its id.
    pub id: String,
    /// The other adviser's name.
    pub from: String,
    /// The other adviser's username, which nobody else has; not kept of hand-overs that were proposed with an earlier version.
    #[schema(required)]
    pub from_username: Option<String>,
    /// When the hand-over was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// How many files.
    #[schema(minimum = 0)]
    pub files: u64,
    /// Those that have arrived.
    #[schema(minimum = 0)]
    pub moved: u64,
    /// How far it is.
    pub state: HandOverState,
    /// When files move or moved; they can be stopped before.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub moves_at: Option<Timestamp>,
}

/// Whose files go to whom.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalBody {
    /// Id of the account of the adviser who leaves; disabled.
    pub from: String,
    /// Id of the account of the adviser who goes on; active.
    pub to: String,
    /// 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
    pub reason: String,
}

/// All hand-overs, in no order that means anything.
#[utoipa::path(get, path = "/api/hand-overs", tag = "hand-overs",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<HandOverItem>)))]
pub(super) async fn list(State(state): State<AppState>, Proof(officer): Proof<Officer>, query: ListQuery) -> Result<Answer, Problem> {
    let list = List { scope: KeyScope::Service, name: "hand-overs", owner: "all" };
    let after = position(&state, &list, query.cursor).await?;
    let slice = hand_overs::list(&state.services, officer, query.limit, after).await?;
    let next = next(&state, &list, slice.next).await?;
    let items = slice.items.iter().map(|(id, summary)| item(officer.identity(), *id, summary)).collect();
    Ok(Answer::ok(&PageOf { items, next }))
}

/// Proposes one; another officer has to approve it.
#[utoipa::path(post, path = "/api/hand-overs", tag = "hand-overs", request_body = ProposalBody,
    responses((status = 201, body = HandOverAnswer)))]
pub(super) async fn propose(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    repeat: Repeat,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let proposal = read_proposal(fields).map_err(Problem::fields)?;
        Ok(hand_overs::propose(services, officer, repeat.tag(), proposal).await?)
    };
    let made = repeat.once(|request| hand_overs::proposed_for(services, officer, request), act).await?;
    Ok(Answer::created(&answer(officer, made)))
}

/// One hand-over.
#[utoipa::path(get, path = "/api/hand-overs/{id}", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn read(State(state): State<AppState>, Proof(officer): Proof<Officer>, PathId(id): PathId) -> Result<Answer, Problem> {
    let found = hand_overs::find(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, found)))
}

/// Approves what another officer proposed: everybody concerned is told, and files wait.
#[utoipa::path(post, path = "/api/hand-overs/{id}/approve", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn approve(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let approved = hand_overs::approve(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, approved)))
}

/// Takes a proposal back.
#[utoipa::path(post, path = "/api/hand-overs/{id}/withdraw", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let withdrawn = hand_overs::withdraw(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, withdrawn)))
}

/// Stops an approved hand-over before its files move: any officer may, and either adviser.
#[utoipa::path(post, path = "/api/hand-overs/{id}/stop", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverItem)))]
pub(super) async fn stop(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let stopped = hand_overs::stop(&state.services, &session, parse_id(&id)?).await?;
    Ok(Answer::ok(&item(session.identity(), stopped.id, &stopped.hand_over.summary())))
}

/// Where files of this adviser come or came from, the newest first.
#[utoipa::path(get, path = "/api/hand-overs/received", tag = "hand-overs",
    responses((status = 200, body = PageOf<ReceivedItem>)))]
pub(super) async fn received(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let received = hand_overs::received(&state.services, &adviser).await?;
    Ok(Answer::ok(&PageOf { items: received.into_iter().map(received_item).collect(), next: None }))
}

fn answer(officer: Officer, view: HandOverView) -> HandOverAnswer {
    HandOverAnswer {
        item: item(officer.identity(), view.id, &view.hand_over.summary()),
        reason: view.hand_over.reason.into(),
        steps: view.steps.into_iter().map(step_item).collect(),
    }
}

fn item(reader: BlindIndex, id: RecordId, summary: &HandOverSummary) -> HandOverItem {
    let (files, moved) = summary.phase.progress();
    HandOverItem {
        id: id.to_string(),
        from: side(&summary.from),
        to: side(&summary.to),
        proposed_at: summary.proposed_at,
        state: summary.phase.state(),
        own: summary.proposed_by == reader,
        files,
        moved,
        moves_at: summary.moves_at,
    }
}

fn side(side: &Side) -> HandOverSide {
    let username = side.username.as_ref().map(|username| username.as_str().to_owned());
    HandOverSide { account: side.account.to_string(), display_name: side.name.as_str().to_owned(), username }
}

fn step_item(step: HandOverStep) -> HandOverStepItem {
    let (event, files) = match step.event {
        HandOverEvent::Proposed => (HandOverStepKind::Proposed, None),
        HandOverEvent::Withdrawn => (HandOverStepKind::Withdrawn, None),
        HandOverEvent::Approved => (HandOverStepKind::Approved, None),
        HandOverEvent::Begun { files } => (HandOverStepKind::Begun, Some(files)),
        HandOverEvent::Moved { files } => (HandOverStepKind::Moved, Some(files)),
        HandOverEvent::Completed { files, .. } => (HandOverStepKind::Completed, Some(files)),
        HandOverEvent::Later(Named(word)) => (HandOverStepKind::Later(word), None),
    };
    let (by, by_username) = step.by.map(|(name, username)| (name.into(), username.into())).unzip();
    HandOverStepItem { at: step.at, by, by_username, event, files }
}

fn received_item((id, summary): (RecordId, HandOverSummary)) -> ReceivedItem {
    let (files, moved) = Phase::progress(summary.phase);
    ReceivedItem {
        id: id.to_string(),
        from_username: summary.from.username.map(String::from),
        from: summary.from.name.into(),
        proposed_at: summary.proposed_at,
        files: files.unwrap_or_default(),
        moved,
        state: summary.phase.state(),
        moves_at: summary.moves_at,
    }
}

fn read_proposal(mut fields: Fields) -> Result<Proposal, InvalidFields> {
    let account = |text: &str| BlindIndex::parse(text).ok_or(FieldCode::UnknownValue);
    let (from, to) = (fields.required("from", account), fields.required("to", account));
    let reason = fields.required("reason", Reason::parse);
    fields.finish(from.zip(to).zip(reason).map(|((from, to), reason)| Proposal { from, to, reason }))
}

fn parse_id(text: &str) -> Result<RecordId, Problem> {
    RecordId::parse(text).ok_or(Problem::of(Code::NotFound))
}
