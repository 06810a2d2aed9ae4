//! The content of the erasure log: one authenticated line per erasure, with the file and the time and nothing else.
//!
//! The log is kept outside the database, because restoring an older database also restores erased files; the log determines which of
//! them must be erased again.
//!
//! ```text
//! second form = "erased2 " ‖ time ‖ " " ‖ adviser scope ‖ " " ‖ client file ‖ " " ‖ made ‖ " " ‖ base64url(tag)
//! first form  = "erased1 " ‖ time ‖ " " ‖ adviser scope ‖ " " ‖ client file ‖ " " ‖ base64url(tag)
//! tag = HMAC-SHA-256(erasure log key, form, microseconds since 1970, adviser scope, client file [, microseconds of made])
//! ```
//!
//! The second form identifies the file by its id and its creation time, as recorded in its document and compared for equality, so that a
//! wrong clock cannot make it match another file. A line of the first form covers whatever was created under its id before its time, and
//! remains for versions of FinRust that read only that form. Both forms are written, the second into a separate file next to the first;
//! a line of the first form with a counterpart there is ignored.

use crate::domain::ids::{ClientId, ScopeId};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;

/// The form of a line, which determines the log file it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Identifies a file by its id and the time of erasure.
    First,
    /// Identifies a file by its id and its creation time.
    Second,
}

/// One erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When it was decided.
    pub at: Timestamp,
    /// The partition that held the file.
    pub scope: ScopeId,
    pub client: ClientId,
    /// When the file was created, according to its document; absent in lines of the first form.
    pub created_at: Option<Timestamp>,
}

/// Authenticates lines; implemented in `crypto` by the MAC key.
pub trait Voucher {
    /// Computes the tag over these fields.
    fn tag(&self, fields: &[&[u8]]) -> [u8; 32];
    /// Whether this is the tag over these fields.
    fn verify(&self, fields: &[&[u8]], tag: &[u8; 32]) -> bool;
}

/// A line to append to the log, without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureLine {
    form: Form,
    text: String,
}

/// An erasure from the log whose MAC was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VouchedErasure(Erasure);

impl Form {
    /// The word that starts every line of this form.
    const fn version(self) -> &'static str {
        match self {
            Self::First => "erased1",
            Self::Second => "erased2",
        }
    }
}

impl Erasure {
    /// Formats the line.
    pub fn line(&self, voucher: &impl Voucher) -> ErasureLine {
        let Self { at, scope, client, created_at } = self;
        let tag = BASE64URL_NOPAD.encode(&self.with_fields(|fields| voucher.tag(fields)));
        let (form, version) = (self.form(), self.form().version());
        let text = match created_at {
            Some(created_at) => format!("{version} {at} {scope} {client} {created_at} {tag}"),
            None => format!("{version} {at} {scope} {client} {tag}"),
        };
        ErasureLine { form, text }
    }

    /// The same erasure for versions that read only the first form.
    pub const fn in_first_form(&self) -> Self {
        Self { created_at: None, ..*self }
    }

    const fn form(&self) -> Form {
        if self.created_at.is_some() { Form::Second } else { Form::First }
    }

    fn with_fields<T>(&self, of: impl FnOnce(&[&[u8]]) -> T) -> T {
        let (version, at) = (self.form().version().as_bytes(), self.at.as_microsecond().to_be_bytes());
        match self.created_at.map(|created_at| created_at.as_microsecond().to_be_bytes()) {
            Some(created_at) => of(&[version, &at, self.scope.bytes(), self.client.bytes(), &created_at]),
            None => of(&[version, &at, self.scope.bytes(), self.client.bytes()]),
        }
    }
}

impl ErasureLine {
    /// The text of the line.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form of the line.
    pub const fn form(&self) -> Form {
        self.form
    }
}

impl VouchedErasure {
    /// Parses and authenticates a line; `None` when it is not one that [`Erasure::line`] wrote with this key.
    pub fn read(line: &str, voucher: &impl Voucher) -> Option<Self> {
        let (rest, tag) = line.rsplit_once(' ')?;
        let mut fields = rest.split(' ');
        let (version, at) = (fields.next()?, fields.next()?.parse().ok()?);
        let (scope, client) = (ScopeId::parse(fields.next()?)?, ClientId::parse(fields.next()?)?);
        let created_at = match fields.next() {
            Some(created_at) => Some(created_at.parse().ok()?),
            None => None,
        };
        let erasure = Erasure { at, scope, client, created_at };
        let tag: [u8; 32] = BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?.try_into().ok()?;
        let vouched = version == erasure.form().version() && erasure.with_fields(|fields| voucher.verify(fields, &tag));
        // Only the canonical spelling is accepted.
        (vouched && erasure.line(voucher).as_str() == line).then_some(Self(erasure))
    }

    pub const fn erasure(&self) -> &Erasure {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Erasure, Form, VouchedErasure};
    use crate::{
        crypto::mac::MacKey,
        domain::ids::{ClientId, ScopeId},
        secret::Secret,
    };
    use proptest::prelude::{any, proptest};

    fn key(byte: u8) -> MacKey {
        MacKey::new(Secret::new([byte; 32]))
    }

    fn erasures() -> [Erasure; 2] {
        let made = "2025-01-02T03:04:05.000006Z".parse().expect("a time");
        [erasure(), Erasure { created_at: Some(made), ..erasure() }]
    }

    fn erasure() -> Erasure {
        let (scope, client) = (ScopeId::from_random([1; 16]), ClientId::from_random([2; 16]));
        Erasure { at: "2026-11-25T09:00:00.000001Z".parse().expect("a time"), scope, client, created_at: None }
    }

    #[test]
    fn a_line_says_what_was_erased() {
        for erasure in erasures() {
            let line = erasure.line(&key(1));
            assert_eq!(VouchedErasure::read(line.as_str(), &key(1)), Some(VouchedErasure(erasure)));
            assert_eq!(line.as_str().lines().count(), 1);
        }
        let [first, second] = erasures();
        assert_eq!(second.in_first_form(), first);
        assert_eq!((first.line(&key(1)).form(), second.line(&key(1)).form()), (Form::First, Form::Second));
    }

    #[test]
    fn a_line_with_anything_else_in_it_is_none() {
        erasures().iter().for_each(no_other_line_reads);
    }

    fn no_other_line_reads(erasure: &Erasure) {
        let line = erasure.line(&key(1)).as_str().to_owned();
        let other_client = line.replacen("0202", "0302", 1);
        let bad = [
            other_client,
            line.replacen("erased1", "erased2", 1).replacen("erased2 ", "erased3 ", 1),
            if erasure.created_at.is_some() { line.replacen("erased2", "erased1", 1) } else { line.replacen("erased1", "erased2", 1) },
            line.replacen("2025-01-02", "2025-01-03", 1).replacen("T09", "T08", 1),
            line.replacen("2026", "2025", 1),
            line.replacen("T09:00:00.000001Z", "T10:00:00.000001+01:00", 1),
            line.replace("Z ", "Z  "),
            format!("{line} "),
            format!("{line}\n"),
            line[..line.len() - 1].to_owned(),
            String::new(),
        ];
        for bad in bad {
            assert_eq!(VouchedErasure::read(&bad, &key(1)), None, "{bad}");
        }
        assert_eq!(VouchedErasure::read(&line, &key(2)), None, "another key");
    }

    proptest! {
        #[test]
        fn odd_text_is_no_line(text in any::<String>()) {
            assert_eq!(VouchedErasure::read(&text, &key(1)), None);
        }
    }
}
