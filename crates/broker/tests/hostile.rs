//! Hostile input reaches a live listener: its connection ends or waits, the others continue, and no acknowledged record
//! is lost.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use kafka_trial_wire::ErrorCode;
use std::thread;

use bytes::Bytes;
use kafka_trial_wire::messages::{ApiVersionsRequest, FetchRequest, JoinGroupRequest, MetadataRequest, ProduceRequest};
use kafka_trial_wire::{ApiKey, RequestHeader, Writer, encode};

use self::raw::{Bystander, FETCH, PRODUCE, Process, Raw, fetch, frame, now, produce, sized};

/// How soon a connection must end.
const PROMPT: std::time::Duration = std::time::Duration::from_secs(2);

/// Sends the bytes on a connection that has worked before, and expects it to end without an answer.
fn ends_the_connection(bytes: &[u8]) {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let mut hostile = Raw::connect(cluster.addresses()[0]);
    assert_eq!(hostile.ask(&ApiVersionsRequest::default(), 0).error_code, ErrorCode::NONE);
    let start = now();
    hostile.send_bytes(bytes);
    assert_eq!(hostile.rest(), b"", "hostile bytes get no answer");
    assert!(start.elapsed() < PROMPT, "it took {:?}", start.elapsed());
    bystander.has_noticed_nothing(&cluster);
}

fn header(api: i16, version: i16) -> Vec<u8> {
    let mut writer = Writer::new();
    let header = RequestHeader { api_key: ApiKey(api), version, correlation_id: 1, client_id: None };
    header.write(&mut writer).unwrap();
    writer.into_bytes().to_vec()
}

#[test]
fn a_negative_length_ends_its_connection() {
    ends_the_connection(&(-1i32).to_be_bytes());
    ends_the_connection(&i32::MIN.to_be_bytes());
}

#[test]
fn an_empty_frame_ends_its_connection() {
    ends_the_connection(&0i32.to_be_bytes());
}

#[test]
fn a_frame_above_socket_request_max_bytes_ends_its_connection_before_its_bytes_arrive() {
    ends_the_connection(&104_857_601u32.to_be_bytes());
    ends_the_connection(&i32::MAX.to_be_bytes());
}

#[test]
fn the_largest_allowed_frame_is_answered_and_a_larger_one_is_not() {
    let largest = frame(&produce("topic", &[7; 1000]), PRODUCE, 5);
    let limit = (largest.len() - 4).to_string();
    let (cluster, bystander) = Bystander::with_cluster(&[("socket.request.max.bytes", &limit)]);
    let mut connection = Raw::connect(cluster.addresses()[0]);
    connection.send_bytes(&largest);
    assert_eq!(
        connection.receive::<ProduceRequest>(PRODUCE, 5).responses[0].partition_responses[0].error_code,
        ErrorCode::NONE
    );
    connection.send_bytes(&frame(&produce("topic", &[7; 1001]), PRODUCE, 6));
    assert_eq!(connection.rest(), b"");
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn an_unknown_api_key_ends_its_connection() {
    for key in [-1, 999, i16::MIN, i16::MAX] {
        ends_the_connection(&sized(&header(key, 0)));
    }
}

#[test]
fn an_unsupported_version_ends_its_connection() {
    for version in [-1, 14, i16::MIN, i16::MAX] {
        ends_the_connection(&sized(&header(ApiKey::Metadata.0, version)));
    }
}

#[test]
fn a_body_that_is_shorter_than_its_message_ends_its_connection() {
    let whole = frame(&produce("topic", b"value"), PRODUCE, 1);
    for length in [5, 9, 13, 20, whole.len() - 5] {
        ends_the_connection(&sized(&whole[4..length + 4]));
    }
}

#[test]
fn an_array_that_claims_more_than_its_frame_holds_ends_its_connection() {
    let body = [header(ApiKey::Metadata.0, 1), 0x7fff_ffffu32.to_be_bytes().to_vec()].concat();
    ends_the_connection(&sized(&body));
}

#[test]
fn other_protocols_end_their_connections() {
    ends_the_connection(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ends_the_connection(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello");
    ends_the_connection(b"SSH-2.0-OpenSSH_9.6\r\n");
    ends_the_connection(&[0xff; 4096]);
}

#[test]
fn a_frame_that_is_cut_off_by_its_client_appends_nothing() {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let whole = frame(&produce("topic", b"half"), PRODUCE, 1);
    for length in [1, 3, 4, 5, whole.len() / 2, whole.len() - 1] {
        let mut hostile = Raw::connect(cluster.addresses()[0]);
        hostile.send_bytes(&whole[..length]);
        hostile.finish_sending();
        assert_eq!(hostile.rest(), b"", "after {length} bytes");
    }
    assert_eq!(cluster.records("topic", None, 0).unwrap(), []);
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn slow_frames_do_not_delay_other_clients() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let whole = frame(&produce("topic", b"slow"), PRODUCE, 1);
    let mut slow: Vec<Raw> = (0..100).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    for (index, byte) in whole.iter().enumerate() {
        for connection in &mut slow {
            connection.send_bytes(&[*byte]);
        }
        if index % 16 == 0 {
            bystander.works();
        }
    }
    for connection in &mut slow {
        let response = connection.receive::<ProduceRequest>(PRODUCE, 1);
        assert_eq!(response.responses[0].partition_responses[0].error_code, ErrorCode::NONE);
    }
    assert_eq!(cluster.records("topic", None, 0).unwrap().len(), slow.len());
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn a_frame_that_never_completes_ends_with_the_idle_limit() {
    let (cluster, bystander) = Bystander::with_cluster(&[("connections.max.idle.ms", "100")]);
    let mut slow = Raw::connect(cluster.addresses()[0]);
    slow.send_bytes(&frame(&produce("topic", b"never"), PRODUCE, 1)[..20]);
    assert_eq!(slow.rest(), b"");
    drop(bystander);
}

#[test]
fn a_thousand_idle_connections_leave_room_for_others_and_still_work() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    // Both ends are in this process, and the other tests of this file need some descriptors too.
    let room = Process::look().descriptors_left().saturating_sub(500) / 2;
    let wanted = 1000.min(room);
    let mut idle: Vec<Raw> = (0..wanted).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    bystander.works();
    let start = now();
    for connection in &mut idle {
        assert_eq!(connection.ask(&ApiVersionsRequest::default(), 0).error_code, ErrorCode::NONE);
    }
    assert!(start.elapsed() < raw::LIMIT, "{wanted} connections took {:?}", start.elapsed());
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn pipelined_requests_are_answered_in_order_before_the_connection_ends() {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let mut connection = Raw::connect(cluster.addresses()[0]);
    let requests: Vec<u8> =
        (0..200).flat_map(|id| frame(&produce("topic", format!("value {id}").as_bytes()), PRODUCE, id)).collect();
    connection.send_bytes(&requests);
    connection.finish_sending();
    for id in 0..200 {
        let response = connection.receive::<ProduceRequest>(PRODUCE, id);
        assert_eq!(response.responses[0].partition_responses[0].base_offset, i64::from(id));
    }
    assert_eq!(connection.rest(), b"");
    let stored = cluster.records("topic", None, 0).unwrap();
    let values: Vec<Bytes> = stored.into_iter().filter_map(|record| record.value).collect();
    assert_eq!(values, (0..200).map(|id| format!("value {id}")).collect::<Vec<_>>());
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn a_bad_frame_after_good_ones_does_not_drop_their_answers() {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    for bad in [sized(&header(999, 0)), sized(&header(ApiKey::Metadata.0, 99)), vec![0xff; 4], vec![0; 4]] {
        let mut connection = Raw::connect(cluster.addresses()[0]);
        let good = [frame(&produce("topic", b"one"), PRODUCE, 1), frame(&produce("topic", b"two"), PRODUCE, 2)];
        connection.send_bytes(&[good.concat(), bad].concat());
        for id in [1, 2] {
            let response = connection.receive::<ProduceRequest>(PRODUCE, id);
            assert_eq!(response.responses[0].partition_responses[0].error_code, ErrorCode::NONE);
        }
        assert_eq!(connection.rest(), b"");
    }
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn a_waiting_reply_delays_only_later_replies_of_its_connection() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let mut waiting = Raw::connect(cluster.addresses()[0]);
    let fetch_id = waiting.send(&fetch("topic", 0, 1 << 20, 10_000), FETCH);
    let metadata_id = waiting.send(&MetadataRequest::default(), 9);
    bystander.works();
    let start = now();
    let mut producer = Raw::connect(cluster.addresses()[0]);
    producer.ask(&produce("topic", b"woken"), PRODUCE);
    let response = waiting.receive::<FetchRequest>(FETCH, fetch_id);
    assert!(response.responses[0].partitions[0].records.as_ref().is_some_and(|records| !records.is_empty()));
    waiting.receive::<MetadataRequest>(9, metadata_id);
    assert!(start.elapsed() < PROMPT, "the append must answer the fetch before its time-out: {:?}", start.elapsed());
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn an_impossible_request_is_refused_in_its_answer() {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let mut connection = Raw::connect(cluster.addresses()[0]);
    let response = connection.ask(&fetch("topic", i64::MAX, i32::MAX, i32::MIN), FETCH);
    assert_eq!(response.responses[0].partitions[0].error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
    let join = JoinGroupRequest { session_timeout_ms: i32::MAX, ..JoinGroupRequest::default() };
    assert_ne!(connection.ask(&join, 5).error_code, ErrorCode::NONE);
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn clients_that_vanish_with_open_requests_do_not_disturb_others() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    for round in 0..50 {
        let mut hostile = Raw::connect(cluster.addresses()[0]);
        hostile.send(&fetch("topic", round, 1 << 20, 60_000), FETCH);
        hostile.send(&produce("topic", b"perhaps"), PRODUCE);
        drop(hostile);
        bystander.works();
    }
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn many_hostile_connections_at_once_do_not_disturb_a_producer() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let address = cluster.addresses()[0];
    let metadata = encode(&MetadataRequest::default(), 1).unwrap();
    thread::scope(|scope| {
        for seed in 0..4u8 {
            let body = [header(ApiKey::Metadata.0, 1), metadata.to_vec()].concat();
            scope.spawn(move || {
                for round in 0..100u8 {
                    let mut bytes = sized(&body);
                    let position = usize::from(round) % bytes.len();
                    bytes[position] ^= (seed.wrapping_mul(31) ^ round) | 1;
                    let mut hostile = Raw::connect(address);
                    hostile.send_bytes(&bytes);
                    hostile.finish_sending();
                    hostile.rest();
                }
            });
        }
        for _ in 0..100 {
            bystander.works();
        }
    });
    bystander.has_noticed_nothing(&cluster);
}
