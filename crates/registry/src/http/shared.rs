//! The one registry behind all connections: readers have a copy, which costs nothing; a write is made on a copy and put back
//! if nobody has written since. So nobody waits for a request that takes long.

use std::sync::{Mutex, PoisonError};

use crate::reply::{Reply, Request};
use crate::{Registry, route};

/// How often a write is made again before it has the registry to itself.
const TRIES: usize = 5;

pub(super) struct Shared {
    registry: Mutex<Registry>,
}

impl Shared {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry: Mutex::new(registry) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> Registry {
        self.lock().clone()
    }

    pub(super) fn replace(&self, registry: Registry) {
        let mut current = self.lock();
        let writes = current.writes + 1;
        *current = registry;
        current.writes = writes;
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
