//! The processor's letter to a controller whose files were affected (art. 33(2) GDPR): only what concerns that adviser.

use super::{evidence::AffectedAdviser, window::TrailWindow};
use crate::domain::wire::values::{AccountRef, Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A letter to an adviser as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Letter {
    /// Sequence number of the letter within this breach, starting at 1.
    pub number: u32,
    /// The adviser's account, which receives the letter.
    pub account: AccountRef,
    /// When the letter was written.
    pub written_at: Moment,
    /// When the adviser's firm has to have notified the authority: 72 hours after the letter. Absent unless that firm is the controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<Moment>,
    /// What was done with this adviser's files.
    pub found: AffectedAdviser,
    /// The query that found the files; the adviser's list of affected clients uses it again.
    pub window: TrailWindow,
    /// Whether the audit trails of previous owners were searched too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub former_owners: bool,
    /// The letter in Dutch.
    pub nl: LetterText,
    /// The letter in English.
    pub en: LetterText,
}

/// The text of a letter in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterText {
    /// The subject line of the letter.
    pub subject: String,
    /// The paragraphs; lines within a paragraph are separated by line feeds.
    pub paragraphs: Vec<String>,
}

/// Summary of a letter; the full text is in its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterLine {
    /// Sequence number of the letter within this breach, starting at 1.
    pub number: u32,
    /// The adviser's account, which received the letter.
    pub account: AccountRef,
    /// When the letter was written.
    pub written_at: Moment,
    /// Other accounts that held the affected files when they were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub former: Vec<AccountRef>,
}

impl LetterLine {
    /// Whether the letter tells about what was found at this account.
    pub fn covers(&self, account: AccountRef) -> bool {
        self.account == account || self.former.contains(&account)
    }
}
