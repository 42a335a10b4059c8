//! `revocations` of `keybound_tests::fuzz_targets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_tests::fuzz_targets::revocations(bytes));
