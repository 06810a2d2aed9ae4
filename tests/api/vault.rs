//! The database file in the hands of somebody who may change every byte of it, while the service runs.

use crate::support::app::TestApp;
use rusqlite::{Connection, params};

pub struct Vault(Connection);

/// Where a document lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub container: String,
    pub partition: String,
    pub id: String,
}

/// Everything that is stored of a document, to be put back.
#[derive(Clone)]
pub struct Copy {
    write_id: Vec<u8>,
    expires_at: Option<i64>,
    summary: Option<Vec<u8>>,
    body: Vec<u8>,
}

const AT: &str = "container = ?1 AND partition = ?2 AND id = ?3";

impl Vault {
    pub fn of(app: &TestApp) -> Self {
        let connection = Connection::open(app.data_dir().join("finrust.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        Self(connection)
    }

    /// Documents of a container whose id starts so.
    pub fn spots(&self, container: &str, prefix: &str) -> Vec<Spot> {
        let query = "SELECT partition, id FROM documents WHERE container = ?1 AND substr(id, 1, length(?2)) = ?2 ORDER BY partition, id";
        let mut statement = self.0.prepare(query).unwrap();
        let spot = |row: &rusqlite::Row<'_>| Ok(Spot { container: container.to_owned(), partition: row.get(0)?, id: row.get(1)? });
        statement.query_map([container, prefix], spot).unwrap().map(Result::unwrap).collect()
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
        let change = format!("UPDATE bodies SET body = ?4 WHERE body_id = (SELECT body_id FROM documents WHERE {AT})");
        self.change_one(&change, params![spot.container, spot.partition, spot.id, body]);
    }

    pub fn set_summary(&self, spot: &Spot, summary: Option<&[u8]>) {
        let change = format!("UPDATE documents SET summary = ?4 WHERE {AT}");
        self.change_one(&change, params![spot.container, spot.partition, spot.id, summary]);
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

    /// Moves a document, or renames it.
    pub fn relocate(&self, from: &Spot, to: &Spot) {
        let change = format!("UPDATE documents SET container = ?4, partition = ?5, id = ?6 WHERE {AT}");
        self.change_one(&change, params![from.container, from.partition, from.id, to.container, to.partition, to.id]);
    }

    pub fn delete(&self, spot: &Spot) {
        self.change_one(&format!("DELETE FROM documents WHERE {AT}"), params![spot.container, spot.partition, spot.id]);
    }

    pub fn copy(&self, spot: &Spot) -> Copy {
        let query = format!("SELECT write_id, expires_at, summary, body FROM documents JOIN bodies USING (body_id) WHERE {AT}");
        let copy =
            |row: &rusqlite::Row<'_>| Ok(Copy { write_id: row.get(0)?, expires_at: row.get(1)?, summary: row.get(2)?, body: row.get(3)? });
        self.0.query_row(&query, params![spot.container, spot.partition, spot.id], copy).unwrap()
    }

    /// Puts a copy in a place, whatever is there.
    pub fn put(&self, spot: &Spot, copy: &Copy) {
        let place = params![spot.container, spot.partition, spot.id];
        self.0.execute(&format!("DELETE FROM documents WHERE {AT}"), place).unwrap();
        self.0.execute("INSERT INTO bodies (body) VALUES (?1)", [&copy.body]).unwrap();
        let body_id = self.0.last_insert_rowid();
        let insert =
            "INSERT INTO documents (container, partition, id, write_id, expires_at, body_id, summary) VALUES (?1,?2,?3,?4,?5,?6,?7)";
        let row = params![spot.container, spot.partition, spot.id, copy.write_id, copy.expires_at, body_id, copy.summary];
        self.change_one(insert, row);
    }

    fn change_one(&self, statement: &str, values: &[&dyn rusqlite::ToSql]) {
        assert_eq!(self.0.execute(statement, values).unwrap(), 1, "{statement}");
    }
}

impl Copy {
    pub fn with_body(&self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self.clone() }
    }
}

impl Spot {
    pub fn named(&self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self.clone() }
    }

    pub fn in_partition_of(&self, other: &Self) -> Self {
        Self { partition: other.partition.clone(), ..self.clone() }
    }
}
