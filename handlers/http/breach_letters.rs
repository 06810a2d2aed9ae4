//! Functions `breaches` and `breach-letters`: letters to the advisers concerned.

use super::{
    access::Proof,
    answer::{Answer, PageOf},
    body::JsonBody,
    breaches::parse_id,
    path::PathId,
    problem::Problem,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        breach::{
            letter::{Letter, LetterText},
            words::{AccountRef, Moment},
        },
        session::{Adviser, Officer},
    },
    flows::breach_letters::{self as letters, OwnLetter},
};
use axum::extract::State;
use serde::Serialize;

/// Whom to write to.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterBody {
    /// The adviser's account.
    pub account: AccountRef,
}

/// A letter as its adviser sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnLetterItem {
    /// The breach that it is about.
    pub breach: String,
    /// Its number.
    pub number: u32,
    /// When it was written.
    pub written_at: Moment,
    /// In Dutch.
    pub nl: LetterText,
    /// In English.
    pub en: LetterText,
    /// The own clients that it is about.
    pub clients: Vec<LetterClient>,
    /// How many of the files are gone since.
    pub gone: usize,
}

/// A client whose file was touched.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LetterClient {
    /// The file's id.
    pub id: String,
    /// Full name.
    pub name: String,
}

/// The letters as they would be sent now.
#[utoipa::path(get, path = "/api/breaches/{id}/letters", tag = "breaches", params(("id" = String, Path)),
    responses((status = 200, body = PageOf<Letter>)))]
pub(super) async fn drafts(State(state): State<AppState>, Proof(officer): Proof<Officer>, PathId(id): PathId) -> Result<Answer, Problem> {
    let items = letters::drafts(&state.services, officer, parse_id(&id)?).await?;
    Ok(Answer::ok(&PageOf { items, next: None }))
}

/// Sends a letter: a mail says that it is there, and nothing of what it says.
#[utoipa::path(post, path = "/api/breaches/{id}/letters", tag = "breaches", request_body = LetterBody, params(("id" = String, Path)),
    responses((status = 201, body = Letter)))]
pub(super) async fn send(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async {
        let account = fields.required("account", AccountRef::parse);
        let account = fields.finish(account).map_err(Problem::fields)?;
        Ok(letters::send(services, officer, id, repeat.tag(), account).await?)
    };
    let letter = repeat.once(|request| letters::sent_for(services, officer, id, request), act).await?;
    Ok(Answer::created(&letter))
}

/// The letters that the adviser got, with the names of the own clients.
#[utoipa::path(get, path = "/api/breach-letters", tag = "breach-letters",
    responses((status = 200, body = PageOf<OwnLetterItem>)))]
pub(super) async fn mine(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let own = letters::mine(&state.services, &adviser).await?;
    Ok(Answer::ok(&PageOf { items: own.into_iter().map(item).collect(), next: None }))
}

fn item(own: OwnLetter) -> OwnLetterItem {
    let OwnLetter { breach, letter, clients, gone } = own;
    OwnLetterItem {
        breach: breach.to_string(),
        number: letter.number,
        written_at: letter.written_at,
        nl: letter.nl,
        en: letter.en,
        clients: clients.into_iter().map(|(id, summary)| LetterClient { id: id.to_string(), name: summary.name }).collect(),
        gone,
    }
}
