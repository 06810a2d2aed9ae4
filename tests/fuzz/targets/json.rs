//! JSON: request bodies, stored documents, what the Functions host posts.

use crate::work;
use finrust::{
    domain::{
        clients::file::ClientFile,
        json_tree::Tree,
        wire::{
            fields::{FieldCode, Fields},
            json::Json,
            object::Object,
        },
    },
    http::host::Delivery,
};
use jiff::Timestamp;
use serde_json::Value;

/// 2025-06-01T12:00:00Z
const NOW: Timestamp = Timestamp::constant(1_748_779_200, 0);

/// What is taken is JSON for everybody and says the same when it is written; what two readers may read differently is refused.
pub fn json(data: &[u8]) {
    work::grows_with_size(data, |data| drop(Json::parse(data)));
    work::grows_with_size(data, |data| drop(Json::parse(&[b"[", data, b"0]"].concat())));
    let others = serde_json::from_slice::<Value>(data);
    let Ok(json) = Json::parse(data) else { return };
    // Numbers beyond a float are not kept, so they need not be read.
    let Ok(written) = serde_json::to_vec(&json) else { return };
    assert_eq!(serde_json::from_slice::<Value>(&written).ok(), others.ok());
    assert!(Json::parse(&written).is_ok_and(|again| again == json));
    assert!(json.without_nulls() == json.without_nulls().without_nulls());
}

/// A client file that is taken is stored, read and taken again as the same; one that is refused says where, and the same each time.
pub fn client_file(data: &[u8]) {
    let read = |data: &[u8]| Json::parse(data).ok().map(|json| ClientFile::read(Fields::of(json, NOW)));
    work::grows_with_size(data, |data| drop(read(data)));
    match read(data) {
        None => {}
        Some(Ok(file)) => {
            let stored = serde_json::to_string(&file).expect("a file");
            assert!(stored.len() <= 64 * 1024 + 4 * data.len());
            let again = read(stored.as_bytes()).expect("JSON").expect("what was taken is taken");
            assert_eq!(serde_json::to_string(&again).expect("a file"), stored);
            let from_store: ClientFile = serde_json::from_str(&stored).expect("what is stored is read");
            assert_eq!(serde_json::to_string(&from_store).expect("a file"), stored);
        }
        Some(Err(invalid)) => {
            let errors = invalid.clone().named();
            assert!((1..=100).contains(&errors.len()));
            assert!(errors.iter().all(|error| error.pointer.is_empty() || error.pointer.starts_with('/')));
            assert!(errors.iter().rev().skip(1).all(|error| error.code != FieldCode::More));
            assert!(read(data).and_then(Result::err) == Some(invalid));
        }
    }
}

/// A stored document is kept byte for byte where nobody changes it: scalars as they were written, members in their order.
pub fn stored_json(data: &[u8]) {
    work::grows_with_size(data, |data| drop(Tree::parse(data)));
    let Ok(tree) = Tree::parse(data) else { return };
    let written = tree.bytes();
    assert!(written.len() <= 6 * data.len());
    let again = Tree::parse(&written).expect("what is written is read");
    assert!(again == tree && again.bytes() == written);
    // No document has a member twice.
    if Json::parse(data).is_ok() {
        let merged = Tree::merged(&tree, &tree, tree.clone());
        assert!(merged.bytes() == written, "nothing was changed");
    }
}

/// What the host posts is a text of a message, however often it is wrapped; anything else is none.
pub fn host_payload(data: &[u8]) {
    work::grows_with_size(data, |data| drop(Delivery::read(data)));
    let Some(Delivery { text, attempt }) = Delivery::read(data) else { return };
    assert_eq!(text.trim(), text);
    let count = attempt.map_or(Value::Null, Value::from);
    let again = serde_json::json!({"Data": {"message": format!("{}", Value::from(text.as_str()))}, "Metadata": {"DequeueCount": count}});
    assert_eq!(Delivery::read(again.to_string().as_bytes()), Some(Delivery { text, attempt }));
}
