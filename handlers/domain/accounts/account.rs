//! An identity: everything stored about a username, including its account if there is one.

use super::{
    lineage::MadeBy,
    sessions::{SessionEnd, SessionRef},
    sessions_over::SessionsOver,
};
use crate::closed_set;
use crate::domain::{
    chain::ChainHead,
    clients::retention::Retention,
    ids::{ExportId, MailId, RecordId, ScopeId, SessionId},
    later::Named,
    ledger::{Ledger, Notes},
    organisation::details::Controller,
    request_tag::{RequestTag, Wanted},
    sign_in::{
        credentials::{DisplayName, EmailAddress, Language, Role, Username},
        device::Device,
        enrolment::Enrolment,
        steps::SecondEvidence,
        throttle::Throttle,
        unknown_usernames::UnknownUsernames,
        untold::Untold,
    },
    stored::{BlindIndex, HashedToken, PasswordHash, TotpSeed},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Maximum number of browsers that an account remembers.
const MAX_DEVICES: usize = 10;
/// Number of requested accounts remembered: the most that one account may request while a request is in flight.
const MAX_WANTED: usize = 20;
/// Maximum number of breach suspicions that one account may report in a day.
const MAX_REPORTS: usize = 10;
/// Maximum number of times a day that a throttle may be lifted: each lift gives an attacker five more guesses.
const MAX_LIFTED: usize = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Everything stored about one username. A single shared identity stands for all usernames without an account.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The account, if the username has one.
    pub account: Option<Account>,
    pub throttle: Throttle,
    /// Failures at usernames without an account; only in the identity that stands for them.
    #[serde(default, skip_serializing_if = "UnknownUsernames::is_empty")]
    pub unknown: UnknownUsernames,
    /// Head of the chain of entries.
    pub chain: ChainHead,
    /// Whether there was an account whose invitation was withdrawn: its entries are kept as long as those of an account, and so is this
    /// identity.
    #[serde(default)]
    pub had_account: bool,
    /// The requests that created the withdrawn account: a retry of them does not create it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_for: Vec<RequestTag>,
    /// Waiting mails and open intents.
    #[serde(default, skip_serializing_if = "Ledger::is_empty")]
    pub beside: Ledger,
    /// Notes about mails that were queued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notes>,
}

/// An account of an adviser or an officer.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    pub username: Username,
    /// Shown in pages and mails.
    pub display_name: DisplayName,
    pub email: EmailAddress,
    /// Language of mails and pages.
    pub language: Language,
    /// What the account may do and, for an adviser, the scope of its files.
    pub kind: AccountKind,
    /// Whether it may sign in.
    pub status: Status,
    /// The firm that decides about the adviser's client files, as far as it is another than the one that runs this deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<Controller>,
    /// Who chose the address its invitation was sent to.
    #[serde(default)]
    pub made_by: MadeBy,
    /// Officers who propose this officer's account, until another officer confirms it. While a proposal is pending the account is
    /// disabled, also for versions that do not know this field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_by: Vec<BlindIndex>,
    /// Incremented by everything that removes authority, which invalidates anything bound to the earlier value.
    #[serde(default)]
    pub standing: u32,
    /// The handover of its files: while it may still proceed, the account cannot be enabled.
    #[serde(default)]
    pub handed_over: Option<RecordId>,
    /// Chosen retention period of files, if any.
    #[serde(default)]
    pub retention: Option<Retention>,
    /// Absent until the first password is chosen.
    pub password: Option<PasswordHash>,
    /// When the password was chosen.
    pub password_changed_at: Option<Timestamp>,
    /// The latest one-time password, until a password is chosen.
    pub one_time: Option<OneTime>,
    /// When one-time passwords were mailed in the last hour.
    pub resets: Vec<Timestamp>,
    /// The second factor, when enabled.
    pub second_factor: Option<SecondFactor>,
    /// A second factor awaiting confirmation.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    /// Failures at the second factor from unknown browsers. They count against password guessing too, but not the other way round: a
    /// stranger without the password cannot block anyone from the second step.
    #[serde(default)]
    pub factor_throttle: Throttle,
    /// Times in the last day at which an officer lifted its throttle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<Timestamp>,
    /// Times in the last day at which a suspicion of a breach was reported.
    #[serde(default)]
    pub reports: Vec<Timestamp>,
    /// The latest requests with an idempotency key that reported a suspicion, newest first: each counts once, however often it is
    /// repeated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported_for: Vec<RequestTag>,
    /// Browsers that signed in before.
    pub devices: Vec<Device>,
    /// Sessions that may still exist.
    pub sessions: Vec<SessionRef>,
    /// The sessions that the user ended most recently, so that a retried request gets the same answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<SessionEnd>,
    /// Sessions of an adviser that were ended before they expired. The marker of the adviser's files lists them too.
    #[serde(default, skip_serializing_if = "SessionsOver::is_empty")]
    pub over: SessionsOver,
    /// The latest requests with an idempotency key that created the account or invited its user, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invited_for: Vec<RequestTag>,
    /// The latest requests with an idempotency key in which its user requested accounts, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<Wanted>,
    /// The latest exports that the user was notified of, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_of: Vec<ExportId>,
    /// When a notice of a missing second factor was last prepared.
    pub missing_factor_notice_at: Option<Timestamp>,
    /// Sign-ins with the right password that had no notice of their own, because another had been prepared shortly before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// Time of the last complete sign-in.
    pub last_signed_in_at: Option<Timestamp>,
}

/// The kind of an account: an adviser has files; an officer has none and no access to any.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Keeps client files in this scope.
    Adviser {
        /// Random, so that it reveals nothing about the adviser.
        scope: ScopeId,
    },
    /// Administers accounts and registers.
    Officer,
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

impl AccountKind {
    /// The role as the API names it.
    pub const fn role(self) -> Role {
        match self {
            Self::Adviser { .. } => Role::Adviser,
            Self::Officer => Role::Officer,
            Self::Later(Named(word)) => Role::Later(word),
        }
    }
}

closed_set! {
    /// Whether an account may sign in.
    pub enum Status in "lowercase" {
        /// No password was chosen yet.
        Invited,
        /// In use.
        Active,
        /// May not sign in.
        Disabled,
    }
}

impl Status {
    /// Whether a right password signs in to the account; in a status of a later version none does.
    pub const fn may_sign_in(self) -> bool {
        match self {
            Self::Invited | Self::Active => true,
            Self::Disabled | Self::Later(_) => false,
        }
    }
}

/// A one-time password that was mailed.
#[derive(Clone, Serialize, Deserialize)]
pub struct OneTime {
    /// Only its hash is kept.
    pub hash: HashedToken,
    /// It is invalid from then on.
    pub expires_at: Timestamp,
    /// The mail that carries it and may not have been sent yet.
    #[serde(default)]
    pub mail: Option<MailId>,
}

impl OneTime {
    /// Whether it is still accepted.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// A confirmed authenticator app with its recovery codes.
#[derive(Clone, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Secret shared with the app.
    pub seed: TotpSeed,
    /// The last step accepted; that one and all earlier ones are used up.
    pub last_step: u64,
    /// Unused recovery codes.
    pub recovery: Vec<HashedToken>,
    /// Whether the user has yet to acknowledge having seen the recovery codes. Codes issued by earlier versions count as seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub codes_unseen: bool,
}

impl Account {
    /// Display name with the username, for a person who has to decide about the account.
    pub fn called(&self) -> String {
        self.display_name.with(Some(&self.username))
    }

    /// Whether signing in requires a second factor.
    pub const fn has_second_factor(&self) -> bool {
        self.second_factor.is_some()
    }

    /// Returns the known browser with this mark, unless it was forgotten.
    pub fn device(&self, mark: &HashedToken, now: Timestamp) -> Option<&Device> {
        self.devices.iter().find(|device| device.has_mark(mark, now) && device.is_known(now))
    }

    /// The known browsers.
    pub fn known_devices(&self, now: Timestamp) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(move |device| device.is_known(now))
    }

    /// Remembers that this browser, which presented the mark `shown`, signed in; the one that signed in longest ago makes room.
    pub fn remember_device(&mut self, device: Device, shown: Option<&HashedToken>, now: Timestamp) {
        let device = match shown.and_then(|shown| self.device(shown, now)) {
            Some(known) => device.following(known, now),
            None => device,
        };
        self.devices.retain(|known| known.id() != device.id() && known.is_known(now));
        self.devices.sort_by_key(|known| std::cmp::Reverse(known.last_signed_in_at));
        self.devices.truncate(MAX_DEVICES - 1);
        self.devices.push(device);
    }

    /// Forgets every browser but this one, which presented the mark `shown`.
    pub fn know_only(&mut self, device: Device, shown: Option<&HashedToken>, now: Timestamp) {
        let device = match shown.and_then(|shown| self.device(shown, now)) {
            Some(known) => device.renewing(known),
            None => device,
        };
        self.devices = vec![device];
    }

    /// Returns the enrolment that this session may confirm now.
    pub fn enrolment_of(&self, session: SessionId, now: Timestamp) -> Option<&Enrolment> {
        self.enrolment.as_ref().filter(|enrolment| enrolment.is_of(session, now))
    }

    /// Records an account that the user requests.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted.insert(0, wanted);
        self.wanted.truncate(MAX_WANTED);
    }

    /// Whether this request was already counted as a report: one idempotency key reports at most one suspicion, whatever the body.
    pub fn has_counted(&self, request: RequestTag) -> bool {
        self.reported_for.iter().any(|counted| counted.has_key_of(&request))
    }

    /// Records that a suspicion is reported now.
    ///
    /// # Errors
    /// The time from which the next report is allowed.
    pub fn note_report(&mut self, request: Option<RequestTag>, now: Timestamp) -> Result<(), Timestamp> {
        note_in_a_day(&mut self.reports, MAX_REPORTS, now)?;
        self.reported_for.splice(0..0, request);
        self.reported_for.truncate(MAX_REPORTS);
        Ok(())
    }

    /// Records that an officer lifts its throttle now.
    ///
    /// # Errors
    /// The time from which the next lift is allowed.
    pub fn note_lifted(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        note_in_a_day(&mut self.lifted, MAX_LIFTED, now)
    }

    /// Consumes a code of the second factor. Returns whether it was valid.
    #[must_use]
    pub fn accept_second_factor(&mut self, evidence: &SecondEvidence) -> bool {
        let Some(factor) = &mut self.second_factor else {
            return false;
        };
        match evidence {
            SecondEvidence::Totp(step) if *step > factor.last_step => {
                factor.last_step = *step;
                true
            }
            SecondEvidence::Recovery(hash) => {
                let before = factor.recovery.len();
                factor.recovery.retain(|code| code != hash);
                factor.recovery.len() < before
            }
            SecondEvidence::Totp(_) | SecondEvidence::Wrong => false,
        }
    }

    /// Number of unused recovery codes; 0 without a second factor.
    pub fn recovery_codes_left(&self) -> u8 {
        self.second_factor.as_ref().map_or(0, |factor| u8::try_from(factor.recovery.len()).unwrap_or(u8::MAX))
    }

    /// Increments the standing. The caller must end or renew all sessions in the same change.
    pub const fn raise_standing(&mut self) {
        self.standing = self.standing.wrapping_add(1);
    }

    /// Disables the account: prevents sign-in and cancels pending one-time passwords and enrolments.
    pub fn disable(&mut self) {
        self.status = Status::Disabled;
        self.one_time = None;
        self.enrolment = None;
        self.devices.clear();
        self.raise_standing();
    }

    /// Changes the address and voids the one-time password mailed to the old one. Returns the mail that carries it, which may not have
    /// been sent yet.
    pub fn set_email(&mut self, email: EmailAddress) -> Option<MailId> {
        self.email = email;
        self.one_time.take().and_then(|one_time| one_time.mail)
    }

    /// Sets a new password; voids one-time passwords and a pending enrolment.
    pub fn set_password(&mut self, hash: PasswordHash, now: Timestamp) {
        self.raise_standing();
        self.password = Some(hash);
        self.password_changed_at = Some(now);
        self.one_time = None;
        self.enrolment = None;
    }

    /// Records which mail carries the one-time password.
    pub const fn one_time_is_in(&mut self, mail: MailId) {
        if let Some(one_time) = &mut self.one_time {
            one_time.mail = Some(mail);
        }
    }
}

/// Records one more occurrence of an event limited to `most` a day, or returns when the next is allowed.
fn note_in_a_day(times: &mut Vec<Timestamp>, most: usize, now: Timestamp) -> Result<(), Timestamp> {
    times.retain(|at| now.duration_since(*at) < DAY);
    match times.iter().min() {
        Some(oldest) if times.len() >= most => Err(*oldest + DAY),
        _ => {
            times.push(now);
            Ok(())
        }
    }
}

impl Identity {
    /// Whether its entries belong to an existing or a former account.
    pub const fn has_history(&self) -> bool {
        self.account.is_some() || self.had_account
    }

    /// Whether a request with this idempotency key created the account, even if it has since been withdrawn.
    pub fn was_made_for(&self, request: RequestTag) -> bool {
        let of_account = self.account.iter().flat_map(|account| &account.invited_for);
        of_account.chain(&self.withdrawn_for).any(|made| made.has_key_of(&request))
    }

    /// Returns the throttle that applies to a visitor, read-only.
    pub fn throttle_of(&self, device: Option<&HashedToken>, now: Timestamp) -> &Throttle {
        let known = device.and_then(|hash| self.account.as_ref()?.device(hash, now));
        known.map_or(&self.throttle, |device| &device.throttle)
    }

    /// Returns the throttle that applies to a visitor at the second step, read-only.
    pub fn factor_throttle_of(&self, device: Option<&HashedToken>, now: Timestamp) -> &Throttle {
        let account = self.account.as_ref();
        let known = device.and_then(|hash| account?.device(hash, now)).map(|device| &device.throttle);
        known.or_else(|| account.map(|account| &account.factor_throttle)).unwrap_or(&self.throttle)
    }

    /// Records a wrong code at the second step.
    pub fn fail_factor(&mut self, device: Option<&HashedToken>, now: Timestamp) {
        self.throttle_for(device, now).fail(now);
        if let Some(account) = self.account.as_mut().filter(|account| device.is_none_or(|hash| account.device(hash, now).is_none())) {
            account.factor_throttle.fail(now);
        }
    }

    /// Clears the failures of a visitor who has signed in, as far as they are the visitor's own: those of a known browser, or those at
    /// the second step. The failures of strangers stay: clearing them would reveal that the username has an account (P11).
    pub fn forgive(&mut self, device: Option<&HashedToken>, now: Timestamp) {
        if let Some(device) = known_device(&mut self.account, device, now) {
            device.throttle.lift();
        } else if let Some(account) = &mut self.account {
            account.factor_throttle.lift();
        }
    }

    /// Returns the throttle that applies to a visitor: that of a known browser, otherwise the one shared by strangers.
    pub fn throttle_for(&mut self, device: Option<&HashedToken>, now: Timestamp) -> &mut Throttle {
        match known_device(&mut self.account, device, now) {
            Some(device) => &mut device.throttle,
            None => &mut self.throttle,
        }
    }
}

/// Returns the known browser with this mark, mutably.
fn known_device<'a>(account: &'a mut Option<Account>, mark: Option<&HashedToken>, now: Timestamp) -> Option<&'a mut Device> {
    let devices = &mut account.as_mut()?.devices;
    devices.iter_mut().find(|device| mark.is_some_and(|mark| device.has_mark(mark, now)) && device.is_known(now))
}
