//! The policy for new passwords (NIST SP 800-63B section 3.1.1.2, OWASP ASVS 5.0 V6.2): length and guessability, no composition rules.

use super::credentials::TypedPassword;
use crate::domain::wire::fields::FieldCode;
use serde::Serialize;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

const FEWEST_CHARACTERS: usize = 12;
/// Minimum number of characters left after removing every known word (ASVS V6.2.11): a name with a year and a sign is not enough.
const FEWEST_OWN_CHARACTERS: usize = 8;
/// Number of leading characters that are estimated. The cost grows steeply with the length, and a password with such a prefix needs no
/// more.
const MAX_ESTIMATED: usize = 40;
/// Words related to the product: an attacker tries them first.
const PRODUCT_WORDS: [&str; 6] = ["finrust", "mijnfinrust", "adviseur", "hypotheek", "welkom", "wachtwoord"];

/// Whether a password meets the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It would be accepted.
    Good,
    /// It has too few characters.
    TooShort,
    /// It has too many bytes.
    TooLong,
    /// It is too easy to guess.
    TooGuessable,
}

/// A password that satisfies the policy; no other is hashed for storage.
pub struct NewPassword(TypedPassword);

impl NewPassword {
    /// Validates the password against the policy. `about` is what an attacker knows about the user: username, name, address. The
    /// estimate takes up to some milliseconds: call it on a blocking thread. A password on which the estimate fails is refused.
    pub fn choose(typed: &TypedPassword, about: &[&str]) -> Result<Self, FieldCode> {
        if typed.expose().chars().count() < FEWEST_CHARACTERS {
            return Err(FieldCode::TooShort);
        }
        let parts = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).filter(|part| part.len() > 2);
        let known: Vec<&str> = PRODUCT_WORDS.iter().copied().chain(about.iter().copied()).chain(parts).collect();
        if own_characters(typed.expose(), &known) < FEWEST_OWN_CHARACTERS || !is_hard_to_guess(typed.expose(), &known) {
            return Err(FieldCode::TooGuessable);
        }
        Ok(Self(typed.clone()))
    }

    /// The accepted password, for hashing.
    pub const fn typed(&self) -> &TypedPassword {
        &self.0
    }
}

/// Whether the start of a password takes many guesses. The estimate may panic on unusual input, which then counts as guessable.
fn is_hard_to_guess(password: &str, known: &[&str]) -> bool {
    let end = password.char_indices().nth(MAX_ESTIMATED).map_or(password.len(), |(end, _)| end);
    std::panic::catch_unwind(|| zxcvbn(&password[..end], known).score() >= Score::Three).unwrap_or(false)
}

/// Counts the characters of a password outside the words that anyone would try.
fn own_characters(password: &str, known: &[&str]) -> usize {
    let mut words: Vec<String> = known.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let start = Zeroizing::new(password.to_lowercase());
    words.iter().fold(start, |left, word| Zeroizing::new(left.replace(word.as_str(), ""))).chars().count()
}

#[cfg(test)]
mod tests {
    use super::{FieldCode, NewPassword, TypedPassword};

    fn choose(text: &str) -> Result<(), FieldCode> {
        let about = ["anna.dijk", "Anna van Dijk", "anna@kantoor-utrecht.nl"];
        NewPassword::choose(&TypedPassword::parse(text)?, &about).map(|_| ())
    }

    #[test]
    fn takes_long_and_unusual_ones_of_any_kind() {
        for good in ["vlieger-koper-dinsdag-9", "Tr0ub4dor&3-plus-tien", "пароль кит оркестр луна", "  vier losse woorden hier  "]
        {
            assert_eq!(choose(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn refuses_short_common_and_personal_ones() {
        assert_eq!(choose("k8#mQ!x2z9"), Err(FieldCode::TooShort));
        assert_eq!(choose(&"y".repeat(257)), Err(FieldCode::TooLong));
        for weak in
            ["passwordpassword", "aaaaaaaaaaaaaaaa", "anna.dijk2024", "finrustfinrust", "Welkom2024!!", "annavandijk123", "qwertyuiop123"]
        {
            assert_eq!(choose(weak), Err(FieldCode::TooGuessable), "{weak}");
        }
    }

    #[test]
    fn only_the_beginning_is_judged() {
        let good = "vlieger-koper-dinsdag-9";
        assert_eq!(choose(&format!("{}{good}", "a".repeat(40))), Err(FieldCode::TooGuessable));
        assert_eq!(choose(&format!("{good}{}", "a".repeat(200))), Ok(()));
    }

    #[test]
    fn odd_ones_are_judged_in_time_and_never_panic() {
        let begun = std::time::Instant::now();
        for odd in ["$5$5$5$5$5$5$5$5$5$5", "@4@4@4@4@4@4@4@4", "éééééééééééééééééé", "İİİİİİİİİİİİİİİİ", "ß1ß1ß1ß1ß1ß1ß1"]
        {
            for length in [12, 40, 120] {
                let text: String = odd.chars().cycle().take(length).collect();
                assert!(matches!(choose(&text), Err(FieldCode::TooGuessable | FieldCode::TooLong)), "{text}");
            }
        }
        println!("15 odd passwords judged in {:?}", begun.elapsed());
    }
}
