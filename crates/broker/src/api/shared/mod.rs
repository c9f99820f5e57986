//! What several APIs use; what serves one API lies with it.

pub(super) mod acls;
pub(super) mod configs;
pub(super) mod features;
pub(super) mod leader_hints;
pub(super) mod refusal;
pub(super) mod replicas;
pub(super) mod transactions;
pub(super) mod twice;
