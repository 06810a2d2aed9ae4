//! Creates client files from the rows of an import, a slice at a time.
//!
//! ```text
//! commit = files of at most 45 rows ‖ their audit entries ‖ the import with the position after those rows
//! id of a file = HMAC(repeats key, "import", adviser scope, the file as JSON)
//! ```
//!
//! So a killed process resumes exactly where it stopped, and importing a table twice creates nothing twice.

use super::{
    check::look_through,
    doubles::RowIds,
    table::{ParsedRow, Piece, Reading, ReadingEnd, Source, Wanted},
    uploads::{ImportFailure, find},
};
use crate::flows::services::Services;
use crate::{
    domain::{
        clients::{file::ClientFile, restrictions::Restrictions, trail::AuditAction},
        ids::{ClientId, ImportId},
        imports::{Checked, Duplicates, Import},
        origin::Origin,
        sign_in::session::Adviser,
        table::{dialect::Dialect, row::Layout, rows::RowPosition},
        wire::fields::{FieldCode, InvalidFields},
    },
    ports::Etag,
    store::{
        clients::{
            files::KeptFile,
            writes::{Content, FileWrite, MAX_FILES, WriteRefused, Writer},
        },
        error::StoreError,
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use std::{
    collections::HashSet,
    ops::{ControlFlow, RangeInclusive},
};

/// Commits per call: about a second of work.
const MAX_SLICES: usize = 10;
/// Bytes of the rows in one commit, to bound memory. Whether the resulting files fit is measured when they are sealed.
const MAX_SLICE_BYTES: usize = 256 * 1024;
/// Rows covered by one commit, refused ones included.
const MAX_SLICE_ROWS: usize = 500;
/// Creates files from the next rows and returns the import with its new position. `duplicates` says what to do with rows that appear to
/// exist already; it is remembered, and required when there are any.
///
/// # Errors
/// [`ImportFailure`]; earlier commits stay, and the next call continues after them.
pub async fn proceed(
    services: &Services,
    adviser: &Adviser,
    id: ImportId,
    duplicates: Option<Duplicates>,
) -> Result<Import, ImportFailure> {
    let (import, etag, looked) = look_through(services, adviser, id, None).await?;
    let gone_on = go_on(services, adviser, (id, duplicates), (import, etag)).await;
    // The validation result is kept, whatever happens to the rows.
    if looked.is_some() { gone_on.map_err(ImportFailure::undone) } else { gone_on }
}

async fn go_on(
    services: &Services,
    adviser: &Adviser,
    (id, duplicates): (ImportId, Option<Duplicates>),
    (mut import, mut etag): (Import, Etag),
) -> Result<Import, ImportFailure> {
    let duplicates = duplicates.or(import.duplicates);
    let Some(Checked { table: Some((dialect, first)), .. }) = import.checked else {
        return Err(ImportFailure::NotATable);
    };
    if !dialect.is_known() {
        return Err(StoreError::Unavailable.into());
    }
    if import.is_finished() {
        return Ok(import);
    }
    if duplicates.is_none() && import.doubles.as_ref().is_some_and(|doubles| doubles.asks) {
        return Err(ImportFailure::Invalid(InvalidFields::one("/duplicates", FieldCode::Required)));
    }
    let mut run = Run::of(services, adviser, id, &import, dialect, first).await?;
    let before = import.progress.done;
    for _ in 0..MAX_SLICES {
        import.duplicates = duplicates;
        match run.advance(&import, etag, first).await {
            Ok(next) => (import, etag) = next,
            // Rows were created: the next call continues after them, and reports the error then.
            Err(ImportFailure::Store(_)) if import.progress.done > before => return Ok(import),
            Err(other) => return Err(other),
        }
        if import.is_finished() {
            // Leftover parts expire after a day.
            let _ = services.exchanges.remove_parts(Writer::of(adviser, services.now()), id).await;
            break;
        }
    }
    Ok(import)
}

struct Run<'a> {
    services: &'a Services,
    adviser: &'a Adviser,
    id: ImportId,
    ids: RowIds,
    dialect: Dialect,
    layout: Layout,
    place: RowPosition,
    piece: Piece,
    /// Files of the previous slice existed already, so those of the next may too.
    repeats: bool,
}

/// Rows that are about to become files.
#[derive(Default)]
struct Slice {
    rows: Vec<SliceRow>,
    files: usize,
    bytes: usize,
}

/// A row of a slice.
struct SliceRow {
    /// Its number, or those of several lines that cannot be told apart.
    numbers: RangeInclusive<u32>,
    /// Where the next row begins.
    next: RowPosition,
    /// `None` when the row was refused.
    file: Option<(ClientId, ClientFile)>,
}

impl<'a> Run<'a> {
    async fn of(
        services: &'a Services,
        adviser: &'a Adviser,
        id: ImportId,
        import: &Import,
        dialect: Dialect,
        first: RowPosition,
    ) -> Result<Self, ImportFailure> {
        let source = Source { services, scope: adviser.scope(), id, import };
        let opened = source.open(dialect, 0..0).await?.map_err(|_| ImportFailure::NotATable)?;
        let place = import.progress.next.unwrap_or(first);
        let piece = source.at(place).await?;
        let ids = RowIds::of(services, adviser.scope()).await?;
        Ok(Self { ids, services, adviser, id, dialect, layout: opened.layout, place, piece, repeats: false })
    }

    const fn source<'b>(&self, import: &'b Import) -> Source<'b>
    where
        'a: 'b,
    {
        Source { services: self.services, scope: self.adviser.scope(), id: self.id, import }
    }

    /// Creates files from the rows after the import's position. Returns the import with its new position.
    async fn advance(&mut self, import: &Import, etag: Etag, first: RowPosition) -> Result<(Import, Etag), ImportFailure> {
        self.go_to(import, import.progress.next.unwrap_or(first)).await?;
        let slice = self.next_slice(import).await?;
        match self.commit(import, etag, slice).await {
            // Another window of the same adviser won: continue from its position.
            Ok(()) | Err(ImportFailure::Store(StoreError::Stale)) => {}
            Err(other) => return Err(other),
        }
        find(self.services, self.adviser.scope(), self.id).await.map_err(ImportFailure::but_done)
    }

    /// Moves to the import's position.
    async fn go_to(&mut self, import: &Import, place: RowPosition) -> Result<(), ImportFailure> {
        self.piece = if self.piece.holds(place) { self.piece.from(place, &[]) } else { self.source(import).at(place).await? };
        self.place = place;
        Ok(())
    }

    async fn next_slice(&mut self, import: &Import) -> Result<Slice, ImportFailure> {
        let (mut slice, mut from) = (Slice::default(), self.place);
        loop {
            let now = self.services.now();
            let reading = Reading { dialect: self.dialect, layout: &self.layout, now, wanted: Wanted::default() };
            let mut judged = Vec::new();
            let stop = self.piece.judge(from, reading, |row| {
                slice.count(&row);
                judged.push(row);
                if slice.is_full(judged.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            for row in judged {
                slice.rows.push(self.with_id(row)?);
            }
            match stop {
                ReadingEnd::Enough | ReadingEnd::End => break,
                ReadingEnd::TooLong(_) => return Err(ImportFailure::NotATable),
                // The rows before it are taken; the incomplete row begins the next piece.
                ReadingEnd::More(place) => {
                    self.piece = self.source(import).more(&self.piece, place).await?;
                    (self.place, from) = (place, place);
                }
            }
        }
        // The rows counted during validation are missing.
        if slice.rows.is_empty() { Err(ImportFailure::NotATable) } else { Ok(slice) }
    }

    fn with_id(&self, row: ParsedRow) -> Result<SliceRow, StoreError> {
        let file = match row.file {
            Ok(file) => Some((self.ids.id(&file)?, file)),
            Err(_) => None,
        };
        Ok(SliceRow { numbers: row.numbers, next: row.next, file })
    }

    /// Commits the rows, or as many of the first ones as the database accepts at once; the next slice then begins at the import's position.
    async fn commit(&mut self, import: &Import, etag: Etag, slice: Slice) -> Result<(), ImportFailure> {
        let mut rows = slice.rows.as_slice();
        let mut known = if self.repeats { self.there(rows).await? } else { HashSet::new() };
        for _ in 0..MAX_ATTEMPTS {
            match self.try_commit(import, &etag, rows, &known).await {
                Ok(()) => return Ok(()),
                Err(WriteRefused::Exists) => known = self.there(rows).await?,
                // Sealed, padded and encoded, the rows exceed one commit.
                Err(WriteRefused::TooLarge) if rows.len() > 1 => rows = &rows[..rows.len() / 2],
                Err(WriteRefused::TooLarge) => return Err(ImportFailure::NotATable),
                Err(WriteRefused::Stale | WriteRefused::Missing) => return Err(StoreError::Stale.into()),
                Err(WriteRefused::Store(error)) => return Err(error.into()),
            }
            self.repeats = !known.is_empty();
        }
        Err(OVERTAKEN.into())
    }

    async fn try_commit(&self, import: &Import, etag: &Etag, rows: &[SliceRow], known: &HashSet<ClientId>) -> Result<(), WriteRefused> {
        let now = self.services.now();
        let mut import = import.clone();
        let (mut writes, mut made) = (Vec::new(), HashSet::new());
        for SliceRow { numbers, next, file } in rows {
            import.progress.done += numbers.end() - numbers.start() + 1;
            import.progress.next = Some(*next);
            match file {
                None => numbers.clone().for_each(|number| import.progress.refused.push(number)),
                Some((id, _)) if import.skips(*numbers.start()) || known.contains(id) || !made.insert(*id) => {
                    import.progress.already_there.push(*numbers.start());
                }
                Some((id, file)) => {
                    let kept = KeptFile {
                        file: file.clone(),
                        created_at: now,
                        updated_at: now,
                        revision: 1,
                        restrictions: Restrictions::default(),
                        erasing_since: None,
                        request: None,
                        taken_for: Vec::new(),
                        origin: Origin::default(),
                    };
                    writes.push(FileWrite { id: *id, deed: AuditAction::Imported, content: Content::New(kept) });
                }
            }
        }
        import.progress.created += u32::try_from(writes.len()).unwrap_or_default();
        let writer = Writer::of(self.adviser, now);
        let position = self.services.exchanges.replacement(writer, self.id, &import, etag.clone()).await?;
        self.services.clients.write_with(writer, &writes, &[position]).await.map(drop)
    }

    async fn there(&self, rows: &[SliceRow]) -> Result<HashSet<ClientId>, StoreError> {
        let mut there = HashSet::new();
        for (id, _) in rows.iter().filter_map(|row| row.file.as_ref()) {
            if self.services.clients.has(self.adviser.scope(), *id).await? {
                there.insert(*id);
            }
        }
        Ok(there)
    }
}

impl Slice {
    fn count(&mut self, row: &ParsedRow) {
        self.bytes += row.bytes;
        self.files += usize::from(row.file.is_ok());
    }

    /// Whether the slice is full with `more` rows added.
    const fn is_full(&self, more: usize) -> bool {
        self.files == MAX_FILES || self.bytes >= MAX_SLICE_BYTES || self.rows.len() + more >= MAX_SLICE_ROWS
    }
}
