//! Function `exports`: all files of an adviser as one document; advisers only.

use super::{
    access::{Caller, Proof},
    body::Body,
    clients::{self, download::Pieces},
    problem::Problem,
    query::PlaceQuery,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        clients::answer::ClientAnswer,
        exports::{Export, Format},
        sign_in::{
            credentials::PasswordAsTyped,
            session::{Adviser, Full, Session},
        },
        table::columns::Widths,
        wire::values::day_at,
    },
    flows::{
        exports::{self, run::Asked, text::ExportText},
        services::Services,
    },
    ports::Cursor,
    store::clients::files::ClientFiles,
    wire_object,
};
use axum::{extract::State, response::Response};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

wire_object! {
    /// Options of an export.
    pub struct ExportBody {
        /// The output format.
        format: Format,
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
    }
}

/// An export in JSON.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExportedFiles {
    /// Identifies the export.
    pub export: ExportMark,
    /// The files, as `GET /api/clients/{id}` returns them.
    pub clients: Vec<ClientAnswer>,
    /// Number of files in the export; missing from an export that was cut off.
    #[schema(minimum = 0)]
    pub count: u32,
    /// Number of files left out because their processing is restricted.
    #[schema(minimum = 0)]
    pub withheld: u32,
}

/// Identification of an export.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExportMark {
    /// The ID of the export, which is also its watermark.
    pub id: String,
    /// When the export was first requested.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
}

/// Exports all of the adviser's client files as one document. A complete document ends with `count` or, as CSV, with a row that starts with
/// `<export>.end`. If the document was cut off, `after` resumes it within a day: that is the same export and does not count as another. A
/// repeat with the same `Idempotency-Key` is also the same export, with the same watermark and no second notice.
#[utoipa::path(post, path = "/api/exports", tag = "exports", request_body = ExportBody,
    params(("after" = Option<String>, Query, description = "Resumes after this position: the last cell of a row, or `<export.id>.<id>` of a file")),
    responses((status = 200, content((ExportedFiles = "application/json"), (String = "text/csv"))), (status = 429)))]
pub(super) async fn export(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    Caller(visitor): Caller,
    PlaceQuery(after): PlaceQuery,
    repeat: Repeat,
    Body(ExportBody { format, password }): Body<ExportBody>,
) -> Result<Response, Problem> {
    let password = password.ok();
    let asked = Asked { format, key: repeat.key(), after, password: password.as_ref() };
    let services = Arc::clone(&state.services);
    let (id, export) = exports::run::begin(&services, &session, &adviser, asked, &visitor).await?;
    let widths = match format {
        Format::Csv => exports::run::widths(&services, adviser.scope()).await.map_err(|error| Problem::from(error).and_not_done())?,
        Format::Json | Format::Later(_) => Widths::default(),
    };
    let (content_type, name) = dress(&export);
    let (response, pieces) = clients::download::document(content_type, &name);
    let after = after.map(|place| ClientFiles::behind(adviser.scope(), place.behind));
    tokio::spawn(send(services, adviser, ExportText::new(id, &export, widths), after, pieces));
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

/// Sends page after page as long as the client reads.
async fn send(services: Arc<Services>, adviser: Adviser, mut text: ExportText, mut after: Option<Cursor>, mut pieces: Pieces) {
    let mut withheld = 0;
    if pieces.send(text.head()).await.is_err() {
        return;
    }
    loop {
        let Ok(page) = exports::run::page(&services, &adviser, after).await else {
            return pieces.cut_off();
        };
        // File by file: a slow client then holds back the text of a few files, not of a whole page.
        for file in page.files {
            let Ok(piece) = text.files(vec![file]) else {
                return pieces.cut_off();
            };
            if pieces.send(piece).await.is_err() {
                return;
            }
        }
        withheld += page.withheld;
        after = page.next;
        if after.is_none() {
            let _ = pieces.send(text.tail(withheld)).await;
            return;
        }
    }
}
