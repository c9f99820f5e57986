//! The native half of the Python package `kafka_trial`: the embedded cluster, and what works without a client.
//!
//! Nothing here holds the interpreter while it waits, and Ctrl-C is noticed within `waiting::LOOK`.

mod broker;
mod cluster;
mod codegen;
mod command;
mod errors;
mod events;
mod faults;
mod flow;
mod group;
mod load;
mod reading;
mod record;
mod responder;
mod schemas;
mod waiting;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::broker::{Broker, check_release};
    #[pymodule_export]
    use super::cluster::{check_addresses, create_topics, delete_topics, probe, read_records};
    #[pymodule_export]
    use super::codegen::Codegen;
    #[pymodule_export]
    use super::command::run_command;
    #[pymodule_export]
    use super::errors::error_name;
    #[pymodule_export]
    use super::events::EventWindow;
    #[pymodule_export]
    use super::flow::{FlowTracker, Followed, flow_index};
    #[pymodule_export]
    use super::group::{GroupInfo, GroupMember, describe_group, wait_caught_up, wait_group_stable};
    #[pymodule_export]
    use super::load::{LoadReport, SearchReport, drive_load};
    #[pymodule_export]
    use super::reading::{IdFinder, describe_matcher, json_text};
    #[pymodule_export]
    use super::record::{Record, produce};
    #[pymodule_export]
    use super::responder::Responder;
    #[pymodule_export]
    use super::schemas::{SchemaRegistry, Schemas, check_compatible};

    use kafka_trial::config;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("BOOTSTRAP_VARIABLE", config::BOOTSTRAP_VARIABLE)?;
        module.add("REGISTRY_VARIABLE", config::REGISTRY_VARIABLE)?;
        module.add("DEFAULT_BOOTSTRAP", config::DEFAULT_BOOTSTRAP)?;
        module.add("CONSUMER_GROUP_PREFIX", config::CONSUMER_GROUP_PREFIX)?;
        module.add("DEFAULT_TOPICS", config::DEFAULT_TOPICS.to_vec())?;
        module.add("DEFAULT_RELEASE", kafka_trial::Release::LATEST.to_string())?;
        module.add("DEFAULT_PARTITIONS", config::DEFAULT_PARTITIONS)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
