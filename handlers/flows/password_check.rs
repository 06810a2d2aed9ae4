//! Whether a typed password is the one of an account: the same work whoever asks and whatever is known.

use super::{
    hash_pool::{Acquaintance, PoolFull},
    services::Services,
};
use crate::{
    crypto::{
        password::Argon2id,
        token::{Purpose, ReadableCode},
    },
    domain::{
        account::{Account, Identity},
        credentials::TypedPassword,
        sign_in::PasswordEvidence,
        stored::{HashedToken, PasswordHash},
    },
    store::{error::StoreError, identities::Found},
};

/// The result of a check, with the credentials it was made against.
pub(super) struct Checked {
    /// What the typed password turned out to be.
    pub(super) evidence: PasswordEvidence,
    password: Option<PasswordHash>,
    one_time: Option<HashedToken>,
}

impl Checked {
    /// Whether the credentials are still the ones that were checked.
    pub(super) fn still_holds(&self, identity: &Identity) -> bool {
        let account = identity.account.as_ref();
        self.password.as_ref() == account.and_then(|account| account.password.as_ref()) && self.one_time == one_time(account)
    }
}

/// Hashes the typed password on the pool and compares it with what is stored; works as long for accounts that do not exist.
pub(super) async fn check(
    services: &Services,
    found: &Found,
    typed: Option<&TypedPassword>,
    who: Acquaintance,
) -> Result<Result<Checked, PoolFull>, StoreError> {
    let code = typed.and_then(|typed| ReadableCode::parse(typed.expose()));
    let code = code.unwrap_or_else(|| ReadableCode::new([0; 10]));
    let typed_code = services.hash(Purpose::OneTimePassword, found.index, code.bytes()).await?;
    let password = found.account().and_then(|account| account.password.clone());
    let (job_password, typed) = (password.clone(), typed.cloned());
    let salt = services.sealing.random_bytes();
    let work = move |argon2id: &Argon2id| verify(argon2id, typed.as_ref(), job_password.as_ref(), salt);
    Ok(services.pool.run(who, work).await.map(|verified| {
        let one_time = one_time(found.account());
        let evidence = match verified {
            PasswordEvidence::Wrong if one_time == Some(typed_code) => PasswordEvidence::OneTime,
            other => other,
        };
        Checked { evidence, password, one_time }
    }))
}

fn verify(argon2id: &Argon2id, typed: Option<&TypedPassword>, hash: Option<&PasswordHash>, salt: [u8; 16]) -> PasswordEvidence {
    if !argon2id.verify(typed, hash) {
        return PasswordEvidence::Wrong;
    }
    let outdated = hash.is_some_and(|hash| argon2id.is_outdated(hash));
    PasswordEvidence::Password(typed.filter(|_| outdated).map(|typed| argon2id.hash(typed, salt)))
}

fn one_time(account: Option<&Account>) -> Option<HashedToken> {
    account.and_then(|account| account.one_time.as_ref()).map(|one_time| one_time.hash)
}
