//! An identity: what is known of a username, and the account behind it if there is one.

use super::{
    account_sessions::{SessionEnd, SessionRef},
    chain::ChainHead,
    credentials::{DisplayName, EmailAddress, Language, Role, Username},
    device::Device,
    enrolment::Enrolment,
    ids::{ExportId, MailId, RecordId, ScopeId, SessionId},
    later::Named,
    ledger::{Ledger, Notes},
    lineage::MadeBy,
    request_tag::{RequestTag, Wanted},
    retention::Retention,
    sessions_over::SessionsOver,
    sign_in::SecondEvidence,
    stored::{BlindIndex, HashedToken, PasswordHash, TotpSeed},
    throttle::Throttle,
    unknown_usernames::UnknownUsernames,
    untold::Untold,
};
use crate::closed_set;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Browsers an account remembers.
const MAX_DEVICES: usize = 10;
/// Accounts that one account may want within the time that a request is on its way.
const MAX_WANTED: usize = 20;
/// Suspicions of a breach that one account may report in a day.
const MAX_REPORTS: usize = 10;
/// Each is five tries more for whoever guesses.
const MAX_LIFTED: usize = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Everything FinRust knows of one username; one identity of nobody stands for all that nobody has.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The account, if the username has one.
    pub account: Option<Account>,
    pub throttle: Throttle,
    /// Failures at usernames that nobody has; in the identity that stands for them only.
    #[serde(default, skip_serializing_if = "UnknownUsernames::is_empty")]
    pub unknown: UnknownUsernames,
    /// Where the chain of entries stands.
    pub chain: ChainHead,
    /// There was an account, which was taken back: its entries are kept as long as those of one, and so is this.
    #[serde(default)]
    pub had_account: bool,
    /// The requests that made the account that was taken back: they do not make it once more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_for: Vec<RequestTag>,
    /// Mails that wait and intents that are open.
    #[serde(default, skip_serializing_if = "Ledger::is_empty")]
    pub beside: Ledger,
    /// Notes of mails that were left.
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
    /// Of mails and pages.
    pub language: Language,
    /// What the account may do, and for advisers where their files are.
    pub kind: AccountKind,
    /// Whether it may sign in.
    pub status: Status,
    /// Who decided where its invitation went.
    #[serde(default)]
    pub made_by: MadeBy,
    /// Officers who want this officer's account, until another confirms it. It is disabled as long as they wait, also for a version that
    /// does not know of this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_by: Vec<BlindIndex>,
    /// Rises with everything that takes authority away, so that what rested on it before rests on nothing any more.
    #[serde(default)]
    pub standing: u32,
    /// The hand-over of its files: as long as that may come to something, nobody enables the account.
    #[serde(default)]
    pub handed_over: Option<RecordId>,
    /// How long files are kept, when that was chosen.
    #[serde(default)]
    pub retention: Option<Retention>,
    /// Absent until the first password is chosen.
    pub password: Option<PasswordHash>,
    /// When the password was chosen.
    pub password_changed_at: Option<Timestamp>,
    /// The newest one-time password, until a password is chosen.
    pub one_time: Option<OneTime>,
    /// When one-time passwords were mailed in the last hour.
    pub resets: Vec<Timestamp>,
    /// The second factor, when it is on.
    pub second_factor: Option<SecondFactor>,
    /// A second factor that waits to be confirmed.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    /// Failures at the second factor, of browsers that are not known. They count for whoever guesses at passwords too, but not the other
    /// way round: a stranger without the password cannot keep anybody from the second step.
    #[serde(default)]
    pub factor_throttle: Throttle,
    /// When an officer lifted its wait in the last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<Timestamp>,
    /// When suspicions of a breach were reported in the last day.
    #[serde(default)]
    pub reports: Vec<Timestamp>,
    /// The last requests with a key that reported one, the newest first: each counts once, however often it comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported_for: Vec<RequestTag>,
    /// Browsers that signed in before.
    pub devices: Vec<Device>,
    /// Sessions that may exist.
    pub sessions: Vec<SessionRef>,
    /// The sessions that its owner ended last, so that whoever asks once more is told the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<SessionEnd>,
    /// Sessions of an adviser that were ended before their time. The marker of the files lists them too.
    #[serde(default, skip_serializing_if = "SessionsOver::is_empty")]
    pub over: SessionsOver,
    /// The last requests with a key that made it or invited its owner, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invited_for: Vec<RequestTag>,
    /// The last requests with a key by which its owner wanted accounts, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<Wanted>,
    /// The last exports that its owner was told of, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_of: Vec<ExportId>,
    /// When a notice of a missing second factor was last prepared.
    pub missing_factor_notice_at: Option<Timestamp>,
    /// Right passwords that got no notice of their own, because another was prepared shortly before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When somebody was last fully signed in.
    pub last_signed_in_at: Option<Timestamp>,
}

/// An adviser has files; an officer has none and no way to any.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Keeps the client files of this scope.
    Adviser {
        /// Random, so that it says nothing about the adviser.
        scope: ScopeId,
    },
    /// Looks after accounts and registers.
    Officer,
    /// Of a later version.
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
    /// Whether a right password opens the account; in a status of a later version none does.
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
    /// Useless from then on.
    pub expires_at: Timestamp,
    /// The mail that carries it, which may still wait.
    #[serde(default)]
    pub mail: Option<MailId>,
}

impl OneTime {
    /// Whether it still opens anything.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// A confirmed authenticator app with its recovery codes.
#[derive(Clone, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Shared with the app.
    pub seed: TotpSeed,
    /// The last step accepted; that one and all before are used up.
    pub last_step: u64,
    /// Recovery codes that are left.
    pub recovery: Vec<HashedToken>,
    /// Whether nobody has said yet to have seen them. Those of earlier versions were shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub codes_unseen: bool,
}

impl Account {
    /// For whoever has to decide something about it.
    pub fn called(&self) -> String {
        self.display_name.with(Some(&self.username))
    }

    /// Whether a second factor is asked for.
    pub const fn has_second_factor(&self) -> bool {
        self.second_factor.is_some()
    }

    /// The known browser with this mark, unless it was forgotten.
    pub fn device(&self, mark: &HashedToken, now: Timestamp) -> Option<&Device> {
        self.devices.iter().find(|device| device.has_mark(mark, now) && device.is_known(now))
    }

    /// The browsers that are known.
    pub fn known_devices(&self, now: Timestamp) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(move |device| device.is_known(now))
    }

    /// Remembers that this browser signed in, which came with the mark `shown`; the one that was quiet longest gives way.
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

    /// Forgets every browser but this one, which came with the mark `shown`.
    pub fn know_only(&mut self, device: Device, shown: Option<&HashedToken>, now: Timestamp) {
        let device = match shown.and_then(|shown| self.device(shown, now)) {
            Some(known) => device.renewing(known),
            None => device,
        };
        self.devices = vec![device];
    }

    /// The enrolment that this session may confirm now.
    pub fn enrolment_of(&self, session: SessionId, now: Timestamp) -> Option<&Enrolment> {
        self.enrolment.as_ref().filter(|enrolment| enrolment.is_of(session, now))
    }

    /// Remembers an account that its owner wants.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted.insert(0, wanted);
        self.wanted.truncate(MAX_WANTED);
    }

    /// Whether a report of this request is counted: it makes one suspicion at most, whatever its body says.
    pub fn has_counted(&self, request: RequestTag) -> bool {
        self.reported_for.iter().any(|counted| counted.has_key_of(&request))
    }

    /// Notes that a suspicion is reported now.
    ///
    /// # Errors
    /// When the next report is allowed.
    pub fn note_report(&mut self, request: Option<RequestTag>, now: Timestamp) -> Result<(), Timestamp> {
        note_in_a_day(&mut self.reports, MAX_REPORTS, now)?;
        self.reported_for.splice(0..0, request);
        self.reported_for.truncate(MAX_REPORTS);
        Ok(())
    }

    /// Notes that an officer lifts its wait now.
    ///
    /// # Errors
    /// When the next lifting is allowed.
    pub fn note_lifted(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        note_in_a_day(&mut self.lifted, MAX_LIFTED, now)
    }

    /// Uses up a code of the second factor, or says that it is none.
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

    /// Recovery codes that are left; 0 without a second factor.
    pub fn recovery_codes_left(&self) -> u8 {
        self.second_factor.as_ref().map_or(0, |factor| u8::try_from(factor.recovery.len()).unwrap_or(u8::MAX))
    }

    /// Raises the standing. Whoever does it ends or renews all sessions in the same change.
    pub const fn raise_standing(&mut self) {
        self.standing = self.standing.wrapping_add(1);
    }

    /// Nobody signs in any more, and what was begun comes to nothing.
    pub fn disable(&mut self) {
        self.status = Status::Disabled;
        self.one_time = None;
        self.enrolment = None;
        self.devices.clear();
        self.raise_standing();
    }

    /// Another address: what was mailed to the one before is void. Answers the mail that carries it, which may still wait.
    pub fn set_email(&mut self, email: EmailAddress) -> Option<MailId> {
        self.email = email;
        self.one_time.take().and_then(|one_time| one_time.mail)
    }

    /// Sets a new password; one-time passwords are void from then on, and so is an enrolment that waits to be confirmed.
    pub fn set_password(&mut self, hash: PasswordHash, now: Timestamp) {
        self.raise_standing();
        self.password = Some(hash);
        self.password_changed_at = Some(now);
        self.one_time = None;
        self.enrolment = None;
    }

    /// Notes which mail carries the one-time password.
    pub const fn one_time_is_in(&mut self, mail: MailId) {
        if let Some(one_time) = &mut self.one_time {
            one_time.mail = Some(mail);
        }
    }
}

/// Notes one more of what may happen so often in a day, or says when the next may.
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
    /// Whether its entries are those of an account that is or was.
    pub const fn has_history(&self) -> bool {
        self.account.is_some() || self.had_account
    }

    /// Whether a request with this key has made the account, also when it was taken back since.
    pub fn was_made_for(&self, request: RequestTag) -> bool {
        let of_account = self.account.iter().flat_map(|account| &account.invited_for);
        of_account.chain(&self.withdrawn_for).any(|made| made.has_key_of(&request))
    }

    /// The throttle that counts for a visitor, to look at.
    pub fn throttle_of(&self, device: Option<&HashedToken>, now: Timestamp) -> &Throttle {
        let known = device.and_then(|hash| self.account.as_ref()?.device(hash, now));
        known.map_or(&self.throttle, |device| &device.throttle)
    }

    /// The throttle that counts for a visitor at the second step, to look at.
    pub fn factor_throttle_of(&self, device: Option<&HashedToken>, now: Timestamp) -> &Throttle {
        let account = self.account.as_ref();
        let known = device.and_then(|hash| account?.device(hash, now)).map(|device| &device.throttle);
        known.or_else(|| account.map(|account| &account.factor_throttle)).unwrap_or(&self.throttle)
    }

    /// Notes a wrong code of the second step.
    pub fn fail_factor(&mut self, device: Option<&HashedToken>, now: Timestamp) {
        self.throttle_for(device, now).fail(now);
        if let Some(account) = self.account.as_mut().filter(|account| device.is_none_or(|hash| account.device(hash, now).is_none())) {
            account.factor_throttle.fail(now);
        }
    }

    /// Forgets the failures of a visitor who is in, as far as they are the visitor's own: those of a known browser, and those at the
    /// second step. Those of strangers stay: who sees them go learns that the username is somebody's (P11).
    pub fn forgive(&mut self, device: Option<&HashedToken>, now: Timestamp) {
        if let Some(device) = known_device(&mut self.account, device, now) {
            device.throttle.lift();
        } else if let Some(account) = &mut self.account {
            account.factor_throttle.lift();
        }
    }

    /// The throttle that counts for a visitor: the browser's own when it is known, else the one of strangers.
    pub fn throttle_for(&mut self, device: Option<&HashedToken>, now: Timestamp) -> &mut Throttle {
        match known_device(&mut self.account, device, now) {
            Some(device) => &mut device.throttle,
            None => &mut self.throttle,
        }
    }
}

/// The known browser with this mark, to change.
fn known_device<'a>(account: &'a mut Option<Account>, mark: Option<&HashedToken>, now: Timestamp) -> Option<&'a mut Device> {
    let devices = &mut account.as_mut()?.devices;
    devices.iter_mut().find(|device| mark.is_some_and(|mark| device.has_mark(mark, now)) && device.is_known(now))
}
