//! What is watched beside the answers: dead letters, the schema of answers, and the service's consumer group.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Stopwatch, pause};
use kafka_trial::flow::JsonSchema;
use kafka_trial::value::Values;

use super::event::Event;
use super::{LiveError, Target};
use crate::{Need, Threshold};

/// How often the group is looked at: a shorter rebalance may be overlooked.
const LOOK: Duration = Duration::from_millis(50);
/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What thresholds on `dead_letters`, `off_schema` and `rebalance` need, and the rates of these.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// The topic of dead letters. It has to exist.
    pub dead_letters: Option<String>,
    /// What answers have to fit.
    pub schema: Option<JsonSchema>,
    /// The consumer group of the service. It has to exist.
    pub group: Option<String>,
    /// How answers are read.
    pub values: Values,
}

impl Watched {
    /// What a threshold needs that is not there, with what gives it.
    pub fn missing<'a>(&self, thresholds: &'a [Threshold], is_closed: bool) -> Option<(&'a Threshold, Need)> {
        let is_there = |need: Need| match need {
            Need::Closed => is_closed,
            Need::DeadLetters => self.dead_letters.is_some(),
            Need::Schema => self.schema.is_some(),
            Need::Group => self.group.is_some(),
            Need::Embedded => false,
        };
        thresholds.iter().find_map(|one| one.needs().filter(|need| !is_there(*need)).map(|need| (one, need)))
    }
}

/// The consumer group of the service, on a connection of its own.
pub(super) struct Group {
    client: Client,
    id: String,
}

impl Group {
    pub(super) fn open(target: &Target, id: &str, deadline: Deadline) -> Result<Self, LiveError> {
        let mut client = Client::connect(&target.endpoint, deadline)?;
        match client.group(id, deadline)? {
            Some(_) => Ok(Self { client, id: id.to_owned() }),
            None => Err(LiveError::NoGroup(id.to_owned())),
        }
    }

    /// Looks until `done` is set. From the first look at which the group is not stable to the first at which it is again
    /// is one rebalance; one that goes on at the end is told too.
    pub(super) fn watch(mut self, done: &AtomicBool, events: &Sender<Event>) {
        let mut since: Option<Stopwatch> = None;
        while !done.load(Ordering::Relaxed) {
            // While its coordinator does not answer, nothing is known of it.
            let is_stable = match self.client.group(&self.id, Deadline::after(LIMIT)) {
                Ok(group) => group.is_some_and(|group| group.state == "Stable"),
                Err(_) => since.is_none(),
            };
            if !is_stable {
                since.get_or_insert_with(Stopwatch::start);
            } else if let Some(since) = since.take()
                && events.send(Event::Rebalanced(since.elapsed())).is_err()
            {
                return;
            }
            pause(LOOK);
        }
        if let Some(since) = since {
            // Nobody listens any more when this fails.
            let _ = events.send(Event::Rebalanced(since.elapsed()));
        }
    }
}
