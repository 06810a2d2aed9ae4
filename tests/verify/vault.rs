//! The database as seen by an attacker who can change every byte of it.

use crate::world::World;
use finrust::{
    flows::verify::report::DocumentKind,
    ports::{Container, DocumentId},
};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// The location of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub container: Container,
    pub partition: String,
    pub id: String,
}

/// Everything stored about a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub write_id: Vec<u8>,
    pub expires_at: Option<i64>,
    pub summary: Option<Vec<u8>>,
    pub body: Vec<u8>,
}

/// Everything that is stored.
pub type Rows = BTreeMap<Spot, Row>;

pub struct Vault(Connection);

const ALL: &str = "SELECT container, partition, id, write_id, expires_at, summary, body FROM documents JOIN bodies USING (body_id)";
const DELETE: &str = "DELETE FROM documents WHERE container = ?1 AND partition = ?2 AND id = ?3";
const INSERT: &str =
    "INSERT INTO documents (container, partition, id, write_id, expires_at, body_id, summary) VALUES (?1,?2,?3,?4,?5,?6,?7)";

impl Vault {
    pub fn of(world: &World) -> Self {
        Self(Connection::open(world.database()).unwrap())
    }

    pub fn rows(&self) -> Rows {
        let mut all = self.0.prepare(ALL).unwrap();
        let rows = all.query_map([], |row| {
            let name: String = row.get(0)?;
            let container = Container::ALL.into_iter().find(|it| it.name() == name).unwrap();
            let spot = Spot { container, partition: row.get(1)?, id: row.get(2)? };
            Ok((spot, Row { write_id: row.get(3)?, expires_at: row.get(4)?, summary: row.get(5)?, body: row.get(6)? }))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Puts a document in its place, replacing what exists; `None` deletes it.
    pub fn set(&self, spot: &Spot, row: Option<&Row>) {
        let place = params![spot.container.name(), spot.partition, spot.id];
        self.0.execute(DELETE, place).unwrap();
        if let Some(row) = row {
            self.0.execute("INSERT INTO bodies (body) VALUES (?1)", [&row.body]).unwrap();
            let body = self.0.last_insert_rowid();
            let values = params![spot.container.name(), spot.partition, spot.id, row.write_id, row.expires_at, body, row.summary];
            assert_eq!(self.0.execute(INSERT, values).unwrap(), 1);
        }
    }
}

impl Spot {
    pub fn kind(&self) -> DocumentKind {
        DocumentKind::of(self.container, &DocumentId::parse(&self.id).unwrap())
    }

    pub fn named(&self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self.clone() }
    }

    pub fn in_partition(&self, partition: &str) -> Self {
        Self { partition: partition.to_owned(), ..self.clone() }
    }

    /// Another id of the same kind.
    pub fn sibling(&self) -> Self {
        let last = self.id.chars().last().unwrap();
        let other = if last == '1' { '2' } else { '1' };
        self.named(&format!("{}{other}", &self.id[..self.id.len() - 1]))
    }
}
