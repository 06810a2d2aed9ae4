//! The processor's letter to a controller whose files were affected (art. 33(2) GDPR): only what concerns that adviser.

use super::{
    evidence::AffectedAdviser,
    window::TrailWindow,
    words::{AccountRef, Moment},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A letter as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Letter {
    /// 1 for the first letter about this breach.
    pub number: u32,
    /// Whom it is to.
    pub account: AccountRef,
    /// When it was written.
    pub written_at: Moment,
    /// What was found of this adviser's files.
    pub found: AffectedAdviser,
    /// Where that was looked for; the adviser finds the files again by it.
    pub window: TrailWindow,
    /// Whether that was looked for in the trails of former owners too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub former_owners: bool,
    /// In Dutch.
    pub nl: LetterText,
    /// In English.
    pub en: LetterText,
}

/// The words of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterText {
    /// Its subject.
    pub subject: String,
    /// Its paragraphs; lines within one are ended by a line feed.
    pub paragraphs: Vec<String>,
}

/// What the record keeps of a letter; the letter itself is in its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterLine {
    /// Its number.
    pub number: u32,
    /// Whom it is to.
    pub account: AccountRef,
    /// When it was written.
    pub written_at: Moment,
}
