//! A client file as the API returns it: the stored file and the data that FinRust adds.

use super::{file::ClientFile, likeness::WarningCode, overview::Overview};
use crate::domain::ids::ClientId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, Ref, RefOr, SchemaFormat,
        schema::{ArrayBuilder, Schema, Type},
    },
};

/// A client file with its ID, timestamps, overview and warnings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientAnswer {
    pub id: ClientId,
    /// When the file was created.
    pub created_at: Timestamp,
    /// When the file was last written.
    pub updated_at: Timestamp,
    pub overview: Overview,
    /// Other files that may be about the same person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    #[serde(flatten)]
    pub file: ClientFile,
}

/// Another file of the same adviser that may be about the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// What the two files have in common.
    pub code: WarningCode,
    /// The ID of the other file.
    #[schema(value_type = String)]
    pub id: ClientId,
}

impl ClientAnswer {
    /// Builds the response for a stored file.
    pub fn of(id: ClientId, created_at: Timestamp, updated_at: Timestamp, file: ClientFile) -> Self {
        Self { id, created_at, updated_at, overview: Overview::of(&file), warnings: Vec::new(), file }
    }
}

const WARNINGS: &str =
    "Other files of the same adviser that may be about the same person; told when a file is saved, and only when there are any";

impl ToSchema for ClientAnswer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ClientFile::schemas(schemas);
        schemas.push((Overview::name().into(), Overview::schema()));
        Overview::schemas(schemas);
        schemas.push((Warning::name().into(), Warning::schema()));
        Warning::schemas(schemas);
    }
}

/// Written by hand: one flat object.
impl PartialSchema for ClientAnswer {
    fn schema() -> RefOr<Schema> {
        let file = match ClientFile::schema() {
            RefOr::T(Schema::Object(file)) => ObjectBuilder::from(file),
            _ => ObjectBuilder::new(),
        };
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let moment = |says| text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).description(Some(says));
        let overview = Ref::builder().ref_location_from_schema_name("Overview").description(Some("Totals of the file"));
        let warnings = ArrayBuilder::new().description(Some(WARNINGS)).items(Ref::from_schema_name("Warning"));
        let whole = file
            .description(Some("A stored client file"))
            .property("id", text().description(Some("The ID of the file")))
            .property("created_at", moment("When the file was created"))
            .property("updated_at", moment("When the file was last written"))
            .property("overview", overview)
            .property("warnings", warnings);
        let always = ["id", "created_at", "updated_at", "overview", "children", "incomes", "expenses", "assets", "debts"];
        always.into_iter().fold(whole, ObjectBuilder::required).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientAnswer, ClientFile, ClientId, PartialSchema, Timestamp, ToSchema};
    use serde_json::{from_str, to_value};
    use utoipa::openapi::ComponentsBuilder;

    #[test]
    fn an_answer_fits_its_schema() {
        let file: ClientFile = from_str(r#"{"person":{"last_name":"Dijk"},"assets":[{"value_cents":7}]}"#).expect("a file");
        let answer = ClientAnswer::of(ClientId::from_bytes([1; 16]), Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, file);
        let mut parts = Vec::new();
        ClientAnswer::schemas(&mut parts);
        let mut schema = to_value(ClientAnswer::schema()).expect("a schema is JSON");
        schema["components"] = to_value(ComponentsBuilder::new().schemas_from_iter(parts).build()).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let value = to_value(answer).expect("an answer is JSON");
        assert!(validator.is_valid(&value), "{value}");
        assert_eq!(value["overview"]["net_worth_cents"], 7);
    }
}
