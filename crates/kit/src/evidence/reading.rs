//! How records are read: where their ids stand, and what makes JSON of their values.

use super::locators::Locators;
use crate::client::ReceivedRecord;
use crate::value::Values;

/// How records are read. By default ids stand where people put them, and values are JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Where ids stand.
    pub locators: Locators,
    /// What makes JSON of a value.
    pub values: Values,
}

impl Reading {
    /// The ids of a record, in the order of trust.
    pub fn ids(&self, record: &ReceivedRecord) -> Vec<String> {
        let found = self.locators.find_in(record, &self.values.of(record));
        found.into_iter().map(|located| located.id).collect()
    }

    /// Whether a record carries this id, wherever the locators find one.
    pub fn is_of(&self, record: &ReceivedRecord, id: &str) -> bool {
        self.ids(record).iter().any(|found| found == id)
    }
}
