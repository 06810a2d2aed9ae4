//! Corrects the OpenAPI schemas of request bodies, which the types do not fully describe: they have no further members, and optional
//! members may be `null`. A stored object may contain members of a later version, so its type accepts them; a request may not.

use std::collections::BTreeSet;
use utoipa::openapi::{
    Components, OneOfBuilder, OpenApi, Ref, RefOr, Type,
    path::PathItem,
    schema::{AdditionalProperties, ArrayItems, Object, ObjectBuilder, Schema, SchemaType},
};

/// The document, with request bodies as they are accepted.
pub(super) fn describe(mut document: OpenApi) -> OpenApi {
    let (sent, merged) = (sent(&document), merged(&document));
    let schemas = document.components.iter_mut().flat_map(|components| components.schemas.iter_mut());
    for (name, schema) in schemas.filter(|(name, _)| sent.contains(*name)) {
        if let RefOr::T(Schema::Object(object)) = schema
            && !object.properties.is_empty()
            && !merged.contains(name)
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
        let_null(schema);
    }
    document
}

/// The names of all schemas whose members another object takes over: closed ones would not allow its own members.
fn merged(document: &OpenApi) -> BTreeSet<String> {
    let schemas = document.components.iter().flat_map(|components| components.schemas.values());
    let mut waiting: Vec<RefOr<Schema>> = schemas.cloned().collect();
    let mut found = BTreeSet::new();
    while let Some(schema) = waiting.pop() {
        let RefOr::T(mut schema) = schema else { continue };
        if let Schema::AllOf(all) = &schema {
            found.extend(all.items.iter().filter_map(name_of));
        }
        waiting.extend(parts(&mut schema).into_iter().map(|part| part.clone()));
    }
    found
}

/// The name of the schema that a reference points to.
fn name_of(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::Ref(reference) = schema else { return None };
    reference.ref_location.rsplit_once('/').map(|(_, name)| name.to_owned())
}

/// The names of all schemas that occur in a request body.
fn sent(document: &OpenApi) -> BTreeSet<String> {
    let operations = |item: &PathItem| [item.put.clone(), item.post.clone(), item.delete.clone()].into_iter().flatten().collect::<Vec<_>>();
    let bodies = document.paths.paths.values().flat_map(operations).filter_map(|operation| operation.request_body).filter_map(inline);
    let contents = bodies.flat_map(|body| body.content.into_values()).filter_map(inline);
    let mut waiting: Vec<RefOr<Schema>> = contents.filter_map(|content| content.schema).collect();
    let mut found = BTreeSet::new();
    while let Some(schema) = waiting.pop() {
        match schema {
            RefOr::Ref(reference) => waiting.extend(named(document.components.as_ref(), &reference, &mut found)),
            RefOr::T(mut schema) => waiting.extend(parts(&mut schema).into_iter().map(|part| part.clone())),
        }
    }
    found
}

/// The value where it is inline; only schemas are ever references in this document.
fn inline<T>(part: RefOr<T>) -> Option<T> {
    if let RefOr::T(part) = part { Some(part) } else { None }
}

/// The schema that a reference points to, the first time it is seen.
fn named(components: Option<&Components>, reference: &Ref, found: &mut BTreeSet<String>) -> Option<RefOr<Schema>> {
    let (_, name) = reference.ref_location.rsplit_once('/')?;
    let schema = components?.schemas.get(name)?;
    found.insert(name.to_owned()).then(|| schema.clone())
}

/// The schemas that a schema is made of.
fn parts(schema: &mut Schema) -> Vec<&mut RefOr<Schema>> {
    match schema {
        Schema::Object(object) => object.properties.values_mut().collect(),
        Schema::Array(array) => match &mut array.items {
            ArrayItems::RefOrSchema(items) => vec![items],
            ArrayItems::False => Vec::new(),
        },
        Schema::OneOf(one) => one.items.iter_mut().collect(),
        Schema::AllOf(all) => all.items.iter_mut().collect(),
        Schema::AnyOf(any) => any.items.iter_mut().collect(),
        _ => Vec::new(),
    }
}

/// Allows `null` for every optional member, at every depth.
fn let_null(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    if let Schema::Object(Object { properties, required, .. }) = schema {
        properties.iter_mut().filter(|(name, _)| !required.contains(*name)).for_each(|(_, member)| or_null(member));
    }
    parts(schema).into_iter().for_each(let_null);
}

fn or_null(member: &mut RefOr<Schema>) {
    let kind = match member {
        RefOr::T(Schema::Object(object)) if object.enum_values.is_none() => Some(&mut object.schema_type),
        RefOr::T(Schema::Array(array)) => Some(&mut array.schema_type),
        _ => None,
    };
    match kind {
        Some(kind @ SchemaType::Type(_)) => {
            let SchemaType::Type(only) = kind.clone() else { return };
            *kind = SchemaType::Array(vec![only, Type::Null]);
        }
        // Several types already.
        Some(_) => {}
        None => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            let either = OneOfBuilder::new().item(null).item(member.clone());
            *member = either.into();
        }
    }
}
