//! The ids of answers.

/// A UUID of version 8, made from where and when a request was produced: its answer has the same id whenever it is
/// made again.
pub(crate) fn event_id(topic: &str, partition: i32, offset: i64, timestamp: i64) -> String {
    let place = [partition.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat();
    let bytes = topic.bytes().chain(place).chain(timestamp.to_be_bytes());
    let hash = fnv_1a(bytes);
    let version_and_variant = 0x8 << 76 | 0b10 << 62;
    let uuid = hash & !(0xf << 76 | 0b11 << 62) | version_and_variant;
    let part = |from: u32, digits: u32| (uuid >> (from * 4)) & ((1 << (digits * 4)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(24, 8), part(20, 4), part(16, 4), part(12, 4), part(0, 12))
}

/// The 128-bit FNV-1a hash.
fn fnv_1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_an_answer_id_of_its_own_and_keeps_it() {
        let ids: std::collections::BTreeSet<String> =
            (0..1000).map(|offset| event_id("orders", 0, offset, 0)).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.contains(&event_id("orders", 0, 7, 0)));
    }

    #[test]
    fn an_answer_id_reads_as_a_uuid() {
        let id = event_id("orders", 0, 1, 0);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.as_bytes()[14], b'8', "{id}");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b"a".iter().copied()), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
