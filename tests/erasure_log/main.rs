//! The erasure log: the same guarantees for the file and the append blobs, and what each does when its medium fails.

#![cfg(test)]

mod blobs;
mod files;

use finrust::{
    crypto::mac::MacKey,
    domain::{
        clients::erasure_log::{Erasure, ErasureLine, VouchedErasure},
        ids::{ClientId, ScopeId},
    },
    ports::ErasureLog,
    secret::Secret,
};
use jiff::Timestamp;

fn key() -> MacKey {
    MacKey::new(Secret::new([5; 32]))
}

fn erasure(number: u8) -> Erasure {
    let (scope, client) = (ScopeId::from_bytes([number; 16]), ClientId::from_bytes([7; 16]));
    Erasure { at: Timestamp::from_second(1_790_000_000 + i64::from(number)).unwrap(), scope, client, created_at: None }
}

fn line(number: u8) -> ErasureLine {
    erasure(number).line(&key())
}

async fn append(log: &dyn ErasureLog, numbers: impl IntoIterator<Item = u8>) {
    for number in numbers {
        assert_eq!(log.append(&line(number)).await, Ok(()), "{number}");
    }
}

/// The numbers of the lines, oldest first; zero for one that fails authentication.
async fn numbers(log: &dyn ErasureLog) -> Vec<u8> {
    let number = |text: &String| VouchedErasure::read(text, &key()).map_or(0, |vouched| vouched.erasure().scope.bytes()[0]);
    log.lines().await.unwrap().iter().map(number).collect()
}

/// Properties of every log.
async fn keeps_what_it_was_given(log: &dyn ErasureLog) {
    assert_eq!(numbers(log).await, [0; 0], "nothing yet");
    append(log, 1..=5).await;
    append(log, [3]).await;
    assert_eq!(numbers(log).await, [1, 2, 3, 4, 5, 3]);
    let (one, other, third) = (line(6), line(7), line(8));
    let (one, other, third) = tokio::join!(log.append(&one), log.append(&other), log.append(&third));
    assert_eq!((one, other, third), (Ok(()), Ok(()), Ok(())));
    let mut all = numbers(log).await;
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 3, 4, 5, 6, 7, 8], "each whole, side by side");
}
