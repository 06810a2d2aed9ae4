//! What a failure of Cosmos DB means, and how it is logged. The SDK's error texts may contain document ids, so none is passed on.

use crate::ports::{CommitError, Container, ReadError};
use azure_data_cosmos::{CosmosError, CosmosStatus, diagnostics::DiagnosticsContext};
use std::time::Duration;

const RETRY_AFTER: Duration = Duration::from_secs(1);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);
/// An operation that costs more, takes longer, or takes more than one attempt is worth a line in the log.
const NOTABLE_CHARGE: f64 = 50.0;
const NOTABLE_DURATION: Duration = Duration::from_secs(1);

/// The operation on the database.
#[derive(Clone, Copy)]
pub enum Operation {
    Read,
    /// A page of a query.
    List,
    Commit,
    /// Loading what the SDK needs to know about the account and a container.
    Connect,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Commit => "commit",
            Self::Connect => "connect",
        }
    }
}

/// A classified failure.
pub struct Failure {
    /// Whether a write may have been applied nevertheless.
    pub may_have_happened: bool,
    status: CosmosStatus,
    retry_after: Duration,
}

impl Failure {
    /// Classifies `error` and logs it.
    pub fn of(operation: Operation, container: Container, error: &CosmosError) -> Self {
        Self::at(operation, Some(container), error)
    }

    /// Like [`Failure::of`], before there is a container.
    pub fn at(operation: Operation, container: Option<Container>, error: &CosmosError) -> Self {
        let (status, diagnostics) = (error.status(), error.diagnostics());
        let retry_after = error.response().and_then(|response| response.headers().retry_after_ms);
        let retry_after = retry_after.map_or(RETRY_AFTER, Duration::from_millis);
        tracing::warn!(
            event = "database_failed",
            operation = operation.name(),
            container = container.map(Container::name),
            status = u16::from(status.status_code()),
            sub_status = status.sub_status().map(|code| code.value()),
            activity_id = diagnostics.as_deref().map(|diagnostics| diagnostics.activity_id().as_str()),
            count = diagnostics.as_deref().map(DiagnosticsContext::request_count),
        );
        Self {
            // The last response says nothing about the attempts before it.
            may_have_happened: diagnostics.as_deref().map_or(!refused(status), |tried| may_have_happened(tried, Tries::All)),
            status,
            retry_after: retry_after.clamp(RETRY_AFTER, LONGEST_RETRY_AFTER),
        }
    }

    /// The error of a commit that wrote nothing.
    pub fn commit_error(&self) -> CommitError {
        match u16::from(self.status.status_code()) {
            404 if self.status.is_not_found() => CommitError::Missing,
            409 => CommitError::Conflict,
            412 => CommitError::Stale,
            _ if self.is_busy() => CommitError::Busy { retry_after: self.retry_after },
            _ => CommitError::Unavailable,
        }
    }

    fn is_busy(&self) -> bool {
        self.status.is_throttled() || self.status.is_retry_with()
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        if failure.is_busy() { Self::Busy { retry_after: failure.retry_after } } else { Self::Unavailable }
    }
}

/// Which of the requests of an operation to consider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    All,
    /// Those before the last, whose response is known.
    Earlier,
}

/// Whether one of these attempts may have been applied although no response said so. Metadata requests change nothing; the SDK may have
/// dropped the diagnostics of some attempts, and then nothing is known about them.
#[must_use]
pub fn may_have_happened(diagnostics: &DiagnosticsContext, tries: Tries) -> bool {
    let requests = diagnostics.requests();
    let looked_at = requests.len().saturating_sub(usize::from(tries == Tries::Earlier));
    let unanswered = requests[..looked_at].iter().any(|request| {
        let is_write = !request.pipeline_type().is_metadata();
        is_write && request.request_sent().may_have_been_sent() && !refused(*request.status())
    });
    unanswered || diagnostics.request_count() > requests.len()
}

/// Logs what an operation cost. At a server's usual log level, only what stands out is logged.
pub fn report(operation: Operation, container: Container, diagnostics: Option<&DiagnosticsContext>) {
    let Some(diagnostics) = diagnostics else { return };
    let (charge, count) = (diagnostics.total_request_charge().value(), diagnostics.request_count());
    macro_rules! told {
        ($level:ident) => {
            tracing::$level!(
                event = "database",
                operation = operation.name(),
                container = container.name(),
                request_charge = charge,
                activity_id = diagnostics.activity_id().as_str(),
                count,
                duration_ms = u64::try_from(diagnostics.duration().as_millis()).unwrap_or(u64::MAX),
            )
        };
    }
    if charge > NOTABLE_CHARGE || count > 1 || diagnostics.duration() > NOTABLE_DURATION { told!(info) } else { told!(debug) }
}

/// Responses after which nothing was written: the request was invalid, or the service did not begin.
fn refused(status: CosmosStatus) -> bool {
    matches!(u16::from(status.status_code()), 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 429 | 449)
}
