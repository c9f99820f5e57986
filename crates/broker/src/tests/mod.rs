//! Tests of everything below the sockets: the driver is asked as connections ask it, in requests, and given the time.
//!
//! - `world`: a cluster to ask in JSON by Kafka's field names.
//! - `answers`: what Apache Kafka was seen to answer.
//! - `sweep`: every API at every version that is shown.
//! - `pages`: the tree and the pages about it.
//! - `simulations`: groups under random members.

mod answers;
mod journal;
mod pages;
mod simulations;
mod sweep;
mod world;
