//! The kinds of documents by their ids, and their names in a report.

use super::report::DocumentKind;
use crate::ports::{Container, DocumentId};

/// Everything the database holds: container, prefix of the id up to the first hyphen, and kind. This version writes nothing that is not in
/// this list; `tests/verify/tamper.rs` attacks a document of each.
pub const STORED: [(Container, &str, DocumentKind); 25] = [
    (Container::Identities, "identity", DocumentKind::Identity),
    (Container::Identities, "attempt", DocumentKind::Attempt),
    (Container::Identities, "change", DocumentKind::Change),
    (Container::Identities, "session", DocumentKind::Session),
    (Container::Identities, "mail", DocumentKind::Mail),
    (Container::Identities, "notice", DocumentKind::Notice),
    (Container::Identities, "intent", DocumentKind::Intent),
    (Container::Clients, "client", DocumentKind::Client),
    (Container::Clients, "marker", DocumentKind::Marker),
    (Container::Clients, "trail", DocumentKind::Trail),
    (Container::Clients, "seen", DocumentKind::Seen),
    (Container::Clients, "import", DocumentKind::Import),
    (Container::Clients, "importpart", DocumentKind::ImportPart),
    (Container::Clients, "export", DocumentKind::Export),
    (Container::Clients, "taken", DocumentKind::Taken),
    (Container::Clients, "erasing", DocumentKind::Erasing),
    (Container::Clients, "record", DocumentKind::Record),
    (Container::Clients, "step", DocumentKind::Step),
    (Container::Clients, "alarm", DocumentKind::Alarm),
    (Container::Clients, "shelf", DocumentKind::RecordLocation),
    (Container::Keys, "key", DocumentKind::Key),
    (Container::Keys, "ring", DocumentKind::Ring),
    (Container::Register, "record", DocumentKind::Record),
    (Container::Register, "step", DocumentKind::Step),
    (Container::Register, "shelf", DocumentKind::RecordLocation),
];

impl DocumentKind {
    /// Returns the kind of a document with this id, whatever follows the prefix.
    pub fn of(container: Container, id: &DocumentId) -> Self {
        let prefix = id.as_str().split('-').next().unwrap_or_default();
        let known = STORED.iter().find(|(here, beginning, _)| (*here, *beginning) == (container, prefix));
        known.map_or(Self::Other, |(_, _, kind)| *kind)
    }

    /// Its name in a report.
    pub(in crate::flows) const fn name(self) -> &'static str {
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
            Self::Ring => "list of data keys",
            Self::Trail => "entry of the trail",
            Self::Seen => "note of a reading",
            Self::Taken => "note of a hand-over",
            Self::Erasing => "note of an erasure",
            Self::Record => "record",
            Self::Step => "step of a record",
            Self::Alarm => "alarm of a record",
            Self::RecordLocation => "marker of a shelf",
            Self::Chain => "chain",
            Self::Other => "document",
        }
    }
}
