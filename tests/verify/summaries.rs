//! Summaries that were rolled back: no decision relies on them.

use crate::{
    furnished::Furnished,
    vault::{Row, Vault},
};
use finrust::{
    domain::{
        breaches::record::Breach, hand_overs::record::HandOver, organisation::record::Organisation, processors::record::Processor,
        record::Record, requests::record::SubjectRequest,
    },
    flows::{breaches, hand_overs, organisation, processors, verify::report::DocumentKind},
    store::{
        clients,
        identities::documents::encode,
        records::repository::{RecordLocation, Records},
    },
};
use std::sync::Arc;

impl Furnished {
    async fn listed<R: Record>(&self, location: RecordLocation) -> Vec<String> {
        let records = Records::<R>::new(Arc::clone(&self.world.documents), Arc::clone(&self.world.sealing), location);
        let all = records.all().await.unwrap();
        all.iter().map(|(id, summary)| format!("{id} {}", String::from_utf8_lossy(&encode(summary)))).collect()
    }

    /// Everything that lists show, which is all that could be decided on.
    async fn lists(&self) -> Vec<String> {
        let requests = clients::documents::location(self.world.adviser(self.world.files[0].0).scope());
        let mut lists = self.listed::<Breach>(breaches::register::location()).await;
        lists.extend(self.listed::<Processor>(processors::register::location()).await);
        lists.extend(self.listed::<Organisation>(organisation::register::location()).await);
        lists.extend(self.listed::<HandOver>(hand_overs::register::location()).await);
        lists.extend(self.listed::<SubjectRequest>(requests).await);
        let accounts = self.world.identities.accounts(1000, None).await.unwrap().items;
        lists.extend(accounts.iter().map(|(id, account)| format!("{id} {}", String::from_utf8_lossy(&encode(account)))));
        lists
    }
}

#[tokio::test]
async fn lists_are_told_from_what_the_chains_vouch_for() {
    let furnished = Box::pin(Furnished::set()).await;
    let (vault, before) = (Vault::of(&furnished.world), furnished.lists().await);
    let mut turned_back = 0;
    for (spot, row) in &furnished.now {
        let older = furnished.before.get(spot).filter(|older| older.summary != row.summary && spot.kind() != DocumentKind::Client);
        if let Some(older) = older {
            vault.set(spot, Some(&Row { summary: older.summary.clone(), ..row.clone() }));
            turned_back += 1;
        }
    }
    assert!(turned_back >= 9 && before.len() >= 10, "{turned_back} {before:?}");
    assert_eq!(furnished.lists().await, before);
    assert_eq!(furnished.world.whats().await.len(), turned_back, "each is named");
}
