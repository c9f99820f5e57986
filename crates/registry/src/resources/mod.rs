//! One file per resource of the API: what its paths answer.

pub(crate) mod associations;
pub(crate) mod compatibility;
pub(crate) mod config;
pub(crate) mod contexts;
pub(crate) mod metadata;
pub(crate) mod mode;
pub(crate) mod schemas;
pub(crate) mod subjects;
pub(crate) mod versions;
