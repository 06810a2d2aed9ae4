//! What is measured at every size: what users wait for, and what goes over everything.

use super::{instance::Instance, operations::Operation, trace::Span, user::User};
use finrust::{
    flows::{accounts::officers::everyone, exports::run::page, maintenance, verify},
    ports::Cursor,
};
use serde_json::Value;

/// A request or a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Request(Operation),
    /// Files past their retention period, the first 50.
    Retention,
    /// All files of the adviser, page by page.
    Export,
    /// A page of the officers' list of accounts.
    Accounts,
    /// All accounts, for a decision about an officer and for an invitation that is repeated.
    Everyone,
    Maintenance,
    Verify,
}

/// How an operation may grow from the smallest to the largest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// At most [`MAX_GROWTH`] times.
    Hardly,
    /// With the number of summaries, bodies or accounts that it has to look at.
    AsListed,
}

/// Of what a user does all day, whatever the size.
pub const MAX_GROWTH: f64 = 1.2;

impl Work {
    /// What depends on an adviser's files.
    pub const OF_FILES: [Self; 11] = [
        Self::Request(Operation::Read),
        Self::Request(Operation::Save),
        Self::Request(Operation::SignIn),
        Self::Request(Operation::List),
        Self::Request(Operation::Search),
        Self::Request(Operation::ListAfterSave),
        Self::Request(Operation::Create),
        Self::Retention,
        Self::Export,
        Self::Maintenance,
        Self::Verify,
    ];
    /// What depends on the number of accounts.
    pub const OF_ACCOUNTS: [Self; 7] = [
        Self::Request(Operation::Read),
        Self::Request(Operation::Save),
        Self::Request(Operation::SignIn),
        Self::Accounts,
        Self::Everyone,
        Self::Maintenance,
        Self::Verify,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Request(operation) => operation.name(),
            Self::Retention => "retention, first 50",
            Self::Export => "export of all files",
            Self::Accounts => "list of accounts, 50",
            Self::Everyone => "all accounts",
            Self::Maintenance => "maintenance round",
            Self::Verify => "verify",
        }
    }

    pub const fn growth(self) -> Growth {
        match self {
            Self::Request(Operation::Read | Operation::Save | Operation::SignIn) => Growth::Hardly,
            _ => Growth::AsListed,
        }
    }

    /// Whether a single run is enough: it takes long, and most of what it does it does many times.
    pub const fn is_long(self) -> bool {
        matches!(self, Self::Export | Self::Everyone | Self::Maintenance | Self::Verify)
    }

    /// Runs it, and returns how long it took.
    pub async fn run(self, instance: &Instance, user: &mut User) -> Span {
        if let Self::Request(operation) = self {
            return Box::pin(operation.run(user)).await;
        }
        Span::of(Box::pin(self.perform(instance, user))).await.0
    }

    /// What precedes it every time and is not measured.
    pub async fn prepare(self, user: &mut User) {
        if self == Self::Request(Operation::ListAfterSave) {
            user.save().await;
        }
    }

    /// Runs nothing but the work itself. Returns the session that it began.
    pub async fn perform(self, instance: &Instance, user: &mut User) -> Option<String> {
        let (services, documents) = (&instance.state.services, &*instance.state.documents);
        match self {
            Self::Request(operation) => return operation.perform(user).await,
            Self::Retention => drop(user.ask("GET", "/api/retention/proposals?limit=50", Value::Null).await),
            Self::Export => export(instance, user).await,
            Self::Accounts => drop(services.identities.accounts(50, None).await.expect("an answer")),
            Self::Everyone => drop(everyone(services).await.expect("an answer")),
            Self::Maintenance => drop(maintenance::run(services, documents).await.expect("a round")),
            Self::Verify => {
                let report =
                    verify::run::run(documents, &services.sealing, &services.identities, &*services.erasures, &*services.clock, |_| {});
                assert!(report.await.expect("an answer").is_clean(), "something is wrong with what was stored");
            }
        }
        None
    }
}

async fn export(instance: &Instance, user: &User) {
    let mut after: Option<Cursor> = None;
    loop {
        after = page(&instance.state.services, &user.account.at_work, after).await.expect("a page").next;
        if after.is_none() {
            return;
        }
    }
}
