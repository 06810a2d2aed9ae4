//! How often the vault is called: once per data key, process and five minutes.

use crate::{identity::open, shop::Shop};
use jiff::SignedDuration;
use std::sync::Arc;
use test_support::doubles::key_vault::KeyVaultDouble;

const ADVISERS: u8 = 3;
/// One per adviser, and the root key, which authenticates them.
const DATA_KEYS: usize = ADVISERS as usize + 1;

fn unwraps(double: &KeyVaultDouble) -> usize {
    double.take_calls().iter().filter(|call| call.operation == "unwrapkey" && call.token.is_some()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_data_key_is_unwrapped_once_in_five_minutes_by_each_process() {
    let double = KeyVaultDouble::start("kek").await;
    let shop = Shop::fill(Arc::new(open(&double)), ADVISERS).await;
    unwraps(&double);
    let (one, other) = (shop.open(Arc::new(open(&double))), shop.open(Arc::new(open(&double))));
    shop.read(&one, 20).await.unwrap();
    assert_eq!(unwraps(&double), DATA_KEYS, "sixty readers at once");
    shop.clock.advance(SignedDuration::from_secs(5 * 60 - 1));
    shop.read(&one, 20).await.unwrap();
    assert_eq!(unwraps(&double), 0, "within five minutes");
    shop.read(&other, 1).await.unwrap();
    assert_eq!(unwraps(&double), DATA_KEYS, "another process has a memory of its own");
    shop.clock.advance(SignedDuration::from_secs(1));
    shop.read(&one, 20).await.unwrap();
    assert_eq!(unwraps(&double), DATA_KEYS, "after five minutes");
}

#[tokio::test]
async fn a_key_that_is_used_for_opening_and_for_sealing_is_in_memory_no_longer() {
    let double = KeyVaultDouble::start("kek").await;
    let shop = Shop::fill(Arc::new(open(&double)), ADVISERS).await;
    let state = shop.open(Arc::new(open(&double)));
    unwraps(&double);
    shop.read(&state, 1).await.unwrap();
    assert_eq!(unwraps(&double), DATA_KEYS);
    shop.clock.advance(SignedDuration::from_secs(5 * 60 - 1));
    shop.seal(&state).await;
    assert_eq!(unwraps(&double), 0, "within five minutes");
    shop.clock.advance(SignedDuration::from_secs(1));
    shop.seal(&state).await;
    assert_eq!(unwraps(&double), DATA_KEYS, "five minutes after they were opened first");
}
