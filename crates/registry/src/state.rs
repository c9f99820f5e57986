//! The state: contexts, each with schemas by id and content, and subjects with their versions.
//!
//! All maps are persistent: a copy costs a few pointers, which is how a [`Registry`](crate::Registry) is forked and how
//! readers keep theirs while somebody writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rpds::{HashTrieMapSync, HashTrieSetSync, RedBlackTreeMapSync};

use crate::config::Config;
use crate::guid::Guid;
use crate::level::Mode;
use crate::schema::{Metadata, Reference, SchemaType};

/// A schema as it is kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) kind: SchemaType,
    pub(crate) text: String,
    pub(crate) references: Vec<Reference>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) guid: Guid,
    /// The same for schemas that a lookup takes for one, metadata left out.
    pub(crate) identity: Guid,
}

/// A version of a subject.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: i32,
    pub(crate) schema: Arc<Schema>,
    pub(crate) is_deleted: bool,
    /// Since the Unix epoch.
    pub(crate) registered: Duration,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) versions: BTreeMap<i32, Version>,
}

impl Subject {
    pub(crate) fn live(&self) -> impl DoubleEndedIterator<Item = (i32, &Version)> {
        self.versions.iter().filter(|(_, version)| !version.is_deleted).map(|(number, version)| (*number, version))
    }

    pub(crate) fn latest(&self) -> Option<(i32, &Version)> {
        self.live().next_back()
    }
}

/// Where an id was first seen.
#[derive(Clone, Debug)]
pub(crate) struct Identified {
    pub(crate) schema: Arc<Schema>,
    /// The versions that have it, in the order of their registration.
    pub(crate) versions: Vec<(Arc<str>, i32)>,
}

/// Versions that refer to another one: the full names of their subjects, and their numbers.
pub(crate) type Users = HashTrieSetSync<(Arc<str>, i32)>;

/// Schemas and subjects that share ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    pub(crate) last_id: i32,
    pub(crate) by_id: HashTrieMapSync<i32, Identified>,
    pub(crate) by_guid: HashTrieMapSync<Guid, i32>,
    pub(crate) subjects: RedBlackTreeMapSync<Arc<str>, Arc<Subject>>,
    /// For each version, by the full name of its subject, those that refer to it.
    pub(crate) users: HashTrieMapSync<(String, i32), Users>,
    pub(crate) configs: HashTrieMapSync<String, Arc<Config>>,
    pub(crate) modes: HashTrieMapSync<String, Mode>,
}
