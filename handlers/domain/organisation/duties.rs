//! What the organisation has to do about a breach: which clock runs, and whose files a letter is about. The only place that decides it.
//!
//! | role | client files are affected | only accounts, attempts or logs |
//! |---|---|---|
//! | unset or controller | 72 hours to notify the authority (art. 33(1) GDPR) | the same |
//! | processor | only these: letters to the advisers without undue delay (art. 33(2)); also accounts: both | 72 hours |
//!
//! A breach keeps the role that was in force when the organisation became aware of it.

use super::details::OrganisationRole;
use crate::closed_set;
use jiff::SignedDuration;

closed_set! {
    /// What is affected by a breach.
    pub enum BreachConcern in "snake_case" {
        /// Client files of advisers.
        ClientFiles,
        /// Accounts, login attempts or logs, of which the organisation is always the controller.
        Accounts,
    }
}

/// Time limit for notifying the authority (art. 33(1) GDPR). For an adviser who is a controller it runs from the letter.
pub const DEADLINE: SignedDuration = SignedDuration::from_hours(72);

/// Hours after becoming aware at which officers are reminded of the 72 hours.
pub const CLOCK_REMINDERS: &[u16] = &[24, 48, 66, 72];

/// Hours after becoming aware at which officers are reminded of letters that are all that is due.
pub const LETTER_REMINDERS: &[u16] = &[4, 24, 48];

/// The role in force and what a breach concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duties<'a> {
    pub role: Option<OrganisationRole>,
    /// Everything when empty.
    pub concerns: &'a [BreachConcern],
}

impl Duties<'_> {
    /// Whether the organisation itself has 72 hours to notify the authority. A value of a later version counts as accounts: the clock
    /// runs.
    pub fn notifies_authority(self) -> bool {
        let only_files = !self.concerns.is_empty() && self.concerns.iter().all(|concern| *concern == BreachConcern::ClientFiles);
        self.role != Some(OrganisationRole::Processor) || !only_files
    }

    /// Whether the affected files have other controllers, who have to be told.
    pub fn tells_controllers(self) -> bool {
        let files = self.concerns.is_empty() || self.concerns.contains(&BreachConcern::ClientFiles);
        self.role == Some(OrganisationRole::Processor) && files
    }
}

#[cfg(test)]
mod tests {
    use super::{BreachConcern, Duties};
    use crate::domain::{later::Word, organisation::details::OrganisationRole};

    #[test]
    fn only_a_processor_of_files_alone_has_no_clock() {
        use BreachConcern::{Accounts, ClientFiles};
        let later = OrganisationRole::Later(Word::parse("joint").expect("a word"));
        let unknown = BreachConcern::Later(Word::parse("backups").expect("a word"));
        for role in [None, Some(OrganisationRole::Controller), Some(later)] {
            for concerns in [&[][..], &[ClientFiles], &[Accounts], &[ClientFiles, Accounts]] {
                let duties = Duties { role, concerns };
                assert!(duties.notifies_authority() && !duties.tells_controllers(), "{duties:?}");
            }
        }
        let role = Some(OrganisationRole::Processor);
        for (concerns, clock, letters) in [
            (&[][..], true, true),
            (&[ClientFiles], false, true),
            (&[Accounts], true, false),
            (&[Accounts, ClientFiles], true, true),
            (&[ClientFiles, unknown], true, true),
        ] {
            let duties = Duties { role, concerns };
            assert_eq!((duties.notifies_authority(), duties.tells_controllers()), (clock, letters), "{concerns:?}");
        }
    }
}
