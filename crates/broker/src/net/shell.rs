//! The thread of a cluster: it feeds the core with requests and time, and hands its answers to the connections.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Weak;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::Segments;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, oneshot};
use tokio::task::LocalSet;

use super::clock::Clock;
use super::connection::serve;
use super::tasks::Tasks;
use crate::api::{Outcome, Sender};
use crate::core::{Core, Time};

/// Something to do on the cluster's thread.
pub(crate) enum Command {
    /// Look at the core, or change it.
    Core(Box<dyn FnOnce(&mut Core) + Send>),
    /// Stop a broker; its port refuses connections when `done` is called.
    Stop { broker: i32, done: Box<dyn FnOnce() + Send> },
    /// Start a broker on its listener.
    Start { broker: i32, listener: TcpListener, done: Box<dyn FnOnce() + Send> },
    /// Tell a reader of the journal when it has something for it.
    Watch(Watcher),
}

/// A reader that waits for the journal.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// The number of the entry that it waits for.
    pub(crate) since: u64,
    pub(crate) wake: SyncSender<()>,
    /// Dangles once the reader has given up.
    pub(crate) interest: Weak<()>,
}

/// How long accepting rests when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What the connections of a cluster share: the core, and who waits for which answer.
pub(super) struct Shell {
    core: RefCell<Core>,
    waiting: RefCell<HashMap<u64, oneshot::Sender<Segments>>>,
    clock: Clock,
    next_ticket: Cell<u64>,
    next_connection: Cell<u64>,
    /// What the timer task sleeps until.
    armed: Cell<Option<Time>>,
    earlier: Notify,
    tasks: RefCell<Tasks>,
    watchers: RefCell<Vec<Watcher>>,
}

/// What a connection does about its request.
pub(super) enum Reply {
    Now(Segments),
    Later(oneshot::Receiver<Segments>),
    Nothing,
    Close,
}

impl Shell {
    pub(super) fn handle(&self, sender: &Sender, frame: Bytes) -> Reply {
        let ticket = self.next_ticket.replace(self.next_ticket.get() + 1);
        let outcome = {
            let mut core = self.core.borrow_mut();
            core.advance(self.clock.now());
            core.handle(sender, ticket, frame)
        };
        let reply = match outcome {
            Outcome::Reply(segments) => Reply::Now(segments),
            Outcome::Silent => Reply::Nothing,
            Outcome::Close => Reply::Close,
            Outcome::Parked => {
                let (sender, receiver) = oneshot::channel();
                self.waiting.borrow_mut().insert(ticket, sender);
                Reply::Later(receiver)
            }
        };
        // Only now: the request may have completed itself while it was handled.
        self.deliver();
        reply
    }

    pub(super) fn disconnect(&self, broker: i32, connection: u64) {
        self.tasks.borrow_mut().disconnect(broker, connection);
        self.core.borrow_mut().disconnect(connection);
        self.waiting.borrow_mut().retain(|_, waiting| !waiting.is_closed());
        self.deliver();
    }

    pub(super) fn largest_request(&self) -> usize {
        usize::try_from(self.core.borrow().settings.socket_request_max_bytes).unwrap_or_default()
    }

    pub(super) fn idle_limit(&self) -> Duration {
        Duration::from_millis(self.core.borrow().settings.connections_max_idle_ms)
    }

    /// Lets the core act at the present time, and hands out what that completes.
    fn with_core<T>(&self, act: impl FnOnce(&mut Core) -> T) -> T {
        let result = {
            let mut core = self.core.borrow_mut();
            core.advance(self.clock.now());
            act(&mut core)
        };
        self.deliver();
        result
    }

    fn deliver(&self) {
        let mut core = self.core.borrow_mut();
        if core.journal.has_ended() {
            core.journal.stamp(self.clock.now());
            self.wake_watchers(core.journal.next());
        }
        for (ticket, segments) in core.take_completed() {
            if let Some(waiting) = self.waiting.borrow_mut().remove(&ticket) {
                // The connection may be gone; then nobody is owed the answer.
                let _ = waiting.send(segments);
            }
        }
        let next = core.next_deadline();
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
        self.wake_watchers(self.core.borrow().journal.next());
    }

    /// Wakes the readers that wait for an entry before `next`.
    fn wake_watchers(&self, next: u64) {
        self.watchers.borrow_mut().retain(|watcher| {
            if watcher.since < next {
                // It has room for one, and nobody may wait any more.
                let _ = watcher.wake.try_send(());
            }
            watcher.since >= next
        });
    }
}

/// Serves until the owner of the cluster drops its end of `inbox`.
pub(crate) fn run(
    runtime: &Runtime,
    core: Core,
    clock: Clock,
    listeners: Vec<(i32, TcpListener)>,
    mut inbox: UnboundedReceiver<Command>,
) {
    let tasks = LocalSet::new();
    tasks.block_on(runtime, async move {
        let shell = Rc::new(Shell {
            core: RefCell::new(core),
            waiting: RefCell::default(),
            clock,
            next_ticket: Cell::new(0),
            next_connection: Cell::new(0),
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
                Command::Core(act) => shell.with_core(act),
                Command::Stop { broker, done } => {
                    stop(&shell, broker).await;
                    done();
                }
                Command::Start { broker, listener, done } => {
                    shell.with_core(|core| core.start_broker(broker));
                    listen(&shell, broker, listener);
                    done();
                }
                Command::Watch(watcher) => shell.watch(watcher),
            }
        }
    });
}

fn listen(shell: &Rc<Shell>, broker: i32, listener: TcpListener) {
    let task = tokio::task::spawn_local(accept(Rc::clone(shell), broker, listener));
    shell.tasks.borrow_mut().listen(broker, task);
}

/// Closes a broker's sockets. Its clients find the new leaders only then, so none of them is told of them by it.
async fn stop(shell: &Rc<Shell>, broker: i32) {
    let stopped = shell.tasks.borrow_mut().stop(broker);
    if let Some((listener, connections)) = stopped {
        // It was aborted: that is the error it ends with.
        let _ = listener.await;
        for connection in connections {
            shell.disconnect(broker, connection);
        }
    }
    shell.with_core(|core| core.stop_broker(broker));
}

async fn accept(shell: Rc<Shell>, node: i32, listener: TcpListener) {
    // Without a reactor there would be no runtime either.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = shell.next_connection.replace(shell.next_connection.get() + 1);
                let sender = Sender { connection, node, host: format!("/{}", peer.ip()) };
                let task = tokio::task::spawn_local(serve(Rc::clone(&shell), stream, sender));
                shell.tasks.borrow_mut().connect(node, connection, task.abort_handle());
                shell.core.borrow_mut().journal.connect();
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn keep_time(shell: Rc<Shell>) {
    loop {
        let next = shell.core.borrow().next_deadline();
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
        shell.with_core(|_| ());
    }
}
