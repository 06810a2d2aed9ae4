//! Rewrites the schemas of the OpenAPI document into shapes that client generators understand. The schemas derived from Rust types are
//! valid, but their combinations are not widely supported: pages repeat their items, `#[serde(flatten)]` becomes an `allOf` over a
//! `oneOf`, and the variants of an enum have no names.
//!
//! Afterwards every union of tagged objects is a `oneOf` of named, flat objects with a `discriminator`, and there is no `allOf`.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The schemas by name, as in `components`.
pub(super) type Schemas = Map<String, Value>;

const PREFIX: &str = "#/components/schemas/";

/// Rewrites all schemas of a document.
pub(super) fn simplify(document: &mut Value) {
    name_pages(document);
    if let Some(schemas) = schemas_of(document) {
        let mut settled = BTreeSet::new();
        for name in schemas.keys().cloned().collect::<Vec<_>>() {
            settle(&name, schemas, &mut settled);
        }
        for_each_schema(schemas, &mut widen_integers);
    }
}

/// Removes what is left over when all schemas have their form.
pub(super) fn tidy(document: &mut Value) {
    if let Some(schemas) = schemas_of(document) {
        for_each_schema(schemas, &mut bare_choices);
    }
    drop_unused(document);
}

/// The schemas of a document, to be changed.
pub(super) fn schemas_of(document: &mut Value) -> Option<&mut Schemas> {
    document.pointer_mut("/components/schemas")?.as_object_mut()
}

/// The name of the schema that a reference points to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(PREFIX)
}

/// A reference to a named schema.
pub(super) fn refer(name: &str) -> Value {
    json!({ "$ref": format!("{PREFIX}{name}") })
}

/// Calls `change` with every object below `value`, innermost first. Schemas are among them.
pub(super) fn for_each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| for_each_object(member, change));
            change(members);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_object(item, change)),
        _ => {}
    }
}

/// Likewise for all schemas.
pub(super) fn for_each_schema(schemas: &mut Schemas, change: &mut impl FnMut(&mut Map<String, Value>)) {
    schemas.values_mut().for_each(|schema| for_each_object(schema, change));
}

/// Lets a page refer to its items: the schema of a generic type repeats that of its argument. `PageOf_Item` becomes `PageOfItem`.
fn name_pages(document: &mut Value) {
    let Some(schemas) = schemas_of(document) else { return };
    for name in schemas.keys().filter(|name| name.starts_with("PageOf_")).cloned().collect::<Vec<_>>() {
        let Some((_, item)) = name.split_once('_') else { continue };
        let Some(mut page) = schemas.remove(&name) else { continue };
        if let Some(items) = page.pointer_mut("/properties/items/items") {
            *items = refer(item);
        }
        schemas.insert(name.replace('_', ""), page);
    }
    for_each_object(document, &mut |members| {
        if let Some(Value::String(target)) = members.get_mut("$ref")
            && target.contains("/PageOf_")
        {
            *target = target.replace("/PageOf_", "/PageOf");
        }
    });
}

/// Rewrites a schema that combines others, after those it refers to.
fn settle(name: &str, schemas: &mut Schemas, settled: &mut BTreeSet<String>) {
    if !settled.insert(name.to_owned()) {
        return;
    }
    let Some(schema) = schemas.get(name).cloned() else { return };
    for part in parts(&schema) {
        settle_parts(part, schemas, settled);
    }
    let Some(alternatives) = alternatives(&schema, schemas).filter(|_| !parts(&schema).is_empty()) else { return };
    let description = schema.get("description").cloned();
    let mut plain = match (alternatives.as_slice(), schema.get("allOf")) {
        ([only], Some(_)) => resolved(only, schemas),
        _ => match union(name, &alternatives, schemas) {
            Some(union) => union,
            None => return,
        },
    };
    if let Some(description) = description {
        plain["description"] = description;
    }
    schemas.insert(name.to_owned(), plain);
}

fn settle_parts(part: &Value, schemas: &mut Schemas, settled: &mut BTreeSet<String>) {
    match reference(part) {
        Some(target) => settle(target, schemas, settled),
        None => parts(part).iter().for_each(|part| settle_parts(part, schemas, settled)),
    }
}

/// The schemas that a schema combines.
fn parts(schema: &Value) -> &[Value] {
    ["oneOf", "allOf"].iter().find_map(|word| schema.get(word)?.as_array()).map_or(&[], Vec::as_slice)
}

/// The objects of which a value is exactly one, each by reference where it has a name; `None` when it may be something else than an object.
fn alternatives(schema: &Value, schemas: &Schemas) -> Option<Vec<Value>> {
    if let Some(name) = reference(schema) {
        let target = schemas.get(name)?;
        return match parts(target) {
            [] => target.get("properties").map(|_| vec![refer(name)]),
            _ => alternatives(target, schemas),
        };
    }
    if let Some(one) = schema.get("oneOf").and_then(Value::as_array) {
        let each = one.iter().map(|item| alternatives(item, schemas)).collect::<Option<Vec<_>>>()?;
        return Some(each.concat());
    }
    let Some(all) = schema.get("allOf").and_then(Value::as_array) else {
        return schema.get("properties").map(|_| vec![schema.clone()]);
    };
    let mut whole = vec![json!({ "type": "object", "properties": {} })];
    for part in all {
        let part = alternatives(part, schemas)?;
        let merge = |before: &Value| part.iter().map(|after| merged(before, &resolved(after, schemas))).collect::<Vec<_>>();
        whole = whole.iter().flat_map(merge).collect();
    }
    Some(whole)
}

/// The schema itself in place of a reference to it.
fn resolved(schema: &Value, schemas: &Schemas) -> Value {
    reference(schema).and_then(|name| schemas.get(name)).unwrap_or(schema).clone()
}

/// An object with the members of two. The description of the second wins: it is the variant's own.
fn merged(one: &Value, other: &Value) -> Value {
    let mut whole = one.clone();
    if let (Some(members), Some(more)) = (whole["properties"].as_object_mut(), other["properties"].as_object()) {
        members.extend(more.clone());
    }
    let required: BTreeSet<_> = [one, other].into_iter().flat_map(required).collect();
    if !required.is_empty() {
        whole["required"] = required.into_iter().collect();
    }
    if let Some(description) = other.get("description") {
        whole["description"] = description.clone();
    }
    whole
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A union of objects that a member tells apart, each with a name: that of the union and the value of the member.
fn union(name: &str, alternatives: &[Value], schemas: &mut Schemas) -> Option<Value> {
    let objects: Vec<_> = alternatives.iter().map(|alternative| resolved(alternative, schemas)).collect();
    let (tag, values) = required(objects.first()?).find_map(|tag| Some((tag, tag_values(tag, &objects)?)))?;
    let mut mapping = Map::new();
    let mut one_of = Vec::new();
    for ((alternative, object), value) in alternatives.iter().zip(&objects).zip(&values) {
        let variant = reference(alternative).map_or_else(|| format!("{name}{}", pascal(value)), str::to_owned);
        mapping.insert(value.clone(), format!("{PREFIX}{variant}").into());
        one_of.push(refer(&variant));
        schemas.entry(variant).or_insert_with(|| object.clone());
    }
    Some(json!({ "oneOf": one_of, "discriminator": { "propertyName": tag, "mapping": mapping } }))
}

/// The value of a member in each object, when it has exactly one there and another in each.
fn tag_values(tag: &str, objects: &[Value]) -> Option<Vec<String>> {
    let value = |object: &Value| match object["properties"][tag]["enum"].as_array()?.as_slice() {
        [Value::String(only)] if required(object).any(|member| member == tag) => Some(only.clone()),
        _ => None,
    };
    let values = objects.iter().map(value).collect::<Option<Vec<_>>>()?;
    let distinct: BTreeSet<_> = values.iter().collect();
    (distinct.len() == values.len()).then_some(values)
}

/// `not_told` becomes `NotTold`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split(['_', '-']).filter(|word| word.is_ascii() && !word.is_empty()).map(capital).collect()
}

/// Gives counts a width: without one, many generators choose 32 bits.
fn widen_integers(schema: &mut Map<String, Value>) {
    let is_integer = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|kind| kind == "integer"),
        Some(kind) => kind == "integer",
        None => false,
    };
    if is_integer && !schema.contains_key("format") {
        schema.insert("format".to_owned(), "int64".into());
    }
}

/// Leaves nothing beside a reference in a choice: some generators fail on it.
fn bare_choices(schema: &mut Map<String, Value>) {
    for item in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(item) = item.as_object_mut().filter(|item| item.contains_key("$ref")) {
            item.retain(|word, _| word == "$ref");
        }
    }
}

/// Removes schemas that nothing refers to any more.
fn drop_unused(document: &mut Value) {
    let mut roots = document.clone();
    if let Some(schemas) = schemas_of(&mut roots) {
        schemas.clear();
    }
    if let Some(schemas) = schemas_of(document) {
        let used = reachable(&roots, schemas);
        schemas.retain(|name, _| used.contains(name));
    }
}

/// The names of all schemas that a part of the document refers to, directly or through others.
pub(super) fn reachable(part: &Value, schemas: &Schemas) -> BTreeSet<String> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![part]);
    while let Some(value) = waiting.pop() {
        if let Some(name) = reference(value)
            && found.insert(name.to_owned())
        {
            waiting.extend(schemas.get(name));
        }
        match value {
            Value::Object(members) => waiting.extend(members.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}
