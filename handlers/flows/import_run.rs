//! Making client files of the rows of an import, a slice at a time.
//!
//! ```text
//! commit = files of at most 45 rows ‖ their trail ‖ the import with the position behind those rows
//! id of a file = HMAC(repeats key, "import", adviser scope, the file as JSON)
//! ```
//!
//! So a killed process goes on exactly where it was, and a table that is imported twice makes nothing twice.

use super::{
    import_check::check,
    import_table::{Judged, Piece, Reading, Source, Stop},
    imports::{ImportFailure, find},
    services::Services,
};
use crate::{
    domain::{
        client::file::ClientFile,
        ids::{ClientId, ImportId},
        import::{Checked, Import},
        origin::Origin,
        session::{Adviser, AdviserScope},
        standing::Standing,
        table::{dialect::Dialect, row::Layout, rows::Place},
        trail::{Actor, Deed},
    },
    ports::Etag,
    store::{
        client_files::KeptFile,
        client_writes::{Content, FileWrite, MOST_FILES, WriteRefused, Writer},
        error::StoreError,
    },
};
use std::{collections::HashSet, ops::ControlFlow};

/// Commits of one call: a second of work or so.
const MOST_SLICES: usize = 10;
/// Bytes of the rows of one commit: sealed and encoded they stay below what the database takes at once.
const MOST_SLICE_BYTES: usize = 256 * 1024;
/// Rows that one commit gets past, refused ones included.
const MOST_SLICE_ROWS: u32 = 500;
/// Times a commit is made anew because files of it turn out to be there.
const MOST_TRIES: usize = 4;

/// Makes files of the next rows. Answers the import with its new position.
///
/// # Errors
/// [`ImportFailure`]; whatever was committed before stays, and the next call goes on behind it.
pub async fn proceed(services: &Services, adviser: &Adviser, id: ImportId) -> Result<Import, ImportFailure> {
    let scope = adviser.scope();
    let (mut import, mut etag) = find(services, scope, id).await?;
    if import.checked.is_none() {
        check(services, scope, id, 1, None).await?;
        (import, etag) = find(services, scope, id).await?;
    }
    let Some(Checked { table: Some((dialect, first)), .. }) = import.checked else {
        return Err(ImportFailure::NotATable);
    };
    if !dialect.is_known() {
        return Err(StoreError::Unavailable.into());
    }
    if import.is_finished() {
        return Ok(import);
    }
    let mut run = Run::of(services, adviser, id, &import, dialect, first).await?;
    for _ in 0..MOST_SLICES {
        let slice = run.next_slice(&import).await?;
        match run.commit(&import, etag, slice).await {
            // Another window of the same adviser was faster: go on from where that one is.
            Ok(()) | Err(ImportFailure::Store(StoreError::Stale)) => {}
            Err(other) => return Err(other),
        }
        (import, etag) = find(services, scope, id).await?;
        if import.is_finished() {
            // What stays behind is gone after a day.
            let _ = services.exchanges.remove_parts(scope, id).await;
            break;
        }
        run.go_to(&import, import.progress.next.unwrap_or(first)).await?;
    }
    Ok(import)
}

struct Run<'a> {
    services: &'a Services,
    adviser: &'a Adviser,
    id: ImportId,
    dialect: Dialect,
    layout: Layout,
    place: Place,
    piece: Piece,
    /// Files of the slice before were there already, so those of the next may be too.
    repeats: bool,
}

/// Rows on their way into one commit.
#[derive(Default)]
struct Slice {
    files: Vec<(u32, ClientFile)>,
    refused: Vec<u32>,
    bytes: usize,
    rows: u32,
    next: Option<Place>,
}

impl<'a> Run<'a> {
    async fn of(
        services: &'a Services,
        adviser: &'a Adviser,
        id: ImportId,
        import: &Import,
        dialect: Dialect,
        first: Place,
    ) -> Result<Self, ImportFailure> {
        let source = Source { services, scope: adviser.scope(), id, import };
        let opened = source.open(dialect.encoding).await?.map_err(|_| ImportFailure::NotATable)?;
        let place = import.progress.next.unwrap_or(first);
        let piece = source.at(place).await?;
        Ok(Self { services, adviser, id, dialect, layout: opened.layout, place, piece, repeats: false })
    }

    const fn source<'b>(&self, import: &'b Import) -> Source<'b>
    where
        'a: 'b,
    {
        Source { services: self.services, scope: self.adviser.scope(), id: self.id, import }
    }

    /// Goes to where the import is.
    async fn go_to(&mut self, import: &Import, place: Place) -> Result<(), ImportFailure> {
        self.piece = if self.piece.holds(place) { self.piece.from(place, &[]) } else { self.source(import).at(place).await? };
        self.place = place;
        Ok(())
    }

    async fn next_slice(&mut self, import: &Import) -> Result<Slice, ImportFailure> {
        let mut slice = Slice::default();
        loop {
            let today = self.services.today().date();
            let reading = Reading { dialect: self.dialect, layout: &self.layout, today };
            let from = slice.next.unwrap_or(self.place);
            match self.piece.judge(from, reading, |row| slice.take(row)) {
                Stop::Enough | Stop::End => break,
                Stop::TooLong(_) => return Err(ImportFailure::NotATable),
                // Rows before it are taken; the row that is not whole begins the next piece.
                Stop::More(place) => {
                    self.piece = self.source(import).more(&self.piece, place).await?;
                    (self.place, slice.next) = (place, Some(place));
                }
            }
        }
        // What was counted when the table was looked through is not there.
        if slice.rows == 0 { Err(ImportFailure::NotATable) } else { Ok(slice) }
    }

    async fn commit(&mut self, import: &Import, etag: Etag, slice: Slice) -> Result<(), ImportFailure> {
        let scope = self.adviser.scope();
        let mut files = Vec::with_capacity(slice.files.len());
        for (row, file) in &slice.files {
            files.push((*row, self.file_id(scope, file).await?, file));
        }
        let mut known = if self.repeats { self.there(scope, &files).await? } else { HashSet::new() };
        for _ in 0..MOST_TRIES {
            match self.try_commit(import, &etag, &slice, &files, &known).await {
                Ok(()) => return Ok(()),
                Err(WriteRefused::Exists) => known = self.there(scope, &files).await?,
                Err(WriteRefused::Stale | WriteRefused::Missing) => return Err(StoreError::Stale.into()),
                Err(WriteRefused::Store(error)) => return Err(error.into()),
            }
            self.repeats = !known.is_empty();
        }
        Err(StoreError::Stale.into())
    }

    async fn try_commit(
        &self,
        import: &Import,
        etag: &Etag,
        slice: &Slice,
        files: &[(u32, ClientId, &ClientFile)],
        known: &HashSet<ClientId>,
    ) -> Result<(), WriteRefused> {
        let (scope, now) = (self.adviser.scope(), self.services.now());
        let mut import = import.clone();
        let (mut writes, mut made) = (Vec::new(), HashSet::new());
        for (row, id, file) in files {
            if known.contains(id) || !made.insert(*id) {
                import.progress.already_there.push(*row);
                continue;
            }
            let kept = KeptFile {
                file: (*file).clone(),
                created_at: now,
                updated_at: now,
                revision: 1,
                standing: Standing::default(),
                request: None,
                origin: Origin::default(),
            };
            writes.push(FileWrite { id: *id, deed: Deed::Imported, content: Content::New(kept) });
        }
        for row in &slice.refused {
            import.progress.refused.push(*row);
        }
        import.progress.created += u32::try_from(writes.len()).unwrap_or_default();
        import.progress.done += slice.rows;
        import.progress.next = slice.next.or(import.progress.next);
        if writes.is_empty() {
            return Ok(self.services.exchanges.replace(scope, self.id, &import, now, etag.clone()).await?);
        }
        let position = self.services.exchanges.replacement(scope, self.id, &import, now, etag.clone()).await?;
        let writer = Writer { by: Actor::from(self.adviser), at: now };
        self.services.clients.write_with(scope, writer, &writes, &[position]).await.map(drop)
    }

    async fn there(&self, scope: AdviserScope, files: &[(u32, ClientId, &ClientFile)]) -> Result<HashSet<ClientId>, StoreError> {
        let mut there = HashSet::new();
        for (_, id, _) in files {
            if self.services.clients.has(scope, *id).await? {
                there.insert(*id);
            }
        }
        Ok(there)
    }

    async fn file_id(&self, scope: AdviserScope, file: &ClientFile) -> Result<ClientId, StoreError> {
        let content = zeroize::Zeroizing::new(serde_json::to_vec(file).map_err(|_| StoreError::DoesNotOpen)?);
        let tag = self.services.sealing.root().await?.repeats.tag(&[b"import", scope.id().bytes(), &content]);
        Ok(ClientId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
    }
}

impl Slice {
    fn take(&mut self, row: Judged) -> ControlFlow<()> {
        self.rows += 1;
        self.bytes += row.bytes;
        self.next = Some(row.next);
        match row.file {
            Ok(file) => self.files.push((row.number, file)),
            Err(_) => self.refused.push(row.number),
        }
        let full = self.files.len() == MOST_FILES || self.bytes >= MOST_SLICE_BYTES || self.rows == MOST_SLICE_ROWS;
        if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
