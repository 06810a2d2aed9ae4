//! The summary of an account for an officer's list.

use super::account::{Account, Status};
use crate::closed_set;
use crate::domain::{
    organisation::details::Controller,
    sign_in::credentials::{DisplayName, EmailAddress, Role, Username},
    stored::BlindIndex,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The summary that is sealed next to an account.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountSummary {
    pub username: Username,
    /// Shown in pages and mails.
    pub display_name: DisplayName,
    pub email: EmailAddress,
    /// What the account is for.
    pub role: Role,
    /// Whether it may sign in.
    pub status: Status,
    /// Whether a second factor is on.
    pub two_factor: bool,
    /// Time of the last complete sign-in.
    pub last_signed_in_at: Option<Timestamp>,
    /// The firm that decides about the adviser's client files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<Controller>,
    /// Officers who propose it, until another officer confirms it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_by: Vec<BlindIndex>,
}

closed_set! {
    /// The status of an account.
    pub enum AccountState in "lowercase" {
        /// An officer's account that another officer has to confirm.
        Proposed,
        /// No password has been chosen yet.
        Invited,
        /// In use.
        Active,
        /// Sign-in is disabled.
        Disabled,
    }
}

impl AccountSummary {
    /// Summarises the current state of `account`.
    pub fn of(account: &Account) -> Self {
        Self {
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            role: account.kind.role(),
            status: account.status,
            two_factor: account.has_second_factor(),
            last_signed_in_at: account.last_signed_in_at,
            controller: account.controller.clone(),
            proposed_by: account.proposed_by.clone(),
        }
    }

    /// The state as the API names it.
    pub const fn state(&self) -> AccountState {
        match self.status {
            _ if !self.proposed_by.is_empty() => AccountState::Proposed,
            Status::Invited => AccountState::Invited,
            Status::Active => AccountState::Active,
            Status::Disabled => AccountState::Disabled,
            Status::Later(word) => AccountState::Later(word),
        }
    }
}
