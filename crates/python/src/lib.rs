//! The extension module `kafka_trial._native`.
