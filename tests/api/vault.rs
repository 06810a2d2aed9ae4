//! The database as seen by an attacker who can change every byte of it while the service runs.

use crate::{
    rows::Rows,
    support::app::{Store, TestApp},
};
use data_encoding::BASE64URL_NOPAD;
use finrust::domain::ids::WriteId;
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};

pub enum Vault {
    Sqlite(Connection),
    Cosmos(Rows),
}

/// The location of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub container: String,
    pub partition: String,
    pub id: String,
}

/// Everything stored about a document, for putting it back.
#[derive(Clone)]
pub struct Copy {
    pub write_id: Vec<u8>,
    expires_at: Option<i64>,
    summary: Option<Vec<u8>>,
    body: Vec<u8>,
}

const CONTAINERS: [&str; 4] = ["identities", "clients", "keys", "register"];
const ALL: &str =
    "SELECT partition, id, write_id, expires_at, summary, body FROM documents JOIN bodies USING (body_id) WHERE container = ?1";
const DELETE: &str = "DELETE FROM documents WHERE container = ?1 AND partition = ?2 AND id = ?3";
const INSERT: &str =
    "INSERT INTO documents (container, partition, id, write_id, expires_at, body_id, summary) VALUES (?1,?2,?3,?4,?5,?6,?7)";

impl Vault {
    pub fn of(app: &TestApp) -> Self {
        if let Store::Cosmos(emulator) = app.store() {
            return Self::Cosmos(Rows::of(emulator));
        }
        let connection = Connection::open(app.data_dir().join("finrust.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        Self::Sqlite(connection)
    }

    /// Everything that is stored, ordered by location.
    pub fn everything(&self) -> Vec<(Spot, Copy)> {
        let mut all: Vec<_> = CONTAINERS.iter().flat_map(|container| self.all(container)).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    /// Documents of a container whose id starts with `prefix`.
    pub fn spots(&self, container: &str, prefix: &str) -> Vec<Spot> {
        let mut spots: Vec<_> = self.all(container).into_iter().map(|(spot, _)| spot).filter(|spot| spot.id.starts_with(prefix)).collect();
        spots.sort();
        spots
    }

    /// The one document with this id.
    pub fn spot(&self, container: &str, id: &str) -> Spot {
        let found: Vec<_> = self.spots(container, id).into_iter().filter(|spot| spot.id == id).collect();
        let [spot] = found.as_slice() else { panic!("{found:?}") };
        spot.clone()
    }

    /// The file behind a path of the API.
    pub fn file(&self, path: &str) -> Spot {
        self.spot("clients", &format!("client-{}", path.rsplit('/').next().unwrap()))
    }

    pub fn body(&self, spot: &Spot) -> Vec<u8> {
        self.copy(spot).body
    }

    pub fn summary(&self, spot: &Spot) -> Vec<u8> {
        self.copy(spot).summary.unwrap()
    }

    pub fn set_body(&self, spot: &Spot, body: &[u8]) {
        self.put(spot, &self.copy(spot).with_body(body));
    }

    pub fn set_summary(&self, spot: &Spot, summary: Option<&[u8]>) {
        self.put(spot, &Copy { summary: summary.map(<[u8]>::to_vec), ..self.copy(spot) });
    }

    pub fn swap_bodies(&self, one: &Spot, other: &Spot) {
        let (first, second) = (self.body(one), self.body(other));
        self.set_body(one, &second);
        self.set_body(other, &first);
    }

    pub fn swap_summaries(&self, one: &Spot, other: &Spot) {
        let (first, second) = (self.summary(one), self.summary(other));
        self.set_summary(one, Some(&second));
        self.set_summary(other, Some(&first));
    }

    /// Moves or renames a document.
    pub fn relocate(&self, from: &Spot, to: &Spot) {
        let copy = self.copy(from);
        self.delete(from);
        self.put(to, &copy);
    }

    pub fn copy(&self, spot: &Spot) -> Copy {
        let found = self.all(&spot.container).into_iter().find(|(here, _)| here == spot);
        found.unwrap_or_else(|| panic!("{spot:?}")).1
    }

    pub fn delete(&self, spot: &Spot) {
        match self {
            Self::Sqlite(file) => assert_eq!(file.execute(DELETE, params![spot.container, spot.partition, spot.id]).unwrap(), 1),
            Self::Cosmos(rows) => rows.delete(&spot.container, &spot.partition, &spot.id),
        }
    }

    /// Writes a copy to a location, replacing what exists.
    pub fn put(&self, spot: &Spot, copy: &Copy) {
        match self {
            Self::Sqlite(file) => put_row(file, spot, copy),
            Self::Cosmos(rows) => rows.put(&spot.container, &copy.row(spot)),
        }
    }

    fn all(&self, container: &str) -> Vec<(Spot, Copy)> {
        match self {
            Self::Sqlite(file) => {
                let row = |row: &Row<'_>| Ok((Spot::new(container, row.get(0)?, row.get(1)?), Copy::of_sqlite(row)?));
                file.prepare(ALL).unwrap().query_map([container], row).unwrap().map(Result::unwrap).collect()
            }
            Self::Cosmos(rows) => rows.all(container).iter().map(|row| (Spot::of_row(container, row), Copy::of_row(row))).collect(),
        }
    }
}

fn put_row(file: &Connection, spot: &Spot, copy: &Copy) {
    file.execute(DELETE, params![spot.container, spot.partition, spot.id]).unwrap();
    file.execute("INSERT INTO bodies (body) VALUES (?1)", [&copy.body]).unwrap();
    let row = params![spot.container, spot.partition, spot.id, copy.write_id, copy.expires_at, file.last_insert_rowid(), copy.summary];
    assert_eq!(file.execute(INSERT, row).unwrap(), 1);
}

impl Copy {
    pub fn with_body(&self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self.clone() }
    }

    fn of_sqlite(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { write_id: row.get(2)?, expires_at: row.get(3)?, summary: row.get(4)?, body: row.get(5)? })
    }

    fn of_row(row: &Value) -> Self {
        let bytes = |name: &str| row[name].as_str().map(|text| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap());
        let write_id = WriteId::parse(row["write_id"].as_str().unwrap()).unwrap().bytes().to_vec();
        Self { write_id, expires_at: row["expires_at"].as_i64(), summary: bytes("summary"), body: bytes("body").unwrap() }
    }

    fn row(&self, spot: &Spot) -> Value {
        let write_id = WriteId::from_bytes(self.write_id.as_slice().try_into().unwrap());
        let body = BASE64URL_NOPAD.encode(&self.body);
        let mut row = json!({"id": spot.id, "partition": spot.partition, "write_id": write_id.to_string(), "body": body});
        if let Some(summary) = &self.summary {
            row["summary"] = BASE64URL_NOPAD.encode(summary).into();
        }
        if let Some(at) = self.expires_at {
            row["expires_at"] = at.into();
        }
        row
    }
}

impl Spot {
    fn new(container: &str, partition: String, id: String) -> Self {
        Self { container: container.to_owned(), partition, id }
    }

    fn of_row(container: &str, row: &Value) -> Self {
        let [partition, id] = ["partition", "id"].map(|name| row[name].as_str().unwrap().to_owned());
        Self::new(container, partition, id)
    }

    pub fn named(&self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self.clone() }
    }

    pub fn in_partition_of(&self, other: &Self) -> Self {
        Self { partition: other.partition.clone(), ..self.clone() }
    }
}
