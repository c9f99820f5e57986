//! One record of a coordinator.

use bytes::Bytes;
use kafka_trial_wire::messages::Message;
use kafka_trial_wire::{EncodeError, Writer};

/// A record of a coordinator: a key, and a value or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoordinatorRecord {
    pub(super) key: Bytes,
    /// `None` for a tombstone.
    pub(super) value: Option<Bytes>,
}

impl CoordinatorRecord {
    /// A record whose value is written in `version`; `None` when a name is too long for it.
    pub(super) fn new<K: Message, V: Message>(key: &K, value: &V, version: i16) -> Option<Self> {
        Some(Self { key: key_bytes(key)?, value: Some(value_bytes(value, version)?) })
    }

    pub(super) fn tombstone<K: Message>(key: &K) -> Option<Self> {
        Some(Self { key: key_bytes(key)?, value: None })
    }
}

/// A key: the type of the record, which is the version of its key, and the key itself.
pub(super) fn key_bytes<K: Message>(key: &K) -> Option<Bytes> {
    let mut writer = Writer::new();
    writer.put_i16(K::KEY?);
    finish(writer, |writer| key.write(writer, 0))
}

/// A value behind its version.
pub(super) fn value_bytes<V: Message>(value: &V, version: i16) -> Option<Bytes> {
    let mut writer = Writer::new();
    writer.put_i16(version);
    finish(writer, |writer| value.write(writer, version))
}

fn finish(mut writer: Writer, write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) -> Option<Bytes> {
    write(&mut writer).ok()?;
    Some(writer.into_bytes())
}
