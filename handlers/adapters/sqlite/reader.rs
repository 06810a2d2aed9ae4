//! Reads, each on a connection that serves one query at a time. Statements are compiled once for each connection.

use super::{
    failure::{is_busy, read_failure},
    inspection::damage,
    mark::MarkVerdict,
};
use crate::adapters::sqlite;
use crate::{
    crypto::envelope::{Part, Unopened},
    domain::ids::WriteId,
    ports::{Clock, Container, Cursor, DocumentId, Etag, Listed, Listing, Order, Page, Partition, ReadError, Stored},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

const MAX_LISTED: u16 = 1000;
/// How long a snapshot is held. The log grows meanwhile, so a scan of everything moves to a later snapshot after a while.
const MOMENT: Duration = Duration::from_mins(1);

const READ: &str = "
    SELECT write_id, body, summary, expires_at FROM documents CROSS JOIN bodies USING (body_id)
    WHERE container = ?1 AND partition = ?2 AND id = ?3 AND (expires_at IS NULL OR expires_at > ?4)";

macro_rules! list_sql {
    ($part:literal, $from:literal, $order:literal) => {
        concat!(
            "SELECT id, write_id, ",
            $part,
            " FROM ",
            $from,
            " WHERE container = :container AND partition = :partition AND id >= :low AND id < :high",
            " AND (expires_at IS NULL OR expires_at > :now) ORDER BY id ",
            $order,
            " LIMIT :limit"
        )
    };
}

const NEXT_PARTITION: &str = "SELECT min(partition) FROM documents WHERE container = :container AND partition > :after";
const PARTITION_BEFORE: &str = "SELECT max(partition) FROM documents WHERE container = :container AND partition < :after";

/// Id, version and part as stored.
type Found = (String, WriteId, Option<Vec<u8>>);

/// One read connection.
pub struct Reader {
    connection: Connection,
    clock: Arc<dyn Clock>,
    moments: Option<Cell<Option<Instant>>>,
}

/// The documents that a listing covers.
pub struct Selection {
    /// Container to query.
    pub container: Container,
    /// Prefix of the ids.
    pub prefix: String,
    pub part: Part,
    /// Order, length and start of the page.
    pub page: Page,
}

impl Reader {
    /// Takes over `connection`.
    pub fn new(connection: Connection, clock: Arc<dyn Clock>) -> Self {
        Self { connection, clock, moments: None }
    }

    /// The same, reading everything from one snapshot; once it is a minute old, the next page of a scan moves to a later one. What belongs
    /// together is read between two such moves.
    pub fn holding_moments(self) -> Self {
        Self { moments: Some(Cell::default()), ..self }
    }

    /// Begins a snapshot when none is held, or, if `may_go_on`, when the current one has been held long enough.
    fn hold(&self, may_go_on: bool) -> Result<(), ReadError> {
        let Some(moments) = &self.moments else { return Ok(()) };
        let sql = match moments.get() {
            None => "BEGIN",
            Some(since) if may_go_on && since.elapsed() >= MOMENT => "COMMIT; BEGIN",
            Some(_) => return Ok(()),
        };
        self.connection.execute_batch(sql).map_err(|error| read_failure(&error))?;
        moments.set(Some(Instant::now()));
        Ok(())
    }

    /// See [`crate::adapters::sqlite::documents::SqliteDocuments::judge`].
    pub fn judge(&self, marked: Option<i64>) -> Result<MarkVerdict, ReadError> {
        self.hold(false)?;
        sqlite::state::judge(&self.connection, marked).map_err(|error| read_failure(&error))
    }

    /// See [`crate::adapters::sqlite::documents::SqliteDocuments::damage`].
    pub fn damage(&self) -> Result<Vec<String>, ReadError> {
        self.hold(false)?;
        damage(&self.connection, "integrity_check").map_err(|error| read_failure(&error))
    }

    /// See [`crate::ports::Documents::read`].
    pub fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.hold(false)?;
        self.row(container, partition, id).map_err(|error| read_failure(&error))
    }

    /// The same; `None` when another process has locked the database.
    pub fn read_unless_busy(
        &self,
        container: Container,
        partition: &Partition,
        id: &DocumentId,
    ) -> Option<Result<Option<Stored>, ReadError>> {
        match self.row(container, partition, id) {
            Err(error) if is_busy(&error) => None,
            found => Some(found.map_err(|error| read_failure(&error))),
        }
    }

    /// See [`crate::ports::Documents::list`].
    pub fn list(&self, selection: &Selection, partition: &Partition) -> Result<Listing, ReadError> {
        self.hold(false)?;
        let after = match cursor(selection)? {
            Some((other, _)) if other != *partition => return Err(ReadError::BadCursor),
            after => after.map(|(_, id)| id),
        };
        let mut items = Vec::new();
        self.add_page(selection, partition, after.as_ref(), &mut items)?;
        Ok(finish(items, selection))
    }

    /// See [`crate::ports::Documents::scan`]. It seeks from partition to partition, so that ids of other prefixes cost nothing.
    pub fn scan(&self, selection: &Selection) -> Result<Listing, ReadError> {
        self.hold(true)?;
        let (mut partition, mut after) = cursor(selection)?.unzip();
        let mut items = Vec::new();
        if partition.is_none() {
            partition = self.partition_after(selection, None)?;
        }
        while let Some(here) = partition {
            self.add_page(selection, &here, after.take().as_ref(), &mut items)?;
            if items.len() > limit(selection) {
                break;
            }
            partition = self.partition_after(selection, Some(&here))?;
        }
        Ok(finish(items, selection))
    }

    fn row(&self, container: Container, partition: &Partition, id: &DocumentId) -> rusqlite::Result<Option<Stored>> {
        let key = (container.name(), partition.as_str(), id.as_str(), self.now());
        let found = |row: &Row<'_>| {
            let (write_id, expires_at) = (WriteId::from_bytes(row.get(0)?), row.get::<_, Option<i64>>(3)?);
            Ok(Stored {
                partition: partition.clone(),
                id: id.clone(),
                etag: etag_of(write_id),
                write_id,
                body: Unopened::new(row.get(1)?),
                summary: row.get::<_, Option<_>>(2)?.map(Unopened::new),
                // A time beyond the representable range means no expiry.
                expires_at: expires_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            })
        };
        self.connection.prepare_cached(READ)?.query_row(key, found).optional()
    }

    /// Adds documents up to one more than the page takes, which shows that there are more.
    fn add_page(
        &self,
        selection: &Selection,
        partition: &Partition,
        after: Option<&DocumentId>,
        items: &mut Vec<Listed>,
    ) -> Result<(), ReadError> {
        let rows = self.rows(selection, partition, after, limit(selection) + 1 - items.len()).map_err(|error| read_failure(&error))?;
        for (id, write_id, part) in rows {
            let id = DocumentId::parse(&id).ok_or(ReadError::Unavailable)?;
            items.push(Listed { partition: partition.clone(), id, etag: etag_of(write_id), part: part.map(Unopened::new) });
        }
        Ok(())
    }

    fn rows(&self, selection: &Selection, partition: &Partition, after: Option<&DocumentId>, limit: usize) -> rusqlite::Result<Vec<Found>> {
        let (low, high) = range(&selection.prefix, selection.page.order, after);
        let mut statement = self.connection.prepare_cached(list_sql(selection.part, selection.page.order))?;
        let key = named_params! {
            ":container": selection.container.name(),
            ":partition": partition.as_str(),
            ":low": low,
            ":high": high,
            ":now": self.now(),
            ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let found = |row: &Row<'_>| Ok((row.get(0)?, WriteId::from_bytes(row.get(1)?), row.get(2)?));
        statement.query_map(key, found)?.collect()
    }

    fn partition_after(&self, selection: &Selection, here: Option<&Partition>) -> Result<Option<Partition>, ReadError> {
        // Names are ASCII letters, digits, `-` and `_`: all sort after "" and before "\x7f".
        let (sql, start) = match selection.page.order {
            Order::Ascending => (NEXT_PARTITION, ""),
            Order::Descending => (PARTITION_BEFORE, "\x7f"),
        };
        let key = named_params! { ":container": selection.container.name(), ":after": here.map_or(start, Partition::as_str) };
        let next = self.connection.prepare_cached(sql).and_then(|mut statement| statement.query_row(key, |row| row.get(0)));
        let next: Option<String> = next.map_err(|error| read_failure(&error))?;
        next.map(|text| Partition::parse(&text).ok_or(ReadError::Unavailable)).transpose()
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

/// The etag of a version is the id of the write that created it, which is never reused.
pub fn etag_of(write_id: WriteId) -> Etag {
    Etag(write_id.to_string())
}

fn limit(selection: &Selection) -> usize {
    selection.page.limit.clamp(1, MAX_LISTED).into()
}

fn list_sql(part: Part, order: Order) -> &'static str {
    match (part, order) {
        (Part::Summary, Order::Ascending) => list_sql!("summary", "documents", "ASC"),
        (Part::Summary, Order::Descending) => list_sql!("summary", "documents", "DESC"),
        (Part::Body, Order::Ascending) => list_sql!("body", "documents CROSS JOIN bodies USING (body_id)", "ASC"),
        (Part::Body, Order::Descending) => list_sql!("body", "documents CROSS JOIN bodies USING (body_id)", "DESC"),
    }
}

/// The ids from `low` up to, but not including, `high`. No id has a byte as large as 0x7f, so `prefix ‖ 0x7f` sorts after all ids that
/// start with the prefix; and `after ‖ 0` is the first text that sorts after `after`.
fn range(prefix: &str, order: Order, after: Option<&DocumentId>) -> (String, String) {
    let end = || format!("{prefix}\x7f");
    match (order, after) {
        (_, None) => (prefix.to_owned(), end()),
        (Order::Ascending, Some(after)) => (format!("{after}\0"), end()),
        (Order::Descending, Some(after)) => (prefix.to_owned(), after.to_string()),
    }
}

fn finish(mut items: Vec<Listed>, selection: &Selection) -> Listing {
    let more = items.len() > limit(selection);
    items.truncate(limit(selection));
    let next = items.last().filter(|_| more).map(|last| Cursor(format!("{}/{}", last.partition, last.id)));
    Listing { items, next }
}

/// The document after which a page continues: `partition/id`, valid only within the listing that issued it.
fn cursor(selection: &Selection) -> Result<Option<(Partition, DocumentId)>, ReadError> {
    let Some(Cursor(text)) = &selection.page.after else {
        return Ok(None);
    };
    let (partition, id) = text.split_once('/').ok_or(ReadError::BadCursor)?;
    let place = Partition::parse(partition).zip(DocumentId::parse(id));
    place.filter(|(_, id)| id.as_str().starts_with(&selection.prefix)).map(Some).ok_or(ReadError::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::{Instant, MOMENT, Reader};
    use crate::ports::Clock;
    use rusqlite::Connection;
    use std::sync::Arc;

    struct Never;

    impl Clock for Never {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
    }

    /// While a snapshot is held, nothing committed since can leave the log.
    #[test]
    fn a_moment_is_held_for_a_minute_and_given_up_between_two_pages() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE x (y)").unwrap();
        let reader = Reader::new(Connection::open(&path).unwrap(), Arc::new(Never)).holding_moments();
        let seen = |may_go_on| {
            reader.hold(may_go_on).unwrap();
            reader.connection.query_row("SELECT count(*) FROM x", (), |row| row.get::<_, i64>(0)).unwrap()
        };
        let write = || writer.execute_batch("INSERT INTO x VALUES (1)").unwrap();
        assert_eq!(seen(true), 0);
        write();
        assert_eq!((seen(true), seen(false)), (0, 0), "the same moment");
        let held = reader.moments.as_ref().unwrap();
        held.set(Instant::now().checked_sub(MOMENT));
        assert_eq!((seen(false), seen(true)), (0, 1), "what hangs together is read as of one");
        write();
        assert_eq!(seen(true), 1, "the next one is held for as long");
    }
}
