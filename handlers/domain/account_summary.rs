//! What an officer's list shows of an account.

use super::{
    account::{Account, Status},
    credentials::{DisplayName, EmailAddress, Role, Username},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The summary that is sealed beside an account.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountSummary {
    /// In normal form.
    pub username: Username,
    /// Shown in pages and mails.
    pub display_name: DisplayName,
    /// Where mails go.
    pub email: EmailAddress,
    /// What the account is for.
    pub role: Role,
    /// Whether it may sign in.
    pub status: Status,
    /// Whether a second factor is on.
    pub two_factor: bool,
    /// When somebody was last fully signed in.
    pub last_signed_in_at: Option<Timestamp>,
}

impl AccountSummary {
    /// The summary of `account` as it is now.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self {
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            role: account.kind.role(),
            status: account.status,
            two_factor: account.has_second_factor(),
            last_signed_in_at: account.last_signed_in_at,
        }
    }
}
