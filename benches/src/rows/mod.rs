//! The rows, one file per kind of thing that is measured.

mod latency;
mod start;

use crate::row::{Aim, Row, Unit};

/// In the order in which they are measured and shown.
pub(crate) const ALL: &[Row] = &[
    Row {
        name: "start",
        about: "an embedded cluster in this process, until clients can connect; limit: bind and start a thread",
        unit: Unit::Time,
        aim: Aim::Below(0.5e-3),
        measure: start::in_process,
    },
    Row {
        name: "process-start",
        about: "the command started, until its first Metadata answer; limit: a bare server's first echo",
        unit: Unit::Time,
        aim: Aim::Below(5e-3),
        measure: start::process,
    },
    Row {
        name: "produce-ack",
        about: "a record of 100 bytes, produce to acknowledgement, raw client, p50; limit: an echo of these sizes",
        unit: Unit::Time,
        aim: Aim::TimesLimit(2.0),
        measure: latency::produce_ack,
    },
    Row {
        name: "parked-fetch",
        about: "the same record, produce to the answer of a fetch that waits for it, raw client, p50; limit: an echo",
        unit: Unit::Time,
        aim: Aim::TimesLimit(4.0),
        measure: latency::parked_fetch,
    },
];
