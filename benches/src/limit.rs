//! The physical limit: a bare server on the same loopback, which does what no broker can do without.
//!
//! A request is its length in four bytes, the length of the wanted reply in four bytes, and then as many bytes as the
//! first says; the reply is as many bytes as the second says, none at all for 0. With the highest bit of the first
//! length the bytes are kept in memory of their own until the connection ends. One blocking thread a connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context as _, Result, ensure};

/// The two lengths.
pub(crate) const HEADER: usize = 8;
/// How much is read, and at most answered, in one system call.
const BUFFER: usize = 1 << 20;
const KEEP: u32 = 1 << 31;

/// The bytes of a request with `size` bytes, these lengths included, that wants a reply of `reply` bytes.
pub(crate) fn request(size: usize, reply: usize) -> Result<Vec<u8>> {
    let body = size.checked_sub(HEADER).context("a request of the limit has eight bytes at least")?;
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&u32::try_from(body)?.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(reply)?.to_be_bytes());
    bytes.resize(size, 0);
    Ok(bytes)
}

/// The same, and its bytes are kept.
pub(crate) fn kept(size: usize, reply: usize) -> Result<Vec<u8>> {
    let mut bytes = request(size, reply)?;
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
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
    let mut all_kept = Vec::new();
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let count = stream.read(room)?;
        ensure!(count > 0, "the client is gone");
        filled += count;
        let mut taken = 0;
        while let Some(Lengths { body, keep, wanted }) = lengths(buffer.get(taken..filled).unwrap_or_default()) {
            let mut missing = (HEADER + body).saturating_sub(filled - taken);
            let here = taken + HEADER;
            taken = (here + body).min(filled);
            if keep {
                let mut kept = Vec::with_capacity(body);
                kept.extend_from_slice(buffer.get(here..taken).unwrap_or_default());
                let more = (&stream).take(u64::try_from(missing)?).read_to_end(&mut kept)?;
                ensure!(more == missing, "the client is gone");
                all_kept.push(kept);
                if missing > 0 {
                    (missing, taken, filled) = (0, 0, 0);
                }
            }
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

struct Lengths {
    body: usize,
    keep: bool,
    wanted: usize,
}

fn lengths(bytes: &[u8]) -> Option<Lengths> {
    let (body, rest) = bytes.split_first_chunk::<4>()?;
    let (body, wanted) = (u32::from_be_bytes(*body), u32::from_be_bytes(*rest.first_chunk::<4>()?));
    Some(Lengths {
        body: usize::try_from(body & !KEEP).ok()?,
        keep: body & KEEP != 0,
        wanted: usize::try_from(wanted).ok()?,
    })
}
