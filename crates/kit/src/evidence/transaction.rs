//! What a batch says of its records: who wrote them, and what became of their transaction.

/// An idempotent producer's mark on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerStamp {
    /// The producer id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i16,
    /// The record's sequence.
    pub sequence: i32,
}

/// What a transaction makes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// It is part of none.
    None,
    /// Its transaction has not ended.
    Open,
    /// Consumers see it.
    Committed,
    /// Consumers that read committed records never see it.
    Aborted,
}
