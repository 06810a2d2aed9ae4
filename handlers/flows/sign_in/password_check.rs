//! Whether a typed password is an account's: the same work for everyone, whatever is known.

use super::hash_pool::{Acquaintance, PoolFull};
use crate::flows::services::Services;
use crate::{
    crypto::{
        password::Argon2id,
        token::{Purpose, ReadableCode},
    },
    domain::{
        accounts::account::Identity,
        sign_in::{credentials::TypedPassword, steps::PasswordEvidence},
        stored::{BlindIndex, HashedToken, PasswordHash},
    },
    store::{error::StoreError, identities::repository::StoredIdentity},
};
use jiff::Timestamp;

/// The result of a check, together with the password hash it was made against.
pub(in crate::flows) struct Checked {
    typed_code: Option<HashedToken>,
    hashed: Option<Hashed>,
}

struct Hashed {
    against: Option<PasswordHash>,
    is_password: bool,
    rehash: Option<PasswordHash>,
}

impl Checked {
    /// Checks the input as a one-time password only. That has 80 random bits, so it cannot be guessed: no throttle needs to delay its
    /// owner, and no slow hash is needed.
    pub(in crate::flows) const fn as_one_time(typed_code: Option<HashedToken>) -> Self {
        Self { typed_code, hashed: None }
    }

    /// Whether it is a currently valid one-time password.
    pub(in crate::flows) fn is_one_time(&self, identity: &Identity, now: Timestamp) -> bool {
        let one_time = identity.account.as_ref().and_then(|account| account.one_time.as_ref());
        self.typed_code.is_some() && one_time.is_some_and(|one_time| one_time.is_valid(now) && self.typed_code == Some(one_time.hash))
    }

    /// Whether nothing has to be hashed again: the password is still the one that was checked, or is irrelevant. A one-time password mailed
    /// in the meantime causes no extra work; otherwise a stranger could request one and learn whether the account exists.
    pub(in crate::flows) fn still_holds(&self, identity: &Identity, now: Timestamp) -> bool {
        let password = identity.account.as_ref().and_then(|account| account.password.as_ref());
        self.is_one_time(identity, now) || self.hashed.as_ref().is_some_and(|hashed| hashed.against.as_ref() == password)
    }

    /// What the input proves for this identity.
    pub(in crate::flows) fn evidence(&self, identity: &Identity) -> PasswordEvidence {
        let one_time = identity.account.as_ref().and_then(|account| account.one_time.as_ref());
        match &self.hashed {
            Some(Hashed { is_password: true, rehash, .. }) => PasswordEvidence::Password(rehash.clone()),
            _ if self.typed_code.is_some() && self.typed_code == one_time.map(|one_time| one_time.hash) => PasswordEvidence::OneTime,
            _ => PasswordEvidence::Wrong,
        }
    }

    /// Whether it is the password itself, not a one-time password.
    pub(in crate::flows) fn is_password(&self) -> bool {
        self.hashed.as_ref().is_some_and(|hashed| hashed.is_password)
    }
}

/// Returns the stored form that the input has as a one-time password. Does the same work whether or not it could be one.
pub(in crate::flows) async fn one_time_code(
    services: &Services,
    index: BlindIndex,
    typed: Option<&TypedPassword>,
) -> Result<Option<HashedToken>, StoreError> {
    let code = typed.and_then(|typed| ReadableCode::parse(typed.expose()));
    let is_code = code.is_some();
    let code = code.unwrap_or_else(|| ReadableCode::new([0; 10]));
    let hash = services.hash(Purpose::OneTimePassword, index, code.bytes()).await?;
    Ok(is_code.then_some(hash))
}

/// Hashes the typed password on the pool and compares it with the stored hash; takes equally long for accounts that do not exist.
pub(in crate::flows) async fn check(
    services: &Services,
    found: &StoredIdentity,
    typed: Option<&TypedPassword>,
    typed_code: Option<HashedToken>,
    who: Acquaintance,
) -> Result<Checked, PoolFull> {
    let against = found.account().and_then(|account| account.password.clone());
    let (job_password, typed) = (against.clone(), typed.cloned());
    let salt = services.sealing.random_bytes();
    let work = move |argon2id: &Argon2id| verify(argon2id, typed.as_ref(), job_password.as_ref(), salt);
    let (is_password, rehash) = services.pool.run(who, work).await?;
    Ok(Checked { typed_code, hashed: Some(Hashed { against, is_password, rehash }) })
}

fn verify(argon2id: &Argon2id, typed: Option<&TypedPassword>, hash: Option<&PasswordHash>, salt: [u8; 16]) -> (bool, Option<PasswordHash>) {
    if !argon2id.verify(typed, hash) {
        return (false, None);
    }
    let outdated = hash.is_some_and(|hash| argon2id.is_outdated(hash));
    (true, typed.filter(|_| outdated).map(|typed| argon2id.hash(typed, salt)))
}

#[cfg(test)]
mod tests {
    use super::{Checked, Hashed, HashedToken, Identity, PasswordEvidence, PasswordHash, Timestamp};
    use serde_json::json;

    fn identity(password: &str, one_time: Option<[u8; 32]>) -> Identity {
        let one_time = one_time.map(|hash| json!({ "hash": HashedToken::of_tag(hash), "expires_at": "2026-11-23T10:00:00Z" }));
        let account = json!({ "username": "anna", "display_name": "Anna", "email": "a@b.nl", "language": "nl", "kind": "officer",
            "status": "active", "password": password, "password_changed_at": null, "one_time": one_time, "resets": [], "second_factor": null,
            "devices": [], "sessions": [], "missing_factor_notice_at": null, "created_at": "2026-11-23T09:00:00Z", "last_signed_in_at": null });
        let mut identity = serde_json::to_value(Identity::default()).expect("an identity");
        identity["account"] = account;
        serde_json::from_value(identity).expect("an identity with an account")
    }

    fn checked(code: Option<[u8; 32]>, is_password: bool) -> Checked {
        let hashed = Hashed { against: Some(PasswordHash::of_phc("hash".to_owned())), is_password, rehash: None };
        Checked { typed_code: code.map(HashedToken::of_tag), hashed: Some(hashed) }
    }

    #[test]
    fn another_one_time_password_makes_no_work() {
        let (now, later) = (at("2026-11-23T09:30:00Z"), at("2026-11-23T10:00:00Z"));
        for one_time in [None, Some([1; 32]), Some([2; 32])] {
            assert!(checked(None, false).still_holds(&identity("hash", one_time), now));
            assert!(!checked(None, false).still_holds(&identity("another", one_time), now));
        }
        let by_code = Checked::as_one_time(Some(HashedToken::of_tag([1; 32])));
        assert!(by_code.is_one_time(&identity("hash", Some([1; 32])), now) && by_code.still_holds(&identity("hash", Some([1; 32])), now));
        for (other, when) in [(None, now), (Some([2; 32]), now), (Some([1; 32]), later)] {
            assert!(!by_code.still_holds(&identity("hash", other), when), "what was not hashed is hashed then");
        }
    }

    #[test]
    fn what_was_typed_is_looked_at_in_the_identity_as_it_is() {
        let evidence = |checked: Checked, one_time| checked.evidence(&identity("hash", one_time));
        assert!(matches!(evidence(checked(None, true), None), PasswordEvidence::Password(None)));
        assert!(matches!(evidence(checked(Some([1; 32]), false), Some([1; 32])), PasswordEvidence::OneTime));
        assert!(matches!(evidence(checked(Some([1; 32]), false), Some([2; 32])), PasswordEvidence::Wrong));
        assert!(matches!(evidence(checked(None, false), Some([1; 32])), PasswordEvidence::Wrong));
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }
}
