//! The fuzz targets run in the ordinary tests: on the corpus, and on a bounded number of mutations of it, the same each
//! time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

#[path = "../../../fuzz/targets.rs"]
#[expect(unreachable_pub, reason = "the fuzzing programs' crate publishes it")]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::{Rng, RngExt};
use proptest::test_runner::{RngAlgorithm, TestRng};

/// The values that a mutation writes: numbers at the limits of lengths and varints.
const EDGES: [&[u8]; 6] =
    [&[0], &[0xff], &[0x7f, 0xff], &[0x7f, 0xff, 0xff, 0xff], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0x80, 0x80, 0x01]];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Returns the input with one to four changes: a byte, a limit, a cut, or a piece of a second input.
fn mutated(input: &[u8], other: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => bytes.truncate(at),
            3 => {
                let from = rng.random_range(0..=other.len());
                let until = other.len().min(from + rng.random_range(0..64));
                bytes.splice(at..at, other[from..until].iter().copied());
            }
            _ => {
                let edge = EDGES[rng.random_range(0..EDGES.len())];
                let end = bytes.len().min(at + edge.len());
                bytes.splice(at..end, edge.iter().copied());
            }
        }
    }
    bytes
}

fn survives(name: &str, target: fn(&[u8]), mutations: usize) {
    let corpus = corpus(name);
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = |input: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
            let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
            panic!("{name} fails on {hex}");
        }
    };
    corpus.iter().for_each(|input| run(input));
    for _ in 0..mutations {
        let (input, other) = (rng.random_range(0..corpus.len()), rng.random_range(0..corpus.len()));
        run(&mutated(&corpus[input], &corpus[other], &mut rng));
    }
}

macro_rules! targets {
    ($($test:ident: $target:ident, $mutations:literal;)*) => { $(
        #[test]
        fn $test() {
            survives(stringify!($target), targets::$target, $mutations);
        }
    )* };
}

targets! {
    frames_of_any_bytes_are_read_or_refused: frame, 500;
    bodies_of_any_bytes_are_read_or_refused: body, 500;
    batches_of_any_bytes_are_read_or_refused: batch, 3000;
    gzip_of_any_bytes_is_unpacked_within_bounds_or_refused: gzip, 1000;
    snappy_of_any_bytes_is_unpacked_within_bounds_or_refused: snappy, 3000;
    lz4_of_any_bytes_is_unpacked_within_bounds_or_refused: lz4, 1000;
    zstd_of_any_bytes_is_unpacked_within_bounds_or_refused: zstd, 1000;
    a_cluster_answers_each_request_once_whatever_the_requests_and_the_time: cluster, 400;
}
