//! The listener of a broker accepts connections and starts a task for each.

use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use super::connection::serve;
use super::shell::Shell;

/// The pause after a failed accept, because the system has no room for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Accepts connections to a broker until its tasks are stopped.
pub(super) fn listen(shell: &Rc<Shell>, broker: i32, listener: TcpListener) {
    let task = tokio::task::spawn_local(accept(Rc::clone(shell), broker, listener));
    shell.tasks().listen(broker, task);
}

async fn accept(shell: Rc<Shell>, broker: i32, listener: TcpListener) {
    // This fails only without a reactor, and then there would be no runtime either.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (connection, closed) = shell.connect(broker, &format!("/{}", peer.ip()));
                let task = tokio::task::spawn_local(serve(Rc::clone(&shell), stream, connection, closed));
                shell.tasks().run(connection, task.abort_handle());
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}
