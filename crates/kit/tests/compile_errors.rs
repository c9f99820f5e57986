//! A macro misused: the compile errors, word for word.

#[test]
fn compile_errors_teach() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
