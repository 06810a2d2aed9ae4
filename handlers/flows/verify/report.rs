//! The findings of a verification, in words that an operator may keep: no text in them comes from a document.

use crate::{
    domain::chain_check::ChainFlaw,
    ports::{Container, Partition},
};
use jiff::Timestamp;
use std::fmt;

/// The most findings kept individually; those beyond are only counted.
const MAX_FINDINGS: usize = 1000;
/// How many characters of a partition's name are shown: enough to find it, useless for anything else.
const PARTITION_CHARACTERS: usize = 12;

/// What was checked and what is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Documents in each container, in the order of [`Container::ALL`].
    pub documents: [usize; Container::ALL.len()],
    /// The time range in which they were written, according to their sealed content: the database does not record it.
    pub written: [Written; Container::ALL.len()],
    /// Sealed parts and data keys that opened.
    pub opened: usize,
    /// Chains that were checked.
    pub chains: usize,
    /// Lines of the erasure log.
    pub erasures: LineCounts,
    /// What is wrong, in the order it was found.
    pub findings: Vec<Finding>,
    pub more_findings: usize,
    /// What changed during every reading and so cannot be judged: not a finding.
    pub changing: usize,
}

/// Lines of the erasure log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    pub read: usize,
    /// Lines that the key does not authenticate: changed, or not written by this service. Each is a finding.
    pub unvouched: usize,
}

/// The oldest and the newest time of writing that documents state; `None` if none states one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written(pub Option<(Timestamp, Timestamp)>);

/// One defect, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub container: Container,
    /// The beginning of the partition's name.
    pub partition: String,
    /// The kind of document.
    pub kind: DocumentKind,
    /// What is wrong with it.
    pub what: Defect,
}

/// The kinds of documents, by the prefix of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// What is known about a username.
    Identity,
    Attempt,
    /// A change of an account.
    Change,
    Session,
    Mail,
    /// A note that a mail was stored.
    Notice,
    /// What a user is about to do outside their own identity.
    Intent,
    Client,
    /// The state of an adviser's partition.
    Marker,
    /// An entry of the trail of client files.
    Trail,
    /// A note that a session has read a file.
    Seen,
    /// An import of client files.
    Import,
    /// A part of an import's table.
    ImportPart,
    /// An export of client files.
    Export,
    /// A note that a handover delivered a file.
    Taken,
    /// A note that a file is being erased.
    Erasing,
    Key,
    /// The list of a scope's data keys and their states.
    Ring,
    /// A record with steps: an entry of a register.
    Record,
    /// A step of a record.
    Step,
    /// The alarm of a record.
    Alarm,
    /// The marker that authenticates all records of one location together.
    RecordLocation,
    /// All entries of a chain.
    Chain,
    Other,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The database cannot read it.
    Unreadable,
    /// It changed during every reading.
    Changing,
    /// Damaged, moved, forged, or sealed under a key that no longer exists.
    DoesNotOpen,
    /// The version of the key-encryption key that its data key is wrapped under is disabled.
    KeyDisabled,
    /// There is data but no root key to open it: nothing was checked.
    RootKeyMissing,
    /// Lacks a part that every document of its kind has.
    PartMissing,
    /// Not written by this version of FinRust.
    UnknownDocument,
    /// Opens, but states that it belongs elsewhere.
    Misplaced,
    Chain(ChainFlaw),
    /// A file whose trail names a newer version.
    FileOlder,
    /// A missing file that exists according to its trail.
    FileMissing,
    /// An existing file that is gone according to its trail.
    FileBack,
    /// A file that was erased according to the erasure log.
    Erased,
    /// A file that two advisers have, although no handover is running between them.
    FileTwice,
    /// A file without entries in the trail.
    NotInTrail,
    /// A summary of a different version than its file.
    SummaryOlder,
    /// A record that is not what its newest step made of it.
    RecordChanged,
    /// A marker of a record location that does not match the records there.
    ShelfChanged,
    /// A missing marker that existed according to the records.
    ShelfMissing,
    /// An alarm that is missing or is not its record's.
    AlarmMissing,
    /// An alarm whose record has none.
    AlarmStray,
    /// A partition that a handover closed accepts writes.
    Reopened,
    /// A missing note of something that the trail records.
    NoteMissing,
    /// A note of something that the trail does not record.
    NoteStray,
    /// A missing session that its account lists.
    SessionMissing,
    /// A session that its account does not list.
    SessionStray,
    /// A missing document that its identity or marker lists.
    Missing,
    /// An older state of a document than its identity, account or marker names.
    Older,
    /// A document that was finished with or has expired.
    Stray,
    /// The notes of mails do not match the sums in their identity.
    NotesChanged,
    /// Something that maintenance should have removed long ago.
    Overdue,
    /// A file that a leaver handed over and no successor took over.
    NotTakenOver,
    /// A missing record of a data key that was not destroyed.
    KeyMissing,
    /// An existing record of a data key that was destroyed.
    KeyBack,
    /// A record of a data key that is older than the known state.
    KeyOlder,
    /// A second active data key in the same scope.
    KeyTwice,
    /// The list of a scope's data keys is missing.
    RingMissing,
    /// A list of data keys that is older than their records.
    RingOlder,
}

impl Report {
    /// Whether nothing is wrong.
    pub const fn is_clean(&self) -> bool {
        self.count() == 0
    }

    /// Returns the number of findings.
    pub const fn count(&self) -> usize {
        self.findings.len() + self.more_findings + self.erasures.unvouched
    }

    /// Records a finding.
    pub(in crate::flows) fn find(&mut self, container: Container, partition: &Partition, kind: DocumentKind, what: Defect) {
        if what == Defect::Changing {
            self.changing += 1;
            return;
        }
        if self.findings.len() == MAX_FINDINGS {
            self.more_findings += 1;
            return;
        }
        let partition = partition.as_str().chars().take(PARTITION_CHARACTERS).collect();
        self.findings.push(Finding { container, partition, kind, what });
    }

    /// Returns the report for a terminal: one line per container, one for the total, one per finding.
    pub fn lines(&self) -> Vec<String> {
        let counts = Container::ALL.iter().zip(self.documents).zip(self.written);
        let line = |((container, count), written): ((&Container, usize), Written)| {
            format!("{}: {}{written}", container.name(), counted(count, "document"))
        };
        let mut lines: Vec<String> = counts.map(line).collect();
        let (chains, findings) = (counted(self.chains, "chain"), counted(self.count(), "finding"));
        lines.push(format!("{} opened, {chains} followed, {findings}", self.opened));
        lines.push(format!("erasure log: {}, not authentic: {}", counted(self.erasures.read, "line"), self.erasures.unvouched));
        if self.changing > 0 {
            lines.push(format!("not judged because they changed during every reading: {}", self.changing));
        }
        lines.extend(self.findings.iter().map(ToString::to_string));
        if self.more_findings > 0 {
            lines.push(format!("and {} more", self.more_findings));
        }
        lines
    }
}

/// A number with its noun.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

impl Written {
    /// Extends the range by the time at which a document says it was written, if it does.
    pub(in crate::flows) fn add(&mut self, at: Option<Timestamp>) {
        let both = self.0.into_iter().flat_map(|(oldest, newest)| [oldest, newest]).chain(at);
        self.0 = both.clone().min().zip(both.max());
    }
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((oldest, newest)) => write!(formatter, ", written {oldest:.0} to {newest:.0} by their own timestamps"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}… {}: {}", self.container.name(), self.partition, self.kind.name(), self.what)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Changing => "changed during every reading",
            Self::Unreadable => "cannot be read from the database",
            Self::DoesNotOpen => "does not open",
            Self::KeyDisabled => "needs a version of the key-encryption key that is disabled",
            Self::RootKeyMissing => "the root key is gone; nothing was opened",
            Self::PartMissing => "a part is missing",
            Self::UnknownDocument => "nothing that this version writes",
            Self::Misplaced => "belongs elsewhere",
            Self::FileOlder => "an older version was put back",
            Self::FileMissing => "is missing, and nobody deleted it",
            Self::FileBack => "is back after it was deleted",
            Self::Erased => "is back after it was erased: run `finrust replay-erasures`",
            Self::FileTwice => "another adviser has it too",
            Self::NotInTrail => "nobody made it",
            Self::SummaryOlder => "its summary is of another version",
            Self::RecordChanged => "was changed without a step",
            Self::ShelfChanged => "records were taken away or put back with their steps, or the marker was",
            Self::AlarmMissing => "is missing, or is not that of its record",
            Self::AlarmStray => "its record has none",
            Self::KeyMissing => "is missing, and nobody destroyed it",
            Self::KeyBack => "is back after it was destroyed",
            Self::KeyOlder => "an older record was put back",
            Self::KeyTwice => "another one is active too",
            Self::ShelfMissing | Self::RingMissing => "is missing",
            Self::RingOlder => "does not know all of the records beside it",
            Self::Chain(ChainFlaw::Broken) => "an entry was changed or added",
            Self::Chain(ChainFlaw::EntryMissing) => "an entry is missing",
            Self::Chain(ChainFlaw::HeadMissing) => "entries whose record is missing",
            Self::Chain(ChainFlaw::TimeAhead) => "the time of an entry lies ahead of those after it: a clock was wrong",
            Self::Reopened => "is open, though a handover has closed it",
            Self::NoteMissing => "is missing, and what it is about is not",
            Self::NoteStray => "what it is about did not happen, or not now",
            Self::SessionMissing => "is missing, and nobody ended it",
            Self::SessionStray => "was ended, or its account never had it",
            Self::Missing => "is missing, and nobody is done with it",
            Self::Older | Self::Chain(ChainFlaw::HeadOlder) => "an older state was put back",
            Self::Stray => "is back after it was done with, or stays longer than it should",
            Self::NotesChanged => "some were taken away or put back",
            Self::Overdue => "stayed behind: maintenance does not run, or cannot finish it",
            Self::NotTakenOver => "a file was handed over, and the successor never took it",
        })
    }
}

/// Replaces the flaws by [`Defect::Changing`] when the data changed during every reading, because then it cannot be judged.
pub(in crate::flows) fn unless_changing(flaws: Vec<(DocumentKind, Defect)>, changes: bool) -> Vec<(DocumentKind, Defect)> {
    match flaws.first() {
        Some((kind, _)) if changes => vec![(*kind, Defect::Changing)],
        _ => flaws,
    }
}

#[cfg(test)]
mod tests {
    use super::{Defect, DocumentKind, MAX_FINDINGS, Report};
    use crate::ports::{Container, Partition};
    use jiff::Timestamp;

    #[test]
    fn says_whereabouts_and_no_more() {
        let mut report = Report { documents: [2, 0, 1, 0], opened: 2, chains: 1, ..Report::default() };
        for second in [7, 5, 9] {
            report.written[0].add(Timestamp::from_second(second).ok());
        }
        let partition = Partition::parse("abcdefghijklmnopqrstuvwxyz").expect("plain");
        report.find(Container::Identities, &partition, DocumentKind::Session, Defect::DoesNotOpen);
        let lines = report.lines();
        assert_eq!(lines[0], "identities: 2 documents, written 1970-01-01T00:00:05Z to 1970-01-01T00:00:09Z by their own timestamps");
        assert_eq!(lines[1], "clients: 0 documents");
        assert_eq!(lines[4], "2 opened, 1 chain followed, 1 finding");
        assert_eq!(lines[5], "erasure log: 0 lines, not authentic: 0");
        assert_eq!(lines[6], "identities abcdefghijkl… session: does not open");
    }

    #[test]
    fn what_changes_at_every_reading_is_no_finding() {
        let partition = Partition::parse("p").expect("plain");
        let mut report = Report::default();
        for changes in [true, false] {
            for (kind, what) in crate::flows::verify::report::unless_changing(
                vec![(DocumentKind::Chain, Defect::Missing), (DocumentKind::Mail, Defect::Stray)],
                changes,
            ) {
                report.find(Container::Clients, &partition, kind, what);
            }
        }
        assert_eq!((report.changing, report.count()), (1, 2));
        assert!(crate::flows::verify::report::unless_changing(Vec::new(), true).is_empty());
        assert!(report.lines().contains(&"not judged because they changed during every reading: 1".to_owned()));
    }

    #[test]
    fn counts_what_it_does_not_keep() {
        let mut report = Report::default();
        let partition = Partition::parse("p").expect("plain");
        for _ in 0..MAX_FINDINGS + 2 {
            report.find(Container::Clients, &partition, DocumentKind::Client, Defect::DoesNotOpen);
        }
        assert_eq!((report.findings.len(), report.more_findings), (MAX_FINDINGS, 2));
        assert_eq!(report.lines().last().map(String::as_str), Some("and 2 more"));
    }
}
