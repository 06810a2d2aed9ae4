//! All accounts as they are sealed: who is in office, who made whom, and telling every officer of what concerns all of them.
//!
//! What is decided on this is decided on the accounts themselves, never on the summaries beside them.

use super::{services::Services, session_start::pending};
use crate::{
    domain::{
        account::{Account, AccountKind, Status},
        ids::MailId,
        lineage::Lineage,
        mail::MailContent,
        stored::BlindIndex,
    },
    store::{authority::Authority, error::StoreError},
};

/// Everybody who has an account.
pub struct Everyone(Vec<(BlindIndex, Account)>);

/// Reads all accounts.
pub async fn everyone(services: &Services) -> Result<Everyone, StoreError> {
    let (mut everyone, mut after) = (Vec::new(), None);
    loop {
        let slice = services.identities.accounts(1000, after).await?;
        for (id, _) in slice.items {
            if let Some(account) = services.identities.find(id).await?.identity.account {
                everyone.push((id, account));
            }
        }
        after = slice.next;
        if after.is_none() {
            return Ok(Everyone(everyone));
        }
    }
}

impl Everyone {
    /// These, and nobody else.
    #[cfg(test)]
    pub(super) const fn of(accounts: Vec<(BlindIndex, Account)>) -> Self {
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

    /// What the account is called, for whoever has to decide something; nothing when it is gone.
    pub fn name(&self, id: BlindIndex) -> Option<String> {
        self.account(id).map(Account::called)
    }

    /// The officers who can sign in.
    pub fn in_office(&self) -> impl Iterator<Item = (BlindIndex, &Account)> {
        let in_office = |account: &Account| account.kind == AccountKind::Officer && account.status == Status::Active;
        self.0.iter().filter(move |(_, account)| in_office(account)).map(|(id, account)| (*id, account))
    }

    /// The accounts that this officer has proposed and nobody has confirmed.
    pub fn proposals_of(&self, officer: BlindIndex) -> impl Iterator<Item = BlindIndex> {
        self.0.iter().filter(move |(_, account)| account.proposed_by.contains(&officer)).map(|(id, _)| *id)
    }

    /// Tells every officer who can sign in. `about` says what it is about: the same is told to the same officer once.
    ///
    /// # Errors
    /// [`StoreError`]; who was told was told, and trying again tells the others.
    pub(super) async fn tell_officers(
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

/// What a mail is about, so that it is left once: a word for the sort, and what distinguishes it from others of the sort.
pub(super) struct About<'a> {
    pub(super) sort: &'static [u8],
    /// Which one of them.
    pub(super) one: &'a [&'a [u8]],
}

impl About<'_> {
    /// The mail to this account that is about it.
    pub(super) async fn mail(&self, services: &Services, to: BlindIndex) -> Result<MailId, StoreError> {
        let fields: Vec<&[u8]> = [self.sort, to.bytes()].into_iter().chain(self.one.iter().copied()).collect();
        let tag = services.sealing.root().await?.repeats.tag(&fields);
        Ok(MailId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
    }
}

/// Leaves a mail, unless it was left before.
pub(super) async fn tell(
    services: &Services,
    authority: &Authority,
    (id, account): (BlindIndex, &Account),
    about: &About<'_>,
    content: &MailContent,
) -> Result<(), StoreError> {
    let now = services.now();
    let mail = (about.mail(services, id).await?, pending(account, content.clone(), now, None));
    if services.identities.leave_once(authority, id, mail.0, &mail.1).await? {
        services.post.announce(id, &[mail], now).await;
    }
    Ok(())
}
