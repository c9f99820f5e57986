//! What the driver does for fault rules: it arms and ends them, and takes brokers away.

use kafka_trial_core::TicketId;

use super::Driver;
use crate::faults::{FaultAction, FaultError, FaultRule, FaultStatus, Outage};
use crate::journal::CloseReason;
use crate::traffic::{ConnectionId, Wait};

impl Driver {
    /// Arms a rule.
    pub(crate) fn arm(&mut self, rule: FaultRule) -> Result<(), FaultError> {
        if !self.journal.is_on() {
            return Err(FaultError::NoJournal);
        }
        if let Some(api) = rule.apis.iter().copied().find(|api| !self.table.serves(*api)) {
            return Err(FaultError::Unserved { id: rule.id, api });
        }
        self.check_brokers(&rule)?;
        self.faults.arm(rule, &self.state)
    }

    /// Refuses to move what has no other broker to go to.
    fn check_brokers(&self, rule: &FaultRule) -> Result<(), FaultError> {
        let (FaultAction::MoveLeader { to, .. } | FaultAction::MoveCoordinator { to }) = &rule.action else {
            return Ok(());
        };
        let ids: Vec<i32> = self.state.nodes().iter().map(|node| node.id).collect();
        let why = match to {
            Some(to) if !ids.contains(to) => {
                let known: Vec<String> = ids.iter().map(ToString::to_string).collect();
                format!("there is no broker {to}: their ids are {}", known.join(", "))
            }
            _ if ids.len() < 2 => {
                "there is only one broker, so nothing can move: start the cluster with two at least".to_owned()
            }
            _ => return Ok(()),
        };
        Err(FaultError::Never { id: rule.id.clone(), why })
    }

    /// Releases all that is held under a name; returns how many requests.
    pub(crate) fn release_hold(&mut self, name: &str) -> usize {
        let held = self.faults.held_as(name);
        held.iter().for_each(|ticket: &TicketId| self.let_go(*ticket));
        self.settle();
        held.len()
    }

    /// Takes a rule away, and ends what it holds: requests are released, and brokers start again.
    pub(crate) fn disarm(&mut self, id: &str) -> Option<FaultStatus> {
        let status = self.faults.disarm(id)?;
        if let FaultAction::HoldBefore(name) | FaultAction::HoldAfter(name) = &status.rule.action {
            self.release_hold(name);
        }
        let away: Vec<i32> = self.away.iter().filter(|away| away.rule == id).map(|away| away.broker).collect();
        self.away.retain(|away| away.rule != id);
        away.into_iter().for_each(|broker| self.start_broker(broker));
        Some(status)
    }

    /// Closes a new connection if a rule wants that, or if its broker is away.
    pub(crate) fn judge_accept(&mut self, connection: ConnectionId, broker: i32) {
        let rule = match self.away.iter().find(|away| away.broker == broker) {
            Some(away) => Some(away.rule.clone()),
            None => self.faults.judge_accept(broker, connection, self.state.now(), self.now),
        };
        if let Some(rule) = rule {
            self.closing.push((connection, CloseReason::Fault { rule, reset: false }));
        }
    }

    /// Takes a broker away: its connections are closed, and in-sync replicas on other brokers lead its partitions.
    pub(super) fn begin_outage(&mut self, outage: Outage) {
        if !self.state.is_running(outage.broker) {
            return;
        }
        for connection in self.traffic.connections.of_broker(outage.broker) {
            self.closing.push((connection, CloseReason::BrokerStopped));
        }
        self.stop_broker(outage.broker);
        if let Some(down) = outage.down {
            self.traffic.waits.at(self.now.plus(down), Wait::Outage(outage.broker));
        }
        self.away.push(outage);
    }

    /// Brings a broker back, unless its rule has ended before. With a rolling restart the next broker goes away.
    pub(super) fn end_outage(&mut self, broker: i32) {
        let Some(place) = self.away.iter().position(|away| away.broker == broker) else { return };
        let outage = self.away.remove(place);
        self.start_broker(outage.broker);
        let next = self.state.nodes().iter().map(|node| node.id).find(|id| *id > outage.broker);
        if let Some(broker) = next.filter(|_| outage.rolling && self.faults.knows(&outage.rule)) {
            self.begin_outage(Outage { broker, ..outage });
        }
    }
}
