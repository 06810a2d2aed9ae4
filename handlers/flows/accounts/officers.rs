//! All accounts as sealed: who is in office, who created whom, and notifying all officers of what concerns them.
//!
//! Decisions based on this use the accounts themselves, never the summaries beside them.

use crate::flows::{services::Services, sign_in::session_draft::pending};
use crate::{
    domain::{
        accounts::{
            account::{Account, AccountKind, Status},
            lineage::Lineage,
        },
        ids::MailId,
        mail::MailContent,
        stored::BlindIndex,
    },
    store::{authority::Authority, error::StoreError},
};

/// Everyone who has an account.
pub struct Everyone(Vec<(BlindIndex, Account)>);

/// Reads all accounts.
pub async fn everyone(services: &Services) -> Result<Everyone, StoreError> {
    let (mut everyone, mut after) = (Vec::new(), None);
    loop {
        let slice = services.identities.whole_accounts(1000, after).await?;
        everyone.extend(slice.items);
        after = slice.next;
        if after.is_none() {
            return Ok(Everyone(everyone));
        }
    }
}

impl Everyone {
    /// Exactly these accounts.
    #[cfg(test)]
    pub(in crate::flows) const fn of(accounts: Vec<(BlindIndex, Account)>) -> Self {
        Self(accounts)
    }

    pub fn lineage(&self) -> Lineage {
        Lineage::of(self.0.iter().map(|(id, account)| (*id, account)))
    }

    pub fn accounts(&self) -> impl Iterator<Item = (BlindIndex, &Account)> {
        self.0.iter().map(|(id, account)| (*id, account))
    }

    /// The account with this id.
    pub fn account(&self, id: BlindIndex) -> Option<&Account> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, account)| account)
    }

    /// The account's name as shown to someone who has to decide; `None` when it no longer exists.
    pub fn name(&self, id: BlindIndex) -> Option<String> {
        self.account(id).map(Account::called)
    }

    /// The officers who can sign in.
    pub fn in_office(&self) -> impl Iterator<Item = (BlindIndex, &Account)> {
        let in_office = |account: &Account| account.kind == AccountKind::Officer && account.status == Status::Active;
        self.0.iter().filter(move |(_, account)| in_office(account)).map(|(id, account)| (*id, account))
    }

    /// The accounts that this officer proposed and that are not confirmed yet.
    pub fn proposals_of(&self, officer: BlindIndex) -> impl Iterator<Item = BlindIndex> {
        self.0.iter().filter(move |(_, account)| account.proposed_by.contains(&officer)).map(|(id, _)| *id)
    }

    /// Mails every officer who can sign in. `about` identifies the subject: each officer is told about it once.
    ///
    /// # Errors
    /// [`StoreError`]; mails already stored stay, and a retry reaches the others.
    pub(in crate::flows) async fn tell_officers(
        &self,
        services: &Services,
        authority: &Authority,
        about: &About<'_>,
        content: &MailContent,
    ) -> Result<(), StoreError> {
        for (id, account) in self.in_office() {
            tell(services, authority, (id, account), about, content).await?;
        }
        Ok(())
    }
}

/// Identifies what a mail is about, so that it is stored once: the kind, and what distinguishes it within its kind.
pub(in crate::flows) struct About<'a> {
    pub(in crate::flows) sort: &'static [u8],
    /// Which one of its kind.
    pub(in crate::flows) one: &'a [&'a [u8]],
}

impl About<'_> {
    /// Derives the id of the mail about it to this account.
    pub(in crate::flows) async fn mail(&self, services: &Services, to: BlindIndex) -> Result<MailId, StoreError> {
        let fields: Vec<&[u8]> = [self.sort, to.bytes()].into_iter().chain(self.one.iter().copied()).collect();
        Ok(MailId::from_random(services.derive_id(&fields).await?))
    }
}

/// Stores a mail for sending, unless it was stored before.
pub(in crate::flows) async fn tell(
    services: &Services,
    authority: &Authority,
    (id, account): (BlindIndex, &Account),
    about: &About<'_>,
    content: &MailContent,
) -> Result<(), StoreError> {
    let mail = about.mail(services, id).await?;
    leave(services, authority, (id, account), (mail, content.clone())).await?;
    Ok(())
}

/// Stores a mail with this id for sending, unless it was stored before. Returns whether this call stored it.
pub(in crate::flows) async fn leave(
    services: &Services,
    authority: &Authority,
    (to, account): (BlindIndex, &Account),
    (id, content): (MailId, MailContent),
) -> Result<bool, StoreError> {
    let now = services.now();
    let mail = pending(account, content, now, None);
    let is_new = services.identities.leave_once(authority, to, id, &mail).await?;
    if is_new {
        services.post.announce(to, &[(id, mail)], now).await;
    }
    Ok(is_new)
}
