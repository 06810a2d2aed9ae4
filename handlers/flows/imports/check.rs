//! Validates the table of an import before anything is created from it: its first rows as read, every invalid cell, and the rows that would
//! duplicate an existing file.

use super::{
    doubles::Comparison,
    table::{ParsedRow, Reading, ReadingEnd, Source, Wanted},
    uploads::{ImportFailure, find},
};
use crate::flows::{cursors::List, services::Services};
use crate::{
    domain::{
        ids::{ImportId, WriteId},
        imports::{Checked, Doubles, Import, MAX_ROWS},
        sign_in::session::Adviser,
        table::{
            dialect::Dialect,
            preview::PreviewRow,
            row::{BadCell, BadCells},
            rows::{Opened, RowPosition},
        },
        wire::fields::FieldCode,
    },
    ports::Etag,
    store::{clients::writes::Writer, error::StoreError, keys::sealing::KeyScope},
};
use jiff::Timestamp;
use std::ops::{ControlFlow, RangeInclusive};

/// The result of a validation.
pub struct Findings {
    /// The import after validation.
    pub import: Import,
    /// A page of invalid cells, in table order.
    pub items: Vec<BadCell>,
    /// Where the next page starts.
    pub next: Option<String>,
    /// The first rows as read; empty on later pages.
    pub preview: Vec<PreviewRow>,
}

/// Where the header row is.
const TOP: RowPosition = RowPosition { byte: 0, row: 1 };

/// A row, and how many of its invalid cells to skip.
type Position = (RowPosition, usize);

/// Validates the table. The first call counts everything; later calls return pages.
pub async fn check(
    services: &Services,
    adviser: &Adviser,
    id: ImportId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Findings, ImportFailure> {
    let scope = adviser.scope();
    let owner = id.to_string();
    let list = List { scope: KeyScope::Adviser(scope.id()), name: "import", owner: &owner };
    let from = list.position(services, cursor).await?;
    let (import, _, counted) = look_through(services, adviser, id, Some(Asked { limit, from })).await?;
    let look = TableScan { source: Source { services, scope, id, import: &import }, now: services.now(), limit };
    let table = import.checked.and_then(|checked| checked.table);
    let (tally, preview) = match (counted, table) {
        (Some(tally), None) => (tally, look.raw_preview(from).await?),
        (Some(tally), Some((dialect, _))) => (tally, look.preview(dialect, from).await?),
        (None, Some((dialect, _))) => (look.page(dialect, from).await?, look.preview(dialect, from).await?),
        (None, None) => return Err(ImportFailure::NotATable),
    };
    let next = match tally.next {
        Some(position) => Some(list.cursor(services, &position).await?),
        None => None,
    };
    Ok(Findings { import, items: tally.items, next, preview })
}

/// Which page of invalid cells.
#[derive(Clone, Copy)]
pub(in crate::flows) struct Asked {
    pub(in crate::flows) limit: usize,
    pub(in crate::flows) from: Option<Position>,
}

/// Counts everything unless that was done already. Until the first file is created, it is repeated when files have changed since, because
/// that affects which rows are duplicates. A table that cannot be imported is scanned again when `asked` requests its errors. Returns the
/// counts, if they were made.
pub(in crate::flows) async fn look_through(
    services: &Services,
    adviser: &Adviser,
    id: ImportId,
    asked: Option<Asked>,
) -> Result<(Import, Etag, Option<Tally>), ImportFailure> {
    let scope = adviser.scope();
    let (mut import, mut etag) = find(services, scope, id).await?;
    let table = import.checked.and_then(|checked| checked.table);
    if table.is_some_and(|(dialect, _)| !dialect.is_known()) {
        return Err(StoreError::Unavailable.into());
    }
    let is_later = asked.is_some_and(|asked| asked.from.is_some()) || import.progress.done > 0;
    let is_settled = if table.is_some() { is_later } else { import.checked.is_some() && asked.is_none() };
    if is_settled {
        return Ok((import, etag, None));
    }
    let Asked { limit, from } = asked.unwrap_or(Asked { limit: 0, from: None });
    let files = services.clients.marker(scope).await?;
    if table.is_some() && import.doubles.as_ref().is_some_and(|doubles| doubles.files == files) {
        return Ok((import, etag, None));
    }
    let look = TableScan { source: Source { services, scope, id, import: &import }, now: services.now(), limit };
    let (checked, tally, doubles) = look.whole(from.map_or(0, |(_, skip)| skip), files).await?;
    if import.checked != Some(checked) || import.doubles != doubles {
        (import.checked, import.doubles) = (Some(checked), doubles);
        match services.exchanges.replace(Writer::of(adviser, services.now()), id, &import, etag).await {
            // Another window of the same adviser won, and may even have continued.
            Ok(()) | Err(StoreError::Stale) => (import, etag) = find(services, scope, id).await.map_err(ImportFailure::undone)?,
            Err(other) => return Err(other.into()),
        }
    }
    Ok((import, etag, Some(tally)))
}

struct TableScan<'a> {
    source: Source<'a>,
    now: Timestamp,
    limit: usize,
}

/// Counts, invalid cells, and duplicate rows.
type Counted = (Checked, Tally, Option<Doubles>);

impl TableScan<'_> {
    /// Counts everything and returns the first page; for a table that cannot be imported, the page after `skip` invalid cells.
    async fn whole(&self, skip: usize, files: Option<WriteId>) -> Result<Counted, ImportFailure> {
        let dialect = self.source.dialect().await?;
        let wanted = Wanted { limit: self.limit, skip: Some((TOP, skip)) };
        let opened = match self.source.open(dialect, wanted.of(TOP)).await? {
            Ok(opened) => opened,
            Err(bad) => {
                let mut tally = Tally::of(wanted);
                tally.take(TOP, 1..=1, &bad);
                return Ok(unusable(Tally { rows: 0, bad_rows: 0, bad_cells: 0, ..tally }));
            }
        };
        let mut tally = Tally::of(Wanted { limit: self.limit, skip: None });
        tally.comparison = Some(Comparison::of(self.source.services, self.source.scope, files).await?);
        let stop = self.pass(&opened, opened.first, &mut tally, |tally| tally.rows > MAX_ROWS).await?;
        let whole = match stop {
            ReadingEnd::TooLong(row) => Some(BadCell::whole(row, FieldCode::TooLong)),
            ReadingEnd::Enough => Some(BadCell::whole(tally.last_row, FieldCode::OutOfRange)),
            _ if tally.rows == 0 => Some(BadCell::whole(opened.first.row, FieldCode::Required)),
            ReadingEnd::End | ReadingEnd::More(_) => None,
        };
        if let Some(whole) = whole {
            return Ok(unusable(Tally { items: vec![whole], next: None, ..tally }));
        }
        let table = Some((opened.dialect, opened.first));
        let doubles = tally.comparison.take().map(Comparison::found);
        let Tally { rows, bad_rows, bad_cells, .. } = tally;
        Ok((Checked { table, rows, bad_rows, bad_cells }, tally, doubles))
    }

    /// Returns the first rows as read, with the first page.
    async fn preview(&self, dialect: Dialect, from: Option<Position>) -> Result<Vec<PreviewRow>, ImportFailure> {
        if from.is_some() {
            return Ok(Vec::new());
        }
        let opened = self.source.open(dialect, 0..0).await?.map_err(|_| ImportFailure::NotATable)?;
        self.source.preview(dialect, Some((&opened, self.now))).await
    }

    /// The same for a table whose header is not understood.
    async fn raw_preview(&self, from: Option<Position>) -> Result<Vec<PreviewRow>, ImportFailure> {
        if from.is_some() {
            return Ok(Vec::new());
        }
        self.source.preview(self.source.dialect().await?, None).await
    }

    /// Returns a page of what was counted before.
    async fn page(&self, dialect: Dialect, from: Option<Position>) -> Result<Tally, ImportFailure> {
        let opened = self.source.open(dialect, 0..0).await?.map_err(|_| ImportFailure::NotATable)?;
        let (place, skip) = from.unwrap_or((opened.first, 0));
        let mut tally = Tally::of(Wanted { limit: self.limit, skip: Some((place, skip)) });
        self.pass(&opened, place, &mut tally, |tally| tally.next.is_some()).await?;
        Ok(tally)
    }

    async fn pass(
        &self,
        opened: &Opened,
        mut place: RowPosition,
        tally: &mut Tally,
        enough: impl Fn(&Tally) -> bool,
    ) -> Result<ReadingEnd, ImportFailure> {
        let reading = Reading { dialect: opened.dialect, layout: &opened.layout, now: self.now, wanted: tally.wanted };
        let mut piece = self.source.at(place).await?;
        loop {
            let stop = piece.judge(place, reading, |row| {
                tally.look_at(&row);
                if enough(tally) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let ReadingEnd::More(next) = stop else {
                return Ok(stop);
            };
            place = next;
            piece = self.source.more(&piece, place).await?;
            // Each piece is a few milliseconds of work.
            tokio::task::yield_now().await;
        }
    }
}

fn unusable(tally: Tally) -> Counted {
    let Tally { rows, bad_rows, bad_cells, .. } = tally;
    (Checked { table: None, rows, bad_rows, bad_cells }, tally, None)
}

/// The findings of a pass so far.
pub(in crate::flows) struct Tally {
    rows: u32,
    bad_rows: u32,
    bad_cells: u32,
    last_row: u32,
    items: Vec<BadCell>,
    next: Option<Position>,
    wanted: Wanted,
    /// Set when rows are compared with existing files.
    comparison: Option<Comparison>,
}

impl Tally {
    const fn of(wanted: Wanted) -> Self {
        Self { rows: 0, bad_rows: 0, bad_cells: 0, last_row: 0, items: Vec::new(), next: None, wanted, comparison: None }
    }

    fn look_at(&mut self, row: &ParsedRow) {
        if let (Some(comparison), Ok(file)) = (&mut self.comparison, &row.file) {
            comparison.look_at(*row.numbers.start(), file, row.exported);
        }
        self.take(row.place, row.numbers.clone(), row.file.as_ref().err().unwrap_or(&BadCells::none(0..0)));
    }

    fn take(&mut self, place: RowPosition, numbers: RangeInclusive<u32>, bad: &BadCells) {
        let rows = numbers.end() - numbers.start() + 1;
        self.rows += rows;
        self.last_row = *numbers.end();
        self.bad_rows += if bad.count > 0 { rows } else { 0 };
        self.bad_cells = self.bad_cells.saturating_add(u32::try_from(bad.count).unwrap_or(u32::MAX));
        let before = self.items.len();
        self.items.extend(bad.cells.iter().take(self.wanted.limit - before).cloned());
        let told = self.wanted.of(place).start + self.items.len() - before;
        if told < bad.count && self.next.is_none() {
            self.next = Some((place, told));
        }
    }
}
