//! One of the two sides: runs a round of a section on its brokers.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kafka_trial_wire::ApiKey;
use kafka_trial_wire::view::{Schema, Value};
use serde_json::{Value as Json, json};

use crate::connection::{Arrival, Connection};
use crate::nodes::Nodes;
use crate::normalise::Normaliser;
use crate::request::{Words, frame};
use crate::scenario::{FIRST_BROKER, Scenario, Section, Versions};
use crate::talk::{PATIENCE, Talk, times};
use crate::topic::plain;

const WARM_UP: &str = "== groups
FindCoordinator 4
    CoordinatorKeys: [@group]
    until Coordinators[0].ErrorCode = 0
OffsetFetch 8
    Groups: [{GroupId: @group, Topics: null}]
    until Groups[0].ErrorCode = 0
== transactions
FindCoordinator 4
    KeyType: 1
    CoordinatorKeys: [@transaction]
    until Coordinators[0].ErrorCode = 0
InitProducerId 4
    TransactionalId: null
    until ErrorCode = 0
";

/// What stands in the place of an answer where a step could not be done as it is written.
pub(crate) const NOT_SENT: &str = "not sent";

/// Brokers to ask.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) nodes: &'a dyn Nodes,
    pub(crate) schema: &'a Schema,
}

/// One round of a section: its version of each step, and its names.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) number: usize,
    pub(crate) prefix: String,
    pub(crate) now: i64,
}

impl Side<'_> {
    /// Sends one round of a section and gives what each step came to.
    pub(crate) fn run(&self, section: &Section, round: &Round) -> Vec<Json> {
        let mut offsets = vec![0];
        section.steps.iter().for_each(|step| times(step, &mut offsets));
        let mut talk = Talk {
            side: self,
            round,
            words: Words { prefix: round.prefix.clone(), saved: BTreeMap::new(), now: round.now },
            normaliser: Normaliser::new(round.prefix.clone(), self.nodes.addresses(), round.now, &offsets),
            connections: BTreeMap::new(),
            later: BTreeMap::new(),
        };
        section.steps.iter().map(|step| talk.step(step).unwrap_or_else(|error| json!({ NOT_SENT: error }))).collect()
    }

    /// Waits until the broker coordinates groups and transactions: Kafka makes their topics when they are first asked
    /// for.
    pub(crate) fn warm_up(&self) -> Result<(), String> {
        let last = self.nodes.addresses().len().saturating_sub(1);
        let steps = format!("== brokers\nDescribeCluster\n    until Brokers[{last}].IsFenced = false\n{WARM_UP}");
        let scenario = Scenario::parse("warm-up".to_owned(), &steps, self.schema)
            .map_err(|mistake| format!("warm-up, line {}: {}", mistake.line, mistake.expected))?;
        for section in &scenario.sections {
            self.run(section, &Round { number: 0, prefix: "kt-warm-up-".to_owned(), now: 0 });
        }
        Ok(())
    }

    pub(crate) fn address(&self, id: i32) -> Result<SocketAddr, String> {
        let place = usize::try_from(id - FIRST_BROKER).ok();
        place.and_then(|place| self.nodes.addresses().get(place).copied()).ok_or_else(|| format!("no broker {id}"))
    }

    /// The versions that the broker says it serves.
    pub(crate) fn served(&self) -> Result<BTreeMap<ApiKey, Versions>, String> {
        let mut connection = Connection::open(self.address(FIRST_BROKER)?).map_err(|error| error.to_string())?;
        let words = Words { prefix: String::new(), saved: BTreeMap::new(), now: 0 };
        let request = plain(ApiKey::ApiVersions, 0, Vec::new());
        let id = connection.correlation_id();
        connection.send(&frame(self.schema, &words, &request, 0, id)?);
        let Arrival::Answer(bytes) = connection.receive(id, PATIENCE) else {
            return Err("ApiVersions was not answered".to_owned());
        };
        let message = self.schema.response(ApiKey::ApiVersions).ok_or("no definition")?;
        let value = message.decode(bytes, 0).map_err(|error| error.to_string())?;
        let Some(Value::Array(rows)) = value.get("ApiKeys") else { return Err("no ApiKeys".to_owned()) };
        let number = |row: &Value, name: &str| match row.get(name) {
            Some(Value::Int(number)) => i16::try_from(*number).unwrap_or_default(),
            _ => 0,
        };
        let range = |row| Versions { min: number(row, "MinVersion"), max: number(row, "MaxVersion") };
        Ok(rows.iter().map(|row| (ApiKey(number(row, "ApiKey")), range(row))).collect())
    }
}
