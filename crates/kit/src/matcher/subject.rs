//! A record that is looked at, with what is read of it once.

use std::cell::OnceCell;

use serde_json::Value as Json;

use crate::client::ReceivedRecord;
use crate::value::{NotJson, Values};

/// A record, its ids in the order of trust, and its value as JSON when that is asked for.
pub(crate) struct Subject<'a> {
    pub(crate) record: &'a ReceivedRecord,
    pub(crate) ids: Vec<&'a str>,
    pub(super) values: &'a Values,
    json: OnceCell<Result<Json, NotJson>>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(record: &'a ReceivedRecord, ids: Vec<&'a str>, values: &'a Values) -> Self {
        Self { record, ids, values, json: OnceCell::new() }
    }

    pub(super) fn json(&self) -> &Result<Json, NotJson> {
        self.json.get_or_init(|| self.values.of(self.record))
    }
}
