//! Identifiers: opaque to clients, and distinct types in code, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates a version 4 UUID (RFC 9562 section 5.4) from 16 random bytes.
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }

            /// Parses the hyphenated lower-case form that [`fmt::Display`] writes, and no other.
            pub fn parse(text: &str) -> Option<Self> {
                let uuid = Uuid::try_parse(text).ok()?;
                (uuid.to_string() == text).then_some(Self(uuid))
            }

            /// Its 16 bytes in network order.
            pub const fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Creates the id with exactly these 16 bytes, as read from a stored record.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

uuid_id!(
    /// A client file.
    ClientId
);
uuid_id!(
    /// A pending change outside one's own identity.
    IntentId
);
uuid_id!(
    /// A data key.
    KeyId
);
uuid_id!(
    /// A browser known to an account, as shown to the user.
    BrowserId
);
uuid_id!(
    /// A mail waiting to be sent; also the mail provider's idempotency id.
    MailId
);
uuid_id!(
    /// A session as shown in the user's list; unrelated to the cookie.
    SessionId
);
uuid_id!(
    /// The files of one adviser: both partition and key scope.
    ScopeId
);
uuid_id!(
    /// A record with steps: an entry in a register.
    RecordId
);
uuid_id!(
    /// An import of client files.
    ImportId
);
uuid_id!(
    /// An export of client files; also its watermark.
    ExportId
);
uuid_id!(
    /// One write of one document, which identifies that write when its response was lost.
    WriteId
);

#[cfg(test)]
mod tests {
    use super::ClientId;

    #[test]
    fn has_one_spelling() {
        let id = ClientId::from_random([0xab; 16]);
        assert_eq!(ClientId::parse(&id.to_string()), Some(id));
        assert_eq!(ClientId::parse(&id.to_string().to_uppercase()), None);
        assert_eq!(ClientId::parse(&id.to_string().replace('-', "")), None);
    }
}
