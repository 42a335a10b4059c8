//! The test house: what watches the product and shares no code with it.
#![doc = include_str!("../README.md")]

pub mod corpus;
pub mod forge;
pub mod fuzz_targets;
pub mod generate;
pub mod http;
pub mod make;
pub mod naive;
pub mod publish;
pub mod random;
pub mod revocations;
pub mod run;
pub mod vectors;
pub mod worked_example;
