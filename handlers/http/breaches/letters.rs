//! Functions `breaches` and `breach-letters`: letters to the advisers concerned.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::Unread,
    path::PathId,
    problem::Problem,
    registers::parse_id,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        breaches::letter::{Letter, LetterText},
        sign_in::session::{Adviser, Officer},
        wire::values::{AccountRef, Moment},
    },
    flows::breaches::letters::{self as letters, OwnLetter},
    wire_object,
};
use axum::extract::State;
use serde::Serialize;

wire_object! {
    /// The recipient of a letter.
    pub struct LetterBody {
        /// The adviser's account, which receives the letter.
        account: AccountRef,
    }
}

/// A letter as the adviser who received it sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnLetterItem {
    /// ID of the breach.
    pub breach: String,
    /// Sequence number of the letter within this breach, starting at 1.
    pub number: u32,
    /// When it was written.
    pub written_at: Moment,
    /// When your firm has to have notified the authority: 72 hours after the letter. Absent unless your firm is the controller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<Moment>,
    /// The letter in Dutch.
    pub nl: LetterText,
    /// The letter in English.
    pub en: LetterText,
    /// The adviser's affected clients, by name.
    pub clients: Vec<LetterClient>,
    /// Number of affected files that are no longer among the adviser's files.
    pub gone: usize,
}

/// A client whose file was affected.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LetterClient {
    /// The ID of the file.
    pub id: String,
    /// The client's full name.
    pub name: String,
}

/// Previews the letters to affected advisers, from the current record.
#[utoipa::path(get, path = "/api/breaches/{id}/letters", tag = "breaches", params(("id" = String, Path)),
    responses((status = 200, body = PageOf<Letter>)))]
pub(in crate::http) async fn drafts(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let items = letters::drafts(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&PageOf { items, next: None }))
}

/// Sends a letter. The adviser gets an e-mail notice that does not contain it.
#[utoipa::path(post, path = "/api/breaches/{id}/letters", tag = "breaches", request_body = LetterBody, params(("id" = String, Path)),
    responses((status = 201, body = Letter), (status = 412)))]
pub(in crate::http) async fn send(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    body: Unread<LetterBody>,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let LetterBody { account } = body.read()?;
        Ok(letters::send(services, officer, id, repeat.tag(), account).await?)
    };
    let letter = repeat.once(|request| letters::sent_for(services, officer, id, request), act).await?;
    Ok(Answer::created(&letter))
}

/// Lists the letters sent to you, with the names of your affected clients.
#[utoipa::path(get, path = "/api/breach-letters", tag = "breach-letters",
    responses((status = 200, body = PageOf<OwnLetterItem>)))]
pub(in crate::http) async fn mine(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let own = letters::mine(&state.services, &adviser).await?;
    Ok(Answer::ok(&PageOf { items: own.into_iter().map(item).collect(), next: None }))
}

fn item(own: OwnLetter) -> OwnLetterItem {
    let OwnLetter { breach, letter, clients, gone } = own;
    OwnLetterItem {
        breach: breach.to_string(),
        number: letter.number,
        written_at: letter.written_at,
        due_at: letter.due_at,
        nl: letter.nl,
        en: letter.en,
        clients: clients.into_iter().map(|(id, summary)| LetterClient { id: id.to_string(), name: summary.name }).collect(),
        gone,
    }
}
