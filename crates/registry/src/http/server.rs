//! A running registry and its owner.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::exchange::exchange;
use super::shared::Shared;
use crate::{FaultError, LoadedSchema, Registry, RegistryFault, RegistryFaultStatus, SchemaFolder};

/// Schemas may be nested: parsers of what is within the limits need this much.
const STACK: usize = 32 << 20;
/// How long a client may take for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long answers that are being made may keep the end waiting.
const END_TIME: Duration = Duration::from_millis(100);

/// A running schema registry on the loopback interface. It has one owner; dropping it ends its thread and closes its sockets
/// before `drop` returns.
///
/// ```no_run
/// let registry = kafka_trial_registry::SchemaRegistry::start()?;
/// println!("schema.registry.url={}", registry.url());
/// # Ok::<(), kafka_trial_registry::StartError>(())
/// ```
#[must_use = "the registry stops when this is dropped"]
pub struct SchemaRegistry {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// None once it has been told to stop.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl SchemaRegistry {
    /// Starts an empty registry on a free port. It answers when this returns.
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(Registry::new(), 0)
    }

    /// Starts a registry with the state of another one, on a port; 0 is any free one.
    pub fn start_with(registry: Registry, port: u16) -> Result<Self, StartError> {
        let bind = || -> io::Result<(StdListener, SocketAddr)> {
            let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = bind().map_err(|source| StartError { port, source })?;
        let failed = |source| StartError { port, source };
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().max_blocking_threads(8).thread_stack_size(STACK).build().map_err(failed)?;
        let shared = Arc::new(Shared::new(registry));
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().name("schema-registry".to_owned()).stack_size(STACK);
        let thread = thread.spawn(move || serve(runtime, listener, &serving, stopped)).map_err(failed)?;
        Ok(Self { address, shared, running: Some((stop, thread)) })
    }

    /// The URL for clients, as `http://127.0.0.1:18081`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A copy of its state, as it is now: a fork.
    pub fn fork(&self) -> Registry {
        self.shared.read()
    }

    /// Registers a folder of schemas, and says what became of each. Schemas that are there already stay as they are.
    /// Requests wait until all are registered.
    pub fn load(&self, folder: &SchemaFolder) -> Vec<LoadedSchema> {
        self.shared.change(|registry| folder.register(registry, super::exchange::now()))
    }

    /// Arms a fault: the registry acts by it until it is disarmed. Faults are not part of the state, so that forks have none.
    pub fn arm(&self, fault: RegistryFault) -> Result<(), FaultError> {
        self.shared.faults().arm(fault)
    }

    /// Disarms a fault, and says what it has met; `None` if no fault of this name is armed.
    pub fn disarm(&self, id: &str) -> Option<RegistryFaultStatus> {
        self.shared.faults().disarm(id)
    }

    /// What a fault has met so far; `None` if no fault of this name is armed.
    pub fn fault(&self, id: &str) -> Option<RegistryFaultStatus> {
        self.shared.faults().status(id).cloned()
    }

    /// All armed faults, in the order in which they are tried.
    pub fn faults(&self) -> Vec<RegistryFaultStatus> {
        self.shared.faults().all().to_vec()
    }

    /// Waits until a fault has acted so often, and says whether it has within the time.
    pub fn wait_fired(&self, id: &str, times: u64, time: Duration) -> bool {
        self.shared.wait(time, |faults| faults.status(id).is_some_and(|status| status.fired >= times))
    }

    /// Puts another state in the place of its own, as a fork from before.
    pub fn restore(&self, registry: Registry) {
        self.shared.replace(registry);
    }
}

impl fmt::Debug for SchemaRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaRegistry").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for SchemaRegistry {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            // It has ended by itself when this fails.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

/// Why a registry cannot start.
#[derive(Debug, thiserror::Error)]
#[error("the schema registry cannot listen on 127.0.0.1:{port}: {source}; choose another port, or 0 for any free one")]
pub struct StartError {
    port: u16,
    source: io::Error,
}

fn serve(runtime: Runtime, listener: StdListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        tokio::select! {
            _ = stopped => {}
            () = accept(&listener, shared) => {}
        }
    });
    // Connections end here; an answer that is being made for one of them is not waited for.
    runtime.shutdown_timeout(END_TIME);
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        // A connection that fails before it is there is its client's to notice; without sockets left it waits.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let service = service_fn(|request| exchange(Arc::clone(&shared), request));
            let mut connection = http1::Builder::new();
            connection.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            // A connection that breaks is its client's to notice.
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
