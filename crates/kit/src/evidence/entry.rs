//! A record that was read, and what it says about itself.

use bytes::Bytes;
use kafka_trial_wire::records::TimestampType;

use super::facts::Facts;
use super::locators::Located;
use super::place::Place;
use super::transaction::{ProducerStamp, Transaction};
use crate::client::ReceivedRecord;

/// A record as it lies in the log, with what its batch says of it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) record: ReceivedRecord,
    pub(crate) timestamp_type: TimestampType,
    pub(crate) producer: Option<ProducerStamp>,
    pub(crate) transaction: Transaction,
}

/// A record with what it says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) stored: Stored,
    pub(crate) found: Vec<Located>,
    pub(crate) facts: Facts,
}

impl Entry {
    pub(crate) fn place(&self) -> Place {
        Place::of(&self.stored.record)
    }

    /// Its ids in the order of trust.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.found.iter().map(|located| located.id.as_str()).collect()
    }

    /// Whether consumers of committed records see it.
    pub(crate) fn is_visible(&self) -> bool {
        matches!(self.stored.transaction, Transaction::None | Transaction::Committed)
    }

    /// Whether its transaction is still to end.
    pub(crate) fn is_open(&self) -> bool {
        self.stored.transaction == Transaction::Open
    }

    /// How many bytes it takes, roughly.
    pub(super) fn size(&self) -> usize {
        let ReceivedRecord { key, value, headers, .. } = &self.stored.record;
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers = headers.iter().map(|(name, value)| name.len() + length(value));
        OVERHEAD + length(key) + length(value) + headers.sum::<usize>()
    }

    /// Leaves the batch that it came in, which is held as long as a part of it is.
    pub(super) fn detach(&mut self) {
        let copy = |bytes: &mut Bytes| *bytes = Bytes::copy_from_slice(bytes);
        let ReceivedRecord { key, value, headers, .. } = &mut self.stored.record;
        [key, value].into_iter().flatten().for_each(copy);
        for (name, value) in headers {
            copy(name);
            value.iter_mut().for_each(copy);
        }
    }
}

/// What a record takes beside its own bytes, roughly: the entry, its ids and its postings.
const OVERHEAD: usize = 768;
