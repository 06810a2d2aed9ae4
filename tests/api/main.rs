//! The service as its clients see it: every test has its own data, clock and mailbox, and every answer is held against the contract.

#![cfg(test)]

mod support {
    pub mod actor;
    pub mod app;
    pub mod clock;
    pub mod contract;
    pub mod mailbox;
}

mod actors;
mod openapi;
