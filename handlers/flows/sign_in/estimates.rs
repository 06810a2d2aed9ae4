//! Estimates how guessable a new password is, outside the hash pool: the input determines how long an estimate takes, and no sign-in waits
//! for it.

use super::hash_pool::PoolFull;
use crate::domain::{
    accounts::account::Account,
    sign_in::{credentials::TypedPassword, password_policy::NewPassword},
    wire::fields::FieldCode,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// The most estimates waiting or running; they run one at a time.
const MAX: usize = 16;

/// Returns what an attacker knows about the owner of a password.
pub fn known_of(account: &Account) -> [String; 3] {
    [account.username.as_str(), account.display_name.as_str(), account.email.as_str()].map(str::to_owned)
}

/// The estimates of this instance.
pub struct Estimates {
    places: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Default for Estimates {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MAX)), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Estimates {
    /// Returns the password if it may be chosen. `about` holds what an attacker knows about its owner.
    ///
    /// # Errors
    /// [`PoolFull`] when too many are waiting; the inner error says why the password may not be chosen.
    pub async fn choose(&self, typed: TypedPassword, about: [String; 3]) -> Result<Result<NewPassword, FieldCode>, PoolFull> {
        let full = |_| PoolFull { retry_after: Duration::from_secs(2) };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(full)?;
        let turn = Arc::clone(&self.turn).acquire_owned().await.expect("nobody closes the semaphore");
        // Both permits move into the task: they are held until it finishes, even when the caller has gone.
        let estimate = move || {
            let chosen = NewPassword::choose(&typed, &about.each_ref().map(String::as_str));
            drop((turn, place));
            chosen
        };
        Ok(tokio::task::spawn_blocking(estimate).await.unwrap_or(Err(FieldCode::TooGuessable)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Estimates, FieldCode, MAX, TypedPassword};
    use std::sync::Arc;

    #[tokio::test]
    async fn odd_passwords_are_refused_and_a_crowd_is_sent_away() {
        let estimates = Estimates::default();
        let choose =
            |text: &str| estimates.choose(TypedPassword::parse(text).expect("short"), ["anna", "Anna", "a@b.nl"].map(str::to_owned));
        assert!(matches!(choose("$5$5$5$5$5$5$5$5").await, Ok(Err(FieldCode::TooGuessable))));
        assert!(matches!(choose("vlieger-koper-dinsdag-9").await, Ok(Ok(_))));
        let all = u32::try_from(MAX).expect("few");
        let crowd = Arc::clone(&estimates.places).acquire_many_owned(all).await.expect("places are left");
        assert!(choose("vlieger-koper-dinsdag-9").await.is_err());
        drop(crowd);
        assert!(choose("vlieger-koper-dinsdag-9").await.is_ok());
    }
}
