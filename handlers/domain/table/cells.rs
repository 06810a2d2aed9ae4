//! How values are written to cells and parsed from them: amounts and dates in the Dutch notation, and in that of the API.

use super::{
    columns::Cell,
    dialect::UNREADABLE,
    formulas,
    words::{name_of, word_of},
};
use crate::domain::{
    clients::{
        birth_date::BirthDate,
        folding::{is_hyphen, is_unseen},
    },
    wire::{fields::FieldCode, json::Json},
};
use serde_json::Value;
use zeroize::Zeroizing;

/// Parses the value of a cell, for the field to validate; `None` when the cell is empty.
///
/// # Errors
/// The code for a cell that is not even in the notation of such values.
pub fn read(cell: Cell, typed: &str) -> Result<Option<Json>, FieldCode> {
    if typed.contains(UNREADABLE) {
        return Err(FieldCode::InvalidCharacters);
    }
    let unguarded = formulas::unguarded(typed);
    let typed = unguarded.as_ref();
    let line = typed.trim();
    if line.is_empty() {
        return Ok(None);
    }
    let text = |text: String| Json::Text(Zeroizing::new(text));
    // The same clean-up as in the front end.
    Ok(Some(match cell {
        Cell::Line => text(tidied(line).trim().to_owned()),
        Cell::Contact(link) => text(contact(line, link)),
        Cell::Block => text(tidied(typed)),
        Cell::Date => text(day(line).unwrap_or_else(|| line.to_owned())),
        Cell::Amount => Json::Integer(cents(line)?),
        Cell::Percent => text(percent(&plain(line))),
        Cell::Bsn => text(bsn(&plain(line))),
        Cell::Postcode => text(postcode(&plain(line))),
        Cell::Country => text(country(&plain(line))),
        Cell::Word(words) => text(name_of(words, line).ok_or(FieldCode::UnknownValue)?.to_owned()),
    }))
}

/// The value of a cell as it was understood, in readable form: dates, amounts and words in the notation of tables, text as it is stored.
/// Cells that cannot be parsed are returned as typed; values that the field refuses are for the preview to mark.
pub fn as_read(cell: Cell, typed: &str) -> String {
    match (cell, read(cell, typed)) {
        (_, Ok(None)) => String::new(),
        (Cell::Date, Ok(Some(Json::Text(day)))) if BirthDate::parse(&day).is_ok() => turned(&day),
        (Cell::Percent, Ok(Some(Json::Text(percent)))) => percent.replace('.', ","),
        (Cell::Word(words), Ok(Some(Json::Text(name)))) => word_of(words, &name).map_or_else(|| name.to_string(), str::to_owned),
        (Cell::Date, Ok(Some(_))) | (_, Err(_)) => typed.to_owned(),
        (_, Ok(Some(Json::Text(text)))) => text.to_string(),
        (_, Ok(Some(Json::Integer(cents)))) => grouped(&euros(cents)),
        (_, Ok(Some(_))) => typed.to_owned(),
    }
}

/// Reverses the order of day, month and year.
fn turned(day: &str) -> String {
    day.rsplit('-').collect::<Vec<_>>().join("-")
}

/// Formats an amount with dots between thousands.
fn grouped(amount: &str) -> String {
    let sign = usize::from(amount.starts_with('-'));
    let whole = amount.find(',').unwrap_or(amount.len());
    let is_third = |at: usize| at > sign && at < whole && (whole - at).is_multiple_of(3);
    amount.char_indices().flat_map(|(at, c)| is_third(at).then_some('.').into_iter().chain([c])).collect()
}

/// Formats a value of a client file, as the API writes it, for a cell.
pub fn write(cell: Cell, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match cell {
        Cell::Line | Cell::Contact(_) | Cell::Block | Cell::Bsn | Cell::Postcode | Cell::Country => formulas::guarded(text).into_owned(),
        Cell::Date => turned(text),
        Cell::Amount => value.as_i64().map(euros).unwrap_or_default(),
        Cell::Percent => text.replace('.', ","),
        // A value of a later version has no word in this one.
        Cell::Word(words) => word_of(words, text).map_or_else(|| formulas::guarded(text).into_owned(), str::to_owned),
    }
}

/// Text as it is stored: without invisible characters, unless there is nothing else, which is for the field to refuse.
pub(super) fn tidied(typed: &str) -> String {
    let seen = seen(typed);
    if seen.trim().is_empty() { typed.to_owned() } else { seen }
}

/// Removes invisible characters, which often stem from copying; those that join letters stay.
fn seen(typed: &str) -> String {
    let joins = |c: char| matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{E0100}'..='\u{E01EF}');
    typed.chars().filter(|c| joins(*c) || !is_unseen(*c)).collect()
}

/// Normalises a value with a fixed format: removes invisible characters, unifies spaces and hyphens, and trims. Tabs and line ends are
/// not treated as spaces, since they separate the digits of two cells: two amounts must not become one.
fn plain(typed: &str) -> String {
    let divides = |c: char| matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let one_kind = |c: char| match c {
        c if is_hyphen(c) => '-',
        c if c.is_whitespace() && !divides(c) => ' ',
        c => c,
    };
    typed.chars().filter(|c| !is_unseen(*c)).map(one_kind).collect::<String>().trim().to_owned()
}

/// Each month in Dutch and in English, in full and abbreviated.
const MONTHS: [&[&str]; 12] = [
    &["januari", "january", "jan"],
    &["februari", "february", "feb"],
    &["maart", "march", "mrt", "mar"],
    &["april", "apr"],
    &["mei", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["augustus", "august", "aug"],
    &["september", "sept", "sep"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["december", "dec"],
];

/// Converts `31-12-1980`, `1/2/1980`, `1 maart 1980`, `31121980` and `1980-12-31` to `1980-12-31`, without checking that the day exists.
/// The front end parses the same way (`tests/cases/dates.json`).
fn day(typed: &str) -> Option<String> {
    let bare = plain(typed).to_lowercase();
    let spread = if bare.len() == 8 && digits(&bare) { format!("{}-{}-{}", &bare[..2], &bare[2..4], &bare[4..]) } else { bare };
    let separators = ['-', '/', '.', ' '];
    if spread.starts_with(separators) || spread.ends_with(separators) {
        return None;
    }
    let parts: Vec<&str> = spread.split(separators).filter(|part| !part.is_empty()).collect();
    let [first, month, last] = parts.as_slice() else {
        return None;
    };
    let is_year = |part: &str| part.len() == 4 && digits(part);
    let (day, month, year) = if is_year(first) { (*last, (*month).to_owned(), *first) } else { (*first, number_of(month), *last) };
    let is_short = |part: &str| (1..=2).contains(&part.len()) && digits(part);
    let is_day = is_short(&month) && is_short(day) && is_year(year);
    is_day.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// Returns the number of a month written as a word; digits stay unchanged.
fn number_of(month: &str) -> String {
    let named = MONTHS.iter().zip(1..).find(|(names, _)| names.contains(&month));
    named.map_or_else(|| month.to_owned(), |(_, number)| number.to_string())
}

/// Parses an amount in cents. A comma is followed by one or two digits, and so is a dot unless it separates thousands: ambiguous amounts
/// are refused. The front end parses the same way (`tests/cases/amounts.json`).
fn cents(typed: &str) -> Result<i64, FieldCode> {
    let bare = plain(typed).to_uppercase();
    let (before, rest) = cut(&bare, |text| text.strip_prefix('-'));
    let (unit, rest) = cut(rest, |text| text.strip_prefix('€').or_else(|| text.strip_prefix("EUR")));
    if unit && !before && rest == "-" {
        return Ok(0);
    }
    let (between, rest) = cut(rest, |text| text.strip_prefix('-'));
    let (last_unit, rest) = cut(rest, |text| text.strip_suffix('€').or_else(|| text.strip_suffix("EUR")));
    // `5-` may be `5,-` with a missing character.
    let (behind, rest) = cut(rest, |text| text.strip_suffix('-').filter(|amount| has_cents(amount.trim_end_matches(' '))));
    if (unit && last_unit) || [before, between, behind].into_iter().filter(|sign| *sign).count() > 1 {
        return Err(FieldCode::InvalidFormat);
    }
    let cents = unsigned_cents(rest)?;
    Ok(if before || between || behind { -cents } else { cents })
}

/// Whether something was removed, and the trimmed rest.
fn cut(text: &str, off: impl Fn(&str) -> Option<&str>) -> (bool, &str) {
    off(text).map_or((false, text), |rest| (true, rest.trim_matches(' ')))
}

/// Whether it ends in a separator and one or two digits.
fn has_cents(amount: &str) -> bool {
    amount.rsplit_once([',', '.']).is_some_and(|(_, fraction)| (1..=2).contains(&fraction.len()) && digits(fraction))
}

/// Parses digits and separators as cents.
fn unsigned_cents(amount: &str) -> Result<i64, FieldCode> {
    let (whole, fraction) = if has_cents(amount) || amount.ends_with(",-") || amount.ends_with(",--") {
        let at = amount.rfind([',', '.']).ok_or(FieldCode::InvalidFormat)?;
        let (whole, fraction) = (&amount[..at], &amount[at + 1..]);
        let others: &[char] = if amount[at..].starts_with(',') { &['.', ' '] } else { &[',', ' '] };
        let whole = if whole.is_empty() && digits(fraction) { Some("0".to_owned()) } else { thousands(whole, others) };
        (whole, if digits(fraction) { fraction } else { "0" })
    } else {
        // A single comma before three digits may be a decimal comma.
        let english = || thousands(amount, &[',']).filter(|_| amount.matches(',').count() > 1);
        (thousands(amount, &['.', ' ']).or_else(english), "0")
    };
    let whole = whole.ok_or(FieldCode::InvalidFormat)?;
    format!("{whole}{fraction:0<2}").parse().map_err(|_| FieldCode::OutOfRange)
}

/// Removes one of these separators from between thousands.
fn thousands(typed: &str, separators: &[char]) -> Option<String> {
    if !typed.is_empty() && digits(typed) {
        return Some(typed.to_owned());
    }
    let mark = separators.iter().find(|mark| typed.contains(**mark))?;
    let mut groups = typed.split(*mark);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0'))?;
    let grouped = groups.clone().all(|group| group.len() == 3 && digits(group));
    grouped.then(|| groups.fold(first.to_owned(), |whole, group| whole + group))
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{},{:02}", cents / 100, cents % 100)
}

fn percent(typed: &str) -> String {
    typed.strip_suffix('%').unwrap_or(typed).trim_end_matches(' ').replacen(',', ".", 1)
}

fn contact(typed: &str, link: &str) -> String {
    let plain = plain(typed);
    let is_link = plain.get(..link.len()).is_some_and(|start| start.eq_ignore_ascii_case(link));
    if !is_link {
        return plain;
    }
    let bare = &plain[link.len()..];
    // A `mailto:` link may also contain a subject.
    let bare = if link == "mailto:" { bare.split('?').next().unwrap_or_default() } else { bare };
    bare.trim().to_owned()
}

fn bsn(typed: &str) -> String {
    let plain: String = typed.chars().filter(|c| !matches!(c, '.' | ' ' | '-')).collect();
    if plain.len() == 8 && digits(&plain) { format!("0{plain}") } else { plain }
}

fn postcode(typed: &str) -> String {
    let Some((number, letters)) = typed.split_at_checked(4) else {
        return typed.to_owned();
    };
    let letters = letters.trim_start_matches([' ', '-']);
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
    use super::{Cell, Json, bsn, cents, contact, country, day, euros, grouped, postcode, read, seen};
    use crate::domain::{
        clients::money::{Cents, Interest},
        wire::fields::FieldCode,
    };
    use proptest::prelude::*;

    fn cases<T: serde::de::DeserializeOwned>(text: &str) -> Vec<(String, Option<T>)> {
        serde_json::from_str(text).expect("the table of cases is JSON")
    }

    #[test]
    fn amounts_are_read_as_the_screens_read_them() {
        for (typed, expected) in cases::<i64>(include_str!("../../../tests/cases/amounts.json")) {
            assert_eq!(cents(&typed), expected.ok_or(FieldCode::InvalidFormat), "{typed}");
        }
        assert_eq!(cents("99999999999999999999"), Err(FieldCode::OutOfRange));
    }

    #[test]
    fn days_are_read_as_the_screens_read_them() {
        for (typed, expected) in cases::<String>(include_str!("../../../tests/cases/dates.json")) {
            assert_eq!(day(&typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_has_a_form_is_tidied_as_the_screens_tidy_it() {
        let table = |name: &str| match name {
            "bsns" => (Cell::Bsn, include_str!("../../../tests/cases/bsns.json")),
            "emails" => (Cell::Contact("mailto:"), include_str!("../../../tests/cases/emails.json")),
            "phones" => (Cell::Contact("tel:"), include_str!("../../../tests/cases/phones.json")),
            "postcodes" => (Cell::Postcode, include_str!("../../../tests/cases/postcodes.json")),
            _ => (Cell::Percent, include_str!("../../../tests/cases/percents.json")),
        };
        for name in ["bsns", "emails", "phones", "postcodes", "percents"] {
            let (cell, text) = table(name);
            for (typed, expected) in cases::<String>(text) {
                let Ok(Some(Json::Text(tidied))) = read(cell, &typed) else { unreachable!("{name}: {typed:?}") };
                let is_percent = Interest::parse(&tidied).is_ok();
                let tidied = if cell == Cell::Percent && !is_percent { None } else { Some(tidied.to_string()) };
                assert_eq!(tidied, expected, "{name}: {typed:?}");
            }
        }
    }

    #[test]
    fn what_nobody_sees_is_dropped() {
        assert_eq!(seen("\u{202A}Jan\u{200B} \u{2066}Dijk\u{2069}\u{FEFF}\u{AD}"), "Jan Dijk");
        assert_eq!(
            seen("\u{1F469}\u{200D}\u{1F4BB} \u{646}\u{627}\u{645}\u{647}\u{200C}\u{627}\u{6CC}"),
            "\u{1F469}\u{200D}\u{1F4BB} \u{646}\u{627}\u{645}\u{647}\u{200C}\u{627}\u{6CC}"
        );
    }

    #[test]
    fn what_spreadsheets_spoil_is_mended() {
        assert_eq!(contact("\u{202A}tel:+31\u{A0}6\u{2011}12345678\u{202C}", "tel:"), "+31 6-12345678");
        assert_eq!(contact("MAILTO:anna@example.nl", "mailto:"), "anna@example.nl");
        assert_eq!(contact("é", "tel:"), "é");
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
        fn an_amount_reads_back(amount in -Cents::MAX..=Cents::MAX) {
            prop_assert_eq!(cents(&euros(amount)), Ok(amount));
            prop_assert_eq!(cents(&grouped(&euros(amount))), Ok(amount));
        }

        #[test]
        fn any_cell_is_read_or_refused(typed in "[-−€., 0-9]{0,12}|\\PC*") {
            let _ = (cents(&typed), day(&typed), bsn(&typed), postcode(&typed), country(&typed));
        }
    }
}
