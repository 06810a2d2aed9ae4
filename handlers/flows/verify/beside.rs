//! Checks documents without a chain against the document that authenticates their partition: mails, notes of mails and intents beside an
//! identity; imports with their parts and exports beside a marker.

use super::{
    document::{Opener, Trouble, known},
    report::{Defect, DocumentKind},
    run::Flaw,
};
use crate::{
    crypto::envelope::Part,
    domain::{
        authority::KeptIntent,
        exports::Export,
        ids::{ExportId, ImportId, MailId},
        imports::Import,
        ledger::{ContentDigest, END_MARGIN, Entry, Ledger, Notes},
        mail::PendingMail,
        stored::BlindIndex,
    },
    ports::{Container, DocumentId, Listed},
    store::{
        beside::content_digest,
        exchanges::{self, Exchange},
        identities::documents::{self as documents, NoticeNote},
        keys::sealing::KeyScope,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Maintenance runs every quarter of an hour and removes what is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_mins(45);
/// A mail states when its cause happened, which may be some time before it was stored.
const CAUSE_MARGIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is collected about one partition.
pub(in crate::flows) struct Beside {
    container: Container,
    /// `None` for a document that does not open, which is reported where it lies.
    there: BTreeMap<DocumentId, Option<There>>,
    /// The sums of the notes that state their expiry.
    notes: Vec<Notes>,
    overdue: usize,
}

/// An existing document.
struct There {
    digest: ContentDigest,
    /// Whether it was listed when it was created.
    listed: bool,
    /// When it should be gone, if it states that itself.
    until: Option<Timestamp>,
}

impl Beside {
    pub(in crate::flows) const fn of(container: Container) -> Self {
        Self { container, there: BTreeMap::new(), notes: Vec::new(), overdue: 0 }
    }

    /// Whether documents of this kind are checked here.
    pub(in crate::flows) const fn is_about(kind: DocumentKind) -> bool {
        matches!(
            kind,
            DocumentKind::Mail
                | DocumentKind::Notice
                | DocumentKind::Intent
                | DocumentKind::Import
                | DocumentKind::ImportPart
                | DocumentKind::Export
        )
    }

    /// Returns when it was written, if it states that.
    pub(in crate::flows) async fn add(
        &mut self,
        opener: &Opener<'_>,
        scope: KeyScope,
        item: &Listed,
    ) -> Result<Option<Timestamp>, Trouble> {
        let kind = DocumentKind::of(self.container, &item.id);
        known(is_named(kind, &item.id).then_some(()))?;
        if kind == DocumentKind::Notice {
            return self.notice(opener, item).await.map(|()| None);
        }
        self.there.insert(item.id.clone(), None);
        let plaintext = opener.plaintext(self.container, scope, item, Part::Body).await?;
        let (listed, until, at) = match kind {
            DocumentKind::Mail => {
                let mail: PendingMail = parse(&plaintext)?;
                (mail.listed, Some(documents::mail_until(mail.created_at) + CAUSE_MARGIN), Some(mail.created_at))
            }
            DocumentKind::Intent => {
                let intent: KeptIntent = parse(&plaintext)?;
                self.overdue += usize::from(intent.until + OVERDUE < opener.clock.now());
                (intent.listed, Some(documents::intent_until(intent.at)), Some(intent.at))
            }
            DocumentKind::Import => {
                let import: Import = parse(&plaintext)?;
                (import.listed, Some(import.expires_at()), Some(import.made_at))
            }
            DocumentKind::Export => {
                let export: Export = parse(&plaintext)?;
                (export.listed, Some(export.expires_at()), Some(export.made_at))
            }
            // A part contains only table data; its import states the rest.
            _ => (false, None, None),
        };
        self.there.insert(item.id.clone(), Some(There { digest: content_digest(&plaintext), listed, until }));
        Ok(at)
    }

    async fn notice(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<(), Trouble> {
        let plaintext = opener.plaintext(self.container, KeyScope::Service, item, Part::Body).await?;
        // Notes were empty before identities kept sums of them.
        if let Some(NoticeNote { until: Some(until) }) = parse::<Option<NoticeNote>>(&plaintext)? {
            let index = BlindIndex::parse(item.partition.as_str()).ok_or(Trouble::Finding(Defect::Misplaced))?;
            let tag = opener.identities.notice_tag(index, &item.id).await?;
            Notes::note(&mut self.notes, until, &tag, Timestamp::MIN);
        }
        Ok(())
    }

    /// Returns what is wrong, given the contents of the document that authenticates all of it.
    pub(in crate::flows) fn flaws(&self, ledger: &Ledger, notes: &[Notes], now: Timestamp) -> Vec<Flaw> {
        let listed: BTreeMap<&str, &Entry> = ledger.documents().iter().map(|entry| (entry.id.as_str(), entry)).collect();
        let kind = |id: &DocumentId| DocumentKind::of(self.container, id);
        let missing = listed.values().filter(|entry| entry.until > now + END_MARGIN).filter_map(|entry| {
            let id = DocumentId::parse(&entry.id)?;
            (!self.there.contains_key(&id)).then(|| (kind(&id), Defect::Missing))
        });
        let wrong = self.there.iter().filter_map(|(id, there)| {
            let there = there.as_ref()?;
            let what = match listed.get(id.as_str()) {
                Some(entry) if entry.digest != there.digest => Defect::Older,
                Some(entry) if entry.until + END_MARGIN + END_MARGIN < now => Defect::Stray,
                None if self.was_listed(id, there) || there.until.is_some_and(|until| until + END_MARGIN < now) => Defect::Stray,
                Some(_) | None => return None,
            };
            Some((kind(id), what))
        });
        let overdue = (0..self.overdue).map(|_| (DocumentKind::Intent, Defect::Overdue));
        missing.chain(wrong).chain(overdue).chain(self.note_flaws(notes, now)).collect()
    }

    /// Whether it was listed when it was created. For a part, its import says so; without one there must be no parts.
    fn was_listed(&self, id: &DocumentId, there: &There) -> bool {
        if DocumentKind::of(self.container, id) != DocumentKind::ImportPart {
            return there.listed;
        }
        let import = exchanges::import_of_part(id).and_then(|import| self.there.get(&exchanges::document::<Import>(import)));
        import.is_none_or(|import| import.as_ref().is_some_and(|import| import.listed))
    }

    /// Each sum is reported once, however many notes are missing or back: a sum does not reveal that.
    fn note_flaws(&self, says: &[Notes], now: Timestamp) -> Vec<Flaw> {
        let lives = |notes: &&Notes| notes.until > now + END_MARGIN;
        let is_over = |notes: &&Notes| notes.until + END_MARGIN < now;
        let differ = says.iter().filter(lives).filter(|notes| !self.notes.contains(notes));
        let untold =
            self.notes.iter().filter(|notes| is_over(notes) || lives(notes) && !says.iter().any(|other| other.until == notes.until));
        differ.chain(untold).map(|_| (DocumentKind::Notice, Defect::NotesChanged)).collect()
    }
}

fn is_named(kind: DocumentKind, id: &DocumentId) -> bool {
    let id_after = |prefix| id.as_str().strip_prefix(prefix);
    match kind {
        DocumentKind::Mail => id_after(documents::MAIL_PREFIX).and_then(MailId::parse).is_some(),
        DocumentKind::Notice => id_after(documents::NOTICE_PREFIX).and_then(MailId::parse).is_some(),
        DocumentKind::Intent => documents::intent_id(id).is_some(),
        DocumentKind::Import => id_after(Import::PREFIX).and_then(ImportId::parse).is_some(),
        DocumentKind::Export => id_after(Export::PREFIX).and_then(ExportId::parse).is_some(),
        DocumentKind::ImportPart => exchanges::import_of_part(id).is_some(),
        _ => false,
    }
}

fn parse<T: DeserializeOwned>(plaintext: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(plaintext).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))
}
