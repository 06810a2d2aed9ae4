//! The register of what happened to an identity: every login attempt (P6) and every change, as one chain.
//!
//! Each replacement of an `identity` document writes exactly one entry, and the identity carries the head: an older identity put
//! back shows.

use super::{
    ids::{ExportId, IntentId, SessionId},
    later::Named,
    stored::BlindIndex,
    unseen::shown,
};
use crate::{closed_set, text_type};
use serde::{Deserialize, Serialize};

closed_set! {
    /// How a login attempt ended.
    #[derive(Hash)]
    pub enum Outcome in "snake_case" {
        /// Fully signed in.
        SignedIn,
        /// Right password; a second factor is still due.
        PasswordCorrect,
        /// Wrong password.
        WrongPassword,
        /// Wrong code of the second factor.
        WrongCode,
        /// Came too early after failures, or too fast.
        Throttled,
        /// The account is disabled.
        Disabled,
        /// Right one-time password; a new password is still due.
        OneTimePassword,
        /// Right one-time password, too late.
        ExpiredOneTimePassword,
        /// No account has this username.
        UnknownUser,
        /// Not looked at: too many sign-ins at once.
        Overloaded,
        /// Signed in already: the right password, and the second factor where there is one, before something that matters.
        ConfirmedPassword,
        /// Signed in already: a wrong password.
        WrongPasswordInSession,
        /// A wrong code of a second factor that is being enrolled.
        WrongEnrolmentCode,
    }
}

impl Outcome {
    /// The outcome as it stands in answers and in the log.
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
    /// What a browser says it is: untrusted, without characters that nobody sees, cut to 256 characters.
    UserAgent,
    |typed| Ok(shown(&typed.chars().take(1024).collect::<String>()).chars().take(256).collect())
);

/// One login attempt, or several alike in a flood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub outcome: Outcome,
    /// Where it came from, as far as the platform tells.
    pub ip: Option<std::net::IpAddr>,
    pub user_agent: Option<UserAgent>,
    /// How many like attempts this record stands for.
    pub count: u32,
}

/// A change of an account that is no login attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Made by an officer or the `invite` command.
    Created,
    /// A fresh invitation was mailed.
    Invited,
    /// A one-time password was mailed.
    OneTimePasswordIssued,
    /// A new password was chosen.
    PasswordChanged,
    /// Display name or language.
    ProfileChanged,
    EmailChanged,
    /// A second factor is being enrolled.
    TwoFactorStarted,
    /// The second factor is on.
    TwoFactorEnabled,
    /// The second factor is off.
    TwoFactorDisabled,
    RecoveryCodesRenewed,
    /// Its owner has the recovery codes.
    RecoveryCodesSeen,
    /// One or more sessions were ended.
    SessionsEnded,
    /// Disabled by an officer.
    Disabled,
    /// Enabled by an officer.
    Enabled,
    /// An officer lifted the throttle.
    Unlocked,
    /// An adviser's client files were asked for as one document, which carries this mark.
    FilesExported(ExportId),
    /// One client file was asked for, for the person in it to take along; the document carries this mark.
    FileTakenAlong(ExportId),
    /// Two officers want its files to go to another adviser.
    HeldForHandOver,
    /// Its files start to go to another adviser.
    FilesHandedOver,
    /// Files of another adviser start to come.
    FilesTakenOver,
    /// How long files are kept.
    RetentionChosen,
    /// A second officer confirmed an officer's account.
    Confirmed,
    /// The invitation was taken back before anybody used it.
    InvitationWithdrawn,
    /// One or more browsers are not known any more.
    BrowsersForgotten,
    /// A suspicion of a breach was reported.
    SuspicionReported,
    /// Its owner is about to do something outside it; what was done names this intent.
    Intended(IntentId),
    /// Of a later version.
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
    /// Somebody else, who left an intent in the own identity before.
    Account {
        account: BlindIndex,
        intent: IntentId,
    },
    /// A job that a stranger's request left on the queue.
    Job,
    /// The program itself, on its timer.
    Maintenance,
    /// Whoever operates the program.
    Operator,
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

/// What an entry of the register says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Attempt(Attempt),
    /// A change, before it is written. Entries have it of old, from when they did not say who made it.
    Change(Change),
    /// A change and who made it, as it is written.
    Changed {
        what: Change,
        by: ChangedBy,
    },
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}
