//! Cryptographic mechanisms, checked against standards, test vectors of another implementation, and the formulas at the top of their files.

#![cfg(test)]

mod aead;
mod by_the_book;
mod envelope;
mod hashes;
mod vectors;
