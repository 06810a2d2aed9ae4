//! Cells of a table.

use crate::work;
use finrust::domain::{
    table::{
        cells::{as_read, read, write},
        columns::{Cell, GROUPS},
        formulas::{guarded, unguarded},
    },
    wire::json::Json,
};
use serde_json::Value;

/// What was read from a cell is read again from what is written for it, and is shown as such.
pub fn cells(data: &[u8]) {
    let Some((first, typed)) = data.split_first() else { return };
    let fields: Vec<Cell> = GROUPS.iter().flat_map(|group| group.fields).map(|field| field.cell).collect();
    let cell = fields[usize::from(*first) % fields.len()];
    work::grows_with_size(typed, |typed| drop(as_read(cell, &String::from_utf8_lossy(typed))));
    let Ok(typed) = str::from_utf8(typed) else { return };
    let shown = as_read(cell, typed);
    let Ok(Some(json)) = read(cell, typed) else { return };
    let value = match &json {
        Json::Text(text) => Value::from(text.as_str()),
        Json::Integer(number) => Value::from(*number),
        _ => panic!("a cell holds text or a number"),
    };
    // Values with a form of their own are judged by their field; what has none is written as it is.
    if matches!(cell, Cell::Line | Cell::Block | Cell::Amount | Cell::Word(_)) {
        let again = read(cell, &write(cell, &value));
        assert!(again == Ok(Some(json.clone())) || is_blank_for(&json), "{typed:?} {value:?} {again:?}", again = again.is_ok());
    }
    if matches!(cell, Cell::Amount | Cell::Word(_)) {
        assert!(read(cell, &shown) == Ok(Some(json)), "{typed:?} is shown as {shown:?}");
    }
}

/// Text that nobody sees is for its field to refuse.
fn is_blank_for(json: &Json) -> bool {
    matches!(json, Json::Text(text) if finrust::domain::unseen::is_blank(text))
}

/// What is guarded comes back whole, and no spreadsheet takes it for a formula.
pub fn formulas(data: &[u8]) {
    work::grows_with_size(data, |data| {
        let text = String::from_utf8_lossy(data);
        let _ = (guarded(&text), unguarded(&text));
    });
    let Ok(text) = str::from_utf8(data) else { return };
    let cell = guarded(text);
    assert_eq!(unguarded(&cell), text);
    for part in cell.split([',', ';', ':', '|', '\t', '\r', '\n']) {
        assert!(!part.starts_with(['=', '+', '@', '-']), "{cell:?}");
    }
}
