//! The one pattern that every account change follows: read, decide, commit the account with its audit event, announce its mails.

use crate::flows::{
    failure::Failure,
    intents::{self, Hand, Task},
    services::Services,
    sign_in::{
        confirmation::Confirmed,
        session_draft::{SessionDraft, pending},
    },
};
use crate::{
    domain::{
        accounts::account::Account,
        authority::Aim,
        ids::MailId,
        mail::{MailContent, PendingMail},
        request_tag::RequestTag,
        sign_in::{
            attempt::{Change, Event},
            session::{Full, Session},
        },
        stored::BlindIndex,
    },
    store::{
        authority::Authority,
        identities::repository::{IdentityWrite, StoredIdentity},
    },
};
use jiff::Timestamp;

/// A change that is being prepared.
pub(in crate::flows) struct Draft {
    /// The account, to be modified in place.
    pub(in crate::flows) account: Account,
    /// The write that will commit it.
    pub(in crate::flows) write: IdentityWrite,
    pub(in crate::flows) now: Timestamp,
    ids: [MailId; 2],
}

impl Draft {
    /// Stores a mail to the account's current address.
    pub(in crate::flows) fn notify(&mut self, content: MailContent) -> MailId {
        let mail = pending(&self.account, content, self.now, None);
        self.post(mail)
    }

    /// Records this write as an attempt instead of a change; what was edited in the account is committed with that attempt.
    pub(in crate::flows) fn attempted(&mut self, attempt: Event) {
        self.write.events = vec![attempt];
    }

    /// Raises the account's `standing`: every session ends, except that the current one continues under the cookie of `start`.
    pub(in crate::flows) fn renew(&mut self, start: &SessionDraft, session: &Session<Full>) {
        start.raise_and_renew(&mut self.account, &mut self.write, session.record(), self.now);
    }

    /// Stores a mail to the account's current address at most once. If a mail with this id was stored before, the whole change was already
    /// made and is not made again.
    pub(in crate::flows) fn notify_once(&mut self, id: MailId, content: MailContent) {
        let mail = pending(&self.account, content, self.now, None);
        self.write.mails.push((id, mail));
        self.write.once = Some(id);
    }

    /// Stores a mail for sending; at most two per change.
    pub(in crate::flows) fn post(&mut self, mail: PendingMail) -> MailId {
        let id = self.ids[self.write.mails.len().min(1)];
        self.write.mails.push((id, mail));
        id
    }
}

/// Changes another user's account, as an officer. Refusals come before anything is written; otherwise an intent is committed before the
/// change.
pub(in crate::flows) async fn change_of_other<T>(
    services: &Services,
    by: Hand,
    index: BlindIndex,
    kind: Change,
    edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    change_of_other_for(services, by, (index, kind, None), edit).await
}

/// Like [`change_of_other`], for a request that may be repeated: `edit` must remember the request tag in the account.
pub(in crate::flows) async fn change_of_other_for<T>(
    services: &Services,
    by: Hand,
    what: (BlindIndex, Change, Option<RequestTag>),
    edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    change_of_other_once(services, by, what, |_, found| std::future::ready(Ok(found)), edit).await
}

/// Like [`change_of_other_for`], for changes that need notifications first. `told` runs once the intent is committed, so that nobody
/// without the right to make the change can trigger them. It returns the identity to decide on: notifying takes a while, and the one found
/// before may be stale.
///
/// # Errors
/// Those of [`change`], and those of `told`.
pub(in crate::flows) async fn change_of_other_once<T, Told: Future<Output = Result<StoredIdentity, Failure>>>(
    services: &Services,
    by: Hand,
    (index, kind, request): (BlindIndex, Change, Option<RequestTag>),
    told: impl FnOnce(Authority, StoredIdentity) -> Told,
    mut edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let found = services.identities.find(index).await?;
    let account = found.account().cloned().ok_or(Failure::NotFound)?;
    let now = services.now();
    let write = IdentityWrite::of(found.identity.clone(), Event::Change(kind), now);
    edit(&mut Draft { account, write, now, ids: [MailId::from_bytes([0; 16]); 2] })?;
    let errand = says_all(kind).then_some(Task::Account { seen: found.identity.chain.sequence, request });
    let intent = by.intend(services, Aim::Account { account: index, change: kind }, errand).await?;
    let changed = Box::pin(async {
        let found = told(intent.into(), found).await?;
        change_found(services, (index, Some(found)), intent.into(), kind, edit).await
    });
    intents::carry_out(services, intent, changed).await
}

/// Whether an officer's change of an account is fully described by its kind and is superseded only by changes of its own kind
/// (`unfinished`), so that maintenance can carry it out. Enabling is not: the account's files may have been promised to another adviser in
/// the meantime.
const fn says_all(kind: Change) -> bool {
    matches!(kind, Change::Disabled | Change::Unlocked | Change::Invited | Change::Confirmed)
}

/// Changes the user's own account after a password check, provided nothing the check relied on has changed since. The check itself stays
/// recorded whatever the outcome of the change.
pub(in crate::flows) async fn change_confirmed<T>(
    services: &Services,
    session: &Session<Full>,
    confirmed: &Confirmed,
    kind: Change,
    mut edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let edit = |draft: &mut Draft| {
        confirmed.still_holds(&draft.write.identity)?;
        edit(draft)
    };
    change(services, session.identity(), session.proof().into(), kind, edit).await.map_err(Failure::undone)
}

/// Changes an account. `edit` may run more than once and must be pure; when it refuses, nothing is written.
///
/// # Errors
/// Those of `edit`; [`Failure::NotFound`] without an account; [`Failure::Store`], also when `authority` is no longer valid.
pub(in crate::flows) async fn change<T>(
    services: &Services,
    index: BlindIndex,
    authority: Authority,
    kind: Change,
    edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    change_found(services, (index, None), authority, kind, edit).await
}

/// Changes an account; writes nothing when `is_so` already holds.
pub(in crate::flows) async fn change_unless(
    services: &Services,
    index: BlindIndex,
    authority: Authority,
    kind: Change,
    is_so: impl FnOnce(&Account) -> bool,
    edit: impl FnMut(&mut Draft) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let found = services.identities.find(index).await?;
    if found.account().is_some_and(is_so) {
        return Ok(authority.check(index, &found.identity, services.now())?);
    }
    change_found(services, (index, Some(found)), authority, kind, edit).await
}

async fn change_found<T>(
    services: &Services,
    (index, known): (BlindIndex, Option<StoredIdentity>),
    authority: Authority,
    kind: Change,
    mut edit: impl FnMut(&mut Draft) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let now = services.now();
    let ids = [services.sealing.random_bytes(), services.sealing.random_bytes()].map(MailId::from_random);
    let decide = |found: &StoredIdentity| {
        let account = found.account().cloned().ok_or(Failure::NotFound)?;
        let write = IdentityWrite::of(found.identity.clone(), Event::Change(kind), now);
        let mut draft = Draft { account, write, now, ids };
        let answer = edit(&mut draft)?;
        draft.write.identity.account = Some(draft.account);
        let mails = draft.write.mails.clone();
        Ok::<_, Failure>((draft.write, (answer, mails)))
    };
    let (_, (answer, mails)) = services.attempt_log.change(index, known, authority, decide).await?;
    services.post.announce(index, &mails, now).await;
    Ok(answer)
}
