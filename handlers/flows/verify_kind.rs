//! The sorts of documents by their ids, and what a report calls them.

use super::verify_report::Kind;
use crate::ports::{Container, DocumentId};

/// Everything that the database holds: where, how its id begins up to the first hyphen, and what it is. What is not in this list is
/// nothing that this version writes; `tests/verify/tamper.rs` attacks a document of each.
pub const STORED: [(Container, &str, Kind); 25] = [
    (Container::Identities, "identity", Kind::Identity),
    (Container::Identities, "attempt", Kind::Attempt),
    (Container::Identities, "change", Kind::Change),
    (Container::Identities, "session", Kind::Session),
    (Container::Identities, "mail", Kind::Mail),
    (Container::Identities, "notice", Kind::Notice),
    (Container::Identities, "intent", Kind::Intent),
    (Container::Clients, "client", Kind::Client),
    (Container::Clients, "marker", Kind::Marker),
    (Container::Clients, "trail", Kind::Trail),
    (Container::Clients, "seen", Kind::Seen),
    (Container::Clients, "import", Kind::Import),
    (Container::Clients, "importpart", Kind::ImportPart),
    (Container::Clients, "export", Kind::Export),
    (Container::Clients, "taken", Kind::Taken),
    (Container::Clients, "erasing", Kind::Erasing),
    (Container::Clients, "record", Kind::Record),
    (Container::Clients, "step", Kind::Step),
    (Container::Clients, "alarm", Kind::Alarm),
    (Container::Clients, "shelf", Kind::Shelf),
    (Container::Keys, "key", Kind::Key),
    (Container::Keys, "ring", Kind::Ring),
    (Container::Register, "record", Kind::Record),
    (Container::Register, "step", Kind::Step),
    (Container::Register, "shelf", Kind::Shelf),
];

impl Kind {
    /// The kind of a document with this id, whatever follows the prefix.
    pub fn of(container: Container, id: &DocumentId) -> Self {
        let prefix = id.as_str().split('-').next().unwrap_or_default();
        let known = STORED.iter().find(|(here, beginning, _)| (*here, *beginning) == (container, prefix));
        known.map_or(Self::Other, |(_, _, kind)| *kind)
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
            Self::Ring => "list of data keys",
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
