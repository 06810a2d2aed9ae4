//! The contract of the `Documents` port, checked for every adapter, and what is specific to each.

#![cfg(test)]

mod atomicity;
mod concurrency;
mod cosmos;
mod expiry;
mod listing;
mod memory;
mod single;
mod sqlite;

use finrust::ports::Documents;
use std::sync::Arc;
use test_support::{clock::TestClock, documents::Actor};

/// Creates an empty store that lives as long as the value itself.
trait Backend {
    fn new() -> Self;

    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents>;

    async fn actor(&self) -> Actor {
        let clock = TestClock::new();
        Actor::on(self.documents(Arc::clone(&clock)).await, clock)
    }
}

/// One test per case of the contract: a new backend takes one more line below.
macro_rules! contract {
    ($backend:ident => $($file:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::$file::$case(&<super::$backend as crate::Backend>::new()).await;
            }
        )+)+
    };
}

macro_rules! backends {
    ($($module:ident: $backend:ident),+ $(,)?) => {
        $(
            mod $module {
                contract! {
                    $backend =>
                    single: round_trip, create_needs_a_free_id, replace_needs_the_version, delete_needs_the_version,
                        what_is_missing_stays_missing, put_writes_whatever_is_there, put_replaces_every_part,
                        write_id_and_etag_come_back, a_replaced_summary_goes, a_big_body_comes_back, partitions_and_containers_are_apart;
                    atomicity: one_failure_undoes_all, one_failure_undoes_what_was_put, operations_see_each_other, a_hundred_operations_at_once,
                        too_many_operations_are_refused, nothing_to_do_is_done;
                    listing: both_orders, a_prefix_is_literal, pages_have_no_gap_and_no_repeat, a_page_takes_a_thousand_at_most,
                        parts_come_apart, scan_crosses_partitions, forged_cursors_are_refused, a_cursor_outlives_its_document;
                    expiry: expired_is_unseen, an_expired_id_is_free, an_expired_document_is_missing, a_replacement_sets_its_own_time,
                        what_is_put_sets_its_own_time;
                    concurrency: one_create_wins, one_replace_wins, every_put_wins, failures_leave_their_neighbours_alone;
                }
            }
        )+
    };
}

use cosmos::Cosmos;
use memory::Memory;
use sqlite::Sqlite;

backends! {
    on_sqlite: Sqlite,
    on_cosmos: Cosmos,
    in_memory: Memory,
}
