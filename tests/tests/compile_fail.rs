//! What must not compile: nothing decides but a verified chain, and nothing makes one, or a
//! permit, but the core.

#[test]
fn evidence_cannot_be_made_by_hand() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
