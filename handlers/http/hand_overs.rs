//! Function `hand-overs`: for officers, and for the adviser who receives the files.

use super::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{NoBody, Unread},
    path::PathId,
    problem::Problem,
    query::ListQuery,
    registers::{author, parse_id},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    closed_set,
    domain::{
        chain::Entry,
        hand_overs::record::{HandOver, HandOverEvent, HandOverState, HandOverSummary, Phase, Reason, Side},
        ids::RecordId,
        later::{Named, OrLater},
        record::{Record, Step},
        sign_in::session::{Adviser, Full, Officer, Session},
        stored::BlindIndex,
        wire::values::AccountRef,
    },
    flows::{
        accounts::names::Names,
        cursors::List,
        hand_overs::{self, register::Proposal},
        registers::steps::History,
    },
    store::keys::sealing::KeyScope,
    wire_object,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// One of the two advisers in a handover.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverSide {
    /// The ID of the account.
    pub account: String,
    /// The display name when the handover was proposed.
    pub display_name: String,
    /// The account's username, which is unique; `null` for handovers proposed with an earlier version.
    #[schema(required)]
    pub username: Option<String>,
}

/// A handover in a list. Files appear only as counts.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverItem {
    /// The ID of the handover.
    pub id: String,
    /// The adviser who leaves.
    pub from: HandOverSide,
    /// The adviser who receives the files.
    pub to: HandOverSide,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// The state of the handover.
    pub state: HandOverState,
    /// Whether the caller proposed it and therefore cannot approve it.
    pub own: bool,
    /// Number of files to be moved; `null` until they have been counted.
    #[schema(required, minimum = 0)]
    pub files: Option<u64>,
    /// Number of files moved so far.
    #[schema(minimum = 0)]
    pub moved: u64,
    /// When the move starts unless it is stopped, or when it started; `null` until approved.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub moves_at: Option<Timestamp>,
}

/// A handover with its history.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverAnswer {
    /// The handover as lists show it.
    #[serde(flatten)]
    pub item: HandOverItem,
    /// The reason for the handover.
    pub reason: String,
    /// The history, oldest first.
    pub steps: Vec<HandOverStepItem>,
}

/// An event in the history of a handover.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandOverStepItem {
    /// When the event happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Display name of the officer; `null` if the event was automatic.
    #[schema(required)]
    pub by: Option<String>,
    /// Username of the officer, which is unique; `null` if the event was automatic.
    #[schema(required)]
    pub by_username: Option<String>,
    /// The kind of event.
    pub event: HandOverStepKind,
    /// Number of files concerned; `null` if the event is not about files.
    #[schema(required, minimum = 0)]
    pub files: Option<u64>,
}

closed_set! {
    /// The kind of an event of a handover.
    pub enum HandOverStepKind in "snake_case" {
        /// Proposed by an officer.
        Proposed,
        /// Withdrawn, or stopped before files were moved.
        Withdrawn,
        /// Approved by another officer.
        Approved,
        /// The move of the files started.
        Begun,
        /// Some of the files were moved.
        Moved,
        /// All files have been moved.
        Completed,
    }
}

/// Files received from another adviser.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReceivedItem {
    /// The ID of the handover.
    pub id: String,
    /// Display name of the other adviser.
    pub from: String,
    /// Username of the other adviser, which is unique; `null` for handovers proposed with an earlier version.
    #[schema(required)]
    pub from_username: Option<String>,
    /// When the handover was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// Number of files to be moved; 0 until they have been counted.
    #[schema(minimum = 0)]
    pub files: u64,
    /// Number of files moved so far.
    #[schema(minimum = 0)]
    pub moved: u64,
    /// The state of the handover.
    pub state: HandOverState,
    /// When the move starts unless it is stopped, or when it started.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub moves_at: Option<Timestamp>,
}

wire_object! {
    /// A proposal of a handover.
    pub struct ProposalBody {
        /// Account ID of the adviser who leaves; the account must be disabled.
        #[schema(value_type = AccountRef)]
        from: BlindIndex,
        /// Account ID of the adviser who receives the files; the account must be active.
        #[schema(value_type = AccountRef)]
        to: BlindIndex,
        /// The reason for the handover: 1 to 500 characters; some of them visible, and none unseen where it does not belong.
        #[schema(value_type = String, min_length = 1, max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
        reason: Reason,
    }
}

/// Lists all handovers, unordered.
#[utoipa::path(get, path = "/api/hand-overs", tag = "hand-overs",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<HandOverItem>)))]
pub(super) async fn list(State(state): State<AppState>, Proof(officer): Proof<Officer>, query: ListQuery) -> Result<Answer, Problem> {
    let list = List { scope: KeyScope::Service, name: "hand-overs", owner: "all" };
    let after = list.database_position(&state.services, query.cursor.as_deref()).await?;
    let slice = hand_overs::register::list(&state.services, officer, query.limit, after).await?;
    let page = list.database_page(&state.services, slice).await?;
    Ok(Answer::ok(&PageOf::of(page, |(id, summary)| item(officer.identity(), id, &summary))))
}

/// Proposes a handover, which another officer must approve.
#[utoipa::path(post, path = "/api/hand-overs", tag = "hand-overs", request_body = ProposalBody,
    responses((status = 201, body = HandOverAnswer), (status = 404)))]
pub(super) async fn propose(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    repeat: Repeat,
    body: Unread<ProposalBody>,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let ProposalBody { from, to, reason } = body.read()?;
        Ok(hand_overs::register::propose(services, officer, repeat.tag(), Proposal { from, to, reason }).await?)
    };
    let made = repeat.once(|request| hand_overs::register::proposed_for(services, officer, request), act).await?;
    Ok(Answer::created(&answer(officer, made)))
}

/// Gets a handover with its history.
#[utoipa::path(get, path = "/api/hand-overs/{id}", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn read(State(state): State<AppState>, Proof(officer): Proof<Officer>, PathId(id): PathId) -> Result<Answer, Problem> {
    let found = hand_overs::register::find(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, found)))
}

/// Approves a handover that another officer proposed: all officers and both advisers are notified, and the move is scheduled.
#[utoipa::path(post, path = "/api/hand-overs/{id}/approve", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn approve(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let approved = hand_overs::register::approve(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, approved)))
}

/// Withdraws a proposal.
#[utoipa::path(post, path = "/api/hand-overs/{id}/withdraw", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverAnswer)))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let withdrawn = hand_overs::register::withdraw(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&answer(officer, withdrawn)))
}

/// Stops an approved handover before its files are moved. Allowed for any officer and for either adviser.
#[utoipa::path(post, path = "/api/hand-overs/{id}/stop", tag = "hand-overs", params(("id" = String, Path)),
    responses((status = 200, body = HandOverItem)))]
pub(super) async fn stop(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let stopped = hand_overs::register::stop(&state.services, &session, parse_id(&id)?).await?;
    Ok(Answer::ok(&item(session.identity(), stopped.found.id, &stopped.found.record.summary())))
}

/// Lists handovers to the adviser, newest first.
#[utoipa::path(get, path = "/api/hand-overs/received", tag = "hand-overs",
    responses((status = 200, body = PageOf<ReceivedItem>)))]
pub(super) async fn received(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let received = hand_overs::register::received(&state.services, &adviser).await?;
    Ok(Answer::ok(&PageOf { items: received.into_iter().map(received_item).collect(), next: None }))
}

fn answer(officer: Officer, History { found, steps, names }: History<HandOver>) -> HandOverAnswer {
    HandOverAnswer {
        item: item(officer.identity(), found.id, &found.record.summary()),
        reason: found.record.reason.into(),
        steps: steps.into_iter().filter_map(|entry| step_item(&names, entry)).collect(),
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

/// A step that only a later version knows is left out.
fn step_item(names: &Names, Entry { at, event, .. }: Entry<Step<OrLater<HandOverEvent>>>) -> Option<HandOverStepItem> {
    let (_, by, by_username) = author(names, &event);
    let (event, files) = match event.event.into_known()? {
        HandOverEvent::Proposed => (HandOverStepKind::Proposed, None),
        HandOverEvent::Withdrawn => (HandOverStepKind::Withdrawn, None),
        HandOverEvent::Approved => (HandOverStepKind::Approved, None),
        HandOverEvent::Begun { files } => (HandOverStepKind::Begun, Some(files)),
        HandOverEvent::Moved { files } => (HandOverStepKind::Moved, Some(files)),
        HandOverEvent::Completed { files, .. } => (HandOverStepKind::Completed, Some(files)),
        HandOverEvent::Later(Named(word)) => (HandOverStepKind::Later(word), None),
    };
    Some(HandOverStepItem { at, by, by_username, event, files })
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
