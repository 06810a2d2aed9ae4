//! What the database stores about itself, in one row: how many transactions it has committed, how far expired documents have been swept,
//! and what it has lost.
//!
//! A version of FinRust that does not know the table leaves it alone, and the numbers with it.

use super::mark::MarkVerdict;
use rusqlite::{Connection, OptionalExtension};

/// Created by the first transaction of a version that knows it.
pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS state (
        only INTEGER PRIMARY KEY CHECK (only = 0),
        life INTEGER NOT NULL, -- random, another one in each backup
        commits INTEGER NOT NULL DEFAULT 0,
        swept_until INTEGER, -- Unix milliseconds, as is the next
        stepped_at INTEGER,
        lost_after INTEGER, -- the last transaction that was there when it was seen that some are lost
        lost_until INTEGER -- the last of those that are lost
    ) STRICT;
    INSERT INTO state (only, life) VALUES (0, random()) ON CONFLICT DO NOTHING;
";
const READ: &str = "SELECT commits, swept_until, stepped_at FROM state";
const WRITE: &str = "UPDATE state SET commits = ?1, swept_until = ?2, stepped_at = ?3";
const OLDEST: &str = "SELECT min(expires_at) FROM documents WHERE expires_at IS NOT NULL";
const LOSSES: &str = "SELECT lost_after, lost_until, commits FROM state";
const LOSE: &str = "UPDATE state SET lost_after = coalesce(lost_after, commits), lost_until = ?1, commits = ?1";
const FORGET: &str = "UPDATE state SET lost_after = NULL, lost_until = NULL";
const LIFE: &str = "SELECT life FROM state";
const NEW_LIFE: &str = "UPDATE state SET life = random()";
const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'state')";
/// Another sweep within this time would cost every commit something and find next to nothing.
const PAUSE: i64 = 1000;
const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// The row, as a transaction finds and leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub commits: i64,
    /// How far expired documents have been swept.
    pub swept: Swept,
}

/// How far expired documents have been swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The time up to which the last sweep went; `None` before the first.
    pub until: Option<i64>,
    /// When a sweep last advanced by a whole day and still did not reach the current time.
    pub stepped_at: Option<i64>,
}

impl State {
    /// Reads it, within a transaction.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(READ)?
            .query_row((), |row| Ok(Self { commits: row.get(0)?, swept: Swept { until: row.get(1)?, stepped_at: row.get(2)? } }))
    }

    /// Writes it.
    pub fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let row = (self.commits, self.swept.until, self.swept.stepped_at);
        connection.prepare_cached(WRITE)?.execute(row).map(drop)
    }
}

impl Swept {
    /// Whether the last sweep was only a moment ago.
    pub fn is_recent(self, now: i64) -> bool {
        self.until.is_some_and(|until| (0..PAUSE).contains(&(now - until)))
    }

    /// How far a sweep goes now. A clock may temporarily be far ahead, and what is deleted does not come back when the clock is corrected:
    /// so a sweep goes at most a day beyond the last one, and takes one such step an hour. `oldest` is only called before the first sweep.
    pub fn at(self, now: i64, oldest: impl FnOnce() -> rusqlite::Result<Option<i64>>) -> rusqlite::Result<Self> {
        let last = match self.until {
            Some(until) => until,
            None => oldest()?.unwrap_or(now).min(now),
        };
        let may_step = self.stepped_at.is_none_or(|at| now.abs_diff(at) >= HOUR.unsigned_abs());
        Ok(match last.saturating_add(DAY) {
            step if now <= step => Self { until: Some(now), ..self },
            step if may_step => Self { until: Some(step), stepped_at: Some(now) },
            _ => Self { until: Some(last), ..self },
        })
    }
}

/// The verdict on the database: losses that were recorded earlier, or a counter that is behind `marked`.
pub fn judge(connection: &Connection, marked: Option<i64>) -> rusqlite::Result<MarkVerdict> {
    let (lost, commits) = if is_there(connection)? {
        connection.query_row(LOSSES, (), |row| {
            let lost = row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?);
            Ok((lost, row.get(2)?))
        })?
    } else {
        (None, 0)
    };
    Ok(match (lost, marked) {
        (Some((after, until)), marked) => MarkVerdict::Lost { after, until: marked.map_or(until, |marked| marked.max(until)) },
        (None, Some(marked)) if marked > commits => MarkVerdict::Lost { after: commits, until: marked },
        (None, Some(_)) => MarkVerdict::Whole,
        (None, None) => MarkVerdict::NotJudged,
    })
}

/// Records that transactions up to this one are lost, and continues counting after it, so that later commits do not hide the loss.
pub fn lose(connection: &Connection, until: i64) -> rusqlite::Result<()> {
    connection.execute(LOSE, [until]).map(drop)
}

/// Forgets recorded losses: a restore was intended.
pub fn forget(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(FORGET, ()).map(drop)
}

/// The `life` of the database: a random number, replaced in every backup.
pub fn life(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if is_there(connection)? { connection.query_row(LIFE, (), |row| row.get(0)).optional() } else { Ok(None) }
}

/// Gives a copy a new `life`.
pub fn begin_life(connection: &Connection) -> rusqlite::Result<()> {
    if is_there(connection)? { connection.execute(NEW_LIFE, ()).map(drop) } else { Ok(()) }
}

fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(IS_THERE, (), |row| row.get(0))
}

/// The earliest expiry of any document.
pub fn oldest(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached(OLDEST)?.query_row((), |row| row.get(0)).optional().map(Option::flatten)
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, Swept};

    const NOW: i64 = 1000 * DAY;

    fn at(swept: Swept, now: i64) -> Swept {
        swept.at(now, || Ok(Some(NOW - 5 * DAY))).unwrap()
    }

    #[test]
    fn a_clock_far_ahead_sweeps_a_day_an_hour_at_most() {
        let well = Swept { until: Some(NOW), stepped_at: None };
        assert_eq!(at(well, NOW + HOUR), Swept { until: Some(NOW + HOUR), stepped_at: None });
        let ahead = at(well, NOW + 365 * DAY);
        assert_eq!(ahead, Swept { until: Some(NOW + DAY), stepped_at: Some(NOW + 365 * DAY) });
        assert_eq!(at(ahead, NOW + 365 * DAY + HOUR - 1), ahead, "one an hour");
        assert_eq!(at(ahead, NOW + 365 * DAY + HOUR).until, Some(NOW + 2 * DAY));
        let right = at(ahead, NOW + 1);
        assert_eq!(right.until, Some(NOW + 1), "put right, it goes on from there");
        // A clock corrected from decades ahead does not keep sweeps waiting until then.
        let decades = Swept { until: Some(NOW), stepped_at: Some(NOW + 9999 * DAY) };
        assert_eq!(at(decades, NOW + 3 * DAY).until, Some(NOW + DAY));
    }

    #[test]
    fn a_sweep_is_recent_for_a_second_unless_the_clock_was_put_back() {
        let well = Swept { until: Some(NOW), stepped_at: None };
        assert_eq!([0, 999, 1000, -1].map(|passed| well.is_recent(NOW + passed)), [true, true, false, false]);
        assert!(!Swept { until: None, stepped_at: None }.is_recent(NOW));
    }

    #[test]
    fn before_the_first_sweep_the_oldest_counts() {
        let first = Swept { until: None, stepped_at: None };
        assert_eq!(at(first, NOW).until, Some(NOW - 4 * DAY));
        assert_eq!(first.at(NOW, || Ok(None)).unwrap().until, Some(NOW));
        assert_eq!(first.at(NOW, || Ok(Some(NOW + DAY))).unwrap().until, Some(NOW), "nothing has expired");
    }
}
