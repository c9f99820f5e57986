//! Consumer groups of any cluster, as their coordinators describe them.

use std::collections::BTreeMap;

use kafka_trial::client::{Client, ClientError, Deadline, GroupView, MemberView, TopicPartition};
use pyo3::prelude::*;

use crate::cluster::seconds;
use crate::errors::client_error;
use crate::waiting::detached;

/// Topic and number, as Python's clients write a partition.
type Partition = (String, i32);

/// A member of a group.
#[pyclass(frozen, get_all, module = "kafka_trial")]
#[derive(Debug)]
pub(crate) struct GroupMember {
    id: String,
    instance_id: Option<String>,
    client_id: String,
    host: String,
    assigned: Vec<Partition>,
}

#[pymethods]
impl GroupMember {
    fn __repr__(&self) -> String {
        let assigned: Vec<String> = self.assigned.iter().map(|(topic, number)| format!("{topic}-{number}")).collect();
        format!("GroupMember({}, {}, assigned=[{}])", self.client_id, self.host, assigned.join(", "))
    }
}

/// A group and where it stands.
#[pyclass(frozen, get_all, module = "kafka_trial")]
#[derive(Debug)]
pub(crate) struct GroupInfo {
    id: String,
    /// `classic` or `consumer` (KIP-848); empty where there is no such group.
    group_type: String,
    /// Kafka's word; `Dead` where there is no such group.
    state: String,
    assignor: String,
    members: Vec<Py<GroupMember>>,
    /// The member of each assigned partition.
    assignment: BTreeMap<Partition, String>,
    committed: BTreeMap<Partition, i64>,
    /// How many offsets lie between what is committed and the end; none for an assigned partition that nothing is committed
    /// of.
    lag: BTreeMap<Partition, Option<i64>>,
}

#[pymethods]
impl GroupInfo {
    /// The lag over all partitions; none when nothing is committed, or nothing of one of them: no commit is not no lag.
    #[getter]
    fn total_lag(&self) -> Option<i64> {
        let all: Option<Vec<i64>> = self.lag.values().copied().collect();
        all.filter(|all| !all.is_empty()).map(|all| all.iter().sum())
    }

    fn __repr__(&self) -> String {
        let lag = match (self.total_lag(), self.committed.is_empty()) {
            (Some(lag), _) => format!("lag {lag}"),
            (None, true) => "nothing committed".to_owned(),
            (None, false) => "nothing committed of some partitions".to_owned(),
        };
        format!("GroupInfo({}, {}, {} members, {lag})", self.id, self.state, self.members.len())
    }
}

/// A group as it is now.
#[pyfunction]
pub(crate) fn describe_group(
    py: Python<'_>,
    bootstrap_servers: String,
    group: String,
    timeout_seconds: f64,
) -> PyResult<GroupInfo> {
    look(py, bootstrap_servers, group, timeout_seconds, Client::group)
}

/// Waits until a group is stable, with so many members where a number is given.
#[pyfunction]
pub(crate) fn wait_group_stable(
    py: Python<'_>,
    bootstrap_servers: String,
    group: String,
    members: Option<usize>,
    timeout_seconds: f64,
) -> PyResult<GroupInfo> {
    look(py, bootstrap_servers, group, timeout_seconds, move |client, group, deadline| {
        client.wait_group_stable(group, members, deadline).map(Some)
    })
}

/// Waits until a group has committed all that is in some topics.
#[pyfunction]
pub(crate) fn wait_caught_up(
    py: Python<'_>,
    bootstrap_servers: String,
    group: String,
    topics: Vec<String>,
    timeout_seconds: f64,
) -> PyResult<()> {
    let deadline = Deadline::after(seconds("timeout_seconds", timeout_seconds)?);
    let caught_up = detached(py, move || {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        Client::connect(&bootstrap_servers, deadline)?.wait_caught_up(&group, &topics, deadline)
    })?;
    caught_up.map(drop).map_err(|error| client_error(&error))
}

/// A group and its committed positions, with their lag.
type Seen = Option<(GroupView, Vec<kafka_trial::client::GroupPosition>)>;

fn look(
    py: Python<'_>,
    bootstrap_servers: String,
    group: String,
    timeout_seconds: f64,
    find: impl FnOnce(&mut Client, &str, Deadline) -> Result<Option<GroupView>, ClientError> + Send + 'static,
) -> PyResult<GroupInfo> {
    let deadline = Deadline::after(seconds("timeout_seconds", timeout_seconds)?);
    let id = group.clone();
    let seen = detached(py, move || -> Result<Seen, ClientError> {
        let mut client = Client::connect(&bootstrap_servers, deadline)?;
        let Some(view) = find(&mut client, &id, deadline)? else { return Ok(None) };
        let positions = client.positions(&view, |_| true, deadline)?;
        Ok(Some((view, positions)))
    })?;
    match seen.map_err(|error| client_error(&error))? {
        Some((view, positions)) => {
            let place = |place: &TopicPartition| (place.topic.clone(), place.partition);
            let committed = positions.iter().filter_map(|at| Some((place(&at.partition), at.committed?))).collect();
            // A partition that is gone has no end to be behind.
            let known = positions.iter().filter(|at| at.end.is_some());
            let lag = known.map(|at| (place(&at.partition), at.lag())).collect();
            info(py, view, committed, lag)
        }
        None => Ok(GroupInfo {
            id: group,
            group_type: String::new(),
            state: "Dead".to_owned(),
            assignor: String::new(),
            members: Vec::new(),
            assignment: BTreeMap::new(),
            committed: BTreeMap::new(),
            lag: BTreeMap::new(),
        }),
    }
}

fn info(
    py: Python<'_>,
    view: GroupView,
    committed: BTreeMap<Partition, i64>,
    lag: BTreeMap<Partition, Option<i64>>,
) -> PyResult<GroupInfo> {
    let members: Vec<GroupMember> = view.members.into_iter().map(member).collect();
    let assignment = members
        .iter()
        .flat_map(|member| member.assigned.iter().map(|place| (place.clone(), member.id.clone())))
        .collect();
    Ok(GroupInfo {
        id: view.id,
        group_type: view.group_type.to_owned(),
        state: view.state,
        assignor: view.assignor,
        members: members.into_iter().map(|member| Py::new(py, member)).collect::<PyResult<_>>()?,
        assignment,
        committed,
        lag,
    })
}

fn member(view: MemberView) -> GroupMember {
    GroupMember {
        id: view.id,
        instance_id: view.instance_id,
        client_id: view.client_id,
        host: view.host,
        assigned: view.assigned.into_iter().map(|place| (place.topic, place.partition)).collect(),
    }
}
