//! The sorts of documents by their ids, and what a report calls them.

use super::verify_report::Kind;
use crate::ports::{Container, DocumentId};

impl Kind {
    /// The kind of a document with this id, whatever follows the prefix.
    #[must_use]
    pub fn of(container: Container, id: &DocumentId) -> Self {
        let prefix = id.as_str().split('-').next().unwrap_or_default();
        match (container, prefix) {
            (Container::Identities, "identity") => Self::Identity,
            (Container::Identities, "attempt") => Self::Attempt,
            (Container::Identities, "change") => Self::Change,
            (Container::Identities, "session") => Self::Session,
            (Container::Identities, "mail") => Self::Mail,
            (Container::Identities, "notice") => Self::Notice,
            (Container::Identities, "intent") => Self::Intent,
            (Container::Clients, "client") => Self::Client,
            (Container::Clients, "marker") => Self::Marker,
            (Container::Clients, "trail") => Self::Trail,
            (Container::Clients, "seen") => Self::Seen,
            (Container::Clients, "import") => Self::Import,
            (Container::Clients, "importpart") => Self::ImportPart,
            (Container::Clients, "export") => Self::Export,
            (Container::Clients, "taken") => Self::Taken,
            (Container::Clients, "erasing") => Self::Erasing,
            (Container::Clients, "alarm") => Self::Alarm,
            (Container::Keys, "key") => Self::Key,
            (Container::Clients | Container::Register, "record") => Self::Record,
            (Container::Clients | Container::Register, "step") => Self::Step,
            (Container::Clients | Container::Register, "shelf") => Self::Shelf,
            (Container::Identities | Container::Clients | Container::Keys | Container::Register, _) => Self::Other,
        }
    }

    /// What a report calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Attempt => "attempt",
            Self::Change => "change",
            Self::Session => "session",
            Self::Mail => "mail",
            Self::Notice => "note of a mail",
            Self::Intent => "intent",
            Self::Client => "client file",
            Self::Marker => "marker",
            Self::Import => "import",
            Self::ImportPart => "part of an import",
            Self::Export => "export",
            Self::Key => "data key",
            Self::Trail => "entry of the trail",
            Self::Seen => "note of a reading",
            Self::Taken => "note of a hand-over",
            Self::Erasing => "note of an erasure",
            Self::Record => "record",
            Self::Step => "step of a record",
            Self::Alarm => "alarm of a record",
            Self::Shelf => "marker of a shelf",
            Self::Chain => "chain",
            Self::Other => "document",
        }
    }
}
