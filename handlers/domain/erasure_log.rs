//! What the log of erasures says, one line for each: whose file was erased when, vouched for, and nothing else.
//!
//! The log lies outside the database, because a database that is put back older brings back who was erased; the log says who has to
//! go again.
//!
//! ```text
//! line = "erased1 " ‖ time ‖ " " ‖ adviser scope ‖ " " ‖ client file ‖ " " ‖ base64url(tag)
//! tag  = HMAC-SHA-256(erasure log key, "erased1", microseconds since 1970, adviser scope, client file)
//! ```

use super::ids::{ClientId, ScopeId};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;

/// Begins every line: what it says and the version of its form.
const VERSION: &str = "erased1";

/// An erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When it was decided.
    pub at: Timestamp,
    /// In whose partition the file was.
    pub scope: ScopeId,
    /// The file.
    pub client: ClientId,
}

/// What vouches for lines: the key for it, whose home is `crypto`.
pub trait Voucher {
    /// The tag over these fields.
    fn tag(&self, fields: &[&[u8]]) -> [u8; 32];
    /// Whether this is the tag over these fields.
    fn verify(&self, fields: &[&[u8]], tag: &[u8; 32]) -> bool;
}

/// A line that may be appended to the log, without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureLine(String);

/// An erasure that the log says and the key vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VouchedErasure(Erasure);

impl Erasure {
    /// The line that says it.
    #[must_use]
    pub fn line(&self, voucher: &impl Voucher) -> ErasureLine {
        let Self { at, scope, client } = self;
        let tag = self.with_fields(|fields| voucher.tag(fields));
        ErasureLine(format!("{VERSION} {at} {scope} {client} {}", BASE64URL_NOPAD.encode(&tag)))
    }

    fn with_fields<T>(&self, of: impl FnOnce(&[&[u8]]) -> T) -> T {
        let at = self.at.as_microsecond().to_be_bytes();
        of(&[VERSION.as_bytes(), &at, self.scope.bytes(), self.client.bytes()])
    }
}

impl ErasureLine {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VouchedErasure {
    /// What a line says, or `None` when it is not one that [`Erasure::line`] wrote with this key.
    #[must_use]
    pub fn read(line: &str, voucher: &impl Voucher) -> Option<Self> {
        let [version, at, scope, client, tag] = fields(line)?;
        let erasure = Erasure { at: at.parse().ok()?, scope: ScopeId::parse(scope)?, client: ClientId::parse(client)? };
        let tag: [u8; 32] = BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?.try_into().ok()?;
        let vouched = version == VERSION && erasure.with_fields(|fields| voucher.verify(fields, &tag));
        (vouched && erasure.at.to_string() == at).then_some(Self(erasure))
    }

    /// What it says.
    #[must_use]
    pub const fn erasure(&self) -> &Erasure {
        &self.0
    }
}

fn fields(line: &str) -> Option<[&str; 5]> {
    let mut fields = line.split(' ');
    let all = [fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{Erasure, VouchedErasure};
    use crate::{
        crypto::mac::MacKey,
        domain::ids::{ClientId, ScopeId},
        secret::Secret,
    };
    use proptest::prelude::{any, proptest};

    fn key(byte: u8) -> MacKey {
        MacKey::new(Secret::new([byte; 32]))
    }

    fn erasure() -> Erasure {
        let (scope, client) = (ScopeId::from_random([1; 16]), ClientId::from_random([2; 16]));
        Erasure { at: "2026-11-25T09:00:00.000001Z".parse().expect("a time"), scope, client }
    }

    #[test]
    fn a_line_says_what_was_erased() {
        let line = erasure().line(&key(1));
        assert_eq!(VouchedErasure::read(line.as_str(), &key(1)), Some(VouchedErasure(erasure())));
        assert_eq!(line.as_str().lines().count(), 1);
    }

    #[test]
    fn a_line_with_anything_else_in_it_is_none() {
        let line = erasure().line(&key(1)).as_str().to_owned();
        let other_client = line.replacen("0202", "0302", 1);
        let bad = [
            other_client,
            line.replacen("erased1", "erased2", 1),
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
