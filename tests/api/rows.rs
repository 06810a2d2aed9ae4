//! The contents of the emulator, for an attacker who can change all of it.

use azure_data_cosmos::{ContainerClient, DatabaseClient, FeedScope};
use futures::TryStreamExt;
use serde_json::Value;
use test_support::doubles::cosmos::Emulator;

/// The rows of every container. Its functions block on threads of their own, so that they have the same interface as those for a file.
pub struct Rows(DatabaseClient);

impl Rows {
    pub fn of(emulator: &Emulator) -> Self {
        Self(wait(emulator.database(Vec::new())))
    }

    /// Every row of a container, as stored.
    pub fn all(&self, container: &str) -> Vec<Value> {
        wait(async {
            let items = self.items(container).await;
            items.query_items("SELECT * FROM c", FeedScope::full_container(), None).await.unwrap().try_collect().await.unwrap()
        })
    }

    /// Puts a row in its place, replacing what exists.
    pub fn put(&self, container: &str, row: &Value) {
        let [partition, id] = ["partition", "id"].map(|name| row[name].as_str().unwrap().to_owned());
        wait(async { self.items(container).await.upsert_item(partition, &id, row, None).await.map(drop).unwrap() });
    }

    pub fn delete(&self, container: &str, partition: &str, id: &str) {
        wait(async { self.items(container).await.delete_item(partition.to_owned(), id, None).await.map(drop).unwrap() });
    }

    async fn items(&self, container: &str) -> ContainerClient {
        self.0.container_client(container.to_owned(), None).await.unwrap()
    }
}

fn wait<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
}
