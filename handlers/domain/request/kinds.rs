//! The closed sets of the register of subject requests.

use crate::closed_set;

closed_set! {
    /// The right that somebody asks for.
    pub enum RequestKind in "snake_case" {
        /// To see what is kept (art. 15 GDPR).
        Access,
        /// To have it corrected (art. 16).
        Rectification,
        /// To have it erased (art. 17).
        Erasure,
        /// To have its use restricted (art. 18).
        Restriction,
        /// To take it elsewhere (art. 20).
        Portability,
        /// To object to its use (art. 21).
        Objection,
    }
}

closed_set! {
    /// Whether somebody waits for an answer. Those that are open come first.
    #[derive(PartialOrd, Ord)]
    pub enum RequestState in "snake_case" {
        /// Waits.
        Open,
        /// Was answered.
        Answered,
    }
}
