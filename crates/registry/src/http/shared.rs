//! The one registry behind all connections: readers have a copy, which costs nothing; a write is made on a copy and put back
//! if nobody has written since. So nobody waits for a request that takes long.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::faults::{Faults, RegistryFaultAction};
use crate::reply::{Reply, Request};
use crate::{Registry, route};

/// How often a write is made again before it has the registry to itself.
const TRIES: usize = 5;

pub(super) struct Shared {
    registry: Mutex<Registry>,
    faults: Mutex<Faults>,
    /// Told when a fault has acted.
    acted: Condvar,
}

impl Shared {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry: Mutex::new(registry), faults: Mutex::default(), acted: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> Registry {
        self.lock().clone()
    }

    /// Changes the registry while all others wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Registry) -> T) -> T {
        change(&mut self.lock())
    }

    pub(super) fn replace(&self, registry: Registry) {
        let mut current = self.lock();
        let writes = current.writes + 1;
        *current = registry;
        current.writes = writes;
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a fault does to a request, if one does.
    pub(super) fn judge(&self, method: &str, target: &str) -> Option<RegistryFaultAction> {
        let action = self.faults().judge(method, target)?;
        self.acted.notify_all();
        Some(action)
    }

    /// Waits until this holds of the faults, and says whether it does within the time.
    pub(super) fn wait(&self, time: Duration, holds: impl Fn(&Faults) -> bool) -> bool {
        let waited = self.acted.wait_timeout_while(self.faults(), time, |faults| !holds(faults));
        holds(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    pub(super) fn answer(&self, request: &Request) -> Reply {
        if !route::changes(request) {
            return self.read().answer(request);
        }
        for _ in 0..TRIES {
            let mut copy = self.read();
            let before = copy.writes;
            let reply = copy.answer(request);
            let mut current = self.lock();
            if current.writes == before {
                *current = copy;
                return reply;
            }
        }
        self.lock().answer(request)
    }
}
