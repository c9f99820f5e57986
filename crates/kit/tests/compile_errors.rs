//! A macro misused: the compile errors, word for word.
//!
//! The cases are built in a project of their own, librdkafka too if it is a feature. So they run without it:
//! `cargo test -p kafka-trial --no-default-features --test compile_errors`.
#![cfg(not(feature = "rdkafka"))]

#[test]
fn compile_errors_teach() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
