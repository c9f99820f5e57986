//! `#[kafka_trial::test]`, to be used from the crate `kafka-trial`.
//!
//! ```text
//! options.rs    what stands in the attribute    ┐
//! argument.rs   an argument and its attributes  ├─> expand.rs: a #[test] that calls Trial::builder()
//! setting.rs    key = value, config(k = v)      ┘
//! ```

mod argument;
mod expand;
mod options;
mod setting;

use proc_macro::TokenStream;

/// Runs an async test with a Kafka cluster of its own; its arguments are built by their types, from left to right.
///
/// ```
/// use kafka_trial::{Admin, Seed, Topic};
///
/// #[kafka_trial::test(brokers = 3, timeout = "20s")]
/// async fn topics_exist(#[topic(partitions = 6, config("cleanup.policy" = "compact"))] orders: Topic, admin: Admin) {
///     assert_eq!(admin.list_topics().await.unwrap(), [orders.name()]);
/// }
/// ```
///
/// # Options
///
/// | option | default | |
/// |---|---|---|
/// | `brokers = 3` | 1 | how many brokers |
/// | `timeout = "20s"` | `KAFKA_TRIAL_TIMEOUT`, else 60 s | in `ms`, `s` or `m`; a test that blocks is reported and left behind |
/// | `seed = 42` | `KAFKA_TRIAL_SEED`, else random | where randomness starts; a failed test shows it |
/// | `flavor = "multi_thread"` | `"current_thread"` | the threads of the test's tasks, as tokio has them |
/// | `worker_threads = 2` | one per core | with `flavor = "multi_thread"` |
/// | `auto_create_topics = false` | true | whether topics come into being when a client asks for them |
/// | `config("key" = "value", ..)` | | broker properties by Kafka's names; standard error names those that nothing acts on |
/// | `external` | | the test is for a real cluster: it is ignored, and run with `--ignored` |
/// | `crate = path` | `::kafka_trial` | where a re-export has the kit |
///
/// # Attributes of arguments
///
/// | attribute | of | options |
/// |---|---|---|
/// | `#[topic(..)]` | `Topic` | `partitions = 6`, `replication_factor = 3`, `name = "exact.name"`, `config("key" = "value")` |
/// | `#[consumer(..)]` | `Consumer` | `topic = orders` (an earlier argument, or a name; repeatable), `from = "latest"`, `group = "name"`, `config("key" = "value")` |
///
/// `#[should_panic]`, `#[ignore]`, `#[cfg]` and others stay on the test.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::test(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
