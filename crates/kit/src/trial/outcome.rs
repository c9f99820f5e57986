//! What a test may give back.

use std::fmt::Debug;

/// The result of a test: `()`, or a `Result` whose error can be shown.
#[diagnostic::on_unimplemented(
    message = "a Kafka test gives `()` or a `Result`, not `{Self}`",
    note = "`kafka_trial::Result` takes any error by `?`"
)]
pub trait Outcome {
    /// Why the test has failed, if it has.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<T, E: Debug> Outcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}
