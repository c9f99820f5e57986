//! The aborted transactions of a partition, after Kafka's `TransactionIndex`.

/// A transaction whose records are hidden from `read_committed` consumers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// The id of the producer.
    pub producer_id: i64,
    /// The offset of its first record in the partition.
    pub first_offset: i64,
    /// The offset of its marker.
    pub last_offset: i64,
}

/// Aborted transactions in the order of their markers.
#[derive(Clone, Debug, Default)]
pub struct AbortedTransactions {
    rows: Vec<AbortedTransaction>,
}

impl AbortedTransactions {
    pub(crate) fn push(&mut self, row: AbortedTransaction) {
        self.rows.push(row);
    }

    /// The transactions with records in `from..end`, in the order of their markers.
    pub fn between(&self, from: i64, end: i64) -> impl Iterator<Item = &AbortedTransaction> {
        let first = self.rows.partition_point(|row| row.last_offset < from);
        self.rows.get(first..).unwrap_or_default().iter().filter(move |row| row.first_offset < end)
    }

    /// Forgets the transactions of which compaction has left nothing.
    pub fn forget(&mut self, gone: &[AbortedTransaction]) {
        self.rows.retain(|row| !gone.contains(row));
    }

    /// Forgets the transactions that end before the log starts.
    pub fn delete_before(&mut self, log_start: i64) {
        let gone = self.rows.partition_point(|row| row.last_offset < log_start);
        self.rows.drain(..gone);
    }
}
