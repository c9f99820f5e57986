//! Kafka walks over the members of a group in an order that follows from `String.hashCode`.
//!
//! The assignment depends on this order, so equal joins lead to equal assignments only in the same order. Kafka keeps
//! members in a hash table of its own (`BaseHashTable`) and hands them to the assignors in Java's `HashMap`.

use crate::string_hash;

/// The least number of slots in Kafka's own table.
const LEAST_SLOTS: usize = 2;
/// The least number of buckets in a `HashMap`.
const LEAST_BUCKETS: u32 = 16;

/// The slots of the members' table. Their number grows and never shrinks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemberOrder {
    slots: usize,
}

impl Default for MemberOrder {
    fn default() -> Self {
        Self { slots: LEAST_SLOTS }
    }
}

impl MemberOrder {
    /// Grows the table for one member in addition to `members`.
    pub(super) fn grow(&mut self, members: usize) {
        if (members + 1) * 3 > self.slots * 4 {
            self.slots *= 2;
        }
    }

    /// Sorts members in the order of the table; members of one slot keep their order.
    pub(super) fn sort<T>(self, members: &mut [T], id: impl Fn(&T) -> &str) {
        members.sort_by_key(|member| self.slot(id(member)));
    }

    fn slot(self, id: &str) -> u64 {
        // The upper bits of a multiplication by 2^64 over the golden ratio.
        let mixed = i64::from(string_hash(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed());
        mixed.cast_unsigned() >> (64 - self.slots.trailing_zeros())
    }
}

/// Sorts members in the order of a `HashMap` that was filled in their present order.
pub(super) fn sort_as_hash_map<T>(members: &mut [T], id: impl Fn(&T) -> &str) {
    let mut buckets = LEAST_BUCKETS;
    while members.len() * 4 > usize::try_from(buckets).unwrap_or(usize::MAX).saturating_mul(3) {
        buckets *= 2;
    }
    members.sort_by_key(|member| bucket(string_hash(id(member)), buckets));
}

/// Sorts partitions of a topic in the order of Java's `HashSet`. They come in the order in which the member got them:
/// the first `before` were copied into one set, the others were added, and all were copied once more.
pub(super) fn sort_as_hash_set(partitions: &mut [i32], before: usize) {
    let copied = |count: usize| u32::try_from(count * 4 / 3 + 1).unwrap_or(0).max(LEAST_BUCKETS).next_power_of_two();
    let mut buckets = copied(before);
    while partitions.len() * 4 > usize::try_from(buckets).unwrap_or(usize::MAX).saturating_mul(3) {
        buckets *= 2;
    }
    // Partitions of one bucket keep their order.
    partitions.sort_by_key(|partition| bucket(*partition, buckets));
    let buckets = copied(partitions.len());
    partitions.sort_by_key(|partition| bucket(*partition, buckets));
}

fn bucket(hash: i32, buckets: u32) -> u32 {
    let hash = hash.cast_unsigned();
    (hash ^ (hash >> 16)) & (buckets - 1)
}
