//! The mechanisms held against standards, against vectors of another implementation, and against the formulas on top of their files.

#![cfg(test)]

mod aead;
mod by_the_book;
mod envelope;
mod hashes;
mod vectors;
