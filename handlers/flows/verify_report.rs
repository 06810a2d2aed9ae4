//! What opening everything has found, in words that an operator may keep: no text in it comes from a document.

use crate::{
    domain::chain_check::ChainFlaw,
    ports::{Container, Partition},
};
use jiff::Timestamp;
use std::fmt;

/// Findings that are kept one by one; those beyond are counted.
const MAX_FINDINGS: usize = 1000;
/// Characters of a partition's name that find it again and are no use for anything else.
const PARTITION_CHARACTERS: usize = 12;

/// What was looked at and what is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Documents in each container, in the order of [`Container::ALL`].
    pub documents: [usize; Container::ALL.len()],
    /// From when to when they were written, as they say themselves once opened: the database does not tell.
    pub written: [Written; Container::ALL.len()],
    /// Sealed parts and data keys that opened.
    pub opened: usize,
    /// Chains that were followed.
    pub chains: usize,
    /// Lines of the log of erasures.
    pub erasures: LineCounts,
    /// What is wrong, in the order it was found.
    pub findings: Vec<Finding>,
    pub more_findings: usize,
    /// What was written each time that it was read, and so cannot be judged: no finding.
    pub changing: usize,
}

/// Lines of the log of erasures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    pub read: usize,
    /// Those that the key does not vouch for: changed, or written by somebody else. Each is a finding.
    pub unvouched: usize,
}

/// The oldest and the newest of the times at which documents say that they were written; `None` where none does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written(pub Option<(Timestamp, Timestamp)>);

/// One thing that is wrong, and whereabouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub container: Container,
    /// How the name of the partition begins.
    pub partition: String,
    /// Which sort of document.
    pub kind: DocumentKind,
    /// What is wrong with it.
    pub what: Defect,
}

/// The sorts of documents, as their ids begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// What is known of a username.
    Identity,
    Attempt,
    /// A change of an account.
    Change,
    Session,
    Mail,
    /// A note that a mail was left.
    Notice,
    /// What somebody is about to do outside the own identity.
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
    /// A part of its table.
    ImportPart,
    /// An export of client files.
    Export,
    /// A note that a hand-over has brought a file.
    Taken,
    /// A note that a file is being erased.
    Erasing,
    Key,
    /// What has become of a scope's data keys.
    Ring,
    /// A record with steps: an entry of a register.
    Record,
    /// A step of a record.
    Step,
    /// The alarm of a record.
    Alarm,
    /// What vouches for all records of a shelf together.
    RecordLocation,
    /// All entries of a chain.
    Chain,
    Other,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The database fails to read it.
    Unreadable,
    /// Somebody wrote there each time that it was read.
    Changing,
    /// Damaged, moved, forged, or sealed under a key that is gone.
    DoesNotOpen,
    /// The version of the key-encryption key that its data key is wrapped under is disabled.
    KeyDisabled,
    /// There is data and no root key to open it: nothing was looked into.
    RootKeyMissing,
    /// A part that every document of its kind has.
    PartMissing,
    /// Nothing that this version of FinRust writes.
    UnknownDocument,
    /// Opens, but says that it belongs elsewhere.
    Misplaced,
    Chain(ChainFlaw),
    /// A file whose trail knows a newer version.
    FileOlder,
    /// A file whose trail says that it is there.
    FileMissing,
    /// A file whose trail says that it is gone.
    FileBack,
    /// A file that the log of erasures says is erased.
    Erased,
    /// A file that two advisers have, though no hand-over runs between them.
    FileTwice,
    /// A file that no trail knows.
    NotInTrail,
    /// A summary of another version than its file.
    SummaryOlder,
    /// A record that is not what its newest step made of it.
    RecordChanged,
    /// A marker of a shelf that is not what the records there say.
    ShelfChanged,
    /// Records say that there was a marker.
    ShelfMissing,
    /// A record has an alarm, and it is not there or another one.
    AlarmMissing,
    /// An alarm of a record that has none.
    AlarmStray,
    /// A partition that a hand-over has closed takes writes.
    Reopened,
    /// The trail says what a note is about, and it is not there.
    NoteMissing,
    /// A note of something that the trail does not know.
    NoteStray,
    /// A session that its account has, and it is not there.
    SessionMissing,
    /// A session that its account does not have.
    SessionStray,
    /// A document that its identity or marker lists, and it is not there.
    Missing,
    /// An older state of a document than its identity, account or marker says.
    Older,
    /// A document that was done with, or whose time is over.
    Stray,
    /// Notes of mails are not those that their identity tells of.
    NotesChanged,
    /// What maintenance should have taken away long ago.
    Overdue,
    /// A file that a leaver has handed over and no successor has taken.
    NotTakenOver,
    /// A data key that was not destroyed, and its record is not there.
    KeyMissing,
    /// A data key that was destroyed, and its record is there.
    KeyBack,
    /// A record of a data key that says less than is known of it.
    KeyOlder,
    /// A data key that says it is active beside another one.
    KeyTwice,
    /// A scope has a list of its data keys, and it is not there.
    RingMissing,
    /// A list of data keys that knows less than their records say.
    RingOlder,
}

impl Report {
    /// Whether everything is as it should be.
    pub const fn is_clean(&self) -> bool {
        self.count() == 0
    }

    /// How many findings there are.
    pub const fn count(&self) -> usize {
        self.findings.len() + self.more_findings + self.erasures.unvouched
    }

    /// Takes a finding down.
    pub(super) fn find(&mut self, container: Container, partition: &Partition, kind: DocumentKind, what: Defect) {
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

    /// The report for a terminal: a line for each container, one for the whole, one for each finding.
    pub fn lines(&self) -> Vec<String> {
        let counts = Container::ALL.iter().zip(self.documents).zip(self.written);
        let line =
            |((container, count), written): ((&Container, usize), Written)| format!("{}: {count} documents{written}", container.name());
        let mut lines: Vec<String> = counts.map(line).collect();
        lines.push(format!("{} opened, {} chains followed, {} findings", self.opened, self.chains, self.count()));
        lines.push(format!("log of erasures: {} lines, {} not vouched for", self.erasures.read, self.erasures.unvouched));
        if self.changing > 0 {
            lines.push(format!("{} changed meanwhile, each time that they were read: not judged", self.changing));
        }
        lines.extend(self.findings.iter().map(ToString::to_string));
        if self.more_findings > 0 {
            lines.push(format!("and {} more", self.more_findings));
        }
        lines
    }
}

impl Written {
    /// Takes in when a document says that it was written, if it does.
    pub(super) fn add(&mut self, at: Option<Timestamp>) {
        let both = self.0.into_iter().flat_map(|(oldest, newest)| [oldest, newest]).chain(at);
        self.0 = both.clone().min().zip(both.max());
    }
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((oldest, newest)) => write!(formatter, ", written {oldest:.0} to {newest:.0} as they say"),
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
            Self::Changing => "changed meanwhile",
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
            Self::Chain(ChainFlaw::HeadMissing) => "entries without what they are about",
            Self::Chain(ChainFlaw::TimeAhead) => "the time of an entry lies ahead of those after it: a clock was wrong",
            Self::Reopened => "is open, though a hand-over has closed it",
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

/// What looks wrong is none when somebody wrote there at every reading: that it cannot be judged is what is said.
pub(super) fn unless_changing(flaws: Vec<(DocumentKind, Defect)>, changes: bool) -> Vec<(DocumentKind, Defect)> {
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
        assert_eq!(lines[0], "identities: 2 documents, written 1970-01-01T00:00:05Z to 1970-01-01T00:00:09Z as they say");
        assert_eq!(lines[1], "clients: 0 documents");
        assert_eq!(lines[4], "2 opened, 1 chains followed, 1 findings");
        assert_eq!(lines[5], "log of erasures: 0 lines, 0 not vouched for");
        assert_eq!(lines[6], "identities abcdefghijkl… session: does not open");
    }

    #[test]
    fn what_changes_at_every_reading_is_no_finding() {
        let partition = Partition::parse("p").expect("plain");
        let mut report = Report::default();
        for changes in [true, false] {
            for (kind, what) in
                super::unless_changing(vec![(DocumentKind::Chain, Defect::Missing), (DocumentKind::Mail, Defect::Stray)], changes)
            {
                report.find(Container::Clients, &partition, kind, what);
            }
        }
        assert_eq!((report.changing, report.count()), (1, 2));
        assert!(super::unless_changing(Vec::new(), true).is_empty());
        assert!(report.lines().contains(&"1 changed meanwhile, each time that they were read: not judged".to_owned()));
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
