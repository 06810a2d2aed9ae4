//! Function `imports`: an adviser's table becomes client files, step by step.

use super::{
    access::Proof,
    answer::Answer,
    body::{JsonBody, MaybeBody, NoBody, RawOrJson},
    file_answer,
    path::{PathId, PathPart},
    problem::{Code, Problem},
    query::{DEFAULT_LIMIT, MAX_CURSOR_CHARACTERS, MOST},
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        client::likeness::Likeness,
        fields::{FieldCode, Fields, InvalidFields, one_of},
        ids::{ClientId, ImportId},
        import::{Doubles, Duplicates, FileName, Import, MAX_BYTES, Ranges},
        session::Adviser,
        table::{
            dialect::{Delimiter, Encoding},
            preview::PreviewRow,
            row::BadCell,
            sheet,
        },
    },
    flows::{import_check, import_run, imports},
};
use axum::{body::Bytes, extract::State, response::Response};
use data_encoding::BASE64;
use jiff::Timestamp;
use serde::Serialize;

/// A file to be imported.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportBody {
    /// What the file is called.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
    pub name: String,
    /// How long it is.
    #[schema(minimum = 1, maximum = 5_242_880)]
    pub bytes: u32,
}

/// A part of it.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartBody {
    /// Its bytes in base64 (RFC 4648 section 4).
    #[schema(max_length = 174_764, pattern = "^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$")]
    pub data: String,
}

/// The bytes of a part, as they are.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct PartBytes(pub Vec<u8>);

/// Which page of bad cells.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// 50 unless asked otherwise.
    #[schema(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<u16>,
    /// Where the page before ended.
    #[schema(max_length = 4096, nullable = false)]
    pub cursor: Option<String>,
}

/// How to go on.
#[derive(Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContinueBody {
    /// What becomes of rows that seem to be files already. Asked for when a check has found any, and remembered.
    #[schema(nullable = false)]
    pub duplicates: Option<Duplicates>,
}

/// Rows, the last one included.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RowRange {
    /// The first.
    #[schema(minimum = 1)]
    pub first: u32,
    /// The last.
    #[schema(minimum = 1)]
    pub last: u32,
}

/// An import and how far it is.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ImportId,
    /// What the file is called.
    #[schema(value_type = String)]
    pub name: FileName,
    /// How long it is.
    #[schema(minimum = 1)]
    pub bytes: u32,
    /// How many parts it has.
    #[schema(minimum = 1)]
    pub parts: u32,
    /// How long each part is, but the last.
    #[schema(minimum = 1)]
    pub part_bytes: u32,
    /// What was found when it was looked through; `null` before that.
    #[schema(required)]
    pub checked: Option<CheckedAnswer>,
    /// Rows that were dealt with.
    #[schema(minimum = 0)]
    pub done: u32,
    /// Those that became files.
    #[schema(minimum = 0)]
    pub created: u32,
    /// Those that were files already.
    #[schema(minimum = 0)]
    pub already_there: u32,
    /// Those that were refused.
    #[schema(minimum = 0)]
    pub refused: u32,
    /// Which were there.
    pub already_there_rows: Vec<RowRange>,
    /// Which were refused.
    pub refused_rows: Vec<RowRange>,
    /// What becomes of rows that seem to be files already; `null` before somebody has said so.
    #[schema(required)]
    pub duplicates: Option<Duplicates>,
    /// Whether every row was dealt with.
    pub finished: bool,
    /// When it is gone.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What was found when a table was looked through.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CheckedAnswer {
    /// Whether it can be imported: a table that cannot has wrong headings, no rows, too many, or one that never ends.
    pub importable: bool,
    /// Rows that are not blank, without the headings.
    #[schema(minimum = 0)]
    pub total: u32,
    /// Those with a cell that is refused: they are passed over.
    #[schema(minimum = 0)]
    pub bad_rows: u32,
    /// Cells that are refused.
    #[schema(minimum = 0)]
    pub bad_cells: u32,
    /// What its bytes mean, when it can be imported.
    #[schema(required)]
    pub encoding: Option<Encoding>,
    /// What stands between its cells, when it can be imported.
    #[schema(required)]
    pub delimiter: Option<Delimiter>,
}

/// Rows that seem to be files already, or to be a row above once more.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AlreadyThereAnswer {
    /// How many.
    #[schema(minimum = 0)]
    pub count: u32,
    /// Which.
    pub rows: Vec<RowRange>,
    /// Whether going on needs `duplicates`: a row that was imported before is never made again, so nobody is asked about it.
    pub asks: bool,
    /// The first of them, with the files.
    #[schema(max_items = 20)]
    pub items: Vec<DoubleAnswer>,
}

/// A row that seems to be a file already.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DoubleAnswer {
    /// The row as spreadsheets count.
    #[schema(minimum = 1)]
    pub row: u32,
    /// The file; with `above`, the one that is made of that row.
    #[schema(value_type = String)]
    pub id: ClientId,
    /// Why it seems to be the same.
    pub code: Likeness,
    /// The row above that seems to be the same, when it is no file that was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub above: Option<u32>,
}

/// What a check has found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FindingsAnswer {
    /// The import.
    pub import: ImportAnswer,
    /// A page of bad cells, in the order of the table.
    pub items: Vec<BadCell>,
    /// Where the next page starts; `null` on the last.
    #[schema(required)]
    pub next: Option<String>,
    /// The first rows as they were read, and the first ones with letters that other encodings write otherwise; none on later pages.
    #[schema(max_items = 6)]
    pub preview: Vec<PreviewRow>,
    /// Rows that seem to be files already.
    pub already_there: AlreadyThereAnswer,
}

/// All imports of the last day.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportList {
    /// The newest first.
    pub items: Vec<ImportAnswer>,
}

/// The table to fill in.
#[utoipa::path(get, path = "/api/imports/template", tag = "imports",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(super) async fn template(_: Proof<Adviser>) -> Response {
    file_answer::whole("text/csv; charset=utf-8; header=present", "finrust-import.csv", sheet::template())
}

/// Begins an import.
#[utoipa::path(post, path = "/api/imports", tag = "imports", request_body = ImportBody,
    responses((status = 201, body = ImportAnswer)))]
pub(super) async fn begin(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    repeat: Repeat,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let table = read_table(fields).map_err(Problem::fields)?;
        Ok(imports::begin(services, &adviser, repeat.tag(), table).await?)
    };
    let (id, import) = repeat.once(|request| imports::begun_for(services, adviser.scope(), request), act).await?;
    Ok(Answer::created(&answer(id, &import)))
}

fn read_table(mut fields: Fields) -> Result<(FileName, u32), InvalidFields> {
    let name = fields.required("name", FileName::parse);
    let bounded = |bytes| u32::try_from(bytes).ok().filter(|bytes| (1..=MAX_BYTES).contains(bytes)).ok_or(FieldCode::OutOfRange);
    let bytes = fields.required_integer("bytes", bounded);
    fields.finish(name.zip(bytes))
}

/// All imports of the last day.
#[utoipa::path(get, path = "/api/imports", tag = "imports", responses((status = 200, body = ImportList)))]
pub(super) async fn list(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let all = imports::all(&state.services, adviser.scope()).await?;
    Ok(Answer::ok(&ImportList { items: all.iter().map(|(id, import)| answer(*id, import)).collect() }))
}

/// How far an import is.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportAnswer)))]
pub(super) async fn read(State(state): State<AppState>, Proof(adviser): Proof<Adviser>, PathId(id): PathId) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let (import, _) = imports::find(&state.services, adviser.scope(), id).await?;
    Ok(Answer::ok(&answer(id, &import)))
}

/// Throws the table away; files that were made of it stay.
#[utoipa::path(delete, path = "/api/imports/{id}", tag = "imports", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    imports::cancel(&state.services, &adviser, parse_id(&id)?).await?;
    Ok(Answer::done())
}

/// Sends a part, as its bytes or in base64. A repeat changes nothing.
#[utoipa::path(put, path = "/api/imports/{id}/parts/{part}", tag = "imports",
    request_body(content((PartBody = "application/json"), (PartBytes = "application/octet-stream"))),
    params(("id" = String, Path), ("part" = u32, Path, description = "From 0")), responses((status = 204)))]
pub(super) async fn put_part(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathPart(id, part): PathPart,
    body: RawOrJson,
) -> Result<Answer, Problem> {
    let data = match body {
        RawOrJson::Raw(bytes) => bytes,
        RawOrJson::Json(mut fields) => {
            let data = fields.required("data", |text| BASE64.decode(text.as_bytes()).map_err(|_| FieldCode::InvalidFormat));
            Bytes::from_owner(zeroize::Zeroizing::new(fields.finish(data).map_err(Problem::fields)?))
        }
    };
    imports::put_part(&state.services, &adviser, parse_id(&id)?, part, &data).await?;
    Ok(Answer::done())
}

/// Looks through the table and makes nothing of it: every bad cell.
#[utoipa::path(post, path = "/api/imports/{id}/check", tag = "imports", request_body = CheckBody, params(("id" = String, Path)),
    responses((status = 200, body = FindingsAnswer)))]
pub(super) async fn check(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let bounded = |limit| usize::try_from(limit).ok().filter(|limit| (1..=usize::from(MOST)).contains(limit)).ok_or(FieldCode::OutOfRange);
    let limit = fields.integer("limit", bounded).unwrap_or(usize::from(DEFAULT_LIMIT));
    let short = |text: &str| if text.len() <= MAX_CURSOR_CHARACTERS { Ok(text.to_owned()) } else { Err(FieldCode::TooLong) };
    let cursor = fields.optional("cursor", short);
    let (limit, cursor) = fields.finish(Some((limit, cursor))).map_err(Problem::fields)?;
    let findings = import_check::check(&state.services, &adviser, id, limit, cursor.as_deref()).await?;
    let import_check::Findings { import, items, next, preview } = findings;
    let already_there = already_there(import.doubles.as_ref());
    Ok(Answer::ok(&FindingsAnswer { import: answer(id, &import), items, next, preview, already_there }))
}

/// Makes files of the next rows. To be called again until `finished`.
#[utoipa::path(post, path = "/api/imports/{id}/continue", tag = "imports", request_body = Option<ContinueBody>,
    params(("id" = String, Path)), responses((status = 200, body = ImportAnswer)))]
pub(super) async fn proceed(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    MaybeBody(mut fields): MaybeBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let duplicates = fields.optional("duplicates", one_of::<Duplicates>);
    let duplicates = fields.finish(Some(duplicates)).map_err(Problem::fields)?;
    let import = import_run::proceed(&state.services, &adviser, id, duplicates).await?;
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
