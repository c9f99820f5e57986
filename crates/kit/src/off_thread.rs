//! Blocking calls from asynchronous code.

use std::panic::resume_unwind;

/// Awaits a blocking call on a thread where it holds up no other task of the test.
pub(crate) async fn off_thread<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(call).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is being shut down, and whoever awaits this with it.
            Err(_) => std::future::pending().await,
        },
    }
}
