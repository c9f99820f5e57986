//! A frame is a size in four bytes, then that many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// The buffer for frames whose size is not known yet, in bytes.
const STEP: usize = 64 * 1024;
/// The largest buffer for an announced size, in bytes: a frame with the largest batch that Kafka accepts by default.
const ANNOUNCED: usize = 1024 * 1024 + STEP;

/// An invalid size of a frame, which ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSize(pub(crate) i32);

/// Removes and returns the next whole frame, without its size. Returns `Ok(None)` when more bytes are needed, after
/// making room for them.
///
/// A large frame gets its own buffer, without the bytes after it. Its bytes are never moved, and a stored batch does
/// not keep other frames in memory. The buffer of a frame above [`ANNOUNCED`] grows only as bytes arrive: it at most
/// doubles, whatever size is announced.
pub(crate) fn next_frame(buffer: &mut BytesMut, largest: usize) -> Result<Option<Bytes>, BadSize> {
    let Some(size) = buffer.first_chunk::<4>().map(|size| i32::from_be_bytes(*size)) else {
        buffer.reserve(STEP);
        return Ok(None);
    };
    let announced = size;
    let size = usize::try_from(announced).map_err(|_| BadSize(announced))?;
    if size > largest {
        return Err(BadSize(announced));
    }
    let whole = size + 4;
    if buffer.len() >= whole {
        buffer.advance(4);
        return Ok(Some(buffer.split_to(size).freeze()));
    }
    let room = whole.min(ANNOUNCED.max(2 * buffer.len()));
    if room <= STEP {
        buffer.reserve(STEP - buffer.len());
    } else if buffer.len() == buffer.capacity() || buffer.capacity() < room.min(ANNOUNCED) {
        let mut larger = BytesMut::with_capacity(room);
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_frames_are_returned_one_by_one() {
        let mut buffer = BytesMut::from(&b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01"[..]);
        assert_eq!(next_frame(&mut buffer, 10), Ok(Some(Bytes::from_static(b"ab"))));
        assert_eq!(next_frame(&mut buffer, 10), Ok(Some(Bytes::new())));
        assert_eq!(next_frame(&mut buffer, 10), Ok(None));
    }

    #[test]
    fn a_negative_or_oversized_frame_is_refused() {
        assert_eq!(next_frame(&mut BytesMut::from(&b"\xff\xff\xff\xff"[..]), 10), Err(BadSize(-1)));
        assert_eq!(next_frame(&mut BytesMut::from(&b"\0\0\0\x0b"[..]), 10), Err(BadSize(11)));
    }

    #[test]
    fn an_announced_size_alone_allocates_no_memory() {
        let mut buffer = BytesMut::from(&b"\x06\0\0\0abcd"[..]);
        assert_eq!(next_frame(&mut buffer, 200 << 20), Ok(None));
        assert!(buffer.capacity() <= ANNOUNCED, "{}", buffer.capacity());
    }

    #[test]
    fn a_large_frame_has_its_own_buffer_and_is_never_moved() {
        let size = 1024 * 1024;
        let mut buffer = BytesMut::with_capacity(STEP);
        buffer.extend_from_slice(&i32::try_from(size).unwrap().to_be_bytes());
        assert_eq!(next_frame(&mut buffer, size), Ok(None));
        assert_eq!(buffer.capacity(), size + 4);
        let place = buffer.as_ptr();
        while buffer.len() < size + 4 {
            buffer.extend_from_slice(&[7; 1024]);
            if buffer.len() < size + 4 {
                assert_eq!(next_frame(&mut buffer, size), Ok(None));
                assert_eq!(buffer.as_ptr(), place);
            }
        }
        let frame = next_frame(&mut buffer, size).unwrap().unwrap();
        assert_eq!((frame.len(), frame.as_ptr()), (size, place.wrapping_add(4)));
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_huge_frame_arrives_whole_and_its_buffer_at_most_doubles() {
        let size = 5 * ANNOUNCED + 3;
        let mut buffer = BytesMut::from(&i32::try_from(size).unwrap().to_be_bytes()[..]);
        while next_frame(&mut buffer, size).unwrap().is_none() {
            let bound = (2 * buffer.len()).max(ANNOUNCED);
            assert!(buffer.capacity() <= bound, "{} of {}", buffer.capacity(), buffer.len());
            let room = buffer.capacity() - buffer.len();
            assert!(room > 0, "no room at {}", buffer.len());
            buffer.extend_from_slice(&vec![7; room]);
        }
        assert!(buffer.is_empty());
    }
}
