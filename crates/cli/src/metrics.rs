//! `serve --metrics`: what the cluster holds and does, for Prometheus.

use kafka_trial::journal::ErrorCode;
use kafka_trial::metrics::Exposition;
use kafka_trial::metrics::Kind::{Counter, Gauge};
use kafka_trial::{EmbeddedCluster, InspectError};

/// The text of one scrape; empty when the cluster has stopped. Requests are counted by the journal alone.
pub(crate) fn render(cluster: &EmbeddedCluster, has_journal: bool) -> String {
    let mut text = Exposition::default();
    // It has just stopped, and so does this.
    let _ = topics(cluster, &mut text)
        .and_then(|()| groups(cluster, &mut text))
        .and_then(|()| traffic(cluster, has_journal, &mut text));
    if has_journal { text.to_string() } else { format!("{text}# Requests are not counted: --journal-capacity is 0.\n") }
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus' numbers are floating-point ones")]
fn topics(cluster: &EmbeddedCluster, text: &mut Exposition) -> Result<(), InspectError> {
    let topics = cluster.topics()?;
    let totals = topics.iter().map(|topic| {
        let total: i64 = topic.partitions.iter().map(|partition| partition.high_watermark).sum();
        (vec![("topic", topic.name.as_str())], total as f64)
    });
    text.family("kafka_trial_topic_records_total", Counter, "Records appended, transaction markers too.", totals);
    let indices: Vec<String> = (0..topics.iter().map(|topic| topic.partitions.len()).max().unwrap_or(0))
        .map(|index| index.to_string())
        .collect();
    let places = || {
        topics.iter().flat_map(|topic| {
            topic.partitions.iter().zip(&indices).map(move |(partition, index)| {
                (vec![("topic", topic.name.as_str()), ("partition", index.as_str())], partition)
            })
        })
    };
    text.family(
        "kafka_trial_partition_log_start_offset",
        Gauge,
        "The offset of the first record.",
        places().map(|(labels, partition)| (labels, partition.start_offset as f64)),
    );
    text.family(
        "kafka_trial_partition_log_end_offset",
        Gauge,
        "The offset that the next record gets.",
        places().map(|(labels, partition)| (labels, partition.high_watermark as f64)),
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus' numbers are floating-point ones")]
fn groups(cluster: &EmbeddedCluster, text: &mut Exposition) -> Result<(), InspectError> {
    let groups = cluster.groups()?;
    let members = groups
        .iter()
        .map(|group| (vec![("group", group.id.as_str()), ("state", group.state.as_str())], group.members.len() as f64));
    text.family("kafka_trial_group_members", Gauge, "The members of a group, by its state.", members);
    let generations = groups.iter().filter_map(|group| Some((group, group.generation?)));
    text.family(
        "kafka_trial_group_rebalances_total",
        Counter,
        "The generation of a group, or its epoch: each rebalance is the next.",
        generations.map(|(group, generation)| (vec![("group", group.id.as_str())], f64::from(generation))),
    );
    let rows = || groups.iter().flat_map(|group| group.offsets.iter().map(move |offset| (group, offset)));
    let places: Vec<String> = rows().map(|(_, offset)| offset.partition.to_string()).collect();
    let labelled = || {
        rows().zip(&places).map(|((group, offset), place)| {
            let topic = offset.topic.as_str();
            (vec![("group", group.id.as_str()), ("topic", topic), ("partition", place.as_str())], offset)
        })
    };
    text.family(
        "kafka_trial_group_committed_offset",
        Gauge,
        "The offset that a group reads next.",
        labelled().map(|(labels, offset)| (labels, offset.committed as f64)),
    );
    text.family(
        "kafka_trial_group_lag",
        Gauge,
        "How many offsets lie between that and the end.",
        labelled().filter_map(|(labels, offset)| Some((labels, offset.lag? as f64))),
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus' numbers are floating-point ones")]
fn traffic(cluster: &EmbeddedCluster, has_journal: bool, text: &mut Exposition) -> Result<(), InspectError> {
    let traffic = cluster.traffic()?;
    text.family("kafka_trial_connections", Gauge, "Open connections.", [(Vec::new(), traffic.open_connections as f64)]);
    text.family(
        "kafka_trial_connections_total",
        Counter,
        "Connections that were ever accepted.",
        [(Vec::new(), traffic.accepted_connections as f64)],
    );
    if !has_journal {
        return Ok(());
    }
    let named: Vec<(String, String, _)> =
        traffic.requests.iter().map(|of| (of.api.to_string(), of.error.to_string(), of)).collect();
    text.family(
        "kafka_trial_requests_total",
        Counter,
        "Requests that have ended, by API and by the first error in the answer.",
        named.iter().map(|(api, error, of)| (vec![("api", api.as_str()), ("error", error.as_str())], of.count as f64)),
    );
    text.family(
        "kafka_trial_request_errors_total",
        Counter,
        "Those of them that have an error.",
        named
            .iter()
            .filter(|(.., of)| of.error != ErrorCode::NONE)
            .map(|(api, error, of)| (vec![("api", api.as_str()), ("error", error.as_str())], of.count as f64)),
    );
    text.family(
        "kafka_trial_request_seconds_total",
        Counter,
        "How long they took together, with the time that they waited.",
        named
            .iter()
            .map(|(api, error, of)| (vec![("api", api.as_str()), ("error", error.as_str())], of.took.as_secs_f64())),
    );
    Ok(())
}
