//! How values are written in cells, and how cells are read: amounts and dates as the Dutch write them, and as the API does.

use super::{
    columns::Cell,
    formulas,
    words::{name_of, word_of},
};
use crate::domain::{fields::FieldCode, json::Json};
use serde_json::Value;
use zeroize::Zeroizing;

/// The value in a cell, for the field to judge; `None` when the cell is empty.
///
/// # Errors
/// The code of a cell that is not even written as such values are.
pub fn read(cell: Cell, typed: &str) -> Result<Option<Json>, FieldCode> {
    let typed = formulas::unguarded(typed);
    let line = typed.trim();
    if line.is_empty() {
        return Ok(None);
    }
    let text = |text: String| Json::Text(Zeroizing::new(text));
    Ok(Some(match cell {
        Cell::Line => text(line.to_owned()),
        Cell::Block => text(typed.to_owned()),
        Cell::Date => text(day(line).unwrap_or_else(|| line.to_owned())),
        Cell::Amount => Json::Integer(cents(line)?),
        Cell::Percent => text(line.trim_end_matches('%').trim_end().replace(',', ".")),
        Cell::Bsn => text(bsn(line)),
        Cell::Postcode => text(postcode(line)),
        Cell::Country => text(country(line)),
        Cell::Word(words) => text(name_of(words, line).ok_or(FieldCode::UnknownValue)?.to_owned()),
    }))
}

/// The cell for a value of a client file as the API writes it.
#[must_use]
pub fn write(cell: Cell, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match cell {
        Cell::Line | Cell::Block => formulas::guarded(text).into_owned(),
        Cell::Date => text.rsplit('-').collect::<Vec<_>>().join("-"),
        Cell::Amount => value.as_i64().map(euros).unwrap_or_default(),
        Cell::Percent => text.replace('.', ","),
        Cell::Bsn | Cell::Postcode | Cell::Country => text.to_owned(),
        Cell::Word(words) => word_of(words, text).unwrap_or_default().to_owned(),
    }
}

/// `31-12-1980` and `1-2-1980` as `1980-12-31` and `1980-02-01`; whether such a day exists is for others to say.
fn day(typed: &str) -> Option<String> {
    let mut parts = typed.split('-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |part: &str| (1..=2).contains(&part.len()) && digits(part);
    let whole = parts.next().is_none() && short(day) && short(month) && year.len() == 4 && digits(year);
    whole.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// An amount in cents: `1.234,56`, `1234,5`, `1234.56`, `-12`, `€ 1.234,-`. Behind a dot stand one or two digits for cents, or three
/// for a thousand.
fn cents(typed: &str) -> Result<i64, FieldCode> {
    let signed = |text: &'_ str| text.strip_prefix(['-', '\u{2212}']).map(|rest| rest.trim_start().to_owned());
    let (mut negative, mut rest) = signed(typed).map_or((false, typed.to_owned()), |rest| (true, rest));
    if let Some(amount) = rest.strip_prefix('€').map(|amount| amount.trim_start().to_owned()) {
        rest = amount;
        if let Some(amount) = (!negative).then(|| signed(&rest)).flatten() {
            (negative, rest) = (true, amount);
        }
    }
    let (whole, fraction) = match (rest.split_once(','), rest.split_once('.')) {
        (Some((whole, "-" | "--")), _) => (thousands(whole), "0"),
        (Some((whole, fraction)), _) => (thousands(whole), fraction),
        (None, Some((whole, fraction))) if fraction.len() < 3 => (Some(whole.to_owned()), fraction),
        (None, _) => (thousands(&rest), "0"),
    };
    let whole = whole.filter(|whole| !whole.is_empty() && digits(whole)).ok_or(FieldCode::InvalidFormat)?;
    if !(1..=2).contains(&fraction.len()) || !digits(fraction) {
        return Err(FieldCode::InvalidFormat);
    }
    let cents: i64 = format!("{whole}{fraction:0<2}").parse().map_err(|_| FieldCode::OutOfRange)?;
    Ok(if negative { -cents } else { cents })
}

/// Digits without the dots between thousands.
fn thousands(typed: &str) -> Option<String> {
    let mut groups = typed.split('.');
    let first = groups.next()?;
    let grouped = groups.clone().next().is_some();
    let whole = (!grouped || (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3);
    whole.then(|| typed.replace('.', ""))
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{},{:02}", cents / 100, cents % 100)
}

fn bsn(typed: &str) -> String {
    let plain: String = typed.chars().filter(|c| !matches!(c, '.' | ' ')).collect();
    if plain.len() == 8 && digits(&plain) { format!("0{plain}") } else { plain }
}

fn postcode(typed: &str) -> String {
    let Some((number, letters)) = typed.split_at_checked(4) else {
        return typed.to_owned();
    };
    let letters = letters.trim_start();
    let dutch = digits(number) && letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    if dutch { format!("{number} {}", letters.to_ascii_uppercase()) } else { typed.to_owned() }
}

fn country(typed: &str) -> String {
    let upper = typed.to_uppercase();
    if upper == "NEDERLAND" { "NL".to_owned() } else { upper }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{bsn, cents, country, day, euros, postcode};
    use crate::domain::{client::money::Cents, fields::FieldCode};
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_as_the_dutch_write_them() {
        for (typed, expected) in [
            ("1.234,56", 123_456),
            ("1234,56", 123_456),
            ("1234.56", 123_456),
            ("1234.5", 123_450),
            ("1.234", 123_400),
            ("1.234.567", 123_456_700),
            ("12", 1200),
            ("0,05", 5),
            ("-12,50", -1250),
            ("−12,50", -1250),
            ("€ 1.234,-", 123_400),
            ("€\u{a0}5", 500),
            ("-€ 5", -500),
            ("€ -5,00", -500),
        ] {
            assert_eq!(cents(typed), Ok(expected), "{typed}");
        }
        for typed in [
            "", "-", "€", "x", "1,234.56", "1.23.456", "12.3456", "1.2,3", "1,", ",5", ".5", "5.", "1,2,3", "--5", "1e3", "1 000", "5-",
            "1,234",
        ] {
            assert_eq!(cents(typed), Err(FieldCode::InvalidFormat), "{typed}");
        }
        assert_eq!(cents("99999999999999999999"), Err(FieldCode::OutOfRange));
    }

    #[test]
    fn days_are_read_in_the_dutch_order() {
        assert_eq!(day("31-12-1980").as_deref(), Some("1980-12-31"));
        assert_eq!(day("1-2-1980").as_deref(), Some("1980-02-01"));
        for other in ["1980-12-31", "31/12/1980", "31-12-80", "31-12", "31-12-1980-1", "a-b-cdef", "é-1-1980"] {
            assert_eq!(day(other), None, "{other}");
        }
    }

    #[test]
    fn what_spreadsheets_spoil_is_mended() {
        assert_eq!(bsn("12345678"), "012345678");
        assert_eq!(bsn("1112.22.333"), "111222333");
        assert_eq!(bsn("1234567"), "1234567");
        assert_eq!(postcode("1234ab"), "1234 AB");
        assert_eq!(postcode("1234 AB"), "1234 AB");
        assert_eq!(postcode("SW1A 1AA"), "SW1A 1AA");
        assert_eq!(country("nl"), "NL");
        assert_eq!(country("Nederland"), "NL");
    }

    proptest! {
        #[test]
        fn an_amount_reads_back(amount in -Cents::MOST..=Cents::MOST) {
            prop_assert_eq!(cents(&euros(amount)), Ok(amount));
        }

        #[test]
        fn any_cell_is_read_or_refused(typed in "[-−€., 0-9]{0,12}|\\PC*") {
            let _ = (cents(&typed), day(&typed), bsn(&typed), postcode(&typed), country(&typed));
        }
    }
}
