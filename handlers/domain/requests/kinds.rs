//! The closed sets of the register of subject requests.

use crate::closed_set;

closed_set! {
    /// The right that a data subject exercises.
    pub enum RequestKind in "snake_case" {
        /// Access to their data (art. 15 GDPR).
        Access,
        /// Rectification of their data (art. 16).
        Rectification,
        /// Erasure of their data (art. 17).
        Erasure,
        /// Restriction of processing (art. 18).
        Restriction,
        /// Data portability (art. 20).
        Portability,
        /// Objection to processing (art. 21).
        Objection,
    }
}

closed_set! {
    /// Whether a request still awaits an answer. Open requests sort first.
    #[derive(PartialOrd, Ord)]
    pub enum RequestState in "snake_case" {
        /// Awaits an answer.
        Open,
        /// Has been answered.
        Answered,
    }
}
