//! Says of each member of the OpenAPI schemas whether it may be absent or `null`, and of each object whether it may have others.
//!
//! A request may send `null` for every optional member and no unknown members, although the type of a stored object accepts those of a
//! later version. Where an answer shows the same schema, it stays open: an answer may gain members.
//!
//! Generators disagree about `null` beside a `$ref`. A text or number that may be `null` is therefore inlined, with both types, and an
//! object or closed set that may be `null` is a `oneOf` and never in `required`, even where an answer always has it.

use super::openapi_shapes::{Schemas, for_each_object, reachable, reference, schemas_of};
use crate::domain::wire::object::MAX_ENTRIES;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Describes requests and `null` in all schemas of a document.
pub(super) fn describe(document: &mut Value) {
    mark_read_only(document);
    let bodies = collected(document, |operation| operation.get("requestBody").cloned());
    let answers = collected(document, |operation| operation.get("responses").cloned());
    let Some(schemas) = schemas_of(document) else { return };
    let (sent, shown) = (reachable(&bodies, schemas), reachable(&answers, schemas));
    let aliases: Schemas =
        schemas.iter().filter(|(_, schema)| is_alias(schema)).map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for (name, schema) in schemas {
        if sent.contains(name) {
            for_each_object(schema, &mut bound_list);
            for_each_object(schema, &mut let_null);
            close(schema, shown.contains(name));
        }
        for_each_object(schema, &mut |object| settle_nulls(object, &aliases));
    }
}

/// Marks what the server alone writes: what `GET` shows of a resource and `PUT` does not take, where `PUT` takes everything else.
fn mark_read_only(document: &mut Value) {
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    let pair = |item: &Value| {
        let shown = item.pointer("/get/responses/200/content/application~1json/schema").and_then(reference)?;
        let taken = item.pointer("/put/requestBody/content/application~1json/schema").and_then(reference)?;
        Some((shown.to_owned(), taken.to_owned()))
    };
    let pairs: Vec<_> = paths.filter_map(pair).collect();
    let Some(schemas) = schemas_of(document) else { return };
    for (shown, taken) in pairs {
        let taken = schemas.get(&taken).and_then(|taken| taken["properties"].as_object()).cloned().unwrap_or_default();
        let Some(shown) = schemas.get_mut(&shown).and_then(|shown| shown["properties"].as_object_mut()) else { continue };
        if !taken.keys().all(|member| shown.contains_key(member)) {
            continue;
        }
        for (_, member) in shown.iter_mut().filter(|(name, _)| !taken.contains_key(*name)) {
            member["readOnly"] = true.into();
        }
    }
}

/// A part of every operation.
fn collected(document: &Value, part: impl Fn(&Value) -> Option<Value>) -> Value {
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    paths.filter_map(Value::as_object).flat_map(Map::values).filter_map(part).collect()
}

/// Whether a schema is a text or a number with rules, and no closed set.
fn is_alias(schema: &Value) -> bool {
    schema.get("enum").is_none() && matches!(schema["type"].as_str(), Some("string" | "integer" | "number" | "boolean"))
}

/// Forbids other members, unless an answer shows the same object.
fn close(schema: &mut Value, is_shown: bool) {
    let Some(object) = schema.as_object_mut().filter(|object| object.contains_key("properties")) else { return };
    if !is_shown {
        object.insert("additionalProperties".to_owned(), false.into());
        return;
    }
    object.remove("additionalProperties");
    let says = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let whole = format!("{says} A request with other members is refused.");
    object.insert("description".to_owned(), whole.trim_start().into());
}

/// States the longest list that is read, whatever it consists of.
fn bound_list(list: &mut Map<String, Value>) {
    if list.get("type").is_some_and(|kind| kind == "array") {
        list.entry("maxItems").or_insert_with(|| MAX_ENTRIES.into());
    }
}

/// Allows `null` for every optional member of an object.
fn let_null(object: &mut Map<String, Value>) {
    let required = required(object);
    let Some(members) = object.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, member) in members.iter_mut().filter(|(name, _)| !required.contains(*name)) {
        if member["type"].is_array() || without_null(member).is_some() {
            continue;
        }
        match member.get("type").cloned() {
            Some(kind) if member.get("enum").is_none() => member["type"] = json!([kind, "null"]),
            _ => *member = json!({ "oneOf": [member.take(), { "type": "null" }] }),
        }
    }
}

fn required(object: &Map<String, Value>) -> BTreeSet<String> {
    let names = object.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The schema of a value that may also be `null`.
fn without_null(member: &Value) -> Option<&Value> {
    let is_null = |schema: &Value| schema["type"] == "null";
    match member.get("oneOf")?.as_array()?.as_slice() {
        [value, null] | [null, value] if is_null(null) && !is_null(value) => Some(value),
        _ => None,
    }
}

/// Gives every member that may be `null` its form.
fn settle_nulls(object: &mut Map<String, Value>, aliases: &Schemas) {
    let Some(members) = object.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let mut not_required = BTreeSet::new();
    for (name, member) in members {
        let Some(value) = without_null(member) else { continue };
        let says = value.get("description").or_else(|| member.get("description")).cloned();
        let mut settled = if let Some(mut alias) = reference(value).and_then(|alias| aliases.get(alias)).cloned() {
            alias["type"] = json!([alias["type"], "null"]);
            alias
        } else {
            not_required.insert(name.clone());
            let mut value = value.clone();
            if let Some(value) = value.as_object_mut().filter(|value| value.contains_key("$ref")) {
                value.remove("description");
            }
            json!({ "oneOf": [value, { "type": "null" }] })
        };
        if let Some(says) = says {
            // The rules of an alias would be lost with its name.
            let rules = settled.get("description").and_then(Value::as_str).map_or_else(String::new, |rules| format!("\n\n{rules}"));
            settled["description"] = format!("{}{rules}", says.as_str().unwrap_or_default()).into();
        }
        if let Some(read_only) = member.get("readOnly") {
            settled["readOnly"] = read_only.clone();
        }
        *member = settled;
    }
    let Some(Value::Array(required)) = object.get_mut("required") else { return };
    required.retain(|name| !name.as_str().is_some_and(|name| not_required.contains(name)));
    if required.is_empty() {
        object.remove("required");
    }
}
