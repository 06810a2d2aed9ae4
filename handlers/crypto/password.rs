//! Argon2id (RFC 9106) password hashes as PHC strings, with parameters that may be raised (P9).
//!
//! `hash = Argon2id(password, salt = 16 random bytes, m, t, p) → 32 bytes`. Default: OWASP's minimum of 2023, m = 19 MiB, t = 2, p = 1.
//! A stored hash names its own parameters, so older hashes keep verifying until the user signs in again.

use super::hash_memory::HashMemory;
use crate::domain::{sign_in::credentials::TypedPassword, stored::PasswordHash};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt},
};
use zeroize::Zeroizing;

/// Hashes and verifies with one set of parameters. Slow by design: call it on a thread that may be busy.
pub struct Argon2id {
    params: Params,
    stand_in: PasswordHash,
    memory: HashMemory,
}

impl Argon2id {
    /// Takes `memory_kib`, `passes` and `lanes` of RFC 9106; `None` when the RFC does not allow them or they are below OWASP's minimum.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let strong_enough = memory_kib >= Params::DEFAULT_M_COST && passes >= Params::DEFAULT_T_COST;
        let params = Params::new(memory_kib, passes, lanes, None).ok().filter(|_| strong_enough)?;
        let stand_in = stand_in(&params);
        Some(Self { params, stand_in, memory: HashMemory::default() })
    }

    /// Hashes that cost nothing and so protect nothing, for tests that sign in thousands of times: 8 KiB, one pass. `clippy.toml` forbids
    /// it everywhere else.
    pub fn cheap() -> Self {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the RFC's minimum is allowed");
        Self { stand_in: stand_in(&params), params, memory: HashMemory::default() }
    }

    /// Whether hashing takes less time than starting a thread for it.
    pub fn is_cheap(&self) -> bool {
        self.params.m_cost() < Params::DEFAULT_M_COST
    }

    /// Runs `work`, which may compute one hash at a time, with memory reserved for it; `None` when the system has none left.
    pub fn with_memory<T>(&self, work: impl FnOnce(&Self) -> T) -> Option<T> {
        let _promise = self.memory.promise(self.params.block_count())?;
        Some(work(self))
    }

    /// Hashes a password with the given fresh random salt.
    pub fn hash(&self, password: &TypedPassword, salt: [u8; 16]) -> PasswordHash {
        let phc = self.phc(password.expose().as_bytes(), salt);
        PasswordHash::of_phc(phc.expect("the parameters were accepted at construction and passwords are at most 256 bytes").to_string())
    }

    /// Whether the password matches the hash. Without a hash it does the same work on a dummy hash and returns `false`, so that the
    /// response time does not reveal an unknown account.
    #[must_use]
    pub fn verify(&self, password: Option<&TypedPassword>, hash: Option<&PasswordHash>) -> bool {
        let typed = password.map_or("", TypedPassword::expose).as_bytes();
        let phc = Phc::new(hash.unwrap_or(&self.stand_in).phc()).ok();
        // Outputs compare in constant time.
        let matches = phc.is_some_and(|phc| phc.hash.is_some() && self.output_like(typed, &phc) == phc.hash);
        matches && hash.is_some() && password.is_some()
    }

    /// Whether a hash was made with parameters weaker than the current ones.
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let current = &self.params;
        let params = Phc::new(hash.phc()).ok().and_then(|phc| Params::try_from(&phc).ok());
        params.is_none_or(|old| old.m_cost() < current.m_cost() || old.t_cost() < current.t_cost() || old.p_cost() != current.p_cost())
    }

    /// Number of hashes computed so far; a sign-in costs as many for an unknown username as for an existing one.
    pub fn hashed(&self) -> u64 {
        self.memory.lent()
    }

    /// Returns unused memory to the system until the next hash.
    pub fn rest(&self) {
        self.memory.give_back();
    }

    fn phc(&self, password: &[u8], salt: [u8; 16]) -> Option<Phc> {
        Some(Phc {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).ok()?,
            salt: Some(Salt::new(&salt).ok()?),
            hash: Some(self.output(password, &salt, Params::DEFAULT_OUTPUT_LEN, self.params.clone())?),
        })
    }

    /// Computes the output for this password with the salt and parameters of `phc`; `None` unless that is an Argon2id hash of version
    /// 19.
    fn output_like(&self, password: &[u8], phc: &Phc) -> Option<Output> {
        let known = phc.algorithm == ARGON2ID_IDENT && phc.version == Some(Version::V0x13.into());
        let params = Params::try_from(phc).ok().filter(|_| known)?;
        self.output(password, phc.salt.as_ref()?, phc.hash.as_ref()?.len(), params)
    }

    fn output(&self, password: &[u8], salt: &[u8], length: usize, params: Params) -> Option<Output> {
        self.memory.lend(params.block_count(), |memory| {
            let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut output = Zeroizing::new([0; Output::MAX_LENGTH]);
            let output = output.get_mut(..length)?;
            context.hash_password_into_with_memory(password, salt, output, memory).ok()?;
            Output::new(output).ok()
        })
    }
}

impl Default for Argon2id {
    fn default() -> Self {
        Self::new(Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST).expect("OWASP's minimum is allowed")
    }
}

/// A dummy hash that no password matches: well-formed, with an all-zero output.
fn stand_in(params: &Params) -> PasswordHash {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, output) = ("A".repeat(22), "A".repeat(43));
    PasswordHash::of_phc(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

#[cfg(test)]
mod tests {
    use super::Argon2id;
    use crate::domain::{sign_in::credentials::TypedPassword, stored::PasswordHash};

    const REFERENCE: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE";

    fn typed(text: &str) -> TypedPassword {
        TypedPassword::parse(text).expect("short enough")
    }

    #[test]
    fn verifies_its_own_hash_and_nothing_else() {
        let argon2id = Argon2id::default();
        let hash = argon2id.hash(&typed("correct horse"), [1; 16]);
        assert!(hash.phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(argon2id.verify(Some(&typed("correct horse")), Some(&hash)));
        assert!(!argon2id.verify(Some(&typed("correct house")), Some(&hash)));
        assert!(!argon2id.verify(Some(&typed("correct horse")), None));
        assert!(!argon2id.verify(None, Some(&hash)));
        assert!(!argon2id.verify(Some(&typed("")), None));
    }

    #[test]
    fn verifies_what_others_hashed() {
        // From the reference implementation: "password" with the salt "somesaltsomesalt".
        let hash = PasswordHash::of_phc(REFERENCE.to_owned());
        let argon2id = Argon2id::default();
        assert!(argon2id.verify(Some(&typed("password")), Some(&hash)) && !argon2id.verify(Some(&typed("Password")), Some(&hash)));
        for other in [REFERENCE.replace("v=19", "v=16"), REFERENCE.replace("argon2id", "argon2i"), REFERENCE.replace("v=19$", "")] {
            assert!(!argon2id.verify(Some(&typed("password")), Some(&PasswordHash::of_phc(other))));
        }
    }

    #[test]
    fn memory_that_was_used_before_changes_nothing() {
        let argon2id = Argon2id::default();
        let fresh = argon2id.hash(&typed("correct horse"), [1; 16]);
        assert!(argon2id.hash(&typed("something else"), [2; 16]) != fresh);
        assert!(argon2id.hash(&typed("correct horse"), [1; 16]) == fresh);
        argon2id.rest();
        assert!(argon2id.verify(Some(&typed("correct horse")), Some(&fresh)));
    }

    #[test]
    fn the_stand_in_is_a_hash_to_work_on() {
        assert!(super::Phc::new(Argon2id::default().stand_in.phc()).is_ok());
    }

    #[test]
    fn knows_weaker_parameters_and_still_verifies_them() {
        let (old, new) = (Argon2id::default(), Argon2id::new(24 * 1024, 2, 1).expect("allowed"));
        let hash = old.hash(&typed("correct horse"), [1; 16]);
        assert!(new.is_outdated(&hash) && !old.is_outdated(&hash));
        assert!(new.verify(Some(&typed("correct horse")), Some(&hash)));
        assert!(Argon2id::new(8 * 1024, 2, 1).is_none());
    }
}
