//! One connection: requests are handled one after the other, as Kafka does, so replies leave in request order.

use std::io::{self, IoSlice};
use std::rc::Rc;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::frame::{BadSize, next_frame};
use super::shell::{Reply, Shell};
use crate::api::Sender;

/// How much a client may send ahead while its request waits.
const READ_AHEAD: usize = 1 << 20;
/// How many pieces go into one system call.
const PIECES: usize = 64;
/// Replies are sent together up to this many bytes.
const FLUSH_AT: usize = 256 * 1024;

/// Serves a connection until either side ends it.
pub(super) async fn serve(shell: Rc<Shell>, mut stream: TcpStream, sender: Sender) {
    // Whatever goes wrong here concerns this connection alone, and its client sees it closed.
    let _ = stream.set_nodelay(true);
    let _ = converse(&shell, &mut stream, &sender).await;
    shell.disconnect(sender.node, sender.connection);
}

async fn converse(shell: &Shell, stream: &mut TcpStream, sender: &Sender) -> io::Result<()> {
    let largest = shell.largest_request();
    let idle = shell.idle_limit();
    let mut buffer = BytesMut::new();
    let mut out = Vec::new();
    let mut out_bytes = 0;
    loop {
        loop {
            let frame = match next_frame(&mut buffer, largest) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                // The requests before it are owed their answers.
                Err(BadSize) => return send(stream, &mut out).await,
            };
            let segments = match shell.handle(sender, frame) {
                Reply::Now(segments) => segments,
                Reply::Nothing => continue,
                Reply::Close => return send(stream, &mut out).await,
                Reply::Later(answer) => {
                    send(stream, &mut out).await?;
                    wait(stream, &mut buffer, answer).await?
                }
            };
            // A reply that could not be written has no bytes.
            if segments.is_empty() {
                return send(stream, &mut out).await;
            }
            out_bytes += segments.iter().map(Bytes::len).sum::<usize>();
            out.extend(segments);
            if out_bytes >= FLUSH_AT {
                send(stream, &mut out).await?;
                out_bytes = 0;
            }
        }
        send(stream, &mut out).await?;
        out_bytes = 0;
        if timeout(idle, stream.read_buf(&mut buffer)).await?? == 0 {
            return Ok(());
        }
    }
}

/// Waits for the answer, and notices when the client goes away meanwhile.
async fn wait(
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
    mut answer: oneshot::Receiver<Vec<Bytes>>,
) -> io::Result<Vec<Bytes>> {
    loop {
        let may_read = buffer.len() < READ_AHEAD;
        tokio::select! {
            biased;
            segments = &mut answer => return segments.map_err(|_| io::ErrorKind::ConnectionAborted.into()),
            read = stream.read_buf(buffer), if may_read => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

/// Sends all pieces, several at a time.
async fn send(stream: &mut TcpStream, out: &mut Vec<Bytes>) -> io::Result<()> {
    let mut pieces = out.iter_mut().filter(|piece| !piece.is_empty()).collect::<std::collections::VecDeque<_>>();
    while !pieces.is_empty() {
        let slices: Vec<IoSlice<'_>> = pieces.iter().take(PIECES).map(|piece| IoSlice::new(piece)).collect();
        let mut written = stream.write_vectored(&slices).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        while let Some(piece) = pieces.front_mut() {
            let step = piece.len().min(written);
            piece.advance(step);
            written -= step;
            if !piece.is_empty() {
                break;
            }
            pieces.pop_front();
        }
    }
    out.clear();
    Ok(())
}
