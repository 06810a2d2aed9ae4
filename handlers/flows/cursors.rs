//! Cursors as clients see them: sealed, so that they reveal nothing and cannot be forged, and valid for one list only.

use super::services::Services;
use crate::{
    crypto::envelope::{EnvelopeContext, Part, Unopened},
    domain::wire::fields::{FieldCode, InvalidFields},
    store::{error::StoreError, keys::sealing::KeyScope},
};
use data_encoding::BASE64URL_NOPAD;

/// A list that is read in pages.
#[derive(Clone, Copy)]
pub struct List<'a> {
    /// The scope whose key seals its cursors.
    pub scope: KeyScope,
    pub name: &'a str,
    pub owner: &'a str,
}

impl List<'_> {
    const fn place(&self) -> EnvelopeContext<'_> {
        EnvelopeContext { container: "cursor", partition: self.owner, document: self.name, part: Part::Body }
    }

    /// Returns the cursor text for the client.
    pub async fn seal(&self, services: &Services, position: &[u8]) -> Result<String, StoreError> {
        let sealed = services.sealing.seal(self.scope, self.place(), position).await?;
        Ok(BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// Returns the position in a cursor text.
    ///
    /// # Errors
    /// The inner error when the text is not a cursor of this list.
    pub async fn open(&self, services: &Services, text: &str) -> Result<Result<zeroize::Zeroizing<Vec<u8>>, InvalidFields>, StoreError> {
        let Ok(bytes) = BASE64URL_NOPAD.decode(text.as_bytes()) else {
            return Ok(Err(bad_cursor()));
        };
        match services.sealing.open(self.scope, self.place(), &Unopened::new(bytes)).await {
            Ok(position) => Ok(Ok(position)),
            Err(StoreError::DoesNotOpen) => Ok(Err(bad_cursor())),
            Err(other) => Err(other),
        }
    }
}

/// The error for an invalid cursor.
pub fn bad_cursor() -> InvalidFields {
    InvalidFields::one("/cursor", FieldCode::InvalidFormat)
}
