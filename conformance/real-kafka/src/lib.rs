//! A real Apache Kafka on this machine, from its published jars: what the checks measure the embedded broker by.
//!
//! Each broker is `start.sh run`, which ends the broker and deletes its data when its standard input ends: with the
//! [`Cluster`], and also with a process that is killed before it can drop it.

mod cluster;
mod node;
mod script;

pub use self::cluster::{Cluster, Setup};
pub use self::script::{VERSION, free_port, missing, script};
