//! The columns of a table of client files: one row is one file, lists are numbered groups of columns.
//!
//! Import and export share them: an import reads what an export writes. The template for advisers consists of the first few groups.

use super::words::{self, ASSET_KIND, DEBT_KIND, EXPENSE_KIND, INCOME_KIND, MARITAL_STATUS, PERIOD};
use crate::domain::{clients::file::ClientFile, wire::object::MAX_ENTRIES};

/// The notation of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// One line of text.
    Line,
    /// Contact data; when copied from a link it may start with this prefix.
    Contact(&'static str),
    /// Text over any number of lines.
    Block,
    /// A day: `31-12-1980` or `1980-12-31`.
    Date,
    /// Euros: `1.234,56` or `1234.56`.
    Amount,
    /// A percentage: `3,85`.
    Percent,
    /// A citizen service number, which may have lost its leading zero in a spreadsheet.
    Bsn,
    /// A postcode: a Dutch one may lack its space.
    Postcode,
    Country,
    /// A value of a closed set.
    Word(words::Words),
}

/// One column of a group.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The part of its heading that follows the name of the group.
    pub heading: &'static str,
    /// The member in the API.
    pub member: &'static str,
    /// The notation of its cells.
    pub cell: Cell,
}

/// Columns that belong together.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The start of their headings.
    pub heading: &'static str,
    /// The member in the API that contains them; empty for members of the file itself.
    pub member: &'static str,
    /// Whether the group is a list and therefore numbered.
    pub numbered: bool,
    pub fields: &'static [Field],
}

/// The position of a column in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnPosition {
    pub group: &'static Group,
    /// Index of the entry in a list; 0 for a group that is not a list.
    pub entry: usize,
    /// The column within the group.
    pub field: &'static Field,
}

const fn field(heading: &'static str, member: &'static str, cell: Cell) -> Field {
    Field { heading, member, cell }
}

const PERSON: [Field; 9] = [
    field("Voorletters", "initials", Cell::Line),
    field("Roepnaam", "first_name", Cell::Line),
    field("Tussenvoegsel", "prefix", Cell::Line),
    field("Achternaam", "last_name", Cell::Line),
    field("Geboortedatum", "birth_date", Cell::Date),
    field("BSN", "bsn", Cell::Bsn),
    field("E-mailadres", "email", Cell::Contact("mailto:")),
    field("Telefoonnummer", "phone", Cell::Contact("tel:")),
    field("Burgerlijke staat", "marital_status", MARITAL_STATUS),
];

/// All groups, in the order of the columns.
pub static GROUPS: [Group; 9] = [
    Group { heading: "", member: "person", numbered: false, fields: &PERSON },
    Group {
        heading: "",
        member: "address",
        numbered: false,
        fields: &[
            field("Straat", "street", Cell::Line),
            field("Huisnummer", "house_number", Cell::Line),
            field("Toevoeging", "addition", Cell::Line),
            field("Postcode", "postcode", Cell::Postcode),
            field("Woonplaats", "city", Cell::Line),
            field("Land", "country", Cell::Country),
        ],
    },
    Group { heading: "Partner", member: "partner", numbered: false, fields: &PERSON },
    Group {
        heading: "Kind",
        member: "children",
        numbered: true,
        fields: &[
            field("Roepnaam", "first_name", Cell::Line),
            field("Tussenvoegsel", "prefix", Cell::Line),
            field("Achternaam", "last_name", Cell::Line),
            field("Geboortedatum", "birth_date", Cell::Date),
        ],
    },
    Group {
        heading: "Inkomst",
        member: "incomes",
        numbered: true,
        fields: &[
            field("omschrijving", "description", Cell::Line),
            field("soort", "kind", INCOME_KIND),
            field("bedrag", "amount_cents", Cell::Amount),
            field("periode", "period", PERIOD),
        ],
    },
    Group {
        heading: "Uitgave",
        member: "expenses",
        numbered: true,
        fields: &[
            field("omschrijving", "description", Cell::Line),
            field("soort", "kind", EXPENSE_KIND),
            field("bedrag", "amount_cents", Cell::Amount),
            field("periode", "period", PERIOD),
        ],
    },
    Group {
        heading: "Bezitting",
        member: "assets",
        numbered: true,
        fields: &[
            field("omschrijving", "description", Cell::Line),
            field("soort", "kind", ASSET_KIND),
            field("waarde", "value_cents", Cell::Amount),
        ],
    },
    Group {
        heading: "Schuld",
        member: "debts",
        numbered: true,
        fields: &[
            field("omschrijving", "description", Cell::Line),
            field("soort", "kind", DEBT_KIND),
            field("openstaand", "balance_cents", Cell::Amount),
            field("rente", "interest_percent", Cell::Percent),
        ],
    },
    Group { heading: "", member: "", numbered: false, fields: &[field("Notities", "notes", Cell::Block)] },
];

/// The column that identifies the export; an import ignores it.
pub const WATERMARK: &str = "Exportkenmerk";

impl ColumnPosition {
    /// The heading: `Achternaam`, `Partner achternaam`, `Kind 2 roepnaam`.
    pub fn heading(&self) -> String {
        let Group { heading, numbered, .. } = self.group;
        match (heading.is_empty(), numbered) {
            (true, _) => self.field.heading.to_owned(),
            (false, false) => format!("{heading} {}", after(self.field.heading)),
            (false, true) => format!("{heading} {} {}", self.entry + 1, after(self.field.heading)),
        }
    }

    /// The JSON pointer of its value, with the list entries numbered as in the table.
    pub fn pointer(&self) -> String {
        self.pointer_at(self.entry)
    }

    /// The JSON pointer of its value in the entry with this index.
    pub fn pointer_at(&self, entry: usize) -> String {
        let Group { member, numbered, .. } = self.group;
        match (member.is_empty(), numbered) {
            (true, _) => format!("/{}", self.field.member),
            (false, false) => format!("/{member}/{}", self.field.member),
            (false, true) => format!("/{member}/{entry}/{}", self.field.member),
        }
    }

    /// Returns the column with this heading, ignoring case, accents, whitespace and punctuation.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let key = words::key(heading);
        GROUPS.iter().find_map(|group| {
            let rest = key.strip_prefix(&words::key(group.heading))?;
            let (entry, rest) = if group.numbered { entry(rest)? } else { (0, rest) };
            let field = group.fields.iter().find(|field| words::key(field.heading) == rest)?;
            Some(Self { group, entry, field })
        })
    }
}

/// A heading within a longer one; abbreviations keep their case.
fn after(heading: &str) -> String {
    if heading == "BSN" { heading.to_owned() } else { heading.to_lowercase() }
}

/// Splits a leading number off a key, as an index, from the rest.
fn entry(key: &str) -> Option<(usize, &str)> {
    let digits = key.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = key.split_at(digits);
    let number: usize = number.parse().ok()?;
    (1..=MAX_ENTRIES).contains(&number).then(|| (number - 1, rest))
}

/// The number of entries per list that a table has columns for, in the order of the numbered groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths([usize; 5]);

impl Widths {
    /// The widths of the template.
    pub const TEMPLATE: Self = Self([3, 2, 3, 3, 2]);

    /// The widths that a file needs.
    pub const fn of(file: &ClientFile) -> Self {
        Self([file.children.len(), file.incomes.len(), file.expenses.len(), file.assets.len(), file.debts.len()])
    }

    pub fn max(self, other: Self) -> Self {
        Self(std::array::from_fn(|list| self.0[list].max(other.0[list])))
    }

    /// Whether `file` fits into these widths.
    pub fn hold(self, file: &ClientFile) -> bool {
        self.max(Self::of(file)) == self
    }

    /// Returns the columns in order.
    pub fn spots(self) -> Vec<ColumnPosition> {
        let mut widths = self.0.into_iter();
        let mut spots = Vec::new();
        for group in &GROUPS {
            let entries = if group.numbered { widths.next().unwrap_or_default() } else { 1 };
            spots.extend((0..entries).flat_map(|entry| group.fields.iter().map(move |field| ColumnPosition { group, entry, field })));
        }
        spots
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnPosition, Widths};

    #[test]
    fn every_heading_leads_back_to_its_column() {
        let spots = Widths([100; 5]).spots();
        for spot in &spots {
            assert_eq!(ColumnPosition::of_heading(&spot.heading()), Some(*spot), "{}", spot.heading());
        }
        let mut headings: Vec<_> = spots.iter().map(ColumnPosition::heading).collect();
        headings.sort();
        headings.dedup();
        assert_eq!(headings.len(), spots.len());
    }

    #[test]
    fn headings_are_read_generously_and_strangers_are_none() {
        for (typed, heading) in [
            (" ACHTERNAAM ", "Achternaam"),
            ("partner_bsn", "Partner BSN"),
            ("Kind 02: roepnaam", "Kind 2 roepnaam"),
            ("e mailadres", "E-mailadres"),
        ] {
            assert_eq!(ColumnPosition::of_heading(typed).map(|spot| spot.heading()).as_deref(), Some(heading), "{typed}");
        }
        for stranger in ["", "Naam", "Kind roepnaam", "Kind 0 roepnaam", "Kind 101 roepnaam", "Partner 1 achternaam", "Inkomst 1"] {
            assert_eq!(ColumnPosition::of_heading(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn a_column_knows_its_place_in_a_file() {
        let pointer = |heading| ColumnPosition::of_heading(heading).expect("a heading").pointer();
        assert_eq!(pointer("Straat"), "/address/street");
        assert_eq!(pointer("Partner achternaam"), "/partner/last_name");
        assert_eq!(pointer("Schuld 2 rente"), "/debts/1/interest_percent");
        assert_eq!(pointer("Notities"), "/notes");
    }
}
