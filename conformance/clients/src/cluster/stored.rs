//! What is in the log, beside what was acknowledged.

use std::collections::BTreeMap;

use anyhow::Result;
use kafka_trial::Cluster;

use super::traffic::{Acknowledged, TOPIC, parts};

/// Where the log is not what was acknowledged: each record once, and in order.
pub(super) fn differences(cluster: &Cluster, acknowledged: &Acknowledged) -> Result<Vec<String>> {
    let mut stored: BTreeMap<String, Vec<(usize, i64)>> = BTreeMap::new();
    for record in cluster.records(TOPIC, None, 0)? {
        let value = record.value.unwrap_or_default();
        let value = String::from_utf8_lossy(&value);
        match parts(&value) {
            Some((prefix, number)) => stored.entry(prefix.to_owned()).or_default().push((number, record.offset)),
            None => return Ok(vec![format!("{TOPIC}-{} has {value:?}", record.partition)]),
        }
    }
    Ok(compare(&stored, acknowledged))
}

fn compare(stored: &BTreeMap<String, Vec<(usize, i64)>>, acknowledged: &Acknowledged) -> Vec<String> {
    let mut differences = Vec::new();
    for (prefix, count) in acknowledged {
        let stored = stored.get(prefix).map(Vec::as_slice).unwrap_or_default();
        let wrong = stored.iter().zip(0..).find(|((number, _), expected)| number != expected);
        if let Some(((number, offset), expected)) = wrong {
            differences.push(format!("{prefix}: {number} at offset {offset}, where {expected} was to come"));
        } else if stored.len() < *count {
            differences.push(format!("{prefix}: {count} were acknowledged, {} are stored", stored.len()));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_or_out_of_order_is_told() {
        let acknowledged = Acknowledged::from([("a.0".to_owned(), 3)]);
        let told = |numbers: &[usize]| {
            let stored = numbers.iter().copied().zip(10..).collect();
            compare(&BTreeMap::from([("a.0".to_owned(), stored)]), &acknowledged)
        };
        assert!(told(&[0, 1, 2]).is_empty());
        assert_eq!(told(&[0, 1]), ["a.0: 3 were acknowledged, 2 are stored"]);
        assert_eq!(told(&[0, 1, 1, 2]), ["a.0: 1 at offset 12, where 2 was to come"]);
        assert_eq!(told(&[1, 0, 2]), ["a.0: 1 at offset 10, where 0 was to come"]);
        // Sent, and not yet acknowledged when the client gave up.
        assert!(told(&[0, 1, 2, 3]).is_empty());
    }
}
