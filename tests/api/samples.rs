//! Sample client files, and helpers that several suites share.

use crate::{support::app::TestApp, vault::Vault};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// The client file of the contract, verbatim.
pub const EXAMPLE: &str = r#"{
  "person":  {"initials":"A.B.","first_name":"Anna","prefix":"van","last_name":"Dijk","birth_date":"1975-04-30","bsn":"111222333",
              "email":"anna@example.nl","phone":"+31612345678","marital_status":"married"},
  "address": {"street":"Kerkstraat","house_number":"12","addition":"a","postcode":"1234 AB","city":"Utrecht","country":"NL"},
  "partner": {"first_name":"Bram","last_name":"Dijk"},
  "children":[{"first_name":"Cas","birth_date":"2008-01-02"}],
  "incomes": [{"description":"Salaris","kind":"employment","amount_cents":350000,"period":"month"}],
  "expenses":[{"description":"Hypotheek","kind":"housing","amount_cents":120000,"period":"month"}],
  "assets":  [{"description":"Woning","kind":"property","value_cents":45000000}],
  "debts":   [{"description":"Hypotheek","kind":"mortgage","balance_cents":28000000,"interest_percent":"3.85"}],
  "notes":   "vrije tekst"
}"#;

/// [`EXAMPLE`] as a value.
pub fn example() -> Value {
    serde_json::from_str(EXAMPLE).unwrap()
}

/// The smallest valid client file.
pub fn named(last_name: &str) -> Value {
    json!({"person": {"last_name": last_name}})
}

/// What the client sent, extracted from a response.
pub fn without_additions(answer: &Value) -> Value {
    let mut file = answer.clone();
    let members = file.as_object_mut().unwrap();
    for added in ["id", "created_at", "updated_at", "overview"] {
        assert!(members.remove(added).is_some(), "{added} is missing");
    }
    // Present when another file may be about the same person.
    members.remove("warnings");
    file
}

/// The smallest client file with `value` at a JSON pointer; a number in the pointer starts a list.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut file = named("Dijk");
    let mut place = &mut file;
    for segment in pointer.split('/').skip(1) {
        if segment == "0" {
            if place.is_null() {
                *place = json!([null]);
            }
            place = &mut place[0];
        } else {
            place = &mut place[segment];
        }
    }
    *place = value;
    file
}

/// Polls all futures until each is done: how the server sees concurrent requests of one user.
pub async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, output) in waiting.iter_mut().zip(&mut done) {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// The location of every document and the write that put it there; queued messages too. Equal before and after means that nothing changed.
pub fn contents(app: &TestApp) -> Vec<String> {
    let documents = Vault::of(app).everything();
    let mut contents: Vec<_> = documents.iter().map(|(spot, copy)| format!("{spot:?} {:?}", copy.write_id)).collect();
    let queue = Connection::open(app.data_dir().join("queue.db")).unwrap();
    contents.extend(column(&queue, "SELECT id || ' ' || text || ' ' || dequeues FROM messages ORDER BY id"));
    contents
}

fn column(file: &Connection, query: &str) -> Vec<String> {
    let mut statement = file.prepare(query).unwrap();
    statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
