//! Function `exports`: all own files as one document; advisers only.

use super::{
    access::{From, Proof},
    body::JsonBody,
    clients::idempotency_key,
    file_answer::{self, Pieces},
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::{
        breach::words::day_at,
        client::answer::ClientAnswer,
        credentials::TypedPassword,
        export::{Export, Format},
        ids::ExportId,
        session::{Adviser, Full, Session},
        table::columns::Widths,
    },
    flows::{
        export_text::ExportText,
        exports::{self, Asked},
        services::Services,
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// What to make of the files.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportBody {
    /// As what.
    pub format: Format,
    /// The present password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
}

/// A JSON export.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExportedFiles {
    /// Which export it is.
    pub export: ExportMark,
    /// The files, as `GET /api/clients/{id}` answers them.
    pub clients: Vec<ClientAnswer>,
    /// How many: an export that was cut off does not say.
    #[schema(minimum = 0)]
    pub count: u32,
    /// Files that are not in it, because their use is blocked.
    #[schema(minimum = 0)]
    pub withheld: u32,
}

/// What a JSON export says about itself.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExportMark {
    /// The watermark.
    pub id: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
}

/// All own files as one document. A repeat with the same `Idempotency-Key` is the same export: same mark, no second notice.
#[utoipa::path(post, path = "/api/exports", tag = "exports", request_body = ExportBody,
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")),
    responses((status = 200, content((ExportedFiles = "application/json"), (String = "text/csv")))))]
pub(super) async fn export(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    From(visitor): From,
    headers: HeaderMap,
    JsonBody(mut fields): JsonBody,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let format = fields.required("format", Format::parse);
    let password = fields.required("password", |text| Ok(TypedPassword::parse(text).ok()));
    let (format, password) = fields.finish(format.zip(password)).map_err(Problem::fields)?;
    let asked = Asked { format, key, password: password.as_ref() };
    let services = Arc::clone(&state.services);
    let (id, export) = exports::begin(&services, &session, &adviser, asked, &visitor).await?;
    let widths = match format {
        Format::Csv => exports::widths(&services, adviser.scope()).await?,
        Format::Json | Format::Later(_) => Widths::default(),
    };
    let (content_type, name) = dress(&export);
    let (response, pieces) = file_answer::document(content_type, &name);
    tokio::spawn(send(services, adviser, (id, export), widths, pieces));
    Ok(response)
}

/// Media type and file name of an export.
pub(super) fn dress(export: &Export) -> (&'static str, String) {
    let (content_type, extension) = match export.format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Json | Format::Later(_) => ("application/json; charset=utf-8", "json"),
    };
    (content_type, format!("finrust-{}.{extension}", day_at(export.made_at).date()))
}

/// Sends page after page for as long as somebody reads.
async fn send(services: Arc<Services>, adviser: Adviser, (id, export): (ExportId, Export), widths: Widths, mut pieces: Pieces) {
    let mut text = ExportText::new(id, &export, widths);
    let (mut after, mut withheld) = (None, 0);
    if pieces.send(text.head()).await.is_err() {
        return;
    }
    loop {
        let Ok(page) = exports::page(&services, &adviser, id, after).await else {
            return pieces.cut_off();
        };
        let Ok(piece) = text.files(page.files) else {
            return pieces.cut_off();
        };
        if pieces.send(piece).await.is_err() {
            return;
        }
        withheld += page.withheld;
        after = page.next;
        if after.is_none() {
            let _ = pieces.send(text.tail(withheld)).await;
            return;
        }
    }
}
