//! Looking through the table of an import before anything is made of it: every bad cell, and how many there are.

use super::{
    cursors::{List, bad_cursor},
    import_table::{Reading, Source, Stop, Wanted},
    imports::{ImportFailure, find},
    services::Services,
};
use crate::{
    domain::{
        fields::FieldCode,
        ids::ImportId,
        import::{Checked, Import, MOST_ROWS},
        session::Adviser,
        table::{
            dialect::Encoding,
            row::{BadCell, BadCells},
            rows::{Opened, Place},
        },
    },
    store::{client_writes::Writer, error::StoreError, sealing::KeyScope},
};
use jiff::civil::Date;
use std::ops::ControlFlow;

/// What was found.
pub struct Findings {
    /// The import, looked through.
    pub import: Import,
    /// A page of bad cells, in the order of the table.
    pub items: Vec<BadCell>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// Where the headings are.
const TOP: Place = Place { byte: 0, row: 1 };

/// Bad cells of the row at this place, after the first so many.
type Position = (Place, usize);

/// Looks through the table. The first time it counts everything; from then on it answers pages.
///
/// # Errors
/// [`ImportFailure`].
pub async fn check(
    services: &Services,
    adviser: &Adviser,
    id: ImportId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Findings, ImportFailure> {
    let scope = adviser.scope();
    let (mut import, etag) = find(services, scope, id).await?;
    let owner = id.to_string();
    let list = List { scope: KeyScope::Adviser(scope.id()), name: "import", owner: &owner };
    let from = match cursor {
        Some(cursor) => Some(position(services, &list, cursor).await?),
        None => None,
    };
    let before = import.checked;
    let look = Look { source: Source { services, scope, id, import: &import }, today: services.today().date(), limit };
    let (checked, tally) = match before {
        Some(Checked { table: Some((dialect, _)), .. }) if !dialect.is_known() => return Err(StoreError::Unavailable.into()),
        Some(Checked { table: Some(table), .. }) => (before, look.page(table.0.encoding, from).await?),
        Some(Checked { table: None, .. }) | None => look.whole(from.map_or(0, |(_, skip)| skip)).await?,
    };
    if import.checked != checked {
        import.checked = checked;
        match services.exchanges.replace(Writer::of(adviser, services.now()), id, &import, etag).await {
            Ok(()) => {}
            // Another window of the same adviser was faster, and may even have gone on.
            Err(StoreError::Stale) => (import, _) = find(services, scope, id).await?,
            Err(other) => return Err(other.into()),
        }
    }
    let next = match tally.next {
        Some(position) => {
            let position = serde_json::to_vec(&position).map_err(|_| StoreError::DoesNotOpen)?;
            Some(list.seal(services, &position).await?)
        }
        None => None,
    };
    Ok(Findings { import, items: tally.items, next })
}

async fn position(services: &Services, list: &List<'_>, cursor: &str) -> Result<Position, ImportFailure> {
    let opened = list.open(services, cursor).await?.map_err(ImportFailure::Invalid)?;
    serde_json::from_slice(&opened).map_err(|_| ImportFailure::Invalid(bad_cursor()))
}

struct Look<'a> {
    source: Source<'a>,
    today: Date,
    limit: usize,
}

impl Look<'_> {
    /// Counts everything, and answers the first page; of a table that cannot be imported the one after so many bad cells.
    async fn whole(&self, skip: usize) -> Result<(Option<Checked>, Tally), ImportFailure> {
        let encoding = self.source.encoding().await?;
        let wanted = Wanted { limit: self.limit, skip: Some((TOP, skip)) };
        let opened = match self.source.open(encoding, wanted.of(TOP)).await? {
            Ok(opened) => opened,
            Err(bad) => {
                let mut tally = Tally::of(wanted);
                tally.take(TOP, 1, bad);
                return Ok(unusable(Tally { rows: 0, bad_rows: 0, bad_cells: 0, ..tally }));
            }
        };
        let mut tally = Tally::of(Wanted { limit: self.limit, skip: None });
        let stop = self.pass(&opened, opened.first, &mut tally, |tally| tally.rows > MOST_ROWS).await?;
        let whole = match stop {
            Stop::TooLong(row) => Some(BadCell::whole(row, FieldCode::TooLong)),
            Stop::Enough => Some(BadCell::whole(tally.last_row, FieldCode::OutOfRange)),
            _ if tally.rows == 0 => Some(BadCell::whole(opened.first.row, FieldCode::Required)),
            Stop::End | Stop::More(_) => None,
        };
        if let Some(whole) = whole {
            return Ok(unusable(Tally { items: vec![whole], next: None, ..tally }));
        }
        let table = Some((opened.dialect, opened.first));
        let Tally { rows, bad_rows, bad_cells, .. } = tally;
        Ok((Some(Checked { table, rows, bad_rows, bad_cells }), tally))
    }

    /// A page of what was counted before.
    async fn page(&self, encoding: Encoding, from: Option<Position>) -> Result<Tally, ImportFailure> {
        let opened = self.source.open(encoding, 0..0).await?.map_err(|_| ImportFailure::NotATable)?;
        let (place, skip) = from.unwrap_or((opened.first, 0));
        let mut tally = Tally::of(Wanted { limit: self.limit, skip: Some((place, skip)) });
        self.pass(&opened, place, &mut tally, |tally| tally.next.is_some()).await?;
        Ok(tally)
    }

    async fn pass(
        &self,
        opened: &Opened,
        mut place: Place,
        tally: &mut Tally,
        enough: impl Fn(&Tally) -> bool,
    ) -> Result<Stop, ImportFailure> {
        let reading = Reading { dialect: opened.dialect, layout: &opened.layout, today: self.today, wanted: tally.wanted };
        let mut piece = self.source.at(place).await?;
        loop {
            let stop = piece.judge(place, reading, |row| {
                tally.take(row.place, row.number, row.file.err().unwrap_or_else(|| BadCells::none(0..0)));
                if enough(tally) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let Stop::More(next) = stop else {
                return Ok(stop);
            };
            place = next;
            piece = self.source.more(&piece, place).await?;
            // A piece is a few milliseconds of work.
            tokio::task::yield_now().await;
        }
    }
}

fn unusable(tally: Tally) -> (Option<Checked>, Tally) {
    let Tally { rows, bad_rows, bad_cells, .. } = tally;
    (Some(Checked { table: None, rows, bad_rows, bad_cells }), tally)
}

/// What a pass has found so far.
struct Tally {
    rows: u32,
    bad_rows: u32,
    bad_cells: u32,
    last_row: u32,
    items: Vec<BadCell>,
    next: Option<Position>,
    wanted: Wanted,
}

impl Tally {
    const fn of(wanted: Wanted) -> Self {
        Self { rows: 0, bad_rows: 0, bad_cells: 0, last_row: 0, items: Vec::new(), next: None, wanted }
    }

    fn take(&mut self, place: Place, number: u32, bad: BadCells) {
        self.rows += 1;
        self.last_row = number;
        self.bad_rows += u32::from(bad.count > 0);
        self.bad_cells = self.bad_cells.saturating_add(u32::try_from(bad.count).unwrap_or(u32::MAX));
        let before = self.items.len();
        self.items.extend(bad.cells.into_iter().take(self.wanted.limit - before));
        let told = self.wanted.of(place).start + self.items.len() - before;
        if told < bad.count && self.next.is_none() {
            self.next = Some((place, told));
        }
    }
}
