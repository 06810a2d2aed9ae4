//! The log of an identity: every login attempt (P6) and every change, as one chain.
//!
//! Each replacement of an `identity` document writes exactly one entry, and the identity carries the head of the chain: restoring an
//! older identity is detected.

use crate::domain::{
    ids::{ExportId, IntentId, SessionId},
    later::Named,
    stored::BlindIndex,
    unseen::shown,
};
use crate::{closed_set, text_type};
use serde::{Deserialize, Serialize};

closed_set! {
    /// The outcome of a login attempt.
    #[derive(Hash)]
    pub enum Outcome in "snake_case" {
        /// Fully signed in.
        SignedIn,
        /// The password was correct; a second factor is required next.
        PasswordCorrect,
        /// The password was wrong.
        WrongPassword,
        /// The second-factor code or recovery code was wrong.
        WrongCode,
        /// Rejected by the throttle: too soon after failures, or too many attempts.
        Throttled,
        /// The account is disabled.
        Disabled,
        /// The one-time password was correct; a new password is required next.
        OneTimePassword,
        /// The one-time password was correct but had expired.
        ExpiredOneTimePassword,
        /// No account has this username.
        UnknownUser,
        /// Not evaluated: too many sign-ins at once.
        Overloaded,
        /// While signed in: the password, and the second factor if enabled, were confirmed before a sensitive action.
        ConfirmedPassword,
        /// While signed in: the password was wrong.
        WrongPasswordInSession,
        /// The code to confirm a second factor being enrolled was wrong.
        WrongEnrolmentCode,
    }
}

impl Outcome {
    /// The name of the outcome in responses and in the log.
    pub fn name(&self) -> &str {
        match self {
            Self::Later(word) => word.as_str(),
            Self::SignedIn => "signed_in",
            Self::PasswordCorrect => "password_correct",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::Throttled => "throttled",
            Self::Disabled => "disabled",
            Self::OneTimePassword => "one_time_password",
            Self::ExpiredOneTimePassword => "expired_one_time_password",
            Self::UnknownUser => "unknown_user",
            Self::Overloaded => "overloaded",
            Self::ConfirmedPassword => "confirmed_password",
            Self::WrongPasswordInSession => "wrong_password_in_session",
            Self::WrongEnrolmentCode => "wrong_enrolment_code",
        }
    }
}

text_type!(
    /// What a browser claims to be: untrusted, without invisible characters, truncated to 256 characters.
    UserAgent,
    |typed| Ok(shown(&typed.chars().take(1024).collect::<String>()).chars().take(256).collect())
);

/// One login attempt, or several similar ones in a flood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub outcome: Outcome,
    /// The client's address, as far as the platform reports it.
    pub ip: Option<std::net::IpAddr>,
    pub user_agent: Option<UserAgent>,
    /// Number of similar attempts that this record stands for.
    pub count: u32,
}

/// A change of an account that is not a login attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Created by an officer or the `invite` command.
    Created,
    /// A fresh invitation was mailed.
    Invited,
    /// A one-time password was mailed.
    OneTimePasswordIssued,
    /// A new password was chosen.
    PasswordChanged,
    /// Display name or language changed.
    ProfileChanged,
    EmailChanged,
    /// A second factor is being enrolled.
    TwoFactorStarted,
    /// The second factor is on.
    TwoFactorEnabled,
    /// The second factor is off.
    TwoFactorDisabled,
    RecoveryCodesRenewed,
    /// The user confirmed having the recovery codes.
    RecoveryCodesSeen,
    /// One or more sessions were ended.
    SessionsEnded,
    /// Disabled by an officer.
    Disabled,
    /// Enabled by an officer.
    Enabled,
    /// An officer lifted the throttle.
    Unlocked,
    /// An adviser's client files were exported as one document, which carries this mark.
    FilesExported(ExportId),
    /// One client file was exported for data portability; the document carries this mark.
    FileTakenAlong(ExportId),
    /// Two officers agree that its files go to another adviser.
    HeldForHandOver,
    /// The move of its files to another adviser has started.
    FilesHandedOver,
    /// The move of another adviser's files to it has started.
    FilesTakenOver,
    /// The retention period of files was chosen.
    RetentionChosen,
    /// A second officer confirmed an officer's account.
    Confirmed,
    /// The invitation was withdrawn before it was used.
    InvitationWithdrawn,
    /// An officer named the firm that decides about its files, or none.
    ControllerChanged,
    /// One or more browsers are no longer known.
    BrowsersForgotten,
    /// A suspicion of a breach was reported.
    SuspicionReported,
    /// The user is about to change something outside this identity; the resulting record names this intent.
    Intended(IntentId),
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

/// Who changed an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    Owner {
        session: SessionId,
    },
    /// Another account, which left an intent in its own identity first.
    Account {
        account: BlindIndex,
        intent: IntentId,
    },
    /// A job that an anonymous visitor's request put on the queue.
    Job,
    /// The program itself, on its timer.
    Maintenance,
    /// The person who operates the program.
    Operator,
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

/// The content of a log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Attempt(Attempt),
    /// A change, before it is written. Stored entries have this form only from before authors were recorded.
    Change(Change),
    /// A change with its author, as it is written.
    Changed {
        what: Change,
        by: ChangedBy,
    },
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}
