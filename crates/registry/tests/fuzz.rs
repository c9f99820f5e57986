//! The fuzz targets in the ordinary test run: the corpus, and a bounded number of mutations of it, the same each time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

#[path = "../../../fuzz/registry.rs"]
#[expect(unreachable_pub, reason = "the fuzzing programs' crate publishes it")]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::{Rng, RngExt};
use proptest::test_runner::{RngAlgorithm, TestRng};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One to three changes that mostly leave a schema a schema: a piece of the text goes, comes twice or moves, or a byte changes.
fn mutated(input: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(0..=bytes.len());
        let end = bytes.len().min(at + rng.random_range(0..24));
        let piece = bytes[at..end].to_vec();
        match rng.random_range(0..4) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, piece)),
            2 => {
                drop(bytes.drain(at..end));
                let to = rng.random_range(0..=bytes.len());
                drop(bytes.splice(to..to, piece));
            }
            _ if at < bytes.len() => bytes[at] = rng.random_range(b' '..=b'~'),
            _ => {}
        }
    }
    bytes
}

fn survives(name: &str, target: fn(&[u8]), mutations: usize) {
    let corpus = corpus(name);
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = |input: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
            panic!("{name} fails on {}", String::from_utf8_lossy(input));
        }
    };
    corpus.iter().for_each(|input| run(input));
    for _ in 0..mutations {
        let input = rng.random_range(0..corpus.len());
        run(&mutated(&corpus[input], &mut rng));
    }
}

#[test]
fn any_avro_is_answered() {
    survives("avro", targets::avro, 5_000);
}

#[test]
fn any_json_schema_is_answered() {
    survives("json_schema", targets::json_schema, 2_000);
}

#[test]
fn any_protobuf_is_answered() {
    survives("protobuf", targets::protobuf, 5_000);
}
