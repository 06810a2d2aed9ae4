//! What a mail says: the record that waits, sealed, until it is sent.

use super::{
    credentials::{DisplayName, EmailAddress, Language, Username},
    fields::FieldCode,
    ids::ExportId,
    processor::kinds::DeadlineKind,
};
use crate::{
    secret::{self, Secret},
    text_type,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

/// A mail that waits to be sent, sealed as a `mail-…` document.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingMail {
    pub to: EmailAddress,
    /// How the mail addresses them.
    pub display_name: DisplayName,
    /// Whose account it is about.
    pub username: Username,
    /// Language of the text.
    pub language: Language,
    /// What there is to say.
    pub content: MailContent,
    /// When the cause happened.
    pub created_at: Timestamp,
    /// Not to be sent earlier; at once when `None`.
    pub not_before: Option<Timestamp>,
    /// Whether the identity that it lies beside lists it: set as it is stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
}

/// Everything a mail may say, each kind with only what its text needs.
///
/// Tagged from outside, so that serde reads a one-time password straight into its secret instead of into a buffer first.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailContent {
    /// An account is ready for its first password.
    Invitation {
        /// Four groups, as it is typed.
        #[serde(with = "secret::for_sealing_text")]
        one_time_password: Secret<String>,
        /// When it stops working.
        valid_until: Timestamp,
    },
    /// Someone asked for a new password.
    PasswordReset {
        /// Four groups, as it is typed.
        #[serde(with = "secret::for_sealing_text")]
        one_time_password: Secret<String>,
        /// When it stops working.
        valid_until: Timestamp,
    },
    /// The password is another one.
    PasswordChanged { at: Timestamp },
    /// To the address that the account had before.
    EmailChangedOld {
        at: Timestamp,
        /// Enough of the new address for its owner to recognise.
        new_address: MaskedAddress,
    },
    /// To the address that the account has now.
    EmailChangedNew { at: Timestamp },
    /// Signing in takes a second factor.
    TwoFactorEnabled { at: Timestamp },
    /// Signing in takes a password only.
    TwoFactorDisabled { at: Timestamp },
    /// The recovery codes are new ones.
    RecoveryCodesRenewed { at: Timestamp },
    /// A recovery code stood in for the second factor.
    RecoveryCodeUsed { at: Timestamp, left: u8 },
    /// A browser signed in that had not before.
    NewDevice {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// What the browser calls itself: anything at all.
        user_agent: Option<String>,
    },
    /// Someone gave the right password but not the second factor.
    SecondFactorMissing {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// What the browser calls itself: anything at all.
        user_agent: Option<String>,
    },
    /// The account's files go to another adviser.
    FilesHandedOver { at: Timestamp },
    /// Files of another adviser come.
    FilesTakenOver { at: Timestamp },
    /// The account opens nothing any more.
    AccountDisabled { at: Timestamp },
    /// The account can be used again.
    AccountEnabled { at: Timestamp },
    /// An officer has lifted the wait after failures.
    WaitLifted { at: Timestamp },
    /// All client files went out as one document.
    FilesExported {
        at: Timestamp,
        /// Where the request came from, if known.
        ip: Option<String>,
        /// What the browser calls itself: anything at all.
        user_agent: Option<String>,
        /// What the document is marked with.
        watermark: ExportId,
    },
    /// To officers: somebody suspects a breach.
    BreachSuspected {
        /// When that was reported.
        at: Timestamp,
    },
    /// To officers: the clock of a breach runs.
    BreachDeadline {
        /// Hours that are over.
        hours: u16,
        /// When the authority has to be told.
        deadline: Timestamp,
    },
    /// To officers: something has to be done about a sub-processor.
    ProcessorDeadline {
        party: String,
        /// What has to be done.
        kind: DeadlineKind,
        on: Date,
    },
    /// To an adviser: a request of a data subject waits for its answer.
    RequestWaits { on: Date },
    /// To an adviser: a request of a data subject was not answered in time.
    RequestOverdue { on: Date },
    /// To officers: a hand-over is approved, and its files wait.
    HandOverApproved {
        moves_at: Timestamp,
        from: String,
        to: String,
        /// The officer who proposed it.
        proposed_by: String,
        /// The officer who approved it.
        approved_by: String,
    },
    /// To the adviser who leaves.
    FilesWillLeave {
        /// When the files move.
        moves_at: Timestamp,
        /// Officers, each of whom can stop it.
        officers: Vec<String>,
    },
    /// To the adviser who goes on.
    FilesWillCome {
        /// When the files move.
        moves_at: Timestamp,
        from: String,
    },
    /// To everybody who was told of a hand-over: it does not go on.
    HandOverStopped {
        at: Timestamp,
        from: String,
        /// Who would have gone on.
        to: String,
    },
    /// To officers: an account is to be, or is, an officer's.
    OfficerAccount {
        /// When that was done.
        at: Timestamp,
        /// What the account is called.
        name: String,
        /// Where its invitation goes.
        address: MaskedAddress,
        step: OfficerStep,
        /// The officer who did it; the operator when `None`.
        by: Option<String>,
    },
    /// To an adviser: there is a letter about a breach.
    BreachLetter {
        /// When it was written.
        at: Timestamp,
    },
    /// Something of a later version, which sends it.
    #[serde(other, deserialize_with = "passed_over")]
    Later,
}

/// Reads nothing of what it says, and copies nothing.
fn passed_over<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| ())
}

/// What was done about the account of an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficerStep {
    /// The operator made it.
    Made,
    /// An officer proposed it, or another address for its invitation.
    Proposed,
    /// A second officer confirmed it.
    Confirmed,
}

impl OfficerStep {
    /// The step as it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
        }
    }
}

text_type!(
    /// An address that shows its domain and only the first character before it: `a…@example.nl`.
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
    /// What may be shown of `address`.
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
