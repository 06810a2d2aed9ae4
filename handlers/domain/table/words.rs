//! The Dutch words in a table for the closed sets of a client file, with their names in the API.

use super::columns::Cell;
use crate::domain::clients::folding::fold;

/// A closed set: pairs of the name in the API and the word in a table.
pub type Words = &'static [(&'static str, &'static str)];

/// Marital status.
pub const MARITAL_STATUS: Cell = Cell::Word(&[
    ("single", "Ongehuwd"),
    ("cohabiting", "Samenwonend"),
    ("registered_partnership", "Geregistreerd partnerschap"),
    ("married", "Gehuwd"),
    ("legally_separated", "Gescheiden van tafel en bed"),
    ("divorced", "Gescheiden"),
    ("widowed", "Weduwe of weduwnaar"),
    ("other", "Anders"),
]);

/// Period of an amount.
pub const PERIOD: Cell = Cell::Word(&[
    ("week", "per week"),
    ("four_weeks", "per vier weken"),
    ("month", "per maand"),
    ("quarter", "per kwartaal"),
    ("year", "per jaar"),
]);

/// Kind of income.
pub const INCOME_KIND: Cell = Cell::Word(&[
    ("employment", "Loon uit dienstverband"),
    ("self_employment", "Winst uit onderneming"),
    ("pension", "Pensioen of lijfrente"),
    ("state_pension", "AOW"),
    ("benefit", "Uitkering"),
    ("allowance", "Toeslagen"),
    ("alimony", "Ontvangen alimentatie"),
    ("rent", "Huurinkomsten"),
    ("investment", "Rente en dividend"),
    ("other", "Overig inkomen"),
]);

/// Kind of expense.
pub const EXPENSE_KIND: Cell = Cell::Word(&[
    ("housing", "Wonen"),
    ("energy", "Energie en water"),
    ("insurance", "Verzekeringen"),
    ("health", "Zorg"),
    ("household", "Huishouden"),
    ("transport", "Vervoer"),
    ("communication", "Telefoon, internet en tv"),
    ("children", "Kinderen"),
    ("education", "Onderwijs en studie"),
    ("tax", "Belastingen"),
    ("loan_repayment", "Aflossing van leningen"),
    ("alimony", "Betaalde alimentatie"),
    ("saving", "Sparen en pensioeninleg"),
    ("leisure", "Vrije tijd"),
    ("other", "Overige uitgaven"),
]);

/// Kind of asset.
pub const ASSET_KIND: Cell = Cell::Word(&[
    ("property", "Woning of ander vastgoed"),
    ("savings", "Bank- en spaargeld"),
    ("investment", "Beleggingen"),
    ("pension", "Pensioen- of lijfrentekapitaal"),
    ("life_insurance", "Kapitaalverzekering"),
    ("business", "Eigen onderneming"),
    ("vehicle", "Auto, boot of caravan"),
    ("crypto", "Cryptovaluta"),
    ("receivable", "Uitgeleend geld"),
    ("other", "Overig bezit"),
]);

/// Kind of debt.
pub const DEBT_KIND: Cell = Cell::Word(&[
    ("mortgage", "Hypotheek"),
    ("student_loan", "Studieschuld"),
    ("personal_loan", "Persoonlijke lening"),
    ("revolving_credit", "Doorlopend krediet of roodstand"),
    ("credit_card", "Creditcard"),
    ("vehicle_loan", "Autolening of lease"),
    ("business_loan", "Zakelijke lening"),
    ("family_loan", "Lening van familie of vrienden"),
    ("tax", "Belastingschuld"),
    ("other", "Overige schuld"),
]);

/// Returns the API name for a word of the set or for the name itself, ignoring case, accents and punctuation.
pub fn name_of(words: Words, typed: &str) -> Option<&'static str> {
    let key = key(typed);
    words.iter().find(|(name, word)| self::key(word) == key || self::key(name) == key).map(|(name, _)| *name)
}

/// Returns the word in a table for a name of the API.
pub fn word_of(words: Words, name: &str) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == name).map(|(_, word)| *word)
}

/// Letters and digits only, without case and accents: the key by which headings or words are compared.
pub fn key(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::{ASSET_KIND, Cell, DEBT_KIND, EXPENSE_KIND, INCOME_KIND, MARITAL_STATUS, PERIOD, Words, name_of, word_of};
    use crate::domain::clients::{
        kinds::{AssetKind, DebtKind, ExpenseKind, IncomeKind, Period},
        person::MaritalStatus,
    };
    use utoipa::PartialSchema;

    fn words(cell: Cell) -> Words {
        let Cell::Word(words) = cell else { unreachable!("the sets above are words") };
        words
    }

    /// The names of a closed set, as the API publishes them.
    fn names<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
        serde_json::from_value(schema["enum"].clone()).expect("a list of names")
    }

    #[test]
    fn every_name_of_the_api_has_a_word_and_every_word_is_told_apart() {
        let sets = [
            (MARITAL_STATUS, names::<MaritalStatus>()),
            (PERIOD, names::<Period>()),
            (INCOME_KIND, names::<IncomeKind>()),
            (EXPENSE_KIND, names::<ExpenseKind>()),
            (ASSET_KIND, names::<AssetKind>()),
            (DEBT_KIND, names::<DebtKind>()),
        ];
        for (cell, published) in sets {
            let words = words(cell);
            assert_eq!(words.iter().map(|(name, _)| *name).collect::<Vec<_>>(), published);
            for (name, word) in words {
                assert_eq!(word_of(words, name), Some(*word));
                assert_eq!((name_of(words, word), name_of(words, name)), (Some(*name), Some(*name)));
            }
        }
        assert_eq!(name_of(words(PERIOD), " Per  MAAND "), Some("month"));
        assert_eq!(name_of(words(PERIOD), "soms"), None);
    }
}
