//! Frames: a size in four bytes, then that many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// How much room is made at a time for bytes that are announced but not there yet.
const STEP: usize = 64 * 1024;

/// A size that no frame may have: the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSize;

/// Takes the next whole frame, less its size. `Ok(None)` when more bytes are needed; room for them is then made, but
/// never more than doubles what is there, whatever the size announces.
pub(crate) fn next_frame(buffer: &mut BytesMut, largest: usize) -> Result<Option<Bytes>, BadSize> {
    let Some(size) = buffer.first_chunk::<4>().map(|size| i32::from_be_bytes(*size)) else {
        buffer.reserve(STEP);
        return Ok(None);
    };
    let size = usize::try_from(size).map_err(|_| BadSize)?;
    if size > largest {
        return Err(BadSize);
    }
    let missing = (size + 4).saturating_sub(buffer.len());
    if missing > 0 {
        buffer.reserve(missing.min(buffer.len().max(STEP)));
        return Ok(None);
    }
    buffer.advance(4);
    Ok(Some(buffer.split_to(size).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_frames_come_out_one_by_one() {
        let mut buffer = BytesMut::from(&b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01"[..]);
        assert_eq!(next_frame(&mut buffer, 10), Ok(Some(Bytes::from_static(b"ab"))));
        assert_eq!(next_frame(&mut buffer, 10), Ok(Some(Bytes::new())));
        assert_eq!(next_frame(&mut buffer, 10), Ok(None));
    }

    #[test]
    fn a_negative_or_oversized_frame_is_refused() {
        assert_eq!(next_frame(&mut BytesMut::from(&b"\xff\xff\xff\xff"[..]), 10), Err(BadSize));
        assert_eq!(next_frame(&mut BytesMut::from(&b"\0\0\0\x0b"[..]), 10), Err(BadSize));
    }

    #[test]
    fn an_announced_size_makes_no_room_by_itself() {
        let mut buffer = BytesMut::from(&b"\x06\0\0\0abcd"[..]);
        assert_eq!(next_frame(&mut buffer, 200 << 20), Ok(None));
        assert!(buffer.capacity() <= 2 * STEP, "{}", buffer.capacity());
    }
}
