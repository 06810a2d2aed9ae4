//! Names for faults between the adapter and Cosmos DB. A fault affects the first `times` requests of its kind.

use azure_core::http::StatusCode;
use azure_data_cosmos::options::Region;
use azure_data_cosmos_driver::fault_injection::{
    CustomResponseBuilder, FaultInjectionConditionBuilder, FaultInjectionErrorType as Error, FaultInjectionResult,
    FaultInjectionResultBuilder, FaultInjectionRule, FaultInjectionRuleBuilder, FaultOperationType as Kind,
};
use std::{sync::Arc, time::Duration};

/// More than any test sends.
pub const ALWAYS: u32 = 1_000_000;
pub const COMMITS: Kind = Kind::BatchItem;
pub const READS: Kind = Kind::ReadItem;
pub const QUERIES: Kind = Kind::QueryItem;

/// How a request fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// 429, with `retry-after` in milliseconds.
    Throttled(u64),
    /// 449.
    RetryWith,
    /// 408 from the service.
    Timeout,
    /// 503.
    Unavailable,
    /// 500.
    Broken,
    /// 410: the replica no longer exists.
    Gone,
    /// Never sent.
    NoConnection,
    /// Sent, but never arrives.
    LostBefore,
    /// Executed, but its response is lost.
    LostAfter,
    /// No fault.
    Spared,
}

/// Delays every request: a network with this round-trip time. Counts the requests, too.
pub fn slow(by: Duration) -> Arc<FaultInjectionRule> {
    Arc::new(FaultInjectionRuleBuilder::new("slow", FaultInjectionResultBuilder::new().with_delay(by).build()).build())
}

/// Affects the first `times` requests of a kind.
pub fn fault(kind: Kind, fault: Fault, times: u32) -> Arc<FaultInjectionRule> {
    rule(FaultInjectionConditionBuilder::new().with_operation_type(kind), fault, times)
}

/// The same in one region only.
pub fn fault_in(region: &'static str, kind: Kind, fault: Fault, times: u32) -> Arc<FaultInjectionRule> {
    rule(FaultInjectionConditionBuilder::new().with_operation_type(kind).with_region(Region::new(region)), fault, times)
}

fn rule(condition: FaultInjectionConditionBuilder, fault: Fault, times: u32) -> Arc<FaultInjectionRule> {
    let rule = FaultInjectionRuleBuilder::new("fault", result(fault)).with_condition(condition.build());
    Arc::new(rule.with_hit_limit(times).build())
}

fn result(fault: Fault) -> FaultInjectionResult {
    let result = FaultInjectionResultBuilder::new();
    match fault {
        Fault::Throttled(wait) => throttled(result, wait),
        Fault::RetryWith => result.with_error(Error::RetryWith),
        Fault::Timeout => result.with_error(Error::Timeout),
        Fault::Unavailable => result.with_error(Error::ServiceUnavailable),
        Fault::Broken => result.with_error(Error::InternalServerError),
        Fault::Gone => result.with_error(Error::PartitionIsGone),
        Fault::NoConnection => result.with_error(Error::ConnectionError),
        Fault::LostBefore => result.with_error(Error::ResponseTimeout),
        Fault::LostAfter => result.with_error(Error::ResponseTimeoutAfterService),
        Fault::Spared => result.with_delay(Duration::ZERO),
    }
    .build()
}

fn throttled(result: FaultInjectionResultBuilder, wait: u64) -> FaultInjectionResultBuilder {
    let answer = CustomResponseBuilder::new(StatusCode::TooManyRequests).with_header("x-ms-retry-after-ms", wait.to_string());
    result.with_custom_response(answer.with_body("throttled").build())
}
