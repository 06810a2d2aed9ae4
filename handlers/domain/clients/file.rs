//! A complete client file.

use super::{
    address::Address,
    intake,
    money::{Asset, Debt, Expense, Income},
    person::{Child, Partner, Person},
};
use crate::{
    domain::{
        text,
        wire::fields::{Fields, InvalidFields},
    },
    text_type,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_type!(
    /// The adviser's notes: up to 20,000 characters over any number of lines, possibly none.
    #[derive(ToSchema)]
    #[schema(max_length = 20_000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$", examples("vrije tekst"))]
    Notes,
    |typed| text::block(typed, 20_000)
);

/// A client file: everything that an adviser records about one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientFile {
    /// The client's personal details.
    pub person: Person,
    /// The client's postal address; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub address: Option<Address>,
    /// The client's partner; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub partner: Option<Partner>,
    /// Children of the client or the partner.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub children: Vec<Child>,
    /// The client's sources of income.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub incomes: Vec<Income>,
    /// The client's recurring expenses.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub expenses: Vec<Expense>,
    /// What the client owns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub assets: Vec<Asset>,
    /// What the client owes.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub debts: Vec<Debt>,
    /// The adviser's notes in free text; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notes: Option<Notes>,
}

impl ClientFile {
    /// Maximum number of entries of each list.
    pub const MAX_ENTRIES: usize = 100;

    /// Parses a file that an adviser submits on `today`.
    ///
    /// # Errors
    /// Every refused field with its pointer.
    pub fn read(mut fields: Fields, today: Date) -> Result<Self, InvalidFields> {
        let file = intake::file(&mut fields, today);
        fields.finish(file)
    }
}
