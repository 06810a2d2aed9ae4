//! Function `imports`: an adviser's table becomes client files, step by step.

use super::{
    access::Proof,
    answer::Answer,
    body::{NoBody, Optional, RawOr, Unread},
    clients,
    path::{PathId, PathPart},
    problem::{Code, Problem},
    query::{CursorText, PageSize},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        clients::likeness::Likeness,
        ids::{ClientId, ImportId},
        imports::{Doubles, Duplicates, FileName, Import, MAX_BYTES, Ranges},
        sign_in::session::Adviser,
        table::{
            dialect::{Delimiter, Encoding},
            preview::PreviewRow,
            row::BadCell,
            sheet,
        },
        wire::fields::FieldCode,
    },
    flows::imports,
    number_value, text_value, wire_object,
};
use axum::{body::Bytes, extract::State, response::Response};
use data_encoding::BASE64;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

wire_object! {
    /// A table to be imported.
    pub struct ImportBody {
        /// The name of the file: 1 to 255 characters; some of them visible, and none unseen where it does not belong.
        #[schema(value_type = String, min_length = 1, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
        name: FileName,
        /// Size of the file in bytes.
        #[schema(value_type = u32, minimum = 1, maximum = 5_242_880)]
        bytes: TableSize,
    }

    /// A part of the table.
    pub struct PartBody {
        /// The bytes of the part in base64 (RFC 4648 section 4).
        #[schema(value_type = String, max_length = 174_764, pattern = "^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$")]
        data: PartData,
    }

    /// A page of invalid cells.
    pub struct CheckBody {
        /// Maximum number of cells per page; 50 if absent.
        #[schema(value_type = Option<u16>, minimum = 1, maximum = 200)]
        limit: Option<PageSize>,
        /// `next` of the previous page; absent for the first page.
        #[schema(value_type = Option<String>, max_length = 4096)]
        cursor: Option<CursorText>,
    }

    /// Options for continuing an import.
    pub struct ContinueBody {
        /// What to do with rows that seem to duplicate a file; required once if the check found any, and remembered.
        duplicates: Option<Duplicates>,
    }
}

/// The size of a table in bytes.
pub struct TableSize(u32);

number_value!(TableSize, 1..=MAX_BYTES.into() => |bytes| {
    u32::try_from(bytes).ok().filter(|bytes| (1..=MAX_BYTES).contains(bytes)).map(TableSize).ok_or(FieldCode::OutOfRange)
});

/// The bytes of a part, wiped when dropped.
pub struct PartData(Zeroizing<Vec<u8>>);

text_value!(PartData => |text| {
    BASE64.decode(text.as_bytes()).map(|bytes| PartData(Zeroizing::new(bytes))).map_err(|_| FieldCode::InvalidFormat)
});

/// The raw bytes of a part.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct PartBytes(pub Vec<u8>);

/// A range of rows, inclusive.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RowRange {
    /// Number of the first row.
    #[schema(minimum = 1)]
    pub first: u32,
    /// Number of the last row.
    #[schema(minimum = 1)]
    pub last: u32,
}

/// An import and its progress.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportAnswer {
    /// The ID of the import.
    #[schema(value_type = String)]
    pub id: ImportId,
    /// The name of the file.
    #[schema(value_type = String)]
    pub name: FileName,
    /// Size of the file in bytes.
    #[schema(minimum = 1)]
    pub bytes: u32,
    /// Number of parts to upload.
    #[schema(minimum = 1)]
    pub parts: u32,
    /// Size in bytes of each part except the last.
    #[schema(minimum = 1)]
    pub part_bytes: u32,
    /// Result of the validation; `null` before it.
    #[schema(required)]
    pub checked: Option<CheckedAnswer>,
    /// Number of rows processed.
    #[schema(minimum = 0)]
    pub done: u32,
    /// Number of rows that became files.
    #[schema(minimum = 0)]
    pub created: u32,
    /// Number of rows skipped as duplicates of a file or of an earlier row.
    #[schema(minimum = 0)]
    pub already_there: u32,
    /// Number of rows refused because of invalid cells.
    #[schema(minimum = 0)]
    pub refused: u32,
    /// The rows that were skipped as duplicates.
    pub already_there_rows: Vec<RowRange>,
    /// The rows that were refused.
    pub refused_rows: Vec<RowRange>,
    /// What to do with rows that seem to duplicate a file; `null` until chosen.
    #[schema(required)]
    pub duplicates: Option<Duplicates>,
    /// Whether every row has been processed.
    pub finished: bool,
    /// When the import expires.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// The result of validating a table.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CheckedAnswer {
    /// `false` if headings are wrong, there are no rows or too many, or a row is unterminated.
    pub importable: bool,
    /// Number of non-blank rows, not counting the headings.
    #[schema(minimum = 0)]
    pub total: u32,
    /// Number of rows with an invalid cell; the import skips them.
    #[schema(minimum = 0)]
    pub bad_rows: u32,
    /// Number of invalid cells.
    #[schema(minimum = 0)]
    pub bad_cells: u32,
    /// Detected character encoding; `null` if not importable.
    #[schema(required)]
    pub encoding: Option<Encoding>,
    /// Detected delimiter; `null` if not importable.
    #[schema(required)]
    pub delimiter: Option<Delimiter>,
}

/// Rows that seem to duplicate an existing file or an earlier row.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AlreadyThereAnswer {
    /// Number of such rows.
    #[schema(minimum = 0)]
    pub count: u32,
    /// The row numbers, as ranges.
    pub rows: Vec<RowRange>,
    /// Whether `duplicates` is required to continue. Rows that were imported before do not count: they are never imported again.
    pub asks: bool,
    /// The first of these rows, with the files that they seem to duplicate.
    #[schema(max_items = 20)]
    pub items: Vec<DoubleAnswer>,
}

/// A row that seems to duplicate a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DoubleAnswer {
    /// Row number as in a spreadsheet: the headings are row 1.
    #[schema(minimum = 1)]
    pub row: u32,
    /// ID of the duplicated file; with `above`, of the file that will be created from that row.
    #[schema(value_type = String)]
    pub id: ClientId,
    /// Why it seems to be a duplicate.
    pub code: Likeness,
    /// Number of the earlier row that it duplicates; absent if it duplicates an existing file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub above: Option<u32>,
}

/// The findings of a check.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FindingsAnswer {
    /// The import with the result of the validation.
    pub import: ImportAnswer,
    /// A page of invalid cells, in table order.
    pub items: Vec<BadCell>,
    /// Cursor of the next page; `null` on the last page.
    #[schema(required)]
    pub next: Option<String>,
    /// The first rows as parsed, and the first rows with characters that depend on the encoding; empty on later pages.
    #[schema(max_items = 6)]
    pub preview: Vec<PreviewRow>,
    /// Rows that seem to duplicate an existing file or an earlier row.
    pub already_there: AlreadyThereAnswer,
}

/// The imports that have not expired.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportList {
    /// The imports, newest first.
    pub items: Vec<ImportAnswer>,
}

/// Downloads the CSV template.
#[utoipa::path(get, path = "/api/imports/template", tag = "imports",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(super) async fn template(_: Proof<Adviser>) -> Response {
    clients::download::whole("text/csv; charset=utf-8; header=present", "finrust-import.csv", sheet::template())
}

/// Starts an import.
#[utoipa::path(post, path = "/api/imports", tag = "imports", request_body = ImportBody,
    responses((status = 201, body = ImportAnswer)))]
pub(super) async fn begin(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    repeat: Repeat,
    body: Unread<ImportBody>,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let ImportBody { name, bytes: TableSize(bytes) } = body.read()?;
        Ok(imports::uploads::begin(services, &adviser, repeat.tag(), (name, bytes)).await?)
    };
    let (id, import) = repeat.once(|request| imports::uploads::begun_for(services, adviser.scope(), request), act).await?;
    Ok(Answer::created(&answer(id, &import)))
}

/// Lists the imports of the last 24 hours.
#[utoipa::path(get, path = "/api/imports", tag = "imports", responses((status = 200, body = ImportList)))]
pub(super) async fn list(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let all = imports::uploads::all(&state.services, adviser.scope()).await?;
    Ok(Answer::ok(&ImportList { items: all.iter().map(|(id, import)| answer(*id, import)).collect() }))
}

/// Gets the progress of an import.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportAnswer)))]
pub(super) async fn read(State(state): State<AppState>, Proof(adviser): Proof<Adviser>, PathId(id): PathId) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let (import, _) = imports::uploads::find(&state.services, adviser.scope(), id).await?;
    Ok(Answer::ok(&answer(id, &import)))
}

/// Discards the uploaded table; files created from it are kept.
#[utoipa::path(delete, path = "/api/imports/{id}", tag = "imports", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    imports::uploads::cancel(&state.services, &adviser, parse_id(&id)?).await?;
    Ok(Answer::done())
}

/// Uploads a part, as raw bytes or in base64. Uploading it again changes nothing.
#[utoipa::path(put, path = "/api/imports/{id}/parts/{part}", tag = "imports",
    request_body(content((PartBody = "application/json"), (PartBytes = "application/octet-stream"))),
    params(("id" = String, Path), ("part" = u32, Path, description = "Index of the part, starting at 0")), responses((status = 204)))]
pub(super) async fn put_part(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathPart(id, part): PathPart,
    body: RawOr<PartBody>,
) -> Result<Answer, Problem> {
    let data = match body {
        RawOr::Raw(bytes) => bytes,
        RawOr::Json(body) => Bytes::from_owner(body.read()?.data.0),
    };
    imports::uploads::put_part(&state.services, &adviser, parse_id(&id)?, part, &data).await?;
    Ok(Answer::done())
}

/// Validates the uploaded table without importing it and lists every invalid cell.
#[utoipa::path(post, path = "/api/imports/{id}/check", tag = "imports", request_body = CheckBody, params(("id" = String, Path)),
    responses((status = 200, body = FindingsAnswer)))]
pub(super) async fn check(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    body: Unread<CheckBody>,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let CheckBody { limit, cursor } = body.read()?;
    let (limit, cursor) = (limit.unwrap_or_default().0, cursor.map(|CursorText(cursor)| cursor));
    let findings = imports::check::check(&state.services, &adviser, id, limit, cursor.as_deref()).await?;
    let imports::check::Findings { import, items, next, preview } = findings;
    let already_there = already_there(import.doubles.as_ref());
    Ok(Answer::ok(&FindingsAnswer { import: answer(id, &import), items, next, preview, already_there }))
}

/// Creates files from the next rows. Call again until `finished`.
#[utoipa::path(post, path = "/api/imports/{id}/continue", tag = "imports", request_body = Option<ContinueBody>,
    params(("id" = String, Path)), responses((status = 200, body = ImportAnswer)))]
pub(super) async fn proceed(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    Optional(body): Optional<ContinueBody>,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let ContinueBody { duplicates } = body.read()?;
    let import = imports::run::proceed(&state.services, &adviser, id, duplicates).await?;
    Ok(Answer::ok(&answer(id, &import)))
}

fn already_there(doubles: Option<&Doubles>) -> AlreadyThereAnswer {
    let none = Doubles::default();
    let Doubles { rows, asks, first, .. } = doubles.unwrap_or(&none);
    let items = first.iter().map(|double| DoubleAnswer { row: double.row, id: double.id, code: double.by, above: double.above }).collect();
    AlreadyThereAnswer { count: rows.count(), rows: ranges(rows), asks: *asks, items }
}

fn ranges(rows: &Ranges) -> Vec<RowRange> {
    rows.as_slice().iter().map(|(first, last)| RowRange { first: *first, last: *last }).collect()
}

fn parse_id(text: &str) -> Result<ImportId, Problem> {
    ImportId::parse(text).ok_or(Problem::of(Code::NotFound))
}

fn answer(id: ImportId, import: &Import) -> ImportAnswer {
    let progress = &import.progress;
    let checked = import.checked.map(|checked| CheckedAnswer {
        importable: checked.table.is_some(),
        total: checked.rows,
        bad_rows: checked.bad_rows,
        bad_cells: checked.bad_cells,
        encoding: checked.table.map(|(dialect, _)| dialect.encoding),
        delimiter: checked.table.map(|(dialect, _)| dialect.delimiter),
    });
    ImportAnswer {
        id,
        name: import.name.clone(),
        bytes: import.bytes,
        parts: import.parts(),
        part_bytes: import.part_size,
        checked,
        done: progress.done,
        created: progress.created,
        already_there: progress.already_there.count(),
        refused: progress.refused.count(),
        already_there_rows: ranges(&progress.already_there),
        refused_rows: ranges(&progress.refused),
        duplicates: import.duplicates,
        finished: import.is_finished(),
        expires_at: import.expires_at(),
    }
}
