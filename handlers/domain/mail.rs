//! The content of a mail: the sealed record that is stored until it is sent.

use super::{
    ids::ExportId,
    organisation::{
        details::{Controller, OrganisationDetails},
        record::OrganisationChange,
    },
    processors::kinds::DeadlineKind,
    sign_in::credentials::{DisplayName, EmailAddress, Language, Username},
    wire::fields::FieldCode,
};
use crate::{
    secret::{self, Secret},
    text_type,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

/// A mail waiting to be sent, sealed as a `mail-…` document.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingMail {
    pub to: EmailAddress,
    /// The name used in the salutation.
    pub display_name: DisplayName,
    /// The account that it is about.
    pub username: Username,
    /// Language of the text.
    pub language: Language,
    /// The message.
    pub content: MailContent,
    /// When the cause occurred.
    pub created_at: Timestamp,
    /// Earliest time of sending; immediately when `None`.
    pub not_before: Option<Timestamp>,
    /// Whether the identity that it belongs to lists it: set when it is stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
}

/// All messages, each with only the data that its text needs.
///
/// Externally tagged, so that serde deserialises a one-time password directly into its secret instead of through a buffer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailContent {
    /// An account is ready for its first password.
    Invitation {
        /// Four groups, as it is typed.
        #[serde(with = "secret::for_sealing_text")]
        one_time_password: Secret<String>,
        /// When it expires.
        valid_until: Timestamp,
    },
    /// A new password was requested.
    PasswordReset {
        /// Four groups, as it is typed.
        #[serde(with = "secret::for_sealing_text")]
        one_time_password: Secret<String>,
        /// When it expires.
        valid_until: Timestamp,
    },
    /// The password was changed.
    PasswordChanged { at: Timestamp },
    /// The e-mail address was changed; sent to the previous address.
    EmailChangedOld {
        at: Timestamp,
        /// Enough of the new address for the user to recognise it.
        new_address: MaskedAddress,
    },
    /// The e-mail address was changed; sent to the new address.
    EmailChangedNew { at: Timestamp },
    /// Signing in now requires a second factor.
    TwoFactorEnabled { at: Timestamp },
    /// Signing in now requires a password only.
    TwoFactorDisabled { at: Timestamp },
    /// The recovery codes were replaced.
    RecoveryCodesRenewed { at: Timestamp },
    /// A recovery code was used in place of the second factor.
    RecoveryCodeUsed { at: Timestamp, left: u8 },
    /// A browser signed in for the first time.
    NewDevice {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// The user agent: arbitrary text.
        user_agent: Option<String>,
    },
    /// Someone entered the right password but not the second factor.
    SecondFactorMissing {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// The user agent: arbitrary text.
        user_agent: Option<String>,
    },
    /// The account's files are moving to another adviser.
    FilesHandedOver { at: Timestamp },
    /// Files of another adviser are moving to the account.
    FilesTakenOver { at: Timestamp },
    /// The account was disabled.
    AccountDisabled { at: Timestamp },
    /// The account was enabled again.
    AccountEnabled { at: Timestamp },
    /// An officer lifted the wait after failures.
    WaitLifted { at: Timestamp },
    /// All client files were exported as one document.
    FilesExported {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// The user agent: arbitrary text.
        user_agent: Option<String>,
        /// The watermark of the document.
        watermark: ExportId,
    },
    /// To officers: a breach is suspected.
    BreachSuspected {
        /// When that was reported.
        at: Timestamp,
    },
    /// To officers: the deadline of a breach is approaching or has passed.
    BreachDeadline {
        /// Hours that have passed.
        hours: u16,
        /// When the authority must have been notified.
        deadline: Timestamp,
    },
    /// To officers: a deadline of a sub-processor.
    ProcessorDeadline {
        party: String,
        /// What has to be done.
        kind: DeadlineKind,
        on: Date,
    },
    /// To an adviser: a subject request awaits its answer.
    RequestWaits { on: Date },
    /// To an adviser: a subject request was not answered in time.
    RequestOverdue { on: Date },
    /// To officers: a handover was approved, and its files have not moved yet.
    HandOverApproved {
        moves_at: Timestamp,
        from: String,
        to: String,
        /// The officer who proposed it.
        proposed_by: String,
        /// The officer who approved it.
        approved_by: String,
    },
    /// To the leaving adviser.
    FilesWillLeave {
        /// When the files move.
        moves_at: Timestamp,
        /// The officers, any of whom can stop it.
        officers: Vec<String>,
    },
    /// To the successor.
    FilesWillCome {
        /// When the files move.
        moves_at: Timestamp,
        from: String,
    },
    /// To everyone notified of a handover: it was stopped.
    HandOverStopped {
        at: Timestamp,
        from: String,
        /// The intended successor.
        to: String,
    },
    /// To officers: an officer account was proposed, created or confirmed.
    OfficerAccount {
        /// When that happened.
        at: Timestamp,
        /// Name of the account.
        name: String,
        /// Address of its invitation.
        address: MaskedAddress,
        step: OfficerStep,
        /// The officer who did it; the operator when `None`.
        by: Option<String>,
    },
    /// To officers: advisers of other firms still have to be told of a breach of their files.
    LettersDue {
        /// Hours that have passed.
        hours: u16,
        /// When the organisation became aware.
        since: Timestamp,
    },
    /// To officers and advisers: the role, the name or the address of the organisation changes.
    OrganisationChanged {
        at: Timestamp,
        what: OrganisationChange,
        details: OrganisationDetails,
        /// The officer who did it; nobody when a wait was over.
        by: Option<String>,
        /// When a proposal comes into force by itself.
        applies_at: Option<Timestamp>,
    },
    /// To an adviser: another firm is named as the controller of the adviser's files, or none.
    ControllerChanged { at: Timestamp, controller: Option<Controller>, by: Option<String> },
    /// To an adviser: a letter about a breach is available.
    BreachLetter {
        /// When it was written.
        at: Timestamp,
    },
    /// A message of a later version, which will send it.
    #[serde(other, deserialize_with = "passed_over")]
    Later,
}

/// Skips the content without copying it.
fn passed_over<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| ())
}

/// The step taken for an officer account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficerStep {
    /// The operator created it.
    Made,
    /// An officer proposed it, or another address for its invitation.
    Proposed,
    /// A second officer confirmed it.
    Confirmed,
}

impl OfficerStep {
    /// The stored name of the step.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
        }
    }
}

text_type!(
    /// An address reduced to its first character and its domain: `a…@example.nl`.
    MaskedAddress,
    |text| {
        let (first, domain) = text.split_once("…@").ok_or(FieldCode::InvalidFormat)?;
        EmailAddress::parse(&format!("{first}@{domain}"))
            .ok()
            .filter(|_| first.len() == 1)
            .map(|_| text.to_owned())
            .ok_or(FieldCode::InvalidFormat)
    }
);

impl MaskedAddress {
    /// Masks `address`.
    pub fn of(address: &EmailAddress) -> Self {
        let text = address.as_str();
        let domain = text.rfind('@').map_or("", |at| &text[at..]);
        Self(text.chars().take(1).chain(['…']).chain(domain.chars()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, MailContent, MaskedAddress};
    use crate::secret::Secret;
    use jiff::Timestamp;

    #[test]
    fn a_masked_address_hides_the_mailbox() {
        for (address, masked) in [("anna.dijk@example.nl", "a…@example.nl"), ("b@c.nl", "b…@c.nl")] {
            let of = MaskedAddress::of(&EmailAddress::parse(address).unwrap());
            assert_eq!(of.as_str(), masked);
            assert_eq!(MaskedAddress::parse(masked), Ok(of));
        }
        for bad in ["anna@example.nl", "an…@example.nl", "…@example.nl", "a…@"] {
            assert!(MaskedAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mail_of_a_later_version_waits_for_it() {
        let read: MailContent = serde_json::from_str(r#"{"news":{"secret":"x","more":[1]}}"#).unwrap();
        assert!(matches!(read, MailContent::Later));
    }

    #[test]
    fn what_is_sealed_is_read_back() {
        let content = MailContent::PasswordReset {
            one_time_password: Secret::new("ABCD-EFGH-JKMN-PQRS".to_owned()),
            valid_until: Timestamp::UNIX_EPOCH,
        };
        let json = serde_json::to_string(&content).unwrap();
        let expected = r#"{"password_reset":{"one_time_password":"ABCD-EFGH-JKMN-PQRS","valid_until":"1970-01-01T00:00:00Z"}}"#;
        assert_eq!(json, expected);
        let read: MailContent = serde_json::from_str(&json).unwrap();
        assert!(
            matches!(read, MailContent::PasswordReset { one_time_password, .. } if one_time_password.expose() == "ABCD-EFGH-JKMN-PQRS")
        );
    }
}
