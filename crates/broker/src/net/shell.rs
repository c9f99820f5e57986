//! The shell runs on the cluster's thread: it feeds the driver with requests and time, and hands its answers to the
//! connections.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Weak;
use std::sync::mpsc::SyncSender;

use bytes::Bytes;
use kafka_trial_core::{TicketId, Time};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, oneshot};
use tokio::task::LocalSet;

use super::clock::Clock;
use super::listener::listen;
use super::tasks::Tasks;
use crate::api::Outcome;
use crate::driver::Driver;
use crate::journal::CloseReason;
use crate::traffic::ConnectionId;

/// A command for the cluster's thread.
pub(crate) enum Command {
    /// Looks at the cluster, or changes it.
    Act(Box<dyn FnOnce(&mut Driver) + Send>),
    /// Stops a broker; its port refuses connections when `done` is called.
    Stop { broker: i32, done: Box<dyn FnOnce() + Send> },
    /// Starts a broker on its listener.
    Start { broker: i32, listener: TcpListener, done: Box<dyn FnOnce() + Send> },
    /// Wakes a reader of the journal when there is an entry for it.
    Watch(Watcher),
}

/// A reader that waits for the journal.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// The number of the entry for which the reader waits.
    pub(crate) since: u64,
    pub(crate) wake: SyncSender<()>,
    /// Dead once the reader no longer waits.
    pub(crate) interest: Weak<()>,
}

/// The state that all connections of a cluster share: the driver, and the connections that wait for answers.
pub(super) struct Shell {
    driver: RefCell<Driver>,
    waiting: RefCell<HashMap<TicketId, oneshot::Sender<Outcome>>>,
    clock: Clock,
    next_ticket: Cell<TicketId>,
    /// The time until which the timer task sleeps.
    armed: Cell<Option<Time>>,
    earlier: Notify,
    tasks: RefCell<Tasks>,
    watchers: RefCell<Vec<Watcher>>,
}

/// The next step of a connection after its request.
pub(super) enum Reply {
    Now(Outcome),
    Later(oneshot::Receiver<Outcome>),
}

impl Shell {
    pub(super) fn handle(&self, connection: ConnectionId, frame: Bytes) -> Reply {
        let ticket = self.next_ticket.replace(self.next_ticket.get() + 1);
        let outcome = {
            let mut driver = self.driver.borrow_mut();
            driver.advance(self.clock.now());
            driver.handle(connection, ticket, frame)
        };
        let reply = match outcome {
            Outcome::Parked => {
                let (sender, receiver) = oneshot::channel();
                self.waiting.borrow_mut().insert(ticket, sender);
                Reply::Later(receiver)
            }
            outcome => Reply::Now(outcome),
        };
        self.deliver();
        reply
    }

    /// Adds a new connection. The receiver gets the reason when the cluster wants to close it.
    pub(super) fn connect(&self, node: i32, host: &str) -> (ConnectionId, oneshot::Receiver<CloseReason>) {
        let (close, closed) = oneshot::channel();
        let id = self.with_driver(|driver| driver.connect(node, host.into()));
        self.tasks.borrow_mut().open(node, id, close);
        // The task is known by now, so that a fault can close it.
        if self.driver.borrow().faults.is_armed() {
            self.with_driver(|driver| driver.judge_accept(id, node));
        }
        (id, closed)
    }

    /// Notes that bytes have arrived from a client.
    pub(super) fn heard_of(&self, connection: ConnectionId) {
        let mut driver = self.driver.borrow_mut();
        let now = self.clock.now();
        driver.traffic.connections.touch(connection, now);
    }

    pub(super) fn disconnect(&self, connection: ConnectionId, reason: CloseReason) {
        self.tasks.borrow_mut().forget(connection);
        self.driver.borrow_mut().disconnect(connection, reason);
        self.waiting.borrow_mut().retain(|_, waiting| !waiting.is_closed());
        self.deliver();
    }

    pub(super) fn largest_request(&self) -> usize {
        usize::try_from(self.driver.borrow().state.settings().socket_request_max_bytes).unwrap_or_default()
    }

    pub(super) fn tasks(&self) -> RefMut<'_, Tasks> {
        self.tasks.borrow_mut()
    }

    /// Lets the driver act at the present time, and hands out the resulting answers.
    fn with_driver<T>(&self, act: impl FnOnce(&mut Driver) -> T) -> T {
        let result = {
            let mut driver = self.driver.borrow_mut();
            driver.advance(self.clock.now());
            let result = act(&mut driver);
            driver.settle();
            result
        };
        self.deliver();
        result
    }

    fn deliver(&self) {
        let mut driver = self.driver.borrow_mut();
        if driver.journal.has_ended() {
            driver.journal.stamp(self.clock.now());
            self.wake_watchers(driver.journal.next());
        }
        for (ticket, outcome) in driver.take_finished() {
            if let Some(waiting) = self.waiting.borrow_mut().remove(&ticket) {
                // If the connection is closed, the answer is dropped.
                let _ = waiting.send(outcome);
            }
        }
        for (connection, reason) in driver.take_closing() {
            self.tasks.borrow_mut().close(connection, reason);
        }
        let next = driver.next_deadline();
        let is_earlier = match (next, self.armed.get()) {
            (Some(next), Some(armed)) => next < armed,
            (next, armed) => next.is_some() && armed.is_none(),
        };
        if is_earlier {
            self.earlier.notify_one();
        }
    }

    fn watch(&self, watcher: Watcher) {
        let mut watchers = self.watchers.borrow_mut();
        watchers.retain(|watcher| watcher.interest.strong_count() > 0);
        watchers.push(watcher);
        drop(watchers);
        self.wake_watchers(self.driver.borrow().journal.next());
    }

    /// Wakes the readers that wait for an entry before `next`.
    fn wake_watchers(&self, next: u64) {
        self.watchers.borrow_mut().retain(|watcher| {
            if watcher.since < next {
                // The channel holds one message, and its reader may no longer wait.
                let _ = watcher.wake.try_send(());
            }
            watcher.since >= next
        });
    }
}

/// Serves until the owner of the cluster drops its end of `inbox`.
pub(crate) fn run(
    runtime: &Runtime,
    driver: Driver,
    clock: Clock,
    listeners: Vec<(i32, TcpListener)>,
    mut inbox: UnboundedReceiver<Command>,
) {
    let tasks = LocalSet::new();
    tasks.block_on(runtime, async move {
        let shell = Rc::new(Shell {
            driver: RefCell::new(driver),
            waiting: RefCell::default(),
            clock,
            next_ticket: Cell::new(0),
            armed: Cell::new(None),
            earlier: Notify::new(),
            tasks: RefCell::default(),
            watchers: RefCell::default(),
        });
        for (node, listener) in listeners {
            listen(&shell, node, listener);
        }
        tokio::task::spawn_local(keep_time(Rc::clone(&shell)));
        while let Some(command) = inbox.recv().await {
            match command {
                Command::Act(act) => shell.with_driver(act),
                Command::Stop { broker, done } => {
                    stop(&shell, broker).await;
                    done();
                }
                Command::Start { broker, listener, done } => {
                    shell.with_driver(|driver| driver.start_broker(broker));
                    listen(&shell, broker, listener);
                    done();
                }
                Command::Watch(watcher) => shell.watch(watcher),
            }
        }
    });
}

/// Stops a broker: its sockets close before the leaders move, so no client learns of a new leader from the stopping
/// broker.
async fn stop(shell: &Rc<Shell>, broker: i32) {
    let stopped = shell.tasks.borrow_mut().stop(broker);
    if let Some((listener, connections)) = stopped {
        // The task was aborted, which is the error here.
        let _ = listener.await;
        for connection in connections {
            shell.disconnect(connection, CloseReason::BrokerStopped);
        }
    }
    shell.with_driver(|driver| driver.stop_broker(broker));
}

/// Sleeps until the next timer, and advances the driver.
async fn keep_time(shell: Rc<Shell>) {
    loop {
        let next = shell.driver.borrow().next_deadline();
        shell.armed.set(next);
        match next {
            Some(next) => {
                tokio::select! {
                    () = tokio::time::sleep(shell.clock.until(next)) => {}
                    () = shell.earlier.notified() => {}
                }
            }
            None => shell.earlier.notified().await,
        }
        shell.with_driver(|_| ());
    }
}
