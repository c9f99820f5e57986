//! A connection handles its requests one after another, as in Kafka, so replies leave in request order.

use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use kafka_trial_wire::Segments;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::frame::{BadSize, Frames};
use super::shell::{Reply, Shell};
use crate::api::Outcome;
use crate::journal::CloseReason;
use crate::traffic::{ConnectionId, Pace};

/// How many bytes a client may send ahead while its request waits.
const READ_AHEAD: usize = 1 << 20;
/// How many pieces one system call sends.
const PIECES: usize = 64;
/// How many bytes of replies are collected before they are sent.
const FLUSH_AT: usize = 256 * 1024;

/// Serves a connection until either side ends it.
pub(super) async fn serve(
    shell: Rc<Shell>,
    mut stream: TcpStream,
    id: ConnectionId,
    close: oneshot::Receiver<CloseReason>,
) {
    // Every error here concerns only this connection, and its client sees it closed.
    let _ = stream.set_nodelay(true);
    let reason = tokio::select! {
        reason = converse(&shell, &mut stream, id) => reason.unwrap_or_else(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => CloseReason::Disconnected,
            _ => CloseReason::Failed { error: error.to_string() },
        }),
        reason = close => reason.unwrap_or(CloseReason::BrokerStopped),
    };
    if let CloseReason::Fault { reset: true, .. } = reason {
        // With nothing to linger for, the system sends a reset in place of an orderly end.
        let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    shell.disconnect(id, reason);
}

/// Reads requests and sends their answers. Returns why the connection ends.
async fn converse(shell: &Shell, stream: &mut TcpStream, id: ConnectionId) -> io::Result<CloseReason> {
    let largest = shell.largest_request();
    let mut frames = Frames::default();
    let mut out = Vec::new();
    let mut out_bytes = 0;
    loop {
        loop {
            let frame = match frames.next(largest) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(BadSize(size)) => {
                    // The earlier requests still get their answers.
                    send(stream, &mut out).await?;
                    return Ok(CloseReason::FrameSize { size, largest });
                }
            };
            let outcome = match shell.handle(id, frame) {
                Reply::Now(outcome) => outcome,
                Reply::Later(answer) => {
                    send(stream, &mut out).await?;
                    out_bytes = 0;
                    wait(stream, &mut frames, answer).await?
                }
            };
            let segments = match outcome {
                Outcome::Reply(segments) => segments,
                Outcome::Silent | Outcome::Parked => continue,
                Outcome::Paced(segments, pace) => {
                    send(stream, &mut out).await?;
                    out_bytes = 0;
                    send_slowly(stream, segments, pace).await?;
                    mute(stream, &mut frames, pace.mute).await?;
                    continue;
                }
                Outcome::Torn(segments, reason) => {
                    out.extend(segments);
                    send(stream, &mut out).await?;
                    return Ok(reason);
                }
                Outcome::Close(reason) => {
                    send(stream, &mut out).await?;
                    return Ok(reason);
                }
            };
            out_bytes += segments.iter().map(Bytes::len).sum::<usize>();
            out.extend(segments);
            if out_bytes >= FLUSH_AT {
                send(stream, &mut out).await?;
                out_bytes = 0;
            }
        }
        send(stream, &mut out).await?;
        out_bytes = 0;
        if stream.read_buf(frames.room()).await? == 0 {
            return Ok(CloseReason::Disconnected);
        }
        shell.heard_of(id);
    }
}

/// Waits for the answer, and notices if the client disconnects meanwhile.
async fn wait(
    stream: &mut TcpStream,
    frames: &mut Frames,
    mut answer: oneshot::Receiver<Outcome>,
) -> io::Result<Outcome> {
    loop {
        let may_read = frames.len() < READ_AHEAD;
        tokio::select! {
            biased;
            outcome = &mut answer => return outcome.map_err(|_| io::ErrorKind::ConnectionAborted.into()),
            read = stream.read_buf(frames.room()), if may_read => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

/// Handles nothing for a time, and notices if the client disconnects meanwhile.
async fn mute(stream: &mut TcpStream, frames: &mut Frames, time: Duration) -> io::Result<()> {
    let ends = tokio::time::sleep(time);
    tokio::pin!(ends);
    loop {
        let may_read = frames.len() < READ_AHEAD;
        tokio::select! {
            () = &mut ends => return Ok(()),
            read = stream.read_buf(frames.room()), if may_read => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

/// Sends an answer at a fault's pace.
async fn send_slowly(stream: &mut TcpStream, segments: Segments, pace: Pace) -> io::Result<()> {
    for segment in segments {
        let mut left = &segment[..];
        while !left.is_empty() {
            let (chunk, rest) = left.split_at(left.len().min(pace.chunk.max(1)));
            stream.write_all(chunk).await?;
            left = rest;
            tokio::time::sleep(pace.time(chunk.len())).await;
        }
    }
    Ok(())
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
