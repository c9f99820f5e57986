//! Logs find records by offset and time, and retention deletes their segments.

mod compaction;

use std::collections::BTreeMap;

use kafka_trial_wire::records::{Batch, BatchBuilder};

use crate::log::size;
use crate::{Log, LogConfig, Rng, Settings, Time};

/// The millisecond at which these tests begin.
const NOW: i64 = 1_700_000_000_000;

fn at(ms: i64) -> Time {
    Time(ms * 1000)
}

fn config(configs: &[(&str, &str)]) -> LogConfig {
    let (settings, _) = Settings::parse(&BTreeMap::new()).unwrap();
    let own = configs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    LogConfig::resolve(&own, &settings).unwrap()
}

fn batch(timestamps: &[i64], value: &[u8]) -> Batch {
    let mut builder = BatchBuilder::new();
    for timestamp in timestamps {
        builder.push(*timestamp, Some(b"k"), Some(value), &[]);
    }
    Batch::split(&mut builder.build().unwrap()).unwrap()
}

/// Returns a log with a batch for each list of timestamps, appended at [`NOW`].
fn log(config: &LogConfig, batches: &[&[i64]]) -> Log {
    let mut log = Log::default();
    for timestamps in batches {
        log.append(batch(timestamps, b"v"), 0, config, at(NOW), &mut Rng::new(1));
    }
    log
}

fn segments(log: &Log) -> Vec<i64> {
    log.segments.iter().map(|segment| segment.base_offset).collect()
}

#[test]
fn a_segment_is_full_when_the_next_batch_would_not_fit() {
    let config = config(&[("segment.bytes", "1048576")]);
    let mut log = Log::default();
    let large = batch(&[NOW], &[b'x'; 400_000]);
    for _ in 0..5 {
        log.append(large.clone(), 0, &config, at(NOW), &mut Rng::new(1));
    }
    assert_eq!(segments(&log), [0, 2, 4]);
}

#[test]
fn a_segment_ends_when_its_first_and_its_next_batch_are_too_far_apart() {
    let config = config(&[("segment.ms", "1000")]);
    let log = log(&config, &[&[NOW], &[NOW + 1000], &[NOW + 1001], &[NOW], &[NOW + 5000]]);
    assert_eq!(segments(&log), [0, 2, 4], "timestamps that run backwards end no segment");
}

#[test]
fn a_jitter_ends_each_segment_sooner_by_a_different_time() {
    let config = config(&[("segment.ms", "1000"), ("segment.jitter.ms", "400")]);
    let mut rng = Rng::new(7);
    let mut log = Log::default();
    for ms in 0..10_000 {
        log.append(batch(&[NOW + ms], b"v"), 0, &config, at(NOW + ms), &mut rng);
    }
    let lengths: Vec<i64> = segments(&log).windows(2).map(|bases| bases[1] - bases[0]).collect();
    assert!(lengths.iter().all(|length| (602..=1001).contains(length)), "{lengths:?}");
    assert!(lengths.iter().any(|length| *length != lengths[0]), "{lengths:?}");
}

#[test]
fn a_jitter_is_never_as_long_as_a_segment() {
    let config = config(&[("segment.ms", "2"), ("segment.jitter.ms", "9223372036854775807")]);
    let mut rng = Rng::new(7);
    assert!((0..100).all(|_| (0..2).contains(&config.segment_jitter(&mut rng))));
}

#[test]
fn records_without_a_timestamp_are_as_old_as_their_segment() {
    let config = config(&[("segment.ms", "1000")]);
    let mut log = log(&config, &[&[-1]]);
    log.append(batch(&[NOW], b"v"), 0, &config, at(NOW + 1000), &mut Rng::new(1));
    assert_eq!(segments(&log), [0]);
    log.append(batch(&[NOW], b"v"), 0, &config, at(NOW + 1001), &mut Rng::new(1));
    assert_eq!(segments(&log), [0, 2]);
}

#[test]
fn retention_goes_by_the_largest_timestamp_of_a_segment() {
    let config = config(&[("segment.ms", "1"), ("retention.ms", "60000")]);
    let mut log = log(&config, &[&[NOW], &[NOW + 10, NOW + 5], &[NOW + 20]]);
    log.enforce_retention(&config, at(NOW + 60_000));
    assert_eq!(log.start_offset(), 0);
    log.enforce_retention(&config, at(NOW + 60_001));
    assert_eq!(log.start_offset(), 1);
    log.enforce_retention(&config, at(NOW + 60_015));
    assert_eq!((log.start_offset(), segments(&log)), (3, vec![3]), "the second segment reached timestamp 10");
    log.enforce_retention(&config, at(NOW + 60_021));
    assert_eq!((log.start_offset(), log.end_offset(), segments(&log)), (4, 4, vec![]), "the active segment goes too");
}

#[test]
fn retention_of_records_without_a_timestamp_goes_by_the_append_time() {
    let config = config(&[("retention.ms", "60000")]);
    let mut log = log(&config, &[&[-1]]);
    log.enforce_retention(&config, at(NOW + 60_000));
    assert_eq!(log.start_offset(), 0);
    log.enforce_retention(&config, at(NOW + 60_001));
    assert_eq!(log.start_offset(), 1);
}

#[test]
fn records_from_the_future_keep_the_records_before_them() {
    let config = config(&[("segment.ms", "1"), ("retention.ms", "60000")]);
    let mut log = log(&config, &[&[NOW + 1_000_000], &[NOW + 1_000_010]]);
    log.append(batch(&[NOW], b"v"), 0, &config, at(NOW), &mut Rng::new(1));
    log.enforce_retention(&config, at(NOW + 500_000));
    assert_eq!(log.start_offset(), 0);
}

#[test]
fn retention_by_size_keeps_at_least_retention_bytes() {
    let config = config(&[("segment.ms", "1"), ("retention.bytes", "150"), ("retention.ms", "-1")]);
    let mut log = log(&config, &[&[NOW], &[NOW + 10], &[NOW + 20]]);
    let each = log.bytes() / 3;
    assert!((50..75).contains(&each), "{each}");
    log.enforce_retention(&config, at(NOW));
    assert_eq!(log.start_offset(), 0, "two batches would be less than 150 bytes");
    log.append(batch(&[NOW + 30], b"v"), 0, &config, at(NOW), &mut Rng::new(1));
    log.enforce_retention(&config, at(NOW));
    assert_eq!(log.start_offset(), 1);
}

#[test]
fn a_timestamp_is_searched_from_the_log_start_on() {
    let config = config(&[]);
    let mut log = log(&config, &[&[NOW + 10, NOW], &[NOW + 5], &[NOW + 20]]);
    let find = |log: &Log, timestamp: i64| log.find_timestamp(timestamp).map(|found| found.offset);
    assert_eq!(find(&log, NOW + 6), Some(0));
    log.delete_before(1);
    assert_eq!(find(&log, NOW + 6), Some(3), "the rest of the first batch is older");
    assert_eq!(find(&log, NOW), Some(1));
    assert_eq!(find(&log, NOW + 21), None);
    assert_eq!(log.largest_timestamp().map(|found| found.offset), Some(3));
}

#[test]
fn a_search_finds_the_same_record_as_a_scan_of_every_batch() {
    let config = config(&[("segment.bytes", "1048576")]);
    let mut rng = Rng::new(3);
    let mut log = Log::default();
    for _ in 0..60 {
        let mut any = |bound: u64| i64::try_from(rng.next_u64() % bound).unwrap();
        let timestamps: Vec<i64> = (0..=any(3)).map(|_| NOW + any(40)).collect();
        log.append(batch(&timestamps, &vec![b'x'; 60_000]), 0, &config, at(NOW), &mut Rng::new(1));
    }
    assert!(log.segments.len() > 3);
    for start in [0, 7, 50] {
        log.delete_before(start);
        for timestamp in NOW - 1..NOW + 42 {
            let segment = log.segments.iter().find(|segment| segment.largest_timestamp() >= timestamp);
            let records = segment.into_iter().flat_map(|segment| segment.entries_from(0));
            let mut records = records.flat_map(|entry| entry.batch.records(1 << 20).unwrap().map(Result::unwrap));
            let wanted = records.find(|record| record.timestamp >= timestamp && record.offset >= log.start);
            let found = log.find_timestamp(timestamp).map(|found| (found.offset, found.timestamp));
            assert_eq!(found, wanted.map(|record| (record.offset, record.timestamp)), "{timestamp} from {start}");
        }
    }
    let of = |offset: i64| log.segment_with(offset).unwrap().base_offset;
    for offset in log.start..log.end {
        for end in offset + 1..=log.end {
            let batches = log.segment_from(offset).map(|entry| &entry.batch);
            let wanted = batches.take_while(|batch| batch.base_offset() < end).map(size).sum();
            let ends_later = log.segments.iter().any(|next| (of(offset) + 1..=end).contains(&next.base_offset));
            assert_eq!(log.bytes_between(offset, end), (!ends_later).then_some(wanted), "{offset} to {end}");
        }
    }
}

#[test]
fn epochs_end_where_the_next_one_begins() {
    let config = config(&[]);
    let mut log = Log::default();
    for (epoch, count) in [(1, 2), (1, 1), (4, 2), (6, 1)] {
        log.append(batch(&vec![NOW; count], b"v"), epoch, &config, at(NOW), &mut Rng::new(1));
    }
    let ends: Vec<_> = (0..8).map(|epoch| log.epoch_end(epoch, 6)).collect();
    let end = |epoch, offset| Some((epoch, offset));
    assert_eq!(ends, [end(0, 0), end(1, 3), end(1, 3), end(1, 3), end(4, 5), end(4, 5), end(6, 6), None]);
    log.delete_before(4);
    assert_eq!((log.epoch_end(1, 6), log.epoch_end(4, 6)), (end(1, 4), end(4, 5)));
    assert_eq!((log.epoch_at(3), log.epoch_at(4), log.epoch_at(5)), (-1, 4, 6));
}
