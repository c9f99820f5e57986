//! One file per suite: where it comes from, what it needs, how its answers are read.

pub(crate) mod copiers;
pub(crate) mod kcat;
pub(crate) mod kgo;
pub(crate) mod kgo_chaos;
pub(crate) mod librdkafka;
pub(crate) mod rdkafka;
pub(crate) mod rskafka;
pub(crate) mod streams;
pub(crate) mod tools;
