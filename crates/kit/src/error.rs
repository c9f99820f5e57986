//! The error of tests and of the kit's asynchronous calls.

use std::fmt;

/// What a test gives: `kafka_trial::Result<()>`, or just `kafka_trial::Result`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Any error, for the result of a test. It is made from every type that implements [`std::error::Error`], so `?` works on
/// all of them; therefore it does not implement that trait itself. `{:?}`, which a failed test shows, is a sentence with
/// its causes.
pub struct Error(Box<dyn std::error::Error + Send + Sync>);

impl Error {
    /// The error it was made from, if that is of this type.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(&*self.0))
    }
}

/// An error with its causes, less those that its text repeats.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}
