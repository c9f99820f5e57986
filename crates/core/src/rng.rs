//! Topic ids, member ids and fetch session ids are drawn from the cluster's seed.

use kafka_trial_wire::Uuid;

/// The generator SplitMix64: small, seedable, and good enough for identifiers that only have to differ.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Starts a sequence: equal seeds lead to equal numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a version 4 UUID. As in Kafka, its text never starts with `-`, because that would read as an option.
    pub(crate) fn uuid(&mut self) -> Uuid {
        loop {
            let (high, low) = (self.next_u64(), self.next_u64());
            let high = (high & !0xf000) | 0x4000;
            let low = (low & !(0b11 << 62)) | (0b10 << 62);
            let bits = (u128::from(high) << 64) | u128::from(low);
            let uuid = Uuid(bits.to_be_bytes());
            if high >> 58 != 0b11_1110 {
                return uuid;
            }
        }
    }

    /// Returns a UUID in the dashed form of `java.util.UUID`, with which member ids end.
    pub(crate) fn dashed_uuid(&mut self) -> String {
        let bits = u128::from_be_bytes(self.uuid().0);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xffff,
            (bits >> 48) & 0xffff,
            bits & 0xffff_ffff_ffff
        )
    }
}
