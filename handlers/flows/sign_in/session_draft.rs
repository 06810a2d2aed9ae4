//! Turns a verdict into the write that implements it: the audit event, the session, the known browser and the notices.

use super::visitor::{SessionCookie, Visitor};
use crate::flows::services::Services;
use crate::{
    crypto::token::{PlainToken, Purpose},
    domain::{
        accounts::{account::Account, sessions::SessionRef},
        ids::{MailId, SessionId},
        mail::{MailContent, PendingMail},
        origin::Origin,
        sign_in::{
            attempt::{Outcome, UserAgent},
            device::Device,
            session::{HALF_LIMIT, SessionRecord, Step},
            steps::Verdict,
            untold::Untold,
        },
        stored::{BlindIndex, HashedToken},
    },
    store::{error::StoreError, identities::repository::IdentityWrite},
};
use jiff::Timestamp;
use std::net::IpAddr;

/// Everything random that a new session needs, drawn before the decision so that deciding is pure.
#[derive(Clone)]
pub(in crate::flows) struct SessionDraft {
    pub(in crate::flows) cookie: SessionCookie,
    pub(in crate::flows) hash: HashedToken,
    pub(in crate::flows) id: SessionId,
    /// The session of this identity that the browser presented. Not checked for validity.
    shown_session: Option<HashedToken>,
    /// The browser token that was presented, if any.
    pub(in crate::flows) shown_device: Option<HashedToken>,
    /// The browser token issued on full sign-in, and its hash: always a new one, because the old one may have been copied.
    pub(in crate::flows) device: (PlainToken, HashedToken),
    pub(in crate::flows) visitor: Visitor,
    /// The old session token with which the same renewal may be requested again.
    renewed_from: Option<HashedToken>,
    mails: [MailId; 3],
}

/// The decision, from which the answer is made.
pub(in crate::flows) struct Decided {
    pub(in crate::flows) next: Option<Step>,
    pub(in crate::flows) recovery_codes_left: u8,
    pub(in crate::flows) mails: Vec<(MailId, PendingMail)>,
}

impl SessionDraft {
    /// Draws new tokens and ids for a session of this identity, so that copies of the browser's old cookies become useless.
    pub(in crate::flows) async fn prepare(services: &Services, index: BlindIndex, visitor: &Visitor) -> Result<Self, StoreError> {
        let tokens = [services.sealing.random_bytes(), services.sealing.random_bytes()].map(PlainToken::new);
        Self::with_tokens(services, index, visitor, tokens.into()).await
    }

    /// Like [`Self::prepare`], but with the same tokens every time, for a request that may be repeated. They are derived under a key from
    /// the request's cookie, address and user agent, so that a copy of the old cookies does not reveal the new ones.
    pub(in crate::flows) async fn renewing_alike(
        services: &Services,
        index: BlindIndex,
        old: HashedToken,
        visitor: &Visitor,
    ) -> Result<Self, StoreError> {
        let (ip, agent) = (visitor.ip.map(|ip| ip.to_string()).unwrap_or_default(), visitor.user_agent.clone().map(String::from));
        let (spelled, agent) = (String::from(old), agent.unwrap_or_default());
        let root = services.sealing.root().await?;
        let token = |what: &[u8]| {
            let fields = [b"renewed", what, index.bytes(), spelled.as_bytes(), ip.as_bytes(), agent.as_bytes()];
            PlainToken::new(root.repeats.tag(&fields))
        };
        let start = Self::with_tokens(services, index, visitor, (token(b"session"), token(b"device"))).await?;
        Ok(Self { renewed_from: Some(old), ..start })
    }

    async fn with_tokens(
        services: &Services,
        index: BlindIndex,
        visitor: &Visitor,
        (token, mark): (PlainToken, PlainToken),
    ) -> Result<Self, StoreError> {
        let hash = services.hash(Purpose::Session, index, token.bytes()).await?;
        let mark_hash = services.hash(Purpose::Device, index, mark.bytes()).await?;
        let shown = visitor.session.as_ref().filter(|cookie| cookie.identity == index);
        let shown_session = match shown {
            Some(cookie) => Some(services.hash(Purpose::Session, index, cookie.token.bytes()).await?),
            None => None,
        };
        let random = &services.sealing;
        Ok(Self {
            cookie: SessionCookie { identity: index, token },
            hash,
            id: SessionId::from_random(random.random_bytes()),
            shown_session,
            shown_device: services.hash_device(index, visitor.device.as_ref()).await?,
            device: (mark, mark_hash),
            visitor: visitor.clone(),
            renewed_from: None,
            mails: [random.random_bytes(), random.random_bytes(), random.random_bytes()].map(MailId::from_random),
        })
    }

    /// Plans the write that follows from a verdict. `replaced` is the session that this step belonged to.
    pub(in crate::flows) fn plan(&self, verdict: Verdict, replaced: Option<HashedToken>, now: Timestamp) -> (IdentityWrite, Decided) {
        let (outcome, next, is_first) = (verdict.outcome(), verdict.next(), verdict.is_first());
        let mut write = IdentityWrite::of(verdict.into_identity(), self.visitor.attempt(outcome, 1), now);
        let mut left = 0;
        if let Some(step) = next
            && let Some(mut account) = write.identity.account.take()
        {
            left = account.recovery_codes_left();
            if let Some(replaced) = replaced {
                end(&mut account, &mut write, now, true, |session| session.hash == replaced);
                self.tell_of_another(&mut account, &mut write, replaced, now);
            }
            let owed = self.take_over(&mut account, &mut write, now);
            let notice = if is_first { None } else { self.notice(&mut account, outcome, step, now) };
            self.start(&mut account, &mut write, (outcome, step), notice, owed, now);
            write.identity.account = Some(account);
        }
        let mails = write.mails.clone();
        (write, Decided { next, recovery_codes_left: left, mails })
    }

    /// Ends the session that the same browser had before, so that its cookie is dead (OWASP ASVS 5.0 V7.2.4). A notice still owed by that
    /// session passes to the new one: trying again neither postpones it, nor lets it go out after the second factor has followed.
    fn take_over(&self, account: &mut Account, write: &mut IdentityWrite, now: Timestamp) -> Option<MailId> {
        let shown = self.shown_session?;
        let owed = account.sessions.iter().find(|session| session.hash == shown).and_then(|session| session.notice);
        end(account, write, now, false, |session| session.hash == shown);
        account.goes_on_as(shown, self.hash);
        owed
    }

    /// Records that the second factor followed in the session `followed`. If that voids its notice, another sign-in with a correct
    /// password that was not reported yet gets a notice instead.
    fn tell_of_another(&self, account: &mut Account, write: &mut IdentityWrite, followed: HashedToken, now: Timestamp) {
        account.factor_followed(followed, now);
        if write.drop_mails.is_empty() {
            return;
        }
        let Some(other) = account.tell_next() else { return };
        let content = missing_factor(other.at, other.ip, other.user_agent);
        write.mails.push((self.mails[2], pending(account, content, now, Some(other.at + HALF_LIMIT))));
        if let Some(session) = account.sessions.iter_mut().find(|session| session.hash == other.session) {
            session.notice = Some(self.mails[2]);
        }
    }

    /// Ends every session but the new one, and forgets every browser but this one.
    pub(in crate::flows) fn end_all_others(&self, write: &mut IdentityWrite, now: Timestamp) {
        if let Some(mut account) = write.identity.account.take() {
            end(&mut account, write, now, false, |session| session.hash != self.hash);
            account.know_only(self.browser(now), self.shown_device.as_ref(), now);
            write.identity.account = Some(account);
        }
    }

    fn browser(&self, now: Timestamp) -> Device {
        Device::signing_in(self.device.1, self.visitor.ip, self.visitor.user_agent.clone(), now)
    }

    /// Adds a notice to a planned write.
    pub(in crate::flows) fn notify(&self, planned: &mut (IdentityWrite, Decided), content: MailContent, now: Timestamp) {
        if let Some(account) = &planned.0.identity.account {
            planned.0.mails.push((self.mails[1], pending(account, content, now, None)));
            planned.1.mails.clone_from(&planned.0.mails);
        }
    }

    /// Raises the account's `standing`: every session ends, every browser but this one is forgotten, and the current session continues
    /// under new cookies. Its limits stay, and so do the failures counted for it: holding a session does not lift a throttle. Copies of the
    /// old cookies become useless.
    pub(in crate::flows) fn raise_and_renew(&self, account: &mut Account, write: &mut IdentityWrite, old: &SessionRecord, now: Timestamp) {
        account.raise_standing();
        end(account, write, now, false, |_| true);
        self.renew(account, write, old, now);
        match self.shown_device.as_ref().and_then(|shown| account.device(shown, now)) {
            Some(known) => {
                let browser = self.browser(now).going_on_as(known);
                account.devices = vec![browser];
            }
            // Only signing in makes a browser known. Otherwise, anyone holding a session would get another throttle allowance each time.
            None => account.devices.clear(),
        }
    }

    fn renew(&self, account: &mut Account, write: &mut IdentityWrite, old: &SessionRecord, now: Timestamp) {
        let (two_factor, standing) = (account.has_second_factor(), account.standing);
        let record = SessionRecord { two_factor, standing, last_seen_at: now, touches: 0, renewed_from: self.renewed_from, ..old.clone() };
        let session =
            SessionRef { hash: self.hash, expires_at: record.gone_at(), notice: None, touches: 0, half: record.step != Step::Full };
        write.end.extend(account.add_session(session, now).into_iter().map(|ended| ended.hash));
        write.start.push((self.hash, record));
    }

    fn start(
        &self,
        account: &mut Account,
        write: &mut IdentityWrite,
        (outcome, step): (Outcome, Step),
        notice: Option<(MailId, PendingMail)>,
        owed: Option<MailId>,
        now: Timestamp,
    ) {
        let record = SessionRecord {
            id: self.id,
            step,
            kind: account.kind,
            two_factor: account.has_second_factor(),
            created_at: now,
            last_seen_at: now,
            ip: self.visitor.ip,
            user_agent: self.visitor.user_agent.clone(),
            standing: account.standing,
            touches: 0,
            renewed_from: None,
            origin: Origin::default(),
        };
        let notice_id = notice.as_ref().map(|(id, _)| *id).or(owed);
        if outcome == Outcome::PasswordCorrect && notice_id.is_none() {
            let (ip, user_agent) = (self.visitor.ip, self.visitor.user_agent.clone());
            account.leave_untold(Untold { session: self.hash, at: now, ip, user_agent }, now);
        }
        let session = SessionRef { hash: self.hash, expires_at: record.gone_at(), notice: notice_id, touches: 0, half: step != Step::Full };
        write.end.extend(account.add_session(session, now).into_iter().map(|ended| ended.hash));
        write.start.push((self.hash, record));
        write.mails.extend(notice);
        if step == Step::Full {
            account.remember_device(self.browser(now), self.shown_device.as_ref(), now);
        }
    }

    /// Returns the notice that a sign-in requires: about an unknown browser, also when none is known any more, or about a correct password
    /// that may not be followed by the second factor.
    fn notice(&self, account: &mut Account, outcome: Outcome, step: Step, now: Timestamp) -> Option<(MailId, PendingMail)> {
        let known = self.shown_device.as_ref().is_some_and(|shown| account.device(shown, now).is_some());
        if step == Step::Full && !known {
            let (ip, user_agent) = (self.visitor.ip.map(|ip| ip.to_string()), self.visitor.user_agent.clone().map(String::from));
            let content = MailContent::NewDevice { at: now, ip, user_agent };
            return Some((self.mails[0], pending(account, content, now, None)));
        }
        if outcome == Outcome::PasswordCorrect && !account.has_recent_notice(now) {
            account.missing_factor_notice_at = Some(now);
            let content = missing_factor(now, self.visitor.ip, self.visitor.user_agent.clone());
            return Some((self.mails[0], pending(account, content, now, Some(now + HALF_LIMIT))));
        }
        None
    }
}

/// The cookies with which a browser continues after a renewal.
pub struct Renewed {
    pub session: SessionCookie,
    pub device: PlainToken,
}

impl SessionDraft {
    /// Returns the cookies for the answer.
    pub(in crate::flows) fn into_renewed(self) -> Renewed {
        Renewed { session: self.cookie, device: self.device.0 }
    }
}

fn missing_factor(at: Timestamp, ip: Option<IpAddr>, user_agent: Option<UserAgent>) -> MailContent {
    MailContent::SecondFactorMissing { at, ip: ip.map(|ip| ip.to_string()), user_agent: user_agent.map(String::from) }
}

/// A mail to the account's address.
pub(in crate::flows) fn pending(account: &Account, content: MailContent, now: Timestamp, not_before: Option<Timestamp>) -> PendingMail {
    PendingMail {
        to: account.email.clone(),
        display_name: account.display_name.clone(),
        username: account.username.clone(),
        language: account.language,
        content,
        created_at: now,
        not_before,
        listed: false,
    }
}

/// Ends sessions of an account; if the second factor followed, their notices become void.
pub(in crate::flows) fn end(
    account: &mut Account,
    write: &mut IdentityWrite,
    now: Timestamp,
    factor_followed: bool,
    ends: impl Fn(&SessionRef) -> bool,
) {
    for session in account.end_sessions(now, ends) {
        write.end.push(session.hash);
        if let Some(notice) = session.notice.filter(|_| factor_followed) {
            account.missing_factor_notice_at = None;
            write.drop_mails.push(notice);
        }
    }
}
