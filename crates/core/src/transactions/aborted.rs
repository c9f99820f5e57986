//! A partition remembers its aborted transactions (`TransactionIndex`).

/// An aborted transaction: `read_committed` consumers skip its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// The id of the producer.
    pub producer_id: i64,
    /// The offset of the transaction's first record in the partition.
    pub first_offset: i64,
    /// The offset of the transaction's marker.
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

    /// Returns the aborted transactions with records in `from..end`, in the order of their markers.
    pub fn between(&self, from: i64, end: i64) -> impl Iterator<Item = &AbortedTransaction> {
        let first = self.rows.partition_point(|row| row.last_offset < from);
        self.rows.get(first..).unwrap_or_default().iter().filter(move |row| row.first_offset < end)
    }

    /// Forgets the aborted transactions of which compaction has left no record.
    pub fn forget(&mut self, gone: &[AbortedTransaction]) {
        self.rows.retain(|row| !gone.contains(row));
    }

    /// Forgets the aborted transactions that end before the log start.
    pub fn delete_before(&mut self, log_start: i64) {
        let gone = self.rows.partition_point(|row| row.last_offset < log_start);
        self.rows.drain(..gone);
    }
}
