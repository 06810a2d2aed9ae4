//! The table of closed sets, a row each: rows that two branches add both stay (`.gitattributes`).

/// Sections that name the values of a closed set of the API, by the name of its schema.
pub const CLOSED_SETS: &[(&str, &str)] = &[
    ("problem", "Code"),
    ("field", "FieldCode"),
    ("outcome", "Outcome"),
    ("income_kind", "IncomeKind"),
    ("expense_kind", "ExpenseKind"),
    ("asset_kind", "AssetKind"),
    ("debt_kind", "DebtKind"),
    ("period", "Period"),
    ("marital_status", "MaritalStatus"),
    ("role", "Role"),
    ("status", "Status"),
    ("processed_data", "ProcessedData"),
    ("data_subjects", "DataSubjects"),
    ("transfer_basis", "TransferBasis"),
    ("permission", "Permission"),
    ("agreement_topic", "AgreementTopic"),
    ("evidence_kind", "EvidenceKind"),
    ("processor_stage", "ProcessorStage"),
    ("deadline_kind", "DeadlineKind"),
];
