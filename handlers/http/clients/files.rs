//! Function `clients`: advisers only, and only their own files.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{Body, JsonBody, NoBody},
    if_match::if_match,
    path::PathId,
    problem::{Code, Problem},
    query::{CursorText, PageSize},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        clients::{
            answer::{ClientAnswer, Warning},
            file::ClientFile,
            likeness::WarningCode,
            summary::{ClientSummary, SearchText, SortOrder},
        },
        edited::{self, ServerWritten},
        ids::ClientId,
        sign_in::session::Adviser,
        wire::{json::Json, object::Object},
    },
    flows::clients::{
        self,
        alike::{alike, newly_alike},
        files::ClientsFailure,
        search::Search,
    },
    store::clients::files::Versioned,
    wire_object,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use jiff::Timestamp;
use serde::Serialize;

/// A client file in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClientItem {
    /// The ID of the file.
    pub id: String,
    /// The client's full name, such as `Anna van Dijk`.
    pub name: String,
    /// The client's date of birth; `null` if unknown.
    #[schema(value_type = Option<String>, format = Date, required)]
    pub birth_date: Option<crate::domain::clients::birth_date::BirthDate>,
    /// City of the client's address; `null` if unknown.
    #[schema(required)]
    pub city: Option<String>,
    /// Assets less debts, in euro cents.
    pub net_worth_cents: i64,
    /// When the file was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// `true` if processing is restricted; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub restricted: bool,
}

wire_object! {
    /// A search for client files.
    pub struct SearchBody {
        /// Words in the name, city or e-mail address, ignoring case and accents; all files if absent.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
        text: Option<SearchText>,
        /// The sort order; by name if absent.
        sort: Option<SortOrder>,
        /// Maximum number of files per page; 50 if absent.
        #[schema(value_type = Option<u16>, minimum = 1, maximum = 200)]
        limit: Option<PageSize>,
        /// `next` of the previous page; absent for the first page.
        #[schema(value_type = Option<String>, max_length = 4096)]
        cursor: Option<CursorText>,
    }
}

/// Creates a file. A repeat with the same `Idempotency-Key` returns the file that the first request created.
#[utoipa::path(post, path = "/api/clients", tag = "clients", request_body = ClientFile,
    responses((status = 201, body = ClientAnswer, headers(("ETag" = String), ("Location" = String)))))]
pub(in crate::http) async fn create(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    repeat: Repeat,
    Body(file): Body<ClientFile>,
) -> Result<Answer, Problem> {
    // Before saving, while the summaries cached by the last search are still valid.
    let alike = alike(&state.services, adviser.scope(), None, &file).await;
    let (id, stored) = clients::files::create(&state.services, &adviser, repeat.key(), file).await?;
    let location = HeaderValue::try_from(format!("/api/clients/{id}")).expect("a path of a UUID is visible ASCII");
    Ok(answer(id, stored, alike, Answer::created).header(header::LOCATION, location))
}

/// Searches the adviser's own client files.
#[utoipa::path(post, path = "/api/clients/search", tag = "clients", request_body = SearchBody,
    responses((status = 200, body = PageOf<ClientItem>)))]
pub(in crate::http) async fn search(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    Body(SearchBody { text, sort, limit, cursor }): Body<SearchBody>,
) -> Result<Answer, Problem> {
    let (sort, limit, cursor) = (sort.unwrap_or_default(), limit.unwrap_or_default().0, cursor.map(|CursorText(cursor)| cursor));
    let found = clients::search::search(&state.services, adviser.scope(), Search { text, sort, limit, cursor }).await?;
    Ok(Answer::ok(&PageOf::of(found, item)))
}

/// Gets a file.
#[utoipa::path(get, path = "/api/clients/{id}", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = ClientAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let stored = clients::files::read(&state.services, &adviser, id).await?;
    Ok(answer(id, stored, Vec::new(), Answer::ok))
}

/// What [`ClientAnswer`] has besides the file.
const SERVER_WRITTEN: ServerWritten = ServerWritten { computed: &["created_at", "updated_at", "overview", "warnings"], fixed: &["id"] };

/// Replaces a file by a new version. Takes what `GET` answers: members that the server computes are discarded, and `id` has to be the
/// file's own.
#[utoipa::path(put, path = "/api/clients/{id}", tag = "clients", request_body = ClientFile,
    params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = ClientAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn replace(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    headers: HeaderMap,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let judged = edited::read(fields, &SERVER_WRITTEN, ClientFile::read);
    let current = match clients::files::current(&state.services, &adviser, id).await {
        Ok(current) => current,
        // Errors in the request body are reported before the failure to find the file.
        Err(failure) => return Err(judged.map_or_else(|refused| Problem::fields(refused.errors), |_| failure.into())),
    };
    let fixed = [("id", Json::of(&id))];
    let (file, claims) = judged.or_else(|refused| refused.over(&current.kept.file, &fixed)).map_err(Problem::fields)?;
    claims.check(&fixed).map_err(Problem::fields)?;
    let if_match = if_match(&headers, &current.etag)?;
    let alike = newly_alike(&state.services, adviser.scope(), (id, &current.kept.file), &file).await;
    let stored = clients::files::replace(&state.services, &adviser, id, current, if_match, file).await?;
    Ok(answer(id, stored, alike, Answer::ok))
}

/// Deletes a file.
#[utoipa::path(delete, path = "/api/clients/{id}", tag = "clients", params(("id" = String, Path), ("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 204)))]
pub(in crate::http) async fn delete(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    headers: HeaderMap,
    _: NoBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let current = match clients::files::current(&state.services, &adviser, id).await {
        Err(ClientsFailure::NotFound) if clients::files::has_deleted(&state.services, &adviser, id).await? => return Ok(Answer::done()),
        other => other?,
    };
    clients::files::delete(&state.services, &adviser, id, &current, if_match(&headers, &current.etag)?).await?;
    Ok(Answer::done())
}

fn answer(id: ClientId, stored: Versioned, alike: Vec<(ClientId, WarningCode)>, with: fn(&ClientAnswer) -> Answer) -> Answer {
    let etag = stored.etag;
    let file = ClientAnswer::of(id, stored.kept.created_at, stored.kept.updated_at, stored.kept.file);
    let others = alike.into_iter().filter(|(other, _)| *other != id);
    let body = ClientAnswer { warnings: others.map(|(id, code)| Warning { code, id }).collect(), ..file };
    with(&body).etag(&etag)
}

fn item((id, summary): (ClientId, ClientSummary)) -> ClientItem {
    ClientItem {
        id: id.to_string(),
        name: summary.name,
        birth_date: summary.birth_date,
        city: summary.city.map(String::from),
        net_worth_cents: summary.net_worth_cents,
        updated_at: summary.updated_at,
        restricted: summary.restrictions.restricted,
    }
}

pub(in crate::http) fn parse_id(text: &str) -> Result<ClientId, Problem> {
    ClientId::parse(text).ok_or(Problem::of(Code::NotFound))
}
