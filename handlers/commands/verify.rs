//! `finrust verify`: opens every document and checks every chain; changes nothing.

use super::{
    console::{complain, say},
    failure::CommandError,
    key_check::{check_existing, missing_keys},
};
use crate::{
    adapters::sqlite::documents::MarkVerdict,
    app::Application,
    config::Config,
    data_folder::DATABASE,
    domain::clients::erasure_log::ErasureLine,
    flows::verify,
    ports::{ErasureLog, ErasureLogError},
    store::error::StoreError,
};
use async_trait::async_trait;

/// Documents per progress line.
const PROGRESS_EVERY: usize = 10_000;

/// Verifies the data and prints a report.
///
/// # Errors
/// [`CommandError::Findings`] when something is wrong.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let sight = Application::look(config)?;
    let (services, mut told) = (&sight.state.services, 0);
    // Read before the snapshot of the database, so that a file erased meanwhile is still in the snapshot.
    let erasures = Before(services.erasures.lines().await.map_err(StoreError::from)?);
    let damage = sight.damage().await?;
    damage.iter().try_for_each(|line| say(&format!("{DATABASE}, damaged: {line}")))?;
    // Missing keys become findings of the report.
    if missing_keys(services).await?.is_none() {
        check_existing(services).await?;
    }
    let progress = |seen: usize| {
        if seen >= told + PROGRESS_EVERY {
            told = seen;
            complain(&format!("{seen} documents looked at"));
        }
    };
    let report = verify::run::run_through(
        &*sight.state.documents,
        &services.sealing,
        &services.identities,
        &erasures,
        &*services.clock,
        (!damage.is_empty(), progress),
    )
    .await?;
    let judged = sight.judge().await?;
    sight.check()?;
    report.lines().iter().try_for_each(|line| say(line))?;
    let lost = judged.map(|judged| say_mark(judged).map(|()| matches!(judged, MarkVerdict::Lost { .. }))).transpose()?.unwrap_or_default();
    match report.count() + damage.len() + usize::from(lost) {
        0 => Ok(()),
        count => Err(CommandError::Findings(count)),
    }
}

/// The erasure log as it was at that time.
struct Before(Vec<String>);

#[async_trait]
impl ErasureLog for Before {
    async fn append(&self, _: &ErasureLine) -> Result<(), ErasureLogError> {
        Err(ErasureLogError)
    }

    async fn lines(&self) -> Result<Vec<String>, ErasureLogError> {
        Ok(self.0.clone())
    }
}

/// Reports what the mark says about lost transactions.
fn say_mark(judged: MarkVerdict) -> Result<(), CommandError> {
    match judged {
        MarkVerdict::NotJudged => say("mark: none that is vouched for, as in a backup; not judged"),
        MarkVerdict::Whole => say("mark: nothing that was committed is missing at the end"),
        MarkVerdict::Lost { after, until } => say(&format!(
            "mark: transactions {} to {until} were acknowledged and are lost; after a restore run `finrust replay-erasures`",
            after + 1
        )),
    }
}
