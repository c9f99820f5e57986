//! The physical limit: a bare server on the same loopback, which does what no broker can do without.
//!
//! A request is its length in four bytes, the length of the wanted reply in four bytes, and then as many bytes as the
//! first says; the reply is as many bytes as the second says, none at all for 0. One blocking thread a connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context as _, Result, ensure};

/// The two lengths.
pub(crate) const HEADER: usize = 8;
/// How much is read, and at most answered, in one system call.
const BUFFER: usize = 1 << 20;

/// The bytes of a request with `size` bytes, these lengths included, that wants a reply of `reply` bytes.
pub(crate) fn request(size: usize, reply: usize) -> Result<Vec<u8>> {
    let body = size.checked_sub(HEADER).context("a request of the limit has eight bytes at least")?;
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&u32::try_from(body)?.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(reply)?.to_be_bytes());
    bytes.resize(size, 0);
    Ok(bytes)
}

/// Prints its address and serves until its standard input ends.
pub(crate) fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // The other side goes when it has measured; that is no error.
            std::thread::spawn(move || converse(stream));
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn converse(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    let reply = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let count = stream.read(room)?;
        ensure!(count > 0, "the client is gone");
        filled += count;
        let mut taken = 0;
        while let Some((body, wanted)) = lengths(buffer.get(taken..filled).unwrap_or_default()) {
            let mut missing = (HEADER + body).saturating_sub(filled - taken);
            taken = (taken + HEADER + body).min(filled);
            while missing > 0 {
                // What was read before this belongs to the same request.
                let most = missing.min(BUFFER);
                let count = stream.read(buffer.get_mut(..most).unwrap_or_default())?;
                ensure!(count > 0, "the client is gone");
                missing -= count;
                (taken, filled) = (0, 0);
            }
            let mut left = wanted;
            while left > 0 {
                let piece = reply.get(..left.min(BUFFER)).unwrap_or_default();
                stream.write_all(piece)?;
                left -= piece.len();
            }
        }
        buffer.copy_within(taken..filled, 0);
        filled -= taken;
    }
}

fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let (body, rest) = bytes.split_first_chunk::<4>()?;
    let wanted = rest.first_chunk::<4>()?;
    let length = |bytes: &[u8; 4]| usize::try_from(u32::from_be_bytes(*bytes)).ok();
    Some((length(body)?, length(wanted)?))
}
